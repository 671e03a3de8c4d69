/* futex.h: sleeping until a word of memory that processes share changes.
   SPDX-License-Identifier: BSD-2-Clause */
#ifndef HASHCACHE_FUTEX_H
#define HASHCACHE_FUTEX_H

#include "posix.h"
#include <sys/syscall.h>

long syscall (long, ...);

/* Sleeps until somebody wakes those who wait for WORD, SECONDS are over, or at once if it is not VALUE. 0, or -1 with errno: EAGAIN it was not,
   ETIMEDOUT, EINTR, or EFAULT there is no such word. */
static int
hashcache__futex_wait (const void *word, uint32_t value, double seconds)
{
  const int wait = 0; /* FUTEX_WAIT, between processes */
  const long whole = (long) seconds;
  const struct timespec time = { .tv_sec = whole, .tv_nsec = (long) (1e9 * (seconds - (double) whole)) };

  return (int) syscall (SYS_futex, word, wait, value, &time, NULL, 0);
}

static void
hashcache__futex_wake (const void *word)
{
  const int wake = 1; /* FUTEX_WAKE */

  (void) syscall (SYS_futex, word, wake, 0x7fffffff, NULL, NULL, 0);
}

#endif
