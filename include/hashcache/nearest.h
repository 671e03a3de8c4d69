/* nearest.h: which part of a key differs from the nearest entry, for those who wonder at a miss.
   SPDX-License-Identifier: BSD-2-Clause

   The nearest entry is that of the fewest parts that differ, among some of the same code; where there is none, among some of other codes
   of a function of the same name. Entries keep the digest of each part of their key (/parts), and small inputs by value.

   For HASHCACHE_VERBOSE 2 and misses only, and of no consequence: whatever goes wrong, nothing is said. Entries are read as by
   read_hdf5.h, from regular files that not everybody can write. How many are looked at is bounded, and how much time all such looks
   of a process may take. */
#ifndef HASHCACHE_NEAREST_H
#define HASHCACHE_NEAREST_H

#include "message.h"
#include "store.h"
#include "summary.h"
#include <fenv.h>

enum {
  HASHCACHE__MOST_NEIGHBOURS = 64, /* entries that are read for a miss */
  HASHCACHE__MOST_LISTED = 256,    /* files, or directories, of which the latest are taken */
  HASHCACHE__MOST_CODES = 8,       /* other codes of the function that are looked into */
  HASHCACHE__MOST_ROWS = 4096,     /* of /parts */
  HASHCACHE__MOST_DIFFERENCES = 4  /* that are told */
};

/* A process may spend so many seconds at once, and this part of its time, on telling what is nearest. */
static const double hashcache__nearest_allowance = 2.0, hashcache__nearest_part = 0.05;
static _Atomic uint64_t hashcache__nanoseconds_on_nearest;

/* Candidates -------------------------------------------------------------------------------------------------------------- */

/* A file or directory of the cache: its digest, and when it was changed. */
struct hashcache__neighbour {
  struct hashcache__digest code, key;
  int64_t changed; /* nanoseconds since 1970, about */
};

struct hashcache__neighbours {
  struct hashcache__neighbour items[HASHCACHE__MOST_LISTED];
  size_t n;
};

/* Reads the 32 hexadecimal digits that NAME begins with, which AFTER must follow; 0, or -1. */
static int
hashcache__digest_of_name (const char *name, const char *after, struct hashcache__digest *digest)
{
  static const char digits[] = "0123456789abcdef";

  if (strlen (name) < 32 || strcmp (name + 32, after) != 0)
    return -1;
  for (int i = 0; i < 16; i++) {
    const char *high = strchr (digits, name[2 * i]), *low = strchr (digits, name[2 * i + 1]);

    if (!high || !low)
      return -1;
    digest->bytes[i] = (unsigned char) ((high - digits) << 4 | (low - digits));
  }
  return 0;
}

static int
hashcache__order_of_change (const void *a, const void *b)
{
  const int64_t first = ((const struct hashcache__neighbour *) a)->changed,
                second = ((const struct hashcache__neighbour *) b)->changed;

  return first < second ? 1 : first > second ? -1 : 0;
}

/* Appends to LIST what PLACE has of the names 32 digits and AFTER, entries of CODE or, where that is NULL, codes; the latest come first. */
static void
hashcache__list_neighbours (struct hashcache__neighbours *list, const char *place, const char *after,
                            const struct hashcache__digest *code)
{
  const size_t first = list->n;
  DIR *directory = hashcache__list (place);
  struct dirent *entry;

  while (directory && list->n < HASHCACHE__MOST_LISTED && (entry = readdir (directory))) {
    struct hashcache__neighbour *neighbour = &list->items[list->n];
    char path[HASHCACHE__PATH];
    struct stat there;

    if (hashcache__digest_of_name (entry->d_name, after, code ? &neighbour->key : &neighbour->code) != 0
        || hashcache__join (path, place, entry->d_name, NULL, NULL) != 0
        || fstatat (HASHCACHE__AT_FDCWD, path, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) != 0
        || !(code ? S_ISREG (there.st_mode) : S_ISDIR (there.st_mode)) || (there.st_mode & S_IWOTH))
      continue;
    if (code)
      neighbour->code = *code;
    neighbour->changed = (int64_t) there.st_mtime;
    list->n++;
  }
  if (directory)
    closedir (directory);
  qsort (list->items + first, list->n - first, sizeof *list->items, hashcache__order_of_change);
}

