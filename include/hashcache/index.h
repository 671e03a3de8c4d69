/* index.h: hashcache's own index of an entry, in the user block before the HDF5 data.
   SPDX-License-Identifier: BSD-2-Clause

   With it a hit is open, pread, verify, close. It is believed only if its own digest, its key and its sizes are exactly what the
   reader expects from the call at hand.

     0  magic                16 bytes "hashcache entry\n"
    16  version              2
    24  byte order           as the machine that wrote it stores 0x0102030405060708
    32  size of the index    in bytes, all of it
    40  size of the file     in bytes
    48  key                  16 bytes
    64  nanoseconds          that computing took
    72  pieces               number of them
    80  digests              number of them
    88  words                number of them
    96  the words            of the outcome: pointers, extents and allocations (outcome.h)
        for each piece of each output: offset in the file, size
        for each 256 KiB of each piece: its XXH3-128
        XXH3-128 of all the above

   Numbers are 64 bits, little-endian. */
#ifndef HASHCACHE_INDEX_H
#define HASHCACHE_INDEX_H

#include "layout.h"

enum { HASHCACHE__INDEX_VERSION = 2, HASHCACHE__INDEX_HEADER = 96, HASHCACHE__DIGESTED = 256 * 1024 };

static const char hashcache__index_magic[] = "hashcache entry\n";

/* How many of what an index has. */
struct hashcache__index_shape {
  uint64_t words;
  uint64_t pieces;
  uint64_t digests;
  uint64_t size; /* of the index, in bytes */
};

static uint64_t
hashcache__digests_of (uint64_t size)
{
  return size / HASHCACHE__DIGESTED + (size % HASHCACHE__DIGESTED > 0);
}

/* Fills in the size. 0, or -1 if it cannot be counted. */
static int
hashcache__index_add_up (struct hashcache__index_shape *shape)
{
  const uint64_t most = (uint64_t) 1 << 40;

  if (shape->words > most || shape->pieces > most || shape->digests > most)
    return -1;
  shape->size = HASHCACHE__INDEX_HEADER + 8 * shape->words + 16 * shape->pieces + 16 * shape->digests + 16;
  return 0;
}

/* What the index of an entry of BLOCKS, with so many WORDS, must have. 0, or -1 if the blocks make no sense. */
static int
hashcache__index_measure (const struct hashcache__blocks *blocks, uint64_t words, struct hashcache__index_shape *shape)
{
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;

  *shape = (struct hashcache__index_shape){ .words = words };
  while (hashcache__next_piece (blocks, HASHCACHE__AFTER, &cursor, &piece)) {
    if (piece.size == UINT64_MAX)
      return -1;
    shape->pieces++;
    shape->digests += hashcache__digests_of (piece.size);
  }
  return hashcache__index_add_up (shape);
}

static unsigned char *
hashcache__index_words (unsigned char *index)
{
  return index + HASHCACHE__INDEX_HEADER;
}

static unsigned char *
hashcache__index_piece (unsigned char *index, const struct hashcache__index_shape *shape, uint64_t piece)
{
  return index + HASHCACHE__INDEX_HEADER + 8 * shape->words + 16 * piece;
}

static unsigned char *
hashcache__index_digest (unsigned char *index, const struct hashcache__index_shape *shape, uint64_t digest)
{
  return hashcache__index_piece (index, shape, shape->pieces) + 16 * digest;
}

/* Fills in all but words, pieces and digests, and the digest over everything: to be called last. */
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
  hashcache__put_u64 (index + 88, shape->words);
  digest = hashcache__digest_of (index, (size_t) (shape->size - 16));
  memcpy (index + shape->size - 16, digest.bytes, 16);
}

/* Nanoseconds that computing took, by the first HASHCACHE__INDEX_HEADER bytes of an index; 0 if they are none. Nothing is verified. */
static uint64_t
hashcache__index_nanoseconds (const unsigned char *index)
{
  return memcmp (index, hashcache__index_magic, 16) == 0 ? hashcache__get_u64 (index + 64) : 0;
}

/* What is wrong with the first HASHCACHE__INDEX_HEADER bytes of an index; NULL if nothing is, and then *SHAPE is what they say. */
static const char *
hashcache__index_header_fault (const unsigned char *index, struct hashcache__index_shape *shape, const struct hashcache__key *key,
                               uint64_t file_size)
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
  *shape = (struct hashcache__index_shape){ .words = hashcache__get_u64 (index + 88),
                                            .pieces = hashcache__get_u64 (index + 72),
                                            .digests = hashcache__get_u64 (index + 80) };
  if (hashcache__index_add_up (shape) != 0 || hashcache__get_u64 (index + 32) != shape->size || shape->size > file_size)
    return "its index is damaged";
  return NULL;
}

/* Whether the INDEX, all of which has been read, is as it was written. */
static int
hashcache__index_is_whole (const unsigned char *index, const struct hashcache__index_shape *shape)
{
  const struct hashcache__digest digest = hashcache__digest_of (index, (size_t) (shape->size - 16));

  return memcmp (digest.bytes, index + shape->size - 16, 16) == 0;
}

/* Whether the pieces of the INDEX are those of BLOCKS, which have been replayed from its words. */
static int
hashcache__index_fits (unsigned char *index, const struct hashcache__index_shape *shape, const struct hashcache__blocks *blocks,
                       uint64_t file_size)
{
  struct hashcache__index_shape expected;
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;

  if (hashcache__index_measure (blocks, shape->words, &expected) != 0 || expected.pieces != shape->pieces
      || expected.digests != shape->digests)
    return 0;
  for (uint64_t n = 0; hashcache__next_piece (blocks, HASHCACHE__AFTER, &cursor, &piece); n++) {
    const unsigned char *entry = hashcache__index_piece (index, shape, n);
    const uint64_t offset = hashcache__get_u64 (entry);

    if (hashcache__get_u64 (entry + 8) != piece.size || offset > file_size || piece.size > file_size - offset)
      return 0;
  }
  return 1;
}

#endif
