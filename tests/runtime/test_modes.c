/* test_modes.c: each HASHCACHE_MODE does what it says: readonly writes nothing, refresh replaces, verify finds what is not what is computed,
   audit finds what a contract says wrongly; and no mode gives another result than the call.
   SPDX-License-Identifier: BSD-2-Clause

   With them what else decides on what is kept: HASHCACHE_CHECK, HASHCACHE_TOLERANCE, and the condition of HASHCACHE_IF. What is said
   goes to a file, and is compared. */
#define _GNU_SOURCE
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "counted_calls.h"
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>

/* What a mode other than `on` makes of a call that computes. */
#define COMPUTED_ONLY ((struct expected){ .calls = 1, .computed = 1 })

/* double sum (int n, const double in[n], double out[n], double total[1]): the total is both. */

static const struct hashcache__node sum_node = LEAF ("sum", 1);
static const struct hashcache__parameter sum_parameters[] = {
  { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
  { .name = "in", .type = &double_pointer, .role = HASHCACHE__IN, .extent = &n_elements },
  { .name = "out", .type = &double_pointer, .role = HASHCACHE__OUT, .flags = HASHCACHE__ANNOTATED, .extent = &n_elements },
  { .name = "total", .type = &double_pointer, .role = HASHCACHE__INOUT, .extent = &one_element },
  { .name = "part", .type = &double_pointer, .role = HASHCACHE__WRITTEN_ONLY, .extent = &n_elements }
};
static struct hashcache__contract sum_contract = { .abi = HASHCACHE__ABI,
                                                   .n_parameters = LENGTH (sum_parameters),
                                                   .function = "sum",
                                                   .source = "test_modes.c:1",
                                                   .compiler = "gcc",
                                                   .text = "double sum (...)",
                                                   .parameters = sum_parameters,
                                                   .returns = &double_type,
                                                   .node = &sum_node };

enum { N = 3 };

/* How the body departs from what its contract says. */
static struct {
  double offset;   /* of the second element of OUT, which no key knows */
  int reads_out;   /* it reads what it is said to fill */
  int leaves_out;  /* the last element of OUT */
  int reads_part;  /* it reads what it is said never to */
  int counts_runs; /* its result depends on how often it has run */
  int changes_in;  /* it changes its input */
  int writes_more; /* of PART from the second run on */
} odd;

static double in_values[N], out_values[N], part_values[N], total_value;

static void
sum_body (int n, double *in, double *out, double *total, double *part, double *result)
{
  int exponent;

  *result = odd.reads_out ? out[0] : 0.0;
  for (int i = 0; i < n - odd.leaves_out; i++) {
    out[i] = 2 * in[i] + (i == 1 ? odd.offset : 0.0);
    *result += in[i];
  }
  *total += *result;
  *result += odd.reads_part ? 1.0 + frexp (part[1], &exponent) : 0.0; /* however small */
  part[1] = *total;
  if (odd.writes_more && bodies % 2 == 0)
    part[2] = 1.0;
  if (odd.counts_runs)
    *result += bodies;
  if (odd.changes_in)
    in[0] += 1.0;
}

/* Calls sum with a FIRST input, everything else set anew. */
static double
sum (double first)
{
  int n = N;
  double *in = in_values, *out = out_values, *total = &total_value, *part = part_values, result = -1.0;

  for (int i = 0; i < N; i++) {
    in_values[i] = first + i;
    out_values[i] = -7.0;
    part_values[i] = 100.0 + i;
  }
  total_value = 10.0;
  CALL (sum_contract, &result, sum_body (n, in, out, total, part, &result), &n, &in, &out, &total, &part);
  return result;
}

/* That the last call had a FIRST input and left what the body leaves, whose second output was OFFSET more. */
static void
assert_summed (double result, double first, double offset)
{
  const double expected = 3 * first + 3;

  assert_true (result == expected && total_value == 10.0 + expected);
  assert_true (out_values[0] == 2 * first && out_values[1] == 2 * first + 2 + offset && out_values[2] == 2 * first + 4);
  assert_true (part_values[0] == 100.0 && part_values[1] == 10.0 + expected && part_values[2] == 102.0);
  assert_true (in_values[0] == first);
}

static void
use_mode (const char *mode)
{
  assert_int_equal (hashcache_set ("MODE", mode), HASHCACHE_OK);
}

/* What was said ------------------------------------------------------------------------------------------------------- */

static int kept_stderr = -1;
static char said[8192];

static void
listen (void)
{
  char path[sizeof scratch + 16];
  int file;

  snprintf (path, sizeof path, "%s-said", scratch);
  file = open (path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  assert_true (file >= 0);
  fflush (stderr);
  kept_stderr = dup (STDERR_FILENO);
  dup2 (file, STDERR_FILENO);
  close (file);
}

/* All that was said since then. */
static const char *
heard (void)
{
  char path[sizeof scratch + 16];
  const ssize_t n = pread (STDERR_FILENO, said, sizeof said - 1, 0);

  said[n > 0 ? n : 0] = '\0';
  dup2 (kept_stderr, STDERR_FILENO);
  close (kept_stderr);
  snprintf (path, sizeof path, "%s-said", scratch);
  unlink (path);
  return said;
}

static void
assert_heard (const char *words)
{
  const char *text = heard ();

  if (!strstr (text, words))
    fail_msg ("expected: %s\nsaid: %s", words, text);
}

/* The cache directory ------------------------------------------------------------------------------------------------- */

static struct {
  unsigned files;
  uint64_t sum; /* of everything about them that a change would change */
} found;

static int
look_at_one (const char *path, const struct stat *status, int kind, struct FTW *walk)
{
  uint64_t parts[] = { status->st_ino,
                       (uint64_t) status->st_size,
                       (uint64_t) status->st_mtim.tv_sec,
                       (uint64_t) status->st_mtim.tv_nsec,
                       status->st_nlink,
                       status->st_mode };

  (void) kind, (void) walk;
  found.files++;
  for (const char *c = path; *c; c++)
    found.sum = 31 * found.sum + (unsigned char) *c;
  for (size_t i = 0; i < LENGTH (parts); i++)
    found.sum = 31 * found.sum + parts[i];
  return 0;
}

/* A number that changes with anything in the directory. */
static uint64_t
directory_as_it_is (void)
{
  found.files = 0;
  found.sum = 0;
  assert_int_equal (nftw (scratch, look_at_one, 16, FTW_PHYS), 0);
  return found.sum;
}

static char entry_file[sizeof scratch + 512];

static int
find_entry (const char *path, const struct stat *status, int kind, struct FTW *walk)
{
  (void) status, (void) walk;
  if (kind == FTW_F && strstr (path, ".h5") && !strstr (path, "quarantine"))
    snprintf (entry_file, sizeof entry_file, "%s", path);
  return 0;
}

/* Spoils all entries. */
static int
spoil_entry (const char *path, const struct stat *status, int kind, struct FTW *walk)
{
  entry_file[0] = '\0';
  (void) find_entry (path, status, kind, walk);
  return entry_file[0] ? truncate (entry_file, 300) : 0;
}

/* Modes --------------------------------------------------------------------------------------------------------------- */

static void
readonly_reads_and_writes_nothing (void **state)
{
  uint64_t as_it_was;

  (void) state;
  use_mode ("readonly");
  as_it_was = directory_as_it_is ();
  assert_int_equal (found.files, 1);
  for (int i = 0; i < 2; i++) {
    assert_summed (sum (1.0), 1.0, 0.0);
    assert_counted (COMPUTED_ONLY);
    hashcache_drop_memory ();
  }
  assert_summed (sum (1.0), 1.0, 0.0);
  assert_counted (COMPUTED_ONLY);
  assert_summed (sum (1.0), 1.0, 0.0); /* memory is no file */
  assert_counted (IN_MEMORY);
  assert_int_equal (directory_as_it_is (), as_it_was);
  use_mode ("on");
  hashcache_drop_memory ();
  assert_summed (sum (1.0), 1.0, 0.0);
  assert_counted (COMPUTED);
  hashcache_drop_memory ();
  use_mode ("readonly");
  as_it_was = directory_as_it_is ();
  assert_true (found.files > 3);
  assert_summed (sum (1.0), 1.0, 0.0);
  assert_counted (IN_STORE);
  assert_summed (sum (2.0), 2.0, 0.0);
  assert_counted (COMPUTED_ONLY);
  assert_int_equal (directory_as_it_is (), as_it_was);
}

static void
readonly_leaves_a_bad_entry_where_it_is (void **state)
{
  uint64_t as_it_was;

  (void) state;
  use_mode ("readonly");
  hashcache_drop_memory ();
  assert_int_equal (nftw (scratch, spoil_entry, 16, FTW_PHYS), 0);
  as_it_was = directory_as_it_is ();
  listen ();
  assert_summed (sum (1.0), 1.0, 0.0);
  (void) heard ();
  assert_counted ((struct expected){ .calls = 1, .computed = 1, .bad_entries = 1 });
  assert_int_equal (directory_as_it_is (), as_it_was);
  use_mode ("on");
  hashcache_drop_memory ();
  assert_summed (sum (1.0), 1.0, 0.0);
  assert_counted ((struct expected){ .calls = 1, .computed = 1, .stored = 1, .bad_entries = 1 });
}

static void
refresh_computes_and_replaces (void **state)
{
  (void) state;
  use_mode ("on");
  assert_summed (sum (3.0), 3.0, 0.0);
  assert_counted (COMPUTED);
  odd.offset = 0.5;
  assert_summed (sum (3.0), 3.0, 0.0);
  assert_counted (IN_MEMORY);
  use_mode ("refresh");
  for (int i = 0; i < 2; i++) {
    assert_summed (sum (3.0), 3.0, 0.5);
    assert_counted (COMPUTED);
  }
  odd.offset = 0.0;
  use_mode ("on");
  assert_summed (sum (3.0), 3.0, 0.5);
  assert_counted (IN_MEMORY);
  hashcache_drop_memory ();
  assert_summed (sum (3.0), 3.0, 0.5);
  assert_counted (IN_STORE);
}

static void
verify_finds_what_is_not_what_is_computed (void **state)
{
  (void) state;
  use_mode ("on");
  assert_summed (sum (4.0), 4.0, 0.0);
  assert_counted (COMPUTED);
  use_mode ("verify");
  assert_summed (sum (4.0), 4.0, 0.0); /* the same: nothing to say */
  assert_counted (COMPUTED_ONLY);
  odd.offset = 0.25;
  listen ();
  assert_summed (sum (4.0), 4.0, 0.25); /* what the call computes, not what was kept */
  assert_heard (
      "sum (test_modes.c:1): the entry is set aside, it is not what the call computes: `out`: element 1 is 10 in the entry "
      "and 10.25 when computed");
  assert_counted ((struct expected){ .calls = 1, .computed = 1, .stored = 1, .bad_entries = 1 });
  use_mode ("on");
  hashcache_drop_memory ();
  assert_summed (sum (4.0), 4.0, 0.25);
  assert_counted (IN_STORE);
}

static void
verify_overlooks_what_is_within_the_tolerance (void **state)
{
  (void) state;
  use_mode ("on");
  odd.offset = 0.0;
  assert_summed (sum (5.0), 5.0, 0.0);
  assert_counted (COMPUTED);
  use_mode ("verify");
  assert_int_equal (hashcache_set ("TOLERANCE", "1e-9"), HASHCACHE_OK);
  odd.offset = 1e-12;
  (void) sum (5.0);
  assert_true (out_values[1] != 12.0);
  assert_counted (COMPUTED_ONLY);
  odd.offset = 1e-6;
  listen ();
  (void) sum (5.0);
  assert_heard ("`out`: element 1 is 12 in the entry and 12.00000");
  assert_counted ((struct expected){ .calls = 1, .computed = 1, .stored = 1, .bad_entries = 1 });
  use_mode ("on");
  odd.offset = NAN;
  hashcache_drop_memory ();
  (void) sum (5.5);
  assert_counted (COMPUTED);
  use_mode ("verify");
  (void) sum (5.5); /* the same bits, if no number */
  assert_counted (COMPUTED_ONLY);
  odd.offset = 0.0;
  listen ();
  (void) sum (5.5); /* a number is near to none that is not */
  assert_heard ("`out`: element 1 is ");
  assert_counted ((struct expected){ .calls = 1, .computed = 1, .stored = 1, .bad_entries = 1 });
  assert_int_equal (hashcache_set ("TOLERANCE", NULL), HASHCACHE_OK);
}

static void
verify_finds_that_other_elements_are_written (void **state)
{
  (void) state;
  use_mode ("on");
  assert_summed (sum (6.0), 6.0, 0.0);
  assert_counted (COMPUTED);
  use_mode ("verify");
  odd.writes_more = 1;
  bodies = 1;
  listen ();
  (void) sum (6.0);
  assert_heard ("the entry is set aside");
  assert_true (part_values[2] == 1.0);
  assert_counted ((struct expected){ .calls = 1, .computed = 1, .stored = 1, .bad_entries = 1 });
}

static void
audit_computes_a_miss_twice_and_publishes_it (void **state)
{
  (void) state;
  use_mode ("audit");
  assert_summed (sum (7.0), 7.0, 0.0); /* the total is added to once */
  assert_int_equal (bodies, 2);
  assert_counted (COMPUTED);
  assert_summed (sum (7.0), 7.0, 0.0);
  assert_int_equal (bodies, 2);
  assert_counted (IN_MEMORY);
  hashcache_drop_memory ();
  use_mode ("on");
  assert_summed (sum (7.0), 7.0, 0.0);
  assert_counted (IN_STORE);
}

/* Audits a call with a FIRST input, which is found to be odd in some way, in WORDS, and says WHY. Its result is that of a computation all the same. */
static void
assert_audit_finds (double first, const char *words, const char *why)
{
  use_mode ("audit");
  listen ();
  (void) sum (first);
  assert_heard (words);
  assert_non_null (strstr (said, why));
  assert_int_equal (bodies % 2, 0);
  assert_counted (NOT_KEPT);
  use_mode ("on");
  (void) sum (first); /* nor is it kept in memory */
  bodies++;
  assert_counted (COMPUTED);
}

static void
audit_finds_what_is_not_filled (void **state)
{
  (void) state;
  odd.leaves_out = 1;
  assert_audit_finds (8.0, "`out`: element 2 is 0 the first time and ",
                      "the call does not write all of it, so it is no HASHCACHE_OUT");
}

static void
audit_finds_what_is_read_and_should_not (void **state)
{
  (void) state;
  odd.reads_out = 1;
  assert_audit_finds (9.0, "`total`: element 0 is ", "the call reads what it should not, or does not do the same each time");
  odd.reads_out = 0;
  odd.reads_part = 1;
  assert_audit_finds (9.5, "`return`: element 0 is ", "the call reads what it should not, or does not do the same each time");
}

static void
audit_finds_what_is_not_the_same_each_time (void **state)
{
  (void) state;
  odd.counts_runs = 1;
  assert_audit_finds (10.0, "`return`: element 0 is 34 the first time and 35 the second: ",
                      "the call reads what it should not, or does not do the same each time");
  odd.counts_runs = 0;
  odd.writes_more = 1;
  assert_audit_finds (10.5, "computed twice from the same inputs", "element");
}

/* What is kept -------------------------------------------------------------------------------------------------------- */

static void
unchecked_inputs_are_believed (void **state)
{
  (void) state;
  use_mode ("on");
  odd.changes_in = 1;
  listen ();
  (void) sum (11.0);
  assert_heard ("the input `in` changed during the call");
  assert_true (in_values[0] == 12.0);
  assert_counted (NOT_KEPT);
  assert_int_equal (hashcache_set ("CHECK", "0"), HASHCACHE_OK);
  (void) sum (11.0);
  assert_counted (COMPUTED);
  (void) sum (11.0);
  assert_true (in_values[0] == 11.0);
  assert_counted (IN_MEMORY);
  assert_int_equal (hashcache_set ("CHECK", NULL), HASHCACHE_OK);
}

/* double guess (int n) HASHCACHE_IF (result > n), and so on. */

static const struct hashcache__node guess_node = LEAF ("guess", 2);
static const struct hashcache__parameter guess_parameters[] = { { .name = "n", .type = &int_type, .role = HASHCACHE__IN } };
static const struct hashcache__step larger_steps[] = { { HASHCACHE__RESULT, 0, NULL },
                                                       { HASHCACHE__LOAD_INT, sizeof (int), NULL },
                                                       { HASHCACHE__ARGUMENT, 0, NULL },
                                                       { HASHCACHE__LOAD_INT, sizeof (int), NULL },
                                                       { HASHCACHE__GREATER, 0, NULL } };
static const struct hashcache__expression larger = EXPRESSION ("result > n", larger_steps);
static const struct hashcache__step divided_steps[] = { { HASHCACHE__PUSH, 1, NULL },
                                                        { HASHCACHE__RESULT, 0, NULL },
                                                        { HASHCACHE__LOAD_INT, sizeof (int), NULL },
                                                        { HASHCACHE__DIVIDE, 0, NULL } };
static const struct hashcache__expression divided = EXPRESSION ("1 / result", divided_steps);

static int
guess (int n, int guessed, const struct hashcache__expression *condition)
{
  static struct hashcache__contract contracts[2];
  struct hashcache__contract *contract = &contracts[condition == &divided];
  int result = -1;

  if (!contract->abi)
    *contract = (struct hashcache__contract){ .abi = HASHCACHE__ABI,
                                              .n_parameters = 1,
                                              .function = "guess",
                                              .source = "test_modes.c:2",
                                              .compiler = "gcc",
                                              .text = "int guess (int n)",
                                              .parameters = guess_parameters,
                                              .returns = &int_type,
                                              .node = &guess_node,
                                              .store_if = condition };
  CALL (*contract, &result, result = guessed, &n);
  return result;
}

static void
only_what_the_condition_wants_is_kept (void **state)
{
  (void) state;
  use_mode ("on");
  for (int i = 0; i < 2; i++) {
    assert_int_equal (guess (5, 5 - i, &larger), 5 - i);
    assert_counted (COMPUTED_ONLY);
  }
  assert_int_equal (guess (5, 6, &larger), 6);
  assert_counted (COMPUTED);
  assert_int_equal (guess (5, 1, &larger), 6);
  assert_counted (IN_MEMORY);
  hashcache_drop_memory ();
  assert_int_equal (guess (5, 1, &larger), 6);
  assert_counted (IN_STORE);
}

static void
a_condition_that_cannot_be_computed_wants_nothing (void **state)
{
  (void) state;
  use_mode ("on");
  for (int i = 0; i < 2; i++) {
    listen ();
    assert_int_equal (guess (7, 0, &divided), 0);
    if (i == 0)
      assert_heard ("guess (test_modes.c:2) is not stored: its condition `1 / result` ");
    else
      assert_string_equal (heard (), "");
    assert_counted (COMPUTED_ONLY);
  }
  assert_int_equal (guess (7, 2, &divided), 2); /* 1 / 2 is 0 */
  assert_counted (COMPUTED_ONLY);
  assert_int_equal (guess (7, -1, &divided), -1);
  assert_counted (COMPUTED);
}

static int
start_afresh (void **state)
{
  memset (&odd, 0, sizeof odd);
  return start (state);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
#define IN_MODE(function) cmocka_unit_test_setup (function, start_afresh)
    IN_MODE (readonly_reads_and_writes_nothing),
    IN_MODE (readonly_leaves_a_bad_entry_where_it_is),
    IN_MODE (refresh_computes_and_replaces),
    IN_MODE (verify_finds_what_is_not_what_is_computed),
    IN_MODE (verify_overlooks_what_is_within_the_tolerance),
    IN_MODE (verify_finds_that_other_elements_are_written),
    IN_MODE (audit_computes_a_miss_twice_and_publishes_it),
    IN_MODE (audit_finds_what_is_not_filled),
    IN_MODE (audit_finds_what_is_read_and_should_not),
    IN_MODE (audit_finds_what_is_not_the_same_each_time),
    IN_MODE (unchecked_inputs_are_believed),
    IN_MODE (only_what_the_condition_wants_is_kept),
    IN_MODE (a_condition_that_cannot_be_computed_wants_nothing),
  };

  return cmocka_run_group_tests (tests, make_scratch, remove_scratch);
}
