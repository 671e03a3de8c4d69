/* skeleton.h: the HDF5 side of an entry, made in memory: everything but the bulk data.
   SPDX-License-Identifier: BSD-2-Clause

   HDF5 lays the file out (groups, attributes, datasets with their storage allocated early) in memory (h5file.h); hashcache then writes
   this skeleton and, straight from the caller's memory, the bulk data to disk by itself.

   For the skeleton to stay small its metadata must come before the bulk data: the first metadata block is made large enough
   for all of it. Were the estimate too small, HDF5 would take another block behind the data and the skeleton grow as large as
   the file: a waste, no error.

   Where an entry is to be compressed (HASHCACHE_COMPRESS) HDF5 writes its data as well, straight to the temporary file. */
#ifndef HASHCACHE_SKELETON_H
#define HASHCACHE_SKELETON_H

#include "compress.h"
#include "dimensions.h"
#include "h5file.h"
#include "index.h"
#include "job.h"
#include "statistics.h"
#include "version.h"

/* Where, when and by whom an entry is made. */
struct hashcache__provenance {
  char created[32], host[256], user[256], job[HASHCACHE__JOB_ID];
  long rank, ranks;
};

/* An entry to be written, and what is known of it so far. */
struct hashcache__entry {
  const struct hashcache__key *key;
  const struct hashcache__contract *contract;
  const struct hashcache__blocks *inputs;   /* before the call */
  const struct hashcache__outcome *outcome; /* after it */
  const struct hashcache__image *before;    /* one for each input; bytes NULL unless INOUT */
  double seconds;
  struct hashcache__provenance provenance;
  int marked;                              /* marks stand for the values that differ from entry to entry (template.h), */
  size_t n_marks;                          /* of which there are so many by now */
  struct hashcache__dimensions dimensions; /* of the arrays it leaves behind */
  uint64_t n_before;                       /* pieces before the call */
  uint64_t largest_input;                  /* bytes: what is larger is kept as a digest alone (HASHCACHE_INPUTS) */
  struct hashcache__index_shape shape;
  unsigned char *index;     /* shape.size bytes */
  uint64_t *before_offsets; /* in the file, of each piece BEFORE in order */
  uint64_t index_offset;    /* in the file, of its copy in the dataset /index */
  uint64_t user_block;      /* bytes */
  uint64_t metadata;        /* bytes that HDF5's metadata take at most, as estimated */
  unsigned char *skeleton;  /* the file's first bytes, those of the user block still zero */
  uint64_t skeleton_size;
  uint64_t file_size;
  struct hashcache__h5_descriptor *file; /* while HDF5 lays it out */
  struct hashcache__filter
      filter;        /* that the larger pieces are compressed by: HDF5 writes all of them, and there is no skeleton */
  uint64_t digests;  /* that compressing has made of pieces so far */
  const char *fault; /* what went wrong, in words */
};

/* The file ------------------------------------------------------------------------------------------------------------ */

/* What HDF5 writes to describe type T, about. */
static uint64_t
hashcache__metadata_of_type (const struct hashcache__type *t)
{
  uint64_t bytes = 32;

  if (t->kind == HASHCACHE__ARRAY)
    bytes += hashcache__metadata_of_type (t->element);
  if (t->kind == HASHCACHE__COMPLEX)
    bytes += 2 * (48 + hashcache__metadata_of_type (t->element));
  for (uint64_t i = 0; t->kind == HASHCACHE__STRUCT && i < t->count; i++)
    if (t->fields[i].role != HASHCACHE__IGNORE)
      bytes += 48 + strlen (t->fields[i].name) + hashcache__metadata_of_type (t->fields[i].type);
  return bytes;
}

/* The blocks that ENTRY shows BEFORE or AFTER the call. */
static const struct hashcache__blocks *
hashcache__entry_blocks (const struct hashcache__entry *entry, int when)
{
  return when == HASHCACHE__AFTER ? entry->outcome->blocks : entry->inputs;
}

static uint64_t
hashcache__count_pieces (const struct hashcache__blocks *blocks, int when)
{
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;
  uint64_t n = 0;

  while (hashcache__next_piece (blocks, when, &cursor, &piece))
    n++;
  return n;
}

/* What HDF5 writes for the dataset of PIECE. */
static uint64_t
hashcache__metadata_of_piece (const struct hashcache__blocks *blocks, const struct hashcache__piece *piece)
{
  enum { DATASET = 448 };

  return DATASET + 2 * (strlen (blocks->items[piece->root].name) + sizeof piece->label)
         + hashcache__metadata_of_type (piece->type);
}

