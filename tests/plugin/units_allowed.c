/* units_allowed.c: promise: what HASHCACHE_ALLOW names is allowed in other units too, as is a function that no unit has a node for.
   unit: -DMAIN
   unit: -DSECOND
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double deep (double x);
extern volatile int watched;
int unknown_function (int n) __asm__ ("getpgid");

#ifdef MAIN
HASHCACHE HASHCACHE_ALLOW ("rand, time volatile") HASHCACHE_ALLOW ("unknown_*") double
far (double x)
{
  return deep (x);
}

int
main (void)
{
  for (int i = 0; i < 3; i++)
    printf ("%g\n", far (i));
  return 0;
}
#endif

#ifdef SECOND
volatile int watched;
static double deeper (double x)
{
  watched++;
  return rand () < 0 || time (NULL) < 0 || unknown_function (0) < 0 || watched < 0 ? 0 : x * 3;
}
double deep (double x) { return deeper (x) + 1; }
#endif
