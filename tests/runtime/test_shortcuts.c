/* test_shortcuts.c: a hit by a shortcut is what the whole way would find: never another result, never one that is gone.
   SPDX-License-Identifier: BSD-2-Clause

   Calls of functions whose inputs and result are a few numbers, often enough that threads know them by heart. Then what a result depends on
   changes, byte by byte, or the result is forgotten, and the counters tell which way the next call has gone. */
#define _GNU_SOURCE
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "counted_calls.h"
#include <errno.h>
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#define CONTRACT_OF(its_name, its_parameters, its_type, its_node) \
  { \
    .abi = HASHCACHE__ABI, .n_parameters = LENGTH (its_parameters), .function = (its_name), .source = "test_shortcuts.c:1", \
    .compiler = "gcc", .text = (its_name), .parameters = (its_parameters), .returns = (its_type), .node = (its_node) \
  }
#define BY_VALUE(its_name, its_type) \
  { \
    .name = (its_name), .type = (its_type), .role = HASHCACHE__IN \
  }

/* long f (int n), long g (int n) */

static const struct hashcache__type long_type = PLAIN_TYPE (HASHCACHE__INT, long, 0);
static const struct hashcache__node f_node = LEAF ("f", 1), g_node = LEAF ("g", 2);
static const struct hashcache__parameter one_int[] = { BY_VALUE ("n", &int_type) };
static struct hashcache__contract f_contract = CONTRACT_OF ("f", one_int, &long_type, &f_node);
static struct hashcache__contract g_contract = CONTRACT_OF ("g", one_int, &long_type, &g_node);

static _Atomic int f_bodies;

static long
f (int n)
{
  long result = -1;
  void *const addresses[] = { &n };
  struct hashcache__frame frame = { .contract = &f_contract, .arguments = addresses, .result = &result };

  while (HASHCACHE__RUN (&frame)) {
    atomic_fetch_add (&f_bodies, 1);
    result = 3L * n;
  }
  return result;
}

static long
g (int n)
{
  long result = -1;

  CALL (g_contract, &result, result = 5L * n, &n);
  return result;
}

/* double bits (double x): its argument, whatever that is. */

static const struct hashcache__node bits_node = LEAF ("bits", 3);
static const struct hashcache__parameter one_double[] = { BY_VALUE ("x", &double_type) };
static struct hashcache__contract bits_contract = CONTRACT_OF ("bits", one_double, &double_type, &bits_node);

static uint64_t
bits (uint64_t x)
{
  uint64_t result = 0;

  CALL (bits_contract, &result, result = x, &x);
  return result;
}

/* struct pair turn (struct pair p): both have padding, and f looks at no byte of it. */

struct pair {
  char small;
  double large;
};

static const struct hashcache__field pair_fields[] = { FIELD (struct pair, small, &char_type),
                                                       FIELD (struct pair, large, &double_type) };
static const struct hashcache__type pair_type = STRUCT_TYPE (struct pair, 0, pair_fields);
static const struct hashcache__node turn_node = LEAF ("turn", 4);
static const struct hashcache__parameter one_pair[] = { BY_VALUE ("p", &pair_type) };
static struct hashcache__contract turn_contract = CONTRACT_OF ("turn", one_pair, &pair_type, &turn_node);

static void
turn (struct pair *p, struct pair *result)
{
  CALL (
      turn_contract, result,
      {
        result->small = (char) -p->small;
        result->large = -p->large;
      },
      p);
}

/* double read_variables (int n) reads two of them. */

static const struct hashcache__type triple_type = { .kind = HASHCACHE__ARRAY,
                                                    .flags = HASHCACHE__DENSE,
                                                    .size = 3 * sizeof (double),
                                                    .count = 3,
                                                    .element = &double_type,
                                                    .name = "triple" };
static double triple[3];
static struct pair pair;
static const struct hashcache__variable triple_variable = {
  .abi = HASHCACHE__ABI, .name = "triple", .place = "x.c:1", .type = &triple_type, .address = triple
};
static const struct hashcache__variable pair_variable = {
  .abi = HASHCACHE__ABI, .name = "pair", .place = "x.c:1", .type = &pair_type, .address = &pair
};
static const struct hashcache__reference reads[] = {
  { .kind = HASHCACHE__VARIABLE, .flags = HASHCACHE__READ, .name = "triple", .target = &triple_variable },
  { .kind = HASHCACHE__VARIABLE, .flags = HASHCACHE__READ, .name = "pair", .target = &pair_variable },
};
static const struct hashcache__node read_node = NODE ("read_variables", 5, reads);
static struct hashcache__contract read_contract = CONTRACT_OF ("read_variables", one_int, &double_type, &read_node);

