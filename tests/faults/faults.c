/* faults.c: whatever system call fails, the program's results are right, its cache stays sound, and nothing leaks.
   SPDX-License-Identifier: BSD-2-Clause

     faults [STRIDE [FIRST [CALL]]]

   A child makes some cached calls while the N-th system call of one kind fails with one error, or is short, or takes place and says EIO
   all the same; or that call and all that follow fail, as on a disk that is full. Then other children without faults look at
   what is left in the cache: one in verify mode, for which no entry may be wrong, and one that must find everything. So for all
   calls, all N and all errors; with STRIDE, every STRIDE-th of them from FIRST on. With CALL, those of that system call alone. Four scenes: an
   empty cache, one that has all results, one that has half of them damaged and the others no longer as they were written, one in
   which there is no room for all. */
#define _GNU_SOURCE
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "calls.h"
#include "../scratch.h"
#include "fault.h"
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEYS = 2, LONG_ENOUGH = 60 /* seconds */ };
enum scene { EMPTY, WARM, DAMAGED, LIMITED, N_SCENES };
/* What children say by their status. */
enum { RIGHT, WRONG_RESULT = 10, WRONG_COUNT, LEAKED_FILES, BAD_ENTRIES, NOT_FOUND, LEAKED_MEMORY = 23 };

static const char *const scene_names[N_SCENES] = { "empty", "warm", "damaged", "limited" };
static char directory[4200];
static long n_tried, n_failed;

struct trial {
  enum fault_call call;
  long nth;
  int error, forever;
};

/* Where a read fails, H5Fopen of HDF5 1.10 forgets to free what it has made. Our own memory is under test. */
const char *__lsan_default_suppressions (void);

const char *
__lsan_default_suppressions (void)
{
  return "leak:libhdf5";
}

/* Files ------------------------------------------------------------------------------------------------------------------- */

static int
damage_one (const char *path, const struct stat *status, int kind, struct FTW *walk)
{
  static int turn;
  const size_t n = strlen (path);

  (void) walk;
  if (kind != FTW_F || n < 3 || strcmp (path + n - 3, ".h5") != 0 || strstr (path, "/quarantine/"))
    return 0;
  return truncate (path, turn++ % 2 ? status->st_size - 1 : status->st_size / 2); /* all results are before the last byte */
}

static int
count_files (void)
{
  int n = 0;

  for (int fd = 0; fd < 256; fd++)
    n += fcntl (fd, F_GETFD, 0) >= 0;
  return n;
}

/* Children ---------------------------------------------------------------------------------------------------------------- */

/* All calls, found nowhere or in the store; in memory; in the store. */
static int
scenario (void)
{
  int wrong = call_all (KEYS) | call_all (KEYS);

  hashcache_drop_memory ();
  return wrong | call_all (KEYS);
}

static void
begin_child (const char *mode)
{
  const int nowhere = getenv ("FAULTS_SHOW") ? -1 : open ("/dev/null", O_WRONLY);

  alarm (LONG_ENOUGH);
  if (nowhere >= 0) {
    dup2 (nowhere, STDERR_FILENO);
    close (nowhere);
  }
  setenv ("HASHCACHE_DIR", directory, 1);
  setenv ("HASHCACHE_MODE", mode, 1);
}

/* COUNTS: where to write how many calls of each kind there were. */
static int
faulty_child (enum scene scene, const struct trial *trial, int counts)
{
  struct hashcache_statistics s;
  int wrong, files;

  begin_child ("on");
  if (scene == LIMITED)
    setenv ("HASHCACHE_MAX_FILES", "5", 1);
  files = count_files ();
  fault_arm (trial->call, trial->nth, trial->error, trial->forever);
  wrong = scenario ();
  if (counts >= 0) {
    long n[FAULT_N];

    for (int i = 0; i < FAULT_N; i++)
      n[i] = fault_counted ((enum fault_call) i);
    fault_disarm ();
    (void) !write (counts, n, sizeof n);
    close (counts);
    files -= 1;
  }
  if (wrong)
    return WRONG_RESULT;
  if (hashcache_stats (&s) != HASHCACHE_OK || s.calls != s.hits_memory + s.hits_store + s.computed + s.uncached)
    return WRONG_COUNT;
  hashcache_drop_memory ();
  fault_disarm ();
  if (count_files () != files && !(trial->call == FAULT_fstat && trial->forever)) /* nobody can tell whose a descriptor is then */
    return LEAKED_FILES;
  fault_arm (trial->call, 0, trial->error, trial->forever); /* while the program ends, too */
  return RIGHT;
}

