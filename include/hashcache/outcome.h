/* outcome.h: what a call leaves behind: memory that was there before it, memory that it has allocated, and the pointers between.
   SPDX-License-Identifier: BSD-2-Clause

   The blocks of an outcome are those before the call, in the same places, and then the fresh ones: what pointers lead to that the
   call has left in its result, in outputs, or in fresh blocks themselves. Observed after a call that was computed, an outcome is
   also a sequence of words; replayed for a call that was not, the words give the same blocks again, in memory that is allocated for
   the program to free. Types never come from the words: both walks are led by the contract.

   The words: number of allocations, fresh blocks and further words; for each allocation its size and alignment; for each fresh block
   its allocation (INLINE: none, it lies within the struct that holds it), its place in there and, if it is part of another fresh
   block, 1 + the ordinal of that one; then, block by block,
     the dimensions of a block that was there before, where they may change during the call;
     whether part of a written-only block was left alone (1) or none (0);
     for each pointer in the block where it leads: NULL_POINTER; LEFT, as it was; KNOWN, a block that was there before, and how
     many bytes behind its beginning; SAME, a fresh block that was met before, and as many bytes; FRESH, and the dimensions.
   An outcome in which nothing of the kind occurs has no words at all.

   Refused, since a hit could not do the same: pointers to memory that is neither known nor at the beginning of something that malloc
   has given out; pointers that were replaced by a call that may have freed what they led to; memory of which there is more, or less, at
   the same place. */
#ifndef HASHCACHE_OUTCOME_H
#define HASHCACHE_OUTCOME_H

#include "allocation.h"
#include "finder.h"
#include "unfold.h"
#include "value.h"

enum { HASHCACHE__NULL_POINTER = 0, HASHCACHE__LEFT = 1, HASHCACHE__KNOWN = 2, HASHCACHE__SAME = 3, HASHCACHE__FRESH = 4 };

#define HASHCACHE__INLINE UINT64_MAX

struct hashcache__words {
  uint64_t *items; /* malloc'ed */
  size_t n;
  size_t capacity;
};

struct hashcache__allocation {
  uint64_t size;
  uint64_t alignment;
  unsigned char *address;
};

struct hashcache__placement {
  uint64_t allocation; /* or INLINE */
  uint64_t offset;
  uint64_t of; /* 0, or 1 + the ordinal of the fresh block that holds all of it */
};

/* A pointer that a hit writes. */
struct hashcache__setting {
  const char *slot;
  void *value;
};

struct hashcache__outcome {
  struct hashcache__blocks *blocks; /* OWN, or those of the call where there are no words */
  struct hashcache__blocks own;
  size_t n_before;
  struct hashcache__words words; /* observed: all of them */
  struct hashcache__allocation *allocations;
  size_t n_allocations, allocations_capacity;
  struct hashcache__placement *placements; /* of the fresh blocks */
  size_t placements_capacity;
  struct hashcache__setting *settings;
  size_t n_settings, settings_capacity;
};

static int
hashcache__put_word (struct hashcache__words *words, uint64_t word)
{
  if (hashcache__room_for_one (&words->items, &words->capacity, words->n, sizeof *words->items))
    return -1;
  words->items[words->n++] = word;
  return 0;
}

/* What has words ------------------------------------------------------------------------------------------------------ */

/* Whether the number of elements of BLOCK, an output that was there before the call, is a matter of the call. */
static int
hashcache__changes_extent (const struct hashcache__block *block)
{
  return block->late || hashcache__varies (block->extent);
}

static int
hashcache__has_words (const struct hashcache__block *block)
{
  return hashcache__is_output (block)
         && (block->role == HASHCACHE__WRITTEN_ONLY || hashcache__leads_on (block->type) || hashcache__changes_extent (block));
}

/* Makes OUTCOME of the blocks BEFORE: these themselves if no output has words. 0, or -1 without memory. */
static int
hashcache__outcome_begin (struct hashcache__outcome *outcome, struct hashcache__blocks *before)
{
  size_t i = 0;

  *outcome = (struct hashcache__outcome){ .blocks = before, .n_before = before->n };
  while (i < before->n && !hashcache__has_words (&before->items[i]))
    i++;
  if (i == before->n)
    return 0;
  outcome->own.items = malloc (before->n * sizeof *before->items);
  if (!outcome->own.items)
    return -1;
  memcpy (outcome->own.items, before->items, before->n * sizeof *before->items);
  for (size_t k = 0; k < before->n; k++) /* moves */
    before->items[k].written = NULL;
  outcome->own.n = outcome->own.capacity = before->n;
  outcome->blocks = &outcome->own;
  return 0;
}

/* Frees OUTCOME, but not the memory that is the program's now. */
static void
hashcache__outcome_end (struct hashcache__outcome *outcome)
{
  hashcache__free_blocks (&outcome->own);
  free (outcome->words.items);
  free (outcome->allocations);
  free (outcome->placements);
  free (outcome->settings);
}

/* Frees what was allocated for the program and will not be handed to it. */
static void
hashcache__outcome_take_back (struct hashcache__outcome *outcome)
{
  for (size_t i = 0; i < outcome->n_allocations; i++)
    free (outcome->allocations[i].address);
  outcome->n_allocations = 0;
}

/* The scalars of one element of T, which is of a WRITTEN_ONLY block: each can be told from a pattern. */
static uint64_t
hashcache__scalars_of (const struct hashcache__type *t)
{
  uint64_t n = 0;

  switch (t->kind) {
  case HASHCACHE__COMPLEX: return 2;
  case HASHCACHE__ARRAY: return t->count * hashcache__scalars_of (t->element);
  case HASHCACHE__STRUCT:
    for (uint64_t i = 0; i < t->count; i++)
      if (t->fields[i].role != HASHCACHE__IGNORE)
        n += hashcache__scalars_of (t->fields[i].type);
    return n;
  default: return 1;
  }
}

