/* board.h: what the ranks of a node compute at this moment, in memory that they share.
   SPDX-License-Identifier: BSD-2-Clause

   Whoever attaches ranks to each other (mpi/hashcache_mpi.h) gives the memory; nothing here knows of MPI. A board is a hash table of
   bounded size: buckets of cells, one cell for each key that one of its members, a process, computes. A cell that is free keeps
   its last word until it is used again, so waiters need not be counted, and one that is killed leaves nothing behind.

   A bucket is locked while its cells are searched or changed, for some ten nanoseconds; a lock whose owner has died is taken over.
   Who does not get it within a second (its owner may be stopped), or finds the bucket full, does without the board: then files
   decide (locks.h), as among nodes. Waiters sleep until the word of the cell changes (futex).

   A seat is a process's membership of a board. The memory goes away when ranks detach, which other threads may not notice at once:
   whoever uses the board enters the seat before and leaves it afterwards. A child after fork has no seat. */
#ifndef HASHCACHE_BOARD_H
#define HASHCACHE_BOARD_H

#include "digest.h"
#include "futex.h"
#include "process.h"
#include <sched.h>
#include <stdatomic.h>

enum { HASHCACHE__CELLS = 8, HASHCACHE__BOARD_SAID = 512 };

#ifndef HASHCACHE__GIVE_UP
#define HASHCACHE__GIVE_UP 10.0 /* seconds; nobody needs the board for longer than one without a break */
#endif

/* States of a cell, the lower bits of its word. */
enum { HASHCACHE__CELL_FREE = 0, HASHCACHE__CELL_BUSY = 1, HASHCACHE__CELL_LANDED = 2, HASHCACHE__CELL_LOST = 3 };

struct hashcache__cell {
  _Alignas(64) _Atomic uint32_t word; /* serial number of the claim << 2 | state */
  _Atomic uint32_t owner;             /* the member that computes                */
  _Atomic uint64_t released;          /* the bucket's count of releases then     */
  _Atomic uint32_t waited;            /* somebody sleeps, or did                 */
  _Atomic uint32_t lost;              /* the word of the last claim that was lost */
  struct hashcache__digest key;
  _Atomic uint64_t waits_for[2]; /* the key that the owner waits for meanwhile; zero: none */
};

struct hashcache__bucket {
  _Alignas(64) _Atomic uint32_t lock; /* 1 + the member that has it, 0: nobody */
  _Atomic uint64_t releases;
  struct hashcache__cell cells[HASHCACHE__CELLS];
};

struct hashcache__member {
  _Alignas(64) _Atomic int64_t pid; /* 0: has not come yet */
  _Atomic uint64_t started;
};

struct hashcache__board {
  uint32_t n_members, n_buckets;
  _Atomic uint64_t said[HASHCACHE__BOARD_SAID]; /* what has been said on this node, by digest; 0: free */
  struct hashcache__bucket buckets[];           /* the members stand behind them */
};

struct hashcache__seat {
  struct hashcache__board *board;
  uint32_t member;
  _Atomic int open, users;
  struct hashcache__seat *older; /* seats are never freed: a thread may look at one at any time */
};

/* A claim on the board, or somebody else's that is waited for. */
struct hashcache__ticket {
  struct hashcache__seat *seat; /* NULL: none */
  struct hashcache__cell *cell;
  uint32_t word; /* while the claim lasts */
};

/* The seat in use, NULL if there is none; and all that there ever were, latest first. */
static struct hashcache__seat *_Atomic hashcache__seat, *_Atomic hashcache__seats;

/* This process is the child of one that had a seat: what is locked on the board is its parent's. */
static _Atomic int hashcache__seat_was_parents;

/* Memory ----------------------------------------------------------------------------------------------------------------- */

/* Bytes of a board, to be aligned at 64. */
static inline size_t
hashcache__board_size (uint32_t n_members, uint32_t n_buckets)
{
  return sizeof (struct hashcache__board) + n_buckets * sizeof (struct hashcache__bucket)
         + n_members * sizeof (struct hashcache__member);
}

/* Makes MEMORY an empty board, before anybody else looks at it. */
static inline struct hashcache__board *
hashcache__board_make (void *memory, uint32_t n_members, uint32_t n_buckets)
{
  struct hashcache__board *board = memory;

  memset (memory, 0, hashcache__board_size (n_members, n_buckets));
  board->n_members = n_members;
  board->n_buckets = n_buckets;
  return board;
}

static struct hashcache__member *
hashcache__board_member (struct hashcache__board *board, uint32_t member)
{
  return (struct hashcache__member *) (void *) (board->buckets + board->n_buckets) + member;
}

/* Seats ------------------------------------------------------------------------------------------------------------------ */

