/* prototypes.cc: parameters as the user declared them: roles, counts and array bounds, from the definition or a prototype.
   SPDX-License-Identifier: GPL-3.0-or-later

   The front end drops a prototype's parameters, and the bound expressions of all of them, long before the passes run. So they
   are read here, at the end of each declaration and of each definition, into programs that need no trees of the front end.
   What a later declaration says wins, and the definition's above all; what it leaves open is taken from those before.  */

#include "plugin.h"

static std::map<tree, declared_function> declared;

/* How far fields and variables reach, read while the names in their counts were in scope: by the object and the struct.  */

static std::map<std::pair<tree, tree>, reach> reaches;

/* The parameter number POSITION in SCOPE, NULL_TREE if there is none.  */

static tree
parameter_at (const name_scope &scope, unsigned position)
{
  tree parm = scope.parameters;
  while (parm && position-- > 0)
    parm = DECL_CHAIN (parm);
  return parm;
}

/* What the declaration of PARM in SCOPE says; ACCESS is what GNU's attribute access says of it, or NULL.  What GCC makes of array
   declarators on its own is not meant.  */

static declared_parameter
read_parameter (tree parm, const name_scope &scope, const attr_access *access)
{
  declared_parameter p;
  if (access && access->mode != access_deferred)
    p.access = access->mode;
  tree attributes = DECL_ATTRIBUTES (parm), spec = lookup_attribute ("arg spec", attributes);
  p.location = DECL_SOURCE_LOCATION (parm);
  p.role = annotated_role (attributes);
  p.member = annotated_member (parm);
  p.stray_count = annotated_count (attributes) && !object_pointer_p (TREE_TYPE (parm));
  if (!object_pointer_p (TREE_TYPE (parm)) || p.role == HASHCACHE__IGNORE)
    return p;
  tree number = p.access != access_deferred && access->sizarg != UINT_MAX ? parameter_at (scope, access->sizarg) : NULL_TREE;
  reach r = read_reach (TREE_TYPE (parm), "HASHCACHE_COUNT", annotated_count (attributes), spec ? TREE_VALUE (spec) : NULL_TREE, scope,
			number);
  p.counted = r.counted;
  p.array = r.array;
  p.levels = r.levels;
  p.element = r.element;
  p.why = r.why;
  return p;
}

/* Fill what P leaves open from the prototype's FROM.  */

static void
complete (declared_parameter *p, const declared_parameter &from)
{
  if (!p->role)
    p->role = from.role;
  if (p->access == access_deferred)
    p->access = from.access;
  if (!p->member)
    p->member = from.member;
  p->stray_count |= from.stray_count;
  if (p->role == HASHCACHE__IGNORE || p->counted || !p->why.empty ())
    return;
  p->counted = from.counted;
  p->levels = from.levels;
  p->why = from.why;
  if (from.counted)
    {
      p->array = from.array;
      p->element = from.element;
    }
}

/* Read what HASHCACHE_RETURNS and HASHCACHE_IF on FNDECL say in SCOPE into F.  */

static void
read_function (tree fndecl, const name_scope &scope, declared_function *f)
{
  tree attributes = DECL_ATTRIBUTES (fndecl);
  const char *returned = annotated_text ("hashcache_returns", attributes), *condition = annotated_text ("hashcache_if", attributes);
  if (returned && object_pointer_p (scope.result))
    f->returned = read_reach (scope.result, "HASHCACHE_RETURNS", returned, NULL_TREE, scope);
  if (condition)
    f->conditional = parse_condition (condition, scope, &f->store_if, &f->store_if_why);
}

/* Fill what F leaves open from what was read EARLIER.  The names of parameters may be others there, or missing: what was understood
   counts, but only one way of it.  */

static void
complete (declared_function *f, const declared_function &earlier)
{
  static const char ambiguous[] = "means one thing in one declaration and another in the next: name the parameters alike";
  for (size_t i = 0; i < f->parameters.size () && f->parameters.size () == earlier.parameters.size (); i++)
    complete (&f->parameters[i], earlier.parameters[i]);
  if (f->returned.counted && earlier.returned.counted && !same_levels_p (f->returned.levels, earlier.returned.levels))
    {
      f->returned.counted = false;
      f->returned.why = std::string ("HASHCACHE_RETURNS ") + ambiguous;
    }
  else if (!f->returned.counted && earlier.returned.counted)
    f->returned = earlier.returned;
  if (f->conditional && earlier.conditional && !same_expression_p (f->store_if, earlier.store_if))
    {
      f->conditional = false;
      f->store_if_why = std::string ("HASHCACHE_IF ") + ambiguous;
    }
  else if (!f->conditional && earlier.conditional)
    {
      f->conditional = true;
      f->store_if = earlier.store_if;
      f->store_if_why = "";
    }
}

