/* types.cc: C types as the tables of contract.h.
   SPDX-License-Identifier: GPL-3.0-or-later

   A type is understood whole or not at all: what could hide a value (a union, a bit-field, a pointer without a count) is refused
   with the name of the field and what to write.  */

#include "plugin.h"

/* True if TYPE is a pointer, and not to a function.  */

bool
object_pointer_p (tree type)
{
  return POINTER_TYPE_P (type) && !FUNC_OR_METHOD_TYPE_P (TREE_TYPE (type));
}

/* What a person calls TYPE: "double", "struct crystal".  */

std::string
type_name (tree type)
{
  tree name = TYPE_NAME (type) ? TYPE_NAME (type) : TYPE_NAME (TYPE_MAIN_VARIANT (type));
  if (TREE_CODE (type) == POINTER_TYPE && !name)
    return type_name (TREE_TYPE (type)) + " *";
  if (TREE_CODE (type) == ARRAY_TYPE && !name)
    return type_name (TREE_TYPE (type)) + " []";
  if (TREE_CODE (type) == COMPLEX_TYPE && !name)
    return type_name (TREE_TYPE (type)) + " _Complex";
  if (!name)
    return "(nameless)";
  if (TREE_CODE (name) == TYPE_DECL)
    return DECL_NAME (name) ? IDENTIFIER_POINTER (DECL_NAME (name)) : "(nameless)";
  const char *tag = TREE_CODE (type) == RECORD_TYPE ? "struct " : TREE_CODE (type) == UNION_TYPE ? "union " : "enum ";
  return std::string (tag) + IDENTIFIER_POINTER (name);
}

/* How to declare how far a pointer to ELEMENT, called NAME, reaches.  */

std::string
count_hint (tree element, const std::string &name)
{
  std::string hint = "HASHCACHE_COUNT (expression)";
  if (TYPE_MAIN_VARIANT (element) == char_type_node)
    hint += ", HASHCACHE_COUNT (strlen (" + name + ") + 1) for a string,";
  return hint;
}

