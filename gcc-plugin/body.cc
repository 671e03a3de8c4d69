/* body.cc: the canonical text of a function's body, which is digested, and the list of what the body refers to.
   SPDX-License-Identifier: GPL-3.0-or-later

   The text is that of the lowered GIMPLE before any optimisation, with every name replaced by an ordinal:

     a0 a1      parameters, in order		f0 f1	functions, by ordinal in the list of references
     v0 v1      locals, as met			g2 g3	global and static variables, likewise
     B1 B2      blocks, as met along the flow

   Blocks are numbered depth first from the entry; empty ones are passed through, straight lines joined. A block from which the
   end of the function cannot be reached is written `noreturn', whatever it holds: no call that enters it yields a result, so
   nothing in it can change one. Locations, UIDs, debug statements and clobbers do not appear. Types are structural. What the
   text cannot express becomes an EFFECT reference, and the function is then not cacheable.  */

#include "plugin.h"

namespace {

class canonicalizer
{
public:
  explicit canonicalizer (function *f) : fun (f), location (DECL_SOURCE_LOCATION (f->decl)) {}
  canonical_body run ();

private:
  void find_exits ();
  basic_block forward (basic_block bb) const;
  void count_entries ();
  void header ();
  void block (basic_block bb);
  void jump (edge e);
  void ending (basic_block bb);

  void statement (gimple *stmt);
  void assignment (gassign *stmt);
  void call (gcall *stmt);
  void assembly (gasm *stmt);
  void switch_labels (gswitch *stmt);

  void operand (tree t, unsigned access = HASHCACHE__READ);
  void passed_operand (tree t, tree type);
  void constant (tree t);
  void real (tree t);
  void string (tree t);
  void constructor (tree t);
  void variable (tree t, unsigned access);
  void local (tree t);
  void function_reference (tree t);
  void component (tree t, unsigned access);
  void array_element (tree t, unsigned access);

  void put (const std::string &s) { result.text += s; }
  void put (const char *s) { result.text += s; }
  void put (unsigned HOST_WIDE_INT n) { result.text += std::to_string (n); }
  unsigned refer (unsigned kind, unsigned flags, tree decl, const std::string &name);
  void effect (const std::string &why) { refer (HASHCACHE__EFFECT, 0, NULL_TREE, why); }

