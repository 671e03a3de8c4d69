/* test_notices.c: files of claims/ say of a key who computes it and what has come of it, and are believed only where they are sound.
   SPDX-License-Identifier: BSD-2-Clause

   The format is read here by hand, byte by byte as the head of notice.h has it. What a second process does is told by counting the
   bodies that run. */
#define _XOPEN_SOURCE 700
#define HASHCACHE__MIND 0.25
#define HASHCACHE__PATIENCE 100.0
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "staged_calls.h"

enum { NOTICE = 256, PLACES = 1024, FILE_SIZE = NOTICE * PLACES };

/* What a notice says; state 0: there is none. */
struct said {
  uint64_t number, lost;
  int64_t since, written, job_end;
  uint32_t pid, state;
  int32_t rank, ranks;
  unsigned char key[16], waits_for[16];
  char host[65], job[65];
};

static const char *
file_of (const struct hashcache__digest *key)
{
  static char path[sizeof scratch + 32];

  snprintf (path, sizeof path, "%s/claims/%02x", scratch, key->bytes[0]);
  return path;
}

static off_t
place_of (const struct hashcache__digest *key)
{
  return (off_t) ((key->bytes[9] | key->bytes[10] << 8) % PLACES * NOTICE);
}

static uint64_t
number_at (const unsigned char *bytes, int size)
{
  uint64_t number = 0;

  memcpy (&number, bytes, (size_t) size); /* little endian, as all machines here */
  return number;
}

static void
read_bytes (const struct hashcache__digest *key, unsigned char bytes[NOTICE])
{
  const int fd = open (file_of (key), O_RDONLY);

  memset (bytes, 0, NOTICE);
  if (fd < 0)
    return;
  (void) !pread (fd, bytes, NOTICE, place_of (key));
  close (fd);
}

static void
write_bytes (const struct hashcache__digest *key, const void *bytes, size_t n, off_t within)
{
  const int fd = open (file_of (key), O_WRONLY);

  assert_true (fd >= 0);
  assert_int_equal (pwrite (fd, bytes, n, place_of (key) + within), n);
  close (fd);
}

static struct said
read_said (const struct hashcache__digest *key)
{
  unsigned char bytes[NOTICE];
  struct said said = { 0 };

  read_bytes (key, bytes);
  if (memcmp (bytes, "hcnote1\n", 8) != 0 || memcmp (bytes + 8, key->bytes, 16) != 0)
    return said;
  assert_true (number_at (bytes + 248, 8) == XXH3_64bits (bytes, 248));
  memcpy (said.key, bytes + 8, 16);
  memcpy (said.waits_for, bytes + 24, 16);
  said.number = number_at (bytes + 40, 8);
  said.lost = number_at (bytes + 48, 8);
  said.since = (int64_t) number_at (bytes + 56, 8);
  said.written = (int64_t) number_at (bytes + 64, 8);
  said.job_end = (int64_t) number_at (bytes + 72, 8);
  said.pid = (uint32_t) number_at (bytes + 104, 4);
  said.rank = (int32_t) number_at (bytes + 108, 4);
  said.ranks = (int32_t) number_at (bytes + 112, 4);
  said.state = (uint32_t) number_at (bytes + 116, 4);
  memcpy (said.host, bytes + 120, 64);
  memcpy (said.job, bytes + 184, 64);
  return said;
}

/* Keys that the tests use: of f (0) to f (7), and two that have their notices in the same place. */
static struct hashcache__digest keys[8];
static int one_of_two, other_of_two;

static void
find_two_in_one_place (void)
{
  enum { MANY = 4000 };
  struct hashcache__digest *found = calloc (MANY, sizeof *found);

  assert_non_null (found);
  one_of_two = -1;
  for (int i = 0; i < MANY && one_of_two < 0; i++) {
    found[i] = key_of_f (1000 + i);
    for (int k = 0; k < i && one_of_two < 0; k++)
      if (found[i].bytes[0] == found[k].bytes[0] && place_of (&found[i]) == place_of (&found[k])) {
        one_of_two = 1000 + k;
        other_of_two = 1000 + i;
      }
  }
  free (found);
}

/* What is said ---------------------------------------------------------------------------------------------------------------- */

