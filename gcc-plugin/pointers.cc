/* pointers.cc: what a function, and what it calls in this unit, does through a pointer that it is given.
   SPDX-License-Identifier: GPL-3.0-or-later

   The body is taken as a set of statements, in no order: what holds for all of them holds for every way through it. In a first
   round everything that may hold the pointer is found: local variables in registers to which it is copied, with or without a
   distance, and parts of local variables in memory to which it is stored. In a second round each statement is judged with that
   knowledge. A load, a store, an address of a part, a copy, a comparison, a call of a function of the unit or of one that is known
   by name is understood; so is what OpenMP makes of a region: a local struct of what is shared, whose address is handed to the
   function that holds the region. After anything else the pointer has strayed, and nothing is known of it.

   A function of the unit that is given the pointer is followed in the same way. Questions that are being asked may be taken for
   answered, since every statement that could contradict is looked at all the same.

   Nothing here depends on the level of optimisation: variables whose address is not taken are registers at -O0 as well.  */

#include "pointers.h"

/* True if this unit holds what a call of FNDECL runs, and nothing else can stand in for it.  */

bool
followed_p (tree fndecl)
{
  cgraph_node *node = cgraph_node::get (fndecl);
  function *fun = DECL_STRUCT_FUNCTION (fndecl);
  return node && node->has_gimple_body_p () && fun && fun->cfg && !DECL_WEAK (fndecl) && !DECL_EXTERNAL (fndecl)
	 && !stdarg_p (TREE_TYPE (fndecl));
}

/* True if the internal function that STMT calls looks at no memory and hands nothing on.  */

bool
harmless_internal_p (gimple *stmt)
{
  return is_gimple_call (stmt) && gimple_call_internal_p (stmt)
	 && (gimple_call_internal_p (stmt, IFN_ASAN_MARK) || !strncmp (internal_fn_name (gimple_call_internal_fn (stmt)), "UBSAN_", 6));
}

namespace {

/* How far from where the pointer led at first.  */

enum distance
{
  NOWHERE,  /* Not the pointer.  */
  AT_START, /* It itself.  */
  IN_STEPS, /* A multiple of the size of a number away.  */
  ANYWHERE
};

/* Bytes of a variable in memory that may hold the pointer.  */

struct part
{
  HOST_WIDE_INT offset, size;
  distance from;
  bool operator< (const part &other) const
  {
    return std::tie (offset, size, from) < std::tie (other.offset, other.size, other.from);
  }
};

typedef std::set<part> holding;

/* A parameter of a function that is the pointer, FROM away from it; or, where PARTS is not empty, that is or leads to a struct, of
   which PARTS hold it.  */

struct start_point
{
  tree fndecl;
  unsigned parameter;
  distance from;
  holding parts;
  bool operator< (const start_point &other) const
  {
    return std::tie (fndecl, parameter, from, parts) < std::tie (other.fndecl, other.parameter, other.from, other.parts);
  }
};

/* All that is known and still to be looked at.  */

struct pursuit
{
  const pointer_question &question;
  pointer_answer answer;
  std::set<start_point> known;
  std::vector<start_point> pending;