static double
read_variables (int n)
{
  double result = -1.0;

  CALL (read_contract, &result, result = n + triple[0] + 10 * triple[1] + 100 * triple[2] + pair.small + pair.large, &n);
  return result;
}

/* long double stretch (long double x), of which ten bytes are value. */

static const struct hashcache__type stretch_type = { .kind = HASHCACHE__FLOAT,
                                                     .size = sizeof (long double),
                                                     .value_size = LDBL_MANT_DIG == 64 ? 10 : sizeof (long double),
                                                     .flags = LDBL_MANT_DIG == 64 ? 0 : HASHCACHE__DENSE,
                                                     .name = "long double" };
static const struct hashcache__node stretch_node = LEAF ("stretch", 6);
static const struct hashcache__parameter one_long_double[] = { BY_VALUE ("x", &stretch_type) };
static struct hashcache__contract stretch_contract = CONTRACT_OF ("stretch", one_long_double, &stretch_type, &stretch_node);

static void
stretch (long double *x, long double *result)
{
  CALL (stretch_contract, result, *result = 2 * *x, x);
}

/* What ways calls go ---------------------------------------------------------------------------------------------------- */

static uint64_t
by_shortcut (void)
{
  return hashcache__hits_on_shelves (HASHCACHE__ALL_FUNCTIONS);
}

static uint64_t shortcuts_before;

static void
assert_shortcuts (uint64_t n)
{
  assert_int_equal (by_shortcut () - shortcuts_before, n);
  shortcuts_before += n;
}

static int
begin (void **state)
{
  hashcache_drop_memory ();
  shortcuts_before = by_shortcut ();
  return start (state);
}

#define SHORTCUT(function) cmocka_unit_test_setup (function, begin)

/* f (N) is known by heart. */
static void
learn (int n)
{
  for (int i = 0; i < 3; i++)
    assert_int_equal (f (n), 3L * n);
  assert_true (by_shortcut () > shortcuts_before);
  shortcuts_before = by_shortcut ();
  assert_int_equal (hashcache_stats (&before), HASHCACHE_OK);
}

static int
ask (int question, int n)
{
  hashcache__ask (question, "f");
  (void) f (n);
  return hashcache__answer ();
}

static void
a_known_call_takes_the_shortcut_and_is_counted (void **state)
{
  struct hashcache_statistics s;

  (void) state;
  assert_int_equal (f (1), 3);
  assert_counted (COMPUTED);
  assert_int_equal (f (1), 3);
  assert_counted (IN_MEMORY);
  assert_shortcuts (0);
  errno = EDOM;
  (void) feclearexcept (FE_ALL_EXCEPT);
  for (int i = 0; i < 100; i++) {
    assert_int_equal (f (1), 3);
    assert_counted (IN_MEMORY);
  }
  assert_shortcuts (100);
  assert_int_equal (errno, EDOM);
  assert_int_equal (fetestexcept (FE_ALL_EXCEPT), 0);
  assert_int_equal (hashcache_stats (&s), HASHCACHE_OK);
  assert_true (s.seconds_saved >= 0.0);
}

static void
functions_with_equal_arguments_differ (void **state)
{
  (void) state;
  for (int round = 0; round < 5; round++)
    for (int n = 0; n < 600; n++) { /* more than there are shortcuts */
      assert_int_equal (f (n), 3L * n);
      assert_int_equal (g (n), 5L * n);
    }
  assert_true (by_shortcut () > shortcuts_before);
}

static void
every_bit_of_an_argument_counts (void **state)
{
  const uint64_t values[] = { 0,
                              UINT64_C (1) << 63 /* -0.0 */,
                              UINT64_C (0x7ff0000000000000),
                              UINT64_C (0x7ff8000000000000),
                              UINT64_C (0xfff8000000000000),
                              UINT64_C (0x7ff8000000000001),
                              UINT64_C (0x7ff0000000000001) };

  (void) state;
  for (int round = 0; round < 4; round++) {
    for (size_t i = 0; i < LENGTH (values); i++)
      assert_true (bits (values[i]) == values[i]);
    for (int i = 0; i < 64; i++)
      assert_true (bits (UINT64_C (1) << i) == UINT64_C (1) << i);
  }
  assert_true (bodies == LENGTH (values) + 63); /* one power of two is -0.0 */
  assert_true (by_shortcut () - shortcuts_before >= 2 * LENGTH (values));
}

