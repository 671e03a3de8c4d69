/* sweep.c: one point of a sweep, with and without the cache, as a library for sweep.py.
   SPDX-License-Identifier: BSD-2-Clause */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache_mpi.h>
#include "measure.h"

double
plain_point (long number, long steps)
{
  return measure_chain ((double) number, steps);
}

HASHCACHE double
cached_point (long number, long steps)
{
  return measure_chain ((double) number, steps);
}

/* Whether another rank computes it now. */
int
point_is_busy (long number, long steps)
{
#ifdef HASHCACHE_BUSY
  return HASHCACHE_BUSY (cached_point (number, steps));
#else
  (void) number, (void) steps;
  return -1;
#endif
}

long
steps_of (double seconds)
{
  return measure_steps (seconds);
}

long
points_computed (void)
{
  struct hashcache_statistics statistics;

  return hashcache_stats (&statistics) == HASHCACHE_OK ? (long) statistics.computed : -1;
}

int
attach (void)
{
  return hashcache_mpi_attach (MPI_COMM_WORLD);
}
