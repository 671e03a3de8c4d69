/* test_limits.c: a cache keeps its limits: HASHCACHE_MAX_SIZE, HASHCACHE_MAX_FILES, HASHCACHE_MAX_AGE, with one writer and with many; what
   is cheap, or long unused, goes first; what goes is never more than a miss; and without a limit nothing is done.
   SPDX-License-Identifier: BSD-2-Clause

   Entries are numbered: number N yields N. Their times are set back by hand, since tests cannot wait for days. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "sample_call.h"
#include <ftw.h>
#include <signal.h>

static int
set_up (void **state)
{
  (void) state;
  make_scratch ();
  hashcache_set ("MAX_SIZE", NULL);
  hashcache_set ("MAX_FILES", NULL);
  hashcache_set ("MAX_AGE", NULL);
  hashcache_set ("MODE", NULL);
  use_directory (scratch_path ("cache"));
  return 0;
}

static void
limit (const char *name, const char *value)
{
  assert_int_equal (hashcache_set (name, value), HASHCACHE_OK);
}

static int
scaled (int n)
{
  return getenv ("UNDER_VALGRIND") ? n / 8 : n;
}

/* Entries --------------------------------------------------------------------------------------------------------------- */

enum { MOST = 1 << 17 };

static double values[MOST];

static struct hashcache__key
key_of (int number)
{
  struct hashcache__key key = sample_key;

  key.code.bytes[1] = (unsigned char) (number % 3); /* three functions */
  for (int i = 0; i < 4; i++)
    key.key.bytes[i] = (unsigned char) ((unsigned) number * 2654435761u >> (8 * i));
  return key;
}

static struct hashcache__block
block_of (uint64_t n)
{
  return (struct hashcache__block){ .type = &t_double,
                                    .address = values,
                                    .count = n,
                                    .role = HASHCACHE__OUT,
                                    .group = HASHCACHE__GROUP_RETURN,
                                    .n_dims = 1,
                                    .parent = -1,
                                    .name = "return",
                                    .dims = { n } };
}

/* Publishes NUMBER, as N doubles that took SECONDS; what store_publish says. */
static int
publish (int number, uint64_t n, double seconds)
{
  const struct hashcache__key key = key_of (number);
  struct hashcache__block block = block_of (n);
  struct hashcache__blocks blocks = { .items = &block, .n = 1, .capacity = 1 };

  for (uint64_t i = 0; i < n; i++)
    values[i] = number + 1;
  return publish_blocks (&key, &blocks, NULL, seconds);
}

/* Whether NUMBER is found, as N doubles. What is found wrong fails the test, or ends a child with 66. */
static int
found (int number, uint64_t n)
{
  const struct hashcache__key key = key_of (number);
  struct hashcache__block block = block_of (n);
  struct hashcache__blocks blocks = { .items = &block, .n = 1, .capacity = 1 };
  double seconds;

  memset (values, 0, (size_t) n * sizeof *values);
  if (!fetch_blocks (&key, &blocks, &seconds))
    return 0;
  for (uint64_t i = 0; i < n; i++)
    if (values[i] != number + 1) {
      fprintf (stderr, "a wrong result: %g instead of %d\n", values[i], number + 1);
      _exit (66);
    }
  return 1;
}

static int
count_found (int from, int to)
{
  int n = 0;

  for (int i = from; i < to; i++)
    n += found (i, 1);
  return n;
}

static const char *
entry_path (int number)
{
  static char path[HASHCACHE__PATH];
  const struct hashcache__key key = key_of (number);

  assert_int_equal (hashcache__entry_path (path, hashcache__settings ()->dir, &key), 0);
  return path;
}

static void
set_age (const char *path, long seconds)
{
  const struct timespec then = { time (NULL) - seconds, 0 };

  assert_int_equal (utimensat (AT_FDCWD, path, (const struct timespec[]){ then, then }, AT_SYMLINK_NOFOLLOW), 0);
}

static long
age_of (const char *path)
{
  struct stat file;

  assert_int_equal (stat (path, &file), 0);
  return time (NULL) - file.st_mtime;
}

static int
is_there (const char *path)
{
  struct stat file;

  return lstat (path, &file) == 0;
}

/* The directory --------------------------------------------------------------------------------------------------------- */

static struct {
  int64_t bytes;
  int entries, temporaries;
} total;

