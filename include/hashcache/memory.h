/* memory.h: results of this process's calls, kept in memory: the least recently used leave when HASHCACHE_MEMORY is full.
   SPDX-License-Identifier: BSD-2-Clause

   A result is the record of a call (record.h). It is given back only where every output has the size it had. Copying is done outside
   the lock; a result that leaves meanwhile lives until the last copy is made.

   Threads that know a result by heart (shortcut.h) do not ask here. They look at the changes of its bucket, which count the results
   that have left, and mark the bucket as used: what is in a bucket that was used counts as used when room is made. */
#ifndef HASHCACHE_MEMORY_H
#define HASHCACHE_MEMORY_H

#include "digest.h"
#include "inside.h"
#include "posix.h"
#include "record.h"
#include <pthread.h>
#include <stdatomic.h>

struct hashcache__result {
  struct hashcache__digest key;
  struct hashcache__result *same_bucket;
  struct hashcache__result *newer, *older;
  double seconds; /* that the computation took */
  uint64_t cost;  /* what it counts for against the limit */
  unsigned users; /* threads that copy from it */
  int gone;       /* no longer in the table: the last user frees it */
  struct hashcache__record *record;
};

enum {
  HASHCACHE__MEMORY_BUCKETS = 4096,
  HASHCACHE__MEMORY_CHANCES = 64 /* how many buckets may be found used before a result leaves all the same */
};

struct hashcache__result_bucket {
  struct hashcache__result *first;
  _Atomic uint64_t changes; /* results that have left, or would have if the table could still be changed */
  _Atomic int used;         /* by a shortcut */
};

struct hashcache__memory {
  pthread_mutex_t mutex;
  int lost; /* this process was forked while the table was perhaps being changed: it is not looked at any more */
  uint64_t used;
  struct hashcache__result *newest, *oldest;
  struct hashcache__result_bucket buckets[HASHCACHE__MEMORY_BUCKETS];
};

static struct hashcache__memory hashcache__memory = { .mutex = PTHREAD_MUTEX_INITIALIZER };
static pthread_once_t hashcache__memory_once = PTHREAD_ONCE_INIT;

/* 0, or -1 if there is no table to be had. */
static int
hashcache__memory_lock (void)
{
  pthread_mutex_lock (&hashcache__memory.mutex);
  if (!hashcache__memory.lost)
    return 0;
  pthread_mutex_unlock (&hashcache__memory.mutex);
  return -1;
}

static void
hashcache__memory_unlock (void)
{
  pthread_mutex_unlock (&hashcache__memory.mutex);
}

/* A child forked by one thread must not find the table as another thread was changing it. */
static void
hashcache__memory_before_fork (void)
{
  hashcache__lock_for_fork (&hashcache__memory.mutex);
}

static void
hashcache__memory_in_parent (void)
{
  hashcache__unlock_in_parent (&hashcache__memory.mutex);
}

static void
hashcache__memory_in_child (void)
{
  if (!hashcache__unlock_in_child (&hashcache__memory.mutex))
    return;
  hashcache__memory.lost = 1;
  for (size_t i = 0; i < HASHCACHE__MEMORY_BUCKETS; i++) /* nothing can be forgotten any more, so nothing is known */
    atomic_fetch_add (&hashcache__memory.buckets[i].changes, 1);
}

static void
hashcache__memory_set_up (void)
{
  (void) pthread_atfork (hashcache__memory_before_fork, hashcache__memory_in_parent, hashcache__memory_in_child);
}

static struct hashcache__result_bucket *
hashcache__memory_bucket (const struct hashcache__digest *key)
{
  return &hashcache__memory.buckets[(key->bytes[15] | key->bytes[14] << 8) % HASHCACHE__MEMORY_BUCKETS];
}

static void
hashcache__free_result (struct hashcache__result *result)
{
  free (result->record);
  free (result);
}

/* The table; the mutex is held. ---------------------------------------------------------------------------------------- */

static struct hashcache__result *
hashcache__memory_find (const struct hashcache__digest *key)
{
  struct hashcache__result *result = hashcache__memory_bucket (key)->first;

  while (result && !hashcache__digest_equal (&result->key, key))
    result = result->same_bucket;
  return result;
}

static void
hashcache__memory_detach (struct hashcache__result *result)
{
  struct hashcache__memory *memory = &hashcache__memory;

  *(result->newer ? &result->newer->older : &memory->newest) = result->older;
  *(result->older ? &result->older->newer : &memory->oldest) = result->newer;
}

static void
hashcache__memory_attach (struct hashcache__result *result)
{
  struct hashcache__memory *memory = &hashcache__memory;

  result->newer = NULL;
  result->older = memory->newest;
  *(memory->newest ? &memory->newest->newer : &memory->oldest) = result;
  memory->newest = result;
}

static void
hashcache__memory_remove (struct hashcache__result *result)
{
  struct hashcache__result_bucket *bucket = hashcache__memory_bucket (&result->key);
  struct hashcache__result **link = &bucket->first;

  atomic_fetch_add_explicit (&bucket->changes, 1, memory_order_release);
  while (*link != result)
    link = &(*link)->same_bucket;
  *link = result->same_bucket;
  hashcache__memory_detach (result);
  hashcache__memory.used -= result->cost;
  result->gone = 1;
  if (result->users == 0)
    hashcache__free_result (result);
}

