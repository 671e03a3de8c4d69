/* body.cc: the canonical text of a function's body, which is digested, and the list of what the body refers to.
   SPDX-License-Identifier: GPL-3.0-or-later

   The text is a complete description of the function, in a language of its own: two functions with equal texts (and equal
   references) compute the same. It is made from lowered GIMPLE before any optimisation:

     function (i32, pointer) fDF	what a caller sees: types of parameters and result
     options ...			options that can change a value, see options.cc
     B1:				a block; blocks are numbered along the flow, depth first
       v3:i32 = plus_expr (a0, v2)	an equation, which holds wherever v3 appears
       1.2 mem+64:fDF (v5) = v3		the second effect in block 1: a store
       1.3 f0 (v3, a1)			a call; its result is r1.3
       x0 := v3				at the end of a block: what a variable holds from there on
       if v4 -> B2 B3			where to go if v4 is true, and if not

     a0 a1   parameters		v0 v1	values		x0@2	what variable x0 held when block 2 was entered
     l0 l1   local variables in memory	f0 g1	functions, global variables: ordinals in the list of references
     load 1.2 ...	what memory holds after the second effect in block 1
     1.3 load:volatile fDF l0	a volatile access has its place among the effects, and is r1.3
     1.4 asm/0 9 addl %1,%0 ...	inline assembly by its text, constraints, operands, clobbers; its outputs are r1.4.0, r1.4.1 ...

   Since a value is what it is made of, it does not matter whether the source names, repeats or spells out a subexpression, nor in
   which order it computes what has no effect. Comparisons are written with eq, lt and le only. Names, places, UIDs, debug
   statements and clobbers do not appear, nor does anything in a block from which the end of the function cannot be reached. Types
   are structural. What the text cannot express becomes an EFFECT reference, and the function is then not cacheable.  */

#include "canonical.h"

canonicalizer::canonicalizer (function *f) : fun (f), blocks (f), registers (f, blocks), memory (f), location (DECL_SOURCE_LOCATION (f->decl))
{
  blocks.find_states (registers);
  inline_value ("none", 0, {}); /* So that no value is 0.  */
}

/* What a caller sees of the function, and the parameters that are assigned to.  */

void
canonicalizer::header ()
{
  put ("function (");
  unsigned n = 0;
  for (tree parm = DECL_ARGUMENTS (fun->decl); parm; parm = DECL_CHAIN (parm))
    {
      put ((n ? ", " : "") + type_text (TREE_TYPE (parm)));
      parameters[parm] = n++;
    }
  put (stdarg_p (TREE_TYPE (fun->decl)) ? ", ...) " : ") ");
  put (type_text (TREE_TYPE (TREE_TYPE (fun->decl))));
  put ("\noptions" + value_options (fun->decl) + "\n");
  for (tree parm = DECL_ARGUMENTS (fun->decl); parm; parm = DECL_CHAIN (parm))
    if (is_gimple_reg (parm) && !registers.single_value_p (parm))
      put ("  " + register_name (parm) + " := a" + std::to_string (parameters[parm]) + "\n");
}

/* Jump along E.  */

void
canonicalizer::jump (edge e)
{
  basic_block to = blocks.forward (e->dest);
  if (!blocks.returns_p (to))
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
  jump (jump_target { to, 0 });
}

/* Tests are no blocks of GCC's.  */

static int
test_index (unsigned test)
{
  return -1 - (int) test;
}

/* Jump to TO.  */

void
canonicalizer::jump (const jump_target &to)
{
  if (to.bb && !blocks.returns_p (to.bb))
    put (" noreturn");
  else if (to.bb && to.bb->index == EXIT_BLOCK)
    put (" exit");
  else
    {
      auto inserted = numbers.insert ({ to.bb ? to.bb->index : test_index (to.test), n_blocks });
      put (" B" + std::to_string (inserted.first->second));
      if (!inserted.second)
	return;
      n_blocks++;
      pending.push_back (to);
    }
}

/* True if V, INVERTED or not, is a conjunction (BOTH) or disjunction of conditions; INVERTED is flipped where V is a negation.  */

bool
canonicalizer::compound (value v, bool *inverted, bool *both) const
{
  const value_node &node = values[v];
  if (node.kind != VALUE_TEXT || node.operands.size () != 2)
    return false;
  bool conjunction = node.label == "bit_and_expr:b1";
  *both = conjunction != *inverted;
  return conjunction || node.label == "bit_ior_expr:b1";
}

/* End a block by jumping to YES if V, INVERTED or not, is true, else to NO.  A conjunction or disjunction is tested part by part, as GCC
   does it itself when it does not optimise.  */

