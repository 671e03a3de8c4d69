/* test_rewritten_entries.c: an entry that another program has written anew is read through HDF5, and every byte is verified; nothing that
   is not in the file itself is ever read.
   SPDX-License-Identifier: BSD-2-Clause

   h5repack and h5py write them; HDF5 itself is used for those that somebody has made to mislead. */
#include <hdf5.h>

static int lacks; /* how often HDF5 will say that it lacks memory */

static herr_t
lacking_read (hid_t dataset, hid_t type, hid_t memory_space, hid_t file_space, hid_t transfer, void *to)
{
  if (lacks == 0)
    return H5Dread (dataset, type, memory_space, file_space, transfer, to);
  lacks--;
  H5Epush2 (H5E_DEFAULT, __FILE__, __func__, __LINE__, H5E_ERR_CLS, H5E_RESOURCE, H5E_NOSPACE, "no memory");
  return -1;
}

#define H5Dread lacking_read
#include "sample_call.h"

static struct sample computed;
static char original[2048], place[2048];

static int
set_up (void **state)
{
  struct sample s;

  (void) state;
  hashcache_set ("VERBOSE", "0");
  make_scratch ();
  use_directory (scratch_path ("cache"));
  assert_int_equal (sample_publish (&s), 1);
  snprintf (place, sizeof place, "%s", scratch_path ("cache/" SAMPLE_ENTRY));
  snprintf (original, sizeof original, "%s", scratch_path ("original.h5"));
  assert_int_equal (rename (place, original), 0);
  sample_before (&computed);
  sample_compute (&computed);
  return 0;
}

/* What stands in the entry's place is restored, and is right. */
static void
assert_hit (void)
{
  struct hashcache_statistics before, after;
  struct sample s;
  double seconds;

  hashcache_stats (&before);
  assert_int_equal (sample_fetch (&s, &seconds), 1);
  hashcache_stats (&after);
  assert_true (sample_equal (&s, &computed));
  assert_true (seconds > 1.499 && seconds < 1.501);
  assert_int_equal (after.bad_entries, before.bad_entries);
  assert_true (after.bytes_read > before.bytes_read);
  assert_int_equal (unlink (place), 0);
}

/* It is a miss that leaves the call's inputs alone; BAD: and is set aside. */
static void
assert_miss (int bad)
{
  struct hashcache_statistics before, after;
  struct sample s, fresh;
  double seconds;

  hashcache_stats (&before);
  assert_int_equal (sample_fetch (&s, &seconds), 0);
  hashcache_stats (&after);
  sample_before (&fresh);
  memcpy (s.forces, fresh.forces, sizeof fresh.forces); /* OUT: may hold anything */
  memcpy (s.grid, fresh.grid, sizeof fresh.grid);
  s.result = fresh.result;
  assert_true (sample_equal (&s, &fresh));
  assert_int_equal (after.bad_entries, before.bad_entries + (bad != 0));
  assert_int_equal (access (place, F_OK) != 0, bad != 0);
}

/* Runs a shell command in which $from and $to are the original and the place of the entry; whether it ends well. */
static int
make_by (const char *command)
{
  char line[8192];
  const char *output;

  (void) unlink (place);
  snprintf (line, sizeof line, "from='%s' to='%s'; { %s\n} && echo done well", original, place, command);
  output = output_of (line);
  if (strstr (output, "done well"))
    return 1;
  print_message ("%s:\n%s", command, output);
  return 0;
}

static void
h5repack_keeps_an_entry_readable (void **state)
{
  static const char *const options[] = {
    "", "-f GZIP=5", "-f SHUF -f GZIP=9 -m 1", "-f FLET -m 1", "-l CHUNK=1 -m 1", "-l COMPA", "--latest", "-f NBIT -m 1"
  };
  char command[256];

  (void) state;
  if (!make_by ("h5repack --version")) {
    print_message ("SKIPPED: there is no h5repack here\n");
    skip ();
  }
  for (size_t i = 0; i < LENGTH (options); i++) {
    snprintf (command, sizeof command, "h5repack %s \"$from\" \"$to\"", options[i]);
    assert_true (make_by (command));
    assert_hit ();
  }
}

