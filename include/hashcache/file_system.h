/* file_system.h: what clients of a file system may remember that its server no longer says, and how they are made to ask.
   SPDX-License-Identifier: BSD-2-Clause */
#ifndef HASHCACHE_FILE_SYSTEM_H
#define HASHCACHE_FILE_SYSTEM_H

#include "posix.h"
#include <stdatomic.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

enum hashcache__file_system {
  HASHCACHE__ANY_SYSTEM, /* nothing is known of it: only an attempt to make something is sure to reach the server */
  HASHCACHE__LOCAL_SYSTEM, /* all see it through one kernel: never is a file remembered as missing that another has made, or content that
                              another has changed */
  HASHCACHE__FUSE_SYSTEM, /* Linux (from 5.13) asks anew for a name that something is to be made by */
  HASHCACHE__NFS_SYSTEM /* whoever opens a directory asks the server whether it has changed, and with it what is remembered of its names */
};

/* Whether this Linux is MAJOR.MINOR or later. */
static int
hashcache__linux_is (int major, int minor)
{
  struct utsname names;
  int have_major, have_minor;

  if (uname (&names) != 0 || sscanf (names.release, "%d.%d", &have_major, &have_minor) != 2)
    return 0;
  return have_major > major || (have_major == major && have_minor >= minor);
}

/* That of statfs's TYPE. */
static enum hashcache__file_system
hashcache__file_system_of_type (unsigned long type)
{
  static const unsigned long local[] = {
    0xef53 /* ext */,       0x58465342 /* XFS */,      0x9123683e /* Btrfs */,
    0x01021994 /* tmpfs */, 0x858458f6 /* ramfs */,    0x2fc12fc1 /* ZFS */,
    0xf2f52010 /* F2FS */,  0xca451a4e /* bcachefs */, 0x794c7630 /* overlayfs */
  };

  for (size_t i = 0; i < sizeof local / sizeof *local; i++)
    if (type == local[i])
      return HASHCACHE__LOCAL_SYSTEM;
  if (type == 0x6969)
    return HASHCACHE__NFS_SYSTEM;
  if (type == 0x65735546 && hashcache__linux_is (5, 13))
    return HASHCACHE__FUSE_SYSTEM;
  return HASHCACHE__ANY_SYSTEM;
}

static enum hashcache__file_system
hashcache__file_system_of_file (int fd)
{
  struct statfs system;

  return fstatfs (fd, &system) == 0 ? hashcache__file_system_of_type ((unsigned long) system.f_type) : HASHCACHE__ANY_SYSTEM;
}

static int
hashcache__is_local_file (int fd)
{
  return hashcache__file_system_of_file (fd) == HASHCACHE__LOCAL_SYSTEM;
}

/* That of the cache directory DIR, which settings keep the string of for good. A file server is asked once. */
static enum hashcache__file_system
hashcache__file_system_of (const char *dir)
{
  static _Atomic uintptr_t known; /* four times its address, plus the answer: no pointer has the two highest bits */
  const uintptr_t there = 4 * (uintptr_t) dir, last = atomic_load_explicit (&known, memory_order_relaxed);
  enum hashcache__file_system answer;
  struct statfs system;

  if ((last & ~(uintptr_t) 3) == there)
    return (enum hashcache__file_system) (last & 3);
  if (statfs (dir, &system) != 0)
    return HASHCACHE__ANY_SYSTEM;
  answer = hashcache__file_system_of_type ((unsigned long) system.f_type);
  atomic_store_explicit (&known, there + (uintptr_t) answer, memory_order_relaxed);
  return answer;
}

#endif
