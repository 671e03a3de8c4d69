/* shapes.c: calls that leave behind one of everything that an entry can hold, for shapes.sh. Prints how many of them were hits.
   SPDX-License-Identifier: BSD-2-Clause */
#include <complex.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <hashcache.h>

/* Scalars ----------------------------------------------------------------------------------------------------------------- */

#ifdef __FLT16_MANT_DIG__
typedef _Float16 half;
#else
typedef float half;
#endif
#ifdef __SIZEOF_FLOAT128__
typedef __float128 quad;
#else
typedef double quad;
#endif

enum direction { DOWN = -1, LEVEL, UP };

HASHCACHE static double
integers (HASHCACHE_OUT bool *yes, HASHCACHE_OUT char *letter, HASHCACHE_OUT signed char *i8, HASHCACHE_OUT unsigned char *u8,
          HASHCACHE_OUT short *i16, HASHCACHE_OUT unsigned short *u16, HASHCACHE_OUT int *i32, HASHCACHE_OUT unsigned *u32,
          HASHCACHE_OUT int64_t *i64, HASHCACHE_OUT uint64_t *u64, HASHCACHE_OUT enum direction *way)
{
  *yes = true;
  *letter = 'x';
  *i8 = -8;
  *u8 = 200;
  *i16 = -1600;
  *u16 = 60000;
  *i32 = -2000000000;
  *u32 = 4000000000u;
  *i64 = INT64_MIN + 1;
  *u64 = UINT64_MAX - 1;
  *way = DOWN;
  return 0.25;
}

HASHCACHE static __int128
wide_integers (HASHCACHE_OUT unsigned __int128 *u128)
{
  *u128 = ((unsigned __int128) 3 << 64) + 4;
  return ((__int128) -1 << 64) + 2;
}

HASHCACHE static float
floats (HASHCACHE_OUT double *f64, HASHCACHE_OUT long double *x87, HASHCACHE_OUT half *f16, HASHCACHE_OUT float complex *c64,
        HASHCACHE_OUT double complex *c128, HASHCACHE_OUT long double complex *xc)
{
  *f64 = 1e300;
  *x87 = 1.25L;
  *c64 = 1.5f - 2.5f * I;
  *c128 = -3 + 4 * I;
  *xc = 0.5L + 8 * I;
  *f16 = -0.5f;
  return 0.125f;
}

HASHCACHE static quad
quadruple (double x)
{
  return x * -2.5;
}

/* Arrays ------------------------------------------------------------------------------------------------------------------ */

HASHCACHE static void
arrays (int n, int m, int none, HASHCACHE_OUT double line[n], HASHCACHE_OUT float plane[n][m], HASHCACHE_OUT short cube[2][n][m],
        HASHCACHE_OUT double complex waves[n][2], HASHCACHE_OUT bool flags[m], HASHCACHE_OUT double empty[none],
        HASHCACHE_OUT double flat[2][none], HASHCACHE_OUT double *missing HASHCACHE_COUNT (n),
        HASHCACHE_OUT enum direction ways[3], HASHCACHE_OUT double *counted HASHCACHE_COUNT (m *n))
{
  for (int i = 0; i < n; i++) {
    line[i] = i + 0.5;
    waves[i][0] = i * I;
    waves[i][1] = i;
    for (int k = 0; k < m; k++) {
      plane[i][k] = (float) (10 * i + k);
      cube[0][i][k] = (short) (10 * i + k);
      cube[1][i][k] = (short) (100 + 10 * i + k);
      counted[i * m + k] = -k;
    }
  }
  for (int k = 0; k < m; k++)
    flags[k] = k % 2;
  for (int k = 0; k < 3; k++)
    ways[k] = k - 1;
  if (missing)
    missing[0] = 0;
  if (none)
    empty[0] = flat[0][0] = 0;
}

