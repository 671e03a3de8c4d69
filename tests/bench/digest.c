/* digest.c: what it costs to digest a large argument: digest [--rounds N] [--bytes N]
   SPDX-License-Identifier: BSD-2-Clause

   Round after round, in turn: XXH3-128 of an array at the library's own choice of vectors; the key of a call that has the array as its
   argument; joblib.hash. Prints a table: medians, and medians of the ratios within a round. Needs HASHCACHE_DIR. */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>
#include "entries.h"
#include "joblib.h"

HASHCACHE double
sum (long n, HASHCACHE_COUNT (n) const double *array)
{
  double s = 0.0;

  for (long i = 0; i < n; i++)
    s += array[i];
  return s;
}

enum { LIBRARY, KEY, JOBLIB, N_WAYS };

static double
digest (int way, long n, const double *array)
{
  const double began = measure_now ();
  volatile unsigned char keep = 0;

  if (way == KEY)
    keep = HASHCACHE_KEY (sum (n, array)) != NULL;
  else
#if HASHCACHE__WIDE
    keep = (unsigned char) (hashcache__wide_hash ? hashcache__wide_hash (array, (size_t) n * 8)
                                                 : XXH3_128bits (array, (size_t) n * 8))
               .low64;
#else
    keep = (unsigned char) XXH3_128bits (array, (size_t) n * 8).low64;
#endif
  (void) keep;
  return measure_now () - began;
}

int
main (int argc, char **argv)
{
  static double seconds[N_WAYS][MEASURE_ROUNDS];
  const int rounds = (int) measure_option (argc, argv, "--rounds", 31);
  const long n = (long) measure_option (argc, argv, "--bytes", 1e8) / 8;
  double *array = malloc ((size_t) n * 8);
  struct joblib joblib;

  if (rounds < 1 || rounds > MEASURE_ROUNDS || n < 1 || !array)
    return 2;
  for (long i = 0; i < n; i++)
    array[i] = 0.5 * (double) (i + 1);
  (void) digest (KEY, n, array);
  joblib_start (&joblib);
  for (int i = 0; i < rounds; i++) {
    for (int way = 0; way <= KEY; way++)
      seconds[way][i] = digest (way, n, array);
    seconds[JOBLIB][i] = joblib_seconds (&joblib, "hash", (size_t) n * 8, 1);
  }
  joblib_end (&joblib);
  printf ("| argument, bytes | XXH3-128, us | key of the call, us | XXH3-128 / key | goal | joblib.hash, us | joblib.hash / key "
          "| goal |\n"
          "|---|---|---|---|---|---|---|---|\n| %ld |",
          8 * n);
  print_us (seconds[LIBRARY], rounds);
  print_us (seconds[KEY], rounds);
  print_ratio (seconds[LIBRARY], seconds[KEY], rounds);
  printf (" 0.9 |");
  print_us (seconds[JOBLIB], rounds);
  print_ratio (seconds[JOBLIB], seconds[KEY], rounds);
  printf (" 10 |\n");
  return 0;
}
