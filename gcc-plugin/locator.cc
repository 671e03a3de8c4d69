/* locator.cc: a function that answers where the calling thread has a thread-local variable.
   SPDX-License-Identifier: GPL-3.0-or-later

   No static table can hold such an address. The function is

     static void *hashcache__locate.0 (void) { return &variable; }  */

#include "plugin.h"

/* The function that answers the address of the thread-local variable DECL of this unit.  */

tree
make_locator (tree decl)
{
  static unsigned n;
  tree name = get_identifier (("hashcache__locate." + std::to_string (n++)).c_str ());
  tree fndecl = build_decl (BUILTINS_LOCATION, FUNCTION_DECL, name, build_function_type_list (ptr_type_node, NULL_TREE));
  tree result = build_decl (BUILTINS_LOCATION, RESULT_DECL, NULL_TREE, ptr_type_node);
  TREE_STATIC (fndecl) = 1;
  TREE_USED (fndecl) = 1;
  TREE_NOTHROW (fndecl) = 1;
  DECL_ARTIFICIAL (fndecl) = 1;
  DECL_IGNORED_P (fndecl) = 1;
  DECL_NO_INSTRUMENT_FUNCTION_ENTRY_EXIT (fndecl) = 1;
  DECL_ARTIFICIAL (result) = 1;
  DECL_IGNORED_P (result) = 1;
  DECL_CONTEXT (result) = fndecl;
  DECL_RESULT (fndecl) = result;
  tree block = make_node (BLOCK);
  BLOCK_SUPERCONTEXT (block) = fndecl;
  TREE_USED (block) = 1;
  DECL_INITIAL (fndecl) = block;
  allocate_struct_function (fndecl, false);
  set_cfun (NULL);
  TREE_ADDRESSABLE (decl) = 1;
  tree address = fold_convert (ptr_type_node, build1 (ADDR_EXPR, build_pointer_type (TREE_TYPE (decl)), decl));
  tree answer = build1 (RETURN_EXPR, void_type_node, build2 (MODIFY_EXPR, ptr_type_node, result, address));
  DECL_SAVED_TREE (fndecl) = build3 (BIND_EXPR, void_type_node, NULL_TREE, answer, block);
  TREE_SIDE_EFFECTS (DECL_SAVED_TREE (fndecl)) = 1;
  keep_tree (fndecl);
  cgraph_node *node = cgraph_node::get_create (fndecl);
  node->definition = true;
  node->force_output = true;
  opt_pass *pass = current_pass;
  node->analyze ();
  current_pass = pass;
  return fndecl;
}
