/* types.cc: C types as the tables of contract.h.
   SPDX-License-Identifier: GPL-3.0-or-later

   A type is understood whole or not at all: what could hide a value (a union of which nobody says which member is in force, a pointer
   without a count, a handle) is refused with the name of the field and what to write. A type may lead to itself: its table is declared
   before its fields are looked at, and no table is defined before all that it leads to is understood.  */

#include "plugin.h"

/* What a person calls TYPE: "double", "struct crystal".  */

std::string
type_name (tree type)
{
  tree name = TYPE_NAME (type) ? TYPE_NAME (type) : TYPE_NAME (TYPE_MAIN_VARIANT (type));
  if (name && TREE_CODE (name) == TYPE_DECL && !DECL_NAME (name))
    name = NULL_TREE;
  if (TREE_CODE (type) == POINTER_TYPE && !name)
    return type_name (TREE_TYPE (type)) + " *";
  if (TREE_CODE (type) == ARRAY_TYPE && !name)
    return type_name (TREE_TYPE (type)) + " []";
  if (TREE_CODE (type) == COMPLEX_TYPE && !name)
    return type_name (TREE_TYPE (type)) + " _Complex";
  if (TREE_CODE (type) == VECTOR_TYPE && !name)
    return "vector of " + type_name (TREE_TYPE (type));
  if (!name)
    return std::string ("nameless ")
	   + (TREE_CODE (type) == RECORD_TYPE ? "struct" : TREE_CODE (type) == UNION_TYPE ? "union" : "type");
  if (TREE_CODE (name) == TYPE_DECL)
    return IDENTIFIER_POINTER (DECL_NAME (name));
  const char *tag = TREE_CODE (type) == RECORD_TYPE ? "struct " : TREE_CODE (type) == UNION_TYPE ? "union " : "enum ";
  return std::string (tag) + IDENTIFIER_POINTER (name);
}

