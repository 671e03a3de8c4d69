/* test_processes_compute_once.c: of all processes that ask for the same result at the same time, one computes it.
   SPDX-License-Identifier: BSD-2-Clause

   Children on one cache directory ask for the same keys; a pipe counts the bodies that ran. Who dies while computing holds nobody
   up, whether a child of its own lives on or not; who computes longer than HASHCACHE_WAIT is not waited for any longer. Who asks whether
   a result is being computed (HASHCACHE_BUSY) hears of all processes, and waits for none. */
#define _XOPEN_SOURCE 700
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "contracts.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { PROCESSES = 6, KEYS = 20 };

static int bodies_pipe[2];   /* one byte for each body that ran: its argument */
static void (*during) (int); /* what a body does */

static void
nap (long milliseconds)
{
  const struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000L };

  nanosleep (&time, NULL);
}

static const struct hashcache__node node = LEAF ("slow", 1);
static const struct hashcache__parameter parameters[] = { { .name = "n", .type = &int_type, .role = HASHCACHE__IN } };
static struct hashcache__contract contract = { .abi = HASHCACHE__ABI,
                                               .n_parameters = 1,
                                               .function = "slow",
                                               .source = "test.c:1",
                                               .compiler = "gcc",
                                               .text = "int slow (int n)",
                                               .parameters = parameters,
                                               .returns = &int_type,
                                               .node = &node };

static int
slow (int n)
{
  int result = 0;
  const unsigned char mark = (unsigned char) n;
  void *const addresses[] = { &n };
  struct hashcache__frame frame = { .contract = &contract, .arguments = addresses, .result = &result };

  while (HASHCACHE__RUN (&frame)) {
    if (write (bodies_pipe[1], &mark, 1) != 1)
      _exit (9);
    during (n);
    result = 7 * n;
  }
  return result;
}

/* How often each body has run since the last time. */
static void
read_bodies (int bodies[256])
{
  unsigned char marks[1024];
  ssize_t n;

  memset (bodies, 0, 256 * sizeof *bodies);
  while ((n = read (bodies_pipe[0], marks, sizeof marks)) > 0)
    for (ssize_t i = 0; i < n; i++)
      bodies[marks[i]]++;
}

/* Runs FUNCTION in a child; it succeeds with 0. The child runs no handlers at exit. */
static pid_t
start_child (int function (int), int argument)
{
  const pid_t child = fork ();

  if (child == 0)
    _exit (function (argument));
  assert_true (child > 0);
  return child;
}

static void
assert_succeeds (pid_t child)
{
  int status = -1;

  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status));
  assert_int_equal (WEXITSTATUS (status), 0);
}

static void
short_nap (int n)
{
  (void) n;
  nap (5);
}

static int
ask_for_everything (int me)
{
  for (int i = 0; i < KEYS; i++) {
    const int n = me % 2 ? KEYS - 1 - i : i;

    if (slow (n) != 7 * n)
      return 1;
  }
  return 0;
}

static void
each_key_is_computed_once (void **state)
{
  pid_t children[PROCESSES];
  int bodies[256];

  (void) state;
  during = short_nap;
  for (int i = 0; i < PROCESSES; i++)
    children[i] = start_child (ask_for_everything, i);
  for (int i = 0; i < PROCESSES; i++)
    assert_succeeds (children[i]);
  read_bodies (bodies);
  for (int i = 0; i < KEYS; i++)
    assert_int_equal (bodies[i], 1);
  assert_int_equal (ask_for_everything (0), 0);
  read_bodies (bodies);
  for (int i = 0; i < KEYS; i++)
    assert_int_equal (bodies[i], 0);
}

static int
ask (int n)
{
  return slow (n) != 7 * n;
}

/* Asks as one who waits must: counted once. */
static int
ask_and_wait (int n)
{
  struct hashcache_statistics s;

  if (slow (n) != 7 * n || hashcache_stats (&s))
    return 1;
  return s.waited == 1 && s.hits_store + s.computed == 1 ? 0 : 2;
}

static void
long_nap (int n)
{
  (void) n;
  nap (100000);
}

/* Until the body of a child has begun. */
static void
await_body (void)
{
  unsigned char mark;

  for (int i = 0; i < 2000 && read (bodies_pipe[0], &mark, 1) != 1; i++)
    nap (5);
}

static void
who_waits_finds_what_was_computed (void **state)
{
  int bodies[256];
  pid_t first, second;

  (void) state;
  during = short_nap;
  first = start_child (ask, 40);
  await_body ();
  second = start_child (ask, 40);
  assert_succeeds (first);
  assert_succeeds (second);
  read_bodies (bodies);
  assert_int_equal (bodies[40], 0); /* but for the one awaited */
}

