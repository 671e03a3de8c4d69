/* dimensions.h: the axes of the arrays below /outputs have the names of their extents in the source, as HDF5's dimension scales.
   SPDX-License-Identifier: BSD-2-Clause

   double e[n][3] has the dimensions n and 3: datasets without content of that name and size beside it, as netCDF-4 has them for dimensions
   without coordinates, so that xarray shows e (n, 3). An extent that makes no name in HDF5 (it has a slash, or is very long) bears its size
   instead. If the name is that of something else below /outputs, or has another size elsewhere, it is "n 2", as with other namesakes.
   xarray takes a dataset only if all axes or none have scales; so all of them have, but none at all in an entry with very many.
   Only what lies directly in /outputs has dimensions: that is what xarray sees at once.

   An axis finds its scale through a list of variable length, and such lists are in a heap of their own, which HDF5 puts where bulk data go.
   So it must be there before these are, or the skeleton (skeleton.h) would reach as far as they do: therefore a scale has a label, which
   is a text of variable length.

   Nothing of this is ever read back. */
#ifndef HASHCACHE_DIMENSIONS_H
#define HASHCACHE_DIMENSIONS_H

#include "layout.h"

/* The heap begins with 4 KiB; an axis or a label takes 24 to 80 bytes of it. */
enum {
  HASHCACHE__MOST_AXES = 64,
  HASHCACHE__MOST_SCALES = 24,
  HASHCACHE__LONGEST_DIMENSION = 40,
  HASHCACHE__MOST_OUTPUTS = 256 /* else to find names that are free would take long */
};

/* A scale, and the axes that have it. */
struct hashcache__dimension {
  char text[HASHCACHE__LONGEST_DIMENSION + 1]; /* in the source */
  char name[HASHCACHE__LONGEST_DIMENSION + 8]; /* in the file   */
  uint64_t size;
  hobj_ref_t scale;
};

struct hashcache__dimensions {
  const struct hashcache__blocks *blocks;
  struct hashcache__dimension items[HASHCACHE__MOST_SCALES];
  unsigned char axes[HASHCACHE__MOST_AXES]; /* which dimension each axis of each array has */
  size_t n, n_axes;
};

/* The axes of a piece: ordinals of their dimensions. */
struct hashcache__axes {
  int dimensions[H5S_MAX_RANK];
  int n;
};

/* What is written into the attribute REFERENCE_LIST for each axis. */
struct hashcache__axis_reference {
  hobj_ref_t dataset;
  uint32_t axis;
};

/* Names ------------------------------------------------------------------------------------------------------------------- */

/* What the dimension of SIZE is called, whose extent is TEXT in the source (or NULL). */
static void
hashcache__dimension_text (char text[HASHCACHE__LONGEST_DIMENSION + 1], const char *source, uint64_t size)
{
  const size_t n = source ? strlen (source) : 0;

  if (n == 0 || n > HASHCACHE__LONGEST_DIMENSION || strchr (source, '/') || source[0] == '.')
    snprintf (text, HASHCACHE__LONGEST_DIMENSION + 1, "%llu", (unsigned long long) size);
  else
    memcpy (text, source, n + 1);
}

/* Whether NAME is a part of the path of any output of BLOCKS. */
static int
hashcache__is_name_of_output (const struct hashcache__blocks *blocks, const char *name)
{
  const size_t n = strlen (name);
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;
  int is = 0;

  while (!is && hashcache__next_piece (blocks, HASHCACHE__AFTER, &cursor, &piece)) {
    struct hashcache__text path = { 0 };

    hashcache__put_piece_path (&path, blocks, &piece, HASHCACHE__AFTER);
    for (const char *part = path.string; part && !is; part = strchr (part, '/')) {
      part += *part == '/';
      is = strncmp (part, name, n) == 0 && (part[n] == '\0' || part[n] == '/');
    }
    hashcache__text_free (&path);
  }
  return is;
}

static int
hashcache__is_name_of_dimension (const struct hashcache__dimensions *dimensions, const char *name)
{
  for (size_t i = 0; i < dimensions->n; i++)
    if (strcmp (dimensions->items[i].name, name) == 0)
      return 1;
  return 0;
}

/* Gives DIMENSION, which is new, its name. */
static void
hashcache__name_dimension (const struct hashcache__dimensions *dimensions, struct hashcache__dimension *dimension)
{
  memcpy (dimension->name, dimension->text, sizeof dimension->text);
  for (unsigned i = 2; i < 1000
                       && (hashcache__is_name_of_dimension (dimensions, dimension->name)
                           || hashcache__is_name_of_output (dimensions->blocks, dimension->name));
       i++)
    snprintf (dimension->name, sizeof dimension->name, "%s %u", dimension->text, i);
}

