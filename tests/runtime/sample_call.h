/* sample_call.h: one call of everything that an entry can hold, its tables written by hand as the plugin would emit them.
   SPDX-License-Identifier: BSD-2-Clause

   Stands for: double relax (const struct crystal *crystal, const char *label, double grid[2][3], struct padded *points,
   const double *missing), which reads the global `cutoff` and changes the globals `counter` and `grid`. Only for tests. */
#ifndef SAMPLE_CALL_H
#define SAMPLE_CALL_H

#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-variable"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#ifndef HASHCACHE_OWN_WARNINGS
#define HASHCACHE_OWN_WARNINGS
#endif
#include <hashcache/store.h>
#include <hashcache/strerror.h>

#define SCRATCH_SIZE 256
#include "../scratch.h"

#include <complex.h>
#include <sys/wait.h>

int symlink (const char *, const char *);
int setenv (const char *, const char *, int);
int unsetenv (const char *);

#define N_ATOMS 4
#define LENGTH(array) (sizeof (array) / sizeof *(array))

struct crystal {
  int n;
  char tag;
  double (*positions)[3];
  double cell[3][3];
  double (*forces)[3];
};

struct padded {
  char c;
  double d;
  long double x;
  double _Complex z;
  short s[2];
  int scratch; /* ignored */
};

static const struct hashcache__type t_double = { HASHCACHE__FLOAT, HASHCACHE__DENSE, 8, 8, 0, NULL, NULL, "double" };
static const struct hashcache__type t_long_double = {
  HASHCACHE__FLOAT, 0, sizeof (long double), 10, 0, NULL, NULL, "long double"
};
static const struct hashcache__type t_int = { HASHCACHE__INT, HASHCACHE__DENSE, 4, 0, 0, NULL, NULL, "int" };
static const struct hashcache__type t_long = { HASHCACHE__INT, HASHCACHE__DENSE, 8, 0, 0, NULL, NULL, "long" };
static const struct hashcache__type t_short = { HASHCACHE__INT, HASHCACHE__DENSE, 2, 0, 0, NULL, NULL, "short" };
static const struct hashcache__type t_char = { HASHCACHE__INT, HASHCACHE__DENSE | HASHCACHE__CHAR, 1, 0, 0, NULL, NULL, "char" };
static const struct hashcache__type t_complex = { HASHCACHE__COMPLEX, HASHCACHE__DENSE, 16, 0, 0, &t_double, NULL,
                                                  "complex double" };
static const struct hashcache__type t_complex_long = { HASHCACHE__COMPLEX, 0,    2 * sizeof (long double), 0, 0,
                                                       &t_long_double,     NULL, "complex long double" };
static const struct hashcache__type t_double3 = { HASHCACHE__ARRAY, HASHCACHE__DENSE, 24, 0, 3, &t_double, NULL, "double[3]" };
static const struct hashcache__type t_double33 = {
  HASHCACHE__ARRAY, HASHCACHE__DENSE, 72, 0, 3, &t_double3, NULL, "double[3][3]"
};
static const struct hashcache__type t_short2 = { HASHCACHE__ARRAY, HASHCACHE__DENSE, 4, 0, 2, &t_short, NULL, "short[2]" };
static const struct hashcache__type t_pointer = {
  HASHCACHE__POINTER, HASHCACHE__POINTERS, sizeof (void *), 0, 0, &t_double3, NULL, "double (*)[3]"
};

static const struct hashcache__field crystal_fields[] = {
  { "n", &t_int, offsetof (struct crystal, n), HASHCACHE__INHERIT, 0, NULL },
  { "tag", &t_char, offsetof (struct crystal, tag), HASHCACHE__INHERIT, 0, NULL },
  { "positions", &t_pointer, offsetof (struct crystal, positions), HASHCACHE__IN, 0, NULL },
  { "cell", &t_double33, offsetof (struct crystal, cell), HASHCACHE__INHERIT, 0, NULL },
  { "forces", &t_pointer, offsetof (struct crystal, forces), HASHCACHE__OUT, 0, NULL },
};
static const struct hashcache__type t_crystal = { HASHCACHE__STRUCT,       HASHCACHE__POINTERS,
                                                  sizeof (struct crystal), 0,
                                                  LENGTH (crystal_fields), NULL,
                                                  crystal_fields,          "struct crystal" };

