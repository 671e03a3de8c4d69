/* openmp.c: promise: functions with OpenMP regions, and cached functions called from regions.
   options: -fopenmp
   SPDX-License-Identifier: BSD-2-Clause */
#include "oracle.h"

enum { N = 64 };

/* Shares are fixed, so its sum is the same in each run with as many threads. */
HASHCACHE static double
dot (int n, const double x[n], const double y[n])
{
  double sum = 0;

#pragma omp parallel for reduction(+ : sum) schedule(static) num_threads(1)
  for (int i = 0; i < n; i++)
    sum += x[i] * y[i];
  return sum;
}

ORACLE_CASE (dot)
{
  double *x = oracle_numbers ("x", N, 1), *y = oracle_numbers ("y", N, 2);

  ORACLE_VALUE (dot (N, x, y));
  ORACLE_VALUE (dot (N, x, x));
  ORACLE_VALUE (dot (N / 2, x, y));
}

HASHCACHE HASHCACHE_ANY_THREADS static void
axpy (int n, double a, const double x[n], double y[n])
{
#pragma omp parallel for
  for (int i = 0; i < n; i++)
    y[i] += a * x[i];
}

ORACLE_CASE (axpy)
{
  double *x = oracle_numbers ("x", N, 1), *y = oracle_numbers ("y", N, 2);

  axpy (N, 0.5, x, y);
  oracle_show ("after");
}

/* Written only, by threads: points inside. */
HASHCACHE HASHCACHE_ANY_THREADS static void
sweep (int n, const double a[n], HASHCACHE_OUT double inside[n - 2])
{
#pragma omp parallel for
  for (int i = 1; i < n - 1; i++)
    inside[i - 1] = (a[i - 1] + a[i + 1]) / 2;
}

ORACLE_CASE (sweep)
{
  double *a = oracle_numbers ("a", N, 1), *inside = oracle_unset ("inside", N, sizeof *inside);

  sweep (N, a, inside);
  oracle_show ("after");
}

HASHCACHE static double
power (double x, int n, HASHCACHE_OUT double *last HASHCACHE_COUNT (1))
{
  double product = 1;

  for (int i = 0; i < n; i++)
    product *= x;
  *last = product;
  return product * x;
}

/* Many threads ask, some of them the same at the same time. */
ORACLE_CASE (power)
{
  double *results = oracle_unset ("results", N, sizeof *results), *last = oracle_unset ("last", N, sizeof *last);

#pragma omp parallel for num_threads(4) schedule(dynamic, 1)
  for (int i = 0; i < N; i++)
    results[i] = power (1 + i % 8, i % 8, &last[i]);
  oracle_show ("after");
}
