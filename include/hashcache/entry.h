/* entry.h: writes an entry to a file descriptor, and restores the outputs of a call from one.
   SPDX-License-Identifier: BSD-2-Clause

   Writing leaves a plain HDF5 file whose user block holds our index (index.h). Restoring verifies every byte by its digest.
   Outputs whose old content is an input too are changed only after everything has been read and verified, so that a damaged
   entry leaves the call's inputs as they were and the call can still be computed. */
#ifndef HASHCACHE_ENTRY_H
#define HASHCACHE_ENTRY_H

#include "skeleton.h"
#include "unchanged.h"

/* Writing ------------------------------------------------------------------------------------------------------------- */

/* 0, or -1 with errno. */
static int
hashcache__pwrite_all (int fd, const unsigned char *bytes, uint64_t n, uint64_t offset)
{
  while (n > 0 && !atomic_load (&hashcache__forked_inside)) { /* else the file is the parent's */
    const ssize_t done = pwrite (fd, bytes, n < (1u << 30) ? (size_t) n : 1u << 30, (off_t) offset);

    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0) {
      errno = done == 0 ? ENOSPC : errno;
      return -1;
    }
    bytes += done;
    offset += (uint64_t) done;
    n -= (uint64_t) done;
  }
  return 0;
}

/* Packed bytes on their way into the file, digested 256 KiB at a time. */
struct hashcache__stream {
  int fd;
  int error; /* errno of the first failure */
  uint64_t offset;
  unsigned char *digests; /* where the next digest goes; NULL if none are wanted */
  unsigned char *buffer;  /* HASHCACHE__DIGESTED bytes */
  size_t held;
};

static void
hashcache__stream_out (struct hashcache__stream *stream, const unsigned char *bytes, size_t n)
{
  if (stream->digests) {
    const struct hashcache__digest digest = hashcache__digest_of (bytes, n);

    memcpy (stream->digests, digest.bytes, 16);
    stream->digests += 16;
  }
  if (!stream->error && hashcache__pwrite_all (stream->fd, bytes, n, stream->offset) != 0)
    stream->error = errno;
  stream->offset += n;
}

static void
hashcache__stream_run (void *context, unsigned char *run, size_t n)
{
  struct hashcache__stream *stream = context;

  while (n > 0) {
    const size_t room = HASHCACHE__DIGESTED - stream->held;
    const size_t taken = n < room ? n : room;

    if (taken == HASHCACHE__DIGESTED)
      hashcache__stream_out (stream, run, taken);
    else {
      memcpy (stream->buffer + stream->held, run, taken);
      stream->held += taken;
    }
    if (stream->held == HASHCACHE__DIGESTED) {
      hashcache__stream_out (stream, stream->buffer, stream->held);
      stream->held = 0;
    }
    run += taken;
    n -= taken;
  }
}

static void
hashcache__stream_end (struct hashcache__stream *stream)
{
  if (stream->held > 0)
    hashcache__stream_out (stream, stream->buffer, stream->held);
  stream->held = 0;
}

/* The piece as it is now, or as it was if BLOCK has an image of before the call. */
static void
hashcache__stream_piece (struct hashcache__stream *stream, const struct hashcache__piece *piece,
                         const struct hashcache__image *image)
{
  if (piece->size == 0)
    return;
  if (image && image->bytes)
    hashcache__stream_run (stream, image->bytes + piece->packed, (size_t) piece->size);
  else
    hashcache__each_run (piece->type, piece->address, piece->count, hashcache__stream_run, stream);
  hashcache__stream_end (stream);
}

static int
hashcache__write_pieces (struct hashcache__entry *entry, int when, struct hashcache__stream *stream)
{
  uint64_t n = 0;

  stream->digests = when == HASHCACHE__AFTER ? hashcache__index_digest (entry->index, &entry->shape, 0) : NULL;
  for (size_t i = 0; i < entry->blocks->n; i++) {
    struct hashcache__piece piece;

    if (!hashcache__appears (&entry->blocks->items[i], when))
      continue;
    for (uint64_t place = 0; hashcache__next_piece (&entry->blocks->items[i], &place, &piece); n++) {
      stream->offset =
          when == HASHCACHE__BEFORE ? entry->before_offsets[n] : hashcache__get_u64 (hashcache__index_piece (entry->index, n));
      hashcache__stream_piece (stream, &piece, when == HASHCACHE__BEFORE && entry->before ? &entry->before[i] : NULL);
    }
  }
  return stream->error ? -1 : 0;
}