static const struct hashcache__field padded_fields[] = {
  { "c", &t_char, offsetof (struct padded, c), HASHCACHE__INHERIT, 0, NULL },
  { "d", &t_double, offsetof (struct padded, d), HASHCACHE__INHERIT, 0, NULL },
  { "x", &t_long_double, offsetof (struct padded, x), HASHCACHE__INHERIT, 0, NULL },
  { "z", &t_complex, offsetof (struct padded, z), HASHCACHE__INHERIT, 0, NULL },
  { "s", &t_short2, offsetof (struct padded, s), HASHCACHE__INHERIT, 0, NULL },
  { "scratch", NULL, offsetof (struct padded, scratch), HASHCACHE__IGNORE, 0, NULL },
};
static const struct hashcache__type t_padded = { HASHCACHE__STRUCT,      0,    sizeof (struct padded), 0,
                                                 LENGTH (padded_fields), NULL, padded_fields,          "struct padded" };

enum { PADDED_SIZE = 1 + 8 + 10 + 16 + 4 };

/* All memory that the call sees. */
struct sample {
  struct crystal crystal;
  double positions[N_ATOMS][3], forces[N_ATOMS][3];
  char label[8];
  double grid[2][3];
  struct padded points[3];
  double cutoff;
  long counter;
  double global_grid[2];
  double result;
};

enum { CRYSTAL, POSITIONS, FORCES, LABEL, GRID, POINTS, MISSING, CUTOFF, COUNTER, GLOBAL_GRID, RETURN, N_BLOCKS };

static void
sample_points (struct sample *s, double start, int padding)
{
  for (int i = 0; i < 3; i++) {
    struct padded *p = &s->points[i];

    memset (p, padding, sizeof *p);
    p->c = (char) ('a' + i);
    p->d = start + i;
    /* Storing an x87 number may write its 10 bytes alone: the six after them keep the padding. */
    p->x = (long double) start / 3;
    memset ((char *) &p->x + 10, padding, sizeof p->x - 10);
    __real__ p->z = start;
    __imag__ p->z = -start;
    p->s[0] = (short) i;
    p->s[1] = -1;
  }
}

/* The memory before the call. */
static void
sample_before (struct sample *s)
{
  memset (s, 0, sizeof *s);
  s->crystal = (struct crystal){ .n = N_ATOMS, .tag = 'x', .positions = s->positions, .forces = s->forces };
  for (int i = 0; i < 9; i++)
    s->crystal.cell[i / 3][i % 3] = i;
  for (int i = 0; i < 3 * N_ATOMS; i++) {
    s->positions[i / 3][i % 3] = 0.5 * i;
    s->forces[i / 3][i % 3] = 99;
  }
  memcpy (s->label, "copper", 7);
  sample_points (s, 1.0, 0x11);
  s->cutoff = 0.5;
  s->counter = 41;
  s->global_grid[0] = s->global_grid[1] = 5;
}

/* What the call does. */
static void
sample_compute (struct sample *s)
{
  for (int i = 0; i < 3 * N_ATOMS; i++)
    s->forces[i / 3][i % 3] = -1.5 * i;
  for (int i = 0; i < 6; i++)
    s->grid[i / 3][i % 3] = 10 + i;
  sample_points (s, 7.0, 0x22);
  s->counter = 42;
  s->global_grid[0] = 6;
  s->result = -123.25;
}

struct sample_block {
  const char *name;
  const struct hashcache__type *type;
  void *address;
  uint32_t role, group;
  int32_t parent;
  uint32_t n_dims;
  uint64_t dims[2];
};

