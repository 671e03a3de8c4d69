/* expression.cc: numbers of elements and conditions as programs of contract.h, operation by operation.
   SPDX-License-Identifier: GPL-3.0-or-later

   count.cc reads such expressions from the text of an annotation, bound.cc from array bounds. Integers and pointers are loaded,
   structs and arrays stay where they are. Nothing is computed here: the runtime computes exactly, and checks every operation. Where
   C computes in an unsigned type, a result that does not fit is a fault, since C would wrap it around; where it takes a negative
   number for an unsigned one, the operations that wrap take it as it is, and others fault.  */

#include "expression.h"

/* Trees that expressions hold on to, out of reach of the garbage collector.  */

static GTY (()) tree kept_trees;

static const struct ggc_root_tab kept_roots[]
  = { { &kept_trees, 1, sizeof kept_trees, &gt_ggc_mx_tree_node, NULL }, LAST_GGC_ROOT_TAB };

/* Keep T alive until the compiler ends.  */

void
keep_tree (tree t)
{
  static bool registered;
  if (!registered)
    register_callback ("hashcache", PLUGIN_REGISTER_GGC_ROOTS, NULL, const_cast<ggc_root_tab *> (kept_roots));
  registered = true;
  kept_trees = tree_cons (NULL_TREE, t, kept_trees);
}

/* TYPE after the integer promotions.  */

tree
promoted_type (tree type)
{
  return TYPE_PRECISION (type) < TYPE_PRECISION (integer_type_node) ? integer_type_node : type;
}

/* The type in which C computes with integers of types A and B.  */

tree
common_type_of (tree a, tree b)
{
  a = promoted_type (a);
  b = promoted_type (b);
  if (TYPE_PRECISION (a) != TYPE_PRECISION (b))
    return TYPE_PRECISION (a) > TYPE_PRECISION (b) ? a : b;
  return TYPE_UNSIGNED (a) ? a : b;
}

/* The type of 64 bits that is signed or unsigned as TYPE is.  */

tree
widest_type_of (tree type)
{
  return TYPE_UNSIGNED (type) ? long_long_unsigned_type_node : long_long_integer_type_node;
}

/* The field called ID of RECORD, looking through anonymous structs and unions; the path to it is appended to PATH.  */

bool
find_field (tree record, const char *id, std::vector<tree> *path)
{
  for (tree f = TYPE_FIELDS (record); f; f = DECL_CHAIN (f))
    {
      if (TREE_CODE (f) != FIELD_DECL)
	continue;
      path->push_back (f);
      if (DECL_NAME (f) ? !strcmp (IDENTIFIER_POINTER (DECL_NAME (f)), id)
			: RECORD_OR_UNION_TYPE_P (TREE_TYPE (f)) && find_field (TREE_TYPE (f), id, path))
	return true;
      path->pop_back ();
    }
  return false;
}

/* Append the steps of B to those of A.  */

static void
append (operand *a, const operand &b)
{
  a->steps.insert (a->steps.end (), b.steps.begin (), b.steps.end ());
}

/* Append the step OP with VALUE to A.  */

static void
append (operand *a, unsigned op, HOST_WIDE_INT value)
{
  a->steps.push_back ({ op, value, NULL_TREE });
}

/* True if A is a constant.  */

static bool
constant_operand_p (const operand &a)
{
  return !a.lvalue && a.steps.size () == 1 && a.steps[0].op == HASHCACHE__PUSH;
}

/* True if A is the constant 0.  */

static bool
null_p (const operand &a)
{
  return constant_operand_p (a) && a.steps[0].value == 0;
}

/* Append to A the check that its value fits the unsigned type of BITS.  */

static void
append_check (operand *a, unsigned bits)
{
  append (a, HASHCACHE__PUSH, 0);
  append (a, HASHCACHE__ADD, bits);
}

operand
expression_builder::fail (const std::string &reason)
{
  if (why.empty ())
    why = reason;
  return operand ();
}

/* The constant VALUE of TYPE, an integer or pointer.  */

operand
expression_builder::constant (HOST_WIDE_INT value, tree type)
{
  operand o;
  append (&o, HASHCACHE__PUSH, value);
  o.type = type;
  o.wrapped = TYPE_UNSIGNED (type) && value < 0;
  return o;
}

