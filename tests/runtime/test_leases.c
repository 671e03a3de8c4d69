/* test_leases.c: where locks do not exclude, whoever makes the lease of a key computes it, and a lease that nobody renews is void.
   SPDX-License-Identifier: BSD-2-Clause

   There is a file claims/leases in the directory, so all processes claim by leases. Leases of other machines are made by hand. A lease
   is short here, and whatever could also be explained by its end is tried with one that the test keeps renewing. */
#define _XOPEN_SOURCE 700
#define HASHCACHE__LEASE lease
static double lease = 0.8; /* seconds; more where all is slow */
#define HASHCACHE__PATIENCE 100.0
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "staged_calls.h"
#include <dirent.h>
#include <sys/resource.h>

enum { MOST = 12 };

static int n_processes = MOST, n_keys = 15; /* fewer under valgrind */

static int
set_leases (void **state)
{
  if (set_the_stage (state))
    return -1;
  hashcache__put_leases_in_force ();
  return 0;
}

#define LEASED(function) cmocka_unit_test_setup_teardown (function, set_leases, clear_the_stage)

/* Lease files -------------------------------------------------------------------------------------------------------------- */

static struct hashcache__digest keys[8]; /* of f (0), f (1), ... */

static const char *
lease_of (int n)
{
  static char path[sizeof scratch + 64];
  char hex[33];

  hashcache__digest_hex (&keys[n], hex);
  snprintf (path, sizeof path, "%s/claims/%s.lease", scratch, hex);
  return path;
}

static int
lease_is_there (int n)
{
  return access (lease_of (n), F_OK) == 0;
}

static int
read_lease (int n, struct hashcache__notice *notice)
{
  return hashcache__read_lease (lease_of (n), &keys[n], notice) && notice->number != 0;
}

/* Writes NOTICE as the lease of f (N): a new file, or over the one that is there. */
static void
write_lease (int n, struct hashcache__notice *notice)
{
  const int fd = open (lease_of (n), O_WRONLY | O_CREAT, 0600);

  assert_true (fd >= 0);
  notice->check = hashcache__notice_check (notice);
  assert_int_equal (pwrite (fd, notice, sizeof *notice, 0), sizeof *notice);
  close (fd);
}

/* A lease of f (N) as a process of another machine would have made it. */
static struct hashcache__notice
foreign_lease (int n)
{
  struct hashcache__notice notice;

  hashcache__begin_notice (&notice, &keys[n]);
  snprintf (notice.host, sizeof notice.host, "elsewhere");
  return notice;
}

/* What is left of claims: leases and tickets. */
static int
leases_left (void)
{
  char path[sizeof scratch + 16];
  DIR *list;
  int n = 0;

  snprintf (path, sizeof path, "%s/claims", scratch);
  list = opendir (path);
  assert_non_null (list);
  for (struct dirent *item; (item = readdir (list));)
    n += strstr (item->d_name, ".lease") != NULL;
  closedir (list);
  return n;
}

/* Renews NOTICE, the lease of f (N), until FOR_AS_LONG milliseconds are over, during which nobody computes it. */
static void
assert_waited_for_while_renewed (int n, struct hashcache__notice *notice, int for_as_long)
{
  for (int i = 0; i < for_as_long / 50; i++, nap (50)) {
    notice->renewed++;
    write_lease (n, notice);
    assert_int_equal (atomic_load (&stage->bodies[n]), 0);
  }
}

/* Owners that live ---------------------------------------------------------------------------------------------------------- */

static int
ask_for_everything (int me)
{
  for (int i = 0; i < n_keys; i++) {
    const int n = me % 2 ? n_keys - 1 - i : i;

    if (f (n, 0) != 7 * n + 1)
      return 1;
  }
  return 0;
}

static void
nap_a_little (int key, int how)
{
  (void) key, (void) how;
  nap (3);
}

static void
each_key_is_computed_once (void **state)
{
  pid_t children[MOST];

  (void) state;
  during = nap_a_little;
  for (int i = 0; i < n_processes; i++)
    children[i] = start_child (ask_for_everything, i);
  for (int i = 0; i < n_processes; i++)
    assert_succeeds (children[i]);
  for (int i = 0; i < n_keys; i++)
    assert_int_equal (atomic_load (&stage->bodies[i]), 1);
  assert_int_equal (leases_left (), 0);
}

static void
a_lease_says_who_computes_and_is_renewed (void **state)
{
  const pid_t owner = start_holder (1, wait_at_the_gate);
  struct hashcache__notice first, later;

  (void) state;
  assert_true (read_lease (1, &first));
  assert_int_equal (first.pid, owner);
  assert_int_equal (first.state, HASHCACHE__COMPUTING);
  later = first;
  for (int i = 0; i < 1000 && later.renewed < first.renewed + 2; i++, nap (10))
    assert_true (read_lease (1, &later));
  assert_true (later.renewed >= first.renewed + 2);
  assert_int_equal (later.number, first.number);
  atomic_store (&stage->gate, 1);
  assert_succeeds (owner);
  assert_int_equal (leases_left (), 0);
}

