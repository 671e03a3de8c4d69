/* message.h: what the cache tells the user: single lines on stderr.
   SPDX-License-Identifier: BSD-2-Clause

   Each message is one write of one line that begins with "hashcache: ", so lines of many ranks do not mix. Levels are those of
   HASHCACHE_VERBOSE: 1 troubles and the summary, 2 a line a call, 3 how keys came about. errno stays as it was. */
#ifndef HASHCACHE_MESSAGE_H
#define HASHCACHE_MESSAGE_H

#include "digest.h"
#include "posix.h"
#include <stdarg.h>
#include <stdatomic.h>

/* Set by settings.h as soon as the settings are read. */
static _Atomic int hashcache__verbosity = 1;

enum { HASHCACHE__TROUBLES_KEPT = 256, HASHCACHE__LINE = 2048 };

struct hashcache__troubles {
  pthread_mutex_t mutex;
  unsigned n;
  struct hashcache__digest said[HASHCACHE__TROUBLES_KEPT];
};

static struct hashcache__troubles hashcache__troubles = { .mutex = PTHREAD_MUTEX_INITIALIZER };

/* How often something went wrong, said or not. */
static _Atomic uint64_t hashcache__n_troubles;

/* Asked for each trouble that this process has not said yet, with the line of N bytes: whether it shall say it. NULL: always. Ranks
   that are attached to each other say it once for all (mpi/hashcache_mpi.h). */
static int (*_Atomic hashcache__herald) (const struct hashcache__digest *digest, const char *line, size_t n);

/* Writes all of BYTES to FD at its own offset; 0, or -1 with errno. SIGPIPE and SIGXFSZ are for the caller to guard. */
static int
hashcache__write_all (int fd, const void *bytes, size_t n)
{
  const unsigned char *next = bytes;

  while (n > 0) {
    const ssize_t done = write (fd, next, n);

    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return -1;
    next += done;
    n -= (size_t) done;
  }
  return 0;
}

/* Formats "hashcache: ..." into LINE and returns its length without a newline; too long a text ends in "...". */
__attribute__ ((format (printf, 2, 0))) static size_t
hashcache__format_line (char line[HASHCACHE__LINE], const char *format, va_list arguments)
{
  static const char prefix[] = "hashcache: ";
  const size_t start = sizeof prefix - 1;
  const size_t room = HASHCACHE__LINE - start - 1; /* one byte stays for the newline */
  const int wanted = (memcpy (line, prefix, sizeof prefix), vsnprintf (line + start, room, format, arguments));
  size_t n = start;

  if (wanted > 0)
    n += (size_t) wanted < room ? (size_t) wanted : room - 1;
  if (wanted > 0 && (size_t) wanted >= room)
    memcpy (line + n - 3, "...", 3);
  for (size_t i = start; i < n; i++) /* names come from anywhere: no line may end early, no terminal be driven */
    if ((unsigned char) line[i] < 0x20 || line[i] == 0x7f)
      line[i] = '?';
  return n;
}

static void
hashcache__write_line (char line[HASHCACHE__LINE], size_t n)
{
  struct hashcache__guard guard;

  line[n] = '\n';
  hashcache__guard_writes (&guard);
  (void) hashcache__write_all (STDERR_FILENO, line, n + 1);
  hashcache__unguard_writes (&guard);
}

/* Says a line if HASHCACHE_VERBOSE is LEVEL or more. */
__attribute__ ((format (printf, 2, 3))) static void
hashcache__say (int level, const char *format, ...)
{
  const int kept_errno = errno;
  char line[HASHCACHE__LINE];
  va_list arguments;

  if (atomic_load_explicit (&hashcache__verbosity, memory_order_relaxed) < level)
    return;
  va_start (arguments, format);
  const size_t n = hashcache__format_line (line, format, arguments);
  va_end (arguments);
  hashcache__write_line (line, n);
  errno = kept_errno;
}

/* True the first time DIGEST comes by. A full table is silence: that many different troubles help nobody. */
static int
hashcache__first_time (const struct hashcache__digest *digest)
{
  struct hashcache__troubles *t = &hashcache__troubles;
  int first = 1;

  pthread_mutex_lock (&t->mutex);
  for (unsigned i = 0; first && i < t->n; i++)
    first = !hashcache__digest_equal (&t->said[i], digest);
  if (first && t->n == HASHCACHE__TROUBLES_KEPT)
    first = 0;
  if (first)
    t->said[t->n++] = *digest;
  pthread_mutex_unlock (&t->mutex);
  return first;
}

static int
hashcache__may_say (const struct hashcache__digest *digest, const char *line, size_t n)
{
  int (*herald) (const struct hashcache__digest *, const char *, size_t) = atomic_load (&hashcache__herald);

  return !herald || herald (digest, line, n);
}

/* Says LINE of N bytes at level 1, once for each DIGEST in this process, and among ranks that are attached to each other. */
static void
hashcache__say_once (const struct hashcache__digest *digest, char line[HASHCACHE__LINE], size_t n)
{
  if (hashcache__first_time (digest) && hashcache__may_say (digest, line, n))
    hashcache__write_line (line, n);
}

/* What is no trouble, but to be known: as hashcache__trouble, and counted nowhere. */
__attribute__ ((format (printf, 1, 2))) static void
hashcache__remark (const char *format, ...)
{
  const int kept_errno = errno;
  char line[HASHCACHE__LINE];
  va_list arguments;
  struct hashcache__digest digest;
  size_t n;

  if (atomic_load_explicit (&hashcache__verbosity, memory_order_relaxed) < 1)
    return;
  va_start (arguments, format);
  n = hashcache__format_line (line, format, arguments);
  va_end (arguments);
  digest = hashcache__digest_of (line, n);
  hashcache__say_once (&digest, line, n);
  errno = kept_errno;
}

/* Counts a trouble, and says it at level 1 once in this process for each ONCE; with ONCE NULL, once for each text. */
__attribute__ ((format (printf, 2, 3))) static void
hashcache__trouble (const char *once, const char *format, ...)
{
  const int kept_errno = errno;
  char line[HASHCACHE__LINE];
  va_list arguments;
  struct hashcache__digest digest;
  size_t n;

  atomic_fetch_add_explicit (&hashcache__n_troubles, 1, memory_order_relaxed);
  if (atomic_load_explicit (&hashcache__verbosity, memory_order_relaxed) < 1)
    return;
  va_start (arguments, format);
  n = hashcache__format_line (line, format, arguments);
  va_end (arguments);
  digest = once ? hashcache__digest_of (once, strlen (once)) : hashcache__digest_of (line, n);
  hashcache__say_once (&digest, line, n);
  errno = kept_errno;
}

#endif
