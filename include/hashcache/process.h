/* process.h: which process this is, and whether another one still lives.
   SPDX-License-Identifier: BSD-2-Clause

   Numbers of processes are used again, and mean something only among processes that see the same ones. So a process is known by its
   number, the moment it was started (in the kernel's clock ticks since boot), and its namespace of numbers. Where /proc cannot be
   read nobody is ever found dead. */
#ifndef HASHCACHE_PROCESS_H
#define HASHCACHE_PROCESS_H

#include "posix.h"

int kill (pid_t, int);

/* The moment when process PID was started, 0 if that cannot be told. *GONE: it has ended, though its parent may not know yet. */
static uint64_t
hashcache__process_started (long pid, int *gone)
{
  char path[64], text[1024];
  unsigned long long started = 0;
  const char *rest;
  ssize_t n;
  int fd;

  *gone = 0;
  snprintf (path, sizeof path, "/proc/%ld/stat", pid);
  fd = hashcache__open (path, O_RDONLY);
  if (fd < 0)
    return 0;
  n = read (fd, text, sizeof text - 1);
  close (fd);
  if (n <= 0)
    return 0;
  text[n] = '\0';
  rest = strrchr (text, ')'); /* the program's name may hold anything */
  if (!rest || rest[1] != ' ')
    return 0;
  rest += 2;
  *gone = *rest == 'Z' || *rest == 'X' || *rest == 'x';
  for (int field = 3; rest && field < 22; field++) {
    rest = strchr (rest, ' ');
    rest = rest ? rest + 1 : NULL;
  }
  if (rest)
    started = strtoull (rest, NULL, 10);
  return started;
}

/* Whether the process PID of our namespace that was started at STARTED is certain to have ended. */
static int
hashcache__process_is_dead (long pid, uint64_t started)
{
  uint64_t now;
  int gone;

  if (pid <= 0 || started == 0)
    return 0;
  if (kill ((pid_t) pid, 0) != 0)
    return errno == ESRCH;
  now = hashcache__process_started (pid, &gone);
  return gone || (now != 0 && now != started);
}

/* A number for the namespace of process numbers that this process lives in; 0 if it cannot be told. */
static uint64_t
hashcache__process_namespace (void)
{
  struct stat there;

  return stat ("/proc/self/ns/pid", &there) == 0 ? (uint64_t) there.st_ino : 0;
}

#endif
