/* leftovers.h: temporary files whose writers have been killed.
   SPDX-License-Identifier: BSD-2-Clause

   Where files need temporary names (directory.h), these say which process uses them. What a process has left that is certain to have
   ended is removed; what belongs to one that cannot be asked (on another machine, in another container, before the last boot), or bears no name of
   this kind, when nothing was written to it for a day. A writer whose file goes meanwhile writes it anew.

   Those who store look, when they first come to a directory; nobody who only reads. A large directory is gone through as a whole by one
   process of many: reading a hundred thousand names takes as long as storing a hundred results. */
#ifndef HASHCACHE_LEFTOVERS_H
#define HASHCACHE_LEFTOVERS_H

#include "directory.h"
#include "process.h"

enum { HASHCACHE__LEFTOVER_AGE = 24 * 3600, HASHCACHE__NAMES_AT_ONCE = 4096, HASHCACHE__LOOKS_SHARED = 16 };

static int
hashcache__is_temporary_name (const char *name)
{
  return strncmp (name, hashcache__temporary_prefix, sizeof hashcache__temporary_prefix - 1) == 0;
}

/* Whether the temporary file NAME, to which nothing was written for UNUSED seconds, is nobody's any more. */
static int
hashcache__is_leftover (const char *name, int64_t unused)
{
  const uint64_t here = hashcache__process_namespace ();
  unsigned long long place, started;
  long pid;

  if (sscanf (name + sizeof hashcache__temporary_prefix - 1, "%16llx-%ld-%llu-", &place, &pid, &started) == 3 && here != 0
      && place == here)
    return hashcache__process_is_dead (pid, started);
  return unused > HASHCACHE__LEFTOVER_AGE;
}

static void
hashcache__remove_if_left (const char *dir, const char *name)
{
  char path[HASHCACHE__PATH];
  struct stat there;

  if (hashcache__join (path, dir, name, NULL, NULL) != 0
      || fstatat (HASHCACHE__AT_FDCWD, path, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) != 0
      || !hashcache__is_leftover (name, (int64_t) time (NULL) - (int64_t) there.st_mtime))
    return;
  if (S_ISDIR (there.st_mode))
    (void) rmdir (path); /* only if it is empty, as ours are */
  else
    (void) unlink (path);
}

/* Removes what is left over in DIR. WHOLE: however many names there are. */
static void
hashcache__remove_leftovers (const char *dir, int whole)
{
  DIR *stream = hashcache__list (dir);
  struct dirent *item;

  for (int n = 0; stream && (whole || n < HASHCACHE__NAMES_AT_ONCE) && (item = readdir (stream)); n++)
    if (hashcache__is_temporary_name (item->d_name))
      hashcache__remove_if_left (dir, item->d_name);
  if (stream)
    closedir (stream);
}

/* Whether this is the first time that NUMBER, which is not 0, comes by. Where too many have come it is not. */
static int
hashcache__is_first_look (uint64_t number)
{
  enum { REMEMBERED = 256 };
  static _Atomic uint64_t looked_at[REMEMBERED];

  for (uint64_t i = 0; i < REMEMBERED; i++) {
    uint64_t there = 0;

    if (atomic_compare_exchange_strong (&looked_at[(number / 2 + i) % REMEMBERED], &there, number))
      return 1;
    if (there == number)
      return 0;
  }
  return 0;
}

/* Looks after the directory PLACE, known as NUMBER, unless this process has done so. */
static void
hashcache__mind_leftovers (const char *place, uint64_t number)
{
  struct timespec now = { 0, 0 };

  if (!hashcache__is_first_look (number))
    return;
  (void) clock_gettime (HASHCACHE__CLOCK_MONOTONIC, &now);
  hashcache__remove_leftovers (place, (now.tv_nsec / 1000 + getpid ()) % HASHCACHE__LOOKS_SHARED == 0);
}

#endif
