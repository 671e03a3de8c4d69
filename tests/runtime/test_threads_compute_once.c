/* test_threads_compute_once.c: of all threads that ask for the same result at the same time, one computes it.
   SPDX-License-Identifier: BSD-2-Clause

   Eight threads ask for the same keys in different orders, with the store and without it. Where results cannot be kept, no thread
   waits for another's that will never come. The threads of other keys do not wait. Who asks whether a result is being computed
   (HASHCACHE_BUSY) waits for nobody, and disturbs nobody. */
#define _XOPEN_SOURCE 700
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "contracts.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>

enum { THREADS = 8, KEYS = 24 };

static _Atomic int bodies[KEYS];
static _Atomic int wrong, at_once, most_at_once;
static int offset; /* a global: another value, other keys */

static void
nap (long milliseconds)
{
  const struct timespec time = { 0, milliseconds * 1000000L };

  nanosleep (&time, NULL);
}

static const struct hashcache__variable offset_variable = {
  .abi = HASHCACHE__ABI, .name = "offset", .type = &int_type, .address = &offset
};
static const struct hashcache__reference references[] = {
  { .kind = HASHCACHE__VARIABLE, .flags = HASHCACHE__READ, .name = "offset", .target = &offset_variable }
};
static const struct hashcache__node node = NODE ("slow", 1, references);
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

/* From which body of a key on bodies wait (not for ever) until two have run at once; 0: never. On a busy machine the first may
   otherwise be over before the second begins. */
static atomic_int waits_from;

static void
body (int n)
{
  const int now = atomic_fetch_add (&at_once, 1) + 1, order = atomic_fetch_add (&bodies[n], 1) + 1;

  if (now > atomic_load (&most_at_once))
    atomic_store (&most_at_once, now);
  nap (4);
  for (int i = 0; i < 5000 && atomic_load (&waits_from) && order >= atomic_load (&waits_from) && atomic_load (&most_at_once) < 2;
       i++)
    nap (1);
  atomic_fetch_sub (&at_once, 1);
}

static int
slow (int n)
{
  int result = 0;
  void *const addresses[] = { &n };
  struct hashcache__frame frame = { .contract = &contract, .arguments = addresses, .result = &result };

  while (HASHCACHE__RUN (&frame)) {
    body (n);
    result = 1000 * offset + n;
  }
  return result;
}

static void *
ask_for_everything (void *argument)
{
  const int me = *(const int *) argument;

  for (int i = 0; i < KEYS; i++) {
    const int n = me % 2 ? KEYS - 1 - i : i;

    if (slow (n) != 1000 * offset + n)
      atomic_fetch_add (&wrong, 1);
  }
  return NULL;
}

static void
run_threads (void *function (void *))
{
  pthread_t threads[THREADS];
  int numbers[THREADS];

  atomic_store (&wrong, 0);
  for (int i = 0; i < THREADS; i++) {
    numbers[i] = i;
    assert_int_equal (pthread_create (&threads[i], NULL, function, &numbers[i]), 0);
  }
  for (int i = 0; i < THREADS; i++)
    assert_int_equal (pthread_join (threads[i], NULL), 0);
  assert_int_equal (atomic_load (&wrong), 0);
}

static int
start (void **state)
{
  (void) state;
  offset++;
  hashcache_drop_memory ();
  for (int i = 0; i < KEYS; i++)
    atomic_store (&bodies[i], 0);
  return 0;
}

static void
each_key_is_computed_once (void **state)
{
  struct hashcache_statistics before, after;

  (void) state;
  hashcache_stats (&before);
  run_threads (ask_for_everything);
  hashcache_stats (&after);
  for (int i = 0; i < KEYS; i++)
    assert_int_equal (atomic_load (&bodies[i]), 1);
  assert_int_equal (after.calls - before.calls, THREADS * KEYS);
  assert_int_equal (after.computed - before.computed, KEYS);
  assert_int_equal (after.stored - before.stored, KEYS);
  assert_int_equal (after.uncached, before.uncached);
  assert_int_equal (after.hits_memory + after.hits_store - before.hits_memory - before.hits_store, (THREADS - 1) * KEYS);
  assert_true (after.waited > before.waited);
  assert_true (after.waited - before.waited <= (THREADS - 1) * KEYS);
}

