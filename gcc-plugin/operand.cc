/* operand.cc: makes values of operands.
   SPDX-License-Identifier: GPL-3.0-or-later

   Constants are folded as GCC folds them. An access to memory is an address (what it is based on, a constant number of bits, and
   the indices that vary with the size of what they count) and the type that is accessed; which fields of which struct lie there
   does not matter. Comparisons are brought to eq, lt and le, conditions to these and their inversion.  */

#include "canonical.h"

/* How T is accessed: a type, or a number of bytes.  */

std::string
access_text (tree t)
{
  tree type = TREE_TYPE (t);
  std::string prefix = volatile_p (t) ? "volatile " : "";
  std::string bits = TREE_CODE (t) == COMPONENT_REF && DECL_BIT_FIELD (TREE_OPERAND (t, 1))
		       ? "/" + std::to_string (tree_to_uhwi (DECL_SIZE (TREE_OPERAND (t, 1))))
		     : TREE_CODE (t) == BIT_FIELD_REF ? "/" + std::to_string (tree_to_uhwi (TREE_OPERAND (t, 1)))
						      : "";
  if (is_gimple_reg_type (type) || !TYPE_SIZE_UNIT (type) || TREE_CODE (TYPE_SIZE_UNIT (type)) != INTEGER_CST)
    return prefix + type_text (type) + bits;
  return prefix + std::to_string (tree_to_uhwi (TYPE_SIZE_UNIT (type))) + " bytes";
}

value
canonicalizer::text_value (const std::string &label, std::vector<value> operands, tree type)
{
  return values.make ({ VALUE_TEXT, label + ":" + type_text (type), NULL_TREE, 0, std::move (operands), type, location, 0, "" });
}

value
canonicalizer::inline_value (const std::string &label, HOST_WIDE_INT number, std::vector<value> operands)
{
  return values.make ({ VALUE_INLINE, label, NULL_TREE, number, std::move (operands), NULL_TREE, location, 0, "" });
}

/* The value of T, which becomes a value of type AS if that is known.  An address that becomes a pointer to const is taken for
   reading: where a cast takes the const away and the body writes all the same, the runtime finds the variable changed and stores
   nothing.  */

value
canonicalizer::read (tree t, tree as)
{
  if (CONSTANT_CLASS_P (t))
    return constant (t);
  if (is_gimple_reg (t))
    return read_register (t);
  switch (TREE_CODE (t))
    {
    case FUNCTION_DECL:
      return function_value (t);
    case CONST_DECL:
      return read (DECL_INITIAL (t));
    case WITH_SIZE_EXPR:
      return text_value ("with_size", { read (TREE_OPERAND (t, 0)), read (TREE_OPERAND (t, 1)) }, TREE_TYPE (t));
    case TREE_LIST:
      return read (TREE_VALUE (t), as);
    case CONSTRUCTOR:
      return constructor (t);
    case ADDR_EXPR:
      {
	bool reading = as && POINTER_TYPE_P (as) && TYPE_READONLY (strip_array_types (TREE_TYPE (as)));
	return address (TREE_OPERAND (t, 0), HASHCACHE__READ | (reading ? 0 : HASHCACHE__WRITTEN));
      }
    default:
      break;
    }
  if (DECL_P (t) || TREE_CODE (t) == MEM_REF)
    return load (t);
  if (REFERENCE_CLASS_P (t))
    {
      tree base = t;
      while (handled_component_p (base))
	base = TREE_OPERAND (base, 0);
      if (!is_gimple_reg (base) && TREE_CODE (base) != COMPLEX_CST && TREE_CODE (base) != VECTOR_CST)
	return load (t);
      /* A part of a value: of a complex number, say.  */
      if (TREE_CODE (t) == BIT_FIELD_REF)
	return text_value ("bits", { read (TREE_OPERAND (t, 0)), constant (TREE_OPERAND (t, 1)), constant (TREE_OPERAND (t, 2)) },
			   TREE_TYPE (t));
      if (TREE_CODE (t) == REALPART_EXPR || TREE_CODE (t) == IMAGPART_EXPR || TREE_CODE (t) == VIEW_CONVERT_EXPR)
	return operation (TREE_CODE (t), TREE_TYPE (t), { read (TREE_OPERAND (t, 0)) });
    }
  if (COMPARISON_CLASS_P (t))
    {
      bool inverted = false;
      value v = condition (TREE_CODE (t), TREE_TYPE (t), TREE_OPERAND (t, 0), TREE_OPERAND (t, 1), &inverted);
      return operation (inverted ? TRUTH_NOT_EXPR : NOP_EXPR, TREE_TYPE (t), { v });
    }
  if (UNARY_CLASS_P (t) || BINARY_CLASS_P (t))
    {
      std::vector<value> operands;
      for (int i = 0; i < TREE_OPERAND_LENGTH (t); i++)
	operands.push_back (read (TREE_OPERAND (t, i)));
      return operation (TREE_CODE (t), TREE_TYPE (t), operands);
    }
  effect (std::string ("has an operand that hashcache does not know (") + get_tree_code_name (TREE_CODE (t)) + ")");
  return inline_value ("unknown", 0, {});
}

