/* unfold.h: unfolds the arguments of a call, the variables it reaches and its result into a flat list of blocks.
   SPDX-License-Identifier: BSD-2-Clause

   The order of the blocks is that of the contract: parameters, variables (as the call graph met them), the result; each
   followed by what its pointers lead to, level by level. Two calls with equal counts, equal null pointers and equal sharing give lists
   of the same shape. Memory that several pointers lead to is one block, with the others as views of it, so that lists that run in
   circles come to an end. Whatever cannot be unfolded safely is refused with a reason in words: counts that overflow or are negative,
   and memory that is written through one block and reached in part through another as well. */
#ifndef HASHCACHE_UNFOLD_H
#define HASHCACHE_UNFOLD_H

#include "block.h"
#include "digest.h"
#include "expression.h"
#include "ordinals.h"
#include "value.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HASHCACHE__REASON_SIZE = 640, HASHCACHE__MAX_BLOCKS = 1 << 20, HASHCACHE__MAX_NAME = 256 };

/* A global or static variable that the call graph reaches, with its role in each call: IN, OUT or INOUT. */
struct hashcache__global {
  const struct hashcache__variable *variable;
  uint32_t role;
  uint32_t flags; /* READ, WRITTEN, STORED: of all references to it together */
};

/* A place in memory that may hold pointers. */
struct hashcache__place {
  const char *address;
  const char *base; /* the struct whose field this is, NULL if none */
  const char *name; /* within the parent block */
  const struct hashcache__extent *extent;
  uint32_t role; /* said by the field itself, or INHERIT */
  int32_t parent;
  uint64_t parent_element;
};

struct hashcache__unfolder;

/* What is done with a pointer of TYPE, or a FLEXIBLE member, at PLACE; 0, or -1 to stop. */
typedef int hashcache__visit_slot (struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                                   const struct hashcache__place *place);

struct hashcache__unfolder {
  struct hashcache__blocks *blocks;
  const struct hashcache__contract *contract;
  struct hashcache__scope scope;
  hashcache__visit_slot *visit;
  char *reason; /* HASHCACHE__REASON_SIZE bytes, written if something is refused */
  uint32_t group;
  uint32_t inherited;             /* the role that the parameter's annotation gives to all it leads to, or INHERIT */
  uint32_t stay;                  /* the pointers in OUT blocks are inputs */
  uint32_t vouched;               /* outputs belong to one call at a time */
  struct hashcache__ordinals met; /* the addresses of blocks that lead on, */
  size_t *last_at;                /* and for each 1 + the ordinal of the last of the blocks there */
  size_t last_capacity;
  int touching;       /* that one block ends where another begins is part of how they lie to each other */
  const char *holder; /* what the pointers at hand lie in, for messages: those of an array have no names */
  void *context;      /* the visitor's own */
};

/* Names --------------------------------------------------------------------------------------------------------------- */

/* Names of nested fields ("cell.origin", "level[2]") are composed once and kept for the life of the process: there are as many as
   the program's types have nested pointer fields. Readers take no lock. */
struct hashcache__name {
  struct hashcache__name *next;
  char text[];
};

