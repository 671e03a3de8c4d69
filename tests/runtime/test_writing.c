/* test_writing.c: whatever the memory of a result looks like, its file holds what the digests say.
   SPDX-License-Identifier: BSD-2-Clause

   Memory that has no gaps is written as it is, with writes that end at multiples of 256 KiB of the file; what has gaps is packed on the way;
   zeros are left out; small files are put together in memory. All that is to be mixed. */
#include "sample_call.h"

enum { BLOCK = HASHCACHE__DIGESTED, DOUBLES = BLOCK / 8 };

/* A gap, then an array larger than what is digested at a time, whose numbers begin where they like. */
struct gappy {
  char tag;
  double values[DOUBLES + 777];
};

static const struct hashcache__type t_values = {
  HASHCACHE__ARRAY, HASHCACHE__DENSE, sizeof (double) * (DOUBLES + 777), 0, DOUBLES + 777, &t_double, NULL, "double[]"
};
static const struct hashcache__field gappy_fields[] = {
  { "tag", &t_char, offsetof (struct gappy, tag), HASHCACHE__INHERIT, 0, NULL },
  { "values", &t_values, offsetof (struct gappy, values), HASHCACHE__INHERIT, 0, NULL },
};
static const struct hashcache__type t_gappy = { HASHCACHE__STRUCT,     0,    sizeof (struct gappy), 0,
                                                LENGTH (gappy_fields), NULL, gappy_fields,          "struct gappy" };

static int
set_up (void **state)
{
  (void) state;
  make_scratch ();
  use_directory (scratch_path ("cache"));
  return 0;
}

static struct hashcache__block
output (const char *name, const struct hashcache__type *type, void *at, uint64_t count)
{
  return (struct hashcache__block){ .type = type,
                                    .address = at,
                                    .count = count,
                                    .role = HASHCACHE__OUT,
                                    .group = HASHCACHE__GROUP_INPUT,
                                    .n_dims = 1,
                                    .parent = -1,
                                    .name = name,
                                    .dims = { count } };
}

static void
fill (void *at, size_t n, unsigned seed)
{
  unsigned char *bytes = at;

  for (size_t i = 0; i < n; i++) {
    seed = seed * 1664525u + 1013904223u;
    bytes[i] = (unsigned char) (seed >> 24 | 1);
  }
}

/* Publishes the N ITEMS, forgets what is in memory and restores it: the same, or the test fails. */
static void
expect_back (struct hashcache__block *items, size_t n)
{
  static unsigned char counter;
  struct hashcache__blocks blocks = { .items = items, .n = n, .capacity = n };
  struct hashcache__key key = sample_key;
  struct hashcache__image *kept = calloc (n, sizeof *kept);
  double seconds;

  assert_non_null (kept);
  key.key.bytes[15] = ++counter;
  for (size_t i = 0; i < n; i++)
    assert_int_equal (hashcache__image_take (&kept[i], &items[i]), 0);
  assert_int_equal (publish_blocks (&key, &blocks, NULL, 1), 1);
  for (size_t i = 0; i < n; i++)
    memset (items[i].address, 0x5a, (size_t) (items[i].type->size * items[i].count));
  assert_int_equal (fetch_blocks (&key, &blocks, &seconds), 1);
  for (size_t i = 0; i < n; i++) {
    struct hashcache__image now;

    assert_int_equal (hashcache__image_take (&now, &items[i]), 0);
    assert_int_equal (now.size, kept[i].size);
    assert_memory_equal (now.bytes, kept[i].bytes, (size_t) now.size);
    hashcache__image_free (&now);
    hashcache__image_free (&kept[i]);
  }
  free (kept);
}

/* The file of one byte array has every size around those where something changes. */
static void
sizes_around_the_limits (void **state)
{
  static const size_t limits[] = { 0, 40 << 10, 52 << 10, 64 << 10, BLOCK, 2 * BLOCK, 3 * BLOCK + 8192 };
  unsigned char *out = malloc (4 * BLOCK);

  (void) state;
  assert_non_null (out);
  fill (out, 4 * BLOCK, 1);
  for (size_t i = 0; i < LENGTH (limits); i++)
    for (size_t by = 0; by < 3; by++) {
      struct hashcache__block item = output ("out", &t_char, out + by, limits[i] + by + (limits[i] == 0));

      expect_back (&item, 1);
    }
  free (out);
}

