/* pass_unmarked.c: promise: a program without a mark compiles and runs as if the plugin were not there, whatever is in it.
   SPDX-License-Identifier: BSD-2-Clause */
#include <complex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern int never_defined;
extern int never_defined_function (int);
static inline int refers_to_nothing (void) { return never_defined + never_defined_function (1); }
typedef int vector __attribute__ ((vector_size (16)));
union both { int i; float f; };
struct bits { unsigned a : 3, : 0, b : 7; };
struct flexible { int n; char c[]; };
static _Thread_local int mine;
static atomic_int counted;
static jmp_buf there;
int common;
__attribute__ ((weak)) int weak_one (void) { return 1; }
int other_name (void) __attribute__ ((alias ("weak_one")));
__attribute__ ((constructor)) static void before (void) { mine = 3; }
static const char *const names[] = { "a", "b", NULL };
static int (*const functions[]) (void) = { weak_one, other_name };

static int
sum (int n, ...)
{
  va_list list;
  int s = 0;
  va_start (list, n);
  while (n--)
    s += va_arg (list, int);
  va_end (list);
  return s;
}

static vector below (vector a) { vector b = { 1, 2, 0, 4 }, c = { 1, 2, 3, 4 }; return (a < b) | (c < b); }

static void leave (void) { longjmp (there, 2); }
static void clean (int *p) { counted += *p; }

static int
computed_goto (int n)
{
  static void *const labels[] = { &&zero, &&one };
  goto *labels[n & 1];
zero:
  return 10;
one:
  return 11;
}

static int
nested (int n)
{
  int inner (int m) { return m + n; }
  return inner (1);
}

static int
with_cleanup (int n)
{
  int x __attribute__ ((cleanup (clean))) = n;
  return x;
}

__attribute__ ((noreturn)) static void stop (int status) { exit (status); }

int
main (int argc, char **argv)
{
  vector v = { 1, 2, 3, 4 };
  union both u = { .f = 1 };
  struct bits b = { 5, 77 };
  double complex z = 1 + 2 * I;
  struct flexible *f = malloc (sizeof *f + 4);
  strcpy (f->c, "xyz");
  int x = 0, size = argc + 2, vla[size];
  memset (vla, 0, sizeof vla);
  __asm__ ("" : "+r" (x));
  if (setjmp (there) == 0)
    leave ();
  printf ("%d %d %d %d %g %s %d\n", below (v)[2] + v[2], u.i, b.a, b.b, cimag (z * z), f->c, sum (3, 1, 2, 3));
  printf ("%d %d %d %d %s %d %d\n", computed_goto (1), nested (4), with_cleanup (5), (int) counted, names[1], functions[1] (), mine);
  printf ("%d %d %d\n", common, vla[0], argv[argc] == NULL);
  free (f);
  stop (3);
}
