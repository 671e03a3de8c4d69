/* extents.cc: how far pointers reach, level by level: from array declarators, their bounds, and the counts that the user wrote.
   SPDX-License-Identifier: GPL-3.0-or-later

   Each level of pointers needs a count. An array declarator of a parameter gives the first one, unless there are as many counts as
   levels; else the attribute access may name a parameter that is it. Arrays that a pointer leads to multiply it. The count 1 stands for an object rather than an array, and the word `string' for
   a string.  */

#include "plugin.h"

/* True if TYPE is a pointer, and not to a function.  */

bool
object_pointer_p (tree type)
{
  return POINTER_TYPE_P (type) && !FUNC_OR_METHOD_TYPE_P (TREE_TYPE (type));
}

/* How many pointers lead from an object of TYPE to data.  */

unsigned
pointer_levels (tree type)
{
  unsigned n = 0;
  for (type = strip_array_types (type); object_pointer_p (type); type = strip_array_types (TREE_TYPE (type)))
    n++;
  return n;
}

/* True if FIELD, an array at the end of RECORD, stands for more or fewer elements than its type says.  */

bool
flexible_field_p (tree field, tree record)
{
  tree type = TREE_TYPE (field);
  if (TREE_CODE (record) != RECORD_TYPE || TREE_CODE (type) != ARRAY_TYPE
      || annotated_role (DECL_ATTRIBUTES (field)) == HASHCACHE__IGNORE)
    return false;
  for (tree f = DECL_CHAIN (field); f; f = DECL_CHAIN (f))
    if (TREE_CODE (f) == FIELD_DECL)
      return false;
  tree size = TYPE_SIZE_UNIT (type), one = TYPE_SIZE_UNIT (TREE_TYPE (type));
  if (!size || integer_zerop (size))
    return true;
  const char *count = annotated_count (DECL_ATTRIBUTES (field));
  return count && strcmp (count, "1") != 0 && one && simple_cst_equal (size, one) == 1;
}

/* The flexible array member of TYPE, NULL_TREE if it is no struct that has one.  */

tree
flexible_field (tree type)
{
  if (TREE_CODE (type) == RECORD_TYPE)
    for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
      if (TREE_CODE (f) == FIELD_DECL && flexible_field_p (f, type))
	return f;
  return NULL_TREE;
}

/* How to declare in WORD how far an object of TYPE, called NAME, reaches.  */

std::string
count_hint (const char *word, tree type, const std::string &name)
{
  std::string hint = std::string (word) + " (expression", last;
  unsigned levels = pointer_levels (type);
  for (unsigned i = 1; i < levels; i++)
    hint += ", expression";
  hint += ")";
  for (tree t = type; object_pointer_p (strip_array_types (t)); t = TREE_TYPE (strip_array_types (t)))
    last = TYPE_MAIN_VARIANT (strip_array_types (TREE_TYPE (strip_array_types (t)))) == char_type_node ? "string" : "";
  if (last.empty ())
    return hint;
  if (levels == 1)
    {
      const bool length = POINTER_TYPE_P (type) && strcmp (word, "HASHCACHE_RETURNS") != 0;
      return hint + ", " + word + " (" + (length ? "strlen (" + name + ") + 1" : last) + ") for a string,";
    }
  return hint + ", with the word string as the last one for strings,";
}

namespace {

/* The constant N as a count.  */

expression
constant_count (HOST_WIDE_INT n)
{
  expression e;
  e.text = std::to_string (n);
  e.steps.push_back ({ HASHCACHE__PUSH, n, NULL_TREE });
  return e;
}

/* True if E is the constant 1.  */

bool
one_p (const expression &e)
{
  return e.steps.size () == 1 && e.steps[0].op == HASHCACHE__PUSH && e.steps[0].value == 1;
}

/* Reader of one declaration in SCOPE.  */

class reach_reader
{
public:
  explicit reach_reader (const name_scope &s) : scope (s) {}
  reach read (tree type, const char *word, const char *text, tree spec, tree number);

private:
  bool read_spec (tree spec);
  bool read_number (tree number);
  tree read_inner (tree type, extent_level *level);
  tree read_levels (tree pointer, size_t level);
  void choose_levels (tree type, const char *word, const char *text);

