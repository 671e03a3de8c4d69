/* staged_calls.h: calls of two marked functions by many processes and threads, whose bodies are steered through memory that all share.
   SPDX-License-Identifier: BSD-2-Clause

   To be included after hashcache.h with HASHCACHE_IMPLEMENTATION. What hangs is ended by an alarm. */
#ifndef STAGED_CALLS_H
#define STAGED_CALLS_H

#include "contracts.h"
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS 0x20
#endif

/* Keys of f are numbered from 0, those of g from G on. */
enum { MOST_KEYS = 256, G = 128, LONG_ENOUGH = 60 /* seconds; then something hangs */ };

struct stage {
  _Atomic int bodies[MOST_KEYS];  /* that have begun */
  _Atomic int running[MOST_KEYS]; /* now */
  _Atomic int most[MOST_KEYS];    /* at once */
  _Atomic int asked;              /* children that have begun to ask */
  _Atomic int gate;               /* when it is open, bodies that wait for that go on */
  _Atomic int met;                /* bodies that have met, or whatever a test counts */
};

static struct stage *stage;
static void (*during) (int key, int how); /* what a body does */

static inline void
nap (long milliseconds)
{
  const struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000L };

  nanosleep (&time, NULL);
}

/* 1 as soon as NUMBER is WANTED or more, 0 if it never is. */
static inline int
await (const _Atomic int *number, int wanted)
{
  for (int i = 0; i < 200 * LONG_ENOUGH && atomic_load (number) < wanted; i++)
    nap (5);
  return atomic_load (number) >= wanted;
}

/* Calls ------------------------------------------------------------------------------------------------------------------- */

