/* call_literals.c: promise: compound literals at file scope are variables like others.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>

static int *const p = (int[]) { 1, 2, 3 };

HASHCACHE int read_one (int i) { return p[i]; }
HASHCACHE void write_one (int i, int x) { p[i] = x; }

int
main (void)
{
  printf ("%d ", read_one (1));
  p[1] = 9;
  printf ("%d ", read_one (1));
  write_one (2, 7);
  printf ("%d ", p[2]);
  p[2] = 3;
  write_one (2, 7);
  printf ("%d\n", p[2]);
  return 0;
}
