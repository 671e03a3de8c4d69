/* calls.h: a few cached functions, one for each way in which a result comes back, and calls of all of them.
   SPDX-License-Identifier: BSD-2-Clause

   To be included after hashcache.h with HASHCACHE_IMPLEMENTATION, and compiled with the plugin. */
#ifndef CALLS_H
#define CALLS_H

#include <stdlib.h>
#include <string.h>

enum { CALLS_ELEMENTS = 300, CALLS_FUNCTIONS = 5 };

struct calls_table {
  int n;
  double *values HASHCACHE_COUNT (n);
};

HASHCACHE static double
number (int key)
{
  return 1.5 * key + 0.25;
}

HASHCACHE static void
filled (int key, int n, double *values HASHCACHE_OUT HASHCACHE_COUNT (n))
{
  for (int i = 0; i < n; i++)
    values[i] = key + 0.5 * i;
}

HASHCACHE static void
changed (int n, double *values HASHCACHE_INOUT HASHCACHE_COUNT (n))
{
  for (int i = 0; i < n; i++)
    values[i] = 2 * values[i] + i;
}

HASHCACHE static double *allocated (int key, int n) HASHCACHE_RETURNS (n);

HASHCACHE static double *
allocated (int key, int n)
{
  double *values;

  while (!(values = malloc ((size_t) n * sizeof *values))) /* the fault passes */
    ;
  for (int i = 0; i < n; i++)
    values[i] = key - 0.5 * i;
  return values;
}

HASHCACHE HASHCACHE_RETURNS (1) static struct calls_table *linked (int key, int n)
{
  struct calls_table *table;

  while (!(table = malloc (sizeof *table)))
    ;
  *table = (struct calls_table){ n, allocated (key + 1, n) };
  return table;
}

/* Each of these calls a function with KEY; 0 if all it yields is right. */

static int
check_number (int key)
{
  return number (key) != 1.5 * key + 0.25;
}

static int
check_filled (int key)
{
  double values[CALLS_ELEMENTS + 2];
  const int n = CALLS_ELEMENTS;

  memset (values, 0, sizeof values);
  values[0] = values[n + 1] = -1;
  filled (key, n, values + 1);
  for (int i = 0; i < n; i++)
    if (values[i + 1] != key + 0.5 * i)
      return 1;
  return values[0] != -1 || values[n + 1] != -1;
}

static int
check_changed (int key)
{
  double values[CALLS_ELEMENTS + 2];
  const int n = CALLS_ELEMENTS;

  for (int i = 0; i < n; i++)
    values[i + 1] = key + i;
  values[0] = values[n + 1] = -1;
  changed (n, values + 1);
  for (int i = 0; i < n; i++)
    if (values[i + 1] != 2.0 * (key + i) + i)
      return 1;
  return values[0] != -1 || values[n + 1] != -1;
}

static int
check_allocated (int key)
{
  double *values = allocated (key, CALLS_ELEMENTS);
  int wrong = 0;

  for (int i = 0; i < CALLS_ELEMENTS; i++)
    wrong |= values[i] != key - 0.5 * i;
  free (values);
  return wrong;
}

static int
check_linked (int key)
{
  struct calls_table *table = linked (key, CALLS_ELEMENTS);
  int wrong = table->n != CALLS_ELEMENTS;

  for (int i = 0; !wrong && i < CALLS_ELEMENTS; i++)
    wrong |= table->values[i] != key + 1 - 0.5 * i;
  free (table->values);
  free (table);
  return wrong;
}

static int (*const calls[CALLS_FUNCTIONS]) (int) = { check_number, check_filled, check_changed, check_allocated, check_linked };
__attribute__ ((unused)) static const char *const calls_names[CALLS_FUNCTIONS] = { "number", "filled", "changed", "allocated",
                                                                                   "linked" };

/* Calls each function with each of the KEYS keys from 0 on; nonzero if something is wrong. */
static inline int
call_all (int keys)
{
  int wrong = 0;

  for (int key = 0; key < keys; key++)
    for (int f = 0; f < CALLS_FUNCTIONS; f++)
      wrong |= calls[f](key);
  return wrong;
}

/* Throws away what function F yields for KEY, if it is known. */
static inline int
forget (size_t f, int key)
{
  double values[CALLS_ELEMENTS];
  const int n = CALLS_ELEMENTS;

  for (int i = 0; i < n; i++)
    values[i] = key + i;
  switch (f) {
  case 0: return HASHCACHE_FORGET (number (key));
  case 1: return HASHCACHE_FORGET (filled (key, n, values));
  case 2: return HASHCACHE_FORGET (changed (n, values));
  case 3: return HASHCACHE_FORGET (allocated (key, n));
  default: return HASHCACHE_FORGET (linked (key, n));
  }
}

#endif