static uint64_t
hashcache__count_before_pieces (const struct hashcache__blocks *blocks)
{
  uint64_t n = 0;

  for (size_t i = 0; i < blocks->n; i++) {
    struct hashcache__piece piece;

    if (hashcache__appears (&blocks->items[i], HASHCACHE__BEFORE))
      for (uint64_t place = 0; hashcache__next_piece (&blocks->items[i], &place, &piece);)
        n++;
  }
  return n;
}

/* What must be true of the blocks before anything is written; NULL, or what is not. */
static const char *
hashcache__entry_fault (const struct hashcache__entry *entry)
{
  enum { MOST_BLOCKS = 1 << 14 };

  if (entry->blocks->n > MOST_BLOCKS)
    return "it has more than 16384 pieces of memory";
  for (size_t i = 0; i < entry->blocks->n; i++) {
    const struct hashcache__block *block = &entry->blocks->items[i];
    const struct hashcache__image *image = entry->before ? &entry->before[i] : NULL;

    if (hashcache__block_size (block) == UINT64_MAX)
      return "its size cannot be counted";
    if (block->role == HASHCACHE__INOUT && hashcache__block_size (block) > 0
        && (!image || !image->bytes || image->size != hashcache__block_size (block)))
      return "what an argument held before the call was not kept";
  }
  return NULL;
}

static void
hashcache__entry_free (struct hashcache__entry *entry)
{
  free (entry->index);
  free (entry->before_offsets);
  free (entry->skeleton);
}

/* Makes index and skeleton, of which no digest is known yet; 0, or -1 with a fault. */
static int
hashcache__entry_prepare (struct hashcache__entry *entry)
{
  entry->fault = hashcache__entry_fault (entry);
  if (entry->fault)
    return -1;
  entry->fault = "its size cannot be counted";
  if (hashcache__index_measure (entry->blocks, &entry->shape) != 0)
    return -1;
  for (entry->user_block = 512; entry->user_block < entry->shape.size;)
    entry->user_block *= 2;
  entry->fault = "out of memory";
  entry->index = calloc (1, (size_t) entry->shape.size);
  entry->before_offsets = calloc ((size_t) hashcache__count_before_pieces (entry->blocks) + 1, sizeof *entry->before_offsets);
  if (!entry->index || !entry->before_offsets)
    return -1;
  entry->fault = "HDF5 cannot lay it out";
  if (hashcache__with_hdf5 (hashcache__h5_skeleton, entry) != 0)
    return -1;
  entry->fault = NULL;
  return 0;
}

/* Skeleton first: bulk data may lie inside it, where it is still zero. Index last. */
static int
hashcache__entry_write_all (struct hashcache__entry *entry, int fd, struct hashcache__stream *stream)
{
  if (ftruncate (fd, (off_t) entry->file_size) != 0)
    return -1;
  if (hashcache__pwrite_all (fd, entry->skeleton + entry->user_block, entry->skeleton_size - entry->user_block,
                             entry->user_block))
    return -1;
  if (hashcache__write_pieces (entry, HASHCACHE__BEFORE, stream) || hashcache__write_pieces (entry, HASHCACHE__AFTER, stream)) {
    errno = stream->error;
    return -1;
  }
  hashcache__index_seal (entry->index, &entry->shape, entry->key, entry->file_size, hashcache__nanoseconds (entry->seconds));
  return hashcache__pwrite_all (fd, entry->index, entry->shape.size, 0);
}

