/* per_function.h: what each marked function has cost and gained in this process.
   SPDX-License-Identifier: BSD-2-Clause

   The figures of a function are relaxed atomic numbers that its call graphs point to, so that a call finds them at no cost. They last as
   long as the process, and one of them is added to for a hit in memory, more only if that hit is timed. Hits by shortcuts are counted by each
   thread on its shelf, and added when the figures are read. Whoever looks up in memory faster
   than a clock can be read times one hit in HASHCACHE__TIMED_ONE_IN. Lookups in the store, and those that find nothing, are all timed, but for
   the first one of a function, which does what is done only once, and those that wait for another's computation.

   Looking up is what a call does before its body runs or instead of it; storing a result is not part of it. */
#ifndef HASHCACHE_PER_FUNCTION_H
#define HASHCACHE_PER_FUNCTION_H

#include "contract.h"
#include "posix.h"
#include "shelf.h"
#include <stdatomic.h>

/* X (name, what it counts) */
#define HASHCACHE__FIGURES(X) \
  X (hits_memory, "calls restored from memory") \
  X (hits_store, "calls restored from the store") \
  X (computed, "calls whose body ran, and that could have been cached") \
  X (nanoseconds_computing, "that these bodies took") \
  X (timed_hits, "hits in memory that were timed") \
  X (nanoseconds_timed, "that these took") \
  X (nanoseconds_spared, "that their bodies had taken when they were computed") \
  X (timed_lookups, "other lookups that were timed") \
  X (nanoseconds_lookups, "that these took") \
  X (nanoseconds_bodies, "that the bodies of these calls took, now or when their entries were made")

/* The same as plain numbers. */
struct hashcache__function_figures {
#define HASHCACHE__FIGURE_MEMBER(name, text) uint64_t name;
  HASHCACHE__FIGURES (HASHCACHE__FIGURE_MEMBER)
#undef HASHCACHE__FIGURE_MEMBER
};

struct hashcache__figures {
  struct hashcache__figures *next;
  const struct hashcache__contract *contract; /* only the names of the function and its place */
  uint32_t ordinal;                           /* for counts on shelves */
  _Atomic int warm;                           /* its first lookup is over */
#define HASHCACHE__FIGURE_MEMBER(name, text) _Atomic uint64_t name;
  HASHCACHE__FIGURES (HASHCACHE__FIGURE_MEMBER)
#undef HASHCACHE__FIGURE_MEMBER
  struct hashcache__function_figures told; /* in a summary of many ranks (mpi/hashcache_mpi.h) */
};

enum { HASHCACHE__TIMED_ONE_IN = 64 };

static struct hashcache__figures *_Atomic hashcache__all_figures;
static _Atomic uint32_t hashcache__n_figures;

/* Where calls are counted for which there was no memory. */
static struct hashcache__figures hashcache__lost_figures = { .ordinal = HASHCACHE__COUNTED_FUNCTIONS };

static struct hashcache__figures *
hashcache__known_figures (struct hashcache__figures *first, const struct hashcache__contract *contract)
{
  while (
      first
      && (strcmp (first->contract->function, contract->function) != 0 || strcmp (first->contract->source, contract->source) != 0))
    first = first->next;
  return first;
}

/* New figures for CONTRACT, with names of their own: a library may be unloaded before its functions are told about. NULL without memory. */
static struct hashcache__figures *
hashcache__make_figures (const struct hashcache__contract *contract)
{
  const size_t n_function = strlen (contract->function) + 1, n_source = strlen (contract->source) + 1;
  struct {
    struct hashcache__figures figures;
    struct hashcache__contract contract;
    char names[];
  } *made = calloc (1, sizeof *made + n_function + n_source);

  if (!made)
    return NULL;
  made->contract.function = memcpy (made->names, contract->function, n_function);
  made->contract.source = memcpy (made->names + n_function, contract->source, n_source);
  made->figures.contract = &made->contract;
  made->figures.ordinal = atomic_fetch_add_explicit (&hashcache__n_figures, 1, memory_order_relaxed);
  return &made->figures;
}

/* The figures of the function that CONTRACT is about; never NULL. */
static struct hashcache__figures *
hashcache__figures_of (const struct hashcache__contract *contract)
{
  struct hashcache__figures *first = atomic_load (&hashcache__all_figures), *made,
                            *other = hashcache__known_figures (first, contract);

  if (other)
    return other;
  made = hashcache__make_figures (contract);
  if (!made)
    return &hashcache__lost_figures;
  do {
    other = hashcache__known_figures (first, contract); /* another thread was faster */
    made->next = first;
  } while (!other && !atomic_compare_exchange_weak (&hashcache__all_figures, &first, made));
  if (other)
    free (made);
  return other ? other : made;
}

static void
hashcache__add_figure (_Atomic uint64_t *figure, uint64_t n)
{
  atomic_fetch_add_explicit (figure, n, memory_order_relaxed);
}

/* Counts a hit in memory, and returns whether the next one should be timed. */
static inline int
hashcache__figure_memory_hit (struct hashcache__figures *figures)
{
  const uint64_t n = atomic_fetch_add_explicit (&figures->hits_memory, 1, memory_order_relaxed) + 1;

  return n % HASHCACHE__TIMED_ONE_IN == 0;
}

