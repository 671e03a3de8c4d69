/* variables.cc: a table for every global and static variable that a function of this or another unit may reach.
   SPDX-License-Identifier: GPL-3.0-or-later

   What a variable is, is noted while GCC still has all of them; its table is made when GCC is done with the unit. A constant is
   part of the code: its table leads to a node with the digest of its initialiser. Any other variable is known by where it lives and
   what its type is. One that GCC has optimised away is known to keep its initial value, or nobody looks at it: a stand-in of the
   same type and initial value takes its place, so that the key is that of a build without optimisation.  */

#include "canonical.h"
#include "digest.h"

static const char variable_prefix[] = "hashcache__variable.";

namespace {

/* What is known of a variable that this unit defines.  */

struct noted_variable
{
  bool constant;        /* Its initialiser is all it ever holds.  */
  bool unread;          /* Nobody ever looks at it.  */
  tree initial;         /* NULL_TREE: all zero.  */
  canonical_body data;  /* CONSTANT: the initialiser.  */
  tree locator;         /* Thread-local: the function that answers where it is.  */
};

std::map<tree, noted_variable> noted;
std::map<tree, tree> tables;
std::map<tree, tree> stand_ins;

/* What a person calls DECL: a compound literal has no name.  */

std::string
variable_name (tree decl)
{
  return DECL_NAME (decl) ? IDENTIFIER_POINTER (DECL_NAME (decl)) : "(literal)";
}

/* How the program uses a variable that only this unit can name.  */

struct variable_uses
{
  bool read = false, written = false;
};

variable_uses
uses_of (varpool_node *node)
{
  variable_uses uses;
  ipa_ref *ref;
  for (unsigned i = 0; node->iterate_referring (i, ref); i++)
    {
      uses.read |= ref->use != IPA_REF_STORE;
      uses.written |= ref->use != IPA_REF_LOAD;
    }
  if (DECL_PRESERVE_P (node->decl)) /* By assembler code, or HASHCACHE_COUNT.  */
    uses = { true, true };
  return uses;
}

/* True if what TYPE holds leads on to other objects.  */

bool
leads_on_p (tree type)
{
  type = strip_array_types (type);
  if (POINTER_TYPE_P (type))
    return true;
  if (RECORD_OR_UNION_TYPE_P (type))
    for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
      if (TREE_CODE (f) == FIELD_DECL && leads_on_p (TREE_TYPE (f)))
	return true;
  return false;
}

/* True if the variable of NODE, used as USES says, never holds anything but its initialiser.  One that is not const and leads
   nowhere is left to the key: there its value has a name.  */

bool
constant_p (varpool_node *node, const variable_uses &uses)
{
  tree decl = node->decl;
  if (TREE_THIS_VOLATILE (decl) || DECL_WEAK (decl) || DECL_COMMON (decl) || DECL_THREAD_LOCAL_P (decl)
      || DECL_INITIAL (decl) == error_mark_node)
    return false;
  return TREE_READONLY (decl) || (!TREE_PUBLIC (decl) && !uses.written && leads_on_p (TREE_TYPE (decl)));
}

/* Why the variable DECL cannot be in a key, or empty.  TABLE, EXTENT: its type and extent otherwise.  */

std::string
describe_variable (tree decl, tree *table, tree *extent)
{
  std::string why;
  tree type = TREE_TYPE (decl);
  const bool pointer = object_pointer_p (strip_array_types (type));
  if (TREE_THIS_VOLATILE (decl))
    return "it is volatile";
  if (DECL_COMMON (decl) && TREE_PUBLIC (decl))
    return "it is a common symbol (-fcommon), and another file may make it larger: compile with -fno-common";
  if (pointer && !annotated_count (DECL_ATTRIBUTES (decl)))
    return "how many elements it points to is not known: write " + count_hint ("HASHCACHE_COUNT", type, variable_name (decl))
	   + " or HASHCACHE_IGNORE after its declaration";
  *table = value_type_table (type, annotated_member (decl), &why);
  if (!*table || !pointer)
    return why;
  const reach &r = object_reach (decl, NULL_TREE);
  if (r.counted)
    *extent = levels_value (r.levels);
  return r.counted ? "" : r.why;
}

/* A variable like DECL, which GCC has dropped.  */

tree
stand_in (tree decl)
{
  auto found = stand_ins.find (decl);
  if (found != stand_ins.end ())
    return found->second;
  tree copy = declare_table (TREE_TYPE (decl), "stand_in");
  stand_ins[decl] = copy;
  define_table (copy, noted[decl].initial);
  return copy;
}

/* The variable DECL in memory, or what stands in for it.  */

tree
variable_in_memory (tree decl)
{
  bool dropped = emitting_late_p () && !TREE_PUBLIC (decl) && !TREE_ASM_WRITTEN (decl);
  return dropped ? stand_in (decl) : decl;
}

/* Define TABLE for the variable DECL of this unit.  */

void
define_variable (tree table, tree decl)
{
  tree type = NULL_TREE, extent = null_value (), node = NULL_TREE, address = NULL_TREE;
  std::string why;
  unsigned flags = 0;
  noted_variable &known = noted[decl];
  if (ignored_p (decl) || known.unread)
    flags = HASHCACHE__IGNORED;
  else if (known.constant)
    {
      flags = HASHCACHE__CONSTANT;
      node = declare_table (node_record (), "constant");
      define_node (node, variable_name (decl), DECL_SOURCE_LOCATION (decl), known.data, 0, NULL_TREE);
    }
  else
    {
      why = describe_variable (decl, &type, &extent);
      if (!why.empty ())
	flags = HASHCACHE__OPAQUE | (TREE_THIS_VOLATILE (decl) ? HASHCACHE__VOLATILE : 0), type = NULL_TREE, extent = null_value ();
      if (why.empty ())
	flags = said_of_variable (decl);
      if (why.empty () && !known.locator)
	address = variable_in_memory (decl);
    }
  define_table (table, record_value (variable_record (),
				     { short_value (HASHCACHE__ABI), short_value (flags), text_value (variable_name (decl)),
				       text_value (place_text (DECL_SOURCE_LOCATION (decl))), text_value (why), address_value (type),
				       extent, address_value (address), address_value (node), address_value (known.locator) }));
}

} // anonymous namespace