/* What the register T holds at this point.  */

value
canonicalizer::read_register (tree t)
{
  if (VAR_P (t) && DECL_HAS_VALUE_EXPR_P (t))
    return read (DECL_VALUE_EXPR (t));
  bool single_valued = registers.single_value_p (t);
  auto known = single_valued ? single.find (t) : now.current.find (t);
  if (known != (single_valued ? single.end () : now.current.end ()))
    return known->second;
  if (single_valued && TREE_CODE (t) == PARM_DECL && parameters.count (t))
    return values.make ({ VALUE_INLINE, "a" + std::to_string (parameters[t]), NULL_TREE, 0, {}, TREE_TYPE (t), location, 0, "" });
  if (single_valued)
    effect ("uses a value that is not computed before");
  return values.make ({ VALUE_REGISTER, type_text (TREE_TYPE (t)), t, now.origin, {}, TREE_TYPE (t), location, 0, "" });
}

/* Constants ------------------------------------------------------------------------------------------------------------- */

static std::string
real_text (tree t)
{
  long words[8] = { 0 };
  char hex[16];
  std::string text;
  machine_mode mode = TYPE_MODE (TREE_TYPE (t));
  real_to_target (words, TREE_REAL_CST_PTR (t), mode);
  for (unsigned i = 0; i < (GET_MODE_SIZE (as_a<scalar_mode> (mode)) + 3u) / 4u && i < 8; i++)
    {
      snprintf (hex, sizeof hex, "%08lx", words[i] & 0xffffffffUL);
      text += hex;
    }
  return text;
}

/* The string literal T as text.  */

std::string
string_text (tree t)
{
  char octal[8];
  std::string text = "\"";
  for (int i = 0; i < TREE_STRING_LENGTH (t); i++)
    {
      unsigned char c = TREE_STRING_POINTER (t)[i];
      snprintf (octal, sizeof octal, "\\%03o", c);
      text += c != '"' && c != '\\' && c >= ' ' && c < 127 ? std::string (1, c) : octal;
    }
  return text + "\"";
}

