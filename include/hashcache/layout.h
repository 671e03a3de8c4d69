/* layout.h: which datasets an entry has for the blocks of a call, and what they are called.
   SPDX-License-Identifier: BSD-2-Clause

   A block becomes a dataset under the name of its parameter, field or variable. A struct that holds pointers becomes a group:
   a single struct with one dataset for each plain field, an array of them with a dataset "values" and a group for each element;
   what its pointers lead to lies beside the fields. Arrays behind an array of pointers, of any number of levels, are one dataset if
   all have the same extent; else each has its own, numbered. Beside a written-only array of which only a part was written lies a map of
   what was. What a call reads is below /inputs or /globals, what it leaves behind below /outputs; what it has allocated and put in place
   of something else, which may be there still, below "/outputs/allocated meanwhile"; what is at the end of more than sixteen pointers, as in
   a list, by its number below "further blocks".

   The pieces (one a dataset) in their order are the packed bytes of the blocks in theirs, each with its map behind it: writer and
   reader derive the same pieces from the types and extents alone. */
#ifndef HASHCACHE_LAYOUT_H
#define HASHCACHE_LAYOUT_H

#include "h5type.h"
#include "outcome.h"
#include "text.h"

enum { HASHCACHE__BEFORE = 0, HASHCACHE__AFTER = 1 };

struct hashcache__piece {
  size_t block;    /* ordinal of the first block, */
  size_t n_blocks; /* and how many there are, equal in all but address */
  size_t root;     /* the block under whose name it stands: the array of pointers that leads to all of them, or itself */
  const struct hashcache__type *type; /* of one element */
  unsigned char *address;             /* of the first element of the first block */
  uint64_t count;                     /* elements of each block */
  uint64_t size;                      /* packed, of all; UINT64_MAX if it cannot be counted */
  uint64_t packed;                    /* where it begins in its block's packed bytes */
  int map;                            /* it is the block's map of what was written */
  const char *field;                  /* name within the block's group; NULL if the dataset bears the root's own name */
  char label[HASHCACHE__FIELD_NAME];
};

/* Where a walk over pieces stands; all zero at first. */
struct hashcache__cursor {
  size_t block;
  uint64_t place;  /* field of a single struct, or what of a block is next */
  uint64_t packed; /* bytes of it before that field */
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

/* Whether BLOCK has a place below /inputs or /globals (BEFORE), or below /outputs (AFTER). */
static int
hashcache__appears (const struct hashcache__block *block, int when)
{
  if (block->of
      || (when == HASHCACHE__AFTER && !block->address
          && block->parent >= 0)) /* what a null pointer leads to by now has its name */
    return 0;
  return when == HASHCACHE__AFTER ? block->role != HASHCACHE__IN
                                  : block->role == HASHCACHE__IN || block->role == HASHCACHE__INOUT;
}

/* Arrays behind arrays of pointers ---------------------------------------------------------------------------------------- */

/* The array of pointers that holds the pointer to BLOCK; NULL if nothing of the kind does. */
static const struct hashcache__block *
hashcache__pointer_array (const struct hashcache__blocks *blocks, const struct hashcache__block *block)
{
  const struct hashcache__block *parent = block->parent < 0 ? NULL : &blocks->items[block->parent];

  return parent && parent->type->kind == HASHCACHE__POINTER ? parent : NULL;
}

static int
hashcache__same_extent (const struct hashcache__block *a, const struct hashcache__block *b)
{
  return a->type == b->type && a->count == b->count && a->n_dims == b->n_dims
         && (a->n_dims == 0 || memcmp (a->dims, b->dims, a->n_dims * sizeof *a->dims) == 0);
}

/* How many blocks from FIRST on are equal, so that they are all that the pointers of one array of pointers lead to, perhaps through
   further ones; its ordinal in *ROOT. 0 if FIRST is none of that kind, or they are not all equal. */
static size_t
hashcache__equal_blocks (const struct hashcache__blocks *blocks, size_t first, size_t *root)
{
  const struct hashcache__block *items = blocks->items, *block = &items[first];
  const struct hashcache__block *array = hashcache__pointer_array (blocks, block);
  size_t n = 1;

  if (!array || block->parent_element != 0)
    return 0;
  if (hashcache__pointer_array (blocks, array))
    n = hashcache__equal_blocks (blocks, (size_t) block->parent, root);
  else
    *root = (size_t) block->parent;
  if (n == 0 || __builtin_mul_overflow (n, array->count, &n) || n > blocks->n - first)
    return 0;
  for (size_t i = 0; i < n; i++) {
    const struct hashcache__block *other = &items[first + i];

    if (!hashcache__same_extent (block, other) || !other->address || other->of || other->written || other->role != block->role
        || (size_t) other->parent != (size_t) block->parent + i / array->count || other->parent_element != i % array->count)
      return 0;
  }
  return n;
}

/* Pieces ------------------------------------------------------------------------------------------------------------------ */

/* The block at CURSOR, and those that are equal to it, as one piece; 0 if nothing in it is to be kept. */
static int
hashcache__whole_piece (const struct hashcache__blocks *blocks, struct hashcache__cursor *cursor, struct hashcache__piece *piece)
{
  const struct hashcache__block *block = &blocks->items[cursor->block];
  size_t n;

  *piece = (struct hashcache__piece){ .block = cursor->block,
                                      .n_blocks = 1,
                                      .root = cursor->block,
                                      .type = block->type,
                                      .address = block->address,
                                      .count = block->count,
                                      .size = hashcache__block_size (block),
                                      .field = hashcache__is_group (block) ? "values" : NULL };
  if (hashcache__is_group (block))
    return hashcache__packed_size (block->type) > 0;
  n = hashcache__equal_blocks (blocks, cursor->block, &piece->root);
  if (n == 0) {
    piece->root = cursor->block;
    return 1;
  }
  piece->n_blocks = n;
  if (piece->size != UINT64_MAX && __builtin_mul_overflow (piece->size, n, &piece->size))
    piece->size = UINT64_MAX;
  cursor->block += n - 1; /* the caller steps over the last one */
  return 1;
}

static const struct hashcache__type hashcache__byte_type = {
  .kind = HASHCACHE__UINT, .flags = HASHCACHE__DENSE, .size = 1, .value_size = 1, .name = "unsigned char"
};

/* The map of what was written of the block at CURSOR. */
static void
hashcache__map_piece (const struct hashcache__blocks *blocks, const struct hashcache__cursor *cursor,
                      struct hashcache__piece *piece)
{
  const struct hashcache__block *block = &blocks->items[cursor->block];