  void follow (const start_point &s)
  {
    if (known.insert (s).second)
      pending.push_back (s);
  }
  void stray () { answer.strayed = answer.beyond = true; }
};

/* What a known function does with an argument.  */

enum library_use
{
  LEAVES = 0, /* Nothing.  */
  READS = 1,
  FILLS = 2,   /* As many bytes as its third argument says.  */
  SETS = 4,    /* One number of the type that its prototype has.  */
  CHANGES = 8, /* In a way that is not told.  */
  ANSWERS = 16, /* Its result is this argument,  */
  LEADS = 32    /* or leads into what that leads to.  */
};

struct library_function
{
  const char *name;
  unsigned uses[3]; /* Of its first arguments.  */
};

const library_function library_functions[] = {
  { "memset", { FILLS | ANSWERS, LEAVES, LEAVES } },
  { "memcpy", { FILLS | ANSWERS, READS, LEAVES } },
  { "memmove", { FILLS | ANSWERS, READS, LEAVES } },
  { "mempcpy", { FILLS | LEADS, READS, LEAVES } },
  { "__memset_chk", { FILLS | ANSWERS, LEAVES, LEAVES } },
  { "__memcpy_chk", { FILLS | ANSWERS, READS, LEAVES } },
  { "__memmove_chk", { FILLS | ANSWERS, READS, LEAVES } },
  { "__mempcpy_chk", { FILLS | LEADS, READS, LEAVES } },
  { "memcmp", { READS, READS, LEAVES } },
  { "bcmp", { READS, READS, LEAVES } },
  { "memchr", { READS | LEADS, LEAVES, LEAVES } },
  { "strlen", { READS, LEAVES, LEAVES } },
  { "strnlen", { READS, LEAVES, LEAVES } },
  { "strcmp", { READS, READS, LEAVES } },
  { "strncmp", { READS, READS, LEAVES } },
  { "strcasecmp", { READS, READS, LEAVES } },
  { "strncasecmp", { READS, READS, LEAVES } },
  { "strchr", { READS | LEADS, LEAVES, LEAVES } },
  { "strrchr", { READS | LEADS, LEAVES, LEAVES } },
  { "strstr", { READS | LEADS, READS, LEAVES } },
  { "strpbrk", { READS | LEADS, READS, LEAVES } },
  { "strspn", { READS, READS, LEAVES } },
  { "strcspn", { READS, READS, LEAVES } },
  { "strcpy", { CHANGES | LEADS, READS, LEAVES } },
  { "strncpy", { CHANGES | LEADS, READS, LEAVES } },
  { "strcat", { READS | CHANGES | LEADS, READS, LEAVES } },
  { "strncat", { READS | CHANGES | LEADS, READS, LEAVES } },
  { "atof", { READS, LEAVES, LEAVES } },
  { "atoi", { READS, LEAVES, LEAVES } },
  { "atol", { READS, LEAVES, LEAVES } },
  { "atoll", { READS, LEAVES, LEAVES } },
  { "sincos", { LEAVES, SETS, SETS } },
  { "sincosf", { LEAVES, SETS, SETS } },
  { "sincosl", { LEAVES, SETS, SETS } },
  { "modf", { LEAVES, SETS, LEAVES } },
  { "modff", { LEAVES, SETS, LEAVES } },
  { "modfl", { LEAVES, SETS, LEAVES } },
  { "frexp", { LEAVES, SETS, LEAVES } },
  { "frexpf", { LEAVES, SETS, LEAVES } },
  { "frexpl", { LEAVES, SETS, LEAVES } },
  { "prefetch", { LEAVES, LEAVES, LEAVES } },
  { "assume_aligned", { ANSWERS, LEAVES, LEAVES } },
  { "object_size", { LEAVES, LEAVES, LEAVES } },
  { "constant_p", { LEAVES, LEAVES, LEAVES } },
};

/* What is known of the library's function FNDECL by its name, NULL if nothing.  Inline versions in the headers of the C library
   count as the function.  */

const library_function *
library_function_of (tree fndecl)
{
  std::string name, why;
  cgraph_node *node = cgraph_node::get (fndecl);
  if (node && node->definition && !DECL_EXTERNAL (fndecl))
    return NULL;
  call_class c = classify_call (fndecl, &name, &why);
  if (c == CALLS_LIBRARY || c == CALLS_BUILTIN)
    for (const library_function &f : library_functions)
      if (name == f.name)
	return &f;
  return NULL;
}

/* What becomes of argument I of a function that is LIBRARY, or of this unit if that is NULL.  */

unsigned
argument_uses (const library_function *library, unsigned i)
{
  if (!library)
    return LEADS;
  return i < 3 ? library->uses[i] : 0;
}

/* True if a value of TYPE may hold a pointer to data.  Where structs are copied GCC may say that bytes are.  */

bool
pointer_holder_p (tree type)
{
  if (POINTER_TYPE_P (type))
    return object_pointer_p (type);
  if (TREE_CODE (type) == ARRAY_TYPE)
    return pointer_holder_p (TREE_TYPE (type)) || integer_onep (TYPE_SIZE_UNIT (TREE_TYPE (type)));
  if (RECORD_OR_UNION_TYPE_P (type))
    for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
      if (TREE_CODE (f) == FIELD_DECL && pointer_holder_p (TREE_TYPE (f)))
	return true;
  return false;
}

/* Add to PARTS where in TYPE, which lies at OFFSET, there may be pointers to data: FROM away.  */

void
add_pointers (tree type, HOST_WIDE_INT offset, distance from, holding *parts)
{
  if (!pointer_holder_p (type))
    return;
  tree size = TYPE_SIZE_UNIT (type);
  bool fixed = size && tree_fits_shwi_p (size);
  if (TREE_CODE (type) == RECORD_TYPE && fixed)
    {
      for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
	if (TREE_CODE (f) == FIELD_DECL)
	  add_pointers (TREE_TYPE (f), offset + int_byte_position (f), from, parts);
    }
  else
    parts->insert ({ offset, fixed ? std::max<HOST_WIDE_INT> (tree_to_shwi (size), 1) : HOST_WIDE_INT_1 << 60, from });
}

/* T without components.  */

tree
innermost (tree t)
{
  while (handled_component_p (t))
    t = TREE_OPERAND (t, 0);
  return t;
}

/* True if T accesses memory.  */

bool
access_p (tree t)
{
  tree base = innermost (t);
  return TREE_CODE (base) == MEM_REF || (DECL_P (base) && !is_gimple_reg (base));
}

/* True if T accesses memory in a way of which all is known: by name, or through a register or the address of a variable.  */

bool
understood_p (tree t)
{
  tree base = innermost (t);
  if (TREE_CODE (base) == MEM_REF)
    {
      tree pointer = TREE_OPERAND (base, 0);
      return (SSA_VAR_P (pointer) && is_gimple_reg (pointer)) || TREE_CODE (pointer) == ADDR_EXPR || TREE_CODE (pointer) == INTEGER_CST;
    }
  return VAR_P (base) || TREE_CODE (base) == PARM_DECL || TREE_CODE (base) == RESULT_DECL || TREE_CODE (base) == STRING_CST
	 || TREE_CODE (base) == CONST_DECL;
}

/* The register through which T accesses memory, or whose address plus something T accesses; NULL_TREE if none.  */

tree
access_base (tree t)
{
  tree base = innermost (t);
  return TREE_CODE (base) == MEM_REF && SSA_VAR_P (TREE_OPERAND (base, 0)) ? TREE_OPERAND (base, 0) : NULL_TREE;
}

/* The local variable in memory that T accesses, NULL_TREE if none.  */

tree
access_variable (tree t)
{
  tree base = get_base_address (t);
  bool variable = base && (VAR_P (base) || TREE_CODE (base) == PARM_DECL || TREE_CODE (base) == RESULT_DECL);
  return variable && !is_gimple_reg (base) && !is_global_var (base) && !DECL_HAS_VALUE_EXPR_P (base)
	     && !(VAR_P (base) && DECL_HARD_REGISTER (base))
	   ? base : NULL_TREE;
}

/* True if T are bytes as GCC copies them for memcpy (), enough for a pointer: what they are its type does not say.  */

bool
bytes_p (tree t)
{
  tree size = TYPE_SIZE_UNIT (TREE_TYPE (t));
  return TREE_CODE (t) == MEM_REF && TYPE_REF_CAN_ALIAS_ALL (TREE_TYPE (TREE_OPERAND (t, 1)))
	 && !(size && tree_fits_shwi_p (size) && tree_to_shwi (size) < POINTER_SIZE_UNITS);
}

/* Which bytes, of the variable or of what a register leads to, T accesses; all that there may be if that depends.  */

part
accessed_part (tree t, distance from)
{
  const HOST_WIDE_INT all = HOST_WIDE_INT_1 << 60;
  poly_int64 place = 0;
  tree size = TYPE_SIZE_UNIT (TREE_TYPE (t));
  HOST_WIDE_INT offset;
  if (!get_addr_base_and_unit_offset (t, &place) || !place.is_constant (&offset) || offset < 0 || !size || !tree_fits_shwi_p (size))
    return { 0, all, from };
  return { offset, std::max<HOST_WIDE_INT> (tree_to_shwi (size), 1), from };
}

/* What PARTS say of the bytes of P: NOWHERE if none of them holds the pointer.  */

distance
overlap (const holding &parts, const part &p)
{
  distance from = NOWHERE;
  for (const part &q : parts)
    if (p.offset < q.offset + q.size && q.offset < p.offset + p.size)
      from = std::max (from, p.offset == q.offset && p.size == q.size ? q.from : ANYWHERE);
  return from;
}

/* The pursuit of the pointer through one function.  */

class body_walk
{
public:
  body_walk (const start_point &s, bool outermost, pursuit *p)
    : start (s), root (outermost), hunt (*p), question (p->question), fun (DECL_STRUCT_FUNCTION (s.fndecl)) {}
  void run ();

private:
  bool begin ();
  template <typename F> void each_statement (F visit);
  void note_definition (gimple *stmt);
  bool multiple_p (tree t, std::set<tree> *asked) const;
  bool multiple_p (tree t) const;
  bool whole_steps_p (tree t) const;
  bool storable_p (tree type) const;
  bool store_named_p (tree lhs) const;
  bool store_whole_p (tree lhs, tree value) const;
  bool computed_p (tree t, std::set<tree> *asked) const;
  bool computed_p (tree t) const;
  distance held_in (tree t) const;
  distance address (tree t) const;
  distance value (tree t) const;
  distance given (tree t) const;
  distance result_of (gimple *stmt) const;
  bool container_p (tree t) const { return containers.count (t); }
  void put (tree lhs, distance from);
  void spread (gimple *stmt);
  void judge (gimple *stmt);
  void judge_assignment (gassign *stmt);
  void judge_operation (gassign *stmt);
  void judge_comparison (tree a, tree b);
  void judge_call (gcall *stmt);
  bool judge_region (gcall *stmt);
  void judge_argument (gcall *stmt, unsigned i, tree callee, const library_function *library);
  void judge_library_argument (gcall *stmt, unsigned i, tree callee, const library_function *library);
  void judge_load (gimple *stmt, tree t);
  void judge_store (tree lhs, tree value);
  void judge_extent (tree t);
  void judge_leaks (gimple *stmt);
  static tree note_leak (tree *tp, int *walk_subtrees, void *data);
  static tree find_pointer (tree *tp, int *walk_subtrees, void *data);
  bool apart_p (tree t) const;
  bool mentions_pointer_p (gimple *stmt);