namespace {

/* A description depends on the type and on the member in force of the union that it is or leads to.  */

typedef std::pair<unsigned, std::string> type_key;

/* A type table in the making.  */

struct type_values
{
  unsigned kind = 0;
  unsigned flags = 0;
  unsigned HOST_WIDE_INT size = 0;
  unsigned HOST_WIDE_INT value_size = 0;
  unsigned HOST_WIDE_INT count = 0;
  tree element = NULL_TREE;
  std::vector<tree> fields;
  std::string name;
};

/* Tables of types already made, or being made, by UID of the main variant.  */

struct known_type
{
  tree table;
  unsigned flags;
};

std::map<type_key, known_type> known;

/* Tables that are understood while something that leads to them is not yet.  */

std::vector<std::pair<tree, type_values>> pending;

/* MEMBER, or else what the union type TYPE itself says.  */

const char *
member_of (tree type, const char *member)
{
  return member || TREE_CODE (type) != UNION_TYPE ? member : annotated_member (TYPE_MAIN_VARIANT (type));
}

type_key
key_of (tree type, const char *member)
{
  member = member_of (type, member);
  return { TYPE_UID (TYPE_MAIN_VARIANT (type)), member ? member : "" };
}

/* The flags of TYPE, whose table exists.  */

unsigned
flags_of (tree type, const char *member)
{
  return known.at (key_of (type, member)).flags;
}

/* Types that stand for something outside of memory, by the names that their libraries give them.  */

const char *const handles[] = {
  "FILE", "DIR", "va_list", "__builtin_va_list", "__gnuc_va_list", "__va_list_tag", "sem_t", "timer_t", "mqd_t",
  "pthread_t", "pthread_mutex_t", "pthread_cond_t", "pthread_rwlock_t", "pthread_spinlock_t", "pthread_barrier_t", "pthread_key_t",
  "pthread_once_t", "pthread_attr_t", "pthread_mutexattr_t", "pthread_condattr_t", "pthread_rwlockattr_t", "pthread_barrierattr_t",
  "mtx_t", "cnd_t", "thrd_t", "tss_t", "once_flag", "atomic_flag", "omp_lock_t", "omp_nest_lock_t", "omp_event_handle_t",
  "omp_depend_t", "omp_allocator_handle_t", "MPI_Comm", "MPI_Request", "MPI_Win", "MPI_File", "MPI_Datatype", "MPI_Op", "MPI_Group",
  "MPI_Info", "MPI_Errhandler", "MPI_Message", "MPI_Session", "hid_t", "gzFile", "fftw_plan", "fftwf_plan", "fftwl_plan"
};

/* The name of the handle that TYPE is, NULL if it is none.  */

const char *
handle_name (tree type)
{
  for (tree name = TYPE_NAME (type); name && TREE_CODE (name) == TYPE_DECL && DECL_NAME (name);
       name = DECL_ORIGINAL_TYPE (name) ? TYPE_NAME (DECL_ORIGINAL_TYPE (name)) : NULL_TREE)
    for (const char *handle : handles)
      if (!strcmp (handle, IDENTIFIER_POINTER (DECL_NAME (name))))
	return handle;
  return NULL;
}

/* How many bytes of a number in binary floating-point MODE carry value, 0 if it is something else.  */

unsigned
value_bytes (machine_mode mode)
{
  const real_format *format = DECIMAL_FLOAT_MODE_P (mode) ? NULL : REAL_MODE_FORMAT (mode);
  const unsigned size = GET_MODE_SIZE (mode).to_constant ();
  if (!format || format->b != 2 || format->pnan != format->p)
    return 0;
  switch (format->p)
    {
    case 8:
    case 11:
      return size == 2 ? 2 : 0;
    case 24:
      return size == 4 ? 4 : 0;
    case 53:
      return size == 8 ? 8 : 0;
    case 64:
      return size > 10 ? 10 : 0;
    case 113:
      return size == 16 ? 16 : 0;
    default:
      return 0;
    }
}

bool
scalar_type (tree type, type_values *v, std::string *why)
{
  v->flags = HASHCACHE__DENSE;
  v->value_size = v->size;
  if (TREE_CODE (type) == REAL_TYPE)
    {
      v->kind = HASHCACHE__FLOAT;
      v->value_size = value_bytes (TYPE_MODE (type));
      if (v->value_size != v->size)
	v->flags = 0;
      if (!v->value_size)
	*why = "the floating-point type " + type_name (type) + " is not supported: write HASHCACHE_IGNORE if it does not matter";
      return why->empty ();
    }
  v->kind = TYPE_UNSIGNED (type) ? HASHCACHE__UINT : HASHCACHE__INT;
  if (TYPE_MAIN_VARIANT (type) == char_type_node)
    v->flags |= HASHCACHE__CHAR;
  if (v->size > 16)
    *why = "integers of more than 128 bits are not supported";
  return why->empty ();
}

bool
complex_type (tree type, type_values *v, std::string *why)
{
  v->kind = HASHCACHE__COMPLEX;
  if (TREE_CODE (TREE_TYPE (type)) != REAL_TYPE)
    *why = "complex integers are not supported: write HASHCACHE_IGNORE if it does not matter";
  else if ((v->element = type_table (TREE_TYPE (type), NULL, why)))
    v->flags = flags_of (TREE_TYPE (type), NULL) & HASHCACHE__DENSE;
  return why->empty ();
}

/* An array or vector.  */

bool
array_type (tree type, const char *member, type_values *v, std::string *why)
{
  tree element_size = TYPE_SIZE_UNIT (TREE_TYPE (type));
  if (!element_size || TREE_CODE (element_size) != INTEGER_CST || integer_zerop (element_size))
    *why = "an array of things of no or of variable size: write HASHCACHE_IGNORE if it does not matter";
  else if (TREE_CODE (type) == VECTOR_TYPE && (VECTOR_BOOLEAN_TYPE_P (type) || TYPE_VECTOR_OPAQUE (type)))
    *why = "a vector of truth values has no layout of its own: write HASHCACHE_IGNORE if it does not matter";
  else if (v->size == 0)
    *why = "an array of no elements may stand for more of them: write HASHCACHE_IGNORE if it does not matter";
  if (!why->empty ())
    return false;
  v->kind = HASHCACHE__ARRAY;
  v->count = v->size / tree_to_uhwi (element_size);
  v->element = value_type_table (TREE_TYPE (type), member, why);
  if (!v->element)
    return false;
  v->flags = flags_of (TREE_TYPE (type), member) & (HASHCACHE__DENSE | HASHCACHE__POINTERS);
  return true;
}

/* True if TYPE is an array of one element.  */

bool
one_element_p (tree type)
{
  return TREE_CODE (type) == ARRAY_TYPE && TYPE_SIZE (type) && simple_cst_equal (TYPE_SIZE (type), TYPE_SIZE (TREE_TYPE (type))) == 1;
}

/* A struct or union whose fields are being appended to V.  */

class record_reader
{
public:
  record_reader (tree r, type_values *values, std::string *w) : record (r), v (values), why (w) {}
  bool read ();
  bool read_member (tree type, const char *member, unsigned HOST_WIDE_INT base);
  bool fills () const { return end == v->size; }

private:
  bool read_fields (tree type, unsigned HOST_WIDE_INT base);
  bool read_field (tree field, unsigned HOST_WIDE_INT base);
  bool read_bits (tree field, const std::string &of, unsigned HOST_WIDE_INT base);
  bool read_flexible (tree field, const std::string &of, unsigned HOST_WIDE_INT base);
  bool read_plain (tree field, const std::string &of, unsigned HOST_WIDE_INT base);
  bool read_nameless (tree field, unsigned HOST_WIDE_INT base);
  tree extent_of (tree field, const std::string &of);
  bool refuse (const std::string &reason);
  void append (tree field, tree table, unsigned HOST_WIDE_INT offset, unsigned role, tree extent);

