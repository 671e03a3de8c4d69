/* prototypes.cc: parameters as the user declared them: roles, counts and array bounds, from the definition or a prototype.
   SPDX-License-Identifier: GPL-3.0-or-later

   The front end drops a prototype's parameters, and the bound expressions of all of them, long before the passes run. So they
   are read here, at the end of each declaration and of each definition, into programs that need no trees of the front end.
   What the definition says wins; what it leaves open is taken from the first prototype, where annotations usually stand.  */

#include "plugin.h"

static std::map<tree, std::vector<declared_parameter>> declared;

/* HASHCACHE_COUNT of a field or a variable, read while the names in it were in scope.  */

struct noted_count
{
  bool understood;
  expression value;
  std::string why;
};

static std::map<tree, noted_count> counts;

/* Read into P the dimensions of the parameter PARM of type pointer to array, from its array specification SPEC (NULL_TREE if
   it was declared as a pointer) and the variable bounds in its type.  COUNT is the text of HASHCACHE_COUNT or NULL.  */

static void
read_outermost (tree parm, tree spec, const char *count, const name_scope &scope, declared_parameter *p)
{
  expression e;
  if (count)
    {
      if (!parse_count (count, scope, &e, &p->why))
	p->why = "cannot understand " + p->why + " in HASHCACHE_COUNT (" + count + ")";
      else
	p->counted = true;
    }
  else if (spec)
    {
      /* "[$$s12]": minor bounds first; the last character before the bracket belongs to the outermost one.  */
      std::string bounds = TREE_STRING_POINTER (TREE_VALUE (spec));
      size_t last = bounds.find_last_of ("$*s [");
      char kind = bounds[bounds.size () - 2];
      p->array = true;
      if (kind == '$')
	p->counted = translate_bound (TREE_VALUE (TREE_CHAIN (spec)), scope, &e, &p->why);
      else if (ISDIGIT (kind))
	p->counted = parse_count (bounds.substr (last + 1, bounds.size () - last - 2).c_str (), scope, &e, &p->why);
      if (!p->why.empty ())
	p->why = "cannot understand " + p->why + " in the bound of parameter " + IDENTIFIER_POINTER (DECL_NAME (parm));
    }
  if (p->counted)
    p->dims.push_back (e);
}

/* Append to P the dimensions of the array type TYPE that vary; set P's element type to what is left.  */

static void
read_inner (tree type, const name_scope &scope, declared_parameter *p)
{
  while (TREE_CODE (type) == ARRAY_TYPE && TREE_CODE (TYPE_SIZE (type) ? TYPE_SIZE (type) : error_mark_node) != INTEGER_CST)
    {
      tree max = TYPE_DOMAIN (type) ? TYPE_MAX_VALUE (TYPE_DOMAIN (type)) : NULL_TREE;
      expression e;
      if (!max || !translate_bound (max, scope, &e, &p->why))
	{
	  p->counted = false;
	  if (p->why.empty ())
	    p->why = "an inner dimension of unknown extent";
	  return;
	}
      e.steps.push_back ({ HASHCACHE__PUSH, 1, NULL_TREE });
      e.steps.push_back ({ HASHCACHE__ADD, 0, NULL_TREE });
      e.text = "(" + e.text + ") + 1";
      p->dims.push_back (e);
      type = TREE_TYPE (type);
    }
  p->element = type;
}

/* What the declaration of PARM in SCOPE says.  */

static declared_parameter
read_parameter (tree parm, const name_scope &scope)
{
  declared_parameter p;
  tree attributes = DECL_ATTRIBUTES (parm);
  p.location = DECL_SOURCE_LOCATION (parm);
  p.role = annotated_role (attributes);
  if (!object_pointer_p (TREE_TYPE (parm)) || p.role == HASHCACHE__IGNORE)
    return p;
  tree spec = lookup_attribute ("arg spec", attributes);
  read_outermost (parm, spec ? TREE_VALUE (spec) : NULL_TREE, annotated_count (attributes), scope, &p);
  read_inner (TREE_TYPE (TREE_TYPE (parm)), scope, &p);
  keep_tree (p.element);
  return p;
}