/* The blocks of the call on S, as unfold.h makes them, in ITEMS of N_BLOCKS. */
static struct hashcache__blocks
sample_blocks (struct sample *s, struct hashcache__block *items)
{
  enum { INPUT = HASHCACHE__GROUP_INPUT, GLOBAL = HASHCACHE__GROUP_GLOBAL };
  const struct sample_block rows[N_BLOCKS] = {
    [CRYSTAL] = { "crystal", &t_crystal, &s->crystal, HASHCACHE__IN, INPUT, -1, 0, { 0 } },
    [POSITIONS] = { "positions", &t_double3, s->positions, HASHCACHE__IN, INPUT, CRYSTAL, 1, { N_ATOMS } },
    [FORCES] = { "forces", &t_double3, s->forces, HASHCACHE__OUT, INPUT, CRYSTAL, 1, { N_ATOMS } },
    [LABEL] = { "label", &t_char, s->label, HASHCACHE__IN, INPUT, -1, 1, { 7 } },
    [GRID] = { "grid", &t_double, s->grid, HASHCACHE__OUT, INPUT, -1, 2, { 2, 3 } },
    [POINTS] = { "points", &t_padded, s->points, HASHCACHE__INOUT, INPUT, -1, 1, { 3 } },
    [MISSING] = { "missing", &t_double, NULL, HASHCACHE__IN, INPUT, -1, 1, { 0 } },
    [CUTOFF] = { "cutoff", &t_double, &s->cutoff, HASHCACHE__IN, GLOBAL, -1, 0, { 0 } },
    [COUNTER] = { "counter", &t_long, &s->counter, HASHCACHE__INOUT, GLOBAL, -1, 0, { 0 } },
    [GLOBAL_GRID] = { "grid", &t_double, s->global_grid, HASHCACHE__INOUT, GLOBAL, -1, 1, { 2 } },
    [RETURN] = { "return", &t_double, &s->result, HASHCACHE__OUT, HASHCACHE__GROUP_RETURN, -1, 0, { 0 } },
  };

  for (size_t i = 0; i < N_BLOCKS; i++) {
    struct hashcache__block *b = &items[i];

    *b = (struct hashcache__block){ .type = rows[i].type,
                                    .address = rows[i].address,
                                    .role = rows[i].role,
                                    .group = rows[i].group,
                                    .n_dims = rows[i].n_dims,
                                    .parent = rows[i].parent,
                                    .name = rows[i].name,
                                    .count = rows[i].address ? 1 : 0 };
    for (uint32_t d = 0; d < b->n_dims; d++) {
      b->dims[d] = rows[i].dims[d];
      b->count *= b->dims[d];
    }
  }
  return (struct hashcache__blocks){ .items = items, .n = N_BLOCKS, .capacity = N_BLOCKS };
}

static const struct hashcache__contract sample_contract = { .abi = HASHCACHE__ABI,
                                                            .function = "relax",
                                                            .source = "crystal.c:12",
                                                            .compiler = "GCC 12.2.0",
                                                            .text = "relax (in \"crystal\")\nand more" };

static struct hashcache__part sample_parts[] = { { "code", 0, { { 1 } } },
                                                 { "crystal", HASHCACHE__GROUP_INPUT, { { 2 } } },
                                                 { "grid", HASHCACHE__GROUP_INPUT, { { 3 } } },
                                                 { "points", HASHCACHE__GROUP_INPUT, { { 4 } } },
                                                 { "cutoff", HASHCACHE__GROUP_GLOBAL, { { 0xab, 0xcd } } } };

static const struct hashcache__key sample_key = {
  .code = { { 0xc0, 0xde } }, .key = { { 0x6b, 0x65, 0x79 } }, .parts = sample_parts, .n_parts = LENGTH (sample_parts)
};

#define SAMPLE_CODE "c0de0000000000000000000000000000"
#define SAMPLE_KEY "6b657900000000000000000000000000"
#define SAMPLE_ENTRY "objects/" SAMPLE_CODE "/" SAMPLE_KEY ".h5"

/* The call of which all is in its blocks. */
static const struct hashcache__occasion sample_occasion = { .contract = &sample_contract };

/* Publishes BLOCKS, whose outputs have been computed, as the entry of KEY; what store_publish says. */
static int
publish_blocks (const struct hashcache__key *key, struct hashcache__blocks *blocks, const struct hashcache__image *before,
                double seconds)
{
  struct hashcache__outcome outcome;
  char reason[HASHCACHE__REASON_SIZE];
  int result;

  assert_int_equal (hashcache__outcome_begin (&outcome, blocks), 0);
  assert_int_equal (hashcache__outcome_observe (&outcome, &sample_occasion, blocks, 0, reason), 0);
  result = hashcache__store_publish (key, &sample_contract, blocks, &outcome, before, seconds, NULL);
  hashcache__outcome_end (&outcome);
  return result;
}

