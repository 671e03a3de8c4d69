/* stencil.c: for mutate.py: heat on a grid with ghost cells, until the residual is small.
   SPDX-License-Identifier: BSD-2-Clause

   Here: a struct with a pointer that the call changes, switch with fall-through and default, do while, pointers exchanged, heap
   memory, macros, bit-fields, complex numbers, an enumeration. */
#include <hashcache.h>
#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum boundary { FIXED, MIRROR, PERIODIC, OPEN };
enum { NX = 5, NY = 4 };
struct grid { int nx, ny; enum boundary x, y; double dx, dy; double *u HASHCACHE_COUNT ((nx + 2) * (ny + 2)); };
struct flags { unsigned red : 3, black : 5; int balance : 6; };

/* mutate: on */
#define AT(u, i, j) (u)[(i) * (g->ny + 2) + (j)]

static double
ghost (enum boundary kind, double outside, double edge, double opposite)
{
  double value = outside;
  switch (kind)
    {
    case MIRROR:
      value = edge;
      break;
    case PERIODIC:
      return opposite;
    case OPEN:
      value = 0.5 * edge;
      /* fall through */
    default:
      value += 0.125 * outside;
    }
  return value;
}

static void
fill_ghosts (const struct grid *g, double *u)
{
  int nx = g->nx, ny = g->ny;
  for (int i = 1; i <= nx; i++)
    {
      AT (u, i, 0) = ghost (g->y, AT (u, i, 0), AT (u, i, 1), AT (u, i, ny));
      AT (u, i, ny + 1) = ghost (g->y, AT (u, i, ny + 1), AT (u, i, ny), AT (u, i, 1));
    }
  for (int j = 1; j <= ny; j++)
    {
      AT (u, 0, j) = ghost (g->x, AT (u, 0, j), AT (u, 1, j), AT (u, nx, j));
      AT (u, nx + 1, j) = ghost (g->x, AT (u, nx + 1, j), AT (u, nx, j), AT (u, 1, j));
    }
}

static double
sweep (const struct grid *g, const double *u, double *v, struct flags *flags)
{
  double ax = 1 / (g->dx * g->dx), ay = 1 / (g->dy * g->dy), largest = 0;
  for (int i = 1; i <= g->nx; i++)
    for (int j = 1; j <= g->ny; j++)
      {
        double mean = (ax * (AT (u, i - 1, j) + AT (u, i + 1, j)) + ay * (AT (u, i, j - 1) + AT (u, i, j + 1))) / (2 * (ax + ay));
        double change = mean - AT (u, i, j);
        AT (v, i, j) = AT (u, i, j) + 0.75 * change;
        if (fabs (change) > largest)
          largest = fabs (change);
        if ((i + j) & 1 && change > 0)
          flags->red++, flags->balance -= 2;
        else if (change < 0.25 || i == j)
          flags->black += 3;
        flags->balance ^= flags->black << 1;
      }
  return largest;
}

static double complex
mode (const struct grid *g, const double *u)
{
  double complex sum = 0;
  for (int i = 1; i <= g->nx; ++i)
    for (int j = 1; j <= g->ny; ++j)
      sum += AT (u, i, j) * (cos (0.7 * i) + I * sin (0.3f * j));
  return sum * conj (sum) + creal (sum) - 2 * I * cimag (sum);
}

HASHCACHE double complex
kernel (struct grid *g, int most, double tolerance, int *sweeps, unsigned *counts)
{
  size_t cells = (g->nx + 2) * (g->ny + 2);
  double *other = malloc (cells * sizeof *other), *from = g->u, *to = other, residual;
  struct flags flags = { 1, 2, -3 };
  int n = 0;
  if (!other)
    return -1;
  for (size_t c = 0; c < cells; c++)
    other[c] = g->u[c];
  do
    {
      fill_ghosts (g, from);
      residual = sweep (g, from, to, &flags);
      double *t = from;
      from = to;
      to = t;
    }
  while (++n < most && residual > tolerance);
  if (from != g->u)
    memcpy (g->u, other, cells * sizeof *other);
  double complex result = mode (g, from) + residual;
  free (other);
  *sweeps = n;
  *counts = flags.red | flags.black << 8 | (flags.balance & 0xffu) << 16;
  return result;
}
/* mutate: off */

static void
run (enum boundary x, enum boundary y, int most, double tolerance)
{
  double u[(NX + 2) * (NY + 2)];
  for (int c = 0; c < (NX + 2) * (NY + 2); c++)
    u[c] = (c * 37 % 11) * 0.3 - 1;
  struct grid g = { NX, NY, x, y, 0.5, 0.4, u };
  int sweeps = -1;
  unsigned counts = 0;
  double complex z = kernel (&g, most, tolerance, &sweeps, &counts);
  printf ("%a %a %d %x\n", creal (z), cimag (z), sweeps, counts);
  for (int c = 0; c < (NX + 2) * (NY + 2); c++)
    printf ("%a%c", u[c], c % (NY + 2) == NY + 1 ? '\n' : ' ');
}

int
main (void)
{
  run (FIXED, PERIODIC, 9, 1e-2);
  run (OPEN, MIRROR, 30, 0.3);
  run (PERIODIC, FIXED, 2, 0);
  return 0;
}
