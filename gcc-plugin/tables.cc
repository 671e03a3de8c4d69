/* tables.cc: static data from values: the structures of contract.h, built field by field.
   SPDX-License-Identifier: GPL-3.0-or-later

   The record types below mirror include/hashcache/contract.h; tests compare what the runtime reads from them. The tables are
   writable on purpose: in a read-only section a reference to another object's node would become a copy relocation.  */

#include "plugin.h"

namespace {

/* The strings of the unit lie in one table, each once.  */

tree strings;
std::string string_bytes;
std::unordered_map<std::string, size_t> places;

std::vector<std::pair<tree, tree>> defined; /* Tables that GCC does not know yet, and their values.  */

tree
pointer_type ()
{
  return const_ptr_type_node;
}

tree
u32 ()
{
  return uint32_type_node;
}

tree
u64 ()
{
  return long_long_unsigned_type_node;
}

/* A struct called NAME with fields of the given TYPES.  */

tree
make_record (const char *name, std::initializer_list<tree> types)
{
  tree record = make_node (RECORD_TYPE), last = NULL_TREE;
  for (tree type : types)
    {
      tree field = build_decl (BUILTINS_LOCATION, FIELD_DECL, NULL_TREE, type);
      DECL_FIELD_CONTEXT (field) = record;
      if (last)
	DECL_CHAIN (last) = field;
      else
	TYPE_FIELDS (record) = field;
      last = field;
    }
  TYPE_NAME (record) = get_identifier (name);
  TYPE_ARTIFICIAL (record) = 1;
  layout_type (record);
  keep_tree (record);
  return record;
}

tree
digest_type ()
{
  return build_array_type_nelts (unsigned_char_type_node, 16);
}

/* Common ground of all tables: static, artificial, without debug information.  */

tree
new_table (tree type, tree name)
{
  tree decl = build_decl (BUILTINS_LOCATION, VAR_DECL, name, type);
  TREE_STATIC (decl) = 1;
  TREE_USED (decl) = 1;
  TREE_ADDRESSABLE (decl) = 1;
  DECL_ARTIFICIAL (decl) = 1;
  DECL_IGNORED_P (decl) = 1;
  DECL_CONTEXT (decl) = NULL_TREE;
  return decl;
}

/* The name of a table that belongs to SYMBOL, a function or variable.  */

tree
symbol_table_name (tree symbol, const char *prefix)
{
  const char *name = IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (symbol));
  return get_identifier ((std::string (prefix) + (*name == '*' ? name + 1 : name)).c_str ());
}

} // anonymous namespace

