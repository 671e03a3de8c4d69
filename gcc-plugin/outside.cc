/* outside.cc: contracts from a file, for code that one may not edit: -fplugin-arg-hashcache-contract=FILE.
   SPDX-License-Identifier: GPL-3.0-or-later

   The file holds declarations in the syntax of C, with the words of hashcache/annotations.h and comments, and without a preprocessor:

     HASHCACHE double energy (int n, const double x[n][3], double *force HASHCACHE_COUNT (3 * n) HASHCACHE_OUT, FILE *log HASHCACHE_IGNORE);
     struct grid { double *u HASHCACHE_COUNT (nx * ny); };
     extern double *table HASHCACHE_COUNT (n);

   Types are for people: only names, bounds and the words count. Parameters are matched by their position, and expressions may use the
   names of the file or those of the definition. What the file says is added to GCC's declarations as the attributes that it would
   have been in the source, before anything else reads them; where the source says something itself that holds. A declaration that a
   unit does not have means nothing there, since one file serves many units.  */

#include "plugin.h"

namespace {

/* A word of hashcache/annotations.h.  */

struct word
{
  const char *name;
  const char *attribute;
  bool argument;
  bool function; /* It stands on functions;  */
  bool object;   /* on parameters, fields and variables.  */
};

const word words[] = {
  { "HASHCACHE", "hashcache", false, true, false },
  { "HASHCACHE_ALLOW", "hashcache_allow", true, true, false },
  { "HASHCACHE_ANY_THREADS", "hashcache_any_threads", false, true, false },
  { "HASHCACHE_TRUST", "hashcache_trust", false, true, false },
  { "HASHCACHE_RETURNS", "hashcache_returns", true, true, false },
  { "HASHCACHE_IF", "hashcache_if", true, true, false },
  { "HASHCACHE_VERSION", "hashcache_version", true, true, false },
  { "HASHCACHE_IN", "hashcache_in", false, false, true },
  { "HASHCACHE_OUT", "hashcache_out", false, false, true },
  { "HASHCACHE_INOUT", "hashcache_inout", false, false, true },
  { "HASHCACHE_IGNORE", "hashcache_ignore", false, false, true },
  { "HASHCACHE_COUNT", "hashcache_count", true, false, true },
  { "HASHCACHE_MEMBER", "hashcache_member", true, true, true },
};

struct token
{
  std::string text;
  int line;
  bool apart; /* There is space before it.  */
};

typedef std::vector<token> tokens;

struct remark
{
  const word *what;
  tokens argument;
};

/* One parameter, field or variable.  */

struct outside_object
{
  std::string name;
  std::vector<tokens> bounds; /* Outermost first; empty where nothing is said.  */
  std::vector<remark> remarks;
};

struct outside_function
{
  std::string place; /* "FILE:LINE".  */
  std::vector<remark> remarks;
  std::vector<outside_object> parameters;
  bool open = false; /* () says nothing of parameters.  */
};

std::map<std::string, outside_function> functions;
std::map<std::string, std::vector<outside_object>> records; /* By tag, or by the name of a typedef.  */
std::map<std::string, outside_object> variables;

/* The file that is being read.  */

class contract_file
{
public:
  explicit contract_file (const std::string &n) : name (n) {}
  void read ();

private:
  bool split (const std::string &text);
  bool skip_comment (const std::string &text, size_t *i, int *line);
  bool complain (int line, const std::string &what);
  size_t closing (const tokens &t, size_t open) const;
  bool take_remarks (const tokens &t, tokens *rest, std::vector<remark> *remarks);
  bool object (const tokens &t, outside_object *result);
  bool objects (const tokens &t, const char *separator, std::vector<outside_object> *result);
  bool members (const tokens &t, std::vector<outside_object> *result);
  bool declaration (const tokens &t);
  bool function (const tokens &t, size_t open, std::vector<remark> remarks);

