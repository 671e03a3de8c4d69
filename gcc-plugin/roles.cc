/* roles.cc: what role a parameter has that the user gave none.
   SPDX-License-Identifier: GPL-3.0-or-later

   A pointer to const is in. So is one through which nothing is ever written, neither to what it leads to nor, where that holds
   pointers, to anything that is reached through them. A pointer through which nothing is ever read is written-only: what the call
   wrote is a result, the rest keeps the caller's bytes. The runtime tells one from the other by filling the memory with a pattern
   that no computation leaves behind, so each number must be wide enough for one, and each store must change whole numbers. Anything
   else is inout. The proofs are those of pointers.cc; where they fail the role is inout, which is right for every function.  */

#include "pointers.h"

namespace {

/* True if a pattern can be told from each number in TYPE.  Their types and their size go into Q, and into MIXED whether there are several
   sizes. Else WHY says what stands against it.  TYPE lies at OFFSET.  */

bool
numbers_p (tree type, HOST_WIDE_INT offset, pointer_question *q, bool *mixed, std::string *why)
{
  tree size = TYPE_SIZE_UNIT (type);
  if (!size || !tree_fits_shwi_p (size))
    return *why = "elements of no fixed size", false;
  HOST_WIDE_INT bytes = tree_to_shwi (size);
  switch (TREE_CODE (type))
    {
    case ARRAY_TYPE:
    case COMPLEX_TYPE:
    case VECTOR_TYPE:
      return numbers_p (TREE_TYPE (type), offset, q, mixed, why);
    case RECORD_TYPE:
      for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
	if (TREE_CODE (f) == FIELD_DECL)
	  {
	    if (DECL_C_BIT_FIELD (f))
	      return *why = "bit-fields", false;
	    if (!numbers_p (TREE_TYPE (f), offset + int_byte_position (f), q, mixed, why))
	      return false;
	  }
      *mixed |= q->scalar && bytes % q->scalar;
      return q->scalar || (*why = "elements without numbers", false);
    case INTEGER_TYPE:
    case REAL_TYPE:
      break;
    default:
      return *why = type_name (type) + " elements", false;
    }
  bool wide = bytes == 8 || bytes == 16 || (bytes == 4 && TREE_CODE (type) == REAL_TYPE && TYPE_MODE (type) == SFmode);
  if (!wide || DECIMAL_FLOAT_TYPE_P (type))
    return *why = type_name (type) + " elements, which are too narrow to tell what was written", false;
  *mixed |= (q->scalar && q->scalar != bytes) || offset % bytes;
  q->scalar = bytes;
  q->scalars.insert (TYPE_MAIN_VARIANT (type));
  return true;
}

/* True if TYPE holds a pointer that may be followed.  */

bool
holds_pointer_p (tree type)
{
  type = strip_array_types (type);
  if (POINTER_TYPE_P (type))
    return true;
  if (RECORD_OR_UNION_TYPE_P (type))
    for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
      if (TREE_CODE (f) == FIELD_DECL && annotated_role (DECL_ATTRIBUTES (f)) != HASHCACHE__IGNORE && holds_pointer_p (TREE_TYPE (f)))
	return true;
  return false;
}

/* The role of a pointer to what is not const and holds no pointers, by what ANSWER says.  UNTOLD says why
   its elements cannot be told from a pattern, or is empty.  */

role_choice
role_by_use (const pointer_answer &answer, const std::string &untold)
{
  if (answer.strayed)
    return { HASHCACHE__INOUT, 0, "default", "" };
  if (!answer.written)
    return { HASHCACHE__IN, 0, "proven: never written", "" };
  if (answer.read)
    return { HASHCACHE__INOUT, 0, "default", "read and written: write HASHCACHE_OUT if the call fills all of it before it reads any" };
  if (!untold.empty ())
    return { HASHCACHE__INOUT, 0, "default", "never read, but it leads to " + untold + ": write HASHCACHE_OUT if the call fills all of it" };
  if (answer.partly)
    return { HASHCACHE__INOUT, 0, "default",
	     "never read, but parts of its numbers may be written: write HASHCACHE_OUT if the call fills all of it" };
  return { HASHCACHE__WRITTEN_ONLY, 0, "proven: never read", "" };
}

} // anonymous namespace

/* The role of parameter number PARAMETER of FNDECL, to which the user gave none. ELEMENT: what it points to, NULL_TREE if it is no
   pointer to data.  */

role_choice
choose_role (tree fndecl, unsigned parameter, tree element)
{
  tree type = TREE_TYPE (parameter_of (fndecl, parameter));
  bool to_const = element && TYPE_READONLY (strip_array_types (element));
  role_choice by_declaration = { HASHCACHE__IN, 0, to_const ? "const" : "by value", "" };
  pointer_question question;
  std::string untold;
  if (holds_pointer_p (element ? element : type))
    {
      question.everywhere = true;
      pointer_answer answer = follow_pointer (fndecl, parameter, question);
      if (!answer.strayed && !answer.written)
	return { HASHCACHE__IN, HASHCACHE__ANNOTATED, "proven: never written", "" };
      return !element || to_const ? by_declaration : role_choice { HASHCACHE__INOUT, 0, "default", "" };
    }
  if (!element || to_const)
    return by_declaration;
  bool mixed = false;
  if (!numbers_p (element, 0, &question, &mixed, &untold))
    {
      question.scalar = 0;
      question.scalars.clear ();
    }
  else if (mixed)
    {
      question.element = element;
      question.scalar = tree_to_shwi (TYPE_SIZE_UNIT (element));
    }
  return role_by_use (follow_pointer (fndecl, parameter, question), untold);
}
