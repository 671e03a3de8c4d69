/* bound.cc: array bounds, which are GENERIC trees, as programs of contract.h.
   SPDX-License-Identifier: GPL-3.0-or-later

   The front end has made every conversion explicit, so each operation is done in the type that the tree says.  */

#include "expression.h"

namespace {

/* True if the conversion T keeps every value, or is to the type in which the front end computes sizes.  */

bool
widening_p (tree t)
{
  tree from = TREE_TYPE (TREE_OPERAND (t, 0)), to = TREE_TYPE (t);
  return INTEGRAL_TYPE_P (from) && INTEGRAL_TYPE_P (to) && TYPE_PRECISION (to) >= TYPE_PRECISION (from);
}

class bound_reader : public expression_builder
{
public:
  explicit bound_reader (const name_scope &s) : expression_builder (s) {}
  operand read (tree t);

private:
  operand conversion (tree t);
  operand arithmetic (unsigned op, tree t);
  operand comparison (unsigned op, tree t);
  operand sum (tree t);
  operand pointer_sum (tree t);
};

/* The conversion T.  */

operand
bound_reader::conversion (tree t)
{
  tree from = TREE_TYPE (TREE_OPERAND (t, 0)), to = TREE_TYPE (t);
  operand o = read (TREE_OPERAND (t, 0));
  if (failed () || (INTEGRAL_TYPE_P (from) && INTEGRAL_TYPE_P (to)))
    return convert (o, to);
  if (!POINTER_TYPE_P (from) || !POINTER_TYPE_P (to))
    return fail ("a conversion");
  o = number_of (o);
  o.type = to;
  return o;
}

/* OP on the operands of T.  */

operand
bound_reader::arithmetic (unsigned op, tree t)
{
  if (!INTEGRAL_TYPE_P (TREE_TYPE (t)) || TYPE_PRECISION (TREE_TYPE (t)) > 64)
    return fail ("arithmetic with something else than integers of up to 64 bits");
  operand a = read (TREE_OPERAND (t, 0)), b = read (TREE_OPERAND (t, 1));
  return binary (op, a, b, TREE_TYPE (t));
}

/* The comparison OP of the operands of T.  */

operand
bound_reader::comparison (unsigned op, tree t)
{
  operand a = read (TREE_OPERAND (t, 0)), b = read (TREE_OPERAND (t, 1));
  return compare (op, a, b);
}

/* The sum T: n - 1 may be n + 0xffffffff.  */

operand
bound_reader::sum (tree t)
{
  tree type = TREE_TYPE (t), second = TREE_OPERAND (t, 1);
  if (!INTEGRAL_TYPE_P (type) || TREE_CODE (second) != INTEGER_CST || !wi::neg_p (wi::to_wide (second), SIGNED)
      || TYPE_PRECISION (type) > 64)
    return arithmetic (HASHCACHE__ADD, t);
  operand negative = constant (wi::to_wide (second).to_shwi (), type);
  return binary (HASHCACHE__ADD, read (TREE_OPERAND (t, 0)), negative, type);
}

/* The pointer T = pointer + bytes.  */

operand
bound_reader::pointer_sum (tree t)
{
  operand base = value_of (read (TREE_OPERAND (t, 0))), bytes = value_of (read (TREE_OPERAND (t, 1)));
  if (failed ())
    return base;
  base.steps.insert (base.steps.end (), bytes.steps.begin (), bytes.steps.end ());
  base.steps.push_back ({ HASHCACHE__ADD, 0, NULL_TREE });
  base.type = TREE_TYPE (t);
  return base;
}

/* What T stands for.  */

operand
bound_reader::read (tree t)
{
  switch (TREE_CODE (t))
    {
    case INTEGER_CST:
      return TYPE_PRECISION (TREE_TYPE (t)) <= 64 ? constant (TREE_INT_CST_LOW (t), TREE_TYPE (t)) : fail ("a constant beyond 64 bits");
    case PARM_DECL:
      return parameter (t);
    case VAR_DECL:
    case CONST_DECL:
      return variable (t);
    case COMPONENT_REF:
      return field (read (TREE_OPERAND (t, 0)), TREE_OPERAND (t, 1));
    case INDIRECT_REF:
      return dereference (read (TREE_OPERAND (t, 0)));
    case ARRAY_REF:
      return element (read (TREE_OPERAND (t, 0)), read (TREE_OPERAND (t, 1)));
    case SAVE_EXPR:
    case NON_LVALUE_EXPR:
      return read (TREE_OPERAND (t, 0));
    CASE_CONVERT:
      return conversion (t);
    case PLUS_EXPR:
      return sum (t);
    case POINTER_PLUS_EXPR:
      return pointer_sum (t);
    case MINUS_EXPR:
      return arithmetic (HASHCACHE__SUBTRACT, t);
    case MULT_EXPR:
      return arithmetic (HASHCACHE__MULTIPLY, t);
    case TRUNC_DIV_EXPR:
    case EXACT_DIV_EXPR:
      return arithmetic (HASHCACHE__DIVIDE, t);
    case TRUNC_MOD_EXPR:
      return arithmetic (HASHCACHE__MODULO, t);
    case LSHIFT_EXPR:
      return arithmetic (HASHCACHE__SHIFT_LEFT, t);
    case RSHIFT_EXPR:
      return arithmetic (HASHCACHE__SHIFT_RIGHT, t);
    case BIT_AND_EXPR:
      return arithmetic (HASHCACHE__BIT_AND, t);
    case BIT_IOR_EXPR:
      return arithmetic (HASHCACHE__BIT_OR, t);
    case BIT_XOR_EXPR:
      return arithmetic (HASHCACHE__BIT_XOR, t);
    case MIN_EXPR:
      return arithmetic (HASHCACHE__MINIMUM, t);
    case MAX_EXPR:
      return arithmetic (HASHCACHE__MAXIMUM, t);
    case EQ_EXPR:
      return comparison (HASHCACHE__EQUAL, t);
    case NE_EXPR:
      return comparison (HASHCACHE__NOT_EQUAL, t);
    case LT_EXPR:
      return comparison (HASHCACHE__LESS, t);
    case LE_EXPR:
      return comparison (HASHCACHE__LESS_EQUAL, t);
    case GT_EXPR:
      return comparison (HASHCACHE__GREATER, t);
    case GE_EXPR:
      return comparison (HASHCACHE__GREATER_EQUAL, t);
    case NEGATE_EXPR:
      return negate (read (TREE_OPERAND (t, 0)), TREE_TYPE (t));
    case BIT_NOT_EXPR:
      return complement (read (TREE_OPERAND (t, 0)), TREE_TYPE (t));
    case TRUTH_NOT_EXPR:
      return negation (read (TREE_OPERAND (t, 0)));
    case TRUTH_AND_EXPR:
    case TRUTH_ANDIF_EXPR:
      return conjunction (read (TREE_OPERAND (t, 0)), read (TREE_OPERAND (t, 1)));
    case TRUTH_OR_EXPR:
    case TRUTH_ORIF_EXPR:
      return disjunction (read (TREE_OPERAND (t, 0)), read (TREE_OPERAND (t, 1)));
    case COND_EXPR:
      return choice (read (TREE_OPERAND (t, 0)), read (TREE_OPERAND (t, 1)), read (TREE_OPERAND (t, 2)), TREE_TYPE (t));
    case CALL_EXPR:
      return fail ("a call of a function");
    case REAL_CST:
    case FLOAT_EXPR:
    case FIX_TRUNC_EXPR:
      return fail ("a floating-point number");
    default:
      if (TREE_CODE (t) == C_MAYBE_CONST_EXPR && !C_MAYBE_CONST_EXPR_PRE (t))
	return read (C_MAYBE_CONST_EXPR_EXPR (t));
      return fail (std::string ("an operation (") + get_tree_code_name (TREE_CODE (t)) + ")");
    }
}

/* walk_tree callback: take away the marks of the front end, which the printer does not know, and its conversions to wider types.  */

tree
strip_marks (tree *tp, int *, void *)
{
  for (;;)
    if (TREE_CODE (*tp) == C_MAYBE_CONST_EXPR && !C_MAYBE_CONST_EXPR_PRE (*tp))
      *tp = C_MAYBE_CONST_EXPR_EXPR (*tp);
    else if (TREE_CODE (*tp) == SAVE_EXPR)
      *tp = unshare_expr (TREE_OPERAND (*tp, 0)); /* Which no copy of what is around it has copied.  */
    else if (CONVERT_EXPR_P (*tp) && widening_p (*tp))
      *tp = TREE_OPERAND (*tp, 0);
    else
      return NULL_TREE;
}

/* BOUND for people.  */

std::string
bound_text (tree bound)
{
  pretty_printer pp;
  tree shown = unshare_expr (bound);
  walk_tree (&shown, strip_marks, NULL, NULL);
  dump_generic_node (&pp, shown, 0, TDF_SLIM, false);
  return pp_formatted_text (&pp);
}

} // anonymous namespace

/* Translate the array bound BOUND in SCOPE into RESULT, or set WHY and answer false.  */

bool
translate_bound (tree bound, const name_scope &scope, expression *result, std::string *why)
{
  bound_reader reader (scope);
  operand o = reader.read (bound);
  if (reader.finish (o, bound_text (bound), result))
    return true;
  *why = reader.why;
  return false;
}

/* For people: the length of an array whose greatest index is MAX.  */

std::string
length_text (tree max)
{
  tree shown = max;
  while (TREE_CODE (shown) == SAVE_EXPR || (CONVERT_EXPR_P (shown) && widening_p (shown)))
    shown = TREE_OPERAND (shown, 0);
  if ((TREE_CODE (shown) == PLUS_EXPR && integer_all_onesp (TREE_OPERAND (shown, 1)))
      || (TREE_CODE (shown) == MINUS_EXPR && integer_onep (TREE_OPERAND (shown, 1))))
    return bound_text (TREE_OPERAND (shown, 0));
  return bound_text (max) + " + 1";
}
