/* killed.c: processes that are killed at any moment leave a sound cache, and nobody waits for them in vain.
   SPDX-License-Identifier: BSD-2-Clause

     killed [ROUNDS [SEED]]

   Four processes make the same calls on one cache, each in its own order, claim, write, find and throw away. In each round one of them is
   killed by SIGKILL after a while that a generator of random numbers chooses, and another takes its place. After some rounds the others end by themselves, and
   children look at what is left: in verify mode no entry may be wrong, all that is missing can be computed, and a limit is kept as if nobody had
   been killed, which leaves no file behind that somebody was killed at. Some write as on file systems where files need names. SEED
   makes the same delays again. */
#define _GNU_SOURCE
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "../scratch.h"
#include "calls.h"
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES = 4, KEYS = 6, ROUNDS_TOGETHER = 10, LONG_ENOUGH = 60 /* seconds */ };
enum { WRONG_RESULT = 10, BAD_ENTRIES, NOT_FOUND, TOO_MANY, LEFT_OVER };

static char directory[4200], stop_file[4200];
static uint64_t state = 1;
static long n_bad;

static uint64_t
random_number (void)
{
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static void
rest (long microseconds)
{
  struct timespec time = { microseconds / 1000000, microseconds % 1000000 * 1000 };

  while (nanosleep (&time, &time) != 0)
    ;
}

/* Children ---------------------------------------------------------------------------------------------------------------- */

static void
begin_child (const char *mode)
{
  const int nowhere = open ("/dev/null", O_WRONLY);

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  alarm (LONG_ENOUGH);
  if (nowhere >= 0 && !getenv ("KILLED_SHOW"))
    dup2 (nowhere, STDERR_FILENO);
  setenv ("HASHCACHE_DIR", directory, 1);
  setenv ("HASHCACHE_MODE", mode, 1);
  setenv ("HASHCACHE_WAIT", "20", 1);
}

/* Calls until it is to stop, and throws results away now and then, so that there is something to compute. */
static int
work (uint64_t seed)
{
  begin_child ("on");
  state = seed;
  if (seed % 2) /* and evict */
    setenv ("HASHCACHE_MAX_FILES", "12", 1);
  if (seed / 2 % 2)
    atomic_store (&hashcache__names_needed, 1);
  while (access (stop_file, F_OK) != 0) {
    const int key = (int) (random_number () % KEYS);
    const size_t f = random_number () % CALLS_FUNCTIONS;

    if (random_number () % 4 == 0)
      hashcache_drop_memory ();
    if (random_number () % 3 == 0)
      (void) forget (f, key);
    else if (random_number () % 3 == 0)
      hashcache__ask (HASHCACHE__ASK_REFRESH, calls_names[f]);
    if (calls[f](key))
      return WRONG_RESULT;
  }
  return 0;
}

static int
verify (uint64_t seed)
{
  struct hashcache_statistics s;

  (void) seed;
  begin_child ("verify");
  if (call_all (KEYS))
    return WRONG_RESULT;
  return hashcache_stats (&s) == HASHCACHE_OK && s.bad_entries == 0 ? 0 : BAD_ENTRIES;
}

static int
compute (uint64_t seed)
{
  (void) seed;
  begin_child ("on");
  return call_all (KEYS) ? WRONG_RESULT : 0;
}

static int
find (uint64_t seed)
{
  struct hashcache_statistics s;

  (void) seed;
  begin_child ("on");
  if (call_all (KEYS))
    return WRONG_RESULT;
  return hashcache_stats (&s) == HASHCACHE_OK && s.bad_entries == 0 && s.computed + s.uncached == 0 ? 0 : NOT_FOUND;
}

static struct {
  int entries, left_over;
} total;

static int
count_one (const char *path, const struct stat *status, int kind, struct FTW *walk)
{
  const char *name = path + walk->base;

  (void) status;
  total.entries += kind == FTW_F && hashcache__is_entry_name (name) && !strstr (path, "/quarantine/");
  total.left_over += hashcache__is_temporary_name (name) && !strstr (path, "/claims/");
  return 0;
}

/* Stores all again, with a limit, and with what is known of use a day old: a pass begins. */
static int
limit (uint64_t seed)
{
  (void) seed;
  begin_child ("refresh");
  setenv ("HASHCACHE_MAX_FILES", "12", 1);
  for (int i = 0; i < 2; i++) {
    struct hashcache__usage usage;
    const int fd = i == 0 ? hashcache__take_usage (directory, &usage, (int64_t) time (NULL)) : -1;

    if (fd >= 0) {
      usage.passed = 0;
      hashcache__give_usage_back (fd, &usage);
    }
    if (call_all (KEYS))
      return WRONG_RESULT;
  }
  total.entries = total.left_over = 0;
  (void) nftw (directory, count_one, 16, FTW_PHYS);
  return total.entries > 12 ? TOO_MANY : total.left_over > 0 ? LEFT_OVER : 0;
}

static pid_t
start (int function (uint64_t), uint64_t seed)
{
  const pid_t child = fork ();

  if (child == 0)
    exit (function (seed));
  if (child < 0) {
    perror ("killed: fork");
    exit (2);
  }
  return child;
}

/* Waits for CHILD, which does WHAT and may have been KILLED. */
static void
end (pid_t child, const char *what, int killed)
{
  int status = -1;

  if (waitpid (child, &status, 0) == child && (status == 0 || (killed && WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL)))
    return;
  n_bad++;
  printf ("FAILED: the process that %s ended with %s %d%s\n", what, WIFSIGNALED (status) ? "signal" : "status",
          WIFSIGNALED (status) ? WTERMSIG (status) : WEXITSTATUS (status),
          WIFSIGNALED (status) && WTERMSIG (status) == SIGALRM ? ": it hung" : "");
  fflush (stdout);
}

/* Rounds ------------------------------------------------------------------------------------------------------------------ */

static void
kill_some (long rounds)
{
  pid_t children[PROCESSES];
  int file;

  (void) remove (stop_file);
  for (int i = 0; i < PROCESSES; i++)
    children[i] = start (work, random_number ());
  for (long round = 0; round < rounds; round++) {
    const size_t victim = random_number () % PROCESSES;

    rest (5000 + (long) (random_number () % 45000));
    kill (children[victim], SIGKILL);
    end (children[victim], "was killed", 1);
    children[victim] = start (work, random_number ());
  }
  file = open (stop_file, O_CREAT | O_WRONLY, 0666);
  if (file >= 0)
    close (file);
  for (int i = 0; i < PROCESSES; i++)
    end (children[i], "was left to work", 0);
}

static void
look (void)
{
  end (start (verify, 0), "verifies", 0);
  end (start (compute, 0), "computes what is missing", 0);
  end (start (find, 0), "finds everything", 0);
  end (start (limit, 0), "keeps a limit", 0);
}

int
main (int argc, char **argv)
{
  const long rounds = argc > 1 ? strtol (argv[1], NULL, 10) : 200;

  if (argc > 2)
    state = strtoull (argv[2], NULL, 10) | 1;
  if (begin_scratch () != 0)
    return 2;
  snprintf (directory, sizeof directory, "%s/cache", scratch);
  snprintf (stop_file, sizeof stop_file, "%s/stop", scratch);
  for (long round = 0; round < rounds; round += ROUNDS_TOGETHER) {
    kill_some (rounds - round < ROUNDS_TOGETHER ? rounds - round : ROUNDS_TOGETHER);
    look ();
  }
  (void) remove_tree (scratch);
  printf ("%ld killed, %ld failed\n", rounds, n_bad);
  return n_bad == 0 ? 0 : 1;
}
