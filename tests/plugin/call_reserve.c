/* call_reserve.c: promise: where a call has made memory larger in its place, a hit does not tell the program that it is.
   SPDX-License-Identifier: BSD-2-Clause
   warm computes: 2 */
#include <hashcache.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 90000 };

struct vector {
  long n, capacity;
  double *values HASHCACHE_COUNT (n);
};

HASHCACHE void
reserve (HASHCACHE_INOUT struct vector *v HASHCACHE_COUNT (1), long capacity)
{
  v->values = realloc (v->values, (size_t) capacity * sizeof *v->values);
  v->capacity = capacity;
}

/* What the runtime itself needs shall find other places than the gap. */
static void *small[40];

/* Fills a vector to its end that has, or has not, room behind it. */
static long
fill (int room)
{
  struct vector v = { 300, 300, malloc (300 * sizeof *v.values) };
  char *gap = malloc (GAP), *end = malloc (100);
  long same = 0;

  for (long i = 0; i < v.n; i++)
    v.values[i] = (double) i;
  memset (gap, 7, GAP);
  if (room)
    free (gap);
  for (int i = 0; room && i < 40; i += 2)
    free (small[i]);
  reserve (&v, 2000);
  for (long i = v.n; i < v.capacity; i++)
    v.values[i] = (double) i;
  for (long i = 0; !room && i < GAP; i++)
    same += gap[i] == 7;
  if (!room)
    free (gap);
  free (v.values);
  free (end);
  return same;
}

int
main (void)
{
  for (int i = 0; i < 40; i++)
    small[i] = malloc ((size_t) (3000 + 160 * i));
  printf ("%ld\n", fill (1));
  printf ("%ld\n", fill (0));
  for (int i = 1; i < 40; i += 2)
    free (small[i]);
  return 0;
}
