/* asking.h: opens entries, also such as a network file system's client remembers as missing.
   SPDX-License-Identifier: BSD-2-Clause

   What a client remembers of a name that was missing is put right when the server is asked for it again. Where there is a way to have that done
   which makes nothing of that name it is used (file_system.h). Elsewhere a directory of the name is made, which the server refuses if there is something, and
   removed at once: a question. Others may see it for a moment, and may have to remove it if the asker has died. */
#ifndef HASHCACHE_ASKING_H
#define HASHCACHE_ASKING_H

#include "directory.h"

/* For so many seconds a client is asked again that says of an entry that it is there, and yet cannot open it: its memory lasts for one as a rule. */
enum { HASHCACHE__MEMORY_LASTS = 2 };

/* Whether opening the directory PLACE, after which PATH in it is looked up anew, shows that. As hashcache__ask_server. */
static int
hashcache__ask_through_place (const char *path, const char *place)
{
  const int fd = hashcache__open (place, O_RDONLY | O_NONBLOCK | HASHCACHE__O_DIRECTORY);
  struct stat there;

  if (fd < 0)
    return errno == ENOENT || errno == ESTALE ? -1 : 0;
  close (fd);
  return fstatat (HASHCACHE__AT_FDCWD, path, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) == 0;
}

/* Makes the directory PATH only to hear that there is something of that name. */
static int
hashcache__ask_by_question (const char *path)
{
  if (mkdir (path, hashcache__rights (0777)) == 0) {
    (void) rmdir (path);
    return 0;
  }
  return errno == EEXIST ? 1 : errno == ENOENT ? -1 : 0;
}

/* Asks the server of the file SYSTEM for PATH in the directory PLACE: 1 there is something of that name, 0 there was not, -1 there is no PLACE. */
static int
hashcache__ask_server (const char *path, const char *place, enum hashcache__file_system system)
{
  if (system == HASHCACHE__NFS_SYSTEM)
    return hashcache__ask_through_place (path, place);
  if (system != HASHCACHE__FUSE_SYSTEM)
    return hashcache__ask_by_question (path);
  /* A directory is never linked, least of all from one file system into another; before that is seen the new name is looked up. */
  (void) link ("/", path);
  return errno == EEXIST ? 1 : errno == ENOENT ? -1 : 0;
}

/* Whether FILE may be the directory of a question. */
static int
hashcache__is_question (const struct stat *file)
{
  return S_ISDIR (file->st_mode) && file->st_nlink <= 2;
}

/* Opens the entry PATH; -1 with errno, EISDIR if what can be opened there is only a question, or a client remembers one. */
static int
hashcache__open_what_is_there (const char *path)
{
  const int fd = hashcache__open (path, O_RDONLY | O_NONBLOCK | HASHCACHE__O_NOFOLLOW);
  struct stat file;

  if (fd < 0 || fstat (fd, &file) != 0 || !hashcache__is_question (&file))
    return fd;
  close (fd);
  errno = EISDIR;
  return -1;
}

/* Whether ERROR, of opening an entry on the file SYSTEM, may mean that it is not there. A client that remembers a question which has become an
   entry meanwhile opens it as a directory, of which GlusterFS may say that it is none. */
static int
hashcache__may_be_missing (int error, enum hashcache__file_system system)
{
  return error == ENOENT || error == ESTALE || error == EISDIR || (error == ENOTDIR && system != HASHCACHE__LOCAL_SYSTEM);
}

/* Asks the server for the entry PATH on the file SYSTEM, which plain open says is not there; -1 with errno, ENOENT if it is not. Nothing may
   be created here by opening. Its directory, which the client may remember as missing as well, stays if it is new: somebody may be about to
   publish in it. */
static int
hashcache__reach_entry (const char *path, enum hashcache__file_system system)
{
  const double began = hashcache__now ();
  double waited = 0.0, nap = 1e-3;
  char place[HASHCACHE__PATH];
  int there, fd = -1;

  hashcache__place_of (place, path);
  there = hashcache__ask_server (path, place, system);
  if (there < 0) {
    (void) hashcache__mkdir (place);
    there = hashcache__ask_server (path, place, system);
  }
  while (there > 0 && waited < HASHCACHE__MEMORY_LASTS) {
    fd = hashcache__open_what_is_there (path);
    if (fd >= 0 || !hashcache__may_be_missing (errno, system))
      return fd;
    if (waited >= HASHCACHE__QUESTION_LASTS && !hashcache__clear_question (path, system) && errno != EEXIST)
      break; /* what stands there stays */
    hashcache__sleep (nap);
    nap = nap < 4e-2 ? 1.5 * nap : nap;
    waited = hashcache__now () - began;
    there = hashcache__ask_server (path, place, system);
  }
  errno = ENOENT;
  return -1;
}

/* Opens the entry PATH of the cache DIR; -1 if it is not there or cannot be read, of which only the latter is said. REACH: even if the file system
   remembers it as missing. */
static int
hashcache__open_entry (const char *path, const char *dir, int reach)
{
  int fd = reach ? hashcache__open_what_is_there (path) : hashcache__open (path, O_RDONLY | O_NONBLOCK | HASHCACHE__O_NOFOLLOW);
  const int error = errno;
  enum hashcache__file_system system;

  if (fd >= 0 || (error == ENOENT && !reach))
    return fd;
  system = hashcache__file_system_of (dir);
  errno = error;
  if (reach && system != HASHCACHE__LOCAL_SYSTEM && hashcache__may_be_missing (errno, system))
    fd = hashcache__reach_entry (path, system);
  if (fd < 0 && !hashcache__may_be_missing (errno, system))
    hashcache__trouble ("cannot open", "cannot open the entry %s: %s; the call is computed", path, strerror (errno));
  else if (fd < 0)
    errno = ENOENT;
  return fd;
}

#endif
