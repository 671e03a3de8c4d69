/* claim.h: who computes: of all threads and processes that miss the same entry at the same time, one.
   SPDX-License-Identifier: BSD-2-Clause

   Threads of this process meet in a table of the computations in flight; processes meet at a byte-range lock of an open file
   description in the cache directory, one byte for each key, which the kernel takes back when its holder dies. A claim saves
   time and nothing else: where one cannot be had, the call is computed without it, and publication is safe all the same. */
#ifndef HASHCACHE_CLAIM_H
#define HASHCACHE_CLAIM_H

#include "digest.h"
#include "message.h"
#include "posix.h"
#include "store.h"
#include <pthread.h>

enum { HASHCACHE__IN_FLIGHT = 0, HASHCACHE__LANDED = 1, HASHCACHE__LOST = 2 };

/* One computation. */
struct hashcache__flight {
  struct hashcache__digest key;
  struct hashcache__flight *next;
  pthread_t owner;
  unsigned users; /* its owner and those who wait for it; the last one frees it */
  int state;
  int orphan; /* this process is a child that was forked while its parent computed */
  int fd;     /* of the file that has the lock, -1 if there is none */
};

struct hashcache__flights {
  pthread_mutex_t mutex;
  pthread_cond_t landed;
  struct hashcache__flight *first;
};

static struct hashcache__flights hashcache__flights = { .mutex = PTHREAD_MUTEX_INITIALIZER };
static pthread_once_t hashcache__flights_once = PTHREAD_ONCE_INIT;

/* Setting up, and fork -------------------------------------------------------------------------------------------------- */

static void
hashcache__make_condition (void)
{
  pthread_condattr_t attributes;

  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, HASHCACHE__CLOCK_MONOTONIC);
  pthread_cond_init (&hashcache__flights.landed, &attributes);
  pthread_condattr_destroy (&attributes);
}

static void
hashcache__flights_before_fork (void)
{
  pthread_mutex_lock (&hashcache__flights.mutex);
}

static void
hashcache__flights_in_parent (void)
{
  pthread_mutex_unlock (&hashcache__flights.mutex);
}

/* The computations are the parent's. The child must not keep its locks alive, and none of its threads would ever land. */
static void
hashcache__flights_in_child (void)
{
  for (struct hashcache__flight *flight = hashcache__flights.first; flight; flight = flight->next) {
    if (flight->fd >= 0)
      close (flight->fd);
    flight->fd = -1;
    flight->orphan = 1;
  }
  hashcache__flights.first = NULL;
  hashcache__make_condition ();
  pthread_mutex_unlock (&hashcache__flights.mutex);
}

static void
hashcache__flights_set_up (void)
{
  hashcache__make_condition ();
  (void) pthread_atfork (hashcache__flights_before_fork, hashcache__flights_in_parent, hashcache__flights_in_child);
}

/* Threads --------------------------------------------------------------------------------------------------------------- */

static struct hashcache__flight *
hashcache__find_flight (const struct hashcache__digest *key)
{
  struct hashcache__flight *flight = hashcache__flights.first;

  while (flight && !hashcache__digest_equal (&flight->key, key))
    flight = flight->next;
  return flight;
}

/* The caller holds the mutex, and stops being a user of FLIGHT. */
static void
hashcache__leave_flight (struct hashcache__flight *flight)
{
  if (--flight->users == 0)
    free (flight);
}

static struct timespec
hashcache__timespec_of (double seconds)
{
  const time_t whole = (time_t) seconds;
  long nanoseconds = (long) (1e9 * (seconds - (double) whole));

  if (nanoseconds < 0 || nanoseconds > 999999999L)
    nanoseconds = 0;
  return (struct timespec){ .tv_sec = whole, .tv_nsec = nanoseconds };
}

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

enum {
  HASHCACHE__CLAIM_MINE = 1, /* this call computes, and others may wait for it                        */
  HASHCACHE__CLAIM_LOOK = 2, /* somebody computed meanwhile: look again                                */
  HASHCACHE__CLAIM_NONE = 3, /* there is nobody to wait for: compute without a claim                   */
  HASHCACHE__CLAIM_LATE = 4  /* waited as long as HASHCACHE_WAIT allows: compute without a claim       */
};

