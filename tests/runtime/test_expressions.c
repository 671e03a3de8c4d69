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

static void
arithmetic_is_exact_or_refused (void **state)
{
  (void) state;
  for (size_t i = 0; i < sizeof arithmetic / sizeof *arithmetic; i++) {
    const struct row *row = &arithmetic[i];
    const struct hashcache__expression expression = { row->why, row->n_steps, row->steps };
    int64_t value = 0;

    print_message ("%s\n", row->why);
    assert_int_equal (hashcache__evaluate (&expression, NULL, NULL, &value), row->fault);
    if (!row->fault)
      assert_true (value == row->value);
  }
}

static int64_t
load (const void *from, uint64_t op, int64_t size, int *fault)
{
  const struct hashcache__step steps[] = { { HASHCACHE__ADDRESS, 0, from }, { op, size, NULL } };
  const struct hashcache__expression expression = { "load", 2, steps };
  int64_t value = 0;

  *fault = hashcache__evaluate (&expression, NULL, NULL, &value);
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
  assert_int_equal (hashcache__evaluate (&expression, arguments, NULL, &value), 0);
  assert_true (value == 42);
  assert_int_equal (hashcache__evaluate (&field, arguments, &grid, &value), 0);
  assert_true (value == 14);
  assert_int_equal (hashcache__evaluate (&field, arguments, NULL, &value), HASHCACHE__FAULT_NULL);
  pointer = NULL;
  assert_int_equal (hashcache__evaluate (&expression, arguments, NULL, &value), HASHCACHE__FAULT_NULL);
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
    cmocka_unit_test (each_fault_has_words),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
