/* registry.cc: which function an address is, for calls through pointers; contract.h says how the runtime reads it.
   SPDX-License-Identifier: GPL-3.0-or-later

   A function whose address is never taken here may still be pointed to from elsewhere if other units can name it. With -flto only
   functions whose address is taken are listed: to list others would keep GCC from optimising them.  */

#include "canonical.h"

#define STRINGIFY(x) #x
#define STRING_OF(x) STRINGIFY (x)

namespace {

std::set<tree> taken;                /* Functions of this unit whose address is.  */
std::set<std::string> taken_library; /* Functions of the C library likewise.  */

/* True if FNDECL, a function of this unit, belongs on the list.  */

bool
listed_p (tree fndecl)
{
  if (DECL_EXTERNAL (fndecl))
    return false;
  if (!emitting_late_p ())
    return taken.count (fndecl);
  return TREE_ASM_WRITTEN (fndecl) && (TREE_PUBLIC (fndecl) || taken.count (fndecl));
}

tree
entry (tree fndecl, tree node, const std::string &name)
{
  return record_value (function_record (), { address_value (fndecl), address_value (node), text_value (name), null_value () });
}

/* One end of the list, which the linker defines.  */

tree
list_end (const char *name)
{
  tree decl = declare_linker_symbol (function_record (), name);
  DECL_VISIBILITY (decl) = VISIBILITY_HIDDEN;
  DECL_VISIBILITY_SPECIFIED (decl) = 1;
  return decl;
}

/* Let other programs and libraries find the list.  */

void
define_list ()
{
  tree list = declare_weak_table (function_list_record (), STRING_OF (HASHCACHE__FUNCTION_LIST));
  define_table (list, record_value (function_list_record (), { address_value (list_end (STRING_OF (HASHCACHE__FIRST_FUNCTION))),
							       address_value (list_end (STRING_OF (HASHCACHE__END_OF_FUNCTIONS))) }));
}

} // anonymous namespace

/* Note whose address is taken, while GCC still knows.  */

void
note_taken_addresses ()
{
  cgraph_node *node;
  FOR_EACH_FUNCTION (node)
    {
      std::string name, why;
      if (!node->address_taken)
	continue;
      if (node->definition)
	taken.insert (node->decl);
      else if (DECL_NAME (node->decl) && classify_call (node->decl, &name, &why) == CALLS_LIBRARY)
	taken_library.insert (name);
    }
}

/* Make this unit's part of the list, of FUNCTIONS that have nodes.  */

void
make_registry (const std::vector<tree> &functions)
{
  std::vector<tree> entries;
  for (tree fndecl : functions)
    if (listed_p (fndecl))
      entries.push_back (entry (fndecl, node_table (fndecl), IDENTIFIER_POINTER (DECL_NAME (fndecl))));
  for (const std::string &name : taken_library)
    entries.push_back (entry (NULL_TREE, NULL_TREE, name));
  if (entries.empty ())
    return;
  define_table_in_section (STRING_OF (HASHCACHE__FUNCTIONS), function_record (), entries);
  define_list ();
}

/* A name that stands for FNDECL as this unit defines it, whatever its own name comes to mean when the program is linked.  */

tree
own_definition (tree fndecl)
{
  tree alias = declare_table (char_type_node, "own");
  const char *name = IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (alias));
  ASM_OUTPUT_DEF (asm_out_file, name, IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (fndecl)));
  return alias;
}