namespace {

/* Tables of types already made, by UID of the main variant.  */

struct known_type
{
  tree table;
  unsigned flags;
};

std::map<unsigned, known_type> known;

/* A type table in the making.  */

struct type_values
{
  unsigned kind = 0;
  unsigned flags = 0;
  unsigned HOST_WIDE_INT value_size = 0;
  unsigned HOST_WIDE_INT count = 0;
  tree element = NULL_TREE;
  std::vector<tree> fields;
};


/* The flags of TYPE, whose table exists.  */

unsigned
flags_of (tree type)
{
  return known[TYPE_UID (TYPE_MAIN_VARIANT (type))].flags;
}

bool
scalar_type (tree type, type_values *v, std::string *why)
{
  machine_mode mode = TYPE_MODE (type);
  v->flags = HASHCACHE__DENSE;
  v->value_size = tree_to_uhwi (TYPE_SIZE_UNIT (type));
  if (TREE_CODE (type) == REAL_TYPE)
    {
      v->kind = HASHCACHE__FLOAT;
      if (mode == XFmode)
	{
	  v->value_size = 10;
	  v->flags = 0;
	}
      else if (mode != SFmode && mode != DFmode)
	*why = "the floating-point type " + type_name (type) + " is not supported yet";
      return why->empty ();
    }
  v->kind = TYPE_UNSIGNED (type) ? HASHCACHE__UINT : HASHCACHE__INT;
  if (TYPE_MAIN_VARIANT (type) == char_type_node)
    v->flags |= HASHCACHE__CHAR;
  if (v->value_size > 8)
    *why = "integers of more than 64 bits are not supported yet";
  return why->empty ();
}

bool
complex_type (tree type, type_values *v, std::string *why)
{
  v->kind = HASHCACHE__COMPLEX;
  v->element = type_table (TREE_TYPE (type), why);
  if (!v->element)
    return false;
  if (TREE_CODE (TREE_TYPE (type)) != REAL_TYPE)
    *why = "complex integers are not supported";
  v->flags = flags_of (TREE_TYPE (type)) & HASHCACHE__DENSE;
  return why->empty ();
}

bool
array_type (tree type, type_values *v, std::string *why)
{
  tree size = TYPE_SIZE_UNIT (type), element_size = TYPE_SIZE_UNIT (TREE_TYPE (type));
  if (!size || TREE_CODE (size) != INTEGER_CST || !element_size || integer_zerop (element_size))
    {
      *why = "an array of unknown or variable extent";
      return false;
    }
  if (object_pointer_p (strip_array_types (type)))
    {
      *why = "arrays of pointers are not supported yet";
      return false;
    }
  v->kind = HASHCACHE__ARRAY;
  v->count = tree_to_uhwi (size) / tree_to_uhwi (element_size);
  if (v->count == 0)
    {
      *why = "an array of no elements may stand for more of them";
      return false;
    }
  v->element = type_table (TREE_TYPE (type), why);
  if (!v->element)
    return false;
  v->flags = flags_of (TREE_TYPE (type)) & (HASHCACHE__DENSE | HASHCACHE__POINTERS);
  return true;
}

/* What the pointer field FIELD of RECORD leads to: its extent, or NULL_TREE with WHY.  */

tree
field_extent (tree field, tree record, std::string *why)
{
  const char *count = annotated_count (DECL_ATTRIBUTES (field));
  std::string name = IDENTIFIER_POINTER (DECL_NAME (field));
  if (!count)
    {
      if (in_system_header_at (DECL_SOURCE_LOCATION (field)))
	*why = type_name (record) + " belongs to the system: write HASHCACHE_IGNORE if it does not matter";
      else
	*why = "how many elements the field " + name + " of " + type_name (record)
	     + " points to is not known: write " + count_hint (TREE_TYPE (TREE_TYPE (field)), name) + " or HASHCACHE_IGNORE after it";
      return NULL_TREE;
    }
  expression e;
  if (object_count (field, record, &e, why))
    return extent_value (HASHCACHE__COUNTED, { e });
  *why = "the field " + name + " of " + type_name (record) + ": " + *why;
  return NULL_TREE;
}

/* Append the field FIELD of RECORD to V.  END: where the bytes known so far end.  */

bool
add_field (tree field, tree record, type_values *v, unsigned HOST_WIDE_INT *end, std::string *why)
{
  std::string name = DECL_NAME (field) ? IDENTIFIER_POINTER (DECL_NAME (field)) : "";
  std::string of = "the field " + name + " of " + type_name (record);
  tree type = TREE_TYPE (field), attributes = DECL_ATTRIBUTES (field);
  unsigned role = annotated_role (attributes);
  bool pointer = object_pointer_p (type);
  if (role == HASHCACHE__IGNORE)
    return true;
  if (DECL_C_BIT_FIELD (field))
    *why = of + " is a bit-field, which is not supported yet: write HASHCACHE_IGNORE if it does not matter";
  else if (TYPE_VOLATILE (type) || TREE_THIS_VOLATILE (field))
    *why = of + " is volatile: write HASHCACHE_IGNORE if it does not matter";
  else if (role && !pointer)
    *why = of + " is no pointer: only HASHCACHE_IGNORE can stand on it";
  else if (annotated_count (attributes) && !pointer)
    *why = of + " is no pointer: HASHCACHE_COUNT cannot stand on it";
  if (!why->empty ())
    return false;
  tree table = type_table (type, why);
  if (!table)
    {
      if (why->find ("the field ") == std::string::npos)
	*why = of + ": " + *why;
      return false;
    }
  tree extent = pointer ? field_extent (field, record, why) : null_value ();
  if (!extent)
    return false;
  unsigned HOST_WIDE_INT offset = int_byte_position (field);
  if (*end == offset)
    *end += tree_to_uhwi (TYPE_SIZE_UNIT (type));
  v->flags &= ~(flags_of (type) & HASHCACHE__DENSE ? 0 : HASHCACHE__DENSE);
  v->flags |= flags_of (type) & HASHCACHE__POINTERS;
  v->fields.push_back (record_value (field_record (), { text_value (name), address_value (table), unsigned_value (offset),
							short_value (role), short_value (0), extent }));
  return true;
}

bool
record_type_values (tree type, type_values *v, std::string *why)
{
  unsigned HOST_WIDE_INT end = 0;
  if (TYPE_REVERSE_STORAGE_ORDER (type))
    {
      *why = type_name (type) + " is kept in the other byte order, which is not supported yet";
      return false;
    }
  v->kind = HASHCACHE__STRUCT;
  v->flags = HASHCACHE__DENSE;
  for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
    if (TREE_CODE (f) == FIELD_DECL && !add_field (f, type, v, &end, why))
      return false;
  v->count = v->fields.size ();
  tree last = NULL_TREE;
  for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
    if (TREE_CODE (f) == FIELD_DECL)
      last = f;
  if (last && annotated_role (DECL_ATTRIBUTES (last)) != HASHCACHE__IGNORE && TREE_CODE (TREE_TYPE (last)) == ARRAY_TYPE
      && simple_cst_equal (TYPE_SIZE (TREE_TYPE (last)), TYPE_SIZE (TREE_TYPE (TREE_TYPE (last)))) == 1)
    {
      *why = "the array of one element at the end of " + type_name (type) + " may stand for more of them";
      return false;
    }
  if (end != tree_to_uhwi (TYPE_SIZE_UNIT (type)))
    v->flags &= ~HASHCACHE__DENSE;
  return true;
}

bool
pointer_type (tree type, type_values *v, std::string *why)
{
  tree element = TREE_TYPE (type);
  v->kind = object_pointer_p (type) ? HASHCACHE__POINTER : HASHCACHE__FUNCTION;
  v->flags = HASHCACHE__POINTERS;
  if (v->kind == HASHCACHE__FUNCTION)
    return true;
  if (VOID_TYPE_P (element))
    *why = "a void pointer says nothing of what it points to: write HASHCACHE_IGNORE if that does not matter";
  else if (POINTER_TYPE_P (element))
    *why = "pointers to pointers are not supported yet";
  else if (TYPE_VOLATILE (element))
    *why = "it points to volatile memory";
  if (!why->empty ())
    return false;
  if (TYPE_READONLY (element))
    v->flags |= HASHCACHE__POINTEE_CONST;
  v->element = type_table (element, why);
  return v->element != NULL_TREE;
}

/* Fill V for TYPE.  */

bool
describe_type (tree type, type_values *v, std::string *why)
{
  switch (TREE_CODE (type))
    {
    case INTEGER_TYPE:
    case ENUMERAL_TYPE:
    case BOOLEAN_TYPE:
    case REAL_TYPE:
      return scalar_type (type, v, why);
    case COMPLEX_TYPE:
      return complex_type (type, v, why);
    case ARRAY_TYPE:
      return array_type (type, v, why);
    case POINTER_TYPE:
      return pointer_type (type, v, why);
    case RECORD_TYPE:
      return record_type_values (type, v, why);
    case UNION_TYPE:
      *why = type_name (type) + " is a union, and which member is in force is not known: write HASHCACHE_IGNORE if it does not matter";
      return false;
    default:
      *why = "the type " + type_name (type) + " is not supported yet";
      return false;
    }
}

} // anonymous namespace