  std::string name;
  tokens all;
};

/* Say WHAT is wrong in LINE; false.  */

bool
contract_file::complain (int line, const std::string &what)
{
  error ("%s:%d: %s", name.c_str (), line, what.c_str ());
  return false;
}

bool
word_p (const std::string &text)
{
  return ISIDST (text[0]);
}

/* If there is a comment at *I of TEXT, pass over it, counting lines in *LINE; false if there is none.  */

bool
contract_file::skip_comment (const std::string &text, size_t *i, int *line)
{
  bool block = !text.compare (*i, 2, "/*");
  if (!block && text.compare (*i, 2, "//"))
    return false;
  size_t end = text.find (block ? "*/" : "\n", *i + 2);
  if (end == std::string::npos && block)
    complain (*line, "this comment does not end");
  end = std::min (end, text.size ());
  *line += std::count (text.begin () + *i, text.begin () + end, '\n');
  *i = std::min (end + (block ? 2 : 0), text.size ());
  return true;
}

/* Split TEXT into tokens.  */

bool
contract_file::split (const std::string &text)
{
  int line = 1;
  for (size_t i = 0; i < text.size ();)
    {
      size_t start = i;
      if (skip_comment (text, &i, &line))
	continue;
      if (text[i] == '#')
	return complain (line, "there is no preprocessor here");
      if (ISSPACE (text[i]))
	{
	  line += text[i++] == '\n';
	  continue;
	}
      if (ISIDNUM (text[i]))
	while (i < text.size () && (ISIDNUM (text[i]) || text[i] == '.'))
	  i++;
      else if (text[i] == '"' || text[i] == '\'')
	{
	  for (i++; i < text.size () && text[i] != text[start] && text[i] != '\n'; i++)
	    i += text[i] == '\\';
	  if (i >= text.size () || text[i] != text[start])
	    return complain (line, "this string does not end");
	  i++;
	}
      else
	{
	  static const char *const pairs[] = { "->", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "..." };
	  i++;
	  for (const char *pair : pairs)
	    if (!text.compare (start, strlen (pair), pair))
	      i = start + strlen (pair);
	}
      /* C has a member of a struct as three tokens.  */
      std::string part = text.substr (start, i - start);
      size_t dot = word_p (part) ? part.find ('.') : std::string::npos;
      if (dot != std::string::npos)
	{
	  i = start + dot;
	  part.resize (dot);
	}
      all.push_back ({ part, line, start > 0 && (ISSPACE (text[start - 1]) || text[start - 1] == '/') });
    }
  return true;
}

/* The index in T of the bracket that closes the one at OPEN; its size if none does.  */

size_t
contract_file::closing (const tokens &t, size_t open) const
{
  int depth = 0;
  for (size_t i = open; i < t.size (); i++)
    {
      const std::string &s = t[i].text;
      depth += s == "(" || s == "[" || s == "{";
      depth -= s == ")" || s == "]" || s == "}";
      if (!depth)
	return i;
    }
  return t.size ();
}

/* Take the words of hashcache that are outside all brackets of T into REMARKS, the other tokens into REST.  */

bool
contract_file::take_remarks (const tokens &t, tokens *rest, std::vector<remark> *remarks)
{
  for (size_t i = 0; i < t.size (); i++)
    {
      if (t[i].text == "(" || t[i].text == "[" || t[i].text == "{")
	{
	  size_t end = closing (t, i);
	  if (end == t.size ())
	    return complain (t[i].line, "nothing closes this '" + t[i].text + "'");
	  rest->insert (rest->end (), t.begin () + i, t.begin () + end + 1);
	  i = end;
	  continue;
	}
      if (t[i].text.compare (0, 9, "HASHCACHE"))
	{
	  rest->push_back (t[i]);
	  continue;
	}
      remark r = { NULL, {} };
      for (const word &w : words)
	if (t[i].text == w.name)
	  r.what = &w;
      if (!r.what)
	return complain (t[i].line, "there is no word " + t[i].text);
      if (r.what->argument)
	{
	  size_t end = i + 1 < t.size () && t[i + 1].text == "(" ? closing (t, i + 1) : t.size ();
	  if (end == t.size () || end == i + 2)
	    return complain (t[i].line, t[i].text + " needs an argument in brackets");
	  r.argument.assign (t.begin () + i + 2, t.begin () + end);
	  i = end;
	}
      remarks->push_back (r);
    }
  return true;
}

/* True if S stands before a name rather than being one.  */

bool
type_word_p (const std::string &s)
{
  static const std::set<std::string> type_words
    = { "const", "volatile", "restrict", "static", "extern", "register", "signed", "unsigned", "void", "char", "short", "int", "long",
	"float", "double", "_Bool", "_Complex", "inline", "__restrict", "__restrict__", "_Atomic" };
  return type_words.count (s);
}

/* Read the declaration T of one object, without its end, into RESULT.  */

bool
contract_file::object (const tokens &t, outside_object *result)
{
  tokens rest;
  if (!take_remarks (t, &rest, &result->remarks))
    return false;
  for (const remark &r : result->remarks)
    if (!r.what->object)
      return complain (t[0].line, std::string (r.what->name) + " stands on functions only");
  for (size_t i = 0; i < rest.size (); i++)
    {
      bool tag = i > 0 && (rest[i - 1].text == "struct" || rest[i - 1].text == "union" || rest[i - 1].text == "enum");
      if (rest[i].text == "[")
	{
	  size_t end = closing (rest, i);
	  while (i + 1 < end && type_word_p (rest[i + 1].text))
	    i++;
	  tokens bound (rest.begin () + i + 1, rest.begin () + end);
	  if (bound.size () == 1 && bound[0].text == "*")
	    bound.clear ();
	  result->bounds.push_back (bound);
	  i = end;
	}
      else if (rest[i].text == "(" || rest[i].text == "{")
	{
	  size_t end = closing (rest, i);
	  if (rest[i].text == "(" && i + 2 < end && rest[i + 1].text == "*" && word_p (rest[end - 1].text))
	    result->name = rest[end - 1].text; /* A pointer to an array or a function.  */
	  i = end;
	}
      else if (word_p (rest[i].text) && !tag && !type_word_p (rest[i].text))
	result->name = rest[i].text;
    }
  return true;
}

/* Read the objects in T, between each two of which there is a SEPARATOR.  */

bool
contract_file::objects (const tokens &t, const char *separator, std::vector<outside_object> *result)
{
  tokens one;
  for (size_t i = 0; i <= t.size (); i++)
    {
      if (i < t.size () && t[i].text != separator)
	{
	  size_t end = t[i].text == "(" || t[i].text == "[" || t[i].text == "{" ? closing (t, i) : i;
	  if (end == t.size ())
	    return complain (t[i].line, "nothing closes this '" + t[i].text + "'");
	  one.insert (one.end (), t.begin () + i, t.begin () + end + 1);
	  i = end;
	  continue;
	}
      outside_object o;
      if (!one.empty () && !object (one, &o))
	return false;
      if (!one.empty ())
	result->push_back (o);
      one.clear ();
    }
  return true;
}

/* Read what stands between the braces of a struct: T.  Structs without a name of their own lend it their members.  */

bool
contract_file::members (const tokens &t, std::vector<outside_object> *result)
{
  tokens one;
  for (size_t i = 0; i < t.size (); i++)
    {
      if (t[i].text == "{")
	{
	  size_t end = closing (t, i);
	  if (end == t.size () || !members (tokens (t.begin () + i + 1, t.begin () + end), result))
	    return end == t.size () ? complain (t[i].line, "nothing closes this '{'") : false;
	  i = end;
	}
      else if (t[i].text != ";")
	one.push_back (t[i]);
      else if (!objects (one, ",", result))
	return false;
      else
	one.clear ();
    }
  return one.empty () || complain (one[0].line, "a ';' is missing");
}

/* Read the declaration T of a function, whose parameters begin at OPEN and which bears REMARKS.  */

bool
contract_file::function (const tokens &t, size_t open, std::vector<remark> remarks)
{
  outside_function f;
  size_t end = closing (t, open);
  if (open == 0 || !word_p (t[open - 1].text))
    return complain (t[0].line, "there is no name of a function here");
  for (const remark &r : remarks)
    if (!r.what->function)
      return complain (t[0].line, std::string (r.what->name) + " does not stand on functions");
  tokens inside (t.begin () + open + 1, t.begin () + end);
  bool none = inside.size () == 1 && inside[0].text == "void";
  if (!none && !objects (inside, ",", &f.parameters))
    return false;
  f.open = inside.empty ();
  f.remarks = remarks;
  f.place = name + ":" + std::to_string (t[open - 1].line);
  if (!functions.insert ({ t[open - 1].text, f }).second)
    return complain (t[open - 1].line, t[open - 1].text + " has a contract already, at " + functions[t[open - 1].text].place);
  return true;
}

/* Read the declaration T, without its end.  */

bool
contract_file::declaration (const tokens &t)
{
  tokens rest;
  std::vector<remark> remarks;
  for (size_t i = 0; i < t.size (); i++)
    if (t[i].text == "{")
      {
	size_t end = closing (t, i);
	bool named = i > 1 && word_p (t[i - 1].text) && t[i - 1].text != "struct" && t[i - 1].text != "union";
	std::string record = named ? t[i - 1].text : t[0].text == "typedef" && end + 1 < t.size () ? t.back ().text : "";
	if (record.empty ())
	  return complain (t[i].line, "a struct without a name");
	return members (tokens (t.begin () + i + 1, t.begin () + end), &records[record]);
      }
  if (!take_remarks (t, &rest, &remarks))
    return false;
  for (size_t i = 0; i < rest.size (); i++)
    if (rest[i].text == "(")
      return function (rest, i, remarks);
  std::vector<outside_object> found;
  if (!objects (t, ",", &found))
    return false;
  for (const outside_object &o : found)
    variables[o.name] = o;
  return true;
}

/* Read the file.  */

void
contract_file::read ()
{
  FILE *stream = fopen (name.c_str (), "r");
  std::string text;
  if (!stream)
    {
      error ("hashcache cannot read the contracts in %qs: %m", name.c_str ());
      return;
    }
  for (int c; (c = getc (stream)) != EOF;)
    text += c;
  fclose (stream);
  if (!split (text))
    return;
  tokens one;
  for (size_t i = 0; i < all.size (); i++)
    {
      size_t end = all[i].text == "(" || all[i].text == "[" || all[i].text == "{" ? closing (all, i) : i;
      if (end == all.size ())
	{
	  complain (all[i].line, "nothing closes this '" + all[i].text + "'");
	  return;
	}
      if (all[i].text == ";")
	{
	  if (!one.empty () && !declaration (one))
	    return;
	  one.clear ();
	  continue;
	}
      one.insert (one.end (), all.begin () + i, all.begin () + end + 1);
      i = end;
    }
  if (!one.empty ())
    complain (one[0].line, "this declaration does not end with ';'");
}

/* T as text, in which parameters of F have the names that FNDECL gives them; both may be NULL.  */

std::string
renamed (const tokens &t, const outside_function *f, tree fndecl)
{
  std::string text;
  for (size_t i = 0; i < t.size (); i++)
    {
      std::string s = t[i].text;
      bool member = i > 0 && (t[i - 1].text == "." || t[i - 1].text == "->");
      tree parm = fndecl ? DECL_ARGUMENTS (fndecl) : NULL_TREE;
      for (size_t n = 0; f && !member && n < f->parameters.size () && parm; n++, parm = DECL_CHAIN (parm))
	if (f->parameters[n].name == t[i].text && DECL_NAME (parm))
	  s = IDENTIFIER_POINTER (DECL_NAME (parm));
      text += (i > 0 && t[i].apart ? " " : "") + s;
    }
  return text;
}

/* Add the attribute NAME with VALUE, a tree or NULL_TREE, to DECL, unless the source has it.  */

void
add_attribute (tree decl, const char *name, tree value)
{
  if (!lookup_attribute (name, DECL_ATTRIBUTES (decl)))
    DECL_ATTRIBUTES (decl)
      = tree_cons (get_identifier (name), value ? tree_cons (NULL_TREE, value, NULL_TREE) : NULL_TREE, DECL_ATTRIBUTES (decl));
}

/* The value of remark R as an attribute has it: a string, or a number.  */

tree
attribute_value (const remark &r, const outside_function *f, tree fndecl)
{
  if (!r.what->argument)
    return NULL_TREE;
  if (!strcmp (r.what->attribute, "hashcache_version"))
    return build_int_cst (long_long_integer_type_node, strtoll (renamed (r.argument, NULL, NULL_TREE).c_str (), NULL, 0));
  std::string text;
  if (!strcmp (r.what->attribute, "hashcache_allow"))
    for (const token &t : r.argument)
      text += t.text[0] == '"' ? t.text.substr (1, t.text.size () - 2) : t.text;
  else
    text = renamed (r.argument, f, fndecl);
  return build_string (text.size () + 1, text.c_str ());
}

/* How many bounds of an array stand in the type of DECL behind its first pointer.  */

size_t
inner_bounds (tree decl)
{
  size_t n = 0;
  if (POINTER_TYPE_P (TREE_TYPE (decl)))
    for (tree type = TREE_TYPE (TREE_TYPE (decl)); TREE_CODE (type) == ARRAY_TYPE; type = TREE_TYPE (type))
      n++;
  return n;
}

/* The number of elements that the bounds of O say the pointer DECL leads to, empty if they do not.  */

std::string
bounds_text (const outside_object &o, tree decl, const outside_function *f, tree fndecl)
{
  std::string text;
  size_t inner = inner_bounds (decl);
  if (!object_pointer_p (TREE_TYPE (decl)) || o.bounds.size () <= inner)
    return "";
  for (size_t i = 0; i < o.bounds.size () - inner; i++)
    {
      if (o.bounds[i].empty ())
	return "";
      text += (i ? " * (" : "(") + renamed (o.bounds[i], f, fndecl) + ")";
    }
  return o.bounds.size () - inner == 1 ? text.substr (1, text.size () - 2) : text;
}

/* Add what O says to DECL.  */

void
add_remarks (const outside_object &o, tree decl, const outside_function *f, tree fndecl)
{
  bool has_role = annotated_role (DECL_ATTRIBUTES (decl));
  bool has_bounds = lookup_attribute ("arg spec", DECL_ATTRIBUTES (decl));
  std::string bounds = has_bounds ? "" : bounds_text (o, decl, f, fndecl);
  for (const remark &r : o.remarks)
    {
      bool count = !strcmp (r.what->attribute, "hashcache_count");
      tree value = attribute_value (r, f, fndecl);
      if (count && !bounds.empty ())
	{
	  std::string both = bounds + ", " + TREE_STRING_POINTER (value);
	  value = build_string (both.size () + 1, both.c_str ());
	  bounds.clear ();
	}
      if (count || !strcmp (r.what->attribute, "hashcache_member") || !has_role)
	add_attribute (decl, r.what->attribute, value);
    }
  if (!bounds.empty ())
    add_attribute (decl, "hashcache_count", build_string (bounds.size () + 1, bounds.c_str ()));
}

/* Add what F says to FNDECL, a definition or a prototype. Expressions wait for the definition, whose parameters have names.  */

void
add_to_function (const outside_function &f, tree fndecl)
{
  bool definition = DECL_SAVED_TREE (fndecl);
  for (const remark &r : f.remarks)
    if (definition || (strcmp (r.what->attribute, "hashcache_if") && strcmp (r.what->attribute, "hashcache_returns")))
      add_attribute (fndecl, r.what->attribute, attribute_value (r, &f, definition ? fndecl : NULL_TREE));
  if (!definition)
    return;
  unsigned here = list_length (DECL_ARGUMENTS (fndecl));
  if (here != f.parameters.size () && !f.open)
    {
      error_at (DECL_SOURCE_LOCATION (fndecl), "%qD has another number of parameters than its contract at %s: %u, not %u", fndecl,
		f.place.c_str (), here, static_cast<unsigned> (f.parameters.size ()));
      return;
    }
  tree parm = DECL_ARGUMENTS (fndecl);
  for (size_t i = 0; parm && i < f.parameters.size (); i++, parm = DECL_CHAIN (parm))
    add_remarks (f.parameters[i], parm, &f, fndecl);
}

/* Add what FIELDS say to the fields of RECORD, and of structs in it without a name.  */

void
add_to_record (const std::vector<outside_object> &fields, tree record)
{
  for (tree f = TYPE_FIELDS (record); f; f = DECL_CHAIN (f))
    if (TREE_CODE (f) == FIELD_DECL && !DECL_NAME (f) && RECORD_OR_UNION_TYPE_P (TREE_TYPE (f)))
      add_to_record (fields, TREE_TYPE (f));
    else if (TREE_CODE (f) == FIELD_DECL && DECL_NAME (f))
      for (const outside_object &o : fields)
	if (o.name == IDENTIFIER_POINTER (DECL_NAME (f)))
	  add_remarks (o, f, NULL, NULL_TREE);
}

} // anonymous namespace