void
canonicalizer::branch (value v, bool inverted, jump_target yes, jump_target no)
{
  bool both;
  while (values[v].kind == VALUE_TEXT && values[v].label == "not:b1")
    {
      v = values[v].operands[0];
      inverted = !inverted;
    }
  if (compound (v, &inverted, &both))
    {
      jump_target second = { NULL, (unsigned) tests.size () };
      tests.push_back ({ values[v].operands[1], inverted, yes, no, now });
      branch (values[v].operands[0], inverted, both ? second : yes, both ? no : second);
      return;
    }
  std::string name_of_condition = name (v);
  assign_variables ();
  put ("  if " + name_of_condition + " ->");
  jump (inverted ? no : yes);
  jump (inverted ? yes : no);
}

void
canonicalizer::switch_labels (gswitch *stmt)
{
  value index = read (gimple_switch_index (stmt));
  std::string name_of_index = name (index);
  assign_variables ();
  put ("  switch " + name_of_index + " ->");
  for (unsigned i = 0; i < gimple_switch_num_labels (stmt); i++)
    {
      tree label = gimple_switch_label (stmt, i);
      put (" [");
      if (CASE_LOW (label))
	put (values[constant (CASE_LOW (label))].label);
      if (CASE_HIGH (label))
	put ("..." + values[constant (CASE_HIGH (label))].label);
      put ("]");
      jump (find_edge (gimple_bb (stmt), label_to_block (fun, CASE_LABEL (label))));
    }
}

/* The end of BB: what variables hold from there on, and where the flow goes.  */

void
canonicalizer::ending (basic_block bb)
{
  gimple_stmt_iterator gsi = gsi_last_nondebug_bb (bb);
  gimple *last = gsi_end_p (gsi) ? NULL : gsi_stmt (gsi);
  if (last && gimple_has_location (last))
    location = gimple_location (last);
  if (last && gimple_code (last) == GIMPLE_COND)
    {
      bool inverted = false;
      value v = condition (gimple_cond_code (last), boolean_type_node, gimple_cond_lhs (last), gimple_cond_rhs (last), &inverted);
      edge yes, no;
      extract_true_false_edges_from_block (bb, &yes, &no);
      branch (v, inverted, { blocks.forward (yes->dest), 0 }, { blocks.forward (no->dest), 0 });
    }
  else if (last && gimple_code (last) == GIMPLE_SWITCH)
    switch_labels (as_a<gswitch *> (last));
  else
    {
      edge e;
      edge_iterator ei;
      assign_variables ();
      put ("  ->");
      FOR_EACH_EDGE (e, ei, bb->succs)
	jump (e);
    }
  put ("\n");
}

/* Write what the variables assigned in this block hold from its end on.  All names come first: they speak of the block's
   beginning.  */

void
canonicalizer::assign_variables ()
{
  std::vector<std::string> held;
  for (tree reg : changed)
    held.push_back (name (now.current[reg]));
  for (size_t i = 0; i < changed.size (); i++)
    put ("  " + register_name (changed[i]) + " := " + held[i] + "\n");
  changed.clear ();
}

/* Begin block NUMBER.  */

void
canonicalizer::begin (unsigned number)
{
  block_number = number;
  n_effects = 0;
  put ("B" + std::to_string (number) + ":\n");
}

/* BB and the straight line that follows it.  */

void
canonicalizer::block (basic_block bb)
{
  begin (numbers[bb->index]);
  auto known = states.find (blocks.state_at_start (bb));
  if (known != states.end ())
    now = known->second;
  else
    {
      now = known_state ();
      now.origin = block_number;
      now.memory = std::to_string (block_number) + ".0";
      states[blocks.state_at_start (bb)] = now;
    }
  for (;;)
    {
      for (gimple_stmt_iterator gsi = gsi_start_bb (bb); !gsi_end_p (gsi); gsi_next (&gsi))
	if (!meaningless_p (gsi_stmt (gsi)))
	  statement (gsi_stmt (gsi));
      states[blocks.state_at_end (bb)] = now;
      basic_block next = blocks.continuation (bb);
      if (!next || numbers.count (next->index))
	break;
      bb = next;
    }
  ending (bb);
}

canonical_body
canonicalizer::run ()
{
  header ();
  basic_block first = blocks.entry ();
  if (blocks.returns_p (first) && first->index != EXIT_BLOCK)
    {
      numbers[first->index] = n_blocks++;
      pending.push_back ({ first, 0 });
    }
  else
    put (blocks.returns_p (first) ? "exit\n" : "noreturn\n");
  while (!pending.empty ())
    {
      jump_target next = pending.back ();
      pending.pop_back ();
      if (next.bb)
	block (next.bb);
      else
	{
	  branch_test test = tests[next.test];
	  begin (numbers[test_index (next.test)]);
	  now = test.state;
	  branch (test.v, test.inverted, test.yes, test.no);
	  put ("\n");
	}
    }
  check_leaving ();
  return result;
}