/* Claims KEY among the threads of this process, waiting for another that has it until DEADLINE, and sets *WAITED then. With
   CLAIM_MINE *FLIGHT is the claim, to be given back by hashcache__land. A thread never waits for itself: a call that asks for
   its own key below computes. */
static int
hashcache__claim_among_threads (const struct hashcache__digest *key, double deadline, struct hashcache__flight **flight,
                                int *waited)
{
  struct hashcache__flight *mine = calloc (1, sizeof *mine), *other;
  int answer = HASHCACHE__CLAIM_NONE;

  *flight = NULL;
  if (!mine)
    return HASHCACHE__CLAIM_NONE;
  *mine = (struct hashcache__flight){ .key = *key, .owner = pthread_self (), .users = 1, .fd = -1 };
  pthread_once (&hashcache__flights_once, hashcache__flights_set_up);
  pthread_mutex_lock (&hashcache__flights.mutex);
  other = hashcache__find_flight (key);
  if (!other) {
    mine->next = hashcache__flights.first;
    hashcache__flights.first = *flight = mine;
    answer = HASHCACHE__CLAIM_MINE;
  } else if (!pthread_equal (other->owner, mine->owner)) {
    const int state = (*waited = 1, hashcache__await_flight (other, deadline));

    answer = state == HASHCACHE__LANDED ? HASHCACHE__CLAIM_LOOK
             : state == HASHCACHE__LOST ? HASHCACHE__CLAIM_NONE
                                        : HASHCACHE__CLAIM_LATE;
  }
  pthread_mutex_unlock (&hashcache__flights.mutex);
  if (answer != HASHCACHE__CLAIM_MINE)
    free (mine);
  return answer;
}

/* Processes ------------------------------------------------------------------------------------------------------------- */

/* Sets or takes away the lock on KEY's byte; TYPE is F_WRLCK or F_UNLCK. */
static int
hashcache__lock_key (int fd, const struct hashcache__digest *key, short type)
{
  struct flock lock;
  int result;

  memset (&lock, 0, sizeof lock); /* l_pid must be 0 */
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = (off_t) (hashcache__get_u64 (key->bytes + 1) >> 2);
  lock.l_len = 1;
  do
    result = fcntl (fd, HASHCACHE__F_OFD_SETLK, &lock);
  while (result != 0 && errno == EINTR);
  return result;
}

/* Tries to claim FLIGHT's key among processes: 1 it is ours, 0 another process has it, -1 no locks can be had here. */
static int
hashcache__claim_among_processes (struct hashcache__flight *flight)
{
  if (flight->fd < 0)
    flight->fd = hashcache__store_open_claims (flight->key.bytes[0]);
  if (flight->fd < 0)
    return -1;
  if (hashcache__lock_key (flight->fd, &flight->key, F_WRLCK) == 0)
    return 1;
  if (errno == EAGAIN || errno == EACCES)
    return 0;
  hashcache__trouble ("no locks",
                      "the cache directory's file system has no locks (%s): what several processes need at the same time, "
                      "each of them computes",
                      strerror (errno));
  return -1;
}

/* The claim is over; LANDED says whether its result can be found now. */
static void
hashcache__land (struct hashcache__flight *flight, int landed)
{
  struct hashcache__flight **link = &hashcache__flights.first;

  if (flight->fd >= 0) {
    (void) hashcache__lock_key (flight->fd, &flight->key, F_UNLCK); /* closing is not enough if the body has forked */
    close (flight->fd);
  }
  if (flight->orphan) {
    free (flight);
    return;
  }
  pthread_mutex_lock (&hashcache__flights.mutex);
  while (*link && *link != flight)
    link = &(*link)->next;
  if (*link)
    *link = flight->next;
  flight->state = landed ? HASHCACHE__LANDED : HASHCACHE__LOST;
  pthread_cond_broadcast (&hashcache__flights.landed);
  hashcache__leave_flight (flight);
  pthread_mutex_unlock (&hashcache__flights.mutex);
}

#endif
