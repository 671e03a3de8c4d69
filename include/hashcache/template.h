/* template.h: skeletons of entries without HDF5: those made before, with the values of the entry at hand put in.
   SPDX-License-Identifier: BSD-2-Clause

   Entries of one function with arrays of the same extents have the same skeleton (skeleton.h) but for a few values of fixed sizes: key,
   time, digests. So HDF5, which takes longer than all the rest of storing a small result, lays out the first of them with marks in the
   places of these values; where the marks are, the values go, of this entry and of the next ones. The marks found must be as many as
   were handed out, and the file of HDF5's earliest format, which has no checksums over them; else there is no template, and HDF5 lays out
   each entry.

   A template is for entries of the same shape: the digest of everything that HDF5 is told, other than those values. */
#ifndef HASHCACHE_TEMPLATE_H
#define HASHCACHE_TEMPLATE_H

#include "skeleton.h"
#include <sched.h>

/* Where a value goes. */
struct hashcache__mark {
  uint64_t offset; /* in the skeleton */
  size_t ordinal;
};

enum { HASHCACHE__TEMPLATE_MOST = 256 << 10 }; /* bytes of its skeleton */

/* Immutable once made. All arrays are malloc'ed. */
struct hashcache__template {
  struct hashcache__digest shape;
  unsigned char *skeleton;
  uint64_t skeleton_size, file_size, index_offset;
  uint64_t *before_offsets; /* as many as all entries of that shape have, */
  unsigned char *pieces;    /* and of the index 16 bytes for each piece */
  struct hashcache__mark *marks;
  size_t n_marks;
};

static void
hashcache__template_free (struct hashcache__template *template)
{
  if (!template)
    return;
  free (template->skeleton);
  free (template->before_offsets);
  free (template->pieces);
  free (template->marks);
  free (template);
}

/* Shapes -------------------------------------------------------------------------------------------------------------- */

/* What h5type.h makes of T. */
static void
hashcache__hash_h5_type (struct hashcache__hasher *hasher, const struct hashcache__type *t)
{
  const int has_element = t->kind == HASHCACHE__ARRAY || t->kind == HASHCACHE__COMPLEX || t->kind == HASHCACHE__BITS;

  hashcache__hash_u64 (hasher, t->kind);
  hashcache__hash_u64 (hasher, t->flags);
  hashcache__hash_u64 (hasher, t->size);
  hashcache__hash_u64 (hasher, t->value_size);
  hashcache__hash_u64 (hasher, t->count);
  hashcache__hash_string (hasher, t->name ? t->name : "");
  if (has_element)
    hashcache__hash_h5_type (hasher, t->element);
  for (uint64_t i = 0; t->kind == HASHCACHE__STRUCT && i < t->count; i++) {
    const struct hashcache__field *field = &t->fields[i];
    const int kept = hashcache__field_size (field) > 0;
    char label[HASHCACHE__FIELD_NAME];

    hashcache__hash_u64 (hasher, (uint64_t) kept);
    if (!kept)
      continue;
    hashcache__hash_string (hasher, hashcache__field_label (field, i, label));
    hashcache__hash_h5_type (hasher, field->type);
  }
}

/* What layout.h makes of PIECE. 0, or -1 if there is no memory. */
static int
hashcache__hash_piece (struct hashcache__hasher *hasher, const struct hashcache__blocks *blocks,
                       const struct hashcache__piece *piece, int when)
{
  const struct hashcache__block *block = &blocks->items[piece->block];
  struct hashcache__text path = { 0 };
  hsize_t dims[H5S_MAX_RANK];
  const int rank = piece->map ? 0 : hashcache__collect_dims (blocks, piece->root, piece->block, dims, 0);

  hashcache__put_piece_path (&path, blocks, piece, when);
  if (!path.string)
    return -1;
  hashcache__hash_string (hasher, path.string);
  hashcache__text_free (&path);
  hashcache__hash_u64 (hasher, piece->address != NULL);
  hashcache__hash_u64 (hasher, (uint64_t) piece->map);
  hashcache__hash_u64 (hasher, (uint64_t) hashcache__is_single_struct (block));
  hashcache__hash_u64 (hasher, (uint64_t) hashcache__is_string (block, piece, when));
  hashcache__hash_u64 (hasher, piece->n_blocks);
  hashcache__hash_u64 (hasher, piece->count);
  hashcache__hash_u64 (hasher, piece->size);
  hashcache__hash_u64 (hasher, hashcache__piece_alike (blocks, piece, when));
  hashcache__hash_u64 (hasher, (uint64_t) rank);
  for (int i = 0; i < rank; i++)
    hashcache__hash_u64 (hasher, dims[i]);
  hashcache__hash_h5_type (hasher, piece->type);
  return 0;
}

