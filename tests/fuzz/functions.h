/* functions.h: cached functions, one for each kind of outcome, and calls of them that are checked.
   SPDX-License-Identifier: BSD-2-Clause */
#ifndef FUNCTIONS_H
#define FUNCTIONS_H

#include <stdlib.h>
#include <string.h>

enum { N = 40, GUARD = 64 /* bytes on each side of what a call may write */, ROOM = 1 << 20 };

/* An object of N bytes between guards. */
#define GUARDED(n) \
  struct { \
    unsigned char front[GUARD]; \
    _Alignas(16) unsigned char bytes[n]; \
    unsigned char back[GUARD]; \
  }

static inline void
set_guard (unsigned char *guard)
{
  memset (guard, 0xa5, GUARD);
}

static inline int
guard_is_whole (const unsigned char *guard)
{
  for (int i = 0; i < GUARD; i++)
    if (guard[i] != 0xa5)
      return 0;
  return 1;
}

/* Scalars and plain arrays. */

HASHCACHE static double
scalar (int n)
{
  return 1.5 * n;
}

HASHCACHE static void
fill (int n, double *values HASHCACHE_OUT HASHCACHE_COUNT (n))
{
  for (int i = 0; i < n; i++)
    values[i] = 0.5 * i;
}

HASHCACHE static int
change (int n, double *values HASHCACHE_INOUT HASHCACHE_COUNT (n))
{
  for (int i = 0; i < n; i++)
    values[i] = 2 * values[i] + i;
  return n;
}

/* Written only, in part. */
HASHCACHE static void
scatter (int n, double *values HASHCACHE_COUNT (n))
{
  for (int i = 0; i < n; i += 3)
    values[i] = 7 * i;
}

/* So many elements as the call says. */
HASHCACHE static int
choose (int n, HASHCACHE_OUT int *values HASHCACHE_COUNT (result))
{
  int k = 0;

  for (int i = 0; i < n; i += 2)
    values[k++] = i;
  return k;
}

HASHCACHE static void
upper (char *text HASHCACHE_INOUT HASHCACHE_COUNT (string))
{
  for (; *text; text++)
    if (*text >= 'a' && *text <= 'z')
      *text = (char) (*text - 'a' + 'A');
}

/* Padding, and members of several types. */
struct record {
  char kind;
  double value;
  short pair[2];
};

HASHCACHE static struct record
stamp (int n, struct record *records HASHCACHE_INOUT HASHCACHE_COUNT (n))
{
  for (int i = 0; i < n; i++) {
    records[i].kind = 'x';
    records[i].value += i;
    records[i].pair[1] = (short) i;
  }
  return records[0];
}

/* Allocated. */

HASHCACHE
HASHCACHE_RETURNS (n) static double *series (int n)
{
  double *values = malloc ((size_t) n * sizeof *values);

  for (int i = 0; i < n; i++)
    values[i] = i * i;
  return values;
}

HASHCACHE
HASHCACHE_RETURNS (n, m) static double **matrix (int n, int m)
{
  double **rows = malloc ((size_t) n * sizeof *rows);

  for (int i = 0; i < n; i++) {
    rows[i] = malloc ((size_t) m * sizeof **rows);
    for (int j = 0; j < m; j++)
      rows[i][j] = 10 * i + j;
  }
  return rows;
}

struct item {
  int value;
  struct item *next HASHCACHE_COUNT (1);
};

HASHCACHE HASHCACHE_RETURNS (1) static struct item *chain (int n)
{
  struct item *first = NULL;

  for (int i = 0; i < n; i++) {
    struct item *item = malloc (sizeof *item);

    *item = (struct item){ i, first };
    first = item;
  }
  return first;
}

struct pool {
  int n;
  double *all HASHCACHE_COUNT (n);
  double *part HASHCACHE_COUNT (n - 2);
  double tail[] HASHCACHE_COUNT (n);
};

HASHCACHE HASHCACHE_RETURNS (1) static struct pool *share (int n)
{
  struct pool *pool = malloc (sizeof *pool + (size_t) n * sizeof (double));

  pool->n = n;
  pool->all = malloc ((size_t) n * sizeof (double));
  pool->part = pool->all + 1;
  for (int i = 0; i < n; i++)
    pool->all[i] = pool->tail[i] = i;
  return pool;
}

HASHCACHE static void
grow (int n, double **place HASHCACHE_INOUT HASHCACHE_COUNT (1, n))
{
  double *values = malloc ((size_t) n * sizeof *values);

  for (int i = 0; i < n; i++)
    values[i] = i + (*place ? (*place)[0] : 0);
  *place = values;
}

/* Calls ------------------------------------------------------------------------------------------------------------------- */

/* Each says 0 if all is as it must be. STRICT is 1 if a result must be right; else only that nothing outside was touched is asked. */

static int
call_scalar (int (*strict) (void))
{
  const double result = scalar (N);

  return strict () && result != 1.5 * N;
}

