/* roles_never_written.c: promise: a pointer is in if nothing is written through it, nor through any pointer reached from it.
   SPDX-License-Identifier: BSD-2-Clause
   options: -fopenmp */
#include <hashcache.h>
#include <stdlib.h>
#include <string.h>

struct level { int n; double *u HASHCACHE_COUNT (n); };
struct grid { int n; struct level *l HASHCACHE_COUNT (n); double h; };
struct view { double *p; int n; };
double **kept HASHCACHE_IGNORE;

static double sum_level (struct level *l) { double s = 0; for (int i = 0; i < l->n; i++) s += l->u[i]; return s; }
static double sum_values (struct level l) { double s = 0; for (int i = 0; i < l.n; i++) s += l.u[i]; return s; }
static void scale_values (struct level l) { for (int i = 0; i < l.n; i++) l.u[i] *= 2; }
static void scale (double *u, int n) { for (int i = 0; i < n; i++) u[i] *= 2; }
static double *values (struct level *l) { return l->u; }
static double sum_view (struct view *v) { double s = 0; for (int i = 0; i < v->n; i++) s += v->p[i]; return s; }
static void keep_view (struct view *v) { *kept = v->p; }

/* Never written. */
HASHCACHE double plain (int n, double a[n]) { double s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; } /* role: in a */
HASHCACHE int ints (int n, int a[n]) { int s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; } /* role: in a */
HASHCACHE double copied (int n, double a[n]) { double b[4]; memcpy (b, a, sizeof b); b[0] += n; return b[0]; } /* role: in a */
HASHCACHE double deep (struct grid *g) { double s = 0; for (int i = 0; i < g->n; i++) s += sum_level (g->l + i); return s * g->h; } /* role: in g */
HASHCACHE double by_value (struct grid *g) { double s = 0; for (int i = 0; i < g->n; i++) s += sum_values (g->l[i]); return s; } /* role: in g */
HASHCACHE double by_struct (struct level l) { return sum_values (l) + sum_level (&l); } /* role: in l */
HASHCACHE double of_const (const struct grid *g) { return g->l->u[0]; } /* role: in g */
HASHCACHE double answered (struct level *l HASHCACHE_COUNT (1)) { return values (l)[0]; } /* role: in l */
HASHCACHE double behind_view (int n, double a[n]) { struct view v = { a, n }; return sum_view (&v); } /* role: in a */
HASHCACHE double in_parallel (struct grid *g HASHCACHE_COUNT (1)) { /* role: in g */
  double s = 0;
#pragma omp parallel for reduction(+ : s)
  for (int i = 0; i < g->n; i++) s += sum_level (&g->l[i]);
  return s;
}

/* Written. */
HASHCACHE void at_first_level (struct grid *g) { g->h = 1; } /* role: inout g */
HASHCACHE void at_last_level (struct grid *g) { g->l->u[0] = 1; } /* role: inout g */
HASHCACHE void in_callee (struct level *l) { scale (l->u, l->n); } /* role: inout l */
HASHCACHE void by_copy (struct level *l) { struct level m = *l; m.u[0] = 2; } /* role: inout l */
HASHCACHE void by_copy_of_bytes (struct level *l) { struct level m; memcpy (&m, l, sizeof m); m.u[0] = 2; } /* role: inout l */
HASHCACHE void copied_on (struct level *l) { struct level m[2]; m[1] = *l; m[0] = m[1]; scale_values (m[l->n & 1]); } /* role: inout l */
HASHCACHE void by_result (struct level *l HASHCACHE_COUNT (1)) { values (l)[0] = 1; } /* role: inout l */
HASHCACHE void by_memset (int n, struct level *l) { memset (l->u, 0, n * sizeof (double)); } /* role: inout l */
HASHCACHE void by_library (int n, double a[n]) { a[n / 2] = a[0]; memmove (a, a + 1, 8); } /* role: inout a */
HASHCACHE void in_region (struct grid *g) { /* role: inout g */
#pragma omp parallel for
  for (int i = 0; i < g->n; i++) scale (g->l[i].u, g->l[i].n);
}
HASHCACHE void by_address (int n, double a[n]) { double *b = a, **p = &b; (*p)[0] = n; } /* role: inout a */
HASHCACHE void kept_in_memory (int n, double a[n]) { double **m = malloc (sizeof *m); *m = a; **m = n; free (m); } /* role: inout a */
HASHCACHE double kept_in_callee (int n, double a[n]) { struct view v = { a, n }; keep_view (&v); return n; } /* role: inout a */
HASHCACHE void sorted (int n, double a[n]) { qsort (a, n, sizeof *a, 0); } /* role: inout a */
HASHCACHE void by_const (const struct level *l) { l->u[0] = 1; }
