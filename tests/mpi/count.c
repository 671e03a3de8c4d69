/* count.c: ranks that all ask for the same, and write down what they compute.
   SPDX-License-Identifier: BSD-2-Clause

     count LOG KEYS ORDER MICROSECONDS [FLAGS]

   Each rank asks for `point (k)` for each k below KEYS, in the ORDER same, reversed or random (another one on each rank). A body that runs
   works for so many MICROSECONDS and appends a line to LOG in one write: "point 17". Whoever counts the lines sees what was
   computed more than once. FLAGS are letters:

     a   attach the ranks of MPI_COMM_WORLD
     h   attach the two halves of them, each to a communicator of its own
     n   nested: ask for `sum (k)`, whose body asks for two points
     o   four OpenMP threads a rank, under MPI_THREAD_MULTIPLE
     l   leave early: rank 1 ends before the others are through

   Every value is checked; the status is 0 if all were right. */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache_mpi.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static HASHCACHE_IGNORE int log_file;
static HASHCACHE_IGNORE long microseconds;
static int wrong;

static void
write_down (const char *what, int k)
{
  char line[64];
  const int n = snprintf (line, sizeof line, "%s %d\n", what, k);

  if (write (log_file, line, (size_t) n) != n)
    abort ();
}

static double
seconds_of (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

static void
work (void)
{
  const double end = seconds_of (CLOCK_THREAD_CPUTIME_ID) + 1e-6 * (double) microseconds;

  while (seconds_of (CLOCK_THREAD_CPUTIME_ID) < end)
    ;
}

static double
right_point (int k)
{
  return 0.5 * k + 0.25;
}

HASHCACHE HASHCACHE_ALLOW ("*") double
point (int k)
{
  write_down ("point", k);
  work ();
  return right_point (k);
}

HASHCACHE HASHCACHE_ALLOW ("*") double
sum (int k)
{
  write_down ("sum", k);
  return point (k / 2) + point (k + 1);
}

/* The I-th of N numbers in ORDER, for RANK. */
static int
key_at (int i, int n, const char *order, int rank)
{
  if (order[0] == 's')
    return i;
  if (order[1] == 'e')
    return n - 1 - i;
  /* i -> a i + b mod p, a prime p: each number once */
  return (int) (((long) i * (2 * (rank * 7919L % n) + 1) + rank * 104729L) % n);
}

static void
ask (int k, int nested)
{
  const double value = nested ? sum (k) : point (k);
  const double right = nested ? right_point (k / 2) + right_point (k + 1) : right_point (k);

  if (value != right) {
#pragma omp atomic
    wrong++;
  }
}

static void
attach (const char *flags, int rank, int ranks)
{
  int error = 0;

  if (strchr (flags, 'h')) {
    MPI_Comm half;

    MPI_Comm_split (MPI_COMM_WORLD, rank < ranks / 2, rank, &half);
    error = hashcache_mpi_attach (half);
    MPI_Comm_free (&half);
  }
  if (!error && strchr (flags, 'a'))
    error = hashcache_mpi_attach (MPI_COMM_WORLD);
  if (error) {
    fprintf (stderr, "rank %d: %s\n", rank, hashcache_strerror (error));
    wrong++;
  }
}

int
main (int argc, char *argv[])
{
  const char *flags = argc > 5 ? argv[5] : "";
  int rank, ranks, level;

  if (argc < 5)
    return 2;
  MPI_Init_thread (&argc, &argv, strchr (flags, 'o') ? MPI_THREAD_MULTIPLE : MPI_THREAD_SINGLE, &level);
  MPI_Comm_rank (MPI_COMM_WORLD, &rank);
  MPI_Comm_size (MPI_COMM_WORLD, &ranks);
  const int n = atoi (argv[2]), nested = strchr (flags, 'n') != NULL;
  const char *order = argv[3];
  microseconds = atol (argv[4]);
  log_file = open (argv[1], O_WRONLY | O_APPEND | O_CREAT, 0666);
  attach (flags, rank, ranks);

#pragma omp parallel for schedule(static, 1) num_threads(strchr (flags, 'o') ? 4 : 1)
  for (int i = 0; i < n; i++)
    if (!(strchr (flags, 'l') && rank == 1 && i > n / 4))
      ask (key_at (i, n, order, rank), nested);

  fflush (stdout);
  MPI_Finalize ();
  return wrong != 0;
}