/* How many groups are around the dataset at PATH that were not around the one at BEFORE. */
static uint64_t
hashcache__new_groups (const char *before, const char *path)
{
  uint64_t n = 0;

  for (; *path && *path == *before; path++)
    before++;
  for (; *path; path++)
    n += *path == '/';
  return n;
}

/* Whether ENTRY has a dataset of PIECE: of all that the call leaves behind, and of inputs that are not too large. */
static int
hashcache__entry_keeps (const struct hashcache__entry *entry, const struct hashcache__piece *piece, int when)
{
  return when == HASHCACHE__AFTER || piece->size <= entry->largest_input;
}

/* What HDF5 writes for all datasets BEFORE or AFTER the call, and for the groups around them. */
static uint64_t
hashcache__metadata_of_pieces (const struct hashcache__entry *entry, int when)
{
  enum { GROUP = 1200 };
  const struct hashcache__blocks *blocks = hashcache__entry_blocks (entry, when);
  struct hashcache__text path = { 0 }, last = { 0 };
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;
  uint64_t bytes = 0;

  while (hashcache__next_piece (blocks, when, &cursor, &piece)) {
    const struct hashcache__text spare = last;

    if (!hashcache__entry_keeps (entry, &piece, when))
      continue;
    last = path;
    path = spare;
    path.length = 0;
    hashcache__put_piece_path (&path, blocks, &piece, when);
    bytes += hashcache__metadata_of_piece (blocks, &piece);
    bytes += GROUP * hashcache__new_groups (last.string ? last.string : "", path.string ? path.string : "");
  }
  hashcache__text_free (&path);
  hashcache__text_free (&last);
  return bytes;
}

/* More than all metadata of ENTRY take: a quarter more than was measured for entries of many kinds. */
static uint64_t
hashcache__metadata_estimate (const struct hashcache__entry *entry)
{
  const struct hashcache__contract *contract = entry->contract;
  uint64_t bytes = 6144 + strlen (contract->function) + strlen (contract->source) + strlen (contract->compiler);
  uint64_t longest = 0;

  for (size_t i = 0; i < hashcache__n_rows (entry->key); i++)
    longest = strlen (hashcache__row (entry->key, i)->name) > longest ? strlen (hashcache__row (entry->key, i)->name) : longest;
  bytes += entry->key->n_parts * (longest + 200) + hashcache__n_rows (entry->key) * (longest + 64);
  for (int when = HASHCACHE__BEFORE; when <= HASHCACHE__AFTER; when++)
    bytes += hashcache__metadata_of_pieces (entry, when);
  bytes += hashcache__metadata_of_dimensions (&entry->dimensions);
  return (bytes + bytes / 4 + 511) / 512 * 512;
}

/* Has FILE, which is in memory, take the metadata of ENTRY before its data. What they take is there from the beginning, since HDF5 1.10 does not
   survive it if what it has written is not there when it reads it again. */
static int
hashcache__h5_expect (const struct hashcache__entry *entry, struct hashcache__h5_descriptor *file)
{
  return H5Pset_meta_block_size (file->access, entry->metadata) >= 0
                 && hashcache__h5_descriptor_grow (file, entry->user_block + entry->metadata) == 0
             ? 0
             : -1;
}

/* Has HDF5 keep all metadata of FILE, which is on a disk that may be full: it does not read again what it has written, for the same reason. */
static int
hashcache__h5_keep_metadata (struct hashcache__h5_descriptor *file)
{
  H5AC_cache_config_t cache = { .version = H5AC__CURR_CACHE_CONFIG_VERSION };

  if (HASHCACHE__ODD_ENUMS)
    return 0;
  if (H5Pget_mdc_config (file->access, &cache) < 0)
    return -1;
  cache.evictions_enabled = 0;
  cache.incr_mode = H5C_incr__off;
  cache.flash_incr_mode = H5C_flash_incr__off;
  cache.decr_mode = H5C_decr__off;
  return H5Pset_mdc_config (file->access, &cache) < 0 ? -1 : 0;
}

/* Creates FILE for ENTRY; an identifier, or negative. HDF5's earliest format can be read by all versions, and has no checksums of
   attributes: values can be put in later (template.h). */
