/* entries.h: finds entries, and prints the cells of tables.
   SPDX-License-Identifier: BSD-2-Clause */
#ifndef ENTRIES_H
#define ENTRIES_H

#include "measure.h"
#include <glob.h>

/* Puts the file of the entry with that KEY in PATH; ends the program if there is none. */
static inline void
find_entry (char path[4096], const char *key)
{
  char pattern[4096];
  glob_t found;

  snprintf (pattern, sizeof pattern, "%s/objects/*/%s.h5", getenv ("HASHCACHE_DIR"), key ? key : "none");
  if (glob (pattern, 0, NULL, &found) != 0) {
    fprintf (stderr, "there is no %s\n", pattern);
    exit (1);
  }
  snprintf (path, 4096, "%s", found.gl_pathv[0]);
  globfree (&found);
}

/* The median of SECONDS in microseconds; "-" if nothing was measured. */
static inline void
print_us (const double *seconds, int rounds)
{
  const double us = 1e6 * measure_median (seconds, rounds);

  if (us > 0)
    printf (us < 100 ? " %.2f |" : " %.0f |", us);
  else
    printf (" - |");
}

/* The median over the rounds of A / B. */
static inline void
print_ratio (const double *a, const double *b, int rounds)
{
  double ratios[MEASURE_ROUNDS];

  for (int i = 0; i < rounds; i++)
    ratios[i] = b[i] > 0 ? a[i] / b[i] : 0;
  if (a[0] > 0 && b[0] > 0)
    printf (" %.2f |", measure_median (ratios, rounds));
  else
    printf (" - |");
}

#endif
