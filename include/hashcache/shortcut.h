/* shortcut.h: the short way back to a result in memory, for calls whose inputs and result are a few numbers.
   SPDX-License-Identifier: BSD-2-Clause

   A call that was restored from memory leaves a shortcut on its thread's shelf: the bytes of its inputs and of its result. The next call
   with the same inputs takes it, with no digest, lock or allocation. What a shortcut says is what the whole way would find, since
   everything that enters a key is compared, byte by byte, or cannot have changed:

   code, contract, variables   the graph is the same. Graphs stay as they are for good, and a library that is loaded in the place of
                               another brings contracts without a graph.
   arguments, variables        each byte of their values is the same. When a shortcut is made its bytes are digested once more and
                               compared with those that made the key.
                               A variable is read while no other thread's call has patterns in its memory (written.h): such a word is no value.
   how the processor rounds    is compared.
   libraries                   follow from the graph and the settings. What enters a key besides and may change (threads of OpenMP, kernels
                               of BLAS, the locale) is in the key of calls that have no shortcut.
   settings                    are the same snapshot, which is never changed nor freed: one in which results are looked up and lines about
                               calls are not wanted.
   the result                  is still in memory: none has left its bucket since before it was found there. So what is forgotten,
                               dropped, replaced or driven out is not found by a shortcut either.

   Calls that follow pointers, write variables, or return what has pointers in it always go the whole way. */
#ifndef HASHCACHE_SHORTCUT_H
#define HASHCACHE_SHORTCUT_H

#include "graph.h"
#include "inside.h"
#include "key.h"
#include "memory.h"
#include "settings.h"
#include "shelf.h"
#include "statistics.h"
#include "together.h"

/* One word of at most eight bytes of a value. */
struct hashcache__portion {
  const char *variable; /* NULL: in an argument */
  uint32_t argument;
  uint16_t offset;
  uint16_t size; /* 1 to 8 */
};

/* How the words of a call are gathered. */
struct hashcache__recipe {
  uint32_t n_inputs; /* words of arguments and variables; those of the result follow; 0 in all if calls can have no shortcut */
  uint32_t n_words;
  uint32_t ordinal;   /* of the function, for its count */
  uint32_t variables; /* some of the words are in variables */
  struct hashcache__portion portions[HASHCACHE__SHORTCUT_WORDS];
};

/* A shortcut takes about so long itself. */
enum { HASHCACHE__SHORTCUT_NANOSECONDS = 20 };

/* The largest object, with its padding, that may be an input. */
enum { HASHCACHE__MOST_SHORT = 256 };

/* Recipes ---------------------------------------------------------------------------------------------------------------- */

/* Whether the value of an object of type T is in its own bytes alone, and in whole bytes. */
static int
hashcache__is_flat (const struct hashcache__type *t)
{
  switch (t->kind) {
  case HASHCACHE__INT:
  case HASHCACHE__UINT:
  case HASHCACHE__FLOAT: return t->size <= HASHCACHE__MOST_SHORT;
  case HASHCACHE__COMPLEX:
  case HASHCACHE__ARRAY: return t->size <= HASHCACHE__MOST_SHORT && hashcache__is_flat (t->element);
  case HASHCACHE__STRUCT:
    for (uint64_t i = 0; i < t->count; i++)
      if (t->fields[i].role != HASHCACHE__IGNORE && !hashcache__is_flat (t->fields[i].type))
        return 0;
    return t->size <= HASHCACHE__MOST_SHORT;
  default: return 0;
  }
}

/* The visitor of runs that adds their words to a recipe. */
struct hashcache__recipe_maker {
  struct hashcache__recipe recipe;
  const unsigned char *object;
  struct hashcache__portion next;
  int full;
};

static void
hashcache__add_portions (void *context, unsigned char *run, size_t n)
{
  struct hashcache__recipe_maker *maker = context;

  for (size_t done = 0; done < n && !maker->full; done += 8) {
    struct hashcache__portion *portion = &maker->recipe.portions[maker->recipe.n_words];

    if (maker->recipe.n_words == HASHCACHE__SHORTCUT_WORDS) {
      maker->full = 1;
      return;
    }
    *portion = maker->next;
    portion->offset = (uint16_t) (run + done - maker->object);
    portion->size = (uint16_t) (n - done < 8 ? n - done : 8);
    maker->recipe.n_words++;
  }
}

