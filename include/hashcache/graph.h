/* graph.h: walks the call graph below a marked function: digests its code, collects its variables, finds what forbids caching.
   SPDX-License-Identifier: BSD-2-Clause

   The nodes are numbered in the order met, depth first in the order of the references, and that sequence is digested: for each
   node the digest of its body, for each reference its kind and the number of its target. Names and addresses of the program do
   not enter, those of library functions do; which libraries have them is for leaves.h. Recursion needs no special case, depth no C
   stack. Constants enter with their content. The walk is done once per contract and kept in its state.

   Functions that pointers in the arguments or variables lead to are walked after the function itself, in the order in which the
   call shows them; so for each such list of functions there is a graph. Those that pointers in constants lead to are references
   like others.

   What cannot be followed or has an effect makes the function uncacheable; the reason names it and the calls that lead to it.

   What HASHCACHE_ALLOW names is passed over. The list itself does not enter the digest, since it does not change what is computed.
   Two programs with equal digests have met the same effects in the same places, so either both are allowed what they do, or the one
   that is not looks for no entry: each effect that is passed over leaves its kind and name in the digest, and a function that is
   trusted without being known leaves a mark that none that is known can leave. */
#ifndef HASHCACHE_GRAPH_H
#define HASHCACHE_GRAPH_H

#include "functions.h"
#include "leaves.h"
#include "libraries.h"
#include "message.h"
#include "names.h"
#include "ordinals.h"
#include "per_function.h"
#include "structure.h"
#include "unfold.h"
#include "value.h"
#include <stdio.h>

struct hashcache__graph {
  struct hashcache__digest code;
  struct hashcache__digest contract;
  struct hashcache__details details; /* of the code */
  struct hashcache__global *globals; /* those that enter each call's key, in the order met */
  size_t n_globals;
  int threads;                     /* the number of OpenMP threads is part of the key */
  int team;                        /* shares work with the threads of a region around the call */
  int regions;                     /* has OpenMP regions, or works for one */
  int frees;                       /* may give back memory that it has not allocated itself */
  int compares;                    /* compares addresses with each other */
  int library;                     /* calls functions that have no node */
  struct hashcache__leaves leaves; /* these functions */
  const char *output;              /* a function that prints, NULL if none does */
  const char *output_place;
  char *reason;         /* why no call can be cached; NULL if calls can */
  const void **targets; /* the functions that the call's pointers lead to: they are part of the graph */
  size_t n_targets;
  struct hashcache__graph *other;     /* the next one of the same contract, with other targets */
  struct hashcache__figures *figures; /* of the function */
  void *recipe;                       /* atomic: of shortcut.h, NULL at first */
  int never_stored;                   /* atomic: a call has shown that results cannot be kept, so nobody need wait for one */
  int said;                           /* atomic: the user knows why calls are not cached */
  int said_clash;                     /* atomic: the user knows that threads share memory */
  int said_output;                    /* atomic: the user knows that it prints           */
};

/* The walk ------------------------------------------------------------------------------------------------------------ */

/* In the digest, and no kinds of reference: no further reference of this node; a function behind a pointer. */
enum { HASHCACHE__END = 1000, HASHCACHE__TARGET = 1001 };

/* Of a larger graph only the first nodes are kept for people. */
enum { HASHCACHE__MOST_NODES_NOTED = 128 };

struct hashcache__step_down {
  const struct hashcache__node *node;
  uint32_t next; /* reference */
};

struct hashcache__walk {
  struct hashcache__graph *graph;
  int approximate; /* results may differ from processor to processor */
  const struct hashcache__contract *contract;
  struct hashcache__hasher hasher;
  struct hashcache__ordinals nodes;
  struct hashcache__ordinals variables;
  struct hashcache__global *met; /* every variable met, by ordinal; role 0 so far */
  size_t met_capacity;
  struct hashcache__loaded_list objects;    /* once a library has been met */
  const struct hashcache__reference *lock;  /* keeps other threads out */
  const struct hashcache__reference *local; /* to a variable that each thread has its own of */
  struct hashcache__step_down *stack;
  size_t depth;
  size_t stack_capacity;
};