static const char *
hashcache__kept_name (const char *text)
{
  static struct hashcache__name *names[64];
  unsigned hash = 5381;
  for (const char *c = text; *c; c++)
    hash = hash * 33U + (unsigned char) *c;
  struct hashcache__name **bucket = &names[hash % 64];
  struct hashcache__name *first = __atomic_load_n (bucket, __ATOMIC_ACQUIRE);
  for (struct hashcache__name *name = first; name; name = name->next)
    if (strcmp (name->text, text) == 0)
      return name->text;
  size_t size = strlen (text) + 1;
  struct hashcache__name *name = malloc (sizeof *name + size);
  if (!name)
    return NULL;
  memcpy (name->text, text, size);
  name->next = first;
  while (!__atomic_compare_exchange_n (bucket, &name->next, name, 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
    ; /* a name kept twice by two racing threads does no harm */
  return name->text;
}

/* What is behind a pointer of a pointer has no name in the source. */
static int
hashcache__refuse (struct hashcache__unfolder *unfolder, const char *name, const char *why)
{
  if (name && *name)
    snprintf (unfolder->reason, HASHCACHE__REASON_SIZE, "`%s` %s", name, why);
  else
    snprintf (unfolder->reason, HASHCACHE__REASON_SIZE, "a pointer behind a pointer %s", why);
  return -1;
}

static const char *
hashcache__field_name (struct hashcache__unfolder *unfolder, const char *outer, const char *inner)
{
  char text[HASHCACHE__MAX_NAME];
  if (!outer || !*outer)
    return inner;
  if (!inner || !*inner)
    return outer;
  int length = snprintf (text, sizeof text, "%s.%s", outer, inner);
  const char *name = length > 0 && (size_t) length < sizeof text ? hashcache__kept_name (text) : NULL;
  if (!name)
    hashcache__refuse (unfolder, inner, "is nested too deeply to be named, or memory is short");
  return name;
}

static const char *
hashcache__element_name (struct hashcache__unfolder *unfolder, const char *array, uint64_t ordinal)
{
  char text[HASHCACHE__MAX_NAME];
  int length = snprintf (text, sizeof text, "%s[%llu]", array, (unsigned long long) ordinal);
  const char *name = length > 0 && (size_t) length < sizeof text ? hashcache__kept_name (text) : NULL;
  if (!name)
    hashcache__refuse (unfolder, array, "is nested too deeply to be named, or memory is short");
  return name;
}

/* Blocks -------------------------------------------------------------------------------------------------------------- */

static struct hashcache__block *
hashcache__add_block (struct hashcache__unfolder *unfolder, const char *name)
{
  struct hashcache__blocks *blocks = unfolder->blocks;
  if (blocks->n == blocks->capacity) {
    size_t capacity = blocks->capacity ? 2 * blocks->capacity : 16;
    struct hashcache__block *items = NULL;
    if (blocks->n < HASHCACHE__MAX_BLOCKS)
      items = realloc (blocks->items, capacity * sizeof *items);
    if (!items) {
      hashcache__refuse (unfolder, name, "leads to more pieces of memory than can be followed");
      return NULL;
    }
    blocks->items = items;
    blocks->capacity = capacity;
  }
  struct hashcache__block *block = &blocks->items[blocks->n++];
  *block = (struct hashcache__block){ .name = name, .group = unfolder->group, .count = 1, .parent = -1 };
  return block;
}

static int
hashcache__fits (struct hashcache__unfolder *unfolder, const struct hashcache__block *block)
{
  uint64_t bytes;
  if (__builtin_mul_overflow (block->count, block->type->size, &bytes) || bytes > (uint64_t) PTRDIFF_MAX
      || hashcache__block_size (block) == UINT64_MAX)
    return hashcache__refuse (unfolder, block->name, "has more bytes than memory can have");
  return 0;
}

/* Counts the elements that BLOCK, whose address is not NULL, has by its extent. */
static int
hashcache__measure (struct hashcache__unfolder *unfolder, struct hashcache__block *block)
{
  const struct hashcache__extent *extent = block->extent;
  block->count = 1;
  if (extent->kind == HASHCACHE__SINGLE)
    return hashcache__fits (unfolder, block);
  if (extent->kind == HASHCACHE__STRING) {
    if (block->type->size != 1)
      return hashcache__refuse (unfolder, block->name, "is a string of wide characters: give its length by HASHCACHE_COUNT");
    block->count = block->dims[0] = strlen (block->address) + 1;
    return 0;
  }
  unfolder->scope.base = block->base;
  for (uint32_t i = 0; i < block->n_dims; i++) {
    int64_t dim = 0;
    int fault = hashcache__evaluate (&extent->dims[i], &unfolder->scope, &dim);
    if (fault || dim < 0) {
      snprintf (unfolder->reason, HASHCACHE__REASON_SIZE, "`%s` has the count `%s`, which %s",
                block->name[0] != '\0' || !unfolder->holder ? block->name : unfolder->holder, extent->dims[i].text,
                fault ? hashcache__fault_text (fault) : "is negative");
      return -1;
    }
    block->dims[i] = (uint64_t) dim;
    if (__builtin_mul_overflow (block->count, block->dims[i], &block->count))
      return hashcache__refuse (unfolder, block->name, "has more elements than can be counted");
  }
  return hashcache__fits (unfolder, block);
}

static int
hashcache__is_pointer (const struct hashcache__type *type)
{
  return type->kind == HASHCACHE__POINTER || type->kind == HASHCACHE__FUNCTION;
}

static int
hashcache__leads_on (const struct hashcache__type *type)
{
  return hashcache__is_pointer (type) || type->kind == HASHCACHE__FLEXIBLE || (type->flags & HASHCACHE__POINTERS);
}

/* Whether EXTENT may come out differently after the call: it looks at memory, not at arguments alone. */
static int
hashcache__varies (const struct hashcache__extent *extent)
{
  if (!extent || extent->kind != HASHCACHE__COUNTED)
    return extent && extent->kind == HASHCACHE__STRING;
  for (uint32_t i = 0; i < extent->n_dims; i++)
    for (uint64_t k = 0; k < extent->dims[i].n_steps; k++)
      switch (extent->dims[i].steps[k].op) {
      case HASHCACHE__BASE:
      case HASHCACHE__ADDRESS:
      case HASHCACHE__LOAD_POINTER:
      case HASHCACHE__STRLEN:
      case HASHCACHE__RESULT: return 1;
      default: break;
      }
  return 0;
}

/* Whether STEP looks at what only the call knows: its result, or what it leaves behind a parameter. */
static int
hashcache__looks_ahead (const struct hashcache__unfolder *unfolder, const struct hashcache__step *step)
{
  const struct hashcache__contract *contract = unfolder->contract;
  const struct hashcache__parameter *parameter;

  if (step->op != HASHCACHE__ARGUMENT || (uint64_t) step->value >= contract->n_parameters)
    return step->op == HASHCACHE__RESULT;
  parameter = &contract->parameters[step->value];
  return parameter->type && parameter->type->kind == HASHCACHE__POINTER
         && (parameter->role == HASHCACHE__OUT || parameter->role == HASHCACHE__WRITTEN_ONLY);
}

/* Whether a pointer of ROLE with EXTENT leads to memory whose extent is known only after the call. */
static int
hashcache__is_late (const struct hashcache__unfolder *unfolder, const struct hashcache__extent *extent, uint32_t role)
{
  if (extent->kind == HASHCACHE__STRING)
    return role == HASHCACHE__OUT;
  for (uint32_t i = 0; extent->kind == HASHCACHE__COUNTED && i < extent->n_dims; i++)
    for (uint64_t k = 0; k < extent->dims[i].n_steps; k++)
      if (hashcache__looks_ahead (unfolder, &extent->dims[i].steps[k]))
        return 1;
  return 0;
}

/* The slots of an object ---------------------------------------------------------------------------------------------- */

static int hashcache__each_slot (struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                                 const struct hashcache__place *place);

static int
hashcache__each_field (struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                       const struct hashcache__place *outer)
{
  for (uint64_t i = 0; i < type->count; i++) {
    const struct hashcache__field *field = &type->fields[i];
    if (field->role == HASHCACHE__IGNORE || !hashcache__leads_on (field->type))
      continue;
    struct hashcache__place place = *outer;
    place.address = outer->address + field->offset;
    place.base = outer->address;
    place.extent = field->extent;
    place.role = field->role;
    place.name = hashcache__field_name (unfolder, outer->name, field->name);
    if (!place.name || hashcache__each_slot (unfolder, field->type, &place))
      return -1;
  }
  return 0;
}

/* Visits the pointers in one object of TYPE at PLACE. Looks at no memory itself. */
static int
hashcache__each_slot (struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                      const struct hashcache__place *place)
{
  if (hashcache__is_pointer (type) || type->kind == HASHCACHE__FLEXIBLE)
    return unfolder->visit (unfolder, type, place);
  if (type->kind == HASHCACHE__STRUCT)
    return hashcache__each_field (unfolder, type, place);
  if (type->kind != HASHCACHE__ARRAY || !hashcache__leads_on (type->element))
    return 0;
  for (uint64_t i = 0; i < type->count; i++) {
    struct hashcache__place element = *place;
    element.address = place->address + i * type->element->size;
    element.name = hashcache__element_name (unfolder, place->name, i);
    if (!element.name || hashcache__each_slot (unfolder, type->element, &element))
      return -1;
  }
  return 0;
}

/* What a person calls the block ORDINAL: an element of an array of pointers by the name of the array. */
static const char *
hashcache__spoken_name (const struct hashcache__blocks *blocks, size_t ordinal)
{
  while (blocks->items[ordinal].name[0] == '\0' && blocks->items[ordinal].parent >= 0)
    ordinal = (size_t) blocks->items[ordinal].parent;
  return blocks->items[ordinal].name;
}

/* Visits the pointers in the elements of the block with ordinal HOLDER. */
static int
hashcache__each_slot_of_block (struct hashcache__unfolder *unfolder, size_t holder)
{
  const struct hashcache__block block = unfolder->blocks->items[holder]; /* a copy: the list may move */
  unfolder->holder = hashcache__spoken_name (unfolder->blocks, holder);
  for (uint64_t i = 0; i < block.count; i++) {
    struct hashcache__place place = { .address = (const char *) block.address + i * block.type->size,
                                      .name = "",
                                      .base = block.base,
                                      .extent = block.inner,
                                      .parent = (int32_t) holder,
                                      .parent_element = i };
    if (hashcache__each_slot (unfolder, block.type, &place))
      return -1;
  }
  return 0;
}

/* Blocks met before ----------------------------------------------------------------------------------------------------- */

static int
hashcache__no_memory (struct hashcache__unfolder *unfolder, const char *name)
{
  return hashcache__refuse (unfolder, name, "finds no memory to be looked up");
}

/* Notes the block ORDINAL, which leads on, by its address. If an earlier block is the same elements of the same type it becomes a view
   of that one. */
static int
hashcache__meet_block (struct hashcache__unfolder *unfolder, size_t ordinal)
{
  struct hashcache__block *items = unfolder->blocks->items, *block = &items[ordinal];
  size_t place;
  const int first = hashcache__meet (&unfolder->met, block->address, &place);

  if (first < 0)
    return hashcache__no_memory (unfolder, block->name);
  if (place == unfolder->last_capacity) {
    const size_t capacity = 2 * place + 16;
    size_t *last = realloc (unfolder->last_at, capacity * sizeof *last);

    if (!last)
      return hashcache__no_memory (unfolder, block->name);
    unfolder->last_at = last;
    unfolder->last_capacity = capacity;
  }
  block->twin = first ? 0 : unfolder->last_at[place];
  for (size_t other = block->twin; other > 0 && !block->of; other = items[other - 1].twin)
    if (items[other - 1].type == block->type && items[other - 1].count == block->count)
      block->of = other;
  if (!block->of)
    unfolder->last_at[place] = ordinal + 1;
  return 0;
}

static void
hashcache__forget_met (struct hashcache__unfolder *unfolder)
{
  free (unfolder->met.slots);
  free (unfolder->last_at);
}

/* Following ------------------------------------------------------------------------------------------------------------- */

static uint32_t
hashcache__role_behind (const struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                        const struct hashcache__place *place)
{
  if (place->role != HASHCACHE__INHERIT)
    return place->role;
  if (unfolder->inherited != HASHCACHE__INHERIT)
    return unfolder->inherited;
  return type->flags & HASHCACHE__POINTEE_CONST || (place->extent && place->extent->kind == HASHCACHE__STRING) ? HASHCACHE__IN
                                                                                                               : HASHCACHE__INOUT;
}

/* Fills in BLOCK, just added, what the pointer of TYPE at PLACE says of it, but for address and count. */
static void
hashcache__describe (struct hashcache__block *block, const struct hashcache__type *type, const struct hashcache__place *place)
{
  const struct hashcache__extent *extent = place->extent;

  block->type = type->element;
  block->parent = place->parent;
  block->parent_element = place->parent_element;
  block->extent = extent;
  block->inner = extent->inner;
  block->base = place->base;
  block->n_dims = extent->kind == HASHCACHE__STRING ? 1 : extent->n_dims;
}

/* Where the pointer of TYPE at PLACE leads; a FLEXIBLE member lies at the place itself. */
static void
hashcache__find_target (struct hashcache__block *block, const struct hashcache__type *type, const struct hashcache__place *place)
{
  if (type->kind == HASHCACHE__FLEXIBLE)
    block->address = (void *) (uintptr_t) place->address;
  else {
    block->slot = place->address;
    memcpy (&block->address, place->address, sizeof block->address);
  }
}

/* Measures BLOCK, which has its address and role, before the call. */
static int
hashcache__measure_before (struct hashcache__unfolder *unfolder, struct hashcache__block *block)
{
  block->late = (uint32_t) hashcache__is_late (unfolder, block->extent, block->role);
  if (!block->late)
    return hashcache__measure (unfolder, block);
  block->count = 0;
  if (block->role == HASHCACHE__OUT)
    return 0;
  return hashcache__refuse (unfolder, block->name,
                            "has a count that is known only after the call: write HASHCACHE_OUT if the call fills it");
}

/* Adds the block that the pointer of TYPE, or the FLEXIBLE member, at PLACE leads to. */
static int
hashcache__follow_pointer (struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                           const struct hashcache__place *place)
{
  if (!place->extent || !type->element || type->element->size == 0 || place->extent->n_dims > HASHCACHE__MAX_DIMS)
    return hashcache__refuse (unfolder, place->name, "leads to memory of unknown extent: say how much by HASHCACHE_COUNT");
  struct hashcache__block *block = hashcache__add_block (unfolder, place->name);
  if (!block)
    return -1;
  size_t ordinal = unfolder->blocks->n - 1;
  hashcache__describe (block, type, place);
  block->role = hashcache__role_behind (unfolder, type, place);
  block->vouched = unfolder->vouched || (place->parent >= 0 && place->role == HASHCACHE__INOUT);
  block->follows =
      block->role == HASHCACHE__IN || block->role == HASHCACHE__INOUT || (block->role == HASHCACHE__OUT && unfolder->stay);
  hashcache__find_target (block, type, place);
  if (!block->address) {
    block->count = 0;
    return 0;
  }
  if (hashcache__measure_before (unfolder, block))
    return -1;
  return block->follows && block->count > 0 && hashcache__leads_on (block->type) ? hashcache__meet_block (unfolder, ordinal) : 0;
}

static const struct hashcache__type hashcache__a_function = { .kind = HASHCACHE__FUNCTION, .name = "function" };

/* 1 + the ordinal of FUNCTION among those met; 0 without memory. */
static uint64_t
hashcache__meet_function (struct hashcache__blocks *blocks, const void *function)
{
  size_t i = 0;

  while (i < blocks->n_functions && blocks->functions[i] != function)
    i++;
  if (i == blocks->functions_capacity) {
    const size_t capacity = 2 * i + 8;
    const void **functions = realloc (blocks->functions, capacity * sizeof *functions);

    if (!functions)
      return 0;
    blocks->functions = functions;
    blocks->functions_capacity = capacity;
  }
  if (i == blocks->n_functions)
    blocks->functions[blocks->n_functions++] = function;
  return i + 1;
}

/* Adds a block for the function that the pointer at PLACE leads to. It has no content: what the function does is in the key by the
   call graph below it. */
static int
hashcache__follow_function (struct hashcache__unfolder *unfolder, const struct hashcache__place *place)
{
  struct hashcache__block *block = hashcache__add_block (unfolder, place->name);

  if (!block)
    return -1;
  block->type = &hashcache__a_function;
  block->parent = place->parent;
  block->parent_element = place->parent_element;
  block->role = HASHCACHE__IN;
  block->count = 0;
  block->slot = place->address;
  memcpy (&block->address, place->address, sizeof block->address);
  if (!block->address)
    return 0;
  block->function = hashcache__meet_function (unfolder->blocks, block->address);
  return block->function ? 0 : hashcache__no_memory (unfolder, place->name);
}

/* The visitor of slots before the call. */
static int
hashcache__follow (struct hashcache__unfolder *unfolder, const struct hashcache__type *type, const struct hashcache__place *place)
{
  return type->kind == HASHCACHE__FUNCTION ? hashcache__follow_function (unfolder, place)
                                           : hashcache__follow_pointer (unfolder, type, place);
}

/* Follows the blocks from FIRST on, and those that this adds, level by level. */
static int
hashcache__follow_blocks (struct hashcache__unfolder *unfolder, size_t first)
{
  for (size_t i = first; i < unfolder->blocks->n; i++) {
    const struct hashcache__block *block = &unfolder->blocks->items[i];

    if (block->address && block->follows && !block->of && hashcache__leads_on (block->type)
        && hashcache__each_slot_of_block (unfolder, i))
      return -1;
  }
  return 0;
}

/* Adds the object of TYPE at ADDRESS itself and what its pointers, of EXTENT if it is one itself, lead to. */
static int
hashcache__unfold_object (struct hashcache__unfolder *unfolder, const struct hashcache__type *type, void *address,
                          const char *name, uint32_t role, const struct hashcache__extent *extent)
{
  size_t ordinal = unfolder->blocks->n;
  struct hashcache__block *block = hashcache__add_block (unfolder, name);
  if (!block)
    return -1;
  block->type = type;
  block->address = address;
  block->role = role;
  block->vouched = unfolder->vouched;
  block->inner = extent;
  block->follows = role == HASHCACHE__IN || role == HASHCACHE__INOUT;
  if (block->follows && hashcache__leads_on (type) && hashcache__meet_block (unfolder, ordinal))
    return -1;
  return hashcache__follow_blocks (unfolder, ordinal);
}

static int
hashcache__unfold_pointer (struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                           const struct hashcache__place *place)
{
  const size_t ordinal = unfolder->blocks->n;

  return hashcache__follow (unfolder, type, place) || hashcache__follow_blocks (unfolder, ordinal) ? -1 : 0;
}

static int
hashcache__unfold_parameter (struct hashcache__unfolder *unfolder, const struct hashcache__parameter *parameter, void *argument)
{
  if (parameter->role == HASHCACHE__IGNORE)
    return 0;
  unfolder->inherited = parameter->flags & HASHCACHE__ANNOTATED ? parameter->role : (uint32_t) HASHCACHE__INHERIT;
  unfolder->stay = (parameter->flags & HASHCACHE__POINTERS_STAY) != 0;
  unfolder->vouched = (parameter->flags & HASHCACHE__DECLARED) != 0;
  if (!hashcache__is_pointer (parameter->type))
    return hashcache__unfold_object (unfolder, parameter->type, argument, parameter->name, HASHCACHE__IN, parameter->extent);
  struct hashcache__place place = {
    .address = argument, .name = parameter->name, .extent = parameter->extent, .role = parameter->role, .parent = -1
  };
  return hashcache__unfold_pointer (unfolder, parameter->type, &place);
}

/* A pointer that the call may set is an object like others; the value of any other is looked at once. */
static int
hashcache__unfold_variable (struct hashcache__unfolder *unfolder, const struct hashcache__global *global)
{
  const struct hashcache__variable *variable = global->variable;
  void *address = variable->locate ? variable->locate () : variable->address;
  unfolder->vouched = variable->locate != NULL;
  if (!hashcache__is_pointer (variable->type) || (global->flags & HASHCACHE__WRITTEN))
    return hashcache__unfold_object (unfolder, variable->type, address, variable->name, global->role, variable->extent);
  struct hashcache__place place = { .address = address, .name = variable->name, .extent = variable->extent, .parent = -1 };
  return hashcache__unfold_pointer (unfolder, variable->type, &place);
}

/* Overlap ------------------------------------------------------------------------------------------------------------- */

struct hashcache__range {
  uintptr_t start, end;
  size_t ordinal; /* of the block */
};

/* By beginning; of those that begin alike the longest first, then the one met first. */
static int
hashcache__compare_ranges (const void *a, const void *b)
{
  const struct hashcache__range *left = a, *right = b;
  if (left->start != right->start)
    return left->start < right->start ? -1 : 1;
  if (left->end != right->end)
    return left->end > right->end ? -1 : 1;
  return left->ordinal < right->ordinal ? -1 : 1;
}

/* Fewer than that many ranges are sorted on the stack by insertion: an ordinary call then allocates nothing. */
enum { HASHCACHE__FEW_RANGES = 32 };

static void
hashcache__sort_ranges (struct hashcache__range *ranges, size_t n)
{
  if (n > HASHCACHE__FEW_RANGES) {
    qsort (ranges, n, sizeof *ranges, hashcache__compare_ranges);
    return;
  }
  for (size_t i = 1; i < n; i++) {
    struct hashcache__range moving = ranges[i];
    size_t j = i;
    for (; j > 0 && hashcache__compare_ranges (&ranges[j - 1], &moving) > 0; j--)
      ranges[j] = ranges[j - 1];
    ranges[j] = moving;
  }
}

/* How many of the N RANGES, which are sorted, begin before ADDRESS. */
static size_t
hashcache__ranges_before (const struct hashcache__range *ranges, size_t n, uintptr_t address)
{
  size_t low = 0, high = n;

  while (low < high) {
    const size_t middle = low + (high - low) / 2;

    if (ranges[middle].start < address)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Bytes of memory that BLOCK is. A flexible array member, a block of its own, may begin within the bytes of its struct. */
static uint64_t
hashcache__span (const struct hashcache__block *block)
{
  const struct hashcache__type *t = block->type;
  const struct hashcache__field *last = t->kind == HASHCACHE__STRUCT && t->count > 0 ? &t->fields[t->count - 1] : NULL;

  return last && last->type->kind == HASHCACHE__FLEXIBLE && block->count == 1 ? last->offset : block->count * t->size;
}

static size_t
hashcache__collect_ranges (const struct hashcache__blocks *blocks, struct hashcache__range *ranges)
{
  size_t n = 0;
  for (size_t i = 0; i < blocks->n; i++) {
    const struct hashcache__block *block = &blocks->items[i];
    uintptr_t start = (uintptr_t) block->address;
    uint64_t size = hashcache__span (block);
    if (size && !block->of)
      ranges[n++] = (struct hashcache__range){ start, start + size, i };
  }
  return n;
}

/* The role of memory that is reached in two roles: read through one pointer and written through another it is both. */
static uint32_t
hashcache__common_role (uint32_t a, uint32_t b)
{
  return a == b ? a : (uint32_t) HASHCACHE__INOUT;
}

/* OWNER is reached in the role of VIEW as well. */
static int
hashcache__share_role (struct hashcache__unfolder *unfolder, struct hashcache__block *owner, const struct hashcache__block *view)
{
  owner->role = hashcache__common_role (owner->role, view->role);
  owner->vouched |= view->vouched;
  if (owner->role != HASHCACHE__INOUT || owner->follows || !hashcache__leads_on (owner->type))
    return 0;
  return hashcache__refuse (unfolder, owner->name,
                            "is reached through two pointers, of which one says HASHCACHE_OUT and holds pointers");
}

/* Whether all that INNER holds, at so many bytes behind the beginning of OUTER, is content of OUTER as well. */
static int
hashcache__holds (const struct hashcache__block *outer, const struct hashcache__block *inner, uint64_t at)
{
  if (outer->type == inner->type && outer->follows == inner->follows)
    return at % outer->type->size == 0;
  return (outer->type->flags & HASHCACHE__DENSE) && (inner->type->flags & HASHCACHE__DENSE);
}

static int
hashcache__refuse_overlap (struct hashcache__unfolder *unfolder, const struct hashcache__block *a,
                           const struct hashcache__block *b)
{
  snprintf (unfolder->reason, HASHCACHE__REASON_SIZE,
            "`%s` and `%s` overlap in memory in part, and at least one of them is an output",
            hashcache__spoken_name (unfolder->blocks, (size_t) (a - unfolder->blocks->items)),
            hashcache__spoken_name (unfolder->blocks, (size_t) (b - unfolder->blocks->items)));
  return -1;
}

/* Whether a body can know the address of BLOCK: not of an argument by value, of which it has a copy, nor of its result. */
static int
hashcache__has_address (const struct hashcache__block *block)
{
  return block->slot || block->parent >= 0 || block->group == HASHCACHE__GROUP_GLOBAL;
}

/* Notes that BLOCK, at RANGE, begins where that of BEFORE ends. Only pointers show that: how variables lie to each other is the
   linker's choice. */
static void
hashcache__note_touch (const struct hashcache__unfolder *unfolder, struct hashcache__block *block,
                       const struct hashcache__range *range, const struct hashcache__range *before)
{
  const struct hashcache__block *other = before ? &unfolder->blocks->items[before->ordinal] : NULL;

  if (!unfolder->touching || !other || range->start != before->end || !(block->slot || other->slot)
      || !hashcache__has_address (block))
    return;
  block->shares = before->ordinal + 1;
  block->shares_at = range->start - before->start;
}

/* The N sorted RANGES belong to blocks that own their memory. Those that lie in another become views; inputs may overlap as they
   like, which the key then shows; else a restored output would overwrite what another block has just been given. */
static int
hashcache__find_overlaps (struct hashcache__unfolder *unfolder, const struct hashcache__range *ranges, size_t n)
{
  struct hashcache__block *items = unfolder->blocks->items;
  const struct hashcache__range *furthest = NULL, *visible = NULL; /* of those that a body can know the furthest */
  int overlapping = 0;

  for (size_t i = 0; i < n; i++) {
    const struct hashcache__range *range = &ranges[i];
    struct hashcache__block *block = &items[range->ordinal], *outer = furthest ? &items[furthest->ordinal] : NULL;
    const struct hashcache__range *before = visible;

    if (hashcache__has_address (block) && (!visible || range->end >= visible->end))
      visible = range;
    if (furthest && range->start < furthest->end) {
      const uint64_t at = range->start - furthest->start;

      if (range->end <= furthest->end && hashcache__holds (outer, block, at)) {
        block->of = furthest->ordinal + 1;
        block->at = at;
        if (hashcache__share_role (unfolder, outer, block))
          return -1;
        continue;
      }
      overlapping = 1;
      block->shares = furthest->ordinal + 1;
      block->shares_at = at;
    } else
      hashcache__note_touch (unfolder, block, range, before);
    if (!furthest || range->end > furthest->end)
      furthest = range;
  }
  return overlapping;
}

/* Now that all roles are known: no two blocks that own their memory overlap, unless both are inputs. */
static int
hashcache__check_ranges (struct hashcache__unfolder *unfolder, const struct hashcache__range *ranges, size_t n)
{
  const struct hashcache__block *items = unfolder->blocks->items;
  const struct hashcache__range *furthest = NULL, *furthest_written = NULL;

  for (size_t i = 0; i < n; i++) {
    const struct hashcache__range *range = &ranges[i];
    const int writes = items[range->ordinal].role != HASHCACHE__IN;
    const struct hashcache__range *other = writes ? furthest : furthest_written;

    if (items[range->ordinal].of)
      continue;
    if (other && range->start < other->end)
      return hashcache__refuse_overlap (unfolder, &items[other->ordinal], &items[range->ordinal]);
    if (!furthest || range->end > furthest->end)
      furthest = range;
    if (writes && (!furthest_written || range->end > furthest_written->end))
      furthest_written = range;
  }
  return 0;
}

static int
hashcache__is_point (const struct hashcache__block *block)
{
  return block->count == 0 && block->address && !block->of && block->type->kind != HASHCACHE__FUNCTION;
}

/* A pointer to no elements, or to so many as only the call knows: which blocks it points into, or to the end of, and which other
   such pointers lead to the same place, a body can see. */
static void
hashcache__relate_point (const struct hashcache__blocks *blocks, struct hashcache__block *point,
                         const struct hashcache__range *ranges, size_t n)
{
  const uintptr_t address = (uintptr_t) point->address;
  struct hashcache__hasher hasher;
  struct hashcache__digest digest;
  uint64_t met = 0;

  hashcache__hash_start (&hasher);
  for (size_t i = 0; i < n; i++)
    if (ranges[i].start <= address && address <= ranges[i].end) {
      hashcache__hash_u64 (&hasher, ranges[i].ordinal);
      hashcache__hash_u64 (&hasher, address - ranges[i].start);
      met++;
    }
  for (const struct hashcache__block *other = blocks->items; other < point; other++)
    if (other->address == point->address && hashcache__is_point (other)) {
      hashcache__hash_u64 (&hasher, (uint64_t) (other - blocks->items));
      met++;
    }
  digest = hashcache__hash_finish (&hasher);
  point->shares = met;
  memcpy (&point->shares_at, digest.bytes, sizeof point->shares_at);
}

/* Finds out how BLOCKS lie to each other in memory. RANGES has room for all of them. */
static int
hashcache__relate (struct hashcache__unfolder *unfolder, struct hashcache__range *ranges)
{
  struct hashcache__blocks *blocks = unfolder->blocks;
  const size_t n = hashcache__collect_ranges (blocks, ranges);
  int overlapping;

  for (size_t i = 0; i < blocks->n; i++)
    if (blocks->items[i].of && hashcache__share_role (unfolder, &blocks->items[blocks->items[i].of - 1], &blocks->items[i]))
      return -1;
  hashcache__sort_ranges (ranges, n);
  overlapping = hashcache__find_overlaps (unfolder, ranges, n);
  if (overlapping < 0 || (overlapping && hashcache__check_ranges (unfolder, ranges, n)))
    return -1;
  for (size_t i = 0; i < blocks->n; i++) {
    struct hashcache__block *block = &blocks->items[i];

    while (block->of && blocks->items[block->of - 1].of) { /* of a view that became one of another */
      block->at += blocks->items[block->of - 1].at;
      block->of = blocks->items[block->of - 1].of;
    }
    if (block->of)
      block->role = blocks->items[block->of - 1].role;
    else if (hashcache__is_point (block))
      hashcache__relate_point (blocks, block, ranges, n);
  }
  return 0;
}

static int
hashcache__check_overlap (struct hashcache__unfolder *unfolder)
{
  struct hashcache__range few[HASHCACHE__FEW_RANGES], *ranges = few;
  const struct hashcache__blocks *blocks = unfolder->blocks;
  if (blocks->n > HASHCACHE__FEW_RANGES && !(ranges = malloc (blocks->n * sizeof *ranges)))
    return hashcache__no_memory (unfolder, "call");
  int refused = hashcache__relate (unfolder, ranges);
  if (ranges != few)
    free (ranges);
  return refused;
}

/* The whole call ------------------------------------------------------------------------------------------------------ */

/* What is unfolded: the call of CONTRACT with ARGUMENTS, result at RESULT, over GLOBALS. */
struct hashcache__occasion {
  const struct hashcache__contract *contract;
  void *const *arguments;
  void *result;
  const struct hashcache__global *globals;
  size_t n_globals;
  int compares; /* the body compares addresses with each other */
};

static int
hashcache__unfold_all (struct hashcache__unfolder *unfolder, const struct hashcache__occasion *occasion, size_t *firsts)
{
  const struct hashcache__contract *contract = occasion->contract;
  size_t part = 0;
  unfolder->group = HASHCACHE__GROUP_INPUT;
  for (uint32_t i = 0; i < contract->n_parameters; i++) {
    firsts[part++] = unfolder->blocks->n;
    if (hashcache__unfold_parameter (unfolder, &contract->parameters[i], occasion->arguments[i]))
      return -1;
  }
  unfolder->group = HASHCACHE__GROUP_GLOBAL;
  unfolder->inherited = HASHCACHE__INHERIT;
  unfolder->stay = 0;
  for (size_t i = 0; i < occasion->n_globals; i++) {
    firsts[part++] = unfolder->blocks->n;
    if (hashcache__unfold_variable (unfolder, &occasion->globals[i]))
      return -1;
  }
  firsts[part] = unfolder->blocks->n;
  unfolder->group = HASHCACHE__GROUP_RETURN;
  if (!contract->returns)
    return 0;
  if (contract->returns->kind == HASHCACHE__POINTER && !contract->returned)
    return hashcache__refuse (unfolder, contract->function,
                              "returns a pointer to memory of unknown extent: say how much by HASHCACHE_RETURNS");
  return hashcache__unfold_object (unfolder, contract->returns, occasion->result, "return", HASHCACHE__OUT, contract->returned);
}

/* Whether the call leaves pointers behind. */
static int
hashcache__sets_pointers (const struct hashcache__blocks *blocks)
{
  size_t i = 0;

  while (i < blocks->n && !(hashcache__is_output (&blocks->items[i]) && hashcache__leads_on (blocks->items[i].type)))
    i++;
  return i < blocks->n;
}

static void
hashcache__free_blocks (struct hashcache__blocks *blocks)
{
  for (size_t i = 0; i < blocks->n; i++)
    free (blocks->items[i].written);
  free (blocks->items);
  free (blocks->functions);
}

/* Unfolds OCCASION into BLOCKS (which keeps its memory for the next time). FIRSTS, of n_parameters + n_globals + 1 items, takes
   the ordinal of the first block of each parameter and variable, and the end of them all. Returns 0, or -1 with a REASON of
   HASHCACHE__REASON_SIZE bytes why this call cannot be cached. */
static int
hashcache__unfold (const struct hashcache__occasion *occasion, struct hashcache__blocks *blocks, size_t *firsts, char *reason)
{
  struct hashcache__unfolder unfolder = { .blocks = blocks,
                                          .contract = occasion->contract,
                                          .scope = { .arguments = occasion->arguments },
                                          .visit = hashcache__follow,
                                          .reason = reason };
  int refused;

  blocks->n = 0;
  blocks->n_functions = 0;
  refused = hashcache__unfold_all (&unfolder, occasion, firsts);
  unfolder.touching = occasion->compares || hashcache__sets_pointers (blocks);
  refused = refused || hashcache__check_overlap (&unfolder);
  hashcache__forget_met (&unfolder);
  return refused ? -1 : 0;
}

#endif
