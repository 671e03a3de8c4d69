/* expression.cc: a number of elements, from the text of HASHCACHE_COUNT or from an array bound, as a program of contract.h.
   SPDX-License-Identifier: GPL-3.0-or-later

   Grammar of the text:
     sum     = product { (+|-) product }
     product = unary { (*|/|%) unary }
     unary   = (+|-|*) unary | primary
     primary = ( integer | name | "strlen" "(" sum ")" | "(" sum ")" ) { "." name | "->" name | "[" sum "]" }
   A name is a field of the struct, else a parameter, else a global variable or enumerator. Integers and pointers are loaded,
   structs and arrays stay where they are. Nothing is computed here: the runtime checks every operation for overflow.  */

#include "plugin.h"

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

namespace {

/* A partial result: STEPS leave the address of an object of TYPE on the stack if LVALUE, else its value.  */

struct operand
{
  std::vector<step> steps;
  tree type = NULL_TREE;
  bool lvalue = false;
};

/* What both readers of expressions build on.  WHY is set at the first thing not understood.  */

class expression_builder
{
public:
  explicit expression_builder (const name_scope &s) : scope (s) {}

  bool failed () const { return !why.empty (); }
  operand fail (const std::string &reason);
  operand constant (HOST_WIDE_INT value);
  operand object (unsigned op, HOST_WIDE_INT value, tree address, tree type);
  operand parameter (tree parm);
  operand variable (tree decl);
  operand field (operand base, tree field_decl);
  operand dereference (operand pointer);
  operand element (operand base, operand index);
  operand string_length (operand pointer);
  operand value_of (operand o);
  operand binary (unsigned op, operand a, operand b, tree type);
  operand negate (operand a);
  bool finish (operand o, const char *text, expression *result);

