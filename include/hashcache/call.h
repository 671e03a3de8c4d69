/* call.h: the way of one call: key, memory, store, claim, compute, publish.
   SPDX-License-Identifier: BSD-2-Clause

   A call either restores every output, or its body runs, with the arguments as the caller gave them. Whatever the cache lacks,
   memory, a directory, a lock, the body runs, and the caller sees its result. A result is kept only if the call has left its
   inputs alone and its pointers where they were. errno and the flags of arithmetic are, after a hit, what they were before the
   call; after a computation, what the body has left there. HASHCACHE_VERBOSE 2 tells the outcome of each call, 3 the parts of
   each key. */
#ifndef HASHCACHE_CALL_H
#define HASHCACHE_CALL_H

#include "claim.h"
#include "graph.h"
#include "inside.h"
#include "key.h"
#include "memory.h"
#include "message.h"
#include "posix.h"
#include "settings.h"
#include "statistics.h"
#include "store.h"
#include "unfold.h"
#include <fenv.h>

/* A call that may be cached, from its lookup to its end. */
struct hashcache__call {
  const struct hashcache__settings *settings;
  struct hashcache__graph *graph;
  struct hashcache__occasion occasion;
  struct hashcache__blocks blocks;
  struct hashcache__digest *digests; /* of each block before the call */
  struct hashcache__image *before;   /* content of the INOUT blocks before the call; NULL until the body runs */
  struct hashcache__flight *flight;  /* NULL without a claim */
  struct hashcache__spot spot;
  struct hashcache__key key;
  double entered, started;
  int waited;
  pid_t process;
  size_t *firsts; /* n_groups + 1 */
  size_t n_groups;
  struct hashcache__part parts[]; /* the firsts stand behind them */
};

enum { HASHCACHE__MAX_ROUNDS = 64 }; /* from functions to variables to functions */

/* The mark of a frame whose body runs without the cache. */
static char hashcache__plain;

/* Marked functions call each other; only the outermost one's time is counted. */
static _Thread_local unsigned hashcache__computing;

/* Messages -------------------------------------------------------------------------------------------------------------- */

static void
hashcache__say_uncached (struct hashcache__graph *graph, const struct hashcache__contract *contract, const char *reason)
{
  if (__atomic_exchange_n (&graph->said, 1, __ATOMIC_RELAXED) == 0)
    hashcache__say (1, "%s (%s) is not cached: %s", contract->function, contract->source, reason);
}

static void
hashcache__say_outcome (const struct hashcache__call *call, const char *outcome, double seconds)
{
  char hex[33];

  if (call->settings->verbose < 2)
    return;
  hashcache__digest_hex (&call->key.key, hex);
  hashcache__say (2, "%s %s: %s (%llu us)", call->occasion.contract->function, hex, outcome,
                  (unsigned long long) (hashcache__nanoseconds (seconds) / 1000));
}

static const char *
hashcache__group_text (uint32_t group)
{
  return group == HASHCACHE__GROUP_INPUT ? "argument" : group == HASHCACHE__GROUP_GLOBAL ? "global" : "part";
}

static void
hashcache__say_parts (const struct hashcache__call *call)
{
  for (size_t i = 0; call->settings->verbose >= 3 && i < call->key.n_parts; i++) {
    char hex[33];

    hashcache__digest_hex (&call->key.parts[i].digest, hex);
    hashcache__say (3, "%s: %s %s %s", call->occasion.contract->function, hashcache__group_text (call->key.parts[i].group), hex,
                    call->key.parts[i].name);
  }
}

static void
hashcache__say_output (struct hashcache__graph *graph, const struct hashcache__contract *contract)
{
  if (graph->output && __atomic_exchange_n (&graph->said_output, 1, __ATOMIC_RELAXED) == 0)
    hashcache__say (2, "%s (%s) prints by %s (%s): a hit will not", contract->function, contract->source, graph->output,
                    graph->output_place ? graph->output_place : "?");
}

/* Life ------------------------------------------------------------------------------------------------------------------ */

static struct hashcache__call *
hashcache__make_call (const struct hashcache__frame *frame, struct hashcache__spot spot,
                      const struct hashcache__settings *settings, struct hashcache__graph *graph)
{
  const struct hashcache__contract *contract = frame->contract;
  const size_t n_parts = hashcache__n_parts (contract, graph), n_groups = contract->n_parameters + graph->n_globals;
  struct hashcache__call *call = malloc (sizeof *call + n_parts * sizeof *call->parts + (n_groups + 1) * sizeof *call->firsts);

  if (!call)
    return NULL;
  *call = (struct hashcache__call){ .settings = settings, .graph = graph, .spot = spot, .entered = hashcache__now () };
  call->occasion = (struct hashcache__occasion){ contract, frame->arguments, frame->result, graph->globals, graph->n_globals };
  call->key.parts = call->parts;
  call->firsts = (size_t *) (void *) (call->parts + n_parts);
  call->n_groups = n_groups;
  return call;
}

