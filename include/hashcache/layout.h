/* layout.h: which datasets an entry has for the blocks of a call, and what they are called.
   SPDX-License-Identifier: BSD-2-Clause

   A block becomes a dataset under the name of its parameter, field or variable. A struct that holds pointers becomes a group:
   a single struct with one dataset for each plain field, an array of them with a dataset "values" and a group for each element;
   what its pointers lead to lies beside the fields. What a call reads is below /inputs or /globals, what it leaves behind below
   /outputs. The pieces of a block (one a dataset) in their order are its packed bytes: writer and reader derive the same pieces
   from the types alone. */
#ifndef HASHCACHE_LAYOUT_H
#define HASHCACHE_LAYOUT_H

#include "h5type.h"
#include "text.h"

enum { HASHCACHE__BEFORE = 0, HASHCACHE__AFTER = 1 };

struct hashcache__piece {
  const struct hashcache__type *type; /* of one element */
  unsigned char *address;             /* of the first element, in the caller's memory */
  uint64_t count;
  uint64_t size;     /* packed */
  uint64_t packed;   /* where it begins in the block's packed bytes */
  const char *field; /* name within the block's group; NULL if the dataset bears the block's own name */
  char label[HASHCACHE__FIELD_NAME];
};

/* A block that is a group: its pointers lead on. Where a NULL stands for it there is one empty dataset instead. */
static int
hashcache__is_group (const struct hashcache__block *block)
{
  return block->address && (block->type->kind == HASHCACHE__POINTER || (block->type->flags & HASHCACHE__POINTERS));
}

static int
hashcache__is_single_struct (const struct hashcache__block *block)
{
  return hashcache__is_group (block) && block->type->kind == HASHCACHE__STRUCT && block->n_dims == 0;
}

/* The block as one piece; 0 if nothing in it is to be kept. */
static int
hashcache__whole_piece (const struct hashcache__block *block, struct hashcache__piece *piece)
{
  piece->type = block->type;
  piece->address = block->address;
  piece->count = block->count;
  piece->size = hashcache__block_size (block);
  piece->packed = 0;
  piece->field = hashcache__is_group (block) ? "values" : NULL;
  return !hashcache__is_group (block) || hashcache__packed_size (block->type) > 0;
}

/* Gives the piece of BLOCK that begins at *PLACE (0 at first) in PIECE and advances *PLACE; 0 when there are no more. */
static int
hashcache__next_piece (const struct hashcache__block *block, uint64_t *place, struct hashcache__piece *piece)
{
  if (!hashcache__is_single_struct (block))
    return (*place)++ == 0 && hashcache__whole_piece (block, piece);
  piece->packed = *place == 0 ? 0 : piece->packed + piece->size;
  for (; *place < block->type->count; ++*place) {
    const struct hashcache__field *field = &block->type->fields[*place];
    const uint64_t size = hashcache__field_size (field);

    if (size == 0)
      continue;
    piece->type = field->type;
    piece->address = (unsigned char *) block->address + field->offset;
    piece->count = 1;
    piece->size = size;
    piece->field = hashcache__field_label (field, *place, piece->label);
    ++*place;
    return 1;
  }
  return 0;
}

/* Whether BLOCK has a place below /inputs or /globals (BEFORE), or below /outputs (AFTER). */
static int
hashcache__appears (const struct hashcache__block *block, int when)
{
  return block->role == HASHCACHE__INOUT || block->role == (uint32_t) (when == HASHCACHE__AFTER ? HASHCACHE__OUT : HASHCACHE__IN);
}

static const char *
hashcache__section (uint32_t group, int when)
{
  if (when == HASHCACHE__AFTER)
    return "/outputs";
  return group == HASHCACHE__GROUP_GLOBAL ? "/globals" : "/inputs";
}

/* Names of static variables need not differ, and a variable may be called like a parameter. How many of the parameters and
   variables before ROOT have its name in the same section? */
static unsigned
hashcache__earlier_namesakes (const struct hashcache__blocks *blocks, size_t root, int when)
{
  const struct hashcache__block *block = &blocks->items[root];
  unsigned n = 0;

  for (size_t i = 0; i < root; i++) {
    const struct hashcache__block *other = &blocks->items[i];

    if (other->parent < 0 && hashcache__appears (other, when) && strcmp (other->name, block->name) == 0
        && strcmp (hashcache__section (other->group, when), hashcache__section (block->group, when)) == 0)
      n++;
  }
  return n;
}