#define RECORD(name, ...)                                                                                                                  \
  tree name##_record ()                                                                                                                   \
  {                                                                                                                                       \
    static tree record;                                                                                                                   \
    if (!record)                                                                                                                          \
      record = make_record ("hashcache__" #name, { __VA_ARGS__ });                                                                        \
    return record;                                                                                                                        \
  }

RECORD (type, u32 (), u32 (), u64 (), u64 (), u64 (), pointer_type (), pointer_type (), pointer_type ())
RECORD (step, u64 (), long_long_integer_type_node, pointer_type ())
RECORD (expression, pointer_type (), u64 (), pointer_type ())
RECORD (extent, u32 (), u32 (), pointer_type (), pointer_type ())
RECORD (field, pointer_type (), pointer_type (), u64 (), u32 (), u32 (), pointer_type ())
RECORD (parameter, pointer_type (), pointer_type (), u32 (), u32 (), pointer_type ())
RECORD (reference, u32 (), u32 (), pointer_type (), pointer_type (), pointer_type (), pointer_type ())
RECORD (library, pointer_type (), pointer_type (), pointer_type ())
RECORD (node, u32 (), u32 (), digest_type (), pointer_type (), pointer_type (), pointer_type (), u64 (), pointer_type (),
	pointer_type ())
RECORD (function, pointer_type (), pointer_type (), pointer_type (), pointer_type ())
RECORD (function_list, pointer_type (), pointer_type ())
RECORD (variable, u32 (), u32 (), pointer_type (), pointer_type (), pointer_type (), pointer_type (), pointer_type (),
	pointer_type (), pointer_type (), pointer_type ())
RECORD (contract, u32 (), u32 (), pointer_type (), pointer_type (), pointer_type (), pointer_type (), pointer_type (),
	pointer_type (), pointer_type (), pointer_type (), u64 (), pointer_type (), pointer_type (), pointer_type (), u64 ())
RECORD (frame, pointer_type (), pointer_type (), pointer_type (), pointer_type ())

tree
short_value (unsigned value)
{
  return build_int_cst (u32 (), value);
}

tree
unsigned_value (unsigned HOST_WIDE_INT value)
{
  return build_int_cst (u64 (), value);
}

tree
signed_value (HOST_WIDE_INT value)
{
  return build_int_cst (long_long_integer_type_node, value);
}

tree
null_value ()
{
  return build_zero_cst (pointer_type ());
}

/* N BYTES as the initialiser of an array of CHARACTER.  */

tree
bytes_value (tree character, const char *bytes, size_t n)
{
  tree value = build_string (n, bytes);
  TREE_TYPE (value) = build_array_type_nelts (character, n);
  TREE_CONSTANT (value) = 1;
  TREE_READONLY (value) = 1;
  TREE_STATIC (value) = 1;
  return value;
}

/* A digest as initialiser.  */

tree
digest_value (const unsigned char digest[16])
{
  return bytes_value (unsigned_char_type_node, reinterpret_cast<const char *> (digest), 16);
}

/* The address of the string TEXT.  */

tree
text_value (const std::string &text)
{
  if (!strings)
    {
      strings = new_table (char_type_node, get_identifier ("hashcache__strings"));
      keep_tree (strings);
    }
  auto inserted = places.insert ({ text, string_bytes.size () });
  if (inserted.second)
    string_bytes.append (text.c_str (), text.size () + 1);
  return build2 (POINTER_PLUS_EXPR, pointer_type (), build1 (ADDR_EXPR, pointer_type (), strings), size_int (inserted.first->second));
}

/* The address of DECL, NULL for NULL_TREE.  */

tree
address_value (tree decl)
{
  if (!decl)
    return null_value ();
  TREE_ADDRESSABLE (decl) = 1;
  return fold_convert (pointer_type (), build1 (ADDR_EXPR, build_pointer_type (TREE_TYPE (decl)), decl));
}

/* An initialiser of RECORD with VALUES, one for each field.  */

tree
record_value (tree record, std::initializer_list<tree> values)
{
  vec<constructor_elt, va_gc> *elements = NULL;
  tree field = TYPE_FIELDS (record);
  for (tree value : values)
    {
      gcc_assert (field && useless_type_conversion_p (TREE_TYPE (field), TREE_TYPE (value)));
      CONSTRUCTOR_APPEND_ELT (elements, field, value);
      field = DECL_CHAIN (field);
    }
  gcc_assert (!field);
  tree value = build_constructor (record, elements);
  TREE_CONSTANT (value) = 1;
  TREE_STATIC (value) = 1;
  return value;
}

/* The address of a new static array of VALUES, each an initialiser of RECORD; NULL if there are none.  */

tree
array_value (tree record, const std::vector<tree> &values)
{
  if (values.empty ())
    return null_value ();
  vec<constructor_elt, va_gc> *elements = NULL;
  for (size_t i = 0; i < values.size (); i++)
    CONSTRUCTOR_APPEND_ELT (elements, size_int (i), values[i]);
  tree type = build_array_type_nelts (record, values.size ());
  tree value = build_constructor (type, elements);
  TREE_CONSTANT (value) = 1;
  TREE_STATIC (value) = 1;
  tree table = declare_table (type, "array");
  define_table (table, value);
  return address_value (table);
}

/* A table of RECORD that only this unit sees, to be defined later.  */

tree
declare_table (tree record, const char *what)
{
  static unsigned n;
  tree name = get_identifier ((std::string ("hashcache__") + what + "." + std::to_string (n++)).c_str ());
  return new_table (record, name);
}

/* A table of RECORD under a name made of PREFIX and that of SYMBOL, with the linkage of SYMBOL, so that the linker chooses the
   table where it chooses the symbol.  */

tree
declare_symbol_table (tree record, tree symbol, const char *prefix)
{
  if (!TREE_PUBLIC (symbol) || DECL_EXTERNAL (symbol))
    return declare_table (record, "local");
  tree decl = new_table (record, symbol_table_name (symbol, prefix));
  TREE_PUBLIC (decl) = 1;
  DECL_VISIBILITY (decl) = DECL_VISIBILITY (symbol);
  DECL_VISIBILITY_SPECIFIED (decl) = DECL_VISIBILITY_SPECIFIED (symbol);
  if (DECL_WEAK (symbol) || DECL_COMMON (symbol))
    declare_weak (decl);
  return decl;
}

/* The table of RECORD of SYMBOL that another unit may define; its address is NULL if none does.  */

tree
external_symbol_table (tree record, tree symbol, const char *prefix)
{
  tree decl = new_table (record, symbol_table_name (symbol, prefix));
  TREE_STATIC (decl) = 0;
  TREE_PUBLIC (decl) = 1;
  DECL_EXTERNAL (decl) = 1;
  declare_weak (decl);
  return decl;
}

/* The symbol NAME, of type RECORD, that the linker makes.  */

tree
declare_linker_symbol (tree record, const char *name)
{
  tree decl = new_table (record, get_identifier (name));
  TREE_STATIC (decl) = 0;
  TREE_PUBLIC (decl) = 1;
  DECL_EXTERNAL (decl) = 1;
  return decl;
}

/* A table of RECORD called NAME that each unit has, and each program or library one of.  */

tree
declare_weak_table (tree record, const char *name)
{
  tree decl = new_table (record, get_identifier (name));
  TREE_PUBLIC (decl) = 1;
  DECL_VISIBILITY (decl) = VISIBILITY_DEFAULT;
  DECL_VISIBILITY_SPECIFIED (decl) = 1;
  declare_weak (decl);
  return decl;
}

/* Lay VALUES, initialisers of RECORD, into SECTION.  The linker puts such arrays of all units one behind the other: what fills the gaps
   between them is as large as a record.  */

void
define_table_in_section (const char *section, tree record, const std::vector<tree> &values)
{
  vec<constructor_elt, va_gc> *elements = NULL;
  for (size_t i = 0; i < values.size (); i++)
    CONSTRUCTOR_APPEND_ELT (elements, size_int (i), values[i]);
  tree type = build_array_type_nelts (record, values.size ());
  tree table = declare_table (type, "section");
  SET_DECL_ALIGN (table, tree_to_uhwi (TYPE_SIZE (record)));
  DECL_USER_ALIGN (table) = 1;
  DECL_PRESERVE_P (table) = 1;
  set_decl_section_name (table, section);
  define_table (table, build_constructor (type, elements));
}

/* Give TABLE its VALUE (NULL_TREE: all zero).  GCC would drop the initialiser of a variable that it takes for another unit's.  */

void
define_table (tree table, tree value)
{
  keep_tree (table);
  keep_tree (value);
  defined.push_back ({ table, value });
}

/* Hand the tables defined so far to GCC.  */

void
emit_tables ()
{
  if (strings)
    {
      tree value = bytes_value (char_type_node, string_bytes.data (), string_bytes.size ());
      TREE_TYPE (strings) = TREE_TYPE (value);
      relayout_decl (strings);
      defined.push_back ({ strings, value });
    }
  for (auto &d : defined)
    {
      DECL_INITIAL (d.first) = d.second;
      varpool_node::finalize_decl (d.first);
      varpool_node::get (d.first)->analyze ();
    }
  defined.clear ();
}

tree
expression_value (const expression &e)
{
  std::vector<tree> steps;
  for (const step &s : e.steps)
    steps.push_back (record_value (step_record (), { unsigned_value (s.op), signed_value (s.value), address_value (s.address) }));
  return record_value (expression_record (), { text_value (e.text), unsigned_value (e.steps.size ()), array_value (step_record (), steps) });
}

/* The address of an extent of KIND with dimensions DIMS.  INNER: the address of that of what its elements lead to.  */

tree
extent_value (unsigned kind, const std::vector<expression> &dims, tree inner)
{
  std::vector<tree> values;
  for (const expression &e : dims)
    values.push_back (expression_value (e));
  tree table = declare_table (extent_record (), "extent");
  define_table (table, record_value (extent_record (), { short_value (kind), short_value (dims.size ()),
							 array_value (expression_record (), values), inner }));
  return address_value (table);
}
