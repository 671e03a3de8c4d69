/* test_waiting.c: nobody waits for what will not come.
   SPDX-License-Identifier: BSD-2-Clause

   Calls that wait for each other in a circle, which only an ignored argument can bring about, are found out long before
   HASHCACHE_WAIT. Where results cannot be kept all who wait compute at once, not one after the other. An owner that is left by a jump,
   ends its thread or its program, is killed, or stops, holds nobody up for longer than it should. */
#define _XOPEN_SOURCE 700
#define HASHCACHE__MIND 0.25
#define HASHCACHE__PATIENCE 0.4
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "staged_calls.h"
#include <setjmp.h>
#include <sys/resource.h>

enum { MOST = 16 };

/* Fewer under valgrind, where each process takes seconds to begin. */
static int n_waiters = 5, n_ring = 5, n_deep = 80, n_ranks = 8, n_keys = 30;

/* Boards ------------------------------------------------------------------------------------------------------------------- */

static struct hashcache__board *board;

/* From now on children that sit down are ranks of one node. */
static void
set_up_board (void)
{
  const size_t bytes = hashcache__board_size (16, 16);
  void *memory = mmap (NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

  assert_true (memory != MAP_FAILED);
  board = hashcache__board_make (memory, 16, 16);
  atomic_store (&stage->met, 0);
}

static _Atomic int *
next_member (void)
{
  return &stage->running[MOST_KEYS - 1];
}

static int
sit_down (void)
{
  return hashcache__seat_take (board, (uint32_t) atomic_fetch_add (next_member (), 1)) ? 0 : 1;
}

static int
rank_asks_f (int n)
{
  return sit_down () ? 9 : ask_f (n);
}

static int
rank_asks_f_and_waits (int n)
{
  return sit_down () ? 9 : ask_f_and_wait (n);
}

/* Circles -------------------------------------------------------------------------------------------------------------------- */

/* With HOW 0: as soon as all others have begun, call the next, with HOW 1, which calls nothing. */
static void
call_round_the_ring (int key, int how)
{
  if (how != 0)
    return;
  atomic_fetch_add (&stage->met, 1);
  (void) await (&stage->met, n_ring);
  (void) f ((key + 1) % n_ring, 1);
}

static int
sit_and_ask (int n)
{
  return (board && sit_down ()) || ask_f (n);
}

static void
assert_ring_is_resolved (void)
{
  pid_t children[MOST];
  int bodies = 0;

  during = call_round_the_ring;
  for (int i = 0; i < n_ring; i++)
    children[i] = start_child (sit_and_ask, i);
  for (int i = 0; i < n_ring; i++)
    assert_succeeds (children[i]);
  for (int i = 0; i < n_ring; i++)
    bodies += atomic_load (&stage->bodies[i]);
  assert_true (bodies > n_ring && bodies <= 2 * n_ring); /* somebody has computed what somebody else did */
}

static void
processes_do_not_wait_in_a_circle (void **state)
{
  (void) state;
  board = NULL;
  assert_ring_is_resolved ();
}

static void
ranks_do_not_wait_in_a_circle (void **state)
{
  (void) state;
  set_up_board ();
  assert_ring_is_resolved ();
  board = NULL;
}

/* There is nothing but the board where ranks could learn of it. */
static void
ranks_without_a_directory_do_not_wait_in_a_circle (void **state)
{
  (void) state;
  set_up_board ();
  assert_int_equal (hashcache_set ("DIR", "/dev/null/nowhere"), 0);
  assert_ring_is_resolved ();
  board = NULL;
}

static void *
thread_asks_f (void *n)
{
  return (void *) (intptr_t) ask_f (*(const int *) n);
}

static int
threads_ask_in_a_ring (int unused)
{
  pthread_t threads[MOST];
  int numbers[MOST], failed = 0;

  (void) unused;
  during = call_round_the_ring;
  for (int i = 0; i < n_ring; i++) {
    numbers[i] = i;
    failed |= pthread_create (&threads[i], NULL, thread_asks_f, &numbers[i]);
  }
  for (int i = 0; i < n_ring && !failed; i++) {
    void *result = NULL;

    failed |= pthread_join (threads[i], &result) || result != NULL;
  }
  return failed;
}

static void
threads_do_not_wait_in_a_circle (void **state)
{
  (void) state;
  assert_succeeds (start_child (threads_ask_in_a_ring, 0));
}

/* There is nothing but the table of threads. */
static void
threads_without_a_directory_do_not_wait_in_a_circle (void **state)
{
  (void) state;
  assert_int_equal (hashcache_set ("DIR", "/dev/null/nowhere"), 0);
  assert_succeeds (start_child (threads_ask_in_a_ring, 0));
}

/* Two processes: f (0) needs f (1), ... needs the last of the first half of the keys, which needs the first of the other half; and so on,
   where the last needs f (0). With HOW 1 nothing is needed. */
static void
call_deeply (int key, int how)
{
  if (how != 0)
    return;
  if (key % n_deep < n_deep - 1)
    (void) f (key + 1, 0);
  else {
    atomic_fetch_add (&stage->met, 1);
    (void) await (&stage->met, 2);
    (void) f ((key + 1) % (2 * n_deep), 1);
  }
}

/* What each waits for is the outermost of many computations of one thread. */
static void
a_circle_through_many_nested_calls_is_found (void **state)
{
  pid_t one, other;

  (void) state;
  during = call_deeply;
  one = start_child (ask_f, 0);
  other = start_child (ask_f, n_deep);
  assert_succeeds (one);
  assert_succeeds (other);
}

/* Wipes all notices, as those of other keys in the same places would. */
static void
wipe_notices (void)
{
  static const char zeros[4096];
  char path[sizeof scratch + 32];

  for (int i = 0; i < 256; i++) {
    int fd;

    snprintf (path, sizeof path, "%s/claims/%02x", scratch, i);
    fd = open (path, O_WRONLY);
    for (off_t at = 0; fd >= 0 && at < 262144; at += (off_t) sizeof zeros)
      (void) pwrite (fd, zeros, sizeof zeros, at);
    if (fd >= 0)
      close (fd);
  }
}

static void
a_circle_is_found_though_notices_were_replaced (void **state)
{
  pid_t children[MOST];

  (void) state;
  during = call_round_the_ring;
  for (int i = 0; i < n_ring; i++)
    children[i] = start_child (ask_f, i);
  assert_true (await (&stage->met, n_ring));
  for (int i = 0; i < 20; i++, nap (25)) /* what is said at the first look is lost */
    wipe_notices ();
  for (int i = 0; i < n_ring; i++)
    assert_succeeds (children[i]);
}

/* What cannot be kept ------------------------------------------------------------------------------------------------------ */

/* The first body waits at the gate; all others until they have met. */
static void
meet_after_the_first (int key, int how)
{
  (void) key, (void) how;
  if (atomic_fetch_add (&stage->met, 1) == 0)
    (void) await (&stage->gate, 1);
  else
    (void) await (&stage->met, 1 + n_waiters);
}

/* What a holder and its waiters do who cannot store: all waiters compute, and at once. */
static void
assert_all_compute_at_once (int holder_asks (int), int waiters_ask (int))
{
  pid_t holder, waiters[MOST];

  during = meet_after_the_first;
  holder = start_child (holder_asks, 1);
  assert_true (await (&stage->met, 1));
  start_waiters (waiters, n_waiters, waiters_ask, 1);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1); /* they wait */
  atomic_store (&stage->gate, 1);
  assert_succeeds (holder);
  for (int i = 0; i < n_waiters; i++)
    assert_succeeds (waiters[i]);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1 + n_waiters);
  assert_true (atomic_load (&stage->most[1]) >= n_waiters);
}

