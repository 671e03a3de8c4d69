/* claim.h: who computes: of all threads and processes that miss the same entry at the same time, one.
   SPDX-License-Identifier: BSD-2-Clause

   Threads of this process meet in a table of the computations in flight; processes meet at a byte-range lock of an open file
   description in the cache directory, one byte for each key, which the kernel takes back when its holder dies. A claim saves
   time and nothing else: where one cannot be had, the call is computed without it, and publication is safe all the same.

   A body may be left for good: when its thread ends, which gives up the thread's claims, or by a jump, which shows when the
   same thread makes a call whose frame takes the place of the old one, or from further up the stack. Should that be an error,
   because a thread changes stacks, the worst is that two compute the same. */
#ifndef HASHCACHE_CLAIM_H
#define HASHCACHE_CLAIM_H

#include "digest.h"
#include "inside.h"
#include "message.h"
#include "posix.h"
#include "store.h"
#include <pthread.h>

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
  int orphan;       /* this process is a child that was forked while its parent computed */
  int fd;           /* of the file that has the lock, -1 if there is none */
  struct stat file; /* what FD was opened as: a program that closes all descriptors may have put another file there */
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

/* Lock files ------------------------------------------------------------------------------------------------------------- */

static _Atomic unsigned hashcache__lock_files; /* that are open */

/* A lock on KEY's byte; TYPE is F_WRLCK or F_UNLCK. */
static struct flock
hashcache__lock_of (const struct hashcache__digest *key, short type)
{
  struct flock lock;

  memset (&lock, 0, sizeof lock); /* l_pid must be 0 */
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = (off_t) (hashcache__get_u64 (key->bytes + 1) >> 2);
  lock.l_len = 1;
  return lock;
}

/* Sets or takes away the lock on KEY's byte; TYPE is F_WRLCK or F_UNLCK. */
static int
hashcache__lock_key (int fd, const struct hashcache__digest *key, short type)
{
  struct flock lock = hashcache__lock_of (key, type);
  int result;

  do
    result = fcntl (fd, HASHCACHE__F_OFD_SETLK, &lock);
  while (result != 0 && errno == EINTR);
  return result;
}

/* Whether FD, just opened, may be kept while a body runs. Calls can be nested deeply, and most descriptors are the program's;
   some must be left for storing what the innermost calls yield. */
static int
hashcache__may_keep_open (int fd)
{
  const long most = sysconf (_SC_OPEN_MAX);

  return most < 0 || (fd < most - 16 && atomic_load (&hashcache__lock_files) < (unsigned long) most / 4);
}

/* Opens the lock file of FLIGHT's key: 0, or -1. */
static int
hashcache__open_lock (struct hashcache__flight *flight)
{
  const int fd = hashcache__store_open_claims (flight->key.bytes[0]);

  if (fd < 0)
    return -1;
  if (!hashcache__may_keep_open (fd) || fstat (fd, &flight->file) != 0) {
    close (fd);
    return -1;
  }
  flight->fd = fd;
  atomic_fetch_add (&hashcache__lock_files, 1);
  return 0;
}

/* Whether FD is still what FLIGHT has opened. */
static int
hashcache__is_lock (const struct hashcache__flight *flight, int fd)
{
  struct stat now;

  return fd >= 0 && fstat (fd, &now) == 0 && now.st_dev == flight->file.st_dev && now.st_ino == flight->file.st_ino;
}

/* With UNLOCK the lock is given back as well: closing is not enough if the body has forked. */
static void
hashcache__close_lock (struct hashcache__flight *flight, int unlock)
{
  const int fd = __atomic_exchange_n (&flight->fd, -1, __ATOMIC_RELAXED);

  if (fd < 0)
    return;
  atomic_fetch_sub (&hashcache__lock_files, 1);
  if (!hashcache__is_lock (flight, fd))
    return;
  if (unlock)
    (void) hashcache__lock_key (fd, &flight->key, F_UNLCK);
  close (fd);
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
    hashcache__close_lock (flight, 1);
    flight->state = HASHCACHE__LANDED; /* who waits shall look, and then claim it anew */
    n++;
  }
  if (n > 0)
    pthread_cond_broadcast (&hashcache__flights.landed);
  return n;
}

/* Fork, and the end of a thread ------------------------------------------------------------------------------------------ */

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
  hashcache__lock_for_fork (&hashcache__flights.mutex);
}

static void
hashcache__flights_in_parent (void)
{
  hashcache__unlock_in_parent (&hashcache__flights.mutex);
}

