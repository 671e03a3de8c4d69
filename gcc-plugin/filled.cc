/* filled.cc: whether a function fills an object that it is given a pointer to before it reads any of it.
   SPDX-License-Identifier: GPL-3.0-or-later

   Along the ways through the body it is kept which bytes of the object are certainly set: those that a store to a known place in it
   sets, by name or in a function of the unit that is given the pointer. Where ways meet, what all of them have set counts. A load must
   find all its bytes set. While any byte is missing the pointer must not go where it cannot be followed; once none is, nobody can see
   what was there before, and the pointer may go anywhere. Where the pointer is known to be NULL there is nothing to fill.

   Of the user's word HASHCACHE_OUT less is asked: the pointer may go anywhere, and what is done there, or at a place that varies, is
   taken to set all that is missing. Only a load of a pointer that is certain to come first speaks against it.

   Copies of whole structs set nothing, since they may hold parts that were never set themselves, and these are pointers, perhaps.  */

#include "pointers.h"

namespace {

typedef std::vector<bool> byte_set;

const HOST_WIDE_INT elsewhere = -1; /* A place in the object that is not known.  */

/* What is to be proven, and how much may be spent on it.  */

struct fill_proof
{
  byte_set needed;       /* Bytes that count.  */
  bool word = false;     /* The user says that they are filled.  */
  std::set<tree> asked;  /* Functions that are being looked at.  */
  unsigned left = 500;   /* Bodies that may still be looked at.  */
};

/* True if SET has all bytes of WANTED.  */

bool
has_all_p (const byte_set &set, const byte_set &wanted)
{
  for (size_t i = 0; i < wanted.size (); i++)
    if (wanted[i] && !set[i])
      return false;
  return true;
}

/* Add to SET the bytes of an object of TYPE at OFFSET that carry a value, or only those of pointers; false if they are not known.  */

bool
add_bytes (tree type, HOST_WIDE_INT offset, bool pointers, byte_set *set)
{
  tree size = TYPE_SIZE_UNIT (type);
  if (!size || !tree_fits_shwi_p (size) || offset + tree_to_shwi (size) > static_cast<HOST_WIDE_INT> (set->size ()))
    return false;
  switch (TREE_CODE (type))
    {
    case RECORD_TYPE:
      for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
	if (TREE_CODE (f) == FIELD_DECL && annotated_role (DECL_ATTRIBUTES (f)) != HASHCACHE__IGNORE
	    && (DECL_BIT_FIELD_TYPE (f) || flexible_field_p (f, type)
		|| !add_bytes (TREE_TYPE (f), offset + int_byte_position (f), pointers, set)))
	  return false;
      return true;
    case ARRAY_TYPE:
      {
	tree element = TYPE_SIZE_UNIT (TREE_TYPE (type));
	if (!element || !tree_fits_shwi_p (element) || integer_zerop (element))
	  return false;
	for (HOST_WIDE_INT at = 0; at < tree_to_shwi (size); at += tree_to_shwi (element))
	  if (!add_bytes (TREE_TYPE (type), offset + at, pointers, set))
	    return false;
	return true;
      }
    case UNION_TYPE:
    case QUAL_UNION_TYPE:
      return false;
    default:
      for (HOST_WIDE_INT i = 0; i < tree_to_shwi (size) && (!pointers || POINTER_TYPE_P (type)); i++)
	(*set)[offset + i] = true;
      return true;
    }
}

/* True if FNDECL is the C library's memset (), whether or not GCC may know it.  */

bool
memset_p (tree fndecl)
{
  std::string name, why;
  cgraph_node *node = cgraph_node::get (fndecl);
  if (node && node->definition)
    return false;
  call_class c = classify_call (fndecl, &name, &why);
  return (c == CALLS_LIBRARY || c == CALLS_BUILTIN) && name == "memset";
}

/* The way of the pointer through one function.  */

class fill_walk
{
public:
  fill_walk (tree f, fill_proof *p) : fndecl (f), fun (DECL_STRUCT_FUNCTION (f)), proof (*p) {}
  bool run (unsigned parameter, HOST_WIDE_INT place, const byte_set &before, byte_set *after);
  bool loaded_first_p () const;

private:
  bool find_copies (tree parm, HOST_WIDE_INT place);
  HOST_WIDE_INT place_of_address (tree t, bool *ours) const;
  HOST_WIDE_INT place_of_value (tree t, bool *ours) const;
  HOST_WIDE_INT place_of_definition (gassign *stmt, bool *ours) const;
  bool copies_only_p (gimple *stmt) const;
  bool mentions_p (gimple *stmt) const;
  bool mentions_p (tree t) const;
  static tree find_mention (tree *tp, int *walk_subtrees, void *data);
  bool part_p (tree t) const;
  void set (HOST_WIDE_INT place, HOST_WIDE_INT size, byte_set *state) const;
  void load (gimple *stmt, tree t, const byte_set &state);
  void store (gimple *stmt, tree lhs, tree value, byte_set *state);
  void escape (gimple *stmt, byte_set *state);
  void step (gimple *stmt, byte_set *state);
  void step_assignment (gassign *stmt, byte_set *state);
  void step_call (gcall *stmt, byte_set *state);
  void hand_over (gcall *stmt, unsigned i, HOST_WIDE_INT place, byte_set *state);
  bool null_edge_p (edge e) const;
  bool meet (basic_block bb, const byte_set &before, byte_set *state);
  bool comes_first_p (gimple *load) const;

