/* solvers.c: promise: factorisations and solvers: matrices overwritten in place, pivots, a status that says what of it is valid.
   SPDX-License-Identifier: BSD-2-Clause */
#include "oracle.h"
#include <math.h>

enum { N = 7, M = 5 };

/* A matrix whose diagonal dominates; symmetric if SYMMETRIC. */
static double *
matrix (const char *label, int n, uint64_t seed, int symmetric)
{
  double *a = oracle_numbers (label, (size_t) (n * n), seed);

  for (int i = 0; i < n; i++) {
    a[i * n + i] += n;
    for (int j = 0; symmetric && j < i; j++)
      a[i * n + j] = a[j * n + i];
  }
  return a;
}

HASHCACHE static void
lu (int n, double a[n][n])
{
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < i; j++) {
      for (int k = 0; k < j; k++)
        a[i][j] -= a[i][k] * a[k][j];
      a[i][j] /= a[j][j];
    }
    for (int j = i; j < n; j++)
      for (int k = 0; k < i; k++)
        a[i][j] -= a[i][k] * a[k][j];
  }
}

ORACLE_CASE (lu)
{
  double *a = matrix ("a", N, 1, 0);

  oracle_show ("before");
  lu (N, (void *) a);
  oracle_show ("after");
}

/* LU with pivots: 0, or the number of the column that is singular; the pivots after it are not set. */
HASHCACHE static int
lu_pivots (int n, double a[static restrict n][n], HASHCACHE_INOUT int pivot[n])
{
  for (int k = 0; k < n; k++) {
    int best = k;

    for (int i = k + 1; i < n; i++)
      if (fabs (a[i][k]) > fabs (a[best][k]))
        best = i;
    if (a[best][k] == 0)
      return k + 1;
    pivot[k] = best;
    for (int j = 0; j < n; j++) {
      const double kept = a[k][j];

      a[k][j] = a[best][j];
      a[best][j] = kept;
    }
    for (int i = k + 1; i < n; i++) {
      a[i][k] /= a[k][k];
      for (int j = k + 1; j < n; j++)
        a[i][j] -= a[i][k] * a[k][j];
    }
  }
  return 0;
}

ORACLE_CASE (lu_pivots)
{
  double *a = oracle_numbers ("a", N * N, 1), *b = oracle_numbers ("b", N * N, 2);
  int *pivot = oracle_integers ("pivot", N, 99, 3);

  for (int i = 0; i < N; i++)
    b[i * N + 3] = 0;
  oracle_show ("before");
  ORACLE_VALUE (lu_pivots (N, (void *) a, pivot));
  oracle_show ("after");
  ORACLE_VALUE (lu_pivots (N, (void *) b, pivot));
  oracle_show ("after the singular one");
}

/* Failures are not kept. */
HASHCACHE
HASHCACHE_IF (result == 0) static int ludcmp (int n, double a[n][n], const double b[n], HASHCACHE_OUT double x[n])
{
  for (int i = 0; i < n; i++)
    x[i] = b[i];
  for (int k = 0; k < n; k++) {
    if (fabs (a[k][k]) < 1e-12)
      return -1;
    for (int i = k + 1; i < n; i++) {
      const double factor = a[i][k] / a[k][k];

      a[i][k] = 0;
      for (int j = k + 1; j < n; j++)
        a[i][j] -= factor * a[k][j];
      x[i] -= factor * x[k];
    }
  }
  for (int i = n - 1; i >= 0; i--) {
    for (int j = i + 1; j < n; j++)
      x[i] -= a[i][j] * x[j];
    x[i] /= a[i][i];
  }
  return 0;
}

ORACLE_CASE (ludcmp)
{
  double *a = matrix ("a", N, 1, 0), *b = oracle_numbers ("b", N, 2), *x = oracle_unset ("x", N, sizeof *x);

  oracle_show ("before");
  ORACLE_VALUE (ludcmp (N, (void *) a, b, x));
  oracle_show ("after");
}

/* The lower triangle becomes the factor; the upper one is neither read nor written, but the caller's, and stays. */
HASHCACHE static int
cholesky (int n, double a[n][n])
{
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < i; j++) {
      for (int k = 0; k < j; k++)
        a[i][j] -= a[i][k] * a[j][k];
      a[i][j] /= a[j][j];
    }
    for (int k = 0; k < i; k++)
      a[i][i] -= a[i][k] * a[i][k];
    if (a[i][i] <= 0)
      return i + 1;
    a[i][i] = sqrt (a[i][i]);
  }
  return 0;
}

ORACLE_CASE (cholesky)
{
  double *a = matrix ("a", N, 1, 1), *b = matrix ("b", N, 2, 1);

  b[2 * N + 2] = -1;
  oracle_show ("before");
  ORACLE_VALUE (cholesky (N, (void *) a));
  ORACLE_VALUE (cholesky (N, (void *) b));
  oracle_show ("after");
}

/* The factor goes elsewhere, and its upper triangle keeps the caller's garbage. */
HASHCACHE static int
cholesky_apart (int n, const double a[n][n], double l[n][n])
{
  double work[n][n];

  for (int i = 0; i < n; i++)
    for (int j = 0; j <= i; j++) {
      double sum = a[i][j];

      for (int k = 0; k < j; k++)
        sum -= work[i][k] * work[j][k];
      if (i == j && sum <= 0)
        return i + 1;
      work[i][j] = i == j ? sqrt (sum) : sum / work[j][j];
      l[i][j] = work[i][j];
    }
  return 0;
}

