/* record.h: what a call has left behind, in memory: the words of its outcome and the packed bytes of its outputs.
   SPDX-License-Identifier: BSD-2-Clause

   A record is one piece of malloc'ed memory, free of pointers into the program; it can be compared, kept and replayed for any call
   with the same key. Its bytes are those of an entry's pieces (layout.h), one behind the other. */
#ifndef HASHCACHE_RECORD_H
#define HASHCACHE_RECORD_H

#include "huge_pages.h"
#include "outcome.h"
#include "unchanged.h"
#include "written.h"

struct hashcache__record {
  size_t n_words;
  uint64_t size;    /* of the packed outputs, in bytes */
  uint64_t words[]; /* the packed outputs follow */
};

/* A record for SIZE bytes of outputs with N WORDS; NULL without memory. */
static struct hashcache__record *
hashcache__record_new (const uint64_t *words, size_t n, uint64_t size)
{
  struct hashcache__record *record;
  uint64_t bytes;

  if (__builtin_add_overflow (size, sizeof *record + n * sizeof *words, &bytes) || bytes > (uint64_t) PTRDIFF_MAX)
    return NULL;
  record = malloc ((size_t) bytes);
  if (!record)
    return NULL;
  record->n_words = n;
  record->size = size;
  if (n > 0)
    memcpy (record->words, words, n * sizeof *words);
  return record;
}

static unsigned char *
hashcache__record_bytes (struct hashcache__record *record)
{
  return (unsigned char *) (record->words + record->n_words);
}

/* Bytes that the outputs of OUTCOME take when they are packed; UINT64_MAX if that cannot be. */
static uint64_t
hashcache__record_size (const struct hashcache__outcome *outcome)
{
  uint64_t size = 0;

  for (size_t i = 0; i < outcome->blocks->n; i++) {
    const struct hashcache__block *block = &outcome->blocks->items[i];

    if (!hashcache__is_output (block))
      continue;
    if (__builtin_add_overflow (size, hashcache__block_size (block), &size)
        || __builtin_add_overflow (size, block->written ? hashcache__map_size (block) : 0, &size))
      return UINT64_MAX;
  }
  return size;
}

/* A record of OUTCOME, whose words are known; NULL if there is no memory for it. */
static struct hashcache__record *
hashcache__record_of (const struct hashcache__outcome *outcome)
{
  struct hashcache__record *record =
      hashcache__record_new (outcome->words.items, outcome->words.n, hashcache__record_size (outcome));
  unsigned char *packed = record ? hashcache__record_bytes (record) : NULL;

  for (size_t i = 0; record && i < outcome->blocks->n; i++) {
    const struct hashcache__block *block = &outcome->blocks->items[i];

    if (!hashcache__is_output (block))
      continue;
    hashcache__pack (block->type, block->address, block->count, packed);
    if (block->written) {
      hashcache__clear_unwritten (block, packed);
      memcpy (packed + hashcache__block_size (block), block->written, (size_t) hashcache__map_size (block));
      packed += hashcache__map_size (block);
    }
    packed += hashcache__block_size (block);
  }
  return record;
}

/* The same if it takes no more than LIMIT bytes, else NULL. */
static struct hashcache__record *
hashcache__record_within (const struct hashcache__outcome *outcome, uint64_t limit)
{
  return hashcache__record_size (outcome) <= limit ? hashcache__record_of (outcome) : NULL;
}

/* Huge pages for a large BLOCK that will be filled as a whole. */
static void
hashcache__prepare_to_fill (const struct hashcache__block *block)
{
  const uint64_t size = hashcache__span (block);

  if (block->address && size >= HASHCACHE__WORTH_HUGE && (block->type->flags & HASHCACHE__DENSE))
    hashcache__make_huge_pages (block->address, size, size);
}

/* Restores one block of an outcome from PACKED. What is inout and has not changed is not written: it may be read-only. */
static void
hashcache__restore_block (struct hashcache__block *block, const unsigned char *packed)
{
  if (block->written) {
    memcpy (block->written, packed + hashcache__block_size (block), (size_t) hashcache__map_size (block));
    hashcache__restore_written (block, packed);
  } else if (block->role != HASHCACHE__INOUT || !hashcache__same_values (block->type, block->address, block->count, packed)) {
    hashcache__prepare_to_fill (block);
    hashcache__unpack (block->type, packed, block->count, block->address);
  }
}

/* Restores the call of OCCASION, whose blocks are BEFORE, from RECORD: 0, or an error with nothing changed (outcome_replay). */
static int
hashcache__record_restore (struct hashcache__record *record, const struct hashcache__occasion *occasion,
                           struct hashcache__blocks *before)
{
  const unsigned char *packed = hashcache__record_bytes (record);
  struct hashcache__outcome outcome;
  int error = hashcache__outcome_begin (&outcome, before) ? ENOMEM : 0;

  if (!error)
    error = hashcache__outcome_replay (&outcome, occasion, record->words, record->n_words);
  if (!error && hashcache__record_size (&outcome) != record->size)
    error = EINVAL;
  for (size_t i = 0; !error && i < outcome.blocks->n; i++) {
    struct hashcache__block *block = &outcome.blocks->items[i];

    if (!hashcache__is_output (block))
      continue;
    hashcache__restore_block (block, packed);
    packed += hashcache__block_size (block) + (block->written ? hashcache__map_size (block) : 0);
  }
  if (error)
    hashcache__outcome_take_back (&outcome);
  else
    hashcache__outcome_set_pointers (&outcome);
  hashcache__outcome_end (&outcome);
  return error;
}

#endif