static int
verifying_child (void)
{
  struct hashcache_statistics s;

  begin_child ("verify");
  if (call_all (KEYS))
    return WRONG_RESULT;
  return hashcache_stats (&s) == HASHCACHE_OK && s.bad_entries == 0 ? RIGHT : BAD_ENTRIES;
}

static int
finding_child (void)
{
  struct hashcache_statistics s;

  begin_child ("on");
  if (call_all (KEYS))
    return WRONG_RESULT;
  if (hashcache_stats (&s) != HASHCACHE_OK || s.bad_entries != 0)
    return BAD_ENTRIES;
  return s.computed + s.uncached == 0 ? RIGHT : NOT_FOUND;
}

static int
computing_child (void)
{
  begin_child ("on");
  return call_all (KEYS) ? WRONG_RESULT : RIGHT;
}

static int
status_of (pid_t child)
{
  int status = -1;

  if (child < 0 || waitpid (child, &status, 0) != child)
    return -1;
  return WIFEXITED (status) ? WEXITSTATUS (status) : 1000 + WTERMSIG (status);
}

static int
run (int function (void))
{
  fflush (NULL);
  const pid_t child = fork ();

  if (child == 0)
    exit (function ());
  return status_of (child);
}

static int
run_faulty (enum scene scene, const struct trial *trial, int counts)
{
  fflush (NULL);
  const pid_t child = fork ();

  if (child == 0)
    exit (faulty_child (scene, trial, counts));
  return status_of (child);
}

/* Trials ------------------------------------------------------------------------------------------------------------------ */

static void
set_scene (enum scene scene)
{
  int status = 0;

  if (scene != WARM || access (directory, F_OK) != 0) {
    (void) remove_tree (directory);
    if (scene == WARM || scene == DAMAGED)
      status = run (computing_child);
    if (scene == DAMAGED)
      (void) nftw (directory, damage_one, 16, FTW_PHYS);
  }
  if (status != 0) {
    fprintf (stderr, "faults: cannot set the scene: %d\n", status);
    exit (2);
  }
}

static void
complain (enum scene scene, const struct trial *trial, const char *who, int status)
{
  static const char *const meanings[] = { "wrong result", "calls miscounted", "open files left", "bad entries",
                                          "entries are lost" };
  const char *error = trial->error == FAULT_SHORT  ? "half done"
                      : trial->error == FAULT_DONE ? "done, but said to have failed"
                                                   : strerror (trial->error);

  n_failed++;
  printf ("FAILED: %s cache, %s number %ld%s: %s: the %s child: %s (status %d)\n", scene_names[scene], fault_names[trial->call],
          trial->nth, trial->forever ? " and all that follow" : "", error, who,
          status >= WRONG_RESULT && status <= NOT_FOUND ? meanings[status - WRONG_RESULT]
          : status == LEAKED_MEMORY                     ? "memory leaked, or misused"
                                                        : "ended badly",
          status);
  fflush (stdout);
}

static void
try (enum scene scene, const struct trial *trial)
{
  int status;

  n_tried++;
  set_scene (scene);
  status = run_faulty (scene, trial, -1);
  if (status != RIGHT)
    complain (scene, trial, "faulty", status);
  if (scene == WARM && (status = run (finding_child)) != RIGHT) /* nothing that was stored is lost */
    complain (scene, trial, "finding", status);
  else if (scene != WARM) {
    if (scene != DAMAGED && (status = run (verifying_child)) != RIGHT)
      complain (scene, trial, "verifying", status);
    if (scene == DAMAGED && (status = run (computing_child)) != RIGHT)
      complain (scene, trial, "computing", status);
    if ((status = run (finding_child)) != RIGHT)
      complain (scene, trial, "finding", status);
  }
  if (status != RIGHT)
    (void) remove_tree (directory);
}

