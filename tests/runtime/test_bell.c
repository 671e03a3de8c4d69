/* test_bell.c: who waits for a word of a file is woken by who changes it and rings, and by nobody else; where that cannot be had, no
   time is lost and no signal comes.
   SPDX-License-Identifier: BSD-2-Clause

   Sleeps are said to take far longer than a test may: one that its bell does not end fails by that. */
#include "sample_call.h"

#include <hashcache/notice.h>
#include <sys/wait.h>

enum { LONG_ENOUGH = 60 /* seconds; then something hangs */, WORD = 3 * 4096 + 248, FILE_SIZE = 8 * 4096 };

static const double too_long = 3600.0;
static char path[] = "/tmp/hashcache-test.XXXXXX";

int mkstemp (char *);

static int
begin (void **state)
{
  const int fd = mkstemp (path);

  (void) state;
  alarm (LONG_ENOUGH);
  return fd >= 0 && ftruncate (fd, FILE_SIZE) == 0 ? close (fd) : -1;
}

static int
end (void **state)
{
  (void) state;
  alarm (0);
  return unlink (path);
}

static int
open_file (void)
{
  const int fd = hashcache__open (path, O_RDWR);

  assert_true (fd >= 0);
  return fd;
}

static void
put_word (int fd, uint32_t value)
{
  assert_int_equal (pwrite (fd, &value, sizeof value, WORD), sizeof value);
}

/* A process that writes VALUE and rings, again and again: it cannot know when somebody sleeps. */
static pid_t
start_ringer (uint32_t value)
{
  const struct timespec moment = { 0, 1000000 };
  const pid_t ringer = fork ();

  assert_true (ringer >= 0);
  if (ringer > 0)
    return ringer;
  const int fd = open_file ();
  for (;;) {
    nanosleep (&moment, NULL);
    put_word (fd, value);
    hashcache__bell_ring (fd, WORD);
  }
}

static void
end_ringer (pid_t ringer)
{
  assert_int_equal (kill (ringer, SIGKILL), 0);
  assert_int_equal (waitpid (ringer, NULL, 0), ringer);
}

/* Through another descriptor, in another process, and while the value stays the one that was expected as well. */
static void
ringing_wakes_another_process (void **state)
{
  const int fd = open_file ();
  pid_t ringer;

  (void) state;
  put_word (fd, 7);
  ringer = start_ringer (7);
  assert_true (hashcache__bell_await (fd, WORD, 7, too_long));
  end_ringer (ringer);
  close (fd);
}

static void
what_has_changed_before_is_not_waited_for (void **state)
{
  const int fd = open_file ();

  (void) state;
  put_word (fd, 8);
  assert_true (hashcache__bell_await (fd, WORD, 7, too_long));
  close (fd);
}

static void
sleep_ends_without_a_bell (void **state)
{
  const int fd = open_file ();

  (void) state;
  put_word (fd, 9);
  assert_true (hashcache__bell_await (fd, WORD, 9, 0.01));
  close (fd);
}

static void
where_nothing_can_be_heard_nothing_is_waited_for (void **state)
{
  const int fd = open_file ();

  (void) state;
  assert_false (hashcache__bell_await (-1, WORD, 0, too_long));
  hashcache__bell_ring (-1, WORD);
  assert_int_equal (ftruncate (fd, 0), 0);
  assert_false (hashcache__bell_await (fd, WORD, 0, too_long));
  hashcache__bell_ring (fd, WORD);
  assert_int_equal (ftruncate (fd, FILE_SIZE), 0);
  close (fd);
}

static void
waiting_leaves_the_file_as_it_is (void **state)
{
  const int fd = open_file ();
  struct stat before, after;

  (void) state;
  assert_int_equal (ftruncate (fd, 0), 0);
  assert_int_equal (ftruncate (fd, FILE_SIZE), 0);
  assert_int_equal (fstat (fd, &before), 0);
  assert_true (hashcache__bell_await (fd, WORD, 0, 0.001));
  hashcache__bell_ring (fd, WORD);
  assert_int_equal (fstat (fd, &after), 0);
  assert_int_equal (after.st_blocks, before.st_blocks); /* holes: nothing that a full disk could refuse */
  close (fd);
}

static void
another_notice_ends_the_sleep (void **state)
{
  const struct hashcache__digest key = { { 1, 2, 3 } };
  struct hashcache__notice notice, seen;
  const int fd = open_file ();

  (void) state;
  hashcache__begin_notice (&notice, &key);
  hashcache__write_notice (fd, &notice);
  assert_true (hashcache__read_notice (fd, &key, &seen));
  assert_true (hashcache__await_notice (fd, &seen, 0.001)); /* the same one: until the time is over */
  notice.state = HASHCACHE__PUBLISHED;
  hashcache__write_notice (fd, &notice);
  assert_true (hashcache__await_notice (fd, &seen, too_long));
  close (fd);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (ringing_wakes_another_process),
    cmocka_unit_test (what_has_changed_before_is_not_waited_for),
    cmocka_unit_test (sleep_ends_without_a_bell),
    cmocka_unit_test (where_nothing_can_be_heard_nothing_is_waited_for),
    cmocka_unit_test (waiting_leaves_the_file_as_it_is),
    cmocka_unit_test (another_notice_ends_the_sleep),
  };

  return cmocka_run_group_tests (tests, begin, end);
}
