/* at_exit.h: what is told when the program ends.
   SPDX-License-Identifier: BSD-2-Clause

   At exit a process that made a marked call writes a summary to stderr (HASHCACHE_VERBOSE 1 or more; summary.h) and one JSON line to the
   file HASHCACHE_STATS (stats_file.h). A forked child tells its own figures only. There a call that has not returned, because its body
   ended the program or was left by a jump, is among the uncached. */
#ifndef HASHCACHE_AT_EXIT_H
#define HASHCACHE_AT_EXIT_H

#include "stats_file.h"
#include "summary.h"

static _Atomic int hashcache__at_exit_registered;

static void
hashcache__tell_statistics (void)
{
  const struct hashcache__settings *settings = hashcache__settings ();
  struct hashcache_statistics s;

  hashcache__untold_statistics (&s);
  if (s.calls > 0) { /* of what was told while it was not over, its end is no news */
    hashcache__count_calls_left (&s);
    hashcache__say_summary (&s);
  }
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
  atomic_store (&hashcache__first_call, (int64_t) time (NULL));
}

/* Counts a call. The first one arranges for the summary at exit, and for children to begin at zero. */
static void
hashcache__count_call (void)
{
  hashcache__count (&hashcache__counters.calls, 1);
  if (atomic_load_explicit (&hashcache__at_exit_registered, memory_order_relaxed))
    return;
  if (atomic_exchange (&hashcache__at_exit_registered, 1) == 0) {
    atomic_store (&hashcache__first_call, (int64_t) time (NULL));
    (void) hashcache__job (); /* while the environment is still what the launcher has made it */
    (void) pthread_atfork (hashcache__before_fork, hashcache__after_fork_in_parent, hashcache__after_fork_in_child);
    (void) atexit (hashcache__at_exit);
  }
}

#endif
