/* filters.h: the HDF5 filters that entries are compressed with, as HASHCACHE_COMPRESS names them.
   SPDX-License-Identifier: BSD-2-Clause

     deflate[:N]                      N from 1 to 9, 6 if not said
     blosc[:COMPRESSOR[:LEVEL]]       COMPRESSOR blosclz, lz4, lz4hc, snappy, zlib or zstd
     lz4, bzip2, zstd, lzf, bitshuffle, blosc2, or the registered number of a filter, with its parameters as numbers: NAME[:N...]

   Only what yields the same bytes again is of use here: digests would not match after any other. */
#ifndef HASHCACHE_FILTERS_H
#define HASHCACHE_FILTERS_H

#include "settings.h"
#include <hdf5.h>

enum { HASHCACHE__FILTER_VALUES = 8, HASHCACHE__FILTER_BLOSC = 32001 };

struct hashcache__filter {
  H5Z_filter_t id; /* 0: none */
  int shuffle;     /* it gains from bytes of like meaning lying side by side, and does not do that itself */
  size_t n_values;
  unsigned values[HASHCACHE__FILTER_VALUES];
};

static const struct {
  const char *name;
  H5Z_filter_t id;
  int shuffle;
} hashcache__filter_names[] = { { "deflate", H5Z_FILTER_DEFLATE, 1 },
                                { "bzip2", 307, 1 },
                                { "lzf", 32000, 1 },
                                { "blosc", HASHCACHE__FILTER_BLOSC, 0 },
                                { "lz4", 32004, 1 },
                                { "zstd", 32015, 1 },
                                { "bitshuffle", 32008, 0 },
                                { "blosc2", 32026, 0 } };

enum { HASHCACHE__N_FILTERS = sizeof hashcache__filter_names / sizeof *hashcache__filter_names };

/* What HASHCACHE_COMPRESS calls the filter ID; NULL if only by its number. */
static const char *
hashcache__filter_name (H5Z_filter_t id)
{
  for (int i = 0; i < HASHCACHE__N_FILTERS; i++)
    if (hashcache__filter_names[i].id == id)
      return hashcache__filter_names[i].name;
  return NULL;
}

/* Blosc wants level, shuffling and compressor behind four values of its own. */
static int
hashcache__parse_blosc (const char *text, struct hashcache__filter *filter)
{
  static const char *const compressors[] = { "blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd" };
  const size_t n = strcspn (text, ":");
  unsigned level = 5;

  for (unsigned i = 0; i < sizeof compressors / sizeof *compressors; i++) {
    if (n > 0 && (strlen (compressors[i]) != n || memcmp (text, compressors[i], n) != 0))
      continue;
    if (text[n] == ':' && (text[n + 1] < '0' || text[n + 1] > '9' || text[n + 2] != '\0'))
      return -1;
    if (text[n] == ':')
      level = (unsigned) (text[n + 1] - '0');
    filter->n_values = 7;
    filter->values[4] = level;
    filter->values[5] = 1;
    filter->values[6] = n > 0 ? i : 1;
    return 0;
  }
  return -1;
}

/* Numbers between colons. */
static int
hashcache__parse_filter_values (const char *text, struct hashcache__filter *filter)
{
  while (*text) {
    char *end;
    const unsigned long value = strtoul (text, &end, 10);

    if (*text < '0' || *text > '9' || value > UINT32_MAX || (*end != ':' && *end != '\0')
        || filter->n_values == HASHCACHE__FILTER_VALUES)
      return -1;
    filter->values[filter->n_values++] = (unsigned) value;
    text = *end == ':' ? end + 1 : end;
  }
  return 0;
}

/* What the first N characters of TEXT name. */
static void
hashcache__parse_filter_name (const char *text, size_t n, struct hashcache__filter *filter)
{
  for (int i = 0; i < HASHCACHE__N_FILTERS; i++)
    if (strlen (hashcache__filter_names[i].name) == n && memcmp (hashcache__filter_names[i].name, text, n) == 0) {
      filter->id = hashcache__filter_names[i].id;
      filter->shuffle = hashcache__filter_names[i].shuffle;
      return;
    }
  if (n > 2 && n <= 5 && strspn (text, "0123456789") == n && atoi (text) >= 256 && atoi (text) <= H5Z_FILTER_MAX) {
    filter->id = atoi (text);
    filter->shuffle = 1;
  }
}

/* Makes FILTER what the setting TEXT says, none for NULL: 0, or -1 if it says nothing sensible. */
static int
hashcache__parse_filter (const char *text, struct hashcache__filter *filter)
{
  size_t n;
  int result;

  *filter = (struct hashcache__filter){ 0 };
  if (!text)
    return 0;
  n = strcspn (text, ":");
  hashcache__parse_filter_name (text, n, filter);
  if (filter->id == 0)
    return -1;
  text += text[n] == ':' ? n + 1 : n;
  result = filter->id == HASHCACHE__FILTER_BLOSC ? hashcache__parse_blosc (text, filter)
                                                 : hashcache__parse_filter_values (text, filter);
  if (filter->id == H5Z_FILTER_DEFLATE && filter->n_values == 0) {
    filter->n_values = 1;
    filter->values[0] = 6;
  }
  if (filter->id == H5Z_FILTER_DEFLATE && (filter->n_values != 1 || filter->values[0] < 1 || filter->values[0] > 9))
    result = -1;
  return result;
}

/* Whether HDF5 has the filter ID in itself: it looks for plugins if it does not know one. */
static int
hashcache__filter_is_built_in (H5Z_filter_t id)
{
  switch (id) {
#ifdef H5_HAVE_FILTER_DEFLATE
  case H5Z_FILTER_DEFLATE:
#endif
  case H5Z_FILTER_SHUFFLE:
  case H5Z_FILTER_FLETCHER32:
  case H5Z_FILTER_NBIT: return 1;
  default: return 0;
  }
}

/* Whether an entry may be read that needs the filter ID: no plugin is loaded but the one that the user has named. */
static int
hashcache__filter_may_be_used (H5Z_filter_t id)
{
  struct hashcache__filter named;

  if (hashcache__filter_is_built_in (id))
    return 1;
  return hashcache__parse_filter (hashcache__settings ()->compress, &named) == 0 && named.id == id;
}

#endif
