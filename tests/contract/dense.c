/* dense.c: promise: dense linear algebra in the manner of PolyBench: whole, triangular and accumulated outputs.
   SPDX-License-Identifier: BSD-2-Clause */
#include "oracle.h"
#include <math.h>

enum { N = 7, M = 5, K = 6 };

/* Products --------------------------------------------------------------------------------------------------------- */

HASHCACHE static void
gemm (int ni, int nj, int nk, double alpha, double beta, double c[ni][nj], const double a[ni][nk], const double b[nk][nj])
{
  for (int i = 0; i < ni; i++)
    for (int j = 0; j < nj; j++) {
      c[i][j] *= beta;
      for (int k = 0; k < nk; k++)
        c[i][j] += alpha * a[i][k] * b[k][j];
    }
}

ORACLE_CASE (gemm)
{
  double *c = oracle_numbers ("c", N * M, 1), *a = oracle_numbers ("a", N * K, 2), *b = oracle_numbers ("b", K * M, 3);

  oracle_show ("before");
  gemm (N, M, K, 1.5, 1.25, (void *) c, (void *) a, (void *) b);
  oracle_show ("after");
  gemm (N, M, K, 1.5, 0, (void *) c, (void *) a, (void *) b);
  oracle_show ("after another");
}

HASHCACHE static void
two_products (int n, double alpha, HASHCACHE_IGNORE double scratch[n][n], const double a[n][n], const double b[n][n],
              const double c[n][n], HASHCACHE_OUT double d[n][n])
{
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      scratch[i][j] = 0;
      for (int k = 0; k < n; k++)
        scratch[i][j] += alpha * a[i][k] * b[k][j];
    }
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      d[i][j] = 0;
      for (int k = 0; k < n; k++)
        d[i][j] += scratch[i][k] * c[k][j];
    }
}

ORACLE_CASE (two_products)
{
  double *scratch = oracle_scratch ("scratch", N * N, sizeof *scratch), *a = oracle_numbers ("a", N * N, 1);
  double *b = oracle_numbers ("b", N * N, 2), *c = oracle_numbers ("c", N * N, 3), *d = oracle_unset ("d", N * N, sizeof *d);

  oracle_show ("before");
  two_products (N, 0.5, (void *) scratch, (void *) a, (void *) b, (void *) c, (void *) d);
  oracle_show ("after");
}

HASHCACHE static double
three_products (int n, const double a[n][n], const double b[n][n], const double c[n][n], const double d[n][n], double g[n][n])
{
  double e[n][n], f[n][n], trace = 0;

  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      e[i][j] = f[i][j] = 0;
      for (int k = 0; k < n; k++) {
        e[i][j] += a[i][k] * b[k][j];
        f[i][j] += c[i][k] * d[k][j];
      }
    }
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      double sum = 0;

      for (int k = 0; k < n; k++)
        sum += e[i][k] * f[k][j];
      g[i][j] = sum;
      trace += i == j ? sum : 0;
    }
  return trace;
}

ORACLE_CASE (three_products)
{
  double *a = oracle_numbers ("a", N * N, 1), *b = oracle_numbers ("b", N * N, 2), *c = oracle_numbers ("c", N * N, 3);
  double *d = oracle_numbers ("d", N * N, 4), *g = oracle_unset ("g", N * N, sizeof *g);

  oracle_show ("before");
  ORACLE_VALUE (three_products (N, (void *) a, (void *) b, (void *) c, (void *) d, (void *) g));
  oracle_show ("after");
}

/* Only the lower triangle, read and written. */
HASHCACHE static void
syrk (int n, int m, double alpha, double beta, double c[n][n], const double a[n][m])
{
  for (int i = 0; i < n; i++)
    for (int j = 0; j <= i; j++) {
      c[i][j] *= beta;
      for (int k = 0; k < m; k++)
        c[i][j] += alpha * a[i][k] * a[j][k];
    }
}

ORACLE_CASE (syrk)
{
  double *c = oracle_numbers ("c", N * N, 1), *a = oracle_numbers ("a", N * M, 2);

  oracle_show ("before");
  syrk (N, M, 0.75, 1.5, (void *) c, (void *) a);
  oracle_show ("after");
}

/* Only the upper triangle, written only: the caller's lower one is garbage, and stays what it is. */
HASHCACHE static void
syr2k (int n, int m, double alpha, double c[n][n], const double a[n][m], const double b[n][m])
{
  for (int i = 0; i < n; i++)
    for (int j = i; j < n; j++) {
      double sum = 0;

      for (int k = 0; k < m; k++)
        sum += alpha * (a[i][k] * b[j][k] + b[i][k] * a[j][k]);
      c[i][j] = sum;
    }
}