static int
count_one (const char *path, const struct stat *file, int kind, struct FTW *walk)
{
  const char *name = path + walk->base;

  if (kind != FTW_F)
    return 0;
  total.bytes += 512 * (int64_t) file->st_blocks;
  total.entries += strstr (path, "/objects/") && strstr (name, ".h5");
  total.temporaries += strncmp (name, ".tmp-", 5) == 0;
  return 0;
}

static void
count_all (void)
{
  total.bytes = total.entries = total.temporaries = 0;
  (void) nftw (scratch_path ("cache/objects"), count_one, 16, FTW_PHYS);
  (void) nftw (scratch_path ("cache/quarantine"), count_one, 16, FTW_PHYS);
}

static void
shell (const char *command)
{
  char text[12288];

  snprintf (text, sizeof text, "cd '%s' && %s", scratch, command);
  if (system (text) != 0)
    fail_msg ("not so: %s", command);
}

static struct hashcache__usage
usage (void)
{
  struct hashcache__usage found_usage;
  const int fd = hashcache__take_usage (hashcache__settings ()->dir, &found_usage, (int64_t) time (NULL));

  assert_true (fd >= 0);
  close (fd);
  return found_usage;
}

/* Another process, or time, has been at work: the last pass is long ago. */
static void
let_time_pass (void)
{
  struct hashcache__usage changed;
  int fd = hashcache__take_usage (hashcache__settings ()->dir, &changed, (int64_t) time (NULL));

  assert_true (fd >= 0);
  changed.passed -= HASHCACHE__DAY;
  hashcache__give_usage_back (fd, &changed);
}

/* Limits ---------------------------------------------------------------------------------------------------------------- */

