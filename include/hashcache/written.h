/* written.h: which scalars of an array a call has written that never reads it.
   SPDX-License-Identifier: BSD-2-Clause

   Before the body runs the array is filled with patterns, one for each scalar; what holds its pattern afterwards was not written, and
   gets the caller's bytes back. A pattern of 8 bytes and more is random; that of a float is a signalling NaN with a random payload,
   which no arithmetic yields. The body cannot notice, since it is proven to look at none of it (gcc-plugin/). */
#ifndef HASHCACHE_WRITTEN_H
#define HASHCACHE_WRITTEN_H

#include "outcome.h"
#include "value.h"

/* Called for each scalar of SIZE bytes, in the order of packed values. */
typedef void hashcache__visit_scalar (void *context, unsigned char *scalar, size_t size);

static void
hashcache__each_scalar (const struct hashcache__type *t, unsigned char *elements, uint64_t count, hashcache__visit_scalar *visit,
                        void *context)
{
  for (uint64_t i = 0; i < count; i++, elements += t->size)
    switch (t->kind) {
    case HASHCACHE__FLOAT: visit (context, elements, (size_t) t->value_size); break;
    case HASHCACHE__COMPLEX: hashcache__each_scalar (t->element, elements, 2, visit, context); break;
    case HASHCACHE__ARRAY: hashcache__each_scalar (t->element, elements, t->count, visit, context); break;
    case HASHCACHE__STRUCT:
      for (uint64_t f = 0; f < t->count; f++)
        if (t->fields[f].role != HASHCACHE__IGNORE)
          hashcache__each_scalar (t->fields[f].type, elements + t->fields[f].offset, 1, visit, context);
      break;
    default: visit (context, elements, (size_t) t->size); break;
    }
}

struct hashcache__patterns {
  uint64_t seed;
  uint64_t n;                  /* scalars so far */
  const unsigned char *before; /* packed content of before the call */
  const unsigned char *packed; /* what is to be restored, likewise */
  unsigned char *content;      /* what is to be kept, likewise */
  unsigned char *map;          /* a bit for each scalar: it was written */
  uint64_t n_written;
};

/* A number that looks random, of the sequence that SEED begins (the finalizer of MurmurHash3's 64-bit variant, by A. Appleby). */
static uint64_t
hashcache__scramble (uint64_t seed, uint64_t n)
{
  uint64_t x = seed + (n + 1) * UINT64_C (0x9e3779b97f4a7c15);

  x = (x ^ x >> 33) * UINT64_C (0xff51afd7ed558ccd);
  x = (x ^ x >> 33) * UINT64_C (0xc4ceb9fe1a85ec53);
  return x ^ x >> 33;
}

/* The pattern of scalar N, of SIZE bytes. */
static void
hashcache__make_pattern (uint64_t seed, uint64_t n, unsigned char *pattern, size_t size)
{
  uint64_t words[2] = { hashcache__scramble (seed, 2 * n), hashcache__scramble (seed, 2 * n + 1) };

  if (size == sizeof (uint32_t)) {
    const uint32_t bits = ((uint32_t) words[0] & 0x803fffffu) | 0x7f800001u;

    memcpy (pattern, &bits, sizeof bits);
  } else
    memcpy (pattern, words, size);
}

/* Stores the SIZE bytes of a scalar AT, word by word where they are aligned: another thread may be looking (together.h). */
static void
hashcache__store_scalar (unsigned char *at, const unsigned char *from, size_t size)
{
  uint64_t eight;
  uint32_t four;

  for (; size >= 8 && (uintptr_t) at % 8 == 0; size -= 8, at += 8, from += 8) {
    memcpy (&eight, from, 8);
    __atomic_store_n ((uint64_t *) (void *) at, eight, __ATOMIC_RELEASE);
  }
  if (size == 4 && (uintptr_t) at % 4 == 0) {
    memcpy (&four, from, 4);
    __atomic_store_n ((uint32_t *) (void *) at, four, __ATOMIC_RELEASE);
    return;
  }
  for (size_t i = 0; i < size; i++)
    __atomic_store_n (at + i, from[i], __ATOMIC_RELEASE);
}

static void
hashcache__fill_scalar (void *context, unsigned char *scalar, size_t size)
{
  struct hashcache__patterns *patterns = context;
  unsigned char pattern[16];

  hashcache__make_pattern (patterns->seed, patterns->n++, pattern, size);
  hashcache__store_scalar (scalar, pattern, size);
}

/* Fills BLOCK, which is WRITTEN_ONLY, with the patterns of SEED. */
static void
hashcache__fill_block (const struct hashcache__block *block, uint64_t seed)
{
  struct hashcache__patterns patterns = { .seed = seed };

  hashcache__each_scalar (block->type, block->address, block->count, hashcache__fill_scalar, &patterns);
}