/* Restores BLOCKS from the entry of KEY; what store_fetch says. */
static int
fetch_blocks (const struct hashcache__key *key, struct hashcache__blocks *blocks, double *seconds)
{
  struct hashcache__fetch fetch = { .restore = 1 };
  const int found = hashcache__store_fetch (key, &sample_occasion, blocks, &fetch);

  free (fetch.record); /* where there are no outputs */
  *seconds = fetch.seconds;
  return found;
}

/* Computes the call on S and publishes it; what store_publish says. */
static int
sample_publish (struct sample *s)
{
  struct hashcache__block items[N_BLOCKS];
  struct hashcache__image before[N_BLOCKS];
  struct hashcache__blocks blocks;
  int result;

  sample_before (s);
  blocks = sample_blocks (s, items);
  memset (before, 0, sizeof before);
  for (size_t i = 0; i < N_BLOCKS; i++)
    if (items[i].role == HASHCACHE__INOUT)
      assert_int_equal (hashcache__image_take (&before[i], &items[i]), 0);
  sample_compute (s);
  result = publish_blocks (&sample_key, &blocks, before, 1.5);
  for (size_t i = 0; i < N_BLOCKS; i++)
    hashcache__image_free (&before[i]);
  return result;
}

static int
sample_fetch (struct sample *s, double *seconds)
{
  struct hashcache__block items[N_BLOCKS];
  struct hashcache__blocks blocks;

  sample_before (s);
  blocks = sample_blocks (s, items);
  return fetch_blocks (&sample_key, &blocks, seconds);
}

/* Equal in every value of every block; padding and ignored fields aside. */
static int
sample_equal (struct sample *a, struct sample *b)
{
  struct hashcache__block items_a[N_BLOCKS], items_b[N_BLOCKS];

  (void) sample_blocks (a, items_a);
  (void) sample_blocks (b, items_b);
  for (size_t i = 0; i < N_BLOCKS; i++) {
    struct hashcache__image x, y;
    int equal;

    assert_int_equal (hashcache__image_take (&x, &items_a[i]), 0);
    assert_int_equal (hashcache__image_take (&y, &items_b[i]), 0);
    equal = x.size == y.size && memcmp (x.bytes, y.bytes, (size_t) x.size) == 0;
    hashcache__image_free (&x);
    hashcache__image_free (&y);
    if (!equal)
      return 0;
  }
  return 1;
}

/* The scratch directory of the test ---------------------------------------------------------------------------------- */

static void
make_scratch (void)
{
  assert_int_equal (begin_scratch (), 0);
}

/* The scratch directory is small: a shell knows best how to empty it. */
static void
remove_scratch (void)
{
  char command[1100];

  snprintf (command, sizeof command, "chmod -R u+rwX '%s'; rm -rf '%s'", scratch, scratch);
  assert_int_equal (system (command), 0);
}

/* What most tests end with. */
static int
remove_scratch_after (void **state)
{
  (void) state;
  remove_scratch ();
  return 0;
}

static const char *
scratch_path (const char *name)
{
  static char path[2048];

  snprintf (path, sizeof path, "%s/%s", scratch, name);
  return path;
}

static void
use_directory (const char *dir)
{
  assert_int_equal (hashcache_set ("HASHCACHE_DIR", dir), HASHCACHE_OK);
}

/* What a shell command prints, up to 64 KiB. */
static const char *
output_of (const char *command)
{
  static char text[65536];
  FILE *pipe;
  size_t n;

  fflush (NULL);
  (void) remove (scratch_path ("output"));
  snprintf (text, sizeof text, "(%s) >'%s' 2>&1", command, scratch_path ("output"));
  (void) !system (text);
  pipe = fopen (scratch_path ("output"), "r");
  assert_non_null (pipe);
  n = fread (text, 1, sizeof text - 1, pipe);
  text[n] = '\0';
  fclose (pipe);
  return text;
}

#endif
