/* claim.h: who computes: of all threads, ranks, nodes and jobs that miss the same entry at the same time, one.
   SPDX-License-Identifier: BSD-2-Clause

   A call climbs a ladder: it claims its key among the threads of its process (flights.h), then among the ranks of its node if they
   are attached to each other (board.h), then among processes and nodes by the cache directory (locks.h, leases.h). Whoever holds a rung
   is the only one of its kind that asks at the next. A claim saves time and nothing else: where one cannot be had, the call is
   computed without it, and publication is safe all the same.

   Waiting ends at HASHCACHE_WAIT. It cannot go round in a circle where calls follow from their keys, since what a call needs below it
   never needs that call. An argument that is HASHCACHE_IGNOREd can make it so; therefore a thread that waits says so, after a second,
   wherever others can see what it computes: in its flights, on the board and in notices. It follows what others say from key to key: one
   that leads back to a key of its own is not waited for. The last who begins to wait finds the circle at its first look. A call in a callback
   of HDF5 has HDF5's lock, which whoever computes may need for storing: after a second it waits no more, either.
   docs/claims.md has the proof. */
#ifndef HASHCACHE_CLAIM_H
#define HASHCACHE_CLAIM_H

#include "flights.h"
#include "message.h"
#include "reason.h"
#include "with_hdf5.h"

enum { HASHCACHE__MAX_HOPS = 1000 };

#ifndef HASHCACHE__MIND
#define HASHCACHE__MIND 1.0 /* seconds of waiting after which a call looks around, and again each time */
#endif
#ifndef HASHCACHE__PATIENCE
#define HASHCACHE__PATIENCE 10.0 /* seconds of waiting after which the user is told, and again after ten times as many */
#endif

/* How a call waits for others. */
struct hashcache__waiting {
  const char *function;
  double began;       /* 0: it has not waited                    */
  double deadline;    /* HASHCACHE_WAIT is over                  */
  double look;        /* when to look the entry up all the same  */
  double mind;        /* when to look after those it waits for   */
  double circle;      /* when to look for a circle               */
  double word;        /* when to tell the user                   */
  unsigned told;      /* how often that has been done            */
  uint64_t lost;      /* among processes: the last lost claim when this wait began */
  uint64_t heard;     /* the last claim that had been told of then */
  int computed;       /* it had not come to an end               */
  int watching;       /* these are known                         */
  int refused;        /* another process had the claim           */
  uint64_t published; /* the last published claim after which the entry was looked up */
  int marked;         /* this thread's notices say what it waits for */
  int permit;         /* what allows the call to compute (reason.h) */
  struct hashcache__watch watch;
};

static void
hashcache__wait_began (struct hashcache__waiting *waiting, double when)
{
  if (waiting->began != 0.0)
    return;
  waiting->began = when;
  waiting->look = waiting->mind = waiting->circle = waiting->began + HASHCACHE__MIND;
  waiting->word = waiting->began + HASHCACHE__PATIENCE;
}

/* When this wait must be interrupted next. */
static double
hashcache__wait_until (const struct hashcache__waiting *waiting)
{
  const double now = hashcache__now (), mind = waiting->began != 0.0 ? waiting->mind : now + HASHCACHE__MIND;

  return mind < waiting->deadline ? mind : waiting->deadline;
}

/* Circles ---------------------------------------------------------------------------------------------------------------- */

/* Writes the notice of FLIGHT, changed to STATE, WAITS_FOR and LOST. What other nodes shall see now goes to a file of claims/ opened for
   this: closing it sends it to the server, and does not ask for a disk as fdatasync does. The thread that renews leases writes the same
   notice. */