/* Statements ------------------------------------------------------------------------------------------------------------- */

/* STMT, unless it ends a block.  */

void
canonicalizer::statement (gimple *stmt)
{
  if (gimple_has_location (stmt))
    location = gimple_location (stmt);
  switch (gimple_code (stmt))
    {
    case GIMPLE_ASSIGN:
      assignment (as_a<gassign *> (stmt));
      break;
    case GIMPLE_CALL:
      call (as_a<gcall *> (stmt));
      break;
    case GIMPLE_COND:
    case GIMPLE_SWITCH:
      break;
    case GIMPLE_RETURN:
      if (tree v = gimple_return_retval (as_a<greturn *> (stmt)))
	{
	  std::string returned = name (read (v));
	  put ("  return " + returned + "\n");
	}
      break;
    case GIMPLE_ASM:
      assembly (as_a<gasm *> (stmt));
      break;
    default:
      effect (std::string ("has a statement that hashcache does not know (") + gimple_code_name[gimple_code (stmt)] + ")");
    }
}

/* Write the next effect of this block.  */

void
canonicalizer::effect_line (const std::string &what)
{
  now.memory = std::to_string (block_number) + "." + std::to_string (++n_effects);
  put ("  " + now.memory + " " + what + "\n");
}

/* What the last effect has as its result; of several results the one called PART.  */

value
canonicalizer::effect_value (const std::string &part)
{
  return inline_value ("r" + std::to_string (block_number) + "." + std::to_string (n_effects) + part, 0, {});
}

/* REG holds V from here on.  */

void
canonicalizer::set_register (tree reg, value v)
{
  if (registers.single_value_p (reg))
    {
      single[reg] = v;
      return;
    }
  if (std::find (changed.begin (), changed.end (), reg) == changed.end ())
    changed.push_back (reg);
  now.current[reg] = v;
}

/* LHS becomes V.  */

void
canonicalizer::store (tree lhs, value v)
{
  if (is_gimple_reg (lhs))
    {
      set_register (lhs, v);
      return;
    }
  value to = address (lhs, HASHCACHE__WRITTEN | HASHCACHE__STORED);
  std::string stored = name (v), place = name (to);
  effect_line ("store:" + access_text (lhs) + " " + place + " = " + stored);
}

/* True if the conversion STMT turns an address into a number or a number into an address.  */

static bool
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
  tree lhs = gimple_assign_lhs (stmt), type = TREE_TYPE (lhs);
  tree_code code = gimple_assign_rhs_code (stmt);
  if (reveals_address_p (stmt))
    effect ("converts between an address and a number, and addresses change from run to run", "address");
  if (get_gimple_rhs_class (code) == GIMPLE_SINGLE_RHS)
    {
      store (lhs, read (gimple_assign_rhs1 (stmt), type));
      return;
    }
  if (TREE_CODE_CLASS (code) == tcc_comparison)
    {
      bool inverted = false;
      value v = condition (code, type, gimple_assign_rhs1 (stmt), gimple_assign_rhs2 (stmt), &inverted);
      v = operation (inverted ? TRUTH_NOT_EXPR : NOP_EXPR, type, { v });
      store (lhs, v);
      return;
    }
  std::vector<value> operands;
  for (unsigned i = 1; i < gimple_num_ops (stmt); i++)
    operands.push_back (read (gimple_op (stmt, i), type));
  store (lhs, operation (code, type, operands));
}

/* A call that never returns but goes on elsewhere, by longjmp (), would leave the runtime in the middle of the call.  That is looked
   for where the text does not go: in the blocks that do not return.  Functions elsewhere that do not return are for the runtime to
   look at.  */

void
canonicalizer::check_leaving ()
{
  basic_block bb;
  FOR_EACH_BB_FN (bb, fun)
    for (gimple_stmt_iterator gsi = gsi_start_bb (bb); !gsi_end_p (gsi); gsi_next (&gsi))
      {
	tree callee = is_gimple_call (gsi_stmt (gsi)) ? gimple_call_fndecl (gsi_stmt (gsi)) : NULL_TREE;
	if (!callee)
	  continue;
	location = gimple_location (gsi_stmt (gsi));
	if (jumping_function_p (callee))
	  effect (std::string ("jumps out by ") + IDENTIFIER_POINTER (DECL_NAME (callee)) + " ()");
	else if (!blocks.returns_p (bb) && (gimple_call_flags (gsi_stmt (gsi)) & ECF_NORETURN) && !ending_function_p (callee)
		 && !fndecl_built_in_p (callee))
	  refer (HASHCACHE__LEAVES, 0, callee, IDENTIFIER_POINTER (DECL_NAME (callee)));
      }
}