  tree record;
  type_values *v;
  std::string *why;
  unsigned HOST_WIDE_INT end = 0; /* Of the bytes known so far, as long as they have no gaps.  */
};

bool
record_reader::refuse (const std::string &reason)
{
  *why = reason;
  return false;
}

void
record_reader::append (tree field, tree table, unsigned HOST_WIDE_INT offset, unsigned role, tree extent)
{
  v->fields.push_back (record_value (field_record (), { text_value (IDENTIFIER_POINTER (DECL_NAME (field))), address_value (table),
							unsigned_value (offset), short_value (role), short_value (0), extent }));
}

/* What the pointer or flexible array FIELD leads to, NULL_TREE with WHY.  OF: what to call it.  */

tree
record_reader::extent_of (tree field, const std::string &of)
{
  std::string name = IDENTIFIER_POINTER (DECL_NAME (field));
  if (!annotated_count (DECL_ATTRIBUTES (field)))
    {
      tree type = TREE_TYPE (field);
      if (in_system_header_at (DECL_SOURCE_LOCATION (field)))
	*why = type_name (record) + " belongs to the system: write HASHCACHE_IGNORE if it does not matter";
      else if (object_pointer_p (strip_array_types (type)))
	*why = "how many elements " + of + " points to is not known: write " + count_hint ("HASHCACHE_COUNT", type, name)
	       + " or HASHCACHE_IGNORE after it";
      else
	*why = of + " is an array of varying extent: write HASHCACHE_COUNT (expression) or HASHCACHE_IGNORE after it";
      return NULL_TREE;
    }
  const reach &r = object_reach (field, record);
  if (r.counted)
    return levels_value (r.levels);
  *why = of + ": " + r.why;
  return NULL_TREE;
}

/* Append the bit-field FIELD.  */

bool
record_reader::read_bits (tree field, const std::string &of, unsigned HOST_WIDE_INT base)
{
  tree declared = DECL_BIT_FIELD_TYPE (field) ? DECL_BIT_FIELD_TYPE (field) : TREE_TYPE (field);
  const unsigned HOST_WIDE_INT width = tree_to_uhwi (DECL_SIZE (field)), position = int_bit_position (field);
  if (BYTES_BIG_ENDIAN)
    return refuse (of + " is a bit-field, which is not supported on this machine: write HASHCACHE_IGNORE if it does not matter");
  if (width > 64)
    return refuse (of + " is a bit-field of more than 64 bits: write HASHCACHE_IGNORE if it does not matter");
  type_values bits;
  bits.element = type_table (declared, NULL, why);
  if (!bits.element)
    return refuse (of + ": " + *why);
  bits.kind = HASHCACHE__BITS;
  bits.size = tree_to_uhwi (TYPE_SIZE_UNIT (declared));
  bits.value_size = width;
  bits.count = position % BITS_PER_UNIT;
  bits.name = type_name (declared);
  tree table = declare_table (type_record (), "type");
  keep_tree (table);
  pending.push_back ({ table, bits });
  v->flags &= ~HASHCACHE__DENSE;
  append (field, table, base + position / BITS_PER_UNIT, HASHCACHE__INHERIT, null_value ());
  return true;
}

/* Append the flexible array FIELD.  */

bool
record_reader::read_flexible (tree field, const std::string &of, unsigned HOST_WIDE_INT base)
{
  tree element = TREE_TYPE (TREE_TYPE (field));
  const char *member = annotated_member (field);
  tree extent = extent_of (field, of);
  if (!extent)
    return false;
  type_values flexible;
  flexible.element = value_type_table (object_reach (field, record).element, member, why);
  if (!flexible.element)
    return refuse (why->find ("the field ") == std::string::npos ? of + ": " + *why : *why);
  flexible.kind = HASHCACHE__FLEXIBLE;
  flexible.flags = HASHCACHE__POINTERS;
  flexible.name = type_name (element) + " []";
  tree table = declare_table (type_record (), "type");
  keep_tree (table);
  pending.push_back ({ table, flexible });
  v->flags &= ~HASHCACHE__DENSE;
  v->flags |= HASHCACHE__POINTERS;
  append (field, table, base + int_byte_position (field), HASHCACHE__INHERIT, extent);
  return true;
}

/* Append the nameless struct or union FIELD: its fields count as fields of the record, as in C.  */

bool
record_reader::read_nameless (tree field, unsigned HOST_WIDE_INT base)
{
  tree type = TREE_TYPE (field);
  const char *member = member_of (type, annotated_member (field));
  base += int_byte_position (field);
  if (annotated_role (TYPE_ATTRIBUTES (type)) == HASHCACHE__IGNORE)
    {
      v->flags &= ~HASHCACHE__DENSE;
      return true;
    }
  if (TYPE_REVERSE_STORAGE_ORDER (type))
    return refuse (type_name (type) + " is kept in the other byte order, which is not supported");
  if (TREE_CODE (type) == RECORD_TYPE)
    return read_fields (type, base);
  if (member)
    return read_member (type, member, base);
  return refuse ("the nameless union in " + type_name (record) + ": which member is in force is not known: write HASHCACHE_MEMBER (name of "
		 "a member) or HASHCACHE_IGNORE after its closing brace");
}

/* Append FIELD, no bit-field and with a name.  */

bool
record_reader::read_plain (tree field, const std::string &of, unsigned HOST_WIDE_INT base)
{
  tree type = TREE_TYPE (field);
  const char *member = annotated_member (field);
  const bool pointer = object_pointer_p (strip_array_types (type));
  tree table = value_type_table (type, member, why);
  if (!table)
    return refuse (why->find ("the field ") == std::string::npos ? of + ": " + *why : *why);
  tree extent = pointer ? extent_of (field, of) : null_value ();
  if (!extent)
    return false;
  const unsigned HOST_WIDE_INT offset = base + int_byte_position (field);
  if (end == offset)
    end += tree_to_uhwi (TYPE_SIZE_UNIT (type));
  const unsigned flags = flags_of (type, member);
  if (!(flags & HASHCACHE__DENSE))
    v->flags &= ~HASHCACHE__DENSE;
  v->flags |= flags & HASHCACHE__POINTERS;
  append (field, table, offset, annotated_role (DECL_ATTRIBUTES (field)), extent);
  return true;
}

/* Append FIELD, which lies in something that lies at BASE.  */

bool
record_reader::read_field (tree field, unsigned HOST_WIDE_INT base)
{
  tree type = TREE_TYPE (field), attributes = DECL_ATTRIBUTES (field);
  const unsigned role = annotated_role (attributes);
  const bool flexible = flexible_field_p (field, DECL_CONTEXT (field));
  const bool pointer = object_pointer_p (strip_array_types (type));
  if (role == HASHCACHE__IGNORE)
    {
      v->flags &= ~HASHCACHE__DENSE;
      return true;
    }
  if (!DECL_NAME (field))
    return DECL_C_BIT_FIELD (field) || !RECORD_OR_UNION_TYPE_P (type) || read_nameless (field, base);
  std::string of = std::string ("the field ") + IDENTIFIER_POINTER (DECL_NAME (field)) + " of " + type_name (record);
  if (TREE_CODE (DECL_FIELD_OFFSET (field)) != INTEGER_CST)
    return refuse (of + " lies at an offset that varies: write HASHCACHE_IGNORE if it does not matter");
  if (TYPE_VOLATILE (type) || TREE_THIS_VOLATILE (field))
    return refuse (of + " is volatile: write HASHCACHE_IGNORE if it does not matter");
  if (role && !pointer)
    return refuse (of + " is no pointer: only HASHCACHE_IGNORE can stand on it");
  if (flexible && base)
    return refuse (of + " is an array of varying extent within another struct: write HASHCACHE_IGNORE if it does not matter");
  if (flexible)
    return read_flexible (field, of, base);
  if (DECL_C_BIT_FIELD (field))
    return annotated_count (attributes) ? refuse (of + " is no pointer: HASHCACHE_COUNT cannot stand on it") : read_bits (field, of, base);
  if (annotated_count (attributes) && !pointer && !(one_element_p (type) && !strcmp (annotated_count (attributes), "1")))
    return refuse (of + " is no pointer: HASHCACHE_COUNT cannot stand on it");
  return read_plain (field, of, base);
}

/* Append the fields of TYPE, which lies at BASE.  */

bool
record_reader::read_fields (tree type, unsigned HOST_WIDE_INT base)
{
  tree last = NULL_TREE;
  for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
    if (TREE_CODE (f) == FIELD_DECL)
      {
	if (!read_field (f, base))
	  return false;
	last = f;
      }
  if (last && annotated_role (DECL_ATTRIBUTES (last)) != HASHCACHE__IGNORE && !annotated_count (DECL_ATTRIBUTES (last))
      && one_element_p (TREE_TYPE (last)))
    return refuse ("the array of one element at the end of " + type_name (type) + " may stand for more of them: write HASHCACHE_COUNT "
		   "(expression) after it, HASHCACHE_COUNT (1) if it does not");
  return true;
}

/* Append the MEMBER in force of the union TYPE, which lies at BASE.  */

bool
record_reader::read_member (tree type, const char *member, unsigned HOST_WIDE_INT base)
{
  for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
    if (TREE_CODE (f) == FIELD_DECL && DECL_NAME (f) && !strcmp (IDENTIFIER_POINTER (DECL_NAME (f)), member))
      return read_field (f, base);
  return refuse (type_name (type) + " has no member " + member + ", which HASHCACHE_MEMBER names");
}

/* Read the whole record.  */

bool
record_reader::read ()
{
  v->kind = HASHCACHE__STRUCT;
  v->flags = HASHCACHE__DENSE;
  if (!read_fields (record, 0))
    return false;
  v->count = v->fields.size ();
  if (!fills ())
    v->flags &= ~HASHCACHE__DENSE;
  return true;
}

/* A union of which MEMBER is in force, as a struct of that field alone.  */

bool
union_type (tree type, const char *member, type_values *v, std::string *why)
{
  if (!member)
    {
      *why = type_name (type) + " is a union, and which member is in force is not known: write HASHCACHE_MEMBER (name of a member) after "
	     "it, or HASHCACHE_IGNORE if it does not matter";
      return false;
    }
  v->kind = HASHCACHE__STRUCT;
  v->flags = HASHCACHE__DENSE;
  record_reader reader (type, v, why);
  if (!reader.read_member (type, member, 0))
    return false;
  v->count = v->fields.size ();
  if (!reader.fills ())
    v->flags &= ~HASHCACHE__DENSE;
  return true;
}

bool
pointer_type (tree type, const char *member, type_values *v, std::string *why)
{
  v->kind = object_pointer_p (type) ? HASHCACHE__POINTER : HASHCACHE__FUNCTION;
  v->flags = HASHCACHE__POINTERS;
  if (v->kind == HASHCACHE__FUNCTION)
    return true;
  tree element = TREE_TYPE (type);
  if (object_pointer_p (strip_array_types (element)))
    element = strip_array_types (element);
  if (VOID_TYPE_P (element))
    *why = "a void pointer says nothing of what it points to: write HASHCACHE_IGNORE if that cannot change a result, else "
	   "a pointer to something, such as unsigned char for bytes";
  else if (TYPE_VOLATILE (strip_array_types (element)))
    *why = "it points to volatile memory: write HASHCACHE_IGNORE if that does not matter";
  if (!why->empty ())
    return false;
  if (TYPE_READONLY (strip_array_types (element)))
    v->flags |= HASHCACHE__POINTEE_CONST;
  v->element = type_table (element, member, why);
  return v->element != NULL_TREE;
}

/* Fill V for TYPE.  */

bool
describe_type (tree type, const char *member, type_values *v, std::string *why)
{
  switch (TREE_CODE (type))
    {
    case ARRAY_TYPE:
    case VECTOR_TYPE:
      return array_type (type, member, v, why);
    case POINTER_TYPE:
      return pointer_type (type, member, v, why);
    case UNION_TYPE:
      return union_type (type, member, v, why);
    default:
      break;
    }
  if (member)
    {
      *why = type_name (type) + " is no union: HASHCACHE_MEMBER cannot stand on it";
      return false;
    }
  switch (TREE_CODE (type))
    {
    case INTEGER_TYPE:
    case ENUMERAL_TYPE:
    case BOOLEAN_TYPE:
    case REAL_TYPE:
      return scalar_type (type, v, why);
    case COMPLEX_TYPE:
      return complex_type (type, v, why);
    case RECORD_TYPE:
      return record_reader (type, v, why).read ();
    default:
      *why = "the type " + type_name (type) + " is not supported: write HASHCACHE_IGNORE if it does not matter";
      return false;
    }
}

/* Why no object of TYPE can be described, whatever it holds; empty if it may be.  */

std::string
outright_refusal (tree type)
{
  static const char ignore[] = ": write HASHCACHE_IGNORE if it does not matter";
  if (const char *handle = handle_name (type))
    return std::string (handle) + " is a handle of something that is not in memory" + ignore;
  if (TYPE_ATOMIC (type))
    return std::string ("atomic types are not supported") + ignore;
  if (!COMPLETE_TYPE_P (type))
    return "what is in " + type_name (type) + " is not known here" + ignore;
  if (!TYPE_SIZE_UNIT (type) || !tree_fits_uhwi_p (TYPE_SIZE_UNIT (type)))
    return "the size of " + type_name (type) + " varies" + ignore;
  if (RECORD_OR_UNION_TYPE_P (type) && TYPE_REVERSE_STORAGE_ORDER (type))
    return type_name (type) + " is kept in the other byte order, which is not supported" + ignore;
  return "";
}

/* Define the tables that are understood, now that all they lead to is.  */

void
define_pending ()
{
  for (auto &p : pending)
    {
      const type_values &v = p.second;
      define_table (p.first, record_value (type_record (), { short_value (v.kind), short_value (v.flags), unsigned_value (v.size),
							     unsigned_value (v.value_size), unsigned_value (v.count),
							     address_value (v.element), array_value (field_record (), v.fields),
							     text_value (v.name) }));
    }
  pending.clear ();
}

} // anonymous namespace

