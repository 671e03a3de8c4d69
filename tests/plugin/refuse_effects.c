/* refuse_effects.c: promise: what no key and no entry can hold is refused at its own line, with the calls that lead there.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

double *uncounted;
volatile int changing;
static double *memory;
static jmp_buf there;
static double deep (void) { return rand (); } /* error: 'random_far' cannot be cached: it calls rand () */
static double middle (int n) { return n + deep (); } /* note: 'deep' is called here by 'middle' */

HASHCACHE double clock_time (int n) { return time (NULL) + n; } /* error: 'clock_time' cannot be cached: it calls time () */
HASHCACHE double random_far (int n) { return middle (n); } /* note: 'middle' is called here by 'random_far' */
HASHCACHE double environment (int n) { return getenv ("HOME") != NULL && n; } /* error: 'environment' cannot be cached: it calls getenv () */
HASHCACHE double file (int n) { FILE *f = fopen ("x", "r"); return f != NULL && n; } /* error: 'file' cannot be cached: it calls fopen () */
HASHCACHE double volatile_variable (int n) { return changing + n; } /* error: 'volatile_variable' cannot be cached: it accesses a volatile object */
HASHCACHE double volatile_local (int n) { volatile int v = n; return v; } /* error: 'volatile_local' cannot be cached: it accesses a volatile object */
HASHCACHE double printing (int n) { printf ("%d\n", n); return n; } /* warning: 'printing' is cached: a hit will not repeat the output of 'printf' */
HASHCACHE double uncounted_global (int n) { return uncounted[n]; } /* error: 'uncounted_global' cannot be cached: it uses the variable uncounted: how many elements it points to is not known: write HASHCACHE_COUNT (expression) or HASHCACHE_IGNORE after its declaration */
HASHCACHE double moved_global (int n) { if (!memory) memory = malloc (8); return memory[0] + n; } /* error: 'moved_global' cannot be cached: it uses the variable memory: changing where a global pointer points is not supported yet */
HASHCACHE int address_to_number (const int x[1]) { return (int) ((uintptr_t) x & 31); } /* error: 'address_to_number' cannot be cached: it converts between an address and a number, and addresses change from run to run */
HASHCACHE int number_to_address (long x) { return *(int *) x; } /* error: 'number_to_address' cannot be cached: it converts between an address and a number, and addresses change from run to run */
HASHCACHE int jumping (int n) { if (setjmp (there)) return 1; return n; } /* error: 'jumping' cannot be cached: it calls _setjmp () */ /* error: 'jumping' cannot be cached: it has control flow that leaves a statement sideways (setjmp, nonlocal goto, exceptions) */
HASHCACHE int assembly (int n) { int x; __asm__ volatile ("rdtsc" : "=a" (x) : : "edx"); return x + n; } /* error: 'assembly' cannot be cached: it contains inline assembly, and what that reads and writes is not known */
HASHCACHE int process (int n) { return getpid () + n; } /* error: 'process' cannot be cached: it calls getpid () */
HASHCACHE int never_seen (int n) { if (n < 0) { fprintf (stderr, "%ld\n", (long) time (NULL)); abort (); } return n; }
