/* byte_lock.h: locks of single bytes of files, of an open file description: they exclude threads and processes, and end with them.
   SPDX-License-Identifier: BSD-2-Clause */
#ifndef HASHCACHE_BYTE_LOCK_H
#define HASHCACHE_BYTE_LOCK_H

#include "posix.h"

/* A lock of the byte at OFFSET; TYPE is F_WRLCK or F_UNLCK. */
static struct flock
hashcache__lock_at (off_t offset, short type)
{
  struct flock lock;

  memset (&lock, 0, sizeof lock); /* l_pid must be 0 */
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = offset;
  lock.l_len = 1;
  return lock;
}

/* Sets or takes away the lock of the byte at OFFSET: 0, or -1 with errno. */
static int
hashcache__lock_byte (int fd, off_t offset, short type)
{
  struct flock lock = hashcache__lock_at (offset, type);
  int result;

  do
    result = fcntl (fd, HASHCACHE__F_OFD_SETLK, &lock);
  while (result != 0 && errno == EINTR);
  return result;
}

#endif