/* The table of TYPE, NULL_TREE with WHY if it is not understood.  MEMBER: which member is in force of the union that TYPE is or leads
   to, NULL if nothing says so here.  */

tree
type_table (tree type, const char *member, std::string *why)
{
  static std::vector<type_key> unfinished;
  static unsigned depth;
  *why = outright_refusal (type);
  if (!why->empty ())
    return NULL_TREE;
  type = TYPE_MAIN_VARIANT (type);
  member = member_of (type, member);
  const type_key key = key_of (type, member);
  auto found = known.find (key);
  if (found != known.end ())
    return found->second.table;
  tree table = declare_table (type_record (), "type");
  keep_tree (table);
  /* A type that leads back to itself does so through a pointer, which may ask before this one is done.  */
  known[key] = { table, POINTER_TYPE_P (strip_array_types (type)) ? unsigned (HASHCACHE__POINTERS) : 0 };
  unfinished.push_back (key);
  type_values v;
  v.size = tree_to_uhwi (TYPE_SIZE_UNIT (type));
  v.name = type_name (type);
  depth++;
  const bool understood = describe_type (type, member, &v, why);
  depth--;
  if (understood)
    {
      known[key].flags = v.flags;
      pending.push_back ({ table, v });
    }
  if (depth > 0)
    return understood ? table : NULL_TREE;
  if (understood)
    define_pending ();
  else
    for (const type_key &k : unfinished)
      known.erase (k);
  unfinished.clear ();
  pending.clear ();
  return understood ? table : NULL_TREE;
}

