/* hits.c: what a hit from the store costs beside reading the same file: hits [--rounds N] [--largest BYTES]
   SPDX-License-Identifier: BSD-2-Clause

   For results of several sizes, round after round, in turn: open, pread of the result's bytes, close of the entry's file; the hit; the
   same by joblib.Memory. No result is kept in memory (HASHCACHE_MEMORY=0), all files are in the page cache. A destination is warm if it has been
   written before, fresh if malloc has just given it out. Prints a table: medians, and medians of the ratios within a round.
   Needs HASHCACHE_DIR. */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>
#include "entries.h"
#include "joblib.h"

HASHCACHE double
value (long n)
{
  return 0.5 * (double) n;
}

HASHCACHE void
fill (long n, HASHCACHE_OUT HASHCACHE_COUNT (n) double *out)
{
  for (long i = 0; i < n; i++)
    out[i] = 0.5 * (double) (i + 1);
}

/* What is measured: results of BYTES, CALLS of them a round. */
struct row {
  const char *name;
  size_t bytes;
  int calls, fresh;
  const char *goal;
};

static const struct row rows[] = {
  { "8 B", 8, 2000, 0, "3.0" },
  { "1 MB", 1 << 20, 100, 0, "1.8" },
  { "100 MB, warm", 100000000, 3, 0, "1.3" },
  { "100 MB, fresh", 100000000, 3, 1, "1.25" },
  { "1 GB, warm", 1000000000, 1, 0, "1.3" },
  { "1 GB, fresh", 1000000000, 1, 1, "1.25" },
};

enum { RAW, HIT, JOBLIB, JOBLIB_MAPPED, N_WAYS };

static char entry[4096];

static void
read_raw (size_t bytes, void *out)
{
  const int fd = open (entry, O_RDONLY | O_CLOEXEC);
  size_t done = 0;
  ssize_t n = 1;

  while (done < bytes && n > 0) {
    n = pread (fd, (char *) out + done, bytes - done, (off_t) (512 + done));
    done += n > 0 ? (size_t) n : 0;
  }
  close (fd);
  if (done < bytes)
    exit (1);
}

static void
do_once (const struct row *row, int way, double *out)
{
  if (way == RAW)
    read_raw (row->bytes, out);
  else if (row->bytes == 8)
    *out = value (1);
  else
    fill ((long) row->bytes / 8, out);
}

/* Seconds of a call into memory that is fresh, and of getting it. */
static double
into_fresh (const struct row *row, int way)
{
  const double began = measure_now ();
  double *out = malloc (row->bytes), seconds;

  if (!out)
    exit (1);
  do_once (row, way, out);
  seconds = measure_now () - began;
  free (out);
  return seconds;
}

/* Seconds of CALLS calls into memory that is warm. */
static double
into_warm (const struct row *row, int way, double *warm, int calls)
{
  const double began = measure_now ();

  for (int i = 0; i < calls; i++)
    do_once (row, way, warm);
  return measure_now () - began;
}

/* Seconds of a call. The first is not counted: memory that was given back meanwhile a virtual machine may have to get from its host again. */
static double
one_round (const struct row *row, int way, double *warm)
{
  double seconds = 0.0;

  if (!row->fresh) {
    (void) into_warm (row, way, warm, 1);
    return into_warm (row, way, warm, row->calls) / row->calls;
  }
  (void) into_fresh (row, way);
  for (int i = 0; i < row->calls; i++)
    seconds += into_fresh (row, way);
  return seconds / row->calls;
}

static void
measure_row (const struct row *row, int rounds, struct joblib *joblib)
{
  static double seconds[N_WAYS][MEASURE_ROUNDS];
  double *warm = malloc (row->bytes + 8);
  const int joblib_calls = row->calls / 10 > 0 ? row->calls / 10 : 1;

  if (!warm)
    exit (1);
  memset (warm, 1, row->bytes);
  do_once (row, HIT, warm); /* the miss */
  find_entry (entry, row->bytes == 8 ? HASHCACHE_KEY (value (1)) : HASHCACHE_KEY (fill ((long) row->bytes / 8, warm)));
  for (int way = 0; way <= HIT; way++)
    (void) one_round (row, way, warm);
  for (int i = 0; i < rounds; i++) {
    for (int way = 0; way <= HIT; way++)
      seconds[way][i] = one_round (row, way, warm);
    seconds[JOBLIB][i] = joblib_seconds (joblib, "hit", row->bytes, joblib_calls);
    seconds[JOBLIB_MAPPED][i] = joblib_seconds (joblib, "hit-mmap", row->bytes, joblib_calls);
  }
  printf ("| %s |", row->name);
  print_us (seconds[RAW], rounds);
  print_us (seconds[HIT], rounds);
  print_ratio (seconds[HIT], seconds[RAW], rounds);
  printf (" %s |", row->goal);
  print_us (seconds[JOBLIB], rounds);
  print_ratio (seconds[JOBLIB], seconds[HIT], rounds);
  print_us (seconds[JOBLIB_MAPPED], rounds);
  print_ratio (seconds[JOBLIB_MAPPED], seconds[HIT], rounds);
  printf ("\n");
  fflush (stdout);
  free (warm);
}

int
main (int argc, char **argv)
{
  const int rounds = (int) measure_option (argc, argv, "--rounds", 15);
  const double largest = measure_option (argc, argv, "--largest", 1e9);
  struct joblib joblib;

  if (rounds < 1 || rounds > MEASURE_ROUNDS || hashcache_set ("MEMORY", "0") != HASHCACHE_OK)
    return 2;
  joblib_start (&joblib);
  printf ("| result | raw read, us | hit, us | hit / raw | goal | joblib, us | joblib / hit | joblib mmap, us | mmap / hit |\n"
          "|---|---|---|---|---|---|---|---|---|\n");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if ((double) rows[i].bytes <= largest)
      measure_row (&rows[i], rounds, &joblib);
  joblib_end (&joblib);
  return 0;
}
