/* measure.h: clocks, medians and a burner of time for the programs here.
   SPDX-License-Identifier: BSD-2-Clause

   Each program compares ways of doing the same within one run: the ways take turns, round after round, and of each the median of its
   rounds counts. So what else the machine does meets all of them alike. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int clock_gettime (int, struct timespec *);
int clock_nanosleep (int, int, const struct timespec *, struct timespec *);

enum { MEASURE_MONOTONIC = 1, MEASURE_PROCESS_TIME = 2, MEASURE_ABSOLUTE = 1, MEASURE_ROUNDS = 1000 };

static inline double
measure_clock (int which)
{
  struct timespec t;

  return clock_gettime (which, &t) == 0 ? (double) t.tv_sec + 1e-9 * (double) t.tv_nsec : 0.0;
}

/* Seconds on a clock that all processes of a machine share. */
static inline double
measure_now (void)
{
  return measure_clock (MEASURE_MONOTONIC);
}

static inline void
measure_sleep_until (double when)
{
  const time_t whole = (time_t) when;
  const struct timespec t = { .tv_sec = whole, .tv_nsec = (long) (1e9 * (when - (double) whole)) };

  (void) clock_nanosleep (MEASURE_MONOTONIC, MEASURE_ABSOLUTE, &t, NULL);
}

static inline int
measure_order (const void *a, const void *b)
{
  const double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* The value below which the share Q of the N VALUES lie. */
static inline double
measure_quantile (const double *values, int n, double q)
{
  double sorted[MEASURE_ROUNDS], place = q * (n - 1);
  const int below = (int) place;

  memcpy (sorted, values, (size_t) n * sizeof *sorted);
  qsort (sorted, (size_t) n, sizeof *sorted, measure_order);
  return below + 1 < n ? sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
}

static inline double
measure_median (const double *values, int n)
{
  return measure_quantile (values, n, 0.5);
}

/* The number behind the option NAME among the arguments, or DEFAULT. */
static inline double
measure_option (int argc, char **argv, const char *name, double otherwise)
{
  for (int i = 1; i + 1 < argc; i++)
    if (strcmp (argv[i], name) == 0)
      return strtod (argv[i + 1], NULL);
  return otherwise;
}

/* As many steps as take SECONDS of this processor, with a chain of arithmetic that cannot be shortened. */
static inline double
measure_chain (double x, long steps)
{
  for (long i = 0; i < steps; i++)
    x = x * 0.999999 + 1e-6;
  return x;
}

/* Steps of measure_chain that take SECONDS on this machine, by the fastest of some trials. */
static inline long
measure_steps (double seconds)
{
  const long trial = 2000000;
  double fastest = 1e9;
  volatile double keep = 1.0;

  for (int i = 0; i < 15; i++) {
    const double began = measure_now ();

    keep = measure_chain (keep, trial);
    const double took = measure_now () - began;
    if (took < fastest)
      fastest = took;
  }
  return (long) ((double) trial * seconds / fastest);
}

#endif