operand
expression_builder::object (unsigned op, HOST_WIDE_INT value, tree address, tree type)
{
  operand o;
  o.steps.push_back ({ op, value, address });
  o.type = type;
  o.lvalue = true;
  return o;
}

operand
expression_builder::parameter (tree parm)
{
  unsigned index = 0;
  for (tree p = scope.parameters; p; p = DECL_CHAIN (p), index++)
    if (p == parm)
      return object (HASHCACHE__ARGUMENT, index, NULL_TREE, TREE_TYPE (parm));
  return fail ("a parameter of another function");
}

/* True if DECL holds what its initialiser says, whatever the rest of the program does.  */

static bool
known_constant_p (tree decl)
{
  return TREE_READONLY (decl) && !TREE_THIS_VOLATILE (decl) && !DECL_WEAK (decl) && DECL_INITIAL (decl)
	 && TREE_CODE (DECL_INITIAL (decl)) == INTEGER_CST && INTEGRAL_TYPE_P (TREE_TYPE (decl))
	 && (!TREE_PUBLIC (decl) || decl_binds_to_current_def_p (decl)) && TYPE_PRECISION (TREE_TYPE (decl)) <= 64;
}

operand
expression_builder::variable (tree decl)
{
  if (TREE_CODE (decl) == CONST_DECL)
    return tree_fits_shwi_p (DECL_INITIAL (decl)) ? constant (tree_to_shwi (DECL_INITIAL (decl)), TREE_TYPE (DECL_INITIAL (decl)))
						  : fail ("a constant beyond 63 bits");
  if (!is_global_var (decl) || DECL_THREAD_LOCAL_P (decl))
    return fail (std::string ("the variable ") + IDENTIFIER_POINTER (DECL_NAME (decl)) + ", which has no fixed address");
  TREE_USED (decl) = 1;
  if (known_constant_p (decl))
    return constant (TREE_INT_CST_LOW (DECL_INITIAL (decl)), TREE_TYPE (decl));
  keep_tree (decl);
  if (!TREE_PUBLIC (decl))
    {
      /* It may have no other use.  */
      varpool_node::get_create (decl)->force_output = 1;
      DECL_PRESERVE_P (decl) = 1;
    }
  return object (HASHCACHE__ADDRESS, 0, decl, TREE_TYPE (decl));
}

/* The field FIELD_DECL of the struct BASE.  */

operand
expression_builder::field (operand base, tree field_decl)
{
  if (failed ())
    return base;
  if (!base.lvalue || base.width || TREE_CODE (DECL_FIELD_OFFSET (field_decl)) != INTEGER_CST)
    return fail ("a field at a variable offset, or of something that is not in memory");
  if (TYPE_REVERSE_STORAGE_ORDER (base.type))
    return fail ("a field in the other byte order");
  HOST_WIDE_INT position = int_bit_position (field_decl);
  append (&base, HASHCACHE__OFFSET, position / BITS_PER_UNIT);
  base.type = TREE_TYPE (field_decl);
  if (DECL_C_BIT_FIELD (field_decl))
    {
      base.first = position % BITS_PER_UNIT;
      base.width = tree_to_uhwi (DECL_SIZE (field_decl));
      if (DECL_BIT_FIELD_TYPE (field_decl))
	base.type = DECL_BIT_FIELD_TYPE (field_decl);
    }
  return base;
}

/* What POINTER leads to.  */

operand
expression_builder::dereference (operand pointer)
{
  pointer = value_of (pointer);
  if (failed ())
    return pointer;
  if (!object_pointer_p (pointer.type))
    return fail ("* or -> on something that is no pointer to data");
  pointer.type = TREE_TYPE (pointer.type);
  pointer.lvalue = true;
  return pointer;
}

/* The element INDEX of the array or pointer BASE.  */

operand
expression_builder::element (operand base, operand index)
{
  base = value_of (base);
  index = exact (value_of (index));
  if (failed ())
    return base;
  tree size = object_pointer_p (base.type) ? TYPE_SIZE_UNIT (TREE_TYPE (base.type)) : NULL_TREE;
  if (!size || !tree_fits_shwi_p (size) || !INTEGRAL_TYPE_P (index.type))
    return fail ("[ ] on something that is no array");
  append (&base, index);
  append (&base, HASHCACHE__PUSH, tree_to_shwi (size));
  append (&base, HASHCACHE__MULTIPLY, 0);
  append (&base, HASHCACHE__ADD, 0);
  base.type = TREE_TYPE (base.type);
  base.lvalue = true;
  return base;
}

