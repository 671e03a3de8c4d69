/* shelf.h: what each thread has at hand for itself: the shortcuts to its last results, and counts of how often it took them.
   SPDX-License-Identifier: BSD-2-Clause

   A shelf belongs to one thread at a time, which alone writes it, so it needs no lock; others read its counts. When a thread ends its
   shelf waits for another one, with its counts, so that their sum over all shelves is always right. A shelf takes 128 KiB beyond
   HASHCACHE_MEMORY; there are as many as threads have had hits from memory at the same time. They stay until the end of the process, also
   if the shared object that carries them is unloaded: a destructor cannot tell that from the end of the process, at which other threads
   may still be at their shelves. */
#ifndef HASHCACHE_SHELF_H
#define HASHCACHE_SHELF_H

#include "inside.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { HASHCACHE__SHORTCUTS = 1024, HASHCACHE__SHORTCUT_PLACES = 4, HASHCACHE__SHORTCUT_WORDS = 10 };

/* Functions are counted by the ordinal of their figures (per_function.h); those beyond are counted together here, and each in its figures. */
enum { HASHCACHE__COUNTED_FUNCTIONS = 127, HASHCACHE__ALL_FUNCTIONS = 128 };

/* What a call is that needs not be looked up, and its result: see shortcut.h. 128 bytes. */
struct hashcache__shortcut {
  const void *graph; /* NULL: there is nothing here */
  const void *settings;
  struct hashcache__result_bucket *bucket; /* of memory.h: where the result is, */
  uint64_t changes;                        /* as long as that has seen no more removals */
  uint64_t nanoseconds;                    /* that the body took */
  uint64_t arithmetic;
  uint64_t words[HASHCACHE__SHORTCUT_WORDS]; /* of arguments and variables, then of the result */
};

struct hashcache__shelf {
  struct hashcache__shelf *next;
  _Atomic int taken; /* by a thread */
  _Atomic uint64_t nanoseconds_saved;
  _Atomic uint64_t hits[HASHCACHE__COUNTED_FUNCTIONS + 1]; /* each is a call and a hit from memory */
  unsigned turn;                                           /* which of the shortcuts that may be in one place is replaced next */
  struct hashcache__shortcut shortcuts[HASHCACHE__SHORTCUTS];
};

static struct {
  _Atomic (struct hashcache__shelf *) first; /* shelves are added, never taken away */
  pthread_once_t once;
  pthread_key_t key;
  _Atomic int has_key; /* else nobody says when threads end: there are no shelves */
} hashcache__shelves = { .once = PTHREAD_ONCE_INIT };

static _Thread_local struct hashcache__shelf *hashcache__shelf; /* NULL: none yet, or no longer */
static _Thread_local int hashcache__shelf_left;                 /* no longer: the thread ends */

/* A thread ends. What it calls after that finds no shelf, and gets none: nobody would take that back from it. */
static void
hashcache__leave_shelf (void *shelf)
{
  hashcache__shelf = NULL;
  hashcache__shelf_left = 1;
  atomic_store_explicit (&((struct hashcache__shelf *) shelf)->taken, 0, memory_order_release);
}

static void
hashcache__make_shelf_key (void)
{
  atomic_store (&hashcache__shelves.has_key, pthread_key_create (&hashcache__shelves.key, hashcache__leave_shelf) == 0);
}

/* The library that holds this code is unloaded, or the program ends: no thread that goes on may call it. */
__attribute__ ((destructor)) static void
hashcache__delete_shelf_key (void)
{
  if (atomic_exchange (&hashcache__shelves.has_key, 0))
    (void) pthread_key_delete (hashcache__shelves.key);
}

/* A shelf that some thread has left; NULL if there is none. */
static struct hashcache__shelf *
hashcache__take_old_shelf (void)
{
  for (struct hashcache__shelf *shelf = atomic_load_explicit (&hashcache__shelves.first, memory_order_acquire); shelf;
       shelf = shelf->next) {
    int free_one = 0;

    if (atomic_load_explicit (&shelf->taken, memory_order_relaxed) == 0
        && atomic_compare_exchange_strong (&shelf->taken, &free_one, 1)) {
      memset (shelf->shortcuts, 0, sizeof shelf->shortcuts); /* one may be unfinished, if this process was forked */
      return shelf;
    }
  }
  return NULL;
}

