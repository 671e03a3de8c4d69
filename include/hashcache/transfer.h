/* transfer.h: brings bytes of an entry from its file to memory, verified.
   SPDX-License-Identifier: BSD-2-Clause

   Each 256 KiB are digested right behind their pread, while they are in the processor's cache. What else costs:
   - Memory that nobody has touched yet is mapped page by page while it is written: huge pages take less (huge_pages.h).
   - What is all zeros need not be read: its digest says what it is. (It takes no room in the file either: entry.h.)
   - One thread may not get all that the memory gives: HASHCACHE_IO_THREADS share a large transfer. They have ended when it has.
   - The kernel copies more slowly where file and memory are not aligned alike: skeleton.h sees to the file.
   After a failure the destination is undefined: what must stay whole is not read into directly. */
#ifndef HASHCACHE_TRANSFER_H
#define HASHCACHE_TRANSFER_H

#include "digest.h"
#include "huge_pages.h"
#include "inside.h"
#include "posix.h"

enum {
  HASHCACHE__DIGESTED = 256 * 1024,   /* bytes that have one digest */
  HASHCACHE__SHARE = 4 << 20,         /* bytes that a thread takes at a time */
  HASHCACHE__WORTH_THREADS = 32 << 20 /* bytes for each thread */
};

/* The digest of HASHCACHE__DIGESTED zeros. */
static const unsigned char hashcache__zeros_digest[16] = { 0x9a, 0xa2, 0x95, 0xae, 0xad, 0x2a, 0x46, 0x61,
                                                           0x2d, 0x64, 0xc0, 0x35, 0xe8, 0x5f, 0xb9, 0x28 };

enum { HASHCACHE__TRUNCATED = -1, HASHCACHE__DAMAGED = -2 };

/* What is to be brought where. */
struct hashcache__transfer {
  int fd;
  unsigned char *to;
  uint64_t size;                /* in bytes */
  uint64_t offset;              /* in the file */
  const unsigned char *digests; /* 16 bytes for each HASHCACHE__DIGESTED bytes */
  _Atomic uint64_t taken;       /* bytes that some thread has taken on */
  _Atomic int failure;          /* 0; errno; TRUNCATED or DAMAGED */
  _Atomic int ended;            /* threads */
};

/* Reads N bytes at OFFSET: 0, errno or TRUNCATED. */
static int
hashcache__pread_whole (int fd, unsigned char *bytes, size_t n, uint64_t offset)
{
  while (n > 0) {
    const ssize_t done = pread (fd, bytes, n < (1u << 30) ? n : 1u << 30, (off_t) offset);

    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return errno;
    if (done == 0)
      return HASHCACHE__TRUNCATED;
    bytes += done;
    offset += (uint64_t) done;
    n -= (size_t) done;
  }
  return 0;
}

/* Blocks -------------------------------------------------------------------------------------------------------------- */

/* Brings the bytes of TRANSFER that have the digest of ordinal BLOCK: 0, errno, TRUNCATED or DAMAGED. */
static int
hashcache__transfer_block (const struct hashcache__transfer *transfer, uint64_t block)
{
  const uint64_t at = block * HASHCACHE__DIGESTED, left = transfer->size - at;
  const size_t n = left < HASHCACHE__DIGESTED ? (size_t) left : HASHCACHE__DIGESTED;
  const unsigned char *expected = transfer->digests + 16 * block;
  unsigned char *to = transfer->to + at;
  struct hashcache__digest digest;
  int failure;

  if (n == HASHCACHE__DIGESTED && memcmp (expected, hashcache__zeros_digest, 16) == 0) {
    memset (to, 0, n);
    return 0;
  }
  failure = hashcache__pread_whole (transfer->fd, to, n, transfer->offset + at);
  if (failure)
    return failure;
  digest = hashcache__digest_of (to, n);
  return memcmp (digest.bytes, expected, 16) == 0 ? 0 : HASHCACHE__DAMAGED;
}

/* Brings the share of TRANSFER that begins AT. */
static int
hashcache__transfer_share (const struct hashcache__transfer *transfer, uint64_t at)
{
  const uint64_t left = transfer->size - at, end = at + (left < HASHCACHE__SHARE ? left : HASHCACHE__SHARE);
  int failure = 0;

  if (transfer->size >= HASHCACHE__WORTH_HUGE)
    hashcache__make_huge_pages (transfer->to + at, end - at, left);
  for (; at < end && !failure; at += HASHCACHE__DIGESTED)
    failure = hashcache__transfer_block (transfer, at / HASHCACHE__DIGESTED);
  return failure;
}

/* Takes shares of TRANSFER until there are no more, or one has failed. */
static void
hashcache__transfer_shares (struct hashcache__transfer *transfer)
{
  int failure;

  while (atomic_load (&transfer->failure) == 0) {
    const uint64_t at = atomic_fetch_add (&transfer->taken, HASHCACHE__SHARE);

    if (at >= transfer->size)
      return;
    failure = hashcache__transfer_share (transfer, at);
    if (failure)
      atomic_store (&transfer->failure, failure);
  }
}

/* Threads ------------------------------------------------------------------------------------------------------------- */

enum { HASHCACHE__MOST_HELPERS = 255 };

static void *
hashcache__help_transfer (void *context)
{
  struct hashcache__transfer *transfer = context;

  hashcache__transfer_shares (transfer);
  atomic_fetch_add (&transfer->ended, 1);
  return NULL;
}

/* Waits until N threads have ended. In the child of a fork by a handler that has interrupted this thread there are none. */
static void
hashcache__await_helpers (struct hashcache__transfer *transfer, const pthread_t *helpers, int n)
{
  while (atomic_load (&transfer->ended) < n && !atomic_load (&hashcache__forked_inside))
    hashcache__sleep (2e-5);
  if (atomic_load (&hashcache__forked_inside)) {
    atomic_store (&transfer->failure, EBUSY);
    return;
  }
  for (int i = 0; i < n; i++)
    pthread_join (helpers[i], NULL);
}

static void
hashcache__transfer_by_threads (struct hashcache__transfer *transfer, int threads)
{
  pthread_t helpers[HASHCACHE__MOST_HELPERS];
  int n = 0;

  while (n < threads - 1 && n < HASHCACHE__MOST_HELPERS
         && hashcache__start_thread (&helpers[n], hashcache__help_transfer, transfer) == 0)
    n++;
  hashcache__transfer_shares (transfer);
  hashcache__await_helpers (transfer, helpers, n);
}

/* Does TRANSFER, of which the first five members are set, with up to so many THREADS: 0, errno, TRUNCATED or DAMAGED. */
static int
hashcache__do_transfer (struct hashcache__transfer *transfer, int threads)
{
  const uint64_t useful = transfer->size / HASHCACHE__WORTH_THREADS;

  if (transfer->size == 0)
    return 0;
  if (threads > 1 && useful > 1)
    hashcache__transfer_by_threads (transfer, useful < (uint64_t) threads ? (int) useful : threads);
  else
    hashcache__transfer_shares (transfer);
  return atomic_load (&transfer->failure);
}

#endif