  *piece = (struct hashcache__piece){ .block = cursor->block,
                                      .n_blocks = 1,
                                      .root = cursor->block,
                                      .type = &hashcache__byte_type,
                                      .address = block->written,
                                      .count = hashcache__map_size (block),
                                      .size = hashcache__map_size (block),
                                      .map = 1 };
}

/* The next field of the single struct at CURSOR; 0 if there is none. */
static int
hashcache__field_piece (const struct hashcache__block *block, struct hashcache__cursor *cursor, struct hashcache__piece *piece)
{
  while (cursor->place < block->type->count) {
    const uint64_t place = cursor->place++;
    const struct hashcache__field *field = &block->type->fields[place];
    const uint64_t size = hashcache__field_size (field);

    if (size == 0)
      continue;
    *piece = (struct hashcache__piece){ .block = cursor->block,
                                        .n_blocks = 1,
                                        .root = cursor->block,
                                        .type = field->type,
                                        .address = (unsigned char *) block->address + field->offset,
                                        .count = 1,
                                        .size = size,
                                        .packed = cursor->packed };
    piece->field = hashcache__field_label (field, place, piece->label);
    cursor->packed += size;
    return 1;
  }
  return 0;
}

/* Gives the next piece of the block at CURSOR; 0 if there is none. */
static int
hashcache__next_of_block (const struct hashcache__blocks *blocks, struct hashcache__cursor *cursor,
                          struct hashcache__piece *piece)
{
  const struct hashcache__block *block = &blocks->items[cursor->block];
  const uint64_t place = cursor->place;