/* Adds the words of an object of type T, at VARIABLE or in the argument with number ARGUMENT; returns whether there was room. */
static int
hashcache__add_object_words (struct hashcache__recipe_maker *maker, const struct hashcache__type *t, const char *variable,
                             uint32_t argument)
{
  unsigned char object[HASHCACHE__MOST_SHORT];

  if (!hashcache__is_flat (t))
    return 0;
  maker->object = object;
  maker->next = (struct hashcache__portion){ .variable = variable, .argument = argument };
  hashcache__each_run (t, object, 1, hashcache__add_portions, maker); /* looks at no byte of it */
  return !maker->full;
}

static int
hashcache__add_inputs (struct hashcache__recipe_maker *maker, const struct hashcache__contract *contract,
                       const struct hashcache__graph *graph)
{
  for (uint32_t i = 0; i < contract->n_parameters; i++) {
    const struct hashcache__parameter *parameter = &contract->parameters[i];

    if (parameter->role != HASHCACHE__IGNORE
        && (parameter->role != HASHCACHE__IN || !hashcache__add_object_words (maker, parameter->type, NULL, i)))
      return 0;
  }
  for (size_t i = 0; i < graph->n_globals; i++) {
    const struct hashcache__global *global = &graph->globals[i];
    const struct hashcache__variable *variable = global->variable;

    if (global->role != HASHCACHE__IN || variable->locate
        || !hashcache__add_object_words (maker, variable->type, variable->address, 0))
      return 0;
  }
  return 1;
}

/* Whether MAKER has made a recipe for calls of CONTRACT below GRAPH. */
static int
hashcache__find_recipe (struct hashcache__recipe_maker *maker, const struct hashcache__contract *contract,
                        const struct hashcache__graph *graph)
{
  if (graph->reason || graph->n_targets > 0 || graph->threads || graph->team || graph->leaves.tuned || graph->leaves.local)
    return 0;
  if (!contract->returns || !hashcache__add_inputs (maker, contract, graph))
    return 0;
  maker->recipe.n_inputs = maker->recipe.n_words;
  maker->recipe.variables = graph->n_globals > 0;
  return hashcache__add_object_words (maker, contract->returns, NULL, 0);
}

