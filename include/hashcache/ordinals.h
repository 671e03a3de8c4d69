/* ordinals.h: numbers for addresses, in the order in which they are met.
   SPDX-License-Identifier: BSD-2-Clause

   A hash table without removal: what stands at an address does not matter, only which address it is. */
#ifndef HASHCACHE_ORDINALS_H
#define HASHCACHE_ORDINALS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct hashcache__ordinals {
  struct hashcache__ordinal {
    const void *address;
    size_t ordinal;
  } * slots;
  size_t capacity; /* a power of two, or 0 */
  size_t n;
};

static struct hashcache__ordinal *
hashcache__ordinal_slot (const struct hashcache__ordinals *ordinals, const void *address)
{
  const uint64_t hash = (uint64_t) (uintptr_t) address * UINT64_C (0x9e3779b97f4a7c15);
  size_t i = (size_t) (hash >> 20) & (ordinals->capacity - 1);

  while (ordinals->slots[i].address && ordinals->slots[i].address != address)
    i = (i + 1) & (ordinals->capacity - 1);
  return &ordinals->slots[i];
}

static int
hashcache__grow_ordinals (struct hashcache__ordinals *ordinals)
{
  struct hashcache__ordinals larger = { .capacity = ordinals->capacity ? 2 * ordinals->capacity : 64, .n = ordinals->n };

  larger.slots = calloc (larger.capacity, sizeof *larger.slots);
  if (!larger.slots)
    return -1;
  for (size_t i = 0; i < ordinals->capacity; i++)
    if (ordinals->slots[i].address)
      *hashcache__ordinal_slot (&larger, ordinals->slots[i].address) = ordinals->slots[i];
  free (ordinals->slots);
  *ordinals = larger;
  return 0;
}

/* The number of ADDRESS in *ORDINAL. Returns 1 if it is met for the first time, 0 if not, -1 without memory. */
static int
hashcache__meet (struct hashcache__ordinals *ordinals, const void *address, size_t *ordinal)
{
  struct hashcache__ordinal *slot;

  if (2 * (ordinals->n + 1) > ordinals->capacity && hashcache__grow_ordinals (ordinals))
    return -1;
  slot = hashcache__ordinal_slot (ordinals, address);
  if (slot->address) {
    *ordinal = slot->ordinal;
    return 0;
  }
  slot->address = address;
  *ordinal = slot->ordinal = ordinals->n++;
  return 1;
}

#endif
