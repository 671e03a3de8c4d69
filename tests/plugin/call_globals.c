/* call_globals.c: promise: what the calculation reads of global and static variables is in the key by its value, what it writes
   is restored by a hit. One function writes what it promised to read, is not stored, and so warm computes: 1
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings { int order; double tolerance; char scheme[8]; };
double factor = 2;
static struct settings settings = { 2, 1e-6, "upwind" };
static const double weights[3] = { 0.25, 0.5, 0.25 };
static double table[5];
static int filled;
int n_values = 3;
double *values HASHCACHE_COUNT (n_values);
static const char *label HASHCACHE_COUNT (strlen (label) + 1) = "first";
HASHCACHE_IGNORE static long calls;
static double *cache HASHCACHE_IGNORE;

static double
weight (int i)
{
  static double scale = 3;
  calls++;
  return weights[i] * scale;
}

HASHCACHE double reads (double x) { return x * factor * settings.order + weight (1) + (settings.scheme[0] == 'c'); }
HASHCACHE void fills (double x) { for (int i = 0; i < 5; i++) table[i] = x * i; filled = 1; }
HASHCACHE double accumulates (double x) { static double sum; sum += x; return sum; }
HASHCACHE double through_pointer (void) { double s = 0; for (int i = 0; i < n_values; i++) s += values[i]; return s + label[0]; }
HASHCACHE double keeps_scratch (int n) { if (!cache) cache = calloc (10, sizeof *cache); cache[0] = n; return cache[0] * 2; }
static double element (const double *from, int i) { return from[i]; }
HASHCACHE double reads_by_address (int i) { const double *p = &table[1]; return element (table, i) + p[0]; }
static void sneak (const double *to, double x) { *(double *) to += x; }
HASHCACHE int by_cast (double x) { sneak (&table[2], x); return 3; }
static void add (double *to, double x) { *to += x; }
HASHCACHE int by_address (double x) { add (&table[1], x); return table[1] > 0; }

int
main (void)
{
  double data[4] = { 1, 2, 3, 4 };
  for (int round = 0; round < 2; round++)
    {
      printf ("%.17g\n", reads (1.5));
      factor = 3;
      printf ("%.17g\n", reads (1.5));
      strcpy (settings.scheme, "central");
      printf ("%.17g\n", reads (1.5));
      factor = 2;
      strcpy (settings.scheme, "upwind");
    }
  fills (2.5);
  printf ("%g %g %d\n", table[1], table[4], filled);
  memset (table, 0, sizeof table);
  filled = 0;
  fills (2.5);
  printf ("%g %g %d\n", table[1], table[4], filled);
  printf ("%g ", accumulates (1));
  printf ("%g ", accumulates (1));
  printf ("%g\n", accumulates (2));
  values = data;
  printf ("%g ", through_pointer ());
  data[1] = 7;
  printf ("%g ", through_pointer ());
  n_values = 4;
  printf ("%g ", through_pointer ());
  label = "second";
  printf ("%g ", through_pointer ());
  values = NULL, n_values = 0;
  printf ("%g\n", through_pointer ());
  printf ("%g %g\n", keeps_scratch (4), keeps_scratch (5));
  printf ("%g\n", reads_by_address (4));
  table[4] = 9;
  printf ("%g\n", reads_by_address (4));
  int status = by_cast (0.5);
  printf ("%d %g\n", status, table[2]);
  status = by_address (1.5);
  printf ("%d %g\n", status, table[1]);
  status = by_address (1.5);
  printf ("%d %g\n", status, table[1]);
  free (cache);
  return 0;
}
