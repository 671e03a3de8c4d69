/* plugin.h: what the rooms of the plugin know of each other, in the order of the way through it.
   SPDX-License-Identifier: GPL-3.0-or-later

   attributes  what the user wrote            types       C types as tables
   prototypes  where the user wrote it        contract    what arguments mean; every refusal
   expression  what counts and bounds share   nodes       a node and its references as tables
   count       the text of a count            extents     how far pointers reach
   bound       array bounds
   calls       functions known by name        wrapper     the marked function's new body
   options     options that change values     tables      static data from values
   body        canonical text of a body       effects     what cannot be cached
   choices     the plugin's own options       trusted     libraries trusted as they come
   uses        proof of single objects        variables   variables as tables
   around      questions around a call
  pointers    what is done through pointers  roles       roles that nobody declared
  report      what was understood            outside     contracts from a file
  filled      what is set before it is read
					      plugin      registration, the pass  */

#ifndef HASHCACHE_PLUGIN_H
#define HASHCACHE_PLUGIN_H

#include "gcc-compat.h"
#include "hashcache/contract.h"
#include "hashcache/names.h"

/* plugin.cc: whether tables are made when GCC is done with the unit, so that they change nothing of its code.  */

extern bool emitting_late_p ();

/* choices.cc: what the user chose on the command line.  */

enum choice_name
{
  CHOICE_DUMP, /* Write each canonical body to the standard error.  */
  CHOICE_TRUST, /* Functions whose results depend on their arguments alone.  */
  CHOICE_MARK,  /* Functions to cache that the source does not mark.  */
  CHOICE_IGNORE, /* Variables that are neither in the key nor in the result.  */
  CHOICE_REFUSE, /* "warn": a function that cannot be cached stays as it is, and GCC goes on.  */
  CHOICE_REPORT, /* Say of each marked function what was understood; in a file or as notes.  */
  CHOICE_CONTRACT /* Files with contracts of functions that cannot be edited.  */
};

extern bool read_choices (const struct plugin_name_args *info);
extern bool chosen_p (choice_name which);
extern bool chosen_p (choice_name which, const char *name);
extern const std::vector<std::string> &choice_values (choice_name which);

/* attributes.cc: the attributes behind the macros of hashcache/annotations.h.  */

extern void register_hashcache_attributes (void *, void *);
extern bool marked_p (const_tree fndecl);
extern bool declared_trusted_p (const_tree fndecl);
extern bool ignored_p (const_tree variable);
extern unsigned annotated_role (tree attributes);
extern const char *annotated_count (tree attributes);
extern const char *annotated_text (const char *attribute, tree attributes);
extern const char *annotated_member (tree object);
extern bool annotated_twice_p (const char *attribute, tree attributes);
extern unsigned HOST_WIDE_INT annotated_version (tree fndecl);
extern std::string allowed_effects (tree fndecl);
extern bool any_threads_p (tree fndecl);
extern void strip_mark (tree fndecl);

/* expression.cc: a number of elements as a program of contract.h.  */

struct step
{
  unsigned op;
  HOST_WIDE_INT value;
  tree address;
};

struct expression
{
  std::string text;
  std::vector<step> steps;
};

/* How far a pointer reaches, as in contract.h.  */

struct extent_level
{
  unsigned kind = HASHCACHE__COUNTED;
  std::vector<expression> dims; /* Outermost first.  */
};

/* What names in an expression stand for: PARAMETERS is a chain of PARM_DECLs, RECORD a struct whose field is described, RESULT the type
   of what the function returns.  Each may be NULL_TREE.  */

struct name_scope
{
  tree parameters;
  tree record;
  tree result;
};

extern void keep_tree (tree t);

/* count.cc: expressions from the text of annotations; bound.cc: from array bounds.  */

extern bool parse_counts (const char *word, const char *text, const name_scope &scope, std::vector<extent_level> *levels, std::string *why);
extern bool parse_condition (const char *text, const name_scope &scope, expression *result, std::string *why);
extern bool translate_bound (tree bound, const name_scope &scope, expression *result, std::string *why);
extern std::string length_text (tree max);

/* extents.cc: how far pointers reach, level by level.  */

struct reach
{
  bool counted = false;             /* LEVELS has all levels.  */
  bool array = false;               /* The outermost level is an array in the source.  */
  std::vector<extent_level> levels; /* Outermost first.  */
  tree element = NULL_TREE;         /* What the outermost level has so many of.  */
  std::string why;                  /* What was not understood, or empty.  */
};