/* The child is no member: nobody would notice its death while its parent lives. */
static void
hashcache__seats_in_child (void)
{
  atomic_store (&hashcache__seat_was_parents, 1);
  atomic_store (&hashcache__seat, NULL);
  for (struct hashcache__seat *seat = atomic_load (&hashcache__seats); seat; seat = seat->older)
    atomic_store (&seat->open, 0);
}

static void
hashcache__seats_set_up (void)
{
  (void) pthread_atfork (NULL, NULL, hashcache__seats_in_child);
}

/* Takes a seat at BOARD as its MEMBER, to be used from now on; NULL without memory. */
static inline struct hashcache__seat *
hashcache__seat_take (struct hashcache__board *board, uint32_t member)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  struct hashcache__seat *seat = calloc (1, sizeof *seat);
  struct hashcache__member *self = hashcache__board_member (board, member);
  int gone;

  if (!seat)
    return NULL;
  pthread_once (&once, hashcache__seats_set_up);
  atomic_store (&hashcache__seat_was_parents, 0);
  seat->board = board;
  seat->member = member;
  atomic_store (&self->started, hashcache__process_started (getpid (), &gone));
  atomic_store (&self->pid, getpid ());
  atomic_store (&seat->open, 1);
  seat->older = atomic_load (&hashcache__seats);
  atomic_store (&hashcache__seats, seat);
  atomic_store (&hashcache__seat, seat);
  return seat;
}

/* SEAT, or NULL if it is NULL or its board is no longer there. */
static struct hashcache__seat *
hashcache__seat_enter (struct hashcache__seat *seat)
{
  if (!seat)
    return NULL;
  atomic_fetch_add (&seat->users, 1);
  if (atomic_load (&seat->open))
    return seat;
  atomic_fetch_sub (&seat->users, 1);
  return NULL;
}

static void
hashcache__seat_exit (struct hashcache__seat *seat)
{
  atomic_fetch_sub (&seat->users, 1);
}

/* Gives SEAT up: 1 if no thread of this process touches its board any more, so that the memory may go away; 0 if one may do so for good,
   since a signal handler has jumped out of it. */
static inline int
hashcache__seat_give_up (struct hashcache__seat *seat)
{
  const double until = hashcache__now () + HASHCACHE__GIVE_UP;

  if (atomic_load (&hashcache__seat) == seat) {
    struct hashcache__seat *older = seat->older;

    while (older && !atomic_load (&older->open))
      older = older->older;
    atomic_store (&hashcache__seat, older);
  }
  atomic_store (&seat->open, 0);
  while (atomic_load (&seat->users) > 0 && hashcache__now () < until)
    hashcache__sleep (1e-4);
  return atomic_load (&seat->users) == 0;
}

/* Sleeping --------------------------------------------------------------------------------------------------------------- */

/* Buckets ---------------------------------------------------------------------------------------------------------------- */

static int
hashcache__member_is_dead (struct hashcache__board *board, uint32_t number)
{
  struct hashcache__member *member = hashcache__board_member (board, number);

  return number < board->n_members && hashcache__process_is_dead (atomic_load (&member->pid), atomic_load (&member->started));
}

/* Locks BUCKET; 0 if its owner, who lives, does not give it back within a second. */
static int
hashcache__bucket_lock (struct hashcache__seat *seat, struct hashcache__bucket *bucket)
{
  const uint32_t mine = seat->member + 1;
  double began = 0.0;

  for (unsigned n = 0; !atomic_load_explicit (&hashcache__seat_was_parents, memory_order_relaxed); n++) {
    uint32_t owner = 0;

    if (atomic_compare_exchange_strong_explicit (&bucket->lock, &owner, mine, memory_order_acquire, memory_order_relaxed))
      return 1;
    if (n < 100) {
      (void) sched_yield ();
      continue;
    }
    if (n == 100)
      began = hashcache__now ();
    if (n % 100 == 0 && hashcache__member_is_dead (seat->board, owner - 1)
        && atomic_compare_exchange_strong (&bucket->lock, &owner, mine))
      return 1;
    if (hashcache__now () - began > 1.0)
      return 0;
    hashcache__sleep (1e-4);
  }
  return 0;
}

static void
hashcache__bucket_unlock (struct hashcache__bucket *bucket)
{
  if (!atomic_load_explicit (&hashcache__seat_was_parents, memory_order_relaxed)) /* else forked since by a signal handler */
    atomic_store_explicit (&bucket->lock, 0, memory_order_release);
}

/* The cell where KEY is computed, NULL if it is not in BUCKET. */
static struct hashcache__cell *
hashcache__cell_of (struct hashcache__bucket *bucket, const struct hashcache__digest *key)
{
  for (int i = 0; i < HASHCACHE__CELLS; i++) {
    struct hashcache__cell *cell = &bucket->cells[i];

    if ((atomic_load (&cell->word) & 3) == HASHCACHE__CELL_BUSY && hashcache__digest_equal (&cell->key, key))
      return cell;
  }
  return NULL;
}