/* Axes -------------------------------------------------------------------------------------------------------------------- */

static int
hashcache__has_axis (const struct hashcache__axes *axes, size_t dimension)
{
  for (int i = 0; i < axes->n; i++)
    if ((size_t) axes->dimensions[i] == dimension)
      return 1;
  return 0;
}

/* The ordinal of the dimension of that extent for one more of AXES, which may be new: each axis of an array has a dimension of its own, as xarray
   wants it. -1 if there are too many. */
static int
hashcache__find_dimension (struct hashcache__dimensions *dimensions, const struct hashcache__axes *axes, const char *source,
                           uint64_t size)
{
  struct hashcache__dimension dimension = { .size = size };

  hashcache__dimension_text (dimension.text, source, size);
  for (size_t i = 0; i < dimensions->n; i++)
    if (dimensions->items[i].size == size && strcmp (dimensions->items[i].text, dimension.text) == 0
        && !hashcache__has_axis (axes, i))
      return (int) i;
  if (dimensions->n == HASHCACHE__MOST_SCALES)
    return -1;
  hashcache__name_dimension (dimensions, &dimension);
  dimensions->items[dimensions->n++] = dimension;
  return (int) dimensions->n - 1;
}

/* Adds an axis to AXES; 0, or -1 if there are too many. */
static int
hashcache__add_axis (struct hashcache__dimensions *dimensions, struct hashcache__axes *axes, const char *source, uint64_t size)
{
  const int dimension = axes->n < H5S_MAX_RANK ? hashcache__find_dimension (dimensions, axes, source, size) : -1;

  if (dimension < 0)
    return -1;
  axes->dimensions[axes->n++] = dimension;
  return 0;
}

/* Adds the axes of the arrays of pointers from ROOT to BLOCK, and of that one (as hashcache__collect_dims does). */
static int
hashcache__add_axes_of_blocks (struct hashcache__dimensions *dimensions, struct hashcache__axes *axes, size_t root,
                               size_t ordinal)
{
  const struct hashcache__block *block = &dimensions->blocks->items[ordinal];
  const struct hashcache__extent *extent = block->extent;
  const int named = extent && extent->kind == HASHCACHE__COUNTED && extent->n_dims == block->n_dims;

  if (ordinal != root && hashcache__add_axes_of_blocks (dimensions, axes, root, (size_t) block->parent) != 0)
    return -1;
  for (uint32_t i = 0; i < block->n_dims; i++)
    if (hashcache__add_axis (dimensions, axes, named ? extent->dims[i].text : NULL, block->dims[i]) != 0)
      return -1;
  return 0;
}

/* The AXES of PIECE, as hashcache__h5_space makes them: 0, or -1 if there are too many. */
static int
hashcache__axes_of (struct hashcache__dimensions *dimensions, const struct hashcache__piece *piece, struct hashcache__axes *axes)
{
  const struct hashcache__block *block = &dimensions->blocks->items[piece->block];

  axes->n = 0;
  if (hashcache__is_string (block, piece, HASHCACHE__AFTER))
    return 0;
  if (!piece->address || hashcache__packed_size (piece->type) == 0)
    return hashcache__add_axis (dimensions, axes, NULL, 0);
  if (piece->map)
    return hashcache__add_axis (dimensions, axes, NULL, piece->count);
  if (!hashcache__is_single_struct (block) && hashcache__add_axes_of_blocks (dimensions, axes, piece->root, piece->block) != 0)
    return -1;
  for (const struct hashcache__type *t = piece->type; t->kind == HASHCACHE__ARRAY; t = t->element)
    if (hashcache__add_axis (dimensions, axes, NULL, t->count) != 0)
      return -1;
  return 0;
}

/* Whether PIECE lies directly in /outputs. */
static int
hashcache__is_at_the_top (const struct hashcache__blocks *blocks, const struct hashcache__piece *piece)
{
  struct hashcache__text path = { 0 };
  int is;

  hashcache__put_piece_path (&path, blocks, piece, HASHCACHE__AFTER);
  is = path.string && strrchr (path.string, '/') == path.string + strlen ("/outputs");
  hashcache__text_free (&path);
  return is;
}

/* The next piece that lies directly in /outputs, and its AXES; 0 if there is none, -1 if there are too many axes. */
static int
hashcache__next_axes (struct hashcache__dimensions *dimensions, struct hashcache__cursor *cursor, struct hashcache__piece *piece,
                      struct hashcache__axes *axes)
{
  while (hashcache__next_piece (dimensions->blocks, HASHCACHE__AFTER, cursor, piece))
    if (hashcache__is_at_the_top (dimensions->blocks, piece))
      return hashcache__axes_of (dimensions, piece, axes) == 0 ? 1 : -1;
  return 0;
}

