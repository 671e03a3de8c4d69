/* uses.cc: whether all uses of a pointer parameter stay within the one object it points to.
   SPDX-License-Identifier: GPL-3.0-or-later

   `const struct crystal *crystal' says nothing of how many crystals there are. If the body only ever looks at *crystal, compares
   the pointer with NULL, and hands it to functions of the unit that do no more, one is proven. Anything else (arithmetic, a
   copy kept in a variable, a call out of the unit) proves nothing, and the user must say HASHCACHE_COUNT.  */

#include "canonical.h"

namespace {

/* Questions that are being asked: recursion may assume their answers, since a counterexample would show elsewhere.  LIMIT: bytes of
   the object, which a callee may know under another type.  */

struct questions
{
  std::set<std::pair<tree, unsigned>> asked;
  HOST_WIDE_INT limit;
};

bool single_object_in_p (tree fndecl, unsigned parameter, questions *q);

/* What a walk over the operands of one statement looks for.  */

struct use_walk
{
  tree parm;
  HOST_WIDE_INT limit;
  bool outside;
};

/* True if T, an element of an array that ends a struct, may lie beyond the struct: an array of one element or none often stands for
   more.  */

bool
beyond_struct_p (tree t)
{
  tree array = TREE_TYPE (TREE_OPERAND (t, 0));
  tree max = TYPE_DOMAIN (array) ? TYPE_MAX_VALUE (TYPE_DOMAIN (array)) : NULL_TREE;
  bool longer = max && TREE_CODE (max) == INTEGER_CST && tree_int_cst_sgn (max) > 0;
  return !longer && !integer_zerop (TREE_OPERAND (t, 1));
}

/* walk_gimple_op callback: does *TP use the parameter other than as the base of an access to the object itself?  */

tree
find_other_use (tree *tp, int *walk_subtrees, void *data)
{
  use_walk *walk = static_cast<use_walk *> (static_cast<walk_stmt_info *> (data)->info);
  tree t = *tp;
  if (TYPE_P (t))
    *walk_subtrees = 0;
  else if (TREE_CODE (t) == ARRAY_REF && TREE_CODE (TREE_OPERAND (t, 0)) == COMPONENT_REF && beyond_struct_p (t))
    walk->outside = true;
  else if (TREE_CODE (t) == MEM_REF && TREE_OPERAND (t, 0) == walk->parm)
    {
      tree accessed = TYPE_SIZE_UNIT (TREE_TYPE (t));
      if (!integer_zerop (TREE_OPERAND (t, 1)) || !accessed || !tree_fits_shwi_p (accessed) || tree_to_shwi (accessed) > walk->limit)
	walk->outside = true;
      *walk_subtrees = 0;
    }
  else if (t == walk->parm)
    walk->outside = true;
  return NULL_TREE;
}

/* True if the address of a part of *PARM is taken in T: the pointer made so might leave the object.  */

bool
takes_address_p (tree t, tree parm)
{
  if (TREE_CODE (t) != ADDR_EXPR)
    return false;
  tree base = get_base_address (TREE_OPERAND (t, 0));
  return base && TREE_CODE (base) == MEM_REF && TREE_OPERAND (base, 0) == parm;
}

/* True if the call STMT does nothing with PARM but read the object, or pass it to functions that do no more.  */

bool
call_stays_p (gcall *stmt, tree parm, questions *q)
{
  tree callee = gimple_call_fndecl (stmt);
  for (unsigned i = 0; i < gimple_call_num_args (stmt); i++)
    {
      tree arg = gimple_call_arg (stmt, i);
      if (arg == parm && !(callee && single_object_in_p (callee, i, q)))
	return false;
      if (takes_address_p (arg, parm))
	return false;
    }
  return true;
}

/* True if STMT stays within *PARM.  */

bool
statement_stays_p (gimple *stmt, tree parm, questions *q)
{
  if (is_gimple_debug (stmt) || gimple_clobber_p (stmt))
    return true;
  if (gcond *cond = dyn_cast<gcond *> (stmt))
    if (gimple_cond_lhs (cond) == parm && integer_zerop (gimple_cond_rhs (cond)))
      return true;
  if (is_gimple_assign (stmt) && gimple_assign_rhs_class (stmt) == GIMPLE_BINARY_RHS
      && TREE_CODE_CLASS (gimple_assign_rhs_code (stmt)) == tcc_comparison && gimple_assign_rhs1 (stmt) == parm
      && integer_zerop (gimple_assign_rhs2 (stmt)))
    return true;
  if (gimple_code (stmt) == GIMPLE_ASM)
    return false;
  for (unsigned i = 0; i < gimple_num_ops (stmt); i++)
    if (gimple_op (stmt, i) && takes_address_p (gimple_op (stmt, i), parm) && !is_gimple_call (stmt))
      return false;
  use_walk walk = { parm, q->limit, false };
  walk_stmt_info info;
  memset (&info, 0, sizeof info);
  info.info = &walk;
  if (gcall *call = dyn_cast<gcall *> (stmt))
    {
      if (!call_stays_p (call, parm, q))
	return false;
      for (unsigned i = 0; i < gimple_call_num_args (call); i++)
	if (gimple_call_arg (call, i) != parm)
	  walk_tree (gimple_call_arg_ptr (call, i), find_other_use, &info, NULL);
      if (gimple_call_lhs (call))
	walk_tree (gimple_call_lhs_ptr (call), find_other_use, &info, NULL);
      return !walk.outside && gimple_call_fn (call) != parm;
    }
  walk_gimple_op (stmt, find_other_use, &info);
  return !walk.outside;
}

bool
single_object_in_p (tree fndecl, unsigned parameter, questions *q)
{
  if (!q->asked.insert ({ fndecl, parameter }).second)
    return true;
  cgraph_node *node = cgraph_node::get (fndecl);
  function *fun = DECL_STRUCT_FUNCTION (fndecl);
  if (!node || !node->has_gimple_body_p () || !fun || !fun->cfg || DECL_WEAK (fndecl) || stdarg_p (TREE_TYPE (fndecl)))
    return false;
  tree parm = DECL_ARGUMENTS (fndecl);
  while (parm && parameter-- > 0)
    parm = DECL_CHAIN (parm);
  if (!parm || !POINTER_TYPE_P (TREE_TYPE (parm)) || TREE_ADDRESSABLE (parm))
    return false;
  basic_block bb;
  FOR_EACH_BB_FN (bb, fun)
    for (gimple_stmt_iterator gsi = gsi_start_bb (bb); !gsi_end_p (gsi); gsi_next (&gsi))
      if (!statement_stays_p (gsi_stmt (gsi), parm, q))
	return false;
  return true;
}

} // anonymous namespace