/* Twice as long as a lease that nobody renews. */
static void
a_lease_that_is_renewed_is_not_broken (void **state)
{
  const pid_t owner = start_holder (1, wait_at_the_gate);
  pid_t waiters[3];

  (void) state;
  start_waiters (waiters, 3, ask_f_and_wait, 1);
  nap ((long) (2000.0 * lease));
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
  atomic_store (&stage->gate, 1);
  assert_succeeds (owner);
  for (int i = 0; i < 3; i++)
    assert_succeeds (waiters[i]);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
}

static int
is_claimed (int n)
{
  return hashcache__is_claimed (&keys[n]) ? 0 : 1;
}

static void
who_computes_can_be_asked (void **state)
{
  const pid_t owner = start_holder (1, wait_at_the_gate);

  (void) state;
  assert_succeeds (start_child (is_claimed, 1));
  assert_int_equal (hashcache__is_claimed (&keys[2]), 0);
  atomic_store (&stage->gate, 1);
  assert_succeeds (owner);
  assert_int_equal (hashcache__is_claimed (&keys[1]), 0);
}

/* Owners that do not ---------------------------------------------------------------------------------------------------------- */

/* The lease is renewed all the same, so that nothing but the death of its process can make it void. */
static void
the_lease_of_a_dead_process_is_void_at_once (void **state)
{
  const pid_t owner = start_holder (1, hang);
  struct hashcache__notice notice;
  pid_t waiters[3];

  (void) state;
  start_waiters (waiters, 3, ask_f_and_wait, 1);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
  assert_true (read_lease (1, &notice));
  end_child (owner);
  for (int i = 0; i < 1000 && atomic_load (&stage->bodies[1]) < 2 && lease_is_there (1); i++, nap (5)) {
    struct hashcache__notice now;

    if (read_lease (1, &now) && now.number == notice.number) { /* not that of its heir */
      const int fd = open (lease_of (1), O_WRONLY);

      notice.renewed++;
      notice.check = hashcache__notice_check (&notice);
      if (fd >= 0 && read_lease (1, &now) && now.number == notice.number)
        (void) pwrite (fd, &notice, sizeof notice, 0);
      if (fd >= 0)
        close (fd);
    }
  }
  for (int i = 0; i < 3; i++)
    assert_succeeds (waiters[i]);
  assert_int_equal (atomic_load (&stage->bodies[1]), 2);
  assert_int_equal (leases_left (), 0);
}

/* All find it void at the same time, and one of them computes. */
static void
the_lease_of_a_machine_that_is_silent_is_void (void **state)
{
  pid_t waiters[MOST];

  (void) state;
  struct hashcache__notice notice = foreign_lease (1);

  write_lease (1, &notice);
  during = nap_a_little;
  start_waiters (waiters, n_processes, ask_f_and_wait, 1);
  assert_waited_for_while_renewed (1, &notice, (int) (1500.0 * lease));
  for (int i = 0; i < n_processes; i++)
    assert_succeeds (waiters[i]);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
  assert_int_equal (leases_left (), 0);
}

/* A machine of our name, whose process has a number that nobody has here, is still another one. */
static void
a_machine_of_the_same_name_is_not_this_one (void **state)
{
  struct hashcache__notice notice;
  pid_t waiter;

  (void) state;
  hashcache__begin_notice (&notice, &keys[1]);
  notice.pid = 0x7ffffff0;
  notice.namespace ^= 2;
  write_lease (1, &notice);
  start_waiters (&waiter, 1, ask_f_and_wait, 1);
  assert_waited_for_while_renewed (1, &notice, 500);
  notice.namespace ^= 2; /* now it is this one */
  for (int i = 0; i < 1000 && atomic_load (&stage->bodies[1]) == 0 && lease_is_there (1); i++, nap (20)) {
    notice.renewed++;
    if (lease_is_there (1) && i < 5)
      write_lease (1, &notice);
  }
  assert_succeeds (waiter);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
}

static void
the_lease_of_a_job_that_is_over_is_void_at_once (void **state)
{
  struct hashcache__notice notice = foreign_lease (1);
  pid_t waiter;

  (void) state;
  notice.job_end = (int64_t) time (NULL) + 1000;
  write_lease (1, &notice);
  start_waiters (&waiter, 1, ask_f_and_wait, 1);
  assert_waited_for_while_renewed (1, &notice, 500);
  notice.job_end = (int64_t) time (NULL) - 1000;
  write_lease (1, &notice);
  assert_succeeds (waiter);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
  assert_int_equal (leases_left (), 0);
}

