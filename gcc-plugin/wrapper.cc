/* wrapper.cc: turns a marked function into a wrapper around its old body.
   SPDX-License-Identifier: GPL-3.0-or-later

   The function `T f (A a, B b) { body }' becomes

     static T f.hashcache.0 (A a, B b) { body }

     T f (A a, B b)
     {
       void *arguments[2] = { &a, &b };
       T result;
       struct hashcache__frame frame = { &contract, arguments, &result, NULL };
       while (hashcache__run (&frame))
	 result = f.hashcache.0 (a, b);
       return result;
     }

   The body is never inlined into the wrapper, nor specialised: what the runtime writes through the frame must be seen by the caller,
   nothing of the body may move across the run, and all callers must get the same bits. Recursive calls in the body reach the wrapper.  */

#include "plugin.h"

#define STRINGIFY(x) #x
#define STRING_OF(x) STRINGIFY (x)

namespace {

/* The runtime's entry point.  */

tree
run_function ()
{
  static tree decl;
  if (decl)
    return decl;
  tree type = build_function_type_list (integer_type_node, ptr_type_node, NULL_TREE);
  decl = build_fn_decl (STRING_OF (HASHCACHE__RUN), type);
  keep_tree (decl);
  return decl;
}

/* A local variable NAME of TYPE in FNDECL whose address is taken.  */

tree
local_variable (tree fndecl, const char *name, tree type)
{
  tree decl = build_decl (DECL_SOURCE_LOCATION (fndecl), VAR_DECL, get_identifier (name), type);
  DECL_ARTIFICIAL (decl) = 1;
  DECL_IGNORED_P (decl) = 1;
  DECL_CONTEXT (decl) = fndecl;
  TREE_USED (decl) = 1;
  TREE_ADDRESSABLE (decl) = 1;
  return decl;
}

/* The address of DECL as a void pointer.  */

tree
address_of (tree decl)
{
  TREE_ADDRESSABLE (decl) = 1;
  if (TREE_CODE (decl) == PARM_DECL)
    DECL_REGISTER (decl) = 0;
  return fold_convert (ptr_type_node, build1 (ADDR_EXPR, build_pointer_type (TREE_TYPE (decl)), decl));
}

/* Append to STATEMENTS that field number N of FRAME becomes VALUE.  */

void
set_field (tree *statements, tree frame, unsigned n, tree value)
{
  tree field = TYPE_FIELDS (TREE_TYPE (frame));
  while (n-- > 0)
    field = DECL_CHAIN (field);
  tree lhs = build3 (COMPONENT_REF, TREE_TYPE (field), frame, field, NULL_TREE);
  append_to_statement_list (build2 (MODIFY_EXPR, void_type_node, lhs, fold_convert (TREE_TYPE (field), value)), statements);
}

/* The call of BODY with FNDECL's own parameters.  An unprototyped function gets its arguments promoted.  */

tree
body_call (tree fndecl, tree body)
{
  vec<tree, va_gc> *arguments = NULL;
  for (tree parm = DECL_ARGUMENTS (fndecl); parm; parm = DECL_CHAIN (parm))
    {
      bool promote = !prototype_p (TREE_TYPE (fndecl)) && DECL_ARG_TYPE (parm);
      vec_safe_push (arguments, promote ? fold_convert (DECL_ARG_TYPE (parm), parm) : parm);
    }
  return build_call_vec (TREE_TYPE (TREE_TYPE (fndecl)), build_fold_addr_expr (body), arguments);
}

/* Append to STATEMENTS the array of the addresses of FNDECL's parameters; answer its address.  VARIABLES: chain of locals.  */

tree
arguments_array (tree fndecl, tree *statements, tree *variables)
{
  unsigned n = list_length (DECL_ARGUMENTS (fndecl));
  if (n == 0)
    return null_pointer_node;
  tree array = local_variable (fndecl, "hashcache_arguments", build_array_type_nelts (ptr_type_node, n));
  DECL_CHAIN (array) = *variables;
  *variables = array;
  unsigned i = 0;
  for (tree parm = DECL_ARGUMENTS (fndecl); parm; parm = DECL_CHAIN (parm))
    {
      tree lhs = build4 (ARRAY_REF, ptr_type_node, array, size_int (i++), NULL_TREE, NULL_TREE);
      append_to_statement_list (build2 (MODIFY_EXPR, void_type_node, lhs, address_of (parm)), statements);
    }
  return address_of (array);
}

/* The new body of FNDECL, as GENERIC, around BODY.  */

tree
wrapper_body (tree fndecl, tree body, tree contract)
{
  tree statements = NULL_TREE, variables = NULL_TREE, result = NULL_TREE;
  tree type = TREE_TYPE (TREE_TYPE (fndecl));
  tree arguments = arguments_array (fndecl, &statements, &variables);
  if (!VOID_TYPE_P (type))
    {
      result = local_variable (fndecl, "hashcache_result", type);
      DECL_CHAIN (result) = variables;
      variables = result;
    }
  tree frame = local_variable (fndecl, "hashcache_frame", frame_record ());
  DECL_CHAIN (frame) = variables;
  variables = frame;
  set_field (&statements, frame, 0, address_value (contract));
  set_field (&statements, frame, 1, arguments);
  set_field (&statements, frame, 2, result ? address_of (result) : null_pointer_node);
  set_field (&statements, frame, 3, null_pointer_node);

  tree loop = NULL_TREE;
  tree run = build_call_expr (run_function (), 1, address_of (frame));
  tree done = build2 (EQ_EXPR, boolean_type_node, run, integer_zero_node);
  append_to_statement_list (build1 (EXIT_EXPR, void_type_node, done), &loop);
  tree call = body_call (fndecl, body);
  append_to_statement_list (result ? build2 (MODIFY_EXPR, void_type_node, result, call) : call, &loop);
  append_to_statement_list (build1 (LOOP_EXPR, void_type_node, loop), &statements);
  tree value = result ? build2 (MODIFY_EXPR, type, DECL_RESULT (fndecl), result) : NULL_TREE;
  append_to_statement_list (build1 (RETURN_EXPR, void_type_node, value), &statements);

  tree block = make_node (BLOCK);
  BLOCK_VARS (block) = variables;
  BLOCK_SUPERCONTEXT (block) = fndecl;
  DECL_INITIAL (fndecl) = block;
  TREE_USED (block) = 1;
  tree bind = build3 (BIND_EXPR, void_type_node, variables, statements, block);
  TREE_SIDE_EFFECTS (bind) = 1;
  return bind;
}

/* Take the body off NODE, which keeps its parameters and result.  */

void
drop_body (cgraph_node *node)
{
  tree fndecl = node->decl, result = DECL_RESULT (fndecl);
  node->release_body (true);
  node->reset ();
  node->lowered = false;
  node->definition = true;
  DECL_RESULT (fndecl) = result;
  DECL_INITIAL (fndecl) = NULL_TREE;
}

} // anonymous namespace

