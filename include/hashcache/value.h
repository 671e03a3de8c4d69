/* value.h: the bytes of a value that mean something, without padding, pointers and ignored fields.
   SPDX-License-Identifier: BSD-2-Clause

   Two objects that are equal field by field have the same packed bytes and the same digest, whatever their padding holds; and
   unpacking touches nothing but value bytes. What pointers lead to are blocks of their own. Bytes are taken as they are: -0.0
   is not 0.0, and every NaN is itself. */
#ifndef HASHCACHE_VALUE_H
#define HASHCACHE_VALUE_H

#include "block.h"
#include "digest.h"
#include <stdlib.h>

/* Packed content of one block. */
struct hashcache__image {
  unsigned char *bytes; /* malloc'ed; NULL if the block has none */
  uint64_t size;
};

/* Bytes of one packed element of type T. Never more than T->size, so count * packed size fits where count * size does. */
static uint64_t
hashcache__packed_size (const struct hashcache__type *t)
{
  uint64_t size = 0;

  if (t->flags & HASHCACHE__DENSE)
    return t->size;
  switch (t->kind) {
  case HASHCACHE__INT:
  case HASHCACHE__UINT: return t->size;
  case HASHCACHE__FLOAT: return t->value_size;
  case HASHCACHE__COMPLEX: return 2 * hashcache__packed_size (t->element);
  case HASHCACHE__ARRAY: return t->count * hashcache__packed_size (t->element);
  case HASHCACHE__STRUCT:
    for (uint64_t i = 0; i < t->count; i++)
      if (t->fields[i].role != HASHCACHE__IGNORE)
        size += hashcache__packed_size (t->fields[i].type);
    return size;
  default: /* POINTER */ return 0;
  }
}

/* Called with each run of value bytes, in order. */
typedef void hashcache__visit (void *context, unsigned char *run, size_t n);

static void
hashcache__each_run (const struct hashcache__type *t, unsigned char *elements, uint64_t count, hashcache__visit *visit,
                     void *context)
{
  if (count == 0)
    return;
  if (t->flags & HASHCACHE__DENSE) {
    visit (context, elements, (size_t) (count * t->size));
    return;
  }
  for (uint64_t i = 0; i < count; i++, elements += t->size)
    switch (t->kind) {
    case HASHCACHE__INT:
    case HASHCACHE__UINT: visit (context, elements, (size_t) t->size); break;
    case HASHCACHE__FLOAT: visit (context, elements, (size_t) t->value_size); break;
    case HASHCACHE__COMPLEX: hashcache__each_run (t->element, elements, 2, visit, context); break;
    case HASHCACHE__ARRAY: hashcache__each_run (t->element, elements, t->count, visit, context); break;
    case HASHCACHE__STRUCT:
      for (uint64_t f = 0; f < t->count; f++)
        if (t->fields[f].role != HASHCACHE__IGNORE)
          hashcache__each_run (t->fields[f].type, elements + t->fields[f].offset, 1, visit, context);
      break;
    default: /* POINTER */ break;
    }
}

static void
hashcache__pack_run (void *context, unsigned char *run, size_t n)
{
  unsigned char **next = context;

  memcpy (*next, run, n);
  *next += n;
}

static void
hashcache__unpack_run (void *context, unsigned char *run, size_t n)
{
  const unsigned char **next = context;

  memcpy (run, *next, n);
  *next += n;
}

static void
hashcache__hash_run (void *context, unsigned char *run, size_t n)
{
  hashcache__hash_bytes (context, run, n);
}

/* Packs COUNT elements into PACKED, which has count * packed_size bytes. */
static void
hashcache__pack (const struct hashcache__type *t, const void *elements, uint64_t count, unsigned char *packed)
{
  hashcache__each_run (t, (unsigned char *) (uintptr_t) elements, count, hashcache__pack_run, &packed);
}

static void
hashcache__unpack (const struct hashcache__type *t, const unsigned char *packed, uint64_t count, void *elements)
{
  hashcache__each_run (t, elements, count, hashcache__unpack_run, &packed);
}

/* What kind of values these are, as far as their bytes are concerned: no names, no offsets. */
static void
hashcache__hash_type (struct hashcache__hasher *h, const struct hashcache__type *t)
{
  uint64_t kept = 0;

  hashcache__hash_u64 (h, t->kind);
  switch (t->kind) {
  case HASHCACHE__COMPLEX: hashcache__hash_type (h, t->element); break;
  case HASHCACHE__ARRAY:
    hashcache__hash_u64 (h, t->count);
    hashcache__hash_type (h, t->element);
    break;
  case HASHCACHE__STRUCT:
    for (uint64_t i = 0; i < t->count; i++)
      kept += t->fields[i].role != HASHCACHE__IGNORE;
    hashcache__hash_u64 (h, kept);
    for (uint64_t i = 0; i < t->count; i++)
      if (t->fields[i].role != HASHCACHE__IGNORE)
        hashcache__hash_type (h, t->fields[i].type);
    break;
  default: hashcache__hash_u64 (h, hashcache__packed_size (t));
  }
}

/* Digests COUNT values, with their type and number before them. */
static void
hashcache__hash_values (struct hashcache__hasher *h, const struct hashcache__type *t, const void *elements, uint64_t count)
{
  hashcache__hash_type (h, t);
  hashcache__hash_u64 (h, count);
  hashcache__each_run (t, (unsigned char *) (uintptr_t) elements, count, hashcache__hash_run, h);
}

/* Bytes of a packed block; UINT64_MAX if its element type and count make no sense together. */
static uint64_t
hashcache__block_size (const struct hashcache__block *block)
{
  uint64_t size;

  if (__builtin_mul_overflow (block->count, hashcache__packed_size (block->type), &size) || size > PTRDIFF_MAX)
    return UINT64_MAX;
  return size;
}

/* Keeps BLOCK's content of this moment in IMAGE; 0, or -1 without memory. To be freed with image_free. */
static int
hashcache__image_take (struct hashcache__image *image, const struct hashcache__block *block)
{
  image->size = hashcache__block_size (block);
  image->bytes = image->size < UINT64_MAX ? malloc (image->size > 0 ? (size_t) image->size : 1) : NULL;
  if (!image->bytes) {
    image->size = 0;
    return -1;
  }
  hashcache__pack (block->type, block->address, block->count, image->bytes);
  return 0;
}

static void
hashcache__image_free (struct hashcache__image *image)
{
  free (image->bytes);
  image->bytes = NULL;
  image->size = 0;
}

#endif
