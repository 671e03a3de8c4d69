/* test_entry_layout.c: an entry is a plain HDF5 file that shows inputs, globals and outputs under the names and in the shapes of
   the source, and restores exactly what the call did.
   SPDX-License-Identifier: BSD-2-Clause

   h5dump and h5ls judge, not our own reader. */
#include "sample_call.h"

static int
set_up (void **state)
{
  struct sample s;

  (void) state;
  make_scratch ();
  use_directory (scratch_path ("a cache/deep"));
  assert_int_equal (sample_publish (&s), 1);
  return 0;
}

static const char *
dump (const char *options)
{
  char command[1024 + 2048];

  snprintf (command, sizeof command, "h5dump %s '%s'", options, scratch_path ("a cache/deep/" SAMPLE_ENTRY));
  return output_of (command);
}

static void
expect (const char *text, const char *part)
{
  if (strstr (text, part))
    return;
  print_error ("expected: %s\nin:\n", part);
  fputs (text, stderr);
  fail ();
}

static void
a_hit_restores_what_the_call_did (void **state)
{
  struct sample computed, restored;
  double seconds = 0;
  struct hashcache_statistics before, after;

  (void) state;
  sample_before (&computed);
  sample_compute (&computed);
  hashcache_stats (&before);
  assert_int_equal (sample_fetch (&restored, &seconds), 1);
  hashcache_stats (&after);
  assert_true (sample_equal (&computed, &restored));
  assert_true (seconds > 1.499 && seconds < 1.501);
  assert_int_equal (restored.points[0].scratch, 0x11111111); /* ignored: not restored */
  assert_int_equal (after.bad_entries, before.bad_entries);
  assert_true (after.bytes_read > before.bytes_read);
}

static void
shapes_and_types_are_those_of_the_source (void **state)
{
  static const struct {
    const char *object, *type, *space;
  } rows[] = {
    { "/inputs/crystal/n", "H5T_STD_I32LE", "SCALAR" },
    { "/inputs/crystal/tag", "H5T_STD_I8", "SCALAR" },
    { "/inputs/crystal/positions", "H5T_IEEE_F64LE", "SIMPLE { ( 4, 3 ) / ( 4, 3 ) }" },
    { "/inputs/crystal/cell", "H5T_IEEE_F64LE", "SIMPLE { ( 3, 3 ) / ( 3, 3 ) }" },
    { "/inputs/label", "H5T_STRING", "SCALAR" },
    { "/inputs/points", "H5T_COMPOUND", "SIMPLE { ( 3 ) / ( 3 ) }" },
    { "/inputs/missing", "H5T_IEEE_F64LE", "SIMPLE { ( 0 ) / ( H5S_UNLIMITED ) }" },
    { "/globals/cutoff", "H5T_IEEE_F64LE", "SCALAR" },
    { "/globals/counter", "H5T_STD_I64LE", "SCALAR" },
    { "/globals/grid", "H5T_IEEE_F64LE", "SIMPLE { ( 2 ) / ( 2 ) }" },
    { "/outputs/crystal/forces", "H5T_IEEE_F64LE", "SIMPLE { ( 4, 3 ) / ( 4, 3 ) }" },
    { "/outputs/grid", "H5T_IEEE_F64LE", "SIMPLE { ( 2, 3 ) / ( 2, 3 ) }" },
    { "/outputs/points", "H5T_COMPOUND", "SIMPLE { ( 3 ) / ( 3 ) }" },
    { "/outputs/counter", "H5T_STD_I64LE", "SCALAR" },
    { "/outputs/global grid", "H5T_IEEE_F64LE", "SIMPLE { ( 2 ) / ( 2 ) }" },
    { "/outputs/return", "H5T_IEEE_F64LE", "SCALAR" },
  };

  (void) state;
  for (size_t i = 0; i < LENGTH (rows); i++) {
    char options[256];
    const char *text;

    snprintf (options, sizeof options, "-H -d '%s'", rows[i].object);
    text = dump (options);
    expect (text, rows[i].type);
    expect (text, rows[i].space);
  }
}

