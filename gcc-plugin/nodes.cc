/* nodes.cc: a node for every function of the unit, and a table for every variable that a function of this or another unit may
   reach.
   SPDX-License-Identifier: GPL-3.0-or-later

   A node goes with its function: public, static, weak or hidden as the function is. References to other units are weak, so that
   a function without a node is a NULL that the runtime sees, not an error of the linker.  */

#include "plugin.h"
#include "digest.h"

static const char node_prefix[] = "hashcache__node.";
static const char variable_prefix[] = "hashcache__variable.";

bool dump_bodies;

namespace {

std::map<tree, canonical_body> bodies;
std::map<tree, tree> nodes;
std::map<tree, tree> variables;

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
  if (dump_bodies)
    fprintf (stderr, "%s:\n%s\n", name.c_str (), body.text.c_str ());
  digest_bytes (body.text.data (), body.text.size (), body.digest);
  body.text.clear ();
  body.text.shrink_to_fit ();
  auto add = [&] (const std::string &why) {
    body.references.push_back ({ HASHCACHE__EFFECT, 0, NULL_TREE, why, DECL_SOURCE_LOCATION (node->decl) });
  };
  if (replaceable_p (node->decl))
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

/* What a person calls DECL: a compound literal has no name.  */

std::string
variable_name (tree decl)
{
  return DECL_NAME (decl) ? IDENTIFIER_POINTER (DECL_NAME (decl)) : "(literal)";
}

/* Why the variable DECL cannot be in a key, or empty.  TABLE, EXTENT: its type and extent otherwise.  */

std::string
describe_variable (tree decl, tree *table, tree *extent)
{
  std::string why;
  const char *count = annotated_count (DECL_ATTRIBUTES (decl));
  tree type = TREE_TYPE (decl);
  if (DECL_THREAD_LOCAL_P (decl))
    return "thread-local variables are not supported yet";
  if (TREE_THIS_VOLATILE (decl))
    return "it is volatile";
  if (DECL_COMMON (decl) && TREE_PUBLIC (decl))
    return "it is a common symbol (-fcommon), and another file may make it larger: compile with -fno-common";
  if (POINTER_TYPE_P (type) && !count)
    return "how many elements it points to is not known: write " + count_hint (TREE_TYPE (type), variable_name (decl))
	   + " or HASHCACHE_IGNORE after its declaration";
  *table = type_table (type, &why);
  if (!*table || !POINTER_TYPE_P (type))
    return why;
  expression e;
  if (object_count (decl, NULL_TREE, &e, &why))
    *extent = extent_value (HASHCACHE__COUNTED, { e });
  return why;
}

/* Define TABLE for the variable DECL of this unit.  */

void
define_variable (tree table, tree decl)
{
  tree type = NULL_TREE, extent = null_value ();
  std::string why;
  unsigned flags = 0;
  if (annotated_role (DECL_ATTRIBUTES (decl)) == HASHCACHE__IGNORE)
    flags = HASHCACHE__IGNORED;
  else
    {
      why = describe_variable (decl, &type, &extent);
      if (!why.empty ())
	flags = HASHCACHE__OPAQUE, type = NULL_TREE, extent = null_value ();
      else if (TREE_READONLY (decl) && !type_holds_pointer_p (TREE_TYPE (decl)))
	flags = HASHCACHE__CONSTANT;
      else if (POINTER_TYPE_P (TREE_TYPE (decl)) && TYPE_READONLY (TREE_TYPE (TREE_TYPE (decl))))
	flags = HASHCACHE__POINTEE_CONST;
    }
  define_table (table, record_value (variable_record (),
				     { short_value (HASHCACHE__ABI), short_value (flags), text_value (variable_name (decl)),
				       text_value (place_text (DECL_SOURCE_LOCATION (decl))), text_value (why), address_value (type),
				       extent, DECL_THREAD_LOCAL_P (decl) ? null_value () : address_value (decl) }));
}

/* The table of the variable DECL.  */

tree
variable_table (tree decl)
{
  auto found = variables.find (decl);
  if (found != variables.end ())
    return found->second;
  varpool_node *node = varpool_node::get (decl);
  bool here = node && node->definition && !DECL_EXTERNAL (decl);
  tree table = here ? declare_symbol_table (variable_record (), decl, variable_prefix)
		    : external_symbol_table (variable_record (), decl, variable_prefix);
  variables[decl] = table;
  keep_tree (table);
  if (here)
    define_variable (table, decl);
  return table;
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
  if (r.kind == HASHCACHE__CALL || r.kind == HASHCACHE__LIBRARY || r.kind == HASHCACHE__LEAVES)
    return node_table (r.decl);
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

void
define_node (tree fndecl, const canonical_body &body)
{
  std::vector<tree> references;
  for (const reference &r : body.references)
    references.push_back (record_value (reference_record (), { short_value (r.kind), short_value (r.flags), text_value (r.name),
							       text_value (place_text (r.location)), address_value (target_of (r)) }));
  define_table (node_table (fndecl), record_value (node_record (),
						   { short_value (HASHCACHE__ABI), short_value (body.references.size ()),
						     bytes_value (body.digest, sizeof body.digest), text_value (IDENTIFIER_POINTER (DECL_NAME (fndecl))),
						     text_value (place_text (DECL_SOURCE_LOCATION (fndecl))),
						     array_value (reference_record (), references),
						     unsigned_value (exported_p (fndecl) ? HASHCACHE__EXPORTED : 0) }));
}

} // anonymous namespace

/* Why a function that uses the variable DECL, and writes it if WRITTEN, cannot be cached; empty if it can, or if only the unit
   that defines DECL knows.  */

std::string
variable_refusal (tree decl, bool written)
{
  varpool_node *node = varpool_node::get (decl);
  tree table = NULL_TREE, extent = NULL_TREE;
  if (!node || !node->definition || DECL_EXTERNAL (decl) || annotated_role (DECL_ATTRIBUTES (decl)) == HASHCACHE__IGNORE)
    return "";
  if (written && POINTER_TYPE_P (TREE_TYPE (decl)) && !TREE_READONLY (decl))
    return "changing where a global pointer points is not supported yet";
  return describe_variable (decl, &table, &extent);
}

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

/* Digest all functions of the unit and emit their nodes, and tables of the unit's public variables.  */

void
emit_nodes ()
{
  cgraph_node *node;
  std::vector<tree> order;
  FOR_EACH_DEFINED_FUNCTION (node)
    if (wanted_p (node))
      {
	bodies[node->decl] = node_body (node);
	order.push_back (node->decl);
      }
  std::vector<tree> public_variables;
  varpool_node *variable;
  FOR_EACH_DEFINED_VARIABLE (variable)
    if (TREE_PUBLIC (variable->decl) && !DECL_ARTIFICIAL (variable->decl) && DECL_NAME (variable->decl)
	&& !DECL_HARD_REGISTER (variable->decl))
      public_variables.push_back (variable->decl);
  for (tree decl : public_variables)
    variable_table (decl);
  for (tree fndecl : order)
    define_node (fndecl, bodies[fndecl]);
}
