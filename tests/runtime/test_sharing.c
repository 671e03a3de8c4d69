/* test_sharing.c: a cache is what its owner, and the group that he has chosen, have written into it: one that others can write is refused, for
   reading as well, nothing in it leads elsewhere, and what a group shares has the rights that the group needs.
   SPDX-License-Identifier: BSD-2-Clause

   Each case is a child process of its own, so users, masks and messages do not mix. Other users can only be had by root. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "said_in_child.h"
#include <dirent.h>
#include <grp.h>

#include <hashcache/leases.h>

enum { NOBODY = 65534, SOMEBODY = 65533, GROUP = 65532 };

static char cache[2048]; /* the cache directory */

static int
set_up (void **state)
{
  (void) state;
  make_scratch ();
  snprintf (cache, sizeof cache, "%s", scratch_path ("cache"));
  umask (022);
  return chmod (scratch, 0755);
}

static void
said_nothing (void)
{
  assert_string_equal (said (), "");
}

static void
shell (const char *command)
{
  char text[12288];

  snprintf (text, sizeof text, "cd '%s' && %s", scratch, command);
  if (system (text) != 0)
    fail_msg ("not so: %s", command);
}

static void
only_for_root (void)
{
  if (getuid () == 0)
    return;
  print_message ("NOT RUN: only root can be other users\n");
  skip ();
}

static int
become (uid_t user)
{
  const gid_t group = GROUP;

  return setgroups (1, &group) || setgid (user) || setuid (user);
}

/* A call as the program makes it: looks and stores, and looks again. */
static int
stores (void)
{
  struct sample s;
  double seconds;

  use_directory (cache);
  return sample_publish (&s) == 1 && sample_fetch (&s, &seconds) == 1 ? 0 : 1;
}

static int
hits (void)
{
  struct sample s, expected;
  double seconds;

  use_directory (cache);
  sample_before (&expected);
  sample_compute (&expected);
  return sample_fetch (&s, &seconds) == 1 && sample_equal (&s, &expected) ? 0 : 1;
}

/* Neither reads nor writes, twice. */
static int
refuses (void)
{
  struct sample s;
  double seconds;
  struct hashcache_statistics statistics;

  use_directory (cache);
  for (int i = 0; i < 2; i++)
    if (sample_fetch (&s, &seconds) != 0 || sample_publish (&s) != 0 || hashcache__store_open_claims (3) >= 0)
      return 1;
  hashcache_stats (&statistics);
  return statistics.store_failures == 2 && statistics.bytes_read == 0 && statistics.bad_entries == 0 ? 0 : 2;
}

static int
refuses_as_nobody (void)
{
  return become (NOBODY) ? 9 : refuses ();
}

static int
hits_as_nobody (void)
{
  return become (NOBODY) ? 9 : hits ();
}

static int
stores_as_nobody (void)
{
  return become (NOBODY) ? 9 : stores ();
}

static int
stores_as_somebody (void)
{
  return become (SOMEBODY) ? 9 : stores ();
}

/* Who can write it ---------------------------------------------------------------------------------------------------- */

static void
what_everybody_can_write_is_refused (void **state)
{
  static const char *const modes[] = { "0777", "1777", "0757", "3777" };

  (void) state;
  for (size_t i = 0; i < LENGTH (modes); i++) {
    char command[256];

    assert_int_equal (in_child (stores), 0);
    snprintf (command, sizeof command, "chmod %s cache && find cache | sort >before", modes[i]);
    shell (command);
    assert_int_equal (in_child (refuses), 0);
    said_one_line_with ("everybody can write it, and so decide what results are; take that away (chmod o-w ");
    shell ("find cache | sort | cmp - before && chmod -R 755 cache && rm -r cache before");
  }
}

static void
an_empty_directory_that_everybody_can_write_becomes_no_cache (void **state)
{
  (void) state;
  shell ("mkdir cache && chmod 1777 cache");
  assert_int_equal (in_child (refuses), 0);
  said_one_line_with ("everybody can write it");
  shell ("rmdir cache");
}

static void
a_link_to_such_a_directory_is_refused (void **state)
{
  (void) state;
  assert_int_equal (in_child (stores), 0);
  shell ("mv cache elsewhere && chmod 777 elsewhere && ln -s elsewhere cache");
  assert_int_equal (in_child (refuses), 0);
  said_one_line_with ("everybody can write it");
  shell ("chmod 755 elsewhere");
  assert_int_equal (in_child (hits), 0); /* the directory's own name may be a link */
  said_nothing ();
  shell ("rm -r elsewhere cache");
}