/* Bytes of BLOCK's map of what was written. */
static uint64_t
hashcache__map_size (const struct hashcache__block *block)
{
  return (block->count * hashcache__scalars_of (block->type) + 7) / 8;
}

/* How much memory malloc has given out where block ORDINAL is, if the call can replace the pointer to it; else 0. */
static uint64_t
hashcache__capacity_of (struct hashcache__heap_walk *walk, const struct hashcache__blocks *blocks, size_t ordinal)
{
  const struct hashcache__block *block = &blocks->items[ordinal];
  const int replaceable = block->slot && block->parent >= 0 && blocks->items[block->parent].role != HASHCACHE__IN;

  return replaceable && block->address && block->type->kind != HASHCACHE__FUNCTION
             ? hashcache__allocated_size (walk, block->address)
             : 0;
}

/* A call that gives back memory may get other memory, or more, at the same place. What there was before is part of what it finds. */
static void
hashcache__measure_capacities (struct hashcache__blocks *blocks)
{
  struct hashcache__heap_walk walk = { 0 };

  for (size_t i = 0; i < blocks->n; i++)
    blocks->items[i].capacity = hashcache__capacity_of (&walk, blocks, i);
  free (walk.landmarks);
}

/* Observing ----------------------------------------------------------------------------------------------------------- */

struct hashcache__observer {
  struct hashcache__outcome *outcome;
  struct hashcache__range *known; /* memory that was there before the call, sorted */
  uintptr_t *furthest;            /* of each of these: where it ends, or one before it if that is further */
  size_t n_known;
  struct hashcache__finder finder; /* of the outcome's allocations */
  struct hashcache__range *points; /* likewise, where nothing is */
  size_t n_points;
  struct hashcache__heap_walk walk;
  char *reached; /* for each block before the call: a pointer leads there after it */
  int frees;     /* the call may have freed what it was handed */
};

static int
hashcache__word (struct hashcache__unfolder *unfolder, uint64_t word)
{
  struct hashcache__observer *observer = unfolder->context;

  return hashcache__put_word (&observer->outcome->words, word) ? hashcache__no_memory (unfolder, "call") : 0;
}

static int
hashcache__put_dims (struct hashcache__unfolder *unfolder, const struct hashcache__block *block)
{
  for (uint32_t i = 0; i < block->n_dims; i++)
    if (hashcache__word (unfolder, block->dims[i]))
      return -1;
  return 0;
}

/* Whether any of the SIZE bytes at ADDRESS was there before the call. */
static int
hashcache__reaches_known (const struct hashcache__observer *observer, uintptr_t address, size_t size)
{
  const size_t n = hashcache__ranges_before (observer->known, observer->n_known, address + size);

  return n > 0 && observer->furthest[n - 1] > address;
}

/* The block before the call that holds ADDRESS, or at whose end ADDRESS is and no other begins; NULL if there is none. */
static const struct hashcache__range *
hashcache__known_at (const struct hashcache__observer *observer, uintptr_t address)
{
  const struct hashcache__range *touched = NULL;
  const size_t low = hashcache__ranges_before (observer->known, observer->n_known, address + 1);

  for (size_t i = low; i-- > 0;) {
    if (address < observer->known[i].end)
      return &observer->known[i];
    if (address == observer->known[i].end && !touched)
      touched = &observer->known[i];
    if (i + 64 < low) /* only inputs that lie in each other reach so far */
      break;
  }
  return touched;
}

/* The block before the call that is empty and begins at ADDRESS; NULL if there is none. */
static const struct hashcache__range *
hashcache__point_at (const struct hashcache__observer *observer, uintptr_t address)
{
  const size_t i = hashcache__ranges_before (observer->points, observer->n_points, address);

  return i < observer->n_points && observer->points[i].start == address ? &observer->points[i] : NULL;
}

/* The allocation that has SIZE bytes at ADDRESS, or ends there if that is 0; NULL if there is none. */
static const struct hashcache__allocation *
hashcache__allocation_at (const struct hashcache__observer *observer, const unsigned char *address, uint64_t size)
{
  const struct hashcache__range *range = hashcache__finder_before (&observer->finder, (uintptr_t) address);

  return range && (uintptr_t) address <= range->end && size <= range->end - (uintptr_t) address
             ? &observer->outcome->allocations[range->ordinal]
             : NULL;
}

static int
hashcache__refuse_memory (struct hashcache__unfolder *unfolder, const struct hashcache__block *block)
{
  return hashcache__refuse (unfolder, block->name,
                            hashcache__heap () == HASHCACHE__HEAP_UNKNOWN
                                ? "leads to memory that the call has allocated, by an allocator other than the C library's, "
                                  "which does not tell where memory begins"
                                : "leads neither to memory that was there before the call nor to the beginning of memory that "
                                  "malloc has given out; where the "
                                  "pointer does not matter, write HASHCACHE_IGNORE");
}

