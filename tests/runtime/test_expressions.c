/* test_expressions.c: a number of elements is exact, or the call is not cached.
   SPDX-License-Identifier: BSD-2-Clause

   Each row of the tables is a program with what must come of it, the edges of 64-bit arithmetic first. */
#define _XOPEN_SOURCE 700
#include "hashcache/expression.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PUSH(number) \
  { \
    HASHCACHE__PUSH, (number), NULL \
  }
#define DO(op) \
  { \
    (op), 0, NULL \
  }
#define MAX_STEPS 20

struct row {
  const char *why;
  struct hashcache__step steps[MAX_STEPS];
  uint64_t n_steps;
  int fault;
  int64_t value;
};

static const struct row arithmetic[] = {
  { "the largest sum", { PUSH (INT64_MAX - 1), PUSH (1), DO (HASHCACHE__ADD) }, 3, 0, INT64_MAX },
  { "one more overflows", { PUSH (INT64_MAX), PUSH (1), DO (HASHCACHE__ADD) }, 3, HASHCACHE__FAULT_OVERFLOW, 0 },
  { "the smallest difference", { PUSH (INT64_MIN + 1), PUSH (1), DO (HASHCACHE__SUBTRACT) }, 3, 0, INT64_MIN },
  { "one less overflows", { PUSH (INT64_MIN), PUSH (1), DO (HASHCACHE__SUBTRACT) }, 3, HASHCACHE__FAULT_OVERFLOW, 0 },
  { "a product too large",
    { PUSH (INT64_C (1) << 32), PUSH (INT64_C (1) << 31), DO (HASHCACHE__MULTIPLY) },
    3,
    HASHCACHE__FAULT_OVERFLOW,
    0 },
  { "division by zero", { PUSH (7), PUSH (0), DO (HASHCACHE__DIVIDE) }, 3, HASHCACHE__FAULT_DIVISION, 0 },
  { "remainder by zero", { PUSH (7), PUSH (0), DO (HASHCACHE__MODULO) }, 3, HASHCACHE__FAULT_DIVISION, 0 },
  { "the quotient that traps", { PUSH (INT64_MIN), PUSH (-1), DO (HASHCACHE__DIVIDE) }, 3, HASHCACHE__FAULT_OVERFLOW, 0 },
  { "the remainder that traps", { PUSH (INT64_MIN), PUSH (-1), DO (HASHCACHE__MODULO) }, 3, HASHCACHE__FAULT_OVERFLOW, 0 },
  { "the negation that overflows", { PUSH (INT64_MIN), DO (HASHCACHE__NEGATE) }, 2, HASHCACHE__FAULT_OVERFLOW, 0 },
  { "operands in order: minus", { PUSH (7), PUSH (2), DO (HASHCACHE__SUBTRACT) }, 3, 0, 5 },
  { "operands in order: division as in C", { PUSH (-7), PUSH (2), DO (HASHCACHE__DIVIDE) }, 3, 0, -3 },
  { "operands in order: remainder as in C", { PUSH (-7), PUSH (2), DO (HASHCACHE__MODULO) }, 3, 0, -1 },
  { "(3 + 4) * -2",
    { PUSH (3), PUSH (4), DO (HASHCACHE__ADD), PUSH (2), DO (HASHCACHE__NEGATE), DO (HASHCACHE__MULTIPLY) },
    6,
    0,
    -14 },
  { "nothing at all", { PUSH (0) }, 0, HASHCACHE__FAULT_MALFORMED, 0 },
  { "two results", { PUSH (1), PUSH (2) }, 2, HASHCACHE__FAULT_MALFORMED, 0 },
  { "an operand missing", { PUSH (1), DO (HASHCACHE__ADD) }, 2, HASHCACHE__FAULT_MALFORMED, 0 },
  { "an unknown step", { PUSH (1), DO (99) }, 2, HASHCACHE__FAULT_MALFORMED, 0 },
  { "a stack too deep",
    { PUSH (1), PUSH (1), PUSH (1), PUSH (1), PUSH (1), PUSH (1), PUSH (1), PUSH (1), PUSH (1), PUSH (1), PUSH (1), PUSH (1),
      PUSH (1), PUSH (1), PUSH (1), PUSH (1), PUSH (1) },
    17,
    HASHCACHE__FAULT_MALFORMED,
    0 },
};