static void
a_killed_holder_holds_nobody_up (void **state)
{
  int bodies[256];
  pid_t holder, heir;

  (void) state;
  during = long_nap;
  holder = start_child (ask, 50);
  await_body ();
  during = short_nap;
  heir = start_child (ask_and_wait, 50);
  nap (100);
  read_bodies (bodies);
  assert_int_equal (bodies[50], 0); /* it waits */
  assert_int_equal (kill (holder, SIGKILL), 0);
  waitpid (holder, NULL, 0);
  assert_succeeds (heir);
  read_bodies (bodies);
  assert_int_equal (bodies[50], 1);
}

static pid_t *grandchild; /* shared */

/* A body that forks: its child outlives it. */
static void
fork_and_nap (int n)
{
  const pid_t child = fork ();

  if (child == 0) {
    nap (100000);
    _exit (0);
  }
  *grandchild = child;
  long_nap (n);
}

static void
a_child_of_a_killed_holder_holds_nobody_up (void **state)
{
  char path[sizeof scratch + 16];
  pid_t holder, heir;
  int fd;

  (void) state;
  snprintf (path, sizeof path, "%s.grandchild", scratch);
  fd = open (path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  assert_true (fd >= 0 && ftruncate (fd, sizeof *grandchild) == 0);
  grandchild = mmap (NULL, sizeof *grandchild, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  assert_true (grandchild != MAP_FAILED);
  close (fd);
  unlink (path);
  during = fork_and_nap;
  holder = start_child (ask, 60);
  for (int i = 0; i < 2000 && *(volatile pid_t *) grandchild == 0; i++)
    nap (5);
  nap (50);
  assert_true (*grandchild > 0);
  assert_int_equal (kill (holder, SIGKILL), 0);
  waitpid (holder, NULL, 0);
  during = short_nap;
  heir = start_child (ask, 60);
  assert_succeeds (heir); /* or the test runs into its time limit */
  assert_int_equal (kill (*grandchild, SIGKILL), 0);
  munmap (grandchild, sizeof *grandchild);
}

static void
waiting_ends_with_hashcache_wait (void **state)
{
  int bodies[256];
  pid_t holder, other;

  (void) state;
  read_bodies (bodies);
  during = long_nap;
  holder = start_child (ask, 70);
  await_body ();
  during = short_nap;
  hashcache_set ("WAIT", "0.2");
  other = start_child (ask_and_wait, 70);
  assert_succeeds (other);
  hashcache_set ("WAIT", NULL);
  read_bodies (bodies);
  assert_int_equal (bodies[70], 1);
  kill (holder, SIGKILL);
  waitpid (holder, NULL, 0);
  assert_int_equal (ask (70), 0); /* and its result was kept */
  read_bodies (bodies);
  assert_int_equal (bodies[70], 0);
}

static int
is_busy (int n)
{
  hashcache__ask (HASHCACHE__ASK_BUSY, "slow");
  (void) slow (n);
  return hashcache__answer ();
}

static void
what_another_process_computes_is_busy (void **state)
{
  int bodies[256];
  pid_t holder;

  (void) state;
  during = long_nap;
  holder = start_child (ask, 80);
  await_body ();
  assert_int_equal (is_busy (80), 1);
  assert_int_equal (is_busy (81), 0);
  assert_succeeds (start_child (is_busy, 81));
  assert_int_equal (kill (holder, SIGKILL), 0);
  waitpid (holder, NULL, 0);
  assert_int_equal (is_busy (80), 0);
  read_bodies (bodies);
  assert_int_equal (bodies[80] + bodies[81], 0);
}

/* A body that forks: its child asks, and ends with the answer. */
static void
fork_and_ask (int n)
{
  const pid_t child = start_child (is_busy, n);
  int status;

  if (waitpid (child, &status, 0) != child || !WIFEXITED (status) || WEXITSTATUS (status) != 1)
    _exit (5);
}

static void
what_its_parent_computes_is_busy_to_a_child (void **state)
{
  (void) state;
  during = fork_and_ask;
  assert_succeeds (start_child (ask, 90));
  assert_int_equal (is_busy (90), 0);
}

static int
start_all (void **state)
{
  signal (SIGALRM, SIG_DFL);
  alarm (100);
  if (pipe (bodies_pipe) || fcntl (bodies_pipe[0], F_SETFL, O_NONBLOCK))
    return -1;
  return make_scratch (state);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (each_key_is_computed_once),
    cmocka_unit_test (who_waits_finds_what_was_computed),
    cmocka_unit_test (a_killed_holder_holds_nobody_up),
    cmocka_unit_test (a_child_of_a_killed_holder_holds_nobody_up),
    cmocka_unit_test (waiting_ends_with_hashcache_wait),
    cmocka_unit_test (what_another_process_computes_is_busy),
    cmocka_unit_test (what_its_parent_computes_is_busy_to_a_child),
  };

  return cmocka_run_group_tests (tests, start_all, remove_scratch);
}
