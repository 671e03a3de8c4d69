/* test_nearest.c: what else lies in a function's directory does no harm to a miss that looks for the nearest entry (HASHCACHE_VERBOSE=2).
   SPDX-License-Identifier: BSD-2-Clause

   HDF5 is not safe from damaged files, so it is shown none: the files that it is asked to open are counted. What somebody has made who can
   compute digests is compared by types, shapes and lengths that are looked at first: to be run under the address sanitizer. */
#include "counted_hdf5.h"

#include "kept_entry.h"

#include <hashcache/nearest.h>

#include "said_in_child.h"

int truncate (const char *, off_t);

#define OTHERS "cache/objects/" SAMPLE_CODE "/"

static struct hashcache__part body = { "relax", HASHCACHE__GROUP_BODY, { { 5 } } },
                              other_body = { "relax", HASHCACHE__GROUP_BODY, { { 6 } } };
static const struct hashcache__details details = { .items = &body, .n = 1 }, other_details = { .items = &other_body, .n = 1 };
static const size_t firsts[] = { CRYSTAL, GRID, POINTS, CUTOFF, COUNTER };

/* Publishes the sample with what its code is made of. */
static int
publish (void)
{
  struct hashcache__block items[N_BLOCKS];
  struct hashcache__image before[N_BLOCKS];
  struct hashcache__key key = sample_key;
  struct hashcache__blocks blocks;
  struct sample s;
  int result;

  sample_before (&s);
  blocks = sample_blocks (&s, items);
  memset (before, 0, sizeof before);
  for (size_t i = 0; i < N_BLOCKS; i++)
    if (items[i].role == HASHCACHE__INOUT)
      assert_int_equal (hashcache__image_take (&before[i], &items[i]), 0);
  sample_compute (&s);
  key.code_details = &details;
  result = publish_blocks (&key, &blocks, before, 1.5);
  for (size_t i = 0; i < N_BLOCKS; i++)
    hashcache__image_free (&before[i]);
  return result;
}

static int
set_up (void **state)
{
  (void) state;
  hashcache_set ("VERBOSE", "2");
  make_scratch ();
  use_directory (scratch_path ("cache"));
  assert_int_equal (publish (), 1);
  keep_entry ();
  return 0;
}

/* Looks for what is nearest to a call with another cutoff, whose code is made of CODE. */
static void
look (const struct hashcache__details *code)
{
  struct hashcache__part parts[LENGTH (sample_parts)];
  struct hashcache__key key = sample_key;
  struct hashcache__block items[N_BLOCKS];
  struct hashcache__blocks blocks;
  struct sample s;

  memcpy (parts, sample_parts, sizeof parts);
  parts[LENGTH (parts) - 1].digest.bytes[0] ^= 1;
  key.key.bytes[15] = 1;
  key.parts = parts;
  key.code_details = code;
  sample_before (&s);
  s.cutoff = 0.25;
  blocks = sample_blocks (&s, items);
  atomic_store (&hashcache__nanoseconds_on_nearest, 0); /* all the time that there is */
  hashcache__say_nearest (&key, &sample_contract, &blocks, firsts);
}

static int
look_once (void)
{
  look (&details);
  return n_asked;
}

static int
look_at_body (void)
{
  look (&other_details);
  return n_asked;
}

/* Whether the byte AT is in the index's copy, or in an output: what nobody looks at here. */
static int
is_known (size_t at)
{
  struct hashcache__index_shape shape;
  uint64_t copy;

  assert_null (hashcache__index_header_fault (entry_bytes, &shape, &sample_key));
  copy = hashcache__get_u64 (hashcache__index_copy (entry_bytes, &shape));
  if (at >= copy && at < copy + shape.size)
    return 1;
  for (uint64_t i = 0; i < shape.pieces; i++) {
    const uint64_t offset = hashcache__get_u64 (hashcache__index_piece (entry_bytes, &shape, i));

    if (at >= offset && at - offset < hashcache__get_u64 (hashcache__index_piece (entry_bytes, &shape, i) + 8))
      return 1;
  }
  return 0;
}