HASHCACHE static void
rows (int n, int m, HASHCACHE_OUT double **matrix HASHCACHE_COUNT (n, m), HASHCACHE_OUT float ***cube HASHCACHE_COUNT (2, n, m))
{
  for (int i = 0; i < n; i++)
    for (int k = 0; k < m; k++) {
      matrix[i][k] = 10 * i + k;
      cube[0][i][k] = (float) -k;
      cube[1][i][k] = (float) i;
    }
}

HASHCACHE static void
upper (int n, double a[n][n])
{
  for (int i = 0; i < n; i++)
    for (int k = i; k < n; k++)
      a[i][k] = 10 * i + k;
}

/* An extent with the name of an output. */
static int size = 1;

HASHCACHE static void
namesakes (int k, HASHCACHE_OUT double *a HASHCACHE_COUNT (size), HASHCACHE_OUT double b[k])
{
  size = k;
  for (int i = 0; i < k; i++)
    a[i] = b[i] = i;
}

/* Structs ----------------------------------------------------------------------------------------------------------------- */

struct inner {
  short s;
  double d[2];
};

struct outer {
  char kind;
  struct inner in;
  struct {
    float u, v;
  };
  struct inner pairs[2];
  unsigned low : 3;
  int high : 5;
  enum direction way;
  _Bool yes;
  char name[4];
  double complex z;
  int grid[2][3];
};

static void
fill (struct outer *o, int i)
{
  memset (o, 0, sizeof *o);
  o->kind = (char) ('a' + i);
  o->in = (struct inner){ (short) i, { i + 0.5, i + 0.25 } };
  o->u = 1;
  o->v = (float) i;
  o->pairs[1] = (struct inner){ (short) (7 + i), { 70, i } };
  o->low = 5;
  o->high = -3;
  o->way = UP;
  o->yes = i == 0;
  memcpy (o->name, "abc", 4);
  o->z = i - I;
  for (int k = 0; k < 6; k++)
    o->grid[k / 3][k % 3] = 10 * i + k;
}

HASHCACHE static struct outer
structs (int n, HASHCACHE_OUT struct outer list[n], HASHCACHE_OUT struct inner table[n][2])
{
  struct outer o;

  for (int i = 0; i < n; i++) {
    fill (&list[i], i);
    table[i][0] = (struct inner){ (short) i, { 1, 2 } };
    table[i][1] = (struct inner){ (short) -i, { 3, 4 } };
  }
  fill (&o, 9);
  return o;
}

/* Strings ----------------------------------------------------------------------------------------------------------------- */

HASHCACHE static char *strings (int n, HASHCACHE_OUT char text[7], HASHCACHE_OUT char letters[3], HASHCACHE_OUT char grid[2][3],
                                HASHCACHE_OUT unsigned char bytes[4], HASHCACHE_OUT char nothing[1]) HASHCACHE_RETURNS (string);

HASHCACHE static char *
strings (int n, char text[7], char letters[3], char grid[2][3], unsigned char bytes[4], char nothing[1])
{
  char *name = malloc (8);

  memcpy (text, "copper", 7);
  memcpy (letters, "a\0c", 3);
  memcpy (grid, "abcdef", 6);
  memcpy (bytes, "\1\2\3", 4);
  nothing[0] = '\0';
  if (name)
    memcpy (name, "K\303\266ln 12", 8);
  if (name && n > 1)
    name[0] = 'k';
  return name;
}

HASHCACHE static char **names (int n) HASHCACHE_RETURNS (n, string);

HASHCACHE static char **
names (int n)
{
  char **all = malloc ((size_t) n * sizeof *all);

  for (int i = 0; i < n; i++) {
    all[i] = malloc ((size_t) i + 2);
    memset (all[i], 'a' + i, (size_t) i + 1);
    all[i][i + 1] = '\0';
  }
  return all;
}

/* Pointers ---------------------------------------------------------------------------------------------------------------- */

struct series {
  int n;
  double *x HASHCACHE_COUNT (n);
  struct {
    int m;
    float *y HASHCACHE_COUNT (m);
  } more;
  double offset;
};

