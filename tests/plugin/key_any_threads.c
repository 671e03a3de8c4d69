/* key_any_threads.c: promise: with HASHCACHE_ANY_THREADS neither the number of threads nor the region around the call is in the key.
   to the plugin: -fopenmp
   same: -DTHREADS=3
   same: -DDYNAMIC
   same: -DINSIDE
   different: -DTHREADS=3 -DNUMBER_MATTERS
   apart: -DNUMBER_MATTERS -DTHREADS=3 | -DNUMBER_MATTERS -DTHREADS=2
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <omp.h>
#include <stdio.h>

#ifndef THREADS
#define THREADS 1
#endif
#ifdef NUMBER_MATTERS
#define MARK HASHCACHE
#else
#define MARK HASHCACHE HASHCACHE_ANY_THREADS
#endif

MARK int
sum (int n)
{
  int s = 0;
#pragma omp parallel for reduction (+ : s)
  for (int i = 0; i < n; i++)
    s += i;
  return s;
}

int
main (void)
{
  int s = 0;
  omp_set_num_threads (THREADS);
#ifdef DYNAMIC
  omp_set_dynamic (1);
#endif
#ifdef INSIDE
#pragma omp parallel num_threads (2) reduction (+ : s)
#endif
  s += sum (100);
  printf ("%d\n", s);
  return 0;
}
