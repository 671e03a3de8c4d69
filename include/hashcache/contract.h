/* contract.h: the static tables through which the compiler plugin speaks to the runtime.
   SPDX-License-Identifier: BSD-2-Clause

   The plugin emits these structures into object files (gcc-plugin/tables.cc builds the same layouts, field by field); the
   runtime only reads them, but for `state`. Three kinds of table:

     node      what one function does: digest of its body, and what it refers to. The linker joins nodes into the call graph.
     variable  one global or static variable: where it lives, its type. Emitted by the unit that defines it.
     contract  what the arguments and the result of one marked function mean.

   A change of any layout or meaning here is a change of HASHCACHE__ABI: tables of another ABI then do not link, see
   HASHCACHE__RUN. No enumerated types as members, so that -fshort-enums cannot change a layout. */
#ifndef HASHCACHE_CONTRACT_H
#define HASHCACHE_CONTRACT_H

#include <stdint.h>

#define HASHCACHE__ABI 3

/* Types ------------------------------------------------------------------------------------------------------------- */

enum {
  HASHCACHE__INT = 1,      /* signed integer or enum of `size` bytes                                          */
  HASHCACHE__UINT = 2,     /* unsigned integer, enum or _Bool of `size` bytes                                 */
  HASHCACHE__FLOAT = 3,    /* binary floating point; `value_size` of its `size` bytes carry value             */
  HASHCACHE__COMPLEX = 4,  /* two `element`s: real part, imaginary part                                       */
  HASHCACHE__STRUCT = 5,   /* `count` `fields`                                                                */
  HASHCACHE__ARRAY = 6,    /* `count` `element`s, inside a struct, a variable or behind a pointer to an array */
  HASHCACHE__POINTER = 7,  /* pointer to `element`; how many of them is for the field or parameter to say     */
  HASHCACHE__FUNCTION = 8, /* pointer to a function                                                          */
  HASHCACHE__BITS = 9,     /* bit-field, in a struct only: `value_size` bits that begin with bit `count` (0 to 7, counted from the
                              least significant) of the field's first byte; `element`: its declared integer type, as which it is
                              kept outside memory; `size` is that of `element`                                       */
  HASHCACHE__FLEXIBLE = 10 /* array member at the end of a struct: as many `element`s as the field's extent says lie at the field
                              itself; `size` 0                                                                       */
};

enum {
  HASHCACHE__DENSE = 1,        /* every one of the `size` bytes is value: no padding, no pointer, no ignored field     */
  HASHCACHE__POINTERS = 2,     /* holds a pointer that must be followed, at any depth of fields and arrays             */
  HASHCACHE__CHAR = 4,         /* plain char (INT or UINT by the target's default)                                     */
  HASHCACHE__POINTEE_CONST = 8 /* POINTER: what it points to is const                                              */
};

struct hashcache__type {
  uint32_t kind;
  uint32_t flags;
  uint64_t size;       /* bytes, as sizeof says                                       */
  uint64_t value_size; /* FLOAT: leading bytes that carry value (x87 long double: 10) */
  uint64_t count;      /* STRUCT: fields; ARRAY: elements                             */
  const struct hashcache__type *element;
  const struct hashcache__field *fields;
  const char *name; /* as in the source, for people: "double", "struct crystal" */
};

/* Roles of arguments, fields and variables. */
enum {
  HASHCACHE__INHERIT = 0,     /* fields only: the field says nothing itself                                       */
  HASHCACHE__IN = 1,          /* in the key; left alone by the call (the runtime checks after computing)          */
  HASHCACHE__OUT = 2,         /* not in the key; the whole extent is stored and restored                          */
  HASHCACHE__INOUT = 3,       /* the value before the call is in the key, the value after it stored and restored  */
  HASHCACHE__IGNORE = 4,      /* neither                                                                          */
  HASHCACHE__WRITTEN_ONLY = 5 /* the call never reads it: not in the key; what the call wrote is stored and restored, the rest
                                 keeps the caller's bytes. Every scalar is one that a pattern can tell: 8 bytes and more, or a
                                 binary floating-point number of 4 bytes; and no pointers                          */
};

/* An expression for a number of elements: a postfix program over a stack of at most HASHCACHE__DEPTH 64-bit integers.
   Arithmetic that overflows, division by zero and a load through NULL make the call uncacheable, as does a negative count. */
