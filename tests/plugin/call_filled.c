/* call_filled.c: promise: a struct that the call fills before it reads any of it may hold anything before the call, pointers too; arrays of
   pointers that are filled are found as the call leaves them.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vec { int n; double *data HASHCACHE_COUNT (n); };
struct two { int n, m; double *a HASHCACHE_COUNT (n); double *b HASHCACHE_COUNT (m); double sum; };
HASHCACHE void make (struct vec *v, int n) { v->n = n; v->data = malloc (n * sizeof *v->data); for (int i = 0; i < n; i++) v->data[i] = i * 0.5; }
static double *new (int n) { double *d = malloc (n * sizeof *d); for (int i = 0; i < n; i++) d[i] = n - i; return d; }
static void init (struct two *t, int n) { memset (t, 0, sizeof *t); t->n = n; }
HASHCACHE int both (struct two *t HASHCACHE_COUNT (1), int n, int m) { if (!t) return -1; init (t, n); t->m = m; t->a = new (n); t->b = new (m); for (int i = 0; i < n; i++) t->sum += t->a[i]; return 1; }
HASHCACHE void literal (struct vec *v, int n) { *v = (struct vec){ .n = n, .data = new (n) }; }
HASHCACHE void rows (int n, int m, double **c HASHCACHE_OUT HASHCACHE_COUNT (n, m)) { for (int i = 0; i < n; i++) for (int j = 0; j < m; j++) c[i][j] = i * m + j; }
HASHCACHE void alloc (int n, int m, double **c HASHCACHE_OUT HASHCACHE_COUNT (n, m)) { for (int i = 0; i < n; i++) { c[i] = malloc (m * sizeof (double)); for (int j = 0; j < m; j++) c[i][j] = i * m + j; } }
HASHCACHE void alloc2 (int n, int m, double **c HASHCACHE_OUT HASHCACHE_COUNT (n, m)) { for (int i = 0; i < n; i++) c[i] = malloc (m * sizeof (double)); for (int i = 0; i < n; i++) for (int j = 0; j < m; j++) c[i][j] = i * m + j; }
HASHCACHE void one (int n, double **c HASHCACHE_COUNT (1, n)) { *c = new (n); (*c)[0] = 7; }
int main (void)
{
  struct vec v, w; struct two t; double *c[2], d[2][3], *e;
  for (int k = 0; k < 2; k++) {
  memset (&v, 0x5a, sizeof v); memset (&w, 0x5a, sizeof w); memset (&t, 0x5a, sizeof t); memset (&e, 0x5a, sizeof e);
  make (&v, 5); printf ("%d %g\n", v.n, v.data[4]); free (v.data);
  printf ("%d ", both (&t, 3, 4)); printf ("%g %g %g %d\n", t.a[2], t.b[0], t.sum, both (NULL, 1, 2)); free (t.a); free (t.b);
  literal (&w, 3); printf ("%g\n", w.data[1]); free (w.data);
  c[0] = d[0]; c[1] = d[1]; memset (d, 0x5a, sizeof d);
  rows (2, 3, c); printf ("%g %d\n", d[1][2], c[0] == d[0]);
  memset (c, 0x5a, sizeof c); alloc (2, 3, c); printf ("%g\n", c[1][2]); free (c[0]); free (c[1]);
  memset (c, 0x5a, sizeof c); alloc2 (2, 3, c); printf ("%g\n", c[1][2]); free (c[0]); free (c[1]);
  one (3, &e); printf ("%g %g\n", e[0], e[2]); free (e);
  }
}
