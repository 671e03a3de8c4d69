/* shared_binding.c: promise: what a shared library's function calls is what the dynamic linker makes it call.
   library: ; program:
   library: ; program: -DOWN -rdynamic
   library: -Wl,-Bsymbolic-functions; program: -DOWN -rdynamic
   library: -Wl,-Bsymbolic; program: -DOWN -rdynamic
   library: -fno-semantic-interposition; program: -DOWN -rdynamic
   library: -Ofast; program: -DOWN -rdynamic
   library: -fvisibility=hidden; program: -DOWN
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>

double helper (double x);
double f (double x);
extern double offset;

#ifdef LIBRARY
double offset = K;
double helper (double x) { return x + K; }
__attribute__ ((visibility ("default"))) HASHCACHE double f (double x) { return helper (x) * 2; }
__attribute__ ((visibility ("default"))) HASHCACHE double g (double x) { return x + offset; }
#else
double g (double x);
#ifdef OWN
double helper (double x) { return x * 100 + K; }
double offset = 10 * K;
#endif
int
main (void)
{
  printf ("%g ", f (1));
  printf ("%g\n", g (1));
  return 0;
}
#endif