static int
evaluate (const struct hashcache__expression *expression, void *const *arguments, const void *base, int64_t *value)
{
  const struct hashcache__scope scope = { .arguments = arguments, .base = base };

  return hashcache__evaluate (expression, &scope, value);
}

static void
check_rows (const struct row *rows, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    const struct row *row = &rows[i];
    const struct hashcache__expression expression = { row->why, row->n_steps, row->steps };
    int64_t value = 0;

    print_message ("%s\n", row->why);
    assert_int_equal (evaluate (&expression, NULL, NULL, &value), row->fault);
    if (!row->fault)
      assert_true (value == row->value);
  }
}

static void
arithmetic_is_exact_or_refused (void **state)
{
  (void) state;
  check_rows (arithmetic, sizeof arithmetic / sizeof *arithmetic);
}

/* Each operation with two operands: what comes of them, in a signed type (BITS 0) or an unsigned one of so many bits. */
static void
operations_on_two_operands (void **state)
{
  static const struct {
    uint64_t op;
    int64_t bits, a, b;
    int fault;
    int64_t value;
  } rows[] = {
    { HASHCACHE__SHIFT_LEFT, 0, 3, 4, 0, 48 },
    { HASHCACHE__SHIFT_LEFT, 0, 1, 62, 0, INT64_C (1) << 62 },
    { HASHCACHE__SHIFT_LEFT, 0, 1, 63, HASHCACHE__FAULT_OVERFLOW, 0 },
    { HASHCACHE__SHIFT_LEFT, 0, 2, 62, HASHCACHE__FAULT_OVERFLOW, 0 },
    { HASHCACHE__SHIFT_LEFT, 0, INT64_MAX, 0, 0, INT64_MAX },
    { HASHCACHE__SHIFT_LEFT, 0, 0, 63, 0, 0 },
    { HASHCACHE__SHIFT_LEFT, 0, 0, 64, HASHCACHE__FAULT_OVERFLOW, 0 },
    { HASHCACHE__SHIFT_LEFT, 0, 1, -1, HASHCACHE__FAULT_OVERFLOW, 0 },
    { HASHCACHE__SHIFT_LEFT, 0, -1, 1, HASHCACHE__FAULT_OVERFLOW, 0 },
    { HASHCACHE__SHIFT_LEFT, 32, 1, 31, 0, INT64_C (1) << 31 },
    { HASHCACHE__SHIFT_LEFT, 32, 3, 31, HASHCACHE__FAULT_OVERFLOW, 0 },
    { HASHCACHE__SHIFT_LEFT, 32, 0, 32, HASHCACHE__FAULT_OVERFLOW, 0 },
    { HASHCACHE__SHIFT_RIGHT, 0, 48, 4, 0, 3 },
    { HASHCACHE__SHIFT_RIGHT, 0, -5, 1, 0, -3 },
    { HASHCACHE__SHIFT_RIGHT, 0, INT64_MIN, 63, 0, -1 },
    { HASHCACHE__SHIFT_RIGHT, 0, 1, 64, HASHCACHE__FAULT_OVERFLOW, 0 },
    { HASHCACHE__SHIFT_RIGHT, 0, 1, -1, HASHCACHE__FAULT_OVERFLOW, 0 },
    { HASHCACHE__SHIFT_RIGHT, 32, -2, 31, HASHCACHE__FAULT_OVERFLOW, 0 },
    { HASHCACHE__SHIFT_RIGHT, 32, 7, 32, HASHCACHE__FAULT_OVERFLOW, 0 },
    { HASHCACHE__BIT_AND, 0, 12, 10, 0, 8 },
    { HASHCACHE__BIT_AND, 0, -8, 13, 0, 8 },
    { HASHCACHE__BIT_OR, 0, 12, 10, 0, 14 },
    { HASHCACHE__BIT_XOR, 0, 12, 10, 0, 6 },
    { HASHCACHE__BIT_XOR, 64, -1, 1, HASHCACHE__FAULT_OVERFLOW, 0 },
    { HASHCACHE__EQUAL, 0, 4, 4, 0, 1 },
    { HASHCACHE__EQUAL, 0, 4, 5, 0, 0 },
    { HASHCACHE__NOT_EQUAL, 0, 4, 4, 0, 0 },
    { HASHCACHE__NOT_EQUAL, 0, 4, 5, 0, 1 },
    { HASHCACHE__LESS, 0, -1, 0, 0, 1 },
    { HASHCACHE__LESS, 0, 0, 0, 0, 0 },
    { HASHCACHE__LESS_EQUAL, 0, 0, 0, 0, 1 },
    { HASHCACHE__LESS_EQUAL, 0, 1, 0, 0, 0 },
    { HASHCACHE__GREATER, 0, 1, 0, 0, 1 },
    { HASHCACHE__GREATER, 0, 0, 0, 0, 0 },
    { HASHCACHE__GREATER_EQUAL, 0, 0, 0, 0, 1 },
    { HASHCACHE__GREATER_EQUAL, 0, INT64_MIN, INT64_MAX, 0, 0 },
    { HASHCACHE__LESS, 32, -1, 0, HASHCACHE__FAULT_OVERFLOW, 0 }, /* in C: 4294967295 < 0 */
    { HASHCACHE__LESS, 32, 0, INT64_C (1) << 32, HASHCACHE__FAULT_OVERFLOW, 0 },
    { HASHCACHE__LESS, 64, 0, -1, HASHCACHE__FAULT_OVERFLOW, 0 },
    { HASHCACHE__LESS, 32, 1, UINT32_MAX, 0, 1 },
    { HASHCACHE__MINIMUM, 0, -3, 2, 0, -3 },
    { HASHCACHE__MINIMUM, 0, 3, 2, 0, 2 },
    { HASHCACHE__MAXIMUM, 0, -3, 2, 0, 2 },
    { HASHCACHE__MAXIMUM, 0, 3, 2, 0, 3 },
    { HASHCACHE__MAXIMUM, 32, -3, 2, HASHCACHE__FAULT_OVERFLOW, 0 }, /* in C: 4294967293 */
    { HASHCACHE__DIVIDE, 32, -6, -3, HASHCACHE__FAULT_OVERFLOW, 0 }, /* in C: 0 */
    { HASHCACHE__DIVIDE, 32, 6, 3, 0, 2 },
    { HASHCACHE__MODULO, 64, 7, 0, HASHCACHE__FAULT_DIVISION, 0 },
    { HASHCACHE__ADD, 32, -1, 5, 0, 4 }, /* in C as well, by way of 4294967295 */
    { HASHCACHE__ADD, 32, UINT32_MAX, 1, HASHCACHE__FAULT_OVERFLOW, 0 },
    { HASHCACHE__SUBTRACT, 32, 4, 5, HASHCACHE__FAULT_OVERFLOW, 0 },
    { HASHCACHE__SUBTRACT, 64, 4, 5, HASHCACHE__FAULT_OVERFLOW, 0 },
    { HASHCACHE__MULTIPLY, 32, -2, -3, 0, 6 },
  };

  (void) state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct hashcache__step steps[] = { PUSH (rows[i].a), PUSH (rows[i].b), { rows[i].op, rows[i].bits, NULL } };
    const struct hashcache__expression expression = { "a op b", 3, steps };
    const struct hashcache__expression short_of_one = { "b op", 2, steps + 1 };
    int64_t value = 0;

    print_message ("row %zu\n", i);
    assert_int_equal (evaluate (&expression, NULL, NULL, &value), rows[i].fault);
    if (!rows[i].fault)
      assert_true (value == rows[i].value);
    assert_int_equal (evaluate (&short_of_one, NULL, NULL, &value), HASHCACHE__FAULT_MALFORMED);
  }
}

