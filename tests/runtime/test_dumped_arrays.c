/* test_dumped_arrays.c: an array is found again by the digest of what it holds, whole and as what it was, or not at all.
   SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "counted_calls.h"

static const size_t two_by_three[] = { 2, 3 };

static void
every_type_comes_back_bit_for_bit (void **state)
{
  static const char *const types[] = { "int8",   "int16",  "int32", "int64",  "uint8",         "uint16",
                                       "uint32", "uint64", "float", "double", "float complex", "double complex" };
  static const size_t sizes[] = { 1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 8, 16 };

  (void) state;
  for (size_t i = 0; i < LENGTH (types); i++) {
    unsigned char content[96], copy[96], id[HASHCACHE_ID_SIZE];

    for (size_t k = 0; k < sizeof content; k++) /* among them NaNs with payloads, and -0.0 */
      content[k] = (unsigned char) (k < 16 ? 0x80 * (k % 8 == 7) : 255 - 7 * k * k);
    memset (copy, 0xaa, sizeof copy);
    assert_int_equal (hashcache_dump (types[i], 2, two_by_three, content, (char *) id), HASHCACHE_OK);
    assert_int_equal (strspn ((char *) id, "0123456789abcdef"), HASHCACHE_ID_SIZE - 1);
    assert_int_equal (hashcache_load ((char *) id, types[i], 2, two_by_three, copy), HASHCACHE_OK);
    assert_memory_equal (copy, content, 6 * sizes[i]);
    for (size_t k = 6 * sizes[i]; k < sizeof copy; k++)
      assert_int_equal (copy[k], 0xaa);
  }
}

static void
the_same_is_stored_once_under_a_name_that_never_changes (void **state)
{
  const double field[6] = { 1, 2, 3, 4, 5, 6 };
  char id[HASHCACHE_ID_SIZE], again[HASHCACHE_ID_SIZE];

  (void) state;
  assert_int_equal (hashcache_dump ("double", 2, two_by_three, field, id), HASHCACHE_OK);
  assert_counted ((struct expected){ .stored = 1 });
  assert_int_equal (hashcache_dump ("double", 2, two_by_three, field, again), HASHCACHE_OK);
  assert_counted ((struct expected){ 0 });
  assert_string_equal (id, again);
  assert_string_equal (id, "cbb8d39c25e95e2302c7a467b7126747");
}

static void
what_it_was_not_is_not_found (void **state)
{
  const double field[6] = { 6, 5, 4, 3, 2, 1 };
  const size_t three_by_two[] = { 3, 2 }, six[] = { 6 }, larger[] = { 2, 4 };
  char id[HASHCACHE_ID_SIZE], other[HASHCACHE_ID_SIZE];
  double copy[8];

  (void) state;
  assert_int_equal (hashcache_dump ("double", 2, two_by_three, field, id), HASHCACHE_OK);
  assert_int_equal (hashcache_load (id, "int64", 2, two_by_three, copy), HASHCACHE_NOT_FOUND);
  assert_int_equal (hashcache_load (id, "double", 2, three_by_two, copy), HASHCACHE_NOT_FOUND);
  assert_int_equal (hashcache_load (id, "double", 1, six, copy), HASHCACHE_NOT_FOUND);
  memcpy (other, id, sizeof other);
  other[0] = other[0] == '0' ? '1' : '0';
  assert_int_equal (hashcache_load (other, "double", 2, two_by_three, copy), HASHCACHE_NOT_FOUND);
  assert_int_equal (hashcache_load (id, "double", 2, two_by_three, copy), HASHCACHE_OK);
  assert_memory_equal (copy, field, sizeof field);
  assert_int_equal (hashcache_load (id, "double", 2, larger, copy), HASHCACHE_NOT_FOUND);
}

static void
no_dimension_and_no_element_are_arrays_too (void **state)
{
  const size_t none[] = { 0 };
  const double one = 2.5;
  char id[HASHCACHE_ID_SIZE];
  double copy = 0;

  (void) state;
  assert_int_equal (hashcache_dump ("double", 0, NULL, &one, id), HASHCACHE_OK);
  assert_int_equal (hashcache_load (id, "double", 0, NULL, &copy), HASHCACHE_OK);
  assert_true (copy == 2.5);
  assert_int_equal (hashcache_dump ("double", 1, none, &one, id), HASHCACHE_OK);
  assert_int_equal (hashcache_load (id, "double", 1, none, &copy), HASHCACHE_OK);
}