/* Notes that malloc has given out the address of BLOCK. */
static int
hashcache__add_allocation (struct hashcache__unfolder *unfolder, const struct hashcache__block *block)
{
  struct hashcache__observer *observer = unfolder->context;
  struct hashcache__outcome *outcome = observer->outcome;
  const uintptr_t address = (uintptr_t) block->address;
  const size_t size = hashcache__allocated_size (&observer->walk, block->address);

  if (size == 0)
    return hashcache__refuse_memory (unfolder, block);
  if (hashcache__reaches_known (observer, address, size))
    return hashcache__refuse (unfolder, block->name,
                              "leads to memory of which a part was there before the call and is known under another name");
  if (hashcache__room_for_one (&outcome->allocations, &outcome->allocations_capacity, outcome->n_allocations,
                               sizeof *outcome->allocations)
      || hashcache__finder_add (&observer->finder, (struct hashcache__range){ address, address + size, outcome->n_allocations }))
    return hashcache__no_memory (unfolder, block->name);
  outcome->allocations[outcome->n_allocations++] =
      (struct hashcache__allocation){ size, hashcache__alignment_of (address), block->address };
  return 0;
}

/* The block just added is fresh: its memory is looked at only where it is certain to be there. */
static int
hashcache__enter_fresh (struct hashcache__unfolder *unfolder, struct hashcache__block *block)
{
  struct hashcache__observer *observer = unfolder->context;
  const int looked_at = hashcache__leads_on (block->type) || block->extent->kind == HASHCACHE__STRING;

  if (looked_at && !hashcache__allocation_at (observer, block->address, 1) && hashcache__add_allocation (unfolder, block))
    return -1;
  if (hashcache__measure (unfolder, block))
    return -1;
  if (looked_at && !hashcache__allocation_at (observer, block->address, hashcache__span (block)))
    return hashcache__refuse (unfolder, block->name, "has a count that reaches beyond the memory that the call has allocated");
  return 0;
}

static int
hashcache__add_placement (struct hashcache__unfolder *unfolder, uint64_t allocation)
{
  struct hashcache__outcome *outcome = ((struct hashcache__observer *) unfolder->context)->outcome;
  const size_t n = outcome->blocks->n - outcome->n_before - 1;

  if (hashcache__room_for_one (&outcome->placements, &outcome->placements_capacity, n, sizeof *outcome->placements))
    return hashcache__no_memory (unfolder, "call");
  outcome->placements[n] = (struct hashcache__placement){ .allocation = allocation };
  return 0;
}

/* Whether the pointer at SLOT led to one of BLOCKS before the call. */
static int
hashcache__led_elsewhere (const struct hashcache__blocks *blocks, const char *slot)
{
  for (size_t i = 0; i < blocks->n; i++)
    if (blocks->items[i].slot == slot && blocks->items[i].address)
      return 1;
  return 0;
}

static struct hashcache__block *
hashcache__add_fresh (struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                      const struct hashcache__place *place)
{
  const uint32_t group = unfolder->blocks->items[place->parent].group;
  struct hashcache__block *block;

  if (!place->extent || !type->element || type->element->size == 0 || place->extent->n_dims > HASHCACHE__MAX_DIMS) {
    hashcache__refuse (unfolder, place->name, "leads to memory of unknown extent: say how much by HASHCACHE_COUNT");
    return NULL;
  }
  block = hashcache__add_block (unfolder, place->name);
  if (!block)
    return NULL;
  hashcache__describe (block, type, place);
  block->role = HASHCACHE__OUT;
  block->group = group;
  block->replaces = unfolder->blocks->items[place->parent].follows && hashcache__led_elsewhere (unfolder->blocks, place->address);
  return block;
}

/* The pointer of TYPE at PLACE leads to ADDRESS, which was not known before the call. */
static int
hashcache__observe_fresh (struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                          const struct hashcache__place *place, void *address)
{
  struct hashcache__block *block = hashcache__add_fresh (unfolder, type, place);
  const size_t ordinal = unfolder->blocks->n - 1;

  if (!block)
    return -1;
  block->address = address;
  if (hashcache__enter_fresh (unfolder, block))
    return -1;
  if (hashcache__leads_on (block->type) && block->count > 0 && hashcache__meet_block (unfolder, ordinal))
    return -1;
  if (block->of) {
    const uint64_t same = block->of - 1;

    unfolder->blocks->n--;
    return hashcache__word (unfolder, HASHCACHE__SAME) || hashcache__word (unfolder, same) ? -1 : 0;
  }
  return hashcache__word (unfolder, HASHCACHE__FRESH) || hashcache__put_dims (unfolder, block)
                 || hashcache__add_placement (unfolder, 0)
             ? -1
             : 0;
}

/* The pointer of TYPE at PLACE leads to ADDRESS in memory that was KNOWN before the call. */
static int
hashcache__observe_known (struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                          const struct hashcache__place *place, void *address, const struct hashcache__range *known)
{
  struct hashcache__observer *observer = unfolder->context;
  const uint64_t at = (uintptr_t) address - known->start;
  struct hashcache__block block = { .name = place->name, .address = address };

  hashcache__describe (&block, type, place);
  observer->reached[known->ordinal] = 1;
  if (hashcache__measure (unfolder, &block))
    return -1;
  if (block.count * block.type->size > known->end - (uintptr_t) address
      && (at > 0 || unfolder->blocks->items[known->ordinal].slot != place->address)) /* its own block may have grown */
    return hashcache__refuse (unfolder, place->name, "leads to memory of which only a part was known before the call");
  return hashcache__word (unfolder, HASHCACHE__KNOWN) || hashcache__word (unfolder, known->ordinal)
                 || hashcache__word (unfolder, at)
             ? -1
             : 0;
}

/* The value of the pointer at SLOT before the call, as the list of blocks has it. */
static int
hashcache__was (const struct hashcache__outcome *outcome, const char *slot, const void *value)
{
  for (size_t i = 0; i < outcome->n_before; i++)
    if (outcome->blocks->items[i].slot == slot)
      return outcome->blocks->items[i].address == value;
  return 0;
}

