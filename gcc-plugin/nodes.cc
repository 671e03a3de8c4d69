/* nodes.cc: a node for every function of the unit.
   SPDX-License-Identifier: GPL-3.0-or-later

   A node goes with its function: public, static, weak or hidden as the function is. References to other units are weak, so that
   a function without a node is a NULL that the runtime sees, not an error of the linker.  */

#include "plugin.h"
#include "digest.h"

static const char node_prefix[] = "hashcache__node.";

namespace {

std::map<tree, canonical_body> bodies;
std::vector<tree> order; /* Of the source.  */
std::map<tree, tree> nodes;

/* True if FNDECL may be replaced by another definition when the program is linked or loaded.  */

bool
replaceable_p (tree fndecl)
{
  return DECL_WEAK (fndecl) && !DECL_COMDAT (fndecl);
}

/* What an alias does: what its target does.  */

canonical_body
alias_body (cgraph_node *node)
{
  canonical_body body;
  cgraph_node *target = node->ultimate_alias_target ();
  location_t location = DECL_SOURCE_LOCATION (node->decl);
  body.text = "alias f0\n";
  if (node->ifunc_resolver || target == node)
    body.references.push_back ({ HASHCACHE__EFFECT, 0, NULL_TREE, "calls a function that is chosen when the program is loaded (ifunc)", location });
  else
    body.references.push_back ({ HASHCACHE__CALL, 0, target->decl, IDENTIFIER_POINTER (DECL_NAME (target->decl)), location });
  return body;
}

/* The body of NODE, digested, with a reason not to trust it where its symbol may come to mean another.  */

canonical_body
node_body (cgraph_node *node)
{
  canonical_body body = node->alias ? alias_body (node) : canonicalize (DECL_STRUCT_FUNCTION (node->decl));
  std::string name = IDENTIFIER_POINTER (DECL_NAME (node->decl));
  digest_body (name, &body);
  auto add = [&] (const std::string &why) {
    body.references.push_back ({ HASHCACHE__EFFECT, 0, NULL_TREE, why, DECL_SOURCE_LOCATION (node->decl) });
  };
  if (replaceable_p (node->decl) && !emitting_late_p ())
    add ("calls the weak function " + name + " (), which another definition may replace");
  if (lookup_attribute ("target_clones", DECL_ATTRIBUTES (node->decl)))
    add ("calls " + name + " (), which is another function on another processor (target_clones)");
  return body;
}

/* True if NAME is a function of the runtime, which a program carries in one of its files.  */

bool
runtime_function_p (const char *name)
{
  return !strncmp (name, "hashcache__", 11) || !strcmp (name, "hashcache_set") || !strcmp (name, "hashcache_stats")
	 || !strcmp (name, "hashcache_drop_memory") || !strcmp (name, "hashcache_strerror");
}

/* True if NODE gets a node of ours: a function that this unit defines, no part of the runtime.  */

bool
wanted_p (cgraph_node *node)
{
  if (!node->definition || node->thunk || !DECL_NAME (node->decl))
    return false;
  if (runtime_function_p (IDENTIFIER_POINTER (DECL_NAME (node->decl))))
    return false;
  function *fun = DECL_STRUCT_FUNCTION (node->decl);
  return node->alias || (node->has_gimple_body_p () && fun && fun->cfg);
}

/* A function of the OpenMP runtime: the runtime asks that about its threads, and a static library must not leave it out.  */

tree
openmp_function ()
{
  static tree decl;
  if (!decl)
    {
      decl = build_fn_decl ("omp_get_max_threads", build_function_type_list (integer_type_node, NULL_TREE));
      keep_tree (decl);
    }
  return decl;
}

/* The table that reference R leads to, or NULL_TREE.  */

tree
target_of (const reference &r)
{
  if (r.kind == HASHCACHE__CALL || r.kind == HASHCACHE__LEAVES)
    return node_table (r.decl);
  if (r.kind == HASHCACHE__LIBRARY)
    return library_table (r.decl);
  if (r.kind == HASHCACHE__OPENMP)
    return openmp_function ();
  return r.kind == HASHCACHE__VARIABLE ? variable_table (r.decl) : NULL_TREE;
}

/* True if the dynamic linker may know FNDECL by its own name.  */

bool
exported_p (tree fndecl)
{
  return TREE_PUBLIC (fndecl) && !DECL_EXTERNAL (fndecl) && DECL_VISIBILITY (fndecl) == VISIBILITY_DEFAULT
	 && !strcmp (IDENTIFIER_POINTER (DECL_NAME (fndecl)), IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (fndecl)));
}