static void
values_are_those_of_the_call (void **state)
{
  (void) state;
  expect (dump ("-d /inputs/label"), "\"copper\"");
  expect (dump ("-d /inputs/crystal/positions"), "(1,0): 1.5, 2, 2.5");
  expect (dump ("-d /outputs/crystal/forces"), "(1,0): -4.5, -6, -7.5");
  expect (dump ("-d /globals/counter"), "(0): 41");
  expect (dump ("-d /outputs/counter"), "(0): 42");
  expect (dump ("-d '/outputs/global grid'"), "(0): 6, 5");
  expect (dump ("-d /outputs/return"), "(0): -123.25");
}

static void
structs_are_compounds_without_ignored_fields (void **state)
{
  const char *before = dump ("-d /inputs/points");

  (void) state;
  expect (before, "H5T_COMPOUND {\n         H5T_IEEE_F64LE \"r\";\n         H5T_IEEE_F64LE \"i\";\n      } \"z\";");
  expect (before, "H5T_ARRAY { [2] H5T_STD_I16LE } \"s\";");
  expect (before, "0.333333"); /* the long double, 1/3 */
  assert_null (strstr (before, "scratch"));
  expect (dump ("-d /outputs/points"), "2.33333"); /* 7/3 */
}

static void
who_where_and_when_is_written_down (void **state)
{
  static const char *const names[] = { "function", "key", "code", "source", "created",  "seconds",  "host",
                                       "user",     "job", "rank", "ranks",  "compiler", "hashcache" };
  char command[64];

  (void) state;
  for (size_t i = 0; i < LENGTH (names); i++) {
    snprintf (command, sizeof command, "-a /%s", names[i]);
    expect (dump (command), "DATA {\n   (0): ");
  }
  expect (dump ("-a /function"), "\"relax\"");
  expect (dump ("-a /key"), "\"" SAMPLE_KEY "\"");
  expect (dump ("-a /source"), "\"crystal.c:12\"");
  expect (dump ("-a /seconds"), "(0): 1.5\n");
}

static void
parts_of_the_key_can_be_compared (void **state)
{
  const char *cutoff = "abcd0000000000000000000000000000";

  (void) state;
  expect (dump ("-a /globals/cutoff/digest"), cutoff);
  expect (dump ("-a /inputs/crystal/digest"), "02000000000000000000000000000000");
  expect (dump ("-d /parts"), cutoff);
  expect (dump ("-d /parts"), "\"global\",\n         \"cutoff\",");
}

static void
the_whole_file_is_readable (void **state)
{
  char command[4096];

  (void) state;
  snprintf (command, sizeof command, "h5dump '%s' >'%s.1' && echo fine", scratch_path ("a cache/deep/" SAMPLE_ENTRY), scratch);
  expect (output_of (command), "fine");
  snprintf (command, sizeof command, "rm '%s.1'", scratch);
  output_of (command);
  snprintf (command, sizeof command, "h5stat '%s'", scratch_path ("a cache/deep/" SAMPLE_ENTRY));
  expect (output_of (command), "Total raw data size");
}

static void
the_directory_is_as_documented (void **state)
{
  char command[4096];
  const char *json;

  (void) state;
  snprintf (command, sizeof command, "cat '%s'", scratch_path ("a cache/deep/format"));
  assert_string_equal (output_of (command), "hashcache 1\n");
  snprintf (command, sizeof command, "cat '%s'", scratch_path ("a cache/deep/CACHEDIR.TAG"));
  expect (output_of (command), "Signature: 8a477f597d28d172789f06886806bc55\n");
  snprintf (command, sizeof command, "cat '%s'", scratch_path ("a cache/deep/objects/" SAMPLE_CODE "/function.json"));
  json = output_of (command);
  expect (json, "\"contract\": \"relax (in \\\"crystal\\\")\\u000aand more\"");
  snprintf (command, sizeof command, "ls -A '%s'", scratch_path ("a cache/deep/objects/" SAMPLE_CODE));
  assert_string_equal (output_of (command), SAMPLE_KEY ".h5\nfunction.json\n"); /* no temporary file is left */
}