static int
hashcache__has_many_outputs (const struct hashcache__blocks *blocks)
{
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;
  int n = 0;

  while (n <= HASHCACHE__MOST_OUTPUTS && hashcache__next_piece (blocks, HASHCACHE__AFTER, &cursor, &piece))
    n++;
  return n > HASHCACHE__MOST_OUTPUTS;
}

/* Finds the DIMENSIONS of BLOCKS; none if there are too many. */
static void
hashcache__dimensions_find (struct hashcache__dimensions *dimensions, const struct hashcache__blocks *blocks)
{
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;
  struct hashcache__axes axes;
  int found = 0;

  *dimensions = (struct hashcache__dimensions){ .blocks = blocks };
  if (hashcache__has_many_outputs (blocks))
    return;
  while ((found = hashcache__next_axes (dimensions, &cursor, &piece, &axes)) > 0)
    for (int i = 0; i < axes.n; i++) {
      if (dimensions->n_axes == HASHCACHE__MOST_AXES) {
        dimensions->n = dimensions->n_axes = 0;
        return;
      }
      dimensions->axes[dimensions->n_axes++] = (unsigned char) axes.dimensions[i];
    }
  if (found < 0)
    dimensions->n = dimensions->n_axes = 0;
}

/* What HDF5 writes for DIMENSIONS besides the heap, about. */
static uint64_t
hashcache__metadata_of_dimensions (const struct hashcache__dimensions *dimensions)
{
  return 700 * dimensions->n + 160 * dimensions->n_axes;
}

/* In the file ------------------------------------------------------------------------------------------------------------- */

