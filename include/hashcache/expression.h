/* expression.h: evaluates the postfix programs of contract.h that say how many elements a pointer leads to.
   SPDX-License-Identifier: BSD-2-Clause

   A program either yields its exact value or a fault; nothing wraps around, no NULL is followed, no step runs outside the stack.
   It reads memory only where the user's own expression would read it. */
#ifndef HASHCACHE_EXPRESSION_H
#define HASHCACHE_EXPRESSION_H

#include "contract.h"
#include <string.h>

enum { HASHCACHE__FAULT_OVERFLOW = 1, HASHCACHE__FAULT_DIVISION = 2, HASHCACHE__FAULT_NULL = 3, HASHCACHE__FAULT_MALFORMED = 4 };

static const char *
hashcache__fault_text (int fault)
{
  switch (fault) {
  case HASHCACHE__FAULT_OVERFLOW: return "is too large";
  case HASHCACHE__FAULT_DIVISION: return "divides by zero";
  case HASHCACHE__FAULT_NULL: return "reads through a null pointer";
  default: return "is malformed (the plugin and this runtime do not fit together)";
  }
}

/* What the names in an expression stand for. */
struct hashcache__scope {
  void *const *arguments; /* address of each argument, NULL outside functions */
  const void *base;       /* the struct whose field is described, NULL outside structs */
  const void *result;     /* the call's result, NULL before its end */
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

/* The steps that replace the top of the stack. */
static int
hashcache__apply_unary (uint64_t op, int64_t operand, int64_t *top)
{
  const void *address = (const void *) (intptr_t) *top;
  void *pointer;
  if (op == HASHCACHE__NEGATE)
    return __builtin_sub_overflow ((int64_t) 0, *top, top) ? HASHCACHE__FAULT_OVERFLOW : 0;
  if (!address)
    return HASHCACHE__FAULT_NULL;
  if (op == HASHCACHE__STRLEN) {
    *top = (int64_t) strlen (address);
    return 0;
  }
  switch (op) {
  case HASHCACHE__OFFSET: return __builtin_add_overflow (*top, operand, top) ? HASHCACHE__FAULT_OVERFLOW : 0;
  case HASHCACHE__LOAD_INT: return hashcache__load_int (address, operand, top);
  case HASHCACHE__LOAD_UINT: return hashcache__load_uint (address, operand, top);
  case HASHCACHE__LOAD_POINTER: break;
  default: return HASHCACHE__FAULT_MALFORMED;
  }
  memcpy (&pointer, address, sizeof pointer);
  if (!pointer)
    return HASHCACHE__FAULT_NULL;
  *top = (int64_t) (intptr_t) pointer;
  return 0;
}

static int
hashcache__apply_binary (uint64_t op, int64_t a, int64_t b, int64_t *value)
{
  int overflow;
  switch (op) {
  case HASHCACHE__ADD: overflow = __builtin_add_overflow (a, b, value); break;
  case HASHCACHE__SUBTRACT: overflow = __builtin_sub_overflow (a, b, value); break;
  case HASHCACHE__MULTIPLY: overflow = __builtin_mul_overflow (a, b, value); break;
  default:
    if (b == 0)
      return HASHCACHE__FAULT_DIVISION;
    if (a == INT64_MIN && b == -1)
      return HASHCACHE__FAULT_OVERFLOW;
    *value = op == HASHCACHE__DIVIDE ? a / b : a % b;
    return 0;
  }
  return overflow ? HASHCACHE__FAULT_OVERFLOW : 0;
}

/* Where C computes in an unsigned type of so many BITS (0: a signed type), it would have wrapped a VALUE that does not fit. */
static int
hashcache__check_unsigned (int64_t bits, int64_t value)
{
  const int fits = bits == 0 || (value >= 0 && (bits >= 63 || value >> bits == 0));
  return fits ? 0 : HASHCACHE__FAULT_OVERFLOW;
}

static int
hashcache__apply (const struct hashcache__step *step, const struct hashcache__scope *scope, struct hashcache__stack *stack)
{
  switch (step->op) {
  case HASHCACHE__PUSH: return hashcache__push (stack, step->value);
  case HASHCACHE__ARGUMENT: return hashcache__push_address (stack, scope->arguments ? scope->arguments[step->value] : NULL);
  case HASHCACHE__BASE: return hashcache__push_address (stack, scope->base);
  case HASHCACHE__ADDRESS: return hashcache__push_address (stack, step->address);
  default: break;
  }
  int binary = step->op >= HASHCACHE__ADD && step->op <= HASHCACHE__MODULO;
  if (stack->depth < (binary ? 2U : 1U))
    return HASHCACHE__FAULT_MALFORMED;
  int64_t *top = &stack->items[stack->depth - 1];
  if (!binary)
    return hashcache__apply_unary (step->op, step->value, top);
  stack->depth--;
  int fault = hashcache__apply_binary (step->op, top[-1], top[0], &top[-1]);
  return fault ? fault : hashcache__check_unsigned (step->value, top[-1]);
}

/* Evaluates EXPRESSION in SCOPE. Returns 0 with the result in *VALUE, or a HASHCACHE__FAULT. */
static int
hashcache__evaluate (const struct hashcache__expression *expression, const struct hashcache__scope *scope, int64_t *value)
{
  struct hashcache__stack stack;
  stack.depth = 0;
  for (uint64_t i = 0; i < expression->n_steps; i++) {
    int fault = hashcache__apply (&expression->steps[i], scope, &stack);
    if (fault)
      return fault;
  }
  if (stack.depth != 1)
    return HASHCACHE__FAULT_MALFORMED;
  *value = stack.items[0];
  return 0;
}

#endif
