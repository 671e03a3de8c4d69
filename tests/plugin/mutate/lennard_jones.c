/* lennard_jones.c: for mutate.py: forces of a binary Lennard-Jones liquid, with a cutoff and periodic images.
   SPDX-License-Identifier: BSD-2-Clause

   Here: structs by pointer and by value, static const tables, floor and while, continue, float in the middle of double. */
#include <hashcache.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ATOMS = 6 };
struct box { double length[3]; double cutoff; int periodic[3]; unsigned shift; };
struct sums { double energy, virial; unsigned pairs; float closest; };

/* mutate: on */
static const double epsilon[2][2] = { { 1.0, 1.5 }, { 1.5, 0.5 } };
static const double sigma[2][2] = { { 1.0, 0.8 }, { 0.8, 0.88 } };

static double
wrap (double d, double length, int periodic)
{
  if (!periodic)
    return d;
  if (fabs (d) > 2 * length)
    return d - length * floor (d / length + 0.5);
  while (d > 0.5 * length)
    d -= length;
  while (d < -0.5 * length)
    d += length;
  return d;
}

static double
distance (const double *a, const double *b, const struct box *box, double d[3])
{
  double r2 = 0;
  for (int k = 0; k < 3; k++)
    {
      d[k] = wrap (a[k] - b[k], box->length[k], box->periodic[k]);
      r2 += d[k] * d[k];
    }
  return r2;
}

HASHCACHE struct sums
kernel (int n, const double x[n][3], const int kind[n], const struct box *box, HASHCACHE_OUT double f[n][3])
{
  struct sums s = { 0, 0, 0, 1e6f };
  double d[3], rc2 = box->cutoff * box->cutoff;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < 3; k++)
      f[i][k] = 0;
  for (int i = 0; i < n - 1; i++)
    for (int j = i + 1; j < n; j++)
      {
        double r2 = distance (x[i], x[j], box, d);
        if (r2 >= rc2 || r2 == 0.0)
          continue;
        double e = epsilon[kind[i]][kind[j]], g = sigma[kind[i]][kind[j]];
        double u = g * g / r2, u3 = u * u * u;
        double c = g * g / rc2, c3 = c * c * c;
        s.energy += 4 * e * (u3 * u3 - u3);
        if (box->shift)
          s.energy -= 4 * e * (c3 * c3 - c3);
        double w = 24 * e * (2 * u3 * u3 - u3);
        s.virial += w;
        for (int k = 0; k < 3; k++)
          {
            f[i][k] += w / r2 * d[k];
            f[j][k] -= w / r2 * d[k];
          }
        float r = sqrt (r2);
        s.closest = r < s.closest ? r : s.closest;
        s.pairs++;
      }
  return s;
}
/* mutate: off */

static void
run (int n, const double (*x)[3], const int *kind, const struct box *box)
{
  double f[n][3];
  memset (f, 0, sizeof f);
  struct sums s = kernel (n, x, kind, box, f);
  printf ("%a %a %u %a\n", s.energy, s.virial, s.pairs, (double) s.closest);
  for (int i = 0; i < n; i++)
    printf ("%a %a %a\n", f[i][0], f[i][1], f[i][2]);
}

int
main (void)
{
  const double x[ATOMS][3] = { { 0.1, 0.2, 0.3 }, { 1.2, 0.3, 0.1 }, { 0.2, 3.9, 0.4 }, { 3.7, 9.5, 0.9 }, { 2.4, 1.1, 2.0 }, { -11, 1, 1.5 } };
  const int kind[ATOMS] = { 0, 1, 0, 1, 1, 0 };
  struct box box = { { 4.0, 4.1, 4.2 }, 2.0, { 1, 1, 0 }, 1 };
  run (ATOMS, x, kind, &box);
  box.shift = 0, box.periodic[0] = 0, box.cutoff = 1.5;
  run (ATOMS - 1, x, kind, &box);
  return 0;
}