  const start_point &start;
  bool root;
  pursuit &hunt;
  const pointer_question &question;
  function *fun;
  bool changed = false;
  std::map<tree, distance> registers;
  std::map<tree, holding> holders;        /* Variables in memory.  */
  std::set<tree> containers;              /* Registers that lead to the struct of START.  */
  std::set<tree> leaked;                  /* Variables in memory whose address went elsewhere.  */
  std::map<tree, std::vector<gassign *>> definitions; /* Of registers.  */
  std::set<tree> obscure;                 /* Registers with other definitions,  */
  std::set<tree> copied;                  /* and of these such as may be copies of a number.  */
};

/* Enter what is known at the beginning; false if the parameter is not what the caller takes it for.  */

bool
body_walk::begin ()
{
  tree parm = parameter_of (start.fndecl, start.parameter);
  if (!parm)
    return false;
  bool pointer = POINTER_TYPE_P (TREE_TYPE (parm));
  if (!start.parts.empty () && pointer)
    {
      if (!is_gimple_reg (parm))
	return false;
      containers.insert (parm);
    }
  else if (!start.parts.empty ())
    {
      if (!access_variable (parm))
	return false;
      holders[parm] = start.parts;
    }
  else if (pointer)
    put (parm, start.from);
  else
    return false;
  return true;
}

template <typename F>
void
body_walk::each_statement (F visit)
{
  basic_block bb;
  FOR_EACH_BB_FN (bb, fun)
    for (gimple_stmt_iterator gsi = gsi_start_bb (bb); !gsi_end_p (gsi); gsi_next (&gsi))
      if (!is_gimple_debug (gsi_stmt (gsi)) && !gimple_clobber_p (gsi_stmt (gsi)))
	visit (gsi_stmt (gsi));
}

/* True if STMT calls a function of the C library whose result is no copy of an argument, which a signalling NaN would survive.  */

bool
computing_call_p (gimple *stmt)
{
  static const char *const copying[] = { "fabs", "copysign", "fmax", "fmin", "conj", "creal", "cimag", "cproj", "nan" };
  tree callee = is_gimple_call (stmt) ? gimple_call_fndecl (stmt) : NULL_TREE;
  std::string name, why;
  if (!callee || (cgraph_node::get (callee) && cgraph_node::get (callee)->definition))
    return false;
  call_class c = classify_call (callee, &name, &why);
  if (c != CALLS_LIBRARY && c != CALLS_BUILTIN)
    return false;
  for (const char *f : copying)
    if (name.compare (0, strlen (f), f) == 0)
      return false;
  return true;
}

/* Note what STMT assigns to a register.  */

void
body_walk::note_definition (gimple *stmt)
{
  tree lhs = gimple_get_lhs (stmt);
  if (gassign *assign = dyn_cast<gassign *> (stmt))
    definitions[lhs].push_back (assign);
  else if (lhs)
    {
      obscure.insert (lhs);
      if (!computing_call_p (stmt))
	copied.insert (lhs);
    }
  if (gasm *assembly = dyn_cast<gasm *> (stmt))
    for (unsigned i = 0; i < gimple_asm_noutputs (assembly); i++)
      {
	obscure.insert (TREE_VALUE (gimple_asm_output_op (assembly, i)));
	copied.insert (TREE_VALUE (gimple_asm_output_op (assembly, i)));
      }
}

/* True if the integer T is a multiple of the size of a number, whatever wraps around on the way.  ASKED: registers that are being
   looked at.  */

bool
body_walk::multiple_p (tree t, std::set<tree> *asked) const
{
  if (TREE_CODE (t) == INTEGER_CST)
    return wi::multiple_of_p (wi::to_widest (t), question.scalar, SIGNED);
  if (!SSA_VAR_P (t) || !is_gimple_reg (t) || !INTEGRAL_TYPE_P (TREE_TYPE (t)) || TYPE_PRECISION (TREE_TYPE (t)) < 8 || obscure.count (t))
    return false;
  if (TREE_CODE (t) == PARM_DECL) /* Before it is assigned to it is what the caller has passed.  */
    return false;
  auto found = definitions.find (t);
  if (found == definitions.end ())
    return false;
  if (!asked->insert (t).second)
    return true;
  for (gassign *stmt : found->second)
    {
      tree a = gimple_assign_rhs1 (stmt), b = gimple_assign_rhs2 (stmt);
      bool fine = false;
      switch (gimple_assign_rhs_code (stmt))
	{
	case MULT_EXPR:
	  fine = multiple_p (a, asked) || multiple_p (b, asked);
	  break;
	case PLUS_EXPR:
	case MINUS_EXPR:
	  fine = multiple_p (a, asked) && multiple_p (b, asked);
	  break;
	case LSHIFT_EXPR:
	  fine = multiple_p (a, asked);
	  break;
	case NEGATE_EXPR:
	case INTEGER_CST:
	case VAR_DECL:
	case SSA_NAME:
	CASE_CONVERT:
	  fine = multiple_p (a, asked);
	  break;
	default:
	  break;
	}
      if (!fine)
	return false;
    }
  return true;
}

bool
body_walk::multiple_p (tree t) const
{
  std::set<tree> asked;
  return question.scalar && multiple_p (t, &asked);
}

/* True if what T adds to the pointer at its base is a multiple of the size of a number.  */

bool
body_walk::whole_steps_p (tree t) const
{
  if (!question.scalar)
    return false;
  for (; handled_component_p (t); t = TREE_OPERAND (t, 0))
    switch (TREE_CODE (t))
      {
      case COMPONENT_REF:
	{
	  tree field = TREE_OPERAND (t, 1);
	  if (TREE_OPERAND (t, 2) || DECL_BIT_FIELD (field) || DECL_BIT_FIELD_TYPE (field)
	      || TREE_CODE (DECL_FIELD_OFFSET (field)) != INTEGER_CST || int_byte_position (field) % question.scalar)
	    return false;
	  break;
	}
      case ARRAY_REF:
	{
	  tree size = TYPE_SIZE_UNIT (TREE_TYPE (t));
	  if (TREE_OPERAND (t, 2) && !integer_zerop (TREE_OPERAND (t, 2)))
	    return false;
	  /* The size of a step that varies is counted in alignments.  */
	  HOST_WIDE_INT step = TREE_OPERAND (t, 3) ? TYPE_ALIGN_UNIT (TREE_TYPE (TREE_TYPE (TREE_OPERAND (t, 0))))
			       : size && tree_fits_shwi_p (size) ? tree_to_shwi (size) : 1;
	  if (step % question.scalar && !integer_zerop (TREE_OPERAND (t, 1)))
	    return false;
	  break;
	}
      case REALPART_EXPR:
      case VIEW_CONVERT_EXPR:
	break;
      case IMAGPART_EXPR:
	if (tree_to_shwi (TYPE_SIZE_UNIT (TREE_TYPE (t))) % question.scalar)
	  return false;
	break;
      default:
	return false;
      }
  return TREE_CODE (t) == MEM_REF && multiple_p (TREE_OPERAND (t, 1));
}

/* True if a store of TYPE changes whole numbers only.  */

bool
body_walk::storable_p (tree type) const
{
  tree size = TYPE_SIZE_UNIT (type);
  if (!size || !tree_fits_shwi_p (size) || tree_to_shwi (size) == 0 || tree_to_shwi (size) % question.scalar)
    return false;
  if (question.scalars.count (TYPE_MAIN_VARIANT (type)))
    return true;
  switch (TREE_CODE (type))
    {
    case INTEGER_TYPE: /* As GCC copies eight bytes; a number of sixteen may have padding.  */
      return question.scalar == 8 && TYPE_PRECISION (type) == tree_to_shwi (size) * BITS_PER_UNIT;
    case COMPLEX_TYPE:
    case VECTOR_TYPE:
      return storable_p (TREE_TYPE (type));
    case ARRAY_TYPE:
      return storable_p (TREE_TYPE (type)) || (question.scalar == 8 && integer_onep (TYPE_SIZE_UNIT (TREE_TYPE (type))));
    case RECORD_TYPE:
      {
	HOST_WIDE_INT end = 0;
	for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
	  if (TREE_CODE (f) == FIELD_DECL)
	    {
	      if (DECL_BIT_FIELD_TYPE (f) || int_byte_position (f) != end || !storable_p (TREE_TYPE (f)))
		return false;
	      end += tree_to_shwi (TYPE_SIZE_UNIT (TREE_TYPE (f)));
	    }
	return end == tree_to_shwi (size);
      }
    default:
      return false;
    }
}

/* True if the store to LHS, in elements whose numbers differ in size, changes one number, or all of a complex one or a vector,
   under its own name.  */

bool
body_walk::store_named_p (tree lhs) const
{
  tree type = TREE_TYPE (lhs);
  if (TREE_CODE (type) == COMPLEX_TYPE || TREE_CODE (type) == VECTOR_TYPE)
    type = TREE_TYPE (type);
  if (!question.scalars.count (TYPE_MAIN_VARIANT (type)))
    return false;
  for (; handled_component_p (lhs); lhs = TREE_OPERAND (lhs, 0))
    switch (TREE_CODE (lhs))
      {
      case COMPONENT_REF:
	if (TREE_OPERAND (lhs, 2) || DECL_BIT_FIELD_TYPE (TREE_OPERAND (lhs, 1)))
	  return false;
	break;
      case ARRAY_REF:
      case REALPART_EXPR:
      case IMAGPART_EXPR:
	break;
      default:
	return false;
      }
  return TREE_CODE (lhs) == MEM_REF && multiple_p (TREE_OPERAND (lhs, 1))
	 && TYPE_MAIN_VARIANT (TREE_TYPE (lhs)) == TYPE_MAIN_VARIANT (question.element);
}

/* True if the store of VALUE to LHS changes whole numbers only.  */

bool
body_walk::store_whole_p (tree lhs, tree value) const
{
  auto found = registers.find (access_base (lhs));
  if (found == registers.end () || found->second > IN_STEPS)
    return false;
  if (question.element)
    return store_named_p (lhs);
  if (!whole_steps_p (lhs))
    return false;
  tree size = TYPE_SIZE_UNIT (TREE_TYPE (lhs));
  bool empty = value && TREE_CODE (value) == CONSTRUCTOR && CONSTRUCTOR_NELTS (value) == 0;
  if (question.scalar == 4 && !empty && !(value && computed_p (value)))
    return false;
  if (value && integer_zerop (value) && INTEGRAL_TYPE_P (TREE_TYPE (lhs)))
    return TYPE_PRECISION (TREE_TYPE (lhs)) == tree_to_shwi (size) * BITS_PER_UNIT && tree_to_shwi (size) % question.scalar == 0;
  return storable_p (TREE_TYPE (lhs));
}

/* True if T, a number that is to be stored, was computed, so that it is no signalling NaN, of which it could not be told whether it is
   a pattern.  What a function of the unit answers may be a copy.  ASKED: registers that are being looked at.  */

bool
body_walk::computed_p (tree t, std::set<tree> *asked) const
{
  if (CONSTANT_CLASS_P (t))
    return TREE_CODE (t) != REAL_CST || !REAL_VALUE_ISSIGNALING_NAN (TREE_REAL_CST (t));
  if (!SSA_VAR_P (t) || !is_gimple_reg (t) || TREE_CODE (t) == PARM_DECL || TREE_CODE (TREE_TYPE (t)) == RECORD_TYPE)
    return false;
  if (!asked->insert (t).second)
    return true;
  auto found = definitions.find (t);
  if (found == definitions.end ())
    return obscure.count (t) && !copied.count (t);
  if (copied.count (t))
    return false;
  for (gassign *stmt : found->second)
    {
      tree a = gimple_assign_rhs1 (stmt), b = gimple_assign_rhs2 (stmt);
      bool fine = false;
      switch (gimple_assign_rhs_code (stmt))
	{
	case PLUS_EXPR:
	case MINUS_EXPR:
	case MULT_EXPR:
	case RDIV_EXPR:
	case FLOAT_EXPR:
	  fine = true;
	  break;
	CASE_CONVERT:
	  fine = TYPE_MODE (TREE_TYPE (a)) != TYPE_MODE (TREE_TYPE (t)) || computed_p (a, asked);
	  break;
	case COMPLEX_EXPR:
	  fine = computed_p (a, asked) && computed_p (b, asked);
	  break;
	case COND_EXPR:
	  fine = computed_p (b, asked) && computed_p (gimple_assign_rhs3 (stmt), asked);
	  break;
	case NEGATE_EXPR:
	case ABS_EXPR:
	case CONJ_EXPR:
	case REAL_CST:
	case COMPLEX_CST:
	case VECTOR_CST:
	case VAR_DECL:
	case SSA_NAME:
	  fine = computed_p (a, asked);
	  break;
	case REALPART_EXPR:
	case IMAGPART_EXPR:
	  fine = computed_p (TREE_OPERAND (a, 0), asked);
	  break;
	default:
	  break;
	}
      if (!fine)
	return false;
    }
  return true;
}

bool
body_walk::computed_p (tree t) const
{
  std::set<tree> asked;
  return computed_p (t, &asked);
}

/* Whether the bytes that T accesses, of a variable or of the struct of START, hold the pointer.  */

distance
body_walk::held_in (tree t) const
{
  if (tree variable = access_variable (t))
    {
      auto found = holders.find (variable);
      return found == holders.end () ? NOWHERE : overlap (found->second, accessed_part (t, NOWHERE));
    }
  tree base = access_base (t);
  return base && container_p (base) ? overlap (start.parts, accessed_part (t, NOWHERE)) : NOWHERE;
}

/* Whether the address of T leads where the pointer leads.  */

distance
body_walk::address (tree t) const
{
  tree base = access_base (t);
  auto found = base ? registers.find (base) : registers.end ();
  if (found == registers.end ())
    return NOWHERE;
  if (TREE_CODE (t) == MEM_REF && integer_zerop (TREE_OPERAND (t, 1)))
    return found->second;
  return std::max (found->second, whole_steps_p (t) ? IN_STEPS : ANYWHERE);
}

/* Whether the value of T is the pointer, or holds it.  */

distance
body_walk::value (tree t) const
{
  if (!t)
    return NOWHERE;
  if (TREE_CODE (t) == ADDR_EXPR)
    return address (TREE_OPERAND (t, 0));
  tree base = innermost (t);
  if (SSA_VAR_P (base) && is_gimple_reg (base))
    {
      auto found = registers.find (base);
      return found == registers.end () ? NOWHERE : found->second;
    }
  if (!access_p (t) || !(pointer_holder_p (TREE_TYPE (t)) || bytes_p (t)))
    return NOWHERE;
  tree through = access_base (t);
  if (question.everywhere && through && registers.count (through))
    return ANYWHERE;
  return held_in (t);
}

/* Whether a function that is given T gets hold of the pointer.  */

distance
body_walk::given (tree t) const
{
  tree variable = TREE_CODE (t) == ADDR_EXPR ? access_variable (TREE_OPERAND (t, 0)) : NULL_TREE;
  return container_p (t) || (variable && holders.count (variable)) ? ANYWHERE : value (t);
}

/* Whether what STMT assigns is the pointer, or holds it.  */

distance
body_walk::result_of (gimple *stmt) const
{
  if (gcall *call = dyn_cast<gcall *> (stmt))
    {
      tree lhs = gimple_call_lhs (call), callee = gimple_call_fndecl (call);
      distance from = NOWHERE;
      if (!lhs || !pointer_holder_p (TREE_TYPE (lhs)))
	return NOWHERE;
      const library_function *library = callee ? library_function_of (callee) : NULL;
      for (unsigned i = 0; i < gimple_call_num_args (call); i++)
	if (distance d = given (gimple_call_arg (call, i)))
	  {
	    unsigned uses = argument_uses (library, i);
	    from = std::max (from, uses & LEADS ? ANYWHERE : uses & ANSWERS ? d : NOWHERE);
	  }
      return from;
    }
  if (!is_gimple_assign (stmt))
    return NOWHERE;
  tree a = gimple_assign_rhs1 (stmt), b = gimple_assign_rhs2 (stmt);
  switch (gimple_assign_rhs_code (stmt))
    {
    CASE_CONVERT:
      return object_pointer_p (TREE_TYPE (gimple_assign_lhs (stmt))) ? value (a) : NOWHERE;
    case POINTER_PLUS_EXPR:
      return value (a) ? std::max (value (a), multiple_p (b) ? IN_STEPS : ANYWHERE) : NOWHERE;
    case COND_EXPR:
      return std::max (value (b), value (gimple_assign_rhs3 (stmt)));
    case MIN_EXPR:
    case MAX_EXPR:
      return std::max (value (a), value (b));
    default:
      return gimple_assign_single_p (stmt) ? value (a) : NOWHERE;
    }
}

/* The pointer, FROM away, may be in LHS.  */

void
body_walk::put (tree lhs, distance from)
{
  if (is_gimple_reg (lhs))
    {
      distance &d = registers[lhs];
      changed |= d < from;
      d = std::max (d, from);
    }
  else if (tree variable = access_variable (lhs))
    {
      holding &parts = holders[variable];
      size_t before = parts.size ();
      part p = accessed_part (lhs, from);
      bool placed = p.size < HOST_WIDE_INT_1 << 60;
      tree type = TREE_TYPE (placed ? lhs : variable);
      if (pointer_holder_p (TREE_TYPE (lhs)) && pointer_holder_p (type))
	add_pointers (type, placed ? p.offset : 0, from, &parts);
      else
	parts.insert (p); /* In bytes that are no pointer by their type.  */
      changed |= parts.size () != before;
    }
}

/* First round: what STMT hands on.  */

void
body_walk::spread (gimple *stmt)
{
  tree lhs = gimple_get_lhs (stmt);
  if (!lhs)
    return;
  if (distance from = result_of (stmt))
    put (lhs, from);
  if (is_gimple_assign (stmt) && is_gimple_reg (lhs) && POINTER_TYPE_P (TREE_TYPE (lhs)) && container_p (gimple_assign_rhs1 (stmt))
      && (gimple_assign_single_p (stmt) || gimple_assign_cast_p (stmt)))
    changed |= containers.insert (lhs).second;
}

/* True if T, an element of an array that ends a struct, may lie beyond the struct: an array of one element or none often stands for
   more.  */

bool
beyond_struct_p (tree t)
{
  tree array = TREE_TYPE (TREE_OPERAND (t, 0));
  tree max = TYPE_DOMAIN (array) ? TYPE_MAX_VALUE (TYPE_DOMAIN (array)) : NULL_TREE;
  bool longer = max && TREE_CODE (max) == INTEGER_CST && tree_int_cst_sgn (max) > 0;
  return !longer && !integer_zerop (TREE_OPERAND (t, 1));
}

/* T accesses memory through the pointer: is that within the one object?  */

void
body_walk::judge_extent (tree t)
{
  for (tree c = t; handled_component_p (c); c = TREE_OPERAND (c, 0))
    if (TREE_CODE (c) == ARRAY_REF && TREE_CODE (TREE_OPERAND (c, 0)) == COMPONENT_REF && beyond_struct_p (c))
      hunt.answer.beyond = true;
  tree base = innermost (t);
  tree size = TYPE_SIZE_UNIT (TREE_TYPE (base));
  if (registers[TREE_OPERAND (base, 0)] != AT_START || !integer_zerop (TREE_OPERAND (base, 1)) || !size || !tree_fits_shwi_p (size)
      || tree_to_shwi (size) > question.limit)
    hunt.answer.beyond = true;
}

/* True if the statement before STMT stores what STMT loads from T: so GCC takes the value of an assignment.  */

bool
just_stored_p (gimple *stmt, tree t)
{
  gimple_stmt_iterator gsi = gsi_for_stmt (stmt);
  do
    gsi_prev (&gsi);
  while (!gsi_end_p (gsi) && (is_gimple_debug (gsi_stmt (gsi)) || harmless_internal_p (gsi_stmt (gsi))));
  if (gsi_end_p (gsi) || !gimple_assign_single_p (gsi_stmt (gsi)) || gimple_clobber_p (gsi_stmt (gsi)))
    return false;
  return !is_gimple_reg (t) && operand_equal_p (gimple_assign_lhs (gsi_stmt (gsi)), t, 0);
}

/* STMT reads T.  */

void
body_walk::judge_load (gimple *stmt, tree t)
{
  if (!t || TREE_CODE (t) == ADDR_EXPR || CONSTANT_CLASS_P (t) || (SSA_VAR_P (innermost (t)) && is_gimple_reg (innermost (t))))
    return;
  if (!understood_p (t))
    return hunt.stray ();
  tree base = access_base (t);
  if (base && registers.count (base))
    {
      hunt.answer.read |= !just_stored_p (stmt, t);
      judge_extent (t);
    }
  else if (held_in (t) && !pointer_holder_p (TREE_TYPE (t)) && !bytes_p (t))
    hunt.stray (); /* The bytes of the pointer as a number.  */
}

/* True if T lies in a field that the user wants ignored.  */

bool
in_ignored_field_p (tree t)
{
  for (; handled_component_p (t); t = TREE_OPERAND (t, 0))
    if (TREE_CODE (t) == COMPONENT_REF && annotated_role (DECL_ATTRIBUTES (TREE_OPERAND (t, 1))) == HASHCACHE__IGNORE)
      return true;
  return false;
}

/* True if a store to LHS may change a pointer that counts: by its type, or because it may change the bytes of one.  */

bool
may_set_pointer_p (tree lhs)
{
  tree type = TREE_TYPE (lhs), base = innermost (lhs), size = TYPE_SIZE_UNIT (type);
  if (POINTER_TYPE_P (type) || pointer_holder_p (type) || bytes_p (lhs) || TYPE_REF_CAN_ALIAS_ALL (TREE_TYPE (TREE_OPERAND (base, 1))))
    return true;
  for (tree t = lhs; handled_component_p (t); t = TREE_OPERAND (t, 0))
    if (TREE_CODE (t) == COMPONENT_REF && TREE_CODE (TREE_TYPE (TREE_OPERAND (t, 0))) != RECORD_TYPE)
      return true;
  if (base != lhs || SCALAR_FLOAT_TYPE_P (type) || TREE_CODE (type) == COMPLEX_TYPE)
    return false;
  return !size || !tree_fits_shwi_p (size) || tree_to_shwi (size) == 1 || tree_to_shwi (size) * BITS_PER_UNIT >= POINTER_SIZE;
}

/* VALUE, a tree or NULL_TREE, is stored to LHS.  */

void
body_walk::judge_store (tree lhs, tree stored)
{
  if (is_gimple_reg (lhs))
    return;
  tree base = innermost (lhs);
  if (SSA_VAR_P (base) && is_gimple_reg (base)) /* A part of a complex number.  */
    return;
  if (!understood_p (lhs))
    hunt.stray ();
  tree through = access_base (lhs);
  if (!through || !registers.count (through))
    return;
  hunt.answer.written = true;
  hunt.answer.sets_pointers |= may_set_pointer_p (lhs) && !in_ignored_field_p (lhs);
  judge_extent (lhs);
  if (!store_whole_p (lhs, stored))
    hunt.answer.partly = true;
}

/* A and B are compared.  */

void
body_walk::judge_comparison (tree a, tree b)
{
  if ((value (a) && !integer_zerop (b)) || (value (b) && !integer_zerop (a)))
    hunt.answer.beyond = true;
}

/* STMT computes something that is more than a copy.  */

void
body_walk::judge_operation (gassign *stmt)
{
  tree lhs = gimple_assign_lhs (stmt), a = gimple_assign_rhs1 (stmt), b = gimple_assign_rhs2 (stmt);
  tree_code code = gimple_assign_rhs_code (stmt);
  if (TREE_CODE_CLASS (code) == tcc_comparison)
    return judge_comparison (a, b);
  switch (code)
    {
    CASE_CONVERT:
      {
	bool to = object_pointer_p (TREE_TYPE (lhs)), from = object_pointer_p (TREE_TYPE (a));
	/* A pointer that is made of a number may be any.  */
	if ((to && !from && TREE_CODE (a) != INTEGER_CST) || (!to && value (a)))
	  hunt.stray ();
	return;
      }
    case POINTER_DIFF_EXPR:
      hunt.answer.beyond |= value (a) || value (b);
      if (!value (a) != !value (b))
	hunt.stray ();
      return;
    case POINTER_PLUS_EXPR:
      if (value (b))
	hunt.stray ();
      return;
    case COND_EXPR:
      if (COMPARISON_CLASS_P (a))
	judge_comparison (TREE_OPERAND (a, 0), TREE_OPERAND (a, 1));
      else if (value (a))
	hunt.stray ();
      return;
    case MIN_EXPR:
    case MAX_EXPR:
      hunt.answer.beyond |= value (a) || value (b);
      return;
    default:
      if (value (a) || value (b) || value (gimple_assign_rhs3 (stmt)))
	hunt.stray ();
    }
}

void
body_walk::judge_assignment (gassign *stmt)
{
  tree lhs = gimple_assign_lhs (stmt), rhs = gimple_assign_rhs1 (stmt);
  if (!gimple_assign_single_p (stmt))
    judge_operation (stmt);
  else if (TREE_CODE (rhs) == CONSTRUCTOR)
    {
      if (CONSTRUCTOR_NELTS (rhs) && mentions_pointer_p (stmt))
	hunt.stray ();
      judge_store (lhs, rhs);
      return;
    }
  else if (handled_component_p (rhs) && SSA_VAR_P (innermost (rhs)) && is_gimple_reg (innermost (rhs)) && POINTER_TYPE_P (TREE_TYPE (innermost (rhs))))
    {
      if (value (rhs))
	hunt.stray ();
    }
  else if (TREE_CODE (rhs) == VIEW_CONVERT_EXPR && POINTER_TYPE_P (TREE_TYPE (rhs)) && !access_p (rhs))
    hunt.stray ();
  judge_load (stmt, rhs);
  judge_store (lhs, rhs);
  if (result_of (stmt) && !is_gimple_reg (lhs) && !access_variable (lhs))
    hunt.stray ();
}

/* Argument I of STMT is the pointer, and CALLEE is the function LIBRARY.  */

void
body_walk::judge_library_argument (gcall *stmt, unsigned i, tree callee, const library_function *library)
{
  unsigned uses = library->uses[i];
  distance from = value (gimple_call_arg (stmt, i));
  hunt.answer.read |= uses & READS;
  hunt.answer.written |= uses & (FILLS | SETS | CHANGES);
  hunt.answer.sets_pointers |= uses & (FILLS | CHANGES);
  if (string_function_p (callee))
    hunt.answer.string = true;
  else if (uses & ~ANSWERS)
    hunt.answer.beyond = true;
  if (question.everywhere && (uses & READS) && (library->uses[0] & FILLS))
    hunt.stray (); /* The pointers in it are copied.  */
  if (uses & CHANGES)
    hunt.answer.partly = true;
  if (uses & FILLS)
    {
      /* Whether four bytes were written can be told of numbers that were computed, but perhaps not of copies.  */
      bool told = question.scalar >= 8 || strstr (IDENTIFIER_POINTER (DECL_NAME (callee)), "memset");
      if (from > IN_STEPS || !told || gimple_call_num_args (stmt) < 3 || !multiple_p (gimple_call_arg (stmt, 2)))
	hunt.answer.partly = true;
    }
  if (uses & SETS)
    {
      tree type = TYPE_ARG_TYPES (TREE_TYPE (callee));
      for (unsigned n = 0; type && n < i; n++)
	type = TREE_CHAIN (type);
      if (from > IN_STEPS || !type || !POINTER_TYPE_P (TREE_VALUE (type))
	  || !question.scalars.count (TYPE_MAIN_VARIANT (TREE_TYPE (TREE_VALUE (type)))))
	hunt.answer.partly = true;
    }
}

/* STMT calls CALLEE, or a function that is not known if that is NULL_TREE: what comes of its argument I?  */

void
body_walk::judge_argument (gcall *stmt, unsigned i, tree callee, const library_function *library)
{
  tree arg = gimple_call_arg (stmt, i);
  judge_load (stmt, arg);
  bool followed = callee && !library && followed_p (callee);
  if (container_p (arg))
    {
      if (!followed)
	return hunt.stray ();
      hunt.follow ({ callee, i, NOWHERE, start.parts });
    }
  else if (TREE_CODE (arg) == ADDR_EXPR && access_variable (TREE_OPERAND (arg, 0)))
    {
      tree variable = access_variable (TREE_OPERAND (arg, 0));
      if (!holders.count (variable))
	return;
      if (!followed || variable != TREE_OPERAND (arg, 0))
	return hunt.stray ();
      hunt.follow ({ callee, i, NOWHERE, holders[variable] });
    }
  else if (!value (arg))
    return;
  else if (library && i < 3)
    judge_library_argument (stmt, i, callee, library);
  else if (followed && POINTER_TYPE_P (TREE_TYPE (arg)))
    hunt.follow ({ callee, i, value (arg), {} });
  else if (followed && access_variable (arg) == arg)
    hunt.follow ({ callee, i, NOWHERE, holders[arg] });
  else if (followed)
    {
      holding parts;
      add_pointers (TREE_TYPE (arg), 0, ANYWHERE, &parts);
      hunt.follow ({ callee, i, NOWHERE, parts });
    }
  else if (callee && string_function_p (callee))
    hunt.answer.strayed = hunt.answer.string = true;
  else
    hunt.stray ();
}

/* True if STMT opens a region of OpenMP, which is understood: a function with the address of what the region shares.  */

bool
body_walk::judge_region (gcall *stmt)
{
  tree callee = gimple_call_fndecl (stmt);
  if (!callee || !fndecl_built_in_p (callee, BUILT_IN_NORMAL) || gimple_call_num_args (stmt) < 3)
    return false;
  std::string name = IDENTIFIER_POINTER (DECL_NAME (callee));
  bool task = name == "__builtin_GOMP_task" || name.find ("__builtin_GOMP_taskloop") == 0;
  if (!task && name.find ("__builtin_GOMP_parallel") != 0 && name != "__builtin_GOMP_teams_reg")
    return false;
  tree function = gimple_call_arg (stmt, 0), data = gimple_call_arg (stmt, 1);
  if (TREE_CODE (function) != ADDR_EXPR || TREE_CODE (TREE_OPERAND (function, 0)) != FUNCTION_DECL
      || !followed_p (TREE_OPERAND (function, 0)) || (task && !integer_zerop (gimple_call_arg (stmt, 2))))
    return false;
  for (unsigned i = 2; i < gimple_call_num_args (stmt); i++)
    if (value (gimple_call_arg (stmt, i)) || container_p (gimple_call_arg (stmt, i)))
      return false;
  if (integer_zerop (data))
    return true;
  if (TREE_CODE (data) != ADDR_EXPR || !access_variable (TREE_OPERAND (data, 0)) || !VAR_P (TREE_OPERAND (data, 0)))
    return false;
  auto found = holders.find (TREE_OPERAND (data, 0));
  if (found != holders.end ())
    hunt.follow ({ TREE_OPERAND (function, 0), 0, NOWHERE, found->second });
  return true;
}

void
body_walk::judge_call (gcall *stmt)
{
  if (harmless_internal_p (stmt))
    return;
  tree lhs = gimple_call_lhs (stmt), callee = gimple_call_fndecl (stmt);
  if (lhs)
    {
      judge_store (lhs, NULL_TREE);
      if (result_of (stmt) && !is_gimple_reg (lhs) && !access_variable (lhs))
	hunt.stray ();
    }
  if (gimple_call_chain (stmt) && (value (gimple_call_chain (stmt)) || container_p (gimple_call_chain (stmt))))
    hunt.stray ();
  if (judge_region (stmt))
    return;
  const library_function *library = callee ? library_function_of (callee) : NULL;
  for (unsigned i = 0; i < gimple_call_num_args (stmt); i++)
    judge_argument (stmt, i, callee, library);
}

/* Data of the two walks below.  */

struct operand_walk
{
  body_walk *self;
  std::set<tree> allowed; /* Addresses that are dealt with.  */
  bool found;
};

/* True if T is a number among what a region of OpenMP shares, whose address says nothing of the pointer beside it.  */

bool
body_walk::apart_p (tree t) const
{
  bool region = DECL_ARTIFICIAL (parameter_of (start.fndecl, start.parameter));
  bool number = INTEGRAL_TYPE_P (TREE_TYPE (t)) || SCALAR_FLOAT_TYPE_P (TREE_TYPE (t)) || TREE_CODE (TREE_TYPE (t)) == COMPLEX_TYPE;
  return region && number && TREE_CODE (t) == COMPONENT_REF && !held_in (t);
}

/* walk_gimple_op callback: variables whose addresses *TP hands on, and the struct of START if its address is more than copied.  */

tree
body_walk::note_leak (tree *tp, int *walk_subtrees, void *data)
{
  operand_walk *walk = static_cast<operand_walk *> (static_cast<walk_stmt_info *> (data)->info);
  tree t = *tp;
  if (TYPE_P (t))
    *walk_subtrees = 0;
  else if (TREE_CODE (t) == MEM_REF)
    *walk_subtrees = 0; /* An access: a pointer, or the address of a variable, and a constant.  */
  else if (TREE_CODE (t) == ADDR_EXPR)
    {
      if (tree variable = access_variable (TREE_OPERAND (t, 0)))
	if (!walk->allowed.count (t))
	  walk->self->leaked.insert (variable);
      tree base = access_base (TREE_OPERAND (t, 0));
      if (base && walk->self->container_p (base) && !walk->self->apart_p (TREE_OPERAND (t, 0)))
	walk->found = true;
    }
  else if (SSA_VAR_P (t) && walk->self->container_p (t) && !walk->allowed.count (t))
    walk->found = true;
  return NULL_TREE;
}

/* Note the addresses that STMT hands on.  */

void
body_walk::judge_leaks (gimple *stmt)
{
  operand_walk walk = { this, {}, false };
  gcall *call = dyn_cast<gcall *> (stmt);
  if (call && harmless_internal_p (call))
    return;
  if (call)
    {
      tree callee = gimple_call_fndecl (call);
      bool followed = callee && !library_function_of (callee) && followed_p (callee);
      for (unsigned i = 0; i < gimple_call_num_args (call); i++)
	if (followed || (i == 1 && judge_region (call)))
	  walk.allowed.insert (gimple_call_arg (call, i));
    }
  else if (gimple_code (stmt) == GIMPLE_COND)
    walk.allowed = { gimple_cond_lhs (stmt), gimple_cond_rhs (stmt) };
  else if (is_gimple_assign (stmt) && container_p (gimple_assign_rhs1 (stmt)) && container_p (gimple_assign_lhs (stmt)))
    walk.allowed = { gimple_assign_rhs1 (stmt), gimple_assign_lhs (stmt) };
  walk_stmt_info info;
  memset (&info, 0, sizeof info);
  info.info = &walk;
  walk_gimple_op (stmt, note_leak, &info);
  if (walk.found)
    hunt.stray ();
}

/* walk_gimple_op callback: does *TP have anything to do with the pointer?  */

tree
body_walk::find_pointer (tree *tp, int *walk_subtrees, void *data)
{
  operand_walk *walk = static_cast<operand_walk *> (static_cast<walk_stmt_info *> (data)->info);
  if (TYPE_P (*tp))
    *walk_subtrees = 0;
  else if (SSA_VAR_P (*tp) && (walk->self->registers.count (*tp) || walk->self->holders.count (*tp) || walk->self->container_p (*tp)))
    walk->found = true;
  return NULL_TREE;
}

/* True if the pointer, or what may hold it, occurs in STMT.  */

bool
body_walk::mentions_pointer_p (gimple *stmt)
{
  operand_walk walk = { this, {}, false };
  walk_stmt_info info;
  memset (&info, 0, sizeof info);
  info.info = &walk;
  walk_gimple_op (stmt, find_pointer, &info);
  return walk.found;
}

/* Second round: what STMT does.  */

void
body_walk::judge (gimple *stmt)
{
  judge_leaks (stmt);
  switch (gimple_code (stmt))
    {
    case GIMPLE_ASSIGN:
      return judge_assignment (as_a<gassign *> (stmt));
    case GIMPLE_CALL:
      return judge_call (as_a<gcall *> (stmt));
    case GIMPLE_COND:
      return judge_comparison (gimple_cond_lhs (stmt), gimple_cond_rhs (stmt));
    case GIMPLE_RETURN:
      {
	/* The caller takes the result of a call with the pointer for the pointer.  */
	tree returned = gimple_return_retval (as_a<greturn *> (stmt));
	judge_load (stmt, returned);
	bool held = returned && (value (returned) || (access_variable (returned) && holders.count (access_variable (returned))));
	if (root && held)
	  hunt.stray ();
	return;
      }
    default:
      if (mentions_pointer_p (stmt))
	hunt.stray ();
    }
}

void
body_walk::run ()
{
  if (!begin ())
    return hunt.stray ();
  each_statement ([this] (gimple *stmt) { note_definition (stmt); });
  do
    {
      changed = false;
      each_statement ([this] (gimple *stmt) { spread (stmt); });
    }
  while (changed);
  each_statement ([this] (gimple *stmt) { judge (stmt); });
  for (auto &h : holders)
    if (leaked.count (h.first))
      hunt.stray ();
}

} // anonymous namespace

