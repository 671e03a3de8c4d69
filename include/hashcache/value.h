/* value.h: the bytes of a value that mean something, without padding, pointers and ignored fields.
   SPDX-License-Identifier: BSD-2-Clause

   Two objects that are equal field by field have the same packed bytes and the same digest, whatever their padding holds; and
   unpacking touches nothing but value bytes. What pointers lead to are blocks of their own, and so are the elements of a flexible
   array member. Bytes are taken as they are: -0.0 is not 0.0, and every NaN is itself. A bit-field is packed as an integer of its
   declared type, so packed values may take more bytes than those in memory. */
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

enum { HASHCACHE__MOST_INTEGER = 16 }; /* bytes of the largest integer type, __int128 */

/* Whether T, which is BITS, is one that this runtime understands. */
static int
hashcache__proper_bits (const struct hashcache__type *t)
{
  return t->element && t->size >= 1 && t->size <= HASHCACHE__MOST_INTEGER && t->count < 8 && t->value_size >= 1
         && t->value_size <= 64 && t->value_size <= 8 * t->size;
}

/* Bytes of one packed element of type T, UINT64_MAX if they cannot be counted. May be more than T->size: see block_size. */
static uint64_t
hashcache__packed_size (const struct hashcache__type *t)
{
  uint64_t size = 0;

  if (t->flags & HASHCACHE__DENSE)
    return t->size;
  switch (t->kind) {
  case HASHCACHE__INT:
  case HASHCACHE__UINT: return t->size;
  case HASHCACHE__BITS: return hashcache__proper_bits (t) ? t->size : UINT64_MAX;
  case HASHCACHE__FLOAT: return t->value_size;
  case HASHCACHE__COMPLEX: return 2 * hashcache__packed_size (t->element);
  case HASHCACHE__ARRAY: return __builtin_mul_overflow (t->count, hashcache__packed_size (t->element), &size) ? UINT64_MAX : size;
  case HASHCACHE__STRUCT:
    for (uint64_t i = 0; i < t->count; i++)
      if (t->fields[i].role != HASHCACHE__IGNORE
          && __builtin_add_overflow (size, hashcache__packed_size (t->fields[i].type), &size))
        return UINT64_MAX;
    return size;
  default: /* POINTER, FUNCTION, FLEXIBLE */ return 0;
  }
}

/* Called with each run of value bytes, in order. A run may be a copy of what is in memory (that of a bit-field is). */
typedef void hashcache__visit (void *context, unsigned char *run, size_t n);

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

/* Bit-fields ------------------------------------------------------------------------------------------------------------ */

static int
hashcache__big_endian (void)
{
  const uint16_t one = 1;
  unsigned char first;

  memcpy (&first, &one, 1);
  return first == 0;
}

/* Where the byte of significance I is in an integer of SIZE bytes. */
static size_t
hashcache__byte_place (size_t size, size_t i)
{
  return hashcache__big_endian () ? size - 1 - i : i;
}

/* The low bits of VALUE as those of an integer of SIZE bytes at INTEGER, the rest of which is filled with FILL. */
static void
hashcache__put_integer (unsigned char *integer, size_t size, uint64_t value, unsigned char fill)
{
  for (size_t i = 0; i < size; i++)
    integer[hashcache__byte_place (size, i)] = (unsigned char) (i < 8 ? value >> (8 * i) : fill);
}

static uint64_t
hashcache__get_integer (const unsigned char *integer, size_t size)
{
  uint64_t value = 0;

  for (size_t i = 0; i < size && i < 8; i++)
    value |= (uint64_t) integer[hashcache__byte_place (size, i)] << (8 * i);
  return value;
}