/* What the user says of the role of the variable DECL, as flags of its table; nothing counts where it leads on.  */

unsigned
said_of_variable (tree decl)
{
  unsigned role = leads_on_p (TREE_TYPE (decl)) ? 0 : annotated_role (DECL_ATTRIBUTES (decl));
  return role == HASHCACHE__OUT ? HASHCACHE__FILLED : role == HASHCACHE__IN ? HASHCACHE__KEPT : 0;
}

/* Note what the variable DECL is, to which a body or another initialiser refers; and so of all that its initialiser leads to.  */

void
note_variable (tree decl)
{
  varpool_node *node = varpool_node::get (decl);
  if (!node || !node->definition || DECL_EXTERNAL (decl) || noted.count (decl))
    return;
  variable_uses uses = uses_of (node);
  keep_tree (decl);
  bool constant = constant_p (node, uses);
  noted[decl] = { constant, !TREE_PUBLIC (decl) && !constant && !uses.read, DECL_INITIAL (decl), canonical_body (), NULL_TREE };
  if (DECL_INITIAL (decl) && DECL_INITIAL (decl) != error_mark_node)
    keep_tree (DECL_INITIAL (decl));
  if (DECL_THREAD_LOCAL_P (decl) && !ignored_p (decl) && !noted[decl].unread)
    noted[decl].locator = make_locator (decl);
  if (!constant || ignored_p (decl))
    return;
  canonical_body data = canonicalize_initializer (decl);
  digest_body (variable_name (decl), &data);
  noted[decl].data = data;
  note_references (data);
}

/* Note the variables that other units can name.  */

void
note_public_variables ()
{
  std::vector<tree> named;
  varpool_node *node;
  FOR_EACH_DEFINED_VARIABLE (node)
    if (TREE_PUBLIC (node->decl) && !DECL_ARTIFICIAL (node->decl) && DECL_NAME (node->decl) && !DECL_HARD_REGISTER (node->decl))
      named.push_back (node->decl);
  for (tree decl : named)
    note_variable (decl);
}

/* The table of the variable DECL.  */

tree
variable_table (tree decl)
{
  auto found = tables.find (decl);
  if (found != tables.end ())
    return found->second;
  bool here = noted.count (decl) || ignored_p (decl); /* For what is ignored it does not matter where it is.  */
  tree table = here ? declare_symbol_table (variable_record (), decl, variable_prefix)
		    : external_symbol_table (variable_record (), decl, variable_prefix);
  tables[decl] = table;
  keep_tree (table);
  if (here)
    define_variable (table, decl);
  return table;
}

/* Make the tables of variables that other units can name.  */

void
make_public_variable_tables ()
{
  for (auto &known : noted)
    if (TREE_PUBLIC (known.first))
      variable_table (known.first);
}

/* What the initialiser of the constant DECL refers to, NULL if it is none of this unit.  */

const canonical_body *
constant_of (tree decl)
{
  auto found = noted.find (decl);
  return found == noted.end () || !found->second.constant || ignored_p (decl) ? NULL : &found->second.data;
}

/* Why a function that uses the variable DECL cannot be cached; empty if it can, or if only the unit that defines DECL knows.  */

std::string
variable_refusal (tree decl)
{
  tree table = NULL_TREE, extent = NULL_TREE;
  auto found = noted.find (decl);
  if (found == noted.end () || found->second.constant || found->second.unread || ignored_p (decl))
    return "";
  return describe_variable (decl, &table, &extent);
}