static struct hashcache__shelf *
hashcache__make_shelf (void)
{
  struct hashcache__shelf *shelf = calloc (1, sizeof *shelf);

  if (!shelf)
    return NULL;
  atomic_store_explicit (&shelf->taken, 1, memory_order_relaxed);
  shelf->next = atomic_load_explicit (&hashcache__shelves.first, memory_order_relaxed);
  while (!atomic_compare_exchange_weak (&hashcache__shelves.first, &shelf->next, shelf))
    ;
  return shelf;
}

/* The shelf of this thread, which gets one if it has none; NULL if there is none to be had. */
static struct hashcache__shelf *
hashcache__own_shelf (void)
{
  struct hashcache__shelf *shelf = hashcache__shelf;

  if (shelf || hashcache__shelf_left)
    return shelf;
  pthread_once (&hashcache__shelves.once, hashcache__make_shelf_key);
  if (!atomic_load (&hashcache__shelves.has_key))
    return NULL;
  shelf = hashcache__take_old_shelf ();
  if (!shelf)
    shelf = hashcache__make_shelf ();
  if (shelf && pthread_setspecific (hashcache__shelves.key, shelf) != 0) {
    atomic_store_explicit (&shelf->taken, 0, memory_order_release);
    return NULL;
  }
  hashcache__shelf = shelf;
  atomic_signal_fence (memory_order_seq_cst);
  if (shelf) /* once more: a handler may have forked before the line above, and the child taken it for another thread's */
    atomic_store_explicit (&shelf->taken, 1, memory_order_relaxed);
  return shelf;
}

/* Hits by shortcuts that all threads have had, of the function with that ORDINAL or of ALL_FUNCTIONS. */
static uint64_t
hashcache__hits_on_shelves (uint32_t ordinal)
{
  const uint32_t first = ordinal == HASHCACHE__ALL_FUNCTIONS ? 0 : ordinal;
  const uint32_t last = ordinal == HASHCACHE__ALL_FUNCTIONS ? (uint32_t) HASHCACHE__COUNTED_FUNCTIONS : ordinal;
  uint64_t hits = 0;

  for (struct hashcache__shelf *shelf = atomic_load_explicit (&hashcache__shelves.first, memory_order_acquire); shelf;
       shelf = shelf->next)
    for (uint32_t i = first; i <= last; i++)
      hits += atomic_load_explicit (&shelf->hits[i], memory_order_relaxed);
  return hits;
}

static uint64_t
hashcache__saved_on_shelves (void)
{
  uint64_t nanoseconds = 0;

  for (struct hashcache__shelf *shelf = atomic_load_explicit (&hashcache__shelves.first, memory_order_acquire); shelf;
       shelf = shelf->next)
    nanoseconds += atomic_load_explicit (&shelf->nanoseconds_saved, memory_order_relaxed);
  return nanoseconds;
}

/* In a forked child, whose only thread is this one: it counts from zero, and the shelves of others are free. */
static void
hashcache__inherit_shelves (void)
{
  for (struct hashcache__shelf *shelf = atomic_load (&hashcache__shelves.first); shelf; shelf = shelf->next) {
    for (uint32_t i = 0; i <= HASHCACHE__COUNTED_FUNCTIONS; i++)
      atomic_store_explicit (&shelf->hits[i], 0, memory_order_relaxed);
    atomic_store_explicit (&shelf->nanoseconds_saved, 0, memory_order_relaxed);
    if (shelf != hashcache__shelf)
      atomic_store_explicit (&shelf->taken, 0, memory_order_relaxed);
  }
}

/* Only the thread of the shelf writes COUNT. One instruction, so that a signal handler that forks does not come between its parts. */
static inline void
hashcache__add_to_shelf (_Atomic uint64_t *count, uint64_t n)
{
#if defined __x86_64__ && defined __GNUC__ && !defined __ILP32__
  __asm__ volatile("addq %1, %0" : "+m"(*count) : "er"(n) : "cc");
#else
  atomic_fetch_add_explicit (count, n, memory_order_relaxed);
#endif
}

#endif