/* Appends the chain of calls from the marked function to where the walk stands: " (through `a`, `b`)". */
static void
hashcache__say_chain (const struct hashcache__walk *walk, char *text, size_t room)
{
  const size_t shown = 6; /* of a long chain: its two ends */
  size_t used = 0;

  if (walk->depth < 2)
    return;
  for (size_t i = 1; i < walk->depth && used < room; i++) {
    const size_t left = walk->depth - i;
    int n;

    if (i > shown / 2 && left > shown / 2) {
      n = i == shown / 2 + 1 ? snprintf (text + used, room - used, ", ...") : 0;
    } else
      n = snprintf (text + used, room - used, "%s`%s`", i == 1 ? " (through " : ", ", walk->stack[i].node->name);
    used += n > 0 ? (size_t) n : 0;
  }
  if (used + 1 < room)
    memcpy (text + used, ")", 2);
}

/* Keeps the first reason against caching: WHAT NAME (PLACE): WHY, and the chain of calls. 0, or -1 without memory. */
static int
hashcache__forbid (struct hashcache__walk *walk, const char *what, const char *name, const char *place, const char *why)
{
  char *text;
  int n;

  if (walk->graph->reason)
    return 0;
  text = malloc (HASHCACHE__REASON_SIZE);
  if (!text)
    return -1;
  n = snprintf (text, HASHCACHE__REASON_SIZE, "%s%s (%s)%s%s", what, name ? name : "?", place ? place : "?", why ? ": " : "",
                why ? why : "");
  if (n > 0 && n < HASHCACHE__REASON_SIZE)
    hashcache__say_chain (walk, text + n, HASHCACHE__REASON_SIZE - (size_t) n);
  walk->graph->reason = text;
  return 0;
}

static int
hashcache__allowed (const struct hashcache__walk *walk, const char *name)
{
  return hashcache__listed (walk->contract->allowed, name);
}

/* As hashcache__forbid, with what to write where EFFECT does not matter. */
static int
hashcache__forbid_effect (struct hashcache__walk *walk, const struct hashcache__reference *reference)
{
  char advice[HASHCACHE__REASON_SIZE];
  const int n = reference->effect ? snprintf (advice, sizeof advice, "where that does not matter, write HASHCACHE_ALLOW (\"%s\")",
                                              reference->effect)
                                  : 0;

  return hashcache__forbid (walk, "it ", reference->name, reference->place, n > 0 ? advice : NULL);
}

/* A function without a node that the user allows: only its name is known. What stands for the number of its node is no number of one,
   so that the digest is not that of a program where the function is known. */
static void
hashcache__pass_unknown (struct hashcache__walk *walk, const char *name)
{
  walk->graph->frees = walk->graph->compares = 1;
  hashcache__hash_u64 (&walk->hasher, UINT64_MAX);
  hashcache__hash_string (&walk->hasher, name);
}

static int
hashcache__step_into (struct hashcache__walk *walk, const struct hashcache__node *node)
{
  if (walk->depth == walk->stack_capacity) {
    const size_t capacity = 2 * walk->stack_capacity + 32;
    struct hashcache__step_down *stack = realloc (walk->stack, capacity * sizeof *stack);

    if (!stack)
      return -1;
    walk->stack = stack;
    walk->stack_capacity = capacity;
  }
  walk->stack[walk->depth++] = (struct hashcache__step_down){ node, 0 };
  walk->approximate |= (node->flags & HASHCACHE__APPROXIMATE) != 0;
  walk->graph->compares |= (node->flags & HASHCACHE__COMPARES) != 0;
  hashcache__hash_bytes (&walk->hasher, node->digest, sizeof node->digest);
  return 0;
}

/* NODE, met for the first time, is part of the code: kept for people, and said if HASHCACHE_VERBOSE is 3. Without memory it is not kept. */
static void
hashcache__note_node (const struct hashcache__walk *walk, const struct hashcache__node *node, uint32_t group)
{
  struct hashcache__digest digest;
  char hex[33];

  memcpy (digest.bytes, node->digest, sizeof digest.bytes);
  if (walk->graph->details.n < HASHCACHE__MOST_NODES_NOTED)
    hashcache__add_detail (&walk->graph->details, node->name, group, &digest);
  hashcache__digest_hex (&digest, hex);
  hashcache__say (3, "%s: code %s %s (%s)", walk->contract->function, hex, node->name, node->place);
}