static void
hashcache__tell_others (struct hashcache__flight *flight, int state, const struct hashcache__digest *waits_for, uint64_t lost)
{
  struct hashcache__hold *hold = &flight->hold;
  const int apart = hold->leased || (!hold->local && state == HASHCACHE__COMPUTING);
  struct hashcache__notice notice;
  int fd = hold->fd;

  pthread_mutex_lock (&hashcache__leases.mutex);
  hold->notice.state = state;
  hold->notice.waits_for = *waits_for;
  hold->notice.lost = lost;
  notice = hold->notice;
  pthread_mutex_unlock (&hashcache__leases.mutex);
  if (apart)
    fd = hashcache__open_notices (&flight->key);
  if (fd >= 0 && (apart || hashcache__is_held (hold, fd))) {
    hashcache__write_notice (fd, &notice);
    if (hold->local && !hold->leased && state != HASHCACHE__COMPUTING)
      hashcache__ring_notice (fd, &notice.key);
  }
  if (fd >= 0 && apart)
    close (fd);
}

/* Says wherever others can see what this thread computes that it waits for KEY. A notice may have been replaced by another key's, so this
   is done again now and then. Nobody else ends this thread's flights. */
static void
hashcache__mark_waiting (const struct hashcache__digest *key)
{
  static _Atomic uint64_t rounds;
  const uint64_t round = atomic_fetch_add (&rounds, 1) + 1;
  struct hashcache__flight *flight;

  hashcache__mark_flights (key);
  while ((flight = hashcache__next_unmarked (round)))
    hashcache__tell_others (flight, HASHCACHE__COMPUTING, key, flight->hold.notice.lost);
}

/* Whether the owner of KEY waits for another, which is *NEXT. */
static int
hashcache__follow_waiting (const struct hashcache__digest *key, struct hashcache__digest *next)
{
  const int here = hashcache__flight_waits_for (key, next);
  struct hashcache__notice notice;

  if (here >= 0)
    return here;
  if (hashcache__board_is_busy (key, next) && !hashcache__digest_equal (next, &hashcache__no_key))
    return 1;
  if (!hashcache__look_at_notice (key, &notice) || notice.state != HASHCACHE__COMPUTING)
    return 0;
  *next = notice.waits_for;
  return !hashcache__digest_equal (next, &hashcache__no_key);
}

/* Whether KEY's owner waits, over any number of others, for a key that this thread computes. */
static int
hashcache__waits_in_a_circle (const struct hashcache__digest *key)
{
  struct hashcache__digest now = *key, next;

  for (int hops = 0; hops < HASHCACHE__MAX_HOPS && hashcache__follow_waiting (&now, &next); hops++) {
    if (hashcache__is_in_flight (&next, 1))
      return 1;
    now = next;
  }
  return 0;
}

/* Telling ---------------------------------------------------------------------------------------------------------------- */

/* Tells who computes KEY, once for all who wait for it on this node. */
static void
hashcache__say_waiting (struct hashcache__waiting *waiting, const struct hashcache__digest *key)
{
  const double seconds = hashcache__now () - waiting->began;
  char owner[256] = "another thread or rank", since[48] = "", hex[33];
  struct hashcache__notice notice;
  struct hashcache__digest digest = *key;
  struct tm moment;

  digest.bytes[0] ^= (unsigned char) ++waiting->told;
  if (!hashcache__board_first_time (&digest))
    return;
  hashcache__digest_hex (key, hex);
  if (hashcache__look_at_notice (key, &notice) && notice.state == HASHCACHE__COMPUTING) {
    const time_t then = (time_t) notice.since;

    hashcache__describe_owner (owner, &notice);
    if (gmtime_r (&then, &moment))
      (void) strftime (since, sizeof since, " since %Y-%m-%d %H:%M:%S UTC", &moment);
  }
  hashcache__say (1, "%s waits for %.0f s already: %s computes it%s (key %s)", waiting->function, seconds, owner, since, hex);
}

/* Now and then while KEY is waited for. Whether there is no use in it. */
static int
hashcache__mind_waiting (struct hashcache__waiting *waiting, const struct hashcache__digest *key)
{
  const double now = hashcache__now ();

  if (now < waiting->mind)
    return 0;
  waiting->mind = now + HASHCACHE__MIND;
  if (now >= waiting->word) {
    hashcache__say_waiting (waiting, key);
    waiting->word = waiting->began + 10.0 * (now - waiting->began); /* after 10 s, 100 s, 1000 s */
  }
  if (hashcache__hdf5_waits_for_us ())
    return 1;
  if (now < waiting->circle)
    return 0;
  waiting->circle = now + 0.5 * (now - waiting->began);
  waiting->marked = 1;
  hashcache__mark_waiting (key);
  return hashcache__waits_in_a_circle (key);
}