/* The cell that has been free for longest, so that who waited for it may still see why; one whose owner is dead if there is none;
   NULL if all compute. */
static struct hashcache__cell *
hashcache__free_cell (struct hashcache__board *board, struct hashcache__bucket *bucket)
{
  struct hashcache__cell *best = NULL;

  for (int i = 0; i < HASHCACHE__CELLS; i++) {
    struct hashcache__cell *cell = &bucket->cells[i];

    if ((atomic_load (&cell->word) & 3) != HASHCACHE__CELL_BUSY
        && (!best || atomic_load (&cell->released) < atomic_load (&best->released)))
      best = cell;
  }
  for (int i = 0; !best && i < HASHCACHE__CELLS; i++)
    if (hashcache__member_is_dead (board, atomic_load (&bucket->cells[i].owner)))
      best = &bucket->cells[i];
  return best;
}

/* Claims ----------------------------------------------------------------------------------------------------------------- */

enum { HASHCACHE__BOARD_NONE = 0, HASHCACHE__BOARD_MINE = 1, HASHCACHE__BOARD_BUSY = 2 };

/* With BUCKET locked. */
static int
hashcache__claim_cell (struct hashcache__seat *seat, struct hashcache__bucket *bucket, const struct hashcache__digest *key,
                       struct hashcache__ticket *ticket)
{
  struct hashcache__cell *cell = hashcache__cell_of (bucket, key);

  if (cell) {
    /* Busy it was: should it have landed since, nobody sleeps for it. */
    *ticket = (struct hashcache__ticket){ seat, cell, (atomic_load (&cell->word) & ~UINT32_C (3)) | HASHCACHE__CELL_BUSY };
    return HASHCACHE__BOARD_BUSY;
  }
  cell = hashcache__free_cell (seat->board, bucket);
  if (!cell)
    return HASHCACHE__BOARD_NONE;
  cell->key = *key;
  atomic_store (&cell->owner, seat->member);
  atomic_store (&cell->waited, 0);
  atomic_store (&cell->waits_for[0], 0);
  atomic_store (&cell->waits_for[1], 0);
  *ticket = (struct hashcache__ticket){ seat, cell, ((atomic_load (&cell->word) | 3) + 1) | HASHCACHE__CELL_BUSY };
  atomic_store (&cell->word, ticket->word);
  return HASHCACHE__BOARD_MINE;
}

static struct hashcache__bucket *
hashcache__bucket_of (struct hashcache__board *board, const struct hashcache__digest *key)
{
  return &board->buckets[hashcache__get_u64 (key->bytes + 8) % board->n_buckets];
}

/* Claims KEY among the members: MINE, with TICKET to be landed; BUSY, with TICKET to be waited for; or NONE, which means to do
   without the board. */
static int
hashcache__board_claim (const struct hashcache__digest *key, struct hashcache__ticket *ticket)
{
  struct hashcache__seat *seat = hashcache__seat_enter (atomic_load (&hashcache__seat));
  int answer = HASHCACHE__BOARD_NONE;

  *ticket = (struct hashcache__ticket){ 0 };
  if (!seat)
    return answer;
  struct hashcache__bucket *bucket = hashcache__bucket_of (seat->board, key);
  if (hashcache__bucket_lock (seat, bucket)) {
    answer = hashcache__claim_cell (seat, bucket, key, ticket);
    hashcache__bucket_unlock (bucket);
  }
  hashcache__seat_exit (seat);
  return answer;
}

/* The number of the member that computes KEY and which key it waits for, as SEAT's board says; -1 if there is none. */
static int64_t
hashcache__owner_on_board (struct hashcache__seat *seat, const struct hashcache__digest *key, struct hashcache__digest *waits_for)
{
  struct hashcache__bucket *bucket = hashcache__bucket_of (seat->board, key);
  struct hashcache__cell *cell;
  int64_t owner = -1;

  if (!hashcache__bucket_lock (seat, bucket))
    return -1;
  cell = hashcache__cell_of (bucket, key);
  if (cell) {
    owner = (int64_t) atomic_load (&cell->owner);
    hashcache__put_u64 (waits_for->bytes, atomic_load (&cell->waits_for[0]));
    hashcache__put_u64 (waits_for->bytes + 8, atomic_load (&cell->waits_for[1]));
  }
  hashcache__bucket_unlock (bucket);
  return owner;
}