/* The number of NODE, and all of it if it is met for the first time; GROUP is what it is for people. */
static int
hashcache__walk_node (struct hashcache__walk *walk, const struct hashcache__node *node, uint32_t group)
{
  size_t ordinal;
  const int first = hashcache__meet (&walk->nodes, node, &ordinal);

  if (first < 0)
    return -1;
  hashcache__hash_u64 (&walk->hasher, ordinal);
  if (!first)
    return 0;
  hashcache__note_node (walk, node, group);
  return hashcache__step_into (walk, node);
}

static int
hashcache__forbid_unknown (struct hashcache__walk *walk, const struct hashcache__reference *reference)
{
  char why[HASHCACHE__REASON_SIZE];

  (void) snprintf (
      why, sizeof why,
      "no file compiled with the plugin defines it; compile its file with -fplugin=hashcache, or, if its result depends "
      "on its arguments alone, write HASHCACHE_TRUST on its declaration or compile with "
      "-fplugin-arg-hashcache-trust=%s",
      reference->name ? reference->name : "NAME");
  return hashcache__forbid (walk, "it calls ", reference->name, reference->place, why);
}

/* The node that REFERENCE, a call, leads to; NULL if there is none. */
static const struct hashcache__node *
hashcache__node_of (const struct hashcache__reference *reference)
{
  const struct hashcache__library *library = reference->target;

  return reference->kind != HASHCACHE__LIBRARY ? reference->target : library ? library->node : NULL;
}

static int
hashcache__walk_call (struct hashcache__walk *walk, const struct hashcache__reference *reference)
{
  const struct hashcache__node *node = hashcache__node_of (reference);

  if (!node && hashcache__allowed (walk, reference->name)) {
    hashcache__pass_unknown (walk, reference->name);
    return 0;
  }
  if (!node)
    return hashcache__forbid_unknown (walk, reference);
  if (node->abi != HASHCACHE__ABI)
    return hashcache__forbid (walk, "it calls ", reference->name, reference->place,
                              "that was compiled with another version of the plugin; compile its file again");
  if (node->own != node->function)
    return hashcache__forbid (
        walk, "it calls ", reference->name, reference->place,
        "another definition of that weak function, compiled without the plugin, stands in for the one that is "
        "known; compile its file with -fplugin=hashcache too");
  if (node->flags & HASHCACHE__EXPORTED) {
    const char *substitute = hashcache__substitute (node->name, node, walk->stack[walk->depth - 1].node);

    if (substitute && hashcache__allowed (walk, reference->name)) {
      hashcache__pass_unknown (walk, reference->name);
      return 0;
    }
    if (substitute)
      return hashcache__forbid (walk, "it calls ", reference->name, reference->place, substitute);
  }
  return hashcache__walk_node (walk, node, HASHCACHE__GROUP_CALLEE);
}

static int
hashcache__keep_variable (struct hashcache__walk *walk, const struct hashcache__variable *variable, size_t ordinal)
{
  if (ordinal >= walk->met_capacity) {
    const size_t capacity = 2 * walk->met_capacity + 16;
    struct hashcache__global *met = realloc (walk->met, capacity * sizeof *met);

    if (!met)
      return -1;
    walk->met = met;
    walk->met_capacity = capacity;
  }
  walk->met[ordinal] = (struct hashcache__global){ .variable = variable };
  return 0;
}

static int
hashcache__meet_variable (struct hashcache__walk *walk, const struct hashcache__variable *variable, size_t ordinal)
{
  if (hashcache__keep_variable (walk, variable, ordinal))
    return -1;
  if ((variable->flags & HASHCACHE__IGNORED) || !variable->type) {
    hashcache__hash_u64 (&walk->hasher, variable->flags);
    return 0;
  }
  return hashcache__hash_variable (&walk->hasher, variable);
}

static int
hashcache__malformed (const struct hashcache__variable *variable)
{
  if (variable->flags & HASHCACHE__CONSTANT)
    return !variable->constant || variable->constant->abi != HASHCACHE__ABI;
  return !(variable->flags & HASHCACHE__IGNORED) && (!variable->type || !(variable->address || variable->locate));
}