/* The value of the bit-field of type T at FIELD, as an integer of its declared type. */
static void
hashcache__extract_bits (const struct hashcache__type *t, const unsigned char *field, unsigned char *integer)
{
  const unsigned width = (unsigned) t->value_size, skipped = (unsigned) t->count;
  uint64_t value = 0;
  int negative;

  for (unsigned i = 0; 8 * i < skipped + width; i++) /* the ninth byte of a field that is not aligned loses nothing */
    value |= i == 0 ? (uint64_t) field[0] >> skipped : (uint64_t) field[i] << (8 * i - skipped);
  negative = t->element->kind == HASHCACHE__INT && (value >> (width - 1) & 1);
  if (width < 64) {
    const uint64_t beyond = UINT64_MAX << width;

    value = negative ? value | beyond : value & ~beyond;
  }
  hashcache__put_integer (integer, (size_t) t->size, value, negative ? 0xff : 0);
}

/* Gives the bit-field of type T at FIELD the value of INTEGER. Other bits of the same bytes stay. */
static void
hashcache__insert_bits (const struct hashcache__type *t, unsigned char *field, const unsigned char *integer)
{
  const uint64_t value = hashcache__get_integer (integer, (size_t) t->size);
  const unsigned end = (unsigned) (t->count + t->value_size);

  for (unsigned i = 0, bit = (unsigned) t->count; bit < end; i++) {
    const unsigned low = bit % 8, n = end - bit < 8 - low ? end - bit : 8 - low;
    const unsigned mask = ((1u << n) - 1) << low;
    const unsigned bits = (unsigned) (value >> (bit - t->count)) << low;

    field[i] = (unsigned char) ((field[i] & ~mask) | (bits & mask));
    bit += n;
  }
}

/* Shows VISIT the bit-field of type T, whose packed size could be counted, at FIELD. Memory is written only where the visitor has
   changed the value. Unpacking is shown nothing and not asked whether it has: what it overwrites may be uninitialised. */
static void
hashcache__visit_bits (const struct hashcache__type *t, unsigned char *field, hashcache__visit *visit, void *context)
{
  const int unpacking = visit == hashcache__unpack_run;
  unsigned char integer[HASHCACHE__MOST_INTEGER] = { 0 }, before[HASHCACHE__MOST_INTEGER];

  if (!unpacking)
    hashcache__extract_bits (t, field, integer);
  memcpy (before, integer, (size_t) t->size);
  visit (context, integer, (size_t) t->size);
  if (unpacking || memcmp (before, integer, (size_t) t->size) != 0)
    hashcache__insert_bits (t, field, integer);
}

/* All values ------------------------------------------------------------------------------------------------------------ */

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
    case HASHCACHE__BITS: hashcache__visit_bits (t, elements, visit, context); break;
    case HASHCACHE__COMPLEX: hashcache__each_run (t->element, elements, 2, visit, context); break;
    case HASHCACHE__ARRAY: hashcache__each_run (t->element, elements, t->count, visit, context); break;
    case HASHCACHE__STRUCT:
      for (uint64_t f = 0; f < t->count; f++)
        if (t->fields[f].role != HASHCACHE__IGNORE)
          hashcache__each_run (t->fields[f].type, elements + t->fields[f].offset, 1, visit, context);
      break;
    default: /* POINTER, FUNCTION, FLEXIBLE */ break;
    }
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
  case HASHCACHE__BITS:
    hashcache__hash_u64 (h, t->value_size);
    hashcache__hash_type (h, t->element);
    break;
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

/* Digests COUNT values, with their type and number before them. Long arrays enter by the digest of their bytes: vectors read them fastest
   from their own beginning on, not from wherever a stream would meet them. */
static void
hashcache__hash_values (struct hashcache__hasher *h, const struct hashcache__type *t, const void *elements, uint64_t count)
{
  hashcache__hash_type (h, t);
  hashcache__hash_u64 (h, count);
  if ((t->flags & HASHCACHE__DENSE) && count * t->size >= HASHCACHE__LONG_PIECE) {
    const struct hashcache__digest digest = hashcache__digest_of (elements, (size_t) (count * t->size));

    hashcache__hash_bytes (h, digest.bytes, sizeof digest.bytes);
    return;
  }
  hashcache__each_run (t, (unsigned char *) (uintptr_t) elements, count, hashcache__hash_run, h);
}

/* Bytes of a packed block; UINT64_MAX if its element type and count make no sense together. That the elements fit into memory as
   they are does not say that their packed bytes do: a bit-field of one bit takes up to 16 bytes. */
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
