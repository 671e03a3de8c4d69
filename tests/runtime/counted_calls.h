/* counted_calls.h: calls through wrappers as the plugin makes them, for tests that look at every counter after each.
   SPDX-License-Identifier: BSD-2-Clause

   To be included after hashcache.h with HASHCACHE_IMPLEMENTATION. */
#ifndef COUNTED_CALLS_H
#define COUNTED_CALLS_H

#include "contracts.h"

static int bodies; /* that have run */

/* The wrapper that the plugin makes: BODY runs if the cache says so. */
#define CALL(its_contract, result_address, body, ...) \
  do { \
    void *const addresses[] = { __VA_ARGS__ }; \
    struct hashcache__frame frame = { .contract = &(its_contract), .arguments = addresses, .result = (result_address) }; \
    while (HASHCACHE__RUN (&frame)) { \
      bodies++; \
      body; \
    } \
  } while (0)

static struct hashcache_statistics before;

/* What the calls since the last look have done to each counter. */
struct expected {
  uint64_t calls, hits_memory, hits_store, computed, uncached, waited, stored, store_failures, bad_entries, computed_twice;
};

static inline void
assert_counted (struct expected expected)
{
  struct hashcache_statistics now;

  assert_int_equal (hashcache_stats (&now), HASHCACHE_OK);
  assert_int_equal (now.calls - before.calls, expected.calls);
  assert_int_equal (now.hits_memory - before.hits_memory, expected.hits_memory);
  assert_int_equal (now.hits_store - before.hits_store, expected.hits_store);
  assert_int_equal (now.computed - before.computed, expected.computed);
  assert_int_equal (now.uncached - before.uncached, expected.uncached);
  assert_int_equal (now.waited - before.waited, expected.waited);
  assert_int_equal (now.stored - before.stored, expected.stored);
  assert_int_equal (now.store_failures - before.store_failures, expected.store_failures);
  assert_int_equal (now.bad_entries - before.bad_entries, expected.bad_entries);
  assert_int_equal (now.computed_twice - before.computed_twice, expected.computed_twice);
  assert_int_equal (now.calls, now.hits_memory + now.hits_store + now.computed + now.uncached);
  before = now;
}

#define COMPUTED ((struct expected){ .calls = 1, .computed = 1, .stored = 1 })
#define IN_MEMORY ((struct expected){ .calls = 1, .hits_memory = 1 })
#define IN_STORE ((struct expected){ .calls = 1, .hits_store = 1 })
#define UNCACHED ((struct expected){ .calls = 1, .uncached = 1 })
#define NOT_KEPT ((struct expected){ .calls = 1, .computed = 1, .store_failures = 1 })

static inline int
start (void **state)
{
  (void) state;
  bodies = 0;
  return hashcache_stats (&before);
}

#define SPECIFICATION(function) cmocka_unit_test_setup (function, start)

/* The same call four times: computed, found in memory, in the store, and in memory again, where the store's has been put. */
enum { COMPUTES = 0, FINDS_IN_MEMORY = 1, FINDS_IN_STORE = 2, FINDS_AGAIN = 3, ROUNDS = 4 };

static inline void
assert_round (int round)
{
  assert_counted (round == COMPUTES ? COMPUTED : round == FINDS_IN_STORE ? IN_STORE : IN_MEMORY);
  if (round == FINDS_IN_MEMORY)
    hashcache_drop_memory ();
}

#endif