/* Appends "/inputs/name" of a block without a parent. Namesakes: "global name" in /outputs, then "name 2" and so on. */
static void
hashcache__put_root_path (struct hashcache__text *path, const struct hashcache__blocks *blocks, size_t root, int when)
{
  const struct hashcache__block *block = &blocks->items[root];
  const unsigned namesakes = hashcache__earlier_namesakes (blocks, root, when);

  hashcache__text_put (path, hashcache__section (block->group, when));
  hashcache__text_put (path, "/");
  if (namesakes > 0 && when == HASHCACHE__AFTER && block->group == HASHCACHE__GROUP_GLOBAL)
    hashcache__text_put (path, "global ");
  hashcache__text_put (path, block->name);
  if (namesakes > 0 && !(when == HASHCACHE__AFTER && namesakes == 1))
    hashcache__text_format (path, " %u", namesakes + 1);
}

/* Appends the path of block ORDINAL as it is BEFORE or AFTER the call. */
static void
hashcache__put_path (struct hashcache__text *path, const struct hashcache__blocks *blocks, size_t ordinal, int when)
{
  const struct hashcache__block *block = &blocks->items[ordinal];

  if (block->parent < 0) {
    hashcache__put_root_path (path, blocks, ordinal, when);
    return;
  }
  hashcache__put_path (path, blocks, (size_t) block->parent, when);
  if (blocks->items[block->parent].n_dims > 0)
    hashcache__text_format (path, "/%llu", (unsigned long long) block->parent_element);
  if (block->name[0] != '\0') { /* an element of an array of pointers has none */
    hashcache__text_put (path, "/");
    hashcache__text_put (path, block->name);
  }
}

/* A C string: exactly one NUL, at the end. */
static int
hashcache__is_string (const struct hashcache__block *block, const struct hashcache__piece *piece, int when)
{
  return when == HASHCACHE__BEFORE && block->role == HASHCACHE__IN && (piece->type->flags & HASHCACHE__CHAR) && block->n_dims == 1
         && piece->type->size == 1 && piece->size > 0 && piece->size < ((uint64_t) 1 << 31)
         && memchr (piece->address, 0, (size_t) piece->size) == piece->address + piece->size - 1;
}

/* The dataspace of PIECE: the block's dimensions, then those of its array types, of which *T is left the element. */
static hid_t
hashcache__h5_space (const struct hashcache__block *block, const struct hashcache__piece *piece, const struct hashcache__type **t)
{
  hsize_t dims[H5S_MAX_RANK];
  int rank = 0;

  if (!block->address || hashcache__packed_size (piece->type) == 0)
    return H5Screate (H5S_NULL);
  if (!hashcache__is_single_struct (block))
    for (uint32_t i = 0; i < block->n_dims; i++)
      dims[rank++] = block->dims[i];
  for (; (*t)->kind == HASHCACHE__ARRAY && rank < H5S_MAX_RANK; *t = (*t)->element)
    dims[rank++] = (*t)->count;
  return rank == 0 ? H5Screate (H5S_SCALAR) : H5Screate_simple (rank, dims, NULL);
}

/* Creates the dataset at PATH with the properties LINK (of the path) and CREATION. An identifier, or negative. */
static hid_t
hashcache__h5_dataset (hid_t file, const char *path, const struct hashcache__block *block, const struct hashcache__piece *piece,
                       int when, hid_t link, hid_t creation)
{
  const struct hashcache__type *t = piece->type;
  const int string = hashcache__is_string (block, piece, when);
  const hid_t space = string ? H5Screate (H5S_SCALAR) : hashcache__h5_space (block, piece, &t);
  hid_t type, dataset = -1;

  if (string)
    type = hashcache__h5_string ((size_t) piece->size);
  else
    type = hashcache__packed_size (t) > 0 ? hashcache__h5_type (t) : H5Tcopy (H5T_NATIVE_UINT8);
  if (space >= 0 && type >= 0)
    dataset = H5Dcreate2 (file, path, type, space, link, creation, H5P_DEFAULT);
  if (type >= 0)
    H5Tclose (type);
  if (space >= 0)
    H5Sclose (space);
  return dataset;
}

#endif
