/* test_threads_compute_once.c: of all threads that ask for the same result at the same time, one computes it.
   SPDX-License-Identifier: BSD-2-Clause

   Eight threads ask for the same keys in different orders, with the store and without it. Where results cannot be kept, no thread
   waits for another's that will never come. The threads of other keys do not wait. */
#define _XOPEN_SOURCE 700
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "contracts.h"
#include <pthread.h>
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

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup (each_key_is_computed_once, start),
    cmocka_unit_test_setup (without_memory_the_store_is_enough, start),
    cmocka_unit_test_setup (without_a_store_memory_is_enough, start),
    cmocka_unit_test_setup (what_cannot_be_kept_is_not_waited_for_in_turn, start),
    cmocka_unit_test_setup (waiting_ends_with_hashcache_wait, start),
  };

  return cmocka_run_group_tests (tests, make_scratch, remove_scratch);
}
