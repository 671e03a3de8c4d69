/* test_questions.c: what a program asks around a call is answered for exactly that call, and asking changes nothing else.
   SPDX-License-Identifier: BSD-2-Clause

   As the plugin does it (around.h): hashcache__ask directly before the call, hashcache__answer behind it. Calls that are nested in the
   call that is meant, other threads' calls, and calls that cannot be cached. */
#define _GNU_SOURCE
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "counted_calls.h"
#include <pthread.h>

/* int twice (int n), double half (int n, double x[1]): the second calls the first. */

static const struct hashcache__node twice_node = LEAF ("twice", 1);
static const struct hashcache__parameter twice_parameters[] = { { .name = "n", .type = &int_type, .role = HASHCACHE__IN } };
static struct hashcache__contract twice_contract = { .abi = HASHCACHE__ABI,
                                                     .n_parameters = 1,
                                                     .function = "twice",
                                                     .source = "test_questions.c:1",
                                                     .compiler = "gcc",
                                                     .text = "int twice (int n)",
                                                     .parameters = twice_parameters,
                                                     .returns = &int_type,
                                                     .node = &twice_node };

static int
twice (int n)
{
  int result = 17;

  CALL (twice_contract, &result, result = 2 * n, &n);
  return result;
}

static const struct hashcache__reference half_references[] = {
  { .kind = HASHCACHE__CALL, .name = "twice", .target = &twice_node, .place = "test_questions.c:2:1" }
};
static const struct hashcache__node half_node = NODE ("half", 2, half_references);
static const struct hashcache__parameter half_parameters[] = {
  { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
  { .name = "x", .type = &double_pointer, .role = HASHCACHE__INOUT, .extent = &one_element },
  { .name = "y", .type = &double_pointer, .role = HASHCACHE__WRITTEN_ONLY, .extent = &one_element },
  { .name = "z", .type = &double_pointer, .role = HASHCACHE__OUT, .flags = HASHCACHE__ANNOTATED, .extent = &one_element }
};
static struct hashcache__contract half_contract = { .abi = HASHCACHE__ABI,
                                                    .n_parameters = LENGTH (half_parameters),
                                                    .function = "half",
                                                    .source = "test_questions.c:2",
                                                    .compiler = "gcc",
                                                    .text = "void half (...)",
                                                    .parameters = half_parameters,
                                                    .node = &half_node };

static double x_value, y_value, z_value;

static void
half (int n)
{
  double *x = &x_value, *y = &y_value, *z = &z_value;

  CALL (
      half_contract, NULL,
      {
        *x += 0.25 * twice (n);
        *y = *x;
        *z = 1.0;
      },
      &n, &x, &y, &z);
}

static void
set (void)
{
  x_value = 1.0;
  y_value = 2.0;
  z_value = 3.0;
}

static void
assert_untouched (void)
{
  assert_true (x_value == 1.0 && y_value == 2.0 && z_value == 3.0);
}

/* Asks QUESTION about the call half (N). */
static int
ask_half (int question, int n)
{
  set ();
  hashcache__ask (question, "half");
  half (n);
  return hashcache__answer ();
}

static int
ask_twice (int question, int n)
{
  hashcache__ask (question, "twice");
  (void) twice (n);
  return hashcache__answer ();
}

static void
what_is_known_is_contained (void **state)
{
  const struct expected nothing = { 0 };

  (void) state;
  assert_int_equal (ask_half (HASHCACHE__ASK_CONTAINS, 1), 0);
  assert_untouched ();
  assert_int_equal (bodies, 0);
  assert_counted (nothing);
  set ();
  half (1);
  assert_counted ((struct expected){ .calls = 2, .computed = 2, .stored = 2 });
  assert_int_equal (ask_half (HASHCACHE__ASK_CONTAINS, 1), 1);
  assert_untouched ();
  hashcache_drop_memory ();
  assert_int_equal (ask_half (HASHCACHE__ASK_CONTAINS, 1), 1);
  assert_untouched ();
  assert_int_equal (ask_half (HASHCACHE__ASK_CONTAINS, 2), 0);
  assert_int_equal (ask_twice (HASHCACHE__ASK_CONTAINS, 1), 1); /* the nested call was kept, too */
  assert_int_equal (bodies, 2);
  assert_counted (nothing);
}

static void
what_is_forgotten_is_computed_again (void **state)
{
  const struct expected nothing = { 0 };

  (void) state;
  assert_int_equal (ask_half (HASHCACHE__ASK_FORGET, 3), 0);
  set ();
  half (3);
  assert_counted ((struct expected){ .calls = 2, .computed = 2, .stored = 2 });
  assert_int_equal (ask_half (HASHCACHE__ASK_FORGET, 3), 1);
  assert_untouched ();
  assert_int_equal (ask_half (HASHCACHE__ASK_CONTAINS, 3), 0);
  assert_int_equal (ask_half (HASHCACHE__ASK_FORGET, 3), 0);
  assert_int_equal (ask_twice (HASHCACHE__ASK_CONTAINS, 3), 1); /* another call */
  assert_counted (nothing);
  set ();
  half (3);
  assert_true (x_value == 2.5 && y_value == 2.5 && z_value == 1.0);
  assert_counted ((struct expected){ .calls = 2, .computed = 1, .hits_memory = 1, .stored = 1 });
  hashcache_drop_memory (); /* in the store alone */
  assert_int_equal (ask_half (HASHCACHE__ASK_FORGET, 3), 1);
  assert_int_equal (ask_half (HASHCACHE__ASK_CONTAINS, 3), 0);
  assert_counted (nothing);
}

static void
what_is_refreshed_is_computed_once_more (void **state)
{
  (void) state;
  set ();
  half (5);
  assert_counted ((struct expected){ .calls = 2, .computed = 2, .stored = 2 });
  (void) ask_half (HASHCACHE__ASK_REFRESH, 5);
  assert_true (x_value == 3.5 && y_value == 3.5 && z_value == 1.0);
  assert_counted ((struct expected){ .calls = 2, .computed = 1, .stored = 1, .hits_memory = 1 }); /* it, but not what it calls */
  assert_int_equal (bodies, 3);
  set ();
  half (5);
  assert_counted (IN_MEMORY);
  hashcache_drop_memory ();
  (void) ask_twice (HASHCACHE__ASK_REFRESH, 77); /* what is not known is computed, as ever */
  assert_counted (COMPUTED);
}

static void
the_key_is_the_name_of_the_entry (void **state)
{
  char first[33], command[sizeof scratch + 100];
  const char *key;

  (void) state;
  hashcache__ask (HASHCACHE__ASK_KEY, "twice");
  (void) twice (8);
  key = hashcache__answer_key ();
  assert_non_null (key);
  assert_int_equal (strspn (key, "0123456789abcdef"), 32);
  memcpy (first, key, sizeof first);
  assert_counted ((struct expected){ 0 });
  assert_int_equal (twice (8), 16);
  assert_counted (COMPUTED);
  snprintf (command, sizeof command, "ls '%s'/objects/*/%s.h5 >/dev/null", scratch, first);
  assert_int_equal (system (command), 0);
  hashcache__ask (HASHCACHE__ASK_KEY, "twice");
  (void) twice (9);
  assert_string_not_equal (hashcache__answer_key (), first);
  hashcache__ask (HASHCACHE__ASK_KEY, "twice");
  (void) twice (8);
  assert_string_equal (hashcache__answer_key (), first);
}

/* The next call takes the question, and if it is another function's it is lost: never is a call meant that is not written there. */
static void
a_question_about_another_call_is_no_question (void **state)
{
  (void) state;
  hashcache__ask (HASHCACHE__ASK_FORGET, "half");
  assert_int_equal (twice (20), 40);
  assert_counted (COMPUTED);
  set ();
  half (20);
  assert_true (x_value == 11.0);
  assert_int_equal (hashcache__answer (), 0);
  assert_counted ((struct expected){ .calls = 2, .computed = 1, .hits_memory = 1, .stored = 1 });
  hashcache__ask (HASHCACHE__ASK_CONTAINS, "half"); /* nobody calls */
  assert_int_equal (hashcache__answer (), 0);
  set ();
  half (20);
  assert_true (x_value == 11.0);
  assert_counted (IN_MEMORY);
}

static void
what_cannot_be_cached_is_not_known (void **state)
{
  int n = -1;
  static const struct hashcache__parameter array_parameters[] = {
    { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
    { .name = "a", .type = &double_pointer, .role = HASHCACHE__IN, .extent = &n_elements }
  };
  static const struct hashcache__node array_node = LEAF ("array", 3);
  static struct hashcache__contract array_contract = { .abi = HASHCACHE__ABI,
                                                       .n_parameters = 2,
                                                       .function = "array",
                                                       .source = "test_questions.c:3",
                                                       .compiler = "gcc",
                                                       .text = "double array (int n, double a[n])",
                                                       .parameters = array_parameters,
                                                       .returns = &double_type,
                                                       .node = &array_node };
  double memory[1] = { 1.0 }, *a = memory, result = 5.0;

  (void) state;
  for (int question = HASHCACHE__ASK_CONTAINS; question <= HASHCACHE__ASK_BUSY; question++) {
    if (question == HASHCACHE__ASK_REFRESH)
      continue;
    hashcache__ask (question, "array"); /* a negative count */
    CALL (array_contract, &result, result = 1.0, &n, &a);
    assert_true (question == HASHCACHE__ASK_KEY ? hashcache__answer_key () == NULL : hashcache__answer () == 0);
    assert_true (result == 0.0); /* means nothing, but is no garbage */
  }
  assert_int_equal (bodies, 0);
  assert_counted ((struct expected){ 0 });
  hashcache__ask (HASHCACHE__ASK_REFRESH, "array");
  CALL (array_contract, &result, result = 1.0, &n, &a);
  assert_true (result == 1.0);
  assert_counted (UNCACHED);
  assert_int_equal (hashcache_set ("MODE", "off"), HASHCACHE_OK);
  assert_int_equal (ask_twice (HASHCACHE__ASK_CONTAINS, 8), 0);
  assert_int_equal (ask_twice (HASHCACHE__ASK_FORGET, 8), 0);
  hashcache__ask (HASHCACHE__ASK_KEY, "twice");
  (void) twice (8);
  assert_null (hashcache__answer_key ());
  assert_int_equal (hashcache_set ("MODE", NULL), HASHCACHE_OK);
  assert_int_equal (ask_twice (HASHCACHE__ASK_CONTAINS, 8), 1);
}

static void *
call_meanwhile (void *n)
{
  return twice (*(int *) n) == 2 * *(int *) n ? n : NULL;
}

/* A question of this thread, while another one calls the same function. */
static void
a_question_is_its_threads_own (void **state)
{
  pthread_t thread;
  void *right = NULL;
  int n = 30;

  (void) state;
  hashcache__ask (HASHCACHE__ASK_FORGET, "twice");
  assert_int_equal (pthread_create (&thread, NULL, call_meanwhile, &n), 0);
  assert_int_equal (pthread_join (thread, &right), 0);
  assert_ptr_equal (right, &n);
  assert_counted (COMPUTED);
  (void) twice (n);
  assert_int_equal (hashcache__answer (), 1);
  assert_counted ((struct expected){ 0 });
}

static void
a_damaged_entry_is_not_known (void **state)
{
  char command[sizeof scratch + 100];

  (void) state;
  assert_int_equal (twice (40), 80);
  assert_counted (COMPUTED);
  hashcache_drop_memory ();
  snprintf (command, sizeof command, "truncate -s 200 '%s'/objects/*/*.h5", scratch);
  assert_int_equal (system (command), 0);
  assert_int_equal (ask_twice (HASHCACHE__ASK_CONTAINS, 40), 0);
  assert_counted ((struct expected){ .bad_entries = 1 });
}

/* Others that compute: test_threads_compute_once.c, test_processes_compute_once.c. */
static void
what_nobody_computes_is_not_busy (void **state)
{
  const struct expected nothing = { 0 };
  char nowhere[sizeof scratch + 16];

  (void) state;
  snprintf (nowhere, sizeof nowhere, "%s/.none", scratch);
  hashcache_set ("DIR", nowhere);
  assert_int_equal (ask_half (HASHCACHE__ASK_BUSY, 50), 0);
  assert_int_not_equal (access (nowhere, F_OK), 0); /* nothing was made for the question */
  hashcache_set ("DIR", scratch);
  assert_int_equal (ask_half (HASHCACHE__ASK_BUSY, 50), 0);
  assert_untouched ();
  assert_int_equal (bodies, 0);
  assert_counted (nothing);
  assert_int_equal (ask_half (HASHCACHE__ASK_CONTAINS, 50), 0);
  set ();
  half (50);
  assert_counted ((struct expected){ .calls = 2, .computed = 2, .stored = 2 });
  assert_int_equal (ask_half (HASHCACHE__ASK_BUSY, 50), 0);
  hashcache_drop_memory ();
  assert_int_equal (ask_half (HASHCACHE__ASK_BUSY, 50), 0);
  assert_untouched ();
  assert_counted (nothing);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    SPECIFICATION (what_is_known_is_contained),          SPECIFICATION (what_nobody_computes_is_not_busy),
    SPECIFICATION (what_is_forgotten_is_computed_again), SPECIFICATION (what_is_refreshed_is_computed_once_more),
    SPECIFICATION (the_key_is_the_name_of_the_entry),    SPECIFICATION (a_question_about_another_call_is_no_question),
    SPECIFICATION (what_cannot_be_cached_is_not_known),  SPECIFICATION (a_question_is_its_threads_own),
    SPECIFICATION (a_damaged_entry_is_not_known),
  };

  return cmocka_run_group_tests (tests, make_scratch, remove_scratch);
}
