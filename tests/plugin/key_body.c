/* key_body.c: promise: the key changes with what the function computes, and with nothing else.
   SPDX-License-Identifier: BSD-2-Clause

   same: -O0
   same: -O1
   same: -O2
   same: -O3 -flto
   same: -Os -fPIC
   same: -g3
   same: -Wall -pipe -DUNUSED_MACRO=3
   same: --coverage
   same: -std=c11
   same: -DCOMMENT
   same: -DLAYOUT
   same: -DRENAMED
   same: -DUNUSED
   same: -DORDER
   same: -DWHILE
   same: -DTEMPORARY
   same: -DSPELLED_OUT
   same: -DNEGATED
   same: -DUNUSED_LOCAL
   same: -DLABELS
   same: -DMOVED_DECLARATION
   same: -DTYPEDEF
   same: -Og -g
   same: -DASSERTION
   same: -DCONST_LOCAL
   same: -DEXTERNAL_HELPER
   different: -DCONSTANT
   different: -DOPERATOR
   different: -DCOMPARISON
   different: -DTYPE_OF_SUM
   different: -DHELPER_CONSTANT
   different: -DHELPER_CALLED
   different: -DLIBRARY_FUNCTION
   different: -DTABLE_ELEMENT
   different: -DGLOBAL_VALUE
   different: -DORDER_OF_SUM
   different: -DARGUMENT
   different: -DSIGNEDNESS
   different: -DSTRING
   different: -DCONVERSION
   different: -DLOOP_BOUND
   different: -ffast-math
   different: -fwrapv
   different: -ftrapv
   different: -O2 -mfma -ffp-contract=fast
   different: -O2 -frounding-math
   different: -fno-signed-zeros */
#include <hashcache.h>
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef UNUSED
#include <complex.h>
#define ANOTHER 5
static int unused_variable = 4;
static int unused_function (int n) { return n * unused_variable; }
int unused_public (int n) { return n + ANOTHER; }
#endif

#ifdef ORDER
static double helper (double x);
static double other_helper (double x) { return x * 3; }
#endif

static const double table[4] = { 1, 2, 3,
#ifdef TABLE_ELEMENT
  4.0000000000000009
#else
  4
#endif
};
#ifdef GLOBAL_VALUE
double parameter = 2.5;
#elif defined RENAMED
double renamed_parameter = 1.5;
#define parameter renamed_parameter
#else
double parameter = 1.5;
#endif

#ifdef EXTERNAL_HELPER
#define HELPER_LINKAGE
#else
#define HELPER_LINKAGE static
#endif

#ifdef RENAMED
#define helper another_name_for_it
#define calculate another_name_altogether
#define sum another_sum
#define value a_value
#endif

HELPER_LINKAGE double
helper (double x)
{
#ifdef HELPER_CONSTANT
  return x * 2 + 1.0000000000000002;
#else
  return x * 2 + 1;
#endif
}
#ifndef ORDER
static double other_helper (double x) { return x * 3; }
#endif

#ifdef TYPE_OF_SUM
#define REAL float
#else
#define REAL double
#endif

#ifdef COMMENT
/* A long comment,
   which moves everything below it to other lines. */
#line 1000 "elsewhere.c"
#endif

HASHCACHE double
calculate (int n, double value)
{
  REAL sum = 0;
#ifdef UNUSED_LOCAL
  double unused = value * 3;
  (void) unused;
#endif
#ifdef MOVED_DECLARATION
  double first;
  first = helper (value);
#elif defined TYPEDEF
  typedef double number;
  number first = helper (value);
#elif defined SPELLED_OUT
  double helper_value = helper (value), first = helper_value;
  (void) first;
#elif defined CONST_LOCAL
  const double first = helper (value);
#else
  double first = helper (value);
#endif
#ifdef ASSERTION
  if (n > 1000) { fprintf (stderr, "another text in line %d\n", __LINE__); abort (); }
#else
  if (n > 1000)
    {
      fprintf (stderr, "line %d\n", __LINE__);
      abort ();
    }
#endif
#ifdef LOOP_BOUND
  for (int i = 0; i < n - 1; i++)
#elif defined COMPARISON
  for (int i = 0; i <= n; i++)
#elif defined SIGNEDNESS
  for (unsigned i = 0; i < (unsigned) n; i++)
#elif defined WHILE
  int i = 0; while (i < n)
#elif defined NEGATED
  for (int i = 0; !(i >= n); i++)
#elif defined LABELS
  int i = 0;
again:
  if (i < n)
#else
  for (int i = 0; i < n; i++)
#endif
    {
#ifdef LAYOUT
    sum+=table  [i&3]
    *first
    +parameter;
#elif defined TEMPORARY
      const double element = table[i & 3];
      double product = element * first;
      const double term = product + parameter;
      sum = sum + term;
#elif defined SPELLED_OUT
      sum += table[i & 3] * helper_value + parameter;
#elif defined ORDER_OF_SUM
      sum = (sum + table[i & 3] * first) + parameter;
#elif defined OPERATOR
      sum += table[i & 3] * first - parameter;
#elif defined CONVERSION
      sum += (float) (table[i & 3] * first) + parameter;
#else
      sum += table[i & 3] * first + parameter;
#endif
#ifdef WHILE
      i++;
#elif defined LABELS
      i++;
      goto again;
#endif
    }
#ifdef HELPER_CALLED
  sum += other_helper (sum);
#else
  sum += helper (sum);
#endif
#ifdef LIBRARY_FUNCTION
  sum += cos (sum);
#else
  sum += sin (sum);
#endif
#ifdef STRING
  sum += "abd"[n & 3];
#else
  sum += "abc"[n & 3];
#endif
#ifdef CONSTANT
  return sum + 0.25;
#else
  return sum + 0.5;
#endif
}

int
main (void)
{
#ifdef ARGUMENT
  printf ("%g\n", calculate (4, 2.0000000000000004));
#else
  printf ("%g\n", calculate (4, 2));
#endif
  (void) other_helper;
  return 0;
}
