/* count.cc: the text of HASHCACHE_COUNT, HASHCACHE_RETURNS and HASHCACHE_IF as programs of contract.h.
   SPDX-License-Identifier: GPL-3.0-or-later

   The text is an expression of C without calls, assignments and floating-point numbers, with C's precedence:
     counts      = count { "," count }            count = conditional | "string"
     conditional = binary [ "?" conditional ":" conditional ]
     binary      = unary { operator unary }       operators: || && | ^ & == != < <= > >= << >> + - * / %
     unary       = ( + | - | ! | ~ | * | & | "(" type ")" ) unary | "sizeof" ( unary | "(" type ")" ) | primary
     primary     = ( integer | character | name | "strlen" "(" conditional ")" | "(" conditional ")" ) { "." name | "->" name | "[" conditional "]" }
   A name is a field of the struct, else a parameter, else `result', else a global variable or enumerator. Sums and products are
   those of mathematics, in 64 bits, and not below zero where C's are unsigned; everything else is as C has it.  */

#include "expression.h"

namespace {

/* Operators of two operands: how tight they bind.  */

struct binary_operator
{
  const char *token;
  unsigned precedence;
  unsigned op; /* 0: && and ||.  */
};

const binary_operator binary_operators[] = {
  { "||", 1, 0 },
  { "&&", 2, 0 },
  { "|", 3, HASHCACHE__BIT_OR },
  { "^", 4, HASHCACHE__BIT_XOR },
  { "&", 5, HASHCACHE__BIT_AND },
  { "==", 6, HASHCACHE__EQUAL },
  { "!=", 6, HASHCACHE__NOT_EQUAL },
  { "<", 7, HASHCACHE__LESS },
  { "<=", 7, HASHCACHE__LESS_EQUAL },
  { ">", 7, HASHCACHE__GREATER },
  { ">=", 7, HASHCACHE__GREATER_EQUAL },
  { "<<", 8, HASHCACHE__SHIFT_LEFT },
  { ">>", 8, HASHCACHE__SHIFT_RIGHT },
  { "+", 9, HASHCACHE__ADD },
  { "-", 9, HASHCACHE__SUBTRACT },
  { "*", 10, HASHCACHE__MULTIPLY },
  { "/", 10, HASHCACHE__DIVIDE },
  { "%", 10, HASHCACHE__MODULO },
};

/* Marks of more than one character, so that none is taken for two.  */

const char *const long_marks[] = { "<<=", ">>=", "->", "++", "--", "<<", "<=", ">>", ">=", "==", "!=", "&&", "||",
				   "+=",  "-=",	 "*=", "/=", "%=", "&=", "^=", "|=" };

/* Reader of the text.  */

class count_parser : public expression_builder
{
public:
  count_parser (const char *text, const name_scope &s) : expression_builder (s), at (text) {}

  operand conditional ();
  bool accept (const char *token);
  bool accept_word (const char *word);
  bool end ();
  bool string_word ();
  const char *place () const { return at; }
  const char *next ();

private:
  std::string mark ();
  std::string name ();
  operand binary_expression (unsigned precedence);
  operand apply (const binary_operator &o, operand a, operand b);
  operand sum (unsigned op, operand a, operand b);
  operand unary ();
  operand cast (tree type);
  operand size_of ();
  operand primary ();
  operand postfix (operand o);
  operand integer ();
  operand character ();
  operand named (const std::string &id);
  operand member (operand base);
  bool object_name_p (const std::string &id);
  tree type_name ();
  tree type_specifiers ();
  tree tagged_type (tree_code code);

