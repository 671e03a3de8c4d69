/* canonical.h: the parts of which body.cc makes the canonical text of a function.
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef HASHCACHE_CANONICAL_H
#define HASHCACHE_CANONICAL_H

#include "plugin.h"

/* flow.cc: the blocks of a function as the text has them: no empty ones, none that never return.  */

class register_table;

class flow
{
public:
  explicit flow (function *f);
  basic_block entry () const;
  basic_block forward (basic_block bb) const;
  basic_block continuation (basic_block bb) const;
  void find_states (const register_table &registers);
  int state_at_start (basic_block bb) const;
  int state_at_end (basic_block bb) const;
  bool returns_p (basic_block bb) const { return returning.count (bb->index); }

private:
  void find_returning ();
  void count_entries ();

  function *fun;
  std::unordered_set<int> returning;
  std::unordered_map<int, int> states; /* At the start of a block.  */
  std::unordered_set<int> transparent; /* Blocks that leave the state as it is.  */
  std::unordered_map<int, unsigned> entries;
};

extern bool meaningless_p (gimple *stmt);

/* registers.cc: which local variables are mere names for one value.  */

class register_table
{
public:
  register_table (function *f, const flow &blocks);
  ~register_table ();
  bool single_value_p (tree reg) const;
  bool assigned_p (tree reg) const { return registers.count (reg); }

private:
  struct definition
  {
    unsigned count = 0;
    basic_block bb = NULL;
    unsigned position = 0;
    bool dominates = true;
  };
  void scan (function *f, const flow &blocks, bool uses);
  void define (tree t, basic_block bb, unsigned position);
  static tree note_use (tree *tp, int *walk_subtrees, void *data);

  std::unordered_map<const_tree, definition> registers;
  basic_block at_bb = NULL;
  unsigned at_position = 0;
};

/* privacy.cc: which local variables nobody but their function can reach, and volatile accesses.  */

class own_memory
{
public:
  explicit own_memory (function *f) : fun (f) {}
  static bool own_p (tree t);
  bool private_p (tree t);

private:
  static tree note_use (tree *tp, int *walk_subtrees, void *data);
  void scan ();

  function *fun;
  bool scanned = false;
  std::unordered_set<const_tree> leaked;                           /* Variables.  */
  std::unordered_set<const_tree> busy;                             /* Registers that are more than dereferenced.  */
  std::unordered_map<const_tree, std::vector<tree>> pointees;      /* Of registers.  */
};

extern bool volatile_p (tree t);

/* assembly.cc: why inline assembly is no function of its operands.  */

extern std::string assembly_obstacle (gasm *stmt, own_memory *memory);
extern bool assembly_memory_input_p (gasm *stmt, unsigned i);
extern int assembly_dialect ();

/* operand.cc: how a reference is accessed, a string literal, as text.  */

extern std::string access_text (tree t);
extern std::string string_text (tree t);

/* references.cc: what a text refers to.  */

extern unsigned add_reference (canonical_body *body, unsigned kind, unsigned flags, tree decl, const std::string &what,
			       location_t location, const std::string &effect = "");
extern std::string refer_to_function (canonical_body *body, tree fndecl, location_t location);

/* initializer.cc: what a constant variable holds.  */

extern canonical_body canonicalize_initializer (tree decl);
extern bool constant_bytes (tree initial, HOST_WIDE_INT size, std::string *text);

/* value.cc: values by what they are made of; equal ones are one.  */

typedef unsigned value;

enum value_kind
{
  VALUE_TEXT,     /* LABEL applied to operands; in a line of its own.  */
  VALUE_INLINE,   /* LABEL applied to operands; written where it is used.  */
  VALUE_MEMORY,   /* The local variable DECL in memory.  */
  VALUE_REGISTER, /* What the register DECL holds when block NUMBER is entered.  */
  VALUE_GLOBAL,   /* The variable DECL, accessed as NUMBER says.  */
  VALUE_FUNCTION  /* The function DECL.  */
};

struct value_node
{
  value_kind kind;
  std::string label;
  tree decl;            /* Of a constant: its tree.  */
  HOST_WIDE_INT number; /* Of an address: bits from its first operand.  */
  std::vector<value> operands;
  tree type;            /* Of VALUE_TEXT.  */
  location_t location;
  uint64_t shape;       /* Equal for equal values, without regard to which variables they are of.  */
  std::string name;     /* In the text, once it has one.  */
};

class value_pool
{
public:
  value make (value_node n);
  const value_node &operator[] (value v) const { return nodes[v]; }
  value_node &node (value v) { return nodes[v]; }

private:
  std::deque<value_node> nodes; /* Stays where it is while it grows.  */
  std::unordered_multimap<uint64_t, value> known; /* By a hash of what they are.  */
};

/* Where a jump leads to: a block, or, where BB is NULL, test number TEST.  */

struct jump_target
{
  basic_block bb;
  unsigned test;
};