  function *fun;
  location_t location;
  canonical_body result;
  std::map<const_tree, unsigned> locals;
  std::map<const_tree, unsigned> parameters;
  std::map<int, unsigned> numbers;
  std::map<int, unsigned> entries;
  std::set<int> returning;
  std::vector<basic_block> pending;
};

/* True if STMT carries no meaning.  */

bool
meaningless_p (gimple *stmt)
{
  switch (gimple_code (stmt))
    {
    case GIMPLE_DEBUG:
    case GIMPLE_PREDICT:
    case GIMPLE_NOP:
      return true;
    case GIMPLE_LABEL:
      return !FORCED_LABEL (gimple_label_label (as_a<glabel *> (stmt)))
	     && !DECL_NONLOCAL (gimple_label_label (as_a<glabel *> (stmt)));
    default:
      return gimple_clobber_p (stmt);
    }
}

/* Find the blocks from which the end of the function is reachable.  */

void
canonicalizer::find_exits ()
{
  std::vector<basic_block> work { EXIT_BLOCK_PTR_FOR_FN (fun) };
  returning.insert (EXIT_BLOCK);
  while (!work.empty ())
    {
      basic_block bb = work.back ();
      work.pop_back ();
      edge e;
      edge_iterator ei;
      FOR_EACH_EDGE (e, ei, bb->preds)
	if (returning.insert (e->src->index).second)
	  work.push_back (e->src);
    }
}

/* The block where the flow that enters BB first finds something to do.  */

basic_block
canonicalizer::forward (basic_block bb) const
{
  std::set<int> seen;
  while (bb->index != EXIT_BLOCK && single_succ_p (bb) && !(single_succ_edge (bb)->flags & EDGE_COMPLEX)
	 && seen.insert (bb->index).second)
    {
      for (gimple_stmt_iterator gsi = gsi_start_bb (bb); !gsi_end_p (gsi); gsi_next (&gsi))
	if (!meaningless_p (gsi_stmt (gsi)))
	  return bb;
      bb = single_succ (bb);
    }
  return bb;
}

/* Count how many times each block is entered by blocks that do something.  */

void
canonicalizer::count_entries ()
{
  std::set<int> seen;
  std::vector<basic_block> work { forward (single_succ (ENTRY_BLOCK_PTR_FOR_FN (fun))) };
  entries[work[0]->index]++;
  while (!work.empty ())
    {
      basic_block bb = work.back ();
      work.pop_back ();
      if (!seen.insert (bb->index).second)
	continue;
      edge e;
      edge_iterator ei;
      FOR_EACH_EDGE (e, ei, bb->succs)
	{
	  basic_block to = forward (e->dest);
	  entries[to->index]++;
	  work.push_back (to);
	}
    }
}

/* What a caller sees of the function.  */

void
canonicalizer::header ()
{
  put ("function (");
  unsigned n = 0;
  for (tree parm = DECL_ARGUMENTS (fun->decl); parm; parm = DECL_CHAIN (parm))
    {
      put (n ? ", " : "");
      put (type_text (TREE_TYPE (parm)));
      parameters[parm] = n++;
    }
  put (stdarg_p (TREE_TYPE (fun->decl)) ? ", ...) " : ") ");
  put (type_text (TREE_TYPE (TREE_TYPE (fun->decl))));
  put ("\noptions" + value_options (fun->decl) + "\n");
}

/* Jump along E: the text of its destination follows, or its number.  */

void
canonicalizer::jump (edge e)
{
  basic_block to = forward (e->dest);
  if (!returning.count (to->index))
    {
      put (" noreturn");
      return;
    }
  if (e->flags & (EDGE_ABNORMAL | EDGE_EH))
    effect ("has control flow that leaves a statement sideways (setjmp, nonlocal goto, exceptions)");
  if (to->index == EXIT_BLOCK)
    {
      put (" exit");
      return;
    }
  auto inserted = numbers.insert ({ to->index, numbers.size () });
  put (" B");
  put (inserted.first->second);
  if (inserted.second)
    pending.push_back (to);
}

/* The end of BB: where it goes.  Successors of a condition are true, then false; those of a switch follow its cases.  */

void
canonicalizer::ending (basic_block bb)
{
  gimple *last = gsi_end_p (gsi_last_nondebug_bb (bb)) ? NULL : gsi_stmt (gsi_last_nondebug_bb (bb));
  edge e;
  edge_iterator ei;
  if (last && gimple_code (last) == GIMPLE_COND)
    {
      edge yes, no;
      extract_true_false_edges_from_block (bb, &yes, &no);
      jump (yes);
      jump (no);
    }
  else if (last && gimple_code (last) == GIMPLE_SWITCH)
    switch_labels (as_a<gswitch *> (last));
  else
    FOR_EACH_EDGE (e, ei, bb->succs)
      jump (e);
  put ("\n");
}

void
canonicalizer::switch_labels (gswitch *stmt)
{
  for (unsigned i = 0; i < gimple_switch_num_labels (stmt); i++)
    {
      tree label = gimple_switch_label (stmt, i);
      put (" [");
      if (CASE_LOW (label))
	constant (CASE_LOW (label));
      if (CASE_HIGH (label))
	{
	  put ("...");
	  constant (CASE_HIGH (label));
	}
      put ("]");
      jump (find_edge (gimple_bb (stmt), label_to_block (fun, CASE_LABEL (label))));
    }
}

/* BB and the straight line that follows it.  */

void
canonicalizer::block (basic_block bb)
{
  put ("B");
  put (numbers[bb->index]);
  put (":\n");
  for (;;)
    {
      for (gimple_stmt_iterator gsi = gsi_start_bb (bb); !gsi_end_p (gsi); gsi_next (&gsi))
	if (!meaningless_p (gsi_stmt (gsi)))
	  statement (gsi_stmt (gsi));
      if (!single_succ_p (bb) || (single_succ_edge (bb)->flags & EDGE_COMPLEX))
	break;
      basic_block next = forward (single_succ (bb));
      if (next->index == EXIT_BLOCK || !returning.count (next->index) || entries[next->index] != 1
	  || numbers.count (next->index))
	break;
      bb = next;
    }
  put (" ->");
  ending (bb);
}

canonical_body
canonicalizer::run ()
{
  find_exits ();
  count_entries ();
  header ();
  put ("entry");
  jump (single_succ_edge (ENTRY_BLOCK_PTR_FOR_FN (fun)));
  put ("\n");
  while (!pending.empty ())
    {
      basic_block bb = pending.back ();
      pending.pop_back ();
      block (bb);
    }
  return result;
}

/* Ordinal of the reference to DECL, or to NAME where there is no declaration, merging FLAGS.  */

unsigned
canonicalizer::refer (unsigned kind, unsigned flags, tree decl, const std::string &name)
{
  for (size_t i = 0; i < result.references.size (); i++)
    {
      reference &r = result.references[i];
      if (r.kind == kind && r.decl == decl && (decl || r.name == name))
	{
	  r.flags |= flags;
	  return i;
	}
    }
  result.references.push_back ({ kind, flags, decl, name, location });
  return result.references.size () - 1;
}

/* Statements ------------------------------------------------------------------------------------------------------------- */

void
canonicalizer::statement (gimple *stmt)
{
  if (gimple_has_location (stmt))
    location = gimple_location (stmt);
  put ("  ");
  switch (gimple_code (stmt))
    {
    case GIMPLE_ASSIGN:
      assignment (as_a<gassign *> (stmt));
      break;
    case GIMPLE_CALL:
      call (as_a<gcall *> (stmt));
      break;
    case GIMPLE_COND:
      put ("if ");
      put (get_tree_code_name (gimple_cond_code (stmt)));
      put (" ");
      operand (gimple_cond_lhs (stmt));
      put (", ");
      operand (gimple_cond_rhs (stmt));
      break;
    case GIMPLE_SWITCH:
      put ("switch ");
      operand (gimple_switch_index (as_a<gswitch *> (stmt)));
      break;
    case GIMPLE_RETURN:
      put ("return ");
      if (tree value = gimple_return_retval (as_a<greturn *> (stmt)))
	operand (value);
      break;
    case GIMPLE_ASM:
      assembly (as_a<gasm *> (stmt));
      break;
    default:
      effect (std::string ("has a statement that hashcache does not know (") + gimple_code_name[gimple_code (stmt)] + ")");
    }
  put ("\n");
}

/* True if the conversion STMT turns an address into a number or a number into an address.  */

bool
reveals_address_p (gassign *stmt)
{
  if (!CONVERT_EXPR_CODE_P (gimple_assign_rhs_code (stmt)) && gimple_assign_rhs_code (stmt) != VIEW_CONVERT_EXPR)
    return false;
  tree value = gimple_assign_rhs1 (stmt);
  if (TREE_CODE (value) == VIEW_CONVERT_EXPR)
    value = TREE_OPERAND (value, 0);
  bool from = POINTER_TYPE_P (TREE_TYPE (value)), to = POINTER_TYPE_P (TREE_TYPE (gimple_assign_lhs (stmt)));
  return from != to && !CONSTANT_CLASS_P (value);
}

void
canonicalizer::assignment (gassign *stmt)
{
  if (reveals_address_p (stmt))
    effect ("converts between an address and a number, and addresses change from run to run");
  operand (gimple_assign_lhs (stmt), HASHCACHE__WRITTEN);
  put (" = ");
  put (get_tree_code_name (gimple_assign_rhs_code (stmt)));
  for (unsigned i = 1; i < gimple_num_ops (stmt); i++)
    {
      put (i > 1 ? ", " : " ");
      passed_operand (gimple_op (stmt, i), TREE_TYPE (gimple_assign_lhs (stmt)));
    }
}

void
canonicalizer::call (gcall *stmt)
{
  if (gimple_call_lhs (stmt))
    {
      operand (gimple_call_lhs (stmt), HASHCACHE__WRITTEN);
      put (" = ");
    }
  put ("call ");
  if (gimple_call_internal_p (stmt))
    put (internal_fn_name (gimple_call_internal_fn (stmt)));
  else if (tree fndecl = gimple_call_fndecl (stmt))
    function_reference (fndecl);
  else
    {
      operand (gimple_call_fn (stmt));
      effect ("calls through a pointer");
    }
  if (!gimple_call_internal_p (stmt) && gimple_call_fntype (stmt))
    put (" " + type_text (TREE_TYPE (gimple_call_fntype (stmt))));
  put (" (");
  tree types = gimple_call_fntype (stmt) ? TYPE_ARG_TYPES (gimple_call_fntype (stmt)) : NULL_TREE;
  for (unsigned i = 0; i < gimple_call_num_args (stmt); i++)
    {
      put (i ? ", " : "");
      passed_operand (gimple_call_arg (stmt, i), types ? TREE_VALUE (types) : NULL_TREE);
      types = types ? TREE_CHAIN (types) : NULL_TREE;
    }
  put (")");
  if (gimple_call_chain (stmt))
    effect ("calls a nested function");
}

void
canonicalizer::assembly (gasm *stmt)
{
  const char *text = gimple_asm_string (stmt);
  if (gimple_asm_volatile_p (stmt) && *text)
    effect ("contains volatile inline assembly");
  put ("asm ");
  put (strlen (text));
  put (" ");
  put (text);
  auto part = [this] (tree list, unsigned access) {
    put (" :");
    put (TREE_STRING_POINTER (TREE_VALUE (TREE_PURPOSE (list))));
    put (" ");
    operand (TREE_VALUE (list), access);
  };
  for (unsigned i = 0; i < gimple_asm_noutputs (stmt); i++)
    part (gimple_asm_output_op (stmt, i), HASHCACHE__READ | HASHCACHE__WRITTEN);
  for (unsigned i = 0; i < gimple_asm_ninputs (stmt); i++)
    part (gimple_asm_input_op (stmt, i), HASHCACHE__READ);
  for (unsigned i = 0; i < gimple_asm_nclobbers (stmt); i++)
    put (std::string (" !") + TREE_STRING_POINTER (TREE_VALUE (gimple_asm_clobber_op (stmt, i))));
  if (gimple_asm_nlabels (stmt))
    effect ("contains asm goto");
}

/* Operands --------------------------------------------------------------------------------------------------------------- */

/* T, whose base is accessed as ACCESS says.  */

void
canonicalizer::operand (tree t, unsigned access)
{
  if (TREE_THIS_VOLATILE (t) && (DECL_P (t) || REFERENCE_CLASS_P (t)))
    effect ("accesses a volatile object");
  switch (TREE_CODE (t))
    {
    case VAR_DECL:
      variable (t, access);
      return;
    case PARM_DECL:
      put ("a");
      put (parameters.count (t) ? parameters[t] : (effect ("uses a parameter of another function"), 0u));
      return;
    case RESULT_DECL:
      put ("result");
      return;
    case SSA_NAME:
      local (t);
      return;
    case FUNCTION_DECL:
      function_reference (t);
      return;
    case ADDR_EXPR:
      put ("&");
      operand (TREE_OPERAND (t, 0), HASHCACHE__READ | HASHCACHE__WRITTEN);
      return;
    case MEM_REF:
      put ("*" + type_text (TREE_TYPE (t)) + " (");
      operand (TREE_OPERAND (t, 0));
      put (", ");
      constant (TREE_OPERAND (t, 1));
      put (")");
      return;
    case COMPONENT_REF:
      component (t, access);
      return;
    case ARRAY_REF:
    case ARRAY_RANGE_REF:
      array_element (t, access);
      return;
    case BIT_FIELD_REF:
      operand (TREE_OPERAND (t, 0), access);
      put ("<");
      constant (TREE_OPERAND (t, 1));
      put (",");
      constant (TREE_OPERAND (t, 2));
      put (">" + type_text (TREE_TYPE (t)));
      return;
    case REALPART_EXPR:
    case IMAGPART_EXPR:
    case VIEW_CONVERT_EXPR:
      put (std::string (get_tree_code_name (TREE_CODE (t))) + ":" + type_text (TREE_TYPE (t)) + " (");
      operand (TREE_OPERAND (t, 0), access);
      put (")");
      return;
    case CONSTRUCTOR:
      constructor (t);
      return;
    case TREE_LIST:
      operand (TREE_VALUE (t), access);
      return;
    case CONST_DECL:
      operand (DECL_INITIAL (t));
      return;
    default:
      break;
    }
  if (CONSTANT_CLASS_P (t))
    constant (t);
  else if (UNARY_CLASS_P (t) || BINARY_CLASS_P (t) || COMPARISON_CLASS_P (t))
    {
      put (std::string ("(") + get_tree_code_name (TREE_CODE (t)) + ":" + type_text (TREE_TYPE (t)));
      for (int i = 0; i < TREE_OPERAND_LENGTH (t); i++)
	{
	  put (" ");
	  operand (TREE_OPERAND (t, i), access);
	}
      put (")");
    }
  else
    effect (std::string ("has an operand that hashcache does not know (") + get_tree_code_name (TREE_CODE (t)) + ")");
}

/* T, which becomes a value of TYPE, or of an unknown type.  An address that becomes a pointer to const is taken for reading: where
   a cast takes the const away and the body writes all the same, the runtime finds the variable changed and stores nothing.  */

void
canonicalizer::passed_operand (tree t, tree type)
{
  bool for_reading = TREE_CODE (t) == ADDR_EXPR && type && POINTER_TYPE_P (type) && TYPE_READONLY (strip_array_types (TREE_TYPE (type)));
  if (!for_reading)
    {
      operand (t);
      return;
    }
  put ("&");
  operand (TREE_OPERAND (t, 0), HASHCACHE__READ);
}

void
canonicalizer::constant (tree t)
{
  char digits[WIDE_INT_PRINT_BUFFER_SIZE];
  switch (TREE_CODE (t))
    {
    case INTEGER_CST:
      print_dec (wi::to_wide (t), digits, TYPE_SIGN (TREE_TYPE (t)));
      put (type_text (TREE_TYPE (t)) + " " + digits);
      return;
    case REAL_CST:
      real (t);
      return;
    case COMPLEX_CST:
      put ("complex ");
      constant (TREE_REALPART (t));
      put (" ");
      constant (TREE_IMAGPART (t));
      return;
    case STRING_CST:
      string (t);
      return;
    case VECTOR_CST:
      {
	unsigned HOST_WIDE_INT n;
	put (type_text (TREE_TYPE (t)) + " {");
	if (!VECTOR_CST_NELTS (t).is_constant (&n))
	  effect ("uses a vector of variable length");
	else
	  for (unsigned HOST_WIDE_INT i = 0; i < n; i++)
	    {
	      put (" ");
	      constant (VECTOR_CST_ELT (t, i));
	    }
	put (" }");
	return;
      }
    default:
      effect (std::string ("has a constant that hashcache does not know (") + get_tree_code_name (TREE_CODE (t)) + ")");
    }
}

/* The bits of the floating-point constant T.  */

void
canonicalizer::real (tree t)
{
  machine_mode mode = TYPE_MODE (TREE_TYPE (t));
  long words[8] = { 0 };
  char hex[16];
  real_to_target (words, TREE_REAL_CST_PTR (t), mode);
  put (type_text (TREE_TYPE (t)) + " ");
  for (unsigned i = 0; i < (GET_MODE_SIZE (as_a<scalar_mode> (mode)) + 3u) / 4u && i < 8; i++)
    {
      snprintf (hex, sizeof hex, "%08lx", words[i] & 0xffffffffUL);
      put (hex);
    }
}

void
canonicalizer::string (tree t)
{
  char octal[8];
  put ("\"");
  for (int i = 0; i < TREE_STRING_LENGTH (t); i++)
    {
      unsigned char c = TREE_STRING_POINTER (t)[i];
      if (c != '"' && c != '\\' && c >= ' ' && c < 127)
	put (std::string (1, c));
      else
	{
	  snprintf (octal, sizeof octal, "\\%03o", c);
	  put (octal);
	}
    }
  put ("\":" + type_text (TREE_TYPE (t)));
}

void
canonicalizer::constructor (tree t)
{
  unsigned HOST_WIDE_INT i;
  tree index, value;
  put (type_text (TREE_TYPE (t)) + " {");
  FOR_EACH_CONSTRUCTOR_ELT (CONSTRUCTOR_ELTS (t), i, index, value)
    {
      put (" ");
      if (index && TREE_CODE (index) == FIELD_DECL)
	constant (bit_position (index));
      else if (index && TREE_CODE (index) == RANGE_EXPR)
	{
	  constant (TREE_OPERAND (index, 0));
	  put ("...");
	  constant (TREE_OPERAND (index, 1));
	}
      else if (index)
	constant (index);
      put ("=");
      operand (value);
    }
  put (" }");
}

/* True if T is a constant that the compiler itself laid into memory, such as the initialiser of a local array.  */

bool
compiler_constant_p (tree t)
{
  return DECL_ARTIFICIAL (t) && TREE_READONLY (t) && DECL_INITIAL (t) && DECL_INITIAL (t) != error_mark_node;
}

/* True if T is a standard stream, which only output functions can use.  */

bool
stream_p (tree t)
{
  if (!DECL_EXTERNAL (t) || !DECL_NAME (t))
    return false;
  const char *name = IDENTIFIER_POINTER (DECL_NAME (t));
  return !strcmp (name, "stdout") || !strcmp (name, "stderr");
}

void
canonicalizer::variable (tree t, unsigned access)
{
  if (!is_global_var (t))
    local (t);
  else if (DECL_HARD_REGISTER (t))
    effect ("uses a hardware register");
  else if (compiler_constant_p (t))
    {
      put ("constant ");
      operand (DECL_INITIAL (t));
    }
  else if (DECL_ARTIFICIAL (t))
    put ("compiler data"); /* Of sanitizers, of OpenMP's locks.  */
  else if (stream_p (t))
    put ("stream");
  else
    {
      unsigned ordinal = refer (HASHCACHE__VARIABLE, access, t, DECL_NAME (t) ? IDENTIFIER_POINTER (DECL_NAME (t)) : "a nameless variable");
      put ("g");
      put (ordinal);
      put (":" + type_text (TREE_TYPE (t)));
    }
}

/* The local variable or temporary T; its type where it is first met.  */

void
canonicalizer::local (tree t)
{
  if (VAR_P (t) && DECL_HAS_VALUE_EXPR_P (t))
    {
      operand (DECL_VALUE_EXPR (t), HASHCACHE__READ | HASHCACHE__WRITTEN);
      return;
    }
  auto inserted = locals.insert ({ t, locals.size () });
  put ("v");
  put (inserted.first->second);
  if (inserted.second)
    put (":" + type_text (TREE_TYPE (t)));
}

/* The function T, called or with its address taken.  */

void
canonicalizer::function_reference (tree t)
{
  std::string name, why;
  cgraph_node *node = cgraph_node::get (t);
  bool defined = node && (node->definition || node->alias);
  call_class c = defined ? CALLS_UNKNOWN : classify_call (t, &name, &why);
  if (c == CALLS_UNKNOWN)
    {
      put ("f");
      put (refer (HASHCACHE__CALL, 0, t, IDENTIFIER_POINTER (DECL_NAME (t))));
      return;
    }
  put (name);
  if (c == CALLS_LIBRARY)
    refer (HASHCACHE__LIBRARY, 0, t, name);
  else if (c == CALLS_OPENMP)
    refer (HASHCACHE__OPENMP, 0, NULL_TREE, name);
  else if (c == CALLS_OUTPUT)
    refer (HASHCACHE__OUTPUT, 0, NULL_TREE, name);
  else if (c == CALLS_EFFECT)
    effect (why);
}

void
canonicalizer::component (tree t, unsigned access)
{
  tree field = TREE_OPERAND (t, 1);
  operand (TREE_OPERAND (t, 0), access);
  put (".");
  if (TREE_OPERAND (t, 2) || TREE_CODE (DECL_FIELD_OFFSET (field)) != INTEGER_CST)
    effect ("uses a field at a variable offset");
  else
    put (tree_to_uhwi (bit_position (field)));
  if (DECL_BIT_FIELD (field))
    {
      put ("+");
      put (tree_to_uhwi (DECL_SIZE (field)));
    }
  put (":" + type_text (TREE_TYPE (t)));
}

void
canonicalizer::array_element (tree t, unsigned access)
{
  operand (TREE_OPERAND (t, 0), access);
  put (TREE_CODE (t) == ARRAY_REF ? "[" : "[range ");
  operand (TREE_OPERAND (t, 1));
  for (int i = 2; i < 4; i++)
    if (TREE_OPERAND (t, i))
      {
	put (i == 2 ? " from " : " of ");
	operand (TREE_OPERAND (t, i));
      }
  put ("]:" + type_text (TREE_TYPE (t)));
}

/* The text of the struct or union TYPE: its layout.  */

std::string
record_text (tree type)
{
  std::string text = TREE_CODE (type) == UNION_TYPE ? "union" : "struct";
  if (TYPE_REVERSE_STORAGE_ORDER (type))
    text += " reversed";
  if (!TYPE_SIZE_UNIT (type) || TREE_CODE (TYPE_SIZE_UNIT (type)) != INTEGER_CST)
    return text + " of unknown size";
  text += " " + std::to_string (tree_to_uhwi (TYPE_SIZE_UNIT (type))) + " {";
  for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
    if (TREE_CODE (f) == FIELD_DECL && DECL_SIZE (f) && TREE_CODE (bit_position (f)) == INTEGER_CST)
      text += " " + std::to_string (tree_to_uhwi (bit_position (f))) + "+" + std::to_string (tree_to_uhwi (DECL_SIZE (f))) + ":"
	      + type_text (TREE_TYPE (f));
  return text + " }";
}

std::string
array_text (tree type)
{
  tree domain = TYPE_DOMAIN (type);
  tree max = domain ? TYPE_MAX_VALUE (domain) : NULL_TREE;
  std::string n = max && TREE_CODE (max) == INTEGER_CST ? std::to_string (tree_to_shwi (max) + 1) : "?";
  return "[" + n + "]" + type_text (TREE_TYPE (type));
}

std::string
new_type_text (tree type)
{
  switch (TREE_CODE (type))
    {
    case VOID_TYPE:
      return "void";
    case INTEGER_TYPE:
    case ENUMERAL_TYPE:
    case BOOLEAN_TYPE:
      return (TREE_CODE (type) == BOOLEAN_TYPE ? "b" : TYPE_UNSIGNED (type) ? "u" : "i") + std::to_string (TYPE_PRECISION (type));
    case REAL_TYPE:
      return std::string ("f") + GET_MODE_NAME (TYPE_MODE (type));
    case COMPLEX_TYPE:
      return "complex " + type_text (TREE_TYPE (type));
    case VECTOR_TYPE:
      return "vector " + std::to_string (tree_to_uhwi (TYPE_SIZE_UNIT (type))) + " " + type_text (TREE_TYPE (type));
    case POINTER_TYPE:
    case REFERENCE_TYPE:
      return TYPE_ADDR_SPACE (TREE_TYPE (type)) ? "pointer " + std::to_string (TYPE_ADDR_SPACE (TREE_TYPE (type))) : "pointer";
    case FUNCTION_TYPE:
      return "function";
    case ARRAY_TYPE:
      return array_text (type);
    case RECORD_TYPE:
    case UNION_TYPE:
      return record_text (type);
    default:
      return std::string ("other ") + get_tree_code_name (TREE_CODE (type));
    }
}

} // anonymous namespace

/* TYPE by its structure, without names and qualifiers.  */

std::string
type_text (tree type)
{
  static std::map<unsigned, std::string> known;
  tree main = TYPE_MAIN_VARIANT (type);
  if (!COMPLETE_TYPE_P (main) || !RECORD_OR_UNION_TYPE_P (main))
    return new_type_text (main);
  auto found = known.find (TYPE_UID (main));
  if (found == known.end ())
    found = known.insert ({ TYPE_UID (main), new_type_text (main) }).first;
  return found->second;
}

/* The canonical body of FUN.  */

canonical_body
canonicalize (function *fun)
{
  push_cfun (fun);
  canonical_body body = canonicalizer (fun).run ();
  pop_cfun ();
  return body;
}
