/* statistics.h: counts what the cache does, and tells it at exit.
   SPDX-License-Identifier: BSD-2-Clause

   At exit a process that made a marked call writes a summary line to stderr (HASHCACHE_VERBOSE 1 or more) and one JSON line to
   the file HASHCACHE_STATS, in one appending write, so many ranks can share the file. A forked child tells its own figures only.
   There a call that has not returned, because its body ended the program or was left by a jump, is among the uncached. Under a
   parallel launcher only rank 0 writes a summary, for itself, and says what gives one for all ranks. */
#ifndef HASHCACHE_STATISTICS_H
#define HASHCACHE_STATISTICS_H

#include "counters.h"
#include "errors.h"
#include "inside.h"
#include "job.h"
#include "message.h"
#include "settings.h"
#include "shelf.h"
#include "text.h"

struct hashcache__counters {
#define HASHCACHE__ATOMIC_MEMBER(name, text) _Atomic uint64_t name;
  HASHCACHE__COUNTERS (HASHCACHE__ATOMIC_MEMBER)
#undef HASHCACHE__ATOMIC_MEMBER
  _Atomic uint64_t nanoseconds_computing;
  _Atomic uint64_t nanoseconds_saved;
  _Atomic uint64_t nanoseconds_waiting;
};

static struct hashcache__counters hashcache__counters;

/* What a summary of many ranks has told already (mpi/hashcache_mpi.h). */
static struct hashcache_statistics hashcache__told_statistics;
static _Atomic int hashcache__at_exit_registered;

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

/* Nanoseconds saved, and hits, beyond what the counters have, by shortcuts. */
static uint64_t
hashcache__nanoseconds_saved (uint64_t *hits)
{
  uint64_t nanoseconds;

  hashcache__read_shelves (hits, &nanoseconds);
  return nanoseconds + atomic_load (&hashcache__counters.nanoseconds_saved);
}

static void
hashcache__read_counters (struct hashcache_statistics *s)
{
  uint64_t hits;
  const uint64_t saved = hashcache__nanoseconds_saved (&hits);

#define HASHCACHE__READ_COUNTER(name, text) s->name = atomic_load_explicit (&hashcache__counters.name, memory_order_relaxed);
  HASHCACHE__COUNTERS (HASHCACHE__READ_COUNTER)
#undef HASHCACHE__READ_COUNTER
  s->calls += hits;
  s->hits_memory += hits;
  s->seconds_computing = 1e-9 * (double) atomic_load (&hashcache__counters.nanoseconds_computing);
  s->seconds_saved = 1e-9 * (double) saved;
  s->seconds_waiting = 1e-9 * (double) atomic_load (&hashcache__counters.nanoseconds_waiting);
}

