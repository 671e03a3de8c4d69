/* fault.c: see fault.h.
   SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FAULT_NAME(name) #name,
const char *const fault_names[FAULT_N] = { FAULT_CALLS (FAULT_NAME) };

static _Atomic long counted[FAULT_N];
static _Atomic int armed;
static enum fault_call which;
static long first;
static int error_now, all_that_follow;

void
fault_arm (enum fault_call call, long nth, int error, int forever)
{
  for (int i = 0; i < FAULT_N; i++)
    atomic_store (&counted[i], 0);
  which = call;
  first = nth;
  error_now = error;
  all_that_follow = forever;
  atomic_store (&armed, 1);
}

void
fault_disarm (void)
{
  atomic_store (&armed, 0);
}

long
fault_counted (enum fault_call call)
{
  return atomic_load (&counted[call]);
}

/* The fault of this CALL, 0 for none. errno is set if it is an error. */
static int
fault (enum fault_call call)
{
  long n;

  if (!atomic_load (&armed))
    return 0;
  n = atomic_fetch_add (&counted[call], 1);
  if (call != which || n < first || (n > first && !all_that_follow))
    return 0;
  errno = error_now > 0 ? error_now : EIO;
  return error_now;
}

/* A call of TYPE NAME PARAMETERS, which says FAILED if it fails. */
#define WRAP(type, name, failed, parameters, arguments) \
  type __real_##name parameters; \
  type __wrap_##name parameters; \
  type __wrap_##name parameters \
  { \
    const int found = fault (FAULT_##name); \
\
    if (found == FAULT_DONE) { \
      (void) !__real_##name arguments; \
      errno = EIO; \
    } \
    return found ? (failed) : __real_##name arguments; \
  }

/* Likewise one that moves N bytes. */
#define WRAP_BYTES(name, parameters, arguments, half) \
  ssize_t __real_##name parameters; \
  ssize_t __wrap_##name parameters; \
  ssize_t __wrap_##name parameters \
  { \
    const int found = fault (FAULT_##name); \
\
    return found == FAULT_SHORT ? __real_##name half : found ? -1 : __real_##name arguments; \
  }

/* Where the call has taken place whatever it says: a descriptor is gone after close. */
int __real_close (int);
int __wrap_close (int);
int
__wrap_close (int fd)
{
  const int found = fault (FAULT_close), error = errno, result = __real_close (fd);

  if (!found)
    return result;
  errno = error;
  return -1;
}

int __real_open (const char *, int, ...);
int __wrap_open (const char *, int, ...);
int
__wrap_open (const char *path, int flags, ...)
{
  va_list more;
  mode_t mode = 0;

  va_start (more, flags);
  if (flags & (O_CREAT | __O_TMPFILE))
    mode = va_arg (more, mode_t);
  va_end (more);
  return fault (FAULT_open) ? -1 : __real_open (path, flags, mode);
}

int __real_openat (int, const char *, int, ...);
int __wrap_openat (int, const char *, int, ...);
int
__wrap_openat (int dir, const char *path, int flags, ...)
{
  va_list more;
  mode_t mode = 0;

  va_start (more, flags);
  if (flags & (O_CREAT | __O_TMPFILE))
    mode = va_arg (more, mode_t);
  va_end (more);
  return fault (FAULT_openat) ? -1 : __real_openat (dir, path, flags, mode);
}

int __real_fcntl (int, int, ...);
int __wrap_fcntl (int, int, ...);
int
__wrap_fcntl (int fd, int command, ...)
{
  va_list more;
  void *argument;

  va_start (more, command);
  argument = va_arg (more, void *);
  va_end (more);
  return fault (FAULT_fcntl) ? -1 : __real_fcntl (fd, command, argument);
}

WRAP_BYTES (read, (int fd, void *to, size_t n), (fd, to, n), (fd, to, n - n / 2))
WRAP_BYTES (write, (int fd, const void *from, size_t n), (fd, from, n), (fd, from, n - n / 2))
WRAP_BYTES (pread, (int fd, void *to, size_t n, off_t at), (fd, to, n, at), (fd, to, n - n / 2, at))
WRAP_BYTES (pwrite, (int fd, const void *from, size_t n, off_t at), (fd, from, n, at), (fd, from, n - n / 2, at))
WRAP (int, ftruncate, -1, (int fd, off_t size), (fd, size))
WRAP (int, fsync, -1, (int fd), (fd))
WRAP (int, fstat, -1, (int fd, struct stat *file), (fd, file))
WRAP (int, stat, -1, (const char *path, struct stat *file), (path, file))
WRAP (int, fstatat, -1, (int dir, const char *path, struct stat *file, int flags), (dir, path, file, flags))
WRAP (int, statfs, -1, (const char *path, struct statfs *system), (path, system))
WRAP (int, fstatfs, -1, (int fd, struct statfs *system), (fd, system))
WRAP (int, link, -1, (const char *from, const char *to), (from, to))
WRAP (int, linkat, -1, (int from_dir, const char *from, int to_dir, const char *to, int flags),
      (from_dir, from, to_dir, to, flags))
WRAP (int, unlink, -1, (const char *path), (path))
WRAP (int, unlinkat, -1, (int dir, const char *path, int flags), (dir, path, flags))
WRAP (int, fchmod, -1, (int fd, mode_t mode), (fd, mode))
WRAP (int, futimens, -1, (int fd, const struct timespec times[2]), (fd, times))
WRAP (int, utimensat, -1, (int dir, const char *path, const struct timespec times[2], int flags), (dir, path, times, flags))
WRAP (int, mincore, -1, (void *at, size_t n, unsigned char *pages), (at, n, pages))
WRAP (int, getgroups, -1, (int n, gid_t *groups), (n, groups))
WRAP (int, rename, -1, (const char *from, const char *to), (from, to))
WRAP (int, mkdir, -1, (const char *path, mode_t mode), (path, mode))
WRAP (int, rmdir, -1, (const char *path), (path))
WRAP (DIR *, fdopendir, NULL, (int fd), (fd))
WRAP (struct dirent *, readdir, NULL, (DIR * stream), (stream))
WRAP (FILE *, fopen, NULL, (const char *path, const char *mode), (path, mode))
WRAP (char *, getcwd, NULL, (char *to, size_t n), (to, n))
WRAP (int, gethostname, -1, (char *to, size_t n), (to, n))
WRAP (void *, mmap, MAP_FAILED, (void *at, size_t n, int protection, int flags, int fd, off_t offset),
      (at, n, protection, flags, fd, offset))
WRAP (int, munmap, -1, (void *at, size_t n), (at, n))
WRAP (int, madvise, -1, (void *at, size_t n, int advice), (at, n, advice))
WRAP (void *, malloc, NULL, (size_t n), (n))
WRAP (void *, calloc, NULL, (size_t n, size_t size), (n, size))
WRAP (void *, realloc, NULL, (void *memory, size_t n), (memory, n))
WRAP (int, posix_memalign, ENOMEM, (void **memory, size_t alignment, size_t n), (memory, alignment, n))
WRAP (char *, strdup, NULL, (const char *string), (string))
WRAP (int, nanosleep, -1, (const struct timespec *time, struct timespec *left), (time, left))
WRAP (ssize_t, process_vm_readv, -1,
      (pid_t process, const struct iovec *local, unsigned long n_local, const struct iovec *remote, unsigned long n_remote,
       unsigned long flags),
      (process, local, n_local, remote, n_remote, flags))
WRAP (int, pthread_create, EAGAIN,
      (pthread_t * thread, const pthread_attr_t *attributes, void *function (void *), void *argument),
      (thread, attributes, function, argument))
WRAP (int, sched_getaffinity, -1, (pid_t process, size_t n, cpu_set_t *set), (process, n, set))
