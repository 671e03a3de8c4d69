/* test_blocks.c: a call unfolds into exactly the memory that it reads and leaves behind, or it is refused with a reason.
   SPDX-License-Identifier: BSD-2-Clause

   Structs in structs, arrays of structs with pointers, pointers to nothing, pointers to pointers, circles, roles that are inherited
   and roles that are not; then every way in which blocks can lie across each other. */
#define _XOPEN_SOURCE 700
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "contracts.h"

struct inner {
  double *data; /* COUNT (n) */
  int n;
};

struct outer {
  struct inner plain;
  struct inner pair[2];
  const double *constant; /* SINGLE */
  double *scratch;        /* IGNORE */
  double *result;         /* SINGLE, OUT */
  double *row[2];         /* SINGLE each */
};

static const struct hashcache__step n_steps[] = { { HASHCACHE__BASE, 0, NULL },
                                                  { HASHCACHE__OFFSET, offsetof (struct inner, n), NULL },
                                                  { HASHCACHE__LOAD_INT, sizeof (int), NULL } };
static const struct hashcache__expression n_dims[] = { EXPRESSION ("n", n_steps) };
static const struct hashcache__extent n_extent = COUNTED (n_dims);
static const struct hashcache__field inner_fields[] = {
  { .name = "data", .type = &double_pointer, .offset = offsetof (struct inner, data), .extent = &n_extent },
  FIELD (struct inner, n, &int_type)
};
static const struct hashcache__type inner_type = STRUCT_TYPE (struct inner, HASHCACHE__POINTERS, inner_fields);
static const struct hashcache__type two_inner = {
  .kind = HASHCACHE__ARRAY, .flags = HASHCACHE__POINTERS, .size = 2 * sizeof (struct inner), .count = 2, .element = &inner_type
};
static const struct hashcache__type two_pointers = {
  .kind = HASHCACHE__ARRAY, .flags = HASHCACHE__POINTERS, .size = 2 * sizeof (double *), .count = 2, .element = &double_pointer
};
static const struct hashcache__type const_double_pointer = POINTER_TO_CONST (&double_type);
static const struct hashcache__field outer_fields[] = {
  FIELD (struct outer, plain, &inner_type),
  FIELD (struct outer, pair, &two_inner),
  { .name = "constant", .type = &const_double_pointer, .offset = offsetof (struct outer, constant), .extent = &one_element },
  { .name = "scratch", .type = &double_pointer, .offset = offsetof (struct outer, scratch), .role = HASHCACHE__IGNORE },
  { .name = "result",
    .type = &double_pointer,
    .offset = offsetof (struct outer, result),
    .role = HASHCACHE__OUT,
    .extent = &one_element },
  { .name = "row", .type = &two_pointers, .offset = offsetof (struct outer, row), .extent = &one_element }
};
static const struct hashcache__type outer_type = STRUCT_TYPE (struct outer, HASHCACHE__POINTERS, outer_fields);
static const struct hashcache__type outer_pointer = POINTER_TO (&outer_type);
static const struct hashcache__type inner_pointer = POINTER_TO (&inner_type);

static char reason[HASHCACHE__REASON_SIZE];
static size_t firsts[8];
static struct hashcache__blocks blocks;

static int
unfold (const struct hashcache__parameter *parameters, uint32_t n, void *const *arguments)
{
  const struct hashcache__contract contract = {
    .abi = HASHCACHE__ABI, .n_parameters = n, .function = "f", .parameters = parameters
  };
  const struct hashcache__occasion occasion = { .contract = &contract, .arguments = arguments };

  return hashcache__unfold (&occasion, &blocks, firsts, reason);
}

struct expected_block {
  const char *name;
  const void *address;
  uint64_t count;
  uint32_t role;
  int parent;
};

static void
assert_blocks (const struct expected_block *expected, size_t n)
{
  assert_int_equal (blocks.n, n);
  for (size_t i = 0; i < n; i++) {
    assert_string_equal (blocks.items[i].name, expected[i].name);
    assert_ptr_equal (blocks.items[i].address, expected[i].address);
    assert_int_equal (blocks.items[i].count, expected[i].count);
    assert_int_equal (blocks.items[i].role, expected[i].role);
    assert_int_equal (blocks.items[i].parent, expected[i].parent);
  }
}

