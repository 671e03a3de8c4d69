/* uncached_strangers.c: promise: a function is not taken for the C library's because of its name, nor followed where there is no node.
   without the plugin: -DFOREIGN
   options: -fno-builtin-puts
   says: it calls cbrt
   says: that is not the C library's function but one that the program or another library defines
   says: it calls elsewhere
   says: no file compiled with the plugin defines it; compile its file with -fplugin=hashcache, or, if its result depends
   says: write HASHCACHE_TRUST on its declaration or compile with -fplugin-arg-hashcache-trust=elsewhere
   says: it uses the variable outside
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <math.h>
#include <stdio.h>

double elsewhere (double x);
extern int outside;

#ifdef FOREIGN
double cbrt (double x) { return 3 * x; }
double elsewhere (double x) { return x + 1; }
int outside = 4;
#else
HASHCACHE double by_name (double x) { return cbrt (x) + 1; }
HASHCACHE double followed (double x) { return elsewhere (x) + 1; }
HASHCACHE double variable (double x) { return outside + x; }

int
main (int argc, char **argv)
{
  (void) argv;
  printf ("%g %g %g\n", by_name (2 * argc), followed (2), variable (2));
  return 0;
}
#endif