static void
without_memory_the_store_is_enough (void **state)
{
  (void) state;
  hashcache_set ("MEMORY", "0");
  run_threads (ask_for_everything);
  hashcache_set ("MEMORY", NULL);
  for (int i = 0; i < KEYS; i++)
    assert_int_equal (atomic_load (&bodies[i]), 1);
}

static void
without_a_store_memory_is_enough (void **state)
{
  char nowhere[sizeof scratch + 16];

  (void) state;
  snprintf (nowhere, sizeof nowhere, "%s/file", scratch);
  fclose (fopen (nowhere, "w")); /* a file in the directory's place */
  hashcache_set ("DIR", nowhere);
  run_threads (ask_for_everything);
  hashcache_set ("DIR", scratch);
  for (int i = 0; i < KEYS; i++)
    assert_int_equal (atomic_load (&bodies[i]), 1);
}

static void *
ask_for_one (void *argument)
{
  (void) argument;
  if (slow (0) != 1000 * offset)
    atomic_fetch_add (&wrong, 1);
  return NULL;
}

/* With nowhere to keep it each thread must compute, but not one after the other. */
static void
what_cannot_be_kept_is_not_waited_for_in_turn (void **state)
{
  char nowhere[sizeof scratch + 16];

  (void) state;
  snprintf (nowhere, sizeof nowhere, "%s/file", scratch);
  hashcache_set ("DIR", nowhere);
  hashcache_set ("MEMORY", "0");
  atomic_store (&most_at_once, 0);
  atomic_store (&waits_from, 2);
  run_threads (ask_for_one);
  atomic_store (&waits_from, 0);
  hashcache_set ("DIR", scratch);
  hashcache_set ("MEMORY", NULL);
  assert_int_equal (atomic_load (&bodies[0]), THREADS);
  assert_true (atomic_load (&most_at_once) > 1);
}

static void
waiting_ends_with_hashcache_wait (void **state)
{
  (void) state;
  hashcache_set ("WAIT", "0");
  atomic_store (&most_at_once, 0);
  atomic_store (&waits_from, 1);
  run_threads (ask_for_one);
  atomic_store (&waits_from, 0);
  hashcache_set ("WAIT", NULL);
  assert_true (atomic_load (&bodies[0]) > 1);
  assert_int_equal (slow (0), 1000 * offset);
}

/* HASHCACHE_BUSY ----------------------------------------------------------------------------------------------------------- */