/* Whether the code whose directory is PLACE is one of CONTRACT's function, by its function.json. */
static int
hashcache__is_code_of (const char *place, const struct hashcache__contract *contract)
{
  struct hashcache__text begin = { 0 };
  char path[HASHCACHE__PATH], text[1024];
  ssize_t n = -1;
  int fd = -1, is;

  hashcache__text_put (&begin, "{\"function\": ");
  hashcache__text_json (&begin, contract->function);
  hashcache__text_put (&begin, ",");
  if (begin.string && begin.length < sizeof text && hashcache__join (path, place, "function.json", NULL, NULL) == 0)
    fd = hashcache__open (path, O_RDONLY | O_NONBLOCK | HASHCACHE__O_NOFOLLOW);
  if (fd >= 0) {
    n = read (fd, text, begin.length);
    close (fd);
  }
  is = n >= 0 && (size_t) n == begin.length && memcmp (text, begin.string, begin.length) == 0;
  hashcache__text_free (&begin);
  return is;
}

/* The directory of CODE in the cache DIR; 0, or -1. */
static int
hashcache__place_of_code (char place[HASHCACHE__PATH], const char *dir, const struct hashcache__digest *code)
{
  char hex[33];

  hashcache__digest_hex (code, hex);
  return hashcache__join (place, dir, "objects", hex, NULL);
}

/* Entries of other codes of the function, a few of each. */
static void
hashcache__list_other_codes (struct hashcache__neighbours *list, const char *dir, const struct hashcache__key *key,
                             const struct hashcache__contract *contract)
{
  struct hashcache__neighbours *codes = calloc (1, sizeof *codes), *entries = calloc (1, sizeof *entries);
  char place[HASHCACHE__PATH];

  if (codes && entries && hashcache__join (place, dir, "objects", NULL, NULL) == 0)
    hashcache__list_neighbours (codes, place, "", NULL);
  for (size_t i = 0, found = 0; codes && entries && i < codes->n && found < HASHCACHE__MOST_CODES; i++) {
    const struct hashcache__digest *code = &codes->items[i].code;

    if (hashcache__digest_equal (code, &key->code) || hashcache__place_of_code (place, dir, code) != 0
        || !hashcache__is_code_of (place, contract))
      continue;
    found++;
    entries->n = 0;
    hashcache__list_neighbours (entries, place, ".h5", code);
    for (size_t k = 0; k < entries->n && k < HASHCACHE__MOST_NEIGHBOURS / HASHCACHE__MOST_CODES; k++)
      list->items[list->n++] = entries->items[k];
  }
  free (codes);
  free (entries);
}

/* Reading ----------------------------------------------------------------------------------------------------------------- */

/* A row of /parts; longer names are cut off, here and where they are compared. */
struct hashcache__row_read {
  char group[16], name[192], digest[40];
};

/* An entry that may be the nearest one, while it is open. */
struct hashcache__opened {
  const struct hashcache__key *key; /* of the call */
  const struct hashcache__blocks *blocks;
  const size_t *firsts;
  const struct hashcache__contract *contract;
  struct hashcache__h5_entry entry;
  struct hashcache__row_read *rows; /* malloc'ed */
  size_t n;
  size_t distance;              /* how many rows differ */
  struct hashcache__text *text; /* takes what differs; NULL if nobody asks */
  size_t told;
};

static hid_t
hashcache__row_type (void)
{
  const hid_t type = H5Tcreate (H5T_COMPOUND, sizeof (struct hashcache__row_read));

  if (type >= 0
      && (hashcache__h5_insert (type, "group", offsetof (struct hashcache__row_read, group), hashcache__h5_string (16)) != 0
          || hashcache__h5_insert (type, "name", offsetof (struct hashcache__row_read, name), hashcache__h5_string (192)) != 0
          || hashcache__h5_insert (type, "digest", offsetof (struct hashcache__row_read, digest), hashcache__h5_string (40))
                 != 0)) {
    H5Tclose (type);
    return -1;
  }
  return type;
}

/* Whether DATASET is a list of compounds of three strings of fixed lengths, which HDF5 can convert without surprises; its length in *N. */
static int
hashcache__is_list_of_rows (hid_t dataset, hsize_t *n)
{
  const hid_t space = H5Dget_space (dataset), type = H5Dget_type (dataset);
  int is = space >= 0 && type >= 0 && H5Sget_simple_extent_ndims (space) == 1 && H5Sget_simple_extent_dims (space, n, NULL) == 1
           && *n > 0 && *n <= HASHCACHE__MOST_ROWS && H5Tget_class (type) == H5T_COMPOUND && H5Tget_nmembers (type) == 3
           && H5Tget_size (type) <= 65536;

  for (unsigned i = 0; is && i < 3; i++) {
    const hid_t member = H5Tget_member_type (type, i);

    is = member >= 0 && H5Tget_class (member) == H5T_STRING && H5Tis_variable_str (member) == 0;
    if (member >= 0)
      H5Tclose (member);
  }
  if (space >= 0)
    H5Sclose (space);
  if (type >= 0)
    H5Tclose (type);
  return is;
}