/* The recipe for calls of CONTRACT below GRAPH, made at the first of them; NULL if they can have no shortcut. */
static const struct hashcache__recipe *
hashcache__recipe_of (const struct hashcache__contract *contract, struct hashcache__graph *graph)
{
  static const struct hashcache__recipe none;
  struct hashcache__recipe_maker maker = { .full = 0 };
  struct hashcache__recipe *recipe = __atomic_load_n (&graph->recipe, __ATOMIC_ACQUIRE);
  void *other = NULL;

  if (recipe)
    return recipe->n_words > 0 ? recipe : NULL;
  if (!hashcache__find_recipe (&maker, contract, graph)) {
    __atomic_store_n (&graph->recipe, (void *) (uintptr_t) &none, __ATOMIC_RELEASE);
    return NULL;
  }
  recipe = malloc (sizeof *recipe);
  if (!recipe)
    return NULL;
  *recipe = maker.recipe;
  recipe->ordinal = graph->figures->ordinal;
  if (!__atomic_compare_exchange_n (&graph->recipe, &other, recipe, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    free (recipe);
    recipe = other;
  }
  return recipe;
}

/* Words ------------------------------------------------------------------------------------------------------------------ */

static inline uint64_t
hashcache__load_word (const char *from, unsigned size)
{
  uint64_t word = 0;
  uint32_t half;

  switch (size) {
  case 8: memcpy (&word, from, 8); break;
  case 4:
    memcpy (&half, from, 4);
    word = half;
    break;
  default: memcpy (&word, from, size);
  }
  return word;
}

/* The same of a word that another thread may be storing. */
static inline uint64_t
hashcache__load_shared_word (const char *from, unsigned size)
{
  unsigned char bytes[8] = { 0 };
  uint64_t word;

  if (size == 8 && (uintptr_t) from % 8 == 0)
    return __atomic_load_n ((const uint64_t *) (const void *) from, __ATOMIC_ACQUIRE);
  if (size == 4 && (uintptr_t) from % 4 == 0)
    return __atomic_load_n ((const uint32_t *) (const void *) from, __ATOMIC_ACQUIRE);
  for (unsigned i = 0; i < size; i++)
    bytes[i] = __atomic_load_n ((const unsigned char *) from + i, __ATOMIC_ACQUIRE);
  memcpy (&word, bytes, 8);
  return word;
}

static inline void
hashcache__store_word (char *to, uint64_t word, unsigned size)
{
  const uint32_t half = (uint32_t) word;

  switch (size) {
  case 8: memcpy (to, &word, 8); break;
  case 4: memcpy (to, &half, 4); break;
  default: memcpy (to, &word, size);
  }
}

/* Gathers the inputs of the call of FRAME in WORDS. Returns whether they are values: none is another call's pattern. */
static inline int
hashcache__gather_words (const struct hashcache__recipe *recipe, const struct hashcache__frame *frame, uint64_t *words)
{
  const uint64_t about = recipe->variables ? atomic_load_explicit (&hashcache__patterns_about, memory_order_acquire) : 0;

  if (recipe->variables && (uint32_t) about != hashcache__own_patterns)
    return 0;
  for (uint32_t i = 0; i < recipe->n_inputs; i++) {
    const struct hashcache__portion *portion = &recipe->portions[i];

    words[i] = portion->variable
                   ? hashcache__load_shared_word (portion->variable + portion->offset, portion->size)
                   : hashcache__load_word ((const char *) frame->arguments[portion->argument] + portion->offset, portion->size);
  }
  return !recipe->variables || atomic_load_explicit (&hashcache__patterns_about, memory_order_relaxed) == about;
}

/* The first of the places where the shortcut for these N WORDS and GRAPH may be. */
static inline struct hashcache__shortcut *
hashcache__places_of (struct hashcache__shelf *shelf, const struct hashcache__graph *graph, const uint64_t *words, uint32_t n)
{
  uint64_t hash = (uint64_t) (uintptr_t) graph;

  for (uint32_t i = 0; i < n; i++) {
    hash = (hash ^ words[i]) * UINT64_C (0x9e3779b97f4a7c15);
    hash ^= hash >> 32;
  }
  return &shelf->shortcuts[hash * UINT64_C (0x9e3779b97f4a7c15) >> 32 & (HASHCACHE__SHORTCUTS - HASHCACHE__SHORTCUT_PLACES)];
}

/* Whether SHORTCUT is for these N WORDS and GRAPH, now. */
static inline int
hashcache__leads_there (const struct hashcache__shortcut *shortcut, const struct hashcache__graph *graph, const uint64_t *words,
                        uint32_t n, uint64_t arithmetic)
{
  if (shortcut->graph != graph || shortcut->arithmetic != arithmetic
      || shortcut->settings != atomic_load_explicit (&hashcache__current_settings, memory_order_relaxed))
    return 0;
  for (uint32_t i = 0; i < n; i++)
    if (shortcut->words[i] != words[i])
      return 0;
  return shortcut->changes == atomic_load_explicit (&shortcut->bucket->changes, memory_order_relaxed);
}

/* Taking one ------------------------------------------------------------------------------------------------------------- */

/* Gives the call of FRAME its result, and counts what that saves. */
static inline void
hashcache__follow_shortcut (struct hashcache__shelf *shelf, const struct hashcache__shortcut *shortcut,
                            const struct hashcache__recipe *recipe, const struct hashcache__frame *frame)
{
  for (uint32_t i = recipe->n_inputs; i < recipe->n_words; i++)
    hashcache__store_word ((char *) frame->result + recipe->portions[i].offset, shortcut->words[i], recipe->portions[i].size);
  if (!atomic_load_explicit (&shortcut->bucket->used, memory_order_relaxed))
    atomic_store_explicit (&shortcut->bucket->used, 1, memory_order_relaxed);
  if (shortcut->nanoseconds > HASHCACHE__SHORTCUT_NANOSECONDS)
    hashcache__add_to_shelf (&shelf->nanoseconds_saved, shortcut->nanoseconds - HASHCACHE__SHORTCUT_NANOSECONDS);
}

static uint64_t
hashcache__clock_nanoseconds (void)
{
  struct timespec t;

  return clock_gettime (HASHCACHE__CLOCK_MONOTONIC, &t) == 0 ? UINT64_C (1000000000) * (uint64_t) t.tv_sec + (uint64_t) t.tv_nsec
                                                             : 0;
}

/* Counts a hit below GRAPH, one of whose bodies took BODY nanoseconds. It began at BEGAN if it is timed; else that is 0. */
static inline void
hashcache__count_shortcut (struct hashcache__shelf *shelf, const struct hashcache__graph *graph,
                           const struct hashcache__recipe *recipe, uint64_t began, uint64_t body)
{
  if (recipe->ordinal < HASHCACHE__COUNTED_FUNCTIONS)
    hashcache__add_to_shelf (&shelf->hits[recipe->ordinal], 1);
  else {
    hashcache__add_to_shelf (&shelf->hits[HASHCACHE__COUNTED_FUNCTIONS], 1);
    (void) hashcache__figure_memory_hit (graph->figures);
  }
  if (began != 0)
    hashcache__figure_timed_hit (graph->figures, hashcache__clock_nanoseconds () - began, body);
}

/* When the hit that comes begins, if it is one of those that are timed; else 0. */
static inline uint64_t
hashcache__time_shortcut (const struct hashcache__shelf *shelf, const struct hashcache__recipe *recipe)
{
  const uint32_t i = recipe->ordinal < HASHCACHE__COUNTED_FUNCTIONS ? recipe->ordinal : (uint32_t) HASHCACHE__COUNTED_FUNCTIONS;
  const uint64_t n = atomic_load_explicit (&shelf->hits[i], memory_order_relaxed) + 1;

  return n % HASHCACHE__TIMED_ONE_IN == 0 ? hashcache__clock_nanoseconds () : 0;
}

/* How the processor computes. Where finding that out is a computation itself no flag is raised by it, and nothing trapped. */
static inline uint64_t
hashcache__arithmetic_unseen (void)
{
#if defined __x86_64__ || (defined __aarch64__ && defined __GNUC__ && !defined __clang__)
  return hashcache__arithmetic (); /* reads registers */
#else
  hashcache__arithmetic_state state;
  uint64_t arithmetic;

  hashcache__hold_arithmetic (&state);
  arithmetic = hashcache__arithmetic ();
  hashcache__release_arithmetic (&state);
  return arithmetic;
#endif
}

/* Restores the call of FRAME, whose first run this is, if there is a shortcut to its result; returns whether there was. The thread is not
   inside. Nothing here computes with floating-point numbers, locks, allocates, touches errno or can be cancelled halfway with harm, so
   the visit need not be one with all that belongs to it: the mark alone keeps signal handlers away from the shelf. */
static inline int
hashcache__take_shortcut (struct hashcache__frame *frame)
{
  struct hashcache__shelf *shelf = hashcache__shelf;
  const struct hashcache__graph *graph = __atomic_load_n (&frame->contract->state, __ATOMIC_ACQUIRE);
  const struct hashcache__recipe *recipe = shelf && graph ? __atomic_load_n (&graph->recipe, __ATOMIC_ACQUIRE) : NULL;
  uint64_t words[HASHCACHE__SHORTCUT_WORDS];
  const struct hashcache__shortcut *shortcut = NULL;
  uint64_t arithmetic, began;
  int found = 0;

  if (!recipe || recipe->n_words == 0)
    return 0;
  hashcache__inside = 1;
  atomic_signal_fence (memory_order_seq_cst);
  began = hashcache__time_shortcut (shelf, recipe);
  arithmetic = hashcache__arithmetic_unseen ();
  if (hashcache__gather_words (recipe, frame, words))
    shortcut = hashcache__places_of (shelf, graph, words, recipe->n_inputs);
  for (int i = 0; shortcut && i < HASHCACHE__SHORTCUT_PLACES && !found; i++, shortcut++)
    if (hashcache__leads_there (shortcut, graph, words, recipe->n_inputs, arithmetic)) {
      hashcache__follow_shortcut (shelf, shortcut, recipe, frame);
      hashcache__count_shortcut (shelf, graph, recipe, began, shortcut->nanoseconds);
      found = 1;
    }
  atomic_signal_fence (memory_order_seq_cst);
  hashcache__inside = 0;
  return found;
}

/* Leaving one ------------------------------------------------------------------------------------------------------------ */

/* Whether the N WORDS, and no others, make the DIGESTS of BLOCKS: a variable may have changed since they were made. Each input of a
   call that has a recipe is one block, in the order of the words. */
static int
hashcache__words_make (const struct hashcache__recipe *recipe, const uint64_t *words, const struct hashcache__blocks *blocks,
                       const struct hashcache__digest *digests)
{
  uint32_t next = 0;

  for (size_t i = 0; i < blocks->n; i++) {
    struct hashcache__block block = blocks->items[i];
    union {
      max_align_t alignment;
      char bytes[HASHCACHE__MOST_SHORT];
    } object;
    struct hashcache__digest digest;
    uint64_t left = hashcache__packed_size (block.type);

    if (block.group == HASHCACHE__GROUP_RETURN)
      continue;
    if (block.of || block.shares || block.type->size > sizeof object)
      return 0;
    memset (&object, 0, sizeof object);
    for (; left > 0 && next < recipe->n_inputs; next++) {
      hashcache__store_word (object.bytes + recipe->portions[next].offset, words[next], recipe->portions[next].size);
      left -= recipe->portions[next].size;
    }
    block.address = object.bytes;
    digest = hashcache__digest_block (&block, i);
    if (left > 0 || !hashcache__digest_equal (&digest, &digests[i]))
      return 0;
  }
  return next == recipe->n_inputs;
}

/* Which of the PLACES is given up for a new shortcut to a result of GRAPH with these N WORDS. */
static struct hashcache__shortcut *
hashcache__choose_place (struct hashcache__shelf *shelf, struct hashcache__shortcut *places, const struct hashcache__graph *graph,
                         const uint64_t *words, uint32_t n)
{
  for (int i = 0; i < HASHCACHE__SHORTCUT_PLACES; i++)
    if (!places[i].graph || (places[i].graph == graph && memcmp (places[i].words, words, n * sizeof *words) == 0))
      return &places[i];
  return &places[shelf->turn++ % HASHCACHE__SHORTCUT_PLACES];
}

/* The call of FRAME below GRAPH, with these BLOCKS and their DIGESTS, was restored from BUCKET, which had seen that many CHANGES before; to
   compute it takes SECONDS. Leaves a shortcut, if such calls can have one. */
static void
hashcache__leave_shortcut (const struct hashcache__settings *settings, struct hashcache__graph *graph,
                           const struct hashcache__occasion *occasion, const struct hashcache__blocks *blocks,
                           const struct hashcache__digest *digests, struct hashcache__result_bucket *bucket, uint64_t changes,
                           double seconds)
{
  const struct hashcache__recipe *recipe = hashcache__recipe_of (occasion->contract, graph);
  const struct hashcache__frame frame = { .arguments = occasion->arguments };
  struct hashcache__shelf *shelf = recipe && settings->verbose < 2 ? hashcache__own_shelf () : NULL;
  uint64_t words[HASHCACHE__SHORTCUT_WORDS];
  struct hashcache__shortcut *shortcut;

  if (!shelf || (settings->mode != HASHCACHE__MODE_ON && settings->mode != HASHCACHE__MODE_READONLY))
    return;
  if (!hashcache__gather_words (recipe, &frame, words) || !hashcache__words_make (recipe, words, blocks, digests))
    return;
  for (uint32_t i = recipe->n_inputs; i < recipe->n_words; i++)
    words[i] = hashcache__load_word ((const char *) occasion->result + recipe->portions[i].offset, recipe->portions[i].size);
  shortcut = hashcache__places_of (shelf, graph, words, recipe->n_inputs);
  shortcut = hashcache__choose_place (shelf, shortcut, graph, words, recipe->n_inputs);
  shortcut->graph = NULL;
  atomic_signal_fence (memory_order_seq_cst);
  shortcut->settings = settings;
  shortcut->bucket = bucket;
  shortcut->changes = changes;
  shortcut->nanoseconds = hashcache__nanoseconds (seconds);
  shortcut->arithmetic = hashcache__arithmetic ();
  memcpy (shortcut->words, words, recipe->n_words * sizeof *words);
  atomic_signal_fence (memory_order_seq_cst);
  shortcut->graph = graph;
}

#endif