value
canonicalizer::constant (tree t)
{
  char digits[WIDE_INT_PRINT_BUFFER_SIZE];
  std::string text = type_text (TREE_TYPE (t)) + " ";
  switch (TREE_CODE (t))
    {
    case INTEGER_CST:
      print_dec (wi::to_wide (t), digits, TYPE_SIGN (TREE_TYPE (t)));
      text += digits;
      break;
    case REAL_CST:
      text += real_text (t);
      break;
    case COMPLEX_CST:
      text += "(" + values[constant (TREE_REALPART (t))].label + ", " + values[constant (TREE_IMAGPART (t))].label + ")";
      break;
    case STRING_CST:
      text += string_text (t);
      break;
    case VECTOR_CST:
      {
	unsigned HOST_WIDE_INT n;
	text += "{";
	if (!VECTOR_CST_NELTS (t).is_constant (&n))
	  effect ("uses a vector of variable length");
	else
	  for (unsigned HOST_WIDE_INT i = 0; i < n; i++)
	    text += " " + values[constant (VECTOR_CST_ELT (t, i))].label;
	text += " }";
	break;
      }
    default:
      effect (std::string ("has a constant that hashcache does not know (") + get_tree_code_name (TREE_CODE (t)) + ")");
    }
  return values.make ({ VALUE_INLINE, text, t, 0, {}, NULL_TREE, location, 0, "" });
}

/* The value of the CONSTRUCTOR T.  */

value
canonicalizer::constructor (tree t)
{
  unsigned HOST_WIDE_INT i;
  tree index, element;
  std::string label = "constructor " + access_text (t);
  std::vector<value> operands;
  FOR_EACH_CONSTRUCTOR_ELT (CONSTRUCTOR_ELTS (t), i, index, element)
    {
      if (index && TREE_CODE (index) == FIELD_DECL)
	label += " " + values[constant (bit_position (index))].label
		 + (DECL_BIT_FIELD (index) ? "/" + std::to_string (tree_to_uhwi (DECL_SIZE (index))) : "");
      else if (index && TREE_CODE (index) == RANGE_EXPR)
	label += " " + values[constant (TREE_OPERAND (index, 0))].label + "..." + values[constant (TREE_OPERAND (index, 1))].label;
      else
	label += index ? " " + values[constant (index)].label : " next";
      label += ":" + access_text (element);
      operands.push_back (read (element));
    }
  return text_value (label, operands, TREE_TYPE (t));
}

/* Memory ---------------------------------------------------------------------------------------------------------------- */

/* True if T is a constant that the compiler itself laid into memory, such as the initialiser of a local array.  */

static bool
compiler_constant_p (tree t)
{
  return DECL_ARTIFICIAL (t) && TREE_READONLY (t) && DECL_INITIAL (t) && DECL_INITIAL (t) != error_mark_node;
}

/* True if T is what a sanitizer or OpenMP's critical sections keep for themselves.  Compound literals are artificial as well, but
   they are the user's.  */

static bool
compiler_data_p (tree t)
{
  if (!DECL_ARTIFICIAL (t))
    return false;
  const char *name = IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (t));
  for (const char *mine : { ".gomp_critical_user_", "*.Lubsan_", "*.LASAN", "__gcov", ".Lubsan_" })
    if (!strncmp (name, mine, strlen (mine)))
      return true;
  return false;
}

/* True if T is a standard stream, which only output functions can use.  */

static bool
stream_p (tree t)
{
  if (!DECL_EXTERNAL (t) || !DECL_NAME (t))
    return false;
  const char *name = IDENTIFIER_POINTER (DECL_NAME (t));
  return !strcmp (name, "stdout") || !strcmp (name, "stderr");
}

/* The value of T if that is a const scalar or pointer whose initialiser is known here: what GCC reads of it when it optimises; else
   NULL_TREE.  */

static tree
known_constant (tree t)
{
  if (!VAR_P (t) || !TREE_READONLY (t) || TREE_THIS_VOLATILE (t) || DECL_WEAK (t) || !DECL_INITIAL (t) || !decl_binds_to_current_def_p (t))
    return NULL_TREE;
  tree initial = DECL_INITIAL (t);
  STRIP_NOPS (initial);
  if (POINTER_TYPE_P (TREE_TYPE (t)) && TREE_CODE (initial) == ADDR_EXPR && is_gimple_min_invariant (initial))
    return initial;
  initial = DECL_INITIAL (t);
  return CONSTANT_CLASS_P (initial) && TREE_CODE (initial) != STRING_CST ? initial : NULL_TREE;
}

