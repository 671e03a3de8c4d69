/* call_inner_counts.c: promise: in the counts of a field that is a pointer to pointers, names are fields of its struct at every level.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>
#include <stdlib.h>

struct matrix {
  long n;
  double **row HASHCACHE_COUNT (n, n);
};

HASHCACHE double
sum (struct matrix *m HASHCACHE_COUNT (1))
{
  double s = 0;

  for (long i = 0; i < m->n; i++)
    for (long k = 0; k < m->n; k++)
      s = s * 2 + m->row[i][k];
  return s;
}

HASHCACHE void
make (struct matrix *m HASHCACHE_COUNT (1), long n)
{
  m->n = n;
  m->row = malloc ((size_t) n * sizeof *m->row);
  for (long i = 0; i < n; i++)
    m->row[i] = calloc ((size_t) n, sizeof **m->row);
  m->row[n - 1][0] = (double) n;
}

HASHCACHE void
scale (long n, struct matrix m[n])
{
  for (long i = 0; i < n; i++)
    m[i].row[0][m[i].n - 1] += 2;
}

int
main (void)
{
  struct matrix m[2] = { { 0, NULL }, { 0, NULL } };

  make (&m[0], 3);
  make (&m[1], 2);
  scale (2, m);
  printf ("%g %g\n", sum (&m[0]), sum (&m[1]));
  m[1].row[1][1] = 4;
  printf ("%g\n", sum (&m[1]));
  for (int i = 0; i < 2; i++) {
    for (long k = 0; k < m[i].n; k++)
      free (m[i].row[k]);
    free (m[i].row);
  }
  return 0;
}
