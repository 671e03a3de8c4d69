/* directory.h: the cache directory: found, made, recognised, left alone if it is not ours.
   SPDX-License-Identifier: BSD-2-Clause

     CACHEDIR.TAG   format                     the format's version; an unknown one is refused, never touched
     objects/<code>/<key>.h5                   one immutable entry a file
     objects/<code>/function.json              what this code is
     claims/00..ff                             lock files; leases: see locks.h and leases.h
     usage                                     what it takes, if there are limits: see usage.h
     quarantine/                               damaged entries

   A directory that holds something else and has no `format` is somebody's: it is refused as well. So is one that others can write
   (safety.h); of its own directories none may be a link. Files appear under their names complete (written without a name,
   or under a temporary one, then linked), with the rights that HASHCACHE_UMASK gives, and with HASHCACHE_SYNC=1 once they are on the
   disk. Whatever cannot be done is said once and fails alone. */
#ifndef HASHCACHE_DIRECTORY_H
#define HASHCACHE_DIRECTORY_H

#include "file_system.h"
#include "job.h"
#include "process.h"
#include "safety.h"
#include "settings.h"
#include "statistics.h"
#include "text.h"
#include <dirent.h>

DIR *fdopendir (int);

enum { HASHCACHE__PATH = 4096 };

static const char hashcache__format_text[] = "hashcache 1\n";
static const char hashcache__cachedir_tag[] =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This directory is a cache made by hashcache; it can be deleted at any time, backups may leave it out.\n"
    "# See https://bford.info/cachedir/\n";

/* The directory of the settings that was last found good, or last refused: settings keep their strings for good, so comparing
   addresses will do. */
static const char *_Atomic hashcache__directory_known;
static const char *_Atomic hashcache__directory_refused;

/* One line for all that follows from a directory that cannot be written. errno says why PATH cannot. A directory that has been
   removed is made anew at the next chance. */
static void
hashcache__cannot_write (const char *path)
{
  if (errno == ENOENT)
    atomic_store (&hashcache__directory_known, NULL);
  if (atomic_load (&hashcache__forked_inside)) /* what was under way is stored by the parent */
    return;
  hashcache__trouble ("cannot write", "cannot write into the cache: %s: %s; what cannot be stored is computed each time", path,
                      strerror (errno));
}

/* Joins up to three names below DIR into PATH; -1 if that is too long. */
static int
hashcache__join (char path[HASHCACHE__PATH], const char *dir, const char *a, const char *b, const char *c)
{
  const int n = snprintf (path, HASHCACHE__PATH, "%s/%s%s%s%s%s", dir, a, b ? "/" : "", b ? b : "", c ? "/" : "", c ? c : "");

  if (n > 0 && n < HASHCACHE__PATH)
    return 0;
  hashcache__trouble ("path too long", "the path of the cache directory is too long: %.100s...; nothing is stored", dir);
  return -1;
}

/* The directory that PATH is in. */
static void
hashcache__place_of (char place[HASHCACHE__PATH], const char *path)
{
  char *end;

  snprintf (place, HASHCACHE__PATH, "%s", path);
  end = strrchr (place, '/');
  if (end)
    end[end == place] = '\0';
  else
    memcpy (place, ".", 2);
}

/* Files that appear complete ------------------------------------------------------------------------------------------ */

static const char hashcache__temporary_prefix[] = ".tmp-";

/* The moment when this process was started, as hashcache__process_started has it. */
static uint64_t
hashcache__own_start (void)
{
  static _Atomic uint64_t known;
  static _Atomic long known_of;
  int gone;

  if (atomic_load (&known_of) != (long) getpid ()) {
    atomic_store (&known, hashcache__process_started ((long) getpid (), &gone));
    atomic_store (&known_of, (long) getpid ());
  }
  return atomic_load (&known);
}