extern bool object_pointer_p (tree type);
extern unsigned pointer_levels (tree type);
extern tree flexible_field (tree record);
extern bool flexible_field_p (tree field, tree record);
extern reach read_reach (tree type, const char *word, const char *text, tree spec, const name_scope &scope, tree number = NULL_TREE);
extern tree levels_value (const std::vector<extent_level> &levels);
extern std::string levels_text (const std::vector<extent_level> &levels);
extern bool same_expression_p (const expression &a, const expression &b);
extern bool same_levels_p (const std::vector<extent_level> &a, const std::vector<extent_level> &b);
extern bool needs_result_p (const std::vector<extent_level> &levels);
extern std::string count_hint (const char *word, tree type, const std::string &name);

/* prototypes.cc: parameters as the user declared them, from the definition or from a prototype.  */

struct declared_parameter
{
  unsigned role = 0;                /* 0 if not annotated.  */
  access_mode access = access_deferred; /* What GNU's attribute access says; access_deferred if it is not there.  */
  bool counted = false;             /* LEVELS says how many elements there are, at each level of pointers.  */
  bool array = false;               /* Declared as an array.  */
  std::vector<extent_level> levels; /* Outermost first.  */
  tree element = NULL_TREE;         /* Type of one element.  */
  const char *member = NULL;        /* HASHCACHE_MEMBER.  */
  bool stray_count = false;         /* HASHCACHE_COUNT stands on something that is no pointer.  */
  std::string why;                  /* What could not be understood, or empty.  */
  location_t location = UNKNOWN_LOCATION;
};

/* What is said of the function as a whole.  */

struct declared_function
{
  bool defined = false; /* Read at the definition.  */
  std::vector<declared_parameter> parameters;
  reach returned;       /* HASHCACHE_RETURNS.  */
  bool conditional = false; /* HASHCACHE_IF: */
  expression store_if;
  std::string store_if_why; /* What of it was not understood.  */
};

extern void note_declaration (void *decl, void *);
extern void note_definition (void *fndecl, void *);
extern void note_type (void *type, void *);
extern const declared_function *declared_as (tree fndecl);
extern const reach &object_reach (tree object, tree record);

/* around.cc: HASHCACHE_CONTAINS and the like ask about the call that is written there.  */

extern void place_questions (void *fndecl, void *);

/* outside.cc: contracts from a file, added to GCC's declarations before prototypes.cc reads them.  */

extern void read_outside_contracts ();
extern void apply_outside_type (tree type);
extern void apply_outside (tree decl);

/* calls.cc: functions outside the unit that are known by name.  */

enum call_class
{
  CALLS_UNKNOWN,  /* Followed through its node.  */
  CALLS_LIBRARY,  /* Only its result and what its arguments point to.  */
  CALLS_TRUSTED,  /* Likewise, because the user or trusted.cc says so.  */
  CALLS_BUILTIN,  /* Expanded by the compiler: part of the body.  */
  CALLS_OPENMP,   /* Depends on the number of threads.  */
  CALLS_OUTPUT,   /* Prints.  */
  CALLS_EFFECT    /* Not a function of what is in the key.  */
};

extern call_class classify_call (tree fndecl, std::string *name, std::string *why);

/* known.cc: functions of the C library and the compiler by name.  */

enum known_flags
{
  KNOWN_FUNCTION = 1,      /* Of its arguments, and of what is in the key.  */
  KNOWN_MATHEMATICAL = 2,  /* It touches no memory, and comes in several precisions.  */
  KNOWN_PRECISIONS = 4,    /* It comes in several precisions.  */
  KNOWN_LOCALE = 8,        /* It depends on the locale.  */
  KNOWN_EFFECT = 16,
  KNOWN_OUTPUT = 32,
  KNOWN_STRINGS = 64,      /* Its pointers to char lead to strings.  */
  KNOWN_ENDS = 128         /* Nothing of the program runs after it.  */
};

extern unsigned known_as (const std::string &name);

/* trusted.cc: libraries trusted as they come.  */

extern bool shipped_trust_p (const std::string &symbol);
extern bool fftw_planner_p (const std::string &symbol);
extern unsigned trust_flags (tree fndecl);

/* options.cc: options that can change a value FNDECL computes, as text.  */

extern std::string value_options (tree fndecl);
extern bool approximate_options_p (tree fndecl);

/* body.cc: the canonical text of a body and what it refers to; structure.cc: types.  */

struct reference
{
  unsigned kind;  /* As in contract.h.  */
  unsigned flags;
  tree decl;      /* CALL: function; VARIABLE: variable.  */
  std::string name;
  location_t location;
  std::string effect = ""; /* EFFECT: what HASHCACHE_ALLOW calls it; empty if it can never be allowed.  */
};

struct canonical_body
{
  std::string text;         /* Until it has been digested.  */
  unsigned char digest[16]; /* Of the text.  */
  std::vector<reference> references;
  bool approximate = false; /* May contain instructions whose results differ from processor to processor.  */
  bool compares = false;    /* Compares addresses with each other.  */
};