static void
padding_is_no_value (void **state)
{
  struct pair p, result;

  (void) state;
  for (int round = 0; round < 6; round++) {
    memset (&p, 17 * round, sizeof p);
    memset (&result, 0x5a, sizeof result);
    p.small = 7;
    p.large = 0.5;
    turn (&p, &result);
    assert_true (result.small == -7 && result.large == -0.5);
    for (size_t i = 1; round > 0 && i < offsetof (struct pair, large); i++)
      assert_int_equal (((unsigned char *) &result)[i], 0x5a);
  }
  assert_int_equal (bodies, 1);
  assert_shortcuts (4);
  p.small = 8;
  turn (&p, &result);
  assert_int_equal (result.small, -8);
  assert_int_equal (bodies, 2);
}

static void
long_doubles_have_padding_too (void **state)
{
  const long double third = 1.0L / 3, next = nextafter (1.0 / 3, 1.0); /* valgrind knows no more bits */
  union {
    long double value;
    unsigned char bytes[sizeof (long double)];
  } x, result;

  (void) state;
  for (int round = 0; round < 4; round++) {
    memset (&x, round, sizeof x);
    memset (&result, 0x5a, sizeof result);
    x.value = third;
    stretch (&x.value, &result.value);
    assert_true (result.value == 2 * third);
  }
  assert_int_equal (bodies, 1);
  assert_shortcuts (2);
  x.value = next;
  stretch (&x.value, &result.value);
  assert_true (result.value == 2 * next);
  assert_int_equal (bodies, 2);
}

static void
variables_are_looked_at_each_time (void **state)
{
  (void) state;
  for (int round = 0; round < 4; round++)
    for (int i = 0; i < 3; i++) {
      triple[i] = 1.0;
      assert_true (read_variables (0) == (i == 0 ? 1 : i == 1 ? 10 : 100));
      pair.small = 2;
      assert_true (read_variables (0) == (i == 0 ? 3 : i == 1 ? 12 : 102));
      pair.small = 0;
      triple[i] = 0.0;
      memset (&pair, 0, sizeof pair);
      ((char *) &pair)[3] = (char) round; /* padding */
    }
  assert_int_equal (bodies, 6);
  assert_shortcuts (12);
}

/* void scribble (int n, double *out): writes nothing of what it may write. */

static const struct hashcache__node scribble_node = LEAF ("scribble", 11);
static const struct hashcache__parameter one_output[] = {
  BY_VALUE ("n", &int_type),
  { .name = "out",
    .type = &double_pointer,
    .role = HASHCACHE__WRITTEN_ONLY,
    .flags = HASHCACHE__ANNOTATED | HASHCACHE__DECLARED,
    .extent = &one_element },
};
static struct hashcache__contract scribble_contract = CONTRACT_OF ("scribble", one_output, NULL, &scribble_node);
static _Atomic int scribbling; /* 1: patterns are there, 2: they may go */

static void *
scribble (void *context)
{
  static int n; /* each has a key of its own */
  double *out = context;
  void *const addresses[] = { &n, &out };
  struct hashcache__frame frame = { .contract = &scribble_contract, .arguments = addresses };

  n++;
  while (HASHCACHE__RUN (&frame)) {
    atomic_store (&scribbling, 1);
    while (atomic_load (&scribbling) == 1)
      ;
  }
  return NULL;
}

