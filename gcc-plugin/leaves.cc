/* leaves.cc: functions that the unit calls without knowing whether the graph goes on there: a table for each.
   SPDX-License-Identifier: GPL-3.0-or-later

   The table tells the runtime what the linker bound the call to, so that it knows which library holds the function. It refers
   to the function by a weak reference under another name (.weakref): that pulls nothing out of an archive, and leaves the
   unit's own references to the function as they are. With -flto GCC wants to know what refers to what, but does not let weak
   references through: there a trusted function is referred to like any other, and the C library's are for the runtime to find
   by name.  */

#include "plugin.h"

namespace {

std::map<tree, tree> libraries;

/* The name of FNDECL for the linker.  */

std::string
symbol_of (tree fndecl)
{
  const char *name = IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (fndecl));
  return *name == '*' ? name + 1 : name;
}

/* A weak reference to SYMBOL, written at once: GCC has written its own.  */

tree
late_reference (const std::string &symbol)
{
  tree alias = declare_table (char_type_node, "function");
  const char *name = IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (alias));
  ASM_OUTPUT_WEAKREF (asm_out_file, alias, name, symbol.c_str ());
  return alias;
}

/* A declaration whose address is that of FNDECL; NULL_TREE for a builtin that is no function.  */

tree
function_reference (tree fndecl)
{
  std::string symbol = symbol_of (fndecl);
  if (!symbol.compare (0, strlen ("__builtin_"), "__builtin_"))
    return NULL_TREE;
  if (emitting_late_p ())
    return late_reference (symbol);
  return trust_flags (fndecl) ? fndecl : NULL_TREE;
}

} // anonymous namespace

/* The table of the function FNDECL, which this unit calls but does not define.  */

tree
library_table (tree fndecl)
{
  auto found = libraries.find (fndecl);
  if (found != libraries.end ())
    return found->second;
  tree table = declare_table (library_record (), "library");
  libraries[fndecl] = table;
  keep_tree (table);
  define_table (table, record_value (library_record (), { address_value (node_table (fndecl)), address_value (function_reference (fndecl)),
							  text_value (symbol_of (fndecl)) }));
  return table;
}
