/* dump.h: arrays stored under the digest of what they hold.
   SPDX-License-Identifier: BSD-2-Clause

   What hashcache_dump and hashcache_load do is that of a call without inputs: the entry lies below objects/ like all others, with the
   array as /outputs/data; its key is the digest of element type, dimensions and content, so it is verified as a whole once more after
   every byte has been. */
#ifndef HASHCACHE_DUMP_H
#define HASHCACHE_DUMP_H

#include "key.h"
#include "settings.h"
#include "store.h"

static const struct hashcache__type hashcache__dump_types[] = {
#define HASHCACHE__DUMP_TYPE(type_kind, bytes, type_name) \
  { \
    .kind = (type_kind), .flags = HASHCACHE__DENSE, .size = (bytes), .value_size = (bytes), .name = type_name \
  }
  HASHCACHE__DUMP_TYPE (HASHCACHE__INT, 1, "int8"),
  HASHCACHE__DUMP_TYPE (HASHCACHE__INT, 2, "int16"),
  HASHCACHE__DUMP_TYPE (HASHCACHE__INT, 4, "int32"),
  HASHCACHE__DUMP_TYPE (HASHCACHE__INT, 8, "int64"),
  HASHCACHE__DUMP_TYPE (HASHCACHE__UINT, 1, "uint8"),
  HASHCACHE__DUMP_TYPE (HASHCACHE__UINT, 2, "uint16"),
  HASHCACHE__DUMP_TYPE (HASHCACHE__UINT, 4, "uint32"),
  HASHCACHE__DUMP_TYPE (HASHCACHE__UINT, 8, "uint64"),
  HASHCACHE__DUMP_TYPE (HASHCACHE__FLOAT, sizeof (float), "float"),
  HASHCACHE__DUMP_TYPE (HASHCACHE__FLOAT, sizeof (double), "double"),
  { .kind = HASHCACHE__COMPLEX,
    .flags = HASHCACHE__DENSE,
    .size = 2 * sizeof (float),
    .element = &hashcache__dump_types[8],
    .name = "float complex" },
  { .kind = HASHCACHE__COMPLEX,
    .flags = HASHCACHE__DENSE,
    .size = 2 * sizeof (double),
    .element = &hashcache__dump_types[9],
    .name = "double complex" }
#undef HASHCACHE__DUMP_TYPE
};

/* An array at hand: the one block of the call that it is taken for. */
struct hashcache__array {
  struct hashcache__block block;
  struct hashcache__blocks blocks;
  struct hashcache__key key;
};

static const struct hashcache__contract hashcache__dump_contract = {
  .abi = HASHCACHE__ABI, .function = "hashcache_dump", .source = "", .compiler = "", .text = "hashcache_dump\n  out data\n"
};

/* Describes in ARRAY the array that the arguments of dump and load mean; 0, or HASHCACHE_BAD_ARGUMENT. */
static int
hashcache__describe_array (struct hashcache__array *array, const char *type, int n_dims, const size_t *dims, const void *data)
{
  struct hashcache__block *block = &array->block;
  const size_t n = sizeof hashcache__dump_types / sizeof *hashcache__dump_types;
  size_t i = 0;

  *array = (struct hashcache__array){
    .block = { .name = "data", .count = 1, .role = HASHCACHE__OUT, .group = HASHCACHE__GROUP_RETURN, .parent = -1 }
  };
  if (!type || n_dims < 0 || n_dims > HASHCACHE__MAX_DIMS || (n_dims > 0 && !dims) || !data)
    return HASHCACHE_BAD_ARGUMENT;
  while (i < n && strcmp (hashcache__dump_types[i].name, type) != 0)
    i++;
  if (i == n)
    return HASHCACHE_BAD_ARGUMENT;
  block->type = &hashcache__dump_types[i];
  block->address = (void *) (uintptr_t) data;
  block->n_dims = (uint32_t) n_dims;
  for (int d = 0; d < n_dims; d++) {
    block->dims[d] = dims[d];
    if (__builtin_mul_overflow (block->count, block->dims[d], &block->count))
      return HASHCACHE_BAD_ARGUMENT;
  }
  if (hashcache__block_size (block) == UINT64_MAX)
    return HASHCACHE_BAD_ARGUMENT;
  array->blocks = (struct hashcache__blocks){ .items = block, .n = 1 };
  array->key.code = hashcache__digest_of ("hashcache dump 1", sizeof "hashcache dump 1");
  return HASHCACHE_OK;
}

