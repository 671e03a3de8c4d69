/* stores.c: what a miss costs beyond the computation: stores [--rounds N] [--largest BYTES]
   SPDX-License-Identifier: BSD-2-Clause

   For results of several sizes, round after round, in turn: a file with the result's bytes is written and renamed; a call of a function that
   computes nothing is claimed and its result stored; the same by joblib.Memory. Each time the name, or the argument, is new. What
   was made stays until its row is done, but for large files: ext4 is slow to make files where others have just been removed. No result is
   kept in memory (HASHCACHE_MEMORY=0), nothing is synced. Prints a table: medians, and medians of the ratios within a round. Needs
   HASHCACHE_DIR. */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>
#include "entries.h"
#include "joblib.h"

HASHCACHE double
value (long number)
{
  return 0.5 * (double) number;
}

/* All of OUT is the result, whoever has filled it. */
HASHCACHE void
leave (long number, long n, HASHCACHE_OUT HASHCACHE_COUNT (n) double *out)
{
  if (n > 0)
    out[0] = (double) number;
}

struct row {
  const char *name;
  size_t bytes;
  int calls;
  int stays;        /* until the row is done */
  const char *goal; /* to the raw write */
};

static const struct row rows[] = {
  { "8 B", 8, 100, 1, "-" },
  { "1 MB", 1 << 20, 20, 1, "1.5" },
  { "100 MB", 100000000, 1, 0, "1.5" },
};

enum { RAW, MISS, JOBLIB, N_WAYS };

static long n_asked;

static void
raw_path (char path[4096], long number)
{
  snprintf (path, 4096, "%s/.raw-%ld", getenv ("HASHCACHE_DIR"), number);
}

/* Removes what was made by that NUMBER. */
static void
remove_one (const struct row *row, long number, double *out)
{
  char raw[4096];

  raw_path (raw, number);
  if (unlink (raw) == 0)
    return;
  if (!(row->bytes == 8 ? HASHCACHE_FORGET (value (number)) : HASHCACHE_FORGET (leave (number, (long) row->bytes / 8, out)))) {
    fprintf (stderr, "a result of %zu bytes was not stored\n", row->bytes);
    exit (1);
  }
}

static void
write_raw (const double *out, size_t bytes, const char *from, const char *to)
{
  const int fd = open (from, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  size_t done = 0;
  ssize_t n = 1;

  while (done < bytes && n > 0) {
    n = write (fd, (const char *) out + done, bytes - done);
    done += n > 0 ? (size_t) n : 0;
  }
  if (close (fd) != 0 || done < bytes || rename (from, to) != 0)
    exit (1);
}

/* Makes the raw file of that NUMBER; its seconds. */
static double
store_raw (const struct row *row, long number, const double *out)
{
  char from[4096], to[4096];
  double began;

  snprintf (from, sizeof from, "%s/.raw", getenv ("HASHCACHE_DIR"));
  raw_path (to, number);
  began = measure_now ();
  write_raw (out, row->bytes, from, to);
  return measure_now () - began;
}

static double
store_miss (const struct row *row, long number, double *out)
{
  const double began = measure_now ();

  if (row->bytes == 8)
    *out = value (number);
  else
    leave (number, (long) row->bytes / 8, out);
  return measure_now () - began;
}

static double
one_round (const struct row *row, int way, double *out)
{
  double seconds = 0.0;

  for (int i = 0; i < row->calls; i++) {
    const long number = n_asked++;

    seconds += way == RAW ? store_raw (row, number, out) : store_miss (row, number, out);
    if (!row->stays)
      remove_one (row, number, out);
  }
  return seconds / row->calls;
}

static void
measure_row (const struct row *row, int rounds, struct joblib *joblib)
{
  static double seconds[N_WAYS][MEASURE_ROUNDS];
  double *out = malloc (row->bytes + 8);
  const long first = n_asked;

  if (!out)
    exit (1);
  for (size_t i = 0; i <= row->bytes / 8; i++)
    out[i] = 0.5 * (double) (i + 1);
  (void) one_round (row, MISS, out);
  for (int i = 0; i < rounds; i++) {
    for (int way = 0; way <= MISS; way++)
      seconds[way][i] = one_round (row, way, out);
    seconds[JOBLIB][i] = joblib_seconds (joblib, "miss", row->bytes, row->calls);
  }
  printf ("| %s |", row->name);
  print_us (seconds[RAW], rounds);
  print_us (seconds[MISS], rounds);
  print_ratio (seconds[MISS], seconds[RAW], rounds);
  printf (" %s |", row->goal);
  print_us (seconds[JOBLIB], rounds);
  print_ratio (seconds[JOBLIB], seconds[MISS], rounds);
  printf ("\n");
  fflush (stdout);
  for (long number = first; row->stays && number < n_asked; number++)
    remove_one (row, number, out);
  free (out);
}

int
main (int argc, char **argv)
{
  const int rounds = (int) measure_option (argc, argv, "--rounds", 15);
  const double largest = measure_option (argc, argv, "--largest", 1e8);
  struct joblib joblib;

  if (rounds < 1 || rounds > MEASURE_ROUNDS || hashcache_set ("MEMORY", "0") != HASHCACHE_OK)
    return 2;
  joblib_start (&joblib);
  printf ("| result | write + rename, us | miss, us | miss / write | goal | joblib, us | joblib / miss "
          "|\n|---|---|---|---|---|---|---|\n");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if ((double) rows[i].bytes <= largest)
      measure_row (&rows[i], rounds, &joblib);
  joblib_end (&joblib);
  return 0;
}