static void
hashcache__free_call (struct hashcache__call *call)
{
  for (size_t i = 0; call->before && i < call->blocks.n; i++)
    hashcache__image_free (&call->before[i]);
  free (call->before);
  free (call->digests);
  hashcache__free_blocks (&call->blocks);
  free (call);
}

/* The body will run without the cache: CALL, which may be NULL, is over. */
static int
hashcache__give_up (struct hashcache__call *call)
{
  hashcache__count (&hashcache__counters.uncached, 1);
  if (call && call->waited)
    hashcache__count (&hashcache__counters.waited, 1);
  if (call && call->flight)
    hashcache__land (call->flight, 0);
  if (call)
    hashcache__free_call (call);
  return 1;
}

/* Looking up ------------------------------------------------------------------------------------------------------------ */

/* Why no call below GRAPH can be cached now, NULL if some can. GCC computes with constants as if the processor rounded to nearest, and
   so what a body computes under another rounding depends on how far GCC has looked. */
static const char *
hashcache__obstacle (struct hashcache__graph *graph, int libs)
{
  const char *obstacle = hashcache__leaves_obstacle (&graph->leaves, libs);

  if (!hashcache__rounds_to_nearest ())
    return "the processor does not round to nearest (fesetround), which compiled code obeys only in part";
  if (obstacle)
    return obstacle;
  if (graph->threads)
    return hashcache__openmp_obstacle ();
  return graph->team ? hashcache__team_obstacle () : NULL;
}

/* Finds the pieces of memory that CALL is about; 0, or -1 if it cannot be cached. */
static int
hashcache__find_blocks (struct hashcache__call *call)
{
  const char *obstacle = hashcache__obstacle (call->graph, call->settings->libs);
  char reason[HASHCACHE__REASON_SIZE];

  if (!obstacle && hashcache__unfold (&call->occasion, &call->blocks, call->firsts, reason) == 0)
    return 0;
  hashcache__say_uncached (call->graph, call->occasion.contract, obstacle ? obstacle : reason);
  return -1;
}

static int
hashcache__identify (struct hashcache__call *call)
{
  call->digests = malloc ((call->blocks.n + 1) * sizeof *call->digests);
  if (!call->digests)
    return -1;
  hashcache__make_key (&call->key, call->occasion.contract, call->graph, &call->blocks, call->firsts, call->digests,
                       call->settings->libs);
  hashcache__say_parts (call);
  return 0;
}

/* Whether the graph of CALL is that of the functions which its pointers lead to. */
static int
hashcache__graph_is_right (const struct hashcache__call *call)
{
  return hashcache__same_targets (call->graph, call->blocks.functions, call->blocks.n_functions);
}

/* The call of FRAME below GRAPH, with its key; NULL if it cannot be cached. A function behind a pointer may read variables that hold
   further pointers to functions. */
static struct hashcache__call *
hashcache__prepare (const struct hashcache__frame *frame, struct hashcache__spot spot, const struct hashcache__settings *settings,
                    struct hashcache__graph *graph)
{
  for (unsigned round = 0; graph && !graph->reason && round < HASHCACHE__MAX_ROUNDS; round++) {
    struct hashcache__call *call = hashcache__make_call (frame, spot, settings, graph);
    const int found = call && hashcache__find_blocks (call) == 0;

    if (found && hashcache__graph_is_right (call) && hashcache__identify (call) == 0) {
      hashcache__say_output (graph, frame->contract);
      return call;
    }
    graph = found && !hashcache__graph_is_right (call)
                ? hashcache__graph_of (frame->contract, call->blocks.functions, call->blocks.n_functions)
                : NULL;
    if (call)
      hashcache__free_call (call);
  }
  if (graph)
    hashcache__say_uncached (graph, frame->contract, graph->reason ? graph->reason : "its pointers to functions change all the time");
  return NULL;
}

/* Restores the outputs from memory or store if the result is there; returns whether it was. */
static int
hashcache__find (struct hashcache__call *call)
{
  double seconds = 0.0;
  const int in_memory = hashcache__memory_get (&call->key.key, &call->blocks, &seconds);

  if (!in_memory && !hashcache__store_fetch (&call->key, &call->blocks, &seconds))
    return 0;
  if (!in_memory)
    (void) hashcache__memory_put (&call->key.key, &call->blocks, seconds, call->settings->memory);
  hashcache__count (in_memory ? &hashcache__counters.hits_memory : &hashcache__counters.hits_store, 1);
  if (call->waited)
    hashcache__count (&hashcache__counters.waited, 1);
  seconds -= hashcache__now () - call->entered;
  hashcache__count_seconds (&hashcache__counters.nanoseconds_saved, seconds);
  hashcache__say_outcome (call, in_memory ? "found in memory, saved" : "found in the store, saved", seconds);
  return 1;
}

