/* csr.c: for mutate.py: a sparse matrix times vectors, by power iteration for the largest eigenvalue.
   SPDX-License-Identifier: BSD-2-Clause

   Here: unsigned row pointers, a struct that holds arrays, float and double sums, compensated summation (in which parentheses
   matter), pointers that walk, early return, an output by pointer. */
#include <hashcache.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>

enum { ROWS = 5, VALUES = 13 };
struct csr {
  uint32_t n;
  const uint32_t *start HASHCACHE_COUNT (n + 1);
  const int16_t *column HASHCACHE_COUNT (start[n]);
  const float *value HASHCACHE_COUNT (start[n]);
};

/* mutate: on */
static float
row_sum (const float *value, const float *end)
{
  float sum = 0;
  while (value < end)
    sum += *value++;
  return sum;
}

static void
multiply (const struct csr *a, const double *x, double *y)
{
  for (uint32_t row = 0; row < a->n; row++)
    {
      double sum = 0.0;
      for (uint32_t k = a->start[row]; k < a->start[row + 1]; ++k)
        {
          int column = a->column[k];
          sum += a->value[k] * x[column];
        }
      y[row] = sum;
    }
}

static double
dot (uint32_t n, const double *x, const double *y)
{
  double sum = 0, lost = 0;
  uint32_t i = 0;
  if (n == 0)
    return 0;
  do
    {
      double term = x[i] * y[i] - lost;
      double next = sum + term;
      lost = (next - sum) - term;
      sum = next;
    }
  while (++i < n);
  return sum + 0.5 * lost;
}

HASHCACHE double
kernel (const struct csr *a, unsigned most, double tolerance, double x[a->n], HASHCACHE_OUT double y[a->n], unsigned *steps)
{
  double lambda = 0, before;
  float trace = 0;
  unsigned step;
  for (uint32_t row = 0; row < a->n; row++)
    y[row] = -1;
  if (a->start[a->n] < a->n && tolerance <= 0)
    return -1.0;
  for (step = 1; step <= most; step++)
    {
      before = lambda;
      multiply (a, x, y);
      lambda = dot (a->n, x, y) / dot (a->n, x, x);
      double norm = sqrt (dot (a->n, y, y));
      if (norm < 1e-300)
        break;
      for (uint32_t row = 0; row < a->n; row++)
        x[row] = y[row] / norm;
      if (fabs (lambda - before) < tolerance * fabs (lambda) && step > 3)
        break;
    }
  for (uint32_t row = 0; row < a->n; row++)
    trace += row_sum (a->value + a->start[row], a->value + a->start[row + 1]) / (row + 1);
  *steps = step;
  return lambda + trace * 1e-3;
}
/* mutate: off */

static void
run (const struct csr *a, unsigned most, double tolerance)
{
  double x[a->n], y[a->n];
  unsigned steps = 77;
  for (uint32_t i = 0; i < a->n; i++)
    x[i] = 1.0 / (i + 1) + (i == 3), y[i] = 9;
  printf ("%a", kernel (a, most, tolerance, x, y, &steps));
  printf (" %u\n", steps);
  for (uint32_t i = 0; i < a->n; i++)
    printf ("%a %a\n", x[i], y[i]);
}

int
main (void)
{
  const uint32_t start[ROWS + 1] = { 0, 3, 5, 8, 10, VALUES };
  const int16_t column[VALUES] = { 0, 1, 2, 0, 1, 1, 2, 3, 2, 3, 0, 3, 4 };
  const float value[VALUES] = { 2.1f, -1.3f, 0.7f, -1.3f, 2.2f, 0.1f, 1.7f, -0.3f, -0.3f, 0.9f, 0.7f, 0.2f, 3.3f };
  struct csr a = { ROWS, start, column, value };
  run (&a, 40, 1e-3);
  run (&a, 2, 1e-12);
  a.n = 4;
  run (&a, 6, 0);
  return 0;
}