/* Another thread's call has patterns at OUT while calls of ours are known by heart. */
static void
meet_patterns (double *out)
{
  pthread_t thread;

  triple[1] = 0.5;
  for (int i = 0; i < 3; i++)
    (void) read_variables (1);
  learn (3);
  (void) hashcache_stats (&before);
  shortcuts_before = by_shortcut ();
  (void) read_variables (1);
  assert_shortcuts (1);
  atomic_store (&scribbling, 0);
  assert_int_equal (pthread_create (&thread, NULL, scribble, out), 0);
  while (atomic_load (&scribbling) == 0)
    ;
  assert_true (read_variables (1) > 5.9 && read_variables (1) < 6.1);
  assert_shortcuts (0); /* a variable is not looked at now */
  assert_int_equal (f (3), 9);
  assert_shortcuts (1); /* there is none */
  atomic_store (&scribbling, 2);
  assert_int_equal (pthread_join (thread, NULL), 0);
  for (int i = 0; i < 3; i++)
    assert_true (read_variables (1) > 5.9 && read_variables (1) < 6.1);
  assert_true (by_shortcut () > shortcuts_before);
  (void) hashcache_stats (&before);
}

static void
patterns_of_other_threads_are_no_values (void **state)
{
  static double elsewhere;

  (void) state;
  meet_patterns (&elsewhere);
  meet_patterns (&triple[1]);
}

static void
what_is_forgotten_is_not_found (void **state)
{
  (void) state;
  learn (11);
  assert_int_equal (ask (HASHCACHE__ASK_FORGET, 11), 1);
  before.calls = before.hits_memory = 0; /* a question is no call, but may be counted as one */
  assert_int_equal (hashcache_stats (&before), HASHCACHE_OK);
  assert_int_equal (f (11), 33);
  assert_counted (COMPUTED);
  learn (11);
  hashcache_drop_memory ();
  assert_int_equal (f (11), 33);
  assert_counted (IN_STORE);
  assert_shortcuts (0);
  learn (11);
  assert_int_equal (ask (HASHCACHE__ASK_CONTAINS, 11), 1);
  assert_int_equal (ask (HASHCACHE__ASK_BUSY, 11), 0);
  assert_shortcuts (0);
  f_bodies = 0;
  hashcache__ask (HASHCACHE__ASK_REFRESH, "f");
  assert_int_equal (f (11), 33);
  assert_int_equal (f_bodies, 1);
  assert_shortcuts (0);
}

static void
results_that_are_driven_out_are_not_found (void **state)
{
  const char *limit = "1K";

  (void) state;
  assert_int_equal (hashcache_set ("MEMORY", limit), HASHCACHE_OK);
  learn (21);
  for (int n = 1000; n < 1100; n++)
    (void) g (n);
  assert_int_equal (hashcache_stats (&before), HASHCACHE_OK);
  assert_int_equal (f (21), 63);
  assert_counted (IN_STORE);
  assert_shortcuts (0);
  assert_int_equal (hashcache_set ("MEMORY", NULL), HASHCACHE_OK);
}

static void
what_is_used_by_shortcuts_is_driven_out_last (void **state)
{
  (void) state;
  assert_int_equal (hashcache_set ("MEMORY", "8K"), HASHCACHE_OK);
  learn (31);
  for (int n = 2000; n < 2200; n++) {
    (void) g (n);
    (void) f (31);
  }
  assert_shortcuts (200);
  assert_true (hashcache__memory.used <= 8 << 10);
  assert_int_equal (hashcache_set ("MEMORY", NULL), HASHCACHE_OK);
}

static void
settings_of_the_moment_count (void **state)
{
  (void) state;
  learn (41);
  assert_int_equal (hashcache_set ("MODE", "off"), HASHCACHE_OK);
  assert_int_equal (f (41), 123);
  assert_counted (UNCACHED);
  for (int i = 0; i < 4; i++) {
    assert_int_equal (hashcache_set ("MODE", i < 2 ? "verify" : "refresh"), HASHCACHE_OK);
    f_bodies = 0;
    assert_int_equal (f (41), 123);
    assert_int_equal (f_bodies, 1);
  }
  assert_int_equal (hashcache_set ("MODE", "audit"), HASHCACHE_OK);
  assert_int_equal (f (41), 123);
  assert_shortcuts (0);
  assert_int_equal (hashcache_set ("MODE", "readonly"), HASHCACHE_OK);
  learn (41);
  assert_int_equal (hashcache_set ("MODE", NULL), HASHCACHE_OK);
  assert_int_equal (hashcache_set ("VERBOSE", "2"), HASHCACHE_OK);
  for (int i = 0; i < 3; i++)
    assert_int_equal (f (41), 123);
  assert_shortcuts (0); /* each is told */
  assert_int_equal (hashcache_set ("VERBOSE", "0"), HASHCACHE_OK);
  learn (41);
}