/* A name that nobody else uses, in the directory DIR. It says whose it is (leftovers.h): namespace of process numbers, number, start; host. */
static int
hashcache__temporary_path (char path[HASHCACHE__PATH], const char *dir)
{
  static _Atomic unsigned long counter;
  struct timespec now = { 0, 0 };
  char host[256], name[400];

  hashcache__host_name (host);
  for (char *c = host; *c; c++)
    if (*c == '/')
      *c = '_';
  (void) clock_gettime (HASHCACHE__CLOCK_MONOTONIC, &now); /* process numbers repeat: in containers, after a reboot */
  snprintf (name, sizeof name, "%s%016llx-%ld-%llu-%lu-%ld-%.100s", hashcache__temporary_prefix,
            (unsigned long long) hashcache__process_namespace (), (long) getpid (), (unsigned long long) hashcache__own_start (),
            atomic_fetch_add (&counter, 1) + 1, (long) now.tv_nsec, host);
  return hashcache__join (path, dir, name, NULL, NULL);
}

/* Rights --------------------------------------------------------------------------------------------------------------- */

/* What HASHCACHE_UMASK leaves of the rights BITS. Nobody's umask makes of a cache one that everybody can write. */
static mode_t
hashcache__rights (mode_t bits)
{
  const int mask = hashcache__settings ()->umask;

  return bits & ~(mode_t) S_IWOTH & ~(mode_t) (mask >= 0 ? mask : 0);
}

/* Gives the new file FD the rights that HASHCACHE_UMASK wants, if it wants any: umask itself is the whole process's. */
static void
hashcache__give_rights (int fd)
{
  if (hashcache__settings ()->umask >= 0 && fchmod (fd, hashcache__rights (0666)) != 0) {
    /* a file system without rights */
  }
}

/* Opens PATH like hashcache__open, with the rights of a cache's file if it is new. */
static int
hashcache__create (const char *path, int flags)
{
  const int fd = hashcache__open_as (path, flags | O_CREAT | O_EXCL | HASHCACHE__O_NOFOLLOW, hashcache__rights (0666));

  if (fd >= 0)
    hashcache__give_rights (fd);
  return fd;
}

/* Makes PATH under another name, where its rights are set, before it appears: as mkdir. What directories inherit, as the group, stays. */
static int
hashcache__mkdir_with_rights (const char *path)
{
  char temporary[HASHCACHE__PATH], place[HASHCACHE__PATH];
  struct stat there;
  int error;

  if (fstatat (HASHCACHE__AT_FDCWD, path, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) == 0) {
    errno = EEXIST;
    return -1;
  }
  hashcache__place_of (place, path);
  errno = ENAMETOOLONG;
  if (hashcache__temporary_path (temporary, place) != 0 || mkdir (temporary, hashcache__rights (0777)) != 0)
    return -1;
  if (fstatat (HASHCACHE__AT_FDCWD, temporary, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) == 0)
    (void) chmod (temporary, (there.st_mode & 07000) | hashcache__rights (0777));
  if (rename (temporary, path) == 0)
    return 0;
  error = errno == ENOTEMPTY || errno == ENOTDIR ? EEXIST : errno;
  (void) rmdir (temporary);
  errno = error;
  return -1;
}

/* Makes a directory of the cache: as mkdir. */
static int
hashcache__mkdir (const char *path)
{
  return hashcache__settings ()->umask < 0 ? mkdir (path, hashcache__rights (0777)) : hashcache__mkdir_with_rights (path);
}

/* Whether files need a temporary name until they are complete: their file system, or what we see of /proc, cannot do without. */
static _Atomic int hashcache__names_needed;

/* A file in DIR that has no name yet, -1 if there is none to be had. It vanishes with whoever writes it. */
static int
hashcache__create_nameless (const char *dir)
{
  static _Atomic int proc_is_there;
  int fd;

  if (!atomic_load (&proc_is_there)) {
    if (HASHCACHE__O_TMPFILE == 0 || access ("/proc/thread-self/fd", F_OK) != 0) {
      atomic_store (&hashcache__names_needed, 1);
      return -1;
    }
    atomic_store (&proc_is_there, 1);
  }
  fd = hashcache__open_as (dir, O_RDWR | HASHCACHE__O_TMPFILE, hashcache__rights (0666));
  if (fd >= 0)
    hashcache__give_rights (fd);
  else if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL || errno == ENOSYS)
    atomic_store (&hashcache__names_needed, 1);
  return fd;
}