/* Whether the FLEXIBLE member of the struct that HOLDER is a part of is among the blocks before the call. */
static int
hashcache__is_listed (const struct hashcache__outcome *outcome, const struct hashcache__place *place)
{
  return (size_t) place->parent < outcome->n_before && outcome->blocks->items[place->parent].follows;
}

static int
hashcache__observe_inline (struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                           const struct hashcache__place *place)
{
  struct hashcache__outcome *outcome = ((struct hashcache__observer *) unfolder->context)->outcome;
  const int fresh = (size_t) place->parent >= outcome->n_before;
  struct hashcache__block *block;

  if (hashcache__is_listed (outcome, place))
    return 0;
  block = hashcache__add_fresh (unfolder, type, place);
  if (!block)
    return -1;
  block->address = (void *) (uintptr_t) place->address;
  if (hashcache__measure (unfolder, block))
    return -1;
  if (fresh && !hashcache__allocation_at (unfolder->context, block->address, hashcache__span (block)))
    return hashcache__refuse (unfolder, block->name, "has a count that reaches beyond the memory that the call has allocated");
  return hashcache__put_dims (unfolder, block) || hashcache__add_placement (unfolder, HASHCACHE__INLINE) ? -1 : 0;
}

/* The visitor of slots after the call. */
static int
hashcache__observe (struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                    const struct hashcache__place *place)
{
  struct hashcache__observer *observer = unfolder->context;
  const struct hashcache__range *known;
  void *value;

  if (type->kind == HASHCACHE__FLEXIBLE)
    return hashcache__observe_inline (unfolder, type, place);
  memcpy (&value, place->address, sizeof value);
  if (!value)
    return hashcache__word (unfolder, HASHCACHE__NULL_POINTER);
  if (type->kind == HASHCACHE__FUNCTION)
    return hashcache__was (observer->outcome, place->address, value)
               ? hashcache__word (unfolder, HASHCACHE__LEFT)
               : hashcache__refuse (unfolder, place->name,
                                    "is a pointer to a function that the call has set, which a hit could not");
  known = hashcache__known_at (observer, (uintptr_t) value);
  if (!known)
    known = hashcache__point_at (observer, (uintptr_t) value);
  return known ? hashcache__observe_known (unfolder, type, place, value, known)
               : hashcache__observe_fresh (unfolder, type, place, value);
}

/* Whether the pointer to BLOCK, in memory that the call may change, is as it was. */
static int
hashcache__still_points (const struct hashcache__block *block)
{
  void *value;

  if (!block->slot || block->parent < 0)
    return 1;
  memcpy (&value, block->slot, sizeof value);
  return value == block->address;
}

/* Block ORDINAL, which was there before the call, now that it is over: its extent, and what its pointers lead to. */
static int
hashcache__observe_block (struct hashcache__unfolder *unfolder, size_t ordinal)
{
  struct hashcache__observer *observer = unfolder->context;
  struct hashcache__block *block = &unfolder->blocks->items[ordinal];
  const struct hashcache__block before = *block;

  if (hashcache__changes_extent (block)) {
    if (hashcache__still_points (block) && hashcache__measure (unfolder, block))
      return -1;
    if (block->count < before.count)
      *block = before; /* what lies behind the end may have changed as well */
    else if (block->count > before.count && !before.late && before.parent >= 0 && observer->frees)
      return hashcache__refuse (unfolder, block->name,
                                "has more elements after the call, which may have moved it to more memory");
    if (hashcache__put_dims (unfolder, block))
      return -1;
  }
  if (block->role == HASHCACHE__WRITTEN_ONLY && hashcache__word (unfolder, block->written != NULL))
    return -1;
  return hashcache__leads_on (block->type) ? hashcache__each_slot_of_block (unfolder, ordinal) : 0;
}

static int
hashcache__observe_blocks (struct hashcache__unfolder *unfolder)
{
  struct hashcache__observer *observer = unfolder->context;

  for (size_t i = 0; i < unfolder->blocks->n; i++) {
    const struct hashcache__block *block = &unfolder->blocks->items[i];

    if (i >= observer->outcome->n_before) {
      if (hashcache__leads_on (block->type) && hashcache__each_slot_of_block (unfolder, i))
        return -1;
    } else if (hashcache__has_words (block) && hashcache__observe_block (unfolder, i))
      return -1;
  }
  return 0;
}

/* A pointer in memory that the call may change, and did, may have been the last one to what it led to. */
static int
hashcache__check_freed (struct hashcache__unfolder *unfolder)
{
  struct hashcache__observer *observer = unfolder->context;
  const struct hashcache__block *items = unfolder->blocks->items;

  for (size_t i = 0; observer->frees && i < observer->outcome->n_before; i++)
    if (items[i].address && items[i].type->kind != HASHCACHE__FUNCTION && hashcache__still_points (&items[i]))
      observer->reached[items[i].of ? items[i].of - 1 : i] = 1;
  for (size_t i = 0; observer->frees && i < observer->outcome->n_before; i++)
    if (items[i].address && items[i].type->kind != HASHCACHE__FUNCTION && !observer->reached[items[i].of ? items[i].of - 1 : i])
      return hashcache__refuse (
          unfolder, items[i].name,
          "led to memory to which nothing leads after the call, and whether the call has freed it is not known");
  for (size_t i = 0; observer->frees && i < observer->outcome->n_before; i++)
    if (hashcache__capacity_of (&observer->walk, unfolder->blocks, i) != items[i].capacity)
      return hashcache__refuse (
          unfolder, items[i].name,
          "is at the same place after the call, but there is more memory, or less, which a hit could not change");
  return 0;
}

