/* pointers.h: what a function, and what it calls in this unit, does through a pointer that it is given.
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef HASHCACHE_POINTERS_H
#define HASHCACHE_POINTERS_H

#include "canonical.h"

/* What is asked about a pointer.  */

struct pointer_question
{
  bool everywhere = false;    /* Pointers that are loaded through it count as it does.  */
  HOST_WIDE_INT limit = 0;    /* Bytes of the one object that it may lead to.  */
  HOST_WIDE_INT scalar = 0;   /* Bytes of each number among its elements, a power of two; 0: stores are never whole.  */
  tree element = NULL_TREE;   /* Set if the numbers differ in size: the type of the elements, of which SCALAR is the size.  */
  std::set<tree> scalars;     /* Main variants of the types of these numbers.  */
};

/* What is done through it, as far as it cannot be ruled out.  */

struct pointer_answer
{
  bool read = false;
  bool written = false;
  bool partly = false;  /* A store may have left a part of a number as it was.  */
  bool strayed = false; /* It went where it cannot be followed: nothing is known of it any more.  */
  bool beyond = false;  /* An access may lie outside the one object, or the pointer went where this cannot be told.  */
  bool string = false;  /* A function took it for a string.  */
  bool sets_pointers = false; /* A store may have changed a pointer.  */
};

extern pointer_answer follow_pointer (tree fndecl, unsigned parameter, const pointer_question &question);
extern tree parameter_of (tree fndecl, unsigned parameter);
extern bool followed_p (tree fndecl);
extern bool harmless_internal_p (gimple *stmt);

/* filled.cc: whether what it leads to is filled before it is read.  */

extern bool fills_p (tree fndecl, unsigned parameter, tree element);
extern bool reads_pointers_p (tree fndecl, unsigned parameter, tree element, bool single);

#endif
