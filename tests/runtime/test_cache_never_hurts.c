/* test_cache_never_hurts.c: whatever is wrong with the cache directory, the program goes on; what failed is counted and said in one
   line, nothing is left behind, and what belongs to others is not touched.
   SPDX-License-Identifier: BSD-2-Clause

   Each case is a child process of its own, so limits, users and messages do not mix. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for this file's own signals and mounts; the other tests show that strict C11 will do */
#endif
#include "said_in_child.h"
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

static int
set_up (void **state)
{
  (void) state;
  make_scratch ();
  return 0;
}

static const char *
list (const char *name)
{
  char command[2048];

  snprintf (command, sizeof command, "cd '%s' && find '%s' | sort", scratch, name);
  return output_of (command);
}

static void
shell (const char *command)
{
  char text[4096];

  snprintf (text, sizeof text, "cd '%s' && %s", scratch, command);
  assert_int_equal (system (text), 0);
}

/* A call as the program makes it, twice: look, lock, compute, store. 0 if all fails in good order. */
static int
everything_fails_in_good_order (void)
{
  struct sample s;
  struct hashcache_statistics statistics;
  double seconds;

  use_directory (scratch_path ("cache"));
  for (int i = 0; i < 2; i++) {
    if (sample_fetch (&s, &seconds) != 0)
      return 1;
    if (hashcache__store_open_claims (0) >= 0)
      return 2;
    if (sample_publish (&s) != 0)
      return 3;
  }
  hashcache_stats (&statistics);
  if (statistics.store_failures != 2 || statistics.stored != 0 || statistics.bad_entries != 0 || statistics.bytes_written != 0)
    return 4;
  return 0;
}

static int
stores (void)
{
  struct sample s;
  double seconds;

  use_directory (scratch_path ("cache"));
  return sample_publish (&s) == 1 && sample_fetch (&s, &seconds) == 1 ? 0 : 1;
}

static void
a_file_in_place_of_the_directory (void **state)
{
  (void) state;
  shell ("echo mine >cache");
  assert_int_equal (in_child (everything_fails_in_good_order), 0);
  said_one_line_with ("Not a directory");
  shell ("test \"$(cat cache)\" = mine && rm cache");
}

static void
a_file_in_place_of_a_parent (void **state)
{
  (void) state;
  shell ("echo mine >parent && ln -s parent/cache cache");
  assert_int_equal (in_child (everything_fails_in_good_order), 0);
  shell ("test \"$(cat parent)\" = mine && rm cache parent");
}

static void
a_directory_with_somebodys_files_is_left_alone (void **state)
{
  (void) state;
  shell ("mkdir cache && echo mine >cache/thesis.tex");
  assert_int_equal (in_child (everything_fails_in_good_order), 0);
  said_one_line_with ("thesis.tex");
  assert_string_equal (list ("cache"), "cache\ncache/thesis.tex\n");
  shell ("rm -r cache");
}

static void
an_unknown_format_is_never_touched (void **state)
{
  static const char *const formats[] = { "hashcache 2\\n", "hashcache 1", "", "hashcache 1\\nmore\\n" };

  (void) state;
  for (size_t i = 0; i < LENGTH (formats); i++) {
    char command[256];

    snprintf (command, sizeof command, "mkdir cache && printf '%s' >cache/format", formats[i]);
    shell (command);
    assert_int_equal (in_child (everything_fails_in_good_order), 0);
    said_one_line_with ("format");
    assert_string_equal (list ("cache"), "cache\ncache/format\n");
    shell ("rm -r cache");
  }
}

static void
an_empty_directory_becomes_a_cache (void **state)
{
  (void) state;
  shell ("mkdir cache && touch cache/hashcache.conf cache/.hidden && mkdir cache/lost+found");
  assert_int_equal (in_child (stores), 0);
  assert_string_equal (said (), "");
  shell ("rm -r cache");
}

/* Root may write anywhere: become nobody. */
static int
fails_as_nobody (void)
{
  if (getuid () == 0 && (setgid (65534) != 0 || setuid (65534) != 0))
    return 5;
  return everything_fails_in_good_order ();
}

static int
hits_as_nobody (void)
{
  struct sample s;
  struct hashcache_statistics statistics;
  struct hashcache__key other = sample_key;
  struct hashcache__block items[N_BLOCKS];
  double seconds;

  if (getuid () == 0 && (setgid (65534) != 0 || setuid (65534) != 0))
    return 5;
  use_directory (scratch_path ("cache"));
  if (sample_fetch (&s, &seconds) != 1)
    return 1;
  other.key.bytes[0]++;
  for (int i = 0; i < 2; i++) {
    struct hashcache__blocks blocks = sample_blocks (&s, items);
    struct hashcache__image before[N_BLOCKS];

    memset (before, 0, sizeof before);
    for (size_t b = 0; b < N_BLOCKS; b++)
      if (items[b].role == HASHCACHE__INOUT)
        hashcache__image_take (&before[b], &items[b]);
    if (hashcache__store_open_claims (7) >= 0 || publish_blocks (&other, &blocks, before, 1) != 0)
      return 2;
    for (size_t b = 0; b < N_BLOCKS; b++)
      hashcache__image_free (&before[b]);
  }
  hashcache_stats (&statistics);
  return statistics.store_failures == 2 ? 0 : 3;
}