  tree fndecl;
  function *fun;
  fill_proof &proof;
  std::map<tree, HOST_WIDE_INT> copies;    /* Registers that are the pointer, and where in the object they lead.  */
  std::map<int, byte_set> ends;            /* What is set at the end of each block that was reached.  */
  std::vector<gimple *> loads, stores;     /* Of pointers at places that vary; what sets some, perhaps.  */
  bool failed = false;
};

/* Where in the object T, an access, lies; OURS becomes true if it does.  */

HOST_WIDE_INT
fill_walk::place_of_address (tree t, bool *ours) const
{
  tree inner = t;
  while (handled_component_p (inner))
    inner = TREE_OPERAND (inner, 0);
  if (TREE_CODE (inner) != MEM_REF)
    return elsewhere;
  auto found = copies.find (TREE_OPERAND (inner, 0));
  if (found == copies.end ())
    return elsewhere;
  *ours = true;
  poly_int64 steps = 0;
  HOST_WIDE_INT offset;
  tree base = get_addr_base_and_unit_offset (t, &steps);
  if (found->second == elsewhere || base != inner || !steps.is_constant (&offset) || !tree_fits_shwi_p (TREE_OPERAND (inner, 1)))
    return elsewhere;
  offset += found->second + tree_to_shwi (TREE_OPERAND (inner, 1));
  return offset < 0 ? elsewhere : offset;
}

/* Where the pointer T leads; OURS becomes true if it leads to the object.  */

HOST_WIDE_INT
fill_walk::place_of_value (tree t, bool *ours) const
{
  if (TREE_CODE (t) == ADDR_EXPR)
    return place_of_address (TREE_OPERAND (t, 0), ours);
  auto found = copies.find (t);
  if (found == copies.end ())
    return elsewhere;
  *ours = true;
  return found->second;
}

/* Where what STMT computes leads, if that is a copy of the pointer or one with a distance.  */

HOST_WIDE_INT
fill_walk::place_of_definition (gassign *stmt, bool *ours) const
{
  tree value = gimple_assign_rhs1 (stmt), distance = gimple_assign_rhs2 (stmt);
  if (!POINTER_TYPE_P (TREE_TYPE (gimple_assign_lhs (stmt))))
    return elsewhere;
  if (gimple_assign_single_p (stmt) || gimple_assign_cast_p (stmt))
    return place_of_value (value, ours);
  if (gimple_assign_rhs_code (stmt) != POINTER_PLUS_EXPR)
    return elsewhere;
  HOST_WIDE_INT place = place_of_value (value, ours);
  if (place == elsewhere || !tree_fits_shwi_p (distance) || place + tree_to_shwi (distance) < 0)
    return elsewhere;
  return place + tree_to_shwi (distance);
}

/* Find the registers that are always the pointer PARM, which leads to PLACE; false if PARM is more than a register.  */

bool
fill_walk::find_copies (tree parm, HOST_WIDE_INT place)
{
  std::map<tree, std::vector<gimple *>> definitions;
  basic_block bb;
  FOR_EACH_BB_FN (bb, fun)
    for (gimple_stmt_iterator gsi = gsi_start_bb (bb); !gsi_end_p (gsi); gsi_next (&gsi))
      {
	gimple *stmt = gsi_stmt (gsi);
	if (gimple_get_lhs (stmt))
	  definitions[gimple_get_lhs (stmt)].push_back (stmt);
	if (gasm *assembly = dyn_cast<gasm *> (stmt))
	  for (unsigned i = 0; i < gimple_asm_noutputs (assembly); i++)
	    definitions[TREE_VALUE (gimple_asm_output_op (assembly, i))].push_back (stmt);
      }
  if (!is_gimple_reg (parm) || definitions.count (parm))
    return false;
  copies[parm] = place;
  for (bool changed = true; changed;)
    {
      changed = false;
      for (auto &d : definitions)
	if (d.second.size () == 1 && is_gimple_reg (d.first) && !copies.count (d.first) && is_gimple_assign (d.second[0]))
	  {
	    bool ours = false;
	    HOST_WIDE_INT there = place_of_definition (as_a<gassign *> (d.second[0]), &ours);
	    if (ours)
	      copies[d.first] = there, changed = true;
	  }
    }
  return true;
}

/* True if STMT does no more than to copy the pointer to a register, compare it, or forget it.  */

bool
fill_walk::copies_only_p (gimple *stmt) const
{
  if (is_gimple_debug (stmt) || gimple_clobber_p (stmt) || harmless_internal_p (stmt) || gimple_code (stmt) == GIMPLE_COND)
    return true;
  if (!is_gimple_assign (stmt))
    return false;
  return copies.count (gimple_assign_lhs (stmt)) || TREE_CODE_CLASS (gimple_assign_rhs_code (stmt)) == tcc_comparison;
}

tree
fill_walk::find_mention (tree *tp, int *walk_subtrees, void *data)
{
  walk_stmt_info *info = static_cast<walk_stmt_info *> (data);
  if (TYPE_P (*tp))
    *walk_subtrees = 0;
  return static_cast<const fill_walk *> (info->info)->copies.count (*tp) ? *tp : NULL_TREE;
}

/* True if the pointer occurs in STMT.  */

bool
fill_walk::mentions_p (gimple *stmt) const
{
  walk_stmt_info info;
  memset (&info, 0, sizeof info);
  info.info = const_cast<fill_walk *> (this);
  return walk_gimple_op (stmt, find_mention, &info) != NULL_TREE;
}

/* True if the pointer occurs in T.  */

bool
fill_walk::mentions_p (tree t) const
{
  walk_stmt_info info;
  memset (&info, 0, sizeof info);
  info.info = const_cast<fill_walk *> (this);
  return walk_tree (&t, find_mention, &info, NULL) != NULL_TREE;
}

/* True if T accesses the object.  */

bool
fill_walk::part_p (tree t) const
{
  bool ours = false;
  if (TREE_CODE (t) != ADDR_EXPR)
    place_of_address (t, &ours);
  return ours;
}

/* STMT reads T, a part of the object, of which STATE is set.  */

void
fill_walk::load (gimple *stmt, tree t, const byte_set &state)
{
  bool ours = false;
  HOST_WIDE_INT place = place_of_address (t, &ours);
  tree size = TYPE_SIZE_UNIT (TREE_TYPE (t));
  bool known = place != elsewhere && size && tree_fits_shwi_p (size);
  if (!known && proof.word && (POINTER_TYPE_P (TREE_TYPE (t)) || AGGREGATE_TYPE_P (TREE_TYPE (t))))
    loads.push_back (stmt);
  if (!known && proof.word)
    return;
  HOST_WIDE_INT end = known ? place + tree_to_shwi (size) : state.size ();
  if (end > static_cast<HOST_WIDE_INT> (state.size ()))
    failed = true; /* Beyond the object.  */
  else
    for (HOST_WIDE_INT i = known ? place : 0; i < end; i++)
      failed |= proof.needed[i] && !state[i];
}

/* STMT sets LHS, a part of the object, to VALUE, NULL_TREE if that comes from a call.  */

void
fill_walk::store (gimple *stmt, tree lhs, tree value, byte_set *state)
{
  bool ours = false;
  HOST_WIDE_INT place = place_of_address (lhs, &ours);
  tree size = TYPE_SIZE_UNIT (TREE_TYPE (lhs));
  bool known = place != elsewhere && size && tree_fits_shwi_p (size);
  bool whole = is_gimple_reg_type (TREE_TYPE (lhs))
	       || (value && TREE_CODE (value) == CONSTRUCTOR && CONSTRUCTOR_NELTS (value) == 0);
  bool pointer = POINTER_TYPE_P (TREE_TYPE (lhs)) || AGGREGATE_TYPE_P (TREE_TYPE (lhs));
  if (known && (whole || proof.word))
    set (place, tree_to_shwi (size), state);
  if (pointer)
    stores.push_back (stmt);
  if (pointer && !known && proof.word)
    escape (stmt, state);
}

/* SIZE bytes at PLACE are set in STATE.  */

void
fill_walk::set (HOST_WIDE_INT place, HOST_WIDE_INT size, byte_set *state) const
{
  for (HOST_WIDE_INT i = place; i < place + size && i < static_cast<HOST_WIDE_INT> (state->size ()); i++)
    (*state)[i] = true;
}

/* In STMT the pointer goes where it cannot be followed.  */

void
fill_walk::escape (gimple *stmt, byte_set *state)
{
  if (proof.word)
    {
      stores.push_back (stmt);
      *state = proof.needed;
    }
  else if (!has_all_p (*state, proof.needed))
    failed = true;
}

/* STMT assigns something to memory, or to a register that is not the pointer.  */

void
fill_walk::step_assignment (gassign *stmt, byte_set *state)
{
  tree lhs = gimple_assign_lhs (stmt), rhs = gimple_assign_rhs1 (stmt);
  if (!gimple_assign_single_p (stmt))
    return escape (stmt, state);
  if (part_p (rhs))
    load (stmt, rhs, *state);
  else if (mentions_p (rhs))
    escape (stmt, state);
  if (part_p (lhs))
    store (stmt, lhs, rhs, state);
}

/* STMT hands the pointer, which leads to PLACE, to what it calls, as argument I.  */

void
fill_walk::hand_over (gcall *stmt, unsigned i, HOST_WIDE_INT place, byte_set *state)
{
  tree callee = gimple_call_fndecl (stmt), size = i == 0 && gimple_call_num_args (stmt) > 2 ? gimple_call_arg (stmt, 2) : NULL_TREE;
  if (callee && memset_p (callee) && !gimple_call_lhs (stmt) && place != elsewhere && size && tree_fits_shwi_p (size))
    {
      stores.push_back (stmt);
      set (place, tree_to_shwi (size), state);
    }
  else if (callee && followed_p (callee) && !proof.asked.count (callee) && proof.left > 0)
    {
      const byte_set before = *state;
      stores.push_back (stmt);
      failed |= !fill_walk (callee, &proof).run (i, place, before, state);
    }
  else
    escape (stmt, state);
}

void
fill_walk::step_call (gcall *stmt, byte_set *state)
{
  std::map<unsigned, HOST_WIDE_INT> handed;
  bool strays = gimple_call_chain (stmt) && mentions_p (gimple_call_chain (stmt));
  if (gimple_call_fn (stmt))
    strays |= mentions_p (gimple_call_fn (stmt));
  for (unsigned i = 0; i < gimple_call_num_args (stmt); i++)
    {
      tree arg = gimple_call_arg (stmt, i);
      bool ours = false;
      HOST_WIDE_INT place = place_of_value (arg, &ours);
      if (part_p (arg))
	load (stmt, arg, *state);
      else if (ours)
	handed[i] = place;
      else
	strays |= mentions_p (arg);
    }
  if (strays || handed.size () > 1)
    escape (stmt, state);
  else if (handed.size () == 1)
    hand_over (stmt, handed.begin ()->first, handed.begin ()->second, state);
  if (gimple_call_lhs (stmt) && part_p (gimple_call_lhs (stmt)))
    store (stmt, gimple_call_lhs (stmt), NULL_TREE, state);
}

/* What STMT makes of STATE.  */

void
fill_walk::step (gimple *stmt, byte_set *state)
{
  if (copies_only_p (stmt) || !mentions_p (stmt))
    return;
  tree returned = gimple_code (stmt) == GIMPLE_RETURN ? gimple_return_retval (as_a<greturn *> (stmt)) : NULL_TREE;
  if (gassign *assign = dyn_cast<gassign *> (stmt))
    step_assignment (assign, state);
  else if (gcall *call = dyn_cast<gcall *> (stmt))
    step_call (call, state);
  else if (returned && part_p (returned))
    load (stmt, returned, *state);
  else
    escape (stmt, state);
}

/* True if E is taken only where the pointer is NULL.  */

bool
fill_walk::null_edge_p (edge e) const
{
  gimple_stmt_iterator last = gsi_last_nondebug_bb (e->src);
  gcond *cond = gsi_end_p (last) ? NULL : dyn_cast<gcond *> (gsi_stmt (last));
  if (!cond || !integer_zerop (gimple_cond_rhs (cond)))
    return false;
  auto found = copies.find (gimple_cond_lhs (cond));
  if (found == copies.end () || found->second == elsewhere)
    return false;
  return (gimple_cond_code (cond) == EQ_EXPR && (e->flags & EDGE_TRUE_VALUE))
	 || (gimple_cond_code (cond) == NE_EXPR && (e->flags & EDGE_FALSE_VALUE));
}

/* Make STATE what is set where the ways to BB meet, BEFORE at the beginning of the function; false if none of them was reached.  */

bool
fill_walk::meet (basic_block bb, const byte_set &before, byte_set *state)
{
  edge e;
  edge_iterator ei;
  bool reached = false;
  state->assign (before.size (), true);
  FOR_EACH_EDGE (e, ei, bb->preds)
    {
      const bool first = e->src == ENTRY_BLOCK_PTR_FOR_FN (fun);
      auto end = ends.find (e->src->index);
      if (!first && end == ends.end ())
	continue;
      reached = true;
      if (first || !null_edge_p (e))
	for (size_t i = 0; i < before.size (); i++)
	  (*state)[i] = (*state)[i] && (first ? before[i] : end->second[i]);
    }
  return reached;
}

/* True if the function has edges that are more than jumps.  */

bool
complex_edges_p (function *fun)
{
  basic_block bb;
  edge e;
  edge_iterator ei;
  FOR_EACH_BB_FN (bb, fun)
    FOR_EACH_EDGE (e, ei, bb->succs)
      if (e->flags & EDGE_COMPLEX)
	return true;
  return false;
}

/* True if no way leads from the beginning to any of STORES but through LOAD.  */

bool
fill_walk::comes_first_p (gimple *load) const
{
  std::vector<basic_block> pending = { single_succ (ENTRY_BLOCK_PTR_FOR_FN (fun)) };
  std::set<int> seen;
  while (!pending.empty ())
    {
      basic_block bb = pending.back ();
      pending.pop_back ();
      if (!seen.insert (bb->index).second)
	continue;
      gimple_stmt_iterator gsi = gsi_start_bb (bb);
      for (; !gsi_end_p (gsi) && gsi_stmt (gsi) != load; gsi_next (&gsi))
	if (std::find (stores.begin (), stores.end (), gsi_stmt (gsi)) != stores.end ())
	  return false;
      edge e;
      edge_iterator ei;
      if (gsi_end_p (gsi))
	FOR_EACH_EDGE (e, ei, bb->succs)
	  if (e->dest != EXIT_BLOCK_PTR_FOR_FN (fun))
	    pending.push_back (e->dest);
    }
  return true;
}

/* True if a pointer at a place that varies is certainly loaded before any is set.  */

bool
fill_walk::loaded_first_p () const
{
  for (gimple *load : loads)
    if (comes_first_p (load))
      return true;
  return false;
}

/* Parameter number PARAMETER leads to PLACE, and what BEFORE says is set.  True if nothing else is read; AFTER becomes what is set when the
   function returns.  */

bool
fill_walk::run (unsigned parameter, HOST_WIDE_INT place, const byte_set &before, byte_set *after)
{
  tree parm = parameter_of (fndecl, parameter);
  if (!parm || complex_edges_p (fun) || !find_copies (parm, place))
    {
      after->assign (before.size (), true);
      return proof.word;
    }
  proof.left--;
  proof.asked.insert (fndecl);
  for (bool changed = true; changed && !failed;)
    {
      basic_block bb;
      changed = false;
      FOR_EACH_BB_FN (bb, fun)
	{
	  byte_set state;
	  if (!meet (bb, before, &state))
	    continue;
	  for (gimple_stmt_iterator gsi = gsi_start_bb (bb); !gsi_end_p (gsi); gsi_next (&gsi))
	    step (gsi_stmt (gsi), &state);
	  auto end = ends.find (bb->index);
	  changed |= end == ends.end () || end->second != state;
	  ends[bb->index] = state;
	}
    }
  meet (EXIT_BLOCK_PTR_FOR_FN (fun), before, after);
  proof.asked.erase (fndecl);
  return !failed;
}

/* The most bytes of an object that are looked at.  */

const HOST_WIDE_INT most_bytes = 4096;

} // anonymous namespace

