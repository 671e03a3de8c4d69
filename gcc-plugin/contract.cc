/* contract.cc: what the arguments, the result and the effects of a marked function mean.
   SPDX-License-Identifier: GPL-3.0-or-later

   Everything is either understood or refused: an error at the user's line that names the function and the parameter, says what
   is not known and what to write. Nothing is guessed. Roles that nobody declared are those of roles.cc; a pointer leads to one
   element only where uses.cc proves it.  */

#include "plugin.h"

namespace {

/* The contract of one function in the making.  */

class contract_maker
{
public:
  explicit contract_maker (tree f) : fndecl (f), name (IDENTIFIER_POINTER (DECL_NAME (f))), report (f) {}
  tree make ();

private:
  bool cacheable_function ();
  role_choice choose (tree parm, unsigned index, const declared_parameter &declared);
  bool add_parameter (tree parm, unsigned index, const declared_parameter &declared);
  bool choose_extent (tree parm, unsigned index, const declared_parameter &declared, unsigned role, tree *extent, std::string *extent_text);
  bool returns (const reach &declared);
  bool function_words (const declared_function &declared);
  bool refuse (location_t location, const std::string &reason);

  tree fndecl;
  std::string name;
  contract_report report;
  std::vector<tree> parameters;
  tree return_type = NULL_TREE;
  tree returned = null_value ();
  tree store_if = null_value ();
};

bool
contract_maker::refuse (location_t location, const std::string &reason)
{
  say_refusal (location, name, reason);
  return false;
}

/* Refuse kinds of functions that a wrapper cannot stand in for.  */

bool
contract_maker::cacheable_function ()
{
  location_t location = DECL_SOURCE_LOCATION (fndecl);
  if (stdarg_p (TREE_TYPE (fndecl)))
    return refuse (location, "it takes a variable number of arguments");
  if (decl_function_context (fndecl) || DECL_STATIC_CHAIN (fndecl))
    return refuse (location, "it is a nested function: move it to file scope");
  if (TREE_THIS_VOLATILE (fndecl))
    return refuse (location, "it never returns");
  if (DECL_STATIC_CONSTRUCTOR (fndecl) || DECL_STATIC_DESTRUCTOR (fndecl))
    return refuse (location, "it runs before or after main ()");
  if (!wrappable_p (fndecl))
    return refuse (location, "GCC cannot make a copy of its body (noclone, noipa, a computed or nonlocal goto)");
  return true;
}

/* How far the pointer PARM of ROLE, parameter number INDEX, reaches.  */

bool
contract_maker::choose_extent (tree parm, unsigned index, const declared_parameter &declared, unsigned role, tree *extent,
			       std::string *extent_text)
{
  tree type = TREE_TYPE (parm), element = TREE_TYPE (type);
  std::vector<extent_level> levels (1);
  if (declared.counted)
    levels = declared.levels;
  else if (declared.array || pointer_levels (type) > 1)
    return false;
  else if (single_object_p (fndecl, index))
    levels[0].kind = HASHCACHE__SINGLE;
  else if (!flexible_field (element) && TYPE_MAIN_VARIANT (element) == char_type_node && TYPE_READONLY (element)
	   && role == HASHCACHE__IN && string_p (fndecl, index))
    levels[0].kind = HASHCACHE__STRING;
  else
    return false;
  *extent = levels_value (levels);
  *extent_text = levels_text (levels);
  return true;
}

/* For people: TYPE as far as EXTENT says; bounds that are constant stand behind those that vary.  */

std::string
reach_text (tree type, const std::string &extent)
{
  std::string bounds;
  for (; TREE_CODE (type) == ARRAY_TYPE && !TYPE_NAME (type); type = TREE_TYPE (type))
    {
      tree max = TYPE_DOMAIN (type) ? TYPE_MAX_VALUE (TYPE_DOMAIN (type)) : NULL_TREE;
      bounds += " [" + (max && tree_fits_shwi_p (max) ? std::to_string (tree_to_shwi (max) + 1) : "") + "]";
    }
  return type_name (type) + extent + bounds;
}

/* What to write after a parameter called NAME of pointer type TYPE, as DECLARED, whose extent is not known.  */

std::string
missing_count (tree type, const declared_parameter &declared, const std::string &name)
{
  if (pointer_levels (type) == 1)
    return "how many elements it points to is not known: write " + count_hint ("HASHCACHE_COUNT", type, name)
	   + " after it (HASHCACHE_COUNT (1) for a single one), an array bound, or HASHCACHE_IGNORE";
  return "it leads through " + std::to_string (pointer_levels (type)) + " levels of pointers, and how many elements each of them has is not "
	 "known: write " + count_hint ("HASHCACHE_COUNT", type, name) + " after it (1 for a single one)"
	 + (declared.array ? ", without the first one if the array has a bound," : "") + " or HASHCACHE_IGNORE";
}

/* The role of PARM, parameter number INDEX, as DECLARED or proven.  */

role_choice
contract_maker::choose (tree parm, unsigned index, const declared_parameter &declared)
{
  const bool pointer = object_pointer_p (TREE_TYPE (parm));
  tree held = pointer ? declared.element : TREE_TYPE (parm);
  bool single = pointer && (declared.counted ? declared.levels[0].kind == HASHCACHE__SINGLE : single_object_p (fndecl, index));
  if (!declared.role)
    return pointer && declared.access != access_deferred ? role_by_access (fndecl, index, held, single, declared.access)
							: choose_role (fndecl, index, pointer ? held : NULL_TREE, single);
  if (!type_holds_pointer_p (held, declared.member))
    return { declared.role, 0, "declared", "" };
  if (declared.role == HASHCACHE__OUT)
    return confirm_out (fndecl, index, held, single);
  return { declared.role, HASHCACHE__ANNOTATED, "declared", "" };
}

bool
contract_maker::add_parameter (tree parm, unsigned index, const declared_parameter &declared)
{
  tree type = TREE_TYPE (parm);
  bool pointer = object_pointer_p (type);
  std::string parm_name = DECL_NAME (parm) ? IDENTIFIER_POINTER (DECL_NAME (parm)) : "?";
  std::string the_parameter = "parameter " + parm_name + ": ";
  location_t location = declared.location;
  std::string why = declared.why, extent_text;
  tree table = NULL_TREE, extent = null_value ();
  role_choice choice = { declared.role, 0, "declared", "" };
  unsigned role = declared.role;

  if (!role && declared.access == access_none && unused_p (fndecl, index))
    {
      role = HASHCACHE__IGNORE;
      choice = { role, 0, "access (none), proven: not used", "" };
    }
  if (role != HASHCACHE__IGNORE)
    {
      if (!pointer && (role == HASHCACHE__OUT || role == HASHCACHE__INOUT))
	return refuse (location, the_parameter + "only a pointer can be an output");
      if (!pointer && declared.stray_count)
	return refuse (location, the_parameter + "HASHCACHE_COUNT is for pointers");
      bool to_const = pointer && TYPE_READONLY (strip_array_types (TREE_TYPE (type)));
      if (to_const && pointer_levels (type) == 1 && (role == HASHCACHE__OUT || role == HASHCACHE__INOUT))
	return refuse (location, the_parameter + "what it points to is const and cannot be an output");
      tree described = pointer && declared.element ? build_pointer_type (declared.element) : type;
      if (why.empty ())
	table = value_type_table (described, declared.member, &why);
      if (!why.empty ())
	return refuse (location, the_parameter + why);
      choice = choose (parm, index, declared);
      if (declared.role)
	choice.flags |= HASHCACHE__DECLARED;
      role = choice.role;
      if (pointer && !choose_extent (parm, index, declared, role, &extent, &extent_text))
	return refuse (location, the_parameter + missing_count (type, declared, parm_name));
      if ((role == HASHCACHE__IN || role == HASHCACHE__INOUT) && needs_result_p (declared.levels))
	return refuse (location, the_parameter + "what the function reads cannot be as long as its result says: write HASHCACHE_OUT before it, "
				 "or another count");
      if (!choice.refusal.empty ())
	return refuse (location, the_parameter + choice.refusal);
    }
  parameters.push_back (record_value (parameter_record (), { text_value (parm_name), address_value (table), short_value (role),
							     short_value (choice.flags), extent }));
  report.parameter (parm_name, location, choice, reach_text (pointer && declared.element ? declared.element : type, extent_text));
  return true;
}

/* What HASHCACHE_RETURNS, HASHCACHE_IF and HASHCACHE_VERSION say, as DECLARED.  */

bool
contract_maker::function_words (const declared_function &declared)
{
  location_t location = DECL_SOURCE_LOCATION (fndecl);
  bool fine = true;
  for (const char *word : { "hashcache_returns", "hashcache_if", "hashcache_version", "hashcache_member" })
    if (annotated_twice_p (word, DECL_ATTRIBUTES (fndecl)))
      fine = refuse (location, std::string ("its declarations say ") + word + " in two ways");
  if (annotated_text ("hashcache_if", DECL_ATTRIBUTES (fndecl)))
    {
      if (!declared.conditional)
	return refuse (location, declared.store_if_why);
      tree table = declare_table (expression_record (), "expression");
      define_table (table, expression_value (declared.store_if));
      store_if = address_value (table);
    }
  return fine;
}

bool
contract_maker::returns (const reach &declared)
{
  tree type = TREE_TYPE (TREE_TYPE (fndecl));
  location_t location = DECL_SOURCE_LOCATION (fndecl);
  const bool pointer = object_pointer_p (type);
  const char *counts = annotated_text ("hashcache_returns", DECL_ATTRIBUTES (fndecl)), *member = annotated_member (fndecl);
  std::string why;
  if (counts && !pointer)
    return refuse (location, "HASHCACHE_RETURNS is for functions that return pointers");
  if (VOID_TYPE_P (type))
    return true;
  if (type_holds_function_p (type))
    return refuse (location, "it returns a pointer to a function, which cannot be kept");
  return_type = value_type_table (pointer && declared.element ? build_pointer_type (declared.element) : type, member, &why);
  if (!return_type) /* What is returned cannot be ignored, only a field of it.  */
    return refuse (location, "return value: " + (why.find ("the field ") == 0 ? why : why.substr (0, why.find (": write HASHCACHE_IGNORE"))));
  if (pointer && !counts)
    return refuse (location, "it returns a pointer, and how many elements that leads to is not known: write "
			     + count_hint ("HASHCACHE_RETURNS", type, "result") + " before the function (1 for a single one)");
  if (pointer && !declared.counted)
    return refuse (location, "return value: " + declared.why);
  if (pointer)
    returned = levels_value (declared.levels);
  report.returns (reach_text (pointer ? TREE_TYPE (type) : type, pointer ? levels_text (declared.levels) : ""));
  return true;
}

/* "GCC 12.2.0 wrapv": who compiles FNDECL, and those options that can change a value and are not at what the language asks for; for people.  */

static std::string
compiler_and_options (tree fndecl)
{
  std::string options = value_options (fndecl);
  return std::string ("GCC ") + gcc_version.basever + options.substr (0, options.find ('\n'));
}

tree
contract_maker::make ()
{
  const declared_function *declared = declared_as (fndecl);
  if (!declared)
    {
      refuse (DECL_SOURCE_LOCATION (fndecl), "its definition was parsed before it was marked: mark it at its definition or before");
      return NULL_TREE;
    }
  bool fine = cacheable_function ();
  unsigned i = 0;
  for (tree parm = DECL_ARGUMENTS (fndecl); parm; parm = DECL_CHAIN (parm))
    {
      fine &= add_parameter (parm, i, declared->parameters[i]);
      i++;
    }
  fine &= returns (declared->returned);
  fine &= function_words (*declared);
  fine &= effects_allowed_p (fndecl);
  if (!fine)
    return NULL_TREE;
  report.reaches ();
  report.say ();
  expanded_location where = expand_location (DECL_SOURCE_LOCATION (fndecl));
  std::string source = std::string (where.file ? where.file : "") + ":" + std::to_string (where.line);
  tree table = declare_table (contract_record (), "contract");
  define_table (table, record_value (contract_record (),
				     { short_value (HASHCACHE__ABI), short_value (parameters.size ()), text_value (name), text_value (source),
				       text_value (compiler_and_options (fndecl)), text_value (report.text ()),
				       array_value (parameter_record (), parameters), address_value (return_type),
				       address_value (node_table (fndecl)), text_value (allowed_effects (fndecl)),
				       unsigned_value (any_threads_p (fndecl) ? HASHCACHE__ANY_THREADS : 0), null_value (), returned,
				       store_if, unsigned_value (annotated_version (fndecl)) }));
  return table;
}

} // anonymous namespace

/* The contract of the marked function FNDECL, NULL_TREE after an error.  */

tree
contract_table (tree fndecl)
{
  return contract_maker (fndecl).make ();
}
