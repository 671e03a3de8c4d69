/* posix.h: what a strict C11 compilation (-std=c11) hides of POSIX, and a guard against the signals that writing can raise.
   SPDX-License-Identifier: BSD-2-Clause

   The implementing file may have included any system header before ours, so feature-test macros come too late. Functions are
   redeclared compatibly, constants are given private names, types that may be hidden are not named. Linux only. */
#ifndef HASHCACHE_POSIX_H
#define HASHCACHE_POSIX_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof (off_t) == 8, "hashcache needs 64-bit file offsets: compile with -D_FILE_OFFSET_BITS=64");

ssize_t pread (int, void *, size_t, off_t);
ssize_t pwrite (int, const void *, size_t, off_t);
int ftruncate (int, off_t);
int fsync (int);
int linkat (int, const char *, int, const char *, int);
int fchmod (int, mode_t);
int fstatat (int, const char *, struct stat *, int);
int futimens (int, const struct timespec[2]);
int utimensat (int, const char *, const struct timespec[2], int);
int kill (pid_t, int);
int madvise (void *, size_t, int);
int mincore (void *, size_t, unsigned char *);
int openat (int, const char *, int, ...);
int unlinkat (int, const char *, int);
int gethostname (char *, size_t);
char *strdup (const char *);
struct tm *gmtime_r (const time_t *, struct tm *);
int clock_gettime (int, struct timespec *);
int nanosleep (const struct timespec *, struct timespec *);
int pthread_condattr_setclock (pthread_condattr_t *, int);

#ifdef O_CLOEXEC
#define HASHCACHE__O_CLOEXEC O_CLOEXEC
#else
#define HASHCACHE__O_CLOEXEC __O_CLOEXEC
#endif
#ifdef O_NOFOLLOW
#define HASHCACHE__O_NOFOLLOW O_NOFOLLOW
#else
#define HASHCACHE__O_NOFOLLOW __O_NOFOLLOW
#endif
#ifdef O_DIRECTORY
#define HASHCACHE__O_DIRECTORY O_DIRECTORY
#else
#define HASHCACHE__O_DIRECTORY __O_DIRECTORY
#endif
#ifdef O_TMPFILE
#define HASHCACHE__O_TMPFILE O_TMPFILE
#elif defined __O_TMPFILE
#define HASHCACHE__O_TMPFILE __O_TMPFILE
#else
#define HASHCACHE__O_TMPFILE 0
#endif

#ifdef AT_FDCWD
#define HASHCACHE__AT_FDCWD AT_FDCWD
#else
#define HASHCACHE__AT_FDCWD (-100)
#endif
#ifdef AT_SYMLINK_NOFOLLOW
#define HASHCACHE__AT_SYMLINK_NOFOLLOW AT_SYMLINK_NOFOLLOW
#else
#define HASHCACHE__AT_SYMLINK_NOFOLLOW 0x100
#endif
#ifdef AT_SYMLINK_FOLLOW
#define HASHCACHE__AT_SYMLINK_FOLLOW AT_SYMLINK_FOLLOW
#else
#define HASHCACHE__AT_SYMLINK_FOLLOW 0x400
#endif
#ifdef AT_REMOVEDIR
#define HASHCACHE__AT_REMOVEDIR AT_REMOVEDIR
#else
#define HASHCACHE__AT_REMOVEDIR 0x200
#endif
#ifdef F_OFD_GETLK
#define HASHCACHE__F_OFD_GETLK F_OFD_GETLK
#else
#define HASHCACHE__F_OFD_GETLK 36
#endif
#ifdef F_OFD_SETLK
#define HASHCACHE__F_OFD_SETLK F_OFD_SETLK
#else
#define HASHCACHE__F_OFD_SETLK 37
#endif
#ifdef F_DUPFD_CLOEXEC
#define HASHCACHE__F_DUPFD_CLOEXEC F_DUPFD_CLOEXEC
#else
#define HASHCACHE__F_DUPFD_CLOEXEC 1030
#endif
#ifdef CLOCK_MONOTONIC
#define HASHCACHE__CLOCK_MONOTONIC CLOCK_MONOTONIC
#else
#define HASHCACHE__CLOCK_MONOTONIC 1
#endif

/* SECONDS, of a duration or on the monotonic clock. */
static struct timespec
hashcache__timespec_of (double seconds)
{
  const time_t whole = (time_t) seconds;
  long nanoseconds = (long) (1e9 * (seconds - (double) whole));

  if (nanoseconds < 0 || nanoseconds > 999999999L)
    nanoseconds = 0;
  return (struct timespec){ .tv_sec = whole, .tv_nsec = nanoseconds };
}

/* Sleeps for SECONDS, or until a signal comes. */
static void
hashcache__sleep (double seconds)
{
  const struct timespec time = hashcache__timespec_of (seconds);

  (void) nanosleep (&time, NULL);
}

enum { HASHCACHE__PROBES = 64 }; /* of a network file system, which says now this and now that */

/* Opens PATH like open, but never as descriptor 0, 1 or 2: where a program has closed these, whatever it prints would go into our
   file. Without O_EXCL a file that exists is no reason to refuse O_CREAT, as GlusterFS does
   while another client makes it. */
