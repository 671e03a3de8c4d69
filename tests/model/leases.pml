/* leases.pml: who computes where locks do not exclude between nodes: by files with a lease: a model for spin.
   SPDX-License-Identifier: BSD-2-Clause

   Three ranks on three nodes need one key, CALLS times each. The claim is the file KEY.lease: made with O_EXCL, empty at first, then with
   the number of the claim in it and something that its owner changes every few seconds. Who has seen a lease unchanged for longer
   than it lasts takes it away. That time is no part of the model: a lease may be thought to be over whenever its owner is dead or
   stopped.

     CRASH    ranks that die, at any moment
     STOP     times that a rank that has a lease or a ticket stops, at any moment, to go on at any other
     FAIL     results that cannot be stored
     EXPIRE   waits that are given up

   Who takes a lease away makes a ticket first: link (KEY.lease, KEY.lease-NUMBER), with the number that it has seen; for one without
   a number, the file's. Of several that do so one succeeds, and what the ticket leads to is what the lease was at that moment. If that
   is what was seen, nobody but the ticket's maker may remove the lease, so it is still there when unlink comes; if not, only
   the ticket is removed. An owner that may have been stopped gives its own lease back in this way. One that was not knows that nobody
   takes its lease away: it removes it by its name. Left out are two moments, each of a few system calls, in which a rank would have to
   stop for as long as a lease lasts: between looking at the clock and unlink, and before a lease has its content (MUTANT_SLOW: such a
   lease has two sights, and so two tickets). Each costs a second computation. A ticket whose maker is dead or stopped is removed after some time;
   then there may be two.

   What is shown: every call returns; of the living ranks whose lease was not taken away one at most computes; nobody begins to
   compute what is published; only the lease that is meant is removed. Excuses (`excused`): a wait that was given up, a result
   that was lost, a ticket that was removed because of its maker. */
#ifndef CALLS
#define CALLS 1
#endif
#ifndef CRASH
#define CRASH 0
#endif
#ifndef STOP
#define STOP 0
#endif
#ifndef FAIL
#define FAIL 0
#endif
#ifndef EXPIRE
#define EXPIRE 0
#endif

#define BIT(n) (1 << (n))
#define MOST 10 /* leases that are ever made, and one */

bool entry;
byte lost; /* number of the last claim that was lost: what its notice says */

byte lease;            /* which one there is now, 0: none */
bool filled[MOST];     /* each has its content */
byte maker[MOST];      /* rank + 1 of each */
byte made;             /* how many */
byte ticket[2 * MOST]; /* which lease each ticket leads to, 0: none */
byte taker[2 * MOST];  /* rank + 1 of each ticket */

/* What is seen of lease N: which it is, if it has its content, else which file: this is also the number of its ticket. */
#define SIGHT(n) (2 * (n) + (filled[n] -> 1 : 0))

bool dead[3], stopped[3];
byte may_die = CRASH, may_stop = STOP, may_fail = FAIL, may_expire = EXPIRE;

/* What is to be shown */
byte computing; /* bit r: rank r, which holds its lease */
bool robbed[3]; /* its lease was taken away */
bool late;      /* one whose lease was taken away has published */
bool excused;

/* Steps that others can see are the last ones of a loop, which has these ways round and out of it. */
#if STOP
#define OR_STOPS \
  :: d_step { may_stop > 0 && (mine != 0 || holds_ticket) -> may_stop--; stopped[me] = true; was_stopped = true }; \
     d_step { stopped[me] -> stopped[me] = false; RENEWS }
#else
#define OR_STOPS
#endif
#if CRASH
#define OR_DIES \
  :: d_step { may_die > 0 && (mine != 0 || holds_ticket) -> may_die--; dead[me] = true; computing = computing & ~BIT (me) }; goto over
#else
#define OR_DIES
#endif

/* The thread that renews the lease goes on as well, perhaps before all others. */
#ifdef MUTANT_RENEWED
#define RENEWS was_stopped = false
#elif defined MUTANT_RENEW_BY_NAME
#define RENEWS if :: lease != 0 && mine != 0 -> lease = mine :: else fi
#else
#define RENEWS skip
#endif

#define IS_AWAY(r) (dead[(r) - 1] || stopped[(r) - 1])

/* The lease by that name is removed; meant is what SEEN says. */
#define REMOVE_LEASE(seen) \
  assert (lease == (seen) / 2 || excused); \
  if \
  :: lease != 0 && lease != mine -> robbed[maker[lease] - 1] = true; computing = computing & ~BIT (maker[lease] - 1) \
  :: else \
  fi; \
  lease = 0