static void
inner_directories_that_everybody_can_write_are_refused (void **state)
{
  (void) state;
  assert_int_equal (in_child (stores), 0);
  shell ("chmod o+w cache/objects");
  assert_int_equal (in_child (refuses), 0);
  said_one_line_with ("cache/objects is not used: everybody can write it");
  shell ("chmod o-w cache/objects && chmod o+w cache/claims");
  assert_int_equal (in_child (refuses), 0);
  said_one_line_with ("cache/claims is not used: everybody can write it");
  shell ("chmod o-w cache/claims && chmod o+w cache/objects/*");
  assert_int_equal (in_child (hits), 1);
  said_one_line_with (SAMPLE_CODE " is not used: everybody can write it");
  shell ("rm cache/objects/*/*.h5");
  assert_int_equal (in_child (stores), 1);
  said_one_line_with (SAMPLE_CODE " is not used: everybody can write it");
  shell ("chmod o-w cache/objects/*");
  assert_int_equal (in_child (stores), 0);
  shell ("rm -r cache");
}

static void
an_entry_that_everybody_can_write_is_set_aside (void **state)
{
  (void) state;
  assert_int_equal (in_child (stores), 0);
  shell ("chmod o+w cache/objects/*/*.h5");
  assert_int_equal (in_child (hits), 1);
  said_one_line_with ("everybody can write it");
  shell ("ls cache/quarantine/*.h5 >/dev/null && rm -r cache");
}

static int
sets_nothing (void)
{
  use_directory (cache);
  return hashcache__settings ()->wait == 5.0 ? 1 : 0;
}

static void
the_settings_in_a_directory_that_is_refused_do_not_count (void **state)
{
  (void) state;
  shell ("mkdir cache && echo 'WAIT = 5' >cache/hashcache.conf");
  assert_int_equal (in_child (sets_nothing), 1);
  shell ("chmod o+w cache");
  assert_int_equal (in_child (sets_nothing), 0);
  said_nothing ();
  shell ("rm -r cache");
}

static void
what_another_user_has_made_where_all_can_is_refused (void **state)
{
  (void) state;
  only_for_root ();
  shell ("mkdir public && chmod 1777 public && ln -s public/theirs/deep cache && mkdir -p public/theirs/deep");
  shell ("chown -R 65533 public/theirs");
  assert_int_equal (in_child (stores_as_somebody), 0);
  assert_int_equal (in_child (refuses_as_nobody), 0);
  said_one_line_with ("it belongs to another user (65533) and stands below ");
  assert_int_equal (in_child (refuses), 0);                                 /* root is no different */
  shell ("chgrp 65532 public/theirs/deep && chmod g+w public/theirs/deep"); /* it is for a group that we are in */
  assert_int_equal (in_child (hits_as_nobody), 0);
  said_nothing ();
  shell ("rm -r public cache");
}

/* The scratch directory is below /tmp; this one is not below what is public. */
static void
what_another_user_offers_elsewhere_is_read (void **state)
{
  char place[] = "/var/hashcache-test-XXXXXX", command[8192];

  (void) state;
  only_for_root ();
  if (!mkdtemp (place)) {
    print_message ("NOT RUN: cannot make a directory in /var\n");
    skip ();
  }
  snprintf (cache, sizeof cache, "%s/cache", place);
  snprintf (command, sizeof command, "chmod 755 %s && mkdir %s && chown 65533 %s", place, cache, cache);
  shell (command);
  const int stored = in_child (stores_as_somebody), hit = in_child (hits_as_nobody);
  snprintf (command, sizeof command, "rm -r %s", place);
  shell (command);
  assert_int_equal (stored, 0);
  assert_int_equal (hit, 0);
  said_nothing ();
}

/* Links --------------------------------------------------------------------------------------------------------------- */

static void
links_inside_are_not_followed (void **state)
{
  (void) state;
  assert_int_equal (in_child (stores), 0);
  shell ("mv cache/objects elsewhere && ln -s ../elsewhere cache/objects");
  assert_int_equal (in_child (refuses), 0);
  said_one_line_with ("cache/objects is in the way");
  shell ("rm cache/objects && mv elsewhere cache/objects && mv cache/claims elsewhere && ln -s ../elsewhere cache/claims");
  assert_int_equal (in_child (refuses), 0);
  said_one_line_with ("cache/claims is in the way");
  shell ("rm cache/claims && mv elsewhere cache/claims");
  shell ("mv cache/objects/" SAMPLE_CODE " elsewhere && ln -s ../../elsewhere cache/objects/" SAMPLE_CODE);
  assert_int_equal (in_child (hits), 1);
  said_one_line_with (SAMPLE_CODE " is in the way");
  shell ("rm elsewhere/*.h5");
  assert_int_equal (in_child (stores), 1);
  said_one_line_with (SAMPLE_CODE " is in the way");
  shell ("test -z \"$(find elsewhere -name '*.h5' -o -name '.tmp*')\" && rm -r cache elsewhere");
}

