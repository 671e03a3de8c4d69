/* units_weak.c: promise: a weak function is the one that the linker chooses.
   SPDX-License-Identifier: BSD-2-Clause

   unit: -DMAIN
   unit: -DDEFAULTS
   unit: -DSTRONG
   There it is refused: not with: -O3 -flto  */
#include <stdio.h>
#if defined MAIN
#include <hashcache.h>
double chosen (double x);
double kept (double x);
double twin (double x);
HASHCACHE double f (double x) { return chosen (x) + kept (x) + twin (x); }
int
main (void)
{
  printf ("%a %a\n", f (1), f (2));
  return 0;
}
#elif defined DEFAULTS
__attribute__ ((weak)) double chosen (double x) { return x + 1; }
__attribute__ ((weak)) double kept (double x) { return x + 10; }
static double real (double x) { return 100 * x; }
double twin (double x) __attribute__ ((weak, alias ("real")));
#else
double chosen (double x) { return x * 1000; }
#endif