static int
hashcache__read_rows (struct hashcache__opened *opened)
{
  char path[] = "/parts";
  const hid_t dataset = hashcache__h5_walk (opened->entry.file, path);
  hsize_t n = 0;
  hid_t type = -1;
  int bad = 1;

  if (dataset >= 0 && hashcache__h5_is_readable (&opened->entry, dataset, 1, 1 << 20)
      && hashcache__is_list_of_rows (dataset, &n)) {
    type = hashcache__row_type ();
    opened->rows = calloc ((size_t) n, sizeof *opened->rows);
  }
  if (type >= 0 && opened->rows)
    bad = H5Dread (dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, opened->rows) < 0;
  for (size_t i = 0; !bad && i < n; i++)
    opened->rows[i].group[15] = opened->rows[i].name[191] = opened->rows[i].digest[39] = '\0';
  opened->n = bad ? 0 : (size_t) n;
  if (type >= 0)
    H5Tclose (type);
  if (dataset >= 0)
    H5Dclose (dataset);
  return bad ? -1 : 0;
}

/* Values ------------------------------------------------------------------------------------------------------------------ */

/* A point for whatever the locale puts into numbers. */
static void
hashcache__put_point (char *number)
{
  static const char plain[] = "+-0123456789abcdefinx";

  for (; *number; number++)
    if (!strchr (plain, *number))
      *number = '.';
}

/* The shortest number that is read as VALUE again. */
static void
hashcache__text_double (struct hashcache__text *text, double value, int single)
{
  char number[64] = "";

  for (int digits = 1; digits <= 17; digits++) {
    double again;

    snprintf (number, sizeof number, "%.*g", digits, value);
    again = strtod (number, NULL);
    if (single ? !((float) again < (float) value || (float) again > (float) value) : !(again < value || again > value))
      break;
  }
  hashcache__put_point (number);
  hashcache__text_put (text, number);
}

static void
hashcache__text_integer (struct hashcache__text *text, const unsigned char *bytes, uint64_t size, int is_signed)
{
  int64_t value = 0;
  int32_t four = 0;
  int16_t two = 0;

  memcpy (&two, bytes, size == sizeof two ? sizeof two : 0);
  memcpy (&four, bytes, size == sizeof four ? sizeof four : 0);
  switch (size) {
  case 1: value = is_signed ? (int8_t) bytes[0] : bytes[0]; break;
  case 2: value = is_signed ? two : (uint16_t) two; break;
  case 4: value = is_signed ? four : (int64_t) (uint32_t) four; break;
  default: memcpy (&value, bytes, sizeof value); break;
  }
  if (is_signed)
    hashcache__text_format (text, "%lld", (long long) value);
  else
    hashcache__text_format (text, "%llu", (unsigned long long) value);
}

/* Whether a value of type T can be told. */
static int
hashcache__is_plain (const struct hashcache__type *t)
{
  switch (t->kind) {
  case HASHCACHE__INT:
  case HASHCACHE__UINT: return t->size == 1 || t->size == 2 || t->size == 4 || t->size == 8;
  case HASHCACHE__FLOAT: return t->size == sizeof (double) || t->size == sizeof (float);
  case HASHCACHE__COMPLEX: return t->element->kind == HASHCACHE__FLOAT && hashcache__is_plain (t->element);
  case HASHCACHE__BITS: return hashcache__is_plain (t->element);
  default: return 0;
  }
}

/* The plain value of type T that is packed in BYTES. */
static void
hashcache__text_plain (struct hashcache__text *text, const struct hashcache__type *t, const unsigned char *bytes)
{
  const struct hashcache__type *plain = t->kind == HASHCACHE__BITS ? t->element : t;
  float single;
  double wide;

  if (plain->kind == HASHCACHE__COMPLEX) {
    hashcache__text_plain (text, plain->element, bytes);
    hashcache__text_put (text, " + ");
    hashcache__text_plain (text, plain->element, bytes + plain->element->size);
    hashcache__text_put (text, " i");
  } else if (plain->kind != HASHCACHE__FLOAT)
    hashcache__text_integer (text, bytes, plain->size, plain->kind == HASHCACHE__INT);
  else if (plain->size == sizeof single) {
    memcpy (&single, bytes, sizeof single);
    hashcache__text_double (text, (double) single, 1);
  } else {
    memcpy (&wide, bytes, sizeof wide);
    hashcache__text_double (text, wide, 0);
  }
}