/* How many elements lie between the pointers B and A.  */

operand
expression_builder::difference (operand a, operand b)
{
  if (failed ())
    return a;
  tree size = object_pointer_p (a.type) && object_pointer_p (b.type) ? TYPE_SIZE_UNIT (TREE_TYPE (a.type)) : NULL_TREE;
  if (!size || !tree_fits_shwi_p (size) || integer_zerop (size)
      || simple_cst_equal (size, TYPE_SIZE_UNIT (TREE_TYPE (b.type))) != 1)
    return fail ("a difference of pointers to different things");
  append (&a, b);
  append (&a, HASHCACHE__SUBTRACT, 0);
  append (&a, HASHCACHE__PUSH, tree_to_shwi (size));
  append (&a, HASHCACHE__DIVIDE, 0);
  a.type = long_long_integer_type_node;
  return a;
}

/* The length of the string that POINTER leads to.  */

operand
expression_builder::string_length (operand pointer)
{
  pointer = value_of (pointer);
  if (failed ())
    return pointer;
  if (!object_pointer_p (pointer.type) || int_size_in_bytes (TREE_TYPE (pointer.type)) != 1)
    return fail ("strlen () of something that is no pointer to char");
  append (&pointer, HASHCACHE__STRLEN, 0);
  pointer.type = size_type_node;
  return pointer;
}

/* The value of the bit-field O, put together from the bytes it lies in and no others.  */

operand
expression_builder::bits_of (operand o)
{
  const unsigned first = o.first, width = o.width;
  const std::vector<step> address = o.steps;
  if (BYTES_BIG_ENDIAN)
    return fail ("a bit-field, of which this machine counts the bits from the other end");
  if (width > 62)
    return fail ("a bit-field of more than 62 bits");
  for (unsigned byte = 0, done = 0; done < width; byte++)
    {
      unsigned from = byte ? 0 : first, bits = MIN (width - done, BITS_PER_UNIT - from);
      if (byte)
	o.steps.insert (o.steps.end (), address.begin (), address.end ());
      append (&o, HASHCACHE__OFFSET, byte);
      append (&o, HASHCACHE__LOAD_UINT, 1);
      append (&o, HASHCACHE__PUSH, from);
      append (&o, HASHCACHE__SHIFT_RIGHT, 0);
      append (&o, HASHCACHE__PUSH, (1 << bits) - 1);
      append (&o, HASHCACHE__BIT_AND, 0);
      append (&o, HASHCACHE__PUSH, done);
      append (&o, HASHCACHE__SHIFT_LEFT, 0);
      if (byte)
	append (&o, HASHCACHE__BIT_OR, 0);
      done += bits;
    }
  if (!TYPE_UNSIGNED (o.type))
    {
      const HOST_WIDE_INT sign = HOST_WIDE_INT_1 << (width - 1);
      append (&o, HASHCACHE__PUSH, sign);
      append (&o, HASHCACHE__BIT_XOR, 0);
      append (&o, HASHCACHE__PUSH, sign);
      append (&o, HASHCACHE__SUBTRACT, 0);
    }
  if (width < TYPE_PRECISION (integer_type_node))
    o.type = integer_type_node;
  o.width = o.first = 0;
  return o;
}

/* The value of the object O.  */

operand
expression_builder::value_of (operand o)
{
  if (failed () || !o.lvalue)
    return o;
  o.lvalue = false;
  if (TYPE_VOLATILE (o.type) || TYPE_ATOMIC (o.type))
    return fail ("a volatile or atomic object");
  if (TREE_CODE (o.type) == ARRAY_TYPE)
    {
      o.type = build_pointer_type (TREE_TYPE (o.type));
      return o;
    }
  if (POINTER_TYPE_P (o.type))
    {
      append (&o, HASHCACHE__LOAD_POINTER, 0);
      return o;
    }
  if (TREE_CODE (o.type) == REAL_TYPE)
    return fail ("a floating-point number");
  if (!INTEGRAL_TYPE_P (o.type) || int_size_in_bytes (o.type) > 8)
    return fail ("an object that is neither integer nor pointer");
  if (o.width)
    return bits_of (o);
  append (&o, TYPE_UNSIGNED (o.type) ? HASHCACHE__LOAD_UINT : HASHCACHE__LOAD_INT, int_size_in_bytes (o.type));
  return o;
}