static void
who_comes_second_leaves_the_first_entry (void **state)
{
  struct sample s;
  struct stat first, second;
  struct hashcache_statistics before, after;

  (void) state;
  hashcache_stats (&before);
  assert_int_equal (stat (scratch_path ("a cache/deep/" SAMPLE_ENTRY), &first), 0);
  assert_int_equal (sample_publish (&s), 1);
  assert_int_equal (stat (scratch_path ("a cache/deep/" SAMPLE_ENTRY), &second), 0);
  hashcache_stats (&after);
  assert_true (first.st_ino == second.st_ino && first.st_mtime == second.st_mtime);
  assert_int_equal (after.stored, before.stored);
  assert_int_equal (after.store_failures, before.store_failures);
}

/* The host looks at its own errors with H5Eprint or H5Ewalk after our call. */
static void
the_hosts_hdf5_errors_stay (void **state)
{
  struct sample s;
  ssize_t n;

  (void) state;
  H5E_BEGIN_TRY
  {
    (void) H5Gopen2 (-1, "nowhere", H5P_DEFAULT);
  }
  H5E_END_TRY
  n = H5Eget_num (H5E_DEFAULT);
  assert_true (n > 0);
  use_directory (scratch_path ("another"));
  assert_int_equal (sample_publish (&s), 1);
  assert_int_equal (H5Eget_num (H5E_DEFAULT), n);
}

/* Metadata in front of the data, or the skeleton in memory would be as large as the file. */
static void
large_outputs_do_not_pass_through_hdf5 (void **state)
{
  enum { N = 400000 };
  double *in = calloc (N, sizeof *in), *out = calloc (N, sizeof *out);
  struct hashcache__block items[] = {
    { .type = &t_double, .address = in, .count = N, .role = HASHCACHE__IN, .group = 1, .n_dims = 1, .parent = -1, .name = "in" },
    { .type = &t_double,
      .address = out,
      .count = N,
      .role = HASHCACHE__OUT,
      .group = 1,
      .n_dims = 1,
      .parent = -1,
      .name = "out" }
  };
  struct hashcache__blocks blocks = { .items = items, .n = 2, .capacity = 2 };
  struct hashcache__image before[2] = { { NULL, 0 }, { NULL, 0 } };
  struct hashcache__outcome outcome;
  struct hashcache__entry entry = {
    .key = &sample_key, .contract = &sample_contract, .inputs = &blocks, .outcome = &outcome, .before = before, .seconds = 1
  };
  struct hashcache__key key = sample_key;
  double seconds;

  (void) state;
  assert_non_null (in);
  assert_non_null (out);
  items[0].dims[0] = items[1].dims[0] = N;
  for (int i = 0; i < N; i++)
    out[i] = i;
  assert_int_equal (hashcache_set ("INPUTS", "full"), HASHCACHE_OK);
  assert_int_equal (hashcache__outcome_begin (&outcome, &blocks), 0);
  assert_int_equal (hashcache__entry_prepare (&entry), 0);
  assert_true (entry.skeleton_size < 65536);
  assert_true (entry.file_size > 2 * N * sizeof (double));
  hashcache__entry_free (&entry);
  hashcache__outcome_end (&outcome);
  assert_int_equal (hashcache_set ("INPUTS", NULL), HASHCACHE_OK);
  key.key.bytes[15] = 1;
  assert_int_equal (publish_blocks (&key, &blocks, before, 1), 1);
  memset (out, 0, N * sizeof *out);
  assert_int_equal (fetch_blocks (&key, &blocks, &seconds), 1);
  for (int i = 0; i < N; i++)
    assert_true (out[i] >= i && out[i] <= i);
  free (in);
  free (out);
}

/* Large datasets lie in the file as their arrays in memory, and nowhere as far from a multiple of a page as memory of malloc would begin behind
   it (h5file.h), whatever small ones are between them. */
