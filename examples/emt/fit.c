/* fit.c: least squares with a cubic polynomial.
   SPDX-License-Identifier: BSD-2-Clause */
#include "fit.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum { TERMS = 4 };

/* A cubic polynomial in u = (x - center) / width, so that -1 <= u <= 1 and the normal equations are well-conditioned. */
struct cubic {
  double center, width, c[TERMS];
};

/* Gaussian elimination with partial pivots; the solution replaces B. */
static void
solve (double a[TERMS][TERMS], double b[TERMS])
{
  for (int k = 0; k < TERMS; k++) {
    int pivot = k;
    for (int i = k + 1; i < TERMS; i++)
      if (fabs (a[i][k]) > fabs (a[pivot][k]))
        pivot = i;
    double row[TERMS], right = b[k];
    memcpy (row, a[k], sizeof row);
    memcpy (a[k], a[pivot], sizeof row);
    memcpy (a[pivot], row, sizeof row);
    b[k] = b[pivot];
    b[pivot] = right;
    for (int i = k + 1; i < TERMS; i++) {
      double factor = a[i][k] / a[k][k];
      for (int j = k; j < TERMS; j++)
        a[i][j] -= factor * a[k][j];
      b[i] -= factor * b[k];
    }
  }
  for (int k = TERMS - 1; k >= 0; k--) {
    for (int j = k + 1; j < TERMS; j++)
      b[k] -= a[k][j] * b[j];
    b[k] /= a[k][k];
  }
}

static struct cubic
fit_cubic (int n, const double *x, const double *y)
{
  assert (n >= TERMS);
  double low = x[0], high = x[0];
  for (int i = 1; i < n; i++) {
    low = fmin (low, x[i]);
    high = fmax (high, x[i]);
  }
  struct cubic fit = { .center = (low + high) / 2, .width = (high - low) / 2 };
  double a[TERMS][TERMS] = { { 0 } };
  for (int i = 0; i < n; i++) {
    double powers[2 * TERMS - 1] = { 1 };
    for (int p = 1; p < 2 * TERMS - 1; p++)
      powers[p] = powers[p - 1] * (x[i] - fit.center) / fit.width;
    for (int p = 0; p < TERMS; p++) {
      for (int q = 0; q < TERMS; q++)
        a[p][q] += powers[p + q];
      fit.c[p] += powers[p] * y[i];
    }
  }
  solve (a, fit.c);
  return fit;
}

static double
value_at (const struct cubic *fit, double u)
{
  return fit->c[0] + u * (fit->c[1] + u * (fit->c[2] + u * fit->c[3]));
}

/* By u, not by x. */
static double
slope_at (const struct cubic *fit, double u)
{
  return fit->c[1] + u * (2 * fit->c[2] + u * 3 * fit->c[3]);
}

/* At the minimum E' = 0, so with x = V^(-2/3) the bulk modulus V d2E/dV2 is 4/9 V^(-7/3) d2E/dx2. */
struct equilibrium
fit_energies (int n, const double *volumes, const double *energies)
{
  double x[n];
  for (int i = 0; i < n; i++)
    x[i] = 1 / cbrt (volumes[i] * volumes[i]);
  struct cubic fit = fit_cubic (n, x, energies);
  double root = sqrt (fit.c[2] * fit.c[2] - 3 * fit.c[1] * fit.c[3]);
  double u = -fit.c[1] / (fit.c[2] + root); /* of the two zeros of the slope, the minimum */
  double volume = pow (fit.center + u * fit.width, -1.5);
  double curvature = 2 * root / (fit.width * fit.width);
  return (struct equilibrium){ volume, value_at (&fit, u), 4.0 / 9 * pow (volume, -7.0 / 3) * curvature };
}

/* With the linear strain e, V = VOLUME (1 + e)^3, so the bulk modulus -V dp/dV is -(1 + e)/3 dp/de. */
struct equilibrium
fit_pressures (int n, const double *strains, const double *pressures, double volume)
{
  struct cubic fit = fit_cubic (n, strains, pressures);
  double u = 0;
  for (int step = 0; step < 50; step++)
    u -= value_at (&fit, u) / slope_at (&fit, u);
  if (!(fabs (u) <= 1))
    u = NAN; /* not within the strains */
  double stretch = 1 + fit.center + u * fit.width;
  double slope = slope_at (&fit, u) / fit.width;
  return (struct equilibrium){ volume * stretch * stretch * stretch, NAN, -stretch / 3 * slope };
}
