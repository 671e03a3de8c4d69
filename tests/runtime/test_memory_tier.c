/* test_memory_tier.c: the process's own memory gives back what was put there, within its limit, and nothing else.
   SPDX-License-Identifier: BSD-2-Clause */
#define _DEFAULT_SOURCE
#define _XOPEN_SOURCE 700
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "contracts.h"
#include <sys/mman.h>

static struct hashcache__digest
key_of (int number)
{
  return hashcache__digest_of (&number, sizeof number);
}

static struct hashcache__blocks
one_block (struct hashcache__block *block, double *values, uint64_t count, uint32_t role)
{
  *block = (struct hashcache__block){
    .type = &double_type, .address = values, .count = count, .role = role, .parent = -1, .name = "x"
  };
  return (struct hashcache__blocks){ .items = block, .n = 1, .capacity = 1 };
}

static const struct hashcache__occasion no_occasion;

/* Keeps what is in BLOCKS now as the result of KEY. */
static int
put_blocks (const struct hashcache__digest *key, struct hashcache__blocks *blocks, double seconds, uint64_t limit)
{
  struct hashcache__outcome outcome;
  int kept;

  assert_int_equal (hashcache__outcome_begin (&outcome, blocks), 0);
  kept = hashcache__memory_put (key, hashcache__record_within (&outcome, limit), seconds, limit);
  hashcache__outcome_end (&outcome);
  return kept;
}

static int
put (int number, double value, uint64_t count, uint64_t limit)
{
  const struct hashcache__digest key = key_of (number);
  struct hashcache__block block;
  double values[64];
  struct hashcache__blocks blocks = one_block (&block, values, count, HASHCACHE__OUT);

  for (uint64_t i = 0; i < count; i++)
    values[i] = value;
  return put_blocks (&key, &blocks, value, limit);
}

/* The value, -1 if there is none. */
static double
get (int number, uint64_t count)
{
  const struct hashcache__digest key = key_of (number);
  struct hashcache__block block;
  double values[64] = { 0 }, seconds = -1.0;
  struct hashcache__blocks blocks = one_block (&block, values, count, HASHCACHE__OUT);

  if (!hashcache__memory_get (&key, &no_occasion, &blocks, &seconds))
    return -1.0;
  for (uint64_t i = 0; i < count; i++)
    assert_true (values[i] == seconds);
  return seconds;
}

static void
what_was_put_comes_back_if_it_fits (void **state)
{
  (void) state;
  assert_true (get (1, 4) < 0);
  assert_true (put (1, 5.0, 4, 1 << 20));
  assert_true (get (1, 4) == 5.0);
  assert_true (get (2, 4) < 0);
  assert_true (get (1, 3) < 0); /* another size is another result, whatever the key says */
  assert_true (get (1, 5) < 0);
  assert_true (put (1, 6.0, 4, 1 << 20)); /* put twice, there once */
  assert_true (get (1, 4) == 6.0);
  hashcache_drop_memory ();
  assert_true (get (1, 4) < 0);
  assert_true (hashcache__memory.used == 0);
}

static void
the_least_recently_used_leaves_first (void **state)
{
  const uint64_t one = sizeof (struct hashcache__result) + sizeof (struct hashcache__record) + 8 * sizeof (double),
                 limit = 3 * one;

  (void) state;
  for (int i = 0; i < 3; i++)
    assert_true (put (i, i, 8, limit));
  assert_true (get (0, 8) == 0.0); /* now 1 is the oldest */
  assert_true (put (3, 3.0, 8, limit));
  assert_true (get (1, 8) < 0);
  assert_true (get (0, 8) == 0.0 && get (2, 8) == 2.0 && get (3, 8) == 3.0);
  assert_true (hashcache__memory.used == limit);
  assert_false (put (4, 4.0, 64, limit)); /* too large for itself: the others stay */
  assert_true (get (0, 8) == 0.0 && get (2, 8) == 2.0 && get (3, 8) == 3.0);
  assert_true (put (5, 5.0, 8, one)); /* a lower limit */
  assert_true (hashcache__memory.used == one);
  assert_false (put (6, 6.0, 1, 0));
  hashcache_drop_memory ();
}

static void
many_results_share_the_buckets (void **state)
{
  enum { MANY = 20000 };

  (void) state;
  for (int i = 0; i < MANY; i++)
    assert_true (put (i, i, 1, 1 << 30));
  for (int i = 0; i < MANY; i++)
    assert_true (get (i, 1) == i);
  hashcache_drop_memory ();
  assert_true (get (7, 1) < 0);
}

/* An inout argument in read-only memory, which the function leaves as it is. */
static void
what_is_right_already_is_not_written (void **state)
{
  const struct hashcache__digest key = key_of (1);
  const size_t size = (size_t) sysconf (_SC_PAGESIZE);
  double *values = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), seconds;
  struct hashcache__block block;
  struct hashcache__blocks blocks = one_block (&block, values, 4, HASHCACHE__INOUT);

  (void) state;
  assert_true ((void *) values != MAP_FAILED);
  values[3] = 3.0;
  assert_true (put_blocks (&key, &blocks, 1.0, 1 << 20));
  assert_int_equal (mprotect (values, size, PROT_READ), 0);
  assert_true (hashcache__memory_get (&key, &no_occasion, &blocks, &seconds));
  assert_int_equal (mprotect (values, size, PROT_READ | PROT_WRITE), 0);
  values[3] = 4.0;
  assert_true (hashcache__memory_get (&key, &no_occasion, &blocks, &seconds));
  assert_true (values[3] == 3.0);
  munmap (values, size);
  hashcache_drop_memory ();
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (what_was_put_comes_back_if_it_fits),
    cmocka_unit_test (the_least_recently_used_leaves_first),
    cmocka_unit_test (many_results_share_the_buckets),
    cmocka_unit_test (what_is_right_already_is_not_written),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
