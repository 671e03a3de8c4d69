/* call_levels.c: promise: pointers of several levels, arrays of pointers and linked structs are followed as far as their counts say, and
   a hit leaves all they lead to as the call does.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>
#include <string.h>

struct node { double value; struct node *next HASHCACHE_COUNT (1); };
struct tree { int n; struct tree **kids HASHCACHE_COUNT (n, 1); const char *name HASHCACHE_COUNT (string); };
struct table { int rows, columns; double *row[3] HASHCACHE_COUNT (columns); struct { int n; double *extra HASHCACHE_COUNT (n * rows); }; };
static int width = 2;
static double first[2] = { 1, 2 }, second[2] = { 3, 4 };
static double *lines[2] HASHCACHE_COUNT (width) = { first, second };
double row_sums (int rows, int columns, double **a HASHCACHE_COUNT (rows, columns), HASHCACHE_OUT double *sums HASHCACHE_COUNT (rows));

HASHCACHE double row_sums (int rows, int columns, double **a, double *sums)
{
  double all = 0;
  for (int i = 0; i < rows; i++)
    {
      sums[i] = 0;
      for (int j = 0; j < columns; j++)
	sums[i] += a[i][j];
      all += sums[i];
      a[i][0] = -all;
    }
  return all;
}
HASHCACHE double array_of_rows (int n, const double *const rows[n] HASHCACHE_COUNT (n > 2 ? 1 : 2)) { return rows[n - 1][n > 2 ? 0 : 1]; }
HASHCACHE int letters (int n, const char *const *names HASHCACHE_COUNT (n, string)) { int s = 0; for (int i = 0; i < n; i++) s += names[i] ? strlen (names[i]) : 0; return s; }
HASHCACHE double cube (int n, double ***a HASHCACHE_COUNT (n, n, n)) { a[n - 1][0][1] += 1; return a[0][n - 1][0]; }
HASHCACHE double list_sum (const struct node *l HASHCACHE_COUNT (1)) { double s = 0; for (; l; l = l->next) s += l->value; return s; }
HASHCACHE void list_add (struct node *l HASHCACHE_COUNT (1), double x) { for (; l; l = l->next) l->value += x; }
static int depth (const struct tree *t) { int d = 0; for (int i = 0; i < t->n; i++) { int k = depth (t->kids[i]); d = k > d ? k : d; } return d + 1; }
HASHCACHE int tree_depth (const struct tree *t HASHCACHE_COUNT (1)) { return depth (t) * 100 + t->name[0]; }
HASHCACHE double scale (struct table *t HASHCACHE_COUNT (1), double x) { for (int i = 0; i < t->rows; i++) t->row[i][0] *= x; t->extra[0] = x; return t->row[0][0]; }
HASHCACHE double use_lines (double x) { lines[1][0] += x; return lines[0][1] * x; }

int
main (void)
{
  double data[3][2] = { { 1, 2 }, { 3, 4 }, { 5, 6 } }, *rows[3] = { data[0], data[1], data[2] }, sums[3];
  double **planes[2] = { rows, rows + 1 }, extra[6] = { 0 };
  const char *names[3] = { "one", NULL, "three" };
  struct node end = { 3, NULL }, middle = { 2, &end }, begin = { 1, &middle };
  struct tree leaf = { 0, NULL, "leaf" }, other = { 0, NULL, "other" }, *kids[2] = { &leaf, &other }, root = { 2, kids, "root" };
  struct table table = { 3, 2, { data[0], data[1], data[2] }, { 2, extra } };
  for (int round = 0; round < 2; round++)
    {
      double all = row_sums (3, 2, rows, sums);
      printf ("%g %g %g %g %g\n", all, sums[0], sums[2], data[0][0], data[2][0]);
      printf ("%g\n", array_of_rows (2, (const double *const *) rows));
      printf ("%d\n", letters (3, names));
      printf ("%g ", list_sum (&begin));
      list_add (&begin, 0.5);
      printf ("%g %g\n", list_sum (&begin), end.value);
      printf ("%d\n", tree_depth (&root));
      printf ("%g ", scale (&table, 2));
      printf ("%g %g\n", data[2][0], extra[0]);
      printf ("%g ", use_lines (1.5));
      printf ("%g\n", second[0]);
    }
  (void) planes;
  return 0;
}