  const name_scope &scope;
  reach r;
  std::vector<extent_level> counts;
  expression bound; /* Of the array declarator.  */
  bool bounded = false;
};

/* Read the outermost bound of an array declarator from its specification SPEC: false with WHY if it is not understood.  */

bool
reach_reader::read_spec (tree spec)
{
  /* "[$$s12]": minor bounds first; the last character before the bracket belongs to the outermost one.  */
  std::string bounds = TREE_STRING_POINTER (TREE_VALUE (spec));
  size_t last = bounds.find_last_of ("$*s [");
  char kind = bounds[bounds.size () - 2];
  r.array = true;
  if (kind == '$')
    bounded = translate_bound (TREE_VALUE (TREE_CHAIN (spec)), scope, &bound, &r.why);
  else if (ISDIGIT (kind))
    {
      bound = constant_count (strtoll (bounds.substr (last + 1).c_str (), NULL, 10));
      bounded = true;
    }
  if (!r.why.empty ())
    r.why = "cannot understand " + r.why + " in its array bound";
  return r.why.empty ();
}

/* Read the number of elements that the parameter NUMBER holds, as the attribute access says: false with WHY if it is not understood.  */

bool
reach_reader::read_number (tree number)
{
  bounded = translate_bound (number, scope, &bound, &r.why);
  if (!bounded)
    r.why = "cannot understand " + r.why + " in its attribute access";
  return bounded;
}

/* Append to LEVEL the dimensions of the array type TYPE that vary, or hold pointers; answer what is left, NULL_TREE with WHY.  */

tree
reach_reader::read_inner (tree type, extent_level *level)
{
  while (TREE_CODE (type) == ARRAY_TYPE)
    {
      tree size = TYPE_SIZE (type), max = TYPE_DOMAIN (type) ? TYPE_MAX_VALUE (TYPE_DOMAIN (type)) : NULL_TREE;
      const bool constant = size && TREE_CODE (size) == INTEGER_CST && max && TREE_CODE (max) == INTEGER_CST;
      if (constant && !object_pointer_p (strip_array_types (type)))
	break;
      expression e;
      if (constant)
	e = constant_count (tree_to_shwi (max) + 1);
      else if (max && translate_bound (max, scope, &e, &r.why))
	{
	  e.steps.push_back ({ HASHCACHE__PUSH, 1, NULL_TREE });
	  e.steps.push_back ({ HASHCACHE__ADD, 0, NULL_TREE });
	  e.text = length_text (max);
	}
      else
	{
	  r.why = r.why.empty () ? "an inner dimension of unknown extent" : "cannot understand " + r.why + " in an inner dimension";
	  return NULL_TREE;
	}
      level->dims.push_back (e);
      type = TREE_TYPE (type);
    }
  if (level->dims.size () > HASHCACHE__MAX_DIMS)
    r.why = "more than 8 dimensions";
  return type;
}

/* Read what POINTER leads to from LEVEL on; answer its element, in which no array varies, NULL_TREE with WHY.  */

tree
reach_reader::read_levels (tree pointer, size_t level)
{
  extent_level inner;
  tree element = read_inner (TREE_TYPE (pointer), &inner);
  if (!element || !r.why.empty ())
    return NULL_TREE;
  if (level < r.levels.size ())
    {
      extent_level &l = r.levels[level];
      if (!inner.dims.empty () && l.kind == HASHCACHE__SINGLE)
	{
	  l.kind = HASHCACHE__COUNTED;
	  l.dims.push_back (constant_count (1));
	}
      if (l.kind == HASHCACHE__STRING && (!INTEGRAL_TYPE_P (element) || !integer_onep (TYPE_SIZE_UNIT (element))))
	r.why = "the word string is for pointers to char";
      l.dims.insert (l.dims.end (), inner.dims.begin (), inner.dims.end ());
      if (l.dims.size () > HASHCACHE__MAX_DIMS)
	r.why = "it has more than 8 dimensions";
      if (l.kind != HASHCACHE__SINGLE && flexible_field (element))
	r.why = type_name (element) + " ends in an array of varying extent, so a pointer can lead to one of them only: write 1 as its count";
    }
  if (!object_pointer_p (element))
    return element;
  tree target = read_levels (element, level + 1);
  if (!target || target == TREE_TYPE (element))
    return target ? element : NULL_TREE;
  return build_qualified_type (build_pointer_type (target), TYPE_QUALS (element) & ~TYPE_QUAL_RESTRICT);
}

/* Choose the counts of all levels of TYPE; WORD and TEXT are what the user wrote.  */

void
reach_reader::choose_levels (tree type, const char *word, const char *text)
{
  const size_t needed = pointer_levels (type);
  if (counts.size () == needed || (bounded && counts.size () + 1 == needed))
    {
      if (counts.size () < needed)
	{
	  extent_level outermost;
	  outermost.dims.push_back (bound);
	  r.levels.push_back (outermost);
	}
      for (extent_level l : counts)
	{
	  if (l.kind == HASHCACHE__COUNTED && one_p (l.dims[0]))
	    {
	      l.kind = HASHCACHE__SINGLE;
	      l.dims.clear ();
	    }
	  r.levels.push_back (l);
	}
      r.counted = true;
    }
  else if (text)
    {
      r.why = std::to_string (needed) + (needed == 1 ? " count is" : " counts are") + " needed, one for each level of pointers, but "
	      + word + " (" + text + ") has " + std::to_string (counts.size ()) + ": write " + word + " (expression";
      for (size_t i = bounded ? 2 : 1; i < needed; i++)
	r.why += ", expression";
      r.why += bounded ? "), since the array bound is the first one" : ")";
    }
}

reach
reach_reader::read (tree type, const char *word, const char *text, tree spec, tree number)
{
  const unsigned needed = pointer_levels (type);
  if (needed > HASHCACHE__MAX_DIMS)
    r.why = "it leads through more than 8 levels of pointers";
  else if ((!text || parse_counts (word, text, scope, &counts, &r.why)) && (!spec || counts.size () >= needed || read_spec (spec))
	   && (!number || text || bounded || read_number (number)))
    choose_levels (type, word, text);
  if (r.why.empty ())
    r.element = read_levels (type, 0);
  if (!r.why.empty ())
    r.counted = false;
  if (r.element)
    keep_tree (r.element);
  return r;
}

} // anonymous namespace