/* Where one array is all. */
#define CALL_ARRAY(name, type, room, before, call, right) \
  static int call_##name (int (*strict) (void)) \
  { \
    static GUARDED ((room) * sizeof (type)) memory; \
    type *const a = (type *) (void *) memory.bytes; \
    int wrong = 0; \
\
    set_guard (memory.front); \
    set_guard (memory.back); \
    for (int i = 0; i < N; i++) \
      a[i] = (type) (before); \
    call; \
    if (strict ()) \
      for (int i = 0; i < N; i++) \
        wrong |= a[i] != (type) (right); \
    return wrong || !guard_is_whole (memory.front) || !guard_is_whole (memory.back); \
  }

CALL_ARRAY (fill, double, N, 99, fill (N, a), 0.5 * i)
CALL_ARRAY (change, double, N, i + 1, (void) change (N, a), 2 * (i + 1) + i)
CALL_ARRAY (scatter, double, N, -i, scatter (N, a), i % 3 == 0 ? 7 * i : -i)
CALL_ARRAY (choose, int, ROOM, -i, (void) choose (N, a), i < N / 2 ? 2 * i : -i)
CALL_ARRAY (upper, char, ROOM, i < N - 1 ? 'a' + i % 26 : 0, upper (a), i < N - 1 ? 'A' + i % 26 : 0)

static int
call_stamp (int (*strict) (void))
{
  static GUARDED (N * sizeof (struct record)) memory;
  struct record *const records = (struct record *) (void *) memory.bytes;
  struct record first;
  int wrong = 0;

  set_guard (memory.front);
  set_guard (memory.back);
  for (int i = 0; i < N; i++)
    records[i] = (struct record){ 'a', 1.5, { 3, 4 } };
  first = stamp (N, records);
  if (strict ()) {
    for (int i = 0; i < N; i++)
      wrong |= records[i].kind != 'x' || records[i].value != 1.5 + i || records[i].pair[0] != 3 || records[i].pair[1] != i;
    wrong |= first.kind != 'x' || first.value != 1.5 || first.pair[1] != 0;
  }
  return wrong || !guard_is_whole (memory.front) || !guard_is_whole (memory.back);
}

/* Pointers are followed where the result must be right; else they may lead to any of the call's blocks, and are let go. */

static int
call_series (int (*strict) (void))
{
  double *values = series (N);
  int wrong = 0;

  if (!strict ())
    return 0;
  for (int i = 0; i < N; i++)
    wrong |= values[i] != i * i;
  free (values);
  return wrong;
}

static int
call_matrix (int (*strict) (void))
{
  double **rows = matrix (4, 5);
  int wrong = 0;

  if (!strict ())
    return 0;
  for (int i = 0; i < 4; i++) {
    for (int j = 0; j < 5; j++)
      wrong |= rows[i][j] != 10 * i + j;
    free (rows[i]);
  }
  free (rows);
  return wrong;
}

static int
call_chain (int (*strict) (void))
{
  struct item *item = chain (3);
  int wrong = 0, n = 3;

  if (!strict ())
    return 0;
  while (item) {
    struct item *next = item->next;

    wrong |= item->value != --n;
    free (item);
    item = next;
  }
  return wrong || n != 0;
}

static int
call_share (int (*strict) (void))
{
  struct pool *pool = share (N);
  int wrong = 0;

  if (!strict ())
    return 0;
  wrong |= pool->n != N || pool->part != pool->all + 1;
  for (int i = 0; !wrong && i < N; i++)
    wrong |= pool->all[i] != i || pool->tail[i] != i;
  free (pool->all);
  free (pool);
  return wrong;
}

static int
call_grow (int (*strict) (void))
{
  static double first[N];
  double *place = first;
  int wrong = 0;

  for (int i = 0; i < N; i++)
    first[i] = 3 + i;
  grow (N, &place);
  for (int i = 0; i < N; i++)
    wrong |= strict () && first[i] != 3 + i;
  if (!strict ())
    return wrong;
  for (int i = 0; i < N; i++)
    wrong |= place[i] != i + 3;
  free (place);
  return wrong;
}

struct function {
  const char *name;
  int (*call) (int (*strict) (void));
  int pointers; /* where they lead is a matter of the entry's words */
};

static const struct function functions[] = {
  { "scalar", call_scalar, 0 }, { "fill", call_fill, 0 },   { "change", call_change, 0 }, { "scatter", call_scatter, 0 },
  { "choose", call_choose, 0 }, { "upper", call_upper, 0 }, { "stamp", call_stamp, 0 },   { "series", call_series, 1 },
  { "matrix", call_matrix, 1 }, { "chain", call_chain, 1 }, { "share", call_share, 1 },   { "grow", call_grow, 1 },
};

enum { N_FUNCTIONS = sizeof functions / sizeof *functions };

#endif