static void
what_is_whole_is_compared (void **state)
{
  (void) state;
  write_entry (entry_bytes, entry_size);
  assert_int_not_equal (in_child (look_once), 0);
  said_one_line_with (": unlike entry " SAMPLE_KEY ", global `cutoff` changed: 0.5 -> 0.25");
}

static int
flip_each (void)
{
  const size_t stride = getenv ("UNDER_VALGRIND") ? 37 : 1;
  const int fd = open (entry_path (), O_WRONLY);
  int wrong = 0;

  for (size_t i = 0; i < entry_size; i += stride) {
    const unsigned char flipped = (unsigned char) (entry_bytes[i] ^ 1u << (i / stride % 8));

    if (is_known (i))
      continue;
    wrong += pwrite (fd, &flipped, 1, (off_t) i) != 1;
    look (&details);
    wrong += pwrite (fd, entry_bytes + i, 1, (off_t) i) != 1;
  }
  close (fd);
  return wrong + n_asked > 0;
}

static void
no_flipped_byte_is_shown_to_hdf5 (void **state)
{
  (void) state;
  write_entry (entry_bytes, entry_size);
  assert_int_equal (in_child (flip_each), 0);
  assert_string_equal (said (), "");
}

static int
cut_each (void)
{
  int wrong = 0;

  for (size_t n = entry_size; n > 0; n -= n > 700 ? 173 : 1) {
    wrong += truncate (entry_path (), (off_t) n - 1) != 0;
    look (&details);
  }
  return wrong + n_asked > 0;
}

static void
nothing_shorter_is_shown_to_hdf5 (void **state)
{
  (void) state;
  write_entry (entry_bytes, entry_size);
  assert_int_equal (in_child (cut_each), 0);
  assert_string_equal (said (), "");
}

/* Names of entries for things that are none; and much of it. The good entry is found among them. */
static void
what_is_no_entry_is_passed_over (void **state)
{
  char command[4096];

  (void) state;
  write_entry (entry_bytes, entry_size);
  snprintf (
      command, sizeof command,
      "cd '%s/%s' && name () { printf %%032d.h5 $1; } && mkfifo $(name 1) && mkdir $(name 2) && ln -s /dev/zero $(name 3) && "
      ": >$(name 4) && echo nonsense >$(name 5) && truncate -s 1T $(name 6) && printf '\\211HDF\\r\\n\\032\\n' >$(name 7) && "
      "cp %s.h5 $(name 8) && cp %s.h5 $(name 9) && truncate -s 1T $(name 9) && ln -s $(name 8) $(name 10) && "
      "for i in $(seq 100 400); do mkfifo $(name $i); done && rm -f function.json && mkfifo function.json && echo made",
      scratch, OTHERS, SAMPLE_KEY, SAMPLE_KEY);
  assert_string_equal (output_of (command), "made\n");
  assert_int_equal (in_child (look_once), 2);
  said_one_line_with (": unlike entry " SAMPLE_KEY ", global `cutoff` changed: 0.5 -> 0.25");
  snprintf (command, sizeof command, "cd '%s/%s' && find . -name '0*' -exec rm -rf {} +; rm function.json", scratch, OTHERS);
  (void) output_of (command);
}

/* Makes index and digests of the entry fit what is there now. */
static void
fit_all (void)
{
  static unsigned char bytes[1 << 20];
  struct hashcache__index_shape shape;
  struct hashcache__digest digest;
  FILE *file = fopen (entry_path (), "rb");
  struct hashcache__whole_file whole = { .image = bytes };

  assert_non_null (file);
  whole.size = fread (bytes, 1, sizeof bytes, file);
  fclose (file);
  hashcache__put_u64 (bytes + 48, whole.size);
  assert_null (hashcache__index_header_fault (bytes, &shape, &sample_key));
  assert_int_equal (hashcache__digest_rest (&whole, bytes, &shape, 0, UINT64_MAX, &digest), 0);
  memcpy (hashcache__index_rest (bytes, &shape), digest.bytes, 16);
  digest = hashcache__digest_of (bytes, (size_t) shape.size - 16);
  memcpy (bytes + shape.size - 16, digest.bytes, 16);
  write_entry (bytes, (size_t) whole.size);
}