static void
large_data_lie_in_the_file_as_in_memory (void **state)
{
  enum { LARGE = 3, N = 2 * LARGE, BYTES = (1 << 20) + 10, SHIFTS = 130 };
  unsigned char *out = calloc (1, BYTES + SHIFTS);

  (void) state;
  assert_non_null (out);
  for (size_t shift = 0; shift < SHIFTS; shift++) {
    struct hashcache__block items[N];
    struct hashcache__blocks blocks = { .items = items, .n = N, .capacity = N };
    struct hashcache__image before[N];
    struct hashcache__outcome outcome;
    struct hashcache__entry entry = {
      .key = &sample_key, .contract = &sample_contract, .inputs = &blocks, .outcome = &outcome, .before = before, .seconds = 1
    };
    static const char *const names[N] = { "a", "b", "c", "d", "e", "f" };

    memset (before, 0, sizeof before);
    for (size_t i = 0; i < N; i++)
      items[i] = (struct hashcache__block){ .type = &t_char,
                                            .address = out + (i < LARGE ? shift : 0),
                                            .count = i % 2 == 0 ? BYTES - i : i + shift,
                                            .role = HASHCACHE__OUT,
                                            .group = 1,
                                            .n_dims = 1,
                                            .parent = -1,
                                            .name = names[i],
                                            .dims = { i % 2 == 0 ? BYTES - i : i + shift } };
    assert_int_equal (hashcache__outcome_begin (&outcome, &blocks), 0);
    assert_int_equal (hashcache__entry_prepare (&entry), 0);
    for (size_t i = 0; i < N; i += 2) {
      const uint64_t offset = hashcache__get_u64 (hashcache__index_piece (entry.index, &entry.shape, i));

      assert_int_equal (offset % 64, (uintptr_t) items[i].address % 64);
      assert_true (offset % 4096 >= 64);
    }
    hashcache__entry_free (&entry);
    hashcache__outcome_end (&outcome);
  }
  free (out);
}

/* What HDF5 has no room to describe is refused in words; compressed or not. */
static void
structs_of_too_many_fields_are_refused (void **state)
{
  enum { MOST = 1000 };
  static struct hashcache__field fields[MOST];
  static char names[MOST][16];
  static double values[MOST];

  (void) state;
  for (size_t i = 0; i < MOST; i++) {
    snprintf (names[i], sizeof names[i], "field_%zu", i);
    fields[i] = (struct hashcache__field){ names[i], &t_double, i * sizeof (double), HASHCACHE__INHERIT, 0, NULL };
  }
  for (size_t n = 800; n <= MOST; n += 200) {
    const struct hashcache__type type = { HASHCACHE__STRUCT, HASHCACHE__DENSE, n * sizeof (double), 0, n, NULL, fields, "s" };
    struct hashcache__block item = {
      .type = &type, .address = values, .count = 1, .role = HASHCACHE__OUT, .group = 1, .parent = -1, .name = "s"
    };
    struct hashcache__blocks blocks = { .items = &item, .n = 1, .capacity = 1 };
    struct hashcache__outcome outcome;
    struct hashcache__entry entry = {
      .key = &sample_key, .contract = &sample_contract, .inputs = &blocks, .outcome = &outcome, .before = NULL, .seconds = 1
    };

    assert_int_equal (hashcache__outcome_begin (&outcome, &blocks), 0);
    assert_int_equal (hashcache__entry_prepare (&entry), n < MOST ? 0 : -1);
    assert_int_equal (entry.fault && strstr (entry.fault, "more fields"), n == MOST);
    hashcache__entry_free (&entry);
    hashcache__outcome_end (&outcome);
  }
}

/* The heap of the lists of dimensions is in front of the data, too; and entries with more dimensions than it has room for have none. */
static void
dimensions_are_before_the_data (void **state)
{
  enum { N = 400000, RANK = 4, FULL = HASHCACHE__MOST_AXES / RANK, SIZES = HASHCACHE__MOST_SCALES - 4 };
  double *out = calloc (N, sizeof *out);

  (void) state;
  assert_non_null (out);
  for (size_t n = 1; n <= FULL + 1; n++) {
    struct hashcache__block items[FULL + 1];
    struct hashcache__blocks blocks = { .items = items, .n = n, .capacity = n };
    struct hashcache__image before[FULL + 1];
    struct hashcache__outcome outcome;
    struct hashcache__entry entry = {
      .key = &sample_key, .contract = &sample_contract, .inputs = &blocks, .outcome = &outcome, .before = before, .seconds = 1
    };
    char names[FULL + 1][16];

    memset (before, 0, sizeof before);
    for (size_t i = 0; i < n; i++) {
      snprintf (names[i], sizeof names[i], "out%zu", i);
      items[i] = (struct hashcache__block){ .type = &t_double,
                                            .address = out,
                                            .count = N,
                                            .role = HASHCACHE__OUT,
                                            .group = 1,
                                            .n_dims = RANK,
                                            .parent = -1,
                                            .name = names[i],
                                            .dims = { 1, 1, i == 0 ? N : 1, 1 } };
      for (unsigned d = 0; i > 0 && d < RANK; d++)
        items[i].dims[d] = 2 + (RANK * i + d) % SIZES;
      for (unsigned d = 0; i > 0 && d < RANK; d++)
        items[i].count = d == 0 ? items[i].dims[d] : items[i].count * items[i].dims[d];
    }
    assert_int_equal (hashcache__outcome_begin (&outcome, &blocks), 0);
    assert_int_equal (hashcache__entry_prepare (&entry), 0);
    assert_int_equal (entry.dimensions.n > 0, n <= FULL);
    assert_true (entry.skeleton_size < 131072);
    assert_true (entry.file_size > N * sizeof (double));
    hashcache__entry_free (&entry);
    hashcache__outcome_end (&outcome);
  }
  free (out);
}

