/* call_results.c: promise: what a returned pointer leads to is there after a hit as after the call, the program can free it, and a
   result that the user does not want kept is not.
   warm computes: 2
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pair { int n; double *x HASHCACHE_COUNT (n); };
double *squares (int n) HASHCACHE_RETURNS (n);

HASHCACHE double *squares (int n) { double *x = malloc (n * sizeof *x); for (int i = 0; i < n; i++) x[i] = i * i; return x; }
HASHCACHE HASHCACHE_RETURNS (string) char *greeting (const char *name) { char *s = malloc (strlen (name) + 8); strcpy (s, "hello, "); return strcat (s, name); }
HASHCACHE HASHCACHE_RETURNS (n, m) double **matrix (int n, int m) { double **a = malloc (n * sizeof *a); for (int i = 0; i < n; i++) { a[i] = malloc (m * sizeof **a); for (int j = 0; j < m; j++) a[i][j] = i * 10 + j; } return a; }
HASHCACHE HASHCACHE_RETURNS (1) struct pair *pair_of (int n) { struct pair *p = malloc (sizeof *p); *p = (struct pair) { n, squares (n) }; return p; }
HASHCACHE struct pair by_value (int n) { return (struct pair) { n, squares (n) }; }
HASHCACHE int select_even (int n, const int a[n], HASHCACHE_OUT int *even HASHCACHE_COUNT (result)) { int k = 0; for (int i = 0; i < n; i++) if (a[i] % 2 == 0) even[k++] = a[i]; return k; }
HASHCACHE HASHCACHE_IF (result >= 0 && *status == 0) int may_fail (int n, HASHCACHE_OUT int *status HASHCACHE_COUNT (1)) { *status = n == 1; return n - 2; }
HASHCACHE HASHCACHE_RETURNS (n) double *nothing (int n) { return n > 100 ? squares (n) : NULL; }

int
main (void)
{
  double *x = squares (4), **a = matrix (2, 3);
  char *s = greeting ("world");
  struct pair *p = pair_of (3), q = by_value (5);
  int odd_and_even[5] = { 1, 2, 3, 4, 6 }, even[5] = { 0 }, status;
  printf ("%g %s %g %g %g\n", x[3], s, a[1][2], p->x[2], q.x[4]);
  int found = select_even (5, odd_and_even, even);
  printf ("%d %d %d\n", found, even[0], even[2]);
  for (int i = 0; i < 4; i++)
    {
      int r = may_fail (i, &status);
      printf ("%d %d\n", r, status);
    }
  printf ("%d\n", nothing (3) == NULL);
  x = realloc (x, 100 * sizeof *x);
  free (x), free (s), free (a[0]), free (a[1]), free (a), free (p->x), free (p), free (q.x);
  return 0;
}
