/* counters.h: what the cache has done in this process, as numbers.
   SPDX-License-Identifier: BSD-2-Clause

   Public. Always: calls == hits_memory + hits_store + computed + uncached, once no call is under way. At exit those that have not
   returned are among the uncached. docs/statistics.md tells more of each figure. New figures may come; none changes its meaning. */
#ifndef HASHCACHE_COUNTERS_H
#define HASHCACHE_COUNTERS_H

#include <stdint.h>

/* X (name, what it counts): the whole numbers among the statistics. */
#define HASHCACHE__COUNTERS(X) \
  X (calls, "calls of marked functions") \
  X (hits_memory, "calls restored from this process's memory") \
  X (hits_store, "calls restored from the cache directory") \
  X (computed, "calls computed because nothing was known") \
  X (uncached, "calls computed because they cannot be cached, or the cache is off") \
  X (waited, "calls that waited for another's computation") \
  X (stored, "results that went into the cache directory") \
  X (store_failures, "results that could not be stored") \
  X (bad_entries, "entries that were found damaged and set aside") \
  X (bytes_read, "bytes of results read from the cache directory") \
  X (bytes_written, "bytes of entries written to the cache directory") \
  X (computed_twice, "results that another had stored when they were computed")

/* X (name, what it is): seconds among the statistics. For each there is a counter nanoseconds_... in statistics.h. */
#define HASHCACHE__TIMES(X) \
  X (computing, "spent in the bodies of calls that were computed, once where they call each other") \
  X (saved, "that the bodies of hits took when they were computed, less what the hits took") \
  X (waiting, "of calls for another's computation")

struct hashcache_statistics {
#define HASHCACHE__COUNTER_MEMBER(name, text) uint64_t name;
  HASHCACHE__COUNTERS (HASHCACHE__COUNTER_MEMBER)
#undef HASHCACHE__COUNTER_MEMBER
#define HASHCACHE__TIME_MEMBER(name, text) double seconds_##name;
  HASHCACHE__TIMES (HASHCACHE__TIME_MEMBER)
#undef HASHCACHE__TIME_MEMBER
  double
      seconds_looking_up; /* that calls spent in the cache before their bodies, or instead of them; estimated from a part of the calls */
};

#endif
