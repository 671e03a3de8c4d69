/* statistics.h: counts what the cache does.
   SPDX-License-Identifier: BSD-2-Clause

   counters.h has the figures of the process, per_function.h those of each function. What is told of them at exit is for summary.h and
   stats_file.h. */
#ifndef HASHCACHE_STATISTICS_H
#define HASHCACHE_STATISTICS_H

#include "counters.h"
#include "errors.h"
#include "inside.h"
#include "job.h"
#include "message.h"
#include "per_function.h"
#include "settings.h"
#include "shelf.h"
#include "text.h"

struct hashcache__counters {
#define HASHCACHE__ATOMIC_MEMBER(name, text) _Atomic uint64_t name;
  HASHCACHE__COUNTERS (HASHCACHE__ATOMIC_MEMBER)
#undef HASHCACHE__ATOMIC_MEMBER
#define HASHCACHE__ATOMIC_TIME(name, text) _Atomic uint64_t nanoseconds_##name;
  HASHCACHE__TIMES (HASHCACHE__ATOMIC_TIME)
#undef HASHCACHE__ATOMIC_TIME
};

static struct hashcache__counters hashcache__counters;

/* What a summary of many ranks has told already (mpi/hashcache_mpi.h). */
static struct hashcache_statistics hashcache__told_statistics;

/* hashcache__count (&hashcache__counters.computed, 1) */
static void
hashcache__count (_Atomic uint64_t *counter, uint64_t n)
{
  atomic_fetch_add_explicit (counter, n, memory_order_relaxed);
}

static uint64_t
hashcache__nanoseconds (double seconds)
{
  return seconds > 0.0 && seconds < 1e9 ? (uint64_t) (1e9 * seconds) : 0;
}

/* hashcache__count_seconds (&hashcache__counters.nanoseconds_saved, seconds) */
static void
hashcache__count_seconds (_Atomic uint64_t *counter, double seconds)
{
  hashcache__count (counter, hashcache__nanoseconds (seconds));
}

/* Nanoseconds in COUNTER; those that shortcuts have saved are on their threads' shelves. */
static uint64_t
hashcache__read_nanoseconds (const _Atomic uint64_t *counter)
{
  return atomic_load (counter) + (counter == &hashcache__counters.nanoseconds_saved ? hashcache__saved_on_shelves () : 0);
}

static double
hashcache__total_seconds_looking_up (void)
{
  double seconds = 0.0;

  for (const struct hashcache__figures *f = atomic_load (&hashcache__all_figures); f; f = f->next) {
    const struct hashcache__function_figures figures = hashcache__read_figures (f);

    seconds += hashcache__seconds_looking_up (&figures);
  }
  return seconds;
}

static void
hashcache__read_counters (struct hashcache_statistics *s)
{
  const uint64_t hits = hashcache__hits_on_shelves (HASHCACHE__ALL_FUNCTIONS);

#define HASHCACHE__READ_COUNTER(name, text) s->name = atomic_load_explicit (&hashcache__counters.name, memory_order_relaxed);
  HASHCACHE__COUNTERS (HASHCACHE__READ_COUNTER)
#undef HASHCACHE__READ_COUNTER
  s->calls += hits;
  s->hits_memory += hits;
#define HASHCACHE__READ_TIME(name, text) \
  s->seconds_##name = 1e-9 * (double) hashcache__read_nanoseconds (&hashcache__counters.nanoseconds_##name);
  HASHCACHE__TIMES (HASHCACHE__READ_TIME)
#undef HASHCACHE__READ_TIME
  s->seconds_looking_up = hashcache__total_seconds_looking_up ();
}

static void
hashcache__reset_counters (void)
{
#define HASHCACHE__RESET_COUNTER(name, text) atomic_store_explicit (&hashcache__counters.name, 0, memory_order_relaxed);
  HASHCACHE__COUNTERS (HASHCACHE__RESET_COUNTER)
#undef HASHCACHE__RESET_COUNTER
#define HASHCACHE__RESET_TIME(name, text) atomic_store (&hashcache__counters.nanoseconds_##name, 0);
  HASHCACHE__TIMES (HASHCACHE__RESET_TIME)
#undef HASHCACHE__RESET_TIME
  hashcache__reset_figures ();
  hashcache__inherit_shelves ();
  memset (&hashcache__told_statistics, 0, sizeof hashcache__told_statistics);
}

int hashcache_stats (struct hashcache_statistics *statistics);

int
hashcache_stats (struct hashcache_statistics *statistics)
{
  struct hashcache__visit visit;

  if (!statistics)
    return HASHCACHE_BAD_ARGUMENT;
  hashcache__come_in (&visit);
  hashcache__read_counters (statistics);
  hashcache__go_out (&visit);
  return HASHCACHE_OK;
}

/* What is left to tell ----------------------------------------------------------------------------------------------------- */

/* Calls of S that have not returned, because their body ended the program or was left by a jump, are among the uncached. Where more have
   returned than there were, other threads have called while S was read. */
static void
hashcache__count_calls_left (struct hashcache_statistics *s)
{
  const uint64_t returned = s->hits_memory + s->hits_store + s->computed + s->uncached;

  if (s->calls > returned)
    s->uncached += s->calls - returned;
  else
    s->calls = returned;
}

static void
hashcache__untold_statistics (struct hashcache_statistics *s)
{
  const struct hashcache_statistics *told = &hashcache__told_statistics;

  hashcache__read_counters (s);
#define HASHCACHE__SUBTRACT_COUNTER(name, text) s->name -= told->name;
  HASHCACHE__COUNTERS (HASHCACHE__SUBTRACT_COUNTER)
#undef HASHCACHE__SUBTRACT_COUNTER
#define HASHCACHE__SUBTRACT_TIME(name, text) s->seconds_##name -= told->seconds_##name;
  HASHCACHE__TIMES (HASHCACHE__SUBTRACT_TIME)
#undef HASHCACHE__SUBTRACT_TIME
  s->seconds_looking_up -= told->seconds_looking_up;
}

static inline void
hashcache__statistics_are_told (void)
{
  hashcache__read_counters (&hashcache__told_statistics);
  hashcache__figures_are_told ();
}

#endif
