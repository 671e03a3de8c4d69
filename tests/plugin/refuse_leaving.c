/* refuse_leaving.c: promise: a call that would leave the runtime in its middle is refused; ending the program is not.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <assert.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf there;
extern __attribute__ ((noreturn)) void die_elsewhere (const char *text);

static __attribute__ ((noreturn)) void stumble (void) { longjmp (there, 1); } /* error: 'jumps_far' cannot be cached: it jumps out by longjmp () */
static __attribute__ ((noreturn)) void fall (const char *text) { puts (text); exit (1); }

HASHCACHE double jumps (double x) { if (x < 0) longjmp (there, 1); return x; } /* error: 'jumps' cannot be cached: it jumps out by longjmp () */
HASHCACHE double jumps_far (double x) { if (x < 0) stumble (); return x; } /* note: 'stumble' is called here by 'jumps_far' */
HASHCACHE double quits_thread (double x) { if (x < 0) pthread_exit (NULL); return x; } /* error: 'quits_thread' cannot be cached: it jumps out by pthread_exit () */
HASHCACHE double asserts (double x) { assert (x >= 0); return x; }
HASHCACHE double falls (double x) { if (x < 0) fall ("negative"); return x; }
HASHCACHE double dies (double x) { if (x < 0) die_elsewhere ("negative"); return x; }
