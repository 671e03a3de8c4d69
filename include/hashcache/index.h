/* index.h: hashcache's own index of an entry, in the user block before the HDF5 data.
   SPDX-License-Identifier: BSD-2-Clause

   With it a hit is open, pread, verify, close. It is believed only if its own digest, its key and its sizes are exactly what the
   reader expects from the call at hand, so nothing read from a file decides how much memory is taken or where anything is put.

     0  magic                16 bytes "hashcache entry\n"
    16  version              1
    24  byte order           as the machine that wrote it stores 0x0102030405060708
    32  size of the index    in bytes, all of it
    40  size of the file     in bytes
    48  key                  16 bytes
    64  nanoseconds          that computing took
    72  pieces               number of them
    80  digests              number of them
    88  for each piece of each output: offset in the file, size
        for each 256 KiB of each piece: its XXH3-128
        XXH3-128 of all the above

   Numbers are 64 bits, little-endian. */
#ifndef HASHCACHE_INDEX_H
#define HASHCACHE_INDEX_H

#include "layout.h"

enum { HASHCACHE__INDEX_VERSION = 1, HASHCACHE__INDEX_HEADER = 88, HASHCACHE__DIGESTED = 256 * 1024 };

static const char hashcache__index_magic[] = "hashcache entry\n";

/* What the index of a call's entry must have, from the call's blocks alone. */
struct hashcache__index_shape {
  uint64_t pieces;
  uint64_t digests;
  uint64_t size; /* of the index */
};

static uint64_t
hashcache__digests_of (uint64_t size)
{
  return size / HASHCACHE__DIGESTED + (size % HASHCACHE__DIGESTED > 0);
}

/* 0, or -1 if the blocks make no sense. */
static int
hashcache__index_measure (const struct hashcache__blocks *blocks, struct hashcache__index_shape *shape)
{
  shape->pieces = shape->digests = 0;
  for (size_t i = 0; i < blocks->n; i++) {
    struct hashcache__piece piece;

    if (!hashcache__appears (&blocks->items[i], HASHCACHE__AFTER))
      continue;
    if (hashcache__block_size (&blocks->items[i]) == UINT64_MAX)
      return -1;
    for (uint64_t place = 0; hashcache__next_piece (&blocks->items[i], &place, &piece);) {
      shape->pieces++;
      shape->digests += hashcache__digests_of (piece.size);
    }
  }
  shape->size = HASHCACHE__INDEX_HEADER + 16 * shape->pieces + 16 * shape->digests + 16;
  return 0;
}

static unsigned char *
hashcache__index_piece (unsigned char *index, uint64_t piece)
{
  return index + HASHCACHE__INDEX_HEADER + 16 * piece;
}

static unsigned char *
hashcache__index_digest (unsigned char *index, const struct hashcache__index_shape *shape, uint64_t digest)
{
  return index + HASHCACHE__INDEX_HEADER + 16 * shape->pieces + 16 * digest;
}

/* Fills in all but pieces and digests, and the digest over everything: to be called last. */
static void
hashcache__index_seal (unsigned char *index, const struct hashcache__index_shape *shape, const struct hashcache__key *key,
                       uint64_t file_size, uint64_t nanoseconds)
{
  const uint64_t order = UINT64_C (0x0102030405060708);
  struct hashcache__digest digest;

  memcpy (index, hashcache__index_magic, 16);
  hashcache__put_u64 (index + 16, HASHCACHE__INDEX_VERSION);
  memcpy (index + 24, &order, 8);
  hashcache__put_u64 (index + 32, shape->size);
  hashcache__put_u64 (index + 40, file_size);
  memcpy (index + 48, key->key.bytes, 16);
  hashcache__put_u64 (index + 64, nanoseconds);
  hashcache__put_u64 (index + 72, shape->pieces);
  hashcache__put_u64 (index + 80, shape->digests);
  digest = hashcache__digest_of (index, (size_t) (shape->size - 16));
  memcpy (index + shape->size - 16, digest.bytes, 16);
}

/* What is wrong with the first HASHCACHE__INDEX_HEADER bytes of an index; NULL if nothing is. */
static const char *
hashcache__index_header_fault (const unsigned char *index, const struct hashcache__index_shape *shape,
                               const struct hashcache__key *key, uint64_t file_size)
{
  const uint64_t order = UINT64_C (0x0102030405060708);

  if (memcmp (index, hashcache__index_magic, 16) != 0)
    return "it is no entry of hashcache";
  if (hashcache__get_u64 (index + 16) != HASHCACHE__INDEX_VERSION)
    return "its index is of an unknown version";
  if (memcmp (index + 24, &order, 8) != 0)
    return "it was written on a machine of another byte order";
  if (hashcache__get_u64 (index + 40) != file_size)
    return "it is truncated or has grown";
  if (memcmp (index + 48, key->key.bytes, 16) != 0)
    return "it belongs to another key";
  if (hashcache__get_u64 (index + 32) != shape->size || hashcache__get_u64 (index + 72) != shape->pieces
      || hashcache__get_u64 (index + 80) != shape->digests || shape->size > file_size)
    return "its outputs are not those of the function";
  return NULL;
}

/* The same for the whole index, once it is read. */
static const char *
hashcache__index_fault (unsigned char *index, const struct hashcache__index_shape *shape, const struct hashcache__blocks *blocks,
                        uint64_t file_size)
{
  const struct hashcache__digest digest = hashcache__digest_of (index, (size_t) (shape->size - 16));
  uint64_t n = 0;

  if (memcmp (digest.bytes, index + shape->size - 16, 16) != 0)
    return "its index is damaged";
  for (size_t i = 0; i < blocks->n; i++) {
    struct hashcache__piece piece;

    if (!hashcache__appears (&blocks->items[i], HASHCACHE__AFTER))
      continue;
    for (uint64_t place = 0; hashcache__next_piece (&blocks->items[i], &place, &piece); n++) {
      const uint64_t offset = hashcache__get_u64 (hashcache__index_piece (index, n));

      if (hashcache__get_u64 (hashcache__index_piece (index, n) + 8) != piece.size || offset > file_size
          || piece.size > file_size - offset)
        return "its outputs are not those of the function";
    }
  }
  return NULL;
}

#endif
