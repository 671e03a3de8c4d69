/* test_finder.c: ranges are found among many, in whatever order they were added.
   SPDX-License-Identifier: BSD-2-Clause */
#pragma GCC diagnostic ignored "-Wunused-function"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <hashcache/finder.h>

enum { N = 3000, STEP = 10, SIZE = 7 };
enum order { ASCENDING, DESCENDING, MIXED, IN_TWO_RUNS, N_ORDERS };

/* The I-th of N numbers below N, each of which comes once. */
static size_t
number (enum order order, size_t i)
{
  switch (order) {
  case ASCENDING: return i;
  case DESCENDING: return N - 1 - i;
  case MIXED: return i * 1009 % N; /* a prime */
  default: return i % 2 == 0 ? i / 2 : N / 2 + i / 2;
  }
}

/* Range I begins at STEP * (I + 1). Each that was added is found by each of its addresses and those behind it, the others are not. */
static void
expect (const struct hashcache__finder *finder, const char *added)
{
  const struct hashcache__range *last = NULL;
  size_t n = 0;

  assert_null (hashcache__finder_before (finder, STEP - 1));
  for (size_t i = 0; i < N; i++) {
    n += (size_t) added[i];
    for (size_t k = 0; k < STEP; k += 3) {
      const struct hashcache__range *range = hashcache__finder_before (finder, STEP * (i + 1) + k);

      if (added[i]) {
        assert_non_null (range);
        assert_int_equal (range->ordinal, i);
        assert_int_equal (range->end - range->start, SIZE);
      } else
        assert_ptr_equal (range, last);
      last = range;
    }
  }
  assert_int_equal (finder->n, n);
}

static void
each_order (void **state)
{
  (void) state;
  for (enum order order = ASCENDING; order < N_ORDERS; order++) {
    struct hashcache__finder finder = { 0 };
    char added[N] = { 0 };

    expect (&finder, added);
    for (size_t i = 0; i < N; i++) {
      const size_t k = number (order, i);

      assert_int_equal (hashcache__finder_add (&finder, (struct hashcache__range){ STEP * (k + 1), STEP * (k + 1) + SIZE, k }),
                        0);
      added[k] = 1;
      if (i % 211 == 0)
        expect (&finder, added);
    }
    expect (&finder, added);
    hashcache__finder_end (&finder);
  }
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (each_order) };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