/* HASHCACHE_INPUTS says whether arrays that are in the key are kept, or only their digests; what is small is there in any case. */
static void
large_inputs_are_kept_if_asked_for (void **state)
{
  enum { N = 200 };
  static const char *const values[] = { "digest", "full" };

  (void) state;
  for (unsigned full = 0; full <= 1; full++) {
    double in[N], old[N], count = 0.75, out = 5, seconds;
    struct hashcache__part parts[] = { { "in", HASHCACHE__GROUP_INPUT, { { 0x1a } } },
                                       { "count", HASHCACHE__GROUP_INPUT, { { 0x1b } } } };
    struct hashcache__block items[] = {
      { .type = &t_double,
        .address = in,
        .count = N,
        .role = HASHCACHE__IN,
        .group = 1,
        .n_dims = 1,
        .parent = -1,
        .name = "in" },
      { .type = &t_double,
        .address = old,
        .count = N,
        .role = HASHCACHE__INOUT,
        .group = 1,
        .n_dims = 1,
        .parent = -1,
        .name = "old" },
      { .type = &t_double, .address = &count, .count = 1, .role = HASHCACHE__IN, .group = 1, .parent = -1, .name = "count" },
      { .type = &t_double, .address = &out, .count = 1, .role = HASHCACHE__OUT, .group = 1, .parent = -1, .name = "out" }
    };
    struct hashcache__blocks blocks = { .items = items, .n = LENGTH (items), .capacity = LENGTH (items) };
    struct hashcache__image before[LENGTH (items)] = { { NULL, 0 } };
    struct hashcache__key key = {
      .code = { { 0xdd } }, .key = { { (unsigned char) full } }, .parts = parts, .n_parts = LENGTH (parts)
    };
    char file[1024], command[4096];

    for (int i = 0; i < N; i++)
      in[i] = old[i] = i + 0.5;
    items[0].dims[0] = items[1].dims[0] = N;
    assert_int_equal (hashcache_set ("INPUTS", values[full]), HASHCACHE_OK);
    assert_int_equal (hashcache__image_take (&before[1], &items[1]), 0);
    old[7] = -1;
    assert_int_equal (publish_blocks (&key, &blocks, before, 1), 1);
    hashcache__image_free (&before[1]);
    old[7] = 7.5;
    out = 0;
    assert_int_equal (fetch_blocks (&key, &blocks, &seconds), 1);
    assert_true (out > 4 && old[7] < 0);

    snprintf (file, sizeof file, "'%s'/*/objects/dd0*/%02x0*.h5", scratch, full);
    snprintf (command, sizeof command, "h5ls -r %s", file);
    if (full) {
      expect (output_of (command), "/inputs/in               Dataset {200}");
      snprintf (command, sizeof command, "h5dump -d /inputs/in %s && h5dump -d /inputs/old -s 7 -c 1 %s", file, file);
      expect (output_of (command), "199.5");
      expect (output_of (command), "(7): 7.5"); /* before the call */
    } else {
      assert_null (strstr (output_of (command), "/inputs/in"));
      assert_null (strstr (output_of (command), "/inputs/old"));
    }
    snprintf (command, sizeof command, "h5dump -d /inputs/count %s; h5dump -d /parts %s", file, file);
    expect (output_of (command), "0.75");
    expect (output_of (command), "1a000000000000000000000000000000");
    expect (output_of (command), "1b000000000000000000000000000000");
  }
  assert_int_equal (hashcache_set ("INPUTS", NULL), HASHCACHE_OK);
}

