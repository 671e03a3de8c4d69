/* index.h: hashcache's own index of an entry, in the user block before the HDF5 data.
   SPDX-License-Identifier: BSD-2-Clause

   With it a hit is open, pread, verify, close. It is believed only if its own digest, its key and its sizes are exactly what the
   reader expects from the call at hand. The dataset /index holds the same bytes, for files that another program has written anew:
   there offsets and the size of the file mean nothing, and the pieces are found by their names (read_hdf5.h).

     0  magic                16 bytes "hashcache entry\n"
    16  version              3
    24  check                XXH3-64 of the 24 bytes before it: these three are the same in all versions
    32  byte order           as the machine that wrote it stores 0x0102030405060708
    40  size of the index    in bytes, all of it
    48  size of the file     in bytes
    56  key                  16 bytes
    72  nanoseconds          that computing took
    80  pieces               number of them
    88  digests              number of them
    96  words                number of them
   104  filter               0, or the HDF5 filter that compresses pieces: offsets mean nothing then, HDF5 has to read them
   112  the words            of the outcome: pointers, extents and allocations (outcome.h)
        for each piece of each output: offset in the file, size
        for each 256 KiB of each piece: its XXH3-128
        copy             offset in the file of the dataset /index
        rest             XXH3-128 of all of the file but the index, its copy and the pieces (rest.h)
        XXH3-128 of all the above

   Where nothing is compressed copy and rest may be missing. Numbers are 64 bits, little-endian. docs/entry-format.md has all of it, and what a piece is. */
#ifndef HASHCACHE_INDEX_H
#define HASHCACHE_INDEX_H

#include "layout.h"
#include "transfer.h"

enum { HASHCACHE__INDEX_VERSION = 3, HASHCACHE__INDEX_HEADER = 112, HASHCACHE__INDEX_REST = 24 };

static const char hashcache__index_magic[] = "hashcache entry\n";
static const uint64_t hashcache__byte_order = UINT64_C (0x0102030405060708);

/* How many of what an index has. */
struct hashcache__index_shape {
  uint64_t words;
  uint64_t pieces;
  uint64_t digests;
  uint64_t rest; /* bytes of what it says of the rest of the file: INDEX_REST or 0 */
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
  shape->size = HASHCACHE__INDEX_HEADER + 8 * shape->words + 16 * shape->pieces + 16 * shape->digests + shape->rest + 16;
  return 0;
}

