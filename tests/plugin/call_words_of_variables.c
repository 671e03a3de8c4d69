/* call_words_of_variables.c: promise: a variable of which HASHCACHE_OUT says that its writers fill it is restored as a whole, and what it
   held before is not in their keys; functions that only look at it, or hand on its address, have it in theirs.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>

static double table[100] HASHCACHE_OUT;
double other[4] HASHCACHE_OUT = { 1, 2, 3, 4 };
HASHCACHE_IN double kept[2] = { 1, 2 };
__attribute__ ((noinline)) double total (double *t, int n) { double s = 0; for (int i = 0; i < n; i++) s += t[i]; return s; }
HASHCACHE double sweep (double x) { for (int i = 0; i < 100; i++) table[i] = i * x; return table[99]; }
HASHCACHE double reads (int n) { return table[n]; }
HASHCACHE double passes (int n) { return total (other, n); }
HASHCACHE double uses_kept (int n) { return total (kept, n); }
int main (void)
{
  for (int k = 0; k < 4; k++) { table[5] = k + 100; kept[1] = 4 - k / 2; other[2] = k; printf ("%g %g", reads (5), sweep (2 + k % 2)); printf (" %g %g", table[5], reads (7)); printf (" %g %g\n", passes (4), uses_kept (2)); }
}
