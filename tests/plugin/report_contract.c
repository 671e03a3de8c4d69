/* report_contract.c: promise: the report says in full what was understood of each marked function, at every level of optimisation alike.
   SPDX-License-Identifier: BSD-2-Clause

| relax
|   in n: int (by value)
|   in x: double [n] (const)
|   written-only force: double [n] (proven: never read)
|   inout age: int [n] (default; never read, but it leads to int elements, which are too narrow to tell what was written: write HASHCACHE_OUT if the call fills all of it)
|   out e: double, one (declared)
|   ignored scratch: double * (declared)
|   returns: double
|   ignored global verbosity: int
|   inout static steps: int
|   in global width: double
|   constant static weight: double []
|   calls of libraries: exp, sqrt
|   calls into other units: energy
|   output that a hit does not repeat: printf
|   effects allowed: clock
|   any number of threads
| smooth
|   in n: int (by value)
|   in a: double [n] [n + 1] [n * 2] [3] (const)
|   written-only b: double [n] [n] (proven: never read)
| settle
|   in n: int (by value)
|   inout y: double [n] (default; read and written: write HASHCACHE_OUT if the call fills all of it before it reads any)
|   returns: double
| nothing
*/
#include <hashcache.h>
#include <math.h>
#include <stdio.h>
#include <time.h>
double width = 0.5;
int verbosity HASHCACHE_IGNORE;
static int steps;
static const double weight[2] = { 1, 2 };
double energy (double r);
static double kernel (double r) { return exp (-r / width) * weight[steps++ & 1]; }
HASHCACHE HASHCACHE_ALLOW ("clock") HASHCACHE_ANY_THREADS
double relax (int n, const double x[n], double force[n], int age[n], double *e HASHCACHE_OUT, double *scratch HASHCACHE_IGNORE) {
  for (int i = 0; i < n; i++) {
    force[i] = kernel (sqrt (x[i]));
    age[i] = i;
  }
  if (verbosity) printf ("%g\n", (double) clock ());
  return *e = energy (x[0]);
}
HASHCACHE void smooth (int n, const double a[n][n + 1][n * 2][3], double (*b)[n] HASHCACHE_COUNT (n)) {
  for (int i = 0; i < n; i++) b[i][i] = a[i][i][i][0];
}
HASHCACHE double settle (int n, double y[n]) {
  double sum = 0;
  for (int i = 0; i < n; i++) sum += y[i] = i;
  return sum + y[0];
}
HASHCACHE void nothing (void) {}