/* The table of TYPE, NULL_TREE with WHY if it is not understood.  */

tree
type_table (tree type, std::string *why)
{
  static std::set<unsigned> in_progress;
  if (TYPE_ATOMIC (type))
    {
      *why = "atomic types are not supported yet";
      return NULL_TREE;
    }
  type = TYPE_MAIN_VARIANT (type);
  auto found = known.find (TYPE_UID (type));
  if (found != known.end ())
    return found->second.table;
  if (!COMPLETE_TYPE_P (type))
    {
      *why = "what is in " + type_name (type) + " is not known here: write HASHCACHE_IGNORE if it does not matter";
      return NULL_TREE;
    }
  if (!in_progress.insert (TYPE_UID (type)).second)
    {
      *why = type_name (type) + " points to its own kind, which is not supported yet: write HASHCACHE_IGNORE if it does not matter";
      return NULL_TREE;
    }
  type_values v;
  bool understood = describe_type (type, &v, why);
  in_progress.erase (TYPE_UID (type));
  if (!understood)
    return NULL_TREE;
  tree table = declare_table (type_record (), "type");
  define_table (table, record_value (type_record (),
				     { short_value (v.kind), short_value (v.flags), unsigned_value (tree_to_uhwi (TYPE_SIZE_UNIT (type))),
				       unsigned_value (v.value_size), unsigned_value (v.count), address_value (v.element),
				       array_value (field_record (), v.fields), text_value (type_name (type)) }));
  keep_tree (table);
  known[TYPE_UID (type)] = { table, v.flags };
  return table;
}

/* True if TYPE, whose table exists, holds a pointer.  */

bool
type_holds_pointer_p (tree type)
{
  return flags_of (type) & HASHCACHE__POINTERS;
}