/* Fill what P leaves open from the prototype's FROM.  */

static void
complete (declared_parameter *p, const declared_parameter &from)
{
  if (!p->role)
    p->role = from.role;
  if (p->role == HASHCACHE__IGNORE || p->counted || !p->why.empty ())
    return;
  p->counted = from.counted;
  p->dims = from.dims;
  p->why = from.why;
  if (from.counted)
    p->element = from.element;
}

/* Note what the parameters of FNDECL say, now that they are all known.  */

static void
note_parameters (tree fndecl)
{
  name_scope scope = { DECL_ARGUMENTS (fndecl), NULL_TREE };
  std::vector<declared_parameter> parameters;
  for (tree parm = DECL_ARGUMENTS (fndecl); parm; parm = DECL_CHAIN (parm))
    parameters.push_back (read_parameter (parm, scope));
  auto earlier = declared.find (fndecl);
  if (earlier != declared.end () && earlier->second.size () == parameters.size ())
    for (size_t i = 0; i < parameters.size (); i++)
      complete (&parameters[i], earlier->second[i]);
  declared[fndecl] = parameters;
}

/* True if a parameter of FNDECL carries an annotation.  */

static bool
annotated_parameters_p (tree fndecl)
{
  for (tree parm = DECL_ARGUMENTS (fndecl); parm; parm = DECL_CHAIN (parm))
    if (annotated_role (DECL_ATTRIBUTES (parm)) || annotated_count (DECL_ATTRIBUTES (parm)))
      return true;
  return false;
}

/* Read HASHCACHE_COUNT of OBJECT, a field of RECORD or a variable (RECORD is NULL_TREE then).  */

static const noted_count &
note_count (tree object, tree record)
{
  auto found = counts.find (object);
  if (found != counts.end ())
    return found->second;
  noted_count n;
  const char *text = annotated_count (DECL_ATTRIBUTES (object));
  name_scope scope = { NULL_TREE, record };
  n.understood = parse_count (text, scope, &n.value, &n.why);
  if (!n.understood)
    n.why = "cannot understand " + n.why + " in HASHCACHE_COUNT (" + text + ")";
  keep_tree (object);
  return counts[object] = n;
}

/* PLUGIN_FINISH_TYPE: TYPE may be a struct with counted fields.  */

void
note_type (void *type, void *)
{
  tree t = static_cast<tree> (type);
  if (!t || TREE_CODE (t) != RECORD_TYPE)
    return;
  apply_outside_type (t);
  for (tree f = TYPE_FIELDS (t); f; f = DECL_CHAIN (f))
    if (TREE_CODE (f) == FIELD_DECL && annotated_count (DECL_ATTRIBUTES (f)))
      note_count (f, t);
}

/* The count of OBJECT as note_count.  True if understood, else WHY says what was not.  */

bool
object_count (tree object, tree record, expression *result, std::string *why)
{
  const noted_count &n = note_count (object, record);
  *result = n.value;
  *why = n.why;
  return n.understood;
}

/* PLUGIN_FINISH_DECL: DECL may be a prototype whose parameters say something, or a counted variable.  */

void
note_declaration (void *decl, void *)
{
  tree t = static_cast<tree> (decl);
  apply_outside (t);
  if (TREE_CODE (t) == VAR_DECL && annotated_count (DECL_ATTRIBUTES (t)))
    note_count (t, NULL_TREE);
  if (TREE_CODE (t) == FUNCTION_DECL && !seen_error () && (marked_p (t) || annotated_parameters_p (t)) && !declared.count (t))
    note_parameters (t);
}

/* PLUGIN_PRE_GENERICIZE: the definition of FNDECL has been parsed.  */

void
note_definition (void *fndecl, void *)
{
  tree t = static_cast<tree> (fndecl);
  apply_outside (t);
  if (TREE_CODE (t) == FUNCTION_DECL && marked_p (t) && !seen_error ())
    note_parameters (t);
}

/* What the parameters of FNDECL say, NULL if it was never marked while it was parsed.  */

const std::vector<declared_parameter> *
declared_parameters (tree fndecl)
{
  auto found = declared.find (fndecl);
  return found == declared.end () ? NULL : &found->second;
}