/* Parameter number PARAMETER of FNDECL, NULL_TREE if it has fewer.  */

tree
parameter_of (tree fndecl, unsigned parameter)
{
  tree parm = DECL_ARGUMENTS (fndecl);
  while (parm && parameter-- > 0)
    parm = DECL_CHAIN (parm);
  return parm;
}

/* What FNDECL, whose body is at hand, does through its parameter number PARAMETER: a pointer, or a struct with pointers.  */

pointer_answer
follow_pointer (tree fndecl, unsigned parameter, const pointer_question &question)
{
  pursuit hunt = { question, {}, {}, {} };
  tree parm = parameter_of (fndecl, parameter);
  holding parts;
  if (parm && !POINTER_TYPE_P (TREE_TYPE (parm)))
    add_pointers (TREE_TYPE (parm), 0, ANYWHERE, &parts);
  if (!parm || !followed_p (fndecl))
    hunt.stray ();
  else
    hunt.follow ({ fndecl, parameter, parts.empty () ? AT_START : NOWHERE, parts });
  for (bool outermost = true; !hunt.pending.empty () && !(hunt.answer.strayed && hunt.answer.beyond); outermost = false)
    {
      start_point next = hunt.pending.back ();
      hunt.pending.pop_back ();
      body_walk (next, outermost, &hunt).run ();
    }
  hunt.answer.sets_pointers |= hunt.answer.strayed;
  return hunt.answer;
}