static int
hashcache__open_as (const char *path, int flags, mode_t mode)
{
  int fd = open (path, flags | HASHCACHE__O_CLOEXEC, mode), higher, error;

  for (int tries = 0; fd < 0 && errno == EEXIST && !(flags & O_EXCL) && tries < HASHCACHE__PROBES; tries++) {
    hashcache__sleep (1e-4);
    fd = open (path, flags | HASHCACHE__O_CLOEXEC, mode);
  }
  if (fd < 0 || fd > STDERR_FILENO)
    return fd;
  higher = fcntl (fd, HASHCACHE__F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  error = errno;
  close (fd);
  errno = error;
  return higher;
}

/* The same with the mode of ordinary files. */
static int
hashcache__open (const char *path, int flags)
{
  return hashcache__open_as (path, flags, 0666);
}

/* A write beyond RLIMIT_FSIZE raises SIGXFSZ, one to a closed pipe SIGPIPE: both kill a program that never asked for them.
   Between guard and unguard this thread gets the error code alone. The thread's mask is afterwards as it was. */

/* As large as any C library's sigset_t; that name may be hidden, or declared. */
union hashcache__signals {
  unsigned long words[16];
  unsigned char bytes[128];
};

int hashcache__posix_sigemptyset (union hashcache__signals *) __asm__("sigemptyset");
int hashcache__posix_sigaddset (union hashcache__signals *, int) __asm__("sigaddset");
int hashcache__posix_sigdelset (union hashcache__signals *, int) __asm__("sigdelset");
int hashcache__posix_sigismember (const union hashcache__signals *, int) __asm__("sigismember");
int hashcache__posix_sigpending (union hashcache__signals *) __asm__("sigpending");
int hashcache__posix_sigmask (int, const union hashcache__signals *, union hashcache__signals *) __asm__("pthread_sigmask");
int hashcache__posix_sigtimedwait (const union hashcache__signals *, void *, const struct timespec *) __asm__("sigtimedwait");

#include <signal.h>
#ifndef SIG_BLOCK
#define HASHCACHE__SIG_BLOCK 0
#define HASHCACHE__SIG_SETMASK 2
#else
#define HASHCACHE__SIG_BLOCK SIG_BLOCK
#define HASHCACHE__SIG_SETMASK SIG_SETMASK
#endif
#define HASHCACHE__SIGTRAP 5
#define HASHCACHE__SIGBUS 7
#define HASHCACHE__SIGSYS 31
#ifndef SIGXFSZ
#define HASHCACHE__SIGXFSZ 25
#else
#define HASHCACHE__SIGXFSZ SIGXFSZ
#endif
#ifndef SIGPIPE
#define HASHCACHE__SIGPIPE 13
#else
#define HASHCACHE__SIGPIPE SIGPIPE
#endif

struct hashcache__guard {
  union hashcache__signals mask;    /* of the thread, before          */
  union hashcache__signals pending; /* already pending before: not ours */
  int active;
};

static void
hashcache__guard_writes (struct hashcache__guard *guard)
{
  union hashcache__signals ours;

  hashcache__posix_sigemptyset (&ours);
  hashcache__posix_sigaddset (&ours, HASHCACHE__SIGXFSZ);
  hashcache__posix_sigaddset (&ours, HASHCACHE__SIGPIPE);
  hashcache__posix_sigemptyset (&guard->pending);
  guard->active = hashcache__posix_sigmask (HASHCACHE__SIG_BLOCK, &ours, &guard->mask) == 0;
  if (guard->active
      && (hashcache__posix_sigismember (&guard->mask, HASHCACHE__SIGXFSZ) == 1
          || hashcache__posix_sigismember (&guard->mask, HASHCACHE__SIGPIPE)
                 == 1)) /* what is not blocked does not stay pending */
    hashcache__posix_sigpending (&guard->pending);
}

/* Takes back SIGNAL, one of those that are pending NOW, if our writes made it so. */
static void
hashcache__discard_signal (const struct hashcache__guard *guard, const union hashcache__signals *now, int signal_number)
{
  union hashcache__signals one;
  const struct timespec at_once = { 0, 0 };

  if (hashcache__posix_sigismember (&guard->pending, signal_number) == 1
      || hashcache__posix_sigismember (now, signal_number) != 1)
    return;
  hashcache__posix_sigemptyset (&one);
  hashcache__posix_sigaddset (&one, signal_number);
  hashcache__posix_sigtimedwait (&one, NULL, &at_once);
}

static void
hashcache__unguard_writes (const struct hashcache__guard *guard)
{
  union hashcache__signals now;

  if (!guard->active)
    return;
  hashcache__posix_sigemptyset (&now);
  hashcache__posix_sigpending (&now);
  hashcache__discard_signal (guard, &now, HASHCACHE__SIGXFSZ);
  hashcache__discard_signal (guard, &now, HASHCACHE__SIGPIPE);
  hashcache__posix_sigmask (HASHCACHE__SIG_SETMASK, &guard->mask, NULL);
}

/* Bytes of a page of memory. */
static size_t
hashcache__page_size (void)
{
  const long size = sysconf (_SC_PAGESIZE);

  return size > 0 ? (size_t) size : 4096;
}

/* Seconds on a clock that never goes back. */
static double
hashcache__now (void)
{
  struct timespec t;

  if (clock_gettime (HASHCACHE__CLOCK_MONOTONIC, &t) != 0)
    return 0.0;
  return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

#endif