/* double rooted (int n, double out[1]): has memory of its caller's to write. */
static const struct hashcache__node rooted_node = LEAF ("rooted", 2);
static const struct hashcache__parameter rooted_parameters[] = {
  { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
  { .name = "out", .type = &double_pointer, .role = HASHCACHE__OUT, .flags = HASHCACHE__ANNOTATED, .extent = &one_element }
};
static struct hashcache__contract rooted_contract = { .abi = HASHCACHE__ABI,
                                                      .n_parameters = 2,
                                                      .function = "rooted",
                                                      .source = "test.c:2",
                                                      .compiler = "gcc",
                                                      .text = "double rooted (int n, double out[1])",
                                                      .parameters = rooted_parameters,
                                                      .returns = &double_type,
                                                      .node = &rooted_node };

static double out_value;          /* all threads' */
static void (*meanwhile) (int n); /* what the body of rooted does */

static double
rooted (int n)
{
  double result = 0, *out = &out_value;
  void *const addresses[] = { &n, &out };
  struct hashcache__frame frame = { .contract = &rooted_contract, .arguments = addresses, .result = &result };

  while (HASHCACHE__RUN (&frame)) {
    meanwhile (n);
    *out = n;
    result = 2 * n;
  }
  return result;
}

static int
ask (int question, int n)
{
  hashcache__ask (question, "rooted");
  (void) rooted (n);
  return hashcache__answer ();
}

static atomic_int begun, may_end;

static void
wait_for (atomic_int *what)
{
  for (int i = 0; i < 20000 && !atomic_load (what); i++)
    nap (1);
}

static void
begin_and_wait (int n)
{
  (void) n;
  atomic_store (&begun, 1);
  wait_for (&may_end);
}

static void *
compute_rooted (void *n)
{
  return rooted (*(int *) n) > 0 ? n : NULL;
}

static void
start_computing (pthread_t *thread, void body_does (int), int *n)
{
  atomic_store (&begun, 0);
  atomic_store (&may_end, 0);
  meanwhile = body_does;
  assert_int_equal (pthread_create (thread, NULL, compute_rooted, n), 0);
  wait_for (&begun);
}

static void
what_a_thread_computes_is_busy (void **state)
{
  struct hashcache_statistics before, after;
  pthread_t thread;
  int n = 5;

  (void) state;
  hashcache_stats (&before);
  start_computing (&thread, begin_and_wait, &n);
  assert_int_equal (ask (HASHCACHE__ASK_BUSY, 5), 1);
  assert_int_equal (ask (HASHCACHE__ASK_CONTAINS, 5), 0);
  assert_int_equal (ask (HASHCACHE__ASK_BUSY, 6), 0);
  atomic_store (&may_end, 1);
  assert_int_equal (pthread_join (thread, NULL), 0);
  assert_int_equal (ask (HASHCACHE__ASK_BUSY, 5), 0);
  assert_int_equal (ask (HASHCACHE__ASK_CONTAINS, 5), 1); /* although questions were about the memory that its call wrote */
  hashcache_stats (&after);
  assert_int_equal (after.computed - before.computed, 1);
  assert_int_equal (after.stored - before.stored, 1);
  assert_int_equal (after.waited, before.waited);
}

static void
ask_for_itself (int n)
{
  atomic_store (&begun, 1 + ask (HASHCACHE__ASK_BUSY, n));
}

static void
what_a_thread_itself_computes_is_busy (void **state)
{
  pthread_t thread;
  int n = 7;

  (void) state;
  start_computing (&thread, ask_for_itself, &n);
  assert_int_equal (pthread_join (thread, NULL), 0);
  assert_int_equal (atomic_load (&begun), 2);
}

static void
end_thread (int n)
{
  (void) n;
  atomic_store (&begun, 1);
  pthread_exit (NULL);
}

static jmp_buf out_of_the_body;

static void
jump (int n)
{
  (void) n;
  longjmp (out_of_the_body, 1);
}

__attribute__ ((noinline)) static void
compute_and_jump (void)
{
  if (setjmp (out_of_the_body) == 0)
    (void) rooted (9);
}

static void
what_was_left_is_not_busy (void **state)
{
  pthread_t thread;
  int n = 8;

  (void) state;
  start_computing (&thread, end_thread, &n);
  assert_int_equal (pthread_join (thread, NULL), 0);
  assert_int_equal (ask (HASHCACHE__ASK_BUSY, 8), 0);
  meanwhile = jump;
  compute_and_jump ();
  assert_int_equal (ask (HASHCACHE__ASK_BUSY, 9), 0);
}

/* A claim outlives the moment at which its result can be found. */
static void
what_is_known_is_not_busy (void **state)
{
  struct hashcache__flight *flight;
  struct hashcache__digest key;

  (void) state;
  atomic_store (&may_end, 1);
  meanwhile = begin_and_wait;
  assert_true (rooted (10) > 19);
  hashcache__ask (HASHCACHE__ASK_KEY, "rooted");
  (void) rooted (10);
  assert_int_equal (hashcache__parse_id (hashcache__answer_key (), &key), 0);
  assert_int_equal (hashcache__claim_among_threads (&key, (struct hashcache__spot){ &key, 0 }, 0, &flight),
                    HASHCACHE__CLAIM_MINE);
  assert_int_equal (hashcache__is_claimed (&key), 1);
  assert_int_equal (ask (HASHCACHE__ASK_BUSY, 10), 0);
  hashcache_drop_memory ();
  assert_int_equal (ask (HASHCACHE__ASK_BUSY, 10), 0);
  hashcache__land (flight, 1, 1);
  assert_int_equal (hashcache__is_claimed (&key), 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup (each_key_is_computed_once, start),
    cmocka_unit_test_setup (without_memory_the_store_is_enough, start),
    cmocka_unit_test_setup (without_a_store_memory_is_enough, start),
    cmocka_unit_test_setup (what_cannot_be_kept_is_not_waited_for_in_turn, start),
    cmocka_unit_test_setup (waiting_ends_with_hashcache_wait, start),
    cmocka_unit_test (what_a_thread_computes_is_busy),
    cmocka_unit_test (what_a_thread_itself_computes_is_busy),
    cmocka_unit_test (what_was_left_is_not_busy),
    cmocka_unit_test (what_is_known_is_not_busy),
  };

  return cmocka_run_group_tests (tests, make_scratch, remove_scratch);
}
