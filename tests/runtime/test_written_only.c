/* test_written_only.c: of an array that a call never reads, exactly what the call has written comes back, and the rest stays the caller's.
   SPDX-License-Identifier: BSD-2-Clause

   Each call is also made without the cache, over a copy of the same memory, and all bytes are compared. What was there before is
   different garbage each time: it must not enter the key, nor the entry. */
#define _GNU_SOURCE
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "counted_calls.h"
#include <complex.h>
#include <sys/wait.h>

enum { N = 6 };

struct cell {
  double mass;
  float charge;
  int scratch; /* ignored */
  double position[3];
};

static const struct hashcache__type float_type = PLAIN_TYPE (HASHCACHE__FLOAT, float, 0);
static const struct hashcache__type long_type = PLAIN_TYPE (HASHCACHE__INT, int64_t, 0);
static const struct hashcache__type long_double_type = {
  .kind = HASHCACHE__FLOAT, .size = sizeof (long double), .value_size = 10, .name = "long double"
};
static const struct hashcache__type complex_type = { .kind = HASHCACHE__COMPLEX,
                                                     .flags = HASHCACHE__DENSE,
                                                     .size = sizeof (double _Complex),
                                                     .element = &double_type,
                                                     .name = "double _Complex" };
static const struct hashcache__type three_doubles = {
  .kind = HASHCACHE__ARRAY, .flags = HASHCACHE__DENSE, .size = 3 * sizeof (double), .count = 3, .element = &double_type
};
static const struct hashcache__field cell_fields[] = {
  FIELD (struct cell, mass, &double_type),
  FIELD (struct cell, charge, &float_type),
  { .name = "scratch", .type = &int_type, .offset = offsetof (struct cell, scratch), .role = HASHCACHE__IGNORE },
  FIELD (struct cell, position, &three_doubles)
};
static const struct hashcache__type cell_type = STRUCT_TYPE (struct cell, 0, cell_fields);

/* void fill (int n, TYPE a[n]), of which A is written only. Each ordinal is another function. */
struct function {
  struct hashcache__type pointer;
  struct hashcache__parameter parameters[2];
  struct hashcache__node node;
  struct hashcache__contract contract;
};

static struct function functions[16];

static struct hashcache__contract *
contract_of (unsigned char ordinal, const struct hashcache__type *type)
{
  struct function *f = &functions[ordinal];

  if (f->node.abi)
    return &f->contract;
  f->pointer = (struct hashcache__type) POINTER_TO (type);
  f->parameters[0] = (struct hashcache__parameter){ .name = "n", .type = &int_type, .role = HASHCACHE__IN };
  f->parameters[1] = (struct hashcache__parameter){
    .name = "a", .type = &f->pointer, .role = HASHCACHE__WRITTEN_ONLY, .flags = HASHCACHE__ANNOTATED, .extent = &n_elements
  };
  f->node = (struct hashcache__node) LEAF ("fill", 0);
  f->node.digest[1] = ordinal;
  f->contract = (struct hashcache__contract){ .abi = HASHCACHE__ABI,
                                              .n_parameters = 2,
                                              .function = "fill",
                                              .source = "test_written_only.c:1",
                                              .compiler = "gcc",
                                              .text = "void fill (int n, double a[n])",
                                              .parameters = f->parameters,
                                              .node = &f->node };
  return &f->contract;
}

/* Bytes that look random, of which many are parts of numbers that are none. */
static void
make_garbage (unsigned char *bytes, size_t size, unsigned seed)
{
  for (size_t i = 0; i < size; i++) {
    seed = 1664525 * seed + 1013904223;
    bytes[i] = (unsigned char) (seed >> 24 | (seed & 0x10000 ? 0xf0 : 0));
  }
}

/* Calls the function ORDINAL, which does BODY with N elements of TYPE, with and without the cache. */
static void
assert_as_without_the_cache (unsigned char ordinal, const struct hashcache__type *type, int n, void (*body) (int n, void *a))
{
  const size_t size = (size_t) n * type->size;

  for (int i = 0; i < ROUNDS; i++) {
    unsigned char *memory = malloc (size + 1), *plain = malloc (size + 1);
    void *a = memory;

    assert_non_null (memory);
    assert_non_null (plain);
    make_garbage (memory, size + 1, (unsigned) (i + 10 * ordinal));
    memcpy (plain, memory, size + 1);
    body (n, plain);
    CALL (*contract_of (ordinal, type), NULL, body (n, a), &n, &a);
    assert_memory_equal (memory, plain, size + 1);
    free (memory);
    free (plain);
    assert_round (i);
  }
}

static void
fill_triangle (int n, void *a)
{
  double *matrix = a;

  for (int i = 0; i * i < n; i++)
    for (int j = i; j * j < n; j++)
      matrix[i * N + j] = 10 * i + j;
}