static hid_t
hashcache__h5_create (const struct hashcache__entry *entry, struct hashcache__h5_descriptor *file)
{
  const int ready = hashcache__h5_descriptor_access (file) == 0;
  const hid_t creation = H5Pcreate (H5P_FILE_CREATE);
  hid_t created = -1;

  if (ready && creation >= 0 && H5Pset_userblock (creation, entry->user_block) >= 0
      && H5Pset_libver_bounds (file->access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST) >= 0
      && (file->fd < 0 ? hashcache__h5_expect (entry, file) : hashcache__h5_keep_metadata (file)) == 0)
    created = H5Fcreate ("hashcache's entry", H5F_ACC_TRUNC, creation, file->access);
  if (creation >= 0)
    H5Pclose (creation);
  return created;
}

/* Attributes ---------------------------------------------------------------------------------------------------------- */

/* Gives the object of that path in FILE the attribute NAME. */
static int
hashcache__h5_attribute (hid_t file, const char *path, const char *name, hid_t type, const void *value)
{
  const hid_t object = H5Oopen (file, path, H5P_DEFAULT);
  const int bad = object < 0 || hashcache__h5_add_attribute (object, name, type, 0, value) != 0;

  if (object >= 0)
    H5Oclose (object);
  return bad ? -1 : 0;
}

static int
hashcache__h5_text_attribute (hid_t file, const char *object, const char *name, const char *value)
{
  enum { LONGEST = 32768 }; /* HDF5 keeps no attribute of 64 KiB */
  const size_t n = strlen (value);
  const hid_t type = hashcache__h5_string (n < LONGEST ? n + 1 : LONGEST + 1);
  char *copy = calloc (1, LONGEST + 2);
  int bad = 1;

  if (copy && type >= 0) {
    memcpy (copy, value, n < LONGEST ? n : LONGEST);
    bad = hashcache__h5_attribute (file, object, name, type, copy);
  }
  free (copy);
  if (type >= 0)
    H5Tclose (type);
  return bad ? -1 : 0;
}

/* The first of NAMES that the environment has, else "". */
static const char *
hashcache__first_in_environment (const char *const *names)
{
  for (; *names; names++) {
    const char *value = getenv (*names);

    if (value && value[0] != '\0')
      return value;
  }
  return "";
}