#define BRANCH(steps) \
  { \
    HASHCACHE__BRANCH, (steps), NULL \
  }
#define JUMP(steps) \
  { \
    HASHCACHE__JUMP, (steps), NULL \
  }

static const struct row choices[] = {
  { "not of zero", { PUSH (0), DO (HASHCACHE__NOT) }, 2, 0, 1 },
  { "not of a number", { PUSH (-7), DO (HASHCACHE__NOT) }, 2, 0, 0 },
  { "not of nothing", { DO (HASHCACHE__NOT) }, 1, HASHCACHE__FAULT_MALFORMED, 0 },
  { "complement", { PUSH (5), DO (HASHCACHE__COMPLEMENT) }, 2, 0, -6 },
  { "complement of zero", { PUSH (0), DO (HASHCACHE__COMPLEMENT) }, 2, 0, -1 },
  { "1 ? 10 : 20", { PUSH (1), BRANCH (2), PUSH (10), JUMP (1), PUSH (20) }, 5, 0, 10 },
  { "0 ? 10 : 20", { PUSH (0), BRANCH (2), PUSH (10), JUMP (1), PUSH (20) }, 5, 0, 20 },
  { "-1 ? 10 : 20", { PUSH (-1), BRANCH (2), PUSH (10), JUMP (1), PUSH (20) }, 5, 0, 10 },
  { "the way not taken does not count: 1 ? 10 : 1 / 0",
    { PUSH (1), BRANCH (2), PUSH (10), JUMP (3), PUSH (1), PUSH (0), DO (HASHCACHE__DIVIDE) },
    7,
    0,
    10 },
  { "the way taken does: 0 ? 10 : 1 / 0",
    { PUSH (0), BRANCH (2), PUSH (10), JUMP (3), PUSH (1), PUSH (0), DO (HASHCACHE__DIVIDE) },
    7,
    HASHCACHE__FAULT_DIVISION,
    0 },
  { "3 + (0 ? 10 : 1 ? 20 : 30)",
    { PUSH (3), PUSH (0), BRANCH (2), PUSH (10), JUMP (5), PUSH (1), BRANCH (2), PUSH (20), JUMP (1), PUSH (30),
      DO (HASHCACHE__ADD) },
    11,
    0,
    23 },
  { "a jump to the end", { PUSH (4), JUMP (1), DO (HASHCACHE__NEGATE) }, 3, 0, 4 },
  { "a jump past the end", { PUSH (4), JUMP (2), DO (HASHCACHE__NEGATE) }, 3, HASHCACHE__FAULT_MALFORMED, 0 },
  { "a jump past all ends", { PUSH (4), JUMP (INT64_MAX), DO (HASHCACHE__NEGATE) }, 3, HASHCACHE__FAULT_MALFORMED, 0 },
  { "a jump back", { PUSH (4), JUMP (-1) }, 2, HASHCACHE__FAULT_MALFORMED, 0 },
  { "a jump that is no jump", { PUSH (4), JUMP (0) }, 2, 0, 4 },
  { "a branch past the end, not taken", { PUSH (4), PUSH (1), BRANCH (1) }, 3, HASHCACHE__FAULT_MALFORMED, 0 },
  { "a branch on nothing", { BRANCH (0) }, 1, HASHCACHE__FAULT_MALFORMED, 0 },
  { "a branch that leaves nothing", { PUSH (0), BRANCH (1), PUSH (4) }, 3, HASHCACHE__FAULT_MALFORMED, 0 },
  { "a branch that leaves two", { PUSH (4), PUSH (1), BRANCH (1), PUSH (4) }, 4, HASHCACHE__FAULT_MALFORMED, 0 },
};

