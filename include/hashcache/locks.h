/* locks.h: claims among processes and nodes by locks of the cache directory's file system.
   SPDX-License-Identifier: BSD-2-Clause

   A claim is the lock of one byte of claims/00 to ff, at an offset of 62 bits of the key, of an open file description: it excludes
   threads and processes, and, where the file system forwards locks, nodes. The kernel takes it back when its owner dies. Notices
   (notice.h) stand in the same file. */
#ifndef HASHCACHE_LOCKS_H
#define HASHCACHE_LOCKS_H

#include "byte_lock.h"
#include "notice.h"

static _Atomic unsigned hashcache__files_held; /* that are kept open while bodies run */

/* A claim by a lock, or by a lease (leases.h). */
struct hashcache__hold {
  int fd;           /* that has the lock, or the lease's file; -1: none */
  struct stat file; /* what FD was opened as: a program that closes all descriptors may have put another file there */
  int taken, leased;
  const char *dir; /* the cache directory that a lease is in; settings keep their strings for good */
  double renewed;  /* when a lease was written last, by our clock */
  int doubtful;    /* it was not written for so long that it may be another's by now */
  int local;       /* the file system is one that all see through this kernel */
  int announced;   /* NOTICE has been written */
  struct hashcache__notice notice;
  struct hashcache__hold *next; /* of the leases that are renewed */
};

static off_t
hashcache__lock_offset (const struct hashcache__digest *key)
{
  return (off_t) (hashcache__get_u64 (key->bytes + 1) >> 2);
}

/* Whether FD, just opened, may be kept while a body runs. Calls can be nested deeply, and most descriptors are the program's;
   some must be left for storing what the innermost calls yield. */
static int
hashcache__may_keep_open (int fd)
{
  const long most = sysconf (_SC_OPEN_MAX);

  return most < 0 || (fd < most - 16 && atomic_load (&hashcache__files_held) < (unsigned long) most / 4);
}

/* Makes FD, which may be -1, the file of HOLD: 0, or -1 and it is closed. */
static int
hashcache__keep_file (struct hashcache__hold *hold, int fd)
{
  if (fd < 0)
    return -1;
  if (!hashcache__may_keep_open (fd) || fstat (fd, &hold->file) != 0) {
    close (fd);
    return -1;
  }
  hold->fd = fd;
  atomic_fetch_add (&hashcache__files_held, 1);
  return 0;
}

/* Whether FD is still what HOLD has opened. Where the file system does not say so it is left alone, and stays open: it may be the program's
   by now. A failure that passes shall not cost a descriptor. */
static int
hashcache__is_held (const struct hashcache__hold *hold, int fd)
{
  struct stat now;
  int answer = fd >= 0 ? fstat (fd, &now) : -1;

  if (fd >= 0 && answer != 0 && errno != EBADF)
    answer = fstat (fd, &now);
  return answer == 0 && now.st_dev == hold->file.st_dev && now.st_ino == hold->file.st_ino;
}

/* Takes the file from HOLD: its descriptor, -1 if there is none that is ours. */
static int
hashcache__let_file_go (struct hashcache__hold *hold)
{
  const int fd = __atomic_exchange_n (&hold->fd, -1, __ATOMIC_RELAXED);

  if (fd < 0)
    return -1;
  atomic_fetch_sub (&hashcache__files_held, 1);
  return hashcache__is_held (hold, fd) ? fd : -1;
}

/* Opens the file that has KEY's lock for HOLD: 0, or -1. */
static int
hashcache__lock_open (struct hashcache__hold *hold, const struct hashcache__digest *key)
{
  if (hold->fd >= 0)
    return 0;
  if (hashcache__keep_file (hold, hashcache__open_notices (key)) != 0)
    return -1;
  hold->local = hashcache__is_local_file (hold->fd);
  return 0;
}

/* Tries to lock KEY for HOLD: 1 it is ours, 0 another process has it, -1 no locks can be had here. */
static int
hashcache__lock_take (struct hashcache__hold *hold, const struct hashcache__digest *key)
{
  if (hashcache__lock_open (hold, key) != 0)
    return -1;
  if (!hashcache__is_held (hold, hold->fd))
    return -1;
  if (hashcache__lock_byte (hold->fd, hashcache__lock_offset (key), F_WRLCK) == 0)
    return 1;
  if (errno == EAGAIN || errno == EACCES)
    return 0;
  if (errno == EBADF) /* the program has closed it, or has been forked, this moment */
    return -1;
  hashcache__trouble ("no locks",
                      "the cache directory's file system has no locks (%s): what several processes need at the same time, "
                      "each of them computes",
                      strerror (errno));
  return -1;
}

/* Closes the file of HOLD; with UNLOCK the lock is given back as well: closing is not enough if the body has forked. */
static void
hashcache__lock_drop (struct hashcache__hold *hold, const struct hashcache__digest *key, int unlock)
{
  const int fd = hashcache__let_file_go (hold);

  if (fd < 0)
    return;
  if (unlock)
    (void) hashcache__lock_byte (fd, hashcache__lock_offset (key), F_UNLCK);
  close (fd);
}

/* Whether another open file than FD has the lock of KEY. */
static int
hashcache__lock_is_refused (int fd, const struct hashcache__digest *key)
{
  struct flock lock = hashcache__lock_at (hashcache__lock_offset (key), F_WRLCK);

  return fcntl (fd, HASHCACHE__F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static int
hashcache__lock_is_busy (const struct hashcache__digest *key)
{
  const int fd = hashcache__store_look_at_claims (key->bytes[0]);
  int busy;

  if (fd < 0)
    return 0;
  busy = hashcache__lock_is_refused (fd, key);
  close (fd);
  return busy;
}

#endif