/* Writes the prepared entry to the empty file FD; 0, or -1 with errno. */
static int
hashcache__entry_write (struct hashcache__entry *entry, int fd)
{
  struct hashcache__stream stream = { .fd = fd, .buffer = malloc (HASHCACHE__DIGESTED) };
  int result;

  if (!stream.buffer) {
    errno = ENOMEM;
    return -1;
  }
  result = hashcache__entry_write_all (entry, fd, &stream);
  free (stream.buffer);
  return result;
}

/* Restoring ----------------------------------------------------------------------------------------------------------- */

/* An entry being read. FAULT says what is wrong with it; ERROR is what the system or memory refused, no fault of the entry. */
struct hashcache__reader {
  int fd;
  int error;
  const char *fault;
  const struct hashcache__key *key;
  const struct hashcache__blocks *blocks;
  struct hashcache__index_shape shape;
  uint64_t file_size;
  unsigned char *index;
  uint64_t bytes_read;
};

static int
hashcache__read_fault (struct hashcache__reader *reader, const char *fault)
{
  reader->fault = fault;
  return -1;
}

static int
hashcache__read_error (struct hashcache__reader *reader, int error)
{
  reader->error = error;
  return -1;
}

static int
hashcache__pread_all (struct hashcache__reader *reader, unsigned char *bytes, uint64_t n, uint64_t offset)
{
  while (n > 0) {
    const ssize_t done = pread (reader->fd, bytes, n < (1u << 30) ? (size_t) n : 1u << 30, (off_t) offset);

    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return hashcache__read_error (reader, errno);
    if (done == 0)
      return hashcache__read_fault (reader, "it is truncated");
    bytes += done;
    offset += (uint64_t) done;
    n -= (uint64_t) done;
    reader->bytes_read += (uint64_t) done;
  }
  return 0;
}

enum { HASHCACHE__INDEX_AT_ONCE = 2048 };

/* Reads and checks the index: into SMALL (of INDEX_AT_ONCE bytes) if it fits there. */
static int
hashcache__read_index (struct hashcache__reader *reader, unsigned char *small)
{
  const uint64_t size = reader->shape.size;
  const char *fault;

  if (reader->file_size < size)
    return hashcache__read_fault (reader, "it is truncated");
  reader->index = size <= HASHCACHE__INDEX_AT_ONCE ? small : malloc ((size_t) size);
  if (!reader->index)
    return hashcache__read_error (reader, ENOMEM);
  if (hashcache__pread_all (reader, reader->index, size, 0) != 0)
    return -1;
  fault = hashcache__index_header_fault (reader->index, &reader->shape, reader->key, reader->file_size);
  if (!fault)
    fault = hashcache__index_fault (reader->index, &reader->shape, reader->blocks, reader->file_size);
  return fault ? hashcache__read_fault (reader, fault) : 0;
}

/* Reads SIZE bytes at OFFSET into TO, verified 256 KiB at a time while they are in the cache. *DIGEST is the ordinal of the next. */
static int
hashcache__read_verified (struct hashcache__reader *reader, unsigned char *to, uint64_t size, uint64_t offset, uint64_t *digest)
{
  while (size > 0) {
    const uint64_t n = size < HASHCACHE__DIGESTED ? size : HASHCACHE__DIGESTED;
    struct hashcache__digest found;

    if (hashcache__pread_all (reader, to, n, offset) != 0)
      return -1;
    found = hashcache__digest_of (to, (size_t) n);
    if (memcmp (found.bytes, hashcache__index_digest (reader->index, &reader->shape, (*digest)++), 16) != 0)
      return hashcache__read_fault (reader, "its data are damaged");
    to += n;
    offset += n;
    size -= n;
  }
  return 0;
}

/* Reads one piece into PACKED, or into the caller's memory if that is NULL. */
static int
hashcache__read_piece (struct hashcache__reader *reader, const struct hashcache__piece *piece, uint64_t offset, uint64_t *digest,
                       unsigned char *packed)
{
  const int direct = !packed && (piece->type->flags & HASHCACHE__DENSE);
  unsigned char *to = packed ? packed : direct ? piece->address : NULL;
  int result;

  if (piece->size == 0)
    return 0;
  if (to)
    return hashcache__read_verified (reader, to, piece->size, offset, digest);
  to = malloc ((size_t) piece->size);
  if (!to)
    return hashcache__read_error (reader, ENOMEM);
  result = hashcache__read_verified (reader, to, piece->size, offset, digest);
  if (result == 0)
    hashcache__unpack (piece->type, to, piece->count, piece->address);
  free (to);
  return result;
}

