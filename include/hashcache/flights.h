/* flights.h: what the threads of this process compute at this moment.
   SPDX-License-Identifier: BSD-2-Clause

   Of all threads that miss the same entry one becomes the owner of a flight, and the others wait for it. The flight also carries what its
   owner holds among ranks (board.h) and among processes (locks.h, leases.h).

   A body may be left for good: when its thread ends, which gives up the thread's claims, or by a jump, which shows when the
   same thread makes a call whose frame takes the place of the old one, or from further up the stack. Should that be an error,
   because a thread changes stacks, the worst is that two compute the same. A program that ends inside a body gives up all. */
#ifndef HASHCACHE_FLIGHTS_H
#define HASHCACHE_FLIGHTS_H

#include "board.h"
#include "inside.h"
#include "leases.h"

enum { HASHCACHE__IN_FLIGHT = 0, HASHCACHE__LANDED = 1, HASHCACHE__LOST = 2 };

/* Where a call stands on its thread's stack. */
struct hashcache__spot {
  const void *frame; /* the wrapper's */
  uintptr_t stack;   /* where the function that the wrapper may be inlined into has its stack's end */
};

/* One computation. */
struct hashcache__flight {
  struct hashcache__digest key;
  struct hashcache__flight *next;
  pthread_t owner;
  struct hashcache__spot spot;
  unsigned users; /* its owner and those who wait for it; the last one frees it */
  int state;
  int orphan;                         /* this process is a child that was forked while its parent computed */
  int on_node;                        /* it has been claimed among the ranks of the node, or there are none */
  int computing;                      /* its body runs */
  int recursive;                      /* its own thread computes the same further down */
  int reach;                          /* the entry may be there though the file system remembers that it is not */
  int unheard;                        /* somebody had the claim before and has not said anything: he cannot write there */
  uint64_t marked;                    /* the last time that its notice was told what its owner waits for */
  struct hashcache__digest waits_for; /* meanwhile, in its body; zero: nothing */
  uint64_t lost;                      /* the last claim of its key whose result was lost (notice.h) */
  struct hashcache__ticket ticket;    /* its place on the board */
  struct hashcache__hold hold;        /* its lock or lease */
};

struct hashcache__flights {
  pthread_mutex_t mutex;
  pthread_cond_t landed;
  struct hashcache__flight *first;
  pthread_key_t thread_end;
  _Atomic int minds_thread_end; /* thread_end can be used */
  _Atomic int lost;             /* forked by a signal handler that had interrupted the runtime: there are no claims any more */
};

static struct hashcache__flights hashcache__flights = { .mutex = PTHREAD_MUTEX_INITIALIZER };
static pthread_once_t hashcache__flights_once = PTHREAD_ONCE_INIT;

/* Gives back what FLIGHT holds among processes; without UNLOCK, in a child, only its file is closed. */
static void
hashcache__drop_hold (struct hashcache__flight *flight, int unlock)
{
  if (flight->hold.leased)
    hashcache__lease_drop (&flight->hold, &flight->key, unlock);
  else
    hashcache__lock_drop (&flight->hold, &flight->key, unlock);
  flight->hold.taken = flight->hold.announced = 0;
}

/* The table; the mutex is held. ------------------------------------------------------------------------------------------ */

static struct hashcache__flight *
hashcache__find_flight (const struct hashcache__digest *key)
{
  struct hashcache__flight *flight = hashcache__flights.first;

  while (flight && !hashcache__digest_equal (&flight->key, key))
    flight = flight->next;
  return flight;
}

static void
hashcache__remove_flight (const struct hashcache__flight *flight)
{
  struct hashcache__flight **link = &hashcache__flights.first;

  while (*link && *link != flight)
    link = &(*link)->next;
  if (*link)
    *link = flight->next;
}

/* The caller stops being a user of FLIGHT. */
static void
hashcache__leave_flight (struct hashcache__flight *flight)
{
  if (--flight->users == 0)
    free (flight);
}