static void
a_lease_that_says_nothing_ends_as_well (void **state)
{
  static const size_t sizes[] = { 0, 1, sizeof (struct hashcache__notice) };
  pid_t waiters[LENGTH (sizes)];

  (void) state;
  for (size_t i = 0; i < LENGTH (sizes); i++) {
    const int fd = open (lease_of ((int) i), O_WRONLY | O_CREAT, 0600);
    static const char garbage[sizeof (struct hashcache__notice)];

    assert_true (fd >= 0);
    assert_int_equal (write (fd, garbage, sizes[i]), sizes[i]);
    close (fd);
    waiters[i] = start_child (ask_f_and_wait, (int) i);
  }
  for (size_t i = 0; i < LENGTH (sizes); i++) {
    assert_succeeds (waiters[i]);
    assert_int_equal (atomic_load (&stage->bodies[i]), 1);
  }
  assert_int_equal (leases_left (), 0);
}

/* Who takes a void lease away may die at it, and leave the ticket. */
static void
a_ticket_of_the_dead_is_no_hindrance (void **state)
{
  struct hashcache__notice notice = foreign_lease (1);
  char ticket[sizeof scratch + 128];
  pid_t waiters[3];

  (void) state;
  write_lease (1, &notice);
  snprintf (ticket, sizeof ticket, "%s-%016llx", lease_of (1), (unsigned long long) notice.number);
  assert_int_equal (link (lease_of (1), ticket), 0);
  start_waiters (waiters, 3, ask_f_and_wait, 1);
  for (int i = 0; i < 3; i++)
    assert_succeeds (waiters[i]);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
  assert_int_equal (leases_left (), 0);
}

/* Only the lease that was seen is taken away, with hard links or without. */
static void
another_lease_than_the_one_seen_stays (void **state)
{
  char ticket[sizeof scratch + 128];

  (void) state;
  snprintf (ticket, sizeof ticket, "%s-ticket", lease_of (1));
  for (int linked = 0; linked < 2; linked++) {
    struct hashcache__notice seen = foreign_lease (1), other = foreign_lease (1), there;
    double stuck = 0.0;

    assert_true (seen.number != other.number);
    write_lease (1, &other);
    if (linked)
      hashcache__take_lease_away (lease_of (1), &keys[1], &seen, &stuck);
    else
      hashcache__rename_lease_away (lease_of (1), &keys[1], &seen, ticket);
    assert_true (read_lease (1, &there));
    assert_int_equal (there.number, other.number);
    if (linked)
      hashcache__take_lease_away (lease_of (1), &keys[1], &other, &stuck);
    else
      hashcache__rename_lease_away (lease_of (1), &keys[1], &other, ticket);
    assert_int_equal (lease_is_there (1), 0);
    assert_int_equal (leases_left (), 0);
  }
}

/* The owner stops, its lease ends, another computes; then the owner goes on and lands, which is none of the other's business. */
static void
who_stops_loses_the_lease_and_no_more (void **state)
{
  pid_t owner, heir, third;
  struct hashcache__notice notice;

  (void) state;
  owner = start_holder (1, wait_at_the_gate);
  assert_int_equal (kill (owner, SIGSTOP), 0);
  during = hang;
  heir = start_child (ask_f, 1);
  assert_true (await (&stage->bodies[1], 2));
  assert_true (read_lease (1, &notice));
  assert_int_equal (notice.pid, heir);
  atomic_store (&stage->gate, 1);
  assert_int_equal (kill (owner, SIGCONT), 0);
  assert_succeeds (owner);
  assert_true (read_lease (1, &notice));
  assert_int_equal (notice.pid, heir);
  third = start_child (ask_f, 1); /* it finds what the owner has stored */
  assert_succeeds (third);
  assert_int_equal (atomic_load (&stage->bodies[1]), 2);
  end_child (heir);
}

/* Bodies that do odd things -------------------------------------------------------------------------------------------------- */

/* The child of a body comes to the end of it, too, and before its parent does. */
static void
fork_and_go_on (int key, int how)
{
  const pid_t child = fork ();

  (void) key, (void) how;
  if (child != 0)
    (void) await (&stage->gate, 1);
}

static void
the_child_of_a_body_gives_no_lease_back (void **state)
{
  pid_t owner, waiter;
  struct hashcache__notice notice;

  (void) state;
  during = fork_and_go_on;
  owner = start_child (ask_f, 1);
  during = NULL;
  assert_true (await (&stage->bodies[1], 1));
  nap (100); /* the child has ended */
  assert_true (read_lease (1, &notice));
  assert_int_equal (notice.pid, owner);
  start_waiters (&waiter, 1, ask_f, 1);
  nap ((long) (1500.0 * lease));
  assert_true (read_lease (1, &notice)); /* and is renewed by the parent */
  atomic_store (&stage->gate, 1);
  assert_succeeds (owner);
  assert_succeeds (waiter);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
  assert_int_equal (leases_left (), 0);
}