/* A file in the place of the directory of entries. */
static void
make_storing_impossible (void)
{
  char path[sizeof scratch + 16];
  int fd;

  assert_succeeds (start_child (ask_f, 100)); /* makes the directory */
  memset ((void *) stage, 0, sizeof *stage);
  snprintf (path, sizeof path, "%s/objects", scratch);
  assert_int_equal (nftw (path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
  fd = open (path, O_WRONLY | O_CREAT, 0600);
  assert_true (fd >= 0);
  close (fd);
}

static void
what_processes_cannot_keep_all_compute_at_once (void **state)
{
  int status = -1;

  (void) state;
  make_storing_impossible ();
  assert_all_compute_at_once (ask_f, ask_f_and_wait);
  /* And a loss of yesterday says nothing about who computes today. */
  memset ((void *) stage, 0, sizeof *stage);
  const pid_t holder = start_holder (1, wait_at_the_gate);
  pid_t waiter;
  start_waiters (&waiter, 1, ask_f_and_wait, 1);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
  assert_int_equal (waitpid (waiter, &status, WNOHANG), 0);
  atomic_store (&stage->gate, 1);
  assert_succeeds (holder);
  assert_succeeds (waiter);
}

static void
what_ranks_cannot_keep_all_compute_at_once (void **state)
{
  (void) state;
  make_storing_impossible ();
  set_up_board ();
  assert_all_compute_at_once (rank_asks_f, rank_asks_f_and_waits);
  board = NULL;
}

/* One that is no rank computes, and of a node one waits for it, the others for that one. */
static void
what_one_cannot_keep_all_ranks_of_another_node_compute (void **state)
{
  (void) state;
  make_storing_impossible ();
  set_up_board ();
  assert_all_compute_at_once (ask_f, rank_asks_f_and_waits);
  board = NULL;
}

/* No file may grow: neither the entry can be written nor a notice that would tell so. */
static int
ask_f_on_a_full_disk (int n)
{
  const struct rlimit nothing = { 0, 0 };

  return setrlimit (RLIMIT_FSIZE, &nothing) != 0 || ask_f_and_wait (n) == 1;
}

static void
on_a_full_disk_all_compute_at_once (void **state)
{
  (void) state;
  assert_succeeds (start_child (ask_f, 100)); /* makes the directory */
  memset ((void *) stage, 0, sizeof *stage);
  assert_all_compute_at_once (ask_f_on_a_full_disk, ask_f_on_a_full_disk);
}

/* Owners that do not come to an end ------------------------------------------------------------------------------------------ */

static jmp_buf way_out;

/* How a body is left. */
enum { JUMPS = 10, EXITS, ENDS_ITS_THREAD, IS_CANCELLED, HANGS };

static void
leave (int key, int how)
{
  if (key != 1 || atomic_load (&stage->bodies[1]) > 1)
    return;
  (void) await (&stage->gate, 1);
  if (how == JUMPS)
    longjmp (way_out, 1);
  if (how == EXITS)
    exit (0);
  if (how == ENDS_ITS_THREAD)
    pthread_exit (NULL);
  hang (key, how);
}

static int
jump_out (int seated)
{
  if (seated && sit_down ())
    return 9;
  if (setjmp (way_out) == 0)
    (void) f (1, JUMPS);
  if (f (2, 0) != 15) /* shows the runtime that the first call does not come back */
    return 1;
  nap (1000L * LONG_ENOUGH);
  return 2;
}

static int
exit_inside (int seated)
{
  if (seated && sit_down ())
    return 9;
  (void) f (1, EXITS);
  return 1;
}

static void *
run_f_1 (void *how)
{
  (void) f (1, *(const int *) how);
  return NULL;
}

static int
run_thread (int seated, int how)
{
  pthread_t thread;

  if (seated && sit_down ())
    return 9;
  if (pthread_create (&thread, NULL, run_f_1, &how) != 0 || !await (&stage->bodies[1], 1))
    return 1;
  if (how == IS_CANCELLED && (!await (&stage->gate, 1) || pthread_cancel (thread) != 0))
    return 2;
  if (pthread_join (thread, NULL) != 0)
    return 3;
  nap (1000L * LONG_ENOUGH);
  return 4;
}

static int
end_thread_inside (int seated)
{
  return run_thread (seated, ENDS_ITS_THREAD);
}

static int
cancel_thread_inside (int seated)
{
  return run_thread (seated, IS_CANCELLED);
}

static int
hang_inside (int seated)
{
  if (seated && sit_down ())
    return 9;
  (void) f (1, HANGS);
  return 1;
}

/* Waiters go on as soon as the owner is gone, though its process lives on, and one of them computes. */
static void
who_leaves_a_body_holds_nobody_up (void **state)
{
  static int (*const owners[]) (int) = { jump_out, exit_inside, end_thread_inside, cancel_thread_inside, hang_inside };

  (void) state;
  for (size_t i = 0; i < 2 * LENGTH (owners); i++) {
    const int seated = i % 2 != 0;
    pid_t owner, waiters[MOST];

    memset ((void *) stage, 0, sizeof *stage);
    hashcache_drop_memory ();
    if (seated)
      set_up_board ();
    during = leave;
    owner = start_child (owners[i / 2], seated);
    assert_true (await (&stage->bodies[1], 1));
    start_waiters (waiters, n_waiters, seated ? rank_asks_f_and_waits : ask_f_and_wait, 1);
    assert_int_equal (atomic_load (&stage->bodies[1]), 1);
    atomic_store (&stage->gate, 1);
    if (owners[i / 2] == hang_inside)
      kill (owner, SIGKILL);
    for (int k = 0; k < n_waiters; k++)
      assert_succeeds (waiters[k]);
    assert_int_equal (atomic_load (&stage->bodies[1]), 2);
    end_child (owner);
    assert_int_equal (clear_the_stage (state), 0);
    assert_int_equal (make_scratch (state), 0);
    board = NULL;
  }
}

static int
ask_f_and_be_late (int n)
{
  struct hashcache_statistics s;

  if (ask_f (n) != 0 || hashcache_stats (&s))
    return 1;
  return s.waited == 1 && s.computed == 1 && s.hits_store == 0 ? 0 : 2;
}

static int
rank_asks_f_and_is_late (int n)
{
  return sit_down () ? 9 : ask_f_and_be_late (n);
}

static int
find_f (int n)
{
  struct hashcache_statistics s;

  return f (n, 0) != 7 * n + 1 || hashcache_stats (&s) || s.hits_store != 1;
}

/* Stopped for longer than HASHCACHE_WAIT: others compute, and what is stored is right, whoever was first. */
static void
who_stops_is_not_waited_for_longer_than_was_said (void **state)
{
  (void) state;
  for (int seated = 0; seated < 2; seated++) {
    pid_t owner, late;

    set_up_board ();
    atomic_store (&stage->gate, 0);
    during = wait_at_the_gate;
    owner = start_child (seated ? rank_asks_f : ask_f, seated);
    during = NULL;
    assert_true (await (&stage->bodies[seated], 1));
    assert_int_equal (kill (owner, SIGSTOP), 0);
    hashcache_set ("WAIT", "0.3");
    late = start_child (seated ? rank_asks_f_and_is_late : ask_f_and_be_late, seated);
    assert_succeeds (late);
    hashcache_set ("WAIT", NULL);
    assert_int_equal (atomic_load (&stage->bodies[seated]), 2);
    assert_succeeds (start_child (find_f, seated));
    assert_int_equal (kill (owner, SIGCONT), 0);
    atomic_store (&stage->gate, 1);
    assert_succeeds (owner);
    assert_succeeds (start_child (find_f, seated));
    assert_int_equal (atomic_load (&stage->bodies[seated]), 2);
    board = NULL;
  }
}

static void
who_does_not_want_to_wait_does_not (void **state)
{
  const pid_t owner = start_holder (1, wait_at_the_gate);

  (void) state;
  hashcache_set ("WAIT", "0");
  assert_succeeds (start_child (ask_f_and_be_late, 1));
  hashcache_set ("WAIT", NULL);
  atomic_store (&stage->gate, 1);
  assert_succeeds (owner);
}

/* Calls in calls ---------------------------------------------------------------------------------------------------------- */

/* A call that makes the same call needs no other claim; one that makes others holds more than one. */
static void
call_below (int key, int how)
{
  if (key < 5 && how == 0)
    (void) (f (key, 1) + f (key + 1, 0));
}

static void
calls_in_calls_are_computed_once (void **state)
{
  pid_t children[MOST];

  (void) state;
  during = call_below;
  for (int i = 0; i < n_waiters; i++)
    children[i] = start_child (ask_f, i % 2);
  for (int i = 0; i < n_waiters; i++)
    assert_succeeds (children[i]);
  for (int i = 0; i < 5; i++) /* once, and once for the same call below it */
    assert_int_equal (atomic_load (&stage->bodies[i]), 2);
  assert_int_equal (atomic_load (&stage->bodies[5]), 1);
}

/* Ranks of two nodes: two boards, one directory. */
static int
ask_for_everything (int me)
{
  if (sit_down ())
    return 9;
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
ranks_of_two_nodes_compute_each_key_once (void **state)
{
  pid_t ranks[2 * MOST];

  (void) state;
  during = nap_a_little;
  for (int node = 0; node < 2; node++) {
    set_up_board ();
    atomic_store (next_member (), 0);
    for (int i = 0; i < n_ranks; i++)
      ranks[node * n_ranks + i] = start_child (ask_for_everything, i);
    assert_true (await (next_member (), n_ranks));
  }
  for (int i = 0; i < 2 * n_ranks; i++)
    assert_succeeds (ranks[i]);
  for (int i = 0; i < n_keys; i++)
    assert_int_equal (atomic_load (&stage->bodies[i]), 1);
  board = NULL;
}

/* What goes away meanwhile ------------------------------------------------------------------------------------------------ */

static int
wait_while_the_board_goes_away (int n)
{
  struct hashcache__seat *seat = hashcache__seat_take (board, 15);
  pthread_t thread;
  void *result = &thread;

  if (!seat || pthread_create (&thread, NULL, thread_asks_f, &n) != 0)
    return 1;
  nap (200);
  if (!hashcache__seat_give_up (seat))
    return 2;
  munmap (board, hashcache__board_size (16, 16));
  atomic_store (&stage->gate, 1);
  if (pthread_join (thread, &result) != 0 || result != NULL)
    return 3;
  return 0;
}

static void
who_waits_on_a_board_that_goes_away_finds_the_result (void **state)
{
  pid_t owner;

  (void) state;
  set_up_board ();
  during = wait_at_the_gate;
  owner = start_child (rank_asks_f, 1);
  during = NULL;
  assert_true (await (&stage->bodies[1], 1));
  assert_succeeds (start_child (wait_while_the_board_goes_away, 1));
  assert_succeeds (owner);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
  board = NULL;
}

/* A body whose program takes another cache directory, or loses the one it has. */
static void
change_directories (int key, int how)
{
  char other[sizeof scratch + 16];

  (void) how;
  snprintf (other, sizeof other, "%s/%d", scratch, key);
  if (key % 2)
    (void) hashcache_set ("DIR", other);
  else
    (void) nftw (scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int
ask_where_directories_change (int n)
{
  for (int i = 0; i < 6; i++)
    if (ask_f (n + i) != 0 || ask_f (n + i) != 0)
      return 1;
  return 0;
}

static void
directories_may_change_while_a_body_runs (void **state)
{
  pid_t children[4];

  (void) state;
  during = change_directories;
  for (int i = 0; i < 4; i++)
    children[i] = start_child (ask_where_directories_change, i);
  for (int i = 0; i < 4; i++)
    assert_succeeds (children[i]);
}

/* Descriptors that claims hold: none stays open. */
static int
count_descriptors (void)
{
  DIR *list = opendir ("/proc/self/fd");
  int n = 0;

  while (list && readdir (list))
    n++;
  if (list)
    closedir (list);
  return n;
}

static int
ask_and_count_descriptors (int n)
{
  int before;

  if (ask_f (100) != 0)
    return 1;
  before = count_descriptors ();
  for (int i = 0; i < 10; i++)
    if (ask_f (n + i) != 0)
      return 2;
  return count_descriptors () == before ? 0 : 3;
}

static void
claims_leave_no_descriptor_open (void **state)
{
  (void) state;
  during = call_below;
  assert_succeeds (start_child (ask_and_count_descriptors, 0));
}

/* Telling ----------------------------------------------------------------------------------------------------------------- */

static int
ask_as_rank_3 (int n)
{
  return setenv ("OMPI_COMM_WORLD_RANK", "3", 1) || setenv ("OMPI_COMM_WORLD_SIZE", "16", 1) || setenv ("SLURM_JOB_ID", "4711", 1)
         || ask_f (n);
}

static int
ask_and_say (int n)
{
  char path[sizeof scratch + 16];
  int fd;

  snprintf (path, sizeof path, "%s/said", scratch);
  fd = open (path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  return fd < 0 || dup2 (fd, STDERR_FILENO) < 0 || ask_f (n);
}

static const char *
key_text_of_f_1 (void)
{
  static char hex[33];
  struct hashcache__digest key = key_of_f (1);

  hashcache__digest_hex (&key, hex);
  return hex;
}

static void
who_waits_for_long_is_told_for_whom (void **state)
{
  char path[sizeof scratch + 16], said[4096], expected[512], host[256];
  const char *line;
  FILE *file;
  pid_t owner, waiter;
  size_t n;

  (void) state;
  assert_int_equal (hashcache_set ("VERBOSE", "1"), 0);
  during = wait_at_the_gate;
  owner = start_child (ask_as_rank_3, 1);
  during = NULL;
  assert_true (await (&stage->bodies[1], 1));
  waiter = start_child (ask_and_say, 1);
  nap (1200);
  atomic_store (&stage->gate, 1);
  assert_succeeds (waiter);
  assert_succeeds (owner);
  snprintf (path, sizeof path, "%s/said", scratch);
  file = fopen (path, "r");
  assert_non_null (file);
  n = fread (said, 1, sizeof said - 1, file);
  fclose (file);
  said[n] = '\0';
  line = strstr (said, "hashcache: f waits for ");
  assert_non_null (line);
  assert_null (strstr (strchr (line, '\n'), "f waits for ")); /* not every second */
  hashcache__host_name (host);
  snprintf (expected, sizeof expected, "rank 3 of 16 on %s (process %ld, job ", host, (long) owner);
  assert_non_null (strstr (line, expected));
  assert_non_null (strstr (line, "4711"));
  assert_non_null (strstr (line, " since 20"));
  assert_non_null (strstr (line, key_text_of_f_1 ()));
}

static int
start_all (void **state)
{
  (void) state;
  if (getenv ("UNDER_VALGRIND")) {
    n_waiters = n_ring = n_ranks = 2;
    n_deep = n_keys = 5;
  }
  alarm (getenv ("UNDER_VALGRIND") ? 290 : 110);
  return 0;
}

int
main (void)
{
  const struct CMUnitTest first[] = { STAGED (who_waits_for_long_is_told_for_whom) };
  const struct CMUnitTest tests[] = {
    STAGED (processes_do_not_wait_in_a_circle),
    STAGED (ranks_do_not_wait_in_a_circle),
    STAGED (ranks_without_a_directory_do_not_wait_in_a_circle),
    STAGED (threads_do_not_wait_in_a_circle),
    STAGED (threads_without_a_directory_do_not_wait_in_a_circle),
    STAGED (a_circle_through_many_nested_calls_is_found),
    STAGED (a_circle_is_found_though_notices_were_replaced),
    STAGED (what_processes_cannot_keep_all_compute_at_once),
    STAGED (what_ranks_cannot_keep_all_compute_at_once),
    STAGED (what_one_cannot_keep_all_ranks_of_another_node_compute),
    STAGED (on_a_full_disk_all_compute_at_once),
    STAGED (who_leaves_a_body_holds_nobody_up),
    STAGED (who_stops_is_not_waited_for_longer_than_was_said),
    STAGED (who_does_not_want_to_wait_does_not),
    STAGED (calls_in_calls_are_computed_once),
    STAGED (ranks_of_two_nodes_compute_each_key_once),
    STAGED (who_waits_on_a_board_that_goes_away_finds_the_result),
    STAGED (directories_may_change_while_a_body_runs),
    STAGED (claims_leave_no_descriptor_open),
  };

  return cmocka_run_group_tests (first, start_all, NULL) + cmocka_run_group_tests (tests, warm_up, NULL);
}
