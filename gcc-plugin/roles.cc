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

/* True if a pointer that an object of TYPE holds leads to what holds pointers itself.  */

bool
leads_to_pointers_p (tree type)
{
  type = strip_array_types (type);
  if (POINTER_TYPE_P (type))
    return holds_pointer_p (TREE_TYPE (type));
  if (RECORD_OR_UNION_TYPE_P (type))
    for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
      if (TREE_CODE (f) == FIELD_DECL && annotated_role (DECL_ATTRIBUTES (f)) != HASHCACHE__IGNORE && leads_to_pointers_p (TREE_TYPE (f)))
	return true;
  return false;
}

/* True if FNDECL may set a pointer in what its parameter number PARAMETER leads to, objects of type ELEMENT, or behind that.  */

bool
sets_pointers_p (tree fndecl, unsigned parameter, tree element)
{
  pointer_question question;
  question.everywhere = leads_to_pointers_p (element);
  return follow_pointer (fndecl, parameter, question).sets_pointers;
}

/* The role of parameter number PARAMETER of FNDECL, which leads to objects of type ELEMENT with pointers in them, SINGLE if it is one, and
   through which something is written.  */

role_choice
role_of_holder (tree fndecl, unsigned parameter, tree element, bool single)
{
  if (single && fills_p (fndecl, parameter, element))
    return { HASHCACHE__OUT, HASHCACHE__ANNOTATED, "proven: set before it is read", "" };
  if (!sets_pointers_p (fndecl, parameter, element))
    return { HASHCACHE__INOUT, 0, "default", "" };
  return { HASHCACHE__INOUT, 0, "default", "",
	   "the call may set pointers in it, and whether those that were there before are valid is not known: write HASHCACHE_OUT before it "
	   "(the call fills all of it) or HASHCACHE_INOUT (they are valid or NULL before the call)" };
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
   pointer to data; SINGLE: to one.  */

role_choice
choose_role (tree fndecl, unsigned parameter, tree element, bool single)
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
      return !element || to_const ? by_declaration : role_of_holder (fndecl, parameter, element, single);
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

/* The user says that parameter number PARAMETER of FNDECL, which leads to objects of type ELEMENT with pointers in them, SINGLE if it is
   one, is filled: what of its pointers?  */

role_choice
confirm_out (tree fndecl, unsigned parameter, tree element, bool single)
{
  role_choice choice = { HASHCACHE__OUT, HASHCACHE__ANNOTATED, "declared", "" };
  if (!sets_pointers_p (fndecl, parameter, element))
    {
      choice.flags |= HASHCACHE__POINTERS_STAY;
      choice.note = "proven: the pointers in it stay";
    }
  else if (reads_pointers_p (fndecl, parameter, element, single))
    choice.refusal = "HASHCACHE_OUT says that what was there before does not matter, but the call uses pointers in it that it has not set, "
		     "and may set some: write HASHCACHE_INOUT";
  return choice;
}

/* The role of parameter number PARAMETER of FNDECL, which leads to objects of type ELEMENT, SINGLE if it is one, and of which GNU's
   attribute access says MODE.  That it is written only does not say that all of it is.  */

role_choice
role_by_access (tree fndecl, unsigned parameter, tree element, bool single, access_mode mode)
{
  if (mode == access_read_only)
    return { HASHCACHE__IN, 0, "access (read_only)", "" };
  if (mode == access_read_write)
    return { HASHCACHE__INOUT, 0, "access (read_write)", "" };
  role_choice choice = choose_role (fndecl, parameter, element, single);
  if (mode == access_write_only && choice.role == HASHCACHE__INOUT)
    choice.note = "access (write_only) does not say how much of it is written: write HASHCACHE_OUT if the call fills all of it";
  return choice;
}

/* walk_gimple_op callback: is *TP the parameter in DATA?  */

static tree
find_parameter (tree *tp, int *walk_subtrees, void *data)
{
  if (TYPE_P (*tp))
    *walk_subtrees = 0;
  return *tp == static_cast<walk_stmt_info *> (data)->info ? *tp : NULL_TREE;
}

/* True if parameter number PARAMETER does not occur in the body of FNDECL.  */

bool
unused_p (tree fndecl, unsigned parameter)
{
  walk_stmt_info info;
  basic_block bb;
  memset (&info, 0, sizeof info);
  info.info = parameter_of (fndecl, parameter);
  FOR_EACH_BB_FN (bb, DECL_STRUCT_FUNCTION (fndecl))
    for (gimple_stmt_iterator gsi = gsi_start_bb (bb); !gsi_end_p (gsi); gsi_next (&gsi))
      if (walk_gimple_op (gsi_stmt (gsi), find_parameter, &info))
	return false;
  return true;
}