/* The constant T of the compiler.  */

value
canonicalizer::compiler_constant (tree t)
{
  std::string bytes;
  HOST_WIDE_INT size = int_size_in_bytes (TREE_TYPE (t));
  if (constant_bytes (DECL_INITIAL (t), size, &bytes))
    return inline_value ("constant " + std::to_string (size) + " " + bytes, 0, {});
  return inline_value ("constant", 0, { read (DECL_INITIAL (t)) });
}

/* The variable T in memory, accessed as ACCESS says.  */

value
canonicalizer::variable (tree t, unsigned access)
{
  if (VAR_P (t) && DECL_HARD_REGISTER (t))
    effect ("uses a hardware register");
  if (!is_global_var (t))
    {
      tree size = DECL_SIZE_UNIT (t);
      std::string label = "memory " + (size && TREE_CODE (size) == INTEGER_CST ? std::to_string (tree_to_uhwi (size)) : "?");
      if (parameters.count (t))
	return inline_value ("A" + std::to_string (parameters[t]), 0, {});
      return values.make ({ VALUE_MEMORY, label, t, 0, {}, NULL_TREE, location, 0, "" });
    }
  if (compiler_constant_p (t))
    return compiler_constant (t);
  if (compiler_data_p (t))
    return inline_value ("compiler data", 0, {});
  if (stream_p (t))
    return inline_value ("stream", 0, {});
  return values.make ({ VALUE_GLOBAL, "", t, access, {}, NULL_TREE, location, 0, "" });
}

/* Add the outermost component of T to the address BITS and OPERANDS.  */

void
canonicalizer::address_component (tree t, HOST_WIDE_INT *bits, std::vector<value> *operands)
{
  if (TREE_CODE (t) != VIEW_CONVERT_EXPR && reverse_storage_order_for_component_p (t))
    effect ("accesses a struct in the other byte order");
  switch (TREE_CODE (t))
    {
    case COMPONENT_REF:
      {
	tree field = TREE_OPERAND (t, 1);
	if (TREE_OPERAND (t, 2) || TREE_CODE (DECL_FIELD_OFFSET (field)) != INTEGER_CST)
	  effect ("uses a field at a variable offset");
	else
	  *bits += tree_to_shwi (bit_position (field));
	return;
      }
    case ARRAY_REF:
    case ARRAY_RANGE_REF:
      {
	tree index = TREE_OPERAND (t, 1), size = array_ref_element_size (t), low = array_ref_low_bound (t);
	if (TREE_CODE (size) == INTEGER_CST && TREE_CODE (index) == INTEGER_CST && integer_zerop (low)
	    && wi::fits_shwi_p (wi::to_wide (index)) && tree_to_uhwi (size) < (1u << 30)
	    && wi::to_wide (index).to_shwi () < (HOST_WIDE_INT_1 << 30) && wi::to_wide (index).to_shwi () > -(HOST_WIDE_INT_1 << 30))
	  {
	    *bits += wi::to_wide (index).to_shwi () * tree_to_shwi (size) * BITS_PER_UNIT;
	    return;
	  }
	operands->push_back (read (index));
	operands->push_back (TREE_OPERAND (t, 3) ? read (TREE_OPERAND (t, 3)) : read (TYPE_SIZE_UNIT (TREE_TYPE (t))));
	operands->push_back (constant (size_int (TREE_OPERAND (t, 3) ? TYPE_ALIGN_UNIT (TREE_TYPE (TREE_TYPE (TREE_OPERAND (t, 0)))) : 1)));
	if (!integer_zerop (low))
	  operands->push_back (inline_value ("from", 0, { read (low) }));
	return;
      }
    case BIT_FIELD_REF:
      *bits += tree_to_shwi (TREE_OPERAND (t, 2));
      return;
    case IMAGPART_EXPR:
      *bits += tree_to_shwi (TYPE_SIZE (TREE_TYPE (t)));
      return;
    case REALPART_EXPR:
    case VIEW_CONVERT_EXPR:
      return;
    default:
      effect (std::string ("has an access that hashcache does not know (") + get_tree_code_name (TREE_CODE (t)) + ")");
    }
}

