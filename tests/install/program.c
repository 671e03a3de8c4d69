/* program.c: a user's program outside hashcache's tree: two cached functions, one with arrays for outputs.
   SPDX-License-Identifier: BSD-2-Clause */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>
#include <stdio.h>

/* The annotation before the declaration ... */
HASHCACHE static double
smooth (int n, const double in[n], double out[n] HASHCACHE_OUT)
{
  double sum = 0.0;
#ifdef _OPENMP
#pragma omp parallel for reduction(+ : sum)
#endif
  for (int i = 0; i < n; i++) {
    out[i] = (in[i > 0 ? i - 1 : 0] + in[i] + in[i < n - 1 ? i + 1 : i]) / 3.0;
    sum += out[i];
  }
  return sum;
}

/* ... and after the declarator. */
static long factorial (int n) HASHCACHE;

static long
factorial (int n)
{
  return n < 2 ? 1 : n * factorial (n - 1);
}

int
main (void)
{
  double in[1000], out[1000];
  for (int i = 0; i < 1000; i++)
    in[i] = (double) (i * i % 17);
  const double sum = smooth (1000, in, out);
  printf ("%.17g %.17g %.17g %ld\n", sum, out[0], out[999], factorial (10));
  return 0;
}
