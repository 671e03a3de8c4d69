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
static double deep (void) { return rand (); } /* error: 'random_far' cannot be cached: it calls rand () {rand} */
static double middle (int n) { return n + deep (); } /* note: 'deep' is called here by 'middle' */

static void take (volatile int *p) { (void) p; }

HASHCACHE double clock_time (int n) { return time (NULL) + n; } /* error: 'clock_time' cannot be cached: it calls time () {time} */
HASHCACHE double random_far (int n) { return middle (n); } /* note: 'middle' is called here by 'random_far' */
HASHCACHE double environment (int n) { return getenv ("HOME") != NULL && n; } /* error: 'environment' cannot be cached: it calls getenv () {getenv} */
HASHCACHE double file (int n) { FILE *f = fopen ("x", "r"); return f != NULL && n; } /* error: 'file' cannot be cached: it calls fopen () {fopen} */
HASHCACHE double volatile_variable (int n) { return changing + n; } /* error: 'volatile_variable' cannot be cached: it accesses a volatile object {volatile} */
HASHCACHE double volatile_argument (const volatile int n[1]) { return n[0]; } /* error: 'volatile_argument' cannot be cached: it accesses a volatile object {volatile} */ /* error: 'volatile_argument' cannot be cached: parameter n: it points to volatile memory: write HASHCACHE_IGNORE if that does not matter */
HASHCACHE double volatile_local (int n) { volatile int v = n, a[4] = { 0 }, *p = &v; a[n & 3] = n; return v + a[1] + *p; }
HASHCACHE double volatile_shared (int n) { volatile int v = n; take (&v); return v; } /* error: 'volatile_shared' cannot be cached: it accesses a volatile object {volatile} */
HASHCACHE double volatile_moved (int n) { volatile int v = n, *p = &v; p = n ? p : &changing; return *p; } /* error: 'volatile_moved' cannot be cached: it accesses a volatile object {volatile} */
HASHCACHE double once (const double *x HASHCACHE_COUNT (n), int n) { double s = n; for (int i = 0; i < n; i++) s += *(volatile double *) &s; return s + x[0]; }
HASHCACHE double printing (int n) { printf ("%d\n", n); return n; } /* warning: 'printing' is cached: a hit will not repeat the output of 'printf' */
HASHCACHE double uncounted_global (int n) { return uncounted[n]; } /* error: 'uncounted_global' cannot be cached: it uses the variable uncounted: how many elements it points to is not known: write HASHCACHE_COUNT (expression) or HASHCACHE_IGNORE after its declaration */
HASHCACHE double moved_global (int n) { if (!memory) memory = malloc (8); return memory[0] + n; } /* error: 'moved_global' cannot be cached: it uses the variable memory: how many elements it points to is not known: write HASHCACHE_COUNT (expression) or HASHCACHE_IGNORE after its declaration */
HASHCACHE int address_to_number (const int x[1]) { return (int) ((uintptr_t) x & 31); } /* error: 'address_to_number' cannot be cached: it converts between an address and a number, and addresses change from run to run {address} */
HASHCACHE int number_to_address (long x) { return *(int *) x; } /* error: 'number_to_address' cannot be cached: it converts between an address and a number, and addresses change from run to run {address} */
HASHCACHE int jumping (int n) { if (setjmp (there)) return 1; return n; } /* error: 'jumping' cannot be cached: it calls _setjmp () */ /* error: 'jumping' cannot be cached: it has control flow that leaves a statement sideways (setjmp, nonlocal goto, exceptions) */
HASHCACHE int assembly (int n) { int x; __asm__ volatile ("rdtsc" : "=a" (x) : : "edx"); return x + n; } /* error: 'assembly' cannot be cached: it contains inline assembly that is volatile {asm} */
HASHCACHE int process (int n) { return getpid () + n; } /* error: 'process' cannot be cached: it calls getpid () {getpid} */
HASHCACHE int never_seen (int n) { if (n < 0) { fprintf (stderr, "%ld\n", (long) time (NULL)); abort (); } return n; }
HASHCACHE HASHCACHE_ALLOW ("time") double allowed (int n) { return time (NULL) > 0 ? n : n; } /* error: 'calls_allowed' cannot be cached: it calls time () {time} */
HASHCACHE HASHCACHE_ALLOW ("get*, printf time,volatile asm") double allowed_many (int n) { printf ("%d\n", getpid ()); __asm__ volatile ("nop"); return getenv ("HOME") && time (NULL) && changing ? n : n; }
HASHCACHE HASHCACHE_ALLOW ("ran, ands") double allowed_others (int n) { return rand () + n; } /* error: 'allowed_others' cannot be cached: it calls rand () {rand} */
HASHCACHE HASHCACHE_ALLOW ("rand") double allowed_below (int n) { return middle (n); }
HASHCACHE double calls_allowed (int n) { return allowed (n); } /* note: 'allowed' is called here by 'calls_allowed' */
HASHCACHE HASHCACHE_ALLOW ("*") int never_allowed (int n) { if (setjmp (there)) return 1; return n; } /* error: 'never_allowed' cannot be cached: it calls _setjmp () */ /* error: 'never_allowed' cannot be cached: it has control flow that leaves a statement sideways (setjmp, nonlocal goto, exceptions) */
HASHCACHE HASHCACHE_ALLOW ("*") int forks (int n) { return fork () + n; } /* error: 'forks' cannot be cached: it calls fork () */
HASHCACHE int stack (int n) { int *a = __builtin_alloca (n * sizeof *a), b[n]; for (int i = 0; i < n; i++) a[i] = b[i] = i; return a[n / 2] + b[n / 3]; }
HASHCACHE double by_builtin (int n) { return __builtin_ia32_rdtsc () + n; } /* error: 'by_builtin' cannot be cached: it calls ia32_rdtsc () {ia32_rdtsc} */