/* Whether a call at SPOT is gone if the same thread makes one at NOW. */
static int
hashcache__is_gone (const struct hashcache__spot *spot, const struct hashcache__spot *now)
{
  return now->frame == spot->frame || now->stack > spot->stack;
}

/* Gives up what this thread has claimed for calls that are gone if it makes one at NOW; NULL: for all. Returns their number.
   Nothing is freed: should such a call end after all, it does so as if nothing had happened. */
static unsigned
hashcache__give_up_flights (const struct hashcache__spot *now)
{
  const pthread_t self = pthread_self ();
  unsigned n = 0;

  for (struct hashcache__flight *flight = hashcache__flights.first, *next; flight; flight = next) {
    next = flight->next;
    if (!pthread_equal (flight->owner, self) || (now && !hashcache__is_gone (&flight->spot, now)))
      continue;
    hashcache__remove_flight (flight);
    hashcache__drop_hold (flight, 1);
    hashcache__board_land (&flight->ticket, HASHCACHE__CELL_LANDED);
    flight->state = HASHCACHE__LANDED; /* who waits shall look, and then claim it anew */
    n++;
  }
  if (n > 0)
    pthread_cond_broadcast (&hashcache__flights.landed);
  return n;
}

/* Fork, and the end of a thread ------------------------------------------------------------------------------------------ */

static void
hashcache__flights_before_fork (void)
{
  hashcache__lock_for_fork (&hashcache__flights.mutex);
  hashcache__leases_before_fork ();
}

static void
hashcache__flights_in_parent (void)
{
  hashcache__leases_in_parent ();
  hashcache__unlock_in_parent (&hashcache__flights.mutex);
}

/* The computations are the parent's. The child must not keep its locks alive, and none of its threads would ever land. */
static void
hashcache__flights_in_child (void)
{
  hashcache__leases_in_child ();
  for (struct hashcache__flight *flight = hashcache__flights.first; flight; flight = flight->next) {
    hashcache__drop_hold (flight, 0);
    flight->ticket.seat = NULL;
    flight->orphan = 1;
  }
  hashcache__flights.first = NULL;
  if (hashcache__unlock_in_child (&hashcache__flights.mutex))
    atomic_store (&hashcache__flights.lost, 1);
  else
    hashcache__make_condition (&hashcache__flights.landed);
}

static void
hashcache__thread_ends (void *value)
{
  struct hashcache__visit visit;

  (void) value;
  hashcache__come_in (&visit);
  pthread_mutex_lock (&hashcache__flights.mutex);
  (void) hashcache__give_up_flights (NULL);
  pthread_mutex_unlock (&hashcache__flights.mutex);
  hashcache__go_out (&visit);
}

/* The object that carries the runtime may be unloaded before a thread ends. */
__attribute__ ((destructor)) static void
hashcache__forget_threads (void)
{
  if (atomic_exchange (&hashcache__flights.minds_thread_end, 0))
    (void) pthread_key_delete (hashcache__flights.thread_end);
}

/* The program ends, perhaps inside a body: nobody shall wait for it. */
static void
hashcache__flights_at_exit (void)
{
  struct hashcache__visit visit;

  hashcache__come_in (&visit);
  if (!visit.nested) {
    pthread_mutex_lock (&hashcache__flights.mutex);
    for (struct hashcache__flight *flight = hashcache__flights.first; flight; flight = flight->next) {
      hashcache__drop_hold (flight, 1);
      hashcache__board_land (&flight->ticket, HASHCACHE__CELL_LANDED);
    }
    pthread_mutex_unlock (&hashcache__flights.mutex);
  }
  hashcache__go_out (&visit);
}

static void
hashcache__flights_set_up (void)
{
  hashcache__make_condition (&hashcache__flights.landed);
  if (pthread_key_create (&hashcache__flights.thread_end, hashcache__thread_ends) == 0)
    atomic_store (&hashcache__flights.minds_thread_end, 1);
  (void) pthread_atfork (hashcache__flights_before_fork, hashcache__flights_in_parent, hashcache__flights_in_child);
  (void) atexit (hashcache__flights_at_exit);
}