/* Memory that the caller owns must outlive the call: the runtime looks at it after the body.  */

void
canonicalizer::check_free (tree fndecl, const std::vector<value> &arguments)
{
  std::string called = IDENTIFIER_POINTER (DECL_NAME (fndecl));
  bool frees = called == "free" || called == "realloc" || called == "__builtin_free" || called == "__builtin_realloc";
  if (frees && marked_p (fun->decl) && !arguments.empty () && values[arguments[0]].label.compare (0, 1, "a") == 0
      && values[arguments[0]].kind == VALUE_INLINE)
    effect ("frees memory that belongs to its caller");
}

/* An atomic operation on memory that the caller's other threads see would be undone by a hit, which writes without it.  In what
   OpenMP made of a region it is the region's own threads that see it, unless it is a global variable.  */

void
canonicalizer::check_atomic (gcall *stmt)
{
  tree fndecl = gimple_call_fndecl (stmt);
  if (!fndecl || !fndecl_built_in_p (fndecl) || gimple_call_num_args (stmt) == 0
      || !atomic_function_p (IDENTIFIER_POINTER (DECL_NAME (fndecl))) || !POINTER_TYPE_P (TREE_TYPE (gimple_call_arg (stmt, 0))))
    return;
  tree pointer = gimple_call_arg (stmt, 0);
  tree base = TREE_CODE (pointer) == ADDR_EXPR ? get_base_address (TREE_OPERAND (pointer, 0)) : NULL_TREE;
  bool variable = base && DECL_P (base);
  if (variable ? is_global_var (base) : !DECL_ARTIFICIAL (fun->decl))
    effect ("changes memory atomically, which a hit could not do", "atomic");
}

/* FFTW measures how fast plans are unless the call STMT tells it to estimate: another run may choose another.  */

void
canonicalizer::check_planning (gcall *stmt)
{
  enum { ESTIMATE = 1 << 6, WISDOM_ONLY = 1 << 21 }; /* FFTW_ESTIMATE, FFTW_WISDOM_ONLY of fftw3.h, for good.  */
  tree fndecl = gimple_call_fndecl (stmt);
  if (!fndecl || gimple_call_num_args (stmt) == 0 || !fftw_planner_p (IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (fndecl))))
    return;
  tree flags = gimple_call_arg (stmt, gimple_call_num_args (stmt) - 1);
  if (!tree_fits_shwi_p (flags) || !(tree_to_shwi (flags) & (ESTIMATE | WISDOM_ONLY)))
    effect (std::string ("calls ") + IDENTIFIER_POINTER (DECL_NAME (fndecl)) + " () with flags that are not known to hold FFTW_ESTIMATE, and "
	    "without it the plan depends on the clock");
}

void
canonicalizer::call (gcall *stmt)
{
  tree lhs = gimple_call_lhs (stmt), fndecl = gimple_call_fndecl (stmt), fntype = gimple_call_fntype (stmt);
  if (gimple_call_chain (stmt))
    effect ("calls a nested function");
  check_atomic (stmt);
  check_planning (stmt);
  if (value v = pure_call (stmt))
    {
      if (lhs)
	store (lhs, v);
      return;
    }
  std::string line;
  if (gimple_call_internal_p (stmt))
    line = internal_fn_name (gimple_call_internal_fn (stmt));
  else if (fndecl)
    line = name (function_value (fndecl));
  else
    line = "*" + name (read (gimple_call_fn (stmt))); /* Whatever it points to comes from the graph or from what is in the key.  */
  if (fntype)
    line += ":" + type_text (TREE_TYPE (fntype));
  else if (lhs)
    line += ":" + type_text (TREE_TYPE (lhs));
  if (gimple_call_internal_p (stmt, IFN_VA_ARG))
    line += "/" + type_text (TREE_TYPE (TREE_TYPE (gimple_call_arg (stmt, 1))));
  tree types = fntype ? TYPE_ARG_TYPES (fntype) : NULL_TREE;
  std::vector<value> arguments;
  for (unsigned i = 0; i < gimple_call_num_args (stmt); i++)
    {
      arguments.push_back (read (gimple_call_arg (stmt, i), types ? TREE_VALUE (types) : NULL_TREE));
      types = types ? TREE_CHAIN (types) : NULL_TREE;
    }
  if (fndecl)
    check_free (fndecl, arguments);
  line += " (" + names (arguments) + (gimple_call_va_arg_pack_p (stmt) ? ", ...)" : ")");
  if (lhs && !is_gimple_reg (lhs))
    line = "store:" + access_text (lhs) + " " + name (address (lhs, HASHCACHE__WRITTEN | HASHCACHE__STORED)) + " = " + line;
  effect_line (line);
  if (lhs && is_gimple_reg (lhs))
    set_register (lhs, effect_value ());
}

