/* entry.h: writes an entry to a file descriptor, and restores the outputs of a call from one.
   SPDX-License-Identifier: BSD-2-Clause

   Writing leaves a plain HDF5 file whose user block holds our index (index.h). Restoring verifies every byte by its digest; it needs
   HDF5 only where the index does not fit the file, which another program has written anew, or says that data are compressed.
   Outputs whose old content is an input too are changed only after everything has been read and verified, so that a damaged
   entry leaves the call's inputs as they were and the call can still be computed. */
#ifndef HASHCACHE_ENTRY_H
#define HASHCACHE_ENTRY_H

#include "read_hdf5.h"
#include "reason.h"
#include "record.h"
#include "rest.h"
#include "settings.h"
#include "template.h"
#include "unchanged.h"
#include "written.h"

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

/* Packed bytes on their way into the file, digested 256 KiB at a time. What is written ends at multiples of as much in the file as long as
   more is to come: the kernel caches files in pieces aligned like that, and takes a quarter longer to fill them in parts. */
struct hashcache__stream {
  int fd;
  int error;                    /* errno of the first failure */
  unsigned char *image;         /* of the whole file, for it to be written at once; or NULL */
  uint64_t offset;              /* of the next byte */
  const unsigned char *pending; /* what is before OFFSET and not yet written, */
  size_t n_pending;             /* so many bytes */
  unsigned char *digests;       /* where the next digest goes; NULL if none are wanted */
  unsigned char *buffer;        /* HASHCACHE__DIGESTED bytes */
  size_t held;
};

static int
hashcache__is_zero (const unsigned char *bytes, size_t n)
{
  return bytes[0] == 0 && memcmp (bytes, bytes + 1, n - 1) == 0;
}

/* Writes the first N bytes of what is pending. */
static void
hashcache__stream_write (struct hashcache__stream *stream, size_t n)
{
  if (!stream->error && hashcache__pwrite_all (stream->fd, stream->pending, n, stream->offset - stream->n_pending) != 0)
    stream->error = errno;
  stream->pending += n;
  stream->n_pending -= n;
}

/* Writes all that is pending: its memory will be used otherwise. */
static void
hashcache__stream_flush (struct hashcache__stream *stream)
{
  if (stream->n_pending > 0)
    hashcache__stream_write (stream, stream->n_pending);
  stream->pending = NULL;
}

/* Takes on N further BYTES. */
static void
hashcache__stream_append (struct hashcache__stream *stream, const unsigned char *bytes, size_t n)
{
  size_t beyond;

  if (!stream->pending || stream->pending + stream->n_pending != bytes)
    hashcache__stream_flush (stream);
  if (!stream->pending)
    stream->pending = bytes;
  stream->n_pending += n;
  stream->offset += n;
  beyond = (size_t) (stream->offset % HASHCACHE__DIGESTED);
  if (beyond < stream->n_pending)
    hashcache__stream_write (stream, stream->n_pending - beyond);
}

/* Zeros are there already: the file has its size, and nothing where the data go. They take no room on the disk. */
static void
hashcache__stream_out (struct hashcache__stream *stream, const unsigned char *bytes, size_t n)
{
  const int zero = hashcache__is_zero (bytes, n);

  if (stream->digests) {
    if (zero && n == HASHCACHE__DIGESTED)
      memcpy (stream->digests, hashcache__zeros_digest, 16);
    else {
      const struct hashcache__digest digest = hashcache__digest_of (bytes, n);

      memcpy (stream->digests, digest.bytes, 16);
    }
    stream->digests += 16;
  }
  if (stream->image)
    memcpy (stream->image + stream->offset, bytes, n);
  else if (!zero) {
    hashcache__stream_append (stream, bytes, n);
    return;
  } else
    hashcache__stream_flush (stream);
  stream->offset += n;
}

/* What the buffer holds. */
static void
hashcache__stream_out_buffer (struct hashcache__stream *stream)
{
  hashcache__stream_out (stream, stream->buffer, stream->held);
  hashcache__stream_flush (stream);
  stream->held = 0;
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
    if (stream->held == HASHCACHE__DIGESTED)
      hashcache__stream_out_buffer (stream);
    run += taken;
    n -= taken;
  }
}

