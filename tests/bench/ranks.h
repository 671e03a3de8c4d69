/* ranks.h: how the parallel programs here keep together without taking processor time from each other.
   SPDX-License-Identifier: BSD-2-Clause

   MPI libraries poll while they wait, which with more ranks than processors would be most of what is measured. Here ranks wait asleep: for
   each other by non-blocking collectives and naps, for a moment by the clock, which all processes of the machine share. */
#ifndef RANKS_H
#define RANKS_H

#include "measure.h"
#include <mpi.h>

int nanosleep (const struct timespec *, struct timespec *);

static int rank, n_ranks;

static inline void
ranks_await (MPI_Request *request)
{
  const struct timespec nap = { 0, 2000000 };
  int done = 0;

  while (MPI_Test (request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && !done)
    (void) nanosleep (&nap, NULL);
}

static inline void
ranks_meet (void)
{
  MPI_Request request;

  MPI_Ibarrier (MPI_COMM_WORLD, &request);
  ranks_await (&request);
}

/* What rank 0 says. */
static inline double
ranks_agree (double value)
{
  MPI_Request request;

  MPI_Ibcast (&value, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD, &request);
  ranks_await (&request);
  return value;
}

/* The VALUE of each rank, on rank 0. */
static inline void
ranks_gather (double value, double *values)
{
  MPI_Request request;

  MPI_Igather (&value, 1, MPI_DOUBLE, values, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD, &request);
  ranks_await (&request);
}

/* A moment that is SECONDS from now, the same on all ranks. */
static inline double
ranks_moment (double seconds)
{
  return ranks_agree (measure_now () + seconds);
}

/* As many steps as take SECONDS of a processor, the same on all ranks; measured while the others sleep. */
static inline long
ranks_steps (double seconds)
{
  return (long) ranks_agree (rank == 0 ? (double) measure_steps (seconds) : 0.0);
}

static inline void
ranks_begin (int *argc, char ***argv)
{
  MPI_Init (argc, argv);
  MPI_Comm_rank (MPI_COMM_WORLD, &rank);
  MPI_Comm_size (MPI_COMM_WORLD, &n_ranks);
}

#endif