/* Takes the lease away if it is the one that was SEEN. */
inline take_away (seen)
{
#ifdef MUTANT_RENAME
  /* to a name of its own; back, if it was another one */
  do
  :: d_step {
       lease != 0 -> there = lease; lease = 0;
       if
       :: SIGHT (there) == seen && there != mine -> robbed[maker[there] - 1] = true; computing = computing & ~BIT (maker[there] - 1)
       :: else
       fi
     };
     break
  :: lease == 0 -> break
  OR_STOPS
  OR_DIES
  od;
  do
  :: d_step { there != 0 && SIGHT (there) != seen && lease == 0 -> lease = there }; break
  :: there == 0 || SIGHT (there) == seen || lease != 0 -> break
  OR_STOPS
  OR_DIES
  od;
#elif defined MUTANT_UNLINK
  do
  :: d_step { REMOVE_LEASE (seen) }; break
  OR_STOPS
  OR_DIES
  od;
#else
  do
  :: d_step { lease != 0 && ticket[seen] == 0 -> ticket[seen] = lease; taker[seen] = me + 1; there = lease; holds_ticket = true }; break
  :: lease == 0 || ticket[seen] != 0 -> break
  OR_STOPS
  OR_DIES
  od;
  do
  :: there != 0 && SIGHT (there) == seen -> is_it = true; break
  :: there == 0 || SIGHT (there) != seen -> break
  OR_STOPS
  OR_DIES
  od;
  do
  :: d_step { is_it -> REMOVE_LEASE (seen) }; break
  :: !is_it -> break
  OR_STOPS
  OR_DIES
  od;
  do
  :: d_step { holds_ticket -> ticket[seen] = 0; taker[seen] = 0; holds_ticket = false }; break
  :: !holds_ticket -> break
  OR_STOPS
  OR_DIES
  od;
#endif
  atomic { there = 0; is_it = false }
}

/* Gives the lease of this rank back. */
inline give_back ()
{
  do
  :: d_step { !was_stopped -> REMOVE_LEASE (SIGHT (mine)) }; break
  :: was_stopped -> seen = SIGHT (mine); take_away (seen); break
  OR_STOPS
  OR_DIES
  od;
  atomic { mine = 0; seen = 0; robbed[me] = false; was_stopped = false }
}

proctype rank (byte me)
{
  byte calls = 0, mine = 0, seen = 0, there = 0, lost_before = 0;
  bool stored = false, was_stopped = false, holds_ticket = false, is_it = false;

next_call:
  if
  :: calls == CALLS -> goto over
  :: calls < CALLS -> calls++
  fi;
  if
  :: entry -> goto returned
  :: !entry
  fi;
  lost_before = lost;

make:
  if
  :: d_step { lease == 0 -> made++; lease = made; maker[made] = me + 1; mine = made }; goto fill
  :: d_step { lease != 0 -> seen = SIGHT (lease) }
  fi;

await:
  if
  :: lease == 0 || SIGHT (lease) != seen -> goto make
  :: entry -> goto returned
  :: d_step { lost != lost_before -> excused = true }; goto compute
  :: d_step { may_expire > 0 -> may_expire--; excused = true }; goto compute
  :: lease != 0 && SIGHT (lease) == seen && IS_AWAY (maker[lease]) && ticket[seen] == 0 -> take_away (seen); goto make
  :: d_step { ticket[seen] != 0 && IS_AWAY (taker[seen]) -> excused = true; ticket[seen] = 0; taker[seen] = 0 }; goto make
  fi;

fill:
  do
  :: filled[mine] = true; break
#ifdef MUTANT_SLOW
  OR_STOPS
#endif
  OR_DIES
  od;
  do
  :: d_step { lost != lost_before -> excused = true }; give_back (); goto compute
  :: lost == lost_before -> break
  OR_STOPS
  OR_DIES
  od;
  do
  :: entry -> give_back (); goto returned
  :: !entry -> break
  OR_STOPS
  OR_DIES
  od;

compute:
  atomic {
    lost_before = 0; seen = 0;
    if
    :: robbed[me]
    :: else ->
       assert (!entry || late || excused);
       assert (!(computing & ~BIT (me)) || excused);
       computing = computing | BIT (me)
    fi
  }
  do
  :: d_step { computing = computing & ~BIT (me); late = late || robbed[me]; entry = true; stored = true }; break
  :: d_step { may_fail > 0 && !entry -> may_fail--; computing = computing & ~BIT (me); stored = false }; break
  OR_STOPS
  OR_DIES
  od;
  if
  :: mine == 0 -> goto returned
  :: mine != 0
  fi;
  do
  :: d_step { !stored -> lost = mine }; break
  :: stored -> break
  OR_STOPS
  OR_DIES
  od;
  give_back ();

returned:
  atomic { stored = false; seen = 0; lost_before = 0 }
  goto next_call;

over:
  atomic {
    calls = 0; mine = 0; seen = 0; there = 0; lost_before = 0;
    stored = false; was_stopped = false; holds_ticket = false; is_it = false
  }
}

init
{
  atomic { run rank (0); run rank (1); run rank (2) }
}
