/* compress.h: which datasets of an entry are compressed, and how; their content in one piece.
   SPDX-License-Identifier: BSD-2-Clause

   Chunks are about as large as HDF5 keeps one at hand, so that each is packed and unpacked once. A chunk that does not become smaller
   is stored as it is. */
#ifndef HASHCACHE_COMPRESS_H
#define HASHCACHE_COMPRESS_H

#include "filters.h"
#include "layout.h"
#include "unchanged.h"
#include "written.h"

enum { HASHCACHE__WORTH_COMPRESSING = 4096 };

/* Whether the dataset of PIECE is to be compressed if any is. */
static int
hashcache__is_worth_compressing (const struct hashcache__piece *piece)
{
  return piece->size >= HASHCACHE__WORTH_COMPRESSING && piece->address;
}

/* Makes of the RANK dims of a dataset those of a chunk: the outer ones become smaller. */
static void
hashcache__chunk (hsize_t *dims, int rank, size_t element)
{
  enum { LARGEST = 1 << 20 };

  for (int i = 0; i < rank; i++) {
    uint64_t bytes = element;

    for (int k = i; k < rank; k++)
      bytes *= dims[k];
    while (dims[i] > 1 && bytes > LARGEST) {
      bytes = bytes / dims[i] * ((dims[i] + 1) / 2);
      dims[i] = (dims[i] + 1) / 2;
    }
  }
}

/* A property list for a dataset of TYPE and SPACE that FILTER compresses; negative if it cannot be. */
static hid_t
hashcache__h5_filtered (const struct hashcache__filter *filter, hid_t type, hid_t space)
{
  hsize_t dims[H5S_MAX_RANK];
  const int rank = H5Sget_simple_extent_dims (space, dims, NULL);
  const size_t element = H5Tget_size (type);
  hid_t creation;

  if (rank < 1 || element == 0)
    return -1;
  creation = hashcache__h5_creation ();
  hashcache__chunk (dims, rank, element);
  if (creation >= 0
      && (H5Pset_chunk (creation, rank, dims) < 0 || (filter->shuffle && element > 1 && H5Pset_shuffle (creation) < 0)
          || H5Pset_filter (creation, filter->id, H5Z_FLAG_OPTIONAL, filter->n_values, filter->values) < 0
          || H5Pset_fill_time (creation, H5D_FILL_TIME_NEVER) < 0)) {
    H5Pclose (creation);
    return -1;
  }
  return creation;
}

/* Packs the block ORDINAL's part of PIECE to TO: as it was before the call if there is an image of that. 0, or -1 without memory. */
static int
hashcache__pack_block (const struct hashcache__block *block, const struct hashcache__piece *piece,
                       const struct hashcache__image *before, unsigned char *to)
{
  struct hashcache__image image;

  if (before && before->bytes)
    memcpy (to, before->bytes + piece->packed, (size_t) (piece->size / piece->n_blocks));
  else if (!block->written || piece->map)
    hashcache__pack (piece->type, piece->n_blocks == 1 ? piece->address : block->address, piece->count, to);
  else { /* what the call has not written is not the entry's */
    if (hashcache__image_take (&image, block) != 0)
      return -1;
    hashcache__clear_unwritten (block, image.bytes);
    memcpy (to, image.bytes, (size_t) image.size);
    hashcache__image_free (&image);
  }
  return 0;
}

/* The packed content of PIECE, malloc'ed; BEFORE as in struct hashcache__entry, NULL for what is after the call. NULL without memory. */
static unsigned char *
hashcache__pack_piece (const struct hashcache__blocks *blocks, const struct hashcache__piece *piece,
                       const struct hashcache__image *before)
{
  unsigned char *packed = piece->size < (uint64_t) PTRDIFF_MAX ? malloc ((size_t) piece->size + 1) : NULL;
  const uint64_t part = piece->size / piece->n_blocks;

  for (size_t i = 0; packed && i < piece->n_blocks; i++)
    if (hashcache__pack_block (&blocks->items[piece->block + i], piece, before ? &before[piece->block + i] : NULL,
                               packed + i * part)
        != 0) {
      free (packed);
      return NULL;
    }
  return packed;
}

#endif
