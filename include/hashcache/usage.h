/* usage.h: what the cache directory takes, and how far a pass through it has come: the file `usage`, which writers with a limit keep.
   SPDX-License-Identifier: BSD-2-Clause

   Writers add what they publish, and take away what they remove. Who cannot have the file at the moment, for another is at it, adds its
   part next time, or at exit: nobody waits. What is lost so, or comes and goes without hashcache, is found by the passes (limits.h),
   each of which counts everything anew. Nothing but which entries to remove when follows from this file: a bad one is begun afresh. Who
   changes what stands in it gives it another name, so that versions do not begin each other's afresh. */
#ifndef HASHCACHE_USAGE_H
#define HASHCACHE_USAGE_H

#include "byte_lock.h"
#include "directory.h"

enum { HASHCACHE__VALUES = 128, HASHCACHE__USAGE_PATIENCE = 600 /* seconds */ };

/* Where a pass is: between passes, about to look for the next directory in objects/, in the directory PLACE, in quarantine/. */
enum { HASHCACHE__NO_PASS, HASHCACHE__NEXT_PLACE, HASHCACHE__IN_PLACE, HASHCACHE__IN_QUARANTINE };

struct hashcache__usage {
  char magic[16];
  int64_t bytes, files;         /* of the cache; until the first pass is over, what of it has been met */
  uint64_t passes;              /* that are over */
  int64_t passed;               /* when the last one was, seconds since 1970 */
  int64_t met_bytes, met_files; /* of what the pass has met and left there */
  int64_t new_bytes, new_files; /* of what has come and gone since it began */
  uint64_t removed;             /* entries, by this pass */
  uint64_t foreign;             /* entries of other users that it has met */
  uint64_t stage;
  int64_t outer, inner; /* places in objects/ and in PLACE, as telldir says */
  char place[40];
  int64_t kept;                           /* files in PLACE that are more than its description */
  uint64_t draining;                      /* entries are removed until there is some room */
  uint64_t valuing;                       /* the pass has asked for the values of all entries that it has met */
  uint64_t known;                         /* the last one has, so that VALUES tells what there is */
  uint64_t by_files;                      /* values are of files, else of bytes */
  uint64_t values[HASHCACHE__VALUES];     /* bytes or files of each level of value */
  uint64_t met_values[HASHCACHE__VALUES]; /* of what the pass has met and left there, and of what has come since it began */
  uint64_t check;
};

static const char hashcache__usage_magic[16] = "hashcache usage";

/* What this process has published and removed, and not yet added. */
static struct {
  _Atomic int64_t bytes, files;
  const char *_Atomic dir;
  _Atomic long process;
} hashcache__unadded;

/* The process, or the directory, may be another than that of what is noted. */
static void
hashcache__begin_unadded (const char *dir)
{
  const long process = (long) getpid ();

  if (atomic_load (&hashcache__unadded.process) == process && atomic_load (&hashcache__unadded.dir) == dir)
    return;
  atomic_store (&hashcache__unadded.bytes, 0);
  atomic_store (&hashcache__unadded.files, 0);
  atomic_store (&hashcache__unadded.dir, dir);
  atomic_store (&hashcache__unadded.process, process);
}

/* Notes that DIR has so much more, or less. */
static void
hashcache__note_usage (const char *dir, int64_t bytes, int64_t files)
{
  hashcache__begin_unadded (dir);
  atomic_fetch_add (&hashcache__unadded.bytes, bytes);
  atomic_fetch_add (&hashcache__unadded.files, files);
}

/* Bytes that a file takes on the disk: what du counts. */
static int64_t
hashcache__bytes_taken (const struct stat *file)
{
  return 512 * (int64_t) file->st_blocks;
}

static uint64_t
hashcache__usage_check (const struct hashcache__usage *usage)
{
  return XXH3_64bits (usage, offsetof (struct hashcache__usage, check));
}

static void
hashcache__read_usage (int fd, struct hashcache__usage *usage)
{
  const ssize_t n = pread (fd, usage, sizeof *usage, 0);

  if (n == (ssize_t) sizeof *usage && memcmp (usage->magic, hashcache__usage_magic, 16) == 0
      && usage->check == hashcache__usage_check (usage))
    return;
  memset (usage, 0, sizeof *usage);
  memcpy (usage->magic, hashcache__usage_magic, 16);
}

/* Whether the file FD, which is PATH, cannot be had alone NOW, by the clock of its file system. Who has it writes it at once when he gets it, and
   again before long; if nobody has, the one with the lock was stopped, or is on a machine that is gone: then the others go on with another
   file, from the next time on. */
static int
hashcache__usage_is_taken (int fd, const char *path, int64_t now)
{
  const int taken = hashcache__lock_byte (fd, 0, F_WRLCK) != 0 && (errno == EAGAIN || errno == EACCES);
  struct stat file, there;
  int64_t unwritten;

  if (fstat (fd, &file) != 0 || file.st_nlink == 0)
    return 1;
  unwritten = now - (int64_t) file.st_mtime;
  if (taken) {
    if (unwritten >= HASHCACHE__USAGE_PATIENCE && fstatat (HASHCACHE__AT_FDCWD, path, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) == 0
        && there.st_ino == file.st_ino && there.st_dev == file.st_dev)
      (void) unlink (path);
    return 1;
  }
  if (unwritten >= HASHCACHE__USAGE_PATIENCE / 2)
    (void) futimens (fd, NULL);
  return 0;
}

/* Tries to have the file of DIR alone, and reads it: its descriptor, -1 if it cannot be had now. Where there are no locks two may have it, and
   what one adds is lost until the next pass. */
static int
hashcache__take_usage (const char *dir, struct hashcache__usage *usage, int64_t now)
{
  char path[HASHCACHE__PATH];
  struct stat file;
  int fd;

  if (hashcache__join (path, dir, "usage", NULL, NULL) != 0)
    return -1;
  fd = hashcache__open_shared (path, dir, "usage");
  if (fd < 0 || fstat (fd, &file) != 0 || !S_ISREG (file.st_mode)) {
    if (fd >= 0 || (errno != ENOENT && errno != EMFILE && errno != ENFILE && errno != ECANCELED))
      hashcache__trouble ("no usage", "the limits of the cache are not kept: %s: %s", path,
                          fd >= 0 ? "it is no file" : strerror (errno));
    if (fd >= 0)
      close (fd);
    return -1;
  }
  if (hashcache__usage_is_taken (fd, path, now)) {
    close (fd);
    return -1;
  }
  hashcache__read_usage (fd, usage);
  return fd;
}

/* Adds what this process has noted. */
static void
hashcache__add_noted (const char *dir, struct hashcache__usage *usage)
{
  hashcache__begin_unadded (dir);
  const int64_t bytes = atomic_exchange (&hashcache__unadded.bytes, 0), files = atomic_exchange (&hashcache__unadded.files, 0);

  usage->bytes += bytes;
  usage->files += files;
  usage->new_bytes += bytes;
  usage->new_files += files;
}

/* Writes USAGE and lets others have the file FD. */
static void
hashcache__give_usage_back (int fd, struct hashcache__usage *usage)
{
  usage->check = hashcache__usage_check (usage);
  if (pwrite (fd, usage, sizeof *usage, 0) != (ssize_t) sizeof *usage) {
    /* the disk is full: what is torn will be counted anew */
  }
  (void) hashcache__lock_byte (fd, 0, F_UNLCK); /* a child that was forked meanwhile has the file as well */
  close (fd);
}

#endif
