/* slowdown.c: how much waiting ranks slow the one that computes: slowdown LABEL [--seconds S] [--rounds N] [--attach 0]
   SPDX-License-Identifier: BSD-2-Clause

   By turns, rank 0 does a fixed amount of arithmetic in a cached function while all others sleep, and the same with another key while
   all others wait for its result. The ratio of the two is taken of each pair of rounds. The processor time of all waiters
   together, as a share of the time that all processors had, says the same with less noise: it is the most that they can take away.
   Prints one row of a table. Needs HASHCACHE_DIR. */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache_mpi.h>
#include "ranks.h"

enum { MAX_RANKS = 1024 };

HASHCACHE static double
compute (long round, long steps)
{
  return measure_chain ((double) round, steps);
}

static double seconds;
static long steps;

/* The seconds that the call takes on rank 0, and in WAITERS the processor time of the others, if they are to wait. */
static double
one_round (long round, int wait, double *waiters)
{
  const double moment = ranks_moment (0.05 + 0.001 * n_ranks);
  double used[MAX_RANKS] = { 0 }, began, before, took;

  measure_sleep_until (moment + (rank == 0 ? 0.0 : 0.02));
  before = measure_clock (MEASURE_PROCESS_TIME);
  began = measure_now ();
  if (rank == 0 || wait)
    (void) compute (round, steps);
  took = measure_now () - began;
  before = measure_clock (MEASURE_PROCESS_TIME) - before;
  measure_sleep_until (moment + 1.3 * seconds + 0.1);
  ranks_gather (before, used);
  *waiters = 0.0;
  for (int i = 1; i < n_ranks; i++)
    *waiters += used[i];
  return took;
}

int
main (int argc, char **argv)
{
  double alone[MEASURE_ROUNDS], among[MEASURE_ROUNDS], ratios[MEASURE_ROUNDS], taken[MEASURE_ROUNDS], ignored;
  const long processors = sysconf (_SC_NPROCESSORS_ONLN);
  int rounds;

  ranks_begin (&argc, &argv);
  rounds = (int) measure_option (argc, argv, "--rounds", 11);
  seconds = measure_option (argc, argv, "--seconds", 2.0);
  if (argc < 2 || n_ranks > MAX_RANKS || rounds < 1 || rounds > MEASURE_ROUNDS
      || (measure_option (argc, argv, "--attach", 1) != 0 && hashcache_mpi_attach (MPI_COMM_WORLD) != HASHCACHE_OK))
    MPI_Abort (MPI_COMM_WORLD, 2);
  steps = ranks_steps (seconds);
  for (int i = 0; i < rounds; i++) {
    alone[i] = one_round (2 * i, 0, &ignored);
    among[i] = one_round (2 * i + 1, 1, &taken[i]);
    ratios[i] = among[i] / alone[i];
    taken[i] /= among[i] * (double) processors;
  }
  if (rank == 0)
    printf ("| %s | %d | %.3f s | %.3f s | %.4f (%.4f-%.4f) | %.3f %% |\n", argv[1], n_ranks - 1, measure_median (alone, rounds),
            measure_median (among, rounds), measure_median (ratios, rounds), measure_quantile (ratios, rounds, 0.25),
            measure_quantile (ratios, rounds, 0.75), 100.0 * measure_median (taken, rounds));
  MPI_Finalize ();
  return 0;
}
