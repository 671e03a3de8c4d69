/* stencils.c: promise: sweeps over grids, dynamic programming and filters: swapped buffers, ghost cells that stay, tables of int.
   SPDX-License-Identifier: BSD-2-Clause */
#include "oracle.h"
#include <math.h>

enum { N = 8, STEPS = 3 };

HASHCACHE static void
jacobi_1d (int steps, int n, double a[n], double b[n])
{
  for (int t = 0; t < steps; t++) {
    for (int i = 1; i < n - 1; i++)
      b[i] = (a[i - 1] + a[i] + a[i + 1]) / 3;
    for (int i = 1; i < n - 1; i++)
      a[i] = (b[i - 1] + b[i] + b[i + 1]) / 3;
  }
}

ORACLE_CASE (jacobi_1d)
{
  double *a = oracle_numbers ("a", N, 1), *b = oracle_numbers ("b", N, 2);

  oracle_show ("before");
  jacobi_1d (STEPS, N, a, b);
  oracle_show ("after");
  jacobi_1d (STEPS, N, b, a); /* swapped */
  oracle_show ("after swapping");
}

/* One sweep: the ghost cells of what it writes are not written. */
HASHCACHE static double
sweep_2d (int n, const double a[n][n], double b[n][n])
{
  double change = 0;

  for (int i = 1; i < n - 1; i++)
    for (int j = 1; j < n - 1; j++) {
      const double next = (a[i][j] + a[i - 1][j] + a[i + 1][j] + a[i][j - 1] + a[i][j + 1]) / 5;

      change += fabs (next - a[i][j]);
      b[i][j] = next;
    }
  return change;
}

ORACLE_CASE (sweep_2d)
{
  double *a = oracle_numbers ("a", N * N, 1), *b = oracle_unset ("b", N * N, sizeof *b),
         *c = oracle_unset ("c", N * N, sizeof *c);

  for (int i = 0; i < N; i++)
    b[i] = b[i * N] = b[i * N + N - 1] = b[(N - 1) * N + i] = 1;
  oracle_show ("before");
  ORACLE_VALUE (sweep_2d (N, (void *) a, (void *) b));
  ORACLE_VALUE (sweep_2d (N, (void *) b, (void *) c));
  ORACLE_VALUE (sweep_2d (N, (void *) b, (void *) a));
  oracle_show ("after");
}

/* Pointers are swapped inside: which buffer holds the result depends on the number of steps. */
HASHCACHE static int
jacobi_2d (int steps, int n, double *a HASHCACHE_COUNT (n *n), double *b HASHCACHE_COUNT (n *n))
{
  double *from = a, *to = b;

  for (int t = 0; t < steps; t++) {
    double *const kept = from;

    for (int i = 1; i < n - 1; i++)
      for (int j = 1; j < n - 1; j++)
        to[i * n + j] =
            (from[i * n + j] + from[(i - 1) * n + j] + from[(i + 1) * n + j] + from[i * n + j - 1] + from[i * n + j + 1]) / 5;
    from = to;
    to = kept;
  }
  return from == b;
}

ORACLE_CASE (jacobi_2d)
{
  double *a = oracle_numbers ("a", N * N, 1), *b = oracle_numbers ("b", N * N, 2);

  oracle_show ("before");
  ORACLE_VALUE (jacobi_2d (3, N, a, b));
  oracle_show ("after");
  ORACLE_VALUE (jacobi_2d (2, N, b, a));
  oracle_show ("after another");
}

HASHCACHE static void
seidel (int steps, int n, double a[n][n])
{
  for (int t = 0; t < steps; t++)
    for (int i = 1; i < n - 1; i++)
      for (int j = 1; j < n - 1; j++)
        a[i][j] = (a[i - 1][j - 1] + a[i - 1][j] + a[i - 1][j + 1] + a[i][j - 1] + a[i][j] + a[i][j + 1] + a[i + 1][j - 1]
                   + a[i + 1][j] + a[i + 1][j + 1])
                  / 9;
}

