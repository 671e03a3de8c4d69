/* joblib.h: joblib.Memory beside us: a Python that does and times what it is told (joblib_ways.py).
   SPDX-License-Identifier: BSD-2-Clause

   The program tells it one thing at a time and waits, so its ways and ours take turns in one run. */
#ifndef JOBLIB_H
#define JOBLIB_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

FILE *fdopen (int, const char *);

struct joblib {
  FILE *to, *from; /* NULL: there is none */
  pid_t process;
};

/* What JOBLIB_PYTHON and JOBLIB_WAYS name, keeping its cache in JOBLIB_DIR; run.sh sets them where joblib is. */
static inline void
joblib_start (struct joblib *joblib)
{
  const char *python = getenv ("JOBLIB_PYTHON"), *ways = getenv ("JOBLIB_WAYS"), *dir = getenv ("JOBLIB_DIR");
  int to[2], from[2];

  joblib->to = joblib->from = NULL;
  if (!python || !*python || !ways || !dir || pipe (to) != 0 || pipe (from) != 0)
    return;
  joblib->process = fork ();
  if (joblib->process == 0) {
    (void) dup2 (to[0], STDIN_FILENO);
    (void) dup2 (from[1], STDOUT_FILENO);
    close (to[1]);
    close (from[0]);
    execlp (python, python, ways, dir, (char *) NULL);
    _exit (127);
  }
  close (to[0]);
  close (from[1]);
  joblib->to = fdopen (to[1], "w");
  joblib->from = fdopen (from[0], "r");
}

/* Seconds of each of CALLS calls of WAY with BYTES; 0 if there is no joblib. */
static inline double
joblib_seconds (struct joblib *joblib, const char *way, size_t bytes, int calls)
{
  double seconds = 0.0;

  if (!joblib->to || !joblib->from)
    return 0.0;
  fprintf (joblib->to, "%s %zu %d\n", way, bytes, calls);
  fflush (joblib->to);
  if (fscanf (joblib->from, "%lf", &seconds) != 1) {
    fprintf (stderr, "joblib_ways.py has ended\n");
    exit (1);
  }
  return seconds;
}

static inline void
joblib_end (struct joblib *joblib)
{
  if (!joblib->to || !joblib->from)
    return;
  fclose (joblib->to);
  fclose (joblib->from);
  (void) waitpid (joblib->process, NULL, 0);
}

#endif
