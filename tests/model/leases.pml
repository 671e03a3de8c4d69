/* leases.pml: who computes, where locks do not exclude between nodes: by files with a lease: a model for spin.
   SPDX-License-Identifier: BSD-2-Clause

   Three ranks on three nodes need one key, CALLS times each. The claim is the file <key>.lease, made by link, so that it has its
   content from the beginning, and one of several makers succeeds. In it are the number of the claim and something that its holder
   changes every few seconds. Who has seen a lease unchanged for longer than it lasts takes it away; that time is no part of the
   model: a lease may be thought to be over whenever its holder is dead or stopped.

     CRASH    ranks that die, at any moment
     STOP     times that a holder stops, at any moment, and goes on at any other
     FAIL     results that cannot be stored
     EXPIRE   waits that are given up

   Nobody removes a lease by its name alone, since it may be another one by then. Who takes lease N away, and who gives N back, makes
   a ticket first: link (lease, lease-N). Of several that do so one succeeds, and holds what the lease was at that moment. If that is
   N, nobody but the maker of the ticket may remove it, so it is still there when unlink (lease) comes. If it is another one, only the
   ticket is removed. A ticket of somebody dead goes away with the lease, in the same way as without tickets; that needs two deaths.

   What is shown: every call returns; of the living ranks whose lease was not taken away one at most computes; nobody begins to
   compute what is published; only the lease that is meant is removed. Excuses (`excused`): a wait that was given up, a result
   that was lost, a ticket whose maker died. */
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
#define MOST 12 /* leases that are ever made */

bool entry;
byte lost; /* number of the last claim that was lost: the notice */

byte lease;        /* the number in it, 0 if there is no such file */
byte ticket[MOST]; /* the same of lease-N */
byte maker[MOST];  /* of each lease, rank + 1; its content says so */
byte taker[MOST];  /* of each ticket, likewise */
byte numbers;      /* of leases, given out */

bool dead[3], stopped[3];
byte may_die = CRASH, may_stop = STOP, may_fail = FAIL, may_expire = EXPIRE;

/* What is to be shown */
byte computing; /* bit r: rank r, which holds its lease */
bool robbed[3]; /* its lease was taken away, after it had stopped */
bool excused;

/* Steps that others can see are alternatives of a loop that ends with them; the others are these. Who holds nothing is not missed. */
#define OR_STOPS \
  :: d_step { may_stop > 0 && mine != 0 -> may_stop--; stopped[me] = true }; \
     d_step { stopped[me] -> stopped[me] = false; RENEWS }
#define OR_DIES \
  :: d_step { \
       may_die > 0 && (mine != 0 || ticket_of != 0) -> may_die--; dead[me] = true; computing = computing & ~BIT (me); \
       excused = excused || ticket_of != 0 \
     }; \
     goto over

/* Through the descriptor with which the lease was made: that cannot be another's. */
#ifdef MUTANT_RENEW_BY_NAME
#define RENEWS lease = (lease == 0 -> 0 : mine)
#else
#define RENEWS skip
#endif

#define IS_OVER(n) (dead[maker[n] - 1] || stopped[maker[n] - 1])

/* Lease N is removed. */
#define REMOVES(n) \
  assert (lease == n || excused); \
  if \
  :: lease == n && n != mine -> robbed[maker[n] - 1] = true; computing = computing & ~BIT (maker[n] - 1) \
  :: else \
  fi; \
  lease = 0

/* Removes lease N, and no other. */
inline remove_lease (n)
{
#ifdef MUTANT_RENAME
  /* rename to a name of its own, and back if it was another's */
  do
  :: d_step {
       lease != 0 -> there = lease; lease = 0;
       if
       :: there == n && n != mine -> robbed[maker[n] - 1] = true; computing = computing & ~BIT (maker[n] - 1)
       :: else
       fi
     };
     break
  :: lease == 0 -> break
  OR_STOPS
  OR_DIES
  od;
  do
  :: d_step { there != 0 && there != n && lease == 0 -> lease = there }; break
  :: there == 0 || there == n || lease != 0 -> break
  OR_STOPS
  OR_DIES
  od;
  there = 0
#elif defined MUTANT_UNLINK
  do
  :: d_step { REMOVES (n) }; break
  OR_STOPS
  OR_DIES
  od
#else
  do
  :: d_step { lease != 0 && ticket[n] == 0 -> ticket[n] = lease; taker[n] = me + 1; there = lease; ticket_of = n }; break
  :: lease == 0 || ticket[n] != 0 -> break
  OR_STOPS
  OR_DIES
  od;
  do
  :: d_step { there == n -> REMOVES (n) }; break
  :: there != n -> break
  OR_STOPS
  OR_DIES
  od;
  do
  :: d_step { there != 0 -> ticket[n] = 0; taker[n] = 0; ticket_of = 0 }; break
  :: there == 0 -> break
  OR_STOPS
  OR_DIES
  od;
  there = 0
#endif
}

proctype rank (byte me)
{
  byte calls = 0, mine = 0, seen = 0, there = 0, ticket_of = 0, lost_before = 0;
  bool stored = false;

next_call:
  if
  :: calls == CALLS -> goto over
  :: calls < CALLS -> calls++
  fi;
  if
  :: entry -> goto next_call
  :: !entry
  fi;
  lost_before = lost;

make:
  do
  :: d_step { lease == 0 -> numbers++; lease = numbers; maker[numbers] = me + 1; mine = numbers }; goto claimed
  :: d_step { lease != 0 -> seen = lease }; break
  od;

wait:
  if
  :: lease != seen -> goto make
  :: entry -> goto returned
  :: lost != lost_before -> excused = true; goto compute
  :: d_step { may_expire > 0 -> may_expire--; excused = true }; goto compute
  :: IS_OVER (seen) && ticket[seen] == 0 -> remove_lease (seen); goto make
  :: d_step { ticket[seen] != 0 && dead[taker[seen] - 1] -> excused = true; ticket[seen] = 0; taker[seen] = 0; lease = (lease == seen -> 0 : lease) };
     goto make
  fi;

claimed:
  do
  :: entry -> goto give_back
  :: !entry -> break
  OR_STOPS
  OR_DIES
  od;
  do
  :: d_step { lost != lost_before -> excused = true }; remove_lease (mine); atomic { mine = 0; robbed[me] = false }; break
  :: lost == lost_before -> break
  OR_STOPS
  OR_DIES
  od;

compute:
  atomic {
    if
    :: robbed[me]
    :: else ->
       assert (!entry || excused);
       assert (!(computing & ~BIT (me)) || excused);
       computing = computing | BIT (me)
    fi
  }
  do
  :: d_step { computing = computing & ~BIT (me); entry = true; stored = true }; break
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

give_back:
  remove_lease (mine);
  atomic { mine = 0; robbed[me] = false }

returned:
  atomic { stored = false; seen = 0; lost_before = 0 }
  goto next_call;

over:
  atomic { calls = 0; mine = 0; seen = 0; there = 0; ticket_of = 0; lost_before = 0; stored = false }
}

init
{
  atomic { run rank (0); run rank (1); run rank (2) }
}