/* An array of structs with pointers: a compound for the plain fields, a group for each element. */
static void
arrays_of_structs_have_a_group_for_each_element (void **state)
{
  struct sample one, two;
  struct crystal crystals[2];
  struct hashcache__block items[] = { { .type = &t_crystal,
                                        .address = crystals,
                                        .count = 2,
                                        .role = HASHCACHE__IN,
                                        .group = 1,
                                        .n_dims = 1,
                                        .parent = -1,
                                        .name = "both" },
                                      { .type = &t_double3,
                                        .address = one.forces,
                                        .count = 4,
                                        .role = HASHCACHE__OUT,
                                        .group = 1,
                                        .n_dims = 1,
                                        .parent = 0,
                                        .parent_element = 0,
                                        .name = "forces" },
                                      { .type = &t_double3,
                                        .address = two.forces,
                                        .count = 4,
                                        .role = HASHCACHE__OUT,
                                        .group = 1,
                                        .n_dims = 1,
                                        .parent = 0,
                                        .parent_element = 1,
                                        .name = "forces" } };
  struct hashcache__blocks blocks = { .items = items, .n = 3, .capacity = 3 };
  struct hashcache__image before[3] = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
  struct hashcache__key key = sample_key;
  char command[4096];
  const char *list;

  (void) state;
  sample_before (&one);
  sample_before (&two);
  crystals[0] = one.crystal;
  crystals[1] = two.crystal;
  items[0].dims[0] = 2;
  items[1].dims[0] = items[2].dims[0] = 4;
  key.code.bytes[0] = 0xaa;
  assert_int_equal (publish_blocks (&key, &blocks, before, 1), 1);
  snprintf (command, sizeof command, "h5ls -r '%s'/*/objects/aade*/*.h5", scratch);
  list = output_of (command);
  expect (list, "/inputs/both/values      Dataset {2}");
  expect (list, "/outputs/both/0/forces   Dataset {4, 3}");
  expect (list, "/outputs/both/1/forces   Dataset {4, 3}");
}

/* Types beyond the everyday, each with how h5dump names it; and arrays of nothing. */
static void
odd_types_and_empty_arrays (void **state)
{
  static const struct {
    struct hashcache__type type;
    uint64_t count;
    const char *shown;
  } rows[] = {
    { { HASHCACHE__INT, HASHCACHE__DENSE, 16, 0, 0, NULL, NULL, "__int128" }, 2, "\"high\"" },
    { { HASHCACHE__UINT, HASHCACHE__DENSE, 1, 0, 0, NULL, NULL, "_Bool" }, 3, "H5T_STD_U8LE" },
    { { HASHCACHE__FLOAT, HASHCACHE__DENSE, 2, 2, 0, NULL, NULL, "_Float16" }, 3, "16-bit little-endian floating-point" },
    { { HASHCACHE__FLOAT, HASHCACHE__DENSE, 16, 16, 0, NULL, NULL, "__float128" }, 2, "128-bit little-endian floating-point" },
    { { HASHCACHE__FLOAT, HASHCACHE__DENSE, 4, 4, 0, NULL, NULL, "float" }, 5, "H5T_IEEE_F32LE" },
    { { HASHCACHE__FLOAT, HASHCACHE__DENSE, 8, 8, 0, NULL, NULL, "double" }, 0, "( 0 ) / ( H5S_UNLIMITED )" },
    { { HASHCACHE__STRUCT, HASHCACHE__DENSE, 0, 0, 0, NULL, NULL, "struct nothing" }, 2, "( 0 ) / ( H5S_UNLIMITED )" },
  };

  (void) state;
  for (size_t i = 0; i < LENGTH (rows); i++) {
    unsigned char memory[64], kept[64];
    struct hashcache__block item = { .type = &rows[i].type,
                                     .address = memory,
                                     .count = rows[i].count,
                                     .role = HASHCACHE__OUT,
                                     .group = 1,
                                     .n_dims = 1,
                                     .parent = -1,
                                     .name = "odd",
                                     .dims = { rows[i].count } };
    struct hashcache__blocks blocks = { .items = &item, .n = 1, .capacity = 1 };
    struct hashcache__key key = sample_key;
    char command[4096];
    double seconds;

    key.code.bytes[0] = 0xbb;
    key.key.bytes[15] = (unsigned char) i;
    for (size_t b = 0; b < sizeof memory; b++)
      memory[b] = (unsigned char) (3 * b + 1);
    memcpy (kept, memory, sizeof kept);
    assert_int_equal (publish_blocks (&key, &blocks, NULL, 1), 1);
    memset (memory, 0, (size_t) (rows[i].count * rows[i].type.size));
    assert_int_equal (fetch_blocks (&key, &blocks, &seconds), 1);
    assert_memory_equal (memory, kept, sizeof kept);
    snprintf (command, sizeof command, "h5dump -H -d /outputs/odd '%s'/*/objects/bbde*/*%02x.h5", scratch, (unsigned) i);
    expect (output_of (command), rows[i].shown);
  }
}