static void
fill_inner (int n, void *a)
{
  double *matrix = a;

  for (int i = 1; i < n / N - 1; i++)
    for (int j = 1; j < N - 1; j++)
      matrix[i * N + j] = -1.5 * i + j;
}

static void
a_triangle_leaves_the_other_one_alone (void **state)
{
  (void) state;
  assert_as_without_the_cache (1, &double_type, N * N, fill_triangle);
}

static void
ghost_cells_keep_what_they_hold (void **state)
{
  (void) state;
  assert_as_without_the_cache (2, &double_type, N * N, fill_inner);
}

/* Numbers that are none are kept bit for bit, signalling ones as well, and those that look like what the memory was filled with. */
static void
fill_with_nan (int n, void *a)
{
  static const uint32_t rows[] = { 0x7f800001u, 0xff800001u, 0x7fbfffffu, 0x7fc00000u, 0xffffffffu, 0x7f800000u, 0x80000000u };
  float *numbers = a;

  for (int i = 0; i < n; i += 2)
    memcpy (&numbers[i], &rows[i / 2 % (int) LENGTH (rows)], sizeof *numbers);
}

static void
every_kind_of_float_is_told_from_what_was_not_written (void **state)
{
  (void) state;
  assert_as_without_the_cache (3, &float_type, 1000, fill_with_nan);
}

static void
fill_odd_integers (int n, void *a)
{
  int64_t *numbers = a;

  for (int i = 1; i < n; i += 2)
    numbers[i] = i == 1 ? 0 : i == 3 ? INT64_MIN : i;
}

static void
fill_some_long_doubles (int n, void *a)
{
  long double *numbers = a;

  for (int i = 0; i < n; i += 3)
    numbers[i] = (long double) i / 3;
}

/* The real part of some, the imaginary one of others. */
static void
fill_halves (int n, void *a)
{
  double *numbers = a;

  for (int i = 0; i < n; i++)
    if (i % 3 != 2)
      numbers[2 * i + i % 3] = i;
}

static void
fill_some_fields (int n, void *a)
{
  struct cell *cells = a;

  for (int i = 0; i < n; i++) {
    if (i % 2 == 0)
      cells[i].charge = (float) i;
    cells[i].position[i % 3] = 0.5 * i;
  }
}

static void
other_kinds_of_numbers_likewise (void **state)
{
  (void) state;
  assert_as_without_the_cache (4, &long_type, 9, fill_odd_integers);
  assert_as_without_the_cache (5, &complex_type, 9, fill_halves);
  assert_as_without_the_cache (6, &cell_type, 7, fill_some_fields);
#if __LDBL_MANT_DIG__ == 64
  assert_as_without_the_cache (7, &long_double_type, 7, fill_some_long_doubles);
#else
  (void) long_double_type, (void) fill_some_long_doubles;
#endif
}

static void
fill_nothing (int n, void *a)
{
  (void) n, (void) a;
}

static void
fill_all (int n, void *a)
{
  double *numbers = a;

  for (int i = 0; i < n; i++)
    numbers[i] = i;
}

static void
nothing_all_and_no_elements (void **state)
{
  (void) state;
  assert_as_without_the_cache (8, &double_type, 5, fill_nothing);
  assert_as_without_the_cache (9, &double_type, 5, fill_all);
  assert_as_without_the_cache (10, &double_type, 0, fill_all);
  assert_as_without_the_cache (10, &double_type, 40000, fill_inner); /* more than one piece of 256 KiB */
}

/* What lies in the caller's memory is nobody else's business. */
static void
what_was_not_written_is_not_in_the_entry (void **state)
{
  double values[8], *a = values;
  int n = 8;
  char command[2 * sizeof scratch + 100];

  (void) state;
  for (int i = 0; i < n; i++)
    memcpy (&values[i], "a secret", 8);
  CALL (*contract_of (11, &double_type), NULL, (a[0] = 1.0, memcpy (&a[1], "a result", 8)), &n, &a);
  assert_counted (COMPUTED);
  snprintf (command, sizeof command, "! grep -rq 'a secret' '%s' && grep -rq 'a result' '%s'", scratch, scratch);
  assert_int_equal (system (command), 0);
}

/* void copy (int n, const double in[n], double out[n]), of which OUT is written only. */

