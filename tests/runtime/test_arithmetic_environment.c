/* test_arithmetic_environment.c: a program that traps floating-point exceptions, or looks at their flags, does not notice the cache.
   SPDX-License-Identifier: BSD-2-Clause

   Misses, hits in memory and in the store, calls that cannot be cached, statistics, settings and the summary at exit: none traps,
   raises or clears a flag, or changes rounding. What the body raises stays raised. */
#define _GNU_SOURCE /* feenableexcept */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "contracts.h"
#include <fenv.h>
#include <sys/wait.h>

static volatile double zero = 0.0, one = 1.0, three = 3.0, quotient;
static int raising; /* the body raises FE_DIVBYZERO */

static const struct hashcache__node node = LEAF ("third", 1);
static const struct hashcache__parameter parameters[] = { { .name = "n", .type = &int_type, .role = HASHCACHE__IN } };
static struct hashcache__contract contract = { .abi = HASHCACHE__ABI,
                                               .n_parameters = 1,
                                               .function = "third",
                                               .source = "test.c:1",
                                               .compiler = "gcc",
                                               .text = "int third (int n)",
                                               .parameters = parameters,
                                               .returns = &int_type,
                                               .node = &node };

static int
third (int n)
{
  int result = 0;
  void *const addresses[] = { &n };
  struct hashcache__frame frame = { .contract = &contract, .arguments = addresses, .result = &result };

  while (HASHCACHE__RUN (&frame)) {
    if (raising)
      quotient = one / zero;
    result = n + 7;
  }
  return result;
}

/* valgrind has no flags. */
static int
flags_work (void)
{
  volatile double x;
  int raised;

  feclearexcept (FE_ALL_EXCEPT);
  x = one / three;
  (void) x;
  raised = fetestexcept (FE_INEXACT);
  feclearexcept (FE_ALL_EXCEPT);
  return raised != 0;
}

/* A miss, hits from both tiers, and what else the program may ask for, with arguments from N on. */
static void
use_the_cache (int n)
{
  struct hashcache_statistics s;

  for (int i = 0; i < 3; i++)
    assert_int_equal (third (n), n + 7);
  hashcache_drop_memory ();
  assert_int_equal (third (n), n + 7);
  hashcache_set ("WAIT", "0.3");
  hashcache_set ("MODE", "off");
  assert_int_equal (third (n), n + 7);
  hashcache_set ("MODE", NULL);
  hashcache_set ("WAIT", NULL);
  assert_int_equal (hashcache_stats (&s), HASHCACHE_OK);
}

static void
no_flag_is_raised (void **state)
{
  (void) state;
  raising = 0;
  feclearexcept (FE_ALL_EXCEPT);
  use_the_cache (10);
  assert_int_equal (fetestexcept (FE_ALL_EXCEPT), 0);
}

static void
no_flag_is_cleared (void **state)
{
  (void) state;
  if (!flags_work ())
    skip ();
  feraiseexcept (FE_INVALID);
  use_the_cache (20);
  assert_int_equal (fetestexcept (FE_ALL_EXCEPT), FE_INVALID);
  feclearexcept (FE_ALL_EXCEPT);
}

static void
what_the_body_raises_stays (void **state)
{
  (void) state;
  if (!flags_work ())
    skip ();
  raising = 1;
  assert_int_equal (third (30), 37);
  assert_int_equal (fetestexcept (FE_ALL_EXCEPT), FE_DIVBYZERO);
  feclearexcept (FE_ALL_EXCEPT);
  assert_int_equal (third (30), 37); /* the body does not run */
  assert_int_equal (fetestexcept (FE_ALL_EXCEPT), 0);
  raising = 0;
}

static void
rounding_stays_and_must_be_to_nearest (void **state)
{
  struct hashcache_statistics before, after;

  (void) state;
  assert_int_equal (third (40), 47);
  hashcache_stats (&before);
  fesetround (FE_UPWARD);
  assert_int_equal (third (40), 47);
  assert_int_equal (third (40), 47);
  assert_int_equal (fegetround (), FE_UPWARD);
  fesetround (FE_TONEAREST);
  hashcache_stats (&after);
  assert_int_equal (after.computed - before.computed, 0);
  assert_int_equal (after.hits_memory - before.hits_memory, 0);
  assert_int_equal (after.uncached - before.uncached, 2);
}

#ifdef __GLIBC__
/* Everything traps, up to the exit of the child: a trap kills it. */
static void
nothing_traps (void **state)
{
  int status;
  pid_t child;

  (void) state;
  raising = 0;
  fflush (NULL);
  child = fork ();
  if (child == 0) {
    feclearexcept (FE_ALL_EXCEPT);
    feenableexcept (FE_ALL_EXCEPT);
    const int enabled = fegetexcept ();
    use_the_cache (50);
    if (fegetexcept () != enabled)
      _exit (3);
    exit (0); /* with a summary, whose figures are divided and rounded */
  }
  assert_int_equal (waitpid (child, &status, 0), child);
  if (WIFSIGNALED (status))
    fail_msg ("killed by signal %d", WTERMSIG (status));
  assert_int_equal (WEXITSTATUS (status), 0);
}
#endif

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (no_flag_is_raised),
    cmocka_unit_test (no_flag_is_cleared),
    cmocka_unit_test (what_the_body_raises_stays),
    cmocka_unit_test (rounding_stays_and_must_be_to_nearest),
#ifdef __GLIBC__
    cmocka_unit_test (nothing_traps),
#endif
  };

  use_tables ();
  return cmocka_run_group_tests (tests, make_scratch, remove_scratch);
}
