/* safety.h: who can write into a directory, and so decide what results are.
   SPDX-License-Identifier: BSD-2-Clause

   Digests find damage, not malice: whoever can write into a cache can make it say anything. So a directory is not used, nor its
   hashcache.conf read, if
   - everybody can write it (that only owners may remove files from it, as from /tmp, does not help: anybody can put some there), or
   - it belongs to neither this user nor root nor, with the right to write, to a group that this user is in, and stands below a
     directory in which everybody can make others: then anybody may have made it, before this user had a chance to.
   Its owner, and the group that may write it, are trusted. What stands inside was put there by those who can write it, so it is
   enough to see that others cannot write there, and that it leads nowhere else. */
#ifndef HASHCACHE_SAFETY_H
#define HASHCACHE_SAFETY_H

#include "posix.h"

enum { HASHCACHE__WHERE = 4096, HASHCACHE__RISK = 2 * HASHCACHE__WHERE + 512 };

static int
hashcache__is_our_group (gid_t group)
{
  const int n = getgroups (0, NULL);
  gid_t *groups = n > 0 ? malloc ((size_t) n * sizeof *groups) : NULL;
  const int got = groups ? getgroups (n, groups) : 0;
  int ours = group == getegid ();

  for (int i = 0; i < got && !ours; i++)
    ours = groups[i] == group;
  free (groups);
  return ours;
}

/* Whether everybody can write the directory PATH, links in it followed. */
static int
hashcache__is_public (const char *path)
{
  struct stat there;

  return fstatat (HASHCACHE__AT_FDCWD, path, &there, 0) == 0 && (there.st_mode & S_IWOTH);
}

/* Whether everybody can write a directory that is named in PATH before its last name; WHERE is which. */
static int
hashcache__is_named_below_public (const char *path, char where[HASHCACHE__WHERE])
{
  const size_t n = strlen (path);

  if (n >= HASHCACHE__WHERE)
    return 0;
  for (size_t i = 0; i < n; i++) {
    if (path[i] != '/')
      continue;
    memcpy (where, path, i + 1);
    where[i ? i : 1] = '\0';
    if (hashcache__is_public (where))
      return 1;
  }
  return 0;
}

/* The same of the directories that PATH is in, if links in it lead elsewhere than the names say. */
static int
hashcache__stands_below_public (const char *path, char where[HASHCACHE__WHERE])
{
  struct stat here, last = { 0 };
  int n = snprintf (where, HASHCACHE__WHERE, "%s", path);

  while (n > 0 && n + 4 < HASHCACHE__WHERE) {
    memcpy (where + n, "/..", 4);
    n += 3;
    if (fstatat (HASHCACHE__AT_FDCWD, where, &here, 0) != 0 || (here.st_ino == last.st_ino && here.st_dev == last.st_dev))
      return 0;
    if (here.st_mode & S_IWOTH)
      return 1;
    last = here;
  }
  return 0;
}

/* Whether the directory PATH is not to be used, and in RISK why, and what to do. What is not there is no risk. */
static int
hashcache__is_risky (const char *path, char risk[HASHCACHE__RISK])
{
  char where[HASHCACHE__WHERE];
  struct stat there;

  if (fstatat (HASHCACHE__AT_FDCWD, path, &there, 0) != 0 || !S_ISDIR (there.st_mode))
    return 0;
  if (there.st_mode & S_IWOTH) {
    snprintf (risk, HASHCACHE__RISK,
              "everybody can write it, and so decide what results are; take that away (chmod o-w %.4096s), or set HASHCACHE_DIR "
              "to another one",
              path);
    return 1;
  }
  if (there.st_uid == geteuid () || there.st_uid == 0 || ((there.st_mode & S_IWGRP) && hashcache__is_our_group (there.st_gid)))
    return 0;
  if (!hashcache__is_named_below_public (path, where) && !hashcache__stands_below_public (path, where))
    return 0;
  snprintf (
      risk, HASHCACHE__RISK,
      "it belongs to another user (%lu) and stands below %.4096s, where everybody can make directories; set HASHCACHE_DIR to "
      "one of your own, or have its owner share it with a group that you are in (chmod g+w)",
      (unsigned long) there.st_uid, where);
  return 1;
}

#endif
