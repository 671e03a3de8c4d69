/* structure.cc: types by their structure.
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "canonical.h"

namespace {

/* The text of the struct or union TYPE: its layout.  */

std::string
record_text (tree type)
{
  std::string text = TREE_CODE (type) == UNION_TYPE ? "union" : "struct";
  if (TYPE_REVERSE_STORAGE_ORDER (type))
    text += " reversed";
  if (!TYPE_SIZE_UNIT (type) || TREE_CODE (TYPE_SIZE_UNIT (type)) != INTEGER_CST)
    return text + " of unknown size";
  text += " " + std::to_string (tree_to_uhwi (TYPE_SIZE_UNIT (type))) + " {";
  for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
    if (TREE_CODE (f) == FIELD_DECL && DECL_SIZE (f) && TREE_CODE (bit_position (f)) == INTEGER_CST)
      text += " " + std::to_string (tree_to_uhwi (bit_position (f))) + "+" + std::to_string (tree_to_uhwi (DECL_SIZE (f))) + ":"
	      + type_text (TREE_TYPE (f));
  return text + " }";
}

std::string
array_text (tree type)
{
  tree domain = TYPE_DOMAIN (type);
  tree max = domain ? TYPE_MAX_VALUE (domain) : NULL_TREE;
  std::string n = max && TREE_CODE (max) == INTEGER_CST ? std::to_string (tree_to_shwi (max) + 1) : "?";
  return "[" + n + "]" + type_text (TREE_TYPE (type));
}

std::string
new_type_text (tree type)
{
  switch (TREE_CODE (type))
    {
    case VOID_TYPE:
      return "void";
    case INTEGER_TYPE:
    case ENUMERAL_TYPE:
    case BOOLEAN_TYPE:
      return (TREE_CODE (type) == BOOLEAN_TYPE ? "b" : TYPE_UNSIGNED (type) ? "u" : "i") + std::to_string (TYPE_PRECISION (type));
    case REAL_TYPE:
      return std::string ("f") + GET_MODE_NAME (TYPE_MODE (type));
    case COMPLEX_TYPE:
      return "complex " + type_text (TREE_TYPE (type));
    case VECTOR_TYPE:
      return "vector " + std::to_string (tree_to_uhwi (TYPE_SIZE_UNIT (type))) + " " + type_text (TREE_TYPE (type));
    case POINTER_TYPE:
    case REFERENCE_TYPE:
      return TYPE_ADDR_SPACE (TREE_TYPE (type)) ? "pointer " + std::to_string (TYPE_ADDR_SPACE (TREE_TYPE (type))) : "pointer";
    case FUNCTION_TYPE:
      return "function";
    case ARRAY_TYPE:
      return array_text (type);
    case RECORD_TYPE:
    case UNION_TYPE:
      return record_text (type);
    default:
      return std::string ("other ") + get_tree_code_name (TREE_CODE (type));
    }
}

} // anonymous namespace

/* TYPE by its structure, without names and qualifiers.  */

const std::string &
type_text (tree type)
{
  static std::unordered_map<unsigned, std::string> known, incomplete;
  tree main = TYPE_MAIN_VARIANT (type);
  if (!COMPLETE_TYPE_P (main) && !VOID_TYPE_P (main) && !FUNC_OR_METHOD_TYPE_P (main)) /* It may be completed later.  */
    return incomplete[TYPE_UID (main)] = new_type_text (main);
  auto found = known.find (TYPE_UID (main));
  if (found == known.end ())
    found = known.insert ({ TYPE_UID (main), new_type_text (main) }).first;
  return found->second;
}
