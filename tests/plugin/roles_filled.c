/* roles_filled.c: promise: what a call fills before it reads any of it is an output, also where it holds pointers.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdlib.h>
#include <string.h>
struct vec { int n; double *data HASHCACHE_COUNT (n); };
struct two { int n, m; double *a HASHCACHE_COUNT (n); double *b HASHCACHE_COUNT (m); };
struct list { double x; struct list *next HASHCACHE_COUNT (1); };
extern void elsewhere (struct vec *);
extern void rows_elsewhere (double **, int, int);
struct vec *kept HASHCACHE_IGNORE;
double peek (void);
static void fill_data (struct vec *v) { v->data = malloc (v->n * sizeof (double)); v->data[0] = 1; }
static void fill_n (struct vec *v, int n) { v->n = n; }

HASHCACHE void good (struct vec *v, int n) { fill_n (v, n); fill_data (v); } /* role: out v */
HASHCACHE void away_late (struct vec *v HASHCACHE_COUNT (1), int n) { v->n = n; v->data = 0; elsewhere (v); } /* role: out v */
HASHCACHE void values (struct list *l HASHCACHE_COUNT (1)) { for (; l; l = l->next) l->x = 2; } /* role: inout l */
HASHCACHE void loop_first (struct vec *v, int n) { do { v->n = n; v->data = 0; } while (n-- > 0); } /* role: out v */
HASHCACHE void o_stay (struct vec *v HASHCACHE_OUT) { for (int i = 0; i < v->n; i++) v->data[i] = i; }
HASHCACHE void o_away (int n, double **c HASHCACHE_OUT HASHCACHE_COUNT (n, n)) { rows_elsewhere (c, n, n); }
HASHCACHE void o_away_row (int n, double **c HASHCACHE_OUT HASHCACHE_COUNT (n, n)) { for (int i = 0; i < n; i++) memset (c[i], 0, n * 8); }
HASHCACHE void o_partly (struct two *t HASHCACHE_OUT, int n) { t->n = t->m = n; t->a = malloc (n * 8); t->b = t->a; t->b[0] = 1; }
HASHCACHE void m (struct vec *v HASHCACHE_INOUT, int n) { v->n = n; v->data = realloc (v->data, n * 8); }
