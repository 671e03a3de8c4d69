/* uses.cc: whether all uses of a pointer parameter stay within the one object it points to, or take it for a string.
   SPDX-License-Identifier: GPL-3.0-or-later

   `const struct crystal *crystal' says nothing of how many crystals there are. If the body only ever looks at *crystal, also through
   copies of the pointer and in regions of OpenMP, compares the pointer with NULL, and hands it to functions of the unit that do no
   more, one is proven. Anything else (arithmetic, a copy kept in memory, a call out of the unit) proves nothing, and the user must
   say HASHCACHE_COUNT.  */

#include "pointers.h"

/* True if all that FNDECL does with its parameter number PARAMETER, a pointer to char, is to hand it to functions that take it for a
   string, to look at the first character, or to compare it with NULL.  */

bool
string_p (tree fndecl, unsigned parameter)
{
  pointer_question question;
  question.limit = 1;
  return !follow_pointer (fndecl, parameter, question).beyond;
}

/* True if it is proven that FNDECL reaches one object at most through its pointer parameter number PARAMETER.  */

bool
single_object_p (tree fndecl, unsigned parameter)
{
  tree size = TYPE_SIZE_UNIT (TREE_TYPE (TREE_TYPE (parameter_of (fndecl, parameter))));
  if (!size || !tree_fits_shwi_p (size))
    return false;
  pointer_question question;
  question.limit = tree_to_shwi (size);
  pointer_answer answer = follow_pointer (fndecl, parameter, question);
  return !answer.beyond && !answer.string;
}