/* Where each fresh block lies: those with the lowest addresses begin the allocations. */
static int
hashcache__place_fresh (struct hashcache__unfolder *unfolder)
{
  struct hashcache__outcome *outcome = ((struct hashcache__observer *) unfolder->context)->outcome;
  struct hashcache__block *items = outcome->blocks->items;
  const size_t n = outcome->blocks->n - outcome->n_before;
  struct hashcache__range *ranges = malloc ((n + 1) * sizeof *ranges);
  const struct hashcache__range *furthest = NULL;
  int result = ranges ? 0 : hashcache__no_memory (unfolder, "call");

  for (size_t i = 0; ranges && i < n; i++) {
    const struct hashcache__block *block = &items[outcome->n_before + i];

    ranges[i] = (struct hashcache__range){ (uintptr_t) block->address, (uintptr_t) block->address + hashcache__span (block),
                                           outcome->n_before + i };
  }
  if (ranges)
    hashcache__sort_ranges (ranges, n);
  for (size_t i = 0; result == 0 && i < n; i++) {
    struct hashcache__block *block = &items[ranges[i].ordinal];
    struct hashcache__placement *placement = &outcome->placements[ranges[i].ordinal - outcome->n_before];
    const uint64_t size = ranges[i].end - ranges[i].start;
    const struct hashcache__allocation *allocation;

    if (placement->allocation == HASHCACHE__INLINE)
      continue;
    if (!hashcache__allocation_at (unfolder->context, block->address,
                                   size > 0)) /* where it begins must be in there, or at its end */
      result = hashcache__add_allocation (unfolder, block);
    allocation = result == 0 ? hashcache__allocation_at (unfolder->context, block->address, size) : NULL;
    if (result == 0 && !allocation)
      result =
          hashcache__refuse (unfolder, block->name, "has a count that reaches beyond the memory that the call has allocated");
    if (result)
      break;
    placement->allocation = (uint64_t) (allocation - outcome->allocations);
    placement->offset = (uint64_t) ((unsigned char *) block->address - allocation->address);
    if (furthest && ranges[i].end <= furthest->end
        && hashcache__holds (&items[furthest->ordinal], block, ranges[i].start - furthest->start)) {
      placement->of = block->of = furthest->ordinal + 1;
      block->at = ranges[i].start - furthest->start;
    } else if (!furthest || ranges[i].end > furthest->end)
      furthest = &ranges[i];
  }
  free (ranges);
  return result;
}

/* Numbers the allocations as the blocks meet them: where malloc has put them must not show in the words. 0, or -1 without memory. */
static int
hashcache__number_allocations (struct hashcache__outcome *outcome)
{
  const size_t n_fresh = outcome->blocks->n - outcome->n_before, capacity = outcome->n_allocations + 1;
  struct hashcache__allocation *ordered = malloc (capacity * sizeof *ordered);
  size_t *numbers = calloc (capacity, sizeof *numbers), n = 0; /* 1 + the number of each, 0 if it has none yet */

  for (size_t i = 0; ordered && numbers && i < n_fresh; i++) {
    uint64_t *allocation = &outcome->placements[i].allocation;

    if (*allocation == HASHCACHE__INLINE)
      continue;
    if (numbers[*allocation] == 0) {
      ordered[n] = outcome->allocations[*allocation];
      numbers[*allocation] = ++n;
    }
    *allocation = numbers[*allocation] - 1;
  }
  const int failed = !ordered || !numbers;
  if (!failed && n > 0)
    memcpy (outcome->allocations, ordered, n * sizeof *ordered);
  if (!failed)
    outcome->n_allocations = n;
  free (numbers);
  free (ordered);
  return failed ? -1 : 0;
}

/* Puts the tables before the words of the blocks. */
static int
hashcache__finish_words (struct hashcache__outcome *outcome)
{
  const size_t n_fresh = outcome->blocks->n - outcome->n_before;
  struct hashcache__words all = { 0 };
  int failed = hashcache__number_allocations (outcome) || hashcache__put_word (&all, outcome->n_allocations)
               || hashcache__put_word (&all, n_fresh) || hashcache__put_word (&all, outcome->words.n);

  for (size_t i = 0; i < outcome->n_allocations; i++)
    failed = failed || hashcache__put_word (&all, outcome->allocations[i].size)
             || hashcache__put_word (&all, outcome->allocations[i].alignment);
  for (size_t i = 0; i < n_fresh; i++)
    failed = failed || hashcache__put_word (&all, outcome->placements[i].allocation)
             || hashcache__put_word (&all, outcome->placements[i].offset)
             || hashcache__put_word (&all, outcome->placements[i].of);
  for (size_t i = 0; i < outcome->words.n; i++)
    failed = failed || hashcache__put_word (&all, outcome->words.items[i]);
  free (outcome->words.items);
  outcome->words = all;
  return failed ? -1 : 0;
}

/* Late and grown blocks must not reach into others. */
static int
hashcache__check_extents (struct hashcache__unfolder *unfolder)
{
  const struct hashcache__blocks *blocks = unfolder->blocks;
  struct hashcache__range *ranges = malloc ((blocks->n + 1) * sizeof *ranges);
  size_t n;
  int result;

  if (!ranges)
    return hashcache__no_memory (unfolder, "call");
  n = hashcache__collect_ranges (blocks, ranges);
  hashcache__sort_ranges (ranges, n);
  result = hashcache__check_ranges (unfolder, ranges, n);
  free (ranges);
  return result;
}

/* The places of the empty blocks among BLOCKS in POINTS; how many. */
static size_t
hashcache__collect_points (const struct hashcache__blocks *blocks, struct hashcache__range *points)
{
  size_t n = 0;

  for (size_t i = 0; i < blocks->n; i++) {
    const uintptr_t address = (uintptr_t) blocks->items[i].address;

    if (hashcache__is_point (&blocks->items[i]))
      points[n++] = (struct hashcache__range){ address, address, i };
  }
  return n;
}

