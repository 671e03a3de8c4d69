/* uncached_openmp.c: promise: what depends on the caller's team of threads, or is kept from other threads, is not cached.
   options: -fopenmp
   says: was called inside a parallel region
   says: it shares work among the threads that call it
   says: and writes global variables, which a hit would restore without doing so
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <omp.h>
#include <stdio.h>

static int counted;

HASHCACHE int number (int k) { return k * 100 + omp_get_num_threads (); }
HASHCACHE double orphaned (int n)
{
  double s = 0;
#pragma omp for nowait
  for (int i = 0; i < n; i++)
    s += i;
  return s;
}
HASHCACHE HASHCACHE_ANY_THREADS double shared (int n)
{
  double s = 0;
#pragma omp for
  for (int i = 0; i < n; i++)
    s += i;
  return s;
}
HASHCACHE double critical (double x)
{
#pragma omp critical
  counted++;
  return x * 2;
}

int
main (void)
{
  int n = 0;
  double s = 0;
#pragma omp parallel num_threads (4) reduction (+ : n, s)
  {
    n += number (2);
    s += orphaned (1000);
    s += shared (100);
  }
  printf ("%d %g\n", n, s);
#pragma omp parallel for num_threads (4) reduction (+ : s)
  for (int i = 0; i < 400; i++)
    s += critical (i % 7);
  printf ("%d %g\n", counted, s);
  return 0;
}
