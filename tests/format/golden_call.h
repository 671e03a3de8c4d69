/* golden_call.h: a call that leaves behind one of everything that an entry can hold, its tables written by hand, so that its key is the same
   for ever. Only for tests.
   SPDX-License-Identifier: BSD-2-Clause

   An inout global, an array, a text, an array of structs, a complex number, an array of which only a part was written, and memory that
   it has allocated. */
#ifndef GOLDEN_CALL_H
#define GOLDEN_CALL_H

#include "../runtime/sample_call.h"

struct point {
  char kind;
  double position[3];
  float weight;
};

struct call {
  long counter;
  double grid[2][3];
  char text[7];
  struct point points[2];
  double _Complex z;
  double partly[10];
  unsigned char written[2];
  double *result;
  double *large;
};

enum { I_COUNTER, I_GRID, I_TEXT, I_POINTS, I_Z, I_PARTLY, I_LARGE, I_RESULT, N_ITEMS, LARGE = 640 };

static const struct hashcache__type float_type = { HASHCACHE__FLOAT, HASHCACHE__DENSE, 4, 4, 0, NULL, NULL, "float" };
static const struct hashcache__field point_fields[] = {
  { "kind", &t_char, offsetof (struct point, kind), HASHCACHE__INHERIT, 0, NULL },
  { "position", &t_double3, offsetof (struct point, position), HASHCACHE__INHERIT, 0, NULL },
  { "weight", &float_type, offsetof (struct point, weight), HASHCACHE__INHERIT, 0, NULL },
};
static const struct hashcache__type point_type = { HASHCACHE__STRUCT,     0,    sizeof (struct point), 0,
                                                   LENGTH (point_fields), NULL, point_fields,          "struct point" };
static const struct hashcache__type double_pointer = {
  HASHCACHE__POINTER, HASHCACHE__POINTERS, sizeof (double *), 0, 0, &t_double, NULL, "double *"
};
static const struct hashcache__step three_steps[] = { { HASHCACHE__PUSH, 3, NULL } };
static const struct hashcache__expression three[] = { { "3", 1, three_steps } };
static const struct hashcache__extent three_doubles = { HASHCACHE__COUNTED, 1, three, NULL };
static struct hashcache__part parts[] = { { "code", 0, { { 1 } } }, { "n", HASHCACHE__GROUP_INPUT, { { 2 } } } };
static const struct hashcache__key key = {
  .code = { { 0x60, 0x1d } }, .key = { { 0x90, 0x1d, 0xe7 } }, .parts = parts, .n_parts = LENGTH (parts)
};

/* The memory before the call. */
static void
prepare (struct call *call)
{
  static double large[LARGE];

  memset (call, 0, sizeof *call);
  memset (large, 0, sizeof large);
  call->counter = 41;
  call->large = large;
  for (int i = 0; i < 10; i++)
    call->partly[i] = -1;
}

/* What the call does. */
static void
compute (struct call *call)
{
  call->counter = 42;
  for (int i = 0; i < 6; i++)
    call->grid[i / 3][i % 3] = 0.5 * i;
  memcpy (call->text, "copper", 7);
  for (int i = 0; i < 2; i++) {
    call->points[i].kind = (char) ('a' + i);
    for (int k = 0; k < 3; k++)
      call->points[i].position[k] = 3 * i + k + 0.25;
    call->points[i].weight = 1.5f * (float) i;
  }
  __real__ call->z = 3.0;
  __imag__ call->z = -4.0;
  for (int i = 0; i < 10; i += 3) {
    call->partly[i] = 100 + i;
    call->written[i / 8] = (unsigned char) (call->written[i / 8] | 1u << (i % 8));
  }
  for (int i = 0; i < LARGE; i++)
    call->large[i] = i / 100; /* that can be compressed */
  call->result = malloc (3 * sizeof *call->result);
  for (int i = 0; call->result && i < 3; i++)
    call->result[i] = 7.0 + i;
}

static struct hashcache__blocks
blocks_of (struct call *call, struct hashcache__block *items)
{
  const struct hashcache__block rows[N_ITEMS] = {
    [I_COUNTER] = { .name = "counter",
                    .type = &t_long,
                    .address = &call->counter,
                    .role = HASHCACHE__INOUT,
                    .group = 2,
                    .count = 1 },
    [I_GRID] = { .name = "grid",
                 .type = &t_double,
                 .address = call->grid,
                 .role = HASHCACHE__OUT,
                 .group = 1,
                 .count = 6,
                 .n_dims = 2,
                 .dims = { 2, 3 } },
    [I_TEXT] = { .name = "text",
                 .type = &t_char,
                 .address = call->text,
                 .role = HASHCACHE__OUT,
                 .group = 1,
                 .count = 7,
                 .n_dims = 1,
                 .dims = { 7 } },
    [I_POINTS] = { .name = "points",
                   .type = &point_type,
                   .address = call->points,
                   .role = HASHCACHE__OUT,
                   .group = 1,
                   .count = 2,
                   .n_dims = 1,
                   .dims = { 2 } },
    [I_Z] = { .name = "z", .type = &t_complex, .address = &call->z, .role = HASHCACHE__OUT, .group = 1, .count = 1 },
    [I_PARTLY] = { .name = "partly",
                   .type = &t_double,
                   .address = call->partly,
                   .role = HASHCACHE__WRITTEN_ONLY,
                   .group = 1,
                   .count = 10,
                   .n_dims = 1,
                   .dims = { 10 } },
    [I_LARGE] = { .name = "large",
                  .type = &t_double,
                  .address = call->large,
                  .role = HASHCACHE__OUT,
                  .group = 1,
                  .count = LARGE,
                  .n_dims = 1,
                  .dims = { LARGE } },
    [I_RESULT] = { .name = "return",
                   .type = &double_pointer,
                   .address = &call->result,
                   .role = HASHCACHE__OUT,
                   .group = HASHCACHE__GROUP_RETURN,
                   .count = 1,
                   .inner = &three_doubles },
  };

  for (size_t i = 0; i < N_ITEMS; i++) {
    items[i] = rows[i];
    items[i].parent = -1;
  }
  return (struct hashcache__blocks){ .items = items, .n = N_ITEMS, .capacity = N_ITEMS };
}

#define CHECK(condition) \
  do \
    if (!(condition)) { \
      fprintf (stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      return 1; \
    } \
  while (0)

/* Whether CALL holds what it has computed: 0, or 1 and a message. */
static int
look (const struct call *call)
{
  struct call expected;
  static double large[LARGE];

  memcpy (large, call->large, sizeof large); /* of which there is one */
  prepare (&expected);
  compute (&expected);
  CHECK (call->counter == expected.counter);
  CHECK (memcmp (call->grid, expected.grid, sizeof expected.grid) == 0);
  CHECK (strcmp (call->text, "copper") == 0);
  for (int i = 0; i < 2; i++) {
    CHECK (call->points[i].kind == expected.points[i].kind);
    CHECK (memcmp (call->points[i].position, expected.points[i].position, sizeof expected.points[i].position) == 0);
    CHECK (memcmp (&call->points[i].weight, &expected.points[i].weight, sizeof (float)) == 0);
  }
  CHECK (memcmp (&call->z, &expected.z, sizeof expected.z) == 0);
  CHECK (memcmp (call->partly, expected.partly, sizeof expected.partly) == 0); /* what was not written is the caller's */
  CHECK (memcmp (large, expected.large, sizeof large) == 0);
  CHECK (call->result && memcmp (call->result, expected.result, 3 * sizeof (double)) == 0);
  free (expected.result);
  return 0;
}

#endif
