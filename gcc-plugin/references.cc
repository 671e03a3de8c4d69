/* references.cc: the list of what a body or an initialiser refers to.
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "canonical.h"

/* Ordinal in BODY of the reference to DECL, or to WHAT where there is no declaration, merging FLAGS.  EFFECT: the name of an effect.  */

unsigned
add_reference (canonical_body *body, unsigned kind, unsigned flags, tree decl, const std::string &what, location_t location,
	       const std::string &effect)
{
  for (size_t i = 0; i < body->references.size (); i++)
    {
      reference &r = body->references[i];
      if (r.kind == kind && r.decl == decl && (decl || r.name == what))
	{
	  r.flags |= flags;
	  return i;
	}
    }
  body->references.push_back ({ kind, flags, decl, what, location, effect });
  return body->references.size () - 1;
}

/* The name in the text of BODY of the function FNDECL, called or with its address taken, and the reference to it.  */

std::string
refer_to_function (canonical_body *body, tree fndecl, location_t location)
{
  std::string called, why;
  cgraph_node *node = cgraph_node::get (fndecl);
  bool defined = node && (node->definition || node->alias);
  switch (defined ? CALLS_UNKNOWN : classify_call (fndecl, &called, &why))
    {
    case CALLS_UNKNOWN:
      return "f" + std::to_string (add_reference (body, HASHCACHE__CALL, 0, fndecl, IDENTIFIER_POINTER (DECL_NAME (fndecl)), location));
    case CALLS_LIBRARY:
      add_reference (body, HASHCACHE__LIBRARY, trust_flags (fndecl) | (known_as (called) & KNOWN_LOCALE ? HASHCACHE__LOCALE : 0), fndecl,
		     called, location);
      break;
    case CALLS_TRUSTED:
      return "f" + std::to_string (add_reference (body, HASHCACHE__LIBRARY, trust_flags (fndecl), fndecl, called, location));
    case CALLS_OPENMP:
      add_reference (body, HASHCACHE__OPENMP,
		     (locking_function_p (called) ? HASHCACHE__LOCKS : 0) | (team_function_p (fndecl, called) ? HASHCACHE__TEAM : 0),
		     NULL_TREE, called, location);
      break;
    case CALLS_OUTPUT:
      add_reference (body, HASHCACHE__OUTPUT, 0, NULL_TREE, called, location);
      break;
    case CALLS_EFFECT:
      add_reference (body, HASHCACHE__EFFECT, 0, NULL_TREE, why, location, allowable_function_p (called) ? called : "");
      break;
    case CALLS_BUILTIN:
      if (called.find ("rsqrt") != std::string::npos || called.find ("rcp") != std::string::npos)
	body->approximate = true;
      break;
    }
  return called;
}
