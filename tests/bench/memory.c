/* memory.c: what a hit from this process's memory costs: memory [--rounds N] [--calls N] [--threads N] [--python COMMAND]
   SPDX-License-Identifier: BSD-2-Clause

   Calls that the plugin has made cacheable, all of them known, beside calls of the same functions' bodies and, where there is a COMMAND
   that prints seconds for each call (memory.py), Python's functools.lru_cache: it is started anew in each round, so that the machine is the
   same for all. An array argument is compared with the digest of as many bytes by the same code. Needs HASHCACHE_DIR. */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>
#include "measure.h"

FILE *popen (const char *, const char *);
int pclose (FILE *);

enum { MEGABYTE = 131072, FEW = 16, MOST_THREADS = 64, MANY = 100 };

static int n_rounds = 31, n_calls = 200000, n_threads = 4;
static const char *python;
static double scale = 2.0;
static double numbers[MEGABYTE];
static volatile double sink;

HASHCACHE static long
square (int n)
{
  return (long) n * n;
}

HASHCACHE static double
mixed (double x, int n, float y)
{
  return x * n + y;
}

HASHCACHE static double
scaled (int n)
{
  return scale * n;
}

HASHCACHE static double
sum (int n, const double x[n])
{
  double s = 0.0;

  for (int i = 0; i < n; i++)
    s += x[i];
  return s;
}

HASHCACHE static double
fourth (const double x[4])
{
  return x[3];
}

__attribute__ ((noinline)) static long
plain_square (int n)
{
  __asm__ volatile("" : "+r"(n));
  return (long) n * n;
}

static void
call_plain (int i)
{
  (void) i;
  sink = (double) plain_square (7);
}

static void
call_one_int (int i)
{
  (void) i;
  sink = (double) square (7);
}

static void
call_many_ints (int i)
{
  sink = (double) square (i % MANY);
}

static void
call_mixed (int i)
{
  sink = mixed (0.5, i & 1, 2.0f);
}

static void
call_with_global (int i)
{
  (void) i;
  sink = scaled (3);
}

static void
call_four (int i)
{
  (void) i;
  sink = fourth (numbers);
}

static void
call_few (int i)
{
  (void) i;
  sink = sum (FEW, numbers);
}

static void
call_megabyte (int i)
{
  (void) i;
  sink = sum (MEGABYTE, numbers);
}

static void
digest_megabyte (int i)
{
  struct hashcache__hasher hasher;

  (void) i;
  hashcache__hash_start (&hasher);
  hashcache__hash_bytes (&hasher, numbers, sizeof numbers);
  sink = hashcache__hash_finish (&hasher).bytes[0];
}

struct way {
  const char *name;
  void (*work) (int);
  int share; /* one of so many of the calls: for what takes long */
  int threads;
  double seconds[MEASURE_ROUNDS];
};

enum { LRU_CACHE, DIGEST, ONE_INT, MEGABYTE_HIT };

static struct way ways[] = {
  [LRU_CACHE] = { "Python's lru_cache, int", NULL, 1, 1, { 0 } },
  [DIGEST] = { "digest of 1 MB", digest_megabyte, 2000, 1, { 0 } },
  [ONE_INT] = { "int, always the same", call_one_int, 1, 1, { 0 } },
  [MEGABYTE_HIT] = { "array of 1 MB", call_megabyte, 2000, 1, { 0 } },
  { "100 ints in turn", call_many_ints, 1, 1, { 0 } },
  { "double, int and float", call_mixed, 1, 1, { 0 } },
  { "int, and reads a variable", call_with_global, 1, 1, { 0 } },
  { "array of 4 doubles", call_four, 10, 1, { 0 } },
  { "array of 16 doubles and its length", call_few, 10, 1, { 0 } },
  { "int, by threads at the same time", call_one_int, 1, 0, { 0 } },
  { "array of 4 doubles, by threads at the same time", call_four, 10, 0, { 0 } },
  { "the same function without a cache, int", call_plain, 1, 1, { 0 } },
};

