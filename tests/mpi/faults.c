/* faults.c: ranks to which something happens while they compute, and others that wait for them.
   SPDX-License-Identifier: BSD-2-Clause

     faults LOG KEYS MILLISECONDS FLAGS [ACTION KEY]

   Each rank asks for `point (k)` for each k below KEYS, and before that writes "ask K PID" to LOG.asks. A body that runs writes
   "begin K PID" to LOG, sleeps MILLISECONDS and writes "end K PID". FLAGS are letters, or - for none:

     a   attach the ranks of MPI_COMM_WORLD
     f   after that, no file may become larger than 4096 bytes
     u   call a function that cannot be cached, too

   ACTION is what the first body of KEY does, once the file LOG.go is there:

     kill, stop        a signal to itself
     abort, exit       MPI_Abort; exit with status 0
     hang              nothing, for a minute at most

   After kill, abort and hang no other rank of the same job gets to the end of such a body either: its launcher is about to end it. Two are
   done without LOG.go:

     long              sleeps for 12 s
     leave             not in the body: rank 1 ends by _exit when it and rank 0 have all values

   Every value is checked; the status is 0 if all were right. */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache_mpi.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static HASHCACHE_IGNORE int log_file, asks_file;
static HASHCACHE_IGNORE char log_name[4096];
static HASHCACHE_IGNORE long milliseconds;
static HASHCACHE_IGNORE MPI_Comm everybody;
static HASHCACHE_IGNORE const char *action = "";
static HASHCACHE_IGNORE int action_key = -1;

static void
write_down (int file, const char *what, int k)
{
  char line[64];
  const int n = snprintf (line, sizeof line, "%s %d %ld\n", what, k, (long) getpid ());

  if (write (file, line, (size_t) n) != n)
    abort ();
}

static int
open_log (const char *suffix, int flags)
{
  char name[sizeof log_name + 16];

  snprintf (name, sizeof name, "%s%s", log_name, suffix);
  return open (name, O_WRONLY | flags, 0666);
}

static void
rest (long n)
{
  struct timespec time = { n / 1000, n % 1000 * 1000000 };

  while (nanosleep (&time, &time) != 0)
    ;
}

/* Waits until the script has made LOG.go, a minute at most. */
static void
wait_for_go (void)
{
  for (int i = 0, file = -1; i < 6000 && (file = open_log (".go", 0)) < 0; i++)
    rest (10);
}

/* What happens to the first body of its key. */
static void
act (void)
{
  wait_for_go ();
  if (strcmp (action, "kill") == 0)
    raise (SIGKILL);
  if (strcmp (action, "stop") == 0)
    raise (SIGSTOP);
  if (strcmp (action, "abort") == 0)
    MPI_Abort (everybody, 3);
  if (strcmp (action, "exit") == 0)
    exit (0);
  if (strcmp (action, "hang") == 0)
    rest (60000);
}

/* A body of the ACTION's key. */
static void
suffer (void)
{
  const int first = open_log (".acted", O_CREAT | O_EXCL) >= 0;

  if (strcmp (action, "leave") == 0)
    return;
  if (strcmp (action, "long") == 0)
    rest (12000);
  else if (first)
    act ();
  else if (strcmp (action, "stop") != 0 && strcmp (action, "exit") != 0)
    rest (60000);
}

static double
right_point (int k)
{
  return 0.5 * k + 0.25;
}

HASHCACHE HASHCACHE_ALLOW ("*") double point (int k)
{
  write_down (log_file, "begin", k);
  if (k == action_key)
    suffer ();
  rest (milliseconds);
  write_down (log_file, "end", k);
  return right_point (k);
}

/* What `environ` leads to is nobody's own. */
extern char **environ;

HASHCACHE int
count_environment (int k)
{
  return k + (environ != NULL);
}

static int
ask (int k)
{
  write_down (asks_file, "ask", k);
  return point (k) != right_point (k);
}

static void
limit_files (void)
{
  const struct rlimit limit = { 4096, 4096 };

  if (setrlimit (RLIMIT_FSIZE, &limit) != 0)
    abort ();
}

int
main (int argc, char *argv[])
{
  int rank, wrong = 0, error;

  if (argc < 5)
    return 2;
  MPI_Init (&argc, &argv);
  everybody = MPI_COMM_WORLD;
  MPI_Comm_rank (everybody, &rank);
  const int n = atoi (argv[2]);
  const char *flags = argv[4];
  snprintf (log_name, sizeof log_name, "%s", argv[1]);
  log_file = open_log ("", O_APPEND | O_CREAT);
  asks_file = open_log (".asks", O_APPEND | O_CREAT);
  milliseconds = atol (argv[3]);
  if (argc > 6) {
    action = argv[5];
    action_key = atoi (argv[6]);
  }
  error = strchr (flags, 'a') ? hashcache_mpi_attach (everybody) : 0;
  if (error) {
    fprintf (stderr, "rank %d: %s\n", rank, hashcache_strerror (error));
    wrong++;
  }
  if (strchr (flags, 'f'))
    limit_files ();
  if (strchr (flags, 'u'))
    wrong += count_environment (rank) != rank + 1;

  for (int k = 0; k < n; k++)
    wrong += ask (k);
  if (strcmp (action, "leave") == 0) {
    MPI_Barrier (everybody);
    if (rank == 1)
      _exit (0);
  }
  MPI_Finalize ();
  return wrong != 0;
}