  const char *at;
};

/* The mark that comes next, as long as it can be; empty if what comes next is none.  */

std::string
count_parser::mark ()
{
  next ();
  for (const char *m : long_marks)
    if (!strncmp (at, m, strlen (m)))
      return m;
  return *at && !ISIDNUM (*at) ? std::string (1, *at) : "";
}

/* Take TOKEN if it is next.  */

bool
count_parser::accept (const char *token)
{
  if (mark () != token)
    return false;
  at += strlen (token);
  return true;
}

bool
count_parser::end ()
{
  return *next () == '\0';
}

/* The place of what comes next.  */

const char *
count_parser::next ()
{
  while (ISSPACE (*at))
    at++;
  return at;
}

std::string
count_parser::name ()
{
  const char *start = next ();
  if (ISIDST (*at))
    while (ISIDNUM (*at))
      at++;
  return std::string (start, at);
}

/* Take WORD if it is next.  */

bool
count_parser::accept_word (const char *word)
{
  const char *start = at;
  if (name () == word)
    return true;
  at = start;
  return false;
}

/* True if ID is an object in the scope.  */

bool
count_parser::object_name_p (const std::string &id)
{
  std::vector<tree> path;
  if (scope.record && find_field (scope.record, id.c_str (), &path))
    return true;
  for (tree p = scope.parameters; p; p = DECL_CHAIN (p))
    if (DECL_NAME (p) && id == IDENTIFIER_POINTER (DECL_NAME (p)))
      return true;
  tree decl = lookup_name (get_identifier (id.c_str ()));
  return decl && (TREE_CODE (decl) == VAR_DECL || TREE_CODE (decl) == CONST_DECL);
}

/* Take the word `string' that stands for itself: all of a count, and no integer of that name.  */

bool
count_parser::string_word ()
{
  const char *start = at;
  if (accept_word ("string") && (end () || mark () == ","))
    {
      if (!object_name_p ("string"))
	return true;
      operand o = named ("string");
      if (!failed () && !INTEGRAL_TYPE_P (o.type))
	return true;
    }
  at = start;
  return false;
}

operand
count_parser::conditional ()
{
  operand condition = binary_expression (1);
  if (failed () || !accept ("?"))
    return condition;
  operand a = value_of (conditional ());
  if (!failed () && !accept (":"))
    return fail ("a ? without a :");
  operand b = value_of (conditional ());
  if (failed ())
    return a;
  if (!INTEGRAL_TYPE_P (a.type) || !INTEGRAL_TYPE_P (b.type))
    return fail ("a choice between pointers");
  tree type = common_type_of (a.type, b.type);
  return choice (condition, exact (convert (a, type)), exact (convert (b, type)), type);
}

/* Operators that bind as tight as PRECEDENCE or tighter.  */

operand
count_parser::binary_expression (unsigned precedence)
{
  operand result = unary ();
  while (!failed ())
    {
      std::string next = mark ();
      const binary_operator *found = NULL;
      for (const binary_operator &o : binary_operators)
	if (next == o.token && o.precedence >= precedence)
	  found = &o;
      if (!found)
	break;
      at += next.size ();
      result = apply (*found, result, binary_expression (found->precedence + 1));
    }
  return result;
}

/* A sum or product of A and B, in 64 bits.  */

operand
count_parser::sum (unsigned op, operand a, operand b)
{
  a = value_of (a);
  b = value_of (b);
  if (failed ())
    return a;
  if (op == HASHCACHE__SUBTRACT && POINTER_TYPE_P (a.type) && POINTER_TYPE_P (b.type))
    return difference (a, b);
  if (op == HASHCACHE__ADD && POINTER_TYPE_P (a.type) != POINTER_TYPE_P (b.type))
    {
      operand place = POINTER_TYPE_P (a.type) ? element (a, b) : element (b, a);
      place.lvalue = false;
      place.type = failed () ? NULL_TREE : build_pointer_type (place.type);
      return place;
    }
  if (!INTEGRAL_TYPE_P (a.type) || !INTEGRAL_TYPE_P (b.type))
    return fail ("arithmetic with pointers");
  tree type = widest_type_of (common_type_of (a.type, b.type));
  return binary (op, convert (a, type), convert (b, type), type);
}

/* O on A and B.  */

operand
count_parser::apply (const binary_operator &o, operand a, operand b)
{
  if (failed ())
    return a;
  if (o.op == 0)
    return o.precedence == 1 ? disjunction (a, b) : conjunction (a, b);
  if (o.precedence == 9 || o.op == HASHCACHE__MULTIPLY)
    return sum (o.op, a, b);
  const bool comparison = o.op >= HASHCACHE__EQUAL && o.op <= HASHCACHE__GREATER_EQUAL;
  a = comparison ? number_of (a) : value_of (a);
  b = comparison ? number_of (b) : value_of (b);
  if (failed ())
    return a;
  if (!INTEGRAL_TYPE_P (a.type) || !INTEGRAL_TYPE_P (b.type))
    return comparison ? compare (o.op, a, b) : fail ("arithmetic with pointers");
  if (o.op == HASHCACHE__SHIFT_LEFT || o.op == HASHCACHE__SHIFT_RIGHT)
    {
      tree type = o.op == HASHCACHE__SHIFT_LEFT ? widest_type_of (promoted_type (a.type)) : promoted_type (a.type);
      return binary (o.op, convert (a, type), b, type);
    }
  tree type = common_type_of (a.type, b.type);
  a = convert (a, type);
  b = convert (b, type);
  return comparison ? compare (o.op, a, b) : binary (o.op, a, b, type);
}

operand
count_parser::unary ()
{
  if (accept ("-") || accept ("+") || accept ("~"))
    {
      const char sign = at[-1];
      operand o = value_of (unary ());
      if (failed ())
	return o;
      if (!INTEGRAL_TYPE_P (o.type))
	return fail (std::string (1, sign) + " before something that is no integer");
      tree type = promoted_type (o.type);
      o = convert (o, type);
      return sign == '-' ? negate (o, type) : sign == '~' ? complement (o, type) : o;
    }
  if (accept ("!"))
    return negation (unary ());
  if (accept ("*"))
    return dereference (unary ());
  if (accept ("&"))
    {
      operand o = unary ();
      if (!failed () && (!o.lvalue || o.width))
	return fail ("& before something that is not in memory");
      o.lvalue = false;
      o.type = failed () ? NULL_TREE : build_pointer_type (o.type);
      return o;
    }
  if (accept_word ("sizeof"))
    return size_of ();
  const char *start = at;
  if (accept ("("))
    {
      tree type = type_name ();
      if (failed ())
	return operand ();
      if (type && accept (")"))
	return cast (type);
      at = start;
    }
  return primary ();
}

/* What comes next, converted to TYPE.  */

operand
count_parser::cast (tree type)
{
  operand o = number_of (unary ());
  if (failed () || !POINTER_TYPE_P (type))
    return convert (o, type);
  if (!POINTER_TYPE_P (o.type) && !(o.steps.size () == 1 && o.steps[0].op == HASHCACHE__PUSH && o.steps[0].value == 0))
    return fail ("a conversion of a number to a pointer");
  o.type = type;
  return o;
}

/* The size of the type or object that comes next.  */

operand
count_parser::size_of ()
{
  const char *start = at;
  tree type = NULL_TREE;
  if (accept ("(") && (type = type_name ()) && !accept (")"))
    return fail ("a missing )");
  if (!type && !failed ())
    {
      at = start;
      operand o = unary ();
      if (!failed () && (!o.lvalue || o.width))
	return fail ("the size of something that is no object");
      type = o.type;
    }
  if (failed ())
    return operand ();
  tree size = COMPLETE_TYPE_P (type) ? TYPE_SIZE_UNIT (type) : NULL_TREE;
  if (!size || !tree_fits_shwi_p (size) || FUNC_OR_METHOD_TYPE_P (type))
    return fail ("the size of something that has no fixed size");
  return constant (tree_to_shwi (size), size_type_node);
}

operand
count_parser::primary ()
{
  if (accept ("("))
    {
      operand result = conditional ();
      return failed () || accept (")") ? postfix (result) : fail ("a missing )");
    }
  if (mark () == "'")
    return character ();
  if (ISDIGIT (*at))
    return integer ();
  std::string id = name ();
  if (id == "strlen" && accept ("("))
    {
      operand result = string_length (conditional ());
      return failed () || accept (")") ? result : fail ("a missing )");
    }
  if (id.empty ())
    return fail (end () ? "an expression that ends early" : "`" + mark () + "'");
  if (mark () == "(")
    return fail ("a call of a function");
  return postfix (named (id));
}

/* O and what stands behind it.  */

operand
count_parser::postfix (operand o)
{
  while (!failed ())
    if (accept ("."))
      o = member (o);
    else if (accept ("->"))
      o = member (dereference (o));
    else if (accept ("["))
      {
	o = element (o, conditional ());
	if (!failed () && !accept ("]"))
	  return fail ("a missing ]");
      }
    else
      break;
  return o;
}

/* The integer that comes next, of the type that C gives it.  */

operand
count_parser::integer ()
{
  char *rest;
  errno = 0;
  const bool decimal = *at != '0';
  const unsigned long long value = strtoull (at, &rest, 0);
  if (errno != 0 || value > (unsigned long long) HOST_WIDE_INT_MAX)
    return fail ("an integer that does not fit 63 bits");
  bool is_unsigned = false, is_long = false;
  for (; *rest == 'u' || *rest == 'U' || *rest == 'l' || *rest == 'L'; rest++)
    (*rest == 'u' || *rest == 'U' ? is_unsigned : is_long) = true;
  if (ISIDNUM (*rest) || *rest == '.')
    return fail ("a number that is no integer");
  at = rest;
  tree type = is_long || value > 0xffffffff || (value > 0x7fffffff && decimal && !is_unsigned)
		? long_long_integer_type_node : value > 0x7fffffff ? unsigned_type_node : integer_type_node;
  return constant (value, is_unsigned ? unsigned_type_for (type) : type);
}

/* The character constant that comes next.  */

operand
count_parser::character ()
{
  static const char escapes[] = "a\ab\bf\fn\nr\rt\tv\v\\\\''\"\"?\?";
  unsigned value = (unsigned char) *++at;
  if (value == '\\')
    {
      char *rest = NULL;
      const char *escape = *++at ? strchr (escapes, *at) : NULL;
      if (*at >= '0' && *at <= '7')
	for (value = 0; *at >= '0' && *at <= '7'; at++)
	  value = value * 8 + (*at - '0');
      else if (*at == 'x' && ISXDIGIT (at[1]))
	value = strtoul (at + 1, &rest, 16), at = rest;
      else if (escape && (escape - escapes) % 2 == 0)
	value = escape[1], at++;
      else
	return fail ("a character that is not known");
    }
  else if (value)
    at++;
  if (*at != '\'' || value > 255)
    return fail ("a character constant that is no single character");
  at++;
  return constant (TYPE_UNSIGNED (char_type_node) ? value : (signed char) value, integer_type_node);
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
  const bool known = decl && (TREE_CODE (decl) == VAR_DECL || TREE_CODE (decl) == CONST_DECL);
  if (id == "result" && scope.result && !VOID_TYPE_P (scope.result))
    return known ? fail ("`result', which may be the variable or what the function returns")
		 : object (HASHCACHE__RESULT, 0, NULL_TREE, scope.result);
  if (known)
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
  if (!base.lvalue || base.width || !RECORD_OR_UNION_TYPE_P (base.type) || !find_field (base.type, id.c_str (), &path))
    return fail ("`" + id + "', which is no field of what stands before it");
  for (tree f : path)
    base = field (base, f);
  return base;
}

/* The struct, union or enumeration, as CODE says, whose tag comes next.  */

tree
count_parser::tagged_type (tree_code code)
{
  std::string tag = name ();
  if (tag.empty ())
    {
      fail ("a struct, union or enum without a name");
      return NULL_TREE;
    }
  return xref_tag (code, get_identifier (tag.c_str ()));
}

/* The type whose specifiers come next, NULL_TREE if there are none.  */

tree
count_parser::type_specifiers ()
{
  std::map<std::string, unsigned> words;
  tree type = NULL_TREE;
  for (;;)
    {
      const char *start = at;
      std::string id = name ();
      static const char *const known[] = { "unsigned", "signed", "long", "short", "int", "char", "float", "double", "_Bool" };
      if (id == "const" || id == "volatile")
	continue;
      if (!type && words.empty () && (id == "struct" || id == "union" || id == "enum"))
	{
	  type = tagged_type (id == "struct" ? RECORD_TYPE : id == "union" ? UNION_TYPE : ENUMERAL_TYPE);
	  continue;
	}
      if (!type && std::find (std::begin (known), std::end (known), id) != std::end (known))
	{
	  words[id]++;
	  continue;
	}
      tree decl = !type && words.empty () && !id.empty () && !object_name_p (id) ? lookup_name (get_identifier (id.c_str ())) : NULL_TREE;
      if (decl && TREE_CODE (decl) == TYPE_DECL)
	{
	  type = TREE_TYPE (decl);
	  continue;
	}
      at = start;
      break;
    }
  if (type || words.empty ())
    return type;
  const bool is_unsigned = words["unsigned"];
  if (words["char"])
    return is_unsigned ? unsigned_char_type_node : words["signed"] ? signed_char_type_node : char_type_node;
  if (words["double"])
    return words["long"] ? long_double_type_node : double_type_node;
  if (words["float"] || words["_Bool"])
    return words["float"] ? float_type_node : boolean_type_node;
  if (words["short"])
    return is_unsigned ? short_unsigned_type_node : short_integer_type_node;
  if (words["long"])
    return words["long"] > 1 ? (is_unsigned ? long_long_unsigned_type_node : long_long_integer_type_node)
			     : (is_unsigned ? long_unsigned_type_node : long_integer_type_node);
  return is_unsigned ? unsigned_type_node : integer_type_node;
}

/* The type whose name comes next, NULL_TREE if something else does.  */

tree
count_parser::type_name ()
{
  tree type = type_specifiers ();
  while (type && !failed () && accept ("*"))
    {
      type = build_pointer_type (type);
      while (accept_word ("const") || accept_word ("restrict") || accept_word ("volatile"))
	continue;
    }
  return failed () ? NULL_TREE : type;
}

} // anonymous namespace