/* What the address of BASE, without components, begins with; BITS and OPERANDS as address_component.  */

value
canonicalizer::address_of_base (tree base, unsigned access, HOST_WIDE_INT *bits, std::vector<value> *operands)
{
  if (VAR_P (base) && DECL_HAS_VALUE_EXPR_P (base))
    return address (DECL_VALUE_EXPR (base), HASHCACHE__READ | HASHCACHE__WRITTEN);
  if (TREE_CODE (base) == MEM_REF)
    {
      /* How far into what it points to; of an address made of parts, the parts.  */
      value pointer = read (TREE_OPERAND (base, 0));
      *bits += wi::sext (wi::to_wide (TREE_OPERAND (base, 1)), TYPE_PRECISION (TREE_TYPE (TREE_OPERAND (base, 1)))).to_shwi () * BITS_PER_UNIT;
      const value_node &node = values[pointer];
      if (node.kind != VALUE_INLINE || node.label != "&")
	return pointer;
      *bits += node.number;
      operands->insert (operands->end (), node.operands.begin () + 1, node.operands.end ());
      return node.operands[0];
    }
  if (VAR_P (base) || TREE_CODE (base) == PARM_DECL)
    return variable (base, access);
  if (TREE_CODE (base) == RESULT_DECL)
    return inline_value ("result", 0, {});
  if (TREE_CODE (base) == STRING_CST)
    return constant (base);
  if (TREE_CODE (base) == FUNCTION_DECL)
    return function_value (base);
  effect (std::string ("takes the address of something that hashcache does not know (") + get_tree_code_name (TREE_CODE (base)) + ")");
  return inline_value ("unknown", 0, {});
}

/* The address of T, whose base is accessed as ACCESS says.  */

value
canonicalizer::address (tree t, unsigned access)
{
  HOST_WIDE_INT bits = 0;
  std::vector<value> operands;
  check_volatile (t);
  for (; handled_component_p (t); t = TREE_OPERAND (t, 0))
    address_component (t, &bits, &operands);
  value base = address_of_base (t, access, &bits, &operands);
  bool pointer = TREE_CODE (t) == MEM_REF;
  if (pointer && bits == 0 && operands.empty () && !(values[base].kind == VALUE_MEMORY || values[base].kind == VALUE_GLOBAL))
    return base;
  operands.insert (operands.begin (), base);
  return inline_value ("&", bits, operands);
}

/* True if T is a union of pointers and numbers, which can show the one as the other.  */

static bool
reveals_addresses_p (tree type)
{
  bool pointers = false, numbers = false;
  if (TREE_CODE (type) != UNION_TYPE)
    return false;
  for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
    if (TREE_CODE (f) == FIELD_DECL)
      (POINTER_TYPE_P (TREE_TYPE (f)) ? pointers : numbers) = true;
  return pointers && numbers;
}

/* Addresses change from run to run, so nothing may depend on them: refuse to look at the bytes of a pointer in T.  */

void
canonicalizer::check_address (tree t)
{
  tree base = t;
  for (; handled_component_p (base); base = TREE_OPERAND (base, 0))
    if (TREE_CODE (base) == COMPONENT_REF && reveals_addresses_p (TREE_TYPE (TREE_OPERAND (base, 0))))
      effect ("uses a union of pointers and numbers, and addresses change from run to run", "address");
  if (TREE_CODE (base) == MEM_REF && TREE_CODE (TREE_OPERAND (base, 0)) == ADDR_EXPR)
    base = TREE_OPERAND (TREE_OPERAND (base, 0), 0);
  if (DECL_P (base) && POINTER_TYPE_P (TREE_TYPE (base)) && !POINTER_TYPE_P (TREE_TYPE (t)))
    effect ("looks at the bytes of a pointer, and addresses change from run to run", "address");
}

