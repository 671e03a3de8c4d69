/* notice.h: what the cache directory says of a key that is not there yet: who computes it, and what has come of it.
   SPDX-License-Identifier: BSD-2-Clause

   Each of the 256 files claims/00 to claims/ff has room for 1024 notices of 256 bytes; a key has its place in the file of its first
   byte. Two keys may have the same place: the later notice replaces the earlier one. So a notice saves time, and nothing rests on it:
   where there is none for a key, nothing is known of it. The files have their full size, with holes, from the beginning, since
   clients of a network file system may remember how large a file was.

   The owner of a claim writes COMPUTING once it has looked for the entry in vain, PUBLISHED before it gives the claim up, or LOST if
   the result cannot be found by others. Who sees LOST of a claim that it has waited for computes as well, all at once, in place of one
   after the other. PUBLISHED tells a process whose file system still remembers the entry as missing to look twice (store.h).

   Offset   bytes
        0       8   "hcnote1\n"
        8      16   key
       24      16   key that the owner waits for meanwhile; zero: none
       40       8   number of the claim: random, not 0
       48       8   number of the last claim of this key whose result was lost; 0: none
       56       8   when the claim was made, in seconds since 1970
       64       8   when the notice was written
       72       8   when the owner's job ends at the latest; 0: unknown
       80       8   namespace of process numbers; 0: unknown
       88       8   when the process was started, in clock ticks since boot; 0: unknown
       96       8   how often a lease has been renewed (leases.h)
      104       4   number of the process
      108       4   its rank, -1: no parallel job
      112       4   how many ranks there are, -1: unknown
      116       4   state: 1 COMPUTING, 2 PUBLISHED, 3 LOST
      120      64   host
      184      64   job
      248       8   XXH3-64 of all before
   Numbers are in the byte order of the machine; where that is not the reader's, the digest is wrong and nothing is known. */
#ifndef HASHCACHE_NOTICE_H
#define HASHCACHE_NOTICE_H

#include "bell.h"
#include "job.h"
#include "process.h"
#include "store.h"

enum { HASHCACHE__NOTICES = 1024, HASHCACHE__COMPUTING = 1, HASHCACHE__PUBLISHED = 2, HASHCACHE__RESULT_LOST = 3 };

struct hashcache__notice {
  unsigned char magic[8];
  struct hashcache__digest key, waits_for;
  uint64_t number, lost;
  int64_t since, written, job_end;
  uint64_t namespace, started, renewed;
  int32_t pid, rank, ranks, state;
  char host[64], job[64];
  uint64_t check;
};

_Static_assert(sizeof (struct hashcache__notice) == 256, "a notice has 256 bytes");

static const unsigned char hashcache__notice_magic[8] = { 'h', 'c', 'n', 'o', 't', 'e', '1', '\n' };

static const struct hashcache__digest hashcache__no_key;

static uint64_t
hashcache__notice_check (const struct hashcache__notice *notice)
{
  return XXH3_64bits (notice, offsetof (struct hashcache__notice, check));
}

/* What NOTICE says of who writes it: this process. */
static void
hashcache__sign_notice (struct hashcache__notice *notice)
{
  char host[256], job[HASHCACHE__JOB_ID];
  int gone;

  hashcache__host_name (host);
  hashcache__job_id (job);
  snprintf (notice->host, sizeof notice->host, "%.63s", host);
  snprintf (notice->job, sizeof notice->job, "%.63s", job);
  notice->pid = (int32_t) getpid ();
  notice->rank = (int32_t) hashcache__launcher_rank ();
  notice->ranks = (int32_t) hashcache__launcher_ranks ();
  notice->job_end = hashcache__job_end ();
  notice->namespace = hashcache__process_namespace ();
  notice->started = hashcache__process_started (getpid (), &gone);
}

/* Begins the notice of a new claim of KEY: COMPUTING, by this process. The signature is made once in each process. */
static void
hashcache__begin_notice (struct hashcache__notice *notice, const struct hashcache__digest *key)
{
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  static struct hashcache__notice signature;
  static _Atomic uint64_t counter;
  struct timespec now = { 0, 0 };

  if (pthread_mutex_trylock (&mutex) == 0) { /* else, and after a fork meanwhile: sign by hand */
    if (signature.pid != (int32_t) getpid ())
      hashcache__sign_notice (&signature);
    *notice = signature;
    pthread_mutex_unlock (&mutex);
  } else {
    memset (notice, 0, sizeof *notice);
    hashcache__sign_notice (notice);
  }
  (void) clock_gettime (HASHCACHE__CLOCK_MONOTONIC, &now);
  memcpy (notice->magic, hashcache__notice_magic, sizeof notice->magic);
  notice->key = *key;
  notice->state = HASHCACHE__COMPUTING;
  notice->since = (int64_t) time (NULL);
  const uint64_t seeds[4] = { (uint64_t) now.tv_sec * UINT64_C (1000000000) + (uint64_t) now.tv_nsec, (uint64_t) getpid (),
                              atomic_fetch_add (&counter, 1), XXH3_64bits (notice->host, sizeof notice->host) };
  notice->number = XXH3_64bits (seeds, sizeof seeds) | 1;
}