enum { N_WAYS = sizeof ways / sizeof *ways };

static double
by_python (void)
{
  FILE *pipe = python ? popen (python, "r") : NULL;
  double seconds = 0.0;

  if (!pipe || fscanf (pipe, "%lf", &seconds) != 1)
    seconds = 0.0;
  if (pipe)
    (void) pclose (pipe);
  return seconds;
}

static void *
calls_of (void *context)
{
  const struct way *way = context;
  const int n = (n_calls + way->share - 1) / way->share;

  for (int i = 0; i < n; i++)
    way->work (i);
  return NULL;
}

/* Seconds of wall time for each call of one thread, while as many threads run as there are processors, or the other way round. */
static double
one_round (struct way *way)
{
  const int n = (n_calls + way->share - 1) / way->share, threads = way->threads ? way->threads : n_threads;
  pthread_t others[MOST_THREADS];
  double began;

  if (!way->work)
    return by_python ();
  way->work (0);
  way->work (0);
  began = measure_now ();
  for (int t = 1; t < threads; t++)
    if (pthread_create (&others[t], NULL, calls_of, way) != 0)
      exit (1);
  (void) calls_of (way);
  for (int t = 1; t < threads; t++)
    (void) pthread_join (others[t], NULL);
  return (measure_now () - began) / n;
}

static void
print_table (void)
{
  const double lru_cache = measure_median (ways[LRU_CACHE].seconds, n_rounds);
  const double digest = measure_median (ways[DIGEST].seconds, n_rounds);

  printf ("| a hit from memory | ns a call (quartiles) | of lru_cache | of the digest |\n|---|---|---|---|\n");
  for (int w = 0; w < N_WAYS; w++) {
    const struct way *way = &ways[w];
    const double median = measure_median (way->seconds, n_rounds);

    if (median == 0.0)
      continue;
    printf ("| %s", way->name);
    if (way->threads == 0)
      printf (" (%d)", n_threads);
    printf (" | %.1f (%.1f-%.1f) |", 1e9 * median, 1e9 * measure_quantile (way->seconds, n_rounds, 0.25),
            1e9 * measure_quantile (way->seconds, n_rounds, 0.75));
    if (lru_cache > 0.0 && w != DIGEST && w != MEGABYTE_HIT)
      printf (" %.2f", median / lru_cache);
    printf (w == DIGEST || w == MEGABYTE_HIT ? " | %.3f |\n" : " | |\n", median / digest);
  }
}

/* All that is measured was a hit from memory. */
static int
all_were_hits (void)
{
  struct hashcache_statistics s;

  return hashcache_stats (&s) == HASHCACHE_OK && s.calls == s.hits_memory + s.hits_store + s.computed && s.computed < 2 * MANY;
}

int
main (int argc, char **argv)
{
  n_rounds = (int) measure_option (argc, argv, "--rounds", n_rounds);
  n_calls = (int) measure_option (argc, argv, "--calls", n_calls);
  n_threads = (int) measure_option (argc, argv, "--threads", n_threads);
  for (int i = 1; i + 1 < argc; i++)
    if (strcmp (argv[i], "--python") == 0)
      python = argv[i + 1];
  if (n_rounds < 1 || n_rounds > MEASURE_ROUNDS || n_calls < 1 || n_threads < 1 || n_threads > MOST_THREADS)
    return 2;
  for (int i = 0; i < MEGABYTE; i++)
    numbers[i] = 1.0 / (i + 1);
  for (int i = 0; i < MANY; i++)
    call_many_ints (i);
  call_mixed (0), call_mixed (1);
  for (int round = 0; round < n_rounds; round++)
    for (int w = 0; w < N_WAYS; w++)
      ways[w].seconds[round] = one_round (&ways[w]);
  print_table ();
  if (!all_were_hits ()) {
    fprintf (stderr, "memory: some calls were computed that should have been hits\n");
    return 1;
  }
  return 0;
}
