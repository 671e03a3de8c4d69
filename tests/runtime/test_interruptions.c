/* test_interruptions.c: what comes in between: cancelled threads, signal handlers, bodies that are left for good, the program's end.
   SPDX-License-Identifier: BSD-2-Clause

   Nothing may hang: each case runs in a child process that an alarm ends. */
#define _GNU_SOURCE
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "child.h"
#include "contracts.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <sys/wait.h>

static _Atomic int bodies;
static void (*_Atomic during) (int n); /* what a body does */

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
  void *const addresses[] = { &n };
  struct hashcache__frame frame = { .contract = &contract, .arguments = addresses, .result = &result };

  while (HASHCACHE__RUN (&frame)) {
    void (*const what) (int) = atomic_load (&during);

    atomic_fetch_add (&bodies, 1);
    if (what)
      what (n);
    result = 7 * n;
  }
  return result;
}

static void *
ask (void *argument)
{
  const int n = *(const int *) argument;

  return slow (n) == 7 * n ? NULL : argument;
}

#define CHECK(condition) \
  do { \
    if (!(condition)) { \
      fprintf (stderr, "line %d: %s\n", __LINE__, #condition); \
      return 1; \
    } \
  } while (0)

static int leaves_calls; /* the child: their memory is lost, and no leak checker shall see that */

/* Runs BODY in a child that must succeed within SECONDS. */
static void
in_child (int body (void), unsigned seconds)
{
  const pid_t child = fork_child ();

  if (child == 0) {
    int result;

    alarm (seconds);
    hashcache_drop_memory ();
    leaves_calls = 0;
    result = body ();
    if (leaves_calls)
      execl ("/bin/sh", "sh", "-c", result ? "exit 1" : "exit 0", (char *) NULL);
    exit (result);
  }
  assert_int_equal (await_child (child), 0);
}

/* Cancelling -------------------------------------------------------------------------------------------------------------- */

static void
nap_300 (int n)
{
  (void) n;
  nap (300);
}

static int
cancels_a_waiting_thread (void)
{
  static const int n = 1;
  pthread_t holder, waiter;
  void *result;
  int others = 2;

  during = nap_300;
  CHECK (pthread_create (&holder, NULL, ask, (void *) (uintptr_t) &n) == 0);
  nap (100);
  CHECK (pthread_create (&waiter, NULL, ask, (void *) (uintptr_t) &n) == 0);
  nap (50);
  CHECK (pthread_cancel (waiter) == 0);
  CHECK (pthread_join (holder, &result) == 0 && !result);
  CHECK (pthread_join (waiter, &result) == 0);
  CHECK (slow (n) == 7 * n && ask (&others) == NULL && bodies == 2);
  return 0;
}

static void
a_waiting_thread_is_cancelled (void **state)
{
  (void) state;
  in_child (cancels_a_waiting_thread, 60);
}

/* A thread that may not be cancelled, or may, is the same afterwards. */
static int
keeps_cancelling_as_it_was (void)
{
  int state = -1, before = -1;

  CHECK (slow (3) == 21 && slow (3) == 21);
  CHECK (pthread_setcancelstate (PTHREAD_CANCEL_DISABLE, &before) == 0 && before == PTHREAD_CANCEL_ENABLE);
  CHECK (slow (4) == 28 && slow (4) == 28);
  CHECK (pthread_setcancelstate (PTHREAD_CANCEL_ENABLE, &state) == 0 && state == PTHREAD_CANCEL_DISABLE);
  return 0;
}

static void
the_cancel_state_stays (void **state)
{
  (void) state;
  in_child (keeps_cancelling_as_it_was, 60);
}

/* Bodies left for good ---------------------------------------------------------------------------------------------------- */

static sigjmp_buf back;

static void
nap_and_jump (int n)
{
  nap (100);
  if (n == 5)
    siglongjmp (back, 1);
}

static void
nap_and_end_thread (int n)
{
  (void) n;
  nap (100);
  atomic_store (&during, NULL);
  pthread_exit (NULL);
}

static void
nap_for_long (int n)
{
  (void) n;
  atomic_store (&during, NULL);
  nap (100000);
}

/* One thread leaves the body of slow (N) as WHAT does, while another waits for it; CANCEL ends the first from outside. */
static int
thread_leaves (void what (int), int n, int cancel)
{
  static int argument;
  pthread_t leaver, waiter;
  void *result;

  argument = n;
  bodies = 0;
  leaves_calls = 1;
  during = what;
  CHECK (pthread_create (&leaver, NULL, ask, &argument) == 0);
  nap (50);
  CHECK (pthread_create (&waiter, NULL, ask, &argument) == 0);
  nap (50);
  CHECK (!cancel || pthread_cancel (leaver) == 0);
  CHECK (pthread_join (leaver, &result) == 0 && pthread_join (waiter, &result) == 0 && !result);
  CHECK (bodies == 2 && slow (n) == 7 * n && bodies == 2);
  return 0;
}

static int
threads_end_in_the_body (void)
{
  return thread_leaves (nap_and_end_thread, 11, 0) || thread_leaves (nap_for_long, 12, 1);
}

static void
a_thread_that_ends_in_the_body_holds_nobody_up (void **state)
{
  (void) state;
  in_child (threads_end_in_the_body, 60);
}

/* The jump's place does not matter, only that this thread calls again from where the old frame was. */
static int
jumps_and_calls_again (void)
{
  static int five = 5;
  pthread_t waiter;
  void *result;

  leaves_calls = 1;
  during = nap_and_jump;
  if (sigsetjmp (back, 1) == 0)
    (void) slow (5);
  during = NULL;
  CHECK (bodies == 1 && hashcache__computing == 1);
  CHECK (pthread_create (&waiter, NULL, ask, &five) == 0);
  nap (100);
  CHECK (bodies == 1); /* it waits */
  CHECK (slow (6) == 42);
  CHECK (pthread_join (waiter, &result) == 0 && !result);
  CHECK (bodies == 3 && hashcache__computing == 0);
  return 0;
}

static void
a_body_left_by_a_jump_holds_nobody_up_for_long (void **state)
{
  (void) state;
  in_child (jumps_and_calls_again, 60);
}

/* Two wrappers and their bodies, all inlined into one function. The inner call does not look as if the outer one were gone. */
static int
outer_and_inner (int n)
{
  int outer = 0, inner = 0, m = n + 1000;
  void *const outer_addresses[] = { &n }, *const inner_addresses[] = { &m };
  struct hashcache__frame frames[2] = { { .contract = &contract, .arguments = outer_addresses, .result = &outer },
                                        { .contract = &contract, .arguments = inner_addresses, .result = &inner } };

  for (int first = 0; first < 2; first++) {
    struct hashcache__frame *one = &frames[first], *two = &frames[1 - first];

    while (HASHCACHE__RUN (one)) {
      bodies++;
      while (HASHCACHE__RUN (two)) {
        bodies++;
        nap (10);
      }
      nap (300);
    }
    n += 2000;
    m += 2000;
    frames[0].call = frames[1].call = NULL;
  }
  return 0;
}

static void *
nest (void *argument)
{
  outer_and_inner (*(const int *) argument);
  return NULL;
}

static int
nests (void)
{
  static int n = 20;
  pthread_t threads[2];

  for (int i = 0; i < 2; i++)
    CHECK (pthread_create (&threads[i], NULL, nest, &n) == 0);
  for (int i = 0; i < 2; i++)
    CHECK (pthread_join (threads[i], NULL) == 0);
  CHECK (bodies == 4);
  return 0;
}

static void
nested_calls_keep_their_claims (void **state)
{
  (void) state;
  in_child (nests, 60);
}

/* Signal handlers --------------------------------------------------------------------------------------------------------- */

static volatile sig_atomic_t handled, wrong, forks;
static pid_t parent;

static void
fork_in_handler (void)
{
  const pid_t child = fork ();

  if (child == 0)
    alarm (20);
  else if (child > 0)
    forks++;
}

static void
handle (int signal_number)
{
  const int kept = errno, n = 100 + handled % 3;

  (void) signal_number;
  if (getpid () != parent)
    return;
  if (slow (n) != 7 * n)
    wrong = 1;
  if (handled++ % 8 == 0)
    fork_in_handler ();
  errno = kept;
}

/* The children go on where their handler interrupted them, and end here. */
static int
end_children (void)
{
  if (getpid () != parent)
    _exit (slow (300) == 2100 && slow (300) == 2100 ? 0 : 4);
  for (; forks > 0; forks--) {
    int status = -1;

    CHECK (wait (&status) > 0 && WIFEXITED (status) && WEXITSTATUS (status) == 0);
  }
  return 0;
}

static void
mind (int signal_number)
{
  struct sigaction action;

  memset (&action, 0, sizeof action);
  action.sa_handler = handle;
  action.sa_flags = SA_RESTART;
  sigaction (signal_number, &action, NULL);
  parent = getpid ();
}

/* The handler comes while this thread has one of the runtime's locks. */
static int
interrupts_each_lock (void)
{
  pthread_mutex_t *const locks[] = { &hashcache__memory.mutex, &hashcache__flights.mutex, &hashcache__hdf5_mutex,
                                     &hashcache__troubles.mutex, &hashcache__sources.mutex };

  CHECK (slow (1) == 7);
  mind (SIGUSR1);
  for (size_t i = 0; i < LENGTH (locks); i++) {
    struct hashcache_statistics before, after;
    struct hashcache__visit visit;

    hashcache_stats (&before);
    handled = 0;
    hashcache__come_in (&visit);
    pthread_mutex_lock (locks[i]);
    raise (SIGUSR1);
    pthread_mutex_unlock (locks[i]);
    hashcache__go_out (&visit);
    if (end_children ())
      return 1;
    hashcache_stats (&after);
    CHECK (handled == 1 && !wrong && after.calls - before.calls == 1 && after.uncached - before.uncached == 1);
    CHECK (slow (1) == 7);
  }
  return 0;
}

static void
a_handler_may_call_and_fork_while_the_runtime_has_a_lock (void **state)
{
  (void) state;
  in_child (interrupts_each_lock, 60);
}

/* The handler comes at any moment. */
static int
interrupts_everywhere (void)
{
  const struct itimerval often = { { 0, 2000 }, { 0, 2000 } }, never = { { 0, 0 }, { 0, 0 } };
  const double end = hashcache__now () + 2.0;

  mind (SIGPROF);
  setitimer (ITIMER_PROF, &often, NULL);
  for (int n = 100000; hashcache__now () < end && getpid () == parent; n++) {
    CHECK (slow (n) == 7 * n && slow (n) == 7 * n);
    if (n % 8 == 0)
      hashcache_drop_memory ();
  }
  setitimer (ITIMER_PROF, &never, NULL);
  signal (SIGPROF, SIG_IGN); /* one may be on its way: its child must not be born among those who count children */
  if (end_children ())
    return 1;
  CHECK (handled > 0 && !wrong);
  return 0;
}

static void
a_handler_may_call_and_fork_at_any_moment (void **state)
{
  (void) state;
  in_child (interrupts_everywhere, 100);
}

/* The end of the program -------------------------------------------------------------------------------------------------- */

static void
call_after_hdf5 (void)
{
  struct hashcache_statistics before, after;

  if (!atomic_load (&hashcache__hdf5_closed))
    _exit (4);
  hashcache_stats (&before);
  if (slow (400) != 2800 || slow (400) != 2800)
    _exit (5);
  hashcache_stats (&after);
  if (after.computed - before.computed != 1) /* it may be stored as well: without HDF5, as template.h does */
    _exit (6);
}

static int
calls_after_hdf5_has_ended (void)
{
  CHECK (atexit (call_after_hdf5) == 0); /* before HDF5 arranges for its own end: happens after it */
  CHECK (slow (401) == 2807);
  return 0;
}

static void
a_call_once_hdf5_has_ended_does_without (void **state)
{
  (void) state;
  in_child (calls_after_hdf5_has_ended, 60);
}

static void *
store_for_ever (void *argument)
{
  for (int n = *(const int *) argument;; n++)
    (void) slow (n);
  return NULL;
}

static int
exits_while_threads_store (void)
{
  static const int starts[] = { 10000, 20000 };
  pthread_t thread;

  for (size_t i = 0; i < LENGTH (starts); i++)
    CHECK (pthread_create (&thread, NULL, store_for_ever, (void *) (uintptr_t) &starts[i]) == 0 && pthread_detach (thread) == 0);
  nap (60);
  return 0;
}

static void
threads_may_outlive_main (void **state)
{
  (void) state;
  if (getenv ("UNDER_VALGRIND"))
    skip (); /* what the threads hold when the program ends counts as lost there */
  for (int i = 0; i < 8; i++)
    in_child (exits_while_threads_store, 60);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_waiting_thread_is_cancelled),
    cmocka_unit_test (the_cancel_state_stays),
    cmocka_unit_test (a_thread_that_ends_in_the_body_holds_nobody_up),
    cmocka_unit_test (a_body_left_by_a_jump_holds_nobody_up_for_long),
    cmocka_unit_test (nested_calls_keep_their_claims),
    cmocka_unit_test (a_handler_may_call_and_fork_while_the_runtime_has_a_lock),
    cmocka_unit_test (a_handler_may_call_and_fork_at_any_moment),
    cmocka_unit_test (a_call_once_hdf5_has_ended_does_without),
    cmocka_unit_test (threads_may_outlive_main),
  };

  use_tables ();
  return cmocka_run_group_tests (tests, make_scratch, remove_scratch);
}
