/* unfold.h: unfolds the arguments of a call, the variables it reaches and its result into a flat list of blocks.
   SPDX-License-Identifier: BSD-2-Clause

   The order of the blocks is that of the contract: parameters, variables (as the call graph met them), the result; each
   directly followed by what its pointers lead to. Two calls with equal counts and equal null pointers give lists of the same
   shape. Whatever cannot be unfolded safely is refused with a reason in words: counts that overflow or are negative, pointers
   to pointers, circles, and memory that is written through one block and reached through another as well. */
#ifndef HASHCACHE_UNFOLD_H
#define HASHCACHE_UNFOLD_H

#include "block.h"
#include "expression.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HASHCACHE__REASON_SIZE = 640, HASHCACHE__MAX_LINKS = 256, HASHCACHE__MAX_BLOCKS = 1 << 20, HASHCACHE__MAX_NAME = 256 };

/* A global or static variable that the call graph reaches, with its role in each call: IN or INOUT. */
struct hashcache__global {
  const struct hashcache__variable *variable;
  uint32_t role;
  uint32_t flags; /* READ, WRITTEN: of all references to it together */
};

struct hashcache__unfolder {
  struct hashcache__blocks *blocks;
  void *const *arguments;
  char *reason; /* HASHCACHE__REASON_SIZE bytes, written if something is refused */
  uint32_t group;
  uint32_t inherited; /* the role that the parameter's annotation gives to all it leads to, or INHERIT */
  uint32_t links;     /* pointers followed on the way here */
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

static int
hashcache__refuse (struct hashcache__unfolder *unfolder, const char *name, const char *why)
{
  snprintf (unfolder->reason, HASHCACHE__REASON_SIZE, "`%s` %s", name ? name : "?", why);
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
  block->name = name;
  block->group = unfolder->group;
  block->n_dims = 0;
  block->count = 1;
  block->parent = -1;
  block->parent_element = 0;
  block->shares = 0;
  block->shares_at = 0;
  block->function = 0;
  return block;
}

static int
hashcache__fits (struct hashcache__unfolder *unfolder, const struct hashcache__block *block)
{
  uint64_t bytes;
  if (__builtin_mul_overflow (block->count, block->type->size, &bytes) || bytes > (uint64_t) PTRDIFF_MAX)
    return hashcache__refuse (unfolder, block->name, "has more bytes than memory can have");
  return 0;
}

/* Counts the elements of EXTENT into BLOCK, whose address is not NULL. */
static int
hashcache__measure (struct hashcache__unfolder *unfolder, const struct hashcache__extent *extent, const void *base,
                    struct hashcache__block *block)
{
  if (extent->kind == HASHCACHE__SINGLE)
    return hashcache__fits (unfolder, block);
  if (extent->kind == HASHCACHE__STRING) {
    if (block->type->size != 1)
      return hashcache__refuse (unfolder, block->name, "is a string of wide characters: give its length by HASHCACHE_COUNT");
    block->count = block->dims[0] = strlen (block->address) + 1;
    return 0;
  }
  for (uint32_t i = 0; i < block->n_dims; i++) {
    int64_t dim = 0;
    const struct hashcache__scope scope = { .arguments = unfolder->arguments, .base = base };
    int fault = hashcache__evaluate (&extent->dims[i], &scope, &dim);
    if (fault || dim < 0) {
      snprintf (unfolder->reason, HASHCACHE__REASON_SIZE, "`%s` has the count `%s`, which %s", block->name, extent->dims[i].text,
                fault ? hashcache__fault_text (fault) : "is negative");
      return -1;
    }
    block->dims[i] = (uint64_t) dim;
    if (__builtin_mul_overflow (block->count, block->dims[i], &block->count))
      return hashcache__refuse (unfolder, block->name, "has more elements than can be counted");
  }
  return hashcache__fits (unfolder, block);
}

static uint32_t
hashcache__role_behind (const struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                        const struct hashcache__place *place)
{
  if (place->extent->kind == HASHCACHE__STRING)
    return HASHCACHE__IN;
  if (place->role != HASHCACHE__INHERIT)
    return place->role;
  if (unfolder->inherited != HASHCACHE__INHERIT)
    return unfolder->inherited;
  return type->flags & HASHCACHE__POINTEE_CONST ? HASHCACHE__IN : HASHCACHE__INOUT;
}

static int hashcache__follow (struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                              const struct hashcache__place *place);

static int
hashcache__is_pointer (const struct hashcache__type *type)
{
  return type->kind == HASHCACHE__POINTER || type->kind == HASHCACHE__FUNCTION;
}

static int
hashcache__leads_on (const struct hashcache__type *type)
{
  return hashcache__is_pointer (type) || (type->flags & HASHCACHE__POINTERS);
}

/* Follows the pointers in the elements of the block with ordinal PARENT, each at its own place. */
static int
hashcache__follow_elements (struct hashcache__unfolder *unfolder, size_t parent)
{
  const struct hashcache__block block = unfolder->blocks->items[parent]; /* a copy: the list may move */
  if (!block.address || !hashcache__leads_on (block.type))
    return 0;
  if (unfolder->links >= HASHCACHE__MAX_LINKS)
    return hashcache__refuse (unfolder, block.name, "is linked too deeply, or in a circle");
  unfolder->links++;
  for (uint64_t i = 0; i < block.count; i++) {
    struct hashcache__place place = {
      .address = (const char *) block.address + i * block.type->size, .name = "", .parent = (int32_t) parent, .parent_element = i
    };
    if (hashcache__follow (unfolder, block.type, &place))
      return -1;
  }
  unfolder->links--;
  return 0;
}

/* Adds the block behind the pointer at PLACE, and what that leads to. */
static int
hashcache__follow_pointer (struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                           const struct hashcache__place *place)
{
  if (!place->extent || !type->element || type->element->size == 0 || place->extent->n_dims > HASHCACHE__MAX_DIMS)
    return hashcache__refuse (unfolder, place->name, "leads to memory of unknown extent: say how much by HASHCACHE_COUNT");
  if (type->element->kind == HASHCACHE__POINTER)
    return hashcache__refuse (unfolder, place->name, "is a pointer to pointers, which cannot be cached yet");
  struct hashcache__block *block = hashcache__add_block (unfolder, place->name);
  if (!block)
    return -1;
  size_t ordinal = unfolder->blocks->n - 1;
  block->type = type->element;
  block->parent = place->parent;
  block->parent_element = place->parent_element;
  block->role = hashcache__role_behind (unfolder, type, place);
  block->n_dims = place->extent->kind == HASHCACHE__STRING ? 1 : place->extent->n_dims;
  for (uint32_t i = 0; i < block->n_dims; i++)
    block->dims[i] = 0;
  memcpy (&block->address, place->address, sizeof block->address);
  if (!block->address) {
    block->count = 0;
    return 0;
  }
  if (hashcache__measure (unfolder, place->extent, place->base, block))
    return -1;
  return hashcache__follow_elements (unfolder, ordinal);
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
  memcpy (&block->address, place->address, sizeof block->address);
  if (!block->address)
    return 0;
  block->function = hashcache__meet_function (unfolder->blocks, block->address);
  return block->function ? 0 : hashcache__refuse (unfolder, place->name, "finds no memory to be looked up");
}

static int
hashcache__follow_fields (struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
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
    if (!place.name || hashcache__follow (unfolder, field->type, &place))
      return -1;
  }
  return 0;
}