/* Where the memory of before the call lies. */
static int
hashcache__find_known (struct hashcache__observer *observer, const struct hashcache__blocks *before)
{
  observer->known = malloc ((before->n + 1) * sizeof *observer->known);
  observer->furthest = malloc ((before->n + 1) * sizeof *observer->furthest);
  observer->points = malloc ((before->n + 1) * sizeof *observer->points);
  observer->reached = calloc (before->n + 1, 1);
  if (!observer->known || !observer->furthest || !observer->points || !observer->reached)
    return -1;
  observer->n_known = hashcache__collect_ranges (before, observer->known);
  hashcache__sort_ranges (observer->known, observer->n_known);
  for (size_t i = 0; i < observer->n_known; i++) {
    const uintptr_t end = observer->known[i].end;

    observer->furthest[i] = i > 0 && observer->furthest[i - 1] > end ? observer->furthest[i - 1] : end;
  }
  observer->n_points = hashcache__collect_points (before, observer->points);
  hashcache__sort_ranges (observer->points, observer->n_points);
  return 0;
}

static int
hashcache__observe_all (struct hashcache__unfolder *unfolder)
{
  return hashcache__observe_blocks (unfolder) || hashcache__place_fresh (unfolder) || hashcache__check_freed (unfolder)
                 || hashcache__check_extents (unfolder)
             ? -1
             : 0;
}

/* After the call of OCCASION: completes OUTCOME, begun with the blocks BEFORE. FREES: the call may have given back memory. Returns 0,
   or -1 with a REASON why the call cannot be kept. */
static int
hashcache__outcome_observe (struct hashcache__outcome *outcome, const struct hashcache__occasion *occasion,
                            const struct hashcache__blocks *before, int frees, char *reason)
{
  struct hashcache__observer observer = { .outcome = outcome, .frees = frees };
  struct hashcache__unfolder unfolder = { .blocks = outcome->blocks,
                                          .contract = occasion->contract,
                                          .scope = { .arguments = occasion->arguments, .result = occasion->result },
                                          .visit = hashcache__observe,
                                          .reason = reason,
                                          .context = &observer };
  int refused;

  if (outcome->blocks != &outcome->own)
    return 0;
  refused =
      hashcache__find_known (&observer, before) ? hashcache__no_memory (&unfolder, "call") : hashcache__observe_all (&unfolder);
  if (!refused && hashcache__finish_words (outcome))
    refused = hashcache__no_memory (&unfolder, "call");
  hashcache__forget_met (&unfolder);
  hashcache__finder_end (&observer.finder);
  free (observer.known);
  free (observer.furthest);
  free (observer.points);
  free (observer.walk.landmarks);
  free (observer.reached);
  return refused ? -1 : 0;
}

/* Replaying ----------------------------------------------------------------------------------------------------------- */

/* Words being read. What they say is checked against the contract and the blocks at hand, not believed. */
struct hashcache__replay {
  struct hashcache__outcome *outcome;
  const uint64_t *next, *end;
  size_t n_fresh;
  int error; /* ENOMEM: no fault of the words */
};

static int
hashcache__take_word (struct hashcache__replay *replay, uint64_t *word)
{
  if (replay->next == replay->end)
    return -1;
  *word = *replay->next++;
  return 0;
}

static int
hashcache__short_of_memory (struct hashcache__replay *replay)
{
  replay->error = ENOMEM;
  return -1;
}

/* The dimensions of BLOCK; its bytes can be counted afterwards. */
static int
hashcache__take_dims (struct hashcache__replay *replay, struct hashcache__block *block)
{
  uint64_t bytes;

  block->count = 1;
  for (uint32_t i = 0; i < block->n_dims; i++)
    if (hashcache__take_word (replay, &block->dims[i]) || __builtin_mul_overflow (block->count, block->dims[i], &block->count))
      return -1;
  return __builtin_mul_overflow (block->count, block->type->size, &bytes) || bytes > (uint64_t) PTRDIFF_MAX ? -1 : 0;
}

/* The pointer at PLACE is to be VALUE. */
static int
hashcache__set_pointer (struct hashcache__replay *replay, const struct hashcache__place *place, void *value)
{
  struct hashcache__outcome *outcome = replay->outcome;

  if (hashcache__room_for_one (&outcome->settings, &outcome->settings_capacity, outcome->n_settings, sizeof *outcome->settings))
    return hashcache__short_of_memory (replay);
  outcome->settings[outcome->n_settings++] = (struct hashcache__setting){ place->address, value };
  return 0;
}

static int
hashcache__replay_known (struct hashcache__replay *replay, const struct hashcache__place *place)
{
  const struct hashcache__outcome *outcome = replay->outcome;
  const struct hashcache__block *block;
  uint64_t ordinal, at;

  if (hashcache__take_word (replay, &ordinal) || hashcache__take_word (replay, &at) || ordinal >= outcome->n_before)
    return -1;
  block = &outcome->blocks->items[ordinal];
  if (!block->address || at > hashcache__span (block))
    return -1;
  return hashcache__set_pointer (replay, place, (unsigned char *) block->address + at);
}

static int
hashcache__replay_same (struct hashcache__replay *replay, const struct hashcache__place *place)
{
  const struct hashcache__outcome *outcome = replay->outcome;
  uint64_t ordinal;

  if (hashcache__take_word (replay, &ordinal) || ordinal < outcome->n_before || ordinal >= outcome->blocks->n)
    return -1;
  return hashcache__set_pointer (replay, place, outcome->blocks->items[ordinal].address);
}

