/* together.h: calls that threads make at the same time, and the memory that these are about.
   SPDX-License-Identifier: BSD-2-Clause

   A program may let several threads fill parts of one array, each by a call that is given the whole of it. What such a call finds in
   the rest of the array, and leaves there, is then a matter of time. So calls of different threads of which one may write what
   another is about are not cached: neither the one that comes, nor the one that is there, whose body runs on. As long as the
   runtime itself reads or writes the memory of a call, others that are about it wait; they never wait for a body. A call that is about no
   memory but its own arguments and result meets no other, and is not in the list. A body with OpenMP
   regions is expected to hand parts of its memory to calls in other threads: what these write is its own. */
#ifndef HASHCACHE_TOGETHER_H
#define HASHCACHE_TOGETHER_H

#include "block.h"
#include "inside.h"
#include "posix.h"
#include "unfold.h"
#include <pthread.h>

/* That a call is there. */
struct hashcache__presence {
  struct hashcache__presence *next;
  const void *thread;
  const struct hashcache__blocks *blocks;
  uintptr_t begin, end; /* all its memory lies between */
  int writes;           /* some of it */
  int shared;           /* its body has other threads work for it */
  int listed;
  int busy;    /* the runtime reads or writes its memory */
  int clash;   /* atomic: another call is or was about the same memory */
  int fills;   /* there are patterns in its memory, which go if another call comes */
  int counted; /* among those that may have patterns in memory that others know */
};

/* Takes the patterns out of the memory of the call of PRESENCE while its body runs. */
static void hashcache__disturb (struct hashcache__presence *presence);

static struct {
  pthread_mutex_t mutex;
  pthread_cond_t idle;
  struct hashcache__presence *first;
} hashcache__together = { .mutex = PTHREAD_MUTEX_INITIALIZER, .idle = PTHREAD_COND_INITIALIZER };

/* How many calls may have patterns in memory that others know, and 2^32 times how many have ever begun to. Who reads such memory without being
   in the list (shortcut.h) reads only if no other thread's call is among them, before and after: of two equal numbers around loads that
   acquire, none has seen a pattern, which is stored with release after the number has changed (written.h). */
static _Atomic uint64_t hashcache__patterns_about;
static _Thread_local uint32_t hashcache__own_patterns; /* calls of this thread among them: their bodies do not read there */

static pthread_once_t hashcache__together_once = PTHREAD_ONCE_INIT;

static _Thread_local char hashcache__this_thread; /* its address */

static void
hashcache__together_before_fork (void)
{
  hashcache__lock_for_fork (&hashcache__together.mutex);
}

static void
hashcache__together_in_parent (void)
{
  hashcache__unlock_in_parent (&hashcache__together.mutex);
}

/* The other threads are not here. */
static void
hashcache__together_in_child (void)
{
  const pthread_cond_t fresh = PTHREAD_COND_INITIALIZER;

  for (struct hashcache__presence **link = &hashcache__together.first; *link;)
    if ((*link)->thread == &hashcache__this_thread)
      link = &(*link)->next;
    else
      *link = (*link)->next;
  hashcache__together.idle = fresh;
  atomic_store (&hashcache__patterns_about, hashcache__own_patterns);
  (void) hashcache__unlock_in_child (&hashcache__together.mutex);
}

static void
hashcache__together_set_up (void)
{
  (void) pthread_atfork (hashcache__together_before_fork, hashcache__together_in_parent, hashcache__together_in_child);
}

/* Whether BLOCK is memory that others may know: not the copy of an argument, nor the result. */
static int
hashcache__is_common (const struct hashcache__block *block)
{
  return block->address && !block->of && hashcache__span (block) > 0 && hashcache__has_address (block);
}

static int
hashcache__any_overlap (const struct hashcache__presence *a, const struct hashcache__presence *b)
{
  for (size_t i = 0; i < a->blocks->n; i++) {
    const struct hashcache__block *one = &a->blocks->items[i];
    const uintptr_t begin = (uintptr_t) one->address, end = begin + hashcache__span (one);

    if (!hashcache__is_common (one) || begin >= b->end || b->begin >= end)
      continue;
    for (size_t k = 0; k < b->blocks->n; k++) {
      const struct hashcache__block *other = &b->blocks->items[k];
      const uintptr_t start = (uintptr_t) other->address;

      if (hashcache__is_common (other) && start < end && begin < start + hashcache__span (other)
          && (one->role != HASHCACHE__IN || other->role != HASHCACHE__IN))
        return 1;
    }
  }
  return 0;
}

/* The first call from OTHER on, of another thread, that is about the memory of PRESENCE. */
static struct hashcache__presence *
hashcache__next_clash (const struct hashcache__presence *presence, struct hashcache__presence *other)
{
  while (other
         && (!(presence->writes || other->writes) || other->thread == presence->thread || (other->shared && !presence->shared)
             || other->begin >= presence->end || presence->begin >= other->end || !hashcache__any_overlap (presence, other)))
    other = other->next;
  return other;
}