/* Where the file grows past what is put together in memory, byte by byte of its size as HDF5 lays it out. */
static void
files_small_and_not_so_small (void **state)
{
  unsigned char *out = malloc (64 << 10);

  (void) state;
  assert_non_null (out);
  fill (out, 64 << 10, 2);
  for (size_t n = 50 << 10; n < 60 << 10; n += 509) {
    struct hashcache__block item = output ("out", &t_char, out, n);

    expect_back (&item, 1);
  }
  free (out);
}

static void
zeros_between_the_rest (void **state)
{
  enum { N = 9 };
  unsigned char *out = malloc (N * BLOCK + 100);

  (void) state;
  assert_non_null (out);
  for (unsigned pattern = 0; pattern < 1u << (N - 1); pattern += 37) {
    struct hashcache__block items[2] = { output ("a", &t_char, out, (N - 1) * BLOCK + 50),
                                         output ("b", &t_char, out + (N - 1) * BLOCK + 50, BLOCK + 50) };

    fill (out, N * BLOCK + 100, pattern);
    for (int i = 0; i < N; i++)
      if (pattern >> i & 1)
        memset (out + i * BLOCK, 0, BLOCK);
    expect_back (items, 2);
  }
  free (out);
}

static void
gaps_and_large_arrays_in_turn (void **state)
{
  struct gappy *gappy = calloc (5, sizeof *gappy);
  double *after = calloc (DOUBLES, sizeof *after);
  struct hashcache__block items[2] = { output ("gappy", &t_gappy, gappy, 5), output ("after", &t_double, after, DOUBLES) };

  (void) state;
  assert_true (gappy && after);
  fill (after, BLOCK, 3);
  for (int i = 0; i < 5; i++) {
    gappy[i].tag = (char) ('a' + i);
    if (i != 2) /* which stays zero */
      fill (gappy[i].values, sizeof gappy[i].values, 4 + (unsigned) i);
  }
  expect_back (items, 2);
  free (gappy);
  free (after);
}

/* Rows behind an array of pointers are one dataset: in one piece of memory, or wherever. */
static void
rows_of_all_sizes (void **state)
{
  enum { ROWS = 3 };
  static const size_t sizes[] = { 100, DOUBLES - 1, DOUBLES, DOUBLES + 1 };

  (void) state;
  for (size_t s = 0; s < 2 * LENGTH (sizes); s++) {
    const size_t n = sizes[s / 2], step = s % 2 ? n : n + 3;
    double *memory = calloc (ROWS * step, sizeof *memory), *rows[ROWS];
    struct hashcache__block items[1 + ROWS] = { output ("rows", &t_pointer, rows, ROWS) };

    assert_non_null (memory);
    items[0].role = HASHCACHE__IN;
    for (int i = 0; i < ROWS; i++) {
      rows[i] = memory + (size_t) i * step;
      fill (rows[i], n * sizeof **rows, 20 + (unsigned) i);
      items[1 + i] = output ("", &t_double, rows[i], n);
      items[1 + i].parent = 0;
      items[1 + i].parent_element = (uint64_t) i;
    }
    for (int i = 0; i < 2; i++) { /* the second time by the template */
      struct hashcache__blocks blocks = { .items = items, .n = LENGTH (items), .capacity = LENGTH (items) };
      struct hashcache__key key = sample_key;
      double seconds, *kept = malloc (ROWS * step * sizeof *kept);

      assert_non_null (kept);
      memcpy (kept, memory, ROWS * step * sizeof *kept);
      key.key.bytes[14] = (unsigned char) (1 + s);
      key.key.bytes[13] = (unsigned char) (1 + i);
      assert_int_equal (publish_blocks (&key, &blocks, NULL, 1), 1);
      for (int r = 0; r < ROWS; r++)
        memset (rows[r], 0x5a, n * sizeof **rows);
      assert_int_equal (fetch_blocks (&key, &blocks, &seconds), 1);
      assert_memory_equal (kept, memory, ROWS * step * sizeof *kept);
      free (kept);
    }
    free (memory);
  }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (sizes_around_the_limits), cmocka_unit_test (files_small_and_not_so_small),
    cmocka_unit_test (zeros_between_the_rest),  cmocka_unit_test (gaps_and_large_arrays_in_turn),
    cmocka_unit_test (rows_of_all_sizes),
  };

  return cmocka_run_group_tests (tests, set_up, remove_scratch_after);
}
