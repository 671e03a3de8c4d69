/* operations.c: one call of each kind, between marks that strace shows.
   SPDX-License-Identifier: BSD-2-Clause

     operations KIND     miss, store, memory, wait (the call of another process, which `operations slow` computes meanwhile) */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static HASHCACHE_IGNORE long slowness;

HASHCACHE HASHCACHE_ALLOW ("*") double
value (int n)
{
  const struct timespec time = { slowness, 0 };

  nanosleep (&time, NULL);
  return 0.5 * n;
}

static void
mark (const char *name)
{
  if (access (name, F_OK) == 0)
    puts (name);
}

int
main (int argc, char *argv[])
{
  const char *kind = argc > 1 ? argv[1] : "";
  double sum = value (0) + value (1); /* what is done once in a process is not counted */

  if (strcmp (kind, "slow") == 0) {
    slowness = 2;
    return value (3) < 0;
  }
  if (strcmp (kind, "miss") == 0)
    sum += value (-1);
  if (strcmp (kind, "store") == 0)
    hashcache_drop_memory ();
  mark ("/hashcache-begin");
  sum += value (strcmp (kind, "miss") == 0 ? 2 : strcmp (kind, "wait") == 0 ? 3 : 1);
  mark ("/hashcache-end");
  return sum < 0;
}
