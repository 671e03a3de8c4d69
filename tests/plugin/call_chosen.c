/* call_chosen.c: promise: functions are marked, variables ignored and refusals survived by options of the plugin alone.
   to the plugin: -fplugin-arg-hashcache-mark=norm,hidden,old_style,clocked,nowhere -fplugin-arg-hashcache-ignore=calls,uses -fplugin-arg-hashcache-refuse=warn
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>
#include <time.h>

int calls;
double norm (int n, const double x[n]);
static double hidden (int n) { static int uses; uses++; return n * 1.5; }
double norm (int n, const double x[n])
{
  double s = 0;
  calls++;
  for (int i = 0; i < n; i++)
    s += x[i] * x[i];
  return s;
}
int old_style (a, b) int a; short b; { return a * 10 + b; }
int clocked (int n) { return time (NULL) > 0 ? n : -n; }
HASHCACHE int unbounded (int *p) { return p[0] + p[1]; }

int
main (void)
{
  double x[3] = { 1, 2, 3 };
  int two[2] = { 4, 5 };
  for (int n = 1; n < 4; n++)
    {
      calls = 10 * n; /* if it were in the key, or restored, a second call would show it */
      printf ("%g %g %d %d %d\n", norm (n, x), hidden (n), old_style (n, 2), clocked (n), unbounded (two));
    }
  return 0;
}