/* What the index of an entry of BLOCKS, with so many WORDS, must have. 0, or -1 if the blocks make no sense. */
static int
hashcache__index_measure (const struct hashcache__blocks *blocks, uint64_t words, struct hashcache__index_shape *shape)
{
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;

  *shape = (struct hashcache__index_shape){ .words = words, .rest = HASHCACHE__INDEX_REST };
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

/* Where the index says what its copy's offset is. */
static unsigned char *
hashcache__index_copy (unsigned char *index, const struct hashcache__index_shape *shape)
{
  return hashcache__index_digest (index, shape, shape->digests);
}

/* Where the digest of the rest of the file is. */
static unsigned char *
hashcache__index_rest (unsigned char *index, const struct hashcache__index_shape *shape)
{
  return hashcache__index_copy (index, shape) + 8;
}

/* What the first 24 bytes of an index, magic and version, are checked by. */
static uint64_t
hashcache__index_check (const unsigned char *index)
{
  return XXH3_64bits (index, 24);
}

/* Fills in all but words, pieces, digests and what it says of the rest, and the digest over everything: to be called last. */
static void
hashcache__index_seal (unsigned char *index, const struct hashcache__index_shape *shape, const struct hashcache__key *key,
                       uint64_t file_size, uint64_t nanoseconds, uint64_t filter)
{
  struct hashcache__digest digest;

  memcpy (index, hashcache__index_magic, 16);
  hashcache__put_u64 (index + 16, HASHCACHE__INDEX_VERSION);
  hashcache__put_u64 (index + 24, hashcache__index_check (index));
  memcpy (index + 32, &hashcache__byte_order, 8);
  hashcache__put_u64 (index + 40, shape->size);
  hashcache__put_u64 (index + 48, file_size);
  memcpy (index + 56, key->key.bytes, 16);
  hashcache__put_u64 (index + 72, nanoseconds);
  hashcache__put_u64 (index + 80, shape->pieces);
  hashcache__put_u64 (index + 88, shape->digests);
  hashcache__put_u64 (index + 96, shape->words);
  hashcache__put_u64 (index + 104, filter);
  digest = hashcache__digest_of (index, (size_t) (shape->size - 16));
  memcpy (index + shape->size - 16, digest.bytes, 16);
}

/* Of the first HASHCACHE__INDEX_HEADER bytes of an index: why it is not for us, though there is nothing wrong with it; NULL if it is. */
static const char *
hashcache__index_foreign (const unsigned char *index)
{
  const uint64_t other = __builtin_bswap64 (hashcache__byte_order);

  if (memcmp (index, hashcache__index_magic, 16) != 0 || hashcache__get_u64 (index + 24) != hashcache__index_check (index))
    return NULL;
  if (hashcache__get_u64 (index + 16) != HASHCACHE__INDEX_VERSION)
    return "another version of hashcache has written it";
  return memcmp (index + 32, &other, 8) == 0 ? "a machine of another byte order has written it" : NULL;
}

/* What is wrong with the first HASHCACHE__INDEX_HEADER bytes of an index; NULL if nothing is, and then *SHAPE is what they say. */
static const char *
hashcache__index_header_fault (const unsigned char *index, struct hashcache__index_shape *shape, const struct hashcache__key *key)
{
  if (memcmp (index, hashcache__index_magic, 16) != 0)
    return "it is no entry of hashcache";
  if (hashcache__get_u64 (index + 16) != HASHCACHE__INDEX_VERSION
      || hashcache__get_u64 (index + 24) != hashcache__index_check (index) || memcmp (index + 32, &hashcache__byte_order, 8) != 0)
    return "its index is damaged";
  if (memcmp (index + 56, key->key.bytes, 16) != 0)
    return "it belongs to another key";
  *shape = (struct hashcache__index_shape){ .words = hashcache__get_u64 (index + 96),
                                            .pieces = hashcache__get_u64 (index + 80),
                                            .digests = hashcache__get_u64 (index + 88) };
  if (hashcache__get_u64 (index + 104) != 0
      || (hashcache__index_add_up (shape) == 0 && hashcache__get_u64 (index + 40) == shape->size + HASHCACHE__INDEX_REST))
    shape->rest = HASHCACHE__INDEX_REST;
  if (hashcache__index_add_up (shape) != 0 || hashcache__get_u64 (index + 40) != shape->size)
    return "its index is damaged";
  return NULL;
}

static uint64_t
hashcache__index_file_size (const unsigned char *index)
{
  return hashcache__get_u64 (index + 48);
}

static uint64_t
hashcache__index_nanoseconds (const unsigned char *index)
{
  return hashcache__get_u64 (index + 72);
}

static uint64_t
hashcache__index_filter (const unsigned char *index)
{
  return hashcache__get_u64 (index + 104);
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
hashcache__index_fits (unsigned char *index, const struct hashcache__index_shape *shape, const struct hashcache__blocks *blocks)
{
  struct hashcache__index_shape expected;
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;

  if (hashcache__index_measure (blocks, shape->words, &expected) != 0 || expected.pieces != shape->pieces
      || expected.digests != shape->digests)
    return 0;
  for (uint64_t n = 0; hashcache__next_piece (blocks, HASHCACHE__AFTER, &cursor, &piece); n++)
    if (hashcache__get_u64 (hashcache__index_piece (index, shape, n) + 8) != piece.size)
      return 0;
  return 1;
}

/* Whether all pieces of the INDEX are inside of a file of FILE_SIZE, behind the index, and have room beside each other: a small file cannot
   claim to hold much. */
static int
hashcache__index_is_inside (unsigned char *index, const struct hashcache__index_shape *shape, uint64_t file_size)
{
  uint64_t room = file_size - shape->size;

  for (uint64_t n = 0; n < shape->pieces; n++) {
    const unsigned char *piece = hashcache__index_piece (index, shape, n);
    const uint64_t offset = hashcache__get_u64 (piece), size = hashcache__get_u64 (piece + 8);

    if (offset > file_size || size > file_size - offset || (size > 0 && offset < shape->size) || size > room)
      return 0;
    room -= size;
  }
  return 1;
}

#endif