/* True if FNDECL fills the one object of type ELEMENT that its parameter number PARAMETER leads to before it reads any of it, on every
   way to its end.  */

bool
fills_p (tree fndecl, unsigned parameter, tree element)
{
  tree size = TYPE_SIZE_UNIT (element);
  if (!size || !tree_fits_shwi_p (size) || tree_to_shwi (size) > most_bytes || !followed_p (fndecl))
    return false;
  fill_proof proof;
  proof.needed.assign (tree_to_shwi (size), false);
  byte_set before = proof.needed, after;
  return add_bytes (element, 0, false, &proof.needed) && fill_walk (fndecl, &proof).run (parameter, 0, before, &after)
	 && has_all_p (after, proof.needed);
}

/* The user says that FNDECL fills what its parameter number PARAMETER leads to, objects of type ELEMENT, SINGLE if it is one: true if it
   uses pointers in it that it has not set.  */

bool
reads_pointers_p (tree fndecl, unsigned parameter, tree element, bool single)
{
  tree size = TYPE_SIZE_UNIT (element);
  if (!followed_p (fndecl))
    return false;
  fill_proof proof;
  proof.word = true;
  if (single && size && tree_fits_shwi_p (size) && tree_to_shwi (size) <= most_bytes)
    proof.needed.assign (tree_to_shwi (size), false);
  byte_set before = proof.needed, after;
  bool known = !before.empty () && add_bytes (element, 0, true, &proof.needed);
  if (!known)
    proof.needed = before;
  fill_walk walk (fndecl, &proof);
  return !walk.run (parameter, known ? 0 : elsewhere, before, &after) || walk.loaded_first_p ();
}
