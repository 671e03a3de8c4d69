/* test_board.c: of all ranks of a node one at a time has a key, and no rank that dies, stops or leaves holds others up.
   SPDX-License-Identifier: BSD-2-Clause

   The board is in memory that this process shares with its children, who are its other members. Nothing here speaks MPI. Whatever
   hangs is ended by an alarm. */
#define HASHCACHE__GIVE_UP 0.2
#include "sample_call.h"

#include <hashcache/board.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS 0x20
#endif

enum { RANKS = 16, KEYS = 2000, BUCKETS = 32, LONG_ENOUGH = 60 /* seconds; then something hangs */ };

/* What all members see beside the board. */
struct shared {
  _Atomic int computed[KEYS], computing[KEYS], done[KEYS];
  _Atomic int wrong, ready, go, answers[RANKS];
  struct hashcache__ticket ticket;
};

static struct shared *shared;
static struct hashcache__board *board;
static size_t board_bytes;

static void
nap (long milliseconds)
{
  const struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000L };

  nanosleep (&time, NULL);
}

static struct hashcache__digest
key_of (int n)
{
  return hashcache__digest_of (&n, sizeof n);
}

static void *
shared_memory (size_t bytes)
{
  void *memory = mmap (NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

  assert_true (memory != MAP_FAILED);
  return memory;
}

/* An empty board of N_BUCKETS, where this process is member 0. */
static struct hashcache__seat *
sit_down (uint32_t n_buckets)
{
  struct hashcache__seat *seat;

  board_bytes = hashcache__board_size (RANKS, n_buckets);
  board = hashcache__board_make (shared_memory (board_bytes), RANKS, n_buckets);
  shared = shared_memory (sizeof *shared);
  seat = hashcache__seat_take (board, 0);
  assert_non_null (seat);
  return seat;
}

static void
get_up (struct hashcache__seat *seat)
{
  assert_int_equal (hashcache__seat_give_up (seat), 1);
  assert_null (atomic_load (&hashcache__seat));
  munmap (board, board_bytes);
  munmap (shared, sizeof *shared);
}

/* A child that is MEMBER and does FUNCTION, which returns 0 if all is well. */
static pid_t
start_rank (int member, int function (int))
{
  const pid_t child = fork ();

  if (child == 0) {
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    alarm (LONG_ENOUGH);
    _exit (hashcache__seat_take (board, (uint32_t) member) ? function (member) : 99);
  }
  assert_true (child > 0);
  return child;
}

static void
assert_succeeds (pid_t child)
{
  int status = -1;

  assert_int_equal (waitpid (child, &status, 0), child);
  assert_int_equal (status, 0);
}

static void
await_number (_Atomic int *number, int wanted)
{
  for (int i = 0; i < 1000 * LONG_ENOUGH && atomic_load (number) < wanted; i++)
    nap (1);
  assert_true (atomic_load (number) >= wanted);
}

/* One owner --------------------------------------------------------------------------------------------------------------- */

/* Has key N computed by somebody, as a call does. */
static void
need (int n)
{
  const struct hashcache__digest key = key_of (n);

  while (!atomic_load (&shared->done[n])) {
    struct hashcache__ticket ticket;
    const int answer = hashcache__board_claim (&key, &ticket);

    if (answer == HASHCACHE__BOARD_MINE) {
      if (!atomic_load (&shared->done[n])) {
        atomic_fetch_add (&shared->computed[n], 1);
        if (atomic_fetch_add (&shared->computing[n], 1) != 0)
          atomic_store (&shared->wrong, 1);
        if (n % 100 == 0)
          nap (2);
        atomic_fetch_sub (&shared->computing[n], 1);
        atomic_store (&shared->done[n], 1);
      }
      hashcache__board_land (&ticket, HASHCACHE__CELL_LANDED);
    } else if (answer == HASHCACHE__BOARD_BUSY)
      while (hashcache__board_await (&ticket, LONG_ENOUGH) == HASHCACHE__CELL_BUSY)
        ;
    else
      (void) sched_yield (); /* the bucket was full */
  }
}

static int
need_all (int member)
{
  for (int i = 0; i < KEYS; i++)
    need (member % 3 == 0 ? i : member % 3 == 1 ? KEYS - 1 - i : (int) ((unsigned) i * 7919u % KEYS));
  return 0;
}

static void
of_many_ranks_one_computes_each_key (void **state)
{
  struct hashcache__seat *seat = sit_down (BUCKETS);
  pid_t ranks[RANKS];

  (void) state;
  for (int i = 1; i < RANKS; i++)
    ranks[i] = start_rank (i, need_all);
  need_all (0);
  for (int i = 1; i < RANKS; i++)
    assert_succeeds (ranks[i]);
  for (int i = 0; i < KEYS; i++)
    assert_int_equal (atomic_load (&shared->computed[i]), 1);
  assert_int_equal (atomic_load (&shared->wrong), 0);
  get_up (seat);
}

static int
wait_for_key_1 (int member)
{
  const struct hashcache__digest key = key_of (1);
  struct hashcache__ticket ticket;

  if (hashcache__board_claim (&key, &ticket) != HASHCACHE__BOARD_BUSY)
    return 1;
  atomic_fetch_add (&shared->ready, 1);
  atomic_store (&shared->answers[member], (int) hashcache__board_await (&ticket, 10 * LONG_ENOUGH));
  return 0;
}

/* Nobody wakes by itself in the time that the test has. */
static void
all_who_wait_are_woken_and_told (void **state)
{
  static const uint32_t ends[] = { HASHCACHE__CELL_LANDED, HASHCACHE__CELL_LOST };
  struct hashcache__seat *seat = sit_down (BUCKETS);
  const struct hashcache__digest key = key_of (1);

  (void) state;
  for (size_t e = 0; e < LENGTH (ends); e++) {
    struct hashcache__ticket ticket;
    pid_t ranks[RANKS];

    atomic_store (&shared->ready, 0);
    assert_int_equal (hashcache__board_claim (&key, &ticket), HASHCACHE__BOARD_MINE);
    for (int i = 1; i < RANKS; i++)
      ranks[i] = start_rank (i, wait_for_key_1);
    await_number (&shared->ready, RANKS - 1);
    nap (e == 0 ? 100 : 0); /* they sleep, or are about to */
    hashcache__board_land (&ticket, ends[e]);
    assert_null (ticket.seat);
    for (int i = 1; i < RANKS; i++) {
      assert_succeeds (ranks[i]);
      assert_int_equal (atomic_load (&shared->answers[i]), ends[e]);
    }
  }
  get_up (seat);
}

/* What a cell tells --------------------------------------------------------------------------------------------------------- */

/* Claims and lands other keys until TICKET's cell has been used again. */
static void
use_cell_again (const struct hashcache__ticket *ticket)
{
  for (int i = 100; i < 200 && atomic_load (&ticket->cell->word) >> 2 == ticket->word >> 2; i++) {
    const struct hashcache__digest key = key_of (i);
    struct hashcache__ticket other;

    assert_int_equal (hashcache__board_claim (&key, &other), HASHCACHE__BOARD_MINE);
    hashcache__board_land (&other, HASHCACHE__CELL_LANDED);
  }
  assert_true (atomic_load (&ticket->cell->word) >> 2 != ticket->word >> 2);
}

static void
what_was_lost_is_told_after_the_cell_is_used_again (void **state)
{
  struct hashcache__seat *seat = sit_down (1);
  const struct hashcache__digest key = key_of (1);
  struct hashcache__ticket owner, waiter;

  (void) state;
  assert_int_equal (hashcache__board_claim (&key, &owner), HASHCACHE__BOARD_MINE);
  assert_int_equal (hashcache__board_claim (&key, &waiter), HASHCACHE__BOARD_BUSY);
  hashcache__board_land (&owner, HASHCACHE__CELL_LOST);
  assert_int_equal (hashcache__board_await (&waiter, LONG_ENOUGH), HASHCACHE__CELL_LOST);
  use_cell_again (&waiter);
  assert_int_equal (hashcache__board_await (&waiter, LONG_ENOUGH), HASHCACHE__CELL_LOST);
  /* And what was not lost is not said to be, though a claim of the same cell was. */
  assert_int_equal (hashcache__board_claim (&key, &owner), HASHCACHE__BOARD_MINE);
  assert_int_equal (hashcache__board_claim (&key, &waiter), HASHCACHE__BOARD_BUSY);
  hashcache__board_land (&owner, HASHCACHE__CELL_LANDED);
  use_cell_again (&waiter);
  assert_int_equal (hashcache__board_await (&waiter, LONG_ENOUGH), HASHCACHE__CELL_LANDED);
  get_up (seat);
}

static void
who_lands_too_late_changes_nothing (void **state)
{
  struct hashcache__seat *seat = sit_down (1);
  const struct hashcache__digest key = key_of (1);
  struct hashcache__ticket early, late, other;

  (void) state;
  assert_int_equal (hashcache__board_claim (&key, &early), HASHCACHE__BOARD_MINE);
  late = early;
  hashcache__board_land (&early, HASHCACHE__CELL_LANDED);
  for (int i = 0; i < HASHCACHE__CELLS; i++) { /* all cells are busy now */
    const struct hashcache__digest more = key_of (400 + i);

    assert_int_equal (hashcache__board_claim (&more, &other), HASHCACHE__BOARD_MINE);
  }
  const uint32_t word = atomic_load (&late.cell->word), lost = atomic_load (&late.cell->lost);
  hashcache__board_land (&late, HASHCACHE__CELL_LOST);
  assert_int_equal (atomic_load (&late.cell->word), word);
  assert_int_equal (atomic_load (&late.cell->lost), lost);
  get_up (seat);
}

static void
numbers_of_claims_wrap (void **state)
{
  struct hashcache__seat *seat = sit_down (1);
  const struct hashcache__digest key = key_of (1);
  struct hashcache__ticket owner, waiter;

  (void) state;
  for (int i = 0; i < HASHCACHE__CELLS; i++)
    atomic_store (&board->buckets[0].cells[i].word, UINT32_C (0xfffffff8) | HASHCACHE__CELL_LANDED);
  for (int i = 0; i < 4 * HASHCACHE__CELLS; i++) {
    assert_int_equal (hashcache__board_claim (&key, &owner), HASHCACHE__BOARD_MINE);
    assert_int_equal (hashcache__board_claim (&key, &waiter), HASHCACHE__BOARD_BUSY);
    assert_int_equal (hashcache__board_await (&waiter, 0.0), HASHCACHE__CELL_BUSY);
    hashcache__board_land (&owner, i % 2 ? HASHCACHE__CELL_LOST : HASHCACHE__CELL_LANDED);
    assert_int_equal (hashcache__board_await (&waiter, LONG_ENOUGH), i % 2 ? HASHCACHE__CELL_LOST : HASHCACHE__CELL_LANDED);
  }
  get_up (seat);
}

static void
what_an_owner_waits_for_can_be_read (void **state)
{
  struct hashcache__seat *seat = sit_down (BUCKETS);
  const struct hashcache__digest key = key_of (1), wanted = key_of (2), none = { { 0 } };
  struct hashcache__digest seen;
  struct hashcache__ticket ticket, old;

  (void) state;
  assert_false (hashcache__board_is_busy (&key, &seen));
  assert_int_equal (hashcache__board_claim (&key, &ticket), HASHCACHE__BOARD_MINE);
  old = ticket;
  assert_true (hashcache__board_is_busy (&key, &seen));
  assert_true (hashcache__digest_equal (&seen, &none));
  hashcache__board_mark (&ticket, &wanted);
  assert_true (hashcache__board_is_busy (&key, &seen));
  assert_true (hashcache__digest_equal (&seen, &wanted));
  hashcache__board_land (&ticket, HASHCACHE__CELL_LANDED);
  assert_false (hashcache__board_is_busy (&key, &seen));
  hashcache__board_mark (&ticket, &wanted); /* it has no ticket any more */
  for (int i = 0; i < 2 * HASHCACHE__CELLS; i++) {
    assert_int_equal (hashcache__board_claim (&key, &ticket), HASHCACHE__BOARD_MINE);
    hashcache__board_mark (&old, &wanted);
    assert_true (hashcache__board_is_busy (&key, &seen));
    assert_true (hashcache__digest_equal (&seen, &none));
    hashcache__board_land (&ticket, HASHCACHE__CELL_LANDED);
  }
  get_up (seat);
}

static void
a_full_bucket_is_done_without (void **state)
{
  struct hashcache__seat *seat = sit_down (1);
  struct hashcache__ticket tickets[HASHCACHE__CELLS], other;
  struct hashcache__digest key;

  (void) state;
  for (int i = 0; i < HASHCACHE__CELLS; i++) {
    key = key_of (i);
    assert_int_equal (hashcache__board_claim (&key, &tickets[i]), HASHCACHE__BOARD_MINE);
  }
  key = key_of (100);
  assert_int_equal (hashcache__board_claim (&key, &other), HASHCACHE__BOARD_NONE);
  assert_null (other.seat);
  hashcache__board_land (&other, HASHCACHE__CELL_LANDED);
  key = key_of (3);
  assert_int_equal (hashcache__board_claim (&key, &other), HASHCACHE__BOARD_BUSY);
  hashcache__board_land (&tickets[5], HASHCACHE__CELL_LANDED);
  key = key_of (100);
  assert_int_equal (hashcache__board_claim (&key, &other), HASHCACHE__BOARD_MINE);
  get_up (seat);
}

/* Members that die or stop --------------------------------------------------------------------------------------------------- */

static int
claim_and_hang (int member)
{
  const struct hashcache__digest key = key_of (1);

  if (hashcache__board_claim (&key, &shared->ticket) != HASHCACHE__BOARD_MINE)
    return 1;
  atomic_store (&shared->ready, member);
  nap (1000L * LONG_ENOUGH);
  return 2;
}

/* A killed owner, whether its parent has heard of it or not. The waiter looks twice at most. */
static void
a_dead_owner_is_waited_for_no_longer (void **state)
{
  const struct hashcache__digest key = key_of (1);

  (void) state;
  for (int reaped = 0; reaped < 2; reaped++) {
    struct hashcache__seat *seat = sit_down (BUCKETS);
    const pid_t child = start_rank (7, claim_and_hang);
    struct hashcache__ticket ticket;
    struct hashcache__digest waits_for;

    await_number (&shared->ready, 7);
    assert_int_equal (hashcache__board_claim (&key, &ticket), HASHCACHE__BOARD_BUSY);
    assert_int_equal (hashcache__board_await (&ticket, 0.05), HASHCACHE__CELL_BUSY);
    assert_int_equal (kill (child, SIGKILL), 0);
    if (reaped)
      waitpid (child, NULL, 0);
    else
      for (int gone = 0, i = 0; !gone && i < 1000 * LONG_ENOUGH; i++, nap (1))
        (void) hashcache__process_started (child, &gone);
    assert_false (hashcache__board_is_busy (&key, &waits_for));
    assert_int_equal (hashcache__board_await (&ticket, 0.05), HASHCACHE__CELL_LANDED);
    assert_int_equal (hashcache__board_claim (&key, &ticket), HASHCACHE__BOARD_MINE);
    if (!reaped)
      waitpid (child, NULL, 0);
    get_up (seat);
  }
}

/* A bucket full of what the dead have left is not full. */
static void
cells_of_the_dead_are_used (void **state)
{
  struct hashcache__seat *seat = sit_down (1);
  struct hashcache__digest key = key_of (1);
  struct hashcache__ticket ticket, waiter;
  pid_t child;

  (void) state;
  child = start_rank (7, claim_and_hang);
  await_number (&shared->ready, 7);
  for (int i = 1; i < HASHCACHE__CELLS; i++) {
    key = key_of (100 + i);
    assert_int_equal (hashcache__board_claim (&key, &ticket), HASHCACHE__BOARD_MINE);
  }
  key = key_of (1);
  assert_int_equal (hashcache__board_claim (&key, &waiter), HASHCACHE__BOARD_BUSY);
  key = key_of (200);
  assert_int_equal (hashcache__board_claim (&key, &ticket), HASHCACHE__BOARD_NONE);
  kill (child, SIGKILL);
  waitpid (child, NULL, 0);
  assert_int_equal (hashcache__board_claim (&key, &ticket), HASHCACHE__BOARD_MINE);
  assert_int_equal (hashcache__board_await (&waiter, 0.05), HASHCACHE__CELL_LANDED);
  get_up (seat);
}

/* A process whose number is used again is another one. */
static void
a_number_used_again_is_not_the_owner (void **state)
{
  struct hashcache__seat *seat = sit_down (BUCKETS);
  const struct hashcache__digest key = key_of (1);
  struct hashcache__ticket ticket;
  const pid_t child = start_rank (7, claim_and_hang);

  (void) state;
  await_number (&shared->ready, 7);
  assert_int_equal (hashcache__board_claim (&key, &ticket), HASHCACHE__BOARD_BUSY);
  atomic_fetch_sub (&hashcache__board_member (board, 7)->started, 1);
  assert_int_equal (hashcache__board_await (&ticket, 0.05), HASHCACHE__CELL_LANDED);
  kill (child, SIGKILL);
  waitpid (child, NULL, 0);
  get_up (seat);
}

static void *
go_on_alone (void *process)
{
  char thread[64] = "";

  (void) process;
  for (int i = 0; i < 1000 * LONG_ENOUGH && !strchr (thread, 'Z'); i++, nap (1)) { /* until the first thread is over */
    char text[1024], *end;

    snprintf (thread, sizeof thread, "/proc/%ld/task/%ld/stat", (long) getpid (), (long) getpid ());
    (void) hashcache__read_text (thread, text, sizeof text);
    end = strrchr (text, ')');
    snprintf (thread, sizeof thread, "%.3s", end ? end : "");
  }
  atomic_store (&shared->ready, 1);
  nap (1000L * LONG_ENOUGH);
  return NULL;
}

static int
end_the_first_thread (int member)
{
  pthread_t thread;

  (void) member;
  if (pthread_create (&thread, NULL, go_on_alone, NULL) != 0)
    return 1;
  pthread_exit (NULL);
}

static void
a_process_is_not_over_with_its_first_thread (void **state)
{
  struct hashcache__seat *seat = sit_down (BUCKETS);
  const pid_t child = start_rank (3, end_the_first_thread);

  (void) state;
  await_number (&shared->ready, 1);
  assert_false (hashcache__member_is_dead (board, 3));
  kill (child, SIGKILL);
  for (int i = 0; i < 1000 * LONG_ENOUGH && !hashcache__member_is_dead (board, 3); i++)
    nap (1);
  assert_true (hashcache__member_is_dead (board, 3));
  waitpid (child, NULL, 0);
  assert_true (hashcache__member_is_dead (board, 3));
  get_up (seat);
}

static struct hashcache__bucket *
bucket_of_key_1 (void)
{
  const struct hashcache__digest key = key_of (1);

  return hashcache__bucket_of (board, &key);
}

static int
lock_and_die (int member)
{
  (void) member;
  if (hashcache__bucket_lock (atomic_load (&hashcache__seat), bucket_of_key_1 ()))
    raise (SIGKILL);
  return 1;
}

static int
lock_and_stop (int member)
{
  if (!hashcache__bucket_lock (atomic_load (&hashcache__seat), bucket_of_key_1 ()))
    return 1;
  atomic_store (&shared->ready, member);
  raise (SIGSTOP);
  hashcache__bucket_unlock (bucket_of_key_1 ());
  return 0;
}

static void
the_lock_of_a_dead_member_is_taken_over (void **state)
{
  struct hashcache__seat *seat = sit_down (BUCKETS);
  const struct hashcache__digest key = key_of (1);
  struct hashcache__ticket ticket;
  pid_t child;

  (void) state;
  child = start_rank (5, lock_and_die);
  waitpid (child, NULL, 0);
  assert_int_equal (atomic_load (&bucket_of_key_1 ()->lock), 6);
  assert_int_equal (hashcache__board_claim (&key, &ticket), HASHCACHE__BOARD_MINE);
  assert_int_equal (atomic_load (&bucket_of_key_1 ()->lock), 0);
  get_up (seat);
}

static void
a_stopped_member_holds_nobody_up (void **state)
{
  struct hashcache__seat *seat = sit_down (BUCKETS);
  const struct hashcache__digest key = key_of (1);
  struct hashcache__digest waits_for;
  struct hashcache__ticket ticket;
  pid_t child;

  (void) state;
  child = start_rank (5, lock_and_stop);
  await_number (&shared->ready, 5);
  waitpid (child, NULL, WUNTRACED);
  assert_int_equal (hashcache__board_claim (&key, &ticket), HASHCACHE__BOARD_NONE);
  assert_int_equal (hashcache__board_is_busy (&key, &waits_for), 0);
  kill (child, SIGCONT);
  assert_succeeds (child);
  assert_int_equal (hashcache__board_claim (&key, &ticket), HASHCACHE__BOARD_MINE);
  get_up (seat);
}

static void
who_dies_waiting_leaves_nothing (void **state)
{
  struct hashcache__seat *seat = sit_down (BUCKETS);
  const struct hashcache__digest key = key_of (1);
  struct hashcache__ticket ticket;
  pid_t ranks[4];

  (void) state;
  assert_int_equal (hashcache__board_claim (&key, &ticket), HASHCACHE__BOARD_MINE);
  for (int i = 0; i < 4; i++)
    ranks[i] = start_rank (i + 1, wait_for_key_1);
  await_number (&shared->ready, 4);
  for (int i = 0; i < 3; i++) {
    kill (ranks[i], SIGKILL);
    waitpid (ranks[i], NULL, 0);
  }
  hashcache__board_land (&ticket, HASHCACHE__CELL_LANDED);
  assert_succeeds (ranks[3]);
  assert_int_equal (hashcache__board_claim (&key, &ticket), HASHCACHE__BOARD_MINE);
  get_up (seat);
}

/* Seats ------------------------------------------------------------------------------------------------------------------- */

static void *
wait_as_calls_do (void *ticket)
{
  uint32_t state;

  atomic_store (&shared->ready, 1);
  do
    state = hashcache__board_await (ticket, 0.5);
  while (state == HASHCACHE__CELL_BUSY);
  return (void *) (uintptr_t) state;
}

/* MPI_Finalize is called while another thread waits, and a third one holds a claim. */
static void
a_board_may_go_away_while_a_thread_waits (void **state)
{
  struct hashcache__seat *seat = sit_down (BUCKETS);
  const struct hashcache__digest key = key_of (1), digest = key_of (2);
  struct hashcache__digest waits_for;
  struct hashcache__ticket owner, waiter;
  pthread_t thread;
  void *answer = NULL;
  double patience = hashcache__now () + LONG_ENOUGH;

  (void) state;
  assert_int_equal (hashcache__board_claim (&key, &owner), HASHCACHE__BOARD_MINE);
  assert_int_equal (hashcache__board_claim (&key, &waiter), HASHCACHE__BOARD_BUSY);
  assert_int_equal (pthread_create (&thread, NULL, wait_as_calls_do, &waiter), 0);
  await_number (&shared->ready, 1);
  nap (50);
  while (!hashcache__seat_give_up (seat)) /* the waiter sleeps longer than we have patience here */
    assert_true (hashcache__now () < patience);
  assert_int_equal (mprotect (board, board_bytes, PROT_NONE), 0);
  assert_int_equal (pthread_join (thread, &answer), 0);
  assert_int_equal ((uintptr_t) answer, HASHCACHE__CELL_LANDED);
  assert_int_equal (hashcache__board_await (&waiter, LONG_ENOUGH), HASHCACHE__CELL_LANDED);
  hashcache__board_mark (&owner, &digest);
  hashcache__board_land (&owner, HASHCACHE__CELL_LOST);
  assert_int_equal (hashcache__board_claim (&key, &waiter), HASHCACHE__BOARD_NONE);
  assert_false (hashcache__board_is_busy (&key, &waits_for));
  assert_true (hashcache__board_first_time (&digest));
  assert_int_equal (mprotect (board, board_bytes, PROT_READ | PROT_WRITE), 0);
  get_up (seat);
}

/* A signal handler that jumps out of a wait leaves the seat in use for good. Then the memory must stay, and nobody waits for ever. */
static void
a_seat_that_was_jumped_out_of_is_not_waited_for (void **state)
{
  struct hashcache__seat *seat = sit_down (BUCKETS);

  (void) state;
  assert_ptr_equal (hashcache__seat_enter (seat), seat);
  assert_int_equal (hashcache__seat_give_up (seat), 0);
  assert_null (hashcache__seat_enter (seat));
  hashcache__seat_exit (seat);
  get_up (seat);
}

static void
the_latest_seat_that_is_left_is_used (void **state)
{
  struct hashcache__seat *first = sit_down (BUCKETS), *second, *third;
  const struct hashcache__digest key = key_of (1);
  const size_t bytes = hashcache__board_size (1, 1);
  void *more[2] = { shared_memory (bytes), shared_memory (bytes) };
  struct hashcache__ticket tickets[3];

  (void) state;
  assert_int_equal (hashcache__board_claim (&key, &tickets[0]), HASHCACHE__BOARD_MINE);
  second = hashcache__seat_take (hashcache__board_make (more[0], 1, 1), 0);
  assert_int_equal (hashcache__board_claim (&key, &tickets[1]), HASHCACHE__BOARD_MINE);
  third = hashcache__seat_take (hashcache__board_make (more[1], 1, 1), 0);
  assert_int_equal (hashcache__board_claim (&key, &tickets[2]), HASHCACHE__BOARD_MINE);
  assert_int_equal (hashcache__seat_give_up (second), 1);
  assert_ptr_equal (atomic_load (&hashcache__seat), third);
  assert_int_equal (hashcache__seat_give_up (third), 1);
  assert_ptr_equal (atomic_load (&hashcache__seat), first);
  munmap (more[0], bytes);
  munmap (more[1], bytes);
  for (int i = 0; i < 3; i++)
    hashcache__board_land (&tickets[i], HASHCACHE__CELL_LANDED);
  assert_int_equal (hashcache__board_claim (&key, &tickets[0]), HASHCACHE__BOARD_MINE);
  get_up (first);
}

/* No call of a marked function has been made by this process: nothing but the seat itself can see to it. */
static void
a_child_has_no_seat (void **state)
{
  struct hashcache__seat *seat = sit_down (BUCKETS);
  const struct hashcache__digest key = key_of (1), other = key_of (2);
  struct hashcache__ticket owned, ticket;
  struct hashcache__bucket *bucket = bucket_of_key_1 ();
  pid_t child;

  (void) state;
  assert_int_equal (hashcache__board_claim (&key, &owned), HASHCACHE__BOARD_MINE);
  assert_int_equal (hashcache__bucket_lock (seat, bucket), 1); /* as if a signal handler forked here */
  child = fork ();
  if (child == 0) {
    hashcache__bucket_unlock (bucket);
    if (hashcache__bucket_lock (seat, bucket) || hashcache__board_claim (&other, &ticket) != HASHCACHE__BOARD_NONE)
      _exit (1);
    hashcache__board_land (&owned, HASHCACHE__CELL_LOST);
    _exit (0);
  }
  assert_succeeds (child);
  assert_int_equal (atomic_load (&bucket->lock), 1);
  hashcache__bucket_unlock (bucket);
  assert_int_equal (hashcache__board_claim (&key, &ticket), HASHCACHE__BOARD_BUSY);
  get_up (seat);
}

/* What has been said ------------------------------------------------------------------------------------------------------ */

static int
say_all (int member)
{
  int n = 0;

  for (int i = 0; i < 100; i++) {
    const struct hashcache__digest digest = key_of (i);

    n += hashcache__board_first_time (&digest);
  }
  atomic_fetch_add (&shared->ready, n);
  (void) member;
  return 0;
}

static void
each_thing_is_said_once_on_a_node (void **state)
{
  struct hashcache__seat *seat = sit_down (BUCKETS);
  pid_t ranks[RANKS];
  int n = 0;

  (void) state;
  for (int i = 1; i < RANKS; i++)
    ranks[i] = start_rank (i, say_all);
  for (int i = 1; i < RANKS; i++)
    assert_succeeds (ranks[i]);
  assert_int_equal (atomic_load (&shared->ready), 100);
  for (int i = 0; i < 2 * HASHCACHE__BOARD_SAID; i++) { /* a full table is silence */
    const struct hashcache__digest digest = key_of (i);

    n += hashcache__board_first_time (&digest);
  }
  assert_int_equal (n, HASHCACHE__BOARD_SAID - 100);
  get_up (seat);
}

static int
start_all (void **state)
{
  (void) state;
  alarm (2 * LONG_ENOUGH);
  return 0;
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_child_has_no_seat),
    cmocka_unit_test (of_many_ranks_one_computes_each_key),
    cmocka_unit_test (all_who_wait_are_woken_and_told),
    cmocka_unit_test (what_was_lost_is_told_after_the_cell_is_used_again),
    cmocka_unit_test (who_lands_too_late_changes_nothing),
    cmocka_unit_test (numbers_of_claims_wrap),
    cmocka_unit_test (what_an_owner_waits_for_can_be_read),
    cmocka_unit_test (a_full_bucket_is_done_without),
    cmocka_unit_test (a_dead_owner_is_waited_for_no_longer),
    cmocka_unit_test (cells_of_the_dead_are_used),
    cmocka_unit_test (a_number_used_again_is_not_the_owner),
    cmocka_unit_test (a_process_is_not_over_with_its_first_thread),
    cmocka_unit_test (the_lock_of_a_dead_member_is_taken_over),
    cmocka_unit_test (a_stopped_member_holds_nobody_up),
    cmocka_unit_test (who_dies_waiting_leaves_nothing),
    cmocka_unit_test (a_board_may_go_away_while_a_thread_waits),
    cmocka_unit_test (a_seat_that_was_jumped_out_of_is_not_waited_for),
    cmocka_unit_test (the_latest_seat_that_is_left_is_used),
    cmocka_unit_test (each_thing_is_said_once_on_a_node),
  };

  return cmocka_run_group_tests (tests, start_all, NULL);
}
