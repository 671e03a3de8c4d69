/* registers.cc: which local variables are mere names for one value.
   SPDX-License-Identifier: GPL-3.0-or-later

   A register is a local variable or temporary that never lives in memory. If one statement assigns it, and that statement
   dominates all uses, the register is a name for the value, and a program that spells the value out instead means the same. A use
   that is not dominated may see an uninitialised variable: such a register is a variable like one with several assignments.  */

#include "canonical.h"

register_table::register_table (function *f, const flow &blocks)
{
  calculate_dominance_info (CDI_DOMINATORS);
  for (tree parm = DECL_ARGUMENTS (f->decl); parm; parm = DECL_CHAIN (parm))
    if (is_gimple_reg (parm))
      define (parm, ENTRY_BLOCK_PTR_FOR_FN (f), 0);
  scan (f, blocks, false);
  scan (f, blocks, true);
}

register_table::~register_table ()
{
  free_dominance_info (CDI_DOMINATORS);
}

/* True if all uses of REG see the value of its one assignment.  */

bool
register_table::single_value_p (tree reg) const
{
  auto found = registers.find (reg);
  return found != registers.end () && found->second.count == 1 && found->second.dominates;
}

/* Note an assignment to T, if that is a register, in BB at POSITION.  */

void
register_table::define (tree t, basic_block bb, unsigned position)
{
  if (!t || !is_gimple_reg (t))
    return;
  definition &d = registers[t];
  d.count++;
  d.bb = bb;
  d.position = position;
}

/* walk_tree callback: is the use of a register *TP dominated by its assignment?  */

tree
register_table::note_use (tree *tp, int *walk_subtrees, void *data)
{
  register_table *self = static_cast<register_table *> (static_cast<walk_stmt_info *> (data)->info);
  if (TYPE_P (*tp))
    *walk_subtrees = 0;
  if (!SSA_VAR_P (*tp) || TREE_CODE (*tp) == SSA_NAME || !is_gimple_reg (*tp))
    return NULL_TREE;
  definition &d = self->registers[*tp];
  if (d.count != 1)
    return NULL_TREE;
  if (d.bb == self->at_bb ? d.position >= self->at_position : !dominated_by_p (CDI_DOMINATORS, self->at_bb, d.bb))
    d.dominates = false;
  return NULL_TREE;
}

/* Go over the statements of F that are part of BLOCKS and note assignments, or USES.  */

void
register_table::scan (function *f, const flow &blocks, bool uses)
{
  walk_stmt_info info;
  memset (&info, 0, sizeof info);
  info.info = this;
  FOR_EACH_BB_FN (at_bb, f)
    {
      if (!blocks.returns_p (at_bb))
	continue;
      at_position = 1;
      for (gimple_stmt_iterator gsi = gsi_start_bb (at_bb); !gsi_end_p (gsi); gsi_next (&gsi), at_position++)
	{
	  gimple *stmt = gsi_stmt (gsi);
	  if (meaningless_p (stmt))
	    continue;
	  tree lhs = gimple_get_lhs (stmt);
	  bool defines = lhs && is_gimple_reg (lhs);
	  if (!uses)
	    {
	      define (lhs, at_bb, at_position);
	      if (gasm *assembly = dyn_cast<gasm *> (stmt))
		for (unsigned i = 0; i < gimple_asm_noutputs (assembly); i++)
		  define (TREE_VALUE (gimple_asm_output_op (assembly, i)), at_bb, at_position);
	      continue;
	    }
	  for (unsigned i = defines ? 1 : 0; i < gimple_num_ops (stmt); i++)
	    if (gimple_op (stmt, i) && gimple_code (stmt) != GIMPLE_ASM)
	      walk_tree (gimple_op_ptr (stmt, i), note_use, &info, NULL);
	  if (gasm *assembly = dyn_cast<gasm *> (stmt))
	    {
	      for (unsigned i = 0; i < gimple_asm_ninputs (assembly); i++)
		walk_tree (&TREE_VALUE (gimple_asm_input_op (assembly, i)), note_use, &info, NULL);
	      /* An output in memory may use registers for its address.  */
	      for (unsigned i = 0; i < gimple_asm_noutputs (assembly); i++)
		if (!is_gimple_reg (TREE_VALUE (gimple_asm_output_op (assembly, i))))
		  walk_tree (&TREE_VALUE (gimple_asm_output_op (assembly, i)), note_use, &info, NULL);
	    }
	}
    }
}