static void
how_the_processor_rounds_counts (void **state)
{
  (void) state;
  learn (51);
  assert_int_equal (fesetround (FE_UPWARD), 0);
  f_bodies = 0;
  assert_int_equal (f (51), 153);
  assert_int_equal (fesetround (FE_TONEAREST), 0);
  assert_int_equal (f_bodies, 1);
  assert_counted (UNCACHED);
  assert_shortcuts (0);
  if (getenv ("UNDER_VALGRIND")) /* which knows nothing of the rest */
    return;
#if defined __x86_64__
  __builtin_ia32_ldmxcsr (__builtin_ia32_stmxcsr () | 0x8040); /* flush to zero: another key */
  assert_int_equal (f (51), 153);
  __builtin_ia32_ldmxcsr (__builtin_ia32_stmxcsr () & ~0x8040u);
  assert_counted (COMPUTED);
#endif
}

/* A library that is unloaded, and another one in its place, whose function does something else. */
static void
code_that_was_replaced_is_not_known (void **state)
{
  static const struct hashcache__node other_node = LEAF ("f", 77);
  static struct hashcache__contract kept, other; /* which hold on to what they know */

  (void) state;
  kept = f_contract;
  learn (61);
  f_contract.node = &other_node;
  f_contract.state = NULL;
  assert_int_equal (f (61), 183);
  assert_counted (COMPUTED);
  assert_shortcuts (0);
  other = f_contract;
  f_contract = kept;
  learn (61);
  assert_ptr_not_equal (other.state, f_contract.state);
}

/* Inputs that take more words than a shortcut has. */
static void
large_inputs_go_the_whole_way (void **state)
{
  enum { N = 11 };
  static const struct hashcache__type row_type = { .kind = HASHCACHE__ARRAY,
                                                   .flags = HASHCACHE__DENSE,
                                                   .size = N * sizeof (double),
                                                   .count = N,
                                                   .element = &double_type,
                                                   .name = "row" };
  static const struct hashcache__field row_fields[] = { { .name = "row", .type = &row_type } };
  static const struct hashcache__type holder_type = { .kind = HASHCACHE__STRUCT,
                                                      .flags = HASHCACHE__DENSE,
                                                      .size = N * sizeof (double),
                                                      .count = 1,
                                                      .fields = row_fields,
                                                      .name = "holder" };
  static const struct hashcache__parameter parameters[] = { BY_VALUE ("x", &holder_type) };
  static const struct hashcache__node node = LEAF ("large", 8);
  static struct hashcache__contract contract = CONTRACT_OF ("large", parameters, &double_type, &node);

  (void) state;
  for (int round = 0; round < 4; round++)
    for (int i = 0; i < N; i++) {
      double x[N] = { 0 }, result = -1.0;

      x[i] = 1.0;
      CALL (contract, &result, result = i, x);
      assert_true (result == i);
    }
  assert_int_equal (bodies, N);
  assert_shortcuts (0);
}

/* Threads ------------------------------------------------------------------------------------------------------------------ */

static _Atomic int stop, wrong;

static void *
hit_all_the_time (void *context)
{
  long calls = 0;

  (void) context;
  while (!atomic_load (&stop))
    for (int n = 100; n < 120; n++, calls++)
      if (f (n) != 3L * n)
        atomic_fetch_add (&wrong, 1);
  return (void *) calls;
}

static void
threads_that_hit_and_one_that_forgets (void **state)
{
  enum { THREADS = 3 };
  pthread_t threads[THREADS];
  struct hashcache_statistics s;
  uint64_t calls = 0;

  (void) state;
  atomic_store (&stop, 0);
  for (int t = 0; t < THREADS; t++)
    assert_int_equal (pthread_create (&threads[t], NULL, hit_all_the_time, NULL), 0);
  for (int i = 0; i < 30; i++) {
    if (i % 3 == 0)
      hashcache_drop_memory ();
    else if (i % 3 == 1)
      (void) ask (HASHCACHE__ASK_FORGET, 100 + i % 20);
    else
      assert_int_equal (hashcache_set ("WAIT", i % 2 ? "100" : NULL), HASHCACHE_OK);
    for (int k = 0; k < 20; k++)
      assert_int_equal (f (100 + k), 3L * (100 + k));
  }
  atomic_store (&stop, 1);
  for (int t = 0; t < THREADS; t++) {
    void *result;

    assert_int_equal (pthread_join (threads[t], &result), 0);
    calls += (uint64_t) (long) result;
  }
  assert_int_equal (hashcache_set ("WAIT", NULL), HASHCACHE_OK);
  assert_int_equal (wrong, 0);
  assert_int_equal (hashcache_stats (&s), HASHCACHE_OK);
  assert_true (s.calls - before.calls >= calls + 600);
  assert_int_equal (s.calls, s.hits_memory + s.hits_store + s.computed + s.uncached);
}