/* Replaces the attribute `compiler` by one of N strings of SIZE bytes; 0 is a string of any length. */
static void
make_compiler (hsize_t n, size_t size)
{
  const hid_t file = H5Fopen (entry_path (), H5F_ACC_RDWR, H5P_DEFAULT), type = H5Tcopy (H5T_C_S1);
  const hid_t space = H5Screate_simple (1, &n, NULL);
  char *bytes = calloc (n, size + sizeof (char *));
  hid_t attribute;

  assert_true (file >= 0 && type >= 0 && space >= 0 && bytes);
  assert_true (H5Tset_size (type, size > 0 ? size : H5T_VARIABLE) >= 0 && H5Tset_cset (type, H5T_CSET_UTF8) >= 0);
  memset (bytes, size > 0 ? 'x' : 0, n * size);
  assert_true (H5Adelete (file, "compiler") >= 0);
  attribute = H5Acreate2 (file, "compiler", type, space, H5P_DEFAULT, H5P_DEFAULT);
  assert_true (attribute >= 0 && H5Awrite (attribute, type, bytes) >= 0);
  H5Aclose (attribute);
  H5Sclose (space);
  H5Tclose (type);
  H5Fclose (file);
  free (bytes);
}

/* Replaces the dataset at PATH by N doubles in chunks of so many, or where that is 0 none. */
static void
make_doubles (const char *path, hsize_t n, hsize_t chunk)
{
  const hid_t file = H5Fopen (entry_path (), H5F_ACC_RDWR, H5P_DEFAULT), creation = H5Pcreate (H5P_DATASET_CREATE);
  const hid_t space = H5Screate_simple (1, &n, NULL);
  hid_t dataset;

  assert_true (file >= 0 && creation >= 0 && space >= 0);
  assert_true (chunk == 0 || (H5Pset_chunk (creation, 1, &chunk) >= 0 && H5Pset_deflate (creation, 9) >= 0));
  assert_true (H5Ldelete (file, path, H5P_DEFAULT) >= 0);
  dataset = H5Dcreate2 (file, path, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  assert_true (dataset >= 0);
  H5Dclose (dataset);
  H5Sclose (space);
  H5Pclose (creation);
  H5Fclose (file);
}

static void
what_is_made_to_mislead_does_no_harm (void **state)
{
  (void) state;
  for (int i = 0; i < 7; i++) {
    write_entry (entry_bytes, entry_size);
    switch (i) {
    case 0: make_compiler (60, 1000); break;
    case 1: make_compiler (1, 60000); break;
    case 2: make_compiler (3, 0); break;
    case 3: make_doubles ("/globals/cutoff", 100000, 0); break;
    case 4: make_doubles ("/globals/cutoff", (hsize_t) 1 << 40, (hsize_t) 1 << 26); break;
    case 5: make_doubles ("/parts", 4, 0); break;
    default: make_doubles ("/parts", (hsize_t) 1 << 40, (hsize_t) 1 << 26);
    }
    fit_all ();
    assert_int_not_equal (in_child (look_at_body), 0);
    assert_true (strlen (said ()) < 4096);
  }
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (what_is_whole_is_compared),
                                      cmocka_unit_test (no_flipped_byte_is_shown_to_hdf5),
                                      cmocka_unit_test (nothing_shorter_is_shown_to_hdf5),
                                      cmocka_unit_test (what_is_no_entry_is_passed_over),
                                      cmocka_unit_test (what_is_made_to_mislead_does_no_harm) };

  return cmocka_run_group_tests (tests, set_up, forget_entry);
}