/* Refuse T, which is accessed or whose address is taken, if it is volatile and others can reach it.  */

void
canonicalizer::check_volatile (tree t)
{
  if (volatile_p (t) && !memory.private_p (t))
    effect ("accesses a volatile object", "volatile");
}

/* What memory holds at T at this point.  A volatile access is an effect of its own, so that none is left out or moved.  */

value
canonicalizer::load (tree t)
{
  if (tree known = known_constant (t))
    return read (known, TREE_TYPE (t));
  check_address (t);
  value from = address (t, HASHCACHE__READ);
  if (volatile_p (t))
    {
      std::string place = name (from);
      effect_line ("load:" + access_text (t) + " " + place);
      return effect_value ();
    }
  return text_value ("load " + now.memory + " " + access_text (t), { from },
		     TREE_TYPE (t));
}

/* Operations ------------------------------------------------------------------------------------------------------------ */

/* CODE applied to OPERANDS, all of them constants, as a constant; NULL_TREE if GCC does not fold it.  */

static tree
folded (tree_code code, tree type, const std::vector<value> &operands, const value_pool &values)
{
  tree result = NULL_TREE;
  for (value v : operands)
    if (values[v].kind != VALUE_INLINE || !values[v].decl)
      return NULL_TREE;
  if (operands.size () == 1)
    result = fold_unary_to_constant (code, type, values[operands[0]].decl);
  else if (operands.size () == 2)
    result = fold_binary_to_constant (code, type, values[operands[0]].decl, values[operands[1]].decl);
  return result && CONSTANT_CLASS_P (result) && !TREE_OVERFLOW (result) ? result : NULL_TREE;
}

/* CODE applied to OPERANDS, giving TYPE.  */

value
canonicalizer::operation (tree_code code, tree type, std::vector<value> operands)
{
  if (tree constant_result = folded (code, type, operands, values))
    return constant (constant_result);
  if (code == BIT_NOT_EXPR && TREE_CODE (type) == BOOLEAN_TYPE && TYPE_PRECISION (type) == 1)
    code = TRUTH_NOT_EXPR;
  const value_node &first = values[operands[0]];
  if (CONVERT_EXPR_CODE_P (code) && first.type && type_text (first.type) == type_text (type))
    return operands[0];
  if (code == TRUTH_NOT_EXPR && first.kind == VALUE_TEXT && first.label.compare (0, 5, "not:b") == 0)
    return first.operands[0];
  /* The order of conditions shows where GCC does not optimise.  */
  bool conditions = TREE_CODE (type) == BOOLEAN_TYPE && TYPE_PRECISION (type) == 1;
  if (operands.size () == 2 && commutative_tree_code (code) && !conditions && values[operands[1]].shape < values[operands[0]].shape)
    std::swap (operands[0], operands[1]);
  return text_value (code == TRUTH_NOT_EXPR ? "not" : CONVERT_EXPR_CODE_P (code) ? "convert" : get_tree_code_name (code), operands, type);
}

/* The comparison that is true exactly where CODE is not, if that is the one the text uses, else ERROR_MARK.  Which exceptions a
   comparison raises with a NaN does not matter here.  */

static tree_code
inverse_comparison (tree_code code)
{
  switch (code)
    {
    case NE_EXPR:
      return EQ_EXPR;
    case UNLT_EXPR:
      return GE_EXPR;
    case UNLE_EXPR:
      return GT_EXPR;
    case UNGT_EXPR:
      return LE_EXPR;
    case UNGE_EXPR:
      return LT_EXPR;
    case LTGT_EXPR:
      return UNEQ_EXPR;
    case UNORDERED_EXPR:
      return ORDERED_EXPR;
    default:
      return ERROR_MARK;
    }
}