/* Creates a temporary file in DIR: its descriptor and PATH, which is empty if it has no name; or -1 with errno. */
static int
hashcache__create_temporary (char path[HASHCACHE__PATH], const char *dir)
{
  int fd;

  path[0] = '\0';
  errno = ECANCELED;
  if (atomic_load (&hashcache__forked_inside))
    return -1;
  if (!atomic_load (&hashcache__names_needed)) {
    fd = hashcache__create_nameless (dir);
    if (fd >= 0 || !atomic_load (&hashcache__names_needed))
      return fd;
  }
  errno = ENAMETOOLONG;
  if (hashcache__temporary_path (path, dir) != 0)
    return -1;
  return hashcache__create (path, O_RDWR);
}

/* Some file systems have no hard links. A rename could replace somebody's equal file in the blink between: harmless where the
   old one is still readable for those who have it open. */
static int
hashcache__rename_unless_there (const char *from, const char *to)
{
  struct stat there;

  if (fstatat (HASHCACHE__AT_FDCWD, to, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) == 0) {
    errno = EEXIST;
    return -1;
  }
  if (rename (from, to) == 0)
    return 0;
  if (errno == EISDIR)
    errno = EEXIST;
  return -1;
}

static int
hashcache__link_or_rename (const char *from, const char *to)
{
  const int result = link (from, to);

  if (result != 0 && (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EMLINK))
    return hashcache__rename_unless_there (from, to);
  return result;
}