/* Read the files that the user named.  */

void
read_outside_contracts ()
{
  for (const std::string &file : choice_values (CHOICE_CONTRACT))
    contract_file (file).read ();
}

/* Add what the files say to TYPE, which has just been defined.  */

void
apply_outside_type (tree type)
{
  tree name = TYPE_NAME (type);
  if (name && TREE_CODE (name) == TYPE_DECL)
    name = DECL_NAME (name);
  auto found = name ? records.find (IDENTIFIER_POINTER (name)) : records.end ();
  if (found != records.end ())
    add_to_record (found->second, type);
}

/* Add what the files say to DECL, which has just been declared or, if a function, defined.  */

void
apply_outside (tree decl)
{
  if (!DECL_P (decl) || !DECL_NAME (decl))
    return;
  std::string name = IDENTIFIER_POINTER (DECL_NAME (decl));
  if (TREE_CODE (decl) == TYPE_DECL && RECORD_OR_UNION_TYPE_P (TREE_TYPE (decl)) && records.count (name))
    add_to_record (records[name], TREE_TYPE (decl));
  else if (VAR_P (decl) && DECL_FILE_SCOPE_P (decl) && variables.count (name))
    add_remarks (variables[name], decl, NULL, NULL_TREE);
  else if (TREE_CODE (decl) == FUNCTION_DECL && DECL_FILE_SCOPE_P (decl) && !DECL_ARTIFICIAL (decl) && functions.count (name))
    add_to_function (functions[name], decl);
}
