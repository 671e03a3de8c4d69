/* rest.h: the digest of the rest of an entry's file: of all that is neither its index nor an output.
   SPDX-License-Identifier: BSD-2-Clause

   That is what HDF5 reads before it knows where anything is, and inputs; of a compressed entry, whose outputs are where only HDF5 knows,
   all but the index and its copy. A hit without HDF5 has no use for it. But HDF5 is not safe from damaged files, and may end the program
   over one: where it is to read an entry that we have written, this is compared first. */
#ifndef HASHCACHE_REST_H
#define HASHCACHE_REST_H

#include "index.h"

/* A file: in memory, or where IMAGE is NULL by its descriptor. */
struct hashcache__whole_file {
  int fd;
  const unsigned char *image;
  uint64_t size;
};

/* Bytes of the file that are not of the rest. */
struct hashcache__known_range {
  uint64_t begin, end;
};

/* The rest on its way into a digest. */
struct hashcache__rest {
  const struct hashcache__whole_file *file;
  unsigned char *buffer; /* what is read goes here: */
  uint64_t begin, end;   /* this of the file is there */
  struct hashcache__hasher hasher;
};

enum { HASHCACHE__REST_AT_ONCE = 64 << 10 };

static int
hashcache__order_of_ranges (const void *a, const void *b)
{
  const uint64_t first = ((const struct hashcache__known_range *) a)->begin,
                 second = ((const struct hashcache__known_range *) b)->begin;

  return first < second ? -1 : first > second ? 1 : 0;
}

/* Puts what the INDEX tells of, which with FILTER is no piece, into RANGES in the order of the file; returns how many these are, or 0 if they are
   not in a file of FILE_SIZE beside each other. *REST: how many bytes are left. */
static size_t
hashcache__find_ranges (unsigned char *index, const struct hashcache__index_shape *shape, uint64_t filter, uint64_t file_size,
                        struct hashcache__known_range *ranges, uint64_t *rest)
{
  const uint64_t copy = hashcache__get_u64 (hashcache__index_copy (index, shape));
  size_t n = 0;

  ranges[n++] = (struct hashcache__known_range){ 0, shape->size };
  ranges[n++] = (struct hashcache__known_range){ copy, copy + shape->size };
  for (uint64_t i = 0; i < shape->pieces && filter == 0; i++) {
    const unsigned char *piece = hashcache__index_piece (index, shape, i);
    const uint64_t offset = hashcache__get_u64 (piece), size = hashcache__get_u64 (piece + 8);

    if (size > 0)
      ranges[n++] = (struct hashcache__known_range){ offset, offset + size };
  }
  qsort (ranges, n, sizeof *ranges, hashcache__order_of_ranges);
  *rest = file_size;
  for (size_t i = 0; i < n; i++) {
    if (ranges[i].begin > ranges[i].end || ranges[i].end > file_size || (i > 0 && ranges[i].begin < ranges[i - 1].end))
      return 0;
    *rest -= ranges[i].end - ranges[i].begin;
  }
  return n;
}

/* Reads the file from AT on: 0, errno or TRUNCATED. */
static int
hashcache__read_rest (struct hashcache__rest *rest, uint64_t at)
{
  const uint64_t left = rest->file->size - at, n = left < HASHCACHE__REST_AT_ONCE ? left : HASHCACHE__REST_AT_ONCE;

  rest->begin = at;
  rest->end = at + n;
  return hashcache__pread_whole (rest->file->fd, rest->buffer, (size_t) n, at);
}

/* Takes the bytes from AT to END: 0, errno or TRUNCATED. */
static int
hashcache__take_rest (struct hashcache__rest *rest, uint64_t at, uint64_t end)
{
  if (rest->file->image && at < end) {
    hashcache__hash_bytes (&rest->hasher, rest->file->image + at, (size_t) (end - at));
    return 0;
  }
  while (at < end) {
    const int failure = at >= rest->begin && at < rest->end ? 0 : hashcache__read_rest (rest, at);
    const uint64_t n = end < rest->end ? end - at : rest->end - at;

    if (failure)
      return failure;
    hashcache__hash_bytes (&rest->hasher, rest->buffer + (at - rest->begin), (size_t) n);
    at += n;
  }
  return 0;
}

/* Digests the file but the N RANGES. */
static int
hashcache__take_all_rest (struct hashcache__rest *rest, const struct hashcache__known_range *ranges, size_t n)
{
  uint64_t at = 0;
  int failure = 0;

  hashcache__hash_start (&rest->hasher);
  for (size_t i = 0; i < n && !failure; i++) {
    failure = hashcache__take_rest (rest, at, ranges[i].begin);
    at = ranges[i].end;
  }
  return failure ? failure : hashcache__take_rest (rest, at, rest->file->size);
}

/* The digest of the rest of FILE, of whose INDEX the pieces and the copy's offset are known. No more than MOST bytes are read. 0; errno, EFBIG
   if there are more; TRUNCATED; DAMAGED if the index makes no sense. */
static int
hashcache__digest_rest (const struct hashcache__whole_file *file, unsigned char *index,
                        const struct hashcache__index_shape *shape, uint64_t filter, uint64_t most,
                        struct hashcache__digest *digest)
{
  enum { FEW = 16 };
  struct hashcache__known_range few[FEW], *ranges = few;
  struct hashcache__rest rest = { .file = file };
  uint64_t size = 0;
  size_t n = 0;
  int failure = ENOMEM;

  if (shape->pieces + 2 > FEW)
    ranges = calloc ((size_t) shape->pieces + 2, sizeof *ranges);
  if (ranges) {
    n = hashcache__find_ranges (index, shape, filter, file->size, ranges, &size);
    failure = n == 0 ? HASHCACHE__DAMAGED : size > most ? EFBIG : 0;
  }
  if (!failure && !file->image) {
    rest.buffer = malloc (HASHCACHE__REST_AT_ONCE);
    failure = rest.buffer ? 0 : ENOMEM;
  }
  if (!failure)
    failure = hashcache__take_all_rest (&rest, ranges, n);
  if (!failure)
    *digest = hashcache__hash_finish (&rest.hasher);
  free (rest.buffer);
  if (ranges != few)
    free (ranges);
  return failure;
}

/* Whether the rest of the open file FD, of FILE_SIZE, is as its whole INDEX says: as hashcache__digest_rest, and DAMAGED if it is not. */
static int
hashcache__check_rest (int fd, unsigned char *index, const struct hashcache__index_shape *shape, uint64_t file_size,
                       uint64_t most)
{
  const struct hashcache__whole_file file = { .fd = fd, .size = file_size };
  struct hashcache__digest digest;
  const int failure = shape->rest == 0
                          ? HASHCACHE__DAMAGED
                          : hashcache__digest_rest (&file, index, shape, hashcache__index_filter (index), most, &digest);

  if (failure)
    return failure;
  return memcmp (digest.bytes, hashcache__index_rest (index, shape), 16) == 0 ? 0 : HASHCACHE__DAMAGED;
}

#endif