static void
structs_unfold_in_the_order_of_their_fields (void **state)
{
  static double a[3], b[2], c[1], constant, result, row_0, row_1;
  struct outer outer = { { a, 3 }, { { b, 2 }, { c, 1 } }, &constant, a, &result, { &row_0, &row_1 } };
  struct outer *pointer = &outer;
  void *const arguments[] = { &pointer };
  const struct hashcache__parameter unannotated[] = {
    { .name = "o", .type = &outer_pointer, .role = HASHCACHE__INOUT, .extent = &one_element }
  };
  const struct hashcache__parameter all_in[] = {
    { .name = "o", .type = &outer_pointer, .role = HASHCACHE__IN, .flags = HASHCACHE__ANNOTATED, .extent = &one_element }
  };
  const struct hashcache__parameter by_value[] = { { .name = "o", .type = &outer_type, .role = HASHCACHE__IN } };
  void *const value_arguments[] = { &outer };
  struct expected_block expected[] = {
    { "o", &outer, 1, HASHCACHE__INOUT, -1 },       { "plain.data", a, 3, HASHCACHE__INOUT, 0 },
    { "pair[0].data", b, 2, HASHCACHE__INOUT, 0 },  { "pair[1].data", c, 1, HASHCACHE__INOUT, 0 },
    { "constant", &constant, 1, HASHCACHE__IN, 0 }, { "result", &result, 1, HASHCACHE__OUT, 0 },
    { "row[0]", &row_0, 1, HASHCACHE__INOUT, 0 },   { "row[1]", &row_1, 1, HASHCACHE__INOUT, 0 }
  };

  (void) state;
  assert_int_equal (unfold (unannotated, 1, arguments), 0);
  assert_blocks (expected, LENGTH (expected));
  expected[0].role = HASHCACHE__IN; /* a copy cannot be changed, what it leads to can */
  assert_int_equal (unfold (by_value, 1, value_arguments), 0);
  assert_blocks (expected, LENGTH (expected));
  for (size_t i = 0; i < LENGTH (expected); i++)
    if (i != 5) /* the field that says otherwise */
      expected[i].role = HASHCACHE__IN;
  assert_int_equal (unfold (all_in, 1, arguments), 0);
  assert_blocks (expected, LENGTH (expected));
}

static void
null_pointers_are_blocks_of_nothing (void **state)
{
  struct outer outer = { 0 }, *pointer = &outer;
  void *const arguments[] = { &pointer };
  const struct hashcache__parameter parameters[] = {
    { .name = "o", .type = &outer_pointer, .role = HASHCACHE__INOUT, .extent = &one_element }
  };

  (void) state;
  outer.plain.n = -5; /* a count of nothing does not matter */
  assert_int_equal (unfold (parameters, 1, arguments), 0);
  assert_int_equal (blocks.n, 8);
  for (size_t i = 1; i < blocks.n; i++) {
    assert_null (blocks.items[i].address);
    assert_int_equal (blocks.items[i].count, 0);
  }
  pointer = NULL;
  assert_int_equal (unfold (parameters, 1, arguments), 0);
  assert_int_equal (blocks.n, 1);
}