/* Inline assembly: its text, constraints, operands and clobbers.  Objects in memory stand there by address, and the line by its number
   for what they hold; so what memory holds after it is something new.  */

void
canonicalizer::assembly (gasm *stmt)
{
  const char *code = gimple_asm_string (stmt);
  std::string line = "asm/" + std::to_string (assembly_dialect ()) + (gimple_asm_volatile_p (stmt) ? " volatile " : " ")
		     + std::to_string (strlen (code)) + " " + code;
  std::string why = assembly_obstacle (stmt, &memory);
  std::vector<tree> outputs;
  if (!why.empty ())
    effect ("contains inline assembly that " + why, "asm");
  if (gimple_asm_nlabels (stmt))
    effect ("contains asm goto");
  for (unsigned i = 0; i < gimple_asm_noutputs (stmt); i++)
    {
      tree list = gimple_asm_output_op (stmt, i);
      line += std::string (" :") + TREE_STRING_POINTER (TREE_VALUE (TREE_PURPOSE (list))) + ":" + access_text (TREE_VALUE (list));
      outputs.push_back (TREE_VALUE (list));
      if (!is_gimple_reg (TREE_VALUE (list)))
	line += " " + name (address (TREE_VALUE (list), HASHCACHE__READ | HASHCACHE__WRITTEN));
    }
  for (unsigned i = 0; i < gimple_asm_ninputs (stmt); i++)
    {
      tree list = gimple_asm_input_op (stmt, i), input = TREE_VALUE (list);
      value v = assembly_memory_input_p (stmt, i) ? address (input, HASHCACHE__READ | HASHCACHE__WRITTEN) : read (input);
      line += std::string (" <") + TREE_STRING_POINTER (TREE_VALUE (TREE_PURPOSE (list))) + ":" + access_text (input) + " " + name (v);
    }
  for (unsigned i = 0; i < gimple_asm_nclobbers (stmt); i++)
    line += std::string (" !") + TREE_STRING_POINTER (TREE_VALUE (gimple_asm_clobber_op (stmt, i)));
  effect_line (line);
  for (size_t i = 0; i < outputs.size (); i++)
    if (is_gimple_reg (outputs[i]))
      set_register (outputs[i], effect_value ("." + std::to_string (i)));
}

/* True if STMT compares or subtracts addresses, neither of which is null: how two arrays lie to each other may show.  */

static bool
compares_addresses_p (gimple *stmt)
{
  tree a = NULL_TREE, b = NULL_TREE;
  if (gcond *cond = dyn_cast<gcond *> (stmt))
    a = gimple_cond_lhs (cond), b = gimple_cond_rhs (cond);
  else if (is_gimple_assign (stmt))
    {
      tree_code code = gimple_assign_rhs_code (stmt);
      tree first = gimple_assign_rhs1 (stmt);
      if (code == POINTER_DIFF_EXPR)
	return true;
      if (code == COND_EXPR && COMPARISON_CLASS_P (first))
	a = TREE_OPERAND (first, 0), b = TREE_OPERAND (first, 1);
      else if (TREE_CODE_CLASS (code) == tcc_comparison || code == MIN_EXPR || code == MAX_EXPR)
	a = first, b = gimple_assign_rhs2 (stmt);
    }
  return a && POINTER_TYPE_P (TREE_TYPE (a)) && !integer_zerop (a) && !integer_zerop (b);
}

/* True if a statement of FUN does.  */

static bool
any_compares_addresses_p (function *fun)
{
  basic_block bb;
  FOR_EACH_BB_FN (bb, fun)
    for (gimple_stmt_iterator gsi = gsi_start_bb (bb); !gsi_end_p (gsi); gsi_next (&gsi))
      if (compares_addresses_p (gsi_stmt (gsi)))
	return true;
  return false;
}

/* The canonical body of FUN.  */

canonical_body
canonicalize (function *fun)
{
  push_cfun (fun);
  canonical_body body = canonicalizer (fun).run ();
  body.compares = any_compares_addresses_p (fun);
  pop_cfun ();
  return body;
}
