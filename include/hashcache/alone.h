/* alone.h: whether other threads may be using the memory of a call while it runs.
   SPDX-License-Identifier: BSD-2-Clause

   Threads that fill one array together, each its own part, are common: fill_row (n, a, i) in a parallel loop. For such a call the whole
   array is an output, and so it is saved, filled with patterns and restored whole, while others are at work in it. Where a call may not
   be alone, it is cached only if somebody says of each such output that it belongs to one call at a time: by a role in the source,
   or by being the thread's own. */
#ifndef HASHCACHE_ALONE_H
#define HASHCACHE_ALONE_H

#include "block.h"
#include "openmp.h"
#include "posix.h"
#include <stdio.h>

extern char __libc_single_threaded __attribute__ ((weak)); /* of the C library: no thread has ever been created */
extern long hashcache__syscall (long number, ...) __asm__("syscall");

/* Whether this is the thread that runs main: by Linux's numbers. */
static int
hashcache__is_main_thread (void)
{
#if defined __x86_64__
  enum { GETTID = 186 };
#elif defined __i386__ || defined __arm__
  enum { GETTID = 224 };
#elif defined __powerpc__
  enum { GETTID = 207 };
#else
  enum { GETTID = 178 };
#endif
  return hashcache__syscall (GETTID) == (long) getpid ();
}

/* Whether no other thread is expected to be in the program's memory. The main thread is taken to be alone outside parallel regions:
   libraries have threads of their own. */
static int
hashcache__is_alone (void)
{
  if (&__libc_single_threaded && __libc_single_threaded)
    return 1;
  return hashcache__is_main_thread () && hashcache__openmp_level () == 0;
}

/* The first output among BLOCKS of which nobody says that it belongs to one call at a time; NULL if there is none. */
static const struct hashcache__block *
hashcache__unvouched_output (const struct hashcache__blocks *blocks)
{
  for (size_t i = 0; i < blocks->n; i++) {
    const struct hashcache__block *block = &blocks->items[i];

    if (hashcache__is_output (block) && !block->vouched && block->role != HASHCACHE__OUT)
      return block;
  }
  return NULL;
}

/* Whether the call whose memory BLOCKS are may be cached as far as other threads are concerned; else why not in REASON, of SIZE bytes. */
static int
hashcache__is_undisturbed (const struct hashcache__blocks *blocks, char *reason, size_t size)
{
  const struct hashcache__block *output = hashcache__unvouched_output (blocks);

  if (!output || hashcache__is_alone ())
    return 1;
  snprintf (
      reason, size,
      output->group == HASHCACHE__GROUP_GLOBAL
          ? "it was called by one of several threads and writes the variable `%s`, which others may be using at the same time"
          : "it was called by one of several threads, and others may be using parts of `%s` at the same time: write "
            "HASHCACHE_OUT, if each call fills all of it, or HASHCACHE_INOUT before it, if it belongs to one call at a time",
      output->name);
  return 0;
}

#endif