/* The value of O where a null pointer is as good as any other.  */

operand
expression_builder::number_of (operand o)
{
  if (failed () || !o.lvalue || !POINTER_TYPE_P (o.type) || TYPE_VOLATILE (o.type))
    return value_of (o);
  o.lvalue = false;
  append (&o, HASHCACHE__LOAD_UINT, POINTER_SIZE_UNITS);
  return o;
}

/* The value O as C has it: a fault where a negative number stands for a large one.  */

operand
expression_builder::exact (operand o)
{
  if (failed () || !o.wrapped)
    return o;
  if (constant_operand_p (o))
    return fail ("a constant beyond 63 bits");
  append_check (&o, TYPE_PRECISION (o.type));
  o.wrapped = false;
  return o;
}

/* The integer O as one of TYPE.  A conversion that can change the value, otherwise than from negative to large, is refused or
   checked.  */

operand
expression_builder::convert (operand o, tree type)
{
  o = value_of (o);
  if (failed ())
    return o;
  if (!INTEGRAL_TYPE_P (o.type) || !INTEGRAL_TYPE_P (type) || TYPE_PRECISION (type) > 64)
    return fail ("a conversion");
  if (TREE_CODE (type) == BOOLEAN_TYPE)
    {
      o = truth (o);
      o.type = type;
      return o;
    }
  const bool from_unsigned = TYPE_UNSIGNED (o.type), to_unsigned = TYPE_UNSIGNED (type);
  const unsigned from = TYPE_PRECISION (o.type), to = TYPE_PRECISION (type);
  if (constant_operand_p (o))
    {
      wide_int value = wide_int::from (wi::shwi (o.steps[0].value, from), to, TYPE_SIGN (o.type));
      return constant (to_unsigned && to < 64 ? HOST_WIDE_INT (value.to_uhwi ()) : value.to_shwi (), type);
    }
  if (to < from)
    return fail ("a conversion to a narrower type");
  if (from_unsigned && (to > from || !to_unsigned))
    o = exact (o);
  if (from_unsigned && !to_unsigned && to == from)
    append_check (&o, to - 1);
  o.wrapped |= !from_unsigned && to_unsigned;
  o.type = type;
  return o;
}

/* True if OP on numbers that are right modulo a power of two yields one that is.  */

static bool
wrapping_op_p (unsigned op)
{
  return op == HASHCACHE__ADD || op == HASHCACHE__SUBTRACT || op == HASHCACHE__MULTIPLY || op == HASHCACHE__BIT_AND
	 || op == HASHCACHE__BIT_OR || op == HASHCACHE__BIT_XOR;
}

/* OP on A and B, integers that C has converted to TYPE (a shift: promoted to it).  Where that is unsigned, the runtime refuses a result
   that does not fit: C would have wrapped.  In sizetype the front end itself computes n - 1 where n may be 0.  */

operand
expression_builder::binary (unsigned op, operand a, operand b, tree type)
{
  a = value_of (a);
  b = value_of (b);
  if (failed ())
    return a;
  if (!INTEGRAL_TYPE_P (a.type) || !INTEGRAL_TYPE_P (b.type))
    return fail ("arithmetic with pointers");
  if (!wrapping_op_p (op) || !TYPE_UNSIGNED (type))
    {
      a = exact (a);
      b = exact (b);
    }
  const bool free = type == sizetype && wrapping_op_p (op);
  append (&a, b);
  append (&a, op, TYPE_UNSIGNED (type) && !free ? TYPE_PRECISION (type) : 0);
  a.type = type;
  a.wrapped = free;
  return a;
}

/* The comparison OP of A and B: pointers, or integers that C has converted to one type.  */

operand
expression_builder::compare (unsigned op, operand a, operand b)
{
  a = exact (number_of (a));
  b = exact (number_of (b));
  if (failed ())
    return a;
  if (POINTER_TYPE_P (a.type) != POINTER_TYPE_P (b.type) && !null_p (POINTER_TYPE_P (a.type) ? b : a))
    return fail ("a comparison of a pointer with a number");
  append (&a, b);
  append (&a, op, 0);
  a.type = integer_type_node;
  return a;
}

/* -A, computed in TYPE.  */

