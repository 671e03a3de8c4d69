/* waiters.c: how soon waiters go on once a result is there: waiters LABEL [--seconds S] [--rounds N] [--numbers N] [--attach 0]
   SPDX-License-Identifier: BSD-2-Clause

   Rank 0 calls a function that computes for S seconds, the others ask for the same a little later, and wait. Taken is the time from the
   moment when the entry has its name to the return of the last waiter. All that is compared with what the read itself takes: the
   same waiters, with nothing in memory, ask for the same result at one moment, which the clock says, and it is there.
   Prints one row of a table. Needs HASHCACHE_DIR. */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache_mpi.h>
#include "ranks.h"

enum { MAX_RANKS = 1024, MAX_NUMBERS = 1 << 20 };

/* The moment of the last publication: the runtime gives entries their name by one of these functions. */
static double published;

int
linkat (int from_directory, const char *from, int to_directory, const char *to, int flags)
{
  const int result = (int) syscall (SYS_linkat, from_directory, from, to_directory, to, flags);

  published = measure_now ();
  return result;
}

int
link (const char *from, const char *to)
{
  return linkat (HASHCACHE__AT_FDCWD, from, HASHCACHE__AT_FDCWD, to, 0);
}

HASHCACHE static void
compute (long round, long steps, long n, HASHCACHE_OUT double numbers[n])
{
  const double x = measure_chain ((double) round, steps);

  for (long i = 0; i < n; i++)
    numbers[i] = x + (double) i;
}

static double numbers[MAX_NUMBERS];
static long n_numbers, steps;
static double seconds;

/* Latest of the VALUES of the waiters. */
static double
last_of (const double *values)
{
  double last = values[1];

  for (int i = 2; i < n_ranks; i++)
    last = values[i] > last ? values[i] : last;
  return last;
}

/* One round: *DELAY and *READ on rank 0. */
static void
one_round (long round, double *delay, double *read)
{
  double ends[MAX_RANKS], moment = ranks_moment (0.05 + 0.001 * n_ranks), end;

  measure_sleep_until (moment + (rank == 0 ? 0.0 : 0.02));
  compute (round, steps, n_numbers, numbers);
  end = measure_now ();
  measure_sleep_until (moment + 1.5 * seconds + 0.2);
  ranks_gather (end, ends);
  if (rank == 0)
    *delay = last_of (ends) - published;
  hashcache_drop_memory ();
  moment = ranks_moment (0.05 + 0.001 * n_ranks);
  measure_sleep_until (moment);
  if (rank != 0)
    compute (round, steps, n_numbers, numbers);
  end = measure_now ();
  measure_sleep_until (moment + 0.1);
  ranks_gather (end, ends);
  if (rank == 0)
    *read = last_of (ends) - moment;
}

static void
print_row (const char *label, int rounds, const double *delays, const double *reads)
{
  double beyond[MEASURE_ROUNDS];

  for (int i = 0; i < rounds; i++)
    beyond[i] = delays[i] - reads[i];
  printf ("| %s | %.2g s | %.2f (%.2f-%.2f) | %.2f | %.2f |\n", label, seconds, 1e3 * measure_median (delays, rounds),
          1e3 * measure_quantile (delays, rounds, 0.1), 1e3 * measure_quantile (delays, rounds, 0.9),
          1e3 * measure_median (reads, rounds), 1e3 * measure_median (beyond, rounds));
}

int
main (int argc, char **argv)
{
  double delays[MEASURE_ROUNDS], reads[MEASURE_ROUNDS];
  int rounds;

  ranks_begin (&argc, &argv);
  rounds = (int) measure_option (argc, argv, "--rounds", 11);
  seconds = measure_option (argc, argv, "--seconds", 0.1);
  n_numbers = (long) measure_option (argc, argv, "--numbers", 1);
  if (argc < 2 || n_ranks < 2 || n_ranks > MAX_RANKS || n_numbers > MAX_NUMBERS || rounds < 1 || rounds > MEASURE_ROUNDS
      || (measure_option (argc, argv, "--attach", 1) != 0 && hashcache_mpi_attach (MPI_COMM_WORLD) != HASHCACHE_OK))
    MPI_Abort (MPI_COMM_WORLD, 2);
  steps = ranks_steps (seconds);
  for (int i = 0; i < rounds; i++)
    one_round (i, &delays[i], &reads[i]);
  if (rank == 0)
    print_row (argv[1], rounds, delays, reads);
  MPI_Finalize ();
  return 0;
}