/* True if GCC can move the body of FNDECL into a function of its own.  */

bool
wrappable_p (tree fndecl)
{
  return tree_versionable_function_p (fndecl);
}

/* Make FNDECL, whose contract is CONTRACT, a wrapper around its body.  */

void
make_wrapper (tree fndecl, tree contract)
{
  cgraph_node *node = cgraph_node::get (fndecl);
  opt_pass *pass = current_pass;
  cgraph_node *body = clone_with_body (node, "hashcache");
  gcc_assert (body);
  strip_mark (body->decl);
  DECL_ATTRIBUTES (body->decl) = remove_attribute ("always_inline", DECL_ATTRIBUTES (body->decl));
  DECL_DISREGARD_INLINE_LIMITS (body->decl) = 0;
  DECL_UNINLINABLE (body->decl) = 1;
  DECL_DECLARED_INLINE_P (body->decl) = 0; /* So that -Winline says nothing of what is as it should be.  */
  DECL_ATTRIBUTES (body->decl) = tree_cons (get_identifier ("noclone"), NULL_TREE, DECL_ATTRIBUTES (body->decl));
  drop_body (node);
  /* The wrapper reads files: what the user promised of the body does not hold for it.  */
  for (tree decl : { fndecl, body->decl })
    {
      TREE_READONLY (decl) = 0;
      DECL_PURE_P (decl) = 0;
      DECL_LOOPING_CONST_OR_PURE_P (decl) = 0;
    }
  DECL_IS_MALLOC (fndecl) = 0;
  allocate_struct_function (fndecl, false);
  set_cfun (NULL);
  DECL_SAVED_TREE (fndecl) = wrapper_body (fndecl, body->decl, contract);
  node->analyze ();
  current_pass = pass;
}