static int failures_of_threads;

static void *
publish_and_fetch (void *number)
{
  for (int i = 0; i < 20; i++) {
    double value = 100.0 * *(int *) number + i, seconds;
    struct hashcache__block item = { .type = &t_double,
                                     .address = &value,
                                     .count = 1,
                                     .role = HASHCACHE__OUT,
                                     .group = HASHCACHE__GROUP_RETURN,
                                     .parent = -1,
                                     .name = "return" };
    struct hashcache__blocks blocks = { .items = &item, .n = 1, .capacity = 1 };
    const double wanted = value;
    struct hashcache__key key = sample_key;

    key.code.bytes[0] = 0xcc;
    key.key = hashcache__digest_of (&value, sizeof value);
    if (publish_blocks (&key, &blocks, NULL, 1) != 1)
      __atomic_fetch_add (&failures_of_threads, 1, __ATOMIC_RELAXED);
    value = -1;
    if (fetch_blocks (&key, &blocks, &seconds) != 1 || memcmp (&value, &wanted, sizeof value) != 0)
      __atomic_fetch_add (&failures_of_threads, 1, __ATOMIC_RELAXED);
  }
  return NULL;
}

static void
threads_publish_and_fetch_at_once (void **state)
{
  pthread_t threads[4];
  int numbers[4];

  (void) state;
  for (int i = 0; i < 4; i++) {
    numbers[i] = i;
    assert_int_equal (pthread_create (&threads[i], NULL, publish_and_fetch, &numbers[i]), 0);
  }
  for (int i = 0; i < 4; i++)
    assert_int_equal (pthread_join (threads[i], NULL), 0);
  assert_int_equal (failures_of_threads, 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_hit_restores_what_the_call_did),
    cmocka_unit_test (shapes_and_types_are_those_of_the_source),
    cmocka_unit_test (values_are_those_of_the_call),
    cmocka_unit_test (structs_are_compounds_without_ignored_fields),
    cmocka_unit_test (who_where_and_when_is_written_down),
    cmocka_unit_test (parts_of_the_key_can_be_compared),
    cmocka_unit_test (the_whole_file_is_readable),
    cmocka_unit_test (the_directory_is_as_documented),
    cmocka_unit_test (who_comes_second_leaves_the_first_entry),
    cmocka_unit_test (the_hosts_hdf5_errors_stay),
    cmocka_unit_test (large_outputs_do_not_pass_through_hdf5),
    cmocka_unit_test (large_data_lie_in_the_file_as_in_memory),
    cmocka_unit_test (structs_of_too_many_fields_are_refused),
    cmocka_unit_test (dimensions_are_before_the_data),
    cmocka_unit_test (large_inputs_are_kept_if_asked_for),
    cmocka_unit_test (arrays_of_structs_have_a_group_for_each_element),
    cmocka_unit_test (odd_types_and_empty_arrays),
    cmocka_unit_test (threads_publish_and_fetch_at_once),
  };

  return cmocka_run_group_tests (tests, set_up, remove_scratch_after);
}