/* Note what FNDECL and its parameters say, now that they are all known.  */

static void
note_function (tree fndecl, bool definition)
{
  name_scope scope = { DECL_ARGUMENTS (fndecl), NULL_TREE, TREE_TYPE (TREE_TYPE (fndecl)) };
  declared_function f;
  auto earlier = declared.find (fndecl);
  rdwr_map accesses;
  unsigned i = 0;
  init_attr_rdwr_indices (&accesses, TYPE_ATTRIBUTES (TREE_TYPE (fndecl)));
  f.defined = definition;
  for (tree parm = DECL_ARGUMENTS (fndecl); parm; parm = DECL_CHAIN (parm))
    f.parameters.push_back (read_parameter (parm, scope, accesses.get (i++)));
  read_function (fndecl, scope, &f);
  if (earlier != declared.end ())
    complete (&f, earlier->second);
  declared[fndecl] = f;
}

/* True if FNDECL or a parameter of it carries an annotation that is read here.  */

static bool
annotated_p (tree fndecl)
{
  tree attributes = DECL_ATTRIBUTES (fndecl);
  if (annotated_text ("hashcache_returns", attributes) || annotated_text ("hashcache_if", attributes))
    return true;
  for (tree parm = DECL_ARGUMENTS (fndecl); parm; parm = DECL_CHAIN (parm))
    if (annotated_role (DECL_ATTRIBUTES (parm)) || annotated_count (DECL_ATTRIBUTES (parm)) || annotated_member (parm))
      return true;
  return false;
}

/* Read HASHCACHE_COUNT of OBJECT, a field of RECORD or a variable (RECORD is NULL_TREE then).  */

static const reach &
note_reach (tree object, tree record)
{
  name_scope scope = { NULL_TREE, record, NULL_TREE };
  tree type = TREE_TYPE (object);
  if (record && flexible_field_p (object, DECL_CONTEXT (object)))
    type = build_pointer_type (TREE_TYPE (type));
  keep_tree (object);
  return reaches[{ object, record }]
	 = read_reach (strip_array_types (type), "HASHCACHE_COUNT", annotated_count (DECL_ATTRIBUTES (object)), NULL_TREE, scope);
}

/* Note the counted fields of TYPE, a part of RECORD without a name of its own, or RECORD itself.  */

static void
note_fields (tree type, tree record)
{
  for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
    {
      if (TREE_CODE (f) != FIELD_DECL)
	continue;
      if (!DECL_NAME (f) && RECORD_OR_UNION_TYPE_P (TREE_TYPE (f)))
	note_fields (TREE_TYPE (f), record);
      else if (annotated_count (DECL_ATTRIBUTES (f)) && (object_pointer_p (strip_array_types (TREE_TYPE (f))) || flexible_field_p (f, type)))
	note_reach (f, record);
    }
}

/* PLUGIN_FINISH_TYPE: TYPE may be a struct with counted fields.  */

void
note_type (void *type, void *)
{
  tree t = static_cast<tree> (type);
  if (!t || !RECORD_OR_UNION_TYPE_P (t))
    return;
  apply_outside_type (t);
  if (!seen_error ())
    note_fields (t, t);
}

/* How far OBJECT, a counted field of RECORD or variable, reaches.  */

const reach &
object_reach (tree object, tree record)
{
  auto found = reaches.find ({ object, record });
  return found != reaches.end () ? found->second : note_reach (object, record);
}

/* PLUGIN_FINISH_DECL: DECL may be a prototype whose parameters say something, or a counted variable.  */

void
note_declaration (void *decl, void *)
{
  tree t = static_cast<tree> (decl);
  if (!t)
    return;
  apply_outside (t);
  if (seen_error ())
    return;
  if (TREE_CODE (t) == VAR_DECL && annotated_count (DECL_ATTRIBUTES (t)) && object_pointer_p (strip_array_types (TREE_TYPE (t))))
    note_reach (t, NULL_TREE);
  if (TREE_CODE (t) != FUNCTION_DECL || !(marked_p (t) || annotated_p (t)))
    return;
  auto earlier = declared.find (t);
  if (earlier == declared.end () || !earlier->second.defined)
    note_function (t, false);
}

/* PLUGIN_PRE_GENERICIZE: the definition of FNDECL has been parsed.  */

void
note_definition (void *fndecl, void *)
{
  tree t = static_cast<tree> (fndecl);
  apply_outside (t);
  if (TREE_CODE (t) == FUNCTION_DECL && marked_p (t) && !seen_error ())
    note_function (t, true);
}

/* What the declarations of FNDECL say, NULL if it was never marked while it was parsed.  */

const declared_function *
declared_as (tree fndecl)
{
  auto found = declared.find (fndecl);
  return found == declared.end () ? NULL : &found->second;
}
