/* test_values.c: two equal values have the same bytes and the same digest, whatever their padding holds; unpacking touches nothing
   but values.
   SPDX-License-Identifier: BSD-2-Clause

   Edge cases first: padding and ignored fields, x87 long double, complex of it, arrays of nothing. */
#include "sample_call.h"

static struct hashcache__digest
digest_values (const struct hashcache__type *t, const void *elements, uint64_t count)
{
  struct hashcache__hasher h;

  hashcache__hash_start (&h);
  hashcache__hash_values (&h, t, elements, count);
  return hashcache__hash_finish (&h);
}

static int
same_digest (const struct hashcache__type *t, const void *a, const void *b, uint64_t count)
{
  const struct hashcache__digest x = digest_values (t, a, count), y = digest_values (t, b, count);

  return hashcache__digest_equal (&x, &y);
}

static void
padding_and_ignored_fields_do_not_count (void **state)
{
  struct sample a, b;
  unsigned char x[3 * PADDED_SIZE], y[3 * PADDED_SIZE];

  (void) state;
  sample_points (&a, 1.0, 0x11);
  sample_points (&b, 1.0, 0xee);
  assert_memory_not_equal (a.points, b.points, sizeof a.points);
  assert_int_equal (hashcache__packed_size (&t_padded), PADDED_SIZE);
  hashcache__pack (&t_padded, a.points, 3, x);
  hashcache__pack (&t_padded, b.points, 3, y);
  assert_memory_equal (x, y, sizeof x);
  assert_true (same_digest (&t_padded, a.points, b.points, 3));
}

static void
every_value_counts (void **state)
{
  struct sample a, b;

  (void) state;
  for (size_t i = 0; i < LENGTH (padded_fields) - 1; i++) {
    unsigned char *field = (unsigned char *) &b.points[1] + padded_fields[i].offset;
    const uint64_t last = hashcache__packed_size (padded_fields[i].type) - 1;

    sample_points (&a, 1.0, 0);
    sample_points (&b, 1.0, 0);
    field[last] ^= 1;
    assert_false (same_digest (&t_padded, a.points, b.points, 3));
    assert_true (same_digest (&t_padded, a.points, b.points, 1));
  }
}

static void
unpacking_leaves_padding_and_ignored_fields_alone (void **state)
{
  struct sample a, b, kept;
  unsigned char packed[3 * PADDED_SIZE], again[3 * PADDED_SIZE];

  (void) state;
  sample_points (&a, 1.0, 0x11);
  sample_points (&b, 9.0, 0xee);
  sample_points (&kept, 1.0, 0xee); /* a's values, b's padding */
  hashcache__pack (&t_padded, a.points, 3, packed);
  hashcache__unpack (&t_padded, packed, 3, b.points);
  assert_memory_equal (b.points, kept.points, sizeof b.points);
  hashcache__pack (&t_padded, b.points, 3, again);
  assert_memory_equal (again, packed, sizeof packed);
}

static void
pointers_are_left_out (void **state)
{
  struct sample a, b;

  (void) state;
  sample_before (&a);
  sample_before (&b);
  assert_ptr_not_equal (a.crystal.positions, b.crystal.positions);
  assert_int_equal (hashcache__packed_size (&t_crystal), 4 + 1 + 72);
  assert_true (same_digest (&t_crystal, &a.crystal, &b.crystal, 1));
}

/* Same bytes, but not the same values. */
static void
kind_size_and_number_enter_the_digest (void **state)
{
  static const struct hashcache__type t_ulong = { HASHCACHE__UINT, HASHCACHE__DENSE, 8, 0, 0, NULL, NULL, "unsigned long" };
  const double zeros[6] = { 0 };
  const struct {
    const struct hashcache__type *type;
    uint64_t count;
  } rows[] = { { &t_double, 6 },  { &t_long, 6 },    { &t_ulong, 6 },  { &t_int, 12 },   { &t_char, 48 },
               { &t_double3, 2 }, { &t_complex, 3 }, { &t_double, 5 }, { &t_double, 0 }, { &t_long, 0 } };

  (void) state;
  for (size_t i = 0; i < LENGTH (rows); i++)
    for (size_t j = 0; j < i; j++) {
      const struct hashcache__digest a = digest_values (rows[i].type, zeros, rows[i].count);
      const struct hashcache__digest b = digest_values (rows[j].type, zeros, rows[j].count);

      assert_false (hashcache__digest_equal (&a, &b));
    }
}

static void
signed_zeros_and_nans_are_told_apart (void **state)
{
  const uint64_t bits[] = { 0, UINT64_C (1) << 63, UINT64_C (0x7ff8000000000000), UINT64_C (0x7ff8000000000001) };

  (void) state;
  for (size_t i = 0; i < LENGTH (bits); i++)
    for (size_t j = 0; j < LENGTH (bits); j++)
      assert_int_equal (same_digest (&t_double, &bits[i], &bits[j], 1), i == j);
}

static void
complex_long_double_has_two_paddings (void **state)
{
  _Complex long double a, b;

  (void) state;
  assert_int_equal (hashcache__packed_size (&t_complex_long), 20);
  memset (&a, 0x11, sizeof a);
  memset (&b, 0xee, sizeof b);
  for (int part = 0; part < 2; part++)
    memset ((char *) &a + 16 * part, 0x3f, 10), memset ((char *) &b + 16 * part, 0x3f, 10);
  assert_true (same_digest (&t_complex_long, &a, &b, 1));
}

/* How the digest of a known value looks must never change silently: keys of all entries rest on it. */
static void
digests_are_frozen (void **state)
{
  const double values[] = { 1.0, -2.5, 1e300 };
  struct hashcache__hasher h;
  struct hashcache__digest digest;
  char hex[33];

  (void) state;
  digest = hashcache__digest_of ("", 0);
  hashcache__digest_hex (&digest, hex);
  assert_string_equal (hex, "99aa06d3014798d86001c324468d497f"); /* XXH3-128 of nothing, as xxhsum -H2 prints it */
  digest = digest_values (&t_double, values, 3);
  hashcache__digest_hex (&digest, hex);
  assert_string_equal (hex, "a3dc6a80eff7f15bf75d877189f12295");
  hashcache__hash_start (&h);
  hashcache__hash_u64 (&h, 7);
  hashcache__hash_string (&h, "name");
  digest = hashcache__hash_finish (&h);
  hashcache__digest_hex (&digest, hex);
  assert_string_equal (hex, "8695930b1de5ccc9f671bc2c2c7567b6");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (padding_and_ignored_fields_do_not_count),
    cmocka_unit_test (every_value_counts),
    cmocka_unit_test (unpacking_leaves_padding_and_ignored_fields_alone),
    cmocka_unit_test (pointers_are_left_out),
    cmocka_unit_test (kind_size_and_number_enter_the_digest),
    cmocka_unit_test (signed_zeros_and_nans_are_told_apart),
    cmocka_unit_test (complex_long_double_has_two_paddings),
    cmocka_unit_test (digests_are_frozen),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