/* Likewise, for an object of TYPE itself rather than what a pointer leads to.  */

tree
value_type_table (tree type, const char *member, std::string *why)
{
  if (tree field = flexible_field (type))
    {
      *why = type_name (type) + " ends in " + IDENTIFIER_POINTER (DECL_NAME (field)) + ", an array of varying extent, so it must stand alone "
	     "behind a pointer: write HASHCACHE_IGNORE after " + IDENTIFIER_POINTER (DECL_NAME (field)) + " if that does not matter";
      return NULL_TREE;
    }
  return type_table (type, member, why);
}

/* True if TYPE, whose table exists, holds a pointer.  */

bool
type_holds_pointer_p (tree type, const char *member)
{
  return flags_of (type, member) & HASHCACHE__POINTERS;
}

/* True if an object of TYPE holds, or leads to, a pointer to a function.  */

bool
type_holds_function_p (tree type)
{
  static std::set<unsigned> asked;
  type = strip_array_types (type);
  if (POINTER_TYPE_P (type) && FUNC_OR_METHOD_TYPE_P (TREE_TYPE (type)))
    return true;
  if (POINTER_TYPE_P (type))
    return type_holds_function_p (TREE_TYPE (type));
  if (!RECORD_OR_UNION_TYPE_P (type) || !asked.insert (TYPE_UID (TYPE_MAIN_VARIANT (type))).second)
    return false;
  bool holds = false;
  for (tree f = TYPE_FIELDS (type); f && !holds; f = DECL_CHAIN (f))
    holds = TREE_CODE (f) == FIELD_DECL && annotated_role (DECL_ATTRIBUTES (f)) != HASHCACHE__IGNORE && type_holds_function_p (TREE_TYPE (f));
  asked.erase (TYPE_UID (TYPE_MAIN_VARIANT (type)));
  return holds;
}