static int
hashcache__walk_variable (struct hashcache__walk *walk, const struct hashcache__reference *reference)
{
  const struct hashcache__variable *variable = reference->target;
  size_t ordinal;
  int first, disregarded; /* neither in the key nor in the result */

  if (!variable)
    return hashcache__forbid (
        walk, "it uses the variable ", reference->name, reference->place,
        "no file compiled with the plugin defines it; compile that file with -fplugin=hashcache too, or mark "
        "the variable HASHCACHE_IGNORE");
  if (variable->abi != HASHCACHE__ABI)
    return hashcache__forbid (walk, "it uses the variable ", reference->name, reference->place,
                              "that was compiled with another version of the plugin; compile its file again");
  disregarded = (variable->flags & HASHCACHE__IGNORED)
                || ((variable->flags & HASHCACHE__VOLATILE) && hashcache__allowed (walk, "volatile"));
  if ((variable->flags & HASHCACHE__OPAQUE) && !disregarded)
    return hashcache__forbid (walk, "it uses the variable ", reference->name, reference->place, variable->why);
  if (!disregarded && hashcache__malformed (variable))
    return hashcache__forbid (walk, "it uses the variable ", reference->name, reference->place, "its table is malformed");
  hashcache__hash_u64 (&walk->hasher, variable->flags & HASHCACHE__CONSTANT);
  if (variable->flags & HASHCACHE__CONSTANT)
    return hashcache__walk_node (walk, variable->constant, HASHCACHE__GROUP_CONSTANT);
  first = hashcache__meet (&walk->variables, variable, &ordinal); /* by table: aliases differ in type, if not in address */
  if (first < 0)
    return -1;
  hashcache__hash_u64 (&walk->hasher, ordinal);
  hashcache__hash_u64 (&walk->hasher, reference->flags & (HASHCACHE__READ | HASHCACHE__WRITTEN));
  if (first && hashcache__meet_variable (walk, variable, ordinal))
    return -1;
  walk->met[ordinal].flags |= reference->flags;
  if (variable->locate)
    walk->local = reference;
  if (variable->type && variable->type->kind == HASHCACHE__FUNCTION && (reference->flags & HASHCACHE__WRITTEN))
    return hashcache__forbid (walk, "it sets the pointer to a function ", reference->name, reference->place,
                              "a hit could not make it point to the same place");
  return 0;
}

static int
hashcache__walk_library (struct hashcache__walk *walk, const struct hashcache__reference *reference)
{
  struct hashcache__loaded_list *objects = &walk->objects;
  const struct hashcache__loaded *holder;
  const char *obstacle = NULL;

  if (!objects->items && hashcache__list_objects (objects))
    return -1;
  holder = hashcache__holder (objects, hashcache__address_of (reference), hashcache__symbol_of (reference));
  if (!(reference->flags & HASHCACHE__TRUSTED))
    obstacle = hashcache__stranger (reference, objects, holder);
  else if (!holder && hashcache__address_of (reference))
    obstacle = "no library that is loaded has it";
  else if (holder && hashcache__begins (hashcache__last_name (holder->name), "libflexiblas"))
    obstacle = "FlexiBLAS hands it on to another library, and which one is not known; link that one";
  if (obstacle && hashcache__allowed (walk, reference->name)) {
    hashcache__pass_unknown (walk, reference->name);
    return 0;
  }
  if (obstacle)
    return hashcache__forbid (walk, "it calls ", reference->name, reference->place, obstacle);
  walk->graph->library = 1;
  walk->graph->frees |= hashcache__frees (reference->name);
  hashcache__hash_string (&walk->hasher,
                          reference->flags & HASHCACHE__TRUSTED ? hashcache__symbol_of (reference) : reference->name);
  hashcache__hash_u64 (&walk->hasher, reference->flags);
  return hashcache__allocates (reference->name) ? 0 : hashcache__add_leaf (&walk->graph->leaves, reference);
}

/* A function that ends the program may be anything; one that jumps out of the call would leave the runtime in the middle of it. */
static int
hashcache__walk_leaving (struct hashcache__walk *walk, const struct hashcache__reference *reference)
{
  const struct hashcache__node *node = reference->target;

  for (uint32_t i = 0; node && i < node->n_references; i++)
    if (node->references[i].kind == HASHCACHE__EFFECT && hashcache__begins (node->references[i].name, "jumps"))
      return hashcache__forbid (walk, "it calls ", reference->name, reference->place, node->references[i].name);
  return 0;
}