/* A comparison of A and B that gives TYPE, as eq, lt or le; INVERTED is flipped if its inverse is meant.  */

value
canonicalizer::comparison (tree_code code, tree type, value a, value b, bool *inverted)
{
  tree_code inverse = inverse_comparison (code);
  if (inverse != ERROR_MARK)
    {
      *inverted = !*inverted;
      code = inverse;
    }
  if (code == GT_EXPR || code == GE_EXPR)
    {
      std::swap (a, b);
      code = swap_tree_comparison (code);
    }
  if ((code == EQ_EXPR || code == UNEQ_EXPR || code == ORDERED_EXPR) && values[b].shape < values[a].shape)
    std::swap (a, b);
  return text_value (get_tree_code_name (code), { a, b }, type);
}

/* The condition `A CODE B', which gives TYPE if it compares vectors; INVERTED is flipped if the value is its inverse.  */

value
canonicalizer::condition (tree_code code, tree type, tree a, tree b, bool *inverted)
{
  value left = read (a), right = read (b);
  if (VECTOR_TYPE_P (TREE_TYPE (a)))
    return comparison (code, type, left, right, inverted);
  if (tree known = folded (code, boolean_type_node, { left, right }, values))
    {
      if (integer_zerop (known))
	*inverted = !*inverted;
      return constant (boolean_true_node);
    }
  if (TREE_CODE (TREE_TYPE (a)) == BOOLEAN_TYPE && integer_zerop (b) && (code == NE_EXPR || code == EQ_EXPR))
    {
      if (code == EQ_EXPR)
	*inverted = !*inverted;
      while (values[left].kind == VALUE_TEXT && values[left].label.compare (0, 5, "not:b") == 0)
	{
	  *inverted = !*inverted;
	  left = values[left].operands[0];
	}
      return left;
    }
  /* Integers have no third case: !(a <= b) is b < a.  */
  if (INTEGRAL_TYPE_P (TREE_TYPE (a)) || POINTER_TYPE_P (TREE_TYPE (a)))
    if (code == LE_EXPR || code == GE_EXPR)
      {
	*inverted = !*inverted;
	code = code == LE_EXPR ? GT_EXPR : LT_EXPR;
      }
  return comparison (code, boolean_type_node, left, right, inverted);
}

/* Calls ----------------------------------------------------------------------------------------------------------------- */

value
canonicalizer::function_value (tree fndecl)
{
  return values.make ({ VALUE_FUNCTION, "", fndecl, 0, {}, NULL_TREE, location, 0, "" });
}

/* The value of the call STMT if it does nothing but compute one from its arguments, else 0.  */

value
canonicalizer::pure_call (gcall *stmt)
{
  std::string called, why;
  tree fndecl = gimple_call_fndecl (stmt);
  if (!fndecl || !gimple_call_lhs (stmt) || !is_gimple_reg (gimple_call_lhs (stmt)))
    return 0;
  cgraph_node *node = cgraph_node::get (fndecl);
  if (node && (node->definition || node->alias))
    return 0;
  call_class c = classify_call (fndecl, &called, &why);
  bool pure = (c == CALLS_LIBRARY && pure_function_p (called)) || (c == CALLS_BUILTIN && (gimple_call_flags (stmt) & ECF_CONST));
  if (!pure)
    return 0;
  std::vector<value> operands { function_value (fndecl) };
  for (unsigned i = 0; i < gimple_call_num_args (stmt); i++)
    {
      if (POINTER_TYPE_P (TREE_TYPE (gimple_call_arg (stmt, i))))
	return 0;
      operands.push_back (read (gimple_call_arg (stmt, i)));
    }
  /* What is constant to GCC depends on how far it looks.  */
  bool guess = fndecl_built_in_p (fndecl, BUILT_IN_CONSTANT_P);
  return text_value (guess ? "call -O" + std::to_string (opt_for_fn (fun->decl, optimize)) : "call", operands, TREE_TYPE (TREE_TYPE (fndecl)));
}