static _Atomic int turn_of; /* 0: the thread's, 1: ours, 2: the thread's again, 3: over */

static void
await_turn (int wanted)
{
  while (atomic_load (&turn_of) != wanted)
    (void) usleep (500);
}

static void *
know_by_heart (void *context)
{
  (void) context;
  for (int i = 0; i < 4; i++)
    (void) f (130);
  atomic_store (&turn_of, 1);
  await_turn (2);
  if (f (130) != 390)
    atomic_fetch_add (&wrong, 1);
  atomic_store (&turn_of, 3);
  return NULL;
}

static void
what_one_thread_forgets_no_other_finds (void **state)
{
  pthread_t thread;

  (void) state;
  atomic_store (&turn_of, 0);
  assert_int_equal (pthread_create (&thread, NULL, know_by_heart, NULL), 0);
  await_turn (1);
  assert_int_equal (ask (HASHCACHE__ASK_FORGET, 130), 1);
  atomic_store (&f_bodies, 0);
  atomic_store (&turn_of, 2);
  await_turn (3);
  assert_int_equal (f_bodies, 1);
  assert_int_equal (wrong, 0);
  assert_int_equal (pthread_join (thread, NULL), 0);
}

static size_t
shelves (void)
{
  size_t n = 0;

  for (const struct hashcache__shelf *shelf = atomic_load (&hashcache__shelves.first); shelf; shelf = shelf->next)
    n++;
  return n;
}

static void *
hit_thrice (void *context)
{
  (void) context;
  for (int i = 0; i < 3; i++)
    if (f (140) != 420)
      atomic_fetch_add (&wrong, 1);
  return NULL;
}

static void
threads_leave_their_shelves_and_counts_behind (void **state)
{
  size_t n;

  (void) state;
  learn (140);
  for (int i = 0; i < 20; i++) {
    pthread_t thread;

    assert_int_equal (pthread_create (&thread, NULL, hit_thrice, NULL), 0);
    assert_int_equal (pthread_join (thread, NULL), 0);
    if (i == 0)
      n = shelves ();
    assert_counted ((struct expected){ .calls = 3, .hits_memory = 3 });
  }
  assert_int_equal (shelves (), n);
  assert_int_equal (wrong, 0);
  assert_true (by_shortcut () > shortcuts_before);
}

/* A thread that ends calls on from the destructors of its data, before and after its shelf is gone. */
static pthread_key_t late_key;

static void
call_late (void *rounds)
{
  for (int i = 0; i < 3; i++)
    if (f (1141) != 3423)
      atomic_fetch_add (&wrong, 1);
  if (rounds > (void *) 1)
    (void) pthread_setspecific (late_key, (char *) rounds - 1);
}

static void *
end_with_calls (void *context)
{
  if (f (1141) != 3423 || f (1141) != 3423)
    atomic_fetch_add (&wrong, 1);
  (void) pthread_setspecific (late_key, context);
  return NULL;
}

static void
threads_that_call_while_they_end (void **state)
{
  size_t n = 0;

  (void) state;
  assert_int_equal (f (1141), 3423);
  assert_counted (COMPUTED);
  assert_int_equal (pthread_key_create (&late_key, call_late), 0);
  for (int i = 0; i < 16; i++) { /* two rounds of destructors, then as many as there are */
    const uint64_t rounds = i < 8 ? 2 : PTHREAD_DESTRUCTOR_ITERATIONS, n_calls = 2 + 3 * rounds;
    pthread_t thread;

    assert_int_equal (pthread_create (&thread, NULL, end_with_calls, (void *) (uintptr_t) rounds), 0);
    assert_int_equal (pthread_join (thread, NULL), 0);
    assert_counted ((struct expected){ .calls = n_calls, .hits_memory = n_calls });
    if (i == 0)
      n = shelves ();
  }
  assert_int_equal (shelves (), n);
  assert_int_equal (pthread_key_delete (late_key), 0);
  assert_int_equal (wrong, 0);
}