enum {
  HASHCACHE__PUSH = 1,         /* push `value`                                                           */
  HASHCACHE__ARGUMENT = 2,     /* push the address of argument `value` itself                            */
  HASHCACHE__BASE = 3,         /* push the address of the struct that holds the field                    */
  HASHCACHE__ADDRESS = 4,      /* push `address`, that of a global variable                              */
  HASHCACHE__OFFSET = 5,       /* add `value` bytes to the address on top                                */
  HASHCACHE__LOAD_INT = 6,     /* replace the address on top by the signed integer of `value` bytes there   */
  HASHCACHE__LOAD_UINT = 7,    /* replace the address on top by the unsigned integer of `value` bytes there */
  HASHCACHE__LOAD_POINTER = 8, /* replace the address on top by the pointer there; NULL is an error   */
  HASHCACHE__ADD =
      9, /* the next five, and SHIFT_LEFT to MAXIMUM, take two operands, the second one on top; `value` is the number of
                         bits of the unsigned type that C computes them in, where wrapping around would be an overflow, or 0 */
  HASHCACHE__SUBTRACT = 10,
  HASHCACHE__MULTIPLY = 11,
  HASHCACHE__DIVIDE = 12,
  HASHCACHE__MODULO = 13,
  HASHCACHE__NEGATE = 14,
  HASHCACHE__STRLEN = 15,     /* replace the pointer on top by the length of the string there; NULL is an error */
  HASHCACHE__RESULT = 16,     /* push the address of the call's result; before the call has ended there is none  */
  HASHCACHE__SHIFT_LEFT = 17, /* a shift by less than 0 or more than 63, or of a negative number to the left, is an overflow */
  HASHCACHE__SHIFT_RIGHT = 18,
  HASHCACHE__BIT_AND = 19,
  HASHCACHE__BIT_OR = 20,
  HASHCACHE__BIT_XOR = 21,
  HASHCACHE__EQUAL = 22, /* comparisons yield 0 or 1 */
  HASHCACHE__NOT_EQUAL = 23,
  HASHCACHE__LESS = 24,
  HASHCACHE__LESS_EQUAL = 25,
  HASHCACHE__GREATER = 26,
  HASHCACHE__GREATER_EQUAL = 27,
  HASHCACHE__MINIMUM = 28,
  HASHCACHE__MAXIMUM = 29,
  HASHCACHE__NOT = 30,        /* replace the top by 1 if it is 0, else by 0 */
  HASHCACHE__COMPLEMENT = 31, /* replace the top by ~top                     */
  HASHCACHE__BRANCH = 32,     /* take the top away, and if it is 0 pass over the next `value` steps */
  HASHCACHE__JUMP = 33        /* pass over the next `value` steps            */
};

#define HASHCACHE__DEPTH 16

struct hashcache__step {
  uint64_t op;
  int64_t value;
  const void *address;
};

struct hashcache__expression {
  const char *text; /* as in the source, for messages */
  uint64_t n_steps;
  const struct hashcache__step *steps;
};

/* How far the memory behind a pointer reaches: the product of `n_dims` counts, outermost first, of the pointer's element
   type. STRING: a NUL-terminated string instead, n_dims 0. SINGLE: one element, declared or
   proven by its uses, n_dims 0. Where the elements are pointers themselves, INNER is the extent of what each of them leads to;
   for a field or variable that is an array of pointers, the extent is that of each of them. */
enum { HASHCACHE__COUNTED = 0, HASHCACHE__STRING = 1, HASHCACHE__SINGLE = 2 };

#define HASHCACHE__MAX_DIMS 8

struct hashcache__extent {
  uint32_t kind;
  uint32_t n_dims; /* at most HASHCACHE__MAX_DIMS */
  const struct hashcache__expression *dims;
  const struct hashcache__extent *inner; /* NULL if the elements are no pointers to data */
};

struct hashcache__field {
  const char *name; /* "" for an anonymous struct */
  const struct hashcache__type *type;
  uint64_t offset; /* bytes */
  uint32_t role;   /* INHERIT, IN, OUT, INOUT (pointers only) or IGNORE */
  uint32_t reserved;
  const struct hashcache__extent *extent; /* POINTER, array of POINTER, or FLEXIBLE, that is not ignored: never NULL */
};