  if (hashcache__is_single_struct (block))
    return hashcache__field_piece (block, cursor, piece);
  cursor->place++;
  if (place == 0 && hashcache__whole_piece (blocks, cursor, piece))
    return 1;
  if (place != 1 || !block->written)
    return 0;
  hashcache__map_piece (blocks, cursor, piece);
  return 1;
}

/* Gives the next piece of BLOCKS before or after the call (WHEN) in PIECE and advances CURSOR; 0 when there are no more. */
static int
hashcache__next_piece (const struct hashcache__blocks *blocks, int when, struct hashcache__cursor *cursor,
                       struct hashcache__piece *piece)
{
  for (; cursor->block < blocks->n; cursor->block++, cursor->place = cursor->packed = 0)
    if (hashcache__appears (&blocks->items[cursor->block], when) && hashcache__next_of_block (blocks, cursor, piece))
      return 1;
  return 0;
}

/* Whether PIECE of the outcome may be read straight to where it belongs: what is there does not matter, and has no gaps. */
static int
hashcache__is_direct (const struct hashcache__blocks *blocks, const struct hashcache__piece *piece)
{
  return piece->map
         || (blocks->items[piece->block].role == HASHCACHE__OUT && piece->n_blocks == 1
             && (piece->type->flags & HASHCACHE__DENSE));
}

/* Names ------------------------------------------------------------------------------------------------------------------- */

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
hashcache__put_root_path (struct hashcache__text *path, const struct hashcache__blocks *blocks, size_t root, int when,
                          int replaces)
{
  const struct hashcache__block *block = &blocks->items[root];
  const unsigned namesakes = hashcache__earlier_namesakes (blocks, root, when);

  hashcache__text_put (path, hashcache__section (block->group, when));
  hashcache__text_put (path, replaces ? "/allocated meanwhile/" : "/");
  if (namesakes > 0 && when == HASHCACHE__AFTER && block->group == HASHCACHE__GROUP_GLOBAL)
    hashcache__text_put (path, "global ");
  hashcache__text_put (path, block->name);
  if (namesakes > 0 && !(when == HASHCACHE__AFTER && namesakes == 1))
    hashcache__text_format (path, " %u", namesakes + 1);
}

/* Whether block ORDINAL, or what leads to it, replaces something. */
static int
hashcache__replaces (const struct hashcache__blocks *blocks, size_t ordinal)
{
  const struct hashcache__block *block = &blocks->items[ordinal];

  while (!block->replaces && block->parent >= 0)
    block = &blocks->items[block->parent];
  return block->replaces != 0;
}

/* Whether block ORDINAL is at the end of a long way, as in a list. HDF5 walks along each path, again and again. */
static int
hashcache__is_far (const struct hashcache__blocks *blocks, size_t ordinal)
{
  enum { FAR = 16 };
  const struct hashcache__block *block = &blocks->items[ordinal];
  int depth = 0;

  for (; block->parent >= 0 && depth <= FAR; depth++)
    block = &blocks->items[block->parent];
  return depth > FAR;
}

/* Appends the path of block ORDINAL, which REPLACES something or not, as it is BEFORE or AFTER the call. */
static void
hashcache__put_path (struct hashcache__text *path, const struct hashcache__blocks *blocks, size_t ordinal, int when, int replaces)
{
  const struct hashcache__block *block = &blocks->items[ordinal];

  if (hashcache__is_far (blocks, ordinal)) {
    hashcache__text_format (path, "%s/further blocks/%llu", hashcache__section (block->group, when),
                            (unsigned long long) ordinal);
    return;
  }
  if (block->parent < 0) {
    hashcache__put_root_path (path, blocks, ordinal, when, replaces);
    return;
  }
  hashcache__put_path (path, blocks, (size_t) block->parent, when, replaces);
  if (blocks->items[block->parent].n_dims > 0)
    hashcache__text_format (path, "/%llu", (unsigned long long) block->parent_element);
  if (block->name[0] != '\0') { /* an element of an array of pointers has none */
    hashcache__text_put (path, "/");
    hashcache__text_put (path, block->name);
  }
}

/* Appends the path of the dataset of PIECE. */
static void
hashcache__put_piece_path (struct hashcache__text *path, const struct hashcache__blocks *blocks,
                           const struct hashcache__piece *piece, int when)
{
  hashcache__put_path (path, blocks, piece->root, when, hashcache__replaces (blocks, piece->block));
  if (piece->field) {
    hashcache__text_put (path, "/");
    hashcache__text_put (path, piece->field);
  }
  if (piece->map)
    hashcache__text_put (path, " written");
}

/* Whether PIECE is an array of characters of its own, that might be a C string. */
static int
hashcache__may_be_string (const struct hashcache__block *block, const struct hashcache__piece *piece)
{
  return (piece->type->flags & HASHCACHE__CHAR) && piece->type->size == 1 && block->n_dims == 1 && piece->n_blocks == 1
         && !piece->map && !block->written && piece->size > 0 && piece->size < ((uint64_t) 1 << 31);
}

/* A C string: exactly one NUL, at the end. What was there before the call is at hand only if the call has left it alone. */
static int
hashcache__is_string (const struct hashcache__block *block, const struct hashcache__piece *piece, int when)
{
  return hashcache__may_be_string (block, piece) && (when == HASHCACHE__AFTER || block->role == HASHCACHE__IN)
         && memchr (piece->address, 0, (size_t) piece->size) == piece->address + piece->size - 1;
}

/* Appends the dimensions of the arrays of pointers from ROOT to BLOCK to DIMS, of which there are RANK so far; and those of BLOCK. */
static int
hashcache__collect_dims (const struct hashcache__blocks *blocks, size_t root, size_t block, hsize_t *dims, int rank)
{
  const struct hashcache__block *items = blocks->items;

  if (block != root)
    rank = hashcache__collect_dims (blocks, root, (size_t) items[block].parent, dims, rank);
  for (uint32_t i = 0; i < items[block].n_dims && rank < H5S_MAX_RANK; i++)
    dims[rank++] = items[block].dims[i];
  return rank;
}

/* The dataspace of an array. A dimension of no elements could grow: h5repack cannot compress what never will have any. */
static hid_t
hashcache__h5_simple (int rank, const hsize_t *dims)
{
  hsize_t most[H5S_MAX_RANK];

  for (int i = 0; i < rank; i++)
    most[i] = dims[i] > 0 ? dims[i] : H5S_UNLIMITED;
  return H5Screate_simple (rank, dims, most);
}

/* The properties of a dataset of SPACE that has no elements: in chunks, as HDF5 wants it if it can grow. */
static hid_t
hashcache__h5_empty (hid_t space)
{
  const int rank = H5Sget_simple_extent_ndims (space);
  const hid_t creation = rank < 0 ? -1 : hashcache__h5_creation ();
  hsize_t ones[H5S_MAX_RANK];

  for (int i = 0; i < rank; i++)
    ones[i] = 1;
  if (creation >= 0 && H5Pset_chunk (creation, rank, ones) < 0) {
    H5Pclose (creation);
    return -1;
  }
  return creation;
}

/* The dataspace of PIECE: its blocks' dimensions, then those of its array types, of which *T is left the element. Where there is no memory
   it has no elements: there is a null dataspace for that, but programs that ask for the shape of everything in a file stumble over it. */
static hid_t
hashcache__h5_space (const struct hashcache__blocks *blocks, const struct hashcache__piece *piece,
                     const struct hashcache__type **t)
{
  hsize_t dims[H5S_MAX_RANK] = { 0 };
  int rank = 0;

  if (!piece->address || hashcache__packed_size (piece->type) == 0)
    return hashcache__h5_simple (1, dims);
  if (piece->map)
    dims[rank++] = piece->count;
  else if (!hashcache__is_single_struct (&blocks->items[piece->block]))
    rank = hashcache__collect_dims (blocks, piece->root, piece->block, dims, rank);
  for (; (*t)->kind == HASHCACHE__ARRAY && rank < H5S_MAX_RANK; *t = (*t)->element)
    dims[rank++] = (*t)->count;
  return rank == 0 ? H5Screate (H5S_SCALAR) : hashcache__h5_simple (rank, dims);
}

/* Describes PIECE, as a STRING or as what it is otherwise, by *SPACE and *TYPE; one of them is negative if that fails. */
static void
hashcache__h5_describe (const struct hashcache__blocks *blocks, const struct hashcache__piece *piece, int string, hid_t *space,
                        hid_t *type)
{
  const struct hashcache__type *t = piece->type;

  *space = string ? H5Screate (H5S_SCALAR) : hashcache__h5_space (blocks, piece, &t);
  if (string)
    *type = hashcache__h5_string ((size_t) piece->size);
  else
    *type = hashcache__packed_size (t) > 0 ? hashcache__h5_type (t) : H5Tcopy (H5T_NATIVE_UINT8);
}

static void
hashcache__h5_describe_end (hid_t space, hid_t type)
{
  if (type >= 0)
    H5Tclose (type);
  if (space >= 0)
    H5Sclose (space);
}

/* Creates the dataset at PATH with the properties LINK (of the path) and, unless it has no elements, CREATION. An identifier, or
   negative. */
static hid_t
hashcache__h5_create_dataset (hid_t file, const char *path, hid_t type, hid_t space, hid_t link, hid_t creation)
{
  const int empty = H5Sget_simple_extent_npoints (space) == 0;
  const hid_t own = empty ? hashcache__h5_empty (space) : creation == H5P_DEFAULT ? hashcache__h5_creation () : creation;
  const hid_t dataset = own < 0 ? -1 : H5Dcreate2 (file, path, type, space, link, own, H5P_DEFAULT);

  if (own >= 0 && own != creation)
    H5Pclose (own);
  return dataset;
}

/* Creates the dataset of PIECE at PATH with the properties LINK and CREATION. An identifier, or negative. */
static hid_t
hashcache__h5_dataset (hid_t file, const char *path, const struct hashcache__blocks *blocks, const struct hashcache__piece *piece,
                       int when, hid_t link, hid_t creation)
{
  hid_t space, type, dataset = -1;

  hashcache__h5_describe (blocks, piece, hashcache__is_string (&blocks->items[piece->block], piece, when), &space, &type);
  if (space >= 0 && type >= 0)
    dataset = hashcache__h5_create_dataset (file, path, type, space, link, creation);
  hashcache__h5_describe_end (space, type);
  return dataset;
}

#endif
