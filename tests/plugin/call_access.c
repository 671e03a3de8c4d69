/* call_access.c: promise: what GNU's attribute access says of a parameter holds as hashcache's own words do, and these win.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stddef.h>
#include <stdio.h>

#define ACCESS(...) __attribute__ ((access (__VA_ARGS__)))
double sum (const double *x, int n) ACCESS (read_only, 1, 2);
HASHCACHE double sum (const double *x, int n) { double s = 0; for (int i = 0; i < n; i++) s += x[i]; return s; }
HASHCACHE ACCESS (read_write, 2, 1) int twist (size_t n, int *x) { for (size_t i = 0; i < n; i++) x[i] = x[i] * 3 + 1; return x[0]; }
HASHCACHE ACCESS (write_only, 2, 1) int ints (int n, int *x) { for (int i = 0; i < n; i++) x[i] = i; return n; }
HASHCACHE ACCESS (write_only, 2, 1) int half (int n, double *x) { for (int i = 0; i < n / 2; i++) x[i] = i; return n; }
HASHCACHE ACCESS (none, 2) int none (int n, double *x) { return n; }
HASHCACHE ACCESS (none, 2) ACCESS(read_only, 3, 1) int none2 (int n, double *x HASHCACHE_COUNT (n), double *y) { return n + (x == 0) + y[0]; }
HASHCACHE ACCESS (read_only, 2, 1) double bound (int n, double x[static 2], HASHCACHE_OUT double *y HASHCACHE_COUNT (1)) { y[0] = x[1]; return x[0] + x[1]; }
HASHCACHE ACCESS (read_only, 2, 1) ACCESS (write_only, 3) double wins (int n, double *x HASHCACHE_COUNT (n + 1), HASHCACHE_INOUT double *y HASHCACHE_COUNT (1)) { y[0] = x[n]; return x[0] + x[1]; }
HASHCACHE ACCESS (read_only, 2, 1) double rows (int n, double (*x)[3]) { return x[n - 1][2]; }
int main (void)
{
  for (int k = 0; k < 2; k++) {
  double x[4] = { 1, 2, 3, 4 }, y[1] = { 0 }; int i[3] = { 1, 2, 3 };
  printf ("%g %d\n", sum (x, 4), twist (3, i)); printf ("%d %d\n", i[1], i[2]);
  ints (3, i); half (4, x); printf ("%d %g %g\n", i[2], x[1], x[3]);
  printf ("%d %d %g\n", none (3, x), none2 (1, NULL, x), bound (2, x, y));
  printf ("%g %g %g\n", wins (3, x, y), y[0], rows (1, (double (*)[3]) x));
  }
}