ORACLE_CASE (syr2k)
{
  double *c = oracle_unset ("c", N * N, sizeof *c), *a = oracle_numbers ("a", N * M, 2), *b = oracle_numbers ("b", N * M, 3);

  oracle_show ("before");
  syr2k (N, M, 0.75, (void *) c, (void *) a, (void *) b);
  oracle_show ("after");
}

HASHCACHE static void
trmm (int m, int n, double alpha, const double a[m][m], double b[m][n])
{
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) {
      for (int k = i + 1; k < m; k++)
        b[i][j] += a[k][i] * b[k][j];
      b[i][j] *= alpha;
    }
}

ORACLE_CASE (trmm)
{
  double *a = oracle_numbers ("a", M * M, 1), *b = oracle_numbers ("b", M * N, 2);

  oracle_show ("before");
  trmm (M, N, 1.25, (void *) a, (void *) b);
  oracle_show ("after");
}

HASHCACHE static void
symm (int m, int n, double alpha, const double a[m][m], const double b[m][n], HASHCACHE_OUT double c[m][n])
{
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) {
      c[i][j] = 0;
      for (int k = 0; k < m; k++)
        c[i][j] += alpha * (k <= i ? a[i][k] : a[k][i]) * b[k][j];
    }
}

ORACLE_CASE (symm)
{
  double *a = oracle_numbers ("a", M * M, 1), *b = oracle_numbers ("b", M * N, 2), *c = oracle_unset ("c", M * N, sizeof *c);

  oracle_show ("before");
  symm (M, N, 2.5, (void *) a, (void *) b, (void *) c);
  oracle_show ("after");
}

/* Matrices and vectors --------------------------------------------------------------------------------------------- */

HASHCACHE static void
atax (int m, int n, const double a[m][n], const double x[n], HASHCACHE_OUT double y[n], HASHCACHE_OUT double ax[m])
{
  for (int i = 0; i < n; i++)
    y[i] = 0;
  for (int i = 0; i < m; i++) {
    ax[i] = 0;
    for (int j = 0; j < n; j++)
      ax[i] += a[i][j] * x[j];
    for (int j = 0; j < n; j++)
      y[j] += a[i][j] * ax[i];
  }
}

ORACLE_CASE (atax)
{
  double *a = oracle_numbers ("a", M * N, 1), *x = oracle_numbers ("x", N, 2), *y = oracle_unset ("y", N + 3, sizeof *y);
  double *ax = oracle_unset ("ax", M + 2, sizeof *ax);

  oracle_show ("before");
  atax (M, N, (void *) a, x, y, ax);
  oracle_show ("after");
}

HASHCACHE static void
bicg (int m, int n, const double *a HASHCACHE_COUNT (m *n), const double *p HASHCACHE_COUNT (n),
      const double *r HASHCACHE_COUNT (m), HASHCACHE_OUT double *s HASHCACHE_COUNT (n),
      HASHCACHE_OUT double *q HASHCACHE_COUNT (m))
{
  for (int j = 0; j < n; j++)
    s[j] = 0;
  for (int i = 0; i < m; i++) {
    q[i] = 0;
    for (int j = 0; j < n; j++) {
      s[j] += r[i] * a[i * n + j];
      q[i] += a[i * n + j] * p[j];
    }
  }
}

ORACLE_CASE (bicg)
{
  double *a = oracle_numbers ("a", M * N, 1), *p = oracle_numbers ("p", N, 2), *r = oracle_numbers ("r", M, 3);
  double *s = oracle_unset ("s", N, sizeof *s), *q = oracle_unset ("q", M, sizeof *q);

  oracle_show ("before");
  bicg (M, N, a, p, r, s, q);
  oracle_show ("after");
}

HASHCACHE static void
mvt (int n, double x1[n], double x2[n], const double y1[n], const double y2[n], const double a[n][n])
{
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      x1[i] += a[i][j] * y1[j];
      x2[i] += a[j][i] * y2[j];
    }
}

ORACLE_CASE (mvt)
{
  double *x1 = oracle_numbers ("x1", N, 1), *x2 = oracle_numbers ("x2", N, 2), *a = oracle_numbers ("a", N * N, 5);
  double *y1 = oracle_numbers ("y1", N, 3), *y2 = oracle_numbers ("y2", N, 4);

  oracle_show ("before");
  mvt (N, x1, x2, y1, y2, (void *) a);
  oracle_show ("after");
  mvt (N, x1, x2, y1, y1, (void *) a); /* the same array twice, as inputs */
  oracle_show ("after another");
}

HASHCACHE static void
gesummv (int n, double alpha, double beta, const double a[n][n], const double b[n][n], const double x[n], double y[n])
{
  for (int i = 0; i < n; i++) {
    double left = 0, right = 0;

    for (int j = 0; j < n; j++) {
      left += a[i][j] * x[j];
      right += b[i][j] * x[j];
    }
    y[i] = alpha * left + beta * right;
  }
}