/* Functions ---------------------------------------------------------------------------------------------------------- */

enum {
  HASHCACHE__ANNOTATED = 1,    /* the role was written by the user, or is proven, for all that the parameter's pointers lead to */
  HASHCACHE__DECLARED = 4,     /* the role was written by the user: what the parameter leads to belongs to one call at a time */
  HASHCACHE__POINTERS_STAY = 2 /* OUT: the call does not set the pointers in what it fills: they are inputs */
};

struct hashcache__parameter {
  const char *name;
  const struct hashcache__type *type; /* NULL if the role is IGNORE */
  uint32_t role;                      /* never INHERIT */
  uint32_t flags;
  const struct hashcache__extent *extent; /* POINTER only */
};

/* What a body refers to, in the order of its first reference. */
enum {
  HASHCACHE__CALL = 1,     /* a function; target: its node, NULL if no unit with the plugin defines it           */
  HASHCACHE__LIBRARY = 2,  /* a function of the C library that is known by name to have no effect but its result, or one that is
                              trusted to have none (flags: TRUSTED, TUNED); target: a hashcache__library               */
  HASHCACHE__VARIABLE = 3, /* target: a hashcache__variable, NULL if no unit with the plugin defines it          */
  HASHCACHE__OPENMP = 4,   /* the OpenMP runtime: results depend on how it shares work among threads; target: a function of that
                              runtime, so that it is linked; flags: LOCKS if others are kept out meanwhile          */
  HASHCACHE__OUTPUT = 5,   /* prints: a hit will not repeat it                                                   */
  HASHCACHE__LEAVES = 7,   /* a function that does not return, on a way that yields no result; target as for CALL. It does not
                              enter the digest; its node must have no EFFECT that "jumps"                           */
  HASHCACHE__EFFECT = 6    /* `name` says what makes this body uncacheable, such as "calls time ()"              */
};

enum {                         /* flags of VARIABLE */
       HASHCACHE__READ = 1,    /* perhaps                                                                    */
       HASHCACHE__WRITTEN = 2, /* perhaps: its address is at hand where something may be written              */
       HASHCACHE__STORED = 4   /* by name; WRITTEN as well                                                    */
};
enum {                       /* flags of OPENMP   */
       HASHCACHE__LOCKS = 1, /* keeps other threads out                                                     */
       HASHCACHE__TEAM = 2   /* shares work with, or waits for, the threads of the region that it is called in */
};

/* Flags of LIBRARY. TRUSTED: by the user or by the plugin's list, so it may be in any object. TUNED: its last bits depend on threads
   and on the choice of kernels, and it comes from the plugin's list. LOCALE: it depends on the locale. */
enum { HASHCACHE__TRUSTED = 1, HASHCACHE__TUNED = 2, HASHCACHE__LOCALE = 4 };

struct hashcache__reference {
  uint32_t kind;
  uint32_t flags;
  const char *name;  /* in the source, for people */
  const char *place; /* "file.c:12:3", for people */
  const void *target;
  const char *effect; /* EFFECT: what HASHCACHE_ALLOW calls it: "time", "volatile"; NULL if it can never be allowed */
};

struct hashcache__node {
  uint32_t abi;
  uint32_t n_references;
  unsigned char digest[16]; /* of the body: see gcc-plugin/body.cc */
  const char *name;
  const char *place;
  const struct hashcache__reference *references;
  uint64_t flags;       /* EXPORTED, APPROXIMATE, COMPARES */
  const void *function; /* of a weak function: what its name stands for in the program, */
  const void *own;      /* and what this node describes; NULL where both are the same   */
};

/* A function that the unit calls without knowing whether any unit with the plugin defines it. */
struct hashcache__library {
  const void *node;     /* NULL if none does; else it is called like any other function                */
  const void *function; /* what the linker bound the call to; NULL if nothing, or for a mere builtin   */
  const char *symbol;   /* its name for the linker                                                     */
};

enum {
  HASHCACHE__EXPORTED = 1,    /* the function is known to the linker by its `name`, and another may stand in for it       */
  HASHCACHE__APPROXIMATE = 2, /* it may contain instructions (rsqrt, rcp) whose results differ from processor to processor */
  HASHCACHE__COMPARES = 4     /* it compares or subtracts addresses: whether one array ends where another begins may show  */
};

