/* read_hdf5.h: reads an entry through HDF5: one that is compressed, or that another program has written anew.
   SPDX-License-Identifier: BSD-2-Clause

   h5repack and its like move and compress the datasets; hashcache's index in the user block is stale or gone then. Its copy in the
   dataset /index says the same, and the pieces are found by their names. Each byte is verified by its digest before it counts, so
   nothing here needs to be believed. A dataset is only read if it is what the function's types and extents demand: reached by hard
   links in this file, its bytes in this file, of the same type and shape, its filters those of HDF5 itself or the one that the user
   has named in HASHCACHE_COMPRESS. No other plugin is loaded. To be called inside hashcache__with_hdf5. */
#ifndef HASHCACHE_READ_HDF5_H
#define HASHCACHE_READ_HDF5_H

#include "filters.h"
#include "h5file.h"
#include "index.h"

/* An entry that HDF5 has opened. Of FAULT, LACKING and descriptor.error the one that is set says what has come in the way. */
struct hashcache__h5_entry {
  struct hashcache__h5_descriptor descriptor;
  hid_t file;
  const char *fault;    /* what is wrong with it */
  H5Z_filter_t lacking; /* nothing is wrong with it, but this filter is needed; else 0 */
  int out_of_memory;
  uint64_t chunk; /* bytes of the largest that has been let through */
};

static int
hashcache__h5_fault (struct hashcache__h5_entry *entry, const char *fault)
{
  if (!entry->fault)
    entry->fault = fault;
  return -1;
}

/* Whether HDF5 has lacked memory for what it was just asked: that says nothing about the file. */
static herr_t
hashcache__h5_look_for_memory (unsigned n, const H5E_error2_t *error, void *context)
{
  (void) n;
  if (error->min_num == H5E_NOSPACE || error->min_num == H5E_CANTALLOC)
    *(int *) context = 1;
  return 0;
}

/* Whether there is as much memory as HDF5 can have use for to read the ENTRY. Without that a damaged one that makes it ask for more would stand
   for a lack of memory for ever. */
static int
hashcache__h5_memory_is_there (const struct hashcache__h5_entry *entry)
{
  const uint64_t metadata = entry->descriptor.size < (64u << 20) ? entry->descriptor.size : 64u << 20;
  const uint64_t wanted = metadata + 3 * entry->chunk + (16u << 20);
  void *volatile memory = wanted < (uint64_t) PTRDIFF_MAX ? malloc ((size_t) wanted) : NULL; /* a compiler may leave it out */
  const int there = memory != NULL;

  free (memory);
  return there;
}

/* HDF5 has refused what it was just asked, which is the FAULT of the entry unless memory was short: -1. */
static int
hashcache__h5_failed (struct hashcache__h5_entry *entry, const char *fault)
{
  (void) H5Ewalk2 (H5E_DEFAULT, H5E_WALK_UPWARD, hashcache__h5_look_for_memory, &entry->out_of_memory);
  return hashcache__h5_fault (entry, fault);
}

/* Opening ------------------------------------------------------------------------------------------------------------- */

/* Whether NAME in GROUP is a link to an object of the same file. */
static int
hashcache__h5_is_hard_link (hid_t group, const char *name)
{
  H5L_info_t info;

  return H5Lexists (group, name, H5P_DEFAULT) > 0 && H5Lget_info (group, name, &info, H5P_DEFAULT) >= 0
         && info.type == H5L_TYPE_HARD;
}

/* The dataset at PATH, which begins with a slash and is taken to pieces; negative if there is none. */
static hid_t
hashcache__h5_walk (hid_t file, char *path)
{
  hid_t group = H5Gopen2 (file, "/", H5P_DEFAULT), dataset = -1;
  char *name = path + 1;

  while (group >= 0 && dataset < 0 && *name) {
    char *end = strchr (name, '/');
    hid_t next = -1;

    if (end)
      *end = '\0';
    if (hashcache__h5_is_hard_link (group, name))
      next = end ? H5Gopen2 (group, name, H5P_DEFAULT) : H5Dopen2 (group, name, H5P_DEFAULT);
    H5Gclose (group);
    group = end ? next : -1;
    dataset = end ? -1 : next;
    name = end ? end + 1 : name;
  }
  if (group >= 0)
    H5Gclose (group);
  return dataset;
}

/* Whether all of the N filters of CREATION may be used. */
static int
hashcache__h5_filters_are_allowed (struct hashcache__h5_entry *entry, hid_t creation, int n)
{
  for (int i = 0; i < n; i++) {
    unsigned flags;
    size_t n_values = 0;
    const H5Z_filter_t filter = H5Pget_filter2 (creation, (unsigned) i, &flags, &n_values, NULL, 0, NULL, NULL);

    if (filter < 0)
      return 0;
    if (hashcache__filter_may_be_used (filter) && H5Zfilter_avail (filter) > 0)
      continue;
    entry->lacking = filter;
    return 0;
  }
  return 1;
}