ORACLE_CASE (seidel)
{
  double *a = oracle_numbers ("a", N * N, 1);

  oracle_show ("before");
  seidel (STEPS, N, (void *) a);
  oracle_show ("after");
}

HASHCACHE static void
fdtd_2d (int steps, int nx, int ny, double ex[nx][ny], double ey[nx][ny], double hz[nx][ny], const double source[steps])
{
  for (int t = 0; t < steps; t++) {
    for (int j = 0; j < ny; j++)
      ey[0][j] = source[t];
    for (int i = 1; i < nx; i++)
      for (int j = 0; j < ny; j++)
        ey[i][j] -= 0.5 * (hz[i][j] - hz[i - 1][j]);
    for (int i = 0; i < nx; i++)
      for (int j = 1; j < ny; j++)
        ex[i][j] -= 0.5 * (hz[i][j] - hz[i][j - 1]);
    for (int i = 0; i < nx - 1; i++)
      for (int j = 0; j < ny - 1; j++)
        hz[i][j] -= 0.7 * (ex[i][j + 1] - ex[i][j] + ey[i + 1][j] - ey[i][j]);
  }
}

ORACLE_CASE (fdtd_2d)
{
  double *ex = oracle_numbers ("ex", N * 5, 1), *ey = oracle_numbers ("ey", N * 5, 2), *hz = oracle_numbers ("hz", N * 5, 3);
  double *source = oracle_numbers ("source", STEPS, 4);

  oracle_show ("before");
  fdtd_2d (STEPS, N, 5, (void *) ex, (void *) ey, (void *) hz, source);
  oracle_show ("after");
}

HASHCACHE static void
heat_3d (int steps, int n, double a[n][n][n], HASHCACHE_IGNORE double b[n][n][n])
{
  for (int t = 0; t < steps; t++) {
    for (int i = 1; i < n - 1; i++)
      for (int j = 1; j < n - 1; j++)
        for (int k = 1; k < n - 1; k++)
          b[i][j][k] = 0.125
                           * (a[i + 1][j][k] + a[i - 1][j][k] + a[i][j + 1][k] + a[i][j - 1][k] + a[i][j][k + 1] + a[i][j][k - 1]
                              - 6 * a[i][j][k])
                       + a[i][j][k];
    for (int i = 1; i < n - 1; i++)
      for (int j = 1; j < n - 1; j++)
        for (int k = 1; k < n - 1; k++)
          a[i][j][k] = b[i][j][k];
  }
}

ORACLE_CASE (heat_3d)
{
  double *a = oracle_numbers ("a", 5 * 5 * 5, 1), *b = oracle_scratch ("b", 5 * 5 * 5, sizeof *b);

  oracle_show ("before");
  heat_3d (STEPS, 5, (void *) a, (void *) b);
  oracle_show ("after");
}

/* Alternating directions, with scratch for the coefficients. */
HASHCACHE static void
adi (int steps, int n, double u[n][n], HASHCACHE_IGNORE double v[n][n], HASHCACHE_IGNORE double p[n],
     HASHCACHE_IGNORE double q[n])
{
  const double a = -0.25, b = 1.5;

  for (int t = 0; t < steps; t++) {
    for (int i = 1; i < n - 1; i++) {
      p[0] = 0;
      q[0] = v[0][i] = v[n - 1][i] = 1;
      for (int j = 1; j < n - 1; j++) {
        p[j] = -a / (a * p[j - 1] + b);
        q[j] = (0.25 * u[j][i - 1] + 0.5 * u[j][i] + 0.25 * u[j][i + 1] - a * q[j - 1]) / (a * p[j - 1] + b);
      }
      for (int j = n - 2; j > 0; j--)
        v[j][i] = p[j] * v[j + 1][i] + q[j];
    }
    for (int i = 1; i < n - 1; i++) {
      double right = 1;

      for (int j = n - 2; j > 0; j--)
        right = u[i][j] = 0.5 * v[i][j] + 0.5 * right;
    }
  }
}