static const struct hashcache__node f_node = LEAF ("f", 1), g_node = LEAF ("g", 2);
static const struct hashcache__parameter f_parameters[] = { { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
                                                            { .name = "how", .role = HASHCACHE__IGNORE } };
static struct hashcache__contract f_contract = { .abi = HASHCACHE__ABI,
                                                 .n_parameters = 2,
                                                 .function = "f",
                                                 .source = "test.c:1",
                                                 .compiler = "gcc",
                                                 .text = "int f (int n, int how)",
                                                 .parameters = f_parameters,
                                                 .returns = &int_type,
                                                 .node = &f_node };
static struct hashcache__contract g_contract = { .abi = HASHCACHE__ABI,
                                                 .n_parameters = 2,
                                                 .function = "g",
                                                 .source = "test.c:2",
                                                 .compiler = "gcc",
                                                 .text = "int g (int n, int how)",
                                                 .parameters = f_parameters,
                                                 .returns = &int_type,
                                                 .node = &g_node };

static inline void
run_body (int key, int how)
{
  const int now = atomic_fetch_add (&stage->running[key], 1) + 1;

  atomic_fetch_add (&stage->bodies[key], 1);
  for (int most = atomic_load (&stage->most[key]); now > most;)
    if (atomic_compare_exchange_strong (&stage->most[key], &most, now))
      break;
  if (during)
    during (key, how);
  atomic_fetch_sub (&stage->running[key], 1);
}

/* 7 n + 1; HOW is ignored. Not inlined, so that all calls from one function have their frames in the same place. */
__attribute__ ((noinline)) static int
f (int n, int how)
{
  int result = 0;
  void *const addresses[] = { &n, &how };
  struct hashcache__frame frame = { .contract = &f_contract, .arguments = addresses, .result = &result };

  while (HASHCACHE__RUN (&frame)) {
    run_body (n, how);
    result = 7 * n + 1;
  }
  return result;
}

/* 9 n + 2; HOW is ignored. */
__attribute__ ((noinline, unused)) static int
g (int n, int how)
{
  int result = 0;
  void *const addresses[] = { &n, &how };
  struct hashcache__frame frame = { .contract = &g_contract, .arguments = addresses, .result = &result };

  while (HASHCACHE__RUN (&frame)) {
    run_body (G + n, how);
    result = 9 * n + 2;
  }
  return result;
}

/* The key of f (N), as the runtime has it. */
static inline struct hashcache__digest
key_of_f (int n)
{
  struct hashcache__digest key = { { 0 } };
  const char *hex;

  hashcache__ask (HASHCACHE__ASK_KEY, "f");
  (void) f (n, 0);
  hex = hashcache__answer_key ();
  for (int i = 0; hex && i < 16; i++) {
    const char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

    key.bytes[i] = (unsigned char) strtoul (pair, NULL, 16);
  }
  return key;
}

/* Bodies ------------------------------------------------------------------------------------------------------------------ */

static inline void
wait_at_the_gate (int key, int how)
{
  (void) key, (void) how;
  (void) await (&stage->gate, 1);
}

static inline void
hang (int key, int how)
{
  (void) key, (void) how;
  nap (2000L * LONG_ENOUGH);
}

/* Processes ------------------------------------------------------------------------------------------------------------------ */

/* A child that does FUNCTION, which returns 0 if all is well. It runs no handlers at exit. */
static inline pid_t
start_child (int function (int), int argument)
{
  const pid_t child = fork ();

  if (child == 0) {
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    alarm (LONG_ENOUGH + 30);
    _exit (function (argument));
  }
  assert_true (child > 0);
  return child;
}

static inline void
assert_succeeds (pid_t child)
{
  int status = -1;

  assert_int_equal (waitpid (child, &status, 0), child);
  assert_int_equal (status, 0);
}

static inline void
end_child (pid_t child)
{
  (void) kill (child, SIGKILL);
  (void) kill (child, SIGCONT);
  waitpid (child, NULL, 0);
}

static inline int
ask_f (int n)
{
  atomic_fetch_add (&stage->asked, 1);
  return f (n, 0) == 7 * n + 1 ? 0 : 1;
}

/* The same by one who must have waited, and is counted so. */
static inline int
ask_f_and_wait (int n)
{
  struct hashcache_statistics s;

  if (ask_f (n) != 0 || hashcache_stats (&s))
    return 1;
  return s.calls == 1 && s.waited == 1 && s.hits_store + s.computed == 1 ? 0 : 2;
}

/* A child whose body of f (N) runs until the gate is open, or DOES something else. */
static inline pid_t
start_holder (int n, void does (int, int))
{
  pid_t child;

  during = does;
  child = start_child (ask_f, n);
  during = NULL;
  assert_true (await (&stage->bodies[n], 1));
  return child;
}

/* Whether a thread of CHILD runs, or waits for a processor or a disk. */
static inline int
is_awake (pid_t child)
{
  struct dirent *thread;
  char path[300];
  int awake = 0;
  DIR *threads;

  snprintf (path, sizeof path, "/proc/%ld/task", (long) child);
  threads = opendir (path);
  while (threads && !awake && (thread = readdir (threads))) {
    char state = 'S';
    FILE *stat;

    snprintf (path, sizeof path, "/proc/%ld/task/%.200s/stat", (long) child, thread->d_name);
    stat = fopen (path, "r");
    awake = stat && fscanf (stat, "%*d (%*[^)]) %c", &state) == 1 && (state == 'R' || state == 'D');
    if (stat)
      fclose (stat);
  }
  if (threads)
    closedir (threads);
  return awake;
}

/* Until each of the N CHILDREN has been found asleep so often: who is merely not given a processor does not sleep. */
static inline void
await_sleep (const pid_t *children, int n)
{
  enum { OFTEN = 12, PATIENCE = 2000, MOST_CHILDREN = 64 };
  int asleep[MOST_CHILDREN] = { 0 }, awake = n;

  assert_true (n <= MOST_CHILDREN);
  for (int looks = 0; awake > 0 && looks < PATIENCE; looks++) {
    nap (10);
    awake = 0;
    for (int i = 0; i < n; i++) {
      asleep[i] += asleep[i] < OFTEN && !is_awake (children[i]);
      awake += asleep[i] < OFTEN;
    }
  }
}

/* Starts N children that do FUNCTION with ARGUMENT; returns when all have asked and, by all that can be seen, wait. */
static inline void
start_waiters (pid_t *children, int n, int function (int), int argument)
{
  const int asked = atomic_load (&stage->asked);

  for (int i = 0; i < n; i++)
    children[i] = start_child (function, argument);
  assert_true (await (&stage->asked, asked + n));
  await_sleep (children, n);
}

/* Each test begins with an empty stage and a new cache directory. */
static inline int
set_the_stage (void **state)
{
  if (!stage)
    stage = mmap (NULL, sizeof *stage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  hashcache_drop_memory ();
  if ((void *) stage == MAP_FAILED)
    return -1;
  memset ((void *) stage, 0, sizeof *stage);
  during = NULL;
  use_tables ();
  return hashcache_set ("VERBOSE", "0") || make_scratch (state);
}

static inline int
clear_the_stage (void **state)
{
  return remove_scratch (state);
}

/* Whatever a process does at its first call of all: children then begin faster, above all under valgrind. */
static inline int
warm_up (void **state)
{
  return set_the_stage (state) || f (MOST_KEYS - 2, 0) != 7 * (MOST_KEYS - 2) + 1 || clear_the_stage (state);
}

#define STAGED(function) cmocka_unit_test_setup_teardown (function, set_the_stage, clear_the_stage)

#endif
