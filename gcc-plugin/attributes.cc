/* attributes.cc: the attributes behind the macros of hashcache/annotations.h.
   SPDX-License-Identifier: GPL-3.0-or-later

   An attribute is only recorded here, and its place checked: on a function, or on a parameter, field or variable. What it
   means is for contract.cc and types.cc to find.  */

#include "plugin.h"

/* True if the attribute NAME with ARGS stands on NODE already, and says something else.  */

static bool
said_otherwise_p (tree node, tree name, tree args)
{
  tree earlier = args && DECL_P (node) ? lookup_attribute (IDENTIFIER_POINTER (name), DECL_ATTRIBUTES (node)) : NULL_TREE;
  return earlier && simple_cst_equal (TREE_VALUE (TREE_VALUE (earlier)), TREE_VALUE (args)) != 1;
}

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

/* Likewise, of an attribute that can be said once only.  */

static tree
handle_single_attribute (tree *node, tree name, tree args, int flags, bool *no_add)
{
  if (TREE_CODE (*node) != FUNCTION_DECL || !said_otherwise_p (*node, name, args))
    return handle_function_attribute (node, name, args, flags, no_add);
  error ("%qE is said twice, in two ways", name);
  *no_add = true;
  return NULL_TREE;
}

/* Complain that the version in ARGS is no constant, or that NAME cannot stand on NODE.  */

static tree
handle_version_attribute (tree *node, tree name, tree args, int, bool *no_add)
{
  STRIP_NOPS (TREE_VALUE (args));
  if (TREE_CODE (*node) != FUNCTION_DECL)
    error ("%qE marks functions only", name);
  else if (TREE_CODE (TREE_VALUE (args)) != INTEGER_CST || !INTEGRAL_TYPE_P (TREE_TYPE (TREE_VALUE (args))))
    error ("%qE takes an integer that is constant", name);
  else if (said_otherwise_p (*node, name, args))
    error ("%qE is said twice, in two ways", name);
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
  else if (said_otherwise_p (*node, name, args))
    error ("%qE is said twice, in two ways", name);
  else
    return NULL_TREE;
  *no_add = true;
  return NULL_TREE;
}

/* The attribute NAME with ARGS, seen on a type, belongs on the declaration that follows: hand it on if FLAGS say that there is one.  */

static tree
hand_on (tree name, tree args, int flags, bool *no_add)
{
  *no_add = true;
  if (flags & (ATTR_FLAG_DECL_NEXT | ATTR_FLAG_FUNCTION_NEXT | ATTR_FLAG_ARRAY_NEXT))
    return tree_cons (name, args, NULL_TREE);
  error ("%qE belongs on a parameter, a field of a struct or a variable", name);
  return NULL_TREE;
}

/* Likewise, of one that may stand on a struct or union without a name, as a part of another, as well.  */

static tree
handle_ignore_attribute (tree *node, tree name, tree args, int flags, bool *no_add)
{
  if (DECL_P (*node))
    return handle_object_attribute (node, name, args, flags, no_add);
  const bool nameless = RECORD_OR_UNION_TYPE_P (*node) && !TYPE_NAME (*node) && (flags & ATTR_FLAG_TYPE_IN_PLACE);
  return nameless ? NULL_TREE : hand_on (name, args, flags, no_add);
}

/* Likewise, of one that may stand on a union type, or on a function that returns a union, as well.  */

static tree
handle_member_attribute (tree *node, tree name, tree args, int flags, bool *no_add)
{
  if (TREE_CODE (*node) == FUNCTION_DECL)
    return handle_single_attribute (node, name, args, flags, no_add);
  if (DECL_P (*node))
    return handle_object_attribute (node, name, args, flags, no_add);
  const bool on_union = TREE_CODE (*node) == UNION_TYPE && (flags & ATTR_FLAG_TYPE_IN_PLACE) && TREE_CODE (TREE_VALUE (args)) == STRING_CST;
  return on_union ? NULL_TREE : hand_on (name, args, flags, no_add);
}

static const struct attribute_spec function_attributes[] = {
  { "hashcache", 0, 0, true, false, false, false, handle_function_attribute, NULL },
  { "hashcache_allow", 1, 1, true, false, false, false, handle_function_attribute, NULL },
  { "hashcache_any_threads", 0, 0, true, false, false, false, handle_function_attribute, NULL },
  { "hashcache_trust", 0, 0, true, false, false, false, handle_function_attribute, NULL },
  { "hashcache_returns", 1, 1, true, false, false, false, handle_single_attribute, NULL },
  { "hashcache_if", 1, 1, true, false, false, false, handle_single_attribute, NULL },
  { "hashcache_version", 1, 1, true, false, false, false, handle_version_attribute, NULL },
};

static const struct attribute_spec object_attributes[] = {
  { "hashcache_in", 0, 0, true, false, false, false, handle_object_attribute, NULL },
  { "hashcache_out", 0, 0, true, false, false, false, handle_object_attribute, NULL },
  { "hashcache_inout", 0, 0, true, false, false, false, handle_object_attribute, NULL },
  { "hashcache_ignore", 0, 0, false, false, false, false, handle_ignore_attribute, NULL },
  { "hashcache_count", 1, 1, true, false, false, false, handle_object_attribute, NULL },
  { "hashcache_member", 1, 1, false, false, false, false, handle_member_attribute, NULL },
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

/* The string that ATTRIBUTE has in ATTRIBUTES, NULL if it is not there.  */

const char *
annotated_text (const char *attribute, tree attributes)
{
  tree found = lookup_attribute (attribute, attributes);
  return found ? TREE_STRING_POINTER (TREE_VALUE (TREE_VALUE (found))) : NULL;
}

/* True if ATTRIBUTE is in ATTRIBUTES, which several declarations may have filled, in two ways.  */

bool
annotated_twice_p (const char *attribute, tree attributes)
{
  tree first = lookup_attribute (attribute, attributes);
  for (tree a = first; a; a = lookup_attribute (attribute, TREE_CHAIN (a)))
    if (simple_cst_equal (TREE_VALUE (TREE_VALUE (first)), TREE_VALUE (TREE_VALUE (a))) != 1)
      return true;
  return false;
}

/* The text of HASHCACHE_COUNT in ATTRIBUTES, NULL if none.  */

const char *
annotated_count (tree attributes)
{
  return annotated_text ("hashcache_count", attributes);
}

/* The member in force of the union that OBJECT is or leads to, as HASHCACHE_MEMBER on OBJECT says, NULL if it says nothing.  */

const char *
annotated_member (tree object)
{
  return annotated_text ("hashcache_member", DECL_P (object) ? DECL_ATTRIBUTES (object) : TYPE_ATTRIBUTES (object));
}

/* The number in HASHCACHE_VERSION of FNDECL, 0 if none.  */

unsigned HOST_WIDE_INT
annotated_version (tree fndecl)
{
  tree version = lookup_attribute ("hashcache_version", DECL_ATTRIBUTES (fndecl));
  return version ? TREE_INT_CST_LOW (TREE_VALUE (TREE_VALUE (version))) : 0;
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
