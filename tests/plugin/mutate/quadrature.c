/* quadrature.c: for mutate.py: integrals by fixed rules, by Romberg's extrapolation, by adaptive bisection.
   SPDX-License-Identifier: BSD-2-Clause

   Here: switch in a loop, recursion with a depth, nested loops with break and continue, tables in two
   dimensions, structs returned by value, long double, ranges of cases. */
#include <hashcache.h>
#include <math.h>
#include <stdio.h>

enum rule { TRAPEZOID = 1, GAUSS, ROMBERG = 5, ADAPTIVE, MIDPOINT };
struct interval { double low, high; int panels; float scale; };
struct estimate { double value, error; unsigned calls; };

/* mutate: on */
static const double node[3][3] = { { 0 }, { -0.57735026918962573, 0.57735026918962573 }, { -0.7745966692414834, 0, 0.7745966692414834 } };
static const float weight[3][3] = { { 2 }, { 1, 1 }, { 0.55555556f, 0.88888889f, 0.55555556f } };

static double
integrand (int which, double x)
{
  switch (which)
    {
    case 0:
      return exp (-x * x) * (x < 0 ? -1 : 1);
    case 1:
    case 2:
      x += which;
      if (x > 2)
        return 1 / x;
      break;
    case 3 ... 5:
      return sin (x) / (which - x * 0.25);
    default:
      return pow (fabs (x), 1.5);
    }
  return log (x * x + 1) - atan2 (x, which);
}

static double
simpson (int which, double a, double b, unsigned *calls)
{
  *calls += 3;
  return (b - a) / 6 * (integrand (which, a) + 4 * integrand (which, 0.5 * (a + b)) + integrand (which, b));
}

static double
bisect (int which, double a, double b, double whole, double tolerance, int depth, struct estimate *e)
{
  double middle = a + (b - a) / 2;
  double left = simpson (which, a, middle, &e->calls), right = simpson (which, middle, b, &e->calls);
  double error = (left + right - whole) / 15;
  if (depth <= 0 || fabs (error) < tolerance)
    {
      e->error += fabs (error);
      return left + right + error;
    }
  return bisect (which, a, middle, left, tolerance / 2, depth - 1, e) + bisect (which, middle, b, right, tolerance / 2, depth - 1, e);
}

static struct estimate
romberg (int which, const struct interval *range, double tolerance)
{
  double table[8][8];
  struct estimate e = { 0, HUGE_VAL, 2 };
  double h = range->high - range->low;
  int k = 0;
  table[0][0] = 0.5 * h * (integrand (which, range->low) + integrand (which, range->high));
  while (e.error > tolerance && ++k < 8)
    {
      double sum = 0;
      long points = 1L << (k - 1);
      h /= 2;
      for (long i = 0; i < points; i++)
        sum += integrand (which, range->low + (2 * i + 1) * h);
      e.calls += points;
      table[k][0] = 0.5 * table[k - 1][0] + h * sum;
      double power = 1;
      for (int j = 1; j <= k; j++)
        {
          power *= 4;
          table[k][j] = table[k][j - 1] + (table[k][j - 1] - table[k - 1][j - 1]) / (power - 1);
        }
      e.error = fabs (table[k][k] - table[k - 1][k - 1]);
      e.value = table[k][k];
    }
  return e;
}

static struct estimate
panels (int which, const struct interval *range, enum rule rule)
{
  struct estimate e = { 0 };
  long double sum = 0;
  double h = (range->high - range->low) / range->panels;
  int order = rule == GAUSS ? 2 : 0;
  for (int p = 0; p < range->panels; p++)
    {
      double a = range->low + p * h;
      if (rule == TRAPEZOID)
        {
          double edge = p == 0 ? integrand (which, a) : 0;
          sum += h * (edge / 2 + integrand (which, a + h) * (p == range->panels - 1 ? 0.5L : 1.0L));
          e.calls += 1 + !p;
          continue;
        }
      for (int q = 0; q <= order; q++)
        {
          double f = integrand (which, a + h / 2 * (1 + node[order][q]));
          if (f != f)
            break;
          sum += weight[order][q] * f * h / 2;
          e.calls++;
        }
    }
  e.value = sum;
  e.error = fabs (h * h * h);
  return e;
}

HASHCACHE double
kernel (int n, const struct interval range[n], const enum rule rule[n], double tolerance, HASHCACHE_OUT struct estimate result[n])
{
  double total = 0;
  int which = 0;
  for (int i = 0; i < n; i++, which = (which + 1) % 7)
    {
      const struct interval *r = &range[i];
      struct estimate e = { 0, 0, 0 };
      switch (rule[i])
        {
        case ADAPTIVE:
          e.value = bisect (which, r->low, r->high, simpson (which, r->low, r->high, &e.calls), tolerance, 6, &e);
          break;
        case ROMBERG:
          e = romberg (which, r, tolerance);
          break;
        default:
          e = panels (which, r, rule[i]);
        }
      e.value *= r->scale;
      total += e.value;
      result[i] = e;
    }
  return total;
}
/* mutate: off */

int
main (void)
{
  enum { N = 9 };
  const struct interval range[N] = { { -1, 2, 4, 1.5f }, { -3, 3, 5, 0.1f }, { 0, 1.5, 1, 1 }, { 1, 2, 6, -2 }, { -1, 1, 3, 3 },
    { 0, 4, 8, 1 }, { -2, 1, 2, 0.7f }, { -1, 4, 7, 1.1f }, { 0.5, 1, 2, 1 } };
  const enum rule rule[N] = { ROMBERG, GAUSS, ADAPTIVE, TRAPEZOID, GAUSS, ROMBERG, MIDPOINT, ADAPTIVE, TRAPEZOID };
  for (int n = N; n > 2; n -= 4)
    {
      struct estimate result[n];
      for (int i = 0; i < n; i++)
        result[i] = (struct estimate) { 5, 6, 7 };
      printf ("%a\n", kernel (n, range, rule, 1e-5 * n, result));
      for (int i = 0; i < n; i++)
        printf ("%a %a %u\n", result[i].value, result[i].error, result[i].calls);
    }
  return 0;
}