/* Follows the pointers in one object of TYPE at PLACE. */
static int
hashcache__follow (struct hashcache__unfolder *unfolder, const struct hashcache__type *type, const struct hashcache__place *place)
{
  if (type->kind == HASHCACHE__POINTER)
    return hashcache__follow_pointer (unfolder, type, place);
  if (type->kind == HASHCACHE__FUNCTION)
    return hashcache__follow_function (unfolder, place);
  if (type->kind == HASHCACHE__STRUCT)
    return hashcache__follow_fields (unfolder, type, place);
  if (type->kind != HASHCACHE__ARRAY || !hashcache__leads_on (type->element))
    return 0;
  for (uint64_t i = 0; i < type->count; i++) {
    struct hashcache__place element = *place;
    element.address = place->address + i * type->element->size;
    element.name = hashcache__element_name (unfolder, place->name, i);
    if (!element.name || hashcache__follow (unfolder, type->element, &element))
      return -1;
  }
  return 0;
}

/* Adds the object of TYPE at ADDRESS itself and what its pointers lead to. */
static int
hashcache__unfold_object (struct hashcache__unfolder *unfolder, const struct hashcache__type *type, void *address,
                          const char *name, uint32_t role)
{
  size_t ordinal = unfolder->blocks->n;
  struct hashcache__block *block = hashcache__add_block (unfolder, name);
  if (!block)
    return -1;
  block->type = type;
  block->address = address;
  block->role = role;
  return hashcache__follow_elements (unfolder, ordinal);
}