static const struct hashcache__parameter copy_parameters[] = {
  { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
  { .name = "in", .type = &double_pointer, .role = HASHCACHE__IN, .extent = &n_elements },
  { .name = "out",
    .type = &double_pointer,
    .role = HASHCACHE__WRITTEN_ONLY,
    .flags = HASHCACHE__ANNOTATED,
    .extent = &n_elements }
};
static const struct hashcache__node copy_node = LEAF ("copy", 1);
static struct hashcache__contract copy_contract = { .abi = HASHCACHE__ABI,
                                                    .n_parameters = 3,
                                                    .function = "copy",
                                                    .source = "test_written_only.c:2",
                                                    .compiler = "gcc",
                                                    .text = "void copy (...)",
                                                    .parameters = copy_parameters,
                                                    .node = &copy_node };

static void
add_neighbours (int n, const double *in, double *out)
{
  for (int i = 1; i < n; i++)
    out[i] = in[i] + in[i - 1];
}

/* The body reads, through the other pointer, what it must find as it was. */
static void
memory_that_is_read_through_another_pointer_is_not_filled (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    double values[4] = { 1.0, 2.0, 3.0, 4.0 }, *in = values, *out = values;
    int n = 4;

    CALL (copy_contract, NULL, add_neighbours (n, in, out), &n, &in, &out);
    assert_true (values[0] == 1.0 && values[1] == 3.0 && values[2] == 6.0 && values[3] == 10.0);
    assert_round (i);
  }
  for (int i = 0; i < ROUNDS; i++) {
    double in_values[4] = { 1.0, 2.0, 3.0, 4.0 }, out_values[4] = { 77.0 + i }, *in = in_values, *out = out_values;
    int n = 4;

    CALL (copy_contract, NULL, add_neighbours (n, in, out), &n, &in, &out);
    assert_true (out_values[0] == 77.0 + i && out_values[1] == 3.0 && out_values[2] == 5.0 && out_values[3] == 7.0);
    assert_round (i);
  }
  {
    double values[6] = { 1.0, 2.0, 3.0, 4.0, 5.0, 6.0 }, *in = values, *out = values + 2; /* in part: not cached at all */
    int n = 4;

    CALL (copy_contract, NULL, add_neighbours (n, in, out), &n, &in, &out);
    assert_true (values[2] == 3.0 && values[3] == 3.0 && values[4] == 5.0 && values[5] == 6.0);
    assert_counted (UNCACHED);
  }
}

/* Bodies that do not come back ---------------------------------------------------------------------------------------- */

static double exposed[3];

static void
look_at_what_is_exposed (void)
{
  if (exposed[0] != 1.0 || exposed[1] != 20.0 || exposed[2] != 3.0) /* NOLINT: exactly these */
    _exit (2);
}

/* What runs at exit finds what the body has written, and else what was there, if it was registered before the first such call: so this
   must come first. */
static void
a_body_that_ends_the_program_leaves_no_patterns (void **state)
{
  int status;
  pid_t child;

  (void) state;
  fflush (NULL);
  child = fork ();
  assert_true (child >= 0);
  if (child == 0) {
    double *a = exposed;
    int n = 3;

    atexit (look_at_what_is_exposed);
    for (int i = 0; i < 3; i++)
      exposed[i] = i + 1;
    CALL (
        *contract_of (12, &double_type), NULL,
        {
          a[1] = 20.0;
          exit (0);
        },
        &n, &a);
    _exit (3);
  }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status));
  assert_int_equal (WEXITSTATUS (status), 0);
}

static void
a_body_that_forks_is_right_in_both (void **state)
{
  double values[3] = { 1.0, 2.0, 3.0 }, *a = values;
  int n = 3, status = 0;
  pid_t child = -1;

  (void) state;
  fflush (NULL);
  CALL (
      *contract_of (13, &double_type), NULL,
      {
        child = fork ();
        a[1] = 20.0;
      },
      &n, &a);
  if (child == 0)
    _exit (values[0] == 1.0 && values[1] == 20.0 && values[2] == 3.0 ? 0 : 2); /* NOLINT: exactly these */
  assert_true (values[0] == 1.0 && values[1] == 20.0 && values[2] == 3.0);
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status));
  assert_int_equal (WEXITSTATUS (status), 0);
  values[0] = 5.0;
  hashcache_drop_memory ();
  assert_int_equal (bodies, 1);
  CALL (*contract_of (13, &double_type), NULL, a[1] = -1.0, &n, &a);
  assert_true (values[0] == 5.0 && values[1] == 20.0 && values[2] == 3.0);
  assert_int_equal (bodies, 1);
  assert_int_equal (hashcache_stats (&before), HASHCACHE_OK);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    SPECIFICATION (a_body_that_ends_the_program_leaves_no_patterns),
    SPECIFICATION (a_triangle_leaves_the_other_one_alone),
    SPECIFICATION (ghost_cells_keep_what_they_hold),
    SPECIFICATION (every_kind_of_float_is_told_from_what_was_not_written),
    SPECIFICATION (other_kinds_of_numbers_likewise),
    SPECIFICATION (nothing_all_and_no_elements),
    SPECIFICATION (what_was_not_written_is_not_in_the_entry),
    SPECIFICATION (memory_that_is_read_through_another_pointer_is_not_filled),
    SPECIFICATION (a_body_that_forks_is_right_in_both),
  };

  return cmocka_run_group_tests (tests, make_scratch, remove_scratch);
}