static void
hashcache__stream_end (struct hashcache__stream *stream)
{
  if (stream->held > 0)
    hashcache__stream_out_buffer (stream);
  hashcache__stream_flush (stream);
}

/* Streams the block ORDINAL's part of PIECE: as it was before the call if there is an image of that. */
static void
hashcache__stream_block (struct hashcache__stream *stream, const struct hashcache__block *block,
                         const struct hashcache__piece *piece, const struct hashcache__image *before)
{
  if (before && before->bytes)
    hashcache__stream_run (stream, before->bytes + piece->packed, (size_t) (piece->size / piece->n_blocks));
  else
    hashcache__each_run (piece->type, piece->n_blocks == 1 ? piece->address : block->address, piece->count, hashcache__stream_run,
                         stream);
}

/* A block of which only a part was written: the rest is not the call's, and not the entry's. */
static int
hashcache__stream_written (struct hashcache__stream *stream, const struct hashcache__block *block)
{
  struct hashcache__image image;

  if (hashcache__image_take (&image, block) != 0) {
    stream->error = ENOMEM;
    return -1;
  }
  hashcache__clear_unwritten (block, image.bytes);
  hashcache__stream_run (stream, image.bytes, (size_t) image.size);
  hashcache__stream_flush (stream);
  hashcache__image_free (&image);
  return 0;
}

static int
hashcache__write_pieces (struct hashcache__entry *entry, int when, struct hashcache__stream *stream)
{
  const struct hashcache__blocks *blocks = hashcache__entry_blocks (entry, when);
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;

  stream->digests = when == HASHCACHE__AFTER ? hashcache__index_digest (entry->index, &entry->shape, 0) : NULL;
  for (uint64_t n = 0; hashcache__next_piece (blocks, when, &cursor, &piece); n++) {
    const struct hashcache__block *block = &blocks->items[piece.block];

    if (!hashcache__entry_keeps (entry, &piece, when))
      continue;
    stream->offset = when == HASHCACHE__BEFORE ? entry->before_offsets[n]
                                               : hashcache__get_u64 (hashcache__index_piece (entry->index, &entry->shape, n));
    if (piece.size > 0 && block->written && !piece.map)
      (void) hashcache__stream_written (stream, block);
    else if (piece.size > 0)
      for (size_t i = 0; i < piece.n_blocks; i++)
        hashcache__stream_block (stream, &block[i], &piece,
                                 when == HASHCACHE__BEFORE && entry->before ? &entry->before[piece.block + i] : NULL);
    hashcache__stream_end (stream);
  }
  return stream->error ? -1 : 0;
}