static int
hashcache__walk_reference (struct hashcache__walk *walk, const struct hashcache__reference *reference)
{
  if (reference->kind == HASHCACHE__LEAVES)
    return hashcache__walk_leaving (walk, reference);
  hashcache__hash_u64 (&walk->hasher, reference->kind);
  switch (reference->kind) {
  case HASHCACHE__CALL: return hashcache__walk_call (walk, reference);
  case HASHCACHE__VARIABLE: return hashcache__walk_variable (walk, reference);
  case HASHCACHE__LIBRARY:
    return hashcache__node_of (reference) ? hashcache__walk_call (walk, reference) /* the program's own function */
                                          : hashcache__walk_library (walk, reference);
  case HASHCACHE__OPENMP:
    walk->graph->regions = 1;
    walk->graph->threads |= !(walk->contract->flags & HASHCACHE__ANY_THREADS);
    walk->graph->team |= (reference->flags & HASHCACHE__TEAM) != 0;
    if (reference->flags & HASHCACHE__LOCKS)
      walk->lock = reference;
    return 0;
  case HASHCACHE__OUTPUT:
    if (!walk->graph->output && !hashcache__allowed (walk, reference->name)) {
      walk->graph->output = reference->name;
      walk->graph->output_place = reference->place;
    }
    hashcache__hash_string (&walk->hasher, reference->name);
    return 0;
  case HASHCACHE__EFFECT:
    hashcache__hash_string (&walk->hasher, reference->effect ? reference->effect : "");
    return hashcache__allowed (walk, reference->effect) ? 0 : hashcache__forbid_effect (walk, reference);
  default: return hashcache__forbid (walk, "it refers in an unknown way to ", reference->name, reference->place, NULL);
  }
}

/* Walks on until nothing is left. */
static int
hashcache__walk_below (struct hashcache__walk *walk)
{
  while (walk->depth > 0) {
    struct hashcache__step_down *top = &walk->stack[walk->depth - 1];

    if (top->next == top->node->n_references) {
      hashcache__hash_u64 (&walk->hasher, HASHCACHE__END);
      walk->depth--;
    } else if (hashcache__walk_reference (walk, &top->node->references[top->next++]))
      return -1;
  }
  return 0;
}

static int
hashcache__walk_root (struct hashcache__walk *walk, const struct hashcache__node *root)
{
  size_t ordinal;

  if (hashcache__meet (&walk->nodes, root, &ordinal) < 0 || hashcache__step_into (walk, root))
    return -1;
  hashcache__note_node (walk, root, HASHCACHE__GROUP_BODY);
  return hashcache__walk_below (walk);
}

static int
hashcache__forbid_target (struct hashcache__walk *walk, const void *address)
{
  struct hashcache__object object = { NULL, NULL, NULL, NULL };
  const int known = hashcache__dladdr (address, &object);

  return hashcache__forbid (walk, "a pointer leads to ", known && object.symbol ? object.symbol : "a function",
                            known ? object.file : NULL,
                            "no file compiled with the plugin defines it; compile that file with -fplugin=hashcache too");
}

/* The function at ADDRESS, which a pointer leads to, as if ROOT ended with a call of it. */
static int
hashcache__walk_target (struct hashcache__walk *walk, const struct hashcache__node *root, const void *address)
{
  const struct hashcache__function *function = hashcache__function_at (address);
  struct hashcache__reference reference = { .kind = HASHCACHE__LIBRARY, .place = "through a pointer" };

  if (!function)
    return hashcache__forbid_target (walk, address);
  if (function->node)
    reference.kind = HASHCACHE__CALL;
  reference.name = function->name;
  reference.target = function->node;
  hashcache__hash_u64 (&walk->hasher, HASHCACHE__TARGET);
  if (hashcache__step_into (walk, root))
    return -1;
  walk->stack[0].next = root->n_references;
  return hashcache__walk_reference (walk, &reference) || hashcache__walk_below (walk) ? -1 : 0;
}

static int
hashcache__walk_nodes (struct hashcache__walk *walk, const struct hashcache__node *root)
{
  if (hashcache__walk_root (walk, root))
    return -1;
  for (size_t i = 0; i < walk->graph->n_targets; i++)
    if (hashcache__walk_target (walk, root, walk->graph->targets[i]))
      return -1;
  return 0;
}

