/* test_large_results.c: results of more than 2 GiB, and of more than 2^32 elements, are kept like others; zeros take no room.
   SPDX-License-Identifier: BSD-2-Clause

   The large result is nearly all zeros in memory that nobody has touched, so its entry takes next to nothing. Restoring it takes as much
   memory as it has bytes: where that is not there, or under a sanitizer or valgrind, the test says so and leaves it out. */
#include "sample_call.h"
#include <sys/mman.h>

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS 0x20
#endif
#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0x4000
#endif

#ifdef __SANITIZE_ADDRESS__
enum { IS_WATCHED = 1 };
#else
enum { IS_WATCHED = 0 };
#endif

static int
set_up (void **state)
{
  (void) state;
  hashcache_set ("VERBOSE", "1");
  make_scratch ();
  use_directory (scratch_path ("cache"));
  return 0;
}

/* The block of a result of SIZE bytes AT, elements of TYPE. */
static struct hashcache__block
block_of (void *at, const struct hashcache__type *type, size_t size)
{
  return (struct hashcache__block){ .type = type,
                                    .address = at,
                                    .count = size / type->size,
                                    .role = HASHCACHE__OUT,
                                    .group = HASHCACHE__GROUP_INPUT,
                                    .n_dims = 1,
                                    .parent = -1,
                                    .name = "out",
                                    .dims = { size / type->size } };
}

static int
publish (void *at, const struct hashcache__type *type, size_t size)
{
  struct hashcache__block block = block_of (at, type, size);
  struct hashcache__blocks blocks = { .items = &block, .n = 1, .capacity = 1 };

  return publish_blocks (&sample_key, &blocks, NULL, 1.0);
}

static int
fetch (void *at, const struct hashcache__type *type, size_t size)
{
  struct hashcache__block block = block_of (at, type, size);
  struct hashcache__blocks blocks = { .items = &block, .n = 1, .capacity = 1 };
  double seconds;

  return fetch_blocks (&sample_key, &blocks, &seconds);
}

/* Bytes that the entry takes on the disk. */
static uint64_t
room_taken (void)
{
  struct stat there;

  assert_int_equal (stat (scratch_path ("cache/" SAMPLE_ENTRY), &there), 0);
  return (uint64_t) there.st_blocks * 512;
}

static unsigned char *
untouched (size_t size)
{
  void *at = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  return at == MAP_FAILED ? NULL : at;
}

/* Whether all of the SIZE bytes AT are zero but MARKS, which are 1, 2 and so on, in ascending places. */
static int
is_marked (const unsigned char *at, size_t size, const size_t *marks, size_t n)
{
  size_t begin = 0;

  for (size_t i = 0; i < n; i++) {
    if (at[marks[i]] != i + 1 || (marks[i] > begin && !hashcache__is_zero (at + begin, marks[i] - begin)))
      return 0;
    begin = marks[i] + 1;
  }
  return begin == size || hashcache__is_zero (at + begin, size - begin);
}

static void
zeros_take_no_room (void **state)
{
  enum { SIZE = 48 << 20 };
  const size_t marks[] = { 5 << 20, (31 << 20) + 17 };
  unsigned char *out = untouched (SIZE);

  (void) state;
  assert_non_null (out);
  for (size_t i = 0; i < LENGTH (marks); i++)
    out[marks[i]] = (unsigned char) (i + 1);
  assert_int_equal (publish (out, &t_double, SIZE), 1);
  assert_true (room_taken () < 2 << 20);
  memset (out, 0xff, SIZE);
  assert_int_equal (fetch (out, &t_double, SIZE), 1);
  assert_true (is_marked (out, SIZE, marks, LENGTH (marks)));
  munmap (out, SIZE);
}

/* In parts: some arrays are full in front and empty behind. */
static void
what_is_not_zero_is_there (void **state)
{
  enum { SIZE = (1 << 20) + 4096 };
  static unsigned char out[SIZE], expected[SIZE];

  (void) state;
  for (size_t i = 0; i < SIZE; i++)
    expected[i] = i < SIZE / 2 || i == SIZE - 1 ? (unsigned char) (i * 7 + 1) : 0;
  memcpy (out, expected, SIZE);
  assert_int_equal (publish (out, &t_char, SIZE), 1);
  memset (out, 0xff, SIZE);
  assert_int_equal (fetch (out, &t_char, SIZE), 1);
  assert_memory_equal (out, expected, SIZE);
}

/* Gigabytes of memory that are to be had. */
static double
memory_left (void)
{
  FILE *file = fopen ("/proc/meminfo", "r");
  char line[128];
  double kilobytes = 0;

  while (file && fgets (line, sizeof line, file))
    if (strncmp (line, "MemAvailable:", 13) == 0)
      kilobytes = strtod (line + 13, NULL);
  if (file)
    fclose (file);
  return kilobytes / 1048576;
}

static void
beyond_32_bits (void **state)
{
  const size_t size = ((size_t) 1 << 32) + 12345;
  const size_t marks[] = { 0, ((size_t) 1 << 31) - 1, ((size_t) 1 << 31) + 1, ((size_t) 1 << 32) + 1, size - 1 };
  unsigned char *out;

  (void) state;
  if (IS_WATCHED || getenv ("UNDER_VALGRIND") || memory_left () < 8) {
    fprintf (stderr, "NOT TESTED: results beyond 4 GiB; 8 GiB of memory are needed, no sanitizer and no valgrind\n");
    return;
  }
  out = untouched (size);
  assert_non_null (out);
  for (size_t i = 0; i < LENGTH (marks); i++)
    out[marks[i]] = (unsigned char) (i + 1);
  assert_int_equal (publish (out, &t_char, size), 1);
  assert_true (room_taken () < 4 << 20);
  munmap (out, size);
  out = untouched (size);
  assert_non_null (out);
  assert_int_equal (fetch (out, &t_char, size), 1);
  assert_true (is_marked (out, size, marks, LENGTH (marks)));
  munmap (out, size);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (zeros_take_no_room, set_up, remove_scratch_after),
    cmocka_unit_test_setup_teardown (what_is_not_zero_is_there, set_up, remove_scratch_after),
    cmocka_unit_test_setup_teardown (beyond_32_bits, set_up, remove_scratch_after),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