static void
an_unwritable_place (void **state)
{
  (void) state;
  shell ("mkdir fixed && chmod 555 fixed && ln -s fixed/cache cache && chmod 755 .");
  shell ("touch stderr && chmod 666 stderr");
  assert_int_equal (in_child (fails_as_nobody), 0);
  said_one_line_with ("cannot");
  shell ("chmod 755 fixed && rm -r cache fixed");
}

static void
a_read_only_cache_still_gives_hits (void **state)
{
  (void) state;
  assert_int_equal (in_child (stores), 0);
  shell ("chmod -R a+rX,a-w cache && chmod 755 .");
  assert_int_equal (in_child (hits_as_nobody), 0);
  said_one_line_with ("cannot write into the cache");
  shell ("chmod -R u+w cache && rm -r cache");
}

static void
foreign_things_in_place_of_our_directories (void **state)
{
  (void) state;
  assert_int_equal (in_child (stores), 0);
  shell ("rm -r cache/objects cache/claims && echo mine >cache/objects && ln -s /tmp cache/claims");
  assert_int_equal (in_child (everything_fails_in_good_order), 0);
  shell (
      "test \"$(cat cache/objects)\" = mine && test -L cache/claims && test -z \"$(find cache -name '.tmp*')\" && rm -r cache");
}

static int
nowhere (void)
{
  struct sample s;
  double seconds;

  unsetenv ("HOME");
  unsetenv ("XDG_CACHE_HOME");
  unsetenv ("HASHCACHE_DIR");
  hashcache_set ("DIR", NULL);
  if (hashcache__settings ()->dir || sample_fetch (&s, &seconds) != 0 || sample_publish (&s) != 0)
    return 1;
  return 0;
}

static void
no_home (void **state)
{
  (void) state;
  assert_int_equal (in_child (nowhere), 0);
  said_one_line_with ("set HASHCACHE_DIR");
}

static int
removed_while_running (void)
{
  struct sample s;
  char command[2100];

  if (stores () != 0)
    return 1;
  snprintf (command, sizeof command, "rm -r '%s'", scratch_path ("cache"));
  if (system (command) != 0)
    return 2;
  (void) sample_publish (&s); /* may fail: this is where the loss is noticed */
  return stores ();
}

static void
a_directory_that_is_removed_while_the_program_runs (void **state)
{
  (void) state;
  assert_int_equal (in_child (removed_while_running), 0);
  shell ("rm -r cache");
}

static int
removed_between_calls (void)
{
  char command[2100];
  int fd;

  if (stores () != 0)
    return 1;
  snprintf (command, sizeof command, "rm -r '%s'", scratch_path ("cache"));
  if (system (command) != 0)
    return 2;
  fd = hashcache__store_open_claims (0); /* as a call does that misses */
  if (fd < 0)
    return 3;
  close (fd);
  return stores ();
}

static void
a_directory_that_is_removed_between_calls_is_made_again (void **state)
{
  (void) state;
  assert_int_equal (in_child (removed_between_calls), 0);
  assert_string_equal (said (), "");
  shell ("rm -r cache");
}

/* A full disk ------------------------------------------------------------------------------------------------------- */

static rlim_t file_limit;

static int
limited (void)
{
  struct rlimit limit, kept;
  struct sample s;
  sigset_t mask;
  int published;

  use_directory (scratch_path ("cache"));
  getrlimit (RLIMIT_FSIZE, &kept);
  limit = kept;
  limit.rlim_cur = file_limit;
  if (setrlimit (RLIMIT_FSIZE, &limit) != 0)
    return 1;
  published = sample_publish (&s);
  (void) sample_publish (&s); /* says no second line */
  sigemptyset (&mask);
  sigprocmask (SIG_BLOCK, NULL, &mask);
  if (published != 0)
    return 2;
  if (sigismember (&mask, SIGXFSZ) || sigismember (&mask, SIGPIPE))
    return 3;
  sigpending (&mask);
  if (sigismember (&mask, SIGXFSZ))
    return 4;
  setrlimit (RLIMIT_FSIZE, &kept);
  return 0;
}

/* SIGXFSZ is fatal by default: that it is not here is half of the test. */
static void
a_limit_on_file_sizes (void **state)
{
  static const rlim_t limits[] = { 4096, 511, 512, 8192, 16384, 20000, 27000 };

  (void) state;
  assert_int_equal (in_child (stores), 0);
  shell ("rm cache/objects/*/*.h5");
  for (size_t i = 0; i < LENGTH (limits); i++) {
    file_limit = limits[i];
    assert_int_equal (in_child (limited), 0);
    said_one_line_with ("File too large");
    shell ("test -z \"$(find cache/objects -name '*.h5' -o -name '.tmp*')\"");
  }
  assert_int_equal (in_child (stores), 0);
  shell ("rm -r cache");
}

