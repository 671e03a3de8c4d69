/* attributes.cc: the attributes behind the macros of hashcache/annotations.h.
   SPDX-License-Identifier: GPL-3.0-or-later

   An attribute is only recorded here, and its place checked: on a function, or on a parameter, field or variable. What it
   means is for contract.cc and types.cc to find.  */

#include "plugin.h"

/* Complain that attribute NAME with ARGS cannot stand on NODE unless it is a function.  */

static tree
handle_function_attribute (tree *node, tree name, tree args, int, bool *no_add)
{
  if (TREE_CODE (*node) != FUNCTION_DECL)
    error ("%qE marks functions only", name);
  else if (args && TREE_CODE (TREE_VALUE (args)) != STRING_CST)
    error ("%qE takes a string", name);
  else
    return NULL_TREE;
  *no_add = true;
  return NULL_TREE;
}

/* Complain that attribute NAME cannot stand on NODE unless it is a parameter, a field or a variable.  */

static tree
handle_object_attribute (tree *node, tree name, tree args, int, bool *no_add)
{
  if (TREE_CODE (*node) != PARM_DECL && TREE_CODE (*node) != FIELD_DECL && TREE_CODE (*node) != VAR_DECL)
    error ("%qE belongs on a parameter, a field of a struct or a variable", name);
  else if (args && TREE_CODE (TREE_VALUE (args)) != STRING_CST)
    error ("%qE takes a string", name);
  else
    return NULL_TREE;
  *no_add = true;
  return NULL_TREE;
}

static const struct attribute_spec function_attributes[] = {
  { "hashcache", 0, 0, true, false, false, false, handle_function_attribute, NULL },
  { "hashcache_allow", 1, 1, true, false, false, false, handle_function_attribute, NULL },
  { "hashcache_any_threads", 0, 0, true, false, false, false, handle_function_attribute, NULL },
  { "hashcache_trust", 0, 0, true, false, false, false, handle_function_attribute, NULL },
};

static const struct attribute_spec object_attributes[] = {
  { "hashcache_in", 0, 0, true, false, false, false, handle_object_attribute, NULL },
  { "hashcache_out", 0, 0, true, false, false, false, handle_object_attribute, NULL },
  { "hashcache_inout", 0, 0, true, false, false, false, handle_object_attribute, NULL },
  { "hashcache_ignore", 0, 0, true, false, false, false, handle_object_attribute, NULL },
  { "hashcache_count", 1, 1, true, false, false, false, handle_object_attribute, NULL },
};

/* PLUGIN_ATTRIBUTES.  `__has_attribute (hashcache)' is how the header knows that the plugin is there.  */

void
register_hashcache_attributes (void *, void *)
{
  for (const attribute_spec &spec : function_attributes)
    register_attribute (&spec);
  for (const attribute_spec &spec : object_attributes)
    register_attribute (&spec);
}

/* True if FNDECL is a function of the user's whose name the option mark= names.  A nested function has its name within another one,
   and is not meant.  */

static bool
chosen_mark_p (const_tree fndecl)
{
  return chosen_p (CHOICE_MARK) && DECL_NAME (fndecl) && !fndecl_built_in_p (fndecl) && !decl_function_context (fndecl)
	 && chosen_p (CHOICE_MARK, IDENTIFIER_POINTER (DECL_NAME (fndecl)));
}

/* True if FNDECL is marked, in the source or on the command line, and is the user's own function: what OpenMP outlines inherits
   attributes.  */

bool
marked_p (const_tree fndecl)
{
  return !DECL_ARTIFICIAL (fndecl) && (lookup_attribute ("hashcache", DECL_ATTRIBUTES (fndecl)) || chosen_mark_p (fndecl));
}

/* True if VARIABLE, global or static, is marked HASHCACHE_IGNORE, in the source or on the command line.  */

bool
ignored_p (const_tree variable)
{
  return annotated_role (DECL_ATTRIBUTES (variable)) == HASHCACHE__IGNORE
	 || (chosen_p (CHOICE_IGNORE) && DECL_NAME (variable) && chosen_p (CHOICE_IGNORE, IDENTIFIER_POINTER (DECL_NAME (variable))));
}

/* True if the user wrote HASHCACHE_TRUST on a declaration of FNDECL.  */

bool
declared_trusted_p (const_tree fndecl)
{
  return lookup_attribute ("hashcache_trust", DECL_ATTRIBUTES (fndecl));
}

/* The role in ATTRIBUTES, as in contract.h, 0 if none.  HASHCACHE_IGNORE wins over others.  */

unsigned
annotated_role (tree attributes)
{
  if (lookup_attribute ("hashcache_ignore", attributes))
    return HASHCACHE__IGNORE;
  bool in = lookup_attribute ("hashcache_in", attributes);
  bool out = lookup_attribute ("hashcache_out", attributes);
  if (lookup_attribute ("hashcache_inout", attributes) || (in && out))
    return HASHCACHE__INOUT;
  return in ? HASHCACHE__IN : out ? HASHCACHE__OUT : 0;
}

/* The text of HASHCACHE_COUNT in ATTRIBUTES, NULL if none.  */

const char *
annotated_count (tree attributes)
{
  tree count = lookup_attribute ("hashcache_count", attributes);
  return count ? TREE_STRING_POINTER (TREE_VALUE (TREE_VALUE (count))) : NULL;
}

/* The names in all HASHCACHE_ALLOW of FNDECL, as a list for names.h.  */

std::string
allowed_effects (tree fndecl)
{
  std::string names;
  for (tree a = lookup_attribute ("hashcache_allow", DECL_ATTRIBUTES (fndecl)); a; a = lookup_attribute ("hashcache_allow", TREE_CHAIN (a)))
    names += (names.empty () ? "" : ", ") + std::string (TREE_STRING_POINTER (TREE_VALUE (TREE_VALUE (a))));
  return names;
}

/* True if the user says that the result of FNDECL does not depend on the number of threads.  */

bool
any_threads_p (tree fndecl)
{
  return lookup_attribute ("hashcache_any_threads", DECL_ATTRIBUTES (fndecl));
}

/* Take the mark off FNDECL, so that it is wrapped once.  */

void
strip_mark (tree fndecl)
{
  DECL_ATTRIBUTES (fndecl) = remove_attribute ("hashcache", DECL_ATTRIBUTES (fndecl));
}