/* Which function an address is. Each unit lays such entries into the section HASHCACHE__FUNCTIONS, for its functions that may be
   called through a pointer; all NULL between them is padding. The linker makes one list of them for each program or library, which
   names its two ends, and HASHCACHE__FUNCTION_LIST (struct hashcache__function_list) lets others find it. */
struct hashcache__function {
  const void *function; /* NULL: a function of the C library, found by its name */
  const struct hashcache__node *node;
  const char *name;
  const void *reserved;
};

struct hashcache__function_list {
  const struct hashcache__function *first, *end;
};

#define HASHCACHE__FUNCTIONS hashcache_functions_3
#define HASHCACHE__FIRST_FUNCTION __start_hashcache_functions_3
#define HASHCACHE__END_OF_FUNCTIONS __stop_hashcache_functions_3
#define HASHCACHE__FUNCTION_LIST hashcache__function_list_3

enum {
  HASHCACHE__CONSTANT = 1,  /* cannot change while the program runs: part of the code, by `constant` */
  HASHCACHE__IGNORED = 2,   /* HASHCACHE_IGNORE on the variable, or nobody reads it            */
  HASHCACHE__OPAQUE = 4,    /* of a type that cannot be cached: `why` says which and what to do */
  HASHCACHE__VOLATILE = 16, /* OPAQUE for no other reason than that it is volatile: as IGNORED where that is allowed */
  HASHCACHE__FILLED = 32,   /* HASHCACHE_OUT: a call that stores to it fills all of it, whatever it held; it holds no pointers */
  HASHCACHE__KEPT = 64      /* HASHCACHE_IN: no call changes it, whatever may write to it                                      */
};

struct hashcache__variable {
  uint32_t abi;
  uint32_t flags;
  const char *name;
  const char *place;
  const char *why;
  const struct hashcache__type *type;     /* NULL if CONSTANT, OPAQUE or IGNORED */
  const struct hashcache__extent *extent; /* if the variable is a pointer */
  void *address;                          /* NULL if `type` is */
  const struct hashcache__node *constant; /* CONSTANT: what the initialiser holds and refers to */
  void *(*locate) (void);                 /* thread-local: answers the address of this thread's; `address` is NULL then */
};

struct hashcache__contract {
  uint32_t abi;
  uint32_t n_parameters;
  const char *function;
  const char *source; /* "file.c:12" */
  const char *compiler;
  const char *text; /* the contract as a person would write it */
  const struct hashcache__parameter *parameters;
  const struct hashcache__type *returns; /* NULL for void */
  const struct hashcache__node *node;
  const char *allowed;                      /* HASHCACHE_ALLOW: names of effects, with globs, see names.h; NULL or "" for none */
  uint64_t flags;                           /* ANY_THREADS or 0 */
  void *state;                              /* the runtime's own, NULL at first; written atomically */
  const struct hashcache__extent *returned; /* of a returned POINTER: HASHCACHE_RETURNS; else NULL                 */
  const struct hashcache__expression *store_if; /* HASHCACHE_IF: evaluated after the call, not stored if 0; NULL: always */
  uint64_t version;                             /* HASHCACHE_VERSION: a number of the user's in the key, 0 if none */
};

enum { HASHCACHE__ANY_THREADS = 1 }; /* the result does not depend on how OpenMP shares work among threads */

/* One call. The wrapper that the plugin makes of a marked function is

     struct hashcache__frame frame = { &contract, { &parameter_1, ... }, &result };
     while (hashcache__run (&frame))
       result = the_original_body (parameter_1, ...);
     return result;

   The first run looks the call up: 0 and every output is in place, or nonzero and the body must run. The next one takes
   what the body has done. */
struct hashcache__frame {
  const struct hashcache__contract *contract;
  void *const *arguments; /* address of each parameter of the wrapper */
  void *result;           /* address of the result, NULL for void */
  void *call;             /* the runtime's own, NULL at first */
};

/* The one symbol that a unit with marked functions needs. A program in which no C file carries the runtime fails to link, and
   the symbol that the linker misses says what to do. */
#define HASHCACHE__RUN hashcache__abi3_one_C_file_must_define_HASHCACHE_IMPLEMENTATION_before_including_hashcache_h

#endif