/* The computations are the parent's. The child must not keep its locks alive, and none of its threads would ever land. */
static void
hashcache__flights_in_child (void)
{
  for (struct hashcache__flight *flight = hashcache__flights.first; flight; flight = flight->next) {
    hashcache__close_lock (flight, 0);
    flight->orphan = 1;
  }
  hashcache__flights.first = NULL;
  if (hashcache__unlock_in_child (&hashcache__flights.mutex))
    atomic_store (&hashcache__flights.lost, 1);
  else
    hashcache__make_condition ();
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

static void
hashcache__flights_set_up (void)
{
  hashcache__make_condition ();
  if (pthread_key_create (&hashcache__flights.thread_end, hashcache__thread_ends) == 0)
    atomic_store (&hashcache__flights.minds_thread_end, 1);
  (void) pthread_atfork (hashcache__flights_before_fork, hashcache__flights_in_parent, hashcache__flights_in_child);
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

/* Threads ---------------------------------------------------------------------------------------------------------------- */

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
  HASHCACHE__CLAIM_MINE = 1, /* this call computes, and others may wait for it          */
  HASHCACHE__CLAIM_LOOK = 2, /* somebody computed meanwhile, or has given up: look again */
  HASHCACHE__CLAIM_NONE = 3, /* there is nobody to wait for: compute without a claim    */
  HASHCACHE__CLAIM_LATE = 4  /* waited as long as was said, and somebody still computes */
};

/* Puts MINE into the table, or waits until DEADLINE for the flight that is there with its key. The mutex is held. */
static int
hashcache__claim_or_wait (struct hashcache__flight *mine, double deadline, int *waited)
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
  if (pthread_equal (other->owner, mine->owner))
    return HASHCACHE__CLAIM_NONE;
  *waited = 1;
  state = hashcache__await_flight (other, deadline);
  return state == HASHCACHE__LANDED ? HASHCACHE__CLAIM_LOOK
         : state == HASHCACHE__LOST ? HASHCACHE__CLAIM_NONE
                                    : HASHCACHE__CLAIM_LATE;
}

/* Claims KEY among the threads of this process, for a call at SPOT, waiting for another that has it until DEADLINE, and sets
   *WAITED then. With CLAIM_MINE *FLIGHT is the claim, to be given back by hashcache__land. A thread never waits for itself: a
   call that asks for its own key below computes. */
static int
hashcache__claim_among_threads (const struct hashcache__digest *key, struct hashcache__spot spot, double deadline,
                                struct hashcache__flight **flight, int *waited)
{
  struct hashcache__flight *mine = calloc (1, sizeof *mine);
  int answer;

  *flight = NULL;
  if (!mine)
    return HASHCACHE__CLAIM_NONE;
  mine->key = *key;
  mine->owner = pthread_self ();
  mine->spot = spot;
  mine->users = 1;
  mine->fd = -1;
  pthread_once (&hashcache__flights_once, hashcache__flights_set_up);
  pthread_mutex_lock (&hashcache__flights.mutex);
  answer = hashcache__claim_or_wait (mine, deadline, waited);
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

/* Processes -------------------------------------------------------------------------------------------------------------- */

/* Tries to claim FLIGHT's key among processes: 1 it is ours, 0 another process has it, -1 no locks can be had here. */
static int
hashcache__claim_among_processes (struct hashcache__flight *flight)
{
  if (flight->fd < 0 && hashcache__open_lock (flight) != 0)
    return -1;
  if (!hashcache__is_lock (flight, flight->fd))
    return -1;
  if (hashcache__lock_key (flight->fd, &flight->key, F_WRLCK) == 0)
    return 1;
  if (errno == EAGAIN || errno == EACCES)
    return 0;
  if (errno == EBADF) /* the program has closed it, or has been forked, this moment */
    return -1;
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
  hashcache__close_lock (flight, 1);
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

/* Asking ----------------------------------------------------------------------------------------------------------------- */

/* Whether a process has the lock on KEY's byte. The file is opened for the question, and never made for it. */
static int
hashcache__is_locked (const struct hashcache__digest *key)
{
  struct flock lock = hashcache__lock_of (key, F_WRLCK);
  const int fd = hashcache__store_look_at_claims (key->bytes[0]);
  int locked;

  if (fd < 0)
    return 0;
  locked = fcntl (fd, HASHCACHE__F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  close (fd);
  return locked;
}

/* Whether a thread or process computes what has KEY now. Waits for nobody. A claim is held for a moment after the result can be found, so
   whoever wants to know whether it is still missing looks for it after this has said yes. */
static int
hashcache__is_claimed (const struct hashcache__digest *key)
{
  int in_flight;

  pthread_once (&hashcache__flights_once, hashcache__flights_set_up);
  pthread_mutex_lock (&hashcache__flights.mutex);
  in_flight = hashcache__find_flight (key) != NULL;
  pthread_mutex_unlock (&hashcache__flights.mutex);
  return in_flight || hashcache__is_locked (key);
}

#endif