/* Whether chunks of CREATION hold no more than a dataset of SIZE bytes, whose elements take ELEMENT, can have use for. */
static int
hashcache__h5_chunks_are_sensible (struct hashcache__h5_entry *entry, hid_t creation, size_t element, uint64_t size)
{
  hsize_t dims[H5S_MAX_RANK];
  const int rank = H5Pget_chunk (creation, H5S_MAX_RANK, dims);
  uint64_t bytes = element;

  for (int i = 0; i < rank; i++)
    if (__builtin_mul_overflow (bytes, (uint64_t) dims[i], &bytes))
      return 0;
  if (rank <= 0 || bytes / 4 > size + (1 << 20))
    return 0;
  entry->chunk = bytes > entry->chunk ? bytes : entry->chunk;
  return 1;
}

/* Whether as many bytes are stored of DATASET, which is not chunked, as its elements take: HDF5 relies on it. */
static int
hashcache__h5_is_stored_whole (hid_t dataset)
{
  const hid_t type = H5Dget_type (dataset), space = H5Dget_space (dataset);
  const hssize_t n = space < 0 ? -1 : H5Sget_simple_extent_npoints (space);
  uint64_t size;
  const int whole = type >= 0 && n >= 0 && !__builtin_mul_overflow ((uint64_t) n, (uint64_t) H5Tget_size (type), &size)
                    && H5Dget_storage_size (dataset) == size;

  if (type >= 0)
    H5Tclose (type);
  if (space >= 0)
    H5Sclose (space);
  return whole;
}

/* Whether DATASET, of SIZE bytes, lies in this file, and can be read. */
static int
hashcache__h5_is_readable (struct hashcache__h5_entry *entry, hid_t dataset, size_t element, uint64_t size)
{
  const hid_t creation = H5Dget_create_plist (dataset);
  const H5D_layout_t layout = creation < 0 ? H5D_LAYOUT_ERROR : H5Pget_layout (creation);
  int n, readable = 0;

  if (layout == H5D_COMPACT || (layout == H5D_CONTIGUOUS && H5Pget_external_count (creation) == 0))
    readable = hashcache__h5_is_stored_whole (dataset);
  else if (layout == H5D_CHUNKED && hashcache__h5_chunks_are_sensible (entry, creation, element, size)) {
    n = H5Pget_nfilters (creation);
    readable = n >= 0 && hashcache__h5_filters_are_allowed (entry, creation, n);
  }
  if (creation >= 0)
    H5Pclose (creation);
  return readable;
}

/* Datasets ------------------------------------------------------------------------------------------------------------ */

/* Whether DATASET is of the type TYPE and the shape SPACE. Its layout has been looked at: a virtual dataset asks other files. */
static int
hashcache__h5_is_of (hid_t dataset, hid_t type, hid_t space)
{
  const hid_t own_type = H5Dget_type (dataset), own_space = H5Dget_space (dataset);
  const int is = own_type >= 0 && own_space >= 0 && H5Tequal (own_type, type) > 0 && H5Sextent_equal (own_space, space) > 0;

  if (own_type >= 0)
    H5Tclose (own_type);
  if (own_space >= 0)
    H5Sclose (own_space);
  return is;
}

/* What of an entry is to be read, and as what. */
struct hashcache__h5_wanted {
  hid_t type, space;
  hid_t string; /* the type of a string of as many bytes, which it may be as well; negative if it may not */
  uint64_t size;
};

/* Whether DATASET is what is WANTED, and in *TYPE as what. */
static int
hashcache__h5_is_wanted (hid_t dataset, const struct hashcache__h5_wanted *wanted, hid_t *type)
{
  const hid_t scalar = wanted->string < 0 ? -1 : H5Screate (H5S_SCALAR);
  int is = hashcache__h5_is_of (dataset, wanted->type, wanted->space);

  *type = wanted->type;
  if (!is && scalar >= 0) {
    is = hashcache__h5_is_of (dataset, wanted->string, scalar);
    *type = wanted->string;
  }
  if (scalar >= 0)
    H5Sclose (scalar);
  return is;
}

/* Reads what is WANTED from the dataset at PATH to TO. */
static int
hashcache__h5_read_as (struct hashcache__h5_entry *entry, char *path, const struct hashcache__h5_wanted *wanted,
                       unsigned char *to)
{
  const hid_t dataset = hashcache__h5_walk (entry->file, path);
  int result = 0;
  hid_t type;

  if (dataset < 0)
    return hashcache__h5_fault (entry, "an output is missing");
  if (!hashcache__h5_is_readable (entry, dataset, H5Tget_size (wanted->type), wanted->size))
    result = entry->lacking ? -1 : hashcache__h5_fault (entry, "an output lies elsewhere");
  else if (!hashcache__h5_is_wanted (dataset, wanted, &type))
    result = hashcache__h5_fault (entry, "its outputs are not those of the function");
  else if (H5Dread (dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, to) < 0)
    result = hashcache__h5_failed (entry, "HDF5 cannot read its data");
  H5Dclose (dataset);
  return result;
}