ORACLE_CASE (gesummv)
{
  double *a = oracle_numbers ("a", N * N, 1), *b = oracle_numbers ("b", N * N, 2), *x = oracle_numbers ("x", N, 3);
  double *y = oracle_unset ("y", N, sizeof *y);

  oracle_show ("before");
  gesummv (N, 1.5, 1.25, (void *) a, (void *) b, x, y);
  oracle_show ("after");
}

HASHCACHE static void
gemver (int n, double alpha, double a[n][n], const double u[2][n], const double v[2][n], double x[n], HASHCACHE_OUT double w[n],
        const double z[n])
{
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++)
      a[i][j] += u[0][i] * v[0][j] + u[1][i] * v[1][j];
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++)
      x[i] += alpha * a[j][i] * z[j];
    w[i] = 0;
  }
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++)
      w[i] += a[i][j] * x[j];
}

ORACLE_CASE (gemver)
{
  double *a = oracle_numbers ("a", N * N, 1), *u = oracle_numbers ("u", 2 * N, 2), *v = oracle_numbers ("v", 2 * N, 3);
  double *x = oracle_numbers ("x", N, 4), *w = oracle_unset ("w", N, sizeof *w), *z = oracle_numbers ("z", N, 5);

  oracle_show ("before");
  gemver (N, 0.5, (void *) a, (void *) u, (void *) v, x, w, z);
  oracle_show ("after");
}

HASHCACHE static void
doitgen (int nr, int nq, int np, double a[nr][nq][np], const double c4[np][np], HASHCACHE_IGNORE double sum[np])
{
  for (int r = 0; r < nr; r++)
    for (int q = 0; q < nq; q++) {
      for (int p = 0; p < np; p++) {
        sum[p] = 0;
        for (int s = 0; s < np; s++)
          sum[p] += a[r][q][s] * c4[s][p];
      }
      for (int p = 0; p < np; p++)
        a[r][q][p] = sum[p];
    }
}

ORACLE_CASE (doitgen)
{
  double *a = oracle_numbers ("a", 3 * 4 * 5, 1), *c4 = oracle_numbers ("c4", 25, 2),
         *sum = oracle_scratch ("sum", 5, sizeof *sum);

  oracle_show ("before");
  doitgen (3, 4, 5, (void *) a, (void *) c4, sum);
  oracle_show ("after");
}

/* Statistics ------------------------------------------------------------------------------------------------------- */

HASHCACHE static void
covariance (int m, int n, double data[n][m], HASHCACHE_OUT double cov[m][m], HASHCACHE_OUT double mean[m])
{
  for (int j = 0; j < m; j++) {
    mean[j] = 0;
    for (int i = 0; i < n; i++)
      mean[j] += data[i][j];
    mean[j] /= n;
  }
  for (int i = 0; i < n; i++)
    for (int j = 0; j < m; j++)
      data[i][j] -= mean[j];
  for (int i = 0; i < m; i++)
    for (int j = i; j < m; j++) {
      double sum = 0;

      for (int k = 0; k < n; k++)
        sum += data[k][i] * data[k][j];
      cov[i][j] = cov[j][i] = sum / (n - 1);
    }
}

ORACLE_CASE (covariance)
{
  double *data = oracle_numbers ("data", N * M, 1), *cov = oracle_unset ("cov", M * M, sizeof *cov);
  double *mean = oracle_unset ("mean", M, sizeof *mean);

  oracle_show ("before");
  covariance (M, N, (void *) data, (void *) cov, mean);
  oracle_show ("after");
}

HASHCACHE static int
correlation (int m, int n, const double data[n][m], double deviation[m], double corr[m][m])
{
  int constant = 0;

  for (int j = 0; j < m; j++) {
    double mean = 0, sum = 0;

    for (int i = 0; i < n; i++)
      mean += data[i][j] / n;
    for (int i = 0; i < n; i++)
      sum += (data[i][j] - mean) * (data[i][j] - mean);
    deviation[j] = sqrt (sum / n);
    constant += sum == 0;
    for (int k = 0; k < j; k++) {
      double other = 0, product = 0, square = 0;

      for (int i = 0; i < n; i++)
        other += data[i][k] / n;
      for (int i = 0; i < n; i++) {
        product += (data[i][j] - mean) * (data[i][k] - other);
        square += (data[i][k] - other) * (data[i][k] - other);
      }
      corr[k][j] = product / sqrt (sum * square);
    }
  }
  return constant;
}

ORACLE_CASE (correlation)
{
  double *data = oracle_numbers ("data", N * M, 1), *corr = oracle_unset ("corr", M * M, sizeof *corr);
  double *deviation = oracle_unset ("deviation", M, sizeof *deviation);

  oracle_show ("before");
  ORACLE_VALUE (correlation (M, N, (void *) data, deviation, (void *) corr));
  oracle_show ("after");
}