/* The nbit filter keeps the bits of a bit-field, not the sign of the integer that it is in the file. */
static void
nbit_keeps_the_sign_of_bit_fields (void **state)
{
  static const struct hashcache__type five_bits = { HASHCACHE__BITS, 0, 4, 5, 0, &t_int, NULL, "int" };
  static const struct hashcache__type three_bits = { HASHCACHE__BITS, 0, 4, 3, 5, &t_int, NULL, "int" };
  static const struct hashcache__field fields[] = { { "a", &five_bits, 0, HASHCACHE__INHERIT, 0, NULL },
                                                    { "b", &three_bits, 0, HASHCACHE__INHERIT, 0, NULL } };
  static const struct hashcache__type type = { HASHCACHE__STRUCT, 0, 4, 0, LENGTH (fields), NULL, fields, "s" };
  struct {
    int a : 5, b : 3;
  } values[] = { { -16, 3 }, { -1, -4 }, { 15, -1 }, { 0, 0 } }, expected[LENGTH (values)];
  struct hashcache__block item = { .type = &type,
                                   .address = values,
                                   .count = LENGTH (values),
                                   .role = HASHCACHE__OUT,
                                   .group = 1,
                                   .n_dims = 1,
                                   .parent = -1,
                                   .name = "s",
                                   .dims = { LENGTH (values) } };
  struct hashcache__blocks blocks = { .items = &item, .n = 1, .capacity = 1 };
  char aside[sizeof original + 8];
  double seconds;

  (void) state;
  if (!make_by ("h5repack --version"))
    skip ();
  memcpy (expected, values, sizeof expected);
  assert_int_equal (publish_blocks (&sample_key, &blocks, NULL, 1.0), 1);
  snprintf (aside, sizeof aside, "%s.bits", original);
  assert_int_equal (rename (place, aside), 0);
  assert_true (make_by ("h5repack -f NBIT -m 1 \"$from.bits\" \"$to\""));
  memset (values, 0, sizeof values);
  assert_int_equal (fetch_blocks (&sample_key, &blocks, &seconds), 1);
  for (size_t i = 0; i < LENGTH (values); i++)
    assert_true (values[i].a == expected[i].a && values[i].b == expected[i].b);
  assert_int_equal (unlink (place), 0);
}

/* Python of the distribution comes with its h5py, the first in PATH may have none. */
#define FIND_PYTHON \
  "for python in python3 /usr/bin/python3 none; do $python -c 'import h5py' 2>/dev/null && break; done; test $python != none"
#define PYTHON(program) FIND_PYTHON " && $python - \"$from\" \"$to\" <<'END'\nimport sys, h5py, shutil\n" program "\nEND\n"

static void
h5py_keeps_an_entry_readable (void **state)
{
  static const char *const programs[] = {
    /* object by object into a new file, without the attributes of the root */
    PYTHON ("with h5py.File (sys.argv[1], 'r') as a, h5py.File (sys.argv[2], 'w') as b:\n"
            "  for name in a: a.copy (name, b)"),
    PYTHON ("with h5py.File (sys.argv[1], 'r') as a, h5py.File (sys.argv[2], 'w', libver='latest') as b:\n"
            "  for name in a: a.copy (name, b)"),
    /* values that went through numpy, compressed; but no structs: h5py 3.7 comes to grief over a long double in one */
    PYTHON ("with h5py.File (sys.argv[1], 'r') as a, h5py.File (sys.argv[2], 'w') as b:\n"
            "  def put (name, x):\n"
            "    if isinstance (x, h5py.Dataset) and x.shape and x.dtype.kind != 'V':\n"
            "      b.create_dataset (name, data=x[()], chunks=True, compression='gzip', shuffle=True, fletcher32=True)\n"
            "    elif isinstance (x, h5py.Dataset): a.copy (x, b, name)\n"
            "  a.visititems (put)"),
    /* in place: a note of one's own */
    PYTHON ("shutil.copy (sys.argv[1], sys.argv[2])\n"
            "with h5py.File (sys.argv[2], 'r+') as b: b['notes'] = 'seen by me' * 1000"),
  };

  (void) state;
  if (!make_by (FIND_PYTHON)) {
    print_message ("SKIPPED: there is no h5py here\n");
    skip ();
  }
  for (size_t i = 0; i < LENGTH (programs); i++) {
    assert_true (make_by (programs[i]));
    assert_hit ();
  }
}