/* The wait is over, or there was none: its seconds. */
static double
hashcache__wait_ends (struct hashcache__waiting *waiting)
{
  if (waiting->marked)
    hashcache__mark_waiting (&hashcache__no_key);
  waiting->marked = 0;
  return waiting->began != 0.0 ? hashcache__now () - waiting->began : 0.0;
}

/* Ranks of a node ---------------------------------------------------------------------------------------------------------- */

static int
hashcache__claim_on_node (struct hashcache__flight *flight, struct hashcache__waiting *waiting)
{
  struct hashcache__ticket ticket;
  const int answer = hashcache__board_claim (&flight->key, &ticket);
  uint32_t state = HASHCACHE__CELL_BUSY;
  double left;

  if (answer != HASHCACHE__BOARD_BUSY) {
    flight->ticket = ticket;
    flight->on_node = 1;
    return HASHCACHE__CLAIM_MINE;
  }
  hashcache__wait_began (waiting, hashcache__now ());
  left = hashcache__wait_until (waiting) - hashcache__now ();
  while (state == HASHCACHE__CELL_BUSY && left > 0.0) {
    state = hashcache__board_await (&ticket, left < 0.5 ? left : 0.5);
    left = hashcache__wait_until (waiting) - hashcache__now ();
  }
  return state == HASHCACHE__CELL_BUSY   ? HASHCACHE__CLAIM_BUSY
         : state == HASHCACHE__CELL_LOST ? HASHCACHE__CLAIM_LOST
                                         : HASHCACHE__CLAIM_LOOK;
}

/* Processes and nodes ------------------------------------------------------------------------------------------------------ */

static int
hashcache__hold_take (struct hashcache__flight *flight, struct hashcache__waiting *waiting)
{
  return hashcache__leases_in_force () ? hashcache__lease_take (&flight->hold, &flight->key, &waiting->watch)
                                       : hashcache__lock_take (&flight->hold, &flight->key);
}

/* The notice about FLIGHT's key, as fresh as can be. JUST_OPENED: the file that has its lock has been so; later its pages may be remembered
   (FUSE does, even by who gets the lock). */
static int
hashcache__current_notice (const struct hashcache__flight *flight, int just_opened, struct hashcache__notice *notice)
{
  const struct hashcache__hold *hold = &flight->hold;

  if (!hold->leased && (just_opened || hold->local) && hashcache__is_held (hold, hold->fd))
    return hashcache__read_notice (hold->fd, &flight->key, notice);
  return hashcache__look_at_notice (&flight->key, notice);
}

/* Sleeps a part of what has been waited already, so that neither short computations are waited for much longer than they take nor
   a file server is asked all the time: a 64th, 50 microseconds at least, half a second at most; or, where all see the file through one
   kernel, until something else is said of FLIGHT's key than NOTICE (NULL: nothing is known of it). */
static void
hashcache__nap (const struct hashcache__flight *flight, const struct hashcache__waiting *waiting,
                const struct hashcache__notice *notice)
{
  const struct hashcache__hold *hold = &flight->hold;
  const double now = hashcache__now (), left = waiting->deadline - now;
  double seconds = (now - waiting->began) / 64.0;

  seconds = seconds < 50e-6 ? 50e-6 : seconds > 0.5 ? 0.5 : seconds;
  seconds = seconds < left ? seconds : left > 0.0 ? left : 0.0;
  if (notice && hold->local && !hold->leased && hashcache__is_held (hold, hold->fd)
      && hashcache__await_notice (hold->fd, notice, seconds))
    return;
  hashcache__sleep (seconds);
}