static void
bad_arguments_are_told (void **state)
{
  const size_t many[] = { SIZE_MAX / 2, 4 };
  double field[6] = { 0 };
  char id[HASHCACHE_ID_SIZE];

  (void) state;
  assert_int_equal (hashcache_dump (NULL, 2, two_by_three, field, id), HASHCACHE_BAD_ARGUMENT);
  assert_int_equal (hashcache_dump ("real", 2, two_by_three, field, id), HASHCACHE_BAD_ARGUMENT);
  assert_int_equal (hashcache_dump ("double", -1, two_by_three, field, id), HASHCACHE_BAD_ARGUMENT);
  assert_int_equal (hashcache_dump ("double", 9, two_by_three, field, id), HASHCACHE_BAD_ARGUMENT);
  assert_int_equal (hashcache_dump ("double", 2, NULL, field, id), HASHCACHE_BAD_ARGUMENT);
  assert_int_equal (hashcache_dump ("double", 2, many, field, id), HASHCACHE_BAD_ARGUMENT);
  assert_int_equal (hashcache_dump ("double", 2, two_by_three, NULL, id), HASHCACHE_BAD_ARGUMENT);
  assert_int_equal (hashcache_dump ("double", 2, two_by_three, field, NULL), HASHCACHE_BAD_ARGUMENT);
  assert_int_equal (hashcache_load (NULL, "double", 2, two_by_three, field), HASHCACHE_BAD_ARGUMENT);
  assert_int_equal (hashcache_load ("0123", "double", 2, two_by_three, field), HASHCACHE_BAD_ARGUMENT);
  assert_int_equal (hashcache_load ("CBB8D39C25E95E2302C7A467B7126747", "double", 2, two_by_three, field),
                    HASHCACHE_BAD_ARGUMENT);
}

static void
modes_hold_for_arrays_as_well (void **state)
{
  const double field[6] = { 7, 7, 7, 7, 7, 7 };
  char id[HASHCACHE_ID_SIZE];
  double copy[6];

  (void) state;
  assert_int_equal (hashcache_set ("MODE", "readonly"), HASHCACHE_OK);
  assert_int_equal (hashcache_dump ("double", 2, two_by_three, field, id), HASHCACHE_NOT_STORED);
  assert_int_equal (hashcache_load (id, "double", 2, two_by_three, copy), HASHCACHE_NOT_FOUND);
  assert_int_equal (hashcache_set ("MODE", NULL), HASHCACHE_OK);
  assert_int_equal (hashcache_dump ("double", 2, two_by_three, field, id), HASHCACHE_OK);
  assert_int_equal (hashcache_set ("MODE", "off"), HASHCACHE_OK);
  assert_int_equal (hashcache_load (id, "double", 2, two_by_three, copy), HASHCACHE_NOT_FOUND);
  assert_int_equal (hashcache_set ("MODE", NULL), HASHCACHE_OK);
  assert_int_equal (hashcache_load (id, "double", 2, two_by_three, copy), HASHCACHE_OK);
}

static void
a_damaged_array_is_not_found (void **state)
{
  const double field[6] = { 8, 8, 8, 8, 8, 9 };
  char id[HASHCACHE_ID_SIZE], command[sizeof scratch + 100];
  double copy[6];

  (void) state;
  assert_int_equal (hashcache_dump ("double", 2, two_by_three, field, id), HASHCACHE_OK);
  snprintf (command, sizeof command, "truncate -s 300 '%s'/objects/*/%s.h5", scratch, id);
  assert_int_equal (system (command), 0);
  assert_int_equal (hashcache_load (id, "double", 2, two_by_three, copy), HASHCACHE_NOT_FOUND);
  assert_counted ((struct expected){ .stored = 1, .bad_entries = 1 });
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    SPECIFICATION (every_type_comes_back_bit_for_bit),
    SPECIFICATION (the_same_is_stored_once_under_a_name_that_never_changes),
    SPECIFICATION (what_it_was_not_is_not_found),
    SPECIFICATION (no_dimension_and_no_element_are_arrays_too),
    SPECIFICATION (bad_arguments_are_told),
    SPECIFICATION (modes_hold_for_arrays_as_well),
    SPECIFICATION (a_damaged_array_is_not_found),
  };

  return cmocka_run_group_tests (tests, make_scratch, remove_scratch);
}