static int
ask_as_rank_3 (int n)
{
  return setenv ("OMPI_COMM_WORLD_RANK", "3", 1) || setenv ("OMPI_COMM_WORLD_SIZE", "16", 1) || setenv ("SLURM_JOB_ID", "4711", 1)
         || ask_f (n);
}

static void
the_owner_says_who_it_is (void **state)
{
  const time_t before = time (NULL);
  struct hashcache__digest key;
  struct said said;
  char host[256];
  pid_t owner;

  (void) state;
  during = wait_at_the_gate;
  owner = start_child (ask_as_rank_3, 1);
  during = NULL;
  assert_true (await (&stage->bodies[1], 1));
  key = key_of_f (1);
  said = read_said (&key);
  assert_int_equal (said.state, 1);
  assert_int_equal (said.pid, owner);
  assert_int_equal (said.rank, 3);
  assert_int_equal (said.ranks, 16);
  assert_non_null (strstr (said.job, "4711"));
  hashcache__host_name (host);
  host[63] = '\0';
  assert_string_equal (said.host, host);
  assert_true (said.since >= before && said.since <= time (NULL) && said.written >= said.since);
  assert_true (said.number != 0 && said.lost == 0);
  atomic_store (&stage->gate, 1);
  assert_succeeds (owner);
  said = read_said (&key);
  assert_int_equal (said.state, 2);
}

static void
files_have_their_full_size_from_the_beginning (void **state)
{
  const pid_t owner = start_holder (1, wait_at_the_gate);
  struct stat file;

  (void) state;
  assert_int_equal (stat (file_of (&keys[1]), &file), 0);
  assert_int_equal (file.st_size, FILE_SIZE);
  atomic_store (&stage->gate, 1);
  assert_succeeds (owner);
  assert_int_equal (stat (file_of (&keys[1]), &file), 0);
  assert_int_equal (file.st_size, FILE_SIZE);
}