static void
choices_take_one_way (void **state)
{
  (void) state;
  check_rows (choices, sizeof choices / sizeof *choices);
}

static int64_t
load (const void *from, uint64_t op, int64_t size, int *fault)
{
  const struct hashcache__step steps[] = { { HASHCACHE__ADDRESS, 0, from }, { op, size, NULL } };
  const struct hashcache__expression expression = { "load", 2, steps };
  int64_t value = 0;

  *fault = evaluate (&expression, NULL, NULL, &value);
  return value;
}

static void
integers_of_each_size_are_read_with_their_sign (void **state)
{
  const int8_t i8 = -3;
  const int16_t i16 = -300;
  const int32_t i32 = -70000;
  const int64_t i64 = INT64_MIN;
  const uint8_t u8 = 255;
  const uint32_t u32 = UINT32_MAX;
  const uint64_t u64 = (uint64_t) INT64_MAX + 1;
  char packed[9] = { 0 };
  int fault;

  (void) state;
  memcpy (packed + 1, &i64, sizeof i64);
  assert_true (load (&i8, HASHCACHE__LOAD_INT, 1, &fault) == -3 && !fault);
  assert_true (load (&i16, HASHCACHE__LOAD_INT, 2, &fault) == -300 && !fault);
  assert_true (load (&i32, HASHCACHE__LOAD_INT, 4, &fault) == -70000 && !fault);
  assert_true (load (packed + 1, HASHCACHE__LOAD_INT, 8, &fault) == INT64_MIN && !fault); /* of a packed struct: not aligned */
  assert_true (load (&u8, HASHCACHE__LOAD_UINT, 1, &fault) == 255 && !fault);
  assert_true (load (&u32, HASHCACHE__LOAD_UINT, 4, &fault) == UINT32_MAX && !fault);
  load (&u64, HASHCACHE__LOAD_UINT, 8, &fault);
  assert_int_equal (fault, HASHCACHE__FAULT_OVERFLOW);
  load (&i8, HASHCACHE__LOAD_INT, 3, &fault);
  assert_int_equal (fault, HASHCACHE__FAULT_MALFORMED);
  load (NULL, HASHCACHE__LOAD_INT, 4, &fault);
  assert_int_equal (fault, HASHCACHE__FAULT_NULL);
}