static void
arrays_of_structs_lead_on_from_each_element (void **state)
{
  static double a[3], b[2];
  struct inner list[3] = { { a, 3 }, { NULL, 0 }, { b, 2 } }, *pointer = list;
  int n = 3;
  void *const arguments[] = { &n, &pointer };
  const struct hashcache__parameter parameters[] = {
    { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
    { .name = "list", .type = &inner_pointer, .role = HASHCACHE__IN, .extent = &n_elements }
  };
  const struct expected_block expected[] = { { "n", &n, 1, HASHCACHE__IN, -1 },
                                             { "list", list, 3, HASHCACHE__IN, -1 },
                                             { "data", a, 3, HASHCACHE__INOUT, 1 },
                                             { "data", NULL, 0, HASHCACHE__INOUT, 1 },
                                             { "data", b, 2, HASHCACHE__INOUT, 1 } };

  (void) state;
  assert_int_equal (unfold (parameters, 2, arguments), 0);
  assert_blocks (expected, LENGTH (expected));
  assert_int_equal (blocks.items[4].parent_element, 2);
  assert_int_equal (firsts[0], 0);
  assert_int_equal (firsts[1], 1);
  assert_int_equal (firsts[2], 5);
}

struct link {
  struct link *next; /* SINGLE */
  int value;
};

static const struct hashcache__type link_type, link_pointer = POINTER_TO_CONST (&link_type);
static const struct hashcache__field link_fields[] = {
  { .name = "next", .type = &link_pointer, .offset = offsetof (struct link, next), .extent = &one_element },
  FIELD (struct link, value, &int_type)
};
static const struct hashcache__type link_type = STRUCT_TYPE (struct link, HASHCACHE__POINTERS, link_fields);
static const struct hashcache__parameter link_parameters[] = {
  { .name = "list", .type = &link_pointer, .role = HASHCACHE__IN, .extent = &one_element }
};

static void
lists_end_and_circles_lead_back (void **state)
{
  struct link links[3] = { { &links[1], 1 }, { &links[2], 2 }, { NULL, 3 } }, *pointer = links;
  void *const arguments[] = { &pointer };

  (void) state;
  assert_int_equal (unfold (link_parameters, 1, arguments), 0);
  assert_int_equal (blocks.n, 4);
  for (size_t i = 0; i < 4; i++)
    assert_int_equal (blocks.items[i].of, 0);
  for (size_t back = 0; back < 3; back++) {
    links[2].next = &links[back];
    assert_int_equal (unfold (link_parameters, 1, arguments), 0);
    assert_int_equal (blocks.n, 4);
    assert_int_equal (blocks.items[3].of, back + 1); /* a view of one that was met before */
    assert_int_equal (blocks.items[3].at, 0);
    assert_int_equal (blocks.items[3].role, HASHCACHE__IN);
  }
}

/* Two rows of two elements behind an array of pointers, and once more behind another pointer to them: level by level. */
static void
pointers_to_pointers_unfold_level_by_level (void **state)
{
  static const struct hashcache__type pointer_pointer = POINTER_TO (&double_pointer);
  static const struct hashcache__extent rows_extent = {
    .kind = HASHCACHE__COUNTED, .n_dims = 1, .dims = first_argument, .inner = &n_elements
  };
  static double first[2], second[2];
  double *rows[2] = { first, second }, **pointer = rows, **again = rows;
  int n = 2;
  void *const arguments[] = { &n, &pointer, &again };
  const struct hashcache__parameter parameters[] = {
    { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
    { .name = "rows", .type = &pointer_pointer, .role = HASHCACHE__INOUT, .extent = &rows_extent },
    { .name = "again", .type = &pointer_pointer, .role = HASHCACHE__IN, .extent = &rows_extent }
  };
  const struct expected_block expected[] = { { "n", &n, 1, HASHCACHE__IN, -1 },
                                             { "rows", rows, 2, HASHCACHE__INOUT, -1 },
                                             { "", first, 2, HASHCACHE__INOUT, 1 },
                                             { "", second, 2, HASHCACHE__INOUT, 1 },
                                             { "again", rows, 2, HASHCACHE__INOUT, -1 } };

  (void) state;
  assert_int_equal (unfold (parameters, 3, arguments), 0);
  assert_blocks (expected, LENGTH (expected));
  assert_int_equal (blocks.items[4].of, 2); /* what it leads to is not listed twice */
  assert_int_equal (blocks.items[2].parent_element, 0);
  assert_int_equal (blocks.items[3].parent_element, 1);
  rows[1] = first;
  assert_int_equal (unfold (parameters, 3, arguments), 0);
  assert_int_equal (blocks.items[3].of, 3); /* both rows are the same memory */
  rows[1] = first + 1;
  assert_int_equal (unfold (parameters, 3, arguments), -1); /* they overlap in part */
  assert_non_null (strstr (reason, "overlap"));
}

static void
impossible_counts_are_refused_by_name (void **state)
{
  static double a[1];
  static const struct hashcache__step huge_steps[] = { { HASHCACHE__PUSH, INT64_C (1) << 61, NULL } };
  static const struct hashcache__expression huge[] = { EXPRESSION ("huge", huge_steps) },
                                            huge_squared[] = { EXPRESSION ("huge", huge_steps), EXPRESSION ("huge", huge_steps) };
  static const struct hashcache__extent huge_extent = COUNTED (huge), squared_extent = COUNTED (huge_squared);
  static const struct hashcache__type pointer_pointer = POINTER_TO (&double_pointer);
  double *pointer = a, **pointer_2 = &pointer;
  int n = -1;
  void *const arguments[] = { &n, &pointer }, *const arguments_2[] = { &n, &pointer_2 };
  struct hashcache__parameter parameters[] = {
    { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
    { .name = "a", .type = &double_pointer, .role = HASHCACHE__IN, .extent = &n_elements }
  };

  (void) state;
  assert_int_equal (unfold (parameters, 2, arguments), -1);
  assert_string_equal (reason, "`a` has the count `n`, which is negative");
  parameters[1].extent = &huge_extent;
  assert_int_equal (unfold (parameters, 2, arguments), -1);
  assert_string_equal (reason, "`a` has more bytes than memory can have");
  parameters[1].extent = &squared_extent;
  assert_int_equal (unfold (parameters, 2, arguments), -1);
  assert_string_equal (reason, "`a` has more elements than can be counted");
  parameters[1].extent = &n_elements;
  parameters[1].type = &pointer_pointer;
  assert_int_equal (unfold (parameters, 2, arguments_2), -1);
  assert_string_equal (reason, "`a` has the count `n`, which is negative");
  n = 1;
  assert_int_equal (unfold (parameters, 2, arguments_2), -1); /* how far each of the pointers reaches is not said */
  assert_non_null (strstr (reason, "HASHCACHE_COUNT"));
  parameters[1].extent = NULL;
  parameters[1].type = &double_pointer;
  assert_int_equal (unfold (parameters, 2, arguments), -1);
  assert_non_null (strstr (reason, "HASHCACHE_COUNT"));
}

/* Two arrays of N doubles each, at two places of the same memory. */
static int
overlap (ptrdiff_t first, uint32_t first_role, ptrdiff_t second, uint32_t second_role, int n)
{
  static double memory[16];
  double *a = memory + first, *b = memory + second;
  void *const arguments[] = { &n, &a, &b };
  const struct hashcache__parameter parameters[] = {
    { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
    { .name = "a", .type = &double_pointer, .role = first_role, .extent = &n_elements },
    { .name = "b", .type = &double_pointer, .role = second_role, .extent = &n_elements }
  };

  return unfold (parameters, 3, arguments);
}

/* The same memory twice is one block in both roles. */
static void
assert_one_block (uint32_t a, uint32_t b)
{
  const uint32_t role = a == b ? a : (uint32_t) HASHCACHE__INOUT;

  assert_int_equal (overlap (3, a, 3, b, 4), 0);
  assert_int_equal (blocks.n, 3);
  assert_int_equal (blocks.items[1].of, 0);
  assert_int_equal (blocks.items[1].role, role);
  assert_int_equal (blocks.items[2].of, 2);
  assert_int_equal (blocks.items[2].at, 0);
  assert_int_equal (blocks.items[2].role, role);
}

static void
outputs_overlap_nothing_in_part_inputs_may (void **state)
{
  (void) state;
  for (ptrdiff_t distance = 1; distance < 8; distance++)
    for (uint32_t a = HASHCACHE__IN; a <= HASHCACHE__WRITTEN_ONLY; a++)
      for (uint32_t b = HASHCACHE__IN; b <= HASHCACHE__WRITTEN_ONLY; b++) {
        const int refused = distance < 4 && (a != HASHCACHE__IN || b != HASHCACHE__IN) ? -1 : 0;

        if (a == HASHCACHE__IGNORE || b == HASHCACHE__IGNORE)
          continue;
        assert_int_equal (overlap (distance, a, 0, b, 4), refused);
        assert_int_equal (overlap (0, a, distance, b, 4), refused);
        assert_int_equal (overlap (0, a, distance, b, 0), 0); /* no elements, no overlap */
        assert_one_block (a, b);
      }
  assert_int_equal (overlap (0, HASHCACHE__IN, 2, HASHCACHE__OUT, 4), -1);
  assert_non_null (strstr (reason, "`a` and `b` overlap"));
}

static const struct hashcache__step eight_steps[] = { { HASHCACHE__PUSH, 8, NULL } };
static const struct hashcache__expression eight[] = { EXPRESSION ("8", eight_steps) };
static const struct hashcache__extent eight_elements = COUNTED (eight);

/* An output inside a long block, behind a short one that lies there too, and at last one that reaches beyond it. */
static void
a_long_block_is_not_forgotten_behind_a_short_one (void **state)
{
  static double memory[16];
  double *whole = memory, *second = memory + 1, *sixth = memory + 5;
  void *const arguments[] = { &whole, &second, &sixth };
  struct hashcache__parameter parameters[] = {
    { .name = "whole", .type = &double_pointer, .role = HASHCACHE__IN, .extent = &eight_elements },
    { .name = "second", .type = &double_pointer, .role = HASHCACHE__IN, .extent = &one_element },
    { .name = "sixth", .type = &double_pointer, .role = HASHCACHE__OUT, .extent = &one_element }
  };

  (void) state;
  assert_int_equal (unfold (parameters, 3, arguments), 0);
  for (size_t i = 0; i < 3; i++) { /* all of it is read and written now */
    assert_int_equal (blocks.items[i].role, HASHCACHE__INOUT);
    assert_int_equal (blocks.items[i].of, i > 0);
  }
  assert_int_equal (blocks.items[1].at, sizeof (double));
  assert_int_equal (blocks.items[2].at, 5 * sizeof (double));
  parameters[2].extent = &eight_elements;
  assert_int_equal (unfold (parameters, 3, arguments), -1);
  assert_non_null (strstr (reason, "`whole` and `sixth` overlap"));
  parameters[2].role = HASHCACHE__IN;
  assert_int_equal (unfold (parameters, 3, arguments), 0);
  assert_int_equal (blocks.items[2].of, 0);
  assert_int_equal (blocks.items[2].shares, 1); /* which the key shows */
  assert_int_equal (blocks.items[2].shares_at, 5 * sizeof (double));
  parameters[1].role = HASHCACHE__OUT; /* now the short one makes the long one an output */
  assert_int_equal (unfold (parameters, 3, arguments), -1);
  assert_non_null (strstr (reason, "`whole` and `sixth` overlap"));
}

/* More blocks than are sorted on the stack. */
static void
many_blocks_are_checked_like_few (void **state)
{
  enum { LISTS = 100 };
  static double memory[LISTS * 4];
  struct inner list[LISTS], *pointer = list;
  int n = LISTS;
  void *const arguments[] = { &n, &pointer };
  const struct hashcache__parameter parameters[] = {
    { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
    { .name = "list", .type = &inner_pointer, .role = HASHCACHE__IN, .extent = &n_elements }
  };

  (void) state;
  for (int i = 0; i < LISTS; i++)
    list[i] = (struct inner){ memory + 4 * ((i * 37) % LISTS), 4 };
  assert_int_equal (unfold (parameters, 2, arguments), 0);
  assert_int_equal (blocks.n, LISTS + 2);
  list[60].n = 5;
  assert_int_equal (unfold (parameters, 2, arguments), -1);
  assert_non_null (strstr (reason, "overlap"));
}

/* In what a call promised to leave alone. What it does elsewhere: test_outcomes.c. */
static void
a_moved_pointer_in_an_input_is_noticed (void **state)
{
  static double a[3], b[3];
  struct outer outer = { .plain = { a, 3 } }, *pointer = &outer;
  void *const arguments[] = { &pointer };
  struct hashcache__parameter parameters[] = {
    { .name = "o", .type = &outer_pointer, .role = HASHCACHE__IN, .extent = &one_element }
  };

  (void) state;
  assert_int_equal (unfold (parameters, 1, arguments), 0);
  assert_null (hashcache__moved_pointer (&blocks));
  outer.plain.data = b;
  assert_string_equal (hashcache__moved_pointer (&blocks), "plain.data");
  outer.plain.data = NULL;
  assert_string_equal (hashcache__moved_pointer (&blocks), "plain.data");
  outer.plain.data = a;
  outer.scratch = a; /* ignored */
  assert_null (hashcache__moved_pointer (&blocks));
  outer.row[1] = b; /* was a null pointer */
  assert_string_equal (hashcache__moved_pointer (&blocks), "row[1]");
  outer.row[1] = NULL;
  parameters[0].role = HASHCACHE__INOUT; /* may be moved */
  assert_int_equal (unfold (parameters, 1, arguments), 0);
  outer.plain.data = b;
  assert_null (hashcache__moved_pointer (&blocks));
}

static int
free_blocks (void **state)
{
  (void) state;
  hashcache__free_blocks (&blocks);
  return 0;
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (structs_unfold_in_the_order_of_their_fields),
    cmocka_unit_test (null_pointers_are_blocks_of_nothing),
    cmocka_unit_test (arrays_of_structs_lead_on_from_each_element),
    cmocka_unit_test (lists_end_and_circles_lead_back),
    cmocka_unit_test (pointers_to_pointers_unfold_level_by_level),
    cmocka_unit_test (impossible_counts_are_refused_by_name),
    cmocka_unit_test (outputs_overlap_nothing_in_part_inputs_may),
    cmocka_unit_test (a_long_block_is_not_forgotten_behind_a_short_one),
    cmocka_unit_test (many_blocks_are_checked_like_few),
    cmocka_unit_test (a_moved_pointer_in_an_input_is_noticed),
  };

  return cmocka_run_group_tests (tests, NULL, free_blocks);
}
