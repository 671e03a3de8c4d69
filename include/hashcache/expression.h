/* expression.h: evaluates the postfix programs of contract.h that say how many elements a pointer leads to.
   SPDX-License-Identifier: BSD-2-Clause

   A program either yields its exact value or a fault; nothing wraps around, no NULL is followed, no step runs outside the stack.
   It reads memory only where the user's own expression would read it. */
#ifndef HASHCACHE_EXPRESSION_H
#define HASHCACHE_EXPRESSION_H

#include "contract.h"
#include <string.h>

enum {
  HASHCACHE__FAULT_OVERFLOW = 1,
  HASHCACHE__FAULT_DIVISION = 2,
  HASHCACHE__FAULT_NULL = 3,
  HASHCACHE__FAULT_EARLY = 4,
  HASHCACHE__FAULT_MALFORMED = 5
};

static const char *
hashcache__fault_text (int fault)
{
  switch (fault) {
  case HASHCACHE__FAULT_OVERFLOW: return "is too large";
  case HASHCACHE__FAULT_DIVISION: return "divides by zero";
  case HASHCACHE__FAULT_NULL: return "reads through a null pointer";
  case HASHCACHE__FAULT_EARLY: return "needs the result of the call";
  default: return "is malformed (the plugin and this runtime do not fit together)";
  }
}

/* What the names in an expression stand for. */
struct hashcache__scope {
  void *const *arguments; /* the address of each                          */
  const void *base;       /* the struct that holds the field, NULL if none */
  const void *result;     /* where it is, NULL before the call has ended   */
};

struct hashcache__stack {
  int64_t items[HASHCACHE__DEPTH];
  size_t depth;
};

static int
hashcache__push (struct hashcache__stack *stack, int64_t value)
{
  if (stack->depth == HASHCACHE__DEPTH)
    return HASHCACHE__FAULT_MALFORMED;
  stack->items[stack->depth++] = value;
  return 0;
}

static int
hashcache__push_address (struct hashcache__stack *stack, const void *address)
{
  if (!address)
    return HASHCACHE__FAULT_NULL;
  return hashcache__push (stack, (int64_t) (intptr_t) address);
}

static int
hashcache__load_int (const void *from, int64_t size, int64_t *value)
{
  int8_t i8;
  int16_t i16;
  int32_t i32;
  switch (size) {
  case 1:
    memcpy (&i8, from, sizeof i8);
    *value = i8;
    return 0;
  case 2:
    memcpy (&i16, from, sizeof i16);
    *value = i16;
    return 0;
  case 4:
    memcpy (&i32, from, sizeof i32);
    *value = i32;
    return 0;
  case 8: memcpy (value, from, sizeof *value); return 0;
  default: return HASHCACHE__FAULT_MALFORMED;
  }
}

static int
hashcache__load_uint (const void *from, int64_t size, int64_t *value)
{
  uint8_t u8;
  uint16_t u16;
  uint32_t u32;
  uint64_t u64;
  switch (size) {
  case 1:
    memcpy (&u8, from, sizeof u8);
    *value = u8;
    return 0;
  case 2:
    memcpy (&u16, from, sizeof u16);
    *value = u16;
    return 0;
  case 4:
    memcpy (&u32, from, sizeof u32);
    *value = u32;
    return 0;
  case 8: break;
  default: return HASHCACHE__FAULT_MALFORMED;
  }
  memcpy (&u64, from, sizeof u64);
  if (u64 > INT64_MAX)
    return HASHCACHE__FAULT_OVERFLOW;
  *value = (int64_t) u64;
  return 0;
}

/* The steps that replace the address on top of the stack. */
static int
hashcache__apply_to_address (uint64_t op, int64_t operand, int64_t *top)
{
  const void *address = (const void *) (intptr_t) *top;
  void *pointer;
  if (!address)
    return HASHCACHE__FAULT_NULL;
  switch (op) {
  case HASHCACHE__OFFSET: return __builtin_add_overflow (*top, operand, top) ? HASHCACHE__FAULT_OVERFLOW : 0;
  case HASHCACHE__LOAD_INT: return hashcache__load_int (address, operand, top);
  case HASHCACHE__LOAD_UINT: return hashcache__load_uint (address, operand, top);
  case HASHCACHE__STRLEN: *top = (int64_t) strlen (address); return 0;
  case HASHCACHE__LOAD_POINTER: break;
  default: return HASHCACHE__FAULT_MALFORMED;
  }
  memcpy (&pointer, address, sizeof pointer);
  if (!pointer)
    return HASHCACHE__FAULT_NULL;
  *top = (int64_t) (intptr_t) pointer;
  return 0;
}