/* Whether a member, who lives, computes KEY; *WAITS_FOR is the key that it waits for meanwhile, zero: none. */
static int
hashcache__board_is_busy (const struct hashcache__digest *key, struct hashcache__digest *waits_for)
{
  struct hashcache__seat *seat = hashcache__seat_enter (atomic_load (&hashcache__seat));
  int64_t owner;
  int busy;

  memset (waits_for, 0, sizeof *waits_for);
  if (!seat)
    return 0;
  owner = hashcache__owner_on_board (seat, key, waits_for);
  busy = owner >= 0 && !hashcache__member_is_dead (seat->board, (uint32_t) owner);
  hashcache__seat_exit (seat);
  return busy;
}

/* The owner of the claim TICKET waits for KEY, or no longer for any if that is zero. */
static void
hashcache__board_mark (const struct hashcache__ticket *ticket, const struct hashcache__digest *key)
{
  struct hashcache__seat *seat = hashcache__seat_enter (ticket->seat);

  if (!seat)
    return;
  if (atomic_load (&ticket->cell->word) == ticket->word) {
    atomic_store (&ticket->cell->waits_for[0], hashcache__get_u64 (key->bytes));
    atomic_store (&ticket->cell->waits_for[1], hashcache__get_u64 (key->bytes + 8));
  }
  hashcache__seat_exit (seat);
}

/* Ends the claim TICKET with STATE, LANDED or LOST, unless it is over already, and wakes who waits for it. */
static void
hashcache__end_claim (const struct hashcache__ticket *ticket, uint32_t state)
{
  struct hashcache__cell *cell = ticket->cell;
  struct hashcache__board *board = ticket->seat->board;
  const size_t offset = (size_t) ((char *) cell - (char *) board->buckets);
  struct hashcache__bucket *bucket = &board->buckets[offset / sizeof *board->buckets];
  uint32_t word = ticket->word;

  if (atomic_load (&cell->word) != word)
    return;
  atomic_store (&cell->released, atomic_fetch_add (&bucket->releases, 1) + 1);
  if (state == HASHCACHE__CELL_LOST)
    atomic_store (&cell->lost, word);
  if (atomic_compare_exchange_strong (&cell->word, &word, (word & ~UINT32_C (3)) | state) && atomic_load (&cell->waited))
    hashcache__futex_wake (&cell->word);
}

/* The claim TICKET is over; does nothing without a ticket, or if its board is gone. */
static void
hashcache__board_land (struct hashcache__ticket *ticket, uint32_t state)
{
  struct hashcache__seat *seat = hashcache__seat_enter (ticket->seat);

  if (!seat)
    return;
  hashcache__end_claim (ticket, state);
  hashcache__seat_exit (seat);
  ticket->seat = NULL;
}

/* What has become of TICKET's claim: BUSY, LANDED or LOST. A cell that is used again tells of the last lost claim only. */
static uint32_t
hashcache__ticket_state (const struct hashcache__ticket *ticket)
{
  const uint32_t word = atomic_load (&ticket->cell->word);

  if ((word ^ ticket->word) >> 2 == 0)
    return word & 3;
  return atomic_load (&ticket->cell->lost) == ticket->word ? HASHCACHE__CELL_LOST : HASHCACHE__CELL_LANDED;
}

/* Waits for the claim TICKET, SECONDS at most: its state then. One whose owner has died is ended here. */
static uint32_t
hashcache__board_await (const struct hashcache__ticket *ticket, double seconds)
{
  struct hashcache__seat *seat = hashcache__seat_enter (ticket->seat);
  uint32_t state = HASHCACHE__CELL_LANDED;

  if (!seat)
    return state;
  atomic_store (&ticket->cell->waited, 1); /* before the kernel compares the word: who changes it meanwhile sees this */
  hashcache__futex_wait (&ticket->cell->word, ticket->word, seconds);
  state = hashcache__ticket_state (ticket);
  if (state == HASHCACHE__CELL_BUSY && hashcache__member_is_dead (seat->board, atomic_load (&ticket->cell->owner))) {
    hashcache__end_claim (ticket, HASHCACHE__CELL_LANDED);
    state = hashcache__ticket_state (ticket);
  }
  hashcache__seat_exit (seat);
  return state;
}

/* What has been said --------------------------------------------------------------------------------------------------- */

/* Whether DIGEST comes by for the first time on this node. A full table is silence. */
static int
hashcache__board_first_time (const struct hashcache__digest *digest)
{
  struct hashcache__seat *seat = hashcache__seat_enter (atomic_load (&hashcache__seat));
  const uint64_t wanted = hashcache__get_u64 (digest->bytes) | 1;
  int first = seat == NULL, over = first;

  for (size_t i = 0; !over && i < HASHCACHE__BOARD_SAID; i++) {
    uint64_t there = 0;

    first = atomic_compare_exchange_strong (&seat->board->said[(wanted + i) % HASHCACHE__BOARD_SAID], &there, wanted);
    over = first || there == wanted;
  }
  if (seat)
    hashcache__seat_exit (seat);
  return first;
}

#endif