static int
hashcache__unfold_parameter (struct hashcache__unfolder *unfolder, const struct hashcache__parameter *parameter, void *argument)
{
  if (parameter->role == HASHCACHE__IGNORE)
    return 0;
  unfolder->inherited = parameter->flags & HASHCACHE__ANNOTATED ? parameter->role : (uint32_t) HASHCACHE__INHERIT;
  if (!hashcache__is_pointer (parameter->type))
    return hashcache__unfold_object (unfolder, parameter->type, argument, parameter->name, HASHCACHE__IN);
  struct hashcache__place place = {
    .address = argument, .name = parameter->name, .extent = parameter->extent, .role = parameter->role, .parent = -1
  };
  return hashcache__follow (unfolder, parameter->type, &place);
}

static int
hashcache__unfold_variable (struct hashcache__unfolder *unfolder, const struct hashcache__global *global)
{
  const struct hashcache__variable *variable = global->variable;
  void *address = variable->locate ? variable->locate () : variable->address;
  if (!hashcache__is_pointer (variable->type))
    return hashcache__unfold_object (unfolder, variable->type, address, variable->name, global->role);
  struct hashcache__place place = {
    .address = address, .name = variable->name, .extent = variable->extent, .role = global->role, .parent = -1
  };
  return hashcache__follow (unfolder, variable->type, &place);
}

/* Overlap ------------------------------------------------------------------------------------------------------------- */

struct hashcache__range {
  uintptr_t start, end;
  size_t ordinal; /* of the block */
  int writes;
  const char *name;
};

static int
hashcache__compare_ranges (const void *a, const void *b)
{
  const struct hashcache__range *left = a, *right = b;
  if (left->start != right->start)
    return left->start < right->start ? -1 : 1;
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
    for (; j > 0 && ranges[j - 1].start > moving.start; j--)
      ranges[j] = ranges[j - 1];
    ranges[j] = moving;
  }
}

static size_t
hashcache__collect_ranges (const struct hashcache__blocks *blocks, struct hashcache__range *ranges)
{
  size_t n = 0;
  for (size_t i = 0; i < blocks->n; i++) {
    const struct hashcache__block *block = &blocks->items[i];
    uintptr_t start = (uintptr_t) block->address;
    uint64_t size = block->count * block->type->size;
    if (size)
      ranges[n++] = (struct hashcache__range){ start, start + size, i, block->role != HASHCACHE__IN, block->name };
  }
  return n;
}