/* A hit in memory that was counted took NANOSECONDS; its body had taken BODY. */
static void
hashcache__figure_timed_hit (struct hashcache__figures *figures, uint64_t nanoseconds, uint64_t body)
{
  hashcache__add_figure (&figures->timed_hits, 1);
  hashcache__add_figure (&figures->nanoseconds_timed, nanoseconds);
  hashcache__add_figure (&figures->nanoseconds_spared, body);
}

/* A lookup that memory did not answer took NANOSECONDS; the call's body took BODY, or had taken it. */
static void
hashcache__figure_lookup (struct hashcache__figures *figures, uint64_t nanoseconds, uint64_t body)
{
  if (!atomic_load_explicit (&figures->warm, memory_order_relaxed)) {
    atomic_store_explicit (&figures->warm, 1, memory_order_relaxed);
    return;
  }
  hashcache__add_figure (&figures->timed_lookups, 1);
  hashcache__add_figure (&figures->nanoseconds_lookups, nanoseconds);
  hashcache__add_figure (&figures->nanoseconds_bodies, body);
}

static struct hashcache__function_figures
hashcache__read_figures (const struct hashcache__figures *figures)
{
  struct hashcache__function_figures f;

#define HASHCACHE__READ_FIGURE(name, text) f.name = atomic_load_explicit (&figures->name, memory_order_relaxed);
  HASHCACHE__FIGURES (HASHCACHE__READ_FIGURE)
#undef HASHCACHE__READ_FIGURE
  if (figures->ordinal < HASHCACHE__COUNTED_FUNCTIONS)
    f.hits_memory += hashcache__hits_on_shelves (figures->ordinal);
  return f;
}

static struct hashcache__function_figures
hashcache__untold_figures (const struct hashcache__figures *figures)
{
  struct hashcache__function_figures f = hashcache__read_figures (figures);

#define HASHCACHE__SUBTRACT_FIGURE(name, text) f.name -= figures->told.name;
  HASHCACHE__FIGURES (HASHCACHE__SUBTRACT_FIGURE)
#undef HASHCACHE__SUBTRACT_FIGURE
  return f;
}

static inline void
hashcache__figures_are_told (void)
{
  for (struct hashcache__figures *f = atomic_load (&hashcache__all_figures); f; f = f->next)
    f->told = hashcache__read_figures (f);
}

/* A child begins with nothing. */
static void
hashcache__reset_figures (void)
{
  for (struct hashcache__figures *f = atomic_load (&hashcache__all_figures); f; f = f->next) {
#define HASHCACHE__RESET_FIGURE(name, text) atomic_store_explicit (&f->name, 0, memory_order_relaxed);
    HASHCACHE__FIGURES (HASHCACHE__RESET_FIGURE)
#undef HASHCACHE__RESET_FIGURE
    memset (&f->told, 0, sizeof f->told);
  }
}

/* What they mean -------------------------------------------------------------------------------------------------------- */

static inline void
hashcache__sum_figures (struct hashcache__function_figures *sum, const struct hashcache__function_figures *f)
{
#define HASHCACHE__SUM_FIGURE(name, text) sum->name += f->name;
  HASHCACHE__FIGURES (HASHCACHE__SUM_FIGURE)
#undef HASHCACHE__SUM_FIGURE
}

static uint64_t
hashcache__calls_of (const struct hashcache__function_figures *f)
{
  return f->hits_memory + f->hits_store + f->computed;
}

/* N times what each of the TIMED took that took NANOSECONDS together. */
static double
hashcache__scaled (uint64_t n, uint64_t timed, uint64_t nanoseconds)
{
  return timed > 0 ? (double) n * ((double) nanoseconds / (double) timed) : 0.0;
}

/* Seconds that all calls of F spent in lookups, estimated from those that were timed. */
static double
hashcache__seconds_looking_up (const struct hashcache__function_figures *f)
{
  return 1e-9
         * (hashcache__scaled (f->hits_memory, f->timed_hits, f->nanoseconds_timed)
            + hashcache__scaled (f->hits_store + f->computed, f->timed_lookups, f->nanoseconds_lookups));
}

/* Seconds that the bodies of all calls of F take, those that a hit has spared included, estimated likewise. */
static double
hashcache__seconds_of_bodies (const struct hashcache__function_figures *f)
{
  return 1e-9
         * (hashcache__scaled (f->hits_memory, f->timed_hits, f->nanoseconds_spared)
            + hashcache__scaled (f->hits_store + f->computed, f->timed_lookups, f->nanoseconds_bodies));
}

/* Seconds that are lost by looking up what is computed faster; 0 or less if nothing is, or if too few calls were timed to tell. */
static double
hashcache__seconds_lost (const struct hashcache__function_figures *f)
{
  enum { ENOUGH = 16 };

  if (f->timed_hits + f->timed_lookups < ENOUGH)
    return 0.0;
  return hashcache__seconds_looking_up (f) - hashcache__seconds_of_bodies (f);
}

#endif