ORACLE_CASE (cholesky_apart)
{
  double *a = matrix ("a", N, 1, 1), *l = oracle_unset ("l", N * N, sizeof *l);

  oracle_show ("before");
  ORACLE_VALUE (cholesky_apart (N, (void *) a, (void *) l));
  a[3 * N + 3] = -1;
  ORACLE_VALUE (cholesky_apart (N, (void *) a, (void *) l));
  oracle_show ("after");
}

HASHCACHE static void
gramschmidt (int m, int n, double a[m][n], double r[n][n], HASHCACHE_OUT double q[m][n])
{
  for (int k = 0; k < n; k++) {
    double norm = 0;

    for (int i = 0; i < m; i++)
      norm += a[i][k] * a[i][k];
    norm = sqrt (norm);
    r[k][k] = norm;
    for (int i = 0; i < m; i++)
      q[i][k] = a[i][k] / norm;
    for (int j = k + 1; j < n; j++) {
      double product = 0;

      for (int i = 0; i < m; i++)
        product += q[i][k] * a[i][j];
      r[k][j] = product;
      for (int i = 0; i < m; i++)
        a[i][j] -= q[i][k] * product;
    }
  }
}

ORACLE_CASE (gramschmidt)
{
  double *a = oracle_numbers ("a", N * M, 1), *r = oracle_unset ("r", M * M, sizeof *r),
         *q = oracle_unset ("q", N * M, sizeof *q);

  oracle_show ("before");
  gramschmidt (N, M, (void *) a, (void *) r, (void *) q);
  oracle_show ("after");
}

HASHCACHE static void
durbin (int n, const double r[n], HASHCACHE_OUT double y[n])
{
  double z[n], alpha = -r[0], beta = 1;

  y[0] = -r[0];
  for (int k = 1; k < n; k++) {
    double sum = 0;

    beta *= 1 - alpha * alpha;
    for (int i = 0; i < k; i++)
      sum += r[k - i - 1] * y[i];
    alpha = -(r[k] + sum) / beta;
    for (int i = 0; i < k; i++)
      z[i] = y[i] + alpha * y[k - i - 1];
    for (int i = 0; i < k; i++)
      y[i] = z[i];
    y[k] = alpha;
  }
}

ORACLE_CASE (durbin)
{
  double *r = oracle_numbers ("r", N, 1), *y = oracle_unset ("y", N, sizeof *y);

  oracle_show ("before");
  durbin (N, r, y);
  oracle_show ("after");
}

HASHCACHE static void
trisolv (int n, const double l[n][n], double x[n], const double b[n])
{
  for (int i = 0; i < n; i++) {
    x[i] = b[i];
    for (int j = 0; j < i; j++)
      x[i] -= l[i][j] * x[j];
    x[i] /= l[i][i];
  }
}

ORACLE_CASE (trisolv)
{
  double *l = matrix ("l", N, 1, 0), *x = oracle_numbers ("x", N, 2), *b = oracle_numbers ("b", N, 3);

  oracle_show ("before");
  trisolv (N, (void *) l, x, b);
  oracle_show ("after");
}

/* Conjugate gradients with ten scratch arrays of the caller's, as solvers of real codes have. */
HASHCACHE static int
solve (int n, const double a[n][n], const double b[n], HASHCACHE_OUT double x[n], HASHCACHE_OUT double *residual,
       HASHCACHE_IGNORE double *r, HASHCACHE_IGNORE double *p, HASHCACHE_IGNORE double *q, HASHCACHE_IGNORE double *z,
       HASHCACHE_IGNORE double *s, HASHCACHE_IGNORE double *t, HASHCACHE_IGNORE double *u, HASHCACHE_IGNORE double *v,
       HASHCACHE_IGNORE double *w, HASHCACHE_IGNORE double *y, HASHCACHE_IGNORE int verbosity)
{
  double rz = 0;

  for (int i = 0; i < n; i++) {
    x[i] = 0;
    r[i] = s[i] = b[i];
    u[i] = a[i][i];
    p[i] = z[i] = r[i] / u[i];
    rz += r[i] * z[i];
  }
  for (int step = 1; step <= 2 * n; step++) {
    double pq = 0, next = 0;

    for (int i = 0; i < n; i++) {
      q[i] = 0;
      for (int j = 0; j < n; j++)
        q[i] += a[i][j] * p[j];
      pq += p[i] * q[i];
    }
    for (int i = 0; i < n; i++) {
      t[i] = rz / pq * p[i];
      v[i] = rz / pq * q[i];
      x[i] += t[i];
      r[i] -= v[i];
      w[i] = r[i];
      z[i] = r[i] / u[i];
      y[i] = z[i];
      next += w[i] * y[i];
    }
    *residual = next;
    if (next < 1e-20)
      return step;
    for (int i = 0; i < n; i++)
      p[i] = z[i] + next / rz * p[i];
    rz = next;
  }
  return verbosity > 1000 ? -2 : -1;
}

ORACLE_CASE (solve)
{
  double *a = matrix ("a", N, 1, 1), *b = oracle_numbers ("b", N, 2), *x = oracle_unset ("x", N, sizeof *x);
  double *residual = oracle_unset ("residual", 1, sizeof *residual), *scratch[10];

  for (int i = 0; i < 10; i++)
    scratch[i] = oracle_scratch ("scratch", N, sizeof (double));
  oracle_show ("before");
  ORACLE_VALUE (solve (N, (void *) a, b, x, residual, scratch[0], scratch[1], scratch[2], scratch[3], scratch[4], scratch[5],
                       scratch[6], scratch[7], scratch[8], scratch[9], (int) (oracle.garbage % 100)));
  oracle_show ("after");
}