/* Whether RESULT, the least recently used as far as the list knows, was used through a shortcut since this was last asked. All of its
   bucket may be meant. */
static int
hashcache__memory_renew (struct hashcache__result *result)
{
  struct hashcache__result_bucket *bucket = hashcache__memory_bucket (&result->key);

  if (!atomic_load_explicit (&bucket->used, memory_order_relaxed))
    return 0;
  atomic_store_explicit (&bucket->used, 0, memory_order_relaxed);
  for (struct hashcache__result *one = bucket->first; one; one = one->same_bucket) {
    hashcache__memory_detach (one);
    hashcache__memory_attach (one);
  }
  return 1;
}

/* Removes the least recently used results until no more than ROOM bytes are left. */
static void
hashcache__memory_shrink (uint64_t room)
{
  struct hashcache__memory *memory = &hashcache__memory;

  for (unsigned chances = HASHCACHE__MEMORY_CHANCES; memory->oldest && memory->used > room;)
    if (chances > 0 && hashcache__memory_renew (memory->oldest))
      chances--;
    else
      hashcache__memory_remove (memory->oldest);
}

/* Makes of RECORD the result of KEY, or frees it if it costs more than LIMIT. */
static struct hashcache__result *
hashcache__result_of (const struct hashcache__digest *key, struct hashcache__record *record, double seconds, uint64_t limit)
{
  const uint64_t cost = record->size + record->n_words * sizeof (uint64_t) + sizeof *record + sizeof (struct hashcache__result);
  struct hashcache__result *result = cost <= limit ? malloc (sizeof *result) : NULL;

  if (!result) {
    free (record);
    return NULL;
  }
  *result = (struct hashcache__result){ .key = *key, .seconds = seconds, .cost = cost, .record = record };
  return result;
}

/* What the others use --------------------------------------------------------------------------------------------------- */

/* How often results have left the bucket of KEY: what is found there later on is known to be there as long as this is the same. */
static uint64_t
hashcache__memory_changes (const struct hashcache__digest *key)
{
  return atomic_load_explicit (&hashcache__memory_bucket (key)->changes, memory_order_acquire);
}

/* Whether the result of KEY is here. */
static int
hashcache__memory_has (const struct hashcache__digest *key)
{
  int found;

  if (hashcache__memory_lock ())
    return 0;
  found = hashcache__memory_find (key) != NULL;
  hashcache__memory_unlock ();
  return found;
}

/* Forgets the result of KEY; returns whether there was one. */
static int
hashcache__memory_forget (const struct hashcache__digest *key)
{
  struct hashcache__result *result;

  if (hashcache__memory_lock ())
    return 0;
  result = hashcache__memory_find (key);
  if (result)
    hashcache__memory_remove (result);
  hashcache__memory_unlock ();
  return result != NULL;
}

/* Restores the call of OCCASION, whose blocks are BLOCKS, if the result of KEY is here: 1, and in *SECONDS what computing it took; else
   0. */
static int
hashcache__memory_get (const struct hashcache__digest *key, const struct hashcache__occasion *occasion,
                       struct hashcache__blocks *blocks, double *seconds)
{
  struct hashcache__result *result;
  int restored;

  if (hashcache__memory_lock ())
    return 0;
  result = hashcache__memory_find (key);
  if (result) {
    hashcache__memory_detach (result);
    hashcache__memory_attach (result);
    result->users++;
  }
  hashcache__memory_unlock ();
  if (!result)
    return 0;
  restored = hashcache__record_restore (result->record, occasion, blocks) == 0;
  *seconds = result->seconds;
  if (hashcache__memory_lock ())
    return restored;
  if (--result->users == 0 && result->gone)
    hashcache__free_result (result);
  hashcache__memory_unlock ();
  return restored;
}

/* Keeps RECORD, which it takes over, as the result of KEY, as far as LIMIT bytes for all results together allow. Returns whether the
   result is here now. */
static int
hashcache__memory_put (const struct hashcache__digest *key, struct hashcache__record *record, double seconds, uint64_t limit)
{
  struct hashcache__memory *memory = &hashcache__memory;
  struct hashcache__result *result = record ? hashcache__result_of (key, record, seconds, limit) : NULL, *there;

  if (!result)
    return 0;
  pthread_once (&hashcache__memory_once, hashcache__memory_set_up);
  if (hashcache__memory_lock ()) {
    hashcache__free_result (result);
    return 0;
  }
  there = hashcache__memory_find (key);
  if (there)
    hashcache__memory_remove (there);
  hashcache__memory_shrink (limit - result->cost);
  result->same_bucket = hashcache__memory_bucket (key)->first;
  hashcache__memory_bucket (key)->first = result;
  hashcache__memory_attach (result);
  memory->used += result->cost;
  hashcache__memory_unlock ();
  return 1;
}

void hashcache_drop_memory (void);

void
hashcache_drop_memory (void)
{
  struct hashcache__memory *memory = &hashcache__memory;
  struct hashcache__visit visit;

  hashcache__come_in (&visit);
  if (!visit.nested && hashcache__memory_lock () == 0) {
    while (memory->oldest)
      hashcache__memory_remove (memory->oldest);
    hashcache__memory_unlock ();
  }
  hashcache__go_out (&visit);
}

#endif