/* A busy call that is about the memory of PRESENCE; NULL if there is none. */
static struct hashcache__presence *
hashcache__next_busy (const struct hashcache__presence *presence)
{
  struct hashcache__presence *other = hashcache__next_clash (presence, hashcache__together.first);

  while (other && !other->busy)
    other = hashcache__next_clash (presence, other->next);
  return other;
}

/* The call of PRESENCE is about BLOCKS. */
static void
hashcache__arrive (struct hashcache__presence *presence, const struct hashcache__blocks *blocks, int shared)
{
  *presence = (struct hashcache__presence){
    .thread = &hashcache__this_thread, .blocks = blocks, .begin = UINTPTR_MAX, .shared = shared, .listed = 1
  };
  for (size_t i = 0; i < blocks->n; i++)
    if (hashcache__is_common (&blocks->items[i])) {
      const uintptr_t begin = (uintptr_t) blocks->items[i].address, end = begin + hashcache__span (&blocks->items[i]);

      presence->begin = begin < presence->begin ? begin : presence->begin;
      presence->end = end > presence->end ? end : presence->end;
      presence->writes |= blocks->items[i].role != HASHCACHE__IN;
    }
  if (presence->end == 0) {
    presence->listed = 0;
    return;
  }
  pthread_once (&hashcache__together_once, hashcache__together_set_up);
  pthread_mutex_lock (&hashcache__together.mutex);
  while (hashcache__next_busy (presence))
    pthread_cond_wait (&hashcache__together.idle, &hashcache__together.mutex);
  for (struct hashcache__presence *other = hashcache__next_clash (presence, hashcache__together.first); other;
       other = hashcache__next_clash (presence, other->next)) {
    __atomic_store_n (&other->clash, 1, __ATOMIC_RELAXED);
    presence->clash = 1;
    if (other->fills)
      hashcache__disturb (other);
    other->fills = 0;
  }
  presence->next = hashcache__together.first;
  hashcache__together.first = presence;
  pthread_mutex_unlock (&hashcache__together.mutex);
}

/* Takes the patterns out of the memory of all calls whose bodies run: the program ends. */
static void
hashcache__disturb_all (void)
{
  pthread_mutex_lock (&hashcache__together.mutex);
  for (struct hashcache__presence *presence = hashcache__together.first; presence; presence = presence->next)
    if (presence->fills) {
      __atomic_store_n (&presence->clash, 1, __ATOMIC_RELAXED);
      hashcache__disturb (presence);
      presence->fills = 0;
    }
  pthread_mutex_unlock (&hashcache__together.mutex);
}

/* Patterns are about to be put into the memory of PRESENCE. */
static void
hashcache__patterns_come (struct hashcache__presence *presence)
{
  if (!presence->listed || presence->counted)
    return;
  presence->counted = 1;
  hashcache__own_patterns++;
  atomic_fetch_add (&hashcache__patterns_about, (UINT64_C (1) << 32) + 1);
}

/* There are none any more. */
static void
hashcache__patterns_have_gone (struct hashcache__presence *presence)
{
  if (!presence->counted)
    return;
  presence->counted = 0;
  hashcache__own_patterns--;
  atomic_fetch_sub (&hashcache__patterns_about, 1);
}

static void
hashcache__depart (struct hashcache__presence *presence)
{
  struct hashcache__presence **link;

  hashcache__patterns_have_gone (presence);
  if (!presence->listed)
    return;
  pthread_mutex_lock (&hashcache__together.mutex);
  for (link = &hashcache__together.first; *link && *link != presence;)
    link = &(*link)->next;
  if (*link)
    *link = presence->next;
  presence->listed = 0;
  if (presence->busy)
    pthread_cond_broadcast (&hashcache__together.idle);
  pthread_mutex_unlock (&hashcache__together.mutex);
}

/* From now on the runtime reads and writes the memory of PRESENCE: 1, or 0 if it may not, because that is not the call's alone. */
static int
hashcache__be_busy (struct hashcache__presence *presence)
{
  int alone;

  if (!presence->listed)
    return 1;
  pthread_mutex_lock (&hashcache__together.mutex);
  alone = !presence->clash;
  presence->busy = alone;
  presence->fills = 0;
  pthread_mutex_unlock (&hashcache__together.mutex);
  return alone;
}

/* No longer. FILLS: it has left patterns there. */
static void
hashcache__be_idle (struct hashcache__presence *presence, int fills)
{
  if (!presence->listed)
    return;
  pthread_mutex_lock (&hashcache__together.mutex);
  presence->busy = 0;
  presence->fills = fills;
  pthread_cond_broadcast (&hashcache__together.idle);
  pthread_mutex_unlock (&hashcache__together.mutex);
}

#endif
