/* call_functions.c: promise: a call through a pointer is cached by what the pointer leads to, wherever it came from: parameters,
   structs, tables, globals, the C library; other functions are other calls.
   SPDX-License-Identifier: BSD-2-Clause  */
#include <hashcache.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef double function (double);

static double offset = 0.5;
static double twice (double x) { return 2 * x; }
static double thrice (double x) { return 3 * x + offset; }
static double nested (double x) { return twice (x) + thrice (x); }
double known_elsewhere (double x) { return x / 2; }

HASHCACHE double integrate (function *f, double a, double b, int n)
{
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += f (a + (b - a) * (i + 0.5) / n);
  return sum * (b - a) / n;
}

struct model
{
  function *force;
  double scale;
  function *other;
};

HASHCACHE double evolve (const struct model *m, int n)
{
  double x = m->scale;
  for (int i = 0; i < n; i++)
    x = m->force (x) * 0.25 + (m->other ? m->other (x) : 1);
  return x;
}

HASHCACHE double by_value (struct model m, double x) { return m.force (x) * m.scale; }

static function *const operations[] = { twice, thrice, sqrt, NULL };
static function *current = twice;
static function *switches[2] = { twice, thrice };

HASHCACHE double from_table (int which, double x) { return operations[which] ? operations[which] (x) : x; }
HASHCACHE double from_global (double x) { return current (x); }
HASHCACHE double from_globals (double x) { return switches[0] (x) - switches[1] (x); }

/* A function that reads a pointer of its own.  */
static function *inner = twice;
static double through_inner (double x) { return inner (x) + 1; }

static int ascending (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}
static int descending (const void *a, const void *b) { return ascending (b, a); }

HASHCACHE double sorted (int n, double x[n], int (*compare) (const void *, const void *))
{
  qsort (x, n, sizeof *x, compare);
  return x[0];
}

HASHCACHE double local_choice (int which, double x)
{
  function *f = which ? nested : twice;
  return f (x);
}

HASHCACHE int same_function (function *f, function *g) { return f == g; }

static double __thread_like (double x) { return x; }

int
main (void)
{
  double x[4] = { 3, 1, 2, 4 };
  struct model m = { twice, 1.5, NULL };
  printf ("%a %a %a\n", integrate (twice, 0, 1, 10), integrate (thrice, 0, 1, 10), integrate (nested, 0, 1, 10));
  printf ("%a %a %a\n", integrate (sin, 0, 1, 10), integrate (cos, 0, 1, 10), integrate (known_elsewhere, 0, 1, 10));
  offset = 0.75;
  printf ("%a %a %a\n", integrate (twice, 0, 1, 10), integrate (thrice, 0, 1, 10), integrate (nested, 0, 1, 10));
  printf ("%a\n", evolve (&m, 5));
  m.other = thrice;
  printf ("%a\n", evolve (&m, 5));
  m.force = nested;
  printf ("%a %a\n", evolve (&m, 5), by_value (m, 2));
  m.force = twice;
  printf ("%a\n", by_value (m, 2));
  for (int i = 0; i < 4; i++)
    printf ("%a\n", from_table (i, 2));
  printf ("%a\n", from_global (2));
  current = nested;
  printf ("%a\n", from_global (2));
  printf ("%a\n", from_globals (2));
  switches[1] = twice;
  printf ("%a\n", from_globals (2));
  printf ("%a\n", integrate (through_inner, 0, 1, 10));
  inner = thrice;
  printf ("%a\n", integrate (through_inner, 0, 1, 10));
  inner = through_inner == inner ? inner : __thread_like;
  printf ("%a\n", integrate (through_inner, 0, 1, 10));
  printf ("%a\n", sorted (4, x, ascending));
  printf ("%a\n", sorted (4, x, descending));
  printf ("%a %a %a %a\n", x[0], x[1], x[2], x[3]);
  printf ("%a %a\n", local_choice (0, 2), local_choice (1, 2));
  printf ("%d %d\n", same_function (twice, twice), same_function (twice, thrice));
  return 0;
}