static void
hashcache__reset_counters (void)
{
#define HASHCACHE__RESET_COUNTER(name, text) atomic_store_explicit (&hashcache__counters.name, 0, memory_order_relaxed);
  HASHCACHE__COUNTERS (HASHCACHE__RESET_COUNTER)
#undef HASHCACHE__RESET_COUNTER
  atomic_store (&hashcache__counters.nanoseconds_computing, 0);
  atomic_store (&hashcache__counters.nanoseconds_saved, 0);
  atomic_store (&hashcache__counters.nanoseconds_waiting, 0);
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

/* At exit ----------------------------------------------------------------------------------------------------------- */

/* Seconds for people: 0.12 s, 35 s. Without a decimal point of the locale's. */
static void
hashcache__text_seconds (struct hashcache__text *text, double seconds)
{
  const uint64_t hundredths = (uint64_t) (100.0 * seconds + 0.5);

  hashcache__text_format (text, "%llu.%02llu s", (unsigned long long) (hundredths / 100),
                          (unsigned long long) (hundredths % 100));
}

/* ", 3 store failures" if there were any. */
static void
hashcache__text_some (struct hashcache__text *text, uint64_t n, const char *what)
{
  if (n > 0)
    hashcache__text_format (text, ", %llu %s", (unsigned long long) n, what);
}

static void
hashcache__text_summary (struct hashcache__text *text, const struct hashcache_statistics *s)
{
  hashcache__text_format (text, "%llu %s: %llu from memory, %llu from the store, %llu computed", (unsigned long long) s->calls,
                          s->calls == 1 ? "call" : "calls", (unsigned long long) s->hits_memory,
                          (unsigned long long) s->hits_store, (unsigned long long) s->computed);
  hashcache__text_some (text, s->uncached, "not cacheable");
  hashcache__text_some (text, s->waited, "waited for another");
  hashcache__text_some (text, s->bad_entries, "damaged entries set aside");
  hashcache__text_some (text, s->store_failures, "not stored");
  hashcache__text_put (text, "; ");
  hashcache__text_seconds (text, s->seconds_computing);
  hashcache__text_put (text, " computing, ");
  hashcache__text_seconds (text, s->seconds_saved);
  hashcache__text_put (text, " saved");
  if (s->seconds_waiting > 0.0) {
    hashcache__text_put (text, ", ");
    hashcache__text_seconds (text, s->seconds_waiting);
    hashcache__text_put (text, " waiting");
  }
}

static void
hashcache__say_summary (const struct hashcache_statistics *s)
{
  struct hashcache__text text = { 0 };
  const long rank = hashcache__launcher_rank ();
  const int for_itself = rank == 0 && hashcache__launcher_ranks () != 1;

  if (rank > 0)
    return;
  if (for_itself)
    hashcache__text_put (&text, "rank 0 for itself: ");
  hashcache__text_summary (&text, s);
  if (for_itself && hashcache__told_statistics.calls == 0)
    hashcache__text_put (&text, " (hashcache_mpi_attach gives the sum over all ranks)");
  if (text.string)
    hashcache__say (1, "%s", text.string);
  hashcache__text_free (&text);
}

static void
hashcache__statistics_json (struct hashcache__text *text, const struct hashcache_statistics *s)
{
  const long rank = hashcache__launcher_rank ();
  uint64_t hits;
  char host[256];

  hashcache__host_name (host);
  hashcache__text_put (text, "{");
#define HASHCACHE__JSON_COUNTER(name, what) hashcache__text_format (text, "\"" #name "\": %llu, ", (unsigned long long) s->name);
  HASHCACHE__COUNTERS (HASHCACHE__JSON_COUNTER)
#undef HASHCACHE__JSON_COUNTER
  hashcache__text_put (text, "\"seconds_computing\": ");
  hashcache__text_nanoseconds (text, atomic_load (&hashcache__counters.nanoseconds_computing));
  hashcache__text_put (text, ", \"seconds_saved\": ");
  hashcache__text_nanoseconds (text, hashcache__nanoseconds_saved (&hits));
  hashcache__text_put (text, ", \"seconds_waiting\": ");
  hashcache__text_nanoseconds (text, atomic_load (&hashcache__counters.nanoseconds_waiting));
  if (rank >= 0)
    hashcache__text_format (text, ", \"rank\": %ld, \"host\": ", rank);
  else
    hashcache__text_put (text, ", \"rank\": null, \"host\": ");
  hashcache__text_json (text, host);
  hashcache__text_format (text, ", \"pid\": %ld}\n", (long) getpid ());
}

/* One appending write, so that lines of several processes do not mix. A FIFO that nobody reads is an error, no reason to wait. */
static int
hashcache__append (const char *path, const char *line, size_t n)
{
  const int fd = hashcache__open (path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK);
  struct hashcache__guard guard;
  int result;

  if (fd < 0)
    return -1;
  hashcache__guard_writes (&guard);
  result = hashcache__write_all (fd, line, n);
  hashcache__unguard_writes (&guard);
  return close (fd) != 0 ? -1 : result;
}

static void
hashcache__write_statistics (const char *path, const struct hashcache_statistics *s)
{
  struct hashcache__text line = { 0 };

  hashcache__statistics_json (&line, s);
  if (!line.string || hashcache__append (path, line.string, line.length) != 0)
    hashcache__trouble (NULL, "cannot append the statistics to %s: %s", path, strerror (line.string ? errno : ENOMEM));
  hashcache__text_free (&line);
}

static void
hashcache__count_calls_left (struct hashcache_statistics *s)
{
  const uint64_t returned = s->hits_memory + s->hits_store + s->computed + s->uncached;

  if (s->calls > returned)
    s->uncached += s->calls - returned;
}

static void
hashcache__untold_statistics (struct hashcache_statistics *s)
{
  const struct hashcache_statistics *told = &hashcache__told_statistics;

  hashcache__read_counters (s);
#define HASHCACHE__SUBTRACT_COUNTER(name, text) s->name -= told->name;
  HASHCACHE__COUNTERS (HASHCACHE__SUBTRACT_COUNTER)
#undef HASHCACHE__SUBTRACT_COUNTER
  s->seconds_computing -= told->seconds_computing;
  s->seconds_saved -= told->seconds_saved;
  s->seconds_waiting -= told->seconds_waiting;
}

static inline void
hashcache__statistics_are_told (void)
{
  hashcache__read_counters (&hashcache__told_statistics);
}

static void
hashcache__tell_statistics (void)
{
  const struct hashcache__settings *settings = hashcache__settings ();
  struct hashcache_statistics s;

  hashcache__untold_statistics (&s);
  hashcache__count_calls_left (&s);
  if (s.calls > 0)
    hashcache__say_summary (&s);
  hashcache__read_counters (&s);
  hashcache__count_calls_left (&s);
  if (s.calls > 0 && settings->stats)
    hashcache__write_statistics (settings->stats, &s);
}

static void
hashcache__at_exit (void)
{
  struct hashcache__visit visit;

  hashcache__come_in (&visit);
  if (!visit.nested) /* else a signal handler that interrupted the runtime ends the program: no more locks and memory */
    hashcache__tell_statistics ();
  hashcache__go_out (&visit);
}

/* No other thread is in the middle of these while the process forks, or the child would wait for it forever. */
static void
hashcache__before_fork (void)
{
  hashcache__lock_for_fork (&hashcache__sources.mutex);
  hashcache__lock_for_fork (&hashcache__troubles.mutex);
}

static void
hashcache__after_fork_in_parent (void)
{
  hashcache__unlock_in_parent (&hashcache__troubles.mutex);
  hashcache__unlock_in_parent (&hashcache__sources.mutex);
}

static void
hashcache__after_fork_in_child (void)
{
  (void) hashcache__unlock_in_child (&hashcache__troubles.mutex); /* readable at any moment */
  (void) hashcache__unlock_in_child (&hashcache__sources.mutex);
  hashcache__reset_counters ();
  hashcache__inherit_shelves ();
}

/* Counts a call. The first one arranges for the summary at exit, and for children to begin at zero. */
static void
hashcache__count_call (void)
{
  hashcache__count (&hashcache__counters.calls, 1);
  if (atomic_load_explicit (&hashcache__at_exit_registered, memory_order_relaxed))
    return;
  if (atomic_exchange (&hashcache__at_exit_registered, 1) == 0) {
    (void) hashcache__job (); /* while the environment is still what the launcher has made it */
    (void) pthread_atfork (hashcache__before_fork, hashcache__after_fork_in_parent, hashcache__after_fork_in_child);
    (void) atexit (hashcache__at_exit);
  }
}

#endif