static int
moves_bytes (enum fault_call call)
{
  return call == FAULT_read || call == FAULT_write || call == FAULT_pread || call == FAULT_pwrite;
}

static int
may_be_done_all_the_same (enum fault_call call)
{
  return call == FAULT_link || call == FAULT_linkat || call == FAULT_unlink || call == FAULT_unlinkat || call == FAULT_rename
         || call == FAULT_mkdir || call == FAULT_rmdir || call == FAULT_ftruncate || call == FAULT_fsync;
}

static int
asks_for_memory (enum fault_call call)
{
  return call == FAULT_malloc || call == FAULT_calloc || call == FAULT_realloc || call == FAULT_posix_memalign
         || call == FAULT_strdup;
}

/* Whether CALL can have ERROR, again and again if it is FOREVER. */
static int
makes_sense (enum fault_call call, int error, int forever)
{
  if (error == FAULT_SHORT)
    return moves_bytes (call) && !forever;
  if (error == FAULT_DONE)
    return may_be_done_all_the_same (call);
  if (asks_for_memory (call) || call == FAULT_pthread_create)
    return error == ENOMEM && !forever;
  if (call == FAULT_fcntl && error == EACCES && forever) /* says that somebody has the lock, who is waited for */
    return 0;
  return !(error == EINTR && forever); /* is asked again until it works */
}

static int
is_chosen (long stride, long from)
{
  static long n;

  return n++ % stride == from;
}

static void
try_call (enum scene scene, enum fault_call call, long n, long stride, long from)
{
  static const int errors[] = { ENOSPC, EDQUOT, EIO,    EACCES, EROFS,       EMFILE,    ENFILE,
                                ESTALE, EINTR,  ENOMEM, EPERM,  FAULT_SHORT, FAULT_DONE };

  for (int forever = 0; forever < 2; forever++)
    for (long nth = 0; nth < n; nth++)
      for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        const struct trial trial = { call, nth, errors[i], forever };

        if (makes_sense (call, errors[i], forever) && is_chosen (stride, from))
          try (scene, &trial);
      }
}

/* How many calls of each kind SCENE has. */
static void
count_calls (enum scene scene, long n[FAULT_N])
{
  const struct trial none = { .nth = -1 };
  int ends[2], status;

  set_scene (scene);
  if (pipe (ends) != 0)
    exit (2);
  status = run_faulty (scene, &none, ends[1]);
  close (ends[1]);
  if (status != RIGHT || read (ends[0], n, FAULT_N * sizeof *n) != (ssize_t) (FAULT_N * sizeof *n)) {
    fprintf (stderr, "faults: without any fault: status %d\n", status);
    exit (2);
  }
  close (ends[0]);
}

int
main (int argc, char **argv)
{
  const long stride = argc > 1 ? strtol (argv[1], NULL, 10) : 1, from = argc > 2 ? strtol (argv[2], NULL, 10) : 0;
  const char *only = argc > 3 ? argv[3] : NULL;

  if (stride < 1)
    return 2;
  if (begin_scratch () != 0)
    return 2;
  snprintf (directory, sizeof directory, "%s/cache", scratch);
  for (int scene = 0; scene < N_SCENES; scene++) {
    long n[FAULT_N];

    (void) remove_tree (directory);
    count_calls ((enum scene) scene, n);
    for (int call = 0; call < FAULT_N; call++) {
      if (!only || strcmp (only, fault_names[call]) == 0)
        try_call ((enum scene) scene, (enum fault_call) call, n[call], stride, from % stride);
      if (n[call] > 0 && getenv ("FAULTS_SHOW"))
        printf ("%s cache: %ld %s\n", scene_names[scene], n[call], fault_names[call]);
    }
  }
  (void) remove_tree (scratch);
  printf ("%ld faults, %ld failed\n", n_tried, n_failed);
  return n_tried > 0 && n_failed == 0 ? 0 : 1;
}
