/* openmp.h: what a result of a body with OpenMP regions depends on besides its inputs.
   SPDX-License-Identifier: BSD-2-Clause

   How work is shared, and so in which order sums are formed, follows from the control variables of the OpenMP runtime. They enter the
   key. Inside a parallel region of the caller a body may depend on which thread runs it and on what the others do; and where the
   runtime chooses the number of threads by itself nothing is certain: such calls are not cached. */
#ifndef HASHCACHE_OPENMP_H
#define HASHCACHE_OPENMP_H

#include "digest.h"
#include "libraries.h"
#include <stdlib.h>

/* The functions of the OpenMP runtime. They are looked up by name while the program runs: a weak reference here would make the
   program's own references in the same file weak, and the linker might leave the OpenMP runtime out. */
struct hashcache__openmp {
  int (*max_threads) (void);
  int (*level) (void);
  int (*dynamic) (void);
  int (*thread_limit) (void);
  int (*max_active_levels) (void);
  void (*schedule) (int *kind, int *chunk);
};

static int
hashcache__find_function (const char *name, void *function)
{
  void *address = hashcache__dlsym (NULL, name);

  memcpy (function, &address, sizeof address); /* ISO C has no other way from data to functions */
  return address != NULL;
}

/* Fills OPENMP; returns whether every function is there. */
static int
hashcache__find_openmp (struct hashcache__openmp *openmp)
{
  return hashcache__find_function ("omp_get_max_threads", &openmp->max_threads)
         && hashcache__find_function ("omp_get_level", &openmp->level)
         && hashcache__find_function ("omp_get_dynamic", &openmp->dynamic)
         && hashcache__find_function ("omp_get_thread_limit", &openmp->thread_limit)
         && hashcache__find_function ("omp_get_max_active_levels", &openmp->max_active_levels)
         && hashcache__find_function ("omp_get_schedule", &openmp->schedule);
}

/* How many parallel regions are around the caller; 0 without an OpenMP runtime. */
static int
hashcache__openmp_level (void)
{
  int (*level) (void);

  return hashcache__find_function ("omp_get_level", &level) ? level () : 0;
}

/* Why a call of a body with OpenMP regions cannot be cached now, NULL if it can. */
static const char *
hashcache__openmp_obstacle (void)
{
  struct hashcache__openmp openmp;

  if (!hashcache__find_openmp (&openmp))
    return "it has OpenMP regions, and the OpenMP runtime of the program cannot be asked about its threads";
  if (openmp.level () > 0)
    return "it uses OpenMP and was called inside a parallel region, where its result may depend on the other threads";
  if (openmp.dynamic ())
    return "it has OpenMP regions, and their number of threads is chosen anew each time (OMP_DYNAMIC)";
  return NULL;
}

/* Likewise, for a body that depends on no number of threads, but shares work with the threads of the region that it is called in. Some
   of them would find the result and the others wait for them forever. */
static const char *
hashcache__team_obstacle (void)
{
  struct hashcache__openmp openmp;

  if (hashcache__find_openmp (&openmp) && openmp.level () == 0)
    return NULL;
  return "it shares work among the threads that call it (a loop, sections or a barrier without a parallel region of its own) and "
         "was "
         "called inside a parallel region";
}

/* Only after hashcache__openmp_obstacle has found none. */
static void
hashcache__hash_openmp (struct hashcache__hasher *hasher)
{
  const char *nested = getenv ("OMP_NUM_THREADS"); /* a list may give inner regions numbers of their own */
  struct hashcache__openmp openmp;
  int kind = 0, chunk = 0;

  if (!hashcache__find_openmp (&openmp))
    return;
  openmp.schedule (&kind, &chunk);
  hashcache__hash_u64 (hasher, (uint64_t) openmp.max_threads ());
  hashcache__hash_u64 (hasher, (uint64_t) openmp.thread_limit ());
  hashcache__hash_u64 (hasher, (uint64_t) openmp.max_active_levels ());
  hashcache__hash_u64 (hasher, (uint64_t) kind);
  hashcache__hash_u64 (hasher, (uint64_t) chunk);
  hashcache__hash_string (hasher, nested ? nested : "");
}

#endif