static void
hashcache__say_late (const struct hashcache__call *call)
{
  hashcache__trouble ("late", "%s: another process or thread computes the same for longer than HASHCACHE_WAIT: computing too",
                      call->occasion.contract->function);
}

static void
hashcache__nap (double seconds)
{
  const struct timespec time = hashcache__timespec_of (seconds);

  (void) nanosleep (&time, NULL);
}

/* CALL has its key among this process's threads; claims it among processes until DEADLINE. Returns 1 if the result was found
   meanwhile, 0 if it is for this call to compute. */
static int
hashcache__wait_for_processes (struct hashcache__call *call, double deadline)
{
  double nap = 50e-6, look = hashcache__now () + 1.0;

  while (hashcache__claim_among_processes (call->flight) == 0) {
    const double now = hashcache__now ();

    call->waited = 1;
    if (now >= deadline) {
      hashcache__say_late (call);
      break;
    }
    hashcache__nap (nap < deadline - now ? nap : deadline - now);
    nap = nap < 3.3e-3 ? 1.5 * nap : 5e-3;
    if (now < look)
      continue;
    if (hashcache__find (call)) /* its holder may hang after publishing, or a child of its holder keep the lock */
      return 1;
    look = now + 1.0;
  }
  /* Always: whoever had the lock until now has published what this call missed before. */
  return hashcache__find (call);
}

/* Claims CALL's key, or waits for whoever has it. Returns 1 if the result was found meanwhile, 0 if the body must run. */
static int
hashcache__claim (struct hashcache__call *call)
{
  const double deadline = call->entered + call->settings->wait;

  if (__atomic_load_n (&call->graph->never_stored, __ATOMIC_RELAXED))
    return 0;
  for (;;) {
    const double look = hashcache__now () + 1.0; /* another process may have published meanwhile */
    const int answer = hashcache__claim_among_threads (&call->key.key, call->spot, look < deadline ? look : deadline,
                                                       &call->flight, &call->waited);
    const int late = answer == HASHCACHE__CLAIM_LATE && hashcache__now () >= deadline;
    int found;

    if (answer == HASHCACHE__CLAIM_NONE)
      return 0;
    if (late)
      hashcache__say_late (call);
    found = answer == HASHCACHE__CLAIM_MINE ? hashcache__wait_for_processes (call, deadline) : hashcache__find (call);
    if (found && call->flight)
      hashcache__land (call->flight, 1);
    if (found || late || answer == HASHCACHE__CLAIM_MINE)
      return found;
  }
}

/* Computing ------------------------------------------------------------------------------------------------------------- */

static int
hashcache__keep_before (struct hashcache__call *call)
{
  call->before = calloc (call->blocks.n + 1, sizeof *call->before);
  if (!call->before)
    return -1;
  for (size_t i = 0; i < call->blocks.n; i++)
    if (call->blocks.items[i].role == HASHCACHE__INOUT && hashcache__image_take (&call->before[i], &call->blocks.items[i]))
      return -1;
  return 0;
}

/* A body that was left by a jump does not come back: nobody shall wait for it. */
static void
hashcache__mind_left_calls (struct hashcache__spot spot)
{
  const unsigned n = hashcache__give_up_left_calls (&spot);

  hashcache__computing -= n < hashcache__computing ? n : hashcache__computing;
}

/* The first of the two runs of FRAME: 0 if every output is in place, 1 if the body must run. */
static int
hashcache__enter (struct hashcache__frame *frame, uintptr_t stack)
{
  const struct hashcache__spot spot = { frame, stack };
  const struct hashcache__settings *settings = hashcache__settings ();
  struct hashcache__call *call = NULL;

  hashcache__count_call ();
  frame->call = &hashcache__plain;
  if (hashcache__computing)
    hashcache__mind_left_calls (spot);
  if (settings->mode == HASHCACHE__MODE_ON)
    call = hashcache__prepare (frame, spot, settings, hashcache__graph_of (frame->contract, NULL, 0));
  if (!call)
    return hashcache__give_up (NULL);
  if (hashcache__find (call) || hashcache__claim (call)) {
    hashcache__free_call (call);
    return 0;
  }
  if (hashcache__keep_before (call))
    return hashcache__give_up (call);
  frame->call = call;
  hashcache__computing++;
  call->process = getpid ();
  call->started = hashcache__now ();
  return 1;
}