HASHCACHE static struct series
series (int n)
{
  struct series s = { n, malloc ((size_t) n * sizeof *s.x), { 2, malloc (2 * sizeof (float)) }, 0.75 };

  for (int i = 0; i < n; i++)
    s.x[i] = i;
  s.more.y[0] = 1;
  s.more.y[1] = 2;
  return s;
}

HASHCACHE static void
several_series (HASHCACHE_OUT struct series all[2])
{
  for (int k = 0; k < 2; k++) {
    all[k] = (struct series){ k + 1, malloc ((size_t) (k + 1) * sizeof (double)), { 0, NULL }, k };
    for (int i = 0; i <= k; i++)
      all[k].x[i] = 10 * k + i;
  }
}

struct node {
  double value;
  struct node *next HASHCACHE_COUNT (1);
};

HASHCACHE static struct node *chain (int n) HASHCACHE_RETURNS (1);

HASHCACHE static struct node *
chain (int n)
{
  struct node *all = NULL;

  for (int i = 0; i < n; i++) {
    struct node *first = malloc (sizeof *first);

    *first = (struct node){ i, all };
    all = first;
  }
  return all;
}

struct model {
  double (*f) (double);
  int n;
  const double *x HASHCACHE_COUNT (n);
};

static double
twice (double x)
{
  return 2 * x;
}

HASHCACHE static double
callback (double (*f) (double), const struct model *m HASHCACHE_COUNT (1), const char *name HASHCACHE_COUNT (string),
          const double *x HASHCACHE_COUNT (2))
{
  return f (m->f (m->x ? m->x[0] : 1)) + (name ? name[0] : 0) + (x ? x[1] : 0);
}

/* Variables --------------------------------------------------------------------------------------------------------------- */

static double total = 1;
static int counts[2][2] = { { 1, 2 }, { 3, 4 } };

HASHCACHE static void
variables (int n, const double *x HASHCACHE_COUNT (n), double scale)
{
  for (int i = 0; i < n; i++)
    total += scale * x[i];
  counts[1][1] += n;
}

int
main (void)
{
  struct hashcache_statistics s;
  static double line[3], empty[1], x[2], y[2], counted[6], data[3][2], a[3][3];
  static float plane[3][2], fdata[6][2];
  static short cube[2][3][2];
  static double complex waves[3][2];
  static bool flags[2];
  double *matrix[3] = { data[0], data[1], data[2] };
  float *halves[2][3], **cubes[2] = { halves[0], halves[1] };
  enum direction ways[3];
  bool yes;
  char letter;
  signed char i8;
  unsigned char u8;
  short i16;
  unsigned short u16;
  int i32;
  unsigned u32;
  int64_t i64;
  uint64_t u64;
  enum direction way;
  unsigned __int128 u128;
  double f64;
  long double x87;
  float complex c64;
  double complex c128;
  long double complex xc;
  half f16;
  struct outer list[2];
  struct inner table[2][2];
  char text[7], letters[3], grid[2][3], nothing[1];
  unsigned char bytes[4];
  struct series all[2];

  for (int i = 0; i < 6; i++)
    halves[i / 3][i % 3] = fdata[i];
  integers (&yes, &letter, &i8, &u8, &i16, &u16, &i32, &u32, &i64, &u64, &way);
  wide_integers (&u128);
  floats (&f64, &x87, &f16, &c64, &c128, &xc);
  quadruple (1);
  arrays (3, 2, 0, line, plane, cube, waves, flags, empty, (double (*)[0]) empty, NULL, ways, counted);
  rows (3, 2, matrix, cubes);
  upper (3, a);
  namesakes (2, x, y);
  structs (2, list, table);
  strings (1, text, letters, grid, bytes, nothing);
  names (3);
  series (3);
  several_series (all);
  chain (3);
  callback (twice, &(struct model){ twice, 1, NULL }, "abc", NULL);
  variables (3, line, 2);
  hashcache_stats (&s);
  printf ("%d of %d\n", (int) s.hits_store, (int) s.calls);
  return 0;
}