/* The allocation of the fresh block ORDINAL, which has been placed; NULL: what holds it was there before. */
static const struct hashcache__allocation *
hashcache__allocation_of (const struct hashcache__outcome *outcome, size_t ordinal)
{
  while (ordinal >= outcome->n_before) {
    const uint64_t allocation = outcome->placements[ordinal - outcome->n_before].allocation;

    if (allocation != HASHCACHE__INLINE)
      return &outcome->allocations[allocation];
    ordinal = (size_t) outcome->blocks->items[ordinal].parent;
  }
  return NULL;
}

/* The fresh BLOCK is the flexible member at PLACE: what holds it, if that is fresh too, must have room for it. */
static int
hashcache__replay_inline (const struct hashcache__outcome *outcome, struct hashcache__block *block,
                          const struct hashcache__place *place)
{
  const struct hashcache__allocation *allocation;
  uint64_t at;

  block->address = (void *) (uintptr_t) place->address;
  if ((size_t) block->parent < outcome->n_before)
    return 0;
  allocation = hashcache__allocation_of (outcome, (size_t) block->parent);
  at = allocation ? (uint64_t) ((unsigned char *) block->address - allocation->address) : 0;
  return allocation && at <= allocation->size && block->count * block->type->size <= allocation->size - at ? 0 : -1;
}

/* Where the fresh BLOCK, the last one added, lies: what leads to it is of TYPE, at PLACE. */
static int
hashcache__replay_placement (struct hashcache__replay *replay, struct hashcache__block *block, const struct hashcache__type *type,
                             const struct hashcache__place *place)
{
  const struct hashcache__outcome *outcome = replay->outcome;
  const size_t n = outcome->blocks->n - outcome->n_before - 1;
  const uint64_t bytes = hashcache__span (block);
  const struct hashcache__placement *placement;
  const struct hashcache__allocation *allocation;

  if (n >= replay->n_fresh)
    return -1;
  placement = &outcome->placements[n];
  if (placement->of && (placement->of <= outcome->n_before || placement->of > outcome->n_before + replay->n_fresh))
    return -1;
  block->of = placement->of;
  if (type->kind == HASHCACHE__FLEXIBLE)
    return placement->allocation == HASHCACHE__INLINE ? hashcache__replay_inline (outcome, block, place) : -1;
  if (placement->allocation >= outcome->n_allocations)
    return -1;
  allocation = &outcome->allocations[placement->allocation];
  if (placement->offset > allocation->size || bytes > allocation->size - placement->offset)
    return -1;
  block->address = allocation->address + placement->offset;
  return 0;
}

static int
hashcache__replay_fresh (struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                         const struct hashcache__place *place)
{
  struct hashcache__replay *replay = unfolder->context;
  struct hashcache__block *block = hashcache__add_fresh (unfolder, type, place);

  if (!block || hashcache__take_dims (replay, block) || hashcache__replay_placement (replay, block, type, place))
    return -1;
  return type->kind == HASHCACHE__FLEXIBLE ? 0 : hashcache__set_pointer (replay, place, block->address);
}

/* The visitor of slots for a call that was not computed. */
static int
hashcache__replay_slot (struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                        const struct hashcache__place *place)
{
  struct hashcache__replay *replay = unfolder->context;
  uint64_t kind;

  if (type->kind == HASHCACHE__FLEXIBLE)
    return hashcache__is_listed (replay->outcome, place) ? 0 : hashcache__replay_fresh (unfolder, type, place);
  if (hashcache__take_word (replay, &kind))
    return -1;
  switch (kind) {
  case HASHCACHE__NULL_POINTER: return hashcache__set_pointer (replay, place, NULL);
  case HASHCACHE__LEFT: /* in fresh memory there is nothing to be left */
    return type->kind == HASHCACHE__FUNCTION && (size_t) place->parent < replay->outcome->n_before ? 0 : -1;
  case HASHCACHE__KNOWN: return type->kind == HASHCACHE__FUNCTION ? -1 : hashcache__replay_known (replay, place);
  case HASHCACHE__SAME: return type->kind == HASHCACHE__FUNCTION ? -1 : hashcache__replay_same (replay, place);
  case HASHCACHE__FRESH: return type->kind == HASHCACHE__FUNCTION ? -1 : hashcache__replay_fresh (unfolder, type, place);
  default: return -1;
  }
}

static int
hashcache__replay_block (struct hashcache__unfolder *unfolder, size_t ordinal)
{
  struct hashcache__replay *replay = unfolder->context;
  struct hashcache__block *block = &unfolder->blocks->items[ordinal];
  uint64_t partly;

  if (hashcache__changes_extent (block) && hashcache__take_dims (replay, block))
    return -1;
  if (block->role == HASHCACHE__WRITTEN_ONLY) {
    if (hashcache__take_word (replay, &partly) || partly > 1)
      return -1;
    if (partly && !(block->written = malloc ((size_t) hashcache__map_size (block) + 1)))
      return hashcache__short_of_memory (replay);
  }
  return hashcache__leads_on (block->type) ? hashcache__each_slot_of_block (unfolder, ordinal) : 0;
}

static int
hashcache__replay_blocks (struct hashcache__unfolder *unfolder)
{
  const struct hashcache__replay *replay = unfolder->context;

  for (size_t i = 0; i < unfolder->blocks->n; i++) {
    const struct hashcache__block *block = &unfolder->blocks->items[i];

    if (i >= replay->outcome->n_before) {
      if (hashcache__leads_on (block->type) && hashcache__each_slot_of_block (unfolder, i))
        return -1;
    } else if (hashcache__has_words (block) && hashcache__replay_block (unfolder, i))
      return -1;
  }
  return replay->next == replay->end && unfolder->blocks->n == replay->outcome->n_before + replay->n_fresh ? 0 : -1;
}