/* The digest of ARRAY as it is now. */
static struct hashcache__digest
hashcache__digest_array (const struct hashcache__array *array)
{
  const struct hashcache__block *block = &array->block;
  struct hashcache__hasher hasher;

  hashcache__hash_start (&hasher);
  hashcache__hash_string (&hasher, block->type->name);
  hashcache__hash_u64 (&hasher, block->n_dims);
  for (uint32_t i = 0; i < block->n_dims; i++)
    hashcache__hash_u64 (&hasher, block->dims[i]);
  hashcache__hash_values (&hasher, block->type, block->address, block->count);
  return hashcache__hash_finish (&hasher);
}

static int
hashcache__dump (const char *type, int n_dims, const size_t *dims, const void *data, char *id)
{
  struct hashcache__array array;
  struct hashcache__outcome outcome = { .blocks = &array.blocks, .n_before = 1 };
  const int mode = hashcache__settings ()->mode;
  const struct hashcache__blocks nothing = { .n = 0 };

  if (!id || hashcache__describe_array (&array, type, n_dims, dims, data) != HASHCACHE_OK)
    return HASHCACHE_BAD_ARGUMENT;
  array.key.key = hashcache__digest_array (&array);
  hashcache__digest_hex (&array.key.key, id);
  if (mode == HASHCACHE__MODE_OFF || mode == HASHCACHE__MODE_READONLY)
    return HASHCACHE_NOT_STORED;
  return hashcache__store_publish (&array.key, &hashcache__dump_contract, &nothing, &outcome, NULL, 0.0, NULL)
             ? HASHCACHE_OK
             : HASHCACHE_NOT_STORED;
}

/* Reads the 32 hexadecimal digits of ID; 0, or -1. */
static int
hashcache__parse_id (const char *id, struct hashcache__digest *digest)
{
  for (size_t i = 0; i < 32; i++) {
    const char c = id[i];
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

    if (digit < 0)
      return -1;
    digest->bytes[i / 2] = (unsigned char) (i % 2 ? digest->bytes[i / 2] | digit : digit << 4);
  }
  return id[32] == '\0' ? 0 : -1;
}

static int
hashcache__load (const char *id, const char *type, int n_dims, const size_t *dims, void *data)
{
  struct hashcache__array array;
  struct hashcache__fetch fetch = { .restore = 1 };
  struct hashcache__digest found;
  const struct hashcache__occasion occasion = { .contract = &hashcache__dump_contract };

  if (!id || hashcache__describe_array (&array, type, n_dims, dims, data) != HASHCACHE_OK
      || hashcache__parse_id (id, &array.key.key) != 0)
    return HASHCACHE_BAD_ARGUMENT;
  if (hashcache__settings ()->mode == HASHCACHE__MODE_OFF
      || !hashcache__store_fetch (&array.key, &occasion, &array.blocks, &fetch))
    return HASHCACHE_NOT_FOUND;
  free (fetch.record);
  found = hashcache__digest_array (&array);
  return hashcache__digest_equal (&found, &array.key.key) ? HASHCACHE_OK : HASHCACHE_NOT_FOUND;
}

int hashcache_dump (const char *type, int n_dims, const size_t *dims, const void *data, char *id);
int hashcache_load (const char *id, const char *type, int n_dims, const size_t *dims, void *data);

int
hashcache_dump (const char *type, int n_dims, const size_t *dims, const void *data, char *id)
{
  struct hashcache__visit visit;
  int result;

  hashcache__come_in (&visit);
  result = visit.nested ? HASHCACHE_NOT_STORED : hashcache__dump (type, n_dims, dims, data, id);
  hashcache__go_out (&visit);
  return result;
}

int
hashcache_load (const char *id, const char *type, int n_dims, const size_t *dims, void *data)
{
  struct hashcache__visit visit;
  int result;

  hashcache__come_in (&visit);
  result = visit.nested ? HASHCACHE_NOT_FOUND : hashcache__load (id, type, n_dims, dims, data);
  hashcache__go_out (&visit);
  return result;
}

#endif
