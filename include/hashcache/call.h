/* call.h: the way of one call: key, memory, store, claim, compute, publish.
   SPDX-License-Identifier: BSD-2-Clause

   A call either restores every output, or its body runs, with the arguments as the caller gave them. Whatever the cache lacks,
   memory, a directory, a lock, the body runs, and the caller sees its result. A result is kept only if the call has left its
   inputs alone and its pointers where they were. errno and the flags of arithmetic are, after a hit, what they were before the
   call; after a computation, what the body has left there. HASHCACHE_VERBOSE 2 tells the outcome of each call, 3 the parts of
   each key. */
#ifndef HASHCACHE_CALL_H
#define HASHCACHE_CALL_H

#include "alone.h"
#include "around.h"
#include "at_exit.h"
#include "claim.h"
#include "compare.h"
#include "graph.h"
#include "inside.h"
#include "key.h"
#include "memory.h"
#include "message.h"
#include "nearest.h"
#include "posix.h"
#include "settings.h"
#include "shortcut.h"
#include "statistics.h"
#include "store.h"
#include "together.h"
#include "unfold.h"
#include "written.h"
#include <fenv.h>

/* A call that may be cached, from its lookup to its end. */
struct hashcache__call {
  const struct hashcache__settings *settings;
  struct hashcache__graph *graph;
  struct hashcache__occasion occasion;
  struct hashcache__blocks blocks;
  struct hashcache__digest *digests;  /* of each block before the call */
  struct hashcache__image *before;    /* content of the INOUT and WRITTEN_ONLY blocks before the call; NULL until the body runs */
  struct hashcache__flight *flight;   /* NULL without a claim */
  struct hashcache__record *expected; /* VERIFY: what the entry holds; AUDIT: what the body left the first time; else NULL */
  struct hashcache__presence presence;
  struct hashcache__spot spot, outer; /* where it stands, and the call in whose body it was made */
  struct hashcache__key key;
  uint64_t seed; /* of the patterns in WRITTEN_ONLY blocks */
  struct hashcache__waiting waiting;
  double entered, started;
  int refresh;       /* the entry that is there is to be replaced */
  int reason;        /* why it is computed (reason.h), */
  const char *fault; /* and what was wrong with its entry; or NULL */
  int unkept;        /* why its result is not in the store */
  int published;     /* others can find its result */
  int twice;         /* another has computed it as well, and was first to store it */
  int abandoned;     /* its memory is not its own: there are no patterns in it, and nothing is kept */
  int pass;          /* of the body: AUDIT has two */
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

/* While there are such: where the innermost one stands. */
static _Thread_local struct hashcache__spot hashcache__innermost;

/* Messages -------------------------------------------------------------------------------------------------------------- */

static void
hashcache__say_uncached (struct hashcache__graph *graph, const struct hashcache__contract *contract, const char *reason)
{
  if (__atomic_exchange_n (&graph->said, 1, __ATOMIC_RELAXED) == 0)
    hashcache__remark ("%s (%s) is not cached: %s", contract->function, contract->source, reason);
  else
    hashcache__say (2, "%s is not cached: %s", contract->function, reason);
}

/* HASHCACHE_VERBOSE=2: FUNCTION, its key, OUTCOME. */
static void
hashcache__say_outcome (const struct hashcache__call *call, const struct hashcache__text *outcome)
{
  char hex[33];

  hashcache__digest_hex (&call->key.key, hex);
  if (outcome->string)
    hashcache__say (2, "%s %s: %s", call->occasion.contract->function, hex, outcome->string);
}

static void
hashcache__say_hit (const struct hashcache__call *call, int in_memory, double saved)
{
  struct hashcache__text text = { 0 };

  if (call->settings->verbose < 2)
    return;
  hashcache__text_put (&text, in_memory ? "found in memory, " : "found in the store, ");
  hashcache__text_duration (&text, saved);
  hashcache__text_put (&text, " saved");
  hashcache__say_outcome (call, &text);
  hashcache__text_free (&text);
}

static void
hashcache__say_miss (const struct hashcache__call *call, int kept, double seconds)
{
  struct hashcache__text text = { 0 };

  if (call->settings->verbose < 2)
    return;
  hashcache__text_put (&text, "computed in ");
  hashcache__text_duration (&text, seconds);
  hashcache__text_put (&text, ": ");
  hashcache__text_put (&text, hashcache__reason_text (call->reason));
  hashcache__text_put (&text, call->fault ? ": " : "");
  hashcache__text_put (&text, call->fault ? call->fault : "");
  if (call->twice || call->waiting.permit > HASHCACHE__PERMIT_CLAIMED) {
    hashcache__text_put (&text, "; ");
    hashcache__text_put (&text, hashcache__permit_text (call->waiting.permit));
  }
  hashcache__text_put (&text, call->twice ? "; another has stored it meanwhile" : "");
  if (!call->published) {
    hashcache__text_put (&text, kept ? "; kept in memory only" : "; not kept");
    hashcache__text_put (&text, call->unkept ? ": " : "");
    hashcache__text_put (&text, hashcache__unkept_text (call->unkept));
  }
  hashcache__say_outcome (call, &text);
  hashcache__text_free (&text);
}

/* The call of CALL, before its body runs: what the store has that comes near. */
static void
hashcache__say_what_is_near (struct hashcache__call *call)
{
  double began;

  if (call->settings->verbose < 2 || call->reason != HASHCACHE__BECAUSE_NO_ENTRY)
    return;
  began = hashcache__now ();
  if (!hashcache__store_knows_code (&call->key))
    call->reason = HASHCACHE__BECAUSE_NO_CODE;
  hashcache__say_nearest (&call->key, call->occasion.contract, &call->blocks, call->firsts);
  call->entered += hashcache__now () - began; /* telling is no looking up */
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
  call->occasion = (struct hashcache__occasion){ contract,       frame->arguments, frame->result,
                                                 graph->globals, graph->n_globals, graph->compares };
  call->key.parts = call->parts;
  call->firsts = (size_t *) (void *) (call->parts + n_parts);
  call->n_groups = n_groups;
  return call;
}

static void
hashcache__free_call (struct hashcache__call *call)
{
  hashcache__depart (&call->presence);
  for (size_t i = 0; call->before && i < call->blocks.n; i++)
    hashcache__image_free (&call->before[i]);
  free (call->before);
  free (call->digests);
  free (call->expected);
  hashcache__free_blocks (&call->blocks);
  free (call);
}

/* The body will run without the cache: CALL, which may be NULL, is over. */
static int
hashcache__give_up (struct hashcache__call *call)
{
  hashcache__count (&hashcache__counters.uncached, 1);
  if (call && call->flight)
    hashcache__land (call->flight, 0, 0);
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

  if (!obstacle && hashcache__unfold (&call->occasion, &call->blocks, call->firsts, reason) == 0
      && hashcache__is_undisturbed (&call->blocks, reason, sizeof reason)) {
    if (call->graph->frees)
      hashcache__measure_capacities (&call->blocks);
    return 0;
  }
  hashcache__say_uncached (call->graph, call->occasion.contract, obstacle ? obstacle : reason);
  return -1;
}

/* Gives CALL its key. What is only asked about changes nothing, so calls of other threads need not mind it. */
static int
hashcache__identify (struct hashcache__call *call, int only_asked)
{
  if (!only_asked)
    hashcache__arrive (&call->presence, &call->blocks, call->graph->regions);
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

/* The call of FRAME below the graph of its contract, with its key; NULL if it cannot be cached. A function behind a pointer may read
   variables that hold further pointers to functions. */
static struct hashcache__call *
hashcache__prepare (const struct hashcache__frame *frame, struct hashcache__spot spot, const struct hashcache__settings *settings,
                    int only_asked)
{
  struct hashcache__graph *graph = hashcache__graph_of (frame->contract, NULL, 0);

  for (unsigned round = 0; graph && !graph->reason && round < HASHCACHE__MAX_ROUNDS; round++) {
    struct hashcache__call *call = hashcache__make_call (frame, spot, settings, graph);
    const int found = call && hashcache__find_blocks (call) == 0;

    if (found && hashcache__graph_is_right (call) && hashcache__identify (call, only_asked) == 0) {
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
    hashcache__say_uncached (graph, frame->contract,
                             graph->reason ? graph->reason : "its pointers to functions change all the time");
  return NULL;
}

/* Restores the outputs from the store, and keeps them in memory. */
static int
hashcache__find_in_store (struct hashcache__call *call, double *seconds)
{
  struct hashcache__fetch fetch = { .restore = 1, .limit = call->settings->memory, .reach = call->flight && call->flight->reach };

  if (!hashcache__store_fetch (&call->key, &call->occasion, &call->blocks, &fetch)) {
    if (call->reason <= HASHCACHE__BECAUSE_NO_ENTRY) { /* a bad entry is set aside, and missing at the next look */
      call->reason = fetch.reason;
      call->fault = fetch.fault;
    }
    return 0;
  }
  *seconds = fetch.seconds;
  (void) hashcache__memory_put (&call->key.key, fetch.record, fetch.seconds, call->settings->memory);
  return 1;
}

/* What the entry of CALL holds, to be freed; NULL if there is no sound one. The call's memory is left alone. */
static struct hashcache__record *
hashcache__find_record (struct hashcache__call *call)
{
  struct hashcache__fetch fetch = { .limit = UINT64_MAX };

  if (hashcache__store_fetch (&call->key, &call->occasion, &call->blocks, &fetch))
    call->reason = HASHCACHE__BECAUSE_VERIFY;
  else
    call->reason = fetch.reason;
  call->fault = fetch.fault;
  return fetch.record;
}

/* Counts a hit of CALL's function that took SPENT seconds, where its body had taken BODY. Waiting for another is no looking up. */
static void
hashcache__figure_hit (const struct hashcache__call *call, int in_memory, double spent, double body)
{
  struct hashcache__figures *figures = call->graph->figures;
  const uint64_t nanoseconds = hashcache__nanoseconds (spent), body_nanoseconds = hashcache__nanoseconds (body);

  if (in_memory)
    (void) hashcache__figure_memory_hit (figures);
  else
    hashcache__add_figure (&figures->hits_store, 1);
  if (call->waiting.began != 0.0)
    return;
  if (in_memory)
    hashcache__figure_timed_hit (figures, nanoseconds, body_nanoseconds);
  else
    hashcache__figure_lookup (figures, nanoseconds, body_nanoseconds);
}

/* The same of a call whose body ran for SECONDS. */
static void
hashcache__figure_miss (const struct hashcache__call *call, double seconds)
{
  struct hashcache__figures *figures = call->graph->figures;

  hashcache__add_figure (&figures->computed, 1);
  hashcache__add_figure (&figures->nanoseconds_computing, hashcache__nanoseconds (seconds));
  if (call->waiting.began == 0.0 && !call->refresh && call->settings->mode != HASHCACHE__MODE_VERIFY && call->pass == 0)
    hashcache__figure_lookup (figures, hashcache__nanoseconds (call->started - call->entered), hashcache__nanoseconds (seconds));
}

/* Restores the outputs from memory or store if the result is there; returns whether it was. */
static int
hashcache__find (struct hashcache__call *call)
{
  const uint64_t changes = hashcache__memory_changes (&call->key.key); /* before it is found */
  double seconds = 0.0, spent;
  int in_memory, found;

  if (!hashcache__be_busy (&call->presence))
    return 0;
  in_memory = hashcache__memory_get (&call->key.key, &call->occasion, &call->blocks, &seconds);
  found = in_memory || hashcache__find_in_store (call, &seconds);
  if (!in_memory) /* else the call is over at once */
    hashcache__be_idle (&call->presence, 0);
  if (!found)
    return 0;
  if (in_memory)
    hashcache__leave_shortcut (call->settings, call->graph, &call->occasion, &call->blocks, call->digests,
                               hashcache__memory_bucket (&call->key.key), changes, seconds);
  hashcache__count (in_memory ? &hashcache__counters.hits_memory : &hashcache__counters.hits_store, 1);
  spent = hashcache__now () - call->entered;
  hashcache__figure_hit (call, in_memory, spent, seconds);
  hashcache__count_seconds (&hashcache__counters.nanoseconds_saved, seconds - spent);
  hashcache__say_hit (call, in_memory, seconds - spent);
  return 1;
}

static void
hashcache__say_late (const struct hashcache__call *call)
{
  hashcache__trouble ("late", "%s: another process or thread computes the same for longer than HASHCACHE_WAIT: computing too",
                      call->occasion.contract->function);
}

/* Climbs the ladder of claims and looks the result up where that says so: 1 if it was found, 0 if the body must run. */
static int
hashcache__find_or_claim (struct hashcache__call *call)
{
  for (;;) {
    const int answer = hashcache__claim_next (&call->flight, &call->key.key, call->spot, &call->waiting);

    /* Always, but for what cannot be found: whoever had the claim until now has published what this call missed before. */
    if (answer != HASHCACHE__CLAIM_NONE && answer != HASHCACHE__CLAIM_LOST && hashcache__find (call))
      return 1;
    if (answer == HASHCACHE__CLAIM_LATE)
      hashcache__say_late (call);
    if (call->flight && (answer == HASHCACHE__CLAIM_LOST || (answer == HASHCACHE__CLAIM_MINE && call->flight->unheard))) {
      hashcache__land (call->flight, 0, 0); /* those who wait for this call shall not wait for another computation */
      call->flight = NULL;
    }
    if (answer != HASHCACHE__CLAIM_LOOK) {
      if (call->flight)
        hashcache__announce (call->flight);
      return 0;
    }
  }
}

/* Claims CALL's key, or waits for whoever has it. Returns 1 if the result was found meanwhile, 0 if the body must run. */
static int
hashcache__claim (struct hashcache__call *call)
{
  double waited;
  int found;

  call->waiting.permit = HASHCACHE__PERMIT_NEVER_STORED;
  if (__atomic_load_n (&call->graph->never_stored, __ATOMIC_RELAXED))
    return 0;
  call->waiting.function = call->occasion.contract->function;
  call->waiting.deadline = call->entered + call->settings->wait;
  found = hashcache__find_or_claim (call);
  waited = hashcache__wait_ends (&call->waiting);
  if (call->waiting.began != 0.0)
    hashcache__count (&hashcache__counters.waited, 1);
  hashcache__count_seconds (&hashcache__counters.nanoseconds_waiting, waited);
  if (found && call->flight)
    hashcache__land (call->flight, 1, 1);
  return found;
}

/* Computing ------------------------------------------------------------------------------------------------------------- */

static int
hashcache__keeps_before (const struct hashcache__block *block)
{
  return !block->of && block->address && (block->role == HASHCACHE__INOUT || block->role == HASHCACHE__WRITTEN_ONLY);
}

static int
hashcache__keep_before (struct hashcache__call *call)
{
  call->before = calloc (call->blocks.n + 1, sizeof *call->before);
  if (!call->before)
    return -1;
  for (size_t i = 0; i < call->blocks.n; i++) {
    struct hashcache__block *block = &call->blocks.items[i];

    if (!hashcache__keeps_before (block))
      continue;
    if (hashcache__image_take (&call->before[i], block))
      return -1;
    if (block->role == HASHCACHE__WRITTEN_ONLY && !(block->written = malloc ((size_t) hashcache__map_size (block) + 1)))
      return -1;
  }
  return 0;
}

/* The visitor that makes every pointer a null pointer. */
static int
hashcache__clear_slot (struct hashcache__unfolder *unfolder, const struct hashcache__type *type,
                       const struct hashcache__place *place)
{
  static const void *const null = NULL;

  (void) unfolder;
  if (type->kind != HASHCACHE__FLEXIBLE)
    memcpy ((void *) (uintptr_t) place->address, &null, sizeof null);
  return 0;
}

/* Makes the pointers in what the call fills null pointers, so that those that it sets can be told. */
static void
hashcache__clear_pointers (struct hashcache__call *call)
{
  char reason[HASHCACHE__REASON_SIZE];
  struct hashcache__unfolder unfolder = { .blocks = &call->blocks, .visit = hashcache__clear_slot, .reason = reason };

  for (size_t i = 0; i < call->blocks.n; i++) {
    const struct hashcache__block *block = &call->blocks.items[i];

    if (block->role == HASHCACHE__OUT && !block->follows && !block->of && block->address && hashcache__leads_on (block->type))
      (void) hashcache__each_slot_of_block (&unfolder, i);
  }
}

static void
hashcache__fill_run (void *context, unsigned char *run, size_t n)
{
  memset (run, *(const unsigned char *) context, n);
}

/* What an audit fills outputs with, in its two passes: the second makes numbers of ordinary size (2261634.5 as double, 12.1 as float), so
   that what is computed with them differs from what is computed with zeros. */
static const unsigned char hashcache__audit_fills[] = { 0x00, 0x41 };

/* Fills what the body is said not to read, with what shows whether it has been written, or read after all. */
static void
hashcache__fill_outputs (struct hashcache__call *call)
{
  unsigned char fill = hashcache__audit_fills[call->pass];

  hashcache__clear_pointers (call);
  for (size_t i = 0; i < call->blocks.n; i++) {
    const struct hashcache__block *block = &call->blocks.items[i];

    if (block->role == HASHCACHE__WRITTEN_ONLY && !block->of && block->address)
      hashcache__fill_block (block, call->seed + i);
    else if (call->settings->mode == HASHCACHE__MODE_AUDIT && block->role == HASHCACHE__OUT && !block->of && block->address)
      hashcache__each_run (block->type, block->address, block->count, hashcache__fill_run, &fill);
  }
}

/* The body is over: what was not written gets the caller's bytes back. A map of what was is kept where it says anything. */
static void
hashcache__give_bytes_back (struct hashcache__call *call)
{
  for (size_t i = 0; i < call->blocks.n; i++) {
    struct hashcache__block *block = &call->blocks.items[i];

    if (!block->written || !hashcache__find_written (block, call->seed + i, &call->before[i]))
      continue;
    free (block->written);
    block->written = NULL;
  }
}

/* Bodies that end the program ------------------------------------------------------------------------------------------- */

/* A body may call exit, and what runs then may look at the caller's memory. */
static void
hashcache__empty_at_exit (void)
{
  struct hashcache__visit visit;

  hashcache__come_in (&visit);
  if (!visit.nested)
    hashcache__disturb_all ();
  hashcache__go_out (&visit);
}

static void
hashcache__mind_exit (void)
{
  (void) atexit (hashcache__empty_at_exit);
}

static int
hashcache__has_patterns (const struct hashcache__call *call)
{
  for (size_t i = 0; i < call->blocks.n; i++)
    if (call->blocks.items[i].written)
      return 1;
  return 0;
}

/* Beginning and end of a body ------------------------------------------------------------------------------------------- */

/* A body that was left by a jump does not come back: nobody shall wait for it. */
static void
hashcache__mind_left_calls (struct hashcache__spot spot)
{
  const unsigned n = hashcache__give_up_left_calls (&spot);

  hashcache__computing -= n < hashcache__computing ? n : hashcache__computing;
}

/* Another thread's call is about the same memory, or was while this one was looked up. */
static void
hashcache__say_clash (const struct hashcache__call *call)
{
  const struct hashcache__contract *contract = call->occasion.contract;

  if (__atomic_exchange_n (&call->graph->said_clash, 1, __ATOMIC_RELAXED) == 0)
    hashcache__remark ("%s (%s) is not cached where another thread's call is about the same memory: give each call only the part "
                       "of an array that is its own",
                       contract->function, contract->source);
}

/* Called with the lock of together.h, or where the call cannot come to its end any more. */
static void
hashcache__disturb (struct hashcache__presence *presence)
{
  struct hashcache__call *call =
      (struct hashcache__call *) (void *) ((char *) presence - offsetof (struct hashcache__call, presence));

  for (size_t i = 0; i < call->blocks.n; i++)
    if (call->blocks.items[i].written)
      hashcache__take_out_patterns (&call->blocks.items[i], call->seed + i, &call->before[i]);
}

/* What the body finds is prepared, unless the memory is not the call's alone. */
static void
hashcache__start_body (struct hashcache__call *call)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;

  call->seed = hashcache__scramble (hashcache__get_u64 (call->key.key.bytes) ^ (uint64_t) (uintptr_t) call,
                                    (uint64_t) (1e9 * call->entered) + (uint64_t) getpid () + (uint64_t) call->pass);
  if (!call->abandoned) {
    const int fills = hashcache__has_patterns (call);

    if (fills) {
      pthread_once (&once, hashcache__mind_exit);
      hashcache__patterns_come (&call->presence);
    }
    hashcache__fill_outputs (call);
    hashcache__be_idle (&call->presence, fills);
  }
  hashcache__computing++;
  hashcache__innermost = call->spot;
  call->process = getpid ();
  call->started = hashcache__now ();
}

/* Whether the result is in place; else the body of CALL must run. */
static int
hashcache__look_up (struct hashcache__call *call)
{
  if (call->settings->mode == HASHCACHE__MODE_REFRESH || call->refresh) {
    call->refresh = 1;
    call->reason = HASHCACHE__BECAUSE_REFRESH;
    return 0;
  }
  if (call->settings->mode == HASHCACHE__MODE_VERIFY) {
    call->expected = hashcache__find_record (call);
    return 0;
  }
  return hashcache__find (call) || (call->settings->mode != HASHCACHE__MODE_READONLY && hashcache__claim (call));
}

/* The first of the runs of FRAME: 0 if every output is in place, 1 if the body must run. REFRESH: even if they could be. */
static int
hashcache__enter (struct hashcache__frame *frame, uintptr_t stack, int refresh)
{
  const struct hashcache__spot spot = { frame, stack };
  const struct hashcache__settings *settings = hashcache__settings ();
  struct hashcache__call *call = NULL;

  hashcache__count_call ();
  frame->call = &hashcache__plain;
  if (hashcache__computing)
    hashcache__mind_left_calls (spot);
  if (settings->mode != HASHCACHE__MODE_OFF)
    call = hashcache__prepare (frame, spot, settings, 0);
  else
    hashcache__say (2, "%s is not cached: HASHCACHE_MODE is off", frame->contract->function);
  if (!call)
    return hashcache__give_up (NULL);
  call->refresh = refresh;
  if (!__atomic_load_n (&call->presence.clash, __ATOMIC_RELAXED) && hashcache__look_up (call)) {
    hashcache__free_call (call);
    return 0;
  }
  call->abandoned = !hashcache__be_busy (&call->presence);
  if (!call->abandoned)
    hashcache__say_what_is_near (call);
  if (call->abandoned) {
    call->reason = HASHCACHE__BECAUSE_CLASH;
    hashcache__say_clash (call);
  } else if (hashcache__keep_before (call))
    return hashcache__give_up (call);
  frame->call = call;
  call->outer = hashcache__innermost;
  hashcache__start_body (call);
  return 1;
}

/* The name of a pointer among what the call promised to leave alone that is not what it was; NULL if all are. */
static const char *
hashcache__moved_pointer (const struct hashcache__blocks *blocks)
{
  for (size_t i = 0; i < blocks->n; i++) {
    const struct hashcache__block *block = &blocks->items[i];
    const int in_memory =
        block->parent >= 0 ? blocks->items[block->parent].role == HASHCACHE__IN : block->group == HASHCACHE__GROUP_GLOBAL;
    void *value;

    if (!block->slot || !in_memory)
      continue;
    memcpy (&value, block->slot, sizeof value);
    if (value != block->address)
      return block->name;
  }
  return NULL;
}

/* Whether the call has left its inputs alone. */
static int
hashcache__inputs_are_whole (const struct hashcache__call *call)
{
  const struct hashcache__contract *contract = call->occasion.contract;
  const char *changed = hashcache__moved_pointer (&call->blocks);

  if (!changed && call->settings->check)
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

static void
hashcache__say_not_stored (const struct hashcache__call *call, const char *reason)
{
  hashcache__trouble (NULL, "%s (%s) is not stored: %s", call->occasion.contract->function, call->occasion.contract->source,
                      reason);
}

/* Whether OUTCOME, now that the body has run, can be kept. */
static int
hashcache__may_keep (struct hashcache__call *call, struct hashcache__outcome *outcome)
{
  char reason[HASHCACHE__REASON_SIZE];

  call->unkept = call->abandoned ? HASHCACHE__UNKEPT_NOT_ALONE : HASHCACHE__UNKEPT_INPUT_CHANGED;
  if (call->abandoned || !hashcache__inputs_are_whole (call))
    return 0;
  call->unkept = HASHCACHE__UNKEPT_NOT_RESTORABLE;
  if (hashcache__outcome_begin (outcome, &call->blocks) != 0)
    return 0;
  if (hashcache__outcome_observe (outcome, &call->occasion, &call->blocks, call->graph->frees, reason) == 0)
    return 1;
  hashcache__say_not_stored (call, reason);
  return 0;
}

/* HASHCACHE_IF: whether the user wants this result kept. */
static int
hashcache__is_wanted (const struct hashcache__call *call)
{
  const struct hashcache__expression *condition = call->occasion.contract->store_if;
  const struct hashcache__scope scope = { .arguments = call->occasion.arguments, .result = call->occasion.result };
  char reason[HASHCACHE__REASON_SIZE];
  int64_t value = 0;
  int fault;

  if (!condition)
    return 1;
  fault = hashcache__evaluate (condition, &scope, &value);
  if (!fault)
    return value != 0;
  snprintf (reason, sizeof reason, "its condition `%s` %s", condition->text, hashcache__fault_text (fault));
  hashcache__say_not_stored (call, reason);
  return 0;
}

/* Some versions of HDF5 raise floating-point exceptions while they find out what numbers are like here. A program that traps them
   must not be ended by that, nor one that looks at the flags be misled. */
static int
hashcache__store (struct hashcache__call *call, const struct hashcache__outcome *outcome, double seconds)
{
  fenv_t environment;
  int held, published, by_another = 0;

  if (call->settings->mode == HASHCACHE__MODE_READONLY)
    return 0;
  if (call->refresh)
    (void) hashcache__store_forget (&call->key);
  held = feholdexcept (&environment) == 0;
  published =
      hashcache__store_publish (&call->key, call->occasion.contract, &call->blocks, outcome, call->before, seconds, &by_another);
  if (held)
    (void) fesetenv (&environment);
  if (call->flight ? call->flight->recursive : call->waiting.permit == HASHCACHE__PERMIT_NOBODY_TO_ASK)
    by_another = 0;                                                            /* it was this thread */
  call->twice = by_another && call->reason <= HASHCACHE__BECAUSE_NO_DIRECTORY; /* else it was there, and of no use */
  return published;
}

/* Another has stored what CALL has computed, other than the parent of a child that was forked meanwhile. Where that need not be it is said, for
   somebody may miss the time. */
static void
hashcache__mind_computed_twice (const struct hashcache__call *call)
{
  const struct hashcache__contract *contract = call->occasion.contract;
  const int permit = call->waiting.permit;

  if (!call->twice)
    return;
  if (call->process != getpid () || (call->flight && call->flight->orphan))
    return;
  hashcache__count (&hashcache__counters.computed_twice, 1);
  if (permit == HASHCACHE__PERMIT_CLAIMED || permit == HASHCACHE__PERMIT_NO_LOCK || permit == HASHCACHE__PERMIT_UNHEARD)
    hashcache__remark (
        "%s (%s) was computed twice: here %s, and by another, who stored it first; both are right (docs/claims.md)",
        contract->function, contract->source, hashcache__permit_text (permit));
}

/* Makes OUTCOME known to all who may ask for it. */
static int
hashcache__publish (struct hashcache__call *call, const struct hashcache__outcome *outcome, double seconds)
{
  const uint64_t memory = call->settings->memory;
  const int remembered = hashcache__memory_put (&call->key.key, hashcache__record_within (outcome, memory), seconds, memory);
  const int published = hashcache__store (call, outcome, seconds);

  hashcache__mind_computed_twice (call);
  call->published = published;
  if (!published)
    call->unkept = call->settings->mode == HASHCACHE__MODE_READONLY ? HASHCACHE__UNKEPT_READONLY : HASHCACHE__UNKEPT_NOT_WRITTEN;
  if (published && __atomic_load_n (&call->graph->never_stored, __ATOMIC_RELAXED)) /* not all calls of it are alike */
    __atomic_store_n (&call->graph->never_stored, 0, __ATOMIC_RELAXED);
  return published || remembered;
}

/* Verify and audit ------------------------------------------------------------------------------------------------------ */

/* HASHCACHE_MODE=verify: compares OUTCOME with what the entry holds. */
static void
hashcache__verify (struct hashcache__call *call, const struct hashcache__outcome *outcome)
{
  struct hashcache__record *computed = hashcache__record_of (outcome);
  struct hashcache__difference difference;
  char text[HASHCACHE__DIFFERENCE_TEXT];

  if (!computed)
    return;
  if (hashcache__compare_records (outcome, call->expected, computed, call->settings->tolerance, NULL, &difference) != 0) {
    hashcache__describe_difference (text, &difference, "in the entry", "when computed");
    hashcache__count (&hashcache__counters.bad_entries, 1);
    hashcache__trouble (NULL, "%s (%s): the entry is set aside, it is not what the call computes: %s",
                        call->occasion.contract->function, call->occasion.contract->source, text);
    hashcache__store_set_aside (&call->key);
    (void) hashcache__memory_forget (&call->key.key);
  }
  free (computed);
}

/* Gives everything that the body may have changed the content it had before. Memory that the body has allocated is lost. */
static void
hashcache__undo (struct hashcache__call *call)
{
  for (size_t i = 0; i < call->blocks.n; i++) {
    const struct hashcache__block *block = &call->blocks.items[i];

    if (hashcache__keeps_before (block)
        && !hashcache__same_values (block->type, block->address, block->count, call->before[i].bytes))
      hashcache__unpack (block->type, call->before[i].bytes, block->count, block->address);
    if (block->slot && block->parent >= 0 && call->blocks.items[block->parent].role != HASHCACHE__IN)
      memcpy ((void *) (uintptr_t) block->slot, &block->address, sizeof block->address);
  }
}

/* HASHCACHE_MODE=audit, first pass: keeps what the body left, and prepares another one. 0 if there can be none. */
static int
hashcache__audit_again (struct hashcache__call *call, const struct hashcache__outcome *outcome)
{
  call->expected = hashcache__record_of (outcome);
  if (!call->expected)
    return 0;
  for (size_t i = 0; i < call->blocks.n; i++) {
    struct hashcache__block *block = &call->blocks.items[i];

    if (block->role != HASHCACHE__WRITTEN_ONLY || !hashcache__keeps_before (block) || block->written)
      continue;
    block->written = malloc ((size_t) hashcache__map_size (block) + 1);
    if (!block->written)
      return 0;
  }
  hashcache__undo (call); /* from here on nothing can fail */
  call->pass = 1;
  hashcache__start_body (call);
  return 1;
}

/* The second pass: whether both have left the same. */
static int
hashcache__audit (const struct hashcache__call *call, const struct hashcache__outcome *outcome)
{
  struct hashcache__record *second = hashcache__record_of (outcome);
  struct hashcache__difference difference;
  char text[HASHCACHE__DIFFERENCE_TEXT];
  int same = 1;

  if (second)
    same = hashcache__compare_records (outcome, call->expected, second, 0.0, hashcache__audit_fills, &difference) == 0;
  if (!same) {
    hashcache__describe_difference (text, &difference, "the first time", "the second");
    hashcache__trouble (NULL, "%s (%s) is not stored: computed twice from the same inputs, %s: %s",
                        call->occasion.contract->function, call->occasion.contract->source, text,
                        difference.untouched ? "the call does not write all of it, so it is no HASHCACHE_OUT"
                                             : "the call reads what it should not, or does not do the same each time");
  }
  free (second);
  return same;
}

/* The end of a call ----------------------------------------------------------------------------------------------------- */

/* What becomes of OUTCOME, which can be kept: 1 it is kept, 0 it is not, -1 the body must run again. */
static int
hashcache__judge (struct hashcache__call *call, const struct hashcache__outcome *outcome, double seconds)
{
  call->unkept = HASHCACHE__UNKEPT_KEPT;
  if (call->settings->mode == HASHCACHE__MODE_VERIFY && call->expected)
    hashcache__verify (call, outcome);
  else if (call->settings->mode == HASHCACHE__MODE_AUDIT) {
    if (call->pass == 0 && hashcache__audit_again (call, outcome))
      return -1;
    if (call->expected && call->pass == 1 && !hashcache__audit (call, outcome)) {
      hashcache__count (&hashcache__counters.store_failures, 1);
      call->unkept = HASHCACHE__UNKEPT_NOT_THE_SAME;
      return 0;
    }
  }
  if (hashcache__is_wanted (call))
    return hashcache__publish (call, outcome, seconds);
  call->unkept = HASHCACHE__UNKEPT_UNWANTED;
  return 0;
}

/* As hashcache__judge, for whatever the body has left behind. */
static int
hashcache__conclude (struct hashcache__call *call, double seconds)
{
  struct hashcache__outcome outcome = { 0 };
  int kept = 0;

  if (!hashcache__be_busy (&call->presence)) {
    if (!call->abandoned)
      hashcache__say_clash (call);
    call->abandoned = 1;
  }
  if (!call->abandoned)
    hashcache__give_bytes_back (call);
  hashcache__patterns_have_gone (&call->presence);
  if (hashcache__may_keep (call, &outcome))
    kept = hashcache__judge (call, &outcome, seconds);
  else {
    __atomic_store_n (&call->graph->never_stored, 1, __ATOMIC_RELAXED);
    hashcache__count (&hashcache__counters.store_failures, 1);
  }
  hashcache__outcome_end (&outcome);
  return kept;
}

/* A later run of FRAME, after the body; nonzero if it must run again. */
static int
hashcache__leave (struct hashcache__frame *frame)
{
  const double now = hashcache__now ();
  struct hashcache__call *call = frame->call;
  const double seconds = now - call->started;
  int kept;

  hashcache__innermost = call->outer;
  if (hashcache__computing == 0 || --hashcache__computing == 0)
    hashcache__count_seconds (&hashcache__counters.nanoseconds_computing, seconds);
  kept = hashcache__conclude (call, seconds);
  if (kept < 0)
    return 1;
  if (call->process != getpid ()) /* the body forked, and this is the child: its figures begin here */
    hashcache__count_call ();
  hashcache__count (&hashcache__counters.computed, 1);
  hashcache__figure_miss (call, seconds);
  if (call->flight)
    hashcache__land (call->flight, kept, call->published);
  hashcache__say_miss (call, kept, seconds);
  hashcache__free_call (call);
  frame->call = &hashcache__plain;
  return 0;
}

/* Around a call --------------------------------------------------------------------------------------------------------- */

/* What this thread wants to know of its next call. */
static _Thread_local struct {
  int question; /* 0: nothing */
  const char *function;
  int answer;
  char key[33]; /* "": there is none */
} hashcache__around;

void
hashcache__ask (int question, const char *function)
{
  hashcache__around.question = question;
  hashcache__around.function = function;
  hashcache__around.answer = 0;
  hashcache__around.key[0] = '\0';
}

int
hashcache__answer (void)
{
  hashcache__around.question = 0;
  return hashcache__around.answer;
}

const char *
hashcache__answer_key (void)
{
  hashcache__around.question = 0;
  return hashcache__around.key[0] ? hashcache__around.key : NULL;
}

/* The question about the call of FRAME, 0 if there is none. It is taken by the next call, whichever it is. */
static int
hashcache__question_about (const struct hashcache__frame *frame)
{
  const int question = hashcache__around.question;

  if (question == 0)
    return 0;
  hashcache__around.question = 0;
  return strcmp (hashcache__around.function, frame->contract->function) == 0 ? question : 0;
}

/* Whether the store has a sound entry for CALL. */
static int
hashcache__store_has (struct hashcache__call *call)
{
  struct hashcache__record *record = hashcache__find_record (call);

  free (record);
  return record != NULL;
}

/* Whether CALL would wait for somebody. The result is looked for last: what is known is not busy, whoever still has a claim of it. */
static int
hashcache__is_busy (struct hashcache__call *call)
{
  const struct hashcache__digest *key = &call->key.key;

  if (hashcache__computing)
    hashcache__mind_left_calls (call->spot);
  return !hashcache__memory_has (key) && hashcache__is_claimed (key) && !hashcache__memory_has (key)
         && !hashcache__store_has (call);
}

static void
hashcache__give_answer (struct hashcache__call *call, int question)
{
  const struct hashcache__digest *key = &call->key.key;
  int forgotten;

  switch (question) {
  case HASHCACHE__ASK_CONTAINS: hashcache__around.answer = hashcache__memory_has (key) || hashcache__store_has (call); break;
  case HASHCACHE__ASK_BUSY: hashcache__around.answer = hashcache__is_busy (call); break;
  case HASHCACHE__ASK_FORGET:
    forgotten = hashcache__memory_forget (key);
    hashcache__around.answer = hashcache__store_forget (&call->key) || forgotten;
    break;
  default: hashcache__digest_hex (key, hashcache__around.key); break;
  }
}

/* The call of FRAME is only asked about: its body does not run, whatever the answer. What it returns means nothing, but is no garbage. */
static void
hashcache__inquire (struct hashcache__frame *frame, uintptr_t stack, int question)
{
  const struct hashcache__spot spot = { frame, stack };
  const struct hashcache__settings *settings = hashcache__settings ();
  struct hashcache__call *call = NULL;

  frame->call = &hashcache__plain;
  if (frame->result && frame->contract->returns)
    memset (frame->result, 0, frame->contract->returns->size);
  if (settings->mode != HASHCACHE__MODE_OFF)
    call = hashcache__prepare (frame, spot, settings, 1);
  if (!call)
    return;
  hashcache__give_answer (call, question);
  hashcache__free_call (call);
}

/* The first run of FRAME. */
static int
hashcache__begin (struct hashcache__frame *frame, uintptr_t stack)
{
  const int question = hashcache__question_about (frame);

  if (question == 0 || question == HASHCACHE__ASK_REFRESH)
    return hashcache__enter (frame, stack, question == HASHCACHE__ASK_REFRESH);
  hashcache__inquire (frame, stack, question);
  return 0;
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
  else if (frame->call != &hashcache__plain) {
    hashcache__disturb (&((struct hashcache__call *) frame->call)->presence);
    hashcache__patterns_have_gone (&((struct hashcache__call *) frame->call)->presence);
    hashcache__count (&hashcache__counters.computed, 1);
  }
  frame->call = &hashcache__plain;
  return first;
}

/* One run of FRAME, with all that a visit takes. */
__attribute__ ((noinline)) static int
hashcache__run_whole (struct hashcache__frame *frame, uintptr_t stack)
{
  struct hashcache__visit visit;
  int compute = 0;

  hashcache__come_in (&visit);
  if (visit.nested)
    compute = hashcache__run_nested (frame);
  else if (!frame->call)
    compute = hashcache__begin (frame, stack);
  else if (frame->call != &hashcache__plain)
    compute = hashcache__leave (frame);
  hashcache__go_out (&visit);
  return compute;
}

/* Whether a call of FRAME may be all there is to do: it begins, nothing is asked about it, and no body of this thread was left by a jump. */
static inline int
hashcache__is_simple (const struct hashcache__frame *frame, uintptr_t stack)
{
  const struct hashcache__spot spot = { frame, stack };

  return !frame->call && !hashcache__inside && hashcache__around.question == 0
         && (hashcache__computing == 0 || !hashcache__is_gone (&hashcache__innermost, &spot));
}

/* What the wrappers call: nonzero if the body must run. */
int HASHCACHE__RUN (struct hashcache__frame *frame);

__attribute__ ((visibility ("default"), noinline)) int
HASHCACHE__RUN (struct hashcache__frame *frame)
{
  const uintptr_t stack = (uintptr_t) __builtin_frame_address (0);

  if (hashcache__is_simple (frame, stack) && hashcache__take_shortcut (frame))
    return 0;
  return hashcache__run_whole (frame, stack);
}

#endif
