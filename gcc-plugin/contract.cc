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
  bool add_parameter (tree parm, unsigned index, const declared_parameter &declared);
  bool choose_extent (tree parm, unsigned index, const declared_parameter &declared, unsigned role, tree *extent, std::string *extent_text);
  bool returns ();
  bool refuse (location_t location, const std::string &reason);

  tree fndecl;
  std::string name;
  contract_report report;
  std::vector<tree> parameters;
  tree return_type = NULL_TREE;
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

/* True if DIMS is HASHCACHE_COUNT (1): an object rather than an array of one.  */

bool
one_p (const std::vector<expression> &dims)
{
  return dims.size () == 1 && dims[0].steps.size () == 1 && dims[0].steps[0].op == HASHCACHE__PUSH && dims[0].steps[0].value == 1;
}

/* How far the pointer PARM of ROLE, parameter number INDEX, reaches.  */

bool
contract_maker::choose_extent (tree parm, unsigned index, const declared_parameter &declared, unsigned role, tree *extent,
			       std::string *extent_text)
{
  tree element = TREE_TYPE (TREE_TYPE (parm));
  if (declared.counted && !declared.array && one_p (declared.dims))
    {
      *extent = extent_value (HASHCACHE__SINGLE, {});
      *extent_text = ", one";
    }
  else if (declared.counted)
    {
      *extent = extent_value (HASHCACHE__COUNTED, declared.dims);
      for (const expression &e : declared.dims)
	*extent_text += " [" + e.text + "]";
    }
  else if (!declared.array && single_object_p (fndecl, index))
    {
      *extent = extent_value (HASHCACHE__SINGLE, {});
      *extent_text = ", one";
    }
  else if (TYPE_MAIN_VARIANT (element) == char_type_node && TYPE_READONLY (element) && role == HASHCACHE__IN && !declared.array
	   && string_p (fndecl, index))
    {
      *extent = extent_value (HASHCACHE__STRING, {});
      *extent_text = ", a string";
    }
  else
    return false;
  return true;
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
  unsigned role = declared.role, flags = 0;

  if (role != HASHCACHE__IGNORE)
    {
      if (!pointer && (role == HASHCACHE__OUT || role == HASHCACHE__INOUT))
	return refuse (location, the_parameter + "only a pointer can be an output");
      if (!pointer && annotated_count (DECL_ATTRIBUTES (parm)))
	return refuse (location, the_parameter + "HASHCACHE_COUNT is for pointers");
      bool to_const = pointer && TYPE_READONLY (strip_array_types (TREE_TYPE (type)));
      if (to_const && (role == HASHCACHE__OUT || role == HASHCACHE__INOUT))
	return refuse (location, the_parameter + "what it points to is const and cannot be an output");
      if (!role)
	choice = choose_role (fndecl, index, pointer ? declared.element : NULL_TREE);
      role = choice.role;
      flags = choice.flags;
      if (why.empty ())
	table = type_table (pointer && declared.element ? build_pointer_type (declared.element) : type, &why);
      if (!why.empty ())
	return refuse (location, the_parameter + why);
      if (declared.role && type_holds_pointer_p (pointer ? declared.element : type))
	flags |= HASHCACHE__ANNOTATED;
      if (pointer && !choose_extent (parm, index, declared, role, &extent, &extent_text))
	return refuse (location, the_parameter + "how many elements it points to is not known: write "
				 + count_hint (TREE_TYPE (type), parm_name) + " after it (HASHCACHE_COUNT (1) for a single one), an array bound, "
				 + "or HASHCACHE_IGNORE");
    }
  parameters.push_back (record_value (parameter_record (), { text_value (parm_name), address_value (table), short_value (role),
							     short_value (flags), extent }));
  report.parameter (parm_name, location, choice, type_name (pointer && declared.element ? declared.element : type), extent_text);
  return true;
}

bool
contract_maker::returns ()
{
  tree type = TREE_TYPE (TREE_TYPE (fndecl));
  std::string why;
  if (VOID_TYPE_P (type))
    return true;
  if (POINTER_TYPE_P (type))
    return refuse (DECL_SOURCE_LOCATION (fndecl), "it returns a pointer, which is not supported yet");
  return_type = type_table (type, &why);
  if (!return_type)
    return refuse (DECL_SOURCE_LOCATION (fndecl), "return value: " + why);
  if (type_holds_pointer_p (type))
    return refuse (DECL_SOURCE_LOCATION (fndecl), "it returns a struct with pointers in it, which is not supported yet");
  report.returns (type_name (type), "");
  return true;
}

tree
contract_maker::make ()
{
  const std::vector<declared_parameter> *declared = declared_parameters (fndecl);
  if (!declared)
    {
      refuse (DECL_SOURCE_LOCATION (fndecl), "its definition was parsed before it was marked: mark it at its definition or before");
      return NULL_TREE;
    }
  bool fine = cacheable_function ();
  unsigned i = 0;
  for (tree parm = DECL_ARGUMENTS (fndecl); parm; parm = DECL_CHAIN (parm))
    {
      fine &= add_parameter (parm, i, (*declared)[i]);
      i++;
    }
  fine &= returns ();
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
				       text_value (std::string ("GCC ") + gcc_version.basever), text_value (report.text ()),
				       array_value (parameter_record (), parameters), address_value (return_type),
				       address_value (node_table (fndecl)), text_value (allowed_effects (fndecl)),
				       unsigned_value (any_threads_p (fndecl) ? HASHCACHE__ANY_THREADS : 0), null_value (), null_value (),
				       null_value (), unsigned_value (0) }));
  return table;
}

} // anonymous namespace

/* The contract of the marked function FNDECL, NULL_TREE after an error.  */

tree
contract_table (tree fndecl)
{
  return contract_maker (fndecl).make ();
}