/* Entries that are not what they seem ----------------------------------------------------------------------------------- */

/* The original without its user block, open to be changed: FILE is closed by finish. */
static hid_t
begin (void)
{
  static const char *const names[] = { "inputs", "globals", "outputs", "index", "parts" };
  const hid_t from = H5Fopen (original, H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t file = H5Fcreate (place, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);

  assert_true (from >= 0 && file >= 0);
  for (size_t i = 0; i < LENGTH (names); i++)
    assert_true (H5Ocopy (from, names[i], file, names[i], H5P_DEFAULT, H5P_DEFAULT) >= 0);
  H5Fclose (from);
  return file;
}

/* /outputs/grid of FILE made anew with these properties, of TYPE and SPACE, both closed; filled with 10, 11... if there are data. */
static void
replace_grid (hid_t file, hid_t type, hid_t space, hid_t creation, int fill)
{
  const double values[6] = { 10, 11, 12, 13, 14, 15 };
  hid_t dataset;

  assert_true (H5Ldelete (file, "/outputs/grid", H5P_DEFAULT) >= 0);
  dataset = H5Dcreate2 (file, "/outputs/grid", type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  assert_true (dataset >= 0);
  if (fill)
    assert_true (H5Dwrite (dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
  H5Dclose (dataset);
  H5Sclose (space);
  H5Tclose (type);
  if (creation != H5P_DEFAULT)
    H5Pclose (creation);
}

static hid_t
space_of (hsize_t rows, hsize_t columns)
{
  const hsize_t dims[] = { rows, columns };

  return H5Screate_simple (2, dims, NULL);
}

static void
a_copy_without_user_block_is_read (void **state)
{
  hid_t file = begin ();

  (void) state;
  H5Fclose (file);
  assert_hit ();
  file = begin ();
  replace_grid (file, H5Tcopy (H5T_NATIVE_DOUBLE), space_of (2, 3), H5P_DEFAULT, 1);
  H5Fclose (file);
  assert_hit ();
}

static void
other_values_types_and_shapes_are_a_miss (void **state)
{
  static const double other[6] = { 10, 11, 12, 13, 14, 15.000001 };
  hid_t file = begin (), dataset;

  (void) state;
  dataset = H5Dopen2 (file, "/outputs/grid", H5P_DEFAULT);
  assert_true (H5Dwrite (dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, other) >= 0);
  H5Dclose (dataset);
  H5Fclose (file);
  assert_miss (1);

  file = begin ();
  replace_grid (file, H5Tcopy (H5T_NATIVE_FLOAT), space_of (2, 3), H5P_DEFAULT, 1);
  H5Fclose (file);
  assert_miss (1);

  file = begin ();
  replace_grid (file, H5Tcopy (H5T_NATIVE_INT64), space_of (2, 3), H5P_DEFAULT, 1);
  H5Fclose (file);
  assert_miss (1);

  file = begin ();
  replace_grid (file, H5Tcopy (H5T_NATIVE_DOUBLE), space_of (3, 2), H5P_DEFAULT, 1);
  H5Fclose (file);
  assert_miss (1);

  file = begin ();
  replace_grid (file, H5Tcopy (H5T_NATIVE_DOUBLE), space_of (2, (hsize_t) 1 << 40), H5P_DEFAULT, 0);
  H5Fclose (file);
  assert_miss (1);

  file = begin ();
  replace_grid (file, H5Tvlen_create (H5T_NATIVE_DOUBLE), space_of (2, 3), H5P_DEFAULT, 0);
  H5Fclose (file);
  assert_miss (1);

  file = begin ();
  assert_true (H5Ldelete (file, "/outputs/grid", H5P_DEFAULT) >= 0);
  H5Fclose (file);
  assert_miss (1);
}

/* Each leads to the right values: so only that it is no hit tells that they were not read. */
static void
nothing_outside_of_the_file_is_read (void **state)
{
  static const double values[6] = { 10, 11, 12, 13, 14, 15 };
  hid_t file = begin (), creation;
  FILE *raw;

  (void) state;
  assert_true (H5Ldelete (file, "/outputs/grid", H5P_DEFAULT) >= 0);
  assert_true (H5Lcreate_external (original, "/outputs/grid", file, "/outputs/grid", H5P_DEFAULT, H5P_DEFAULT) >= 0);
  H5Fclose (file);
  assert_miss (1);

  file = begin (); /* the group around it */
  assert_true (H5Ldelete (file, "/outputs", H5P_DEFAULT) >= 0);
  assert_true (H5Lcreate_external (original, "/outputs", file, "/outputs", H5P_DEFAULT, H5P_DEFAULT) >= 0);
  H5Fclose (file);
  assert_miss (1);

  file = begin ();
  assert_true (H5Ldelete (file, "/index", H5P_DEFAULT) >= 0);
  assert_true (H5Lcreate_external (original, "/index", file, "/index", H5P_DEFAULT, H5P_DEFAULT) >= 0);
  H5Fclose (file);
  assert_miss (1);

  file = begin ();
  assert_true (H5Lmove (file, "/outputs/grid", file, "/elsewhere", H5P_DEFAULT, H5P_DEFAULT) >= 0);
  assert_true (H5Lcreate_soft ("/elsewhere", file, "/outputs/grid", H5P_DEFAULT, H5P_DEFAULT) >= 0);
  H5Fclose (file);
  assert_miss (1);

  raw = fopen (scratch_path ("raw"), "wb");
  assert_non_null (raw);
  assert_int_equal (fwrite (values, sizeof values, 1, raw), 1);
  fclose (raw);
  file = begin ();
  creation = H5Pcreate (H5P_DATASET_CREATE);
  assert_true (H5Pset_external (creation, scratch_path ("raw"), 0, sizeof values) >= 0);
  replace_grid (file, H5Tcopy (H5T_NATIVE_DOUBLE), space_of (2, 3), creation, 0);
  H5Fclose (file);
  assert_miss (1);

  file = begin ();
  creation = H5Pcreate (H5P_DATASET_CREATE);
  {
    const hid_t source = space_of (2, 3), own = space_of (2, 3);

    assert_true (H5Pset_virtual (creation, own, original, "/outputs/grid", source) >= 0);
    H5Sclose (source);
    replace_grid (file, H5Tcopy (H5T_NATIVE_DOUBLE), own, creation, 0);
  }
  H5Fclose (file);
  assert_miss (1);
}

/* A filter that nobody here has: the entry is good, and stays for those who have it. */
static void
an_unknown_filter_is_a_miss_that_stays (void **state)
{
  const hid_t file = begin (), creation = H5Pcreate (H5P_DATASET_CREATE);
  const hsize_t chunk[] = { 2, 3 };

  (void) state;
  assert_true (H5Pset_chunk (creation, 2, chunk) >= 0);
  assert_true (H5Pset_filter (creation, 497, H5Z_FLAG_OPTIONAL, 0, NULL) >= 0);
  replace_grid (file, H5Tcopy (H5T_NATIVE_DOUBLE), space_of (2, 3), creation, 0);
  H5Fclose (file);
  assert_miss (0);
  assert_int_equal (unlink (place), 0);
}

static void
chunks_of_no_use_are_not_believed (void **state)
{
  const hid_t file = begin (), creation = H5Pcreate (H5P_DATASET_CREATE);
  const hsize_t chunk[] = { 1 << 14, 1 << 14 }, dims[] = { 2, 3 }, most[] = { H5S_UNLIMITED, H5S_UNLIMITED };

  (void) state;
  assert_true (H5Pset_chunk (creation, 2, chunk) >= 0);
  assert_true (H5Pset_deflate (creation, 9) >= 0);
  replace_grid (file, H5Tcopy (H5T_NATIVE_DOUBLE), H5Screate_simple (2, dims, most), creation, 0);
  H5Fclose (file);
  assert_miss (1);
}

/* A contiguous dataset that claims to have more, or fewer, bytes in the file than its elements take. */
static void
what_is_not_stored_whole_is_a_miss (void **state)
{
  static const uint64_t sizes[] = { 0, 8, 47, 49, 4096, UINT64_C (1) << 40, UINT64_MAX };

  (void) state;
  for (size_t i = 0; i < LENGTH (sizes); i++) {
    const hid_t file = begin ();
    unsigned char message[18] = { 3, 1 }, bytes[1 << 16]; /* layout message: its version, contiguous, address, size */
    hid_t dataset;
    FILE *raw;
    size_t n, found = 0;

    replace_grid (file, H5Tcopy (H5T_NATIVE_DOUBLE), space_of (2, 3), H5P_DEFAULT, 1);
    dataset = H5Dopen2 (file, "/outputs/grid", H5P_DEFAULT);
    hashcache__put_u64 (message + 2, H5Dget_offset (dataset));
    hashcache__put_u64 (message + 10, H5Dget_storage_size (dataset));
    H5Dclose (dataset);
    H5Fclose (file);
    raw = fopen (place, "r+b");
    assert_non_null (raw);
    n = fread (bytes, 1, sizeof bytes, raw);
    for (size_t at = 0; at + sizeof message <= n; at++)
      if (memcmp (bytes + at, message, sizeof message) == 0) {
        hashcache__put_u64 (message + 10, sizes[i]);
        assert_int_equal (fseek (raw, (long) at, SEEK_SET), 0);
        assert_int_equal (fwrite (message, sizeof message, 1, raw), 1);
        hashcache__put_u64 (message + 10, 48);
        found++;
      }
    fclose (raw);
    assert_int_equal (found, 1);
    assert_miss (1);
  }
}

/* A damaged file can make HDF5 ask for any amount of memory. If it lacks some that is there it is asked once more, and then not believed. */
static void
no_lack_of_memory_lasts_for_ever (void **state)
{
  hid_t file = begin ();

  (void) state;
  H5Fclose (file);
  lacks = 1;
  assert_hit ();
  assert_int_equal (lacks, 0);
  file = begin ();
  H5Fclose (file);
  lacks = 2;
  assert_miss (1);
  assert_int_equal (lacks, 0);
}

/* The program's own HDF5 goes on as if nothing had been. */
static void
the_hosts_hdf5_is_left_alone (void **state)
{
  const hid_t own = H5Fopen (original, H5F_ACC_RDONLY, H5P_DEFAULT), file = begin ();
  unsigned plugins;

  (void) state;
  H5Fclose (file);
  assert_true (H5PLget_loading_state (&plugins) >= 0);
  assert_hit ();
  assert_int_equal (H5Fget_obj_count (H5F_OBJ_ALL, H5F_OBJ_ALL), 1);
  assert_true (H5Lexists (own, "/index", H5P_DEFAULT) > 0);
  H5Fclose (own);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_copy_without_user_block_is_read),
    cmocka_unit_test (h5repack_keeps_an_entry_readable),
    cmocka_unit_test (nbit_keeps_the_sign_of_bit_fields),
    cmocka_unit_test (h5py_keeps_an_entry_readable),
    cmocka_unit_test (other_values_types_and_shapes_are_a_miss),
    cmocka_unit_test (nothing_outside_of_the_file_is_read),
    cmocka_unit_test (an_unknown_filter_is_a_miss_that_stays),
    cmocka_unit_test (chunks_of_no_use_are_not_believed),
    cmocka_unit_test (what_is_not_stored_whole_is_a_miss),
    cmocka_unit_test (no_lack_of_memory_lasts_for_ever),
    cmocka_unit_test (the_hosts_hdf5_is_left_alone),
  };

  return cmocka_run_group_tests (tests, set_up, remove_scratch_after);
}