/* Whether any value of T is a bit-field that can be negative. */
static int
hashcache__has_signed_bits (const struct hashcache__type *t)
{
  if (t->kind == HASHCACHE__ARRAY)
    return hashcache__has_signed_bits (t->element);
  for (uint64_t i = 0; t->kind == HASHCACHE__STRUCT && i < t->count; i++)
    if (hashcache__field_size (&t->fields[i]) > 0 && hashcache__has_signed_bits (t->fields[i].type))
      return 1;
  return t->kind == HASHCACHE__BITS && t->element->kind == HASHCACHE__INT;
}

/* Gives negative bit-fields among COUNT packed values of T the sign that they have beyond their own bits. The nbit filter keeps only these. */
static void
hashcache__extend_signs (const struct hashcache__type *t, unsigned char *packed, uint64_t count)
{
  const uint64_t size = hashcache__packed_size (t);

  if (!hashcache__has_signed_bits (t))
    return;
  for (; count > 0; count--, packed += size) {
    unsigned char *field = packed;

    if (t->kind == HASHCACHE__ARRAY)
      hashcache__extend_signs (t->element, packed, t->count);
    for (uint64_t i = 0; t->kind == HASHCACHE__STRUCT && i < t->count; i++) {
      hashcache__extend_signs (t->fields[i].type, field, hashcache__field_size (&t->fields[i]) > 0);
      field += hashcache__field_size (&t->fields[i]);
    }
    if (t->kind == HASHCACHE__BITS && t->value_size < 64) {
      const uint64_t value = hashcache__get_integer (packed, (size_t) t->size), sign = UINT64_C (1) << (t->value_size - 1);

      if (value & sign)
        hashcache__put_integer (packed, (size_t) t->size, value | ~(sign - 1), 0xff);
    }
  }
}

/* Reads PIECE of BLOCKS to TO; nothing is verified yet. */
static int
hashcache__h5_read_piece (struct hashcache__h5_entry *entry, const struct hashcache__blocks *blocks,
                          const struct hashcache__piece *piece, unsigned char *to)
{
  struct hashcache__h5_wanted wanted = { .string = -1, .size = piece->size };
  struct hashcache__text path = { 0 };
  int result = -1;

  if (piece->size == 0)
    return 0;
  hashcache__put_piece_path (&path, blocks, piece, HASHCACHE__AFTER);
  hashcache__h5_describe (blocks, piece, 0, &wanted.space, &wanted.type);
  if (hashcache__may_be_string (&blocks->items[piece->block], piece))
    wanted.string = hashcache__h5_string ((size_t) piece->size);
  if (!path.string || wanted.space < 0 || wanted.type < 0)
    entry->out_of_memory = 1;
  else
    result = hashcache__h5_read_as (entry, path.string, &wanted, to);
  if (result == 0)
    hashcache__extend_signs (piece->type, to, piece->size / hashcache__packed_size (piece->type));
  hashcache__text_free (&path);
  hashcache__h5_describe_end (wanted.space, wanted.type);
  hashcache__h5_describe_end (-1, wanted.string);
  return result;
}

/* The shape of the dataset /index if it is a list of bytes that may be an index, and their number in *SIZE; else negative. */
static hid_t
hashcache__h5_index_space (struct hashcache__h5_entry *entry, hsize_t *size)
{
  enum { MOST = 1u << 30 };
  char path[] = "/index";
  const hid_t dataset = hashcache__h5_walk (entry->file, path);
  hid_t space = -1;

  if (dataset >= 0 && hashcache__h5_is_readable (entry, dataset, 1, MOST))
    space = H5Dget_space (dataset);
  if (dataset >= 0)
    H5Dclose (dataset);
  if (space >= 0
      && (H5Sget_simple_extent_ndims (space) != 1 || H5Sget_simple_extent_dims (space, size, NULL) != 1
          || *size < HASHCACHE__INDEX_HEADER + 16 || *size > MOST)) {
    H5Sclose (space);
    return -1;
  }
  return space;
}

/* The bytes of the dataset /index, malloc'ed, and their number; NULL if there is no such thing. */
static unsigned char *
hashcache__h5_read_index (struct hashcache__h5_entry *entry, uint64_t *size)
{
  char path[] = "/index";
  struct hashcache__h5_wanted wanted = { .type = H5T_NATIVE_UINT8, .string = -1 };
  unsigned char *index = NULL;
  hsize_t n = 0;

  wanted.space = hashcache__h5_index_space (entry, &n);
  wanted.size = *size = n;
  if (wanted.space >= 0)
    index = malloc ((size_t) n);
  if (wanted.space < 0)
    (void) (entry->lacking ? 0 : hashcache__h5_fault (entry, "it is no entry of hashcache"));
  else if (!index)
    entry->out_of_memory = 1;
  else if (hashcache__h5_read_as (entry, path, &wanted, index) != 0) {
    free (index);
    index = NULL;
  }
  if (wanted.space >= 0)
    H5Sclose (wanted.space);
  return index;
}

#endif
