/* entries.c: whether a lookup takes longer among many entries: entries [--rounds N] [--calls N] [--many N]
   SPDX-License-Identifier: BSD-2-Clause

   Two functions have ten entries each; the directory of one of them is filled up with small files that are called like entries. Then lookups of
   both take turns: hits, and misses of HASHCACHE_MODE=readonly, which claims and stores nothing. No result is kept in memory. Prints a table:
   medians, and medians of the ratios within a round. Needs HASHCACHE_DIR. */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>
#include "entries.h"

enum { FEW = 10 };

HASHCACHE long
of_few (long x)
{
  return x + 1;
}

HASHCACHE long
of_many (long x)
{
  return x - 1;
}

/* Fills the directory of of_many up to N names. */
static void
fill_up (int n)
{
  char path[4096], name[4200];
  char *end;

  find_entry (path, HASHCACHE_KEY (of_many (0)));
  end = strrchr (path, '/');
  *end = '\0';
  for (int i = FEW; i < n; i++) {
    const struct hashcache__digest digest = hashcache__digest_of (&i, sizeof i);
    char hex[33];
    int fd;

    hashcache__digest_hex (&digest, hex);
    snprintf (name, sizeof name, "%s/%s.h5", path, hex);
    fd = open (name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0 || close (fd) != 0)
      exit (1);
  }
}

/* Seconds of a lookup of x in [FIRST, FIRST + FEW). */
static double
one_round (int many, long first, int calls)
{
  const double began = measure_now ();
  long sum = 0;

  for (int i = 0; i < calls; i++)
    sum += many ? of_many (first + i % FEW) : of_few (first + i % FEW);
  if (sum == 1)
    exit (1);
  return (measure_now () - began) / calls;
}

static void
measure_row (const char *name, long first, int rounds, int calls)
{
  static double seconds[2][MEASURE_ROUNDS];

  for (int i = 0; i < rounds; i++)
    for (int many = 0; many <= 1; many++)
      seconds[many][i] = one_round (many, first, calls);
  printf ("| %s |", name);
  print_us (seconds[0], rounds);
  print_us (seconds[1], rounds);
  print_ratio (seconds[1], seconds[0], rounds);
  printf (" 1.2 |\n");
}

int
main (int argc, char **argv)
{
  const int rounds = (int) measure_option (argc, argv, "--rounds", 31);
  const int calls = (int) measure_option (argc, argv, "--calls", 2000);
  const int many = (int) measure_option (argc, argv, "--many", 100000);

  if (rounds < 1 || rounds > MEASURE_ROUNDS || calls < 1 || hashcache_set ("MEMORY", "0") != HASHCACHE_OK)
    return 2;
  (void) one_round (0, 0, FEW);
  (void) one_round (1, 0, FEW);
  fill_up (many);
  printf ("| lookup | among %d, us | among %d, us | ratio | goal |\n|---|---|---|---|---|\n", FEW, many);
  measure_row ("hit", 0, rounds, calls);
  (void) hashcache_set ("MODE", "readonly");
  measure_row ("miss", 1000000, rounds, calls);
  return 0;
}
