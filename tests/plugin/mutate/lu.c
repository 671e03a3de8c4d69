/* lu.c: for mutate.py: LU decomposition with partial pivoting, then a solution with one step of refinement.
   SPDX-License-Identifier: BSD-2-Clause

   Here: an argument changed in place, arrays of variable length, goto, swaps by a temporary, loops that count down, nested
   conditionals, a function that fails. */
#include <hashcache.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 4 };

/* mutate: on */
static int
decompose (int n, double a[n][n], int *row, int *sign)
{
  *sign = 1;
  for (int i = 0; i < n; i++)
    row[i] = i;
  for (int k = 0; k < n; k++)
    {
      int pivot = k;
      double largest = fabs (a[k][k]);
      for (int i = k + 1; i < n; i++)
        if (fabs (a[i][k]) > largest)
          {
            largest = fabs (a[i][k]);
            pivot = i;
          }
      if (largest < 1e-12)
        return k + 1;
      if (pivot != k)
        {
          for (int j = 0; j < n; j++)
            {
              double t = a[k][j];
              a[k][j] = a[pivot][j];
              a[pivot][j] = t;
            }
          int t = row[k];
          row[k] = row[pivot], row[pivot] = t;
          *sign = -*sign;
        }
      for (int i = k + 1; i < n; i++)
        {
          a[i][k] /= a[k][k];
          for (int j = k + 1; j < n; j++)
            a[i][j] -= a[i][k] * a[k][j];
        }
    }
  return 0;
}

static void
substitute (int n, const double a[n][n], const int *row, const double *b, double *x)
{
  for (int i = 0; i < n; i++)
    {
      double sum = b[row[i]];
      for (int j = 0; j < i; j++)
        sum -= a[i][j] * x[j];
      x[i] = sum;
    }
  for (int i = n - 1; i >= 0; i--)
    {
      double sum = x[i];
      for (int j = n - 1; j > i; j--)
        sum = sum - a[i][j] * x[j];
      x[i] = sum / a[i][i];
    }
}

HASHCACHE double
kernel (int n, double a[n][n], const double b[n], HASHCACHE_OUT double x[n], HASHCACHE_OUT int row[n])
{
  double copy[n][n], residual[n], correction[n], determinant = 1;
  int sign, failed;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++)
      copy[i][j] = a[i][j];
  for (int i = 0; i < n; i++)
    x[i] = row[i] = 0;
  failed = decompose (n, a, row, &sign);
  if (failed)
    goto singular;
  substitute (n, a, row, b, x);
  for (int i = 0; i < n; i++)
    {
      float rough = x[i];
      x[i] = n > 3 ? rough : (i % 2 ? x[i] : rough);
    }
  for (int i = 0; i < n; i++)
    {
      residual[i] = b[i];
      for (int j = 0; j < n; j++)
        residual[i] -= copy[i][j] * x[j];
    }
  substitute (n, a, row, residual, correction);
  for (int i = 0; i < n; i++)
    {
      x[i] += correction[i];
      determinant *= a[i][i];
    }
  return sign < 0 ? -determinant : determinant;
singular:
  x[0] = n - failed;
  return 0;
}
/* mutate: off */

static void
run (int n, const double *matrix, const double *b)
{
  double a[n * n], x[n];
  int row[n];
  memcpy (a, matrix, sizeof a);
  for (int i = 0; i < n; i++)
    x[i] = 7, row[i] = 5;
  printf ("%a\n", kernel (n, (double (*)[n]) a, b, x, row));
  for (int i = 0; i < n * n; i++)
    printf ("%a%c", a[i], i % n == n - 1 ? '\n' : ' ');
  for (int i = 0; i < n; i++)
    printf ("%a %d\n", x[i], row[i]);
}

int
main (void)
{
  const double regular[N * N] = { 0.3, 2.7, -1.1, 0.4, 3.2, 0.7, 0.9, -2.3, -1.7, 4.1, 5.3, 0.1, 2.2, -0.6, 1.9, 7.7 };
  const double singular[N * N] = { 1, 2, 3, 2, 4, 6, 1, 1, 1 };
  const double b[N] = { 1.1, -2.2, 0.7, 3.3 };
  run (4, regular, b);
  run (3, regular, b);
  run (3, singular, b);
  return 0;
}
