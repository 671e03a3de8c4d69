/* privacy.cc: which local variables nobody but their function can reach.
   SPDX-License-Identifier: GPL-3.0-or-later

   A volatile access is refused since somebody else may change the object at any time.  Nobody else can where the object is a local
   variable whose address stays within the function: then the access reads what was last written, as any other.  The address stays
   if it is only ever dereferenced, at once or through a pointer in a register that holds nothing else and is put to no other use.
   All statements count, those too from which no return is reachable.  */

#include "canonical.h"

/* T without components: a variable, or what a pointer leads to.  */

static tree
whole_of (tree t)
{
  while (handled_component_p (t))
    t = TREE_OPERAND (t, 0);
  if (TREE_CODE (t) == MEM_REF && TREE_CODE (TREE_OPERAND (t, 0)) == ADDR_EXPR)
    return whole_of (TREE_OPERAND (TREE_OPERAND (t, 0), 0));
  return t;
}

/* True if T is a local variable or a parameter in memory of its own.  */

bool
own_memory::own_p (tree t)
{
  tree whole = whole_of (t);
  return (VAR_P (whole) || TREE_CODE (whole) == PARM_DECL) && !is_global_var (whole) && !DECL_HAS_VALUE_EXPR_P (whole)
	 && !(VAR_P (whole) && DECL_HARD_REGISTER (whole));
}

/* walk_gimple_op callback: addresses and pointers in *TP that are not dereferenced there.  */

tree
own_memory::note_use (tree *tp, int *walk_subtrees, void *data)
{
  own_memory *self = static_cast<own_memory *> (static_cast<walk_stmt_info *> (data)->info);
  tree t = *tp;
  if (TYPE_P (t))
    *walk_subtrees = 0;
  else if (TREE_CODE (t) == MEM_REF)
    *walk_subtrees = 0; /* The pointer, and a constant.  */
  else if (TREE_CODE (t) == ADDR_EXPR)
    self->leaked.insert (whole_of (TREE_OPERAND (t, 0)));
  else if (SSA_VAR_P (t) && is_gimple_reg (t))
    self->busy.insert (t);
  return NULL_TREE;
}

/* Go once over all statements.  */

void
own_memory::scan ()
{
  walk_stmt_info info;
  memset (&info, 0, sizeof info);
  info.info = this;
  scanned = true;
  basic_block bb;
  FOR_EACH_BB_FN (bb, fun)
    for (gimple_stmt_iterator gsi = gsi_start_bb (bb); !gsi_end_p (gsi); gsi_next (&gsi))
      {
	gimple *stmt = gsi_stmt (gsi);
	bool check = gimple_call_internal_p (stmt, IFN_UBSAN_NULL) || gimple_call_internal_p (stmt, IFN_ASAN_MARK);
	if (is_gimple_debug (stmt) || gimple_clobber_p (stmt) || check)
	  continue;
	if (gimple_assign_single_p (stmt) && TREE_CODE (gimple_assign_rhs1 (stmt)) == ADDR_EXPR
	    && TREE_CODE (gimple_assign_lhs (stmt)) != PARM_DECL && is_gimple_reg (gimple_assign_lhs (stmt)))
	  pointees[gimple_assign_lhs (stmt)].push_back (whole_of (TREE_OPERAND (gimple_assign_rhs1 (stmt), 0)));
	else
	  walk_gimple_op (stmt, note_use, &info);
      }
  for (auto &p : pointees)
    if (busy.count (p.first))
      leaked.insert (p.second.begin (), p.second.end ());
}

/* True if T accesses a variable that nobody else can reach.  */

bool
own_memory::private_p (tree t)
{
  if (!scanned)
    scan ();
  if (own_p (t))
    return !leaked.count (whole_of (t));
  tree whole = whole_of (t);
  if (TREE_CODE (whole) != MEM_REF)
    return false;
  auto found = pointees.find (TREE_OPERAND (whole, 0));
  if (found == pointees.end () || busy.count (TREE_OPERAND (whole, 0)))
    return false;
  for (tree variable : found->second)
    if (!own_p (variable) || leaked.count (variable))
      return false;
  return true;
}

/* True if T, or something it is a component of, is volatile.  */

bool
volatile_p (tree t)
{
  for (; handled_component_p (t); t = TREE_OPERAND (t, 0))
    if (TREE_THIS_VOLATILE (t))
      return true;
  return (DECL_P (t) || TREE_CODE (t) == MEM_REF) && TREE_THIS_VOLATILE (t);
}