/* The flags of FNDECL's node, as in contract.h.  */

unsigned
node_flags (tree fndecl)
{
  bool approximate = bodies[fndecl].approximate || approximate_options_p (fndecl);
  return (exported_p (fndecl) ? HASHCACHE__EXPORTED : 0) | (approximate ? HASHCACHE__APPROXIMATE : 0)
	 | (bodies[fndecl].compares ? HASHCACHE__COMPARES : 0);
}

} // anonymous namespace

/* LOCATION as "file.c:12:3".  */

std::string
place_text (location_t location)
{
  expanded_location where = expand_location (location);
  if (!where.file)
    return "";
  return std::string (where.file) + ":" + std::to_string (where.line) + ":" + std::to_string (where.column);
}

/* The canonical body of FNDECL, NULL if this unit does not define it.  */

const canonical_body *
body_of (tree fndecl)
{
  auto found = bodies.find (fndecl);
  return found == bodies.end () ? NULL : &found->second;
}

/* The node of FNDECL.  */

tree
node_table (tree fndecl)
{
  auto found = nodes.find (fndecl);
  if (found != nodes.end ())
    return found->second;
  tree table = body_of (fndecl) ? declare_symbol_table (node_record (), fndecl, node_prefix)
				: external_symbol_table (node_record (), fndecl, node_prefix);
  keep_tree (table);
  return nodes[fndecl] = table;
}

/* Define the node TABLE with the FLAGS of contract.h for BODY, which the source calls NAME at LOCATION.  SYMBOL: the function, if
   another definition may stand in for it.  */

void
define_node (tree table, const std::string &name, location_t location, const canonical_body &body, unsigned flags, tree symbol)
{
  std::vector<tree> references;
  for (const reference &r : body.references)
    references.push_back (record_value (reference_record (), { short_value (r.kind), short_value (r.flags), text_value (r.name),
							       text_value (place_text (r.location)), address_value (target_of (r)),
							       r.effect.empty () ? null_value () : text_value (r.effect) }));
  define_table (table, record_value (node_record (), { short_value (HASHCACHE__ABI), short_value (body.references.size ()),
						       digest_value (body.digest), text_value (name),
						       text_value (place_text (location)), array_value (reference_record (), references),
						       unsigned_value (flags), address_value (symbol),
						       symbol ? address_value (own_definition (symbol)) : null_value () }));
}

/* Digest the text of BODY, called NAME, which is not needed any more.  */

void
digest_body (const std::string &name, canonical_body *body)
{
  digest_bytes (body->text.data (), body->text.size (), body->digest);
  if (chosen_p (CHOICE_DUMP))
    {
      fprintf (stderr, "%s: ", name.c_str ());
      for (unsigned char byte : body->digest)
	fprintf (stderr, "%02x", byte);
      fprintf (stderr, "\n%s\n", body->text.c_str ());
    }
  body->text.clear ();
  body->text.shrink_to_fit ();
}

/* Keep what BODY refers to, and note which variables these are, while GCC still knows.  */

void
note_references (const canonical_body &body)
{
  for (const reference &r : body.references)
    {
      if (r.decl)
	keep_tree (r.decl);
      if (r.kind == HASHCACHE__VARIABLE)
	note_variable (r.decl);
    }
}

/* Digest all functions of the unit.  */

void
note_functions ()
{
  cgraph_node *node;
  FOR_EACH_DEFINED_FUNCTION (node)
    if (wanted_p (node))
      {
	keep_tree (node->decl);
	bodies[node->decl] = node_body (node);
	order.push_back (node->decl);
      }
  for (tree fndecl : order)
    note_references (bodies[fndecl]);
  note_public_variables ();
  note_taken_addresses ();
}

/* Make the nodes of the unit's functions and the tables of its public variables.  */

void
make_nodes ()
{
  make_public_variable_tables ();
  for (tree fndecl : order)
    define_node (node_table (fndecl), IDENTIFIER_POINTER (DECL_NAME (fndecl)), DECL_SOURCE_LOCATION (fndecl), bodies[fndecl],
		 node_flags (fndecl), replaceable_p (fndecl) && emitting_late_p () ? fndecl : NULL_TREE);
  make_registry (order);
}