/* What is known at some point of the flow: values of variables in registers; in what block the others hold what they held when it was
   entered; the name of what memory holds.  */

struct known_state
{
  std::unordered_map<const_tree, value> current;
  unsigned origin = 0;
  std::string memory;
};

/* A jump that depends on V, INVERTED or not, as if it stood in a block of its own.  */

struct branch_test
{
  value v;
  bool inverted;
  jump_target yes, no;
  known_state state;
};

/* The canonical text in the making: body.cc writes statements and blocks, operand.cc makes values of operands, naming.cc gives values
   names in the text.  */

class canonicalizer
{
public:
  explicit canonicalizer (function *f);
  canonical_body run ();

private:
  /* body.cc  */
  void header ();
  void jump (edge e);
  void jump (const jump_target &to);
  bool compound (value v, bool *inverted, bool *both) const;
  void branch (value v, bool inverted, jump_target yes, jump_target no);
  void begin (unsigned number);
  void ending (basic_block bb);
  void switch_labels (gswitch *stmt);
  void block (basic_block bb);
  void assign_variables ();
  void statement (gimple *stmt);
  void assignment (gassign *stmt);
  void call (gcall *stmt);
  void assembly (gasm *stmt);
  void store (tree lhs, value v);
  void set_register (tree reg, value v);
  void effect_line (const std::string &what);
  value effect_value (const std::string &part = "");
  void check_atomic (gcall *stmt);
  void check_planning (gcall *stmt);
  void check_leaving ();
  void check_free (tree fndecl, const std::vector<value> &arguments);
  void check_address (tree t);

  /* operand.cc  */
  value read (tree t, tree as = NULL_TREE);
  value read_register (tree t);
  value constant (tree t);
  value text_value (const std::string &label, std::vector<value> operands, tree type);
  value inline_value (const std::string &label, HOST_WIDE_INT number, std::vector<value> operands);
  value address (tree t, unsigned access);
  value address_of_base (tree base, unsigned access, HOST_WIDE_INT *bits, std::vector<value> *operands);
  void address_component (tree t, HOST_WIDE_INT *bits, std::vector<value> *operands);
  value variable (tree t, unsigned access);
  value compiler_constant (tree t);
  value load (tree t);
  void check_volatile (tree t);
  value initializer (tree t);
  value constructor (tree t);
  value operation (tree_code code, tree type, std::vector<value> operands);
  value comparison (tree_code code, tree type, value a, value b, bool *inverted);
  value condition (tree_code code, tree type, tree a, tree b, bool *inverted);
  value function_value (tree fndecl);
  value pure_call (gcall *stmt);

  /* naming.cc  */
  std::string name (value v);
  std::string names (const std::vector<value> &operands);
  void give_name (value v);
  std::string register_name (tree reg);
  unsigned refer (unsigned kind, unsigned flags, tree decl, const std::string &what, const std::string &effect = "");
  /* WHY the function cannot be cached; NAME is what HASHCACHE_ALLOW calls it.  Only an effect that the text describes in full has a
     name: where the text lacks something, nobody can vouch for what it does not say.  */
  void effect (const std::string &why, const std::string &name = "") { refer (HASHCACHE__EFFECT, 0, NULL_TREE, why, name); }
  void put (const std::string &s) { result.text += s; }

  function *fun;
  flow blocks;
  register_table registers;
  own_memory memory;
  value_pool values;
  location_t location;
  canonical_body result;
  std::unordered_map<const_tree, unsigned> parameters;
  std::unordered_map<const_tree, value> single;    /* What a register with one value is a name for.  */
  known_state now;                                 /* At this point of the block.  */
  std::unordered_map<int, known_state> states;     /* By the numbers that flow gives them.  */
  std::vector<tree> changed;                       /* Those assigned in this block.  */
  std::unordered_map<int, unsigned> numbers;       /* Of blocks by their index, of tests by test_index.  */
  std::vector<branch_test> tests;
  unsigned n_blocks = 0;
  std::vector<jump_target> pending;
  unsigned block_number = 0;
  unsigned n_effects = 0;                          /* In this block so far.  */
  unsigned n_values = 0, n_memories = 0;
  std::unordered_map<const_tree, unsigned> register_numbers;
};

/* calls.cc: a mathematical function without side effects.  */

extern bool pure_function_p (const std::string &name);

/* Likewise, a function that keeps other threads out, that takes its argument for a string, that ends the program, that jumps out of
   its callers, that changes memory under other threads' eyes.  */

extern bool locking_function_p (const std::string &name);
extern bool string_function_p (tree fndecl);
extern bool ending_function_p (tree fndecl);
extern bool jumping_function_p (tree fndecl);
extern bool atomic_function_p (const std::string &name);

/* The same of effects that HASHCACHE_ALLOW may name, and of OpenMP functions that share work among the threads of the caller.  */

extern bool allowable_function_p (const std::string &name);
extern bool team_function_p (tree fndecl, const std::string &name);

#endif
