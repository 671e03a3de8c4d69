/* refuse_functions.c: promise: a function that a wrapper cannot stand in for is refused at its line.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdlib.h>

struct holder { double *p HASHCACHE_COUNT (n); int n; };
static double numbers[3];

HASHCACHE double variadic (int n, ...) { return n; } /* error: 'variadic' cannot be cached: it takes a variable number of arguments */
HASHCACHE double *pointer (int n) { return numbers + n; } /* error: 'pointer' cannot be cached: it returns a pointer, and how many elements that leads to is not known: write HASHCACHE_RETURNS (expression) before the function (1 for a single one) */
HASHCACHE struct holder pointer_inside (int n) { struct holder h = { numbers, n }; return h; }
HASHCACHE __attribute__ ((noreturn)) void never_returns (int n) { exit (n); } /* error: 'never_returns' cannot be cached: it never returns */
HASHCACHE __attribute__ ((noipa)) int uncopiable (int n) { return n; } /* error: 'uncopiable' cannot be cached: GCC cannot make a copy of its body (noclone, noipa, a computed or nonlocal goto) */
HASHCACHE __attribute__ ((noclone)) int unclonable (int n) { return n; } /* error: 'unclonable' cannot be cached: GCC cannot make a copy of its body (noclone, noipa, a computed or nonlocal goto) */
HASHCACHE __attribute__ ((constructor)) void before_main (void) {} /* error: 'before_main' cannot be cached: it runs before or after main () */
HASHCACHE __attribute__ ((target_clones ("avx2", "default"))) int two_bodies (int n) { return n; } /* error: 'two_bodies' cannot be cached: it calls two_bodies (), which is another function on another processor (target_clones) */
HASHCACHE int fine (int n) { return n; }
