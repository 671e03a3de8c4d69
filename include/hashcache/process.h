/* process.h: which process this is, and whether another one still lives.
   SPDX-License-Identifier: BSD-2-Clause

   Numbers of processes are used again, and mean something only among processes that see the same ones. So a process is known by its
   number, the moment it was started (in the kernel's clock ticks since boot), and its namespace of numbers, which is one of a kernel
   that was booted once. Where /proc cannot be read nobody is ever found dead. */
#ifndef HASHCACHE_PROCESS_H
#define HASHCACHE_PROCESS_H

#include "digest.h"
#include "posix.h"
#include <stdatomic.h>

int kill (pid_t, int);

/* Reads the beginning of the file PATH into TEXT of SIZE bytes; how many there were, 0 if it cannot be read. */
static size_t
hashcache__read_text (const char *path, char *text, size_t size)
{
  const int fd = hashcache__open (path, O_RDONLY);
  ssize_t n = 0;

  if (fd >= 0) {
    n = read (fd, text, size - 1);
    close (fd);
  }
  n = n > 0 ? n : 0;
  text[n] = '\0';
  return (size_t) n;
}

/* The field of number FIELD of /proc/PID/stat, of which the third and all that follow stand at TEXT; 0 if it is not there. */
static uint64_t
hashcache__process_field (const char *text, int field)
{
  for (int i = 3; text && i < field; i++) {
    text = strchr (text, ' ');
    text = text ? text + 1 : NULL;
  }
  return text ? strtoull (text, NULL, 10) : 0;
}

/* The moment when process PID was started, 0 if that cannot be told. *GONE: it has ended, though its parent may not know yet. A first
   thread that has ended looks the same while others run on. */
static uint64_t
hashcache__process_started (long pid, int *gone)
{
  enum { STATE = 3, THREADS = 20, STARTED = 22 };
  char path[64], text[1024];
  const char *fields;

  *gone = 0;
  snprintf (path, sizeof path, "/proc/%ld/stat", pid);
  if (hashcache__read_text (path, text, sizeof text) == 0)
    return 0;
  fields = strrchr (text, ')'); /* the program's name may hold anything */
  if (!fields || fields[1] != ' ')
    return 0;
  fields += 2;
  *gone = (*fields == 'Z' || *fields == 'X' || *fields == 'x') && hashcache__process_field (fields, THREADS) < 2;
  return hashcache__process_field (fields, STARTED);
}

/* Whether the process PID of our namespace that was started at STARTED is certain to have ended. */
static int
hashcache__process_is_dead (long pid, uint64_t started)
{
  uint64_t now;
  int gone;

  if (pid <= 0 || started == 0)
    return 0;
  if (kill ((pid_t) pid, 0) != 0 && errno == ESRCH)
    return 1;
  now = hashcache__process_started (pid, &gone);
  return gone || (now != 0 && now != started);
}

/* A number for this boot of this machine, 0 if it cannot be told: names of hosts are not always their own. */
static uint64_t
hashcache__boot_number (void)
{
  static _Atomic uint64_t known;
  char text[64];
  size_t n;

  if (atomic_load (&known) != 0)
    return atomic_load (&known);
  n = hashcache__read_text ("/proc/sys/kernel/random/boot_id", text, sizeof text);
  if (n > 0)
    atomic_store (&known, XXH3_64bits (text, n) | 1);
  return atomic_load (&known);
}

/* A number for the namespace of process numbers that this process lives in; 0 if it cannot be told. */
static uint64_t
hashcache__process_namespace (void)
{
  uint64_t parts[2] = { hashcache__boot_number (), 0 };
  struct stat there;

  if (parts[0] == 0 || stat ("/proc/self/ns/pid", &there) != 0)
    return 0;
  parts[1] = (uint64_t) there.st_ino;
  return XXH3_64bits (parts, sizeof parts) | 1;
}

#endif