static void
an_entry_that_is_a_link_is_not_followed (void **state)
{
  (void) state;
  assert_int_equal (in_child (stores), 0);
  shell ("mv cache/objects/*/*.h5 kept.h5 && ln -s ../../../kept.h5 cache/" SAMPLE_ENTRY);
  assert_int_equal (in_child (hits), 1);
  shell ("test -L cache/" SAMPLE_ENTRY " && rm -r cache kept.h5");
}

/* Rights -------------------------------------------------------------------------------------------------------------- */

static int
makes_everything (void)
{
  struct hashcache__hold hold = { .fd = -1 };
  struct hashcache__watch watch = { 0 };
  int fd;

  if (stores () != 0)
    return 1;
  fd = hashcache__store_open_claims (7);
  if (fd < 0 || close (fd) != 0)
    return 2;
  if (hashcache__lease_take (&hold, &sample_key.key, &watch) != 1)
    return 3;
  return 0; /* the lease is left behind */
}

static int
makes_everything_for_a_group (void)
{
  umask (077);
  use_directory (cache);
  if (hashcache_set ("UMASK", "007") != HASHCACHE_OK || makes_everything () != 0)
    return 1;
  return umask (022) == 077 ? 0 : 2; /* the program's own is as it was */
}

static int
makes_everything_without_a_mask (void)
{
  umask (0);
  return makes_everything ();
}

static int
makes_everything_with_mask_zero (void)
{
  umask (022);
  return hashcache_set ("UMASK", "000") != HASHCACHE_OK || makes_everything ();
}

static void
the_mask_is_that_of_all_that_is_made (void **state)
{
  (void) state;
  assert_int_equal (in_child (makes_everything_for_a_group), 0);
  said_nothing ();
  shell ("test -z \"$(find cache -type d ! -perm 0770)\" && test -z \"$(find cache -type f ! -perm 0660)\"");
  shell ("test -f cache/claims/07 && test -n \"$(ls cache/claims/*.lease)\" && test -f cache/objects/" SAMPLE_CODE
         "/function.json");
  shell ("test -z \"$(find cache -name '.tmp*')\" && rm -r cache");
}

static void
no_mask_lets_everybody_write (void **state)
{
  (void) state;
  assert_int_equal (in_child (makes_everything_without_a_mask), 0);
  shell ("test -z \"$(find cache ! -type d ! -perm 0664 -o -type d ! -perm 0775)\"");
  assert_int_equal (in_child (hits), 0);
  said_nothing ();
  shell ("rm -r cache");
  assert_int_equal (in_child (makes_everything_with_mask_zero), 0);
  shell ("test -z \"$(find cache ! -type d ! -perm 0664 -o -type d ! -perm 0775)\"");
  assert_int_equal (in_child (hits), 0);
  said_nothing ();
  shell ("rm -r cache");
}

static int
makes_everything_for_its_group_as_somebody (void)
{
  return become (SOMEBODY) ? 9 : makes_everything_for_a_group ();
}

/* Another member stores, under another key, what he has computed; takes the lock; and finds what somebody has stored. */
static int
takes_part_as_nobody (void)
{
  struct hashcache__key other = sample_key;
  double result = 1.0;
  struct hashcache__block item = { .type = &t_double,
                                   .address = &result,
                                   .count = 1,
                                   .role = HASHCACHE__OUT,
                                   .group = HASHCACHE__GROUP_RETURN,
                                   .parent = -1,
                                   .name = "return" };
  struct hashcache__blocks blocks = { .items = &item, .n = 1, .capacity = 1 };
  struct hashcache__hold hold = { .fd = -1 };

  other.key.bytes[0]++;
  umask (077);
  if (become (NOBODY) || hits () != 0 || hashcache_set ("UMASK", "007") != HASHCACHE_OK)
    return 1;
  if (publish_blocks (&other, &blocks, NULL, 1.0) != 1)
    return 2;
  if (hashcache__store_open_claims (7) < 0)
    return 3;
  return hashcache__lock_take (&hold, &sample_key.key) == 1 ? 0 : 4;
}