struct grid {
  int unused, n;
};

/* grid->n * 3, grid being the second argument; then the same with BASE for the field of a struct. */
static void
pointers_are_followed_but_never_a_null_one (void **state)
{
  struct grid grid = { -1, 14 };
  const struct grid *pointer = &grid;
  int other = 5;
  void *const arguments[] = { &other, &pointer };
  const struct hashcache__step steps[] = { { HASHCACHE__ARGUMENT, 1, NULL },
                                           { HASHCACHE__LOAD_POINTER, 0, NULL },
                                           { HASHCACHE__OFFSET, offsetof (struct grid, n), NULL },
                                           { HASHCACHE__LOAD_INT, 4, NULL },
                                           PUSH (3),
                                           DO (HASHCACHE__MULTIPLY) };
  const struct hashcache__step of_base[] = { DO (HASHCACHE__BASE),
                                             { HASHCACHE__OFFSET, offsetof (struct grid, n), NULL },
                                             { HASHCACHE__LOAD_INT, 4, NULL } };
  const struct hashcache__expression expression = { "grid->n * 3", 6, steps }, field = { "n", 3, of_base };
  int64_t value = 0;

  (void) state;
  assert_int_equal (evaluate (&expression, arguments, NULL, &value), 0);
  assert_true (value == 42);
  assert_int_equal (evaluate (&field, arguments, &grid, &value), 0);
  assert_true (value == 14);
  assert_int_equal (evaluate (&field, arguments, NULL, &value), HASHCACHE__FAULT_NULL);
  pointer = NULL;
  assert_int_equal (evaluate (&expression, arguments, NULL, &value), HASHCACHE__FAULT_NULL);
}

struct table {
  char packed;
  int64_t n __attribute__ ((packed));
};