static void
hashcache__find_scalar (void *context, unsigned char *scalar, size_t size)
{
  struct hashcache__patterns *patterns = context;
  unsigned char pattern[16];

  hashcache__make_pattern (patterns->seed, patterns->n, pattern, size);
  if (memcmp (scalar, pattern, size) == 0)
    hashcache__store_scalar (scalar, patterns->before, size);
  else {
    patterns->map[patterns->n / 8] |= (unsigned char) (1u << patterns->n % 8);
    patterns->n_written++;
  }
  patterns->before += size;
  patterns->n++;
}

/* Leaves in the map of BLOCK, filled with the patterns of SEED before the call, what the call has written, and gives the rest its bytes
   of BEFORE back. Returns whether all were written. */
static int
hashcache__find_written (struct hashcache__block *block, uint64_t seed, const struct hashcache__image *before)
{
  struct hashcache__patterns patterns = { .seed = seed, .before = before->bytes, .map = block->written };

  memset (block->written, 0, (size_t) hashcache__map_size (block));
  hashcache__each_scalar (block->type, block->address, block->count, hashcache__find_scalar, &patterns);
  return patterns.n_written == patterns.n;
}

/* Gives the SIZE bytes AT, if they are still those of PATTERN, their value of BEFORE back, although another thread may be storing
   there: by an exchange that it cannot come between. */
static void
hashcache__exchange_part (unsigned char *at, const unsigned char *pattern, const unsigned char *before, size_t size)
{
  uint64_t eight, old_eight;
  uint32_t four, old_four;
  uint16_t two, old_two;

  switch (size) {
  case 8:
    memcpy (&eight, pattern, size);
    memcpy (&old_eight, before, size);
    (void) __atomic_compare_exchange_n ((uint64_t *) (void *) at, &eight, old_eight, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    return;
  case 4:
    memcpy (&four, pattern, size);
    memcpy (&old_four, before, size);
    (void) __atomic_compare_exchange_n ((uint32_t *) (void *) at, &four, old_four, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    return;
  default:
    memcpy (&two, pattern, 2);
    memcpy (&old_two, before, 2);
    (void) __atomic_compare_exchange_n ((uint16_t *) (void *) at, &two, old_two, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  }
}

static void
hashcache__take_out_scalar (void *context, unsigned char *scalar, size_t size)
{
  struct hashcache__patterns *patterns = context;
  unsigned char pattern[16];

  hashcache__make_pattern (patterns->seed, patterns->n++, pattern, size);
  if (memcmp (scalar, pattern, size) == 0)
    for (size_t done = 0; done < size;) {
      const size_t part = size - done >= 8 ? 8 : size - done >= 4 ? 4 : 2;

      hashcache__exchange_part (scalar + done, pattern + done, patterns->before + done, part);
      done += part;
    }
  patterns->before += size;
}

/* Takes the patterns of SEED out of BLOCK while its body runs in another thread. */
static void
hashcache__take_out_patterns (const struct hashcache__block *block, uint64_t seed, const struct hashcache__image *before)
{
  struct hashcache__patterns patterns = { .seed = seed, .before = before->bytes };

  hashcache__each_scalar (block->type, block->address, block->count, hashcache__take_out_scalar, &patterns);
}

static void
hashcache__restore_scalar (void *context, unsigned char *scalar, size_t size)
{
  struct hashcache__patterns *patterns = context;

  if (patterns->map[patterns->n / 8] >> patterns->n % 8 & 1)
    memcpy (scalar, patterns->packed, size);
  patterns->packed += size;
  patterns->n++;
}

/* Restores from PACKED what the map of BLOCK says was written. */
static void
hashcache__restore_written (const struct hashcache__block *block, const unsigned char *packed)
{
  struct hashcache__patterns patterns = { .packed = packed, .map = block->written };

  hashcache__each_scalar (block->type, block->address, block->count, hashcache__restore_scalar, &patterns);
}

static void
hashcache__clear_scalar (void *context, unsigned char *scalar, size_t size)
{
  struct hashcache__patterns *patterns = context;

  (void) scalar;
  if (!(patterns->map[patterns->n / 8] >> patterns->n % 8 & 1))
    memset (patterns->content, 0, size);
  patterns->content += size;
  patterns->n++;
}

/* Clears in PACKED, the content of BLOCK, what the call has not written: it is the caller's. */
static void
hashcache__clear_unwritten (const struct hashcache__block *block, unsigned char *packed)
{
  struct hashcache__patterns patterns = { .content = packed, .map = block->written };

  hashcache__each_scalar (block->type, block->address, block->count, hashcache__clear_scalar, &patterns);
}

#endif