/* True if all that FNDECL does with its parameter number PARAMETER, a pointer to char, is to hand it to functions that take it for a
   string, or to compare it with NULL.  */

static bool
string_in_p (tree fndecl, unsigned parameter, std::set<std::pair<tree, unsigned>> *asked)
{
  if (!asked->insert ({ fndecl, parameter }).second)
    return true;
  cgraph_node *node = cgraph_node::get (fndecl);
  function *fun = DECL_STRUCT_FUNCTION (fndecl);
  if (!node || !node->has_gimple_body_p () || !fun || !fun->cfg || DECL_WEAK (fndecl))
    return false;
  tree parm = DECL_ARGUMENTS (fndecl);
  while (parm && parameter-- > 0)
    parm = DECL_CHAIN (parm);
  if (!parm || !POINTER_TYPE_P (TREE_TYPE (parm)) || TREE_ADDRESSABLE (parm))
    return false;
  basic_block bb;
  FOR_EACH_BB_FN (bb, fun)
    for (gimple_stmt_iterator gsi = gsi_start_bb (bb); !gsi_end_p (gsi); gsi_next (&gsi))
      {
	questions none = { {}, 1 };
	gcall *call = dyn_cast<gcall *> (gsi_stmt (gsi));
	tree callee = call ? gimple_call_fndecl (call) : NULL_TREE;
	bool takes = false;
	for (unsigned i = 0; callee && i < gimple_call_num_args (call); i++)
	  if (gimple_call_arg (call, i) == parm)
	    {
	      takes = string_function_p (callee) || string_in_p (callee, i, asked);
	      if (!takes)
		return false;
	    }
	if (!takes && !statement_stays_p (gsi_stmt (gsi), parm, &none))
	  return false;
      }
  return true;
}

bool
string_p (tree fndecl, unsigned parameter)
{
  std::set<std::pair<tree, unsigned>> asked;
  return string_in_p (fndecl, parameter, &asked);
}

/* True if it is proven that FNDECL reaches one object at most through its pointer parameter number PARAMETER.  */

bool
single_object_p (tree fndecl, unsigned parameter)
{
  tree parm = DECL_ARGUMENTS (fndecl);
  for (unsigned i = 0; i < parameter; i++)
    parm = DECL_CHAIN (parm);
  tree size = TYPE_SIZE_UNIT (TREE_TYPE (TREE_TYPE (parm)));
  if (!size || !tree_fits_shwi_p (size))
    return false;
  questions q = { {}, tree_to_shwi (size) };
  return single_object_in_p (fndecl, parameter, &q);
}
