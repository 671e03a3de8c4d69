/* around.cc: HASHCACHE_CONTAINS and the like ask about the call that is written there, and no other.
   SPDX-License-Identifier: GPL-3.0-or-later

   The macros of hashcache/around.h put a mark before the statement that is the call. At the end of each definition, while the front
   end's trees are still as the source says,

     hashcache__question (K);
     (void) f (g (1), x);

   becomes

     t1 = g (1);
     hashcache__ask (K, "f");
     t2 = f (t1, x);

   so that the arguments, which may be calls of marked functions and have questions of their own, have been evaluated before, and nothing
   comes between question and call. The runtime gives the question to the next marked function that is entered on the thread, and only
   if that is f: where f was compiled without the plugin after all, nobody is mistaken for it. A call that is declared to have no effect
   could be moved or left out: where it is asked about, it has one.  */

#include "plugin.h"
#include "hashcache/around.h"

namespace {

/* The macro that asks QUESTION.  */

const char *
macro_name (HOST_WIDE_INT question)
{
  switch (question)
    {
    case HASHCACHE__ASK_CONTAINS:
      return "HASHCACHE_CONTAINS";
    case HASHCACHE__ASK_REFRESH:
      return "HASHCACHE_REFRESH";
    case HASHCACHE__ASK_FORGET:
      return "HASHCACHE_FORGET";
    case HASHCACHE__ASK_BUSY:
      return "HASHCACHE_BUSY";
    default:
      return "HASHCACHE_KEY";
    }
}

/* The runtime's function that asks.  */

tree
ask_function ()
{
  static tree decl;
  if (decl)
    return decl;
  tree type = build_function_type_list (void_type_node, integer_type_node, const_ptr_type_node, NULL_TREE);
  decl = build_fn_decl ("hashcache__ask", type);
  keep_tree (decl);
  return decl;
}

/* The function that CALL calls by its name, NULL_TREE if there is none.  */

tree
called_function (tree call)
{
  tree callee = CALL_EXPR_FN (call);
  STRIP_NOPS (callee);
  if (callee && TREE_CODE (callee) == ADDR_EXPR && TREE_CODE (TREE_OPERAND (callee, 0)) == FUNCTION_DECL)
    return TREE_OPERAND (callee, 0);
  return NULL_TREE;
}

/* The function that marks questions, NULL_TREE if nothing in the unit uses it.  */

tree
question_function ()
{
  tree decl = lookup_name (get_identifier ("hashcache__question"));
  return decl && TREE_CODE (decl) == FUNCTION_DECL && TREE_USED (decl) ? decl : NULL_TREE;
}

/* True if STATEMENT is a mark, a call of MARKS; its question is in *QUESTION then.  */

bool
question_p (tree statement, tree marks, HOST_WIDE_INT *question)
{
  STRIP_NOPS (statement);
  if (TREE_CODE (statement) != CALL_EXPR || called_function (statement) != marks)
    return false;
  *question = tree_to_shwi (CALL_EXPR_ARG (statement, 0));
  return true;
}

/* Where the call is in *STATEMENT: below conversions, and the assignment to the value of a statement expression.  */

tree *
operand_of (tree *statement)
{
  while (CONVERT_EXPR_P (*statement) || TREE_CODE (*statement) == NON_LVALUE_EXPR
	 || (TREE_CODE (*statement) == MODIFY_EXPR && VAR_P (TREE_OPERAND (*statement, 0))
	     && DECL_ARTIFICIAL (TREE_OPERAND (*statement, 0)) && !DECL_NAME (TREE_OPERAND (*statement, 0))))
    statement = &TREE_OPERAND (*statement, TREE_CODE (*statement) == MODIFY_EXPR ? 1 : 0);
  return statement;
}

/* The place in the user's source that MARK, which comes from a macro, stands for.  */

location_t
place_of (tree mark)
{
  return linemap_resolve_location (line_table, EXPR_LOCATION (mark), LRK_MACRO_EXPANSION_POINT, NULL);
}

/* True if OPERAND, which stands after MARK for QUESTION, is the call of a marked function; else an error has been given.  */

bool
answerable_p (tree mark, HOST_WIDE_INT question, tree operand)
{
  const char *macro = macro_name (question);
  tree function = TREE_CODE (operand) == CALL_EXPR ? called_function (operand) : NULL_TREE;
  if (function && marked_p (function))
    return true;
  if (TREE_CODE (operand) != CALL_EXPR)
    error_at (place_of (mark), "%qs takes the call of a marked function: write %<%s (f (x))%>", macro, macro);
  else if (!function)
    error_at (place_of (mark), "%qs takes the call of a marked function by its name: this calls through a pointer", macro);
  else
    error_at (place_of (mark), "%qs takes the call of a marked function: write %<HASHCACHE%> before a declaration of %qD above", macro,
	      function);
  return false;
}

/* A temporary variable for a value of TYPE.  */

tree
temporary (tree type)
{
  /* A type that depends on variables is for the places where the source has it.  */
  if (POINTER_TYPE_P (type) && variably_modified_type_p (type, NULL_TREE))
    type = ptr_type_node;
  return create_tmp_var_raw (TYPE_MAIN_VARIANT (type), "hashcache");
}

/* VALUE, kept in the variable TEMPORARY from here on.  */

tree
keep_value (tree temporary, tree value)
{
  tree type = TREE_TYPE (temporary);
  if (POINTER_TYPE_P (type))
    value = fold_convert (type, value);
  tree kept = build4 (TARGET_EXPR, type, temporary, value, NULL_TREE, NULL_TREE);
  TREE_SIDE_EFFECTS (kept) = 1;
  return kept;
}

/* True if nothing happens when ARGUMENT is evaluated.  */

bool
quiet_p (tree argument)
{
  STRIP_NOPS (argument);
  return !TREE_SIDE_EFFECTS (argument) && (TREE_CONSTANT (argument) || DECL_P (argument));
}

/* Evaluate the arguments of CALL before WHERE.  */

void
evaluate_arguments (tree call, tree_stmt_iterator *where)
{
  for (int i = 0; i < call_expr_nargs (call); i++)
    {
      tree argument = CALL_EXPR_ARG (call, i), type = TREE_TYPE (argument);
      if (quiet_p (argument))
	continue;
      tree variable = temporary (type);
      tsi_link_before (where, keep_value (variable, argument), TSI_SAME_STMT);
      CALL_EXPR_ARG (call, i) = POINTER_TYPE_P (type) ? fold_convert (type, variable) : variable;
    }
}

/* GCC shall not think that CALL, of FUNCTION, can be left out or moved: neither what is declared of the function nor its type says so
   from here on.  */

void
insist_on (tree function, tree call)
{
  TREE_READONLY (function) = 0;
  DECL_PURE_P (function) = 0;
  DECL_LOOPING_CONST_OR_PURE_P (function) = 0;
  tree type = build_pointer_type (TYPE_MAIN_VARIANT (TREE_TYPE (function)));
  CALL_EXPR_FN (call) = build1 (ADDR_EXPR, type, function);
  TREE_SIDE_EFFECTS (call) = 1;
}

/* The call of hashcache__ask that is QUESTION about FUNCTION, for MARK.  */

tree
build_ask (tree mark, HOST_WIDE_INT question, tree function)
{
  const char *name = IDENTIFIER_POINTER (DECL_NAME (function));
  tree text = build_string_literal (strlen (name) + 1, name);
  return build_call_expr_loc (EXPR_LOCATION (mark), ask_function (), 2, build_int_cst (integer_type_node, question),
			      fold_convert (const_ptr_type_node, text));
}

/* WHERE is at the mark of QUESTION: put that in its place.  */

void
place_question (tree_stmt_iterator where, HOST_WIDE_INT question)
{
  tree mark = tsi_stmt (where);
  tree_stmt_iterator next = where;
  do
    tsi_next (&next);
  while (!tsi_end_p (next) && TREE_CODE (tsi_stmt (next)) == DEBUG_BEGIN_STMT);
  if (tsi_end_p (next)) /* The front end has complained of what was there.  */
    return;
  tree *operand = operand_of (tsi_stmt_ptr (next));
  STRIP_NOPS (mark);
  if (error_operand_p (*operand) || !answerable_p (mark, question, *operand))
    return;
  tree call = *operand, function = called_function (call);
  insist_on (function, call);
  for (tree *outer = tsi_stmt_ptr (next); outer != operand; outer = &TREE_OPERAND (*outer, TREE_CODE (*outer) == MODIFY_EXPR ? 1 : 0))
    TREE_SIDE_EFFECTS (*outer) = 1;
  evaluate_arguments (call, &where);
  *tsi_stmt_ptr (where) = build_ask (mark, question, function);
  /* The value counts as used where the function says that it must be.  */
  if (question != HASHCACHE__ASK_REFRESH && !VOID_TYPE_P (TREE_TYPE (call)))
    *tsi_stmt_ptr (next) = keep_value (temporary (TREE_TYPE (call)), call);
}

/* Callback of walk_tree: place the questions in the list of statements *TP.  MARKS: the function that marks them.  */

tree
place_in_list (tree *tp, int *, void *marks)
{
  HOST_WIDE_INT question;
  if (TREE_CODE (*tp) == STATEMENT_LIST)
    for (tree_stmt_iterator i = tsi_start (*tp); !tsi_end_p (i); tsi_next (&i))
      if (question_p (tsi_stmt (i), static_cast<tree> (marks), &question))
	place_question (i, question);
  return NULL_TREE;
}

/* Place the questions in FNDECL and in the functions nested in it.  MARKS: the function that marks them.  */

void
place_in_function (tree fndecl, tree marks)
{
  walk_tree_without_duplicates (&DECL_SAVED_TREE (fndecl), place_in_list, marks);
  cgraph_node *node = cgraph_node::get (fndecl);
  for (cgraph_node *nested = node ? first_nested_function (node) : NULL; nested; nested = next_nested_function (nested))
    place_in_function (nested->decl, marks);
}

} // anonymous namespace

/* PLUGIN_PRE_GENERICIZE: the definition of FNDECL has been parsed.  */

void
place_questions (void *fndecl, void *)
{
  tree t = static_cast<tree> (fndecl);
  if (TREE_CODE (t) != FUNCTION_DECL || !DECL_SAVED_TREE (t))
    return;
  if (tree marks = question_function ())
    place_in_function (t, marks);
}
