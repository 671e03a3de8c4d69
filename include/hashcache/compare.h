/* compare.h: how two records of the same call differ, in words a person can look up in the program.
   SPDX-License-Identifier: BSD-2-Clause

   For HASHCACHE_MODE=verify and audit. Both records belong to the outcome at hand, whose blocks say what their bytes mean. */
#ifndef HASHCACHE_COMPARE_H
#define HASHCACHE_COMPARE_H

#include "record.h"
#include "text.h"
#include <math.h>

enum { HASHCACHE__VALUE_TEXT = 48, HASHCACHE__DIFFERENCE_TEXT = 400 };

struct hashcache__difference {
  const char *name; /* of the block; NULL: there is none */
  uint64_t index;   /* of the first scalar that differs, in the order of memory */
  char first[HASHCACHE__VALUE_TEXT], second[HASHCACHE__VALUE_TEXT];
  int untouched; /* it holds what the buffer was filled with, in both */
};

struct hashcache__comparer {
  double tolerance; /* relative; 0: bit for bit */
  uint64_t index;
  const unsigned char *a, *b;
  const unsigned char *fills; /* two bytes: what the buffers were filled with, NULL if with nothing */
  struct hashcache__difference *difference;
};

/* The floating-point number of SIZE bytes at BYTES. */
static double
hashcache__get_float (const unsigned char *bytes, uint64_t size)
{
  float single;
  double twice;
  long double extended = 0;

  if (size == sizeof single) {
    memcpy (&single, bytes, sizeof single);
    return (double) single;
  }
  if (size == sizeof twice) {
    memcpy (&twice, bytes, sizeof twice);
    return twice;
  }
  if (size > sizeof twice && size <= sizeof extended && (size == 10) == (__LDBL_MANT_DIG__ == 64)) {
    memcpy (&extended, bytes, (size_t) size);
    return (double) extended;
  }
  return 0.0;
}

static void
hashcache__show_hex (char *text, const unsigned char *bytes, uint64_t size)
{
  static const char digits[] = "0123456789abcdef";
  size_t n = 0;

  text[n++] = '0';
  text[n++] = 'x';
  for (size_t i = 0; i < size && n + 3 < HASHCACHE__VALUE_TEXT; i++) {
    const unsigned char byte = bytes[hashcache__byte_place ((size_t) size, (size_t) size - 1 - i)];

    text[n++] = digits[byte >> 4];
    text[n++] = digits[byte & 15];
  }
  text[n] = '\0';
}

/* Writes the value of kind T at BYTES, packed, as TEXT. */
static void
hashcache__show_value (char *text, const struct hashcache__type *t, const unsigned char *bytes, uint64_t size)
{
  const int integer = t->kind == HASHCACHE__INT || t->kind == HASHCACHE__UINT;
  const int is_signed = t->kind == HASHCACHE__INT || (t->kind == HASHCACHE__BITS && t->element->kind == HASHCACHE__INT);

  if (t->kind == HASHCACHE__FLOAT && size >= sizeof (float) && size != 16)
    snprintf (text, HASHCACHE__VALUE_TEXT, "%.17g", hashcache__get_float (bytes, size));
  else if ((integer || t->kind == HASHCACHE__BITS) && size <= 8) {
    const uint64_t value = hashcache__get_integer (bytes, (size_t) size);
    const unsigned unused = (unsigned) (64 - 8 * size);

    if (is_signed)
      snprintf (text, HASHCACHE__VALUE_TEXT, "%lld", (long long) ((int64_t) (value << unused) >> unused));
    else
      snprintf (text, HASHCACHE__VALUE_TEXT, "%llu", (unsigned long long) value);
  } else
    hashcache__show_hex (text, bytes, size);
}

/* Whether the scalars of kind T and SIZE bytes are near enough to each other. */
static int
hashcache__near (const struct hashcache__comparer *c, const struct hashcache__type *t, uint64_t size)
{
  double a, b, larger;

  if (memcmp (c->a, c->b, (size_t) size) == 0)
    return 1;
  if (c->tolerance <= 0 || t->kind != HASHCACHE__FLOAT || size < sizeof (float))
    return 0;
  a = hashcache__get_float (c->a, size);
  b = hashcache__get_float (c->b, size);
  larger = fabs (a) > fabs (b) ? fabs (a) : fabs (b);
  return fabs (a - b) <= c->tolerance * larger; /* no NaN is near */
}

static int
hashcache__is_filled (const unsigned char *bytes, uint64_t size, unsigned char with)
{
  for (uint64_t i = 0; i < size; i++)
    if (bytes[i] != with)
      return 0;
  return 1;
}