/* result.n + 1 */
static void
the_result_is_there_after_the_call_only (void **state)
{
  struct table result = { 'x', 41 };
  const struct hashcache__step steps[] = { DO (HASHCACHE__RESULT),
                                           { HASHCACHE__OFFSET, offsetof (struct table, n), NULL },
                                           { HASHCACHE__LOAD_INT, 8, NULL },
                                           PUSH (1),
                                           DO (HASHCACHE__ADD) };
  const struct hashcache__expression expression = { "result.n + 1", 5, steps };
  const struct hashcache__scope before = { NULL, &result, NULL }, after = { NULL, NULL, &result };
  int64_t value = 0;

  (void) state;
  assert_int_equal (hashcache__evaluate (&expression, &before, &value), HASHCACHE__FAULT_EARLY);
  assert_int_equal (hashcache__evaluate (&expression, &after, &value), 0);
  assert_true (value == 42);
}

/* p ? p->n : 7, the pointer taken as a number */
static void
a_null_pointer_can_be_asked_for (void **state)
{
  struct grid grid = { -1, 14 };
  const struct grid *pointer = &grid;
  void *const arguments[] = { &pointer };
  const struct hashcache__step steps[] = { { HASHCACHE__ARGUMENT, 0, NULL },
                                           { HASHCACHE__LOAD_UINT, sizeof pointer, NULL },
                                           BRANCH (5),
                                           { HASHCACHE__ARGUMENT, 0, NULL },
                                           { HASHCACHE__LOAD_POINTER, 0, NULL },
                                           { HASHCACHE__OFFSET, offsetof (struct grid, n), NULL },
                                           { HASHCACHE__LOAD_INT, 4, NULL },
                                           JUMP (1),
                                           PUSH (7) };
  const struct hashcache__expression expression = { "p ? p->n : 7", 9, steps };
  int64_t value = 0;

  (void) state;
  assert_int_equal (evaluate (&expression, arguments, NULL, &value), 0);
  assert_true (value == 14);
  pointer = NULL;
  assert_int_equal (evaluate (&expression, arguments, NULL, &value), 0);
  assert_true (value == 7);
}

static void
strings_are_measured (void **state)
{
  const char *text = "seven77";
  void *const arguments[] = { &text };
  const struct hashcache__step steps[] = { { HASHCACHE__ARGUMENT, 0, NULL },
                                           { HASHCACHE__LOAD_POINTER, 0, NULL },
                                           DO (HASHCACHE__STRLEN) };
  const struct hashcache__step of_null[] = { PUSH (0), DO (HASHCACHE__STRLEN) };
  const struct hashcache__expression expression = { "strlen (text)", 3, steps }, nothing = { "strlen (0)", 2, of_null };
  int64_t value = 0;

  (void) state;
  assert_int_equal (evaluate (&expression, arguments, NULL, &value), 0);
  assert_true (value == 7);
  text = NULL;
  assert_int_equal (evaluate (&expression, arguments, NULL, &value), HASHCACHE__FAULT_NULL);
  assert_int_equal (evaluate (&nothing, NULL, NULL, &value), HASHCACHE__FAULT_NULL);
}

static void
each_fault_has_words (void **state)
{
  (void) state;
  for (int fault = HASHCACHE__FAULT_OVERFLOW; fault < HASHCACHE__FAULT_MALFORMED; fault++)
    assert_string_not_equal (hashcache__fault_text (fault), hashcache__fault_text (HASHCACHE__FAULT_MALFORMED));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (arithmetic_is_exact_or_refused),
    cmocka_unit_test (integers_of_each_size_are_read_with_their_sign),
    cmocka_unit_test (pointers_are_followed_but_never_a_null_one),
    cmocka_unit_test (operations_on_two_operands),
    cmocka_unit_test (choices_take_one_way),
    cmocka_unit_test (the_result_is_there_after_the_call_only),
    cmocka_unit_test (a_null_pointer_can_be_asked_for),
    cmocka_unit_test (strings_are_measured),
    cmocka_unit_test (each_fault_has_words),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
