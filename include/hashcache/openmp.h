/* openmp.h: what a result of a body with OpenMP regions depends on besides its inputs.
   SPDX-License-Identifier: BSD-2-Clause

   How work is shared, and so in which order sums are formed, follows from the control variables of the OpenMP runtime. They enter the
   key. Inside a parallel region of the caller a body may depend on which thread runs it and on what the others do; and where the
   runtime chooses the number of threads by itself nothing is certain: such calls are not cached. */
#ifndef HASHCACHE_OPENMP_H
#define HASHCACHE_OPENMP_H

#include "digest.h"
#include <stddef.h>
#include <stdlib.h>

/* Weak, NULL in programs without OpenMP; under names of our own, since the program may have included <omp.h>. */
extern int hashcache__omp_max_threads (void) __asm__ ("omp_get_max_threads") __attribute__ ((weak));
extern int hashcache__omp_level (void) __asm__ ("omp_get_level") __attribute__ ((weak));
extern int hashcache__omp_dynamic (void) __asm__ ("omp_get_dynamic") __attribute__ ((weak));
extern int hashcache__omp_thread_limit (void) __asm__ ("omp_get_thread_limit") __attribute__ ((weak));
extern int hashcache__omp_max_active_levels (void) __asm__ ("omp_get_max_active_levels") __attribute__ ((weak));
extern void hashcache__omp_schedule (int *kind, int *chunk) __asm__ ("omp_get_schedule") __attribute__ ((weak));

/* Why a call of a body with OpenMP regions cannot be cached now, NULL if it can. */
static const char *
hashcache__openmp_obstacle (void)
{
  if (!hashcache__omp_max_threads || !hashcache__omp_level || !hashcache__omp_dynamic || !hashcache__omp_thread_limit
      || !hashcache__omp_max_active_levels || !hashcache__omp_schedule)
    return "it has OpenMP regions, and the OpenMP runtime of the program cannot be asked about its threads";
  if (hashcache__omp_level () > 0)
    return "it uses OpenMP and was called inside a parallel region, where its result may depend on the other threads";
  if (hashcache__omp_dynamic ())
    return "it has OpenMP regions, and their number of threads is chosen anew each time (OMP_DYNAMIC)";
  return NULL;
}

/* Only after hashcache__openmp_obstacle has found none. */
static void
hashcache__hash_openmp (struct hashcache__hasher *hasher)
{
  const char *nested = getenv ("OMP_NUM_THREADS"); /* a list may give inner regions numbers of their own */
  int kind = 0, chunk = 0;

  hashcache__omp_schedule (&kind, &chunk);
  hashcache__hash_u64 (hasher, (uint64_t) hashcache__omp_max_threads ());
  hashcache__hash_u64 (hasher, (uint64_t) hashcache__omp_thread_limit ());
  hashcache__hash_u64 (hasher, (uint64_t) hashcache__omp_max_active_levels ());
  hashcache__hash_u64 (hasher, (uint64_t) kind);
  hashcache__hash_u64 (hasher, (uint64_t) chunk);
  hashcache__hash_string (hasher, nested ? nested : "");
}

#endif