  std::string why;
  const name_scope &scope;
};

operand
expression_builder::fail (const std::string &reason)
{
  if (why.empty ())
    why = reason;
  return operand ();
}

operand
expression_builder::constant (HOST_WIDE_INT value)
{
  operand o;
  o.steps.push_back ({ HASHCACHE__PUSH, value, NULL_TREE });
  o.type = long_long_integer_type_node;
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

operand
expression_builder::variable (tree decl)
{
  if (TREE_CODE (decl) == CONST_DECL)
    return constant (tree_to_shwi (DECL_INITIAL (decl)));
  if (!is_global_var (decl) || DECL_THREAD_LOCAL_P (decl))
    return fail (std::string ("the variable ") + IDENTIFIER_POINTER (DECL_NAME (decl)) + " has no fixed address");
  if (TREE_READONLY (decl) && DECL_INITIAL (decl) && TREE_CODE (DECL_INITIAL (decl)) == INTEGER_CST)
    return constant (TREE_INT_CST_LOW (DECL_INITIAL (decl)));
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
  if (DECL_BIT_FIELD (field_decl) || TREE_CODE (DECL_FIELD_OFFSET (field_decl)) != INTEGER_CST)
    return fail ("a bit-field or a field at a variable offset");
  base.steps.push_back ({ HASHCACHE__OFFSET, int_byte_position (field_decl), NULL_TREE });
  base.type = TREE_TYPE (field_decl);
  return base;
}

/* What POINTER leads to.  */

operand
expression_builder::dereference (operand pointer)
{
  pointer = value_of (pointer);
  if (failed ())
    return pointer;
  if (!POINTER_TYPE_P (pointer.type))
    return fail ("* or -> on something that is no pointer");
  pointer.type = TREE_TYPE (pointer.type);
  pointer.lvalue = true;
  return pointer;
}

/* The element INDEX of the array or pointer BASE.  */

operand
expression_builder::element (operand base, operand index)
{
  base = value_of (base);
  index = value_of (index);
  if (failed ())
    return base;
  if (!POINTER_TYPE_P (base.type) || !INTEGRAL_TYPE_P (index.type) || !tree_fits_shwi_p (TYPE_SIZE_UNIT (TREE_TYPE (base.type))))
    return fail ("[ ] on something that is no array");
  tree type = TREE_TYPE (base.type);
  operand offset = binary (HASHCACHE__MULTIPLY, index, constant (tree_to_shwi (TYPE_SIZE_UNIT (type))), NULL_TREE);
  operand result = binary (HASHCACHE__ADD, base, offset, NULL_TREE);
  result.type = type;
  result.lvalue = true;
  return result;
}

/* The length of the string that POINTER leads to.  */

operand
expression_builder::string_length (operand pointer)
{
  pointer = value_of (pointer);
  if (failed ())
    return pointer;
  if (!POINTER_TYPE_P (pointer.type) || int_size_in_bytes (TREE_TYPE (pointer.type)) != 1)
    return fail ("strlen () of something that is no pointer to char");
  pointer.steps.push_back ({ HASHCACHE__STRLEN, 0, NULL_TREE });
  pointer.type = long_long_integer_type_node;
  return pointer;
}

/* The value of the object O.  */

operand
expression_builder::value_of (operand o)
{
  if (failed () || !o.lvalue)
    return o;
  o.lvalue = false;
  if (TYPE_VOLATILE (o.type))
    return fail ("a volatile object");
  if (TREE_CODE (o.type) == ARRAY_TYPE)
    {
      o.type = build_pointer_type (TREE_TYPE (o.type));
      return o;
    }
  if (POINTER_TYPE_P (o.type))
    {
      o.steps.push_back ({ HASHCACHE__LOAD_POINTER, 0, NULL_TREE });
      return o;
    }
  if (!INTEGRAL_TYPE_P (o.type) || int_size_in_bytes (o.type) > 8)
    return fail ("an object that is neither integer nor pointer");
  unsigned op = TYPE_UNSIGNED (o.type) ? HASHCACHE__LOAD_UINT : HASHCACHE__LOAD_INT;
  o.steps.push_back ({ op, int_size_in_bytes (o.type), NULL_TREE });
  return o;
}

/* OP on A and B.  Where C computes in the unsigned TYPE, the runtime refuses a value that does not fit: C would have wrapped.  */

operand
expression_builder::binary (unsigned op, operand a, operand b, tree type)
{
  a = value_of (a);
  b = value_of (b);
  if (failed ())
    return a;
  a.steps.insert (a.steps.end (), b.steps.begin (), b.steps.end ());
  a.steps.push_back ({ op, type && TYPE_UNSIGNED (type) ? TYPE_PRECISION (type) : 0, NULL_TREE });
  a.type = long_long_integer_type_node;
  return a;
}

operand
expression_builder::negate (operand a)
{
  a = value_of (a);
  if (failed ())
    return a;
  a.steps.push_back ({ HASHCACHE__NEGATE, 0, NULL_TREE });
  a.type = long_long_integer_type_node;
  return a;
}

/* Store O, which stands in the source as TEXT, in RESULT.  */

bool
expression_builder::finish (operand o, const char *text, expression *result)
{
  o = value_of (o);
  if (!failed () && !INTEGRAL_TYPE_P (o.type))
    fail ("not an integer");
  int depth = 0, deepest = 0;
  for (const step &s : o.steps)
    {
      if (s.op == HASHCACHE__PUSH || s.op == HASHCACHE__ARGUMENT || s.op == HASHCACHE__BASE || s.op == HASHCACHE__ADDRESS)
	depth++;
      else if (s.op >= HASHCACHE__ADD && s.op <= HASHCACHE__MODULO)
	depth--;
      deepest = MAX (deepest, depth);
    }
  if (deepest > HASHCACHE__DEPTH)
    fail ("too deeply nested");
  if (failed ())
    return false;
  result->text = text;
  result->steps = o.steps;
  return true;
}

/* Reader of the text of HASHCACHE_COUNT.  */

class count_parser : public expression_builder
{
public:
  count_parser (const char *text, const name_scope &s) : expression_builder (s), at (text) {}

  operand sum ();
  bool end ();

private:
  bool accept (const char *token);
  std::string name ();
  operand product ();
  operand unary ();
  operand primary ();
  operand integer ();
  operand named (const std::string &id);
  operand member (operand base);

  const char *at;
};

/* Take TOKEN if it is next.  */

bool
count_parser::accept (const char *token)
{
  while (ISSPACE (*at))
    at++;
  size_t n = strlen (token);
  if (strncmp (at, token, n) != 0 || (n == 1 && *token == '-' && at[1] == '>'))
    return false;
  at += n;
  return true;
}

bool
count_parser::end ()
{
  while (ISSPACE (*at))
    at++;
  return *at == '\0';
}

std::string
count_parser::name ()
{
  while (ISSPACE (*at))
    at++;
  const char *start = at;
  if (ISIDST (*at))
    while (ISIDNUM (*at))
      at++;
  return std::string (start, at);
}

operand
count_parser::sum ()
{
  operand result = product ();
  while (!failed ())
    if (accept ("+"))
      result = binary (HASHCACHE__ADD, result, product (), NULL_TREE);
    else if (accept ("-"))
      result = binary (HASHCACHE__SUBTRACT, result, product (), NULL_TREE);
    else
      break;
  return result;
}

operand
count_parser::product ()
{
  operand result = unary ();
  while (!failed ())
    if (accept ("*"))
      result = binary (HASHCACHE__MULTIPLY, result, unary (), NULL_TREE);
    else if (accept ("/"))
      result = binary (HASHCACHE__DIVIDE, result, unary (), NULL_TREE);
    else if (accept ("%"))
      result = binary (HASHCACHE__MODULO, result, unary (), NULL_TREE);
    else
      break;
  return result;
}

operand
count_parser::unary ()
{
  if (accept ("+"))
    return value_of (unary ());
  if (accept ("-"))
    return negate (unary ());
  if (accept ("*"))
    return dereference (unary ());
  return primary ();
}

operand
count_parser::primary ()
{
  operand result;
  if (accept ("("))
    {
      result = sum ();
      if (!failed () && !accept (")"))
	return fail ("a missing )");
    }
  else if (ISDIGIT (*at))
    result = integer ();
  else
    {
      std::string id = name ();
      if (id == "strlen" && accept ("("))
	{
	  result = string_length (sum ());
	  if (!failed () && !accept (")"))
	    return fail ("a missing )");
	  return result;
	}
      result = id.empty () ? fail (end () ? "an expression that ends early" : std::string ("`") + *at + "'") : named (id);
    }
  while (!failed ())
    if (accept ("."))
      result = member (result);
    else if (accept ("->"))
      result = member (dereference (result));
    else if (accept ("["))
      {
	result = element (result, sum ());
	if (!failed () && !accept ("]"))
	  return fail ("a missing ]");
      }
    else
      break;
  return result;
}

operand
count_parser::integer ()
{
  char *rest;
  errno = 0;
  long long value = strtoll (at, &rest, 0);
  if (errno != 0)
    return fail ("an integer that does not fit 64 bits");
  while (*rest == 'u' || *rest == 'U' || *rest == 'l' || *rest == 'L')
    rest++;
  if (ISIDNUM (*rest) || *rest == '.')
    return fail ("a number that is no integer");
  at = rest;
  return constant (value);
}

/* The field called ID of RECORD, looking through anonymous structs; the path to it is appended to PATH.  */

static bool
find_field (tree record, const char *id, std::vector<tree> *path)
{
  for (tree f = TYPE_FIELDS (record); f; f = DECL_CHAIN (f))
    {
      if (TREE_CODE (f) != FIELD_DECL)
	continue;
      path->push_back (f);
      if (DECL_NAME (f) ? !strcmp (IDENTIFIER_POINTER (DECL_NAME (f)), id)
			: TREE_CODE (TREE_TYPE (f)) == RECORD_TYPE && find_field (TREE_TYPE (f), id, path))
	return true;
      path->pop_back ();
    }
  return false;
}

/* The object called ID in the scope.  */

operand
count_parser::named (const std::string &id)
{
  std::vector<tree> path;
  if (scope.record && find_field (scope.record, id.c_str (), &path))
    {
      operand o = object (HASHCACHE__BASE, 0, NULL_TREE, scope.record);
      for (tree f : path)
	o = field (o, f);
      return o;
    }
  for (tree p = scope.parameters; p; p = DECL_CHAIN (p))
    if (DECL_NAME (p) && id == IDENTIFIER_POINTER (DECL_NAME (p)))
      return parameter (p);
  tree decl = lookup_name (get_identifier (id.c_str ()));
  if (decl && (TREE_CODE (decl) == VAR_DECL || TREE_CODE (decl) == CONST_DECL))
    return variable (decl);
  return fail ("`" + id + "', which is no parameter, field of the same struct, global variable or enumerator");
}

/* The member of BASE whose name comes next.  */

operand
count_parser::member (operand base)
{
  std::string id = name ();
  std::vector<tree> path;
  if (failed ())
    return base;
  if (!base.lvalue || TREE_CODE (base.type) != RECORD_TYPE || !find_field (base.type, id.c_str (), &path))
    return fail ("`" + id + "', which is no field of what stands before it");
  for (tree f : path)
    base = field (base, f);
  return base;
}

/* Reader of array bounds, which are GENERIC trees.  */

class bound_reader : public expression_builder
{
public:
  explicit bound_reader (const name_scope &s) : expression_builder (s) {}
  operand read (tree t);

private:
  operand conversion (tree t);
};

/* The conversion T, which must keep the value.  */

operand
bound_reader::conversion (tree t)
{
  tree from = TREE_TYPE (TREE_OPERAND (t, 0)), to = TREE_TYPE (t);
  if (!INTEGRAL_TYPE_P (from) || !INTEGRAL_TYPE_P (to))
    return POINTER_TYPE_P (from) && POINTER_TYPE_P (to) ? read (TREE_OPERAND (t, 0)) : fail ("a conversion");
  if (TYPE_PRECISION (to) < TYPE_PRECISION (from))
    return fail ("a conversion to a narrower type");
  return value_of (read (TREE_OPERAND (t, 0)));
}

operand
bound_reader::read (tree t)
{
  switch (TREE_CODE (t))
    {
    case INTEGER_CST:
      return TYPE_PRECISION (TREE_TYPE (t)) <= 64 ? constant (TREE_INT_CST_LOW (t)) : fail ("a constant beyond 64 bits");
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
      /* n - 1 may be n + 0xffffffff.  */
      if (TREE_CODE (TREE_OPERAND (t, 1)) == INTEGER_CST && wi::neg_p (wi::to_wide (TREE_OPERAND (t, 1)), SIGNED))
	return binary (HASHCACHE__ADD, read (TREE_OPERAND (t, 0)), constant (wi::to_wide (TREE_OPERAND (t, 1)).to_shwi ()),
		       TREE_TYPE (t) == sizetype ? NULL_TREE : TREE_TYPE (t));
      return binary (HASHCACHE__ADD, read (TREE_OPERAND (t, 0)), read (TREE_OPERAND (t, 1)), TREE_TYPE (t));
    case MINUS_EXPR:
      return binary (HASHCACHE__SUBTRACT, read (TREE_OPERAND (t, 0)), read (TREE_OPERAND (t, 1)), TREE_TYPE (t));
    case MULT_EXPR:
      return binary (HASHCACHE__MULTIPLY, read (TREE_OPERAND (t, 0)), read (TREE_OPERAND (t, 1)), TREE_TYPE (t));
    case TRUNC_DIV_EXPR:
    case EXACT_DIV_EXPR:
      return binary (HASHCACHE__DIVIDE, read (TREE_OPERAND (t, 0)), read (TREE_OPERAND (t, 1)), TREE_TYPE (t));
    case TRUNC_MOD_EXPR:
      return binary (HASHCACHE__MODULO, read (TREE_OPERAND (t, 0)), read (TREE_OPERAND (t, 1)), TREE_TYPE (t));
    case NEGATE_EXPR:
      return negate (read (TREE_OPERAND (t, 0)));
    default:
      if (TREE_CODE (t) == C_MAYBE_CONST_EXPR && !C_MAYBE_CONST_EXPR_PRE (t))
	return read (C_MAYBE_CONST_EXPR_EXPR (t));
      return fail (std::string ("an operation (") + get_tree_code_name (TREE_CODE (t)) + ")");
    }
}

} // anonymous namespace

/* Parse TEXT in SCOPE into RESULT, or set WHY and answer false.  */

bool
parse_count (const char *text, const name_scope &scope, expression *result, std::string *why)
{
  count_parser parser (text, scope);
  operand o = parser.sum ();
  if (!parser.failed () && !parser.end ())
    parser.fail ("more than one expression: several levels of pointers");
  if (parser.finish (o, text, result))
    return true;
  *why = parser.why;
  return false;
}

/* Translate the array bound BOUND in SCOPE into RESULT, or set WHY and answer false.  */

bool
translate_bound (tree bound, const name_scope &scope, expression *result, std::string *why)
{
  bound_reader reader (scope);
  operand o = reader.read (bound);
  pretty_printer pp;
  dump_generic_node (&pp, bound, 0, TDF_SLIM, false);
  if (reader.finish (o, pp_formatted_text (&pp), result))
    return true;
  *why = reader.why;
  return false;
}
