/* call_arrays.c: promise: an array reaches as far as its declaration says, wherever the annotations stand, and a hit leaves it
   as the call does. warm computes: 0
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 3
enum { DEPTH = 2 };
static const int margin = 1;
static int own = 1;
int extra = 2;

struct grid { int nx, ny; double *u HASHCACHE_COUNT (nx * ny); HASHCACHE_COUNT (ny) float (*v)[2]; void *handle HASHCACHE_IGNORE; };
struct tree { int n; struct grid *grids HASHCACHE_COUNT (n); const char *name HASHCACHE_COUNT (strlen (name) + 1); HASHCACHE_IGNORE int verbose; };
struct box { struct { int size[DEPTH]; } shape; int *cells HASHCACHE_COUNT (shape.size[0] * shape.size[1]); };

double by_prototype (int n, HASHCACHE_IN const double *in HASHCACHE_COUNT (n + extra), HASHCACHE_OUT double *out HASHCACHE_COUNT (n)) HASHCACHE;

HASHCACHE void dims (int nx, int ny, int nz, const double a[nx + 1][2 * ny][nz], double out[static restrict nx * ny])
{ for (int i = 0; i < nx * ny; i++) out[i] = a[nx][2 * ny - 1][i % nz]; }
HASHCACHE double fixed (const double a[4][WIDTH], HASHCACHE_OUT double b[DEPTH]) { b[0] = a[3][2]; b[1] = a[0][0]; return b[0]; }
HASHCACHE void triangle (int n, double a[n][n]) { for (int i = 0; i < n; i++) for (int j = i; j < n; j++) a[i][j] = i + 10 * j; }
HASHCACHE double pointer_to_row (int n, int m, const double (*a)[m] HASHCACHE_COUNT (n)) { return a[n - 1][m - 1]; }
double HASHCACHE outer_open (int m, const double a[][m] HASHCACHE_COUNT (margin + own)) { return a[1][0]; }
HASHCACHE_COUNT (3) static double counted_variable_unused[3];
double by_prototype (int n, const double *in, double *out) { double s = 0; for (int i = 0; i < n + extra; i++) s += in[i]; for (int i = 0; i < n; i++) out[i] = s + i; return s; }
HASHCACHE double grids (HASHCACHE_IN const struct tree *t, HASHCACHE_OUT double u[t->n])
{ double s = t->name[0]; for (int i = 0; i < t->n; i++) { const struct grid *g = &t->grids[i]; u[i] = g->u[g->nx * g->ny - 1] + g->v[g->ny - 1][1]; s += u[i]; } return s; }
HASHCACHE void smooth (HASHCACHE_INOUT struct grid *g HASHCACHE_COUNT (1)) { for (int i = 1; i < g->nx * g->ny; i++) g->u[i] += g->u[i - 1]; g->v[0][0] = g->u[1]; g->handle = g; }
HASHCACHE int boxes (const struct box *b) { return b->cells[b->shape.size[0] * b->shape.size[1] - 1]; }
HASHCACHE double ignoring (int n, const double *x HASHCACHE_COUNT (n), HASHCACHE_IGNORE double *scratch, int verbose HASHCACHE_IGNORE)
{ for (int i = 0; i < n; i++) scratch[i] = x[i] * x[i]; (void) verbose; return scratch[n - 1]; }
HASHCACHE int nullable (int n, const double *x HASHCACHE_COUNT (n)) { return x ? (int) x[0] : -1; }
HASHCACHE int empty (int n, const double *x HASHCACHE_COUNT (n), double *y HASHCACHE_COUNT (n)) { if (n) y[0] = x[0]; return n; }
HASHCACHE void order (size_t n, int *a HASHCACHE_COUNT (n)) { for (size_t i = 1; i < n; i++) for (size_t j = i; j && a[j - 1] > a[j]; j--) { int t = a[j]; a[j] = a[j - 1]; a[j - 1] = t; } }
HASHCACHE double two_arrays (int n, const double a[n], const double b[n]) { return a[n - 1] - b[n - 1]; }

static void
show (const char *what, const double *x, int n)
{
  printf ("%s", what);
  for (int i = 0; i < n; i++)
    printf (" %.17g", x[i]);
  printf ("\n");
}

static void
show_grids (const struct tree *t)
{
  double r[2], s = grids (t, r);
  printf ("%g %g %g\n", s, r[0], r[1]);
}

int
main (void)
{
  double a[3][4][2], out[4], square[4][4], row[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } }, f[4][WIDTH] = { { 1 }, { 2 }, { 3 }, { 4, 5, 6 } }, b[2];
  for (int i = 0; i < 24; i++)
    (&a[0][0][0])[i] = i * 0.1;
  for (int round = 0; round < 2; round++)
    {
      memset (out, round + 1, sizeof out);
      dims (2, 2, 2, a, out);
      show ("dims", out, 4);
      a[2][3][1] += round;
    }
  printf ("%g", fixed (f, b));
  printf (" %g\n", b[1]);
  for (int i = 0; i < 16; i++)
    (&square[0][0])[i] = -1 - i;
  triangle (4, square);
  show ("triangle", &square[0][0], 16);
  printf ("%g %g\n", pointer_to_row (2, 3, row), outer_open (3, row));
  double in[6] = { 1, 2, 3, 4, 5, 6 };
  printf ("%g", by_prototype (3, in, out));
  show (" by prototype", out, 3);
  extra = 3;
  printf ("%g\n", by_prototype (3, in, out));
  double u[2][4] = { { 1, 2, 3, 4 }, { 5, 6, 7, 8 } };
  float v[2][2] = { { 1, 2 }, { 3, 4 } };
  struct grid g[2] = { { 2, 2, u[0], v, NULL }, { 2, 2, u[1], v, &a } };
  struct tree t = { 2, g, "tree", 0 };
  show_grids (&t);
  t.verbose = 5, g[0].handle = &t;
  show_grids (&t);
  u[1][3] = 9;
  show_grids (&t);
  smooth (&g[0]);
  show ("smooth", u[0], 4);
  printf ("%g\n", v[0][0]);
  int cells[6] = { 1, 2, 3, 4, 5, 6 };
  struct box box = { { { 2, 3 } }, cells };
  printf ("%d\n", boxes (&box));
  double scratch[3];
  printf ("%g %g\n", ignoring (3, in, scratch, 0), ignoring (3, in, scratch, 1));
  printf ("%d %d %d\n", nullable (2, in), nullable (2, NULL), nullable (0, in + 1));
  printf ("%d\n", empty (0, in, out));
  order (6, cells);
  int unsorted[4] = { 4, -1, 7, 2 };
  order (4, unsorted);
  printf ("%d %d %d %d\n", unsorted[0], unsorted[1], unsorted[2], unsorted[3]);
  printf ("%g %g\n", two_arrays (3, in, in + 3), two_arrays (3, in + 3, in));
  (void) counted_variable_unused;
  return 0;
}
