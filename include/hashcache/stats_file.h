/* stats_file.h: one JSON line a process, appended to the file HASHCACHE_STATS at exit.
   SPDX-License-Identifier: BSD-2-Clause

   docs/statistics.md describes each field. Fields never change their meaning, and none goes away; new ones may come, for which
   HASHCACHE__STATS_VERSION need not grow.

   Many processes may share the file: a line is one appending write, under a lock of the file, since on network file systems appending
   alone does not keep writers apart. Nobody waits for that lock longer than HASHCACHE__APPEND_PATIENCE. What was written of a line that
   did not fit is taken back; if that cannot be, the next line begins on one of its own. */
#ifndef HASHCACHE_STATS_FILE_H
#define HASHCACHE_STATS_FILE_H

#include "statistics.h"
#include "summary.h"
#include "version.h"

enum { HASHCACHE__STATS_VERSION = 1, HASHCACHE__APPEND_PATIENCE = 5 /* seconds */ };

extern char *program_invocation_short_name;

/* When this process made its first call of a marked function. */
static _Atomic int64_t hashcache__first_call;

/* The line ---------------------------------------------------------------------------------------------------------------- */

/* "2026-01-31T23:59:59Z" in quotes, or null. */
static void
hashcache__json_time (struct hashcache__text *text, int64_t seconds)
{
  const time_t moment = (time_t) seconds;
  char string[32];
  struct tm utc;
  const int known = gmtime_r (&moment, &utc) && strftime (string, sizeof string, "%Y-%m-%dT%H:%M:%SZ", &utc) > 0;

  hashcache__text_json (text, known ? string : NULL);
}

static void
hashcache__json_seconds (struct hashcache__text *text, double seconds)
{
  hashcache__text_nanoseconds (text, hashcache__nanoseconds (seconds));
}

/* The figures of one function, under names that the totals do not have: who looks for a name in the line finds one. */
static void
hashcache__json_function (struct hashcache__text *text, const struct hashcache__told_function *told)
{
  const struct hashcache__function_figures *f = &told->figures;

  hashcache__text_put (text, "{\"function\": ");
  hashcache__text_json (text, told->function);
  hashcache__text_put (text, ", \"source\": ");
  hashcache__text_json (text, told->source);
  hashcache__text_format (text, ", \"its_hits_memory\": %llu, \"its_hits_store\": %llu, \"its_computed\": %llu",
                          (unsigned long long) f->hits_memory, (unsigned long long) f->hits_store,
                          (unsigned long long) f->computed);
  hashcache__text_put (text, ", \"its_seconds_computing\": ");
  hashcache__text_nanoseconds (text, f->nanoseconds_computing);
  hashcache__text_put (text, ", \"its_seconds_looking_up\": ");
  hashcache__json_seconds (text, hashcache__seconds_looking_up (f));
  hashcache__text_put (text, ", \"its_seconds_without_cache\": ");
  hashcache__json_seconds (text, hashcache__seconds_of_bodies (f));
  hashcache__text_put (text, "}");
}

static void
hashcache__json_functions (struct hashcache__text *text)
{
  size_t n;
  struct hashcache__told_function *functions = hashcache__told_functions (0, &n);

  hashcache__text_put (text, "[");
  for (size_t i = 0; i < n; i++) {
    hashcache__text_put (text, i > 0 ? ", " : "");
    hashcache__json_function (text, &functions[i]);
  }
  hashcache__text_put (text, "]");
  free (functions);
}

