/* late.c: preloaded, lets the first claim among processes of a program come late.
   SPDX-License-Identifier: BSD-2-Clause

   When the program first asks for a lock of an open file description, or makes a lease, it makes the file $TEST_LATE.here and waits, half a minute at
   most, for $TEST_LATE.go. What it has seen before is then as old as the one who runs the test wants it to be. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
real_open (const char *path, int flags, int mode)
{
  return openat (AT_FDCWD, path, flags, mode);
}

static void
come_late (void)
{
  static int done;
  const char *name = getenv ("TEST_LATE");
  char path[4096];
  int fd;

  if (!name || done++)
    return;
  snprintf (path, sizeof path, "%s.here", name);
  fd = real_open (path, O_WRONLY | O_CREAT, 0600);
  if (fd >= 0)
    close (fd);
  snprintf (path, sizeof path, "%s.go", name);
  for (int i = 0; i < 3000 && access (path, F_OK) != 0; i++)
    usleep (10000);
}

static void
mind_lease (const char *path, int flags)
{
  const size_t n = strlen (path);

  if ((flags & O_EXCL) && n > 6 && strcmp (path + n - 6, ".lease") == 0)
    come_late ();
}

#define OPEN(name) \
  int name (const char *path, int flags, ...) \
  { \
    va_list arguments; \
    int mode; \
\
    va_start (arguments, flags); \
    mode = (flags & O_CREAT) ? va_arg (arguments, int) : 0; \
    va_end (arguments); \
    mind_lease (path, flags); \
    return real_open (path, flags, mode); \
  }
OPEN (open)
OPEN (open64)

#define FCNTL(name) \
  int name (int fd, int command, ...) \
  { \
    int (*real) (int, int, ...) = (int (*) (int, int, ...)) dlsym (RTLD_NEXT, #name); \
    va_list arguments; \
    void *argument; \
\
    va_start (arguments, command); \
    argument = va_arg (arguments, void *); \
    va_end (arguments); \
    if (command == F_OFD_SETLK && ((struct flock *) argument)->l_type == F_WRLCK) \
      come_late (); \
    return real (fd, command, argument); \
  }
FCNTL (fcntl)
FCNTL (fcntl64)