/* A restored output must not overwrite what another block has just been given, nor an input differ from what the key says. */
static int
hashcache__find_overlap (struct hashcache__unfolder *unfolder, struct hashcache__range *ranges, size_t n)
{
  const struct hashcache__range *furthest = NULL, *furthest_written = NULL;
  hashcache__sort_ranges (ranges, n);
  for (size_t i = 0; i < n; i++) {
    const struct hashcache__range *range = &ranges[i], *other = range->writes ? furthest : furthest_written;
    if (other && range->start < other->end) {
      snprintf (unfolder->reason, HASHCACHE__REASON_SIZE,
                "`%s` and `%s` overlap in memory, and at least one of them is an output", other->name, range->name);
      return -1;
    }
    if (furthest && range->start < furthest->end) { /* two inputs: a body can see that they are the same memory */
      unfolder->blocks->items[range->ordinal].shares = furthest->ordinal + 1;
      unfolder->blocks->items[range->ordinal].shares_at = range->start - furthest->start;
    }
    if (!furthest || range->end > furthest->end)
      furthest = range;
    if (range->writes && (!furthest_written || range->end > furthest_written->end))
      furthest_written = range;
  }
  return 0;
}

static int
hashcache__check_overlap (struct hashcache__unfolder *unfolder)
{
  struct hashcache__range few[HASHCACHE__FEW_RANGES], *ranges = few;
  const struct hashcache__blocks *blocks = unfolder->blocks;
  if (blocks->n > HASHCACHE__FEW_RANGES && !(ranges = malloc (blocks->n * sizeof *ranges)))
    return hashcache__refuse (unfolder, "call", "finds no memory to be looked up");
  int refused = hashcache__find_overlap (unfolder, ranges, hashcache__collect_ranges (blocks, ranges));
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
  for (size_t i = 0; i < occasion->n_globals; i++) {
    firsts[part++] = unfolder->blocks->n;
    if (hashcache__unfold_variable (unfolder, &occasion->globals[i]))
      return -1;
  }
  firsts[part] = unfolder->blocks->n;
  unfolder->group = HASHCACHE__GROUP_RETURN;
  if (!contract->returns)
    return 0;
  if (hashcache__leads_on (contract->returns))
    return hashcache__refuse (unfolder, contract->function, "returns a pointer, which cannot be cached yet");
  return hashcache__unfold_object (unfolder, contract->returns, occasion->result, "return", HASHCACHE__OUT);
}

static void
hashcache__free_blocks (struct hashcache__blocks *blocks)
{
  free (blocks->items);
  free (blocks->functions);
}

/* Unfolds OCCASION into BLOCKS (which keeps its memory for the next time). FIRSTS, of n_parameters + n_globals + 1 items, takes
   the ordinal of the first block of each parameter and variable, and the end of them all. Returns 0, or -1 with a REASON of
   HASHCACHE__REASON_SIZE bytes why this call cannot be cached. */
static int
hashcache__unfold (const struct hashcache__occasion *occasion, struct hashcache__blocks *blocks, size_t *firsts, char *reason)
{
  struct hashcache__unfolder unfolder = { .blocks = blocks, .arguments = occasion->arguments, .reason = reason };
  blocks->n = 0;
  blocks->n_functions = 0;
  if (hashcache__unfold_all (&unfolder, occasion, firsts))
    return -1;
  return hashcache__check_overlap (&unfolder);
}

/* Whether unfolding after the call gave the same pieces of memory as BEFORE it. */
static int
hashcache__same_extents (const struct hashcache__blocks *before, const struct hashcache__blocks *after)
{
  if (before->n != after->n)
    return 0;
  for (size_t i = 0; i < before->n; i++) {
    const struct hashcache__block *a = &before->items[i], *b = &after->items[i];
    if (a->address != b->address || a->count != b->count || a->n_dims != b->n_dims || a->type != b->type)
      return 0;
    if (a->n_dims && memcmp (a->dims, b->dims, a->n_dims * sizeof *a->dims) != 0)
      return 0;
  }
  return 1;
}

#endif
