/* contracts.h: what the runtime's tests share: tables as the plugin would emit them, written by hand, and a scratch directory.
   SPDX-License-Identifier: BSD-2-Clause

   To be included after hashcache.h with HASHCACHE_IMPLEMENTATION. The scratch directory is below $TMPDIR or /tmp and removed by
   remove_scratch. */
#ifndef CONTRACTS_H
#define CONTRACTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../scratch.h"

#define LENGTH(array) (sizeof (array) / sizeof *(array))

/* Types. */
#define PLAIN_TYPE(type_kind, c_type, more_flags) \
  { \
    .kind = (type_kind), .flags = HASHCACHE__DENSE | (more_flags), .size = sizeof (c_type), .value_size = sizeof (c_type), \
    .name = #c_type \
  }
#define POINTER_TO(pointee) \
  { \
    .kind = HASHCACHE__POINTER, .size = sizeof (void *), .element = (pointee), .name = "pointer" \
  }
#define POINTER_TO_CONST(pointee) \
  { \
    .kind = HASHCACHE__POINTER, .flags = HASHCACHE__POINTEE_CONST, .size = sizeof (void *), .element = (pointee), \
    .name = "pointer" \
  }
#define STRUCT_TYPE(c_type, type_flags, members) \
  { \
    .kind = HASHCACHE__STRUCT, .flags = (type_flags), .size = sizeof (c_type), .count = LENGTH (members), .fields = (members), \
    .name = #c_type \
  }
#define FIELD(c_type, member, field_type) \
  { \
    .name = #member, .type = (field_type), .offset = offsetof (c_type, member) \
  }

static const struct hashcache__type int_type = PLAIN_TYPE (HASHCACHE__INT, int, 0);
static const struct hashcache__type char_type = PLAIN_TYPE (HASHCACHE__INT, char, HASHCACHE__CHAR);
static const struct hashcache__type double_type = PLAIN_TYPE (HASHCACHE__FLOAT, double, 0);
static const struct hashcache__type double_pointer = POINTER_TO (&double_type);
static const struct hashcache__type char_pointer = POINTER_TO (&char_type);

/* Expressions and extents. */
#define EXPRESSION(expression_text, program) \
  { \
    .text = (expression_text), .n_steps = LENGTH (program), .steps = (program) \
  }
#define COUNTED(expressions) \
  { \
    .kind = HASHCACHE__COUNTED, .n_dims = LENGTH (expressions), .dims = (expressions) \
  }

/* The int argument that stands first: the `n` of most functions here. */
static const struct hashcache__step first_argument_steps[] = { { HASHCACHE__ARGUMENT, 0, NULL },
                                                               { HASHCACHE__LOAD_INT, sizeof (int), NULL } };
static const struct hashcache__expression first_argument[] = { EXPRESSION ("n", first_argument_steps) };
static const struct hashcache__extent n_elements = COUNTED (first_argument);
static const struct hashcache__extent one_string = { .kind = HASHCACHE__STRING };
static const struct hashcache__extent one_element = { .kind = HASHCACHE__SINGLE };

/* Graphs. */
#define NODE(node_name, digest_byte, node_references) \
  { \
    .abi = HASHCACHE__ABI, .n_references = LENGTH (node_references), .digest = { (digest_byte) }, .name = (node_name), \
    .place = "test.c:1:1", .references = (node_references) \
  }
#define LEAF(node_name, digest_byte) \
  { \
    .abi = HASHCACHE__ABI, .digest = { (digest_byte) }, .name = (node_name), .place = "test.c:1:1" \
  }

/* What tests ask the runtime for beyond its public functions. */
static inline void
use_tables (void)
{
  (void) int_type, (void) char_type, (void) double_type, (void) double_pointer, (void) char_pointer;
  (void) n_elements, (void) one_string, (void) one_element;
}

/* Scratch directory ----------------------------------------------------------------------------------------------------- */

static inline int
remove_scratch (void **state)
{
  (void) state;
  return scratch[0] ? remove_tree (scratch) : 0;
}

/* A new, empty cache directory for this process. */
static inline int
make_scratch (void **state)
{
  (void) state;
  return begin_scratch () != 0 ? -1 : (int) hashcache_set ("DIR", scratch);
}

#endif