/* Whether A and B are the same file. */
static int
hashcache__is_same (const struct stat *a, const struct stat *b)
{
  return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* Questions (asking.h) go away by themselves. One that stays for so many seconds is of somebody who has died, or sleeps. GlusterFS that
   makes and removes a directory at the same time keeps a trace of it, by which clients go on to see it: so others' are not removed at once. */
#define HASHCACHE__QUESTION_LASTS 0.016

/* Removes the question NAME. Whether it may be gone now; else errno says what is there, or why it is. That it is no directory, a client that
   remembers one hears from the server alone. NFS 4 would remove a file as well. */
static int
hashcache__clear_question (const char *name, enum hashcache__file_system system)
{
  struct stat there;
  int error = ENOTEMPTY;

  if (system != HASHCACHE__NFS_SYSTEM) {
    if (rmdir (name) == 0 || errno == ENOENT)
      return 1;
    error = errno;
  }
  if (error != ENOTDIR && fstatat (HASHCACHE__AT_FDCWD, name, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) != 0)
    return 1;
  if (error == ENOTDIR || !S_ISDIR (there.st_mode))
    errno = EEXIST;
  else
    errno = error == ENOTEMPTY || error == EEXIST ? EISDIR : error;
  return 0;
}

/* Gives the file FD that has no name, or is called TEMPORARY, the name TO as well: as link. */
static int
hashcache__link_file (int fd, const char *temporary, const char *to)
{
  char self[64];
  int result;

  if (temporary[0])
    return hashcache__link_or_rename (temporary, to);
  snprintf (self, sizeof self, "/proc/thread-self/fd/%d", fd);
  result = linkat (HASHCACHE__AT_FDCWD, self, HASHCACHE__AT_FDCWD, to, HASHCACHE__AT_SYMLINK_FOLLOW);
  if (result != 0 && (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EMLINK || errno == EXDEV))
    atomic_store (&hashcache__names_needed, 1); /* whoever has written it finds that, and begins again */
  return result;
}

/* After a link of FD was refused since something is THERE: whether that is the link, as after a request that was sent twice. */
static int
hashcache__has_linked (int fd, const struct stat *there)
{
  struct stat file;

  return fstat (fd, &file) == 0 && hashcache__is_same (there, &file);
}

/* The same as hashcache__link_file where a question may be in the way. */
static int
hashcache__link_past_questions (int fd, const char *temporary, const char *name)
{
  const double began = hashcache__now ();
  enum hashcache__file_system system;
  struct stat there;
  int young;

  for (int tries = 0; tries < HASHCACHE__PROBES; tries++) {
    if (hashcache__link_file (fd, temporary, name) == 0)
      return 0;
    if (errno != EEXIST)
      return -1;
    if (fstatat (HASHCACHE__AT_FDCWD, name, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) != 0)
      there.st_mode = 0; /* it has gone, or is not seen */
    else if (hashcache__has_linked (fd, &there))
      return 0;
    system = hashcache__file_system_of_file (fd);
    young = system != HASHCACHE__LOCAL_SYSTEM && hashcache__now () - began < HASHCACHE__QUESTION_LASTS;
    if (!(young && S_ISDIR (there.st_mode)) && !hashcache__clear_question (name, system))
      return -1;
    if (system != HASHCACHE__LOCAL_SYSTEM)
      hashcache__sleep (1e-3);
  }
  errno = EAGAIN;
  return -1;
}

/* Gives the complete file FD, or TEMPORARY, its name: 1 done, 0 somebody's file of that name was first, -1 with errno. In each case
   the temporary name is gone. */
static int
hashcache__publish_file (int fd, const char *temporary, const char *name)
{
  const int result = hashcache__link_past_questions (fd, temporary, name), error = errno;

  if (temporary[0])
    (void) unlink (temporary);
  if (result == 0)
    return 1;
  errno = error;
  return error == EEXIST ? 0 : -1;
}

/* Errors of writing may come as late as a descriptor is closed: 0, or -1 with errno. The file stays open. */
static int
hashcache__close_a_copy (int fd)
{
  const int copy = fcntl (fd, HASHCACHE__F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

  return copy < 0 ? -1 : close (copy);
}

/* With HASHCACHE_SYNC=1, the directory of the file PATH goes to the disk. What it cannot, nobody can mend. */
static void
hashcache__sync_directory_of (const char *path)
{
  char place[HASHCACHE__PATH];
  int fd;

  if (!hashcache__settings ()->sync)
    return;
  hashcache__place_of (place, path);
  fd = hashcache__open (place, O_RDONLY | HASHCACHE__O_DIRECTORY);
  if (fd < 0)
    return;
  (void) fsync (fd);
  close (fd);
}

/* Publishes what has been written to FD, or after a failure BEFORE withdraws it, and closes FD. As hashcache__publish_file. */
static int
hashcache__close_and_publish (int fd, const char *temporary, const char *name, int failed)
{
  int result = failed ? -1 : 0, error = errno;

  if (result == 0 && hashcache__settings ()->sync)
    result = fsync (fd);
  if (result == 0)
    result = hashcache__close_a_copy (fd);
  error = failed ? error : errno;
  if (atomic_load (&hashcache__forked_inside)) { /* it is the parent's file */
    close (fd);
    return 0;
  }
  if (result == 0) {
    result = hashcache__publish_file (fd, temporary, name);
    error = errno;
  } else if (temporary[0])
    (void) unlink (temporary);
  close (fd);
  if (result > 0)
    hashcache__sync_directory_of (name);
  errno = error;
  return result;
}

/* After a failure to publish the file TEMPORARY: whether it is worth another try, under a temporary name. */
static int
hashcache__try_with_name (const char *temporary)
{
  return !temporary[0] && atomic_load (&hashcache__names_needed);
}

/* Makes the small file NAME in DIR unless it is there: 0, or -1 with errno. */
static int
hashcache__make_file (const char *dir, const char *name, const char *content, size_t n)
{
  char temporary[HASHCACHE__PATH], path[HASHCACHE__PATH];
  struct stat there;
  int fd, failed, result;

  if (hashcache__join (path, dir, name, NULL, NULL) != 0) {
    errno = ENAMETOOLONG;
    return -1;
  }
  if (fstatat (HASHCACHE__AT_FDCWD, path, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) == 0)
    return 0;
  do {
    fd = hashcache__create_temporary (temporary, dir);
    if (fd < 0)
      return -1;
    failed = hashcache__write_all (fd, content, n);
    result = hashcache__close_and_publish (fd, temporary, path, failed);
  } while (result < 0 && hashcache__try_with_name (temporary));
  return result < 0 ? -1 : 0;
}

/* Opens the small file NAME, which is PATH, in DIR, for all who use the cache; it is made, empty, if it is not there. -1 with errno. Where only
   owners may remove files, Linux refuses to open another's by O_CREAT. */
static int
hashcache__open_shared (const char *path, const char *dir, const char *name)
{
  const int flags = O_RDWR | O_NONBLOCK | HASHCACHE__O_NOFOLLOW;
  const int fd = hashcache__open (path, flags);

  if (fd >= 0 || errno != ENOENT)
    return fd;
  if (hashcache__settings ()->umask >= 0) /* else others could see it before its rights are set */
    (void) hashcache__make_file (dir, name, "", 0);
  return hashcache__open_as (path, flags | O_CREAT, hashcache__rights (0666));
}

/* Recognising the directory ------------------------------------------------------------------------------------------- */

/* Whether ERROR may be gone at the next call. */
static int
hashcache__passes (int error)
{
  static const int passing[] = { EINTR, EAGAIN, EMFILE, ENFILE, ENOMEM, EIO, ESTALE, ETIMEDOUT };

  for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
    if (error == passing[i])
      return 1;
  return 0;
}

/* What hashcache__read_format makes of ERROR. */
static int
hashcache__no_format (const char *path, int error)
{
  const int passes = hashcache__passes (error);

  if (error == ENOENT || error == ENOTDIR)
    return 0;
  hashcache__trouble ("no format", "cannot read %s: %s; the cache directory is not used%s", path, strerror (error),
                      passes ? " by this call" : "");
  return passes ? -2 : -1;
}

/* Reads DIR/format: 1 ours, 0 there is none, -1 another's, or said why it cannot be read, -2 likewise, but the next call may be luckier. */
static int
hashcache__read_format (const char *dir)
{
  char path[HASHCACHE__PATH], text[64];
  ssize_t n;
  int fd, error;

  if (hashcache__join (path, dir, "format", NULL, NULL) != 0)
    return -1;
  fd = hashcache__open (path, O_RDONLY | O_NONBLOCK | HASHCACHE__O_NOFOLLOW);
  if (fd < 0)
    return hashcache__no_format (path, errno);
  n = read (fd, text, sizeof text);
  error = errno;
  close (fd);
  if (n < 0)
    return hashcache__no_format (path, error);
  if (n == (ssize_t) strlen (hashcache__format_text) && memcmp (text, hashcache__format_text, (size_t) n) == 0)
    return 1;
  hashcache__trouble (NULL,
                      "the cache directory %s has a format that this version does not know: it is not used and left alone; "
                      "set HASHCACHE_DIR to another one",
                      dir);
  return -1;
}

/* Names that may stand in a directory that is to become a cache: hidden files, those of a fresh file system, our own. */
static int
hashcache__harmless_name (const char *name)
{
  static const char *const known[] = { "lost+found", "hashcache.conf", "CACHEDIR.TAG", "format",
                                       "usage",      "objects",        "claims",       "quarantine" };

  if (name[0] == '.')
    return 1;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp (name, known[i]) == 0)
      return 1;
  return 0;
}

static DIR *
hashcache__list (const char *dir)
{
  const int fd = hashcache__open (dir, O_RDONLY | O_NONBLOCK | HASHCACHE__O_DIRECTORY);
  DIR *stream = fd < 0 ? NULL : fdopendir (fd);
  const int error = errno;

  if (fd >= 0 && !stream)
    close (fd);
  errno = error;
  return stream;
}

/* True if DIR can be listed and holds nothing of anybody else's. */
static int
hashcache__may_become_cache (const char *dir)
{
  DIR *stream = hashcache__list (dir);
  struct dirent *item;
  int may = 1;

  if (!stream) {
    hashcache__trouble (NULL, "cannot use the cache directory %s: %s; results are not kept", dir, strerror (errno));
    return 0;
  }
  while (may && (item = readdir (stream)))
    if (!hashcache__harmless_name (item->d_name)) {
      may = 0;
      hashcache__trouble (NULL,
                          "%s holds other files, such as %s, and is no cache directory: it is not used; set HASHCACHE_DIR to "
                          "a new or empty directory",
                          dir, item->d_name);
    }
  closedir (stream);
  return may;
}

/* Makes DIR and its parents; 0, or -1 said. */
static int
hashcache__make_parents (const char *dir)
{
  char path[HASHCACHE__PATH];
  size_t n = strlen (dir);

  if (n >= sizeof path || n == 0)
    return -1;
  memcpy (path, dir, n + 1);
  for (size_t i = 1; i <= n; i++) {
    if (path[i] != '/' && path[i] != '\0')
      continue;
    path[i] = '\0';
    if ((i == n ? hashcache__mkdir (path) : mkdir (path, 0777 & ~S_IWOTH)) != 0 && errno != EEXIST
        && (i == n || (errno != EACCES && errno != EROFS && errno != EPERM))) {
      hashcache__trouble (NULL, "cannot make the cache directory %s: %s: %s; results are not kept", dir, path, strerror (errno));
      return -1;
    }
    path[i] = dir[i];
  }
  return 0;
}

/* Whether PATH, of which the system says what is THERE, is a directory of ours: a real one, no link to one, that not everybody can write. Else that is
   said. */
static int
hashcache__is_our_directory (const char *path, const struct stat *there)
{
  if (S_ISDIR (there->st_mode) && !(there->st_mode & S_IWOTH))
    return 1;
  if (S_ISDIR (there->st_mode))
    hashcache__trouble (NULL,
                        "%s is not used: everybody can write it, and so decide what results are; take that away (chmod o-w %s)",
                        path, path);
  else
    hashcache__trouble (NULL, "%s is in the way: it should be a directory of the cache; results are not kept there", path);
  return 0;
}

/* Whether DIR/NAME may be used as a directory of ours. One that is not there may; a file in its place leads nowhere, and is said when
   something is to be kept there. */
static int
hashcache__inner_is_safe (const char *dir, const char *name)
{
  char path[HASHCACHE__PATH];
  struct stat there;

  return hashcache__join (path, dir, name, NULL, NULL) == 0
         && (fstatat (HASHCACHE__AT_FDCWD, path, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) != 0 || S_ISREG (there.st_mode)
             || hashcache__is_our_directory (path, &there));
}

/* Whether others than its owner and its group cannot write the cache DIR, as far as a look tells. Else that is said. */
static int
hashcache__is_safe (const char *dir)
{
  char risk[HASHCACHE__RISK];

  if (!hashcache__is_risky (dir, risk))
    return hashcache__inner_is_safe (dir, "objects") && hashcache__inner_is_safe (dir, "claims");
  hashcache__trouble (NULL, "the cache directory %s is not used: %s", dir, risk);
  return 0;
}

/* Makes the directory of ours PATH: 1 done, 0 it was there, -1 with errno. A client may be refused because of a directory that it does not see
   yet, or that has gone meanwhile. */
static int
hashcache__make_or_find (const char *path, struct stat *there)
{
  for (int tries = 0; tries < HASHCACHE__PROBES; tries++) {
    if (hashcache__mkdir (path) == 0)
      return 1;
    if (errno != EEXIST)
      return -1;
    if (fstatat (HASHCACHE__AT_FDCWD, path, there, HASHCACHE__AT_SYMLINK_NOFOLLOW) == 0)
      return 0;
    if (errno != ENOENT && errno != ESTALE)
      return -1;
    hashcache__sleep (1e-4);
  }
  return -1;
}

/* MADE is what hashcache__make_or_find says of PATH, and that it was THERE. Whether it is a directory of ours now: 0, or -1 said. */
static int
hashcache__made (const char *path, int made, const struct stat *there)
{
  if (made > 0)
    return 0;
  if (made == 0)
    return hashcache__is_our_directory (path, there) ? 0 : -1;
  hashcache__cannot_write (path);
  return -1;
}

/* Makes the directory A of the new cache DIR, which is PATH: 0, or -1 said. */
static int
hashcache__make_part (char path[HASHCACHE__PATH], const char *dir, const char *a)
{
  struct stat there;

  if (hashcache__join (path, dir, a, NULL, NULL) != 0)
    return -1;
  return hashcache__made (path, hashcache__make_or_find (path, &there), &there);
}

/* Makes the cache in DIR. `format` comes first: whoever sees anything of ours sees it, too. 0, or -1 said. */
static int
hashcache__make_cache (const char *dir)
{
  char path[HASHCACHE__PATH];

  if (hashcache__make_parents (dir) != 0)
    return -1;
  if (!hashcache__may_become_cache (dir) || !hashcache__is_safe (dir))
    return -1;
  if (hashcache__make_file (dir, "format", hashcache__format_text, strlen (hashcache__format_text)) != 0
      || hashcache__make_file (dir, "CACHEDIR.TAG", hashcache__cachedir_tag, strlen (hashcache__cachedir_tag)) != 0) {
    hashcache__cannot_write (dir);
    return -1;
  }
  if (hashcache__make_part (path, dir, "objects") != 0 || hashcache__make_part (path, dir, "claims") != 0)
    return -1;
  hashcache__sync_directory_of (path);
  return 0;
}

/* The cache directory of the settings if it can be used, else NULL. With MAKE it is made if it is not there. */
static const char *
hashcache__directory (int make)
{
  const char *dir = hashcache__settings ()->dir;
  int format;

  if (!dir) {
    hashcache__trouble ("no directory", "there is nowhere to keep results: set HASHCACHE_DIR");
    return NULL;
  }
  if (atomic_load_explicit (&hashcache__directory_known, memory_order_acquire) == dir)
    return dir;
  if (atomic_load_explicit (&hashcache__directory_refused, memory_order_acquire) == dir)
    return NULL;
  format = hashcache__read_format (dir);
  if (format == 0 && !make)
    return NULL;
  if (format == 0) {
    if (hashcache__make_cache (dir) != 0)
      format = -1;
    else
      format = hashcache__read_format (dir); /* another process may have made one of another version */
  }
  if (format == 1 && !hashcache__is_safe (dir))
    format = -1;
  if (format == 1)
    atomic_store_explicit (&hashcache__directory_known, dir, memory_order_release);
  else if (format == -1) /* what the others say may be over at the next call; 0: a network file system remembers it as missing */
    atomic_store_explicit (&hashcache__directory_refused, dir, memory_order_release);
  return format == 1 ? dir : NULL;
}

/* Makes DIR/A or DIR/A/B: 0, or -1 said. If the whole cache DIR was removed since it was last used it is made anew. */
static int
hashcache__make_directory (char path[HASHCACHE__PATH], const char *dir, const char *a, const char *b)
{
  struct stat there;
  int made;

  if (hashcache__join (path, dir, a, b, NULL) != 0)
    return -1;
  made = hashcache__make_or_find (path, &there);
  if (made < 0 && errno == ENOENT && !b) {
    atomic_store (&hashcache__directory_known, NULL);
    if (!hashcache__directory (1))
      return -1;
    made = hashcache__make_or_find (path, &there);
  }
  if (made > 0)
    hashcache__sync_directory_of (path);
  return hashcache__made (path, made, &there);
}

#endif
