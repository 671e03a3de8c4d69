/* flow.cc: the blocks of a function as the canonical text has them.
   SPDX-License-Identifier: GPL-3.0-or-later

   A block that does nothing is passed through; a block with one successor continues with it where nothing else enters there. From
   some blocks the end of the function cannot be reached (failed assertions, abort): no call that enters one yields a result.  */

#include "canonical.h"

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

flow::flow (function *f) : fun (f)
{
  find_returning ();
  count_entries ();
}

/* Find the blocks from which the end of the function is reachable.  */

void
flow::find_returning ()
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
flow::forward (basic_block bb) const
{
  std::unordered_set<int> seen;
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

basic_block
flow::entry () const
{
  return forward (single_succ (ENTRY_BLOCK_PTR_FOR_FN (fun)));
}

/* Count how many times each block is entered by blocks that do something.  */

void
flow::count_entries ()
{
  std::unordered_set<int> seen;
  std::vector<basic_block> work { entry () };
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

/* True if STMT does no more than to compute a value, which has the name of one of REGISTERS, or to look where to go.  */

static bool
transparent_p (gimple *stmt, const register_table &registers)
{
  if (meaningless_p (stmt) || gimple_code (stmt) == GIMPLE_COND || gimple_code (stmt) == GIMPLE_SWITCH)
    return true;
  return is_gimple_assign (stmt) && !gimple_has_volatile_ops (stmt) && is_gimple_reg (gimple_assign_lhs (stmt))
	 && registers.single_value_p (gimple_assign_lhs (stmt));
}

/* True if what is known at the end of BB is what is known at its start.  */

static bool
transparent_p (basic_block bb, const register_table &registers)
{
  for (gimple_stmt_iterator gsi = gsi_start_bb (bb); !gsi_end_p (gsi); gsi_next (&gsi))
    if (!transparent_p (gsi_stmt (gsi), registers))
      return false;
  return true;
}

/* The blocks that are reachable from FIRST, each before those it leads to, but for jumps back.  */

static std::vector<basic_block>
reverse_postorder (basic_block first)
{
  std::vector<basic_block> order;
  std::vector<std::pair<basic_block, unsigned>> stack { { first, 0 } };
  std::unordered_set<int> seen { first->index };
  while (!stack.empty ())
    {
      basic_block bb = stack.back ().first;
      unsigned next = stack.back ().second++;
      if (next == EDGE_COUNT (bb->succs))
	{
	  order.push_back (bb);
	  stack.pop_back ();
	}
      else if (seen.insert (EDGE_SUCC (bb, next)->dest->index).second)
	stack.push_back ({ EDGE_SUCC (bb, next)->dest, 0 });
    }
  std::reverse (order.begin (), order.end ());
  return order;
}

/* Number what is known at the start of each block: as at the end of the blocks before it, if that is the same for all of them, else a
   new state.  A jump back is from a block of which nothing is known yet.  */

void
flow::find_states (const register_table &registers)
{
  std::vector<basic_block> order = reverse_postorder (single_succ (ENTRY_BLOCK_PTR_FOR_FN (fun)));
  std::unordered_set<int> reachable;
  for (basic_block bb : order)
    {
      reachable.insert (bb->index);
      if (transparent_p (bb, registers))
	transparent.insert (bb->index);
    }
  for (basic_block bb : order)
    {
      int own = 2 * bb->index, common = -1;
      edge e;
      edge_iterator ei;
      FOR_EACH_EDGE (e, ei, bb->preds)
	if (e->src->index == ENTRY_BLOCK || reachable.count (e->src->index))
	  {
	    bool known = states.count (e->src->index) && !(e->flags & EDGE_COMPLEX);
	    int state = known ? state_at_end (e->src) : own;
	    common = common == -1 || common == state ? state : own;
	    if (common == own)
	      break;
	  }
      states[bb->index] = common == -1 ? own : common;
    }
}

/* The number of what is known when BB is entered, or left.  */

int
flow::state_at_start (basic_block bb) const
{
  auto found = states.find (bb->index);
  return found == states.end () ? 2 * bb->index : found->second;
}

int
flow::state_at_end (basic_block bb) const
{
  return transparent.count (bb->index) ? state_at_start (bb) : 2 * bb->index + 1;
}

/* The block that follows BB in a straight line, NULL if there is none.  */

basic_block
flow::continuation (basic_block bb) const
{
  if (!single_succ_p (bb) || (single_succ_edge (bb)->flags & EDGE_COMPLEX))
    return NULL;
  basic_block next = forward (single_succ (bb));
  bool straight = next->index != EXIT_BLOCK && returns_p (next) && entries.at (next->index) == 1;
  return straight ? next : NULL;
}
