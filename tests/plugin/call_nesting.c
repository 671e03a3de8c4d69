/* call_nesting.c: promise: cached functions may call themselves and each other, and hold OpenMP regions, VLAs, switches,
   assertions, and comparators.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <alloca.h>
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

HASHCACHE long fibonacci (int n) { return n < 2 ? n : fibonacci (n - 1) + fibonacci (n - 2); }
HASHCACHE int is_odd (int n);
HASHCACHE int is_even (int n) { return n == 0 ? 1 : is_odd (n - 1); }
int is_odd (int n) { return n == 0 ? 0 : is_even (n - 1); }
HASHCACHE double inner (double x) { return sin (x) + sqrt (x); }
HASHCACHE double outer (double x) { return inner (x) + inner (x + 1); }
static int ascending (const void *a, const void *b) { return *(const int *) a - *(const int *) b; }
HASHCACHE void sorted (int n, int *a HASHCACHE_COUNT (n)) { qsort (a, n, sizeof *a, ascending); }
HASHCACHE double summed (int n, const double *x HASHCACHE_COUNT (n))
{
  double s = 0;
#pragma omp parallel for reduction (+ : s)
  for (int i = 0; i < n; i++)
    s += x[i];
  return s;
}
HASHCACHE double variable_length (int n) { double t[n]; for (int i = 0; i < n; i++) t[i] = i * 0.5; return t[n - 1]; }
HASHCACHE int on_stack (int n) { char *p = alloca (n); memset (p, 1, n); return p[n - 1]; }
HASHCACHE int switching (int n) { switch (n) { case 1: return 4; case 2 ... 5: return 7; default: assert (n < 100); return n; } }
HASHCACHE int tables (int n) { static int t[3] = { 1, 2, 3 }; int l[5] = { 1, 2, 3, 4, 5 }; const char *s = "abcdef"; return t[n] + l[n] + s[n]; }
HASHCACHE int bits (unsigned n) { return __builtin_popcount (n) + __builtin_clz (n) + __builtin_expect (n, 3); }
HASHCACHE __attribute__ ((const)) double declared_const (double x) { return x * x + 1; }
HASHCACHE static inline __attribute__ ((always_inline)) int inlined (int n) { return n + 1; }
HASHCACHE __attribute__ ((noinline, optimize ("O3"))) int optimized (int n) { int s = 0; for (int i = 0; i < n; i++) s += i * i; return s; }
static int aliased (int n) { return n * 3; }
int alias (int n) __attribute__ ((alias ("aliased")));
HASHCACHE int by_alias (int n) { return alias (n); }
HASHCACHE int nothing (int unused) { (void) unused; return 1; }
HASHCACHE void no_result (int n) { (void) n; }

int
main (void)
{
  int a[5] = { 5, 3, 4, 1, 2 };
  double x[100];
  for (int i = 0; i < 100; i++)
    x[i] = i;
  printf ("%ld\n", fibonacci (20));
  printf ("%d %d\n", is_even (10), is_odd (7));
  printf ("%.17g\n", outer (1.25));
  sorted (5, a);
  printf ("%d %d %d\n", a[0], a[1], a[4]);
  printf ("%g %g %d\n", summed (100, x), variable_length (7), on_stack (9));
  printf ("%d %d %d %d\n", switching (1), switching (4), switching (50), tables (2));
  printf ("%d %g %d %d %d\n", bits (12), declared_const (3), inlined (3), optimized (10), by_alias (5));
  int (*pointer) (int) = nothing;
  printf ("%d\n", pointer (3));
  no_result (3);
  return 0;
}
