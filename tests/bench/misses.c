/* misses.c: what a claim costs on one of several attached ranks, the others asleep: misses LABEL [--rounds N] [--calls N]
   SPDX-License-Identifier: BSD-2-Clause

   Run across nodes, where claims go by locks or leases of a file system that they share. Rank 0 calls a function that computes next to
   nothing, with arguments that are new each time, and whose result is not wanted (HASHCACHE_IF), so that nothing is stored. What that
   takes beyond the same with HASHCACHE_MODE=readonly, which looks up and claims nothing, is the claim: making, telling, ending it.
   Prints one row of a table. Needs HASHCACHE_DIR. */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache_mpi.h>
#include "ranks.h"

HASHCACHE
HASHCACHE_IF (result < 0) static long unwanted (long x)
{
  return x * x;
}

static long n_asked;

static double
one_round (int n_calls, const char *mode)
{
  double began;

  (void) hashcache_set ("MODE", mode);
  (void) unwanted (n_asked++);
  began = measure_now ();
  for (int i = 0; i < n_calls; i++)
    (void) unwanted (n_asked++);
  return (measure_now () - began) / n_calls;
}

int
main (int argc, char **argv)
{
  double lookup[MEASURE_ROUNDS], claimed[MEASURE_ROUNDS], claim[MEASURE_ROUNDS];
  int rounds, calls;

  ranks_begin (&argc, &argv);
  rounds = (int) measure_option (argc, argv, "--rounds", 21);
  calls = (int) measure_option (argc, argv, "--calls", 200);
  if (argc < 2 || rounds < 1 || rounds > MEASURE_ROUNDS || hashcache_mpi_attach (MPI_COMM_WORLD) != HASHCACHE_OK)
    MPI_Abort (MPI_COMM_WORLD, 2);
  for (int i = 0; rank == 0 && i < rounds; i++) {
    lookup[i] = one_round (calls, "readonly");
    claimed[i] = one_round (calls, NULL);
    claim[i] = claimed[i] - lookup[i];
  }
  ranks_meet ();
  if (rank == 0)
    printf ("| %s | %d | %.1f | %.1f | %.1f (%.1f-%.1f) |\n", argv[1], n_ranks, 1e6 * measure_median (lookup, rounds),
            1e6 * measure_median (claimed, rounds), 1e6 * measure_median (claim, rounds),
            1e6 * measure_quantile (claim, rounds, 0.25), 1e6 * measure_quantile (claim, rounds, 0.75));
  MPI_Finalize ();
  return 0;
}
