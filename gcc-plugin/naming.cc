/* naming.cc: gives values names in the canonical text, when they are first needed.
   SPDX-License-Identifier: GPL-3.0-or-later

   What is never needed never appears. Naming a value may put lines into the text; so a line is put together before it is put.  */

#include "canonical.h"

/* The names of OPERANDS.  */

std::string
canonicalizer::names (const std::vector<value> &operands)
{
  std::string list;
  for (size_t i = 0; i < operands.size (); i++)
    list += (i ? ", " : "") + name (operands[i]);
  return list;
}

/* The name of V, whose operands get theirs first.  Expressions may be deep: no recursion.  */

std::string
canonicalizer::name (value v)
{
  std::vector<value> stack { v };
  while (!stack.empty ())
    {
      value top = stack.back ();
      bool ready = true;
      if (values[top].name.empty ())
	for (size_t i = values[top].operands.size (); i-- > 0;)
	  if (values[values[top].operands[i]].name.empty ())
	    {
	      stack.push_back (values[top].operands[i]);
	      ready = false;
	    }
      if (!ready)
	continue;
      if (values[top].name.empty ())
	give_name (top);
      stack.pop_back ();
    }
  return values[v].name;
}

/* The name of the variable REG that lives in a register, with its type where it is first met.  */

std::string
canonicalizer::register_name (tree reg)
{
  auto inserted = register_numbers.insert ({ reg, register_numbers.size () });
  std::string n = "x" + std::to_string (inserted.first->second);
  if (inserted.second)
    put ("  " + n + ":" + type_text (TREE_TYPE (reg)) + "\n");
  return n;
}

/* Name V, whose operands have names.  */

void
canonicalizer::give_name (value v)
{
  const value_node &node = values[v];
  std::string given;
  location_t here = location;
  location = node.location;
  switch (node.kind)
    {
    case VALUE_TEXT:
      given = "v" + std::to_string (n_values++);
      put ("  " + given + ":" + type_text (node.type) + " = " + node.label
	   + (node.operands.empty () ? "" : " (" + names (node.operands) + ")") + "\n");
      break;
    case VALUE_INLINE:
      given = node.label + (node.number ? "+" + std::to_string (node.number) : "")
	      + (node.operands.empty () ? "" : " (" + names (node.operands) + ")");
      break;
    case VALUE_MEMORY:
      given = "l" + std::to_string (n_memories++);
      put ("  " + given + " = " + node.label + "\n");
      break;
    case VALUE_REGISTER:
      given = register_name (node.decl) + "@" + std::to_string (node.number);
      break;
    case VALUE_GLOBAL:
      given = "g" + std::to_string (refer (HASHCACHE__VARIABLE, node.number, node.decl,
					   DECL_NAME (node.decl) ? IDENTIFIER_POINTER (DECL_NAME (node.decl)) : "a nameless variable"));
      break;
    case VALUE_FUNCTION:
      given = refer_to_function (&result, node.decl, location);
      break;
    }
  location = here;
  values.node (v).name = given;
}

/* Ordinal of the reference to DECL, or to WHAT where there is no declaration, merging FLAGS.  EFFECT: the name of an effect.  */

unsigned
canonicalizer::refer (unsigned kind, unsigned flags, tree decl, const std::string &what, const std::string &effect)
{
  return add_reference (&result, kind, flags, decl, what, location, effect);
}