/* Whether BYTES are a sound notice about KEY. */
static int
hashcache__notice_is_about (const struct hashcache__notice *notice, const struct hashcache__digest *key)
{
  return memcmp (notice->magic, hashcache__notice_magic, sizeof notice->magic) == 0 && hashcache__digest_equal (&notice->key, key)
         && notice->check == hashcache__notice_check (notice);
}

/* Number of the last claim that NOTICE says was lost; 0: none. */
static uint64_t
hashcache__notice_lost (const struct hashcache__notice *notice)
{
  return notice->state == HASHCACHE__RESULT_LOST ? notice->number : notice->lost;
}

static off_t
hashcache__notice_offset (const struct hashcache__digest *key)
{
  const unsigned place = (unsigned) key->bytes[9] | ((unsigned) key->bytes[10] << 8);

  return (off_t) ((place % HASHCACHE__NOTICES) * sizeof (struct hashcache__notice));
}

/* Reads the notice about KEY from FD, a file of claims/: 1, or 0 and NOTICE is all zero if there is none. */
static int
hashcache__read_notice (int fd, const struct hashcache__digest *key, struct hashcache__notice *notice)
{
  const ssize_t n = pread (fd, notice, sizeof *notice, hashcache__notice_offset (key));

  if (n == (ssize_t) sizeof *notice && hashcache__notice_is_about (notice, key))
    return 1;
  memset (notice, 0, sizeof *notice);
  return 0;
}

/* Writes NOTICE; what cannot be written is not said. */
static void
hashcache__write_notice (int fd, struct hashcache__notice *notice)
{
  struct hashcache__guard guard;

  notice->written = (int64_t) time (NULL);
  notice->check = hashcache__notice_check (notice);
  hashcache__guard_writes (&guard);
  if (pwrite (fd, notice, sizeof *notice, hashcache__notice_offset (&notice->key)) < 0) {
    /* nobody is told */
  }
  hashcache__unguard_writes (&guard);
}

/* The bell (bell.h) of a notice is the first half of its check, which no two notices have in common. */
static off_t
hashcache__notice_bell (const struct hashcache__digest *key)
{
  return hashcache__notice_offset (key) + (off_t) offsetof (struct hashcache__notice, check);
}

/* Wakes those on this machine who wait for another notice in the place of KEY's in FD, which has just been written. */
static void
hashcache__ring_notice (int fd, const struct hashcache__digest *key)
{
  hashcache__bell_ring (fd, hashcache__notice_bell (key));
}

/* Sleeps until there is another notice than NOTICE in its place in FD, for SECONDS at most. 0 if that cannot be heard of: nothing was waited
   for. */
static int
hashcache__await_notice (int fd, const struct hashcache__notice *notice, double seconds)
{
  uint32_t half;

  memcpy (&half, &notice->check, sizeof half);
  return hashcache__bell_await (fd, hashcache__notice_bell (&notice->key), half, seconds);
}

/* Gives the file FD of claims/ its full size. */
static void
hashcache__extend_notices (int fd)
{
  const off_t size = (off_t) (HASHCACHE__NOTICES * sizeof (struct hashcache__notice));
  struct hashcache__guard guard;
  struct stat file;

  if (fstat (fd, &file) != 0 || file.st_size >= size)
    return;
  hashcache__guard_writes (&guard);
  if (ftruncate (fd, size) != 0) {
    /* there will be no notices */
  }
  hashcache__unguard_writes (&guard);
}

/* Opens the file that has KEY's lock and notice; -1 if there is none to be had. */
static int
hashcache__open_notices (const struct hashcache__digest *key)
{
  const int fd = hashcache__store_open_claims (key->bytes[0]);

  if (fd >= 0)
    hashcache__extend_notices (fd);
  return fd;
}

/* Reads the notice about KEY from a file opened for this, which makes network file systems ask the server: 1, or 0: there is none. */
static int
hashcache__look_at_notice (const struct hashcache__digest *key, struct hashcache__notice *notice)
{
  const int fd = hashcache__open_notices (key);
  int found;

  memset (notice, 0, sizeof *notice);
  if (fd < 0)
    return 0;
  found = hashcache__read_notice (fd, key, notice);
  close (fd);
  return found;
}

/* "rank 3 of 16 on node7 (process 4711, job slurm 1234)" */
static void
hashcache__describe_owner (char text[256], const struct hashcache__notice *notice)
{
  int n = 0;

  if (notice->rank >= 0)
    n = snprintf (text, 256, "rank %ld", (long) notice->rank);
  if (notice->rank >= 0 && notice->ranks > 0)
    n += snprintf (text + n, 256 - (size_t) n, " of %ld", (long) notice->ranks);
  if (notice->rank >= 0)
    n += snprintf (text + n, 256 - (size_t) n, " on ");
  snprintf (text + n, 256 - (size_t) n, "%.63s (process %ld%s%.63s)", notice->host, (long) notice->pid,
            notice->job[0] ? ", job " : "", notice->job);
}

#endif
