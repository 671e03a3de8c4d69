/* summary.h: the summary for people, at exit.
   SPDX-License-Identifier: BSD-2-Clause

   One line with the totals, and at most HASHCACHE__FUNCTIONS_TOLD lines for functions whose calls are computed faster than looked up. Under a
   parallel launcher only rank 0 writes a summary, for itself, and says what gives one for all ranks. Numbers do not depend on the
   locale. */
#ifndef HASHCACHE_SUMMARY_H
#define HASHCACHE_SUMMARY_H

#include "statistics.h"

enum { HASHCACHE__FUNCTIONS_TOLD = 3 };

/* Numbers for people ------------------------------------------------------------------------------------------------------ */

/* Seconds for people: 0.12 s, 35 s. Without a decimal point of the locale's. */
static void
hashcache__text_seconds (struct hashcache__text *text, double seconds)
{
  const uint64_t hundredths = (uint64_t) (100.0 * seconds + 0.5);

  hashcache__text_format (text, "%llu.%02llu s", (unsigned long long) (hundredths / 100),
                          (unsigned long long) (hundredths % 100));
}

/* VALUE, of 0 to 1e18, with one decimal below 10, and UNIT. */
static void
hashcache__text_quantity (struct hashcache__text *text, double value, const char *unit)
{
  const uint64_t tenths = (uint64_t) (10.0 * value + 0.5);

  if (tenths < 100)
    hashcache__text_format (text, "%llu.%llu %s", (unsigned long long) (tenths / 10), (unsigned long long) (tenths % 10), unit);
  else
    hashcache__text_format (text, "%llu %s", (unsigned long long) (value + 0.5), unit);
}

/* A short time: 0.4 us, 12 us, 3.5 ms, 2.0 s. */
static void
hashcache__text_duration (struct hashcache__text *text, double seconds)
{
  static const char *const units[] = { "us", "ms", "s" };
  double value = seconds > 0.0 && seconds < 1e9 ? 1e6 * seconds : 0.0;
  size_t unit = 0;

  for (; unit < 2 && value >= 999.5; unit++)
    value *= 1e-3;
  hashcache__text_quantity (text, value, units[unit]);
}

/* 512 bytes, 1.5 KiB, 64 MiB: with the units of HASHCACHE_MEMORY. */
static void
hashcache__text_size (struct hashcache__text *text, uint64_t bytes)
{
  static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB" };
  double value = (double) bytes / 1024.0;
  size_t unit = 0;

  if (bytes < 1024) {
    hashcache__text_format (text, "%llu %s", (unsigned long long) bytes, bytes == 1 ? "byte" : "bytes");
    return;
  }
  for (; unit < 4 && value >= 1023.5; unit++)
    value /= 1024.0;
  hashcache__text_quantity (text, value, units[unit]);
}

/* ", 3 store failures" if there were any. */
static void
hashcache__text_some (struct hashcache__text *text, uint64_t n, const char *what)
{
  if (n > 0)
    hashcache__text_format (text, ", %llu %s", (unsigned long long) n, what);
}

/* The totals -------------------------------------------------------------------------------------------------------------- */

/* "; 1.5 KiB read, 64 MiB written" as far as there is any. */
static void
hashcache__text_traffic (struct hashcache__text *text, const struct hashcache_statistics *s)
{
  if (s->bytes_read > 0) {
    hashcache__text_put (text, "; ");
    hashcache__text_size (text, s->bytes_read);
    hashcache__text_put (text, " read");
  }
  if (s->bytes_written > 0) {
    hashcache__text_put (text, s->bytes_read > 0 ? ", " : "; ");
    hashcache__text_size (text, s->bytes_written);
    hashcache__text_put (text, " written");
  }
}

static void
hashcache__text_summary (struct hashcache__text *text, const struct hashcache_statistics *s)
{
  hashcache__text_format (text, "%llu %s: %llu from memory, %llu from the store, %llu computed", (unsigned long long) s->calls,
                          s->calls == 1 ? "call" : "calls", (unsigned long long) s->hits_memory,
                          (unsigned long long) s->hits_store, (unsigned long long) s->computed);
  hashcache__text_some (text, s->uncached, "not cacheable");
  hashcache__text_some (text, s->waited, "waited for another");
  hashcache__text_some (text, s->stored, "stored");
  hashcache__text_some (text, s->store_failures, "not stored");
  hashcache__text_some (text, s->computed_twice, "computed twice");
  hashcache__text_some (text, s->bad_entries, "damaged entries set aside");
  hashcache__text_traffic (text, s);
  hashcache__text_put (text, "; ");
  hashcache__text_seconds (text, s->seconds_computing);
  hashcache__text_put (text, " computing, ");
  hashcache__text_seconds (text, s->seconds_saved);
  hashcache__text_put (text, " saved");
  if (s->seconds_waiting > 0.0) {
    hashcache__text_put (text, ", ");
    hashcache__text_seconds (text, s->seconds_waiting);
    hashcache__text_put (text, " waiting");
  }
}