static void
make_storing_impossible (void)
{
  char path[sizeof scratch + 16];
  int fd;

  snprintf (path, sizeof path, "%s/objects", scratch);
  (void) nftw (path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  fd = open (path, O_WRONLY | O_CREAT, 0600);
  assert_true (fd >= 0);
  close (fd);
}

static void
make_storing_possible (void)
{
  char path[sizeof scratch + 16];

  snprintf (path, sizeof path, "%s/objects", scratch);
  assert_int_equal (unlink (path), 0);
}

/* What was lost is remembered until something is published. */
static void
claims_have_numbers_and_say_which_was_lost (void **state)
{
  struct said first, second, third;
  pid_t owner;

  (void) state;
  assert_succeeds (start_child (ask_f, 2)); /* makes the directory */
  make_storing_impossible ();
  assert_succeeds (start_child (ask_f, 1));
  first = read_said (&keys[1]);
  assert_int_equal (first.state, 3);
  atomic_store (&stage->bodies[1], 0);
  owner = start_holder (1, wait_at_the_gate);
  second = read_said (&keys[1]);
  assert_int_equal (second.state, 1);
  assert_true (second.number != first.number);
  assert_true (second.lost == first.number);
  atomic_store (&stage->gate, 1);
  assert_succeeds (owner);
  second = read_said (&keys[1]);
  assert_int_equal (second.state, 3);
  make_storing_possible ();
  assert_succeeds (start_child (ask_f, 1));
  third = read_said (&keys[1]);
  assert_int_equal (third.state, 2);
  assert_true (third.number != second.number && third.lost == 0);
}

static int
ask_below (int n)
{
  return f (n, 1) != 7 * n + 1;
}

/* f (1, 1) needs f (2). */
static void
need_the_next (int key, int how)
{
  if (how == 1) {
    atomic_fetch_add (&stage->met, 1);
    (void) f (key + 1, 0);
  } else
    (void) await (&stage->gate, 1);
}

static void
who_waits_says_for_what (void **state)
{
  static const unsigned char nothing[16];
  pid_t owner, waiter;
  struct said said;

  (void) state;
  owner = start_holder (2, wait_at_the_gate);
  during = need_the_next;
  waiter = start_child (ask_below, 1);
  assert_true (await (&stage->met, 1));
  said = read_said (&keys[1]);
  for (int i = 0; i < 1000 && memcmp (said.waits_for, keys[2].bytes, 16) != 0; i++, nap (10))
    said = read_said (&keys[1]);
  assert_memory_equal (said.waits_for, keys[2].bytes, 16);
  said = read_said (&keys[2]);
  assert_int_equal (said.state, 1);
  assert_memory_equal (said.waits_for, nothing, 16);
  atomic_store (&stage->gate, 1);
  assert_succeeds (owner);
  assert_succeeds (waiter);
  said = read_said (&keys[1]);
  assert_int_equal (said.state, 2);
  assert_memory_equal (said.waits_for, nothing, 16);
}

/* What is believed ----------------------------------------------------------------------------------------------------------- */

static void
a_notice_with_a_wrong_byte_says_nothing (void **state)
{
  unsigned char bytes[NOTICE];
  struct hashcache__notice notice;
  int fd;

  (void) state;
  assert_succeeds (start_child (ask_f, 1));
  read_bytes (&keys[1], bytes);
  fd = open (file_of (&keys[1]), O_RDWR);
  assert_true (fd >= 0);
  assert_true (hashcache__read_notice (fd, &keys[1], &notice));
  assert_memory_equal (&notice, bytes, NOTICE);
  for (int i = 0; i < NOTICE; i++) {
    static const unsigned char nothing[NOTICE];
    const unsigned char wrong = (unsigned char) (bytes[i] ^ (1 << i % 8));

    write_bytes (&keys[1], &wrong, 1, i);
    assert_false (hashcache__read_notice (fd, &keys[1], &notice));
    assert_memory_equal (&notice, nothing, NOTICE);
    write_bytes (&keys[1], &bytes[i], 1, i);
  }
  assert_true (hashcache__read_notice (fd, &keys[1], &notice));
  assert_false (hashcache__read_notice (fd, &keys[2], &notice)); /* it is of another key */
  for (off_t size = place_of (&keys[1]) + NOTICE - 1; size >= 0; size = size > 100 ? size / 2 : size - 100) {
    assert_int_equal (ftruncate (fd, size), 0);
    assert_false (hashcache__read_notice (fd, &keys[1], &notice));
  }
  close (fd);
}

/* Whatever stands in the files, whoever comes first computes, others wait and find. */
static void
garbage_in_the_files_hurts_nobody (void **state)
{
  enum { KINDS = 6 };

  (void) state;
  assert_succeeds (start_child (ask_f, 7)); /* makes the directory */
  for (int kind = 0; kind < KINDS; kind++) {
    static unsigned char garbage[FILE_SIZE];
    const size_t sizes[KINDS] = { 0, 1, NOTICE, FILE_SIZE - 1, FILE_SIZE, FILE_SIZE };
    const int fd = open (file_of (&keys[kind]), O_RDWR | O_CREAT | O_TRUNC, 0600);
    pid_t owner, waiters[2];
    struct stat file;

    for (size_t i = 0; i < FILE_SIZE; i++)
      garbage[i] = (unsigned char) (kind == 5 ? 0xff : i * 2654435761u >> 13);
    assert_true (fd >= 0);
    assert_int_equal (write (fd, garbage, sizes[kind]), sizes[kind]);
    owner = start_holder (kind, wait_at_the_gate);
    start_waiters (waiters, 2, ask_f_and_wait, kind);
    atomic_store (&stage->gate, 1);
    assert_succeeds (owner);
    for (int i = 0; i < 2; i++)
      assert_succeeds (waiters[i]);
    assert_int_equal (atomic_load (&stage->bodies[kind]), 1);
    assert_int_equal (fstat (fd, &file), 0);
    assert_int_equal (file.st_size, FILE_SIZE);
    assert_int_equal (read_said (&keys[kind]).state, 2);
    atomic_store (&stage->gate, 0);
    close (fd);
  }
}

/* A notice about KEY by nobody who is known. */
static struct hashcache__notice
notice_of (const struct hashcache__digest *key, int its_state)
{
  struct hashcache__notice notice;

  hashcache__begin_notice (&notice, key);
  notice.state = its_state;
  notice.check = hashcache__notice_check (&notice);
  return notice;
}

/* Entries may be removed at any time, and owners die; a lock that is free is free. */
static void
what_is_said_of_a_free_claim_holds_nobody_up (void **state)
{
  (void) state;
  assert_succeeds (start_child (ask_f, 7));
  for (int said = HASHCACHE__COMPUTING; said <= HASHCACHE__RESULT_LOST + 1; said++) {
    const struct hashcache__notice notice = notice_of (&keys[said], said);
    pid_t owner, waiters[2];
    const int fd = open (file_of (&keys[said]), O_RDWR | O_CREAT, 0600);

    assert_true (fd >= 0);
    close (fd);
    write_bytes (&keys[said], &notice, sizeof notice, 0);
    atomic_store (&stage->gate, 0);
    owner = start_holder (said, wait_at_the_gate);
    start_waiters (waiters, 2, ask_f_and_wait, said);
    atomic_store (&stage->gate, 1);
    assert_succeeds (owner);
    for (int i = 0; i < 2; i++)
      assert_succeeds (waiters[i]);
    assert_int_equal (atomic_load (&stage->bodies[said]), 1);
    assert_int_equal (read_said (&keys[said]).state, 2);
  }
}

/* While KEY's lock is held by this process, as an owner on another node would hold it. */
static int
lock_key (const struct hashcache__digest *key)
{
  const int fd = open (file_of (key), O_RDWR | O_CREAT, 0600);

  assert_true (fd >= 0);
  assert_int_equal (hashcache__lock_byte (fd, hashcache__lock_offset (key), F_WRLCK), 0);
  return fd;
}

/* Who waits computes as soon as the claim that it waits for is said to be lost, though the lock is not free yet; an older loss is none. */
static void
who_waits_hears_that_the_result_was_lost (void **state)
{
  struct hashcache__notice old = notice_of (&keys[1], HASHCACHE__RESULT_LOST), new = notice_of (&keys[1], HASHCACHE__COMPUTING);
  pid_t waiters[3];
  int fd;

  (void) state;
  assert_succeeds (start_child (ask_f, 7));
  fd = lock_key (&keys[1]);
  write_bytes (&keys[1], &old, sizeof old, 0);
  start_waiters (waiters, 2, ask_f_and_wait, 1);
  nap (200);
  assert_int_equal (atomic_load (&stage->bodies[1]), 0);
  new.lost = old.number;
  new.check = hashcache__notice_check (&new);
  write_bytes (&keys[1], &new, sizeof new, 0);
  start_waiters (&waiters[2], 1, ask_f_and_wait, 1);
  nap (200);
  assert_int_equal (atomic_load (&stage->bodies[1]), 0);
  new.state = HASHCACHE__RESULT_LOST;
  new.lost = 0;
  new.check = hashcache__notice_check (&new);
  write_bytes (&keys[1], &new, sizeof new, 0);
  for (int i = 0; i < 3; i++)
    assert_succeeds (waiters[i]);
  assert_int_equal (atomic_load (&stage->bodies[1]), 3);
  close (fd);
}

/* And though a new claim has replaced that notice before the waiter has looked. */
static void
a_loss_is_heard_of_in_the_next_claims_notice (void **state)
{
  struct hashcache__notice first = notice_of (&keys[1], HASHCACHE__COMPUTING), next = notice_of (&keys[1], HASHCACHE__COMPUTING);
  pid_t waiter;
  int fd;

  (void) state;
  assert_succeeds (start_child (ask_f, 7));
  fd = lock_key (&keys[1]);
  write_bytes (&keys[1], &first, sizeof first, 0);
  start_waiters (&waiter, 1, ask_f_and_wait, 1);
  assert_int_equal (atomic_load (&stage->bodies[1]), 0);
  next.lost = first.number;
  next.check = hashcache__notice_check (&next);
  write_bytes (&keys[1], &next, sizeof next, 0);
  assert_succeeds (waiter);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
  close (fd);
}

/* PUBLISHED is a reason to look, not to believe: nobody has published, and nobody asks again and again. */
static void
what_is_said_to_be_published_and_is_not_is_waited_for (void **state)
{
  const struct hashcache__notice notice = notice_of (&keys[1], HASHCACHE__PUBLISHED);
  pid_t waiter;
  int fd;

  (void) state;
  assert_succeeds (start_child (ask_f, 7));
  fd = lock_key (&keys[1]);
  write_bytes (&keys[1], &notice, sizeof notice, 0);
  start_waiters (&waiter, 1, ask_f_and_wait, 1);
  nap (300);
  assert_int_equal (atomic_load (&stage->bodies[1]), 0);
  assert_int_equal (hashcache__lock_byte (fd, hashcache__lock_offset (&keys[1]), F_UNLCK), 0); /* the waiter has FD as well */
  close (fd);
  assert_succeeds (waiter);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
}

/* A wait ends as soon as the entry is there, whatever becomes of the lock: a child of its owner may keep it. */
static void
what_is_published_is_found_though_the_lock_is_held (void **state)
{
  struct hashcache__notice notice = notice_of (&keys[1], HASHCACHE__COMPUTING);
  pid_t waiters[2];
  int fd;

  (void) state;
  assert_succeeds (start_child (ask_f, 7));
  fd = lock_key (&keys[1]);
  write_bytes (&keys[1], &notice, sizeof notice, 0);
  start_waiters (waiters, 2, ask_f_and_wait, 1);
  assert_int_equal (atomic_load (&stage->bodies[1]), 0);
  assert_int_equal (hashcache_set ("WAIT", "0"), 0);
  assert_succeeds (start_child (ask_f, 1)); /* it does not want to wait, computes and publishes */
  assert_int_equal (hashcache_set ("WAIT", NULL), 0);
  for (int i = 0; i < 2; i++)
    assert_succeeds (waiters[i]);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
  close (fd);
}

/* Keys of one place ------------------------------------------------------------------------------------------------------------ */

/* Keys of the stage are numbered from 0 on. */
static int
ask_one_of_two (int which)
{
  int result = 0, n = which ? other_of_two : one_of_two, how = 0;
  void *const addresses[] = { &n, &how };
  struct hashcache__frame frame = { .contract = &f_contract, .arguments = addresses, .result = &result };

  atomic_fetch_add (&stage->asked, 1);
  while (HASHCACHE__RUN (&frame)) {
    run_body (which, how);
    result = 7 * n + 1;
  }
  return result != 7 * n + 1;
}

static void
two_keys_of_one_place_do_not_hinder_each_other (void **state)
{
  const struct hashcache__digest one = key_of_f (one_of_two), other = key_of_f (other_of_two);
  pid_t owners[2], waiters[2][2];

  (void) state;
  if (one_of_two < 0)
    skip ();
  during = wait_at_the_gate;
  for (int which = 0; which < 2; which++) {
    owners[which] = start_child (ask_one_of_two, which);
    assert_true (await (&stage->bodies[which], 1)); /* it does not wait for the other */
  }
  assert_int_equal (read_said (&one).state, 0); /* the later notice stands */
  assert_int_equal (read_said (&other).state, 1);
  during = NULL;
  for (int which = 0; which < 2; which++)
    start_waiters (waiters[which], 2, ask_one_of_two, which);
  assert_int_equal (atomic_load (&stage->bodies[0]), 1);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
  atomic_store (&stage->gate, 1);
  for (int which = 0; which < 2; which++) {
    assert_succeeds (owners[which]);
    for (int i = 0; i < 2; i++)
      assert_succeeds (waiters[which][i]);
    assert_int_equal (atomic_load (&stage->bodies[which]), 1);
  }
}

static int
start_keys (void **state)
{
  if (warm_up (state))
    return -1;
  for (int i = 0; i < (int) LENGTH (keys); i++)
    keys[i] = key_of_f (i);
  find_two_in_one_place ();
  return 0;
}

static int
start_all (void **state)
{
  (void) state;
  alarm (getenv ("UNDER_VALGRIND") ? 290 : 110);
  return 0;
}

int
main (void)
{
  const struct CMUnitTest first[] = { STAGED (the_owner_says_who_it_is) };
  const struct CMUnitTest tests[] = {
    STAGED (files_have_their_full_size_from_the_beginning),
    STAGED (claims_have_numbers_and_say_which_was_lost),
    STAGED (who_waits_says_for_what),
    STAGED (a_notice_with_a_wrong_byte_says_nothing),
    STAGED (garbage_in_the_files_hurts_nobody),
    STAGED (what_is_said_of_a_free_claim_holds_nobody_up),
    STAGED (who_waits_hears_that_the_result_was_lost),
    STAGED (a_loss_is_heard_of_in_the_next_claims_notice),
    STAGED (what_is_said_to_be_published_and_is_not_is_waited_for),
    STAGED (what_is_published_is_found_though_the_lock_is_held),
    STAGED (two_keys_of_one_place_do_not_hinder_each_other),
  };

  return cmocka_run_group_tests (first, start_all, NULL) + cmocka_run_group_tests (tests, start_keys, NULL);
}