/* Before this call asks for the claim for the first time: what has become of earlier ones. */
static void
hashcache__watch_begins (struct hashcache__flight *flight, struct hashcache__waiting *waiting)
{
  const int just_opened = flight->hold.fd < 0 && !hashcache__leases_in_force ();
  struct hashcache__notice notice;

  if (waiting->watching)
    return;
  waiting->watching = 1;
  waiting->lost = waiting->heard = 0;
  waiting->computed = 0;
  if (!hashcache__leases_in_force () && hashcache__lock_open (&flight->hold, &flight->key) != 0)
    return;
  if (!hashcache__current_notice (flight, just_opened, &notice))
    return;
  waiting->lost = hashcache__notice_lost (&notice);
  waiting->heard = notice.number;
  waiting->computed = notice.state == HASHCACHE__COMPUTING;
}

/* The claim is this call's. NOTICE, if it is KNOWN, tells what has become of earlier ones. Who had it while this call waited may have
   been unable to tell of it: the disk is full, and nobody will find a result. (There are no leases then.) Whatever is known: somebody may
   have had the claim, and published, between this call's first look and now, and the notice be another key's by now, or still on its way
   (GlusterFS writes behind). So what the file system remembers as missing is asked for where it may remember wrongly. */
static int
hashcache__is_taken (struct hashcache__flight *flight, const struct hashcache__waiting *waiting, int known,
                     const struct hashcache__notice *notice)
{
  const int published = known && notice->state == HASHCACHE__PUBLISHED;

  flight->hold.taken = 1;
  flight->unheard =
      !flight->hold.leased && waiting->refused && !waiting->computed && (known ? notice->number : 0) == waiting->heard;
  flight->lost = known && !published ? hashcache__notice_lost (notice) : 0;
  flight->reach = !flight->hold.local;
  return flight->lost != 0 && flight->lost != waiting->lost ? HASHCACHE__CLAIM_LOST : HASHCACHE__CLAIM_MINE;
}

/* Another process has the claim, and NOTICE, if it is KNOWN, tells of it. */
static int
hashcache__is_refused (struct hashcache__flight *flight, struct hashcache__waiting *waiting, int known,
                       const struct hashcache__notice *notice)
{
  const uint64_t lost = known ? hashcache__notice_lost (notice) : 0;

  hashcache__wait_began (waiting, hashcache__now ());
  waiting->refused = 1;
  if (lost != 0 && lost != waiting->lost)
    return HASHCACHE__CLAIM_LOST;
  if (known && notice->state == HASHCACHE__PUBLISHED && notice->number != waiting->published) {
    waiting->published = notice->number;
    flight->reach = 1;
    return HASHCACHE__CLAIM_LOOK;
  }
  hashcache__nap (flight, waiting, known ? notice : NULL);
  return HASHCACHE__CLAIM_BUSY;
}

static int
hashcache__claim_among_processes (struct hashcache__flight *flight, struct hashcache__waiting *waiting)
{
  struct hashcache__notice notice;
  int taken, known;

  hashcache__watch_begins (flight, waiting);
  taken = hashcache__hold_take (flight, waiting);
  if (taken < 0)
    return HASHCACHE__CLAIM_MINE; /* there is nobody to agree with */
  known = hashcache__current_notice (flight, 0, &notice);
  return taken ? hashcache__is_taken (flight, waiting, known, &notice) : hashcache__is_refused (flight, waiting, known, &notice);
}

/* All together --------------------------------------------------------------------------------------------------------------- */

/* One rung of the ladder for the call at SPOT with KEY. */
static int
hashcache__claim_rung (struct hashcache__flight **flight, const struct hashcache__digest *key, struct hashcache__spot spot,
                       struct hashcache__waiting *waiting)
{
  const double before = hashcache__now ();
  int answer;

  if (*flight)
    return (*flight)->on_node ? hashcache__claim_among_processes (*flight, waiting) : hashcache__claim_on_node (*flight, waiting);
  answer = hashcache__claim_among_threads (key, spot, hashcache__wait_until (waiting), flight);
  if (answer == HASHCACHE__CLAIM_LOOK || answer == HASHCACHE__CLAIM_LOST || answer == HASHCACHE__CLAIM_BUSY)
    hashcache__wait_began (waiting, before);
  return answer;
}

