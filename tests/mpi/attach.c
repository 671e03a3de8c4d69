/* attach.c: attaching in odd ways, and MPI_Finalize while calls are under way.
   SPDX-License-Identifier: BSD-2-Clause

     attach LOG CASE

   Each body that runs appends a line to LOG. CASE is

     errors     what hashcache_mpi_attach says where it cannot attach
     several    each rank alone, the world twice, its halves, and each rank alone again, in turn
     memory     one rank has no memory for an attachment
     threads    MPI_Finalize while a thread of rank 0 computes and threads of the others wait for it
     jump       a signal handler jumps out of such a wait

   The status is 0 if all values were right. */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache_mpi.h>

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static HASHCACHE_IGNORE int log_file;
static HASHCACHE_IGNORE long milliseconds = 20;
static HASHCACHE_IGNORE volatile int no_memory;
static int rank, ranks;

/* The linker has calls of calloc come here. */
void *__real_calloc (size_t, size_t);
void *__wrap_calloc (size_t n, size_t size);

void *
__wrap_calloc (size_t n, size_t size)
{
  return no_memory && size == sizeof (struct hashcache__attachment) ? NULL : __real_calloc (n, size);
}

static void
write_down (int k)
{
  const struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };
  char line[64];
  const int n = snprintf (line, sizeof line, "begin %d\n", k);

  if (write (log_file, line, (size_t) n) != n)
    abort ();
  nanosleep (&time, NULL);
}

HASHCACHE HASHCACHE_ALLOW ("*") static double point (int k)
{
  write_down (k);
  return 3.0 * k + 1.0;
}

static int
wrong_points (int from, int to)
{
  int wrong = 0;

  for (int k = from; k < to; k++)
    wrong += point (k) != 3.0 * k + 1.0;
  return wrong;
}

static int
fail (const char *what)
{
  fprintf (stderr, "rank %d: %s\n", rank, what);
  return 1;
}

static int
case_errors (void)
{
  MPI_Comm half, between;
  int failed = 0;

  if (hashcache_mpi_attach (MPI_COMM_NULL) != HASHCACHE_BAD_ARGUMENT)
    failed |= fail ("attached nobody");
  if (ranks > 1) {
    MPI_Comm_split (MPI_COMM_WORLD, rank % 2, rank, &half);
    MPI_Intercomm_create (half, 0, MPI_COMM_WORLD, rank % 2 ? 0 : 1, 7, &between);
    if (hashcache_mpi_attach (between) != HASHCACHE_BAD_ARGUMENT)
      failed |= fail ("attached an intercommunicator");
    MPI_Comm_free (&between);
    MPI_Comm_free (&half);
  }
  return failed || wrong_points (0, 5);
}

static int
case_several (void)
{
  MPI_Comm half;
  int failed;

  MPI_Comm_split (MPI_COMM_WORLD, rank % 2, rank, &half);
  failed = hashcache_mpi_attach (MPI_COMM_SELF) || hashcache_mpi_attach (MPI_COMM_WORLD) || wrong_points (0, 5)
           || hashcache_mpi_attach (MPI_COMM_WORLD) || wrong_points (5, 10) || hashcache_mpi_attach (half)
           || wrong_points (10, 15) || hashcache_mpi_attach (MPI_COMM_SELF) || wrong_points (15, 20);
  MPI_Comm_free (&half);
  return failed;
}

static int
case_memory (void)
{
  no_memory = rank == ranks - 1;
  if (hashcache_mpi_attach (MPI_COMM_WORLD) != HASHCACHE_MPI_FAILED)
    return fail ("attached without memory");
  no_memory = 0;
  return wrong_points (0, 5) || hashcache_mpi_attach (MPI_COMM_WORLD) || wrong_points (5, 10);
}

static void *
ask_for_point_1 (void *result)
{
  *(int *) result = wrong_points (1, 2);
  return NULL;
}

/* Rank 0 begins to compute before the others ask; all go into MPI_Finalize at once. */
static int
case_threads (void)
{
  const struct timespec moment = { 0, 300000000 };
  pthread_t thread;
  int wrong = 1;

  if (hashcache_mpi_attach (MPI_COMM_WORLD) != HASHCACHE_OK || wrong_points (0, 1))
    return 1;
  milliseconds = 3000;
  if (rank == 0 && pthread_create (&thread, NULL, ask_for_point_1, &wrong) != 0)
    return 1;
  nanosleep (&moment, NULL);
  MPI_Barrier (MPI_COMM_WORLD);
  if (rank != 0 && pthread_create (&thread, NULL, ask_for_point_1, &wrong) != 0)
    return 1;
  nanosleep (&moment, NULL);
  MPI_Finalize ();
  pthread_join (thread, NULL);
  return wrong;
}

static sigjmp_buf way_out;

static void
jump_out (int number)
{
  (void) number;
  siglongjmp (way_out, 1);
}

/* Rank 1 waits for what rank 0 computes, and has an alarm meanwhile. What it asks for afterwards it computes. */
static int
case_jump (void)
{
  const struct timespec moment = { 0, 300000000 };
  volatile int wrong = 0;

  if (hashcache_mpi_attach (MPI_COMM_WORLD) != HASHCACHE_OK)
    return 1;
  milliseconds = 3000;
  if (rank == 0)
    wrong = wrong_points (1, 2);
  nanosleep (&moment, NULL);
  if (rank == 1) {
    signal (SIGALRM, jump_out);
    alarm (1);
    if (sigsetjmp (way_out, 1) == 0) {
      (void) point (1);
      wrong = fail ("nobody was waited for");
    }
  }
  milliseconds = 20;
  return wrong || wrong_points (2 + rank, 3 + rank);
}

int
main (int argc, char **argv)
{
  const char *what = argc > 2 ? argv[2] : "";
  int level, over = 0, status;

  if (argc != 3 || (log_file = open (argv[1], O_WRONLY | O_APPEND | O_CREAT, 0666)) < 0)
    return 2;
  if (strcmp (what, "errors") == 0 && hashcache_mpi_attach (MPI_COMM_WORLD) != HASHCACHE_MPI_FAILED)
    return fail ("attached before MPI_Init");
  MPI_Init_thread (&argc, &argv, MPI_THREAD_FUNNELED, &level);
  MPI_Comm_rank (MPI_COMM_WORLD, &rank);
  MPI_Comm_size (MPI_COMM_WORLD, &ranks);
  status = strcmp (what, "errors") == 0    ? case_errors ()
           : strcmp (what, "several") == 0 ? case_several ()
           : strcmp (what, "memory") == 0  ? case_memory ()
           : strcmp (what, "threads") == 0 ? case_threads ()
           : strcmp (what, "jump") == 0    ? case_jump ()
                                           : 2;
  if (MPI_Finalized (&over) == MPI_SUCCESS && !over)
    MPI_Finalize ();
  if (strcmp (what, "errors") == 0 && hashcache_mpi_attach (MPI_COMM_WORLD) != HASHCACHE_MPI_FAILED)
    return fail ("attached after MPI_Finalize");
  return status;
}
