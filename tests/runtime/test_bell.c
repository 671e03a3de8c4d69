/* test_bell.c: who sleeps because of another's lock is woken by what happens to the file; where that cannot be heard, sleep is sleep.
   SPDX-License-Identifier: BSD-2-Clause

   Sleeps are said to take far longer than a test may: one that its bell does not end fails by that. */
#include "sample_call.h"

#include <hashcache/locks.h>
#include <signal.h>
#include <sys/wait.h>

enum { LONG_ENOUGH = 60 /* seconds; then something hangs */ };

static const double too_long = 3600.0;
static char path[] = "/tmp/hashcache-test.XXXXXX";

int mkstemp (char *);

static int
begin (void **state)
{
  const int fd = mkstemp (path);

  (void) state;
  alarm (LONG_ENOUGH);
  return fd >= 0 ? close (fd) : -1;
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

/* A bell at the file. */
static int
hang_bell (void)
{
  const int fd = open_file (), bell = hashcache__bell_hang (fd);

  close (fd);
  if (bell < 0)
    skip (); /* no /proc here, or this user has too many of them */
  return bell;
}

/* A process that has the file open, does WHAT with it, and stays until it is killed. */
static pid_t
start_owner (void (*what) (int))
{
  int ready[2];
  char byte;
  pid_t owner;

  assert_int_equal (pipe (ready), 0);
  owner = fork ();
  assert_true (owner >= 0);
  if (owner == 0) {
    what (open_file ());
    (void) !write (ready[1], "", 1);
    for (;;)
      pause ();
  }
  assert_int_equal (read (ready[0], &byte, 1), 1);
  close (ready[0]);
  close (ready[1]);
  return owner;
}

static void
end_owner (pid_t owner)
{
  assert_int_equal (kill (owner, SIGKILL), 0);
  assert_int_equal (waitpid (owner, NULL, 0), owner);
}

static void
write_something (int fd)
{
  assert_int_equal (pwrite (fd, "x", 1, 0), 1);
}

static const struct hashcache__digest key = { { 1, 2, 3 } };

static void
take_lock (int fd)
{
  assert_int_equal (hashcache__lock_byte (fd, hashcache__lock_offset (&key), F_WRLCK), 0);
}

static void
what_is_written_rings (void **state)
{
  const int bell = hang_bell ();
  const pid_t owner = start_owner (write_something);

  (void) state;
  hashcache__bell_await (bell, too_long);
  close (bell);
  end_owner (owner);
}

static void
the_death_of_the_owner_rings (void **state)
{
  const pid_t owner = start_owner (take_lock);
  const int bell = hang_bell ();

  (void) state;
  end_owner (owner);
  hashcache__bell_await (bell, too_long);
  close (bell);
}

static void
a_lock_that_is_free_is_not_waited_for (void **state)
{
  struct hashcache__hold hold = { .fd = open_file (), .local = 1 };

  (void) state;
  (void) hashcache__lock_await (&hold, &key, too_long);
  close (hold.fd);
}

static void
sleep_ends_without_a_bell (void **state)
{
  const int bell = hang_bell ();

  (void) state;
  hashcache__bell_await (bell, 0.01);
  close (bell);
  hashcache__bell_await (bell, 0.01); /* the program has closed all descriptors */
}

static void
where_nothing_can_be_heard_nothing_is_waited_for (void **state)
{
  const pid_t owner = start_owner (take_lock);
  struct hashcache__hold hold = { .fd = open_file (), .local = 0 }; /* another machine may have the lock */

  (void) state;
  assert_int_equal (hashcache__bell_hang (-1), -1);
  assert_int_equal (hashcache__lock_await (&hold, &key, too_long), 0);
  close (hold.fd);
  end_owner (owner);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (what_is_written_rings),
    cmocka_unit_test (the_death_of_the_owner_rings),
    cmocka_unit_test (a_lock_that_is_free_is_not_waited_for),
    cmocka_unit_test (sleep_ends_without_a_bell),
    cmocka_unit_test (where_nothing_can_be_heard_nothing_is_waited_for),
  };

  return cmocka_run_group_tests (tests, begin, end);
}