/* Compares one scalar; -1 if it differs. */
static int
hashcache__compare_scalar (struct hashcache__comparer *c, const struct hashcache__type *t, uint64_t size)
{
  struct hashcache__difference *d = c->difference;

  if (!hashcache__near (c, t, size)) {
    d->index = c->index;
    hashcache__show_value (d->first, t, c->a, size);
    hashcache__show_value (d->second, t, c->b, size);
    d->untouched = c->fills && hashcache__is_filled (c->a, size, c->fills[0]) && hashcache__is_filled (c->b, size, c->fills[1]);
    return -1;
  }
  c->a += size;
  c->b += size;
  c->index++;
  return 0;
}

/* Compares COUNT packed elements of type T; -1 if they differ. */
static int
hashcache__compare_packed (struct hashcache__comparer *c, const struct hashcache__type *t, uint64_t count)
{
  for (uint64_t i = 0; i < count; i++) {
    int differ = 0;

    switch (t->kind) {
    case HASHCACHE__COMPLEX: differ = hashcache__compare_packed (c, t->element, 2); break;
    case HASHCACHE__ARRAY: differ = hashcache__compare_packed (c, t->element, t->count); break;
    case HASHCACHE__STRUCT:
      for (uint64_t f = 0; !differ && f < t->count; f++)
        if (t->fields[f].role != HASHCACHE__IGNORE)
          differ = hashcache__compare_packed (c, t->fields[f].type, 1);
      break;
    case HASHCACHE__POINTER:
    case HASHCACHE__FUNCTION:
    case HASHCACHE__FLEXIBLE: break;
    default: differ = hashcache__compare_scalar (c, t, hashcache__packed_size (t)); break;
    }
    if (differ)
      return -1;
  }
  return 0;
}

/* Whether the words of A and B say the same. How much memory malloc has given out, and how it lies, is its own matter. */
static int
hashcache__same_words (const struct hashcache__record *a, const struct hashcache__record *b)
{
  size_t tables = 0;

  if (a->n_words != b->n_words)
    return 0;
  if (a->n_words > 0) {
    if (a->n_words < 3 || memcmp (a->words, b->words, 3 * sizeof *a->words) != 0)
      return 0;
    tables = 3 + 2 * (size_t) a->words[0];
  }
  return tables == a->n_words
         || (tables < a->n_words && memcmp (a->words + tables, b->words + tables, (a->n_words - tables) * sizeof *a->words) == 0);
}

/* Compares the records A and B of OUTCOME within TOLERANCE. FILLS: the two bytes that output buffers were filled with before, or NULL.
   Returns 0 if they are the same, else -1 and says in DIFFERENCE where they first differ. */
static int
hashcache__compare_records (const struct hashcache__outcome *outcome, struct hashcache__record *a, struct hashcache__record *b,
                            double tolerance, const unsigned char *fills, struct hashcache__difference *difference)
{
  struct hashcache__comparer c = { tolerance, 0, hashcache__record_bytes (a), hashcache__record_bytes (b), fills, difference };

  *difference = (struct hashcache__difference){ .name = NULL };
  if (a->size != b->size || !hashcache__same_words (a, b)) {
    *difference = (struct hashcache__difference){ .name = "", .first = "", .second = "" };
    return -1;
  }
  for (size_t i = 0; i < outcome->blocks->n; i++) {
    const struct hashcache__block *block = &outcome->blocks->items[i];
    const uint64_t map = block->written ? hashcache__map_size (block) : 0;

    if (!hashcache__is_output (block))
      continue;
    c.index = 0;
    if (hashcache__compare_packed (&c, block->type, block->count) || memcmp (c.a, c.b, (size_t) map) != 0) {
      difference->name = block->name;
      return -1;
    }
    c.a += map;
    c.b += map;
  }
  return 0;
}

/* What DIFFERENCE is, in words. */
static void
hashcache__describe_difference (char text[HASHCACHE__DIFFERENCE_TEXT], const struct hashcache__difference *difference,
                                const char *once, const char *then)
{
  if (difference->name[0] == '\0')
    snprintf (text, HASHCACHE__DIFFERENCE_TEXT,
              "a pointer, a number of elements, or which elements are written, is not the same");
  else if (difference->first[0] == '\0')
    snprintf (text, HASHCACHE__DIFFERENCE_TEXT, "`%s`: which elements are written is not the same", difference->name);
  else
    snprintf (text, HASHCACHE__DIFFERENCE_TEXT, "`%s`: element %llu is %s %s and %s %s", difference->name,
              (unsigned long long) difference->index, difference->first, once, difference->second, then);
}

#endif