/* Forks, signals and jumps -------------------------------------------------------------------------------------------------- */

static int
child_of_one_that_hits (void)
{
  struct hashcache_statistics s;

  if (hashcache_stats (&s) != HASHCACHE_OK || s.calls != 0 || s.hits_memory != 0 || s.seconds_saved != 0.0)
    return 1;
  for (int i = 0; i < 5; i++)
    if (f (151) != 453)
      return 2;
  if (hashcache_stats (&s) != HASHCACHE_OK || s.calls != 5 || s.hits_memory != 5)
    return 3;
  if (ask (HASHCACHE__ASK_FORGET, 151) != 1)
    return 4;
  atomic_store (&f_bodies, 0);
  return f (151) == 453 && f_bodies == 1 ? 0 : 5;
}

static void
children_count_from_zero (void **state)
{
  int status = -1;
  pid_t child;

  (void) state;
  learn (151);
  child = fork ();
  if (child == 0)
    _exit (child_of_one_that_hits ());
  assert_true (child > 0);
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_int_equal (status, 0);
  assert_int_equal (f (151), 453); /* the child has forgotten it, in its own memory and in the store */
  assert_counted (IN_MEMORY);
}

/* In a child that was forked in the middle of the runtime nothing can be taken out of the table of results, so nothing is known. */
static void
children_of_handlers_know_nothing (void **state)
{
  int status = -1;
  pid_t child;

  (void) state;
  learn (152);
  hashcache__inside = 1;
  child = fork ();
  hashcache__inside = 0;
  if (child == 0) {
    const uint64_t hits = by_shortcut ();

    (void) ask (HASHCACHE__ASK_FORGET, 152);
    atomic_store (&f_bodies, 0);
    _exit (f (152) == 456 && f_bodies == 1 && by_shortcut () == hits ? 0 : 1);
  }
  assert_true (child > 0);
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_int_equal (status, 0);
}

static volatile sig_atomic_t handled;

static void
hit_in_handler (int signal_number)
{
  (void) signal_number;
  handled++;
  if (f (161) != 483 || f (162) != 486)
    atomic_fetch_add (&wrong, 1);
}

static void
signal_handlers_hit_in_the_middle_of_hits (void **state)
{
  const struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { { 0, 0 }, { 0, 0 } };
  struct hashcache_statistics s;
  uint64_t calls = 0;

  (void) state;
  learn (161);
  learn (162);
  handled = 0;
  (void) signal (SIGALRM, hit_in_handler);
  assert_int_equal (setitimer (ITIMER_REAL, &often, NULL), 0);
  for (; handled < 50 && calls < 100000000; calls++)
    if (f (161 + (int) (calls & 1)) != 483 + 3 * (long) (calls & 1))
      wrong++;
  assert_int_equal (setitimer (ITIMER_REAL, &never, NULL), 0);
  (void) signal (SIGALRM, SIG_IGN); /* also what is pending */
  assert_int_equal (wrong, 0);
  assert_int_equal (hashcache_stats (&s), HASHCACHE_OK);
  assert_int_equal (s.calls - before.calls, calls + 2 * (uint64_t) handled);
  assert_int_equal (s.calls, s.hits_memory + s.hits_store + s.computed + s.uncached);
  assert_true (by_shortcut () > shortcuts_before);
}

static jmp_buf out;

static const struct hashcache__node jump_node = LEAF ("jump", 9), outer_node = LEAF ("outer", 10);
static struct hashcache__contract jump_contract = CONTRACT_OF ("jump", one_int, &long_type, &jump_node);
static struct hashcache__contract outer_contract = CONTRACT_OF ("outer", one_int, &long_type, &outer_node);

__attribute__ ((noinline)) static long
jump (int n)
{
  long result = -1;

  CALL (jump_contract, &result, longjmp (out, 1), &n);
  return result;
}

/* In a child, since what was left by a jump is never freed. */
static int
leave_a_body (void)
{
  if (setjmp (out) == 0)
    (void) jump (1);
  if (!hashcache__flights.first)
    return 1;
  if (f (171) != 513 || hashcache__flights.first || hashcache__computing != 0)
    return 2;
  return 0;
}