/* How far a pointer of TYPE reaches.  WORD (TEXT): the counts that the user wrote, TEXT may be NULL; SPEC: the array specification of a
   parameter, or NULL_TREE.  NUMBER: the parameter that says how many elements there are where nothing else does, or NULL_TREE.  */

reach
read_reach (tree type, const char *word, const char *text, tree spec, const name_scope &scope, tree number)
{
  return reach_reader (scope).read (type, word, text, spec, number);
}

/* The address of the extents LEVELS.  */

tree
levels_value (const std::vector<extent_level> &levels)
{
  tree value = null_value ();
  for (size_t i = levels.size (); i-- > 0;)
    value = extent_value (levels[i].kind, levels[i].dims, value);
  return value;
}

/* LEVELS for people.  */

std::string
levels_text (const std::vector<extent_level> &levels)
{
  std::string text;
  for (size_t i = 0; i < levels.size (); i++)
    {
      text += i ? ", each" : "";
      if (levels[i].kind == HASHCACHE__SINGLE)
	text += i ? " one" : ", one";
      else if (levels[i].kind == HASHCACHE__STRING)
	text += i ? " a string" : ", a string";
      for (const expression &e : levels[i].dims)
	text += " [" + e.text + "]";
    }
  return text;
}

/* True if A and B compute the same.  */

bool
same_expression_p (const expression &a, const expression &b)
{
  return a.steps.size () == b.steps.size ()
	 && std::equal (a.steps.begin (), a.steps.end (), b.steps.begin (), [] (const step &x, const step &y) {
	      return x.op == y.op && x.value == y.value && x.address == y.address;
	    });
}

/* True if A and B reach equally far.  */

bool
same_levels_p (const std::vector<extent_level> &a, const std::vector<extent_level> &b)
{
  return a.size () == b.size () && std::equal (a.begin (), a.end (), b.begin (), [] (const extent_level &x, const extent_level &y) {
	   return x.kind == y.kind && x.dims.size () == y.dims.size ()
		  && std::equal (x.dims.begin (), x.dims.end (), y.dims.begin (), same_expression_p);
	 });
}

/* True if LEVELS are known only after the call.  */

bool
needs_result_p (const std::vector<extent_level> &levels)
{
  for (const extent_level &l : levels)
    for (const expression &e : l.dims)
      for (const step &s : e.steps)
	if (s.op == HASHCACHE__RESULT)
	  return true;
  return false;
}
