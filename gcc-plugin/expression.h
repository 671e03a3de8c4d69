/* expression.h: what the readers of expressions share: operands, and the operations of contract.h on them.
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef HASHCACHE_EXPRESSION_BUILDER_H
#define HASHCACHE_EXPRESSION_BUILDER_H

#include "plugin.h"

/* A partial result: STEPS leave the address of an object of TYPE on the stack if LVALUE, else its value.  A value that is WRAPPED is
   right modulo two to the precision of TYPE, which is unsigned: it may be negative where C has a large number.  A bit-field of WIDTH
   bits is an object whose first bit is number FIRST of the byte at the address.  */

struct operand
{
  std::vector<step> steps;
  tree type = NULL_TREE;
  bool lvalue = false;
  bool wrapped = false;
  unsigned first = 0;
  unsigned width = 0;
};

/* The type in which C computes with A and B; the type that is kept for sums, which are computed in 64 bits.  */

extern tree common_type_of (tree a, tree b);
extern tree widest_type_of (tree type);
extern tree promoted_type (tree type);
extern bool find_field (tree record, const char *id, std::vector<tree> *path);

/* What both readers of expressions build on.  WHY is set at the first thing not understood.  */

class expression_builder
{
public:
  explicit expression_builder (const name_scope &s) : scope (s) {}

  bool failed () const { return !why.empty (); }
  operand fail (const std::string &reason);
  operand constant (HOST_WIDE_INT value, tree type);
  operand object (unsigned op, HOST_WIDE_INT value, tree address, tree type);
  operand parameter (tree parm);
  operand variable (tree decl);
  operand field (operand base, tree field_decl);
  operand dereference (operand pointer);
  operand element (operand base, operand index);
  operand difference (operand a, operand b);
  operand string_length (operand pointer);
  operand value_of (operand o);
  operand number_of (operand o);
  operand exact (operand o);
  operand convert (operand o, tree type);
  operand binary (unsigned op, operand a, operand b, tree type);
  operand compare (unsigned op, operand a, operand b);
  operand negate (operand a, tree type);
  operand complement (operand a, tree type);
  operand negation (operand a);
  operand truth (operand a);
  operand conjunction (operand a, operand b);
  operand disjunction (operand a, operand b);
  operand choice (operand condition, operand a, operand b, tree type);
  bool finish (operand o, const std::string &text, expression *result);
  bool finish_truth (operand o, const std::string &text, expression *result);

  std::string why;
  const name_scope &scope;

private:
  operand bits_of (operand o);
};

#endif