/* This thread makes a call at NOW: gives up the claims of those that it must have left by a jump; returns their number. */
static unsigned
hashcache__give_up_left_calls (const struct hashcache__spot *now)
{
  unsigned n;

  pthread_once (&hashcache__flights_once, hashcache__flights_set_up);
  pthread_mutex_lock (&hashcache__flights.mutex);
  n = hashcache__give_up_flights (now);
  pthread_mutex_unlock (&hashcache__flights.mutex);
  return n;
}

/* Waiting ---------------------------------------------------------------------------------------------------------------- */

/* Waits until FLIGHT is over or DEADLINE has come; returns its state then. The mutex is held. */
static int
hashcache__await_flight (struct hashcache__flight *flight, double deadline)
{
  const struct timespec until = hashcache__timespec_of (deadline);
  int state, failed = 0;

  flight->users++;
  while (flight->state == HASHCACHE__IN_FLIGHT && !failed)
    failed = pthread_cond_timedwait (&hashcache__flights.landed, &hashcache__flights.mutex, &until);
  state = flight->state;
  hashcache__leave_flight (flight);
  return state;
}

/* Answers of all that is asked for a claim. */
enum {
  HASHCACHE__CLAIM_MINE = 1, /* this call computes, and others may wait for it                          */
  HASHCACHE__CLAIM_LOOK = 2, /* somebody computed meanwhile, or has given up: look again                */
  HASHCACHE__CLAIM_NONE = 3, /* there is nobody to wait for: compute                                    */
  HASHCACHE__CLAIM_LATE = 4, /* waited as long as was said, and somebody still computes                 */
  HASHCACHE__CLAIM_LOST = 5, /* somebody computed what cannot be found: all who waited for it compute   */
  HASHCACHE__CLAIM_BUSY = 6  /* somebody computes                                                       */
};

static struct hashcache__flight *
hashcache__make_flight (const struct hashcache__digest *key, struct hashcache__spot spot)
{
  struct hashcache__flight *flight = calloc (1, sizeof *flight);

  if (!flight)
    return NULL;
  flight->key = *key;
  flight->owner = pthread_self ();
  flight->spot = spot;
  flight->users = 1;
  flight->hold.fd = -1;
  return flight;
}

/* Puts MINE into the table, or waits until UNTIL for the flight that is there with its key. The mutex is held. */
static int
hashcache__claim_or_wait (struct hashcache__flight *mine, double until)
{
  struct hashcache__flight *other = hashcache__find_flight (&mine->key);
  int state;

  if (atomic_load (&hashcache__flights.lost))
    return HASHCACHE__CLAIM_NONE;
  if (!other) {
    mine->next = hashcache__flights.first;
    hashcache__flights.first = mine;
    return HASHCACHE__CLAIM_MINE;
  }
  if (pthread_equal (other->owner, mine->owner)) {
    other->recursive = 1;
    return HASHCACHE__CLAIM_NONE;
  }
  state = hashcache__await_flight (other, until);
  return state == HASHCACHE__LANDED ? HASHCACHE__CLAIM_LOOK
         : state == HASHCACHE__LOST ? HASHCACHE__CLAIM_LOST
                                    : HASHCACHE__CLAIM_BUSY;
}

/* Claims KEY among the threads of this process, for a call at SPOT, waiting for another that has it until UNTIL. With CLAIM_MINE
   *FLIGHT is the claim, to be given back by hashcache__land. A thread never waits for itself: a call that asks for its own key
   below computes. */
static int
hashcache__claim_among_threads (const struct hashcache__digest *key, struct hashcache__spot spot, double until,
                                struct hashcache__flight **flight)
{
  struct hashcache__flight *mine = hashcache__make_flight (key, spot);
  int answer;

