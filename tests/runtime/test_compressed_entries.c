/* test_compressed_entries.c: a compressed entry, which HDF5 has to read, is shown to it only if it is as it was written.
   SPDX-License-Identifier: BSD-2-Clause

   HDF5 is not safe from damaged files: what it does with one may be anything, and in most runs nothing bad. So the test counts the files that
   it is asked to open. */
#include "counted_hdf5.h"

#include "kept_entry.h"

enum { LARGE = 640 };

/* Memory of a call that changes a counter, and fills an array that is worth compressing. */
struct call {
  long counter;
  double large[LARGE];
  double result;
};

enum { I_COUNTER, I_LARGE, I_RESULT, N_ITEMS };

static void
prepare (struct call *call)
{
  memset (call, 0, sizeof *call);
  call->counter = 41;
}

static void
compute (struct call *call)
{
  call->counter = 42;
  for (int i = 0; i < LARGE; i++)
    call->large[i] = i / 100;
  call->result = -123.25;
}

static struct hashcache__blocks
blocks_of (struct call *call, struct hashcache__block *items)
{
  items[I_COUNTER] = (struct hashcache__block){
    .name = "counter", .type = &t_long, .address = &call->counter, .role = HASHCACHE__INOUT, .group = 2, .count = 1, .parent = -1
  };
  items[I_LARGE] = (struct hashcache__block){ .name = "large",
                                              .type = &t_double,
                                              .address = call->large,
                                              .role = HASHCACHE__OUT,
                                              .group = 1,
                                              .count = LARGE,
                                              .n_dims = 1,
                                              .dims = { LARGE },
                                              .parent = -1 };
  items[I_RESULT] = (struct hashcache__block){ .name = "return",
                                               .type = &t_double,
                                               .address = &call->result,
                                               .role = HASHCACHE__OUT,
                                               .group = HASHCACHE__GROUP_RETURN,
                                               .count = 1,
                                               .parent = -1 };
  return (struct hashcache__blocks){ .items = items, .n = N_ITEMS, .capacity = N_ITEMS };
}

static int
set_up (void **state)
{
  struct hashcache__image before[N_ITEMS];
  struct hashcache__block items[N_ITEMS];
  struct hashcache__blocks blocks;
  struct call call;

  (void) state;
  hashcache_set ("VERBOSE", "0");
  hashcache_set ("COMPRESS", "deflate:6");
  make_scratch ();
  use_directory (scratch_path ("cache"));
  prepare (&call);
  blocks = blocks_of (&call, items);
  memset (before, 0, sizeof before);
  assert_int_equal (hashcache__image_take (&before[I_COUNTER], &items[I_COUNTER]), 0);
  compute (&call);
  assert_int_equal (publish_blocks (&sample_key, &blocks, before, 1.5), 1);
  hashcache__image_free (&before[I_COUNTER]);
  keep_entry ();
  assert_int_equal (hashcache__index_filter (entry_bytes), H5Z_FILTER_DEFLATE);
  assert_true (entry_size > 512 && entry_size == hashcache__index_file_size (entry_bytes));
  return 0;
}

/* Whether what stands under the entry's name is a hit, which must be right; else a miss, by which it is set aside. */
static int
is_hit (void)
{
  struct hashcache_statistics before, after;
  struct hashcache__block items[N_ITEMS];
  struct hashcache__blocks blocks;
  struct call call, expected;
  double seconds;
  int hit;

  prepare (&call);
  prepare (&expected);
  blocks = blocks_of (&call, items);
  hashcache_stats (&before);
  hit = fetch_blocks (&sample_key, &blocks, &seconds);
  hashcache_stats (&after);
  if (hit) {
    compute (&expected);
    assert_memory_equal (&call, &expected, sizeof call);
    assert_int_equal (after.bad_entries, before.bad_entries);
  } else {
    assert_int_equal (call.counter, expected.counter);
    assert_int_equal (after.bad_entries, before.bad_entries + 1);
    assert_int_not_equal (access (entry_path (), F_OK), 0);
  }
  return hit;
}

static void
what_is_whole_is_read_by_hdf5 (void **state)
{
  (void) state;
  write_entry (entry_bytes, entry_size);
  n_asked = 0;
  assert_true (is_hit ());
  assert_int_equal (n_asked, 1);
}

/* Each byte: index, zeros behind it, HDF5's own, data. In the index's copy HDF5 does not look for anything. */
static void
no_flipped_byte_is_shown_to_hdf5 (void **state)
{
  const size_t stride = getenv ("UNDER_VALGRIND") ? 17 : 1;
  const uint64_t size = hashcache__get_u64 (entry_bytes + 40), copy = hashcache__get_u64 (entry_bytes + size - 40);
  size_t n = 0;

  (void) state;
  for (size_t i = 0; i < entry_size; i += stride) {
    const int in_copy = i >= copy && i < copy + size;

    entry_bytes[i] ^= (unsigned char) (1u << (i / stride % 8));
    write_entry (entry_bytes, entry_size);
    n_asked = 0;
    assert_false (is_hit ());
    assert_int_equal (n_asked, in_copy);
    entry_bytes[i] ^= (unsigned char) (1u << (i / stride % 8));
    if (++n % 500 == 0)
      empty_quarantine ();
  }
  empty_quarantine ();
}

static void
a_truncated_entry_is_a_miss (void **state)
{
  (void) state;
  for (size_t n = 0; n < entry_size; n += n < 600 || n + 8 > entry_size ? 1 : 509) {
    write_entry (entry_bytes, n);
    assert_false (is_hit ());
  }
  empty_quarantine ();
}

/* The index's own digest is right, by somebody who can compute it; what it says of the rest is not. */
static void
a_hostile_index_is_a_miss (void **state)
{
  static const uint64_t values[] = { 0, 1, 8, 511, 4096, UINT64_C (1) << 32, UINT64_C (1) << 63, UINT64_MAX - 7, UINT64_MAX };
  const uint64_t size = hashcache__get_u64 (entry_bytes + 40);
  unsigned char *original = malloc (entry_size);

  (void) state;
  assert_non_null (original);
  memcpy (original, entry_bytes, entry_size);
  for (size_t field = (size_t) size - 40; field < size - 16; field += 8)
    for (size_t v = 0; v < LENGTH (values); v++) {
      struct hashcache__digest digest;

      hashcache__put_u64 (entry_bytes + field, values[v]);
      digest = hashcache__digest_of (entry_bytes, (size_t) size - 16);
      memcpy (entry_bytes + size - 16, digest.bytes, 16);
      write_entry (entry_bytes, entry_size);
      n_asked = 0;
      assert_false (is_hit ());
      assert_int_equal (n_asked, 0);
      memcpy (entry_bytes, original, entry_size);
    }
  free (original);
  empty_quarantine ();
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (what_is_whole_is_read_by_hdf5),
                                      cmocka_unit_test (no_flipped_byte_is_shown_to_hdf5),
                                      cmocka_unit_test (a_truncated_entry_is_a_miss),
                                      cmocka_unit_test (a_hostile_index_is_a_miss) };

  return cmocka_run_group_tests (tests, set_up, forget_entry);
}