static void
without_a_limit_nothing_is_done (void **state)
{
  (void) state;
  for (int i = 0; i < 20; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  set_age (entry_path (3), 100 * HASHCACHE__DAY);
  assert_true (found (3, 1));
  assert_true (age_of (entry_path (3)) > 99 * HASHCACHE__DAY);
  assert_false (is_there (scratch_path ("cache/usage")));
  assert_int_equal (count_found (0, 20), 20);
}

static void
the_size_is_kept (void **state)
{
  const int n = scaled (400);
  int64_t most = 600 << 10;

  (void) state;
  limit ("MAX_SIZE", "600K");
  for (int i = 0; i < n; i++) {
    assert_int_equal (publish (i, 1, 1.0), 1);
    assert_true (found (i, 1)); /* the last one is there in any case */
    if (i % 10 == 0) {
      count_all ();
      assert_true (total.bytes <= most);
    }
  }
  count_all ();
  assert_true (total.bytes <= most && total.bytes >= most / 2);
  assert_int_equal (count_found (0, n), total.entries);
  assert_int_equal (usage ().bytes, total.bytes);
  assert_int_equal (usage ().files, total.entries);
}

static void
the_number_is_kept (void **state)
{
  const int n = scaled (400);

  (void) state;
  limit ("MAX_FILES", "40");
  for (int i = 0; i < n; i++) {
    assert_int_equal (publish (i, 1, 1.0), 1);
    count_all ();
    assert_true (total.entries <= 40 && total.entries >= (i < 35 ? i + 1 : 35));
  }
}

static void
a_small_number_is_kept_exactly (void **state)
{
  (void) state;
  for (int most = 1; most <= 4; most++) {
    char text[16];

    snprintf (text, sizeof text, "%d", most);
    limit ("MAX_FILES", text);
    for (int i = 0; i < 8; i++) {
      assert_int_equal (publish (100 * most + i, 1, 1.0), 1);
      count_all ();
      assert_true (total.entries <= most);
    }
    assert_int_equal (total.entries, most);
  }
}

static void
what_was_there_before_the_limit_counts (void **state)
{
  const int n = scaled (700);

  (void) state;
  for (int i = 0; i < n; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  limit ("MAX_FILES", "50");
  for (int i = n; i < n + 20; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  count_all ();
  assert_true (total.entries <= 50 && total.entries >= 40);
}

static void
what_is_copied_and_removed_by_hand_is_found (void **state)
{
  (void) state;
  limit ("MAX_FILES", "100");
  for (int i = 0; i < 60; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  shell ("rm -f cache/objects/*/[0-7]*.h5"); /* about half of them */
  count_all ();
  assert_true (total.entries < 50);
  let_time_pass ();
  for (int i = 60; i < 70; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  count_all ();
  assert_int_equal (usage ().files, total.entries);
  shell ("cp -r cache copy && for f in copy/objects/*/*.h5; do for i in 1 2 3 4 5 6; do "
         "cp $f cache/objects/$(basename $(dirname $f))/$(basename $f 0.h5)$i.h5; done; done");
  count_all ();
  assert_true (total.entries > 100);
  let_time_pass ();
  for (int i = 70; i < 100; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  count_all ();
  assert_true (total.entries <= 100);
}

static void
what_is_computed_anew_counts_once (void **state)
{
  (void) state;
  limit ("MAX_FILES", "20");
  for (int i = 0; i < 10; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  for (int i = 0; i < 100; i++) {
    const struct hashcache__key key = key_of (5);

    assert_true (hashcache__store_forget (&key));
    assert_int_equal (publish (5, 1, 1.0), 1);
  }
  assert_int_equal (count_found (0, 10), 10);
}

static char text_said[4096];

static void
listen_to_publishing (int number, uint64_t n, int times)
{
  const int kept = dup (STDERR_FILENO), file = open (scratch_path ("said"), O_RDWR | O_CREAT | O_TRUNC, 0600);
  ssize_t length;

  dup2 (file, STDERR_FILENO);
  while (times-- > 0)
    assert_int_equal (publish (number++, n, 1.0), 0);
  dup2 (kept, STDERR_FILENO);
  length = pread (file, text_said, sizeof text_said - 1, 0);
  text_said[length > 0 ? length : 0] = '\0';
  close (kept);
  close (file);
}

static void
a_result_that_is_too_large_is_not_stored (void **state)
{
  (void) state;
  limit ("MAX_SIZE", "200K");
  for (int i = 0; i < 4; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  listen_to_publishing (10, 100000, 3);
  assert_non_null (strstr (text_said, "bytes are more than the whole cache may have"));
  assert_null (strchr (strchr (text_said, '\n') + 1, '\n')); /* once */
  assert_int_equal (count_found (0, 4), 4);
  count_all ();
  assert_int_equal (total.temporaries, 0);
  limit ("MAX_SIZE", NULL);
  limit ("MAX_FILES", "0");
  assert_int_equal (publish (20, 1, 1.0), 0);
}

/* Compressed, a result's size is known only once it is written. */
static void
nor_if_it_is_compressed (void **state)
{
  unsigned seed = 1;
  const struct hashcache__key key = key_of (10);
  struct hashcache__block block = block_of (100000);
  struct hashcache__blocks blocks = { .items = &block, .n = 1, .capacity = 1 };

  (void) state;
  limit ("MAX_SIZE", "200K");
  assert_int_equal (hashcache_set ("COMPRESS", "deflate:1"), HASHCACHE_OK);
  assert_int_equal (publish (0, 1, 1.0), 1);
  for (int i = 0; i < 100000; i++) { /* numbers that hardly get shorter */
    seed = seed * 1664525u + 1013904223u;
    values[i] = 1e-3 * (double) seed;
  }
  assert_int_equal (publish_blocks (&key, &blocks, NULL, 1000.0), 0);
  assert_int_equal (hashcache_set ("COMPRESS", NULL), HASHCACHE_OK);
  count_all ();
  assert_int_equal (total.temporaries, 0);
  assert_int_equal (count_found (0, 1), 1);
}

/* What would take more room than it is worth goes at once: who waits for it must not be told that it is there. */
static void
a_result_that_has_to_go_at_once_is_said_not_to_be_there (void **state)
{
  int stored = 0;

  (void) state;
  limit ("MAX_SIZE", "250K");
  for (int i = 0; i < 8; i++)
    assert_int_equal (publish (i, 1, 1e6), 1);
  for (int i = 10; i < 40; i++) {
    const int there = publish (i, 20000, 1e-3);

    assert_int_equal (there, found (i, 20000));
    stored += there;
  }
  assert_int_equal (count_found (0, 8), 8);
  assert_true (stored < 30);
}

/* Nothing is kept, or all of it; and nothing overflows. */
static void
the_least_and_the_largest_limits (void **state)
{
  static const char *const names[] = { "MAX_SIZE", "MAX_FILES", "MAX_AGE" };
  static const char *const large[] = { "18446744073709551615", "18446744073709551614", "9223372036854775808" };

  (void) state;
  for (size_t i = 0; i < LENGTH (names); i++)
    for (size_t j = 0; j < LENGTH (large); j++) {
      const int number = (int) (20 * (i * LENGTH (large) + j));

      limit (names[i], large[j]);
      for (int k = 0; k < 20; k++)
        assert_int_equal (publish (number + k, 1, 1.0), 1);
      let_time_pass ();
      assert_int_equal (publish (1000 + number, 1, 1.0), 1);
      assert_int_equal (count_found (number, number + 20), 20);
      limit (names[i], NULL);
    }
  limit ("MAX_SIZE", "0");
  assert_int_equal (publish (2000, 1, 1.0), 0);
  limit ("MAX_SIZE", NULL);
  limit ("MAX_AGE", "0"); /* what is not of this second goes */
  for (int i = 0; i < 20; i++)
    set_age (entry_path (i), 2);
  assert_int_equal (publish (2001, 1, 1.0), 1);
  assert_int_equal (publish (2002, 1, 1.0), 1);
  let_time_pass ();
  for (int i = 0; i < 10; i++)
    assert_int_equal (publish (2003 + i, 1, 1.0), 1);
  assert_int_equal (count_found (0, 20), 0);
  assert_true (found (2012, 1));
}

/* A directory that has grown without a limit is not cleared by the one who comes with one. */
static void
a_publication_does_a_bounded_amount_of_work (void **state)
{
  const int n = scaled (4000);
  char name[HASHCACHE__PATH + 64];
  int left = n, before, most;

  (void) state;
  assert_int_equal (publish (0, 1, 1.0), 1);
  for (int i = 1; i < n; i++) {
    snprintf (name, sizeof name, "%s", entry_path (0));
    snprintf (name + strlen (name) - 35, 64, "%032x.h5", (unsigned) i);
    assert_int_equal (link (entry_path (0), name), 0);
  }
  limit ("MAX_FILES", "20");
  for (int i = 1; left > 20 && i < 2000; i++) {
    before = left;
    assert_int_equal (publish (i, 1, 1.0), 1);
    count_all ();
    left = total.entries;
    most = HASHCACHE__STEP_BEYOND;
    assert_true (left >= before + 1 - most && left <= before + 1);
  }
  assert_true (left <= 20 && left > 10);
}

/* Which go -------------------------------------------------------------------------------------------------------------- */

static void
what_is_expensive_stays (void **state)
{
  const int n = scaled (600);

  (void) state;
  limit ("MAX_SIZE", "1M");
  for (int i = 0; i < n; i++)
    assert_int_equal (publish (i, 1, i < 10 || i % 60 == 0 ? 1000.0 : 0.01), 1);
  for (int i = 0; i < n; i++)
    if (i < 10 || i % 60 == 0)
      assert_true (found (i, 1));
  count_all ();
  assert_true (total.bytes <= 1 << 20);
}

/* As long as there is room for small results, large ones that took as long go. */
static void
what_is_large_goes_first (void **state)
{
  int small = 0, large = 0;

  (void) state;
  limit ("MAX_SIZE", "2M");
  for (int i = 0; i < 60; i++)
    assert_int_equal (publish (i, i % 6 ? 1 : 30000, 1.0), 1); /* 240 KB each */
  for (int i = 0; i < 60; i++)
    *(i % 6 ? &small : &large) += found (i, i % 6 ? 1 : 30000);
  assert_int_equal (small, 50);
  assert_true (large < 8);
}

/* Where files are short, the large one is worth no less. */
static void
size_does_not_matter_where_files_are_short (void **state)
{
  (void) state;
  limit ("MAX_FILES", "20");
  for (int i = 0; i < 5; i++)
    assert_int_equal (publish (i, 100000, 100.0), 1);
  for (int i = 5; i < 100; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  for (int i = 0; i < 5; i++)
    assert_true (found (i, 100000));
}

static void
what_is_used_stays (void **state)
{
  (void) state;
  limit ("MAX_FILES", "60");
  for (int i = 0; i < 50; i++) {
    assert_int_equal (publish (i, 1, 1.0), 1);
    set_age (entry_path (i), 30 * HASHCACHE__DAY);
  }
  for (int i = 0; i < 50; i += 5) {
    assert_true (found (i, 1));
    assert_true (age_of (entry_path (i)) < 60);
  }
  set_age (entry_path (0), HASHCACHE__HOUR / 2); /* so exactly its use need not be known */
  assert_true (found (0, 1));
  assert_true (age_of (entry_path (0)) >= HASHCACHE__HOUR / 2);
  for (int i = 50; i < 90; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  for (int i = 0; i < 50; i += 5)
    assert_true (found (i, 1));
  assert_true (count_found (0, 50) < 40);
}

/* A month of not being used is outweighed by what it takes to compute it. */
static void
what_is_old_and_expensive_outlives_what_is_new_and_cheap (void **state)
{
  (void) state;
  limit ("MAX_FILES", "60");
  for (int i = 0; i < 10; i++) {
    assert_int_equal (publish (i, 1, 1e5), 1);
    set_age (entry_path (i), 30 * HASHCACHE__DAY);
  }
  for (int i = 10; i < 200; i++)
    assert_int_equal (publish (i, 1, 0.01), 1);
  assert_int_equal (count_found (0, 10), 10);
}

static void
what_is_too_old_goes (void **state)
{
  (void) state;
  limit ("MAX_AGE", "10d");
  for (int i = 0; i < 30; i++) {
    assert_int_equal (publish (i, 1, 1e6), 1);
    set_age (entry_path (i), (i < 20 ? 11 : 9) * HASHCACHE__DAY);
  }
  for (int i = 0; i < 5; i++)
    assert_true (found (i, 1)); /* used now */
  let_time_pass ();
  assert_int_equal (publish (30, 1, 1.0), 1);
  assert_int_equal (publish (31, 1, 1.0), 1);
  for (int i = 0; i < 32; i++)
    assert_int_equal (found (i, 1), i < 5 || i >= 20);
}

static void
a_short_age_is_kept (void **state)
{
  (void) state;
  limit ("MAX_AGE", "60");
  for (int i = 0; i < 10; i++) {
    assert_int_equal (publish (i, 1, 1.0), 1);
    set_age (entry_path (i), i < 5 ? 50 : 70);
  }
  assert_true (found (0, 1));
  assert_true (age_of (entry_path (0)) < 50); /* with a finer notion of use */
  let_time_pass ();
  assert_int_equal (publish (10, 1, 1.0), 1);
  assert_int_equal (publish (11, 1, 1.0), 1);
  for (int i = 0; i < 12; i++)
    assert_int_equal (found (i, 1), i < 5 || i >= 10);
}

/* However large it is: what comes last is no reason to lose what took a thousand times as long. */
static void
what_is_new_and_cheap_does_not_push_out_what_is_worth_more (void **state)
{
  (void) state;
  limit ("MAX_SIZE", "1M");
  for (int i = 0; i < 20; i++)
    assert_int_equal (publish (i, 1, 1e6), 1); /* 160 KiB at most */
  for (int i = 0; i < 3; i++)
    (void) publish (1000 + i, 120000, 1e-3); /* 0.96 MB each: it has room only without them */
  assert_int_equal (count_found (0, 20), 20);
  count_all ();
  assert_true (total.bytes <= 1 << 20);
}

/* Nearly all that is kept is worth more than what comes, and there is room for that. */
static void
what_is_worth_more_stays_however_much_cheap_comes (void **state)
{
  const int precious = scaled (800), all = precious + precious / 4;
  char text[32];
  int n;

  (void) state;
  snprintf (text, sizeof text, "%d", all);
  limit ("MAX_FILES", text);
  for (int i = 0; i < precious; i++)
    assert_int_equal (publish (i, 1, 1e4), 1);
  for (int i = 0; i < 2 * precious; i++)
    assert_int_equal (publish (precious + i, 1, 1e-3), 1);
  n = count_found (0, precious);
  count_all ();
  assert_true (total.entries <= all);
  if (n < precious - precious / 50)
    fail_msg ("of %d that are worth more only %d are left", precious, n);
}

/* What else there is ---------------------------------------------------------------------------------------------------- */

static void
what_is_set_aside_or_left_behind_goes (void **state)
{
  char name[512], made[2048];
  pid_t dead = fork ();

  (void) state;
  if (dead == 0)
    _exit (0);
  assert_int_equal (waitpid (dead, NULL, 0), dead);
  limit ("MAX_SIZE", "1G");
  assert_int_equal (publish (0, 1, 1.0), 1);
  shell ("mkdir cache/quarantine && cd cache/quarantine && echo a >new.h5 && echo b >old.h5 && touch -d '6 days ago' new.h5 && "
         "touch -d '8 days ago' old.h5");
  shell ("cd cache/objects/* && touch .tmp-elsewhere-1-1-1 .tmp-elsewhere-2-2-2 && touch -d '2 days ago' .tmp-elsewhere-1-1-1 && "
         "touch -d '2 hours ago' .tmp-elsewhere-2-2-2");
  snprintf (name, sizeof name, ".tmp-%016llx-%ld-1-1-1-here", (unsigned long long) hashcache__process_namespace (), (long) dead);
  snprintf (made, sizeof made, "cd cache/objects/* && touch '%s' && touch .tmp-elsewhere-3-3-3", name);
  shell (made); /* dead for certain, however new; and one of somebody whom we cannot ask */
  snprintf (name, sizeof name, ".tmp-%016llx-%ld-%llu-1-1-here", (unsigned long long) hashcache__process_namespace (),
            (long) getpid (), (unsigned long long) hashcache__own_start ());
  snprintf (made, sizeof made, "cd cache/objects/* && touch '%s' && touch -d '2 days ago' '%s'", name, name);
  shell (made); /* its writer lives */
  let_time_pass ();
  assert_int_equal (publish (3, 1, 1.0), 1);
  assert_int_equal (publish (6, 1, 1.0), 1);
  shell ("test \"$(ls cache/quarantine)\" = new.h5");
  count_all ();
  assert_int_equal (total.temporaries, 3);
  assert_int_equal (usage ().bytes, total.bytes);
}

/* It is to be looked at by somebody, however long nobody had used it before. */
static void
what_is_set_aside_stays_for_a_week (void **state)
{
  const char *path;

  (void) state;
  limit ("MAX_SIZE", "1G");
  assert_int_equal (publish (0, 1, 1.0), 1);
  path = entry_path (0);
  assert_int_equal (truncate (path, 100), 0);
  set_age (path, 30 * HASHCACHE__DAY);
  assert_false (found (0, 1));
  let_time_pass ();
  assert_int_equal (publish (3, 1, 1.0), 1);
  assert_int_equal (publish (6, 1, 1.0), 1);
  shell ("test $(ls cache/quarantine | wc -l) = 1");
}

static void
places_without_entries_go (void **state)
{
  const struct hashcache__key key = key_of (1);

  (void) state;
  limit ("MAX_SIZE", "1G");
  for (int i = 0; i < 3; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  assert_true (hashcache__store_forget (&key));
  let_time_pass ();
  assert_int_equal (publish (3, 1, 1.0), 1);
  shell ("test $(ls cache/objects | wc -l) = 3"); /* somebody may have made it just now */
  shell ("touch -d '2 hours ago' cache/objects/*");
  let_time_pass ();
  assert_int_equal (publish (6, 1, 1.0), 1);
  assert_int_equal (publish (9, 1, 1.0), 1);
  shell ("test $(ls cache/objects | wc -l) = 2 && test -z \"$(find cache -name '.tmp*')\"");
  assert_int_equal (publish (1, 1, 1.0), 1);
  shell ("test $(ls cache/objects/*/function.json | wc -l) = 3");
  assert_int_equal (count_found (0, 4), 4);
}

static void
files_of_others_are_left_alone (void **state)
{
  (void) state;
  if (getuid () != 0) {
    print_message ("NOT RUN: only root can be other users\n");
    skip ();
  }
  limit ("MAX_FILES", "40");
  for (int i = 0; i < 20; i++)
    assert_int_equal (publish (i, 1, 1e-6), 1); /* cheap */
  shell ("chown 65534 cache/objects/*/*.h5 && touch -d '100 days ago' cache/objects/*/*.h5");
  for (int i = 20; i < 100; i++)
    assert_int_equal (publish (i, 1, 100.0), 1);
  assert_int_equal (count_found (0, 20), 20);
  count_all ();
  assert_true (total.entries <= 40);
}

static void
readonly_leaves_all_as_it_is (void **state)
{
  struct stat before, after;

  (void) state;
  for (int i = 0; i < 10; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  shell ("touch -d '100 days ago' cache/objects/*/*.h5");
  assert_int_equal (stat (entry_path (1), &before), 0);
  limit ("MAX_FILES", "2");
  limit ("MODE", "readonly");
  assert_int_equal (count_found (0, 10), 10);
  assert_int_equal (stat (entry_path (1), &after), 0);
  assert_int_equal (before.st_mtime, after.st_mtime);
  assert_false (is_there (scratch_path ("cache/usage")));
}

static void
a_bad_usage_file_is_begun_afresh (void **state)
{
  static const char *const spoils[] = { "head -c 100 usage >u && cat u >usage", ": >usage", "head -c 9999 /dev/urandom >usage",
                                        "rm usage", "printf x | dd of=usage bs=1 seek=300 conv=notrunc 2>/dev/null" };

  (void) state;
  limit ("MAX_FILES", "30");
  for (int i = 0; i < 40; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  for (size_t i = 0; i < LENGTH (spoils); i++) {
    char command[256];

    snprintf (command, sizeof command, "cd cache && %s", spoils[i]);
    shell (command);
    for (int j = 0; j < 20; j++)
      assert_int_equal (publish (100 + 20 * (int) i + j, 1, 1.0), 1);
    count_all ();
    assert_true (total.entries <= 30 && total.entries >= 20);
    assert_int_equal (usage ().files, total.entries);
  }
  shell ("rm cache/usage && ln -s ../elsewhere cache/usage");
  assert_int_equal (publish (999, 1, 1.0), 1); /* limits are not kept then, and it is said */
  shell ("test ! -e elsewhere && rm cache/usage && mkdir cache/usage");
  assert_int_equal (publish (998, 1, 1.0), 1);
}

static void
who_reads_an_entry_has_it_to_the_end (void **state)
{
  unsigned char first[4096], second[4096];
  int fd;

  (void) state;
  limit ("MAX_FILES", "5");
  assert_int_equal (publish (0, 1, 1e-9), 1);
  fd = open (entry_path (0), O_RDONLY);
  assert_int_equal (pread (fd, first, sizeof first, 0), sizeof first);
  for (int i = 1; i < 20; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  assert_false (is_there (entry_path (0)));
  assert_int_equal (pread (fd, second, sizeof second, 0), sizeof second);
  assert_memory_equal (first, second, sizeof first);
  close (fd);
}

/* Many at once ---------------------------------------------------------------------------------------------------------- */

enum { WRITERS = 8, EXPENSIVE = 5 };

/* One of many that look, compute and store: numbers of all, in an order of its own. */
static void
write_and_read (int writer, int n)
{
  for (int i = 0; i < n; i++) {
    const int number = (i * 7 + writer * 31) % (n * 4);

    if (!found (number, 1) && publish (number, 1, number < EXPENSIVE ? 1e4 : 1e-3) < 0)
      _exit (67);
  }
  hashcache__limits_at_exit ();
  _exit (0);
}

static void
await_writers (const pid_t *writers)
{
  for (int i = 0; i < WRITERS; i++) {
    int status;

    assert_int_equal (waitpid (writers[i], &status, 0), writers[i]);
    assert_true (WIFEXITED (status));
    assert_int_equal (WEXITSTATUS (status), 0);
  }
}

static void
start_writers (pid_t *writers, int n)
{
  fflush (NULL);
  for (int i = 0; i < WRITERS; i++) {
    writers[i] = fork ();
    assert_true (writers[i] >= 0);
    if (writers[i] == 0)
      write_and_read (i, n);
  }
}

static void
many_writers_keep_the_limits (void **state)
{
  const int n = scaled (300);
  pid_t writers[WRITERS];

  (void) state;
  limit ("MAX_SIZE", "2M");
  for (int i = 0; i < EXPENSIVE; i++)
    assert_int_equal (publish (i, 1, 1e4), 1);
  start_writers (writers, n);
  await_writers (writers);
  count_all ();
  assert_true (total.bytes <= 2 << 20 && total.bytes > 1 << 19);
  assert_int_equal (total.temporaries, 0);
  assert_int_equal (count_found (0, 4 * n), total.entries); /* each that is there is right */
  assert_int_equal (count_found (0, EXPENSIVE), EXPENSIVE);
}

/* Each is killed while it stores and evicts; what they had not written down, or had done and not written down, the next pass finds. */
static void
records_heal_after_kills (void **state)
{
  const struct timespec moment = { 0, 30000000 };
  pid_t writers[WRITERS];

  (void) state;
  limit ("MAX_FILES", "200");
  for (int round = 0; round < 5; round++) {
    start_writers (writers, 100000);
    for (int i = 0; i < WRITERS; i++) {
      nanosleep (&moment, NULL);
      assert_int_equal (kill (writers[i], SIGKILL), 0);
      assert_int_equal (waitpid (writers[i], NULL, 0), writers[i]);
    }
    if (is_there (scratch_path ("cache/usage")))
      let_time_pass ();
    for (int i = 0; i < 20; i++)
      (void) publish (1000000 + 20 * round + i, 1, 1.0);
    count_all ();
    assert_true (total.entries <= 200);
    assert_in_range (usage ().files, total.entries, total.entries + 20); /* who came behind a pass is counted twice by it */
  }
}

/* A job that the batch system has stopped at the worst moment, or a machine whose lock its file server has not forgotten. */
static void
who_is_stopped_with_the_lock_does_not_end_the_limits (void **state)
{
  struct hashcache__usage taken;
  int fd;

  (void) state;
  limit ("MAX_FILES", "20");
  for (int i = 0; i < 10; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  fd = hashcache__take_usage (hashcache__settings ()->dir, &taken, (int64_t) time (NULL));
  assert_true (fd >= 0);
  for (int i = 10; i < 15; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  assert_int_equal (taken.files, 10); /* somebody is at it, and will be done soon */
  set_age (scratch_path ("cache/usage"), HASHCACHE__HOUR);
  for (int i = 15; i < 60; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  count_all ();
  assert_true (total.entries <= 20);
  hashcache__give_usage_back (fd, &taken); /* the job goes on, with what it knew then */
  for (int i = 60; i < 100; i++)
    assert_int_equal (publish (i, 1, 1.0), 1);
  count_all ();
  assert_true (total.entries <= 20 && total.entries >= 15);
  assert_int_equal (usage ().files, total.entries);
}

/* Another process removes what it likes meanwhile: files of all kinds, directories, at last everything. */
static void
what_vanishes_is_only_missed (void **state)
{
  const int n = scaled (200);
  pid_t writers[WRITERS], vandal;
  char command[2048];

  (void) state;
  limit ("MAX_FILES", "100");
  limit ("MAX_AGE", "1000d");
  snprintf (command, sizeof command,
            "cd '%s'; while :; do rm -rf $(ls -d cache/objects/*/*.h5 cache/objects/*/function.json cache/objects/*/.tmp* "
            "cache/claims/* "
            "cache/usage 2>/dev/null | shuf -n 5) $(ls -d cache/objects/* | shuf -n 1); done >/dev/null 2>&1",
            scratch);
  assert_int_equal (publish (0, 1, 1.0), 1);
  fflush (NULL);
  vandal = fork ();
  assert_true (vandal >= 0);
  if (vandal == 0) {
    setpgid (0, 0);
    execl ("/bin/sh", "sh", "-c", command, (char *) NULL);
    _exit (1);
  }
  setpgid (vandal, vandal);
  start_writers (writers, n);
  await_writers (writers);
  kill (-vandal, SIGKILL);
  waitpid (vandal, NULL, 0);
  for (int i = 0; i < 20; i++)
    (void) publish (100000 + i, 1, 1.0);
  count_all ();
  assert_int_equal (count_found (0, 4 * n) + count_found (100000, 100020), total.entries);
  assert_true (total.entries <= 100);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
#define SPECIFICATION(function) cmocka_unit_test_setup_teardown (function, set_up, remove_scratch_after)
    SPECIFICATION (without_a_limit_nothing_is_done),
    SPECIFICATION (the_size_is_kept),
    SPECIFICATION (the_number_is_kept),
    SPECIFICATION (a_small_number_is_kept_exactly),
    SPECIFICATION (what_was_there_before_the_limit_counts),
    SPECIFICATION (what_is_copied_and_removed_by_hand_is_found),
    SPECIFICATION (what_is_computed_anew_counts_once),
    SPECIFICATION (a_result_that_is_too_large_is_not_stored),
    SPECIFICATION (nor_if_it_is_compressed),
    SPECIFICATION (a_result_that_has_to_go_at_once_is_said_not_to_be_there),
    SPECIFICATION (the_least_and_the_largest_limits),
    SPECIFICATION (a_publication_does_a_bounded_amount_of_work),
    SPECIFICATION (what_is_expensive_stays),
    SPECIFICATION (what_is_large_goes_first),
    SPECIFICATION (size_does_not_matter_where_files_are_short),
    SPECIFICATION (what_is_used_stays),
    SPECIFICATION (what_is_old_and_expensive_outlives_what_is_new_and_cheap),
    SPECIFICATION (what_is_too_old_goes),
    SPECIFICATION (a_short_age_is_kept),
    SPECIFICATION (what_is_new_and_cheap_does_not_push_out_what_is_worth_more),
    SPECIFICATION (what_is_worth_more_stays_however_much_cheap_comes),
    SPECIFICATION (what_is_set_aside_or_left_behind_goes),
    SPECIFICATION (what_is_set_aside_stays_for_a_week),
    SPECIFICATION (places_without_entries_go),
    SPECIFICATION (files_of_others_are_left_alone),
    SPECIFICATION (readonly_leaves_all_as_it_is),
    SPECIFICATION (a_bad_usage_file_is_begun_afresh),
    SPECIFICATION (who_reads_an_entry_has_it_to_the_end),
    SPECIFICATION (many_writers_keep_the_limits),
    SPECIFICATION (records_heal_after_kills),
    SPECIFICATION (who_is_stopped_with_the_lock_does_not_end_the_limits),
    SPECIFICATION (what_vanishes_is_only_missed),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