/* The steps that replace the top of the stack. */
static int
hashcache__apply_unary (uint64_t op, int64_t operand, int64_t *top)
{
  switch (op) {
  case HASHCACHE__NEGATE: return __builtin_sub_overflow ((int64_t) 0, *top, top) ? HASHCACHE__FAULT_OVERFLOW : 0;
  case HASHCACHE__NOT: *top = *top == 0; return 0;
  case HASHCACHE__COMPLEMENT: *top = ~*top; return 0;
  default: return hashcache__apply_to_address (op, operand, top);
  }
}

static int
hashcache__divide (uint64_t op, int64_t a, int64_t b, int64_t *value)
{
  if (b == 0)
    return HASHCACHE__FAULT_DIVISION;
  if (a == INT64_MIN && b == -1)
    return HASHCACHE__FAULT_OVERFLOW;
  *value = op == HASHCACHE__DIVIDE ? a / b : a % b;
  return 0;
}

static int
hashcache__shift (uint64_t op, int64_t a, int64_t b, int64_t *value)
{
  if (b < 0 || b > 63)
    return HASHCACHE__FAULT_OVERFLOW;
  if (op == HASHCACHE__SHIFT_LEFT && (a < 0 || a > INT64_MAX >> b))
    return HASHCACHE__FAULT_OVERFLOW;
  *value = op == HASHCACHE__SHIFT_LEFT ? (int64_t) ((uint64_t) a << b) : a >> b;
  return 0;
}

static int
hashcache__apply_binary (uint64_t op, int64_t a, int64_t b, int64_t *value)
{
  switch (op) {
  case HASHCACHE__ADD: return __builtin_add_overflow (a, b, value) ? HASHCACHE__FAULT_OVERFLOW : 0;
  case HASHCACHE__SUBTRACT: return __builtin_sub_overflow (a, b, value) ? HASHCACHE__FAULT_OVERFLOW : 0;
  case HASHCACHE__MULTIPLY: return __builtin_mul_overflow (a, b, value) ? HASHCACHE__FAULT_OVERFLOW : 0;
  case HASHCACHE__DIVIDE:
  case HASHCACHE__MODULO: return hashcache__divide (op, a, b, value);
  case HASHCACHE__SHIFT_LEFT:
  case HASHCACHE__SHIFT_RIGHT: return hashcache__shift (op, a, b, value);
  case HASHCACHE__BIT_AND: *value = a & b; return 0;
  case HASHCACHE__BIT_OR: *value = a | b; return 0;
  case HASHCACHE__BIT_XOR: *value = a ^ b; return 0;
  case HASHCACHE__EQUAL: *value = a == b; return 0;
  case HASHCACHE__NOT_EQUAL: *value = a != b; return 0;
  case HASHCACHE__LESS: *value = a < b; return 0;
  case HASHCACHE__LESS_EQUAL: *value = a <= b; return 0;
  case HASHCACHE__GREATER: *value = a > b; return 0;
  case HASHCACHE__GREATER_EQUAL: *value = a >= b; return 0;
  case HASHCACHE__MINIMUM: *value = a < b ? a : b; return 0;
  case HASHCACHE__MAXIMUM: *value = a > b ? a : b; return 0;
  default: return HASHCACHE__FAULT_MALFORMED;
  }
}

static int
hashcache__is_binary (uint64_t op)
{
  return (op >= HASHCACHE__ADD && op <= HASHCACHE__MODULO) || (op >= HASHCACHE__SHIFT_LEFT && op <= HASHCACHE__MAXIMUM);
}

