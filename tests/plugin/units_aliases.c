/* units_aliases.c: promise: two variables at one address both count.
   unit: -DALL
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>

struct two { int p; double q; } two = { 1, 2 };
extern int first __attribute__ ((alias ("two")));
int many[10] = { 5 };
extern int few[5] __attribute__ ((alias ("many")));

HASHCACHE double sum (int n) { return first + two.q + n; }
HASHCACHE int pick (int n) { return few[0] + many[n]; }

int
main (void)
{
  printf ("%g ", sum (1));
  two.q = 77;
  printf ("%g\n", sum (1));
  printf ("%d ", pick (7));
  many[7] = 1000;
  printf ("%d\n", pick (7));
  return 0;
}
