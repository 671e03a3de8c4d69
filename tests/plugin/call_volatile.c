/* call_volatile.c: promise: volatile variables of the function's own, which numerical code uses to force rounding, are no obstacle.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>

struct pair { double high, low; };
HASHCACHE double two_sum (double a, double b) { volatile double s = a + b; volatile double t = s - a; return (a - (s - t)) + (b - t); }
HASHCACHE double pair_sum (double a, double b) { volatile struct pair p = { a + b, 0 }; p.low = p.high - a; p.low = b - p.low; return p.high + 1e10 * p.low; }
HASHCACHE double parameter (volatile double x, int n) { for (int i = 0; i < n; i++) x = x * 1.5 + i; return x; }
HASHCACHE double array (int n) { volatile double a[4] = { 1, 2, 3, 4 }; for (int i = 0; i < n; i++) a[i & 3] += a[(i + 1) & 3]; return a[0] - a[2]; }
HASHCACHE double pointer (int n) { volatile double v = n, *p = &v; *p += 1; return v * *p; }
HASHCACHE int last_of_two (int n) { volatile int v = n; v = n + 1; v = n + 2; int a = v; v = 7; return a * 100 + v; }

int
main (void)
{
  for (int n = 1; n < 5; n++)
    printf ("%.17g %.17g %.17g %.17g %.17g %d\n", two_sum (0.1 * n, 1e17 / 3), pair_sum (0.1, n / 3.0), parameter (0.3, n), array (n),
	    pointer (n), last_of_two (n));
  return 0;
}