/* With a limit, a member's hit is known as a use of what another has stored. */
static int
uses_as_nobody (void)
{
  return become (NOBODY) || hits () != 0 || hashcache_set ("MAX_FILES", "1000") != HASHCACHE_OK || hits () != 0;
}

static void
a_group_shares_a_directory (void **state)
{
  (void) state;
  only_for_root ();
  shell ("mkdir cache && chown 65533:65532 cache && chmod 2770 cache");
  assert_int_equal (in_child (makes_everything_for_its_group_as_somebody), 0);
  said_nothing ();
  shell ("test -z \"$(find cache -type d ! -perm 2770)\" && test -z \"$(find cache ! -group 65532)\"");
  assert_int_equal (in_child (takes_part_as_nobody), 0);
  said_nothing ();
  shell ("test -z \"$(find cache ! -group 65532)\" && test -n \"$(find cache -name '*.h5' -user 65534)\"");
  shell ("touch -d '9 days ago' cache/" SAMPLE_ENTRY);
  assert_int_equal (in_child (uses_as_nobody), 0);
  said_nothing ();
  shell ("test -z \"$(find cache/" SAMPLE_ENTRY " -mtime +1)\"");
}

/* Only reading -------------------------------------------------------------------------------------------------------- */

static int
only_hits (void)
{
  struct hashcache__key other = sample_key;
  double result = 1.0;
  struct hashcache__block item = {
    .type = &t_double, .address = &result, .count = 1, .role = HASHCACHE__OUT, .group = 1, .parent = -1, .name = "out"
  };
  struct hashcache__blocks blocks = { .items = &item, .n = 1, .capacity = 1 };

  other.key.bytes[0]++;
  use_directory (cache);
  if (hashcache_set ("UMASK", "002") != HASHCACHE_OK)
    return 1;
  for (int i = 0; i < 3; i++) {
    other.code.bytes[0]++; /* a place of its own as well */
    if (hits () != 0 || hashcache__store_open_claims ((unsigned) i) >= 0 || publish_blocks (&other, &blocks, NULL, 1.0) != 0)
      return 2;
  }
  return 0;
}

static int
only_hits_as_nobody (void)
{
  return become (NOBODY) ? 9 : only_hits ();
}

static void
what_cannot_be_written_gives_hits_and_one_message (void **state)
{
  (void) state;
  only_for_root ();
  assert_int_equal (in_child (stores), 0);
  assert_int_equal (in_child (only_hits_as_nobody), 0);
  said_one_line_with ("cannot write into the cache");
  shell ("rm -r cache");
}

static void
copies_are_caches (void **state)
{
  (void) state;
  assert_int_equal (in_child (stores), 0);
  shell ("cp -r cache copy && rm -r cache && mv copy cache");
  assert_int_equal (in_child (hits), 0);
  shell ("mkdir merged && mv cache first && cp -rp first cache && rm -r cache/objects");
  assert_int_equal (in_child (hits), 1);
  shell ("cp -rp first/. cache && rm -r first merged"); /* merged by copying files */
  assert_int_equal (in_child (hits), 0);
  said_nothing ();
  shell ("rm -r cache");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
#define SPECIFICATION(function) cmocka_unit_test_setup_teardown (function, set_up, remove_scratch_after)
    SPECIFICATION (what_everybody_can_write_is_refused),
    SPECIFICATION (an_empty_directory_that_everybody_can_write_becomes_no_cache),
    SPECIFICATION (a_link_to_such_a_directory_is_refused),
    SPECIFICATION (inner_directories_that_everybody_can_write_are_refused),
    SPECIFICATION (an_entry_that_everybody_can_write_is_set_aside),
    SPECIFICATION (the_settings_in_a_directory_that_is_refused_do_not_count),
    SPECIFICATION (what_another_user_has_made_where_all_can_is_refused),
    SPECIFICATION (what_another_user_offers_elsewhere_is_read),
    SPECIFICATION (links_inside_are_not_followed),
    SPECIFICATION (an_entry_that_is_a_link_is_not_followed),
    SPECIFICATION (the_mask_is_that_of_all_that_is_made),
    SPECIFICATION (no_mask_lets_everybody_write),
    SPECIFICATION (a_group_shares_a_directory),
    SPECIFICATION (what_cannot_be_written_gives_hits_and_one_message),
    SPECIFICATION (copies_are_caches),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