/* Parse TEXT, counts in SCOPE that stand behind WORD, into LEVELS, or set WHY and answer false.  */

bool
parse_counts (const char *word, const char *text, const name_scope &scope, std::vector<extent_level> *levels, std::string *why)
{
  count_parser parser (text, scope);
  do
    {
      extent_level level;
      expression e;
      const char *start = parser.next ();
      if (parser.string_word ())
	level.kind = HASHCACHE__STRING;
      else if (!parser.failed ())
	{
	  operand o = parser.conditional ();
	  const char *stop = parser.place ();
	  while (stop > start && ISSPACE (stop[-1]))
	    stop--;
	  if (parser.finish (o, std::string (start, stop), &e))
	    level.dims.push_back (e);
	}
      levels->push_back (level);
    }
  while (!parser.failed () && parser.accept (","));
  if (!parser.failed () && !parser.end ())
    parser.fail (std::string ("`") + parser.place () + "'");
  if (!parser.failed ())
    return true;
  *why = "cannot understand " + parser.why + " in " + word + " (" + text + ")";
  return false;
}

/* Parse TEXT, a condition in SCOPE, into RESULT, or set WHY and answer false.  */

bool
parse_condition (const char *text, const name_scope &scope, expression *result, std::string *why)
{
  count_parser parser (text, scope);
  operand o = parser.conditional ();
  if (!parser.failed () && !parser.end ())
    parser.fail (std::string ("`") + parser.place () + "'");
  if (parser.finish_truth (o, text, result))
    return true;
  *why = std::string ("cannot understand ") + parser.why + " in HASHCACHE_IF (" + text + ")";
  return false;
}