static void
hashcache__json_figures (struct hashcache__text *text, const struct hashcache_statistics *s)
{
#define HASHCACHE__JSON_COUNTER(name, what) hashcache__text_format (text, "\"" #name "\": %llu, ", (unsigned long long) s->name);
  HASHCACHE__COUNTERS (HASHCACHE__JSON_COUNTER)
#undef HASHCACHE__JSON_COUNTER
#define HASHCACHE__JSON_TIME(name, what) \
  hashcache__text_put (text, "\"seconds_" #name "\": "); \
  hashcache__text_nanoseconds (text, hashcache__read_nanoseconds (&hashcache__counters.nanoseconds_##name)); \
  hashcache__text_put (text, ", ");
  HASHCACHE__TIMES (HASHCACHE__JSON_TIME)
#undef HASHCACHE__JSON_TIME
}

/* "NAME": NUMBER, or null if it is negative. */
static void
hashcache__json_number (struct hashcache__text *text, const char *name, long number)
{
  if (number >= 0)
    hashcache__text_format (text, "\"%s\": %ld, ", name, number);
  else
    hashcache__text_format (text, "\"%s\": null, ", name);
}

/* "NAME": "STRING", or null if there is none. */
static void
hashcache__json_string (struct hashcache__text *text, const char *name, const char *string)
{
  hashcache__text_format (text, "\"%s\": ", name);
  hashcache__text_json (text, string && string[0] ? string : NULL);
  hashcache__text_put (text, ", ");
}

static void
hashcache__statistics_json (struct hashcache__text *text, const struct hashcache_statistics *s)
{
  char host[256], job[HASHCACHE__JOB_ID];

  hashcache__host_name (host);
  hashcache__job_id (job);
  hashcache__text_put (text, "{");
  hashcache__json_figures (text, s);
  hashcache__json_number (text, "rank", hashcache__launcher_rank ());
  hashcache__json_string (text, "host", host);
  hashcache__text_format (text, "\"pid\": %ld, \"version\": %d, ", (long) getpid (), HASHCACHE__STATS_VERSION);
  hashcache__json_string (text, "hashcache", HASHCACHE_VERSION_STRING);
  hashcache__json_string (text, "program", program_invocation_short_name);
  hashcache__json_string (text, "job", job);
  hashcache__json_number (text, "ranks", hashcache__launcher_ranks ());
  hashcache__text_put (text, "\"started\": ");
  hashcache__json_time (text, atomic_load (&hashcache__first_call));
  hashcache__text_put (text, ", \"ended\": ");
  hashcache__json_time (text, (int64_t) time (NULL));
  hashcache__text_put (text, ", \"seconds_looking_up\": ");
  hashcache__json_seconds (text, s->seconds_looking_up);
  hashcache__text_put (text, ", \"functions\": ");
  hashcache__json_functions (text);
  hashcache__text_put (text, "}\n");
}

/* The file ---------------------------------------------------------------------------------------------------------------- */

/* Locks all of FD, as far as that can be had before long. The lock goes with FD. */
static void
hashcache__lock_stats (int fd)
{
  const double deadline = hashcache__now () + HASHCACHE__APPEND_PATIENCE;
  struct flock lock;

  memset (&lock, 0, sizeof lock);
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  for (double nap = 1e-3; fcntl (fd, HASHCACHE__F_OFD_SETLK, &lock) != 0; nap = nap < 0.1 ? 1.5 * nap : nap) {
    if ((errno != EAGAIN && errno != EACCES && errno != EINTR) || hashcache__now () > deadline)
      return; /* appending has to do */
    hashcache__sleep (nap);
  }
}

/* Whether FD, a file of SIZE bytes, ends in the middle of a line. */
static int
hashcache__is_broken_off (int fd, off_t size)
{
  char last = '\n';

  return size > 0 && pread (fd, &last, 1, size - 1) == 1 && last != '\n';
}

/* Writes the N bytes of LINE to FD: 0, or -1 with errno. A pipe may be full until its reader comes. */
static int
hashcache__write_patiently (int fd, const char *line, size_t n)
{
  const double deadline = hashcache__now () + HASHCACHE__APPEND_PATIENCE;
  size_t written = 0;

  while (written < n) {
    const ssize_t done = write (fd, line + written, n - written);

    if (done >= 0)
      written += (size_t) done;
    else if (errno == EAGAIN && hashcache__now () < deadline)
      hashcache__sleep (1e-3);
    else if (errno != EINTR)
      return -1;
  }
  return 0;
}

/* Appends the N bytes of LINE to FD: 0, or -1 with errno. */
static int
hashcache__append_line (int fd, const char *line, size_t n)
{
  struct stat before, after;
  const int regular = fstat (fd, &before) == 0 && S_ISREG (before.st_mode);
  int error;

  if (regular && hashcache__is_broken_off (fd, before.st_size) && hashcache__write_all (fd, "\n", 1) == 0)
    before.st_size++;
  if (hashcache__write_patiently (fd, line, n) == 0)
    return 0;
  error = errno;
  if (regular && fstat (fd, &after) == 0 && after.st_size > before.st_size && after.st_size - before.st_size < (off_t) n)
    (void) !ftruncate (fd, before.st_size);
  errno = error;
  return -1;
}

/* A FIFO that nobody reads is an error, no reason to wait. */
static int
hashcache__open_stats (const char *path)
{
  const int flags = O_APPEND | O_CREAT | O_NONBLOCK;
  struct stat there;
  int fd;

  if (stat (path, &there) == 0 && !S_ISREG (there.st_mode)) /* opened for reading too, a FIFO would have a reader */
    return hashcache__open (path, O_WRONLY | flags);
  fd = hashcache__open (path, O_RDWR | flags);
  return fd < 0 && errno == EACCES ? hashcache__open (path, O_WRONLY | flags) : fd;
}

static int
hashcache__append (const char *path, const char *line, size_t n)
{
  const int fd = hashcache__open_stats (path);
  struct hashcache__guard guard;
  int result;

  if (fd < 0)
    return -1;
  hashcache__lock_stats (fd);
  hashcache__guard_writes (&guard);
  result = hashcache__append_line (fd, line, n);
  hashcache__unguard_writes (&guard);
  return close (fd) != 0 ? -1 : result;
}

static void
hashcache__write_statistics (const char *path, const struct hashcache_statistics *s)
{
  struct hashcache__text line = { 0 };

  hashcache__statistics_json (&line, s);
  if (!line.string || hashcache__append (path, line.string, line.length) != 0)
    hashcache__trouble (NULL, "cannot append the statistics to %s: %s", path, strerror (line.string ? errno : ENOMEM));
  hashcache__text_free (&line);
}

#endif