/* Reads the pieces of all outputs of ROLE: INOUT ones into IMAGES, OUT ones into the caller's memory. */
static int
hashcache__read_outputs (struct hashcache__reader *reader, uint32_t role, struct hashcache__image *images)
{
  uint64_t n = 0, digest = 0;

  for (size_t i = 0; i < reader->blocks->n; i++) {
    const struct hashcache__block *block = &reader->blocks->items[i];
    struct hashcache__piece piece;

    if (!hashcache__appears (block, HASHCACHE__AFTER))
      continue;
    for (uint64_t place = 0; hashcache__next_piece (block, &place, &piece); n++) {
      const uint64_t offset = hashcache__get_u64 (hashcache__index_piece (reader->index, n));

      if (block->role != role)
        digest += hashcache__digests_of (piece.size);
      else if (hashcache__read_piece (reader, &piece, offset, &digest, images ? images[i].bytes + piece.packed : NULL) != 0)
        return -1;
    }
  }
  return 0;
}

/* Memory for each INOUT block; NULL if there is none of these, or with reader->error. */
static struct hashcache__image *
hashcache__inout_images (struct hashcache__reader *reader)
{
  struct hashcache__image *images = NULL;

  for (size_t i = 0; i < reader->blocks->n; i++) {
    const struct hashcache__block *block = &reader->blocks->items[i];

    if (block->role != HASHCACHE__INOUT)
      continue;
    if (!images)
      images = calloc (reader->blocks->n, sizeof *images);
    if (images) {
      images[i].size = hashcache__block_size (block);
      images[i].bytes = malloc ((size_t) images[i].size + 1);
    }
    if (!images || !images[i].bytes) {
      hashcache__read_error (reader, ENOMEM);
      break;
    }
  }
  return images;
}

static void
hashcache__images_free (struct hashcache__image *images, size_t n)
{
  for (size_t i = 0; images && i < n; i++)
    hashcache__image_free (&images[i]);
  free (images);
}

/* Everything that can go wrong comes before the first byte of an INOUT argument changes. */
static int
hashcache__read_all_outputs (struct hashcache__reader *reader)
{
  struct hashcache__image *images = hashcache__inout_images (reader);
  int result = reader->error ? -1 : 0;

  if (result == 0 && images)
    result = hashcache__read_outputs (reader, HASHCACHE__INOUT, images);
  if (result == 0)
    result = hashcache__read_outputs (reader, HASHCACHE__OUT, NULL);
  for (size_t i = 0; result == 0 && images && i < reader->blocks->n; i++)
    if (images[i].bytes && !hashcache__same_content (&reader->blocks->items[i], images[i].bytes))
      hashcache__unpack (reader->blocks->items[i].type, images[i].bytes, reader->blocks->items[i].count,
                         reader->blocks->items[i].address);
  hashcache__images_free (images, reader->blocks->n);
  return result;
}

/* Restores the outputs of the reader's blocks from its fd, and gives what computing them took. 0, or -1 with fault or error. */
static int
hashcache__entry_restore (struct hashcache__reader *reader, double *seconds)
{
  unsigned char small[HASHCACHE__INDEX_AT_ONCE];
  int result;

  if (hashcache__index_measure (reader->blocks, &reader->shape) != 0)
    return hashcache__read_error (reader, EOVERFLOW);
  result = hashcache__read_index (reader, small);
  if (result == 0)
    result = hashcache__read_all_outputs (reader);
  if (result == 0)
    *seconds = 1e-9 * (double) hashcache__get_u64 (reader->index + 64);
  if (reader->index != small)
    free (reader->index);
  reader->index = NULL;
  return result;
}

#endif
