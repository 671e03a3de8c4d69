/* key_variables.c: promise: variables are in the key by what they hold, whatever GCC makes of them when it optimises.
   SPDX-License-Identifier: BSD-2-Clause

   same: -O0
   same: -O1
   same: -O2 -fPIC
   same: -O3 -flto
   same: -Os -fno-toplevel-reorder
   same: -O2 -DUNUSED
   same: -O2 -DRENAMED
   same: -O2 -DORDER
   different: -O2 -DNEVER_WRITTEN=2.5
   different: -O2 -DELEMENT=7
   different: -O2 -DNAME=y
   different: -O2 -DNAME=xx
   different: -O2 -DWHICH=thrice
   different: -O2 -DTRAILING=5
   different: -O2 -DMEMBER=1.75
   different: -O2 -DBITS=6
   different: -O2 -DPOINTED=9
   different: -O2 -DDISTANCE=2
   different: -O2 -DLAST=4
   different: -O2 -DSECOND=0x1p-60
   apart: -O2 -DELEMENT=7 | -O2 -DELEMENT=8  */
#include <hashcache.h>
#include <stdio.h>
#include <string.h>

#ifndef NEVER_WRITTEN
#define NEVER_WRITTEN 1.5
#endif
#ifndef ELEMENT
#define ELEMENT 3
#endif
#ifndef NAME
#define NAME x
#endif
#ifndef WHICH
#define WHICH twice
#endif
#ifndef TRAILING
#define TRAILING 4
#endif
#ifndef MEMBER
#define MEMBER 1.25
#endif
#ifndef BITS
#define BITS 5
#endif
#ifndef POINTED
#define POINTED 8
#endif
#ifndef DISTANCE
#define DISTANCE 0
#endif
#ifndef LAST
#define LAST 3
#endif
#ifndef SECOND
#define SECOND 0
#endif
#ifdef RENAMED
#define never_written no_one_writes
#define big table_of_numbers
#define operations ops
#define s anonymous
#endif
#define STRING(x) #x
#define TEXT(x) STRING (x)

#ifdef UNUSED
static int unused = 3;
static const double unused_table[3] = { 1, 2, 3 };
int unused_public = 4;
#endif

static double twice (double x) { return 2 * x; }
static double thrice (double x) { return 3 * x; }

#ifdef ORDER
static double written_only;
static const struct { char *name; double value; } records[] = { { "a", 1 }, { "b", MEMBER } };
#endif
static double never_written = NEVER_WRITTEN;
#ifndef ORDER
static double written_only;
#endif
static const int big[10000] = { [7777] = ELEMENT, 4, [9000 ... 9500] = 2, [9999] = 1 };
static const char *name = TEXT (NAME);
static double (*const operations[]) (double) = { thrice, WHICH, NULL };
static const struct { int n; int values[]; } flexible = { 3, { 1, 2, TRAILING } };
#ifndef ORDER
static const struct { char *name; double value; } records[] = { { "a", 1 }, { "b", MEMBER } };
#endif
static const struct { unsigned a : 3, b : 5, : 0, c : 7; } bits = { 1, BITS, 3 };
static int pointed[4] = { POINTED, 2, 3, 4 };
static int *const pointer = &pointed[DISTANCE];
static const long double precise[2] = { 1, LAST };
static const _Complex double complex_number = 1 + SECOND * 1i;
static int dead = 3;
static const char *const greeting = "hello";

HASHCACHE double f (int i, double x)
{
  static const char *const words[] = { "one", "two" };
  written_only = x;
  if (0)
    dead = i;
  if (sizeof (int) == 2)
    x += dead;
  double sum = never_written * x + big[7777 + i] + strlen (name) + name[0] + operations[i] (x) + flexible.values[i + 1];
  sum += records[i].name[0] * records[i].value + bits.b + pointer[i] + (double) precise[i] + __imag__ complex_number + words[i][0] + greeting[i];
  return sum;
}

int
main (void)
{
  printf ("%a %a\n", f (0, 2), f (1, 0.5));
  return 0;
}
