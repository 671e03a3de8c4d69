/* call_pointers.c: promise: that two arguments are the same memory is part of the question, and bounds are computed as C does.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>

struct cell { int n; double x[4]; };

HASHCACHE double
pairs (const struct cell *ci HASHCACHE_COUNT (1), const struct cell *cj HASHCACHE_COUNT (1))
{
  double s = 0;
  for (int i = 0; i < ci->n; i++)
    for (int j = ci == cj ? i + 1 : 0; j < cj->n; j++)
      s += (ci->x[i] + 1) * (cj->x[j] + 2);
  return s;
}
HASHCACHE double walk (int n, const double *a HASHCACHE_COUNT (n)) { double s = 0; for (const double *p = a; p < a + n; p++) s += *p; return s; }
HASHCACHE long apart (int n, const double *a HASHCACHE_COUNT (n), const double *b HASHCACHE_COUNT (1)) { return b - a; }
HASHCACHE double less_one (unsigned n, const double a[n - 1]) { return a[n - 2]; }
HASHCACHE double mixed (unsigned n, int m, const double a[n + 1][m * 2 - 1][3]) { return a[n][m * 2 - 2][2]; }
HASHCACHE double long_bound (unsigned long n, unsigned short k, const double a[n / 2 % 7 + k]) { return a[n / 2 % 7 + k - 1]; }

int
main (void)
{
  struct cell a = { 4, { 1, 2, 3, 4 } }, b = a;
  double x[64];
  for (int i = 0; i < 64; i++)
    x[i] = i * 0.5;
  printf ("%g ", pairs (&a, &b));
  printf ("%g ", pairs (&a, &a));
  printf ("%g\n", pairs (&b, &a));
  printf ("%g\n", walk (64, x));
  printf ("%ld ", apart (64, x, x + 3));
  printf ("%ld\n", apart (64, x, x + 4));
  printf ("%g %g %g\n", less_one (5, x), mixed (2, 2, (const double (*)[3][3]) x), long_bound (9, 3, x));
  return 0;
}