/* A body that was left by a jump is given up at the next call, though the next call knows its result. */
static void
nobody_waits_for_a_body_that_was_left (void **state)
{
  int status = -1;
  pid_t child;

  (void) state;
  if (getenv ("UNDER_VALGRIND"))
    skip (); /* it would call the child's loss an error */
  learn (171);
  child = fork ();
  if (child == 0)
    _exit (leave_a_body ());
  assert_true (child > 0);
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_int_equal (status, 0);
}

/* The other way round: a body that makes calls is not left. */
static void
bodies_take_shortcuts (void **state)
{
  int n = 181;
  long result = -1;

  (void) state;
  learn (181);
  CALL (
      outer_contract, &result,
      {
        result = 0;
        for (int i = 0; i < 10; i++)
          result += f (n);
        assert_non_null (hashcache__flights.first);
      },
      &n);
  assert_int_equal (result, 5430);
  assert_shortcuts (10);
  assert_counted ((struct expected){ .calls = 11, .hits_memory = 10, .computed = 1, .stored = 1 });
  assert_int_equal (hashcache__computing, 0);
}

/* All together: whatever happens between the calls, each returns what its body would. */
static void
any_order_of_things_gives_the_same_results (void **state)
{
  uint64_t random = 12345;

  (void) state;
  for (int i = 0; i < 5000; i++) {
    int n;

    random = random * UINT64_C (6364136223846793005) + UINT64_C (1442695040888963407);
    n = 200 + (int) (random >> 33) % 8;
    switch ((random >> 40) % 400) {
    case 0: hashcache_drop_memory (); break;
    case 1: (void) ask (HASHCACHE__ASK_FORGET, n); break;
    case 2: assert_int_equal (hashcache_set ("MEMORY", random >> 63 ? "2K" : NULL), HASHCACHE_OK); break;
    case 3: assert_int_equal (hashcache_set ("MODE", random >> 63 ? "readonly" : NULL), HASHCACHE_OK); break;
    default: break;
    }
    triple[n % 3] = (double) ((random >> 50) % 2);
    pair.large = (double) ((random >> 52) % 2);
    assert_int_equal (f (n), 3L * n);
    assert_int_equal (g (n), 5L * n);
    assert_true (read_variables (n) == n + triple[0] + 10 * triple[1] + 100 * triple[2] + pair.small + pair.large);
  }
  assert_true (by_shortcut () - shortcuts_before > 1000);
  assert_int_equal (hashcache_set ("MEMORY", NULL), HASHCACHE_OK);
  assert_int_equal (hashcache_set ("MODE", NULL), HASHCACHE_OK);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    SHORTCUT (a_known_call_takes_the_shortcut_and_is_counted),
    SHORTCUT (functions_with_equal_arguments_differ),
    SHORTCUT (every_bit_of_an_argument_counts),
    SHORTCUT (padding_is_no_value),
    SHORTCUT (long_doubles_have_padding_too),
    SHORTCUT (variables_are_looked_at_each_time),
    SHORTCUT (patterns_of_other_threads_are_no_values),
    SHORTCUT (what_is_forgotten_is_not_found),
    SHORTCUT (results_that_are_driven_out_are_not_found),
    SHORTCUT (what_is_used_by_shortcuts_is_driven_out_last),
    SHORTCUT (settings_of_the_moment_count),
    SHORTCUT (how_the_processor_rounds_counts),
    SHORTCUT (code_that_was_replaced_is_not_known),
    SHORTCUT (large_inputs_go_the_whole_way),
    SHORTCUT (threads_that_hit_and_one_that_forgets),
    SHORTCUT (what_one_thread_forgets_no_other_finds),
    SHORTCUT (threads_leave_their_shelves_and_counts_behind),
    SHORTCUT (threads_that_call_while_they_end),
    SHORTCUT (children_count_from_zero),
    SHORTCUT (children_of_handlers_know_nothing),
    SHORTCUT (signal_handlers_hit_in_the_middle_of_hits),
    SHORTCUT (bodies_take_shortcuts),
    SHORTCUT (any_order_of_things_gives_the_same_results),
    SHORTCUT (nobody_waits_for_a_body_that_was_left),
  };

  if (hashcache_set ("VERBOSE", "0") != HASHCACHE_OK)
    return 1;
  return cmocka_run_group_tests (tests, make_scratch, remove_scratch);
}