/* Functions --------------------------------------------------------------------------------------------------------------- */

/* A function by what people call it, and what is to be told of it. */
struct hashcache__told_function {
  const char *function, *source;
  struct hashcache__function_figures figures;
};

/* A loss that is to be told, in seconds: short runs lose nothing worth a line, and a busy machine can hold up any one call for some hundredths of
   a second. (Tests set it.) */
static double hashcache__worth_telling = 0.1;

static void
hashcache__say_slow_lookup (const struct hashcache__told_function *told)
{
  const double calls = (double) hashcache__calls_of (&told->figures);
  struct hashcache__text text = { 0 };

  hashcache__text_put (&text, "looking up ");
  hashcache__text_put (&text, told->function);
  hashcache__text_put (&text, " (");
  hashcache__text_put (&text, told->source);
  hashcache__text_put (&text, ") took ");
  hashcache__text_duration (&text, hashcache__seconds_looking_up (&told->figures) / calls);
  hashcache__text_put (&text, " a call, computing it ");
  hashcache__text_duration (&text, hashcache__seconds_of_bodies (&told->figures) / calls);
  hashcache__text_put (&text, ": leave HASHCACHE away from it");
  if (text.string)
    hashcache__say (1, "%s", text.string);
  hashcache__text_free (&text);
}

/* Of the N functions FIRST those that lose most by being looked up, at most a few, the worst first. */
static void
hashcache__say_slow_lookups (const struct hashcache__told_function *first, size_t n)
{
  double bound = 1e300;

  for (int told = 0; told < HASHCACHE__FUNCTIONS_TOLD; told++) {
    const struct hashcache__told_function *worst = NULL;
    double most = hashcache__worth_telling;

    for (size_t i = 0; i < n; i++) {
      const double lost = hashcache__seconds_lost (&first[i].figures);

      if (lost > most && lost < bound) {
        worst = &first[i];
        most = lost;
      }
    }
    if (!worst)
      return;
    hashcache__say_slow_lookup (worst);
    bound = most;
  }
}

static int
hashcache__same_function (const struct hashcache__told_function *told, const struct hashcache__contract *contract)
{
  return strcmp (told->function, contract->function) == 0 && strcmp (told->source, contract->source) == 0;
}

/* Adds F to the N functions FIRST, as one with those of the same name and place, such as an inline function that several units have; how
   many there are now. */
static size_t
hashcache__tell_figures (struct hashcache__told_function *first, size_t n, const struct hashcache__contract *contract,
                         const struct hashcache__function_figures *f)
{
  size_t i = 0;

  while (i < n && !hashcache__same_function (&first[i], contract))
    i++;
  if (i == n)
    first[n++] = (struct hashcache__told_function){ .function = contract->function, .source = contract->source };
  hashcache__sum_figures (&first[i].figures, f);
  return n;
}

/* The functions that this process has called: all they did, or if UNTOLD what has not been told. *N of them, to be freed; NULL if there are none,
   or no memory. */
static struct hashcache__told_function *
hashcache__told_functions (int untold, size_t *n)
{
  struct hashcache__figures *const all = atomic_load (&hashcache__all_figures);
  struct hashcache__told_function *functions;
  size_t most = 0;

  *n = 0;
  for (const struct hashcache__figures *f = all; f; f = f->next)
    most++;
  functions = most > 0 ? calloc (most, sizeof *functions) : NULL;
  for (const struct hashcache__figures *f = all; functions && f; f = f->next) {
    const struct hashcache__function_figures figures = untold ? hashcache__untold_figures (f) : hashcache__read_figures (f);

    if (hashcache__calls_of (&figures) > 0)
      *n = hashcache__tell_figures (functions, *n, f->contract, &figures);
  }
  return functions;
}

/* All of it --------------------------------------------------------------------------------------------------------------- */

static void
hashcache__say_functions (void)
{
  size_t n;
  struct hashcache__told_function *functions = hashcache__told_functions (1, &n);

  hashcache__say_slow_lookups (functions, n);
  free (functions);
}

static void
hashcache__say_summary (const struct hashcache_statistics *s)
{
  struct hashcache__text text = { 0 };
  const long rank = hashcache__launcher_rank ();
  const int for_itself = rank == 0 && hashcache__launcher_ranks () != 1;

  if (rank > 0)
    return;
  if (for_itself)
    hashcache__text_put (&text, "rank 0 for itself: ");
  hashcache__text_summary (&text, s);
  if (for_itself && hashcache__told_statistics.calls == 0)
    hashcache__text_put (&text, " (hashcache_mpi_attach gives the sum over all ranks)");
  if (text.string)
    hashcache__say (1, "%s", text.string);
  hashcache__text_free (&text);
  hashcache__say_functions ();
}

#endif