/* A string of at most N bytes in quotes; only its beginning if it is long. */
static void
hashcache__text_quoted (struct hashcache__text *text, const char *string, size_t n)
{
  enum { SHOWN = 48 };
  const char *end = memchr (string, '\0', n);
  const size_t length = end ? (size_t) (end - string) : n;

  hashcache__text_put (text, "\"");
  hashcache__text_bytes (text, string, length < SHOWN ? length : SHOWN);
  hashcache__text_put (text, length < SHOWN ? "\"" : "...\"");
}

/* Differences ------------------------------------------------------------------------------------------------------------- */

/* Begins the text of a further difference; 0 if that is too much, and only counted. */
static int
hashcache__begin_difference (struct hashcache__opened *opened)
{
  if (opened->told++ >= HASHCACHE__MOST_DIFFERENCES)
    return 0;
  if (opened->told > 1)
    hashcache__text_put (opened->text, "; ");
  return 1;
}

/* "argument `box.width`": the dataset PATH without its first name. */
static void
hashcache__text_input (struct hashcache__text *text, uint32_t group, const char *path)
{
  const char *name = strchr (path + 1, '/');

  hashcache__text_put (text, group == HASHCACHE__GROUP_GLOBAL ? "global `" : "argument `");
  for (name = name ? name + 1 : path; *name; name++)
    hashcache__text_bytes (text, *name == '/' ? "." : name, 1);
  hashcache__text_put (text, "`");
}

enum { HASHCACHE__MOST_TOLD_BYTES = 4096 };