/* What must be true of the blocks before anything is written; NULL, or what is not. */
static const char *
hashcache__entry_fault (const struct hashcache__entry *entry)
{
  enum { MOST_PIECES = 1 << 14 };

  if (hashcache__count_pieces (entry->inputs, HASHCACHE__BEFORE)
          + hashcache__count_pieces (entry->outcome->blocks, HASHCACHE__AFTER)
      > MOST_PIECES)
    return "it has more than 16384 pieces of memory";
  for (size_t i = 0; i < entry->inputs->n; i++) {
    const struct hashcache__block *block = &entry->inputs->items[i];
    const struct hashcache__image *image = entry->before ? &entry->before[i] : NULL;

    if (hashcache__block_size (block) == UINT64_MAX)
      return "its size cannot be counted";
    if (block->role == HASHCACHE__INOUT && !block->of && hashcache__block_size (block) > 0
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

/* Bytes of the largest input that an entry keeps whole. Small ones cost next to nothing, and say more to people than a digest. */
static uint64_t
hashcache__entry_largest_input (void)
{
  enum { SMALL = 1024 };

  return hashcache__settings ()->inputs == HASHCACHE__INPUTS_FULL ? UINT64_MAX : SMALL;
}

/* Makes index and skeleton, of which no digest is known yet; 0, or -1 with a fault. */
static int
hashcache__entry_prepare (struct hashcache__entry *entry)
{
  entry->largest_input = hashcache__entry_largest_input ();
  entry->fault = hashcache__entry_fault (entry);
  if (entry->fault)
    return -1;
  entry->fault = "its size cannot be counted";
  if (hashcache__index_measure (entry->outcome->blocks, entry->outcome->words.n, &entry->shape) != 0)
    return -1;
  for (entry->user_block = 512; entry->user_block < entry->shape.size;)
    entry->user_block *= 2;
  entry->n_before = hashcache__count_pieces (entry->inputs, HASHCACHE__BEFORE);
  entry->fault = "out of memory";
  entry->index = calloc (1, (size_t) entry->shape.size);
  entry->before_offsets = calloc ((size_t) entry->n_before + 1, sizeof *entry->before_offsets);
  if (!entry->index || !entry->before_offsets)
    return -1;
  hashcache__dimensions_find (&entry->dimensions, entry->outcome->blocks);
  entry->metadata = hashcache__metadata_estimate (entry);
  if (entry->metadata >= HASHCACHE__DESCRIBABLE && hashcache__with_hdf5 (hashcache__h5_can_describe_all, entry) == 0) {
    entry->fault = "it has a struct with more fields than HDF5 can describe, about 800; make several structs of it";
    return -1;
  }
  entry->fault = "HDF5 cannot lay it out";
  hashcache__find_provenance (&entry->provenance);
  hashcache__entry_choose_filter (entry);
  if (entry->filter.id == 0 && hashcache__entry_skeleton (entry) != 0)
    return -1;
  entry->fault = NULL;
  return 0;
}

/* Completes the index, of which pieces and digests are known, of the file that is in IMAGE, or if that is NULL in FD. 0, or -1 with errno. */
static int
hashcache__entry_seal (struct hashcache__entry *entry, int fd, const unsigned char *image)
{
  const struct hashcache__whole_file file = { fd, image, entry->file_size };
  struct hashcache__digest rest;
  int failure;

  for (size_t i = 0; i < entry->outcome->words.n; i++)
    hashcache__put_u64 (hashcache__index_words (entry->index) + 8 * i, entry->outcome->words.items[i]);
  hashcache__put_u64 (hashcache__index_copy (entry->index, &entry->shape), entry->index_offset);
  failure = hashcache__digest_rest (&file, entry->index, &entry->shape, (uint64_t) entry->filter.id, UINT64_MAX, &rest);
  if (failure) { /* unless it is errno, somebody has shortened our file */
    errno = failure > 0 ? failure : EIO;
    return -1;
  }
  memcpy (hashcache__index_rest (entry->index, &entry->shape), rest.bytes, sizeof rest.bytes);
  hashcache__index_seal (entry->index, &entry->shape, entry->key, entry->file_size, hashcache__nanoseconds (entry->seconds),
                         (uint64_t) entry->filter.id);
  return 0;
}

/* The index to FD, which has all else: its copy, then itself. */
static int
hashcache__entry_write_index (struct hashcache__entry *entry, int fd)
{
  if (hashcache__entry_seal (entry, fd, NULL) != 0)
    return -1;
  if (hashcache__pwrite_all (fd, entry->index, entry->shape.size, entry->index_offset))
    return -1;
  return hashcache__pwrite_all (fd, entry->index, entry->shape.size, 0);
}

/* Has HDF5 write the entry to the empty file FD, compressed: 0, -1 with errno, or 1 if it has to be done without: FD is empty again. */
static int
hashcache__entry_write_compressed (struct hashcache__entry *entry, int fd)
{
  struct hashcache__h5_writing writing = { entry, { .fd = fd, .driver = -1, .access = -1 } };
  int failed;

  entry->digests = 0;
  failed = hashcache__with_hdf5 (hashcache__h5_write_compressed, &writing);
  if (writing.descriptor.error) {
    errno = writing.descriptor.error;
    return -1;
  }
  if (!failed && entry->digests == entry->shape.digests) {
    entry->file_size = writing.descriptor.size;
    return hashcache__entry_write_index (entry, fd);
  }
  if (atomic_load (&hashcache__forked_inside)) { /* the file is the parent's */
    errno = ECANCELED;
    return -1;
  }
  hashcache__trouble ("not compressed", "HDF5 cannot compress a result of %s by HASHCACHE_COMPRESS=%s; it is stored uncompressed",
                      entry->contract->function, hashcache__settings ()->compress ? hashcache__settings ()->compress : "none");
  entry->filter.id = 0;
  entry->file_size = 0;
  if (hashcache__set_file_size (fd, 0) != 0)
    return -1;
  errno = ENOMEM;
  return hashcache__entry_skeleton (entry) != 0 ? -1 : 1;
}

/* Skeleton first: bulk data may lie inside it, where it is still zero. Index last. */
static int
hashcache__entry_write_large (struct hashcache__entry *entry, int fd, struct hashcache__stream *stream)
{
  if (hashcache__set_file_size (fd, entry->file_size) != 0)
    return -1;
  if (hashcache__pwrite_all (fd, entry->skeleton + entry->user_block, entry->skeleton_size - entry->user_block,
                             entry->user_block))
    return -1;
  if (hashcache__write_pieces (entry, HASHCACHE__BEFORE, stream) || hashcache__write_pieces (entry, HASHCACHE__AFTER, stream)) {
    errno = stream->error;
    return -1;
  }
  return hashcache__entry_write_index (entry, fd);
}

/* The same for a small entry, put together in memory: one write takes less time than many. */
static int
hashcache__entry_write_small (struct hashcache__entry *entry, int fd, struct hashcache__stream *stream)
{
  int result = -1;

  stream->image = calloc (1, (size_t) entry->file_size);
  if (!stream->image) {
    errno = ENOMEM;
    return -1;
  }
  memcpy (stream->image + entry->user_block, entry->skeleton + entry->user_block, entry->skeleton_size - entry->user_block);
  if (hashcache__write_pieces (entry, HASHCACHE__BEFORE, stream) || hashcache__write_pieces (entry, HASHCACHE__AFTER, stream))
    errno = stream->error;
  else if (hashcache__entry_seal (entry, fd, stream->image) == 0) {
    memcpy (stream->image + entry->index_offset, entry->index, entry->shape.size);
    memcpy (stream->image, entry->index, entry->shape.size);
    result = hashcache__pwrite_all (fd, stream->image, entry->file_size, 0);
  }
  free (stream->image);
  return result;
}

/* Writes the entry, of which there is a skeleton, to the empty file FD; 0, or -1 with errno. */
static int
hashcache__entry_write_plain (struct hashcache__entry *entry, int fd)
{
  enum { SMALL = 64 << 10 };
  struct hashcache__stream stream = { .fd = fd, .buffer = malloc (HASHCACHE__DIGESTED) };
  int result = -1;

  if (!stream.buffer || !entry->skeleton) /* the latter after a failed try to compress it */
    errno = ENOMEM;
  else
    result = entry->file_size <= SMALL ? hashcache__entry_write_small (entry, fd, &stream)
                                       : hashcache__entry_write_large (entry, fd, &stream);
  free (stream.buffer);
  return result;
}

/* Writes the prepared entry to the empty file FD; 0, or -1 with errno. */
static int
hashcache__entry_write (struct hashcache__entry *entry, int fd)
{
  const int result = entry->filter.id ? hashcache__entry_write_compressed (entry, fd) : 1;

  return result > 0 ? hashcache__entry_write_plain (entry, fd) : result;
}

/* Restoring ----------------------------------------------------------------------------------------------------------- */

/* An entry being read. FAULT says what is wrong with it; ERROR is what the system or memory refused, FOREIGN why it is for others, and
   LACKING the HDF5 filter that it needs: no fault of the entry. */
struct hashcache__reader {
  int fd;
  int error;
  const char *fault;
  const char *foreign;
  H5Z_filter_t lacking;
  int may_be_rewritten;             /* with that fault it may still be good for HDF5 */
  struct hashcache__h5_entry *hdf5; /* it is read through HDF5; else NULL */
  const struct hashcache__key *key;
  const struct hashcache__occasion *occasion;
  struct hashcache__blocks *blocks; /* before the call */
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
  const int failure = hashcache__pread_whole (reader->fd, bytes, (size_t) n, offset);

  if (failure > 0)
    return hashcache__read_error (reader, failure);
  if (failure < 0)
    return hashcache__read_fault (reader, "it is truncated");
  reader->bytes_read += n;
  return 0;
}

enum { HASHCACHE__INDEX_AT_ONCE = 2048 };

/* What HDF5 has come across as what the reader has: always -1. */
static int
hashcache__read_h5_failure (struct hashcache__reader *reader)
{
  const struct hashcache__h5_entry *entry = reader->hdf5;

  reader->lacking = entry->lacking;
  if (entry->descriptor.error || entry->out_of_memory)
    return hashcache__read_error (reader, entry->descriptor.error ? entry->descriptor.error : ENOMEM);
  return entry->lacking ? -1 : hashcache__read_fault (reader, entry->fault ? entry->fault : "HDF5 cannot read it");
}

/* Whether the first bytes of a file, *START, are what other programs leave there: HDF5's own, or a user block that is empty. HDF5 is not
   safe from damaged files, and may end the program: so it is not asked about what is merely damaged. */
static int
hashcache__has_no_index (const unsigned char *start)
{
  static const unsigned char hdf5[8] = { 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n' };
  unsigned char any = 0;

  for (int i = 0; i < HASHCACHE__INDEX_HEADER; i++)
    any |= start[i];
  return any == 0 || memcmp (start, hdf5, sizeof hdf5) == 0;
}

/* Whether the first bytes of an index, *INDEX, are for us and as they should be. */
static int
hashcache__read_header (struct hashcache__reader *reader, const unsigned char *index)
{
  const char *fault;

  reader->foreign = hashcache__index_foreign (index);
  if (reader->foreign)
    return -1;
  fault = hashcache__index_header_fault (index, &reader->shape, reader->key);
  if (!fault)
    return 0;
  reader->may_be_rewritten = hashcache__has_no_index (index);
  return hashcache__read_fault (reader, fault);
}

/* Reads and checks the index in the dataset of that name. */
static int
hashcache__read_index_dataset (struct hashcache__reader *reader)
{
  uint64_t size;

  reader->index = hashcache__h5_read_index (reader->hdf5, &size);
  if (!reader->index)
    return hashcache__read_h5_failure (reader);
  if (hashcache__read_header (reader, reader->index) != 0)
    return -1;
  if (reader->shape.size != size || !hashcache__index_is_whole (reader->index, &reader->shape))
    return hashcache__read_fault (reader, "its index is damaged");
  return 0;
}

/* Reads what of the index is not among the FIRST bytes, which SMALL holds. */
static int
hashcache__read_rest_of_index (struct hashcache__reader *reader, unsigned char *small, uint64_t first)
{
  unsigned char *all;

  reader->index = small;
  if (reader->shape.size > reader->file_size)
    return hashcache__read_fault (reader, "its index is damaged");
  if (reader->shape.size <= first)
    return 0;
  all = malloc ((size_t) reader->shape.size);
  if (!all)
    return hashcache__read_error (reader, ENOMEM);
  reader->index = all;
  memcpy (all, small, (size_t) first);
  return hashcache__pread_all (reader, all + first, reader->shape.size - first, first);
}

/* Reads and checks the index in the user block: into SMALL (of INDEX_AT_ONCE bytes) if it fits there. */
static int
hashcache__read_user_block (struct hashcache__reader *reader, unsigned char *small)
{
  const uint64_t first = reader->file_size < HASHCACHE__INDEX_AT_ONCE ? reader->file_size : HASHCACHE__INDEX_AT_ONCE;

  if (first < HASHCACHE__INDEX_HEADER)
    return hashcache__read_fault (reader, "it is truncated");
  if (hashcache__pread_all (reader, small, first, 0) != 0 || hashcache__read_header (reader, small) != 0
      || hashcache__read_rest_of_index (reader, small, first) != 0)
    return -1;
  return hashcache__index_is_whole (reader->index, &reader->shape) ? 0 : hashcache__read_fault (reader, "its index is damaged");
}

/* The entry is compressed: HDF5 has to read it, if it is as it was written. Always -1. */
static int
hashcache__read_compressed (struct hashcache__reader *reader)
{
  const int failure = hashcache__check_rest (reader->fd, reader->index, &reader->shape, reader->file_size, UINT64_MAX);

  if (failure > 0)
    return hashcache__read_error (reader, failure);
  reader->may_be_rewritten = failure == 0;
  return hashcache__read_fault (reader, failure == 0 ? "HDF5 cannot read it" : "it is damaged");
}

/* Reads and checks the index, into SMALL if it fits there, and finds whether it is enough to read the data by. */
static int
hashcache__read_index (struct hashcache__reader *reader, unsigned char *small)
{
  if (reader->hdf5)
    return hashcache__read_index_dataset (reader);
  if (hashcache__read_user_block (reader, small) != 0)
    return -1;
  if (hashcache__index_file_size (reader->index) != reader->file_size) {
    reader->may_be_rewritten = 1;
    return hashcache__read_fault (reader, "it is truncated or has grown");
  }
  return hashcache__index_filter (reader->index) == 0 ? 0 : hashcache__read_compressed (reader);
}

/* Replays OUTCOME from the index, and finds that the pieces are those of its blocks. */
static int
hashcache__read_outcome (struct hashcache__reader *reader, struct hashcache__outcome *outcome)
{
  const uint64_t n = reader->shape.words;
  int error;

  if (hashcache__outcome_begin (outcome, reader->blocks) != 0)
    return hashcache__read_error (reader, ENOMEM);
  for (uint64_t i = 0; i < n; i++)
    if (hashcache__put_word (&outcome->words, hashcache__get_u64 (hashcache__index_words (reader->index) + 8 * i)))
      return hashcache__read_error (reader, ENOMEM);
  error = hashcache__outcome_replay (outcome, reader->occasion, outcome->words.items, (size_t) n);
  if (error && error != EINVAL)
    return hashcache__read_error (reader, error);
  if (error || !hashcache__index_fits (reader->index, &reader->shape, outcome->blocks)
      || (!reader->hdf5 && !hashcache__index_is_inside (reader->index, &reader->shape, reader->file_size)))
    return hashcache__read_fault (reader, "its outputs are not those of the function");
  return 0;
}

/* Verifies the N bytes that have been read to FROM, at most 256 KiB, by the digest of ordinal DIGEST. */
static int
hashcache__check_digest (struct hashcache__reader *reader, const unsigned char *from, uint64_t n, uint64_t digest)
{
  const struct hashcache__digest found = hashcache__digest_of (from, (size_t) n);

  if (memcmp (found.bytes, hashcache__index_digest (reader->index, &reader->shape, digest), 16) == 0)
    return 0;
  return hashcache__read_fault (reader, "its data are damaged");
}

/* Reads SIZE bytes at OFFSET into TO, verified. *DIGEST is the ordinal of the first of their digests, then that of the next. */
static int
hashcache__read_verified (struct hashcache__reader *reader, unsigned char *to, uint64_t size, uint64_t offset, uint64_t *digest)
{
  struct hashcache__transfer transfer = { .fd = reader->fd,
                                          .to = to,
                                          .size = size,
                                          .offset = offset,
                                          .digests = hashcache__index_digest (reader->index, &reader->shape, *digest) };
  const int failure = hashcache__do_transfer (&transfer, hashcache__settings ()->io_threads);

  if (failure > 0)
    return hashcache__read_error (reader, failure);
  if (failure < 0)
    return hashcache__read_fault (reader, failure == HASHCACHE__DAMAGED ? "its data are damaged" : "it is truncated");
  reader->bytes_read += size;
  *digest += hashcache__digests_of (size);
  return 0;
}

/* Reads PIECE of OUTCOME through HDF5 to TO, and verifies it. */
static int
hashcache__read_dataset (struct hashcache__reader *reader, const struct hashcache__outcome *outcome,
                         const struct hashcache__piece *piece, unsigned char *to, uint64_t *digest)
{
  if (hashcache__h5_read_piece (reader->hdf5, outcome->blocks, piece, to) != 0)
    return hashcache__read_h5_failure (reader);
  for (uint64_t done = 0; done < piece->size; done += HASHCACHE__DIGESTED) {
    const uint64_t left = piece->size - done;

    if (hashcache__check_digest (reader, to + done, left < HASHCACHE__DIGESTED ? left : HASHCACHE__DIGESTED, (*digest)++) != 0)
      return -1;
  }
  return 0;
}

/* Reads the pieces of OUTCOME: those that are direct into place unless ALL are to be staged, the others one behind the other into
   STAGED. */
static int
hashcache__read_pieces (struct hashcache__reader *reader, const struct hashcache__outcome *outcome, int all,
                        unsigned char *staged)
{
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;
  uint64_t digest = 0;

  for (uint64_t n = 0; hashcache__next_piece (outcome->blocks, HASHCACHE__AFTER, &cursor, &piece); n++) {
    const uint64_t offset = hashcache__get_u64 (hashcache__index_piece (reader->index, &reader->shape, n));
    const int direct = !all && hashcache__is_direct (outcome->blocks, &piece);
    unsigned char *to = direct ? piece.address : staged;

    if ((reader->hdf5 ? hashcache__read_dataset (reader, outcome, &piece, to, &digest)
                      : hashcache__read_verified (reader, to, piece.size, offset, &digest))
        != 0)
      return -1;
    staged += direct ? 0 : piece.size;
  }
  return 0;
}

static uint64_t
hashcache__staged_size (const struct hashcache__outcome *outcome)
{
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;
  uint64_t size = 0;

  while (hashcache__next_piece (outcome->blocks, HASHCACHE__AFTER, &cursor, &piece))
    if (!hashcache__is_direct (outcome->blocks, &piece) && __builtin_add_overflow (size, piece.size, &size))
      return UINT64_MAX;
  return size;
}

/* Puts PACKED, the content of PIECE, where it belongs. */
static void
hashcache__unstage_piece (const struct hashcache__outcome *outcome, const struct hashcache__piece *piece,
                          const unsigned char *packed)
{
  const struct hashcache__block *block = &outcome->blocks->items[piece->block];

  for (size_t i = 0; i < piece->n_blocks; i++, block++) {
    if (block->written)
      hashcache__restore_written (block, packed);
    else if (block->role != HASHCACHE__INOUT
             || !hashcache__same_values (piece->type, piece->n_blocks == 1 ? piece->address : block->address, piece->count,
                                         packed))
      hashcache__unpack (piece->type, packed, piece->count, piece->n_blocks == 1 ? piece->address : block->address);
    packed += piece->size / piece->n_blocks;
  }
}

static void
hashcache__unstage (const struct hashcache__outcome *outcome, const unsigned char *staged)
{
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;

  while (hashcache__next_piece (outcome->blocks, HASHCACHE__AFTER, &cursor, &piece))
    if (!hashcache__is_direct (outcome->blocks, &piece)) {
      hashcache__unstage_piece (outcome, &piece, staged);
      staged += piece.size;
    }
}

/* Everything that can go wrong comes before the first byte of an INOUT argument changes. */
static int
hashcache__read_contents (struct hashcache__reader *reader, const struct hashcache__outcome *outcome)
{
  const uint64_t size = hashcache__staged_size (outcome);
  unsigned char small[512], *staged = small;

  if (size > sizeof small)
    staged = size < (uint64_t) PTRDIFF_MAX ? malloc ((size_t) size) : NULL;

  const int result = staged ? hashcache__read_pieces (reader, outcome, 0, staged) : hashcache__read_error (reader, ENOMEM);

  if (result == 0) {
    hashcache__unstage (outcome, staged);
    hashcache__outcome_set_pointers (outcome);
  }
  if (staged != small)
    free (staged);
  return result;
}

/* Makes of the entry a record of its own, in memory: its words and the packed outputs. */
static int
hashcache__read_record (struct hashcache__reader *reader, const struct hashcache__outcome *outcome,
                        struct hashcache__record **record)
{
  const uint64_t size = hashcache__record_size (outcome);

  *record = hashcache__record_new (outcome->words.items, outcome->words.n, size);
  if (!*record)
    return hashcache__read_error (reader, ENOMEM);
  if (hashcache__read_pieces (reader, outcome, 1, hashcache__record_bytes (*record)) == 0)
    return 0;
  free (*record);
  *record = NULL;
  return -1;
}

/* What is wanted of an entry, and what came of it. */
struct hashcache__fetch {
  int restore;                      /* the outputs of the call; else its memory is left alone */
  int reach;                        /* the file system may remember it as missing: ask the server */
  uint64_t limit;                   /* of a record: none is wanted that takes more bytes */
  struct hashcache__record *record; /* malloc'ed; NULL: none */
  double seconds;                   /* that computing took */
  int reason;                       /* why there was nothing to be had (reason.h), */
  const char *fault;                /* and what of the entry was bad; else NULL */
};

/* Does what FETCH wants, by the user block or through HDF5; 0, or -1 with fault or error. */
static int
hashcache__restore_by (struct hashcache__reader *reader, struct hashcache__fetch *fetch)
{
  unsigned char small[HASHCACHE__INDEX_AT_ONCE];
  struct hashcache__outcome outcome = { 0 };
  int result = hashcache__read_index (reader, small);

  if (result == 0)
    result = hashcache__read_outcome (reader, &outcome);
  if (result == 0)
    result =
        fetch->restore ? hashcache__read_contents (reader, &outcome) : hashcache__read_record (reader, &outcome, &fetch->record);
  if (result == 0)
    fetch->seconds = 1e-9 * (double) hashcache__index_nanoseconds (reader->index);
  if (result == 0 && fetch->restore)
    fetch->record = hashcache__record_within (&outcome, fetch->limit);
  else
    hashcache__outcome_take_back (&outcome);
  hashcache__outcome_end (&outcome);
  if (reader->index != small)
    free (reader->index);
  reader->index = NULL;
  return result;
}

struct hashcache__restoring {
  struct hashcache__reader *reader;
  struct hashcache__fetch *fetch;
  struct hashcache__h5_entry *entry;
};

/* The work for hashcache__with_hdf5. */
static int
hashcache__restore_opened (void *context)
{
  const struct hashcache__restoring *restoring = context;
  struct hashcache__h5_entry *entry = restoring->entry;
  int result = 1;

  entry->file = hashcache__h5_open_descriptor (&entry->descriptor);
  if (entry->file < 0)
    (void) hashcache__h5_failed (entry, NULL);
  else {
    result = hashcache__restore_by (restoring->reader, restoring->fetch) != 0;
    H5Fclose (entry->file);
  }
  hashcache__h5_let_go (&entry->descriptor);
  return result;
}

/* The same through HDF5, after it could not be done by the user block because of FAULT, which stands if HDF5 cannot even open the file. 0, or
   -1: AGAIN says whether it was for lack of memory of which there is enough. */
static int
hashcache__try_hdf5 (struct hashcache__reader *reader, struct hashcache__fetch *fetch, const char *fault, int *again)
{
  struct hashcache__h5_entry entry = { .descriptor = { .fd = reader->fd, .size = reader->file_size, .driver = -1, .access = -1 },
                                       .file = -1 };
  struct hashcache__restoring restoring = { reader, fetch, &entry };
  int result;

  reader->error = 0;
  reader->fault = NULL;
  reader->hdf5 = &entry;
  result = hashcache__with_hdf5 (hashcache__restore_opened, &restoring);
  reader->bytes_read += entry.descriptor.bytes;
  if (result < 0) /* HDF5 is closed: the program ends */
    (void) hashcache__read_error (reader, EBUSY);
  else if (entry.file < 0 && hashcache__read_h5_failure (reader) != 0 && reader->fault)
    reader->fault = fault;
  *again = result > 0 && entry.out_of_memory && !entry.descriptor.error && hashcache__h5_memory_is_there (&entry);
  reader->hdf5 = NULL;
  return result ? -1 : 0;
}

/* The same. What lacks memory twice while there is enough is damaged: it asks for too much. */
static int
hashcache__restore_through_hdf5 (struct hashcache__reader *reader, struct hashcache__fetch *fetch)
{
  const char *fault = reader->fault;
  int again, result = hashcache__try_hdf5 (reader, fetch, fault, &again);

  if (result == 0 || !again)
    return result;
  result = hashcache__try_hdf5 (reader, fetch, fault, &again);
  if (result == 0 || !again)
    return result;
  reader->error = 0;
  return hashcache__read_fault (reader, "HDF5 wants more memory for it than it can have use for");
}

/* Does what FETCH wants from the reader's fd; 0, or -1 with fault or error. */
static int
hashcache__entry_restore (struct hashcache__reader *reader, struct hashcache__fetch *fetch)
{
  const int result = hashcache__restore_by (reader, fetch);

  return result != 0 && reader->fault && reader->may_be_rewritten ? hashcache__restore_through_hdf5 (reader, fetch) : result;
}

#endif