static void
end_the_program (int key, int how)
{
  (void) key, (void) how;
  if (await (&stage->gate, 1) && atomic_load (&stage->bodies[1]) == 1)
    exit (0);
}

static void
a_program_that_ends_gives_its_leases_back (void **state)
{
  pid_t owner, waiters[3];

  (void) state;
  owner = start_holder (1, end_the_program);
  start_waiters (waiters, 3, ask_f_and_wait, 1);
  atomic_store (&stage->gate, 1);
  assert_succeeds (owner);
  for (int i = 0; i < 3; i++)
    assert_succeeds (waiters[i]);
  assert_int_equal (atomic_load (&stage->bodies[1]), 2);
  assert_int_equal (leases_left (), 0);
}

static void
take_another_directory (int key, int how)
{
  char other[sizeof scratch + 16];

  (void) key, (void) how;
  snprintf (other, sizeof other, "%s/.other", scratch);
  (void) hashcache_set ("DIR", other);
}

static void
a_lease_is_given_back_where_it_was_made (void **state)
{
  (void) state;
  during = take_another_directory;
  assert_succeeds (start_child (ask_f, 1));
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
  assert_int_equal (leases_left (), 0);
}

/* What cannot be kept ------------------------------------------------------------------------------------------------------ */

/* The first body waits at the gate, all others until they have met. */
static void
meet_after_the_first (int key, int how)
{
  (void) key, (void) how;
  if (atomic_fetch_add (&stage->met, 1) == 0)
    (void) await (&stage->gate, 1);
  else
    (void) await (&stage->met, 4);
}

static void
what_is_lost_all_compute_at_once (void **state)
{
  char path[sizeof scratch + 16];
  pid_t owner, waiters[3];
  int fd;

  (void) state;
  snprintf (path, sizeof path, "%s/objects", scratch);
  assert_int_equal (rmdir (path), 0);
  fd = open (path, O_WRONLY | O_CREAT, 0600);
  assert_true (fd >= 0);
  close (fd);
  during = meet_after_the_first;
  owner = start_child (ask_f, 1);
  assert_true (await (&stage->met, 1));
  start_waiters (waiters, 3, ask_f_and_wait, 1);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
  atomic_store (&stage->gate, 1);
  assert_succeeds (owner);
  for (int i = 0; i < 3; i++)
    assert_succeeds (waiters[i]);
  assert_int_equal (atomic_load (&stage->bodies[1]), 4);
  assert_int_equal (atomic_load (&stage->most[1]), 3);
  assert_int_equal (leases_left (), 0);
}

static int
ask_f_on_a_full_disk (int n)
{
  const struct rlimit nothing = { 0, 0 };

  return setrlimit (RLIMIT_FSIZE, &nothing) != 0 || ask_f (n) != 0;
}

/* No lease that nobody could tell from a void one. */
static void
on_a_full_disk_there_are_no_leases (void **state)
{
  (void) state;
  during = nap_a_little;
  assert_succeeds (start_child (ask_f_on_a_full_disk, 1));
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
  assert_int_equal (leases_left (), 0);
}

static int
start_all (void **state)
{
  if (getenv ("UNDER_VALGRIND"))
    lease = 4.0, n_processes = 3, n_keys = 4;
  alarm (getenv ("UNDER_VALGRIND") ? 290 : 110);
  if (warm_up (state))
    return -1;
  for (int i = 0; i < (int) LENGTH (keys); i++)
    keys[i] = key_of_f (i);
  return 0;
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    LEASED (each_key_is_computed_once),
    LEASED (a_lease_says_who_computes_and_is_renewed),
    LEASED (a_lease_that_is_renewed_is_not_broken),
    LEASED (who_computes_can_be_asked),
    LEASED (the_lease_of_a_dead_process_is_void_at_once),
    LEASED (the_lease_of_a_machine_that_is_silent_is_void),
    LEASED (a_machine_of_the_same_name_is_not_this_one),
    LEASED (the_lease_of_a_job_that_is_over_is_void_at_once),
    LEASED (a_lease_that_says_nothing_ends_as_well),
    LEASED (a_ticket_of_the_dead_is_no_hindrance),
    LEASED (another_lease_than_the_one_seen_stays),
    LEASED (who_stops_loses_the_lease_and_no_more),
    LEASED (the_child_of_a_body_gives_no_lease_back),
    LEASED (a_program_that_ends_gives_its_leases_back),
    LEASED (a_lease_is_given_back_where_it_was_made),
    LEASED (what_is_lost_all_compute_at_once),
    LEASED (on_a_full_disk_there_are_no_leases),
  };

  return cmocka_run_group_tests (tests, start_all, NULL);
}