static int
fills_the_disk (void)
{
  enum { N = 100000 };
  static double out[N];
  struct hashcache__block item = { .type = &t_double,
                                   .address = out,
                                   .count = N,
                                   .role = HASHCACHE__OUT,
                                   .group = 1,
                                   .n_dims = 1,
                                   .parent = -1,
                                   .name = "out",
                                   .dims = { N } };
  struct hashcache__blocks blocks = { .items = &item, .n = 1, .capacity = 1 };
  struct hashcache_statistics statistics;
  struct hashcache__key other = sample_key;

  memset (out, 1, sizeof out); /* zeros would take no room */
  other.key.bytes[0]++;
  for (int i = 0; i < N; i++) /* zeros would take no room */
    out[i] = 1.0 + i;
  use_directory (scratch_path ("disk/cache"));
  if (publish_blocks (&other, &blocks, NULL, 1) != 0)
    return 1;
  if (publish_blocks (&other, &blocks, NULL, 1) != 0)
    return 2;
  use_directory (scratch_path ("disk/cache"));
  hashcache_stats (&statistics);
  if (statistics.store_failures != 2 || statistics.stored != 0)
    return 3;
  /* What is small enough still goes in. */
  struct sample s;
  double seconds;
  return sample_publish (&s) == 1 && sample_fetch (&s, &seconds) == 1 ? 0 : 4;
}

static void
a_full_disk (void **state)
{
  (void) state;
  shell ("mkdir disk");
  if (mount ("tmpfs", scratch_path ("disk"), "tmpfs", 0, "size=300k") != 0) {
    print_message ("not run: mounting a small file system is not allowed here\n");
    skip ();
  }
  const int result = in_child (fills_the_disk);
  char text[512];
  snprintf (text, sizeof text, "%.500s", said ());
  output_of ("true");
  shell ("test -z \"$(find disk -name '.tmp*')\"");
  assert_int_equal (umount (scratch_path ("disk")), 0);
  assert_int_equal (result, 0);
  assert_non_null (strstr (text, "No space left on device"));
}

/* Descriptors and memory --------------------------------------------------------------------------------------------- */

static int
no_descriptors (void)
{
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = 3;
  if (setrlimit (RLIMIT_NOFILE, &limit) != 0)
    return 9;
  return everything_fails_in_good_order ();
}

static void
no_file_descriptors_left (void **state)
{
  (void) state;
  assert_int_equal (in_child (no_descriptors), 0);
  said_one_line_with ("Too many open files");
  shell ("rm -rf cache");
}

static int
closed_stderr (void)
{
  int ends[2];

  if (pipe (ends) != 0)
    return 9;
  close (ends[0]);
  dup2 (ends[1], STDERR_FILENO); /* who reads our messages has gone */
  hashcache__say (1, "nobody hears this");
  return everything_fails_in_good_order ();
}

static void
nobody_reads_the_messages (void **state)
{
  (void) state;
  shell ("echo mine >cache");
  assert_int_equal (in_child (closed_stderr), 0);
  shell ("rm cache");
}

/* Many at once: all see the entry, one has stored it. */
static void
processes_that_publish_at_once (void **state)
{
  enum { N = 8 };
  int total = 0;
  pid_t children[N];

  (void) state;
  fflush (NULL);
  for (int i = 0; i < N; i++) {
    children[i] = fork ();
    assert_true (children[i] >= 0);
    if (children[i] == 0) {
      struct sample s;
      struct hashcache_statistics statistics;

      use_directory (scratch_path ("cache"));
      if (sample_publish (&s) != 1)
        _exit (100);
      hashcache_stats (&statistics);
      _exit ((int) statistics.stored);
    }
  }
  for (int i = 0; i < N; i++) {
    int status;

    assert_int_equal (waitpid (children[i], &status, 0), children[i]);
    assert_true (WIFEXITED (status));
    assert_true (WEXITSTATUS (status) < 2);
    total += WEXITSTATUS (status);
  }
  assert_int_equal (total, 1);
  shell ("test -z \"$(find cache -name '.tmp*')\" && rm -r cache");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_file_in_place_of_the_directory),
    cmocka_unit_test (a_file_in_place_of_a_parent),
    cmocka_unit_test (a_directory_with_somebodys_files_is_left_alone),
    cmocka_unit_test (an_unknown_format_is_never_touched),
    cmocka_unit_test (an_empty_directory_becomes_a_cache),
    cmocka_unit_test (an_unwritable_place),
    cmocka_unit_test (a_read_only_cache_still_gives_hits),
    cmocka_unit_test (foreign_things_in_place_of_our_directories),
    cmocka_unit_test (no_home),
    cmocka_unit_test (a_directory_that_is_removed_while_the_program_runs),
    cmocka_unit_test (a_directory_that_is_removed_between_calls_is_made_again),
    cmocka_unit_test (a_limit_on_file_sizes),
    cmocka_unit_test (a_full_disk),
    cmocka_unit_test (no_file_descriptors_left),
    cmocka_unit_test (nobody_reads_the_messages),
    cmocka_unit_test (processes_that_publish_at_once),
  };

  return cmocka_run_group_tests (tests, set_up, remove_scratch_after);
}