/* The pieces before or after the call; 0, or -1 if there is no memory. */
static int
hashcache__hash_pieces (struct hashcache__hasher *hasher, const struct hashcache__entry *entry, int when)
{
  const struct hashcache__blocks *blocks = hashcache__entry_blocks (entry, when);
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;

  while (hashcache__next_piece (blocks, when, &cursor, &piece)) {
    const int kept = hashcache__entry_keeps (entry, &piece, when);

    hashcache__hash_u64 (hasher, (uint64_t) kept);
    if (kept && hashcache__hash_piece (hasher, blocks, &piece, when) != 0)
      return -1;
  }
  hashcache__hash_u64 (hasher, UINT64_MAX);
  return 0;
}

/* The root's attributes, but for the values. */
static void
hashcache__hash_attributes (struct hashcache__hasher *hasher, const struct hashcache__entry *entry)
{
  const struct hashcache__provenance *from = &entry->provenance;

  hashcache__hash_string (hasher, entry->contract->function);
  hashcache__hash_string (hasher, entry->contract->source);
  hashcache__hash_string (hasher, entry->contract->compiler);
  hashcache__hash_u64 (hasher, strlen (from->created));
  hashcache__hash_string (hasher, from->host);
  hashcache__hash_string (hasher, from->user);
  hashcache__hash_string (hasher, from->job);
  hashcache__hash_u64 (hasher, (uint64_t) from->rank);
  hashcache__hash_u64 (hasher, (uint64_t) from->ranks);
}

/* What dimensions.h makes of the arrays' extents. */
static void
hashcache__hash_dimensions (struct hashcache__hasher *hasher, const struct hashcache__dimensions *dimensions)
{
  hashcache__hash_u64 (hasher, dimensions->n);
  for (size_t i = 0; i < dimensions->n; i++) {
    hashcache__hash_string (hasher, dimensions->items[i].name);
    hashcache__hash_u64 (hasher, dimensions->items[i].size);
  }
  hashcache__hash_u64 (hasher, dimensions->n_axes);
  for (size_t i = 0; i < dimensions->n_axes; i++)
    hashcache__hash_u64 (hasher, dimensions->axes[i]);
}

/* The SHAPE of ENTRY; 0, or -1 if there is no memory. */
static int
hashcache__template_shape (const struct hashcache__entry *entry, struct hashcache__digest *shape)
{
  const struct hashcache__key *key = entry->key;
  struct hashcache__hasher hasher;

  hashcache__hash_start (&hasher);
  hashcache__hash_attributes (&hasher, entry);
  hashcache__hash_u64 (&hasher, entry->metadata);
  hashcache__hash_u64 (&hasher, entry->user_block);
  hashcache__hash_u64 (&hasher, entry->shape.size);
  hashcache__hash_u64 (&hasher, key->n_parts);
  hashcache__hash_u64 (&hasher, hashcache__n_rows (key));
  for (size_t i = 0; i < hashcache__n_rows (key); i++) {
    hashcache__hash_u64 (&hasher, hashcache__row (key, i)->group);
    hashcache__hash_string (&hasher, hashcache__row (key, i)->name);
  }
  hashcache__hash_dimensions (&hasher, &entry->dimensions);
  if (hashcache__hash_pieces (&hasher, entry, HASHCACHE__BEFORE) || hashcache__hash_pieces (&hasher, entry, HASHCACHE__AFTER))
    return -1;
  *shape = hashcache__hash_finish (&hasher);
  return 0;
}