ORACLE_CASE (adi)
{
  double *u = oracle_numbers ("u", N * N, 1), *v = oracle_scratch ("v", N * N, sizeof *v);
  double *p = oracle_scratch ("p", N, sizeof *p), *q = oracle_scratch ("q", N, sizeof *q);

  oracle_show ("before");
  adi (STEPS, N, (void *) u, (void *) v, p, q);
  oracle_show ("after");
}

HASHCACHE static void
floyd_warshall (int n, int path[n][n])
{
  for (int k = 0; k < n; k++)
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++)
        if (path[i][k] + path[k][j] < path[i][j])
          path[i][j] = path[i][k] + path[k][j];
}

ORACLE_CASE (floyd_warshall)
{
  int *path = oracle_integers ("path", N * N, 100, 1);

  oracle_show ("before");
  floyd_warshall (N, (void *) path);
  oracle_show ("after");
}

/* Pairs of bases: the table's lower triangle is never touched. */
HASHCACHE static int
nussinov (int n, const char sequence[n], int table[n][n])
{
  for (int i = n - 1; i >= 0; i--)
    for (int j = i + 1; j < n; j++) {
      int best = table[i][j - 1];

      if (table[i + 1][j] > best)
        best = table[i + 1][j];
      if (i < j - 1 && table[i + 1][j - 1] + (sequence[i] + sequence[j] == 3) > best)
        best = table[i + 1][j - 1] + (sequence[i] + sequence[j] == 3);
      for (int k = i + 1; k < j; k++)
        if (table[i][k] + table[k + 1][j] > best)
          best = table[i][k] + table[k + 1][j];
      table[i][j] = best;
    }
  return table[0][n - 1];
}

ORACLE_CASE (nussinov)
{
  int *table = oracle_integers ("table", 144, 1, 1);
  char *sequence = oracle_unset ("sequence", 12, 1);

  for (int i = 0; i < 12; i++)
    sequence[i] = (char) (oracle_mix (7, (uint64_t) i) % 4);
  for (int i = 0; i < 12; i++)
    for (int j = 0; j < i; j++)
      table[i * 12 + j] = i == j + 1 ? 0 : -i * j;
  oracle_show ("before");
  ORACLE_VALUE (nussinov (12, sequence, (void *) table));
  oracle_show ("after");
}

HASHCACHE static void
deriche (int w, int h, float alpha, const float in[w][h], HASHCACHE_OUT float out[w][h])
{
  const float k = (1 - expf (-alpha)) * (1 - expf (-alpha)) / (1 + 2 * alpha * expf (-alpha) - expf (2 * alpha));

  for (int i = 0; i < w; i++) {
    float before = 0, earlier = 0, x = 0;

    for (int j = 0; j < h; j++) {
      const float y = k * in[i][j] + k * expf (-alpha) * (alpha - 1) * x + 0.5f * before - 0.25f * earlier;

      earlier = before;
      x = in[i][j];
      out[i][j] = before = y;
    }
    before = earlier = 0;
    for (int j = h - 1; j >= 0; j--) {
      const float y = k * in[i][j] + 0.5f * before - 0.25f * earlier;

      earlier = before;
      before = y;
      out[i][j] += y;
    }
  }
}

/* The derivative, of inner points only; float, so that what is not written can be told. */
HASHCACHE static void
derive (int n, const float in[n], float out[n])
{
  for (int i = 1; i < n - 1; i++)
    out[i] = (in[i + 1] - in[i - 1]) / 2;
}

ORACLE_CASE (deriche)
{
  float *in = oracle_unset ("in", 6 * N, sizeof *in), *out = oracle_unset ("out", 6 * N, sizeof *out);
  float *slope = oracle_unset ("slope", 6 * N, sizeof *slope);

  for (int i = 0; i < 6 * N; i++)
    in[i] = (float) oracle_number (1, (uint64_t) i);
  oracle_show ("before");
  deriche (6, N, 0.25f, (void *) in, (void *) out);
  derive (6 * N, in, slope);
  oracle_show ("after");
}
