/* bell.h: wakes who waits for a lock as soon as something happens to the file that has it.
   SPDX-License-Identifier: BSD-2-Clause

   Who has a claim writes its notice into that file before it gives the lock back, and closes the file, as the kernel does for one that
   dies. The kernel tells of both (inotify), to processes of its own machine. Nothing rests on that: a sleep ends in time all the same,
   and where it cannot be had it is a sleep and nothing else. A bell is there for one sleep only, and nothing is ever read from it: should
   the program close all descriptors meanwhile, no file of its own is touched but by one poll. */
#ifndef HASHCACHE_BELL_H
#define HASHCACHE_BELL_H

#include "posix.h"
#include <poll.h>
#include <sys/inotify.h>

/* A bell at the open file FD; -1 if there can be none. */
static int
hashcache__bell_hang (int fd)
{
  char path[64];
  const int bell = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);

  if (bell < 0)
    return -1;
  snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
  if (bell > STDERR_FILENO && inotify_add_watch (bell, path, IN_MODIFY | IN_CLOSE_WRITE) >= 0)
    return bell;
  close (bell);
  return -1;
}

/* Sleeps until BELL has rung since it was hung up, SECONDS at most. What concerns other keys rings as well: at least a millisecond
   passes, so that many short computations do not keep those awake who wait for a long one. */
static void
hashcache__bell_await (int bell, double seconds)
{
  const struct timespec least = { 0, 1000000 };
  struct pollfd rings = { .fd = bell, .events = POLLIN };

  (void) nanosleep (&least, NULL);
  (void) poll (&rings, 1, (int) (1e3 * seconds) - 1);
}

#endif