/* Reads the value of the dataset as one of TYPE, or a string of at most SIZE bytes, to BYTES. */
static int
hashcache__read_value (hid_t dataset, hid_t type, unsigned char *bytes, size_t size)
{
  const hid_t own = H5Dget_type (dataset), space = H5Dget_space (dataset);
  int bad = own < 0 || type < 0 || space < 0 || H5Sget_simple_extent_npoints (space) != 1 || H5Tget_size (type) > size
            || H5Tget_class (own) != H5Tget_class (type) || H5Tget_size (own) > HASHCACHE__MOST_TOLD_BYTES
            || H5Tis_variable_str (own) > 0 || H5Tdetect_class (own, H5T_VLEN) > 0 || H5Tdetect_class (own, H5T_REFERENCE) > 0;

  bad = bad || H5Dread (dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0;
  if (own >= 0)
    H5Tclose (own);
  if (space >= 0)
    H5Sclose (space);
  return bad ? -1 : 0;
}

/* How many elements DATASET has; negative if nobody knows. */
static hssize_t
hashcache__elements_of (hid_t dataset)
{
  const hid_t space = H5Dget_space (dataset);
  const hssize_t n = space < 0 ? -1 : H5Sget_simple_extent_npoints (space);

  if (space >= 0)
    H5Sclose (space);
  return n;
}

/* A value of which THEN and NOW are the packed bytes. */
struct hashcache__told_value {
  const struct hashcache__type *type;
  const unsigned char *then, *now;
  const char *path; /* of its dataset, with the names of fields */
  uint32_t group;
  int string;
};

static void
hashcache__tell_change (struct hashcache__opened *opened, const struct hashcache__told_value *value)
{
  if (!hashcache__begin_difference (opened))
    return;
  hashcache__text_input (opened->text, value->group, value->path);
  if (!value->string && !hashcache__is_plain (value->type)) {
    hashcache__text_put (opened->text, " differs");
    return;
  }
  hashcache__text_put (opened->text, " changed: ");
  for (int i = 0; i < 2; i++) {
    const unsigned char *bytes = i > 0 ? value->now : value->then;

    hashcache__text_put (opened->text, i > 0 ? " -> " : "");
    if (value->string)
      hashcache__text_quoted (opened->text, (const char *) bytes, HASHCACHE__MOST_TOLD_BYTES);
    else
      hashcache__text_plain (opened->text, value->type, bytes);
  }
}

/* Tells the fields of VALUE that differ, or VALUE itself. */
static void
hashcache__tell_changes (struct hashcache__opened *opened, const struct hashcache__told_value *value)
{
  const struct hashcache__type *t = value->type;
  uint64_t offset = 0;

  if (value->string || t->kind != HASHCACHE__STRUCT) {
    hashcache__tell_change (opened, value);
    return;
  }
  for (uint64_t i = 0; i < t->count; i++) {
    const struct hashcache__field *field = &t->fields[i];
    const uint64_t size = hashcache__field_size (field);
    struct hashcache__told_value part = { field->type, value->then + offset, value->now + offset, NULL, value->group, 0 };
    struct hashcache__text path = { 0 };

    offset += size;
    if (size == 0 || memcmp (part.then, part.now, (size_t) size) == 0)
      continue;
    hashcache__text_put (&path, value->path);
    hashcache__text_put (&path, "/");
    hashcache__text_put (&path, field->name);
    part.path = path.string;
    if (part.path)
      hashcache__tell_changes (opened, &part);
    hashcache__text_free (&path);
  }
}

/* Tells that the value of PIECE differs from that in DATASET, if it does and can be told; whether that was so. */
static int
hashcache__tell_value (struct hashcache__opened *opened, const struct hashcache__piece *piece, hid_t dataset, const char *path)
{
  const struct hashcache__block *block = &opened->blocks->items[piece->block];
  const int string = hashcache__is_string (block, piece, HASHCACHE__BEFORE);
  const hid_t type = string ? hashcache__h5_string (HASHCACHE__MOST_TOLD_BYTES) : hashcache__h5_type (piece->type);
  unsigned char now[HASHCACHE__MOST_TOLD_BYTES] = { 0 }, then[HASHCACHE__MOST_TOLD_BYTES] = { 0 };
  const struct hashcache__told_value value = { piece->type, then, now, path, block->group, string };
  int differs = 0;

  if (hashcache__read_value (dataset, type, then, sizeof then) == 0) {
    hashcache__pack (piece->type, piece->address, piece->count, now);
    differs = memcmp (now, then, (size_t) piece->size) != 0;
  }
  if (type >= 0)
    H5Tclose (type);
  if (differs)
    hashcache__tell_changes (opened, &value);
  return differs;
}

/* Tells that PIECE has another number of elements than DATASET, if so. */
static int
hashcache__tell_extent (struct hashcache__opened *opened, const struct hashcache__piece *piece, hid_t dataset, const char *path)
{
  const hssize_t then = hashcache__elements_of (dataset);

  if (piece->n_blocks != 1 || piece->type->kind == HASHCACHE__ARRAY || then <= 0 || (uint64_t) then == piece->count)
    return 0;
  if (hashcache__begin_difference (opened)) {
    hashcache__text_input (opened->text, opened->blocks->items[piece->block].group, path);
    hashcache__text_format (opened->text, " differs: %llu -> %llu elements", (unsigned long long) then,
                            (unsigned long long) piece->count);
  }
  return 1;
}

/* The same for whatever PIECE is. */
static int
hashcache__tell_piece (struct hashcache__opened *opened, const struct hashcache__piece *piece)
{
  const struct hashcache__block *block = &opened->blocks->items[piece->block];
  const int single = piece->count == 1 && piece->n_blocks == 1 && block->n_dims == 0;
  const int plain = single && (hashcache__is_plain (piece->type) || piece->type->kind == HASHCACHE__STRUCT);
  const int told_whole =
      piece->size <= HASHCACHE__MOST_TOLD_BYTES && (plain || hashcache__is_string (block, piece, HASHCACHE__BEFORE));
  struct hashcache__text path = { 0 };
  char *walked = NULL;
  hid_t dataset = -1;
  int told = 0;

  hashcache__put_piece_path (&path, opened->blocks, piece, HASHCACHE__BEFORE);
  if (path.string && piece->address && (walked = strdup (path.string)))
    dataset = hashcache__h5_walk (opened->entry.file, walked);
  if (dataset >= 0 && hashcache__h5_is_readable (&opened->entry, dataset, 1, HASHCACHE__MOST_TOLD_BYTES)) {
    if (told_whole)
      told = hashcache__tell_value (opened, piece, dataset, path.string);
    else
      told = hashcache__tell_extent (opened, piece, dataset, path.string);
  }
  if (dataset >= 0)
    H5Dclose (dataset);
  free (walked);
  hashcache__text_free (&path);
  return told;
}

/* Tells what differs in the input or global of ordinal PART among them. */
static void
hashcache__tell_input (struct hashcache__opened *opened, const struct hashcache__part *part, size_t ordinal)
{
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;
  int told = 0;

  while (hashcache__next_piece (opened->blocks, HASHCACHE__BEFORE, &cursor, &piece))
    if (piece.block >= opened->firsts[ordinal] && piece.block < opened->firsts[ordinal + 1])
      told |= hashcache__tell_piece (opened, &piece);
  if (told || !hashcache__begin_difference (opened))
    return;
  hashcache__text_put (opened->text, part->group == HASHCACHE__GROUP_GLOBAL ? "global `" : "argument `");
  hashcache__text_put (opened->text, part->name);
  hashcache__text_put (opened->text, "` differs");
}

/* Tells that the function's own code, or the compiler, has changed. */
static void
hashcache__tell_body (struct hashcache__opened *opened)
{
  char then[1024] = "";
  const hid_t type = hashcache__h5_string (sizeof then);
  hid_t attribute = -1, own = -1;

  if (H5Aexists_by_name (opened->entry.file, "/", "compiler", H5P_DEFAULT) > 0)
    attribute = H5Aopen_by_name (opened->entry.file, "/", "compiler", H5P_DEFAULT, H5P_DEFAULT);
  own = attribute < 0 ? -1 : H5Aget_type (attribute);
  if (own < 0 || type < 0 || H5Tget_class (own) != H5T_STRING || H5Tis_variable_str (own) != 0
      || H5Aget_storage_size (attribute) > 65536 || H5Aread (attribute, type, then) < 0)
    then[0] = '\0';
  then[sizeof then - 1] = '\0';
  if (own >= 0)
    H5Tclose (own);
  if (attribute >= 0)
    H5Aclose (attribute);
  if (type >= 0)
    H5Tclose (type);
  if (!hashcache__begin_difference (opened))
    return;
  if (then[0] == '\0' || strcmp (then, opened->contract->compiler) == 0) {
    hashcache__text_put (opened->text, "its body changed");
    return;
  }
  hashcache__text_put (opened->text, "the compiler or its options changed: ");
  hashcache__text_put (opened->text, then);
  hashcache__text_put (opened->text, " -> ");
  hashcache__text_put (opened->text, opened->contract->compiler);
}

/* WHAT has happened to the part NAME of GROUP. */
static void
hashcache__tell_named (struct hashcache__opened *opened, const char *group, const char *name, const char *what)
{
  static const struct {
    const char *group, *called;
  } groups[] = {
    { "input", "argument" }, { "global", "global" }, { "callee", "callee" }, { "const", "constant" }, { "library", "library" }
  };
  const char *called = "part";

  if (!hashcache__begin_difference (opened))
    return;
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
    if (strcmp (groups[i].group, group) == 0)
      called = groups[i].called;
  hashcache__text_put (opened->text, strcmp (group, "callee") == 0 && strcmp (what, " changed") == 0 ? "the body of " : "");
  hashcache__text_put (opened->text, called);
  hashcache__text_put (opened->text, " `");
  hashcache__text_put (opened->text, name);
  hashcache__text_put (opened->text, "`");
  hashcache__text_put (opened->text, what);
}

static void
hashcache__tell_sentence (struct hashcache__opened *opened, const char *sentence)
{
  if (hashcache__begin_difference (opened))
    hashcache__text_put (opened->text, sentence);
}

/* How many of KEY's parts, the last ones, are inputs and globals. */
static size_t
hashcache__n_inputs (const struct hashcache__key *key)
{
  size_t n = 0;

  while (n < key->n_parts && key->parts[key->n_parts - 1 - n].group != 0)
    n++;
  return n;
}

/* Tells that the call's part of ordinal I differs. */
static void
hashcache__tell_row (struct hashcache__opened *opened, size_t i)
{
  const struct hashcache__part *part = hashcache__row (opened->key, i);

  switch (part->group) {
  case HASHCACHE__GROUP_INPUT:
  case HASHCACHE__GROUP_GLOBAL:
    hashcache__tell_input (opened, part, i - (opened->key->n_parts - hashcache__n_inputs (opened->key)));
    break;
  case HASHCACHE__GROUP_BODY: hashcache__tell_body (opened); break;
  case HASHCACHE__GROUP_MACHINE: hashcache__tell_sentence (opened, "the machine is another one"); break;
  case 0:
    if (strcmp (part->name, "contract") == 0)
      hashcache__tell_sentence (opened, "its contract changed");
    else if (strcmp (part->name, "options") == 0)
      hashcache__tell_sentence (opened, "how the processor rounds, or how OpenMP shares work, changed");
    break; /* code and libraries have details */
  default: hashcache__tell_named (opened, hashcache__group_name (part->group), part->name, " changed"); break;
  }
}

/* Comparing --------------------------------------------------------------------------------------------------------------- */

/* How many rows before I have its group and name. */
static unsigned
hashcache__namesakes_among_rows (const struct hashcache__key *key, size_t i)
{
  const struct hashcache__part *part = hashcache__row (key, i);
  unsigned n = 0;

  for (size_t k = 0; k < i; k++)
    n += hashcache__row (key, k)->group == part->group && strcmp (hashcache__row (key, k)->name, part->name) == 0;
  return n;
}

/* The row of the entry that says the same part as the call's row I; NULL if there is none. SEEN marks it. */
static const struct hashcache__row_read *
hashcache__row_like (const struct hashcache__opened *opened, size_t i, unsigned char *seen)
{
  const struct hashcache__part *part = hashcache__row (opened->key, i);
  unsigned namesakes = hashcache__namesakes_among_rows (opened->key, i);

  for (size_t k = 0; k < opened->n; k++) {
    const struct hashcache__row_read *row = &opened->rows[k];

    if (strcmp (row->group, hashcache__group_name (part->group)) != 0
        || (part->group != HASHCACHE__GROUP_BODY && strncmp (row->name, part->name, sizeof row->name - 1) != 0)
        || namesakes-- > 0)
      continue;
    seen[k] = 1;
    return row;
  }
  return NULL;
}

/* Compares the rows, and tells what differs if that is wanted. What says a part that has details is told only if these do not differ. */
static void
hashcache__compare_rows (struct hashcache__opened *opened)
{
  const size_t n = hashcache__n_rows (opened->key);
  unsigned char *seen = calloc (1, opened->n + 1);
  int code = 0, libraries = 0, code_details = 0, library_details = 0;

  for (size_t i = 0; seen && i < n; i++) {
    const struct hashcache__part *part = hashcache__row (opened->key, i);
    const struct hashcache__row_read *row = hashcache__row_like (opened, i, seen);
    char hex[33];

    hashcache__digest_hex (&part->digest, hex);
    if (row && strcmp (row->digest, hex) == 0)
      continue;
    opened->distance++;
    code |= part->group == 0 && strcmp (part->name, "code") == 0;
    libraries |= part->group == 0 && strcmp (part->name, "libraries") == 0;
    code_details |= part->group >= HASHCACHE__GROUP_BODY && part->group <= HASHCACHE__GROUP_MACHINE;
    library_details |= part->group == HASHCACHE__GROUP_LIBRARY;
    if (opened->text && row)
      hashcache__tell_row (opened, i);
    else if (opened->text)
      hashcache__tell_named (opened, hashcache__group_name (part->group), part->name, " is new");
  }
  for (size_t k = 0; seen && k < opened->n; k++) {
    const struct hashcache__row_read *row = &opened->rows[k];

    if (seen[k])
      continue;
    opened->distance++;
    code_details |= strcmp (row->group, "callee") == 0 || strcmp (row->group, "const") == 0;
    library_details |= strcmp (row->group, "library") == 0;
    if (opened->text)
      hashcache__tell_named (opened, row->group, row->name, " is gone");
  }
  if (opened->text && code && !code_details)
    hashcache__tell_sentence (opened, "what its code calls or uses changed, or in which order");
  if (opened->text && libraries && !library_details)
    hashcache__tell_sentence (opened, "the threads, kernels or locale of its libraries changed");
  free (seen);
}

/* The work for hashcache__with_hdf5: compares the struct hashcache__opened at CONTEXT, whose descriptor is open. */
static int
hashcache__compare_opened (void *context)
{
  struct hashcache__opened *opened = context;
  int bad;

  opened->entry.file = hashcache__h5_open_descriptor (&opened->entry.descriptor);
  bad = opened->entry.file < 0 || hashcache__read_rows (opened);
  if (!bad)
    hashcache__compare_rows (opened);
  if (opened->entry.file >= 0)
    H5Fclose (opened->entry.file);
  hashcache__h5_let_go (&opened->entry.descriptor);
  return bad ? -1 : 0;
}

/* Compares the call of CALLED, a description without entry, with the entry of NEIGHBOUR: 0 and what differs, or -1. */
static int
hashcache__compare_with (struct hashcache__opened *called, const char *dir, const struct hashcache__neighbour *neighbour)
{
  const struct hashcache__key key = { .code = neighbour->code, .key = neighbour->key };
  char path[HASHCACHE__PATH];
  struct stat there;
  int bad = -1;

  if (hashcache__entry_path (path, dir, &key) != 0)
    return -1;
  called->entry = (struct hashcache__h5_entry){ .descriptor = { .driver = -1 }, .file = -1 };
  called->rows = NULL;
  called->n = called->distance = called->told = 0;
  called->entry.descriptor.fd = hashcache__open (path, O_RDONLY | O_NONBLOCK | HASHCACHE__O_NOFOLLOW);
  if (called->entry.descriptor.fd < 0)
    return -1;
  if (fstat (called->entry.descriptor.fd, &there) == 0 && S_ISREG (there.st_mode) && !(there.st_mode & S_IWOTH)) {
    called->entry.descriptor.size = (uint64_t) there.st_size;
    bad = hashcache__with_hdf5 (hashcache__compare_opened, called);
  }
  close (called->entry.descriptor.fd);
  free (called->rows);
  called->rows = NULL;
  return bad;
}

/* All of it --------------------------------------------------------------------------------------------------------------- */

/* The nearest of LIST to CALLED; NULL if there is none. */
static const struct hashcache__neighbour *
hashcache__nearest_of (struct hashcache__opened *called, const char *dir, const struct hashcache__neighbours *list)
{
  const double deadline = hashcache__now () + 0.5 * hashcache__nearest_allowance;
  const struct hashcache__neighbour *nearest = NULL;
  size_t least = SIZE_MAX;

  for (size_t i = 0; i < list->n && i < HASHCACHE__MOST_NEIGHBOURS && least > 1 && hashcache__now () < deadline; i++) {
    if (hashcache__digest_equal (&list->items[i].key, &called->key->key)
        || hashcache__compare_with (called, dir, &list->items[i]) != 0 || called->distance >= least)
      continue;
    least = called->distance;
    nearest = &list->items[i];
  }
  return nearest;
}

/* Says how the call of CALLED, which is not in the cache DIR, differs from what is. */
static void
hashcache__say_difference (struct hashcache__opened *called, const char *dir, struct hashcache__neighbours *list)
{
  const struct hashcache__neighbour *nearest;
  struct hashcache__text text = { 0 };
  char place[HASHCACHE__PATH], hex[33], other[33];

  if (hashcache__place_of_code (place, dir, &called->key->code) == 0)
    hashcache__list_neighbours (list, place, ".h5", &called->key->code);
  if (list->n == 0)
    hashcache__list_other_codes (list, dir, called->key, called->contract);
  nearest = hashcache__nearest_of (called, dir, list);
  if (!nearest)
    return;
  called->text = &text;
  if (hashcache__compare_with (called, dir, nearest) == 0 && text.string) {
    hashcache__digest_hex (&called->key->key, hex);
    hashcache__digest_hex (&nearest->key, other);
    if (called->told > HASHCACHE__MOST_DIFFERENCES)
      hashcache__text_format (&text, "; and %llu more", (unsigned long long) (called->told - HASHCACHE__MOST_DIFFERENCES));
    hashcache__say (2, "%s %s: unlike entry %s, %s", called->contract->function, hex, other, text.string ? text.string : "");
  }
  hashcache__text_free (&text);
}

/* Whether this process has still time to spend on such things. */
static int
hashcache__may_look_for_nearest (void)
{
  static _Atomic uint64_t began;
  const double now = hashcache__now ();
  uint64_t never = 0;

  atomic_compare_exchange_strong (&began, &never, hashcache__nanoseconds (now) + 1);
  return 1e-9 * (double) atomic_load (&hashcache__nanoseconds_on_nearest)
         < hashcache__nearest_allowance + hashcache__nearest_part * (now - 1e-9 * (double) atomic_load (&began));
}

/* HASHCACHE_VERBOSE=2: how the call of KEY, unfolded into BLOCKS with FIRSTS and not in the store, differs from the nearest entry. */
static void
hashcache__say_nearest (const struct hashcache__key *key, const struct hashcache__contract *contract,
                        const struct hashcache__blocks *blocks, const size_t *firsts)
{
  struct hashcache__opened called = { .key = key, .blocks = blocks, .firsts = firsts, .contract = contract };
  struct hashcache__neighbours *list;
  const char *dir = hashcache__directory (0);
  const double began = hashcache__now ();
  fenv_t environment;
  int held;

  if (!dir || !hashcache__may_look_for_nearest ())
    return;
  list = calloc (1, sizeof *list);
  held = feholdexcept (&environment) == 0;
  if (list)
    hashcache__say_difference (&called, dir, list);
  if (held)
    (void) fesetenv (&environment);
  free (list);
  hashcache__count_seconds (&hashcache__nanoseconds_on_nearest, hashcache__now () - began);
}

/* Whether the store has anything of KEY's code. */
static int
hashcache__store_knows_code (const struct hashcache__key *key)
{
  const char *dir = hashcache__directory (0);
  char place[HASHCACHE__PATH], path[HASHCACHE__PATH];
  struct stat there;

  return dir && hashcache__place_of_code (place, dir, &key->code) == 0
         && hashcache__join (path, place, "function.json", NULL, NULL) == 0
         && fstatat (HASHCACHE__AT_FDCWD, path, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) == 0;
}

#endif
