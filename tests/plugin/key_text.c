/* key_text.c: promise: what reads alike but computes otherwise has other keys.
   SPDX-License-Identifier: BSD-2-Clause

   apart: -DBODY=isless | -DBODY=isgreater
   apart: -DBODY=isless | -DBODY=islessequal
   apart: -DBODY=isgreaterequal | -DBODY=islessequal
   apart: -DBODY=isgreaterequal | -DBODY=isgreater
   apart: -DBODY=isunordered | -DBODY=islessgreater
   apart: -DNOT_BODY=isless | -DNOT_BODY=isgreater
   apart: -DCLASS=isfinite | -DCLASS=isinf
   apart: -DCLASS=isfinite | -DCLASS=isnan
   apart: -DCLASS=isnormal | -DCLASS=isfinite
   apart: -DLANE=2 | -DLANE=0
   apart: -DFETCH=int | -DFETCH=unsigned
   apart: -DTHROUGH=ints | -DTHROUGH=unsigneds
   apart: -DPACKED=,__builtin_va_arg_pack() | -DPACKED=
   apart: -DLITERAL=2 | -DLITERAL=5
   apart: -DCHANGED=1 | -DCHANGED=2
   apart: -DNAN_FIRST=1 | -DNAN_FIRST=0
   apart: -O2 -DALIASED | -O2 -DALIASED -fno-strict-aliasing */
#include <hashcache.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

typedef int ints __attribute__ ((vector_size (16)));
typedef unsigned unsigneds __attribute__ ((vector_size (16)));
typedef float floats __attribute__ ((vector_size (16)));

#if defined BODY
HASHCACHE double f (double a, double b) { return BODY (a, b); }
#elif defined NOT_BODY
HASHCACHE double f (double a, double b) { if (!NOT_BODY (a, b)) return 3; return a + b; }
#elif defined CLASS
HASHCACHE double f (double a, double b) { return (CLASS (a) != 0) + b; }
#elif defined LANE
HASHCACHE double f (double a, double b) { ints x = { 1, 2, 3, 4 }, y = { 1, LANE, 0, 4 }, z = x == y; return z[(int) a] + b; }
#elif defined FETCH
static long fetch (int n, ...) { va_list list; va_start (list, n); long r = va_arg (list, FETCH); va_end (list); return r; }
HASHCACHE double f (double a, double b) { return fetch (1, (int) a) + b; }
#elif defined THROUGH
HASHCACHE double f (double a, double b)
{ floats x = { a, b, a, b }; floats y = __builtin_convertvector (__builtin_convertvector (x, THROUGH), floats); return y[0]; }
#elif defined PACKED
static int count (int n, ...) { return n; }
extern inline __attribute__ ((always_inline, gnu_inline)) int pack (int n, ...) { return count (n PACKED); }
HASHCACHE double f (double a, double b) { return pack (1, (int) a, 5) + b; }
#elif defined LITERAL
static int *const p = (int[]) { 1, LITERAL, 3 };
HASHCACHE double f (double a, double b) { return p[(int) a] + b; }
#elif defined CHANGED
static int *const p = (int[]) { 1, 2, 3 };
static int *const q = (int[]) { 4, 5, 6 };
HASHCACHE double f (double a, double b) { return (CHANGED == 1 ? p : q)[(int) a] + b; }
#elif defined NAN_FIRST
HASHCACHE double f (double a, double b)
{
  char buffer[4] = "1";
#if NAN_FIRST
  double r = nan (buffer);
  buffer[0] = '2';
#else
  buffer[0] = '2';
  double r = nan (buffer);
#endif
  union { double d; long l; } u = { r };
  return u.l + a + b;
}
#else
static int alias (int *p, float *q) { *p = 1; *q = 2; return *p; }
HASHCACHE double f (double a, double b) { int l = (int) a; return alias (&l, (float *) (void *) &l) + b; }
#endif

int
main (void)
{
  printf ("%a %a\n", f (1, 2), f (0.5, 0.25));
  return 0;
}
