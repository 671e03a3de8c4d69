/* uncached_functions.c: promise: a pointer to what nobody knows keeps a call from being cached, and so does a weak function whose place
   is taken by one that nobody knows.
   SPDX-License-Identifier: BSD-2-Clause

   without the plugin: -DSTRANGERS
   says: integrate
   says: a pointer leads to a function (
   says: another definition of that weak function, compiled without the plugin, stands in for the one that is known  */
#include <hashcache.h>
#include <stdio.h>
#ifdef STRANGERS
static double stranger (double x) { return x + 1; }
double (*get_stranger (void)) (double) { return stranger; }
double replaced (double x) { return x + 2; }
#else
double (*get_stranger (void)) (double);
__attribute__ ((weak)) double replaced (double x) { return x + 3; }
HASHCACHE double integrate (double (*f) (double), double x) { return f (x) + f (2 * x); }
HASHCACHE double calls_weak (double x) { return replaced (x); }
int
main (void)
{
  printf ("%a %a\n", integrate (get_stranger (), 2), calls_weak (3));
  return 0;
}
#endif