  *flight = NULL;
  if (!mine)
    return HASHCACHE__CLAIM_NONE;
  pthread_once (&hashcache__flights_once, hashcache__flights_set_up);
  pthread_mutex_lock (&hashcache__flights.mutex);
  answer = hashcache__claim_or_wait (mine, until);
  pthread_mutex_unlock (&hashcache__flights.mutex);
  if (answer != HASHCACHE__CLAIM_MINE) {
    free (mine);
    return answer;
  }
  if (atomic_load (&hashcache__flights.minds_thread_end)) /* any value that is not NULL */
    (void) pthread_setspecific (hashcache__flights.thread_end, &hashcache__flights);
  *flight = mine;
  return answer;
}

/* FLIGHT is over for the threads of this process; LANDED says whether they can find its result now. */
static void
hashcache__land_among_threads (struct hashcache__flight *flight, int landed)
{
  if (flight->orphan) {
    free (flight);
    return;
  }
  pthread_mutex_lock (&hashcache__flights.mutex);
  hashcache__remove_flight (flight);
  flight->state = landed ? HASHCACHE__LANDED : HASHCACHE__LOST;
  pthread_cond_broadcast (&hashcache__flights.landed);
  hashcache__leave_flight (flight);
  pthread_mutex_unlock (&hashcache__flights.mutex);
}

/* Whether a thread of this process computes KEY; with OWN: whether this thread does. */
static int
hashcache__is_in_flight (const struct hashcache__digest *key, int own)
{
  const struct hashcache__flight *flight;
  int found;

  pthread_mutex_lock (&hashcache__flights.mutex);
  flight = hashcache__find_flight (key);
  found = flight && (!own || pthread_equal (flight->owner, pthread_self ()));
  pthread_mutex_unlock (&hashcache__flights.mutex);
  return found;
}

/* The body of FLIGHT runs from now on. */
static void
hashcache__flight_computes (struct hashcache__flight *flight)
{
  pthread_mutex_lock (&hashcache__flights.mutex);
  flight->computing = 1;
  pthread_mutex_unlock (&hashcache__flights.mutex);
}

/* Says in all that this thread computes, and on the board, that it waits for KEY; zero: no longer for anything. */
static void
hashcache__mark_flights (const struct hashcache__digest *key)
{
  const pthread_t self = pthread_self ();

  pthread_mutex_lock (&hashcache__flights.mutex);
  for (struct hashcache__flight *flight = hashcache__flights.first; flight; flight = flight->next)
    if (pthread_equal (flight->owner, self) && flight->computing) {
      flight->waits_for = *key;
      hashcache__board_mark (&flight->ticket, key);
    }
  pthread_mutex_unlock (&hashcache__flights.mutex);
}

/* The thread that computes KEY in this process: 1 it waits for *NEXT, 0 it waits for nothing, -1 there is none. */
static int
hashcache__flight_waits_for (const struct hashcache__digest *key, struct hashcache__digest *next)
{
  static const struct hashcache__digest nothing;
  const struct hashcache__flight *flight;
  int answer = -1;

  pthread_mutex_lock (&hashcache__flights.mutex);
  flight = hashcache__find_flight (key);
  if (flight && flight->computing) {
    *next = flight->waits_for;
    answer = !hashcache__digest_equal (next, &nothing);
  }
  pthread_mutex_unlock (&hashcache__flights.mutex);
  return answer;
}

/* A computation of this thread's whose notice others can read, and which has not been met in ROUND; NULL if there is no other. */
static struct hashcache__flight *
hashcache__next_unmarked (uint64_t round)
{
  const pthread_t self = pthread_self ();
  struct hashcache__flight *flight;

  pthread_mutex_lock (&hashcache__flights.mutex);
  flight = hashcache__flights.first;
  while (flight && (!pthread_equal (flight->owner, self) || !flight->hold.announced || flight->marked == round))
    flight = flight->next;
  if (flight)
    flight->marked = round;
  pthread_mutex_unlock (&hashcache__flights.mutex);
  return flight;
}

#endif