/* The machine ---------------------------------------------------------------------------------------------------------- */

/* The C library picks the code of its mathematical functions by what the processor has, and their last bits differ with it. */
static void
hashcache__hash_processor (struct hashcache__hasher *hasher)
{
  const char *tunables = getenv ("GLIBC_TUNABLES"); /* may hide from the library what the processor has */

  hashcache__hash_string (hasher, tunables ? tunables : "");
#if defined __x86_64__ || defined __i386__
  __builtin_cpu_init ();
  hashcache__hash_u64 (hasher, __builtin_cpu_supports ("fma") != 0);
  hashcache__hash_u64 (hasher, __builtin_cpu_supports ("fma4") != 0);
  hashcache__hash_u64 (hasher, __builtin_cpu_supports ("avx2") != 0);
  hashcache__hash_u64 (hasher, __builtin_cpu_supports ("avx512dq") != 0);
#endif
}

static void
hashcache__hash_machine (struct hashcache__hasher *hasher, int library, int approximate)
{
#if defined __x86_64__
  hashcache__hash_string (hasher, "x86_64");
#elif defined __i386__
  hashcache__hash_string (hasher, "i386");
#elif defined __aarch64__
  hashcache__hash_string (hasher, "aarch64");
#elif defined __powerpc64__
  hashcache__hash_string (hasher, "powerpc64");
#elif defined __riscv
  hashcache__hash_string (hasher, "riscv");
#else
  hashcache__hash_string (hasher, "other");
#endif
  hashcache__hash_u64 (hasher, sizeof (void *));
  hashcache__hash_u64 (hasher, __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  hashcache__hash_u64 (hasher, (uint64_t) library);
  if (library)
    hashcache__hash_processor (hasher);
  hashcache__hash_u64 (hasher, (uint64_t) approximate);
  if (approximate)
    hashcache__hash_model (hasher);
}

static void
hashcache__note_machine (struct hashcache__graph *graph, int approximate)
{
  struct hashcache__hasher hasher;
  struct hashcache__digest digest;

  hashcache__hash_start (&hasher);
  hashcache__hash_machine (&hasher, graph->library, approximate);
  digest = hashcache__hash_finish (&hasher);
  hashcache__add_detail (&graph->details, "machine", HASHCACHE__GROUP_MACHINE, &digest);
}

/* The graph of a contract ----------------------------------------------------------------------------------------------- */

static uint32_t
hashcache__role_of_variable (const struct hashcache__global *global)
{
  const uint32_t said = global->variable->flags;

  if (!(global->flags & HASHCACHE__WRITTEN) || (said & HASHCACHE__KEPT))
    return HASHCACHE__IN;
  return (said & HASHCACHE__FILLED) && (global->flags & HASHCACHE__STORED) ? HASHCACHE__OUT : HASHCACHE__INOUT;
}

/* Whether a hit may change GLOBAL or what it leads to. */
static int
hashcache__may_change (const struct hashcache__global *global)
{
  const struct hashcache__type *type = global->variable->type;

  return global->role != HASHCACHE__IN || (type->flags & HASHCACHE__POINTERS)
         || (type->kind == HASHCACHE__POINTER && !(type->flags & HASHCACHE__POINTEE_CONST));
}

/* A hit writes back variables without the lock under which the body does: another thread's change would be lost. */
static int
hashcache__check_threads (struct hashcache__walk *walk)
{
  if (walk->local && walk->graph->threads)
    return hashcache__forbid (walk, "it uses the thread-local variable ", walk->local->name, walk->local->place,
                              "and has OpenMP regions, whose other threads have variables of their own");
  if (!walk->lock)
    return 0;
  for (size_t i = 0; i < walk->graph->n_globals; i++)
    if (hashcache__may_change (&walk->graph->globals[i]))
      return hashcache__forbid (walk, "it keeps other threads out by ", walk->lock->name, walk->lock->place,
                                "and writes global variables, which a hit would restore without doing so");
  return 0;
}

/* Leaves in the list of variables met those that enter the key of each call. */
static void
hashcache__choose_globals (struct hashcache__walk *walk)
{
  struct hashcache__graph *graph = walk->graph;

  for (size_t i = 0; i < walk->variables.n; i++) {
    struct hashcache__global *global = &walk->met[i];

    if ((global->variable->flags & HASHCACHE__IGNORED) || !global->variable->type)
      continue;
    global->role = hashcache__role_of_variable (global);
    walk->met[graph->n_globals++] = *global;
  }
  graph->globals = walk->met;
  walk->met = NULL;
}

static int
hashcache__walk_graph (struct hashcache__graph *graph, const struct hashcache__contract *contract)
{
  struct hashcache__walk walk = { .graph = graph, .contract = contract };
  int failed;

  hashcache__hash_start (&walk.hasher);
  hashcache__hash_string (&walk.hasher, "hashcache code 2");
  failed = hashcache__walk_nodes (&walk, contract->node);
  hashcache__hash_machine (&walk.hasher, graph->library, walk.approximate);
  graph->code = hashcache__hash_finish (&walk.hasher);
  hashcache__note_machine (graph, walk.approximate);
  if (!failed) {
    hashcache__choose_globals (&walk);
    failed = hashcache__check_threads (&walk);
  }
  hashcache__free_objects (&walk.objects);
  free (walk.met);
  free (walk.stack);
  free (walk.nodes.slots);
  free (walk.variables.slots);
  return failed;
}

static void
hashcache__free_graph (struct hashcache__graph *graph)
{
  if (!graph)
    return;
  free (graph->globals);
  free (graph->reason);
  free (graph->targets);
  free (graph->details.items);
  hashcache__free_leaves (&graph->leaves);
  free (graph);
}

static int
hashcache__keep_targets (struct hashcache__graph *graph, const void *const *targets, size_t n)
{
  if (n == 0)
    return 0;
  graph->targets = malloc (n * sizeof *graph->targets);
  if (!graph->targets)
    return -1;
  memcpy (graph->targets, targets, n * sizeof *targets);
  graph->n_targets = n;
  return 0;
}

/* The graph of CONTRACT for calls whose pointers lead to the N functions TARGETS; NULL without memory. */
static struct hashcache__graph *
hashcache__make_graph (const struct hashcache__contract *contract, const void *const *targets, size_t n)
{
  struct hashcache__graph *graph = calloc (1, sizeof *graph);
  int failed = !graph || hashcache__keep_targets (graph, targets, n);

  if (!failed && (contract->abi != HASHCACHE__ABI || !contract->node || contract->node->abi != HASHCACHE__ABI)) {
    static const char reason[] = "it was compiled with another version of the plugin: compile it again";

    graph->reason = malloc (sizeof reason);
    if (graph->reason)
      memcpy (graph->reason, reason, sizeof reason);
    failed = !graph->reason;
  } else if (!failed)
    failed = hashcache__digest_contract (contract, &graph->contract) || hashcache__walk_graph (graph, contract);
  if (failed) {
    hashcache__free_graph (graph);
    return NULL;
  }
  graph->figures = hashcache__figures_of (contract);
  return graph;
}

static int
hashcache__same_targets (const struct hashcache__graph *graph, const void *const *targets, size_t n)
{
  return graph->n_targets == n && (n == 0 || memcmp (graph->targets, targets, n * sizeof *targets) == 0);
}

static struct hashcache__graph *
hashcache__known_graph (struct hashcache__graph *first, const void *const *targets, size_t n)
{
  while (first && !hashcache__same_targets (first, targets, n))
    first = first->other;
  return first;
}

/* The graph of CONTRACT for calls whose pointers lead to the N functions TARGETS, walked at the first of them; NULL without memory
   (the next call tries again). Graphs stay as long as the process. */
static struct hashcache__graph *
hashcache__graph_of (const struct hashcache__contract *contract, const void *const *targets, size_t n)
{
  void **state = &((struct hashcache__contract *) (uintptr_t) contract)->state;
  void *first = __atomic_load_n (state, __ATOMIC_ACQUIRE);
  struct hashcache__graph *graph = hashcache__known_graph (first, targets, n), *other;

  if (graph)
    return graph;
  graph = hashcache__make_graph (contract, targets, n);
  if (!graph)
    return NULL;
  do {
    other = hashcache__known_graph (first, targets, n); /* another thread was faster */
    graph->other = first;
  } while (!other && !__atomic_compare_exchange_n (state, &first, graph, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
  if (other)
    hashcache__free_graph (graph);
  return other ? other : graph;
}

#endif