/* What ANSWER allows the call with FLIGHT to do, should it find nothing. */
static int
hashcache__permit_of (int answer, const struct hashcache__flight *flight)
{
  switch (answer) {
  case HASHCACHE__CLAIM_MINE:
    return !flight->hold.taken ? HASHCACHE__PERMIT_NO_LOCK
           : flight->unheard   ? HASHCACHE__PERMIT_UNHEARD
                               : HASHCACHE__PERMIT_CLAIMED;
  case HASHCACHE__CLAIM_LOST: return HASHCACHE__PERMIT_LOST;
  default: return HASHCACHE__PERMIT_NOBODY_TO_ASK;
  }
}

/* Climbs until the call can do something: MINE, with *FLIGHT to be landed; LOOK, NONE, LATE or LOST, with or without a *FLIGHT. After
   LOOK it is called again. */
static int
hashcache__claim_next (struct hashcache__flight **flight, const struct hashcache__digest *key, struct hashcache__spot spot,
                       struct hashcache__waiting *waiting)
{
  for (;;) {
    const int at_top = *flight && (*flight)->on_node;
    const int answer = hashcache__claim_rung (flight, key, spot, waiting);
    double now;

    if (answer == HASHCACHE__CLAIM_MINE && !at_top)
      continue;
    if (answer != HASHCACHE__CLAIM_BUSY) {
      waiting->permit = hashcache__permit_of (answer, *flight);
      return answer;
    }
    now = hashcache__now ();
    if (now >= waiting->deadline) {
      waiting->permit = HASHCACHE__PERMIT_LATE;
      return HASHCACHE__CLAIM_LATE;
    }
    if (hashcache__mind_waiting (waiting, key)) {
      waiting->permit = HASHCACHE__PERMIT_CIRCLE;
      return HASHCACHE__CLAIM_NONE;
    }
    if (now >= waiting->look) { /* its holder may hang after publishing, or a child of its holder keep the lock */
      waiting->look = now + 0.5 * (now - waiting->began);
      return HASHCACHE__CLAIM_LOOK;
    }
  }
}

/* The body of FLIGHT's call runs next, since nothing was found. Tells those who will wait, if it is the one to wait for. */
static void
hashcache__announce (struct hashcache__flight *flight)
{
  hashcache__flight_computes (flight);
  if (!flight->hold.taken)
    return;
  if (!flight->hold.leased)
    hashcache__begin_notice (&flight->hold.notice, &flight->key);
  flight->hold.announced = 1;
  hashcache__tell_others (flight, HASHCACHE__COMPUTING, &hashcache__no_key, flight->lost);
}

/* The claim is over. KEPT says whether this process can find the result now, PUBLISHED whether others can. */
static void
hashcache__land (struct hashcache__flight *flight, int kept, int published)
{
  if (flight->hold.announced)
    hashcache__tell_others (flight, published ? HASHCACHE__PUBLISHED : HASHCACHE__RESULT_LOST, &hashcache__no_key, 0);
  hashcache__drop_hold (flight, 1);
  hashcache__board_land (&flight->ticket, published ? HASHCACHE__CELL_LANDED : HASHCACHE__CELL_LOST);
  hashcache__land_among_threads (flight, kept);
}

/* Whether a thread, a rank or a process computes KEY now. Waits for nobody. A claim is held for a moment after the result can be found, so
   whoever wants to know whether it is still missing looks for it after this has said yes. */
static int
hashcache__is_claimed (const struct hashcache__digest *key)
{
  struct hashcache__digest waits_for;

  pthread_once (&hashcache__flights_once, hashcache__flights_set_up);
  return hashcache__is_in_flight (key, 0) || hashcache__board_is_busy (key, &waits_for)
         || (hashcache__leases_in_force () ? hashcache__lease_is_busy (key) : hashcache__lock_is_busy (key));
}

#endif