/* Templates ----------------------------------------------------------------------------------------------------------- */

/* Whether a mark is at BYTES, of SIZE, and of which value. */
static int
hashcache__read_mark (const unsigned char *bytes, uint64_t size, size_t n_values, size_t *ordinal)
{
  unsigned char mark[HASHCACHE__MARK];

  if (size < HASHCACHE__MARK || bytes[0] != 1)
    return 0;
  *ordinal = (size_t) (bytes[5] - 1) + 127 * (size_t) (bytes[6] - 1) + 127 * 127 * (size_t) (bytes[7] - 1);
  if (*ordinal >= n_values)
    return 0;
  hashcache__put_mark (mark, *ordinal);
  return memcmp (mark, bytes, sizeof mark) == 0;
}

/* Finds the marks of ENTRY in the skeleton; 0, or -1: they are not as many as were put there. */
static int
hashcache__find_marks (struct hashcache__template *template, const struct hashcache__entry *entry)
{
  struct hashcache__mark mark;

  for (mark.offset = entry->user_block; mark.offset < template->skeleton_size; mark.offset++) {
    if (!hashcache__read_mark (template->skeleton + mark.offset, template->skeleton_size - mark.offset,
                               hashcache__n_values (entry), &mark.ordinal))
      continue;
    if (template->n_marks == entry->n_marks)
      return -1;
    template->marks[template->n_marks++] = mark;
  }
  return template->n_marks == entry->n_marks ? 0 : -1;
}

/* Whether the SUPERBLOCK is that of HDF5's earliest format: version 0. */
static int
hashcache__has_no_checksums (const unsigned char *superblock)
{
  return memcmp (superblock, "\211HDF\r\n\032\n", 9) == 0;
}

static void *
hashcache__copy_of (const void *bytes, size_t n)
{
  void *copy = malloc (n > 0 ? n : 1);

  return copy && n > 0 ? memcpy (copy, bytes, n) : copy;
}

/* Takes over the skeleton of ENTRY, which has marks. NULL: no memory, or no template for it; then the skeleton is of no use. */
static struct hashcache__template *
hashcache__template_of (struct hashcache__entry *entry, const struct hashcache__digest *shape)
{
  struct hashcache__template *template = calloc (1, sizeof *template);

  if (!template)
    return NULL;
  *template = (struct hashcache__template){
    .shape = *shape,
    .skeleton = entry->skeleton,
    .skeleton_size = entry->skeleton_size,
    .file_size = entry->file_size,
    .index_offset = entry->index_offset,
    .before_offsets = hashcache__copy_of (entry->before_offsets, entry->n_before * sizeof *entry->before_offsets),
    .pieces = hashcache__copy_of (hashcache__index_piece (entry->index, &entry->shape, 0), 16 * entry->shape.pieces),
    .marks = malloc ((entry->n_marks + 1) * sizeof *template->marks)
  };
  entry->skeleton = NULL;
  if (template->before_offsets && template->pieces && template->marks && template->skeleton_size <= HASHCACHE__TEMPLATE_MOST
      && hashcache__has_no_checksums (template->skeleton + entry->user_block) && hashcache__find_marks (template, entry) == 0)
    return template;
  hashcache__template_free (template);
  return NULL;
}

/* Has HDF5 lay out ENTRY with marks. NULL: not possible. */
static struct hashcache__template *
hashcache__template_make (struct hashcache__entry *entry, const struct hashcache__digest *shape)
{
  struct hashcache__template *template = NULL;

  entry->marked = 1;
  entry->n_marks = 0;
  if (hashcache__with_hdf5 (hashcache__h5_skeleton, entry) == 0)
    template = hashcache__template_of (entry, shape);
  entry->marked = 0;
  if (!template) {
    free (entry->skeleton);
    entry->skeleton = NULL;
    entry->file_size = 0;
  }
  return template;
}