/* Where C computes in an unsigned type of so many BITS (0: a signed type), it would have wrapped a VALUE that does not fit. */
static int
hashcache__check_unsigned (int64_t bits, int64_t value)
{
  const int fits = bits == 0 || (value >= 0 && (bits >= 63 || value >> bits == 0));
  return fits ? 0 : HASHCACHE__FAULT_OVERFLOW;
}

/* What C computes from wrapped operands is the wrapped value of the exact sum, difference or product: if that fits, it is the same.
   Of all other operations on an unsigned type the operands must fit as well. */
static int
hashcache__check_operands (const struct hashcache__step *step, int64_t a, int64_t b)
{
  if (step->value == 0 || step->op <= HASHCACHE__MULTIPLY)
    return 0;
  if (step->op == HASHCACHE__SHIFT_LEFT || step->op == HASHCACHE__SHIFT_RIGHT) {
    if (b >= step->value)
      return HASHCACHE__FAULT_OVERFLOW;
    return hashcache__check_unsigned (step->value, a);
  }
  return hashcache__check_unsigned (step->value, a) ? HASHCACHE__FAULT_OVERFLOW : hashcache__check_unsigned (step->value, b);
}

static int
hashcache__apply_two (const struct hashcache__step *step, struct hashcache__stack *stack)
{
  int fault;
  if (stack->depth < 2)
    return HASHCACHE__FAULT_MALFORMED;
  int64_t *top = &stack->items[--stack->depth - 1];
  fault = hashcache__check_operands (step, top[0], top[1]);
  if (!fault)
    fault = hashcache__apply_binary (step->op, top[0], top[1], &top[0]);
  return fault ? fault : hashcache__check_unsigned (step->value, top[0]);
}

static int
hashcache__apply (const struct hashcache__step *step, const struct hashcache__scope *scope, struct hashcache__stack *stack)
{
  switch (step->op) {
  case HASHCACHE__PUSH: return hashcache__push (stack, step->value);
  case HASHCACHE__ARGUMENT: return hashcache__push_address (stack, scope->arguments ? scope->arguments[step->value] : NULL);
  case HASHCACHE__BASE: return hashcache__push_address (stack, scope->base);
  case HASHCACHE__ADDRESS: return hashcache__push_address (stack, step->address);
  case HASHCACHE__RESULT: return scope->result ? hashcache__push_address (stack, scope->result) : HASHCACHE__FAULT_EARLY;
  default: break;
  }
  if (hashcache__is_binary (step->op))
    return hashcache__apply_two (step, stack);
  if (stack->depth == 0)
    return HASHCACHE__FAULT_MALFORMED;
  return hashcache__apply_unary (step->op, step->value, &stack->items[stack->depth - 1]);
}

/* Passes over steps as STEP says, of which *LEFT come after it: forward only, and no further than the end. */
static int
hashcache__jump (const struct hashcache__step *step, struct hashcache__stack *stack, uint64_t *left)
{
  if (step->value < 0 || (uint64_t) step->value > *left)
    return HASHCACHE__FAULT_MALFORMED;
  if (step->op == HASHCACHE__BRANCH) {
    if (stack->depth == 0)
      return HASHCACHE__FAULT_MALFORMED;
    if (stack->items[--stack->depth] != 0)
      return 0;
  }
  *left -= (uint64_t) step->value;
  return 0;
}

/* Evaluates EXPRESSION in SCOPE. Returns 0 with the value in *VALUE, or a HASHCACHE__FAULT. */
static int
hashcache__evaluate (const struct hashcache__expression *expression, const struct hashcache__scope *scope, int64_t *value)
{
  struct hashcache__stack stack;
  stack.depth = 0;
  for (uint64_t left = expression->n_steps; left > 0;) {
    const struct hashcache__step *step = &expression->steps[expression->n_steps - left--];
    const int jumps = step->op == HASHCACHE__BRANCH || step->op == HASHCACHE__JUMP;
    const int fault = jumps ? hashcache__jump (step, &stack, &left) : hashcache__apply (step, scope, &stack);
    if (fault)
      return fault;
  }
  if (stack.depth != 1)
    return HASHCACHE__FAULT_MALFORMED;
  *value = stack.items[0];
  return 0;
}

#endif