/* Gives OBJECT the attribute NAME: one VALUE of TYPE, or N of them in a list. */
static int
hashcache__h5_add_attribute (hid_t object, const char *name, hid_t type, hsize_t n, const void *value)
{
  const hid_t space = n == 0 ? H5Screate (H5S_SCALAR) : H5Screate_simple (1, &n, NULL);
  const hid_t attribute = space < 0 || type < 0 ? -1 : H5Acreate2 (object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  const int bad = attribute < 0 || H5Awrite (attribute, type, value) < 0;

  if (attribute >= 0)
    H5Aclose (attribute);
  if (space >= 0)
    H5Sclose (space);
  return bad ? -1 : 0;
}

static int
hashcache__h5_add_text (hid_t object, const char *name, const char *value)
{
  const hid_t type = H5Tcopy (H5T_C_S1);
  const int bad =
      type < 0 || H5Tset_size (type, strlen (value) + 1) < 0 || hashcache__h5_add_attribute (object, name, type, 0, value) != 0;

  if (type >= 0)
    H5Tclose (type);
  return bad ? -1 : 0;
}

/* The label of a scale: the first thing in the heap. */
static int
hashcache__h5_add_label (hid_t scale, const char *label)
{
  const hid_t type = H5Tcopy (H5T_C_S1);
  const int bad = type < 0 || H5Tset_size (type, H5T_VARIABLE) < 0
                  || hashcache__h5_add_attribute (scale, "DIMENSION_LABELS", type, 1, &label) != 0;

  if (type >= 0)
    H5Tclose (type);
  return bad ? -1 : 0;
}

/* Creates the dataset of DIMENSION in GROUP: no room is ever taken for its content. */
static int
hashcache__h5_scale (hid_t group, struct hashcache__dimension *dimension)
{
  const hsize_t size = dimension->size;
  const hid_t space = hashcache__h5_simple (1, &size);
  const hid_t scale =
      space < 0 ? -1 : hashcache__h5_create_dataset (group, dimension->name, H5T_STD_U8LE, space, H5P_DEFAULT, H5P_DEFAULT);
  char name[80];
  int bad;

  snprintf (name, sizeof name, "This is a netCDF dimension but not a netCDF variable.%10llu", (unsigned long long) size);
  bad = scale < 0 || hashcache__h5_add_text (scale, "CLASS", "DIMENSION_SCALE") || hashcache__h5_add_text (scale, "NAME", name)
        || hashcache__h5_add_label (scale, dimension->name)
        || H5Rcreate (&dimension->scale, group, dimension->name, H5R_OBJECT, -1) < 0;
  if (scale >= 0)
    H5Dclose (scale);
  if (space >= 0)
    H5Sclose (space);
  return bad ? -1 : 0;
}

/* Creates the scales of DIMENSIONS in FILE, whose groups are there and whose outputs are not. */
static int
hashcache__h5_scales (hid_t file, struct hashcache__dimensions *dimensions)
{
  const hid_t group = dimensions->n == 0 ? -1 : H5Gopen2 (file, "/outputs", H5P_DEFAULT);
  int bad = dimensions->n > 0 && group < 0;

  for (size_t i = 0; !bad && i < dimensions->n; i++)
    bad = hashcache__h5_scale (group, &dimensions->items[i]) != 0;
  if (group >= 0)
    H5Gclose (group);
  return bad ? -1 : 0;
}

/* Gives DATASET the list of its AXES. */
static int
hashcache__h5_axes (const struct hashcache__dimensions *dimensions, const struct hashcache__axes *axes, hid_t dataset)
{
  const hid_t type = H5Tvlen_create (H5T_STD_REF_OBJ);
  hobj_ref_t scales[H5S_MAX_RANK];
  hvl_t lists[H5S_MAX_RANK];
  int bad;

  for (int i = 0; i < axes->n; i++) {
    scales[i] = dimensions->items[axes->dimensions[i]].scale;
    lists[i] = (hvl_t){ 1, &scales[i] };
  }
  bad = type < 0 || hashcache__h5_add_attribute (dataset, "DIMENSION_LIST", type, (hsize_t) axes->n, lists) != 0;
  if (type >= 0)
    H5Tclose (type);
  return bad ? -1 : 0;
}

/* Attaches the scales of AXES to the dataset at PATH, and notes them in REFERENCES, of which there are *N. */
static int
hashcache__h5_attach (hid_t file, const char *path, const struct hashcache__dimensions *dimensions,
                      const struct hashcache__axes *axes, struct hashcache__axis_reference *references, size_t *n)
{
  const hid_t dataset = H5Dopen2 (file, path, H5P_DEFAULT);
  hobj_ref_t reference = 0;
  int bad = dataset < 0 || hashcache__h5_axes (dimensions, axes, dataset) != 0
            || H5Rcreate (&reference, dataset, ".", H5R_OBJECT, -1) < 0;

  for (int i = 0; !bad && i < axes->n && *n < HASHCACHE__MOST_AXES; i++, ++*n) {
    references[*n].dataset = reference;
    references[*n].axis = (uint32_t) i;
  }
  if (dataset >= 0)
    H5Dclose (dataset);
  return bad ? -1 : 0;
}

/* The type of a struct hashcache__axis_reference. */
static hid_t
hashcache__h5_axis_reference (void)
{
  const hid_t type = H5Tcreate (H5T_COMPOUND, sizeof (struct hashcache__axis_reference));

  if (type >= 0
      && (H5Tinsert (type, "dataset", offsetof (struct hashcache__axis_reference, dataset), H5T_STD_REF_OBJ) < 0
          || H5Tinsert (type, "dimension", offsetof (struct hashcache__axis_reference, axis), H5T_NATIVE_UINT32) < 0)) {
    H5Tclose (type);
    return -1;
  }
  return type;
}

/* Gives each scale the list of the axes that have it, of all REFERENCES. */
static int
hashcache__h5_reference_lists (hid_t file, const struct hashcache__dimensions *dimensions,
                               const struct hashcache__axis_reference *references)
{
  const hid_t type = hashcache__h5_axis_reference ();
  int bad = type < 0;

  for (size_t d = 0; !bad && d < dimensions->n; d++) {
    struct hashcache__axis_reference own[HASHCACHE__MOST_AXES];
    const hid_t scale = H5Rdereference2 (file, H5P_DEFAULT, H5R_OBJECT, &dimensions->items[d].scale);
    hsize_t n_own = 0;

    for (size_t i = 0; i < dimensions->n_axes; i++)
      if (dimensions->axes[i] == d)
        memcpy (&own[n_own++], &references[i], sizeof *own); /* gaps as well, which are zero */
    bad = scale < 0 || (n_own > 0 && hashcache__h5_add_attribute (scale, "REFERENCE_LIST", type, n_own, own) != 0);
    if (scale >= 0)
      H5Oclose (scale);
  }
  if (type >= 0)
    H5Tclose (type);
  return bad ? -1 : 0;
}

/* Attaches the scales of DIMENSIONS to the outputs in FILE. */
static int
hashcache__h5_attach_scales (hid_t file, struct hashcache__dimensions *dimensions)
{
  struct hashcache__axis_reference references[HASHCACHE__MOST_AXES];
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;
  struct hashcache__axes axes;
  size_t n = 0;

  if (dimensions->n == 0)
    return 0;
  memset (references, 0, sizeof references);
  while (hashcache__next_axes (dimensions, &cursor, &piece, &axes) > 0) {
    struct hashcache__text path = { 0 };
    int bad;

    if (axes.n == 0)
      continue;
    hashcache__put_piece_path (&path, dimensions->blocks, &piece, HASHCACHE__AFTER);
    bad = !path.string || hashcache__h5_attach (file, path.string, dimensions, &axes, references, &n) != 0;
    hashcache__text_free (&path);
    if (bad)
      return -1;
  }
  return hashcache__h5_reference_lists (file, dimensions, references);
}

#endif