extern bool approximate_options_p (tree fndecl);
extern canonical_body canonicalize (function *fun);
extern const std::string &type_text (tree type);

/* uses.cc: whether all uses of a pointer parameter stay within the one object it points to, or take it for a string.  */

extern bool single_object_p (tree fndecl, unsigned parameter);
extern bool string_p (tree fndecl, unsigned parameter);

/* roles.cc: the role of a parameter that the user gave none.  */

struct role_choice
{
  unsigned role;
  unsigned flags;   /* Of the parameter, as in contract.h.  */
  std::string why;  /* For people.  */
  std::string note; /* What the user could say, or empty.  */
  std::string refusal = ""; /* Why none can be chosen, or empty.  */
};

extern role_choice choose_role (tree fndecl, unsigned parameter, tree element, bool single);
extern role_choice role_by_access (tree fndecl, unsigned parameter, tree element, bool single, access_mode mode);
extern bool unused_p (tree fndecl, unsigned parameter);
extern role_choice confirm_out (tree fndecl, unsigned parameter, tree element, bool single);

/* report.cc: the contract as a person reads it.  */

class contract_report
{
public:
  explicit contract_report (tree f);
  void parameter (const std::string &name, location_t location, const role_choice &role, const std::string &type);
  void returns (const std::string &type);
  void reaches ();
  void say () const;
  std::string text () const;

private:
  struct line
  {
    std::string text;
    location_t location;
  };
  void add (const std::string &text, location_t location = UNKNOWN_LOCATION);
  tree fndecl;
  std::vector<line> lines;
};

extern void write_reports ();

/* tables.cc: static data from values.  */

extern tree function_record (), function_list_record (), library_record (), node_record (), variable_record (), contract_record (),
  frame_record (), parameter_record (), type_record (), field_record (), reference_record (), extent_record (), expression_record (), step_record ();
extern tree unsigned_value (unsigned HOST_WIDE_INT value);
extern tree signed_value (HOST_WIDE_INT value);
extern tree short_value (unsigned value);
extern tree text_value (const std::string &text);
extern tree digest_value (const unsigned char digest[16]);
extern tree address_value (tree decl);
extern tree null_value ();
extern tree record_value (tree record, std::initializer_list<tree> values);
extern tree array_value (tree record, const std::vector<tree> &values);
extern tree declare_table (tree record, const char *what);
extern tree declare_symbol_table (tree record, tree symbol, const char *prefix);
extern tree external_symbol_table (tree record, tree symbol, const char *prefix);
extern void define_table (tree table, tree value);
extern void define_table_in_section (const char *section, tree record, const std::vector<tree> &values);
extern tree declare_linker_symbol (tree record, const char *name);
extern tree declare_weak_table (tree record, const char *name);
extern void emit_tables ();
extern tree expression_value (const expression &e);
extern tree extent_value (unsigned kind, const std::vector<expression> &dims, tree inner);

/* types.cc: C types as tables.  */

extern tree type_table (tree type, const char *member, std::string *why);
extern tree value_type_table (tree type, const char *member, std::string *why);
extern std::string type_name (tree type);
extern bool type_holds_pointer_p (tree type, const char *member);
extern bool type_holds_function_p (tree type);

/* nodes.cc: nodes of all functions of the unit.  */

extern void note_functions ();
extern void make_nodes ();
extern tree node_table (tree fndecl);
extern void define_node (tree table, const std::string &name, location_t location, const canonical_body &body, unsigned flags,
			 tree symbol);
extern void digest_body (const std::string &name, canonical_body *body);
extern void note_references (const canonical_body &body);
extern const canonical_body *body_of (tree fndecl);
extern std::string place_text (location_t location);

/* variables.cc: variables that functions refer to.  */

extern void note_variable (tree decl);
extern void note_public_variables ();
extern tree variable_table (tree decl);
extern void make_public_variable_tables ();
extern const canonical_body *constant_of (tree decl);
extern std::string variable_refusal (tree decl);
extern unsigned said_of_variable (tree decl);

/* registry.cc: which function an address is.  */

extern void note_taken_addresses ();
extern void make_registry (const std::vector<tree> &functions);
extern tree own_definition (tree fndecl);

/* leaves.cc: functions that the graph may not go on into.  */

extern tree library_table (tree fndecl);

/* locator.cc: where a thread has its variable.  */

extern tree make_locator (tree decl);

/* effects.cc: what a marked function does that cannot be cached.  */

extern bool effects_allowed_p (tree fndecl);
extern void say_refusal (location_t location, const std::string &function, const std::string &why);

/* contract.cc: what the arguments of a marked function mean; NULL_TREE after an error.  */

extern tree contract_table (tree fndecl);

/* wrapper.cc: gives the marked FNDECL its new body.  */

extern bool wrappable_p (tree fndecl);
extern void make_wrapper (tree fndecl, tree contract);

#endif
