/* structure.h: digests what the static tables say of types, extents and roles, without any name or address.
   SPDX-License-Identifier: BSD-2-Clause

   Equal structures give equal digests in every build and every process. The number of a type is the order in which it was met,
   so that types that lead back to themselves come to an end, and a web of many types takes no longer than it has types. */
#ifndef HASHCACHE_STRUCTURE_H
#define HASHCACHE_STRUCTURE_H

#include "digest.h"
#include <stdlib.h>

struct hashcache__structure {
  struct hashcache__hasher *hasher;
  const struct hashcache__type **met;
  size_t n_met;
  size_t capacity;
  int failed; /* out of memory: the digest is worth nothing */
};

/* Addresses are left out: which variable is meant shows in the count that comes out, and that is in the key of each call. */
static void
hashcache__hash_expression (struct hashcache__hasher *hasher, const struct hashcache__expression *expression)
{
  hashcache__hash_u64 (hasher, expression->n_steps);
  for (uint64_t i = 0; i < expression->n_steps; i++) {
    hashcache__hash_u64 (hasher, expression->steps[i].op);
    hashcache__hash_u64 (hasher, (uint64_t) expression->steps[i].value);
  }
}

static void
hashcache__hash_extent (struct hashcache__hasher *hasher, const struct hashcache__extent *extent)
{
  hashcache__hash_u64 (hasher, extent != NULL);
  if (!extent)
    return;
  hashcache__hash_u64 (hasher, extent->kind);
  hashcache__hash_u64 (hasher, extent->n_dims);
  for (uint32_t i = 0; i < extent->n_dims; i++)
    hashcache__hash_expression (hasher, &extent->dims[i]);
  hashcache__hash_extent (hasher, extent->inner);
}

/* Ordinal of TYPE if it was met before; else it is noted, and the number of types met before it comes back. */
static size_t
hashcache__meet_type (struct hashcache__structure *structure, const struct hashcache__type *type)
{
  size_t i;

  for (i = 0; i < structure->n_met; i++)
    if (structure->met[i] == type)
      return i;
  if (structure->n_met == structure->capacity) {
    const size_t capacity = 2 * structure->capacity + 16;
    const struct hashcache__type **met = realloc (structure->met, capacity * sizeof *met);

    if (!met) {
      structure->failed = 1;
      return i;
    }
    structure->met = met;
    structure->capacity = capacity;
  }
  structure->met[structure->n_met++] = type;
  return i;
}

/* Whether a type of KIND is made of, or leads to, its element type. */
static int
hashcache__has_element (uint32_t kind)
{
  switch (kind) {
  case HASHCACHE__COMPLEX:
  case HASHCACHE__ARRAY:
  case HASHCACHE__POINTER:
  case HASHCACHE__BITS:
  case HASHCACHE__FLEXIBLE: return 1;
  default: return 0;
  }
}

static void hashcache__hash_structure (struct hashcache__structure *structure, const struct hashcache__type *type);

static void
hashcache__hash_field (struct hashcache__structure *structure, const struct hashcache__field *field)
{
  hashcache__hash_u64 (structure->hasher, field->role);
  if (field->role == HASHCACHE__IGNORE)
    return;
  hashcache__hash_extent (structure->hasher, field->extent);
  hashcache__hash_structure (structure, field->type);
}

static void
hashcache__hash_structure (struct hashcache__structure *structure, const struct hashcache__type *type)
{
  struct hashcache__hasher *hasher = structure->hasher;
  const size_t met = structure->n_met, ordinal = type ? hashcache__meet_type (structure, type) : SIZE_MAX;

  hashcache__hash_u64 (hasher, ordinal);
  if (!type || ordinal != met || structure->failed)
    return;
  hashcache__hash_u64 (hasher, type->kind);
  hashcache__hash_u64 (hasher, type->flags & (HASHCACHE__POINTERS | HASHCACHE__POINTEE_CONST));
  hashcache__hash_u64 (hasher, type->kind == HASHCACHE__STRUCT ? 0 : type->size); /* padding is no part of the meaning */
  hashcache__hash_u64 (hasher, type->value_size);
  hashcache__hash_u64 (hasher, type->count); /* of bits: where they begin */
  if (hashcache__has_element (type->kind))
    hashcache__hash_structure (structure, type->element);
  for (uint64_t i = 0; type->kind == HASHCACHE__STRUCT && i < type->count; i++)
    hashcache__hash_field (structure, &type->fields[i]);
}

/* The type and extent of one variable; 0, or -1 without memory. */
static int
hashcache__hash_variable (struct hashcache__hasher *hasher, const struct hashcache__variable *variable)
{
  struct hashcache__structure structure = { .hasher = hasher };

  hashcache__hash_u64 (hasher, variable->flags);
  hashcache__hash_extent (hasher, variable->extent);
  hashcache__hash_structure (&structure, variable->type);
  free (structure.met);
  return structure.failed ? -1 : 0;
}

/* The digest of CONTRACT: roles, extents and types of the parameters and of the result; 0, or -1 without memory. */
static int
hashcache__digest_contract (const struct hashcache__contract *contract, struct hashcache__digest *digest)
{
  struct hashcache__hasher hasher;
  struct hashcache__structure structure = { .hasher = &hasher };

  hashcache__hash_start (&hasher);
  hashcache__hash_string (&hasher, "hashcache contract 2");
  hashcache__hash_u64 (&hasher, contract->n_parameters);
  for (uint32_t i = 0; i < contract->n_parameters; i++) {
    const struct hashcache__parameter *parameter = &contract->parameters[i];

    hashcache__hash_u64 (&hasher, parameter->role);
    if (parameter->role == HASHCACHE__IGNORE)
      continue;
    hashcache__hash_u64 (&hasher, parameter->flags & ~(uint32_t) HASHCACHE__DECLARED); /* who says so does not matter */
    hashcache__hash_extent (&hasher, parameter->extent);
    hashcache__hash_structure (&structure, parameter->type);
  }
  hashcache__hash_structure (&structure, contract->returns);
  hashcache__hash_extent (&hasher, contract->returned);
  hashcache__hash_u64 (&hasher, contract->version);
  free (structure.met);
  *digest = hashcache__hash_finish (&hasher);
  return structure.failed ? -1 : 0;
}

#endif