operand
expression_builder::negate (operand a, tree type)
{
  a = exact (value_of (a));
  if (failed ())
    return a;
  if (!INTEGRAL_TYPE_P (a.type))
    return fail ("- before something that is no integer");
  append (&a, HASHCACHE__NEGATE, 0);
  a.wrapped = TYPE_UNSIGNED (type);
  a.type = type;
  return a;
}

/* ~A, computed in TYPE.  */

operand
expression_builder::complement (operand a, tree type)
{
  a = exact (value_of (a));
  if (failed ())
    return a;
  if (!INTEGRAL_TYPE_P (a.type))
    return fail ("~ before something that is no integer");
  append (&a, HASHCACHE__COMPLEMENT, 0);
  a.wrapped = TYPE_UNSIGNED (type);
  a.type = type;
  return a;
}

/* !A.  */

operand
expression_builder::negation (operand a)
{
  a = number_of (a);
  if (failed ())
    return a;
  append (&a, HASHCACHE__NOT, 0);
  a.type = integer_type_node;
  a.wrapped = false;
  return a;
}

/* 1 if A is not 0.  */

operand
expression_builder::truth (operand a)
{
  return negation (negation (a));
}

/* A && B, which is only looked at if A is not 0.  */

operand
expression_builder::conjunction (operand a, operand b)
{
  a = truth (a);
  b = truth (b);
  if (failed ())
    return a;
  append (&a, HASHCACHE__BRANCH, b.steps.size () + 1);
  append (&a, b);
  append (&a, HASHCACHE__JUMP, 1);
  append (&a, HASHCACHE__PUSH, 0);
  return a;
}

/* A || B, which is only looked at if A is 0.  */

operand
expression_builder::disjunction (operand a, operand b)
{
  a = truth (a);
  b = truth (b);
  if (failed ())
    return a;
  append (&a, HASHCACHE__BRANCH, 2);
  append (&a, HASHCACHE__PUSH, 1);
  append (&a, HASHCACHE__JUMP, b.steps.size ());
  append (&a, b);
  return a;
}

/* A if CONDITION is not 0, else B, both of TYPE.  */

operand
expression_builder::choice (operand condition, operand a, operand b, tree type)
{
  condition = truth (condition);
  a = value_of (a);
  b = value_of (b);
  if (failed ())
    return a;
  append (&condition, HASHCACHE__BRANCH, a.steps.size () + 1);
  append (&condition, a);
  append (&condition, HASHCACHE__JUMP, b.steps.size ());
  append (&condition, b);
  condition.type = type;
  condition.wrapped = a.wrapped || b.wrapped;
  return condition;
}

/* How much OP, which is no branch, makes the stack grow.  */

static int
growth (unsigned op)
{
  if (op == HASHCACHE__PUSH || op == HASHCACHE__ARGUMENT || op == HASHCACHE__BASE || op == HASHCACHE__ADDRESS || op == HASHCACHE__RESULT)
    return 1;
  return (op >= HASHCACHE__ADD && op <= HASHCACHE__MODULO) || (op >= HASHCACHE__SHIFT_LEFT && op <= HASHCACHE__MAXIMUM) ? -1 : 0;
}

/* How deep the stack gets while STEPS run.  */

static int
deepest_stack (const std::vector<step> &steps)
{
  std::vector<int> arriving (steps.size () + 1, -1);
  int depth = 0, deepest = 0;
  for (size_t i = 0; i < steps.size (); i++)
    {
      const step &s = steps[i];
      if (arriving[i] >= 0)
	depth = arriving[i];
      depth += s.op == HASHCACHE__BRANCH ? -1 : growth (s.op);
      if (s.op == HASHCACHE__BRANCH || s.op == HASHCACHE__JUMP)
	arriving[i + 1 + s.value] = depth;
      deepest = MAX (deepest, depth);
    }
  return deepest;
}

/* Store O, which stands in the source as TEXT, in RESULT.  */

bool
expression_builder::finish (operand o, const std::string &text, expression *result)
{
  o = value_of (o);
  if (!failed () && !INTEGRAL_TYPE_P (o.type))
    fail ("not an integer");
  if (!failed () && deepest_stack (o.steps) > HASHCACHE__DEPTH)
    fail ("an expression that is nested too deeply");
  if (failed ())
    return false;
  result->text = text;
  result->steps = o.steps;
  return true;
}

/* Likewise, of a condition.  */

bool
expression_builder::finish_truth (operand o, const std::string &text, expression *result)
{
  return finish (truth (o), text, result);
}