static void
hashcache__time_of_day (char text[32])
{
  const time_t now = time (NULL);
  struct tm utc;

  if (!gmtime_r (&now, &utc) || strftime (text, 32, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
    text[0] = '\0';
}

static void
hashcache__find_provenance (struct hashcache__provenance *provenance)
{
  static const char *const users[] = { "USER", "LOGNAME", NULL };
  const char *user = hashcache__first_in_environment (users);
  const long rank = hashcache__launcher_rank (), ranks = hashcache__launcher_ranks ();

  hashcache__time_of_day (provenance->created);
  hashcache__host_name (provenance->host);
  if (*user && strlen (user) < sizeof provenance->user)
    strcpy (provenance->user, user);
  else
    snprintf (provenance->user, sizeof provenance->user, "%lu", (unsigned long) getuid ());
  hashcache__job_id (provenance->job);
  provenance->rank = rank >= 0 ? rank : 0;
  provenance->ranks = ranks > 0 ? ranks : 1;
}

/* What differs from entry to entry of the same function, arrays of the same extents: by these ordinals, the digests of the rows of /parts from
   ROWS on. Each has the same number of bytes in all entries, but for `created`, which may be empty. */
enum {
  HASHCACHE__VALUE_KEY,
  HASHCACHE__VALUE_CODE,
  HASHCACHE__VALUE_CREATED,
  HASHCACHE__VALUE_SECONDS,
  HASHCACHE__VALUE_ROWS,
  HASHCACHE__MARK = 8 /* bytes of the shortest: what a mark needs */
};

static size_t
hashcache__n_values (const struct hashcache__entry *entry)
{
  return HASHCACHE__VALUE_ROWS + hashcache__n_rows (entry->key);
}

/* How a mark of the value ORDINAL begins: no zero, so that it is text as well, and bytes that are in no text. */
static void
hashcache__put_mark (unsigned char mark[HASHCACHE__MARK], size_t ordinal)
{
  memcpy (mark, "\001\002\003\004\005", 5);
  for (int i = 0; i < 3; i++, ordinal /= 127)
    mark[5 + i] = (unsigned char) (ordinal % 127 + 1);
}

/* Puts the value ORDINAL of ENTRY, or what marks its place, into VALUE, with a zero behind it; its size, without that. */
static size_t
hashcache__entry_value (struct hashcache__entry *entry, size_t ordinal, char value[33])
{
  const struct hashcache__key *key = entry->key;
  size_t size = 32;

  memset (value, 0, 33);
  if (ordinal == HASHCACHE__VALUE_CREATED) {
    size = strlen (entry->provenance.created);
    memcpy (value, entry->provenance.created, size);
  } else if (ordinal == HASHCACHE__VALUE_SECONDS) {
    size = sizeof entry->seconds;
    memcpy (value, &entry->seconds, size);
  } else
    hashcache__digest_hex (ordinal == HASHCACHE__VALUE_KEY    ? &key->key
                           : ordinal == HASHCACHE__VALUE_CODE ? &key->code
                                                              : &hashcache__row (key, ordinal - HASHCACHE__VALUE_ROWS)->digest,
                           value);
  if (entry->marked && size >= HASHCACHE__MARK) {
    memset (value, 6, size);
    hashcache__put_mark ((unsigned char *) value, ordinal);
    entry->n_marks++;
  }
  return size;
}

/* An attribute of OBJECT with the value ORDINAL of ENTRY as text. */
static int
hashcache__h5_value_attribute (hid_t file, const char *object, const char *name, struct hashcache__entry *entry, size_t ordinal)
{
  char value[33];

  (void) hashcache__entry_value (entry, ordinal, value);
  return hashcache__h5_text_attribute (file, object, name, value);
}

/* Where, when and by whom the entry was made. */
static int
hashcache__h5_provenance (hid_t file, struct hashcache__entry *entry)
{
  const struct hashcache__provenance *from = &entry->provenance;

  return hashcache__h5_value_attribute (file, "/", "created", entry, HASHCACHE__VALUE_CREATED)
         || hashcache__h5_text_attribute (file, "/", "host", from->host)
         || hashcache__h5_text_attribute (file, "/", "user", from->user)
         || hashcache__h5_text_attribute (file, "/", "job", from->job)
         || hashcache__h5_attribute (file, "/", "rank", H5T_NATIVE_LONG, &from->rank)
         || hashcache__h5_attribute (file, "/", "ranks", H5T_NATIVE_LONG, &from->ranks);
}

static int
hashcache__h5_identity (hid_t file, struct hashcache__entry *entry)
{
  char seconds[33];

  (void) hashcache__entry_value (entry, HASHCACHE__VALUE_SECONDS, seconds);
  return hashcache__h5_text_attribute (file, "/", "function", entry->contract->function)
         || hashcache__h5_text_attribute (file, "/", "source", entry->contract->source)
         || hashcache__h5_value_attribute (file, "/", "key", entry, HASHCACHE__VALUE_KEY)
         || hashcache__h5_value_attribute (file, "/", "code", entry, HASHCACHE__VALUE_CODE)
         || hashcache__h5_text_attribute (file, "/", "compiler", entry->contract->compiler)
         || hashcache__h5_text_attribute (file, "/", "hashcache", HASHCACHE_VERSION_STRING)
         || hashcache__h5_attribute (file, "/", "seconds", H5T_NATIVE_DOUBLE, seconds);
}

/* Parts of the key ---------------------------------------------------------------------------------------------------- */

enum { HASHCACHE__PART_GROUP = 8, HASHCACHE__PART_DIGEST = 33 };

static hid_t
hashcache__h5_part_type (size_t name)
{
  const hid_t type = H5Tcreate (H5T_COMPOUND, HASHCACHE__PART_GROUP + name + HASHCACHE__PART_DIGEST);

  if (type >= 0
      && (hashcache__h5_insert (type, "group", 0, hashcache__h5_string (HASHCACHE__PART_GROUP)) != 0
          || hashcache__h5_insert (type, "name", HASHCACHE__PART_GROUP, hashcache__h5_string (name)) != 0
          || hashcache__h5_insert (type, "digest", HASHCACHE__PART_GROUP + name, hashcache__h5_string (HASHCACHE__PART_DIGEST))
                 != 0)) {
    H5Tclose (type);
    return -1;
  }
  return type;
}

/* What /parts calls a group. */
static const char *
hashcache__group_name (uint32_t group)
{
  static const char *const names[] = { "", "input", "global", "", "body", "callee", "const", "machine", "library" };

  return group < sizeof names / sizeof *names ? names[group] : "";
}

/* The rows of /parts: NUL-padded group, name of NAME bytes, digest. Malloc'ed. */
static char *
hashcache__part_rows (struct hashcache__entry *entry, size_t name)
{
  const struct hashcache__key *key = entry->key;
  const size_t row = HASHCACHE__PART_GROUP + name + HASHCACHE__PART_DIGEST;
  char *rows = calloc (hashcache__n_rows (key), row);

  for (size_t i = 0; rows && i < hashcache__n_rows (key); i++) {
    const struct hashcache__part *part = hashcache__row (key, i);
    const char *group = hashcache__group_name (part->group);

    memcpy (rows + i * row, group, strlen (group) + 1);
    memcpy (rows + i * row + HASHCACHE__PART_GROUP, part->name, strlen (part->name) + 1);
    (void) hashcache__entry_value (entry, HASHCACHE__VALUE_ROWS + i, rows + i * row + HASHCACHE__PART_GROUP + name);
  }
  return rows;
}

static int
hashcache__h5_write_parts (hid_t file, const struct hashcache__key *key, const char *rows, hid_t type)
{
  const hsize_t n = hashcache__n_rows (key);
  const hid_t creation = hashcache__h5_creation (), space = H5Screate_simple (1, &n, NULL);
  hid_t dataset = -1;
  int bad;

  /* Compact: inside the metadata, where HDF5 allows it. */
  if (creation >= 0 && n * H5Tget_size (type) < 60000)
    H5Pset_layout (creation, H5D_COMPACT);
  if (creation >= 0 && space >= 0)
    dataset = H5Dcreate2 (file, "/parts", type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  bad = dataset < 0 || H5Dwrite (dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, rows) < 0;
  if (dataset >= 0)
    H5Dclose (dataset);
  if (space >= 0)
    H5Sclose (space);
  if (creation >= 0)
    H5Pclose (creation);
  return bad ? -1 : 0;
}

/* The dataset /parts: the digest of every part of the key, to compare entries by. */
static int
hashcache__h5_parts (hid_t file, struct hashcache__entry *entry)
{
  const struct hashcache__key *key = entry->key;
  size_t name = 1;
  hid_t type;
  char *rows;
  int bad = 1;

  if (key->n_parts == 0)
    return 0;
  for (size_t i = 0; i < hashcache__n_rows (key); i++)
    name = strlen (hashcache__row (key, i)->name) + 1 > name ? strlen (hashcache__row (key, i)->name) + 1 : name;
  type = hashcache__h5_part_type (name);
  rows = hashcache__part_rows (entry, name);
  if (type >= 0 && rows)
    bad = hashcache__h5_write_parts (file, key, rows, type);
  free (rows);
  if (type >= 0)
    H5Tclose (type);
  return bad ? -1 : 0;
}

/* Where the part ORDINAL lies: its name, numbered like its namesakes among the datasets (layout.h). */
static void
hashcache__put_part_path (struct hashcache__text *path, const struct hashcache__key *key, size_t ordinal)
{
  const struct hashcache__part *part = &key->parts[ordinal];
  unsigned namesakes = 0;

  for (size_t i = 0; i < ordinal; i++)
    namesakes += key->parts[i].group == part->group && strcmp (key->parts[i].name, part->name) == 0;
  hashcache__text_put (path, hashcache__section (part->group, HASHCACHE__BEFORE));
  hashcache__text_put (path, "/");
  hashcache__text_put (path, part->name);
  if (namesakes > 0)
    hashcache__text_format (path, " %u", namesakes + 1);
}

/* The attribute `digest` of each input and global that is in the key. */
static int
hashcache__h5_part_digests (hid_t file, struct hashcache__entry *entry)
{
  const struct hashcache__key *key = entry->key;

  for (size_t i = 0; i < key->n_parts; i++) {
    struct hashcache__text path = { 0 };
    int bad;

    if (key->parts[i].group == 0)
      continue;
    hashcache__put_part_path (&path, key, i);
    bad = !path.string
          || (H5Lexists (file, path.string, H5P_DEFAULT) > 0
              && hashcache__h5_value_attribute (file, path.string, "digest", entry, HASHCACHE__VALUE_ROWS + i) != 0);
    hashcache__text_free (&path);
    if (bad)
      return -1;
  }
  return 0;
}

/* Datasets ------------------------------------------------------------------------------------------------------------ */

/* Writes the content of PIECE, whose dataset is DATASET of TYPE, and digests it. */
static int
hashcache__h5_fill (struct hashcache__entry *entry, const struct hashcache__piece *piece, int when, hid_t dataset, hid_t type)
{
  unsigned char *packed =
      hashcache__pack_piece (hashcache__entry_blocks (entry, when), piece, when == HASHCACHE__BEFORE ? entry->before : NULL);
  int bad = !packed || H5Dwrite (dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, packed) < 0;

  for (uint64_t done = 0; !bad && when == HASHCACHE__AFTER && done < piece->size; done += HASHCACHE__DIGESTED) {
    const uint64_t left = piece->size - done;
    const struct hashcache__digest digest =
        hashcache__digest_of (packed + done, (size_t) (left < HASHCACHE__DIGESTED ? left : HASHCACHE__DIGESTED));

    memcpy (hashcache__index_digest (entry->index, &entry->shape, entry->digests++), digest.bytes, 16);
  }
  free (packed);
  return bad ? -1 : 0;
}

/* Creates the dataset of PIECE at PATH with its content, compressed if that is worth it. */
static int
hashcache__h5_filled (hid_t file, const char *path, struct hashcache__entry *entry, const struct hashcache__piece *piece,
                      int when, hid_t link)
{
  const struct hashcache__blocks *blocks = hashcache__entry_blocks (entry, when);
  const int string = hashcache__is_string (&blocks->items[piece->block], piece, when);
  const int compressed = hashcache__is_worth_compressing (piece) && !string;
  hid_t space, type, creation, dataset = -1;
  int result = -1;

  hashcache__h5_describe (blocks, piece, string, &space, &type);
  creation = space >= 0 && type >= 0 && compressed ? hashcache__h5_filtered (&entry->filter, type, space) : H5P_DEFAULT;
  if (space >= 0 && type >= 0)
    dataset = hashcache__h5_create_dataset (file, path, type, space, link, creation < 0 ? H5P_DEFAULT : creation);
  if (dataset >= 0)
    result = piece->size > 0 ? hashcache__h5_fill (entry, piece, when, dataset, type) : 0;
  if (dataset >= 0)
    H5Dclose (dataset);
  if (creation > 0)
    H5Pclose (creation);
  hashcache__h5_describe_end (space, type);
  return result;
}

/* How PIECE of BLOCKS should lie in the file (h5file.h). What will be read straight to where it lies now lies in the file as there, where it is
   large enough for that to count for more than laying out another entry; the rest as large memory of malloc does. */
static uint64_t
hashcache__piece_alike (const struct hashcache__blocks *blocks, const struct hashcache__piece *piece, int when)
{
  enum { COUNTS = 1 << 20, OF_MALLOC = 16 };

  return when == HASHCACHE__AFTER && piece->size >= COUNTS && hashcache__is_direct (blocks, piece)
             ? (uintptr_t) piece->address % HASHCACHE__ALIKE
             : OF_MALLOC;
}

/* Creates the dataset of PIECE at PATH and takes its *OFFSET in the file, 0 if it is empty. */
static int
hashcache__h5_reserved (hid_t file, const char *path, struct hashcache__entry *entry, const struct hashcache__piece *piece,
                        int when, const hid_t properties[2], uint64_t *offset)
{
  const struct hashcache__blocks *blocks = hashcache__entry_blocks (entry, when);
  haddr_t address = 0;
  hid_t dataset;

  entry->file->alike = hashcache__piece_alike (blocks, piece, when);
  dataset = hashcache__h5_dataset (file, path, blocks, piece, when, properties[0], properties[1]);
  if (dataset < 0)
    return -1;
  if (piece->size > 0) {
    address = H5Dget_offset (dataset);
    if (H5Dget_storage_size (dataset) != piece->size)
      address = HADDR_UNDEF;
    if (address != HADDR_UNDEF && address + piece->size > entry->file_size)
      entry->file_size = address + piece->size;
  }
  H5Dclose (dataset);
  *offset = address;
  return address == HADDR_UNDEF ? -1 : 0;
}

/* Creates the dataset of PIECE and takes its *OFFSET in the file, 0 if it is empty, or full already. */
static int
hashcache__h5_piece (hid_t file, struct hashcache__entry *entry, const struct hashcache__piece *piece, int when,
                     const hid_t properties[2], uint64_t *offset)
{
  struct hashcache__text path = { 0 };
  int result = -1;

  *offset = 0;
  hashcache__put_piece_path (&path, hashcache__entry_blocks (entry, when), piece, when);
  if (path.string)
    result = entry->filter.id ? hashcache__h5_filled (file, path.string, entry, piece, when, properties[0])
                              : hashcache__h5_reserved (file, path.string, entry, piece, when, properties, offset);
  hashcache__text_free (&path);
  return result;
}

/* All datasets BEFORE or AFTER the call. */
static int
hashcache__h5_pieces (hid_t file, struct hashcache__entry *entry, int when, const hid_t properties[2])
{
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;

  for (uint64_t n = 0; hashcache__next_piece (hashcache__entry_blocks (entry, when), when, &cursor, &piece); n++) {
    unsigned char *place = hashcache__index_piece (entry->index, &entry->shape, n);
    uint64_t offset;

    if (!hashcache__entry_keeps (entry, &piece, when))
      continue;
    if (hashcache__h5_piece (file, entry, &piece, when, properties, &offset) != 0)
      return -1;
    if (when == HASHCACHE__BEFORE) {
      entry->before_offsets[n] = offset;
      continue;
    }
    hashcache__put_u64 (place, offset);
    hashcache__put_u64 (place + 8, piece.size);
  }
  return 0;
}

/* Creates the dataset /index, which will be filled with the SIZE bytes of the index, and takes its *OFFSET. */
static int
hashcache__h5_index (hid_t file, uint64_t size, hid_t creation, uint64_t *offset)
{
  const hsize_t n = size;
  const hid_t space = H5Screate_simple (1, &n, NULL);
  const hid_t dataset = space < 0 ? -1 : H5Dcreate2 (file, "/index", H5T_STD_U8LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);

  *offset = dataset < 0 ? HADDR_UNDEF : H5Dget_offset (dataset);
  if (dataset >= 0)
    H5Dclose (dataset);
  if (space >= 0)
    H5Sclose (space);
  return *offset == HADDR_UNDEF ? -1 : 0;
}

static int
hashcache__h5_datasets (hid_t file, struct hashcache__entry *entry)
{
  const hid_t properties[2] = { H5Pcreate (H5P_LINK_CREATE), hashcache__h5_creation () };
  int bad = properties[0] < 0 || properties[1] < 0;

  bad = bad || H5Pset_create_intermediate_group (properties[0], 1) < 0;
  bad = bad || H5Pset_alloc_time (properties[1], H5D_ALLOC_TIME_EARLY) < 0;
  bad = bad || H5Pset_fill_time (properties[1], H5D_FILL_TIME_NEVER) < 0;
  bad = bad || hashcache__h5_index (file, entry->shape.size, properties[1], &entry->index_offset) != 0;
  bad = bad || hashcache__h5_pieces (file, entry, HASHCACHE__BEFORE, properties) != 0;
  bad = bad || hashcache__h5_pieces (file, entry, HASHCACHE__AFTER, properties) != 0;
  for (int i = 0; i < 2; i++)
    if (properties[i] >= 0)
      H5Pclose (properties[i]);
  return bad ? -1 : 0;
}

static int
hashcache__h5_groups (hid_t file)
{
  static const char *const names[] = { "/inputs", "/globals", "/outputs" };

  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const hid_t group = H5Gcreate2 (file, names[i], H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

    if (group < 0)
      return -1;
    H5Gclose (group);
  }
  return 0;
}

static int
hashcache__h5_contents (hid_t file, struct hashcache__entry *entry)
{
  hsize_t size = 0;

  if (hashcache__h5_groups (file) || hashcache__h5_identity (file, entry) || hashcache__h5_provenance (file, entry)
      || hashcache__h5_parts (file, entry) || hashcache__h5_scales (file, &entry->dimensions)
      || hashcache__h5_datasets (file, entry) || hashcache__h5_attach_scales (file, &entry->dimensions)
      || hashcache__h5_part_digests (file, entry))
    return -1;
  if (H5Fget_filesize (file, &size) < 0)
    return -1;
  if (size > entry->file_size)
    entry->file_size = size;
  if (entry->index_offset + entry->shape.size > entry->file_size)
    entry->file_size = entry->index_offset + entry->shape.size;
  return 0;
}

/* Has HDF5 create FILE with all of ENTRY but the index, and what it leaves to others; 0, or -1. What could not be written FILE knows. */
static int
hashcache__h5_lay_out (struct hashcache__entry *entry, struct hashcache__h5_descriptor *file)
{
  hid_t created;
  int bad = 1;

  entry->file = file;
  created = hashcache__h5_create (entry, file);
  if (created >= 0) {
    bad = hashcache__h5_contents (created, entry) != 0;
    bad = H5Fclose (created) < 0 || bad;
  }
  hashcache__h5_let_go (file);
  entry->file = NULL;
  return bad ? -1 : 0;
}

/* Bytes of a type's description, about, below which HDF5 can certainly keep it. */
enum { HASHCACHE__DESCRIBABLE = 32 << 10 };

/* Whether HDF5 can keep the description of T, in 64 KiB. */
static int
hashcache__h5_can_describe (const struct hashcache__type *t)
{
  enum { MOST = 65000 };
  size_t size = 0;
  hid_t type;
  int can;

  if (hashcache__packed_size (t) == 0 || hashcache__metadata_of_type (t) < HASHCACHE__DESCRIBABLE)
    return 1;
  type = hashcache__h5_type (t);
  can = type >= 0 && H5Tencode (type, NULL, &size) >= 0 && size <= MOST;
  if (type >= 0)
    H5Tclose (type);
  return can;
}

/* The work for hashcache__with_hdf5: whether all that the struct hashcache__entry at CONTEXT keeps can be described. */
static int
hashcache__h5_can_describe_all (void *context)
{
  const struct hashcache__entry *entry = context;

  for (int when = HASHCACHE__BEFORE; when <= HASHCACHE__AFTER; when++) {
    const struct hashcache__blocks *blocks = hashcache__entry_blocks (entry, when);
    struct hashcache__cursor cursor = { 0 };
    struct hashcache__piece piece;

    while (hashcache__next_piece (blocks, when, &cursor, &piece))
      if (hashcache__entry_keeps (entry, &piece, when) && !hashcache__h5_can_describe (piece.type))
        return 0;
  }
  return 1;
}

/* Compressed entries ---------------------------------------------------------------------------------------------------- */

/* An entry on its way through HDF5 to a file. */
struct hashcache__h5_writing {
  struct hashcache__entry *entry;
  struct hashcache__h5_descriptor descriptor;
};

/* The work for hashcache__with_hdf5: all of an entry but its index. Whether the file could be written DESCRIPTOR knows. */
static int
hashcache__h5_write_compressed (void *context)
{
  struct hashcache__h5_writing *writing = context;

  return hashcache__h5_lay_out (writing->entry, &writing->descriptor);
}

/* The work for hashcache__with_hdf5: whether it has the filter with the identifier at CONTEXT, for writing. */
static int
hashcache__h5_has_filter (void *context)
{
  const H5Z_filter_t id = *(const H5Z_filter_t *) context;
  unsigned flags = 0;

  return H5Zfilter_avail (id) > 0 && H5Zget_filter_info (id, &flags) >= 0 && (flags & H5Z_FILTER_CONFIG_ENCODE_ENABLED) ? 1 : 0;
}

/* Takes the filter of the settings for ENTRY, if any of its datasets is worth it and HDF5 has it. */
static void
hashcache__entry_choose_filter (struct hashcache__entry *entry)
{
  const char *wanted = hashcache__settings ()->compress;
  struct hashcache__cursor cursor = { 0 };
  struct hashcache__piece piece;
  int worth = 0, has;

  while (wanted && !worth && hashcache__next_piece (entry->outcome->blocks, HASHCACHE__AFTER, &cursor, &piece))
    worth = hashcache__is_worth_compressing (&piece);
  if (!worth)
    return;
  if (hashcache__parse_filter (wanted, &entry->filter) != 0) {
    hashcache__trouble ("compress", "HASHCACHE_COMPRESS=%s names no filter that is known here: entries are not compressed",
                        wanted);
    entry->filter.id = 0;
    return;
  }
  has = hashcache__with_hdf5 (hashcache__h5_has_filter, &entry->filter.id);
  if (has == 0)
    hashcache__trouble ("compress",
                        "HASHCACHE_COMPRESS=%s: HDF5 does not find its filter %d (see HDF5_PLUGIN_PATH): entries are not "
                        "compressed",
                        wanted, (int) entry->filter.id);
  if (has != 1)
    entry->filter.id = 0;
}

/* The work for hashcache__with_hdf5: makes the skeleton of the struct hashcache__entry at CONTEXT. */
static int
hashcache__h5_skeleton (void *context)
{
  struct hashcache__entry *entry = context;
  struct hashcache__h5_descriptor memory = { .fd = -1, .driver = -1, .access = -1 };

  if (hashcache__h5_lay_out (entry, &memory) != 0 || memory.error) {
    free (memory.memory);
    return -1;
  }
  entry->skeleton = memory.memory;
  entry->skeleton_size = memory.size;
  if (entry->skeleton_size > entry->file_size)
    entry->file_size = entry->skeleton_size;
  return 0;
}

#endif