/* Whether what the body has done can be kept: its inputs and the shape of its memory are as before. */
static int
hashcache__may_keep (struct hashcache__call *call)
{
  const struct hashcache__contract *contract = call->occasion.contract;
  struct hashcache__blocks after = { 0 };
  char reason[HASHCACHE__REASON_SIZE];
  const char *changed;
  const int same =
      hashcache__unfold (&call->occasion, &after, call->firsts, reason) == 0 && hashcache__same_extents (&call->blocks, &after);

  hashcache__free_blocks (&after);
  if (!same) {
    hashcache__trouble (NULL, "%s (%s) is not stored: the call changed a pointer or a number of elements", contract->function,
                        contract->source);
    return 0;
  }
  changed = hashcache__changed_input (&call->blocks, call->firsts, call->n_groups, call->digests);
  if (!changed)
    return 1;
  hashcache__trouble (
      NULL,
      "%s (%s) is not stored: the input `%s` changed during the call; mark it HASHCACHE_INOUT, or HASHCACHE_IGNORE "
      "if it does not matter",
      contract->function, contract->source, changed);
  return 0;
}

/* Some versions of HDF5 raise floating-point exceptions while they find out what numbers are like here. A program that traps them
   must not be ended by that, nor one that looks at the flags be misled. */
static int
hashcache__store (const struct hashcache__call *call, double seconds)
{
  fenv_t environment;
  const int held = feholdexcept (&environment) == 0;
  const int published = hashcache__store_publish (&call->key, call->occasion.contract, &call->blocks, call->before, seconds);

  if (held)
    (void) fesetenv (&environment);
  return published;
}

/* Makes what the body has done known to all who may ask for it. */
static int
hashcache__publish (struct hashcache__call *call, double seconds)
{
  int published, remembered;

  if (!hashcache__may_keep (call)) {
    __atomic_store_n (&call->graph->never_stored, 1, __ATOMIC_RELAXED);
    hashcache__count (&hashcache__counters.store_failures, 1);
    return 0;
  }
  remembered = hashcache__memory_put (&call->key.key, &call->blocks, seconds, call->settings->memory);
  published = hashcache__store (call, seconds);
  if (published && __atomic_load_n (&call->graph->never_stored, __ATOMIC_RELAXED)) /* not all calls of it are alike */
    __atomic_store_n (&call->graph->never_stored, 0, __ATOMIC_RELAXED);
  return published || remembered;
}

/* The second run of FRAME, after the body. */
static void
hashcache__leave (struct hashcache__frame *frame)
{
  const double now = hashcache__now ();
  struct hashcache__call *call = frame->call;
  const double seconds = now - call->started;
  int landed;

  if (call->process != getpid ()) /* the body forked, and this is the child: its figures begin here */
    hashcache__count_call ();
  hashcache__count (&hashcache__counters.computed, 1);
  if (call->waited)
    hashcache__count (&hashcache__counters.waited, 1);
  if (hashcache__computing == 0 || --hashcache__computing == 0)
    hashcache__count_seconds (&hashcache__counters.nanoseconds_computing, seconds);
  landed = hashcache__publish (call, seconds);
  if (call->flight)
    hashcache__land (call->flight, landed);
  hashcache__say_outcome (call, landed ? "computed" : "computed, not kept", seconds);
  hashcache__free_call (call);
  frame->call = &hashcache__plain;
}

/* FRAME belongs to a signal handler that has interrupted the runtime, which may be in the middle of anything: only numbers
   change. (A call that began outside ends here if such a handler has left the runtime by a jump. It is not kept.) */
static int
hashcache__run_nested (struct hashcache__frame *frame)
{
  const int first = !frame->call;

  if (first)
    hashcache__count (&hashcache__counters.calls, 1);
  if (first)
    hashcache__count (&hashcache__counters.uncached, 1);
  else if (frame->call != &hashcache__plain)
    hashcache__count (&hashcache__counters.computed, 1);
  frame->call = &hashcache__plain;
  return first;
}

/* What the wrappers call: nonzero if the body must run. */
int HASHCACHE__RUN (struct hashcache__frame *frame);

__attribute__ ((visibility ("default"), noinline)) int
HASHCACHE__RUN (struct hashcache__frame *frame)
{
  struct hashcache__visit visit;
  int compute = 0;

  hashcache__come_in (&visit);
  if (visit.nested)
    compute = hashcache__run_nested (frame);
  else if (!frame->call)
    compute = hashcache__enter (frame, (uintptr_t) __builtin_frame_address (0));
  else if (frame->call != &hashcache__plain)
    hashcache__leave (frame);
  hashcache__go_out (&visit);
  return compute;
}

#endif
