/* uncached_effects.c: promise: an effect in another unit is found at the first call and said in the words of the compiler's error.
   without the plugin: -DFOREIGN
   options: -Wall
   says: elsewhere
   says: it calls unknown
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>

double unknown (double x);

#ifdef FOREIGN
double unknown (double x) { return x; }
#else
static double elsewhere (double x) { return unknown (x) + 1; }
HASHCACHE double marked (double x) { return elsewhere (x); }
HASHCACHE HASHCACHE_ALLOW ("known, unknow, nknown, rand") double other_names (double x) { return elsewhere (x); }

int
main (void)
{
  printf ("%g %g\n", marked (2), other_names (2));
  return 0;
}
#endif