/* Reads the tables and allocates. */
static int
hashcache__replay_tables (struct hashcache__replay *replay)
{
  struct hashcache__outcome *outcome = replay->outcome;
  uint64_t n_allocations, n_fresh, n_words;
  const uint64_t left = (uint64_t) (replay->end - replay->next);

  if (hashcache__take_word (replay, &n_allocations) || hashcache__take_word (replay, &n_fresh)
      || hashcache__take_word (replay, &n_words))
    return -1;
  if (n_allocations > n_fresh || n_fresh > left || n_words > left || 3 + 2 * n_allocations + 3 * n_fresh + n_words != left)
    return -1;
  outcome->allocations = calloc (n_allocations + 1, sizeof *outcome->allocations);
  outcome->placements = calloc (n_fresh + 1, sizeof *outcome->placements);
  if (!outcome->allocations || !outcome->placements)
    return hashcache__short_of_memory (replay);
  replay->n_fresh = n_fresh;
  for (; outcome->n_allocations < n_allocations; outcome->n_allocations++) {
    struct hashcache__allocation *allocation = &outcome->allocations[outcome->n_allocations];

    allocation->size = *replay->next++;
    allocation->alignment = *replay->next++;
    if (allocation->size > (uint64_t) PTRDIFF_MAX || allocation->alignment > 4096 || allocation->alignment < 16
        || (allocation->alignment & (allocation->alignment - 1)))
      return -1;
    allocation->address = hashcache__allocate (allocation->size, allocation->alignment);
    if (!allocation->address)
      return hashcache__short_of_memory (replay);
  }
  for (size_t i = 0; i < n_fresh; i++, replay->next += 3)
    outcome->placements[i] = (struct hashcache__placement){ replay->next[0], replay->next[1], replay->next[2] };
  return 0;
}

/* Whether each fresh block that is said to be part of another one is: its content is not in the entry. */
static int
hashcache__parts_are_within (const struct hashcache__outcome *outcome)
{
  const struct hashcache__block *items = outcome->blocks->items;

  for (size_t i = outcome->n_before; i < outcome->blocks->n; i++) {
    const struct hashcache__block *part = &items[i], *whole = part->of ? &items[part->of - 1] : NULL;
    uint64_t at;

    if (!whole)
      continue;
    if (whole->of || outcome->placements[i - outcome->n_before].allocation == HASHCACHE__INLINE
        || (uintptr_t) part->address < (uintptr_t) whole->address)
      return 0;
    at = (uintptr_t) part->address - (uintptr_t) whole->address;
    if (at > hashcache__span (whole) || hashcache__span (part) > hashcache__span (whole) - at
        || !hashcache__holds (whole, part, at))
      return 0;
  }
  return 1;
}

/* Whether blocks in memory that was allocated for this call overlap: no call has left them so. */
static int
hashcache__fresh_overlap (struct hashcache__unfolder *unfolder, const struct hashcache__outcome *outcome)
{
  const struct hashcache__blocks *blocks = unfolder->blocks;
  struct hashcache__range *ranges = malloc ((blocks->n + 1) * sizeof *ranges);
  size_t n = 0, all;
  int result;

  if (!ranges)
    return 0;
  all = hashcache__collect_ranges (blocks, ranges);
  for (size_t i = 0; i < all; i++)
    if (ranges[i].ordinal >= outcome->n_before
        && outcome->placements[ranges[i].ordinal - outcome->n_before].allocation != HASHCACHE__INLINE)
      ranges[n++] = ranges[i];
  hashcache__sort_ranges (ranges, n);
  result = hashcache__check_ranges (unfolder, ranges, n) != 0;
  free (ranges);
  return result;
}

/* Completes OUTCOME, begun with the blocks of the call of OCCASION, by N WORDS that were observed when another one with the same key
   was computed. Returns 0; EINVAL if the words make no sense; ENOMEM; EBUSY if this call's outputs lie in memory so that their new
   extents overlap. After an error nothing has changed but OUTCOME. */
static int
hashcache__outcome_replay (struct hashcache__outcome *outcome, const struct hashcache__occasion *occasion, const uint64_t *words,
                           size_t n)
{
  char reason[HASHCACHE__REASON_SIZE];
  struct hashcache__replay replay = { .outcome = outcome, .next = words, .end = n > 0 ? words + n : words };
  struct hashcache__unfolder unfolder = { .blocks = outcome->blocks,
                                          .contract = occasion->contract,
                                          .visit = hashcache__replay_slot,
                                          .reason = reason,
                                          .context = &replay };

  if (outcome->blocks != &outcome->own)
    return n == 0 ? 0 : EINVAL;
  if (hashcache__replay_tables (&replay) || hashcache__replay_blocks (&unfolder))
    return replay.error ? replay.error : EINVAL;
  if (!hashcache__parts_are_within (outcome))
    return EINVAL;
  if (hashcache__check_extents (&unfolder) == 0)
    return 0;
  return hashcache__fresh_overlap (&unfolder, outcome) ? EINVAL : EBUSY;
}

/* Sets the pointers: the last that a hit does. */
static void
hashcache__outcome_set_pointers (const struct hashcache__outcome *outcome)
{
  for (size_t i = 0; i < outcome->n_settings; i++)
    memcpy ((void *) (uintptr_t) outcome->settings[i].slot, &outcome->settings[i].value, sizeof (void *));
}

#endif