/* Makes the skeleton of ENTRY by TEMPLATE, which is of its shape; 0, or -1: no memory. */
static int
hashcache__template_fill (const struct hashcache__template *template, struct hashcache__entry *entry)
{
  entry->skeleton = hashcache__copy_of (template->skeleton, template->skeleton_size);
  if (!entry->skeleton)
    return -1;
  entry->skeleton_size = template->skeleton_size;
  entry->file_size = template->file_size;
  entry->index_offset = template->index_offset;
  memcpy (entry->before_offsets, template->before_offsets, entry->n_before * sizeof *entry->before_offsets);
  memcpy (hashcache__index_piece (entry->index, &entry->shape, 0), template->pieces, 16 * entry->shape.pieces);
  for (size_t i = 0; i < template->n_marks; i++) {
    char value[33];
    const size_t size = hashcache__entry_value (entry, template->marks[i].ordinal, value);

    memcpy (entry->skeleton + template->marks[i].offset, value, size);
  }
  return 0;
}

/* Those of this process. HELD stands for one that a thread uses, or makes. */
enum { HASHCACHE__TEMPLATES = 64 };

static struct hashcache__template hashcache__template_held;
static struct hashcache__template *_Atomic hashcache__templates[HASHCACHE__TEMPLATES];

/* Takes out the template at PLACE, for it to be put back soon; NULL if there is none, HELD if others keep it: for long, or in a forked child
   forever, since the thread is not there. */
static struct hashcache__template *
hashcache__template_hold (struct hashcache__template *_Atomic *place)
{
  enum { PATIENCE = 1000 };
  struct hashcache__template *template = &hashcache__template_held;

  for (int i = 0; i < PATIENCE && template == &hashcache__template_held; i++) {
    if (i > 0)
      (void) sched_yield ();
    template = atomic_exchange (place, &hashcache__template_held);
  }
  return template;
}

/* The library that holds this code is unloaded, or the program ends. */
__attribute__ ((destructor)) static void
hashcache__free_templates (void)
{
  for (int i = 0; i < HASHCACHE__TEMPLATES; i++) {
    struct hashcache__template *template = atomic_exchange (&hashcache__templates[i], &hashcache__template_held);

    if (template != &hashcache__template_held)
      hashcache__template_free (template);
  }
}

/* Entries ------------------------------------------------------------------------------------------------------------- */

/* Whether there should be a template for ENTRY: not of what is seldom, and large. */
static int
hashcache__deserves_template (const struct hashcache__entry *entry)
{
  enum { MOST_PIECES = 64, MOST_ROWS = 1000 };

  return entry->n_before + entry->shape.pieces <= MOST_PIECES && hashcache__n_rows (entry->key) <= MOST_ROWS
         && entry->metadata <= HASHCACHE__TEMPLATE_MOST / 2;
}

/* Makes the skeleton of ENTRY by a template, made now if need be; -1 if that is not possible. */
static int
hashcache__skeleton_by_template (struct hashcache__entry *entry)
{
  struct hashcache__template *_Atomic *place;
  struct hashcache__template *template;
  struct hashcache__digest shape;
  int result = -1;

  if (!hashcache__deserves_template (entry) || hashcache__template_shape (entry, &shape) != 0)
    return -1;
  place = &hashcache__templates[shape.bytes[0] % HASHCACHE__TEMPLATES];
  template = hashcache__template_hold (place);
  if (template == &hashcache__template_held)
    return -1;
  if (template && !hashcache__digest_equal (&template->shape, &shape)) {
    hashcache__template_free (template);
    template = NULL;
  }
  if (!template)
    template = hashcache__template_make (entry, &shape);
  if (template)
    result = hashcache__template_fill (template, entry);
  atomic_store (place, template);
  return result;
}

/* Makes the skeleton of ENTRY; 0, or -1. */
static int
hashcache__entry_skeleton (struct hashcache__entry *entry)
{
  if (hashcache__skeleton_by_template (entry) == 0)
    return 0;
  return hashcache__with_hdf5 (hashcache__h5_skeleton, entry);
}

#endif
