/* units_graph.c: promise: the linker joins the call graph across units, whatever is static, and a call from another unit is
   cached like one from its own.
   unit: -DMAIN
   unit: -DFIRST
   unit: -DSECOND
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>

struct mesh { int n; double *x HASHCACHE_COUNT (n); };
double total (HASHCACHE_IN const struct mesh *mesh HASHCACHE_COUNT (1), HASHCACHE_OUT double cells[mesh->n]) HASHCACHE;
int ping (int n);
int pong (int n);
double measure (const struct mesh *mesh, int i);
extern double scale;
extern const double unit_table[];

#ifdef MAIN
HASHCACHE static int local (int n) { return ping (n); }
double unit_value (void) { return 1; }
int
main (void)
{
  double x[4] = { 1, 2, 4, 8 }, cells[4];
  struct mesh mesh = { 4, x };
  for (int round = 0; round < 3; round++)
    {
      double t = total (&mesh, cells);
      printf ("%g %g %g\n", t, cells[0], cells[3]);
      scale += 1;
    }
  printf ("%d %d %d\n", local (5), pong (4), ping (4));
  return 0;
}
#endif

#ifdef FIRST
static double helper (double x) { return x * scale; }
static int state = 1;
double total (const struct mesh *mesh, double *cells)
{
  double s = 0;
  for (int i = 0; i < mesh->n; i++)
    s += cells[i] = helper (measure (mesh, i)) + state;
  return s;
}
HASHCACHE int ping (int n) { return n <= 0 ? 0 : 1 + pong (n - 1); }
#endif

#ifdef SECOND
double scale = 1;
const double unit_table[3] = { 1, 2, 3 };
static double state = 0.5;
static double helper (double x) { return x + unit_table[1]; }
double measure (const struct mesh *mesh, int i) { return helper (mesh->x[i]) - mesh->x[0] + state; }
HASHCACHE int pong (int n) { return n <= 0 ? 0 : 10 + ping (n - 1); }
#endif
