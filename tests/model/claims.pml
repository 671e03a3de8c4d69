/* claims.pml: who computes, of three ranks on two nodes, by board, locks and notices: a model for spin.
   SPDX-License-Identifier: BSD-2-Clause

   Ranks 0 and 1 share a node and its board, rank 2 is alone on another node. Each rank makes CALLS calls of its choice. There are
   two keys. The body of key 0 needs key 1; with CYCLIC that of key 1 needs key 0 again, steered by an argument that is no part of
   the key, so that the inner call does not go on: f (x, 0) calls g (x), which calls f (x, 1).

   What may go wrong, and how often at most:

     CRASH    1: a rank dies, at any moment; 2: ranks 0 and 1, which are one job, both die, at any moments
     EXPIRE   waits that are given up
     FAIL     results that cannot be stored
     CUT      claims that must do without the board (full, or its bucket cannot be had) or without a lock (no descriptors)
     REMOVE   entries that are removed by hand
     REPLACE  notices that are replaced by that of a third key
     STALE    nodes (1: node 0, 2: node 1, 3: both) that remember as long as they like that an entry was missing, unless they
              make it themselves or ask for it in a way that reaches the server

   What is shown (run.sh says which combinations are searched, each of them completely):

     - Every call returns: there is no state in which a living rank cannot go on, and no cycle of states. Naps and time-outs are no
       steps of the model: a wait is a set of guards that are true where a look after the nap would end it, and a rank may
       overlook them as long as it likes. So no wait hides in a loop, and a path without cycles ends with all calls returned.
     - One living rank at most computes a key, unless it is `excused`: a wait for the key was given up, a claim for it went without a
       lock, a circle was broken there, or a rank computes because the claim that it waited for was lost, or has come to its end
       without a word.
     - Nobody begins to compute what is published, with the same excuses.
     - What is stored stays stored, and what is said to be stored is.
     - Who waited for a claim that was lost does not wait for that key again, and nobody else computes without a claim for that
       reason (`owed`, `entitled`).
     - A claim comes to its end without a word only if its owner has died, or something else has failed.

   Numbers of claims are not modelled, but what is done with them: each rank knows whether the lost claim that a notice tells of, and the
   claim that it is about, were there already when its call read the notice first (`old_loss`, `quiet`).

   -DMUTANT_... leaves out one part of the protocol each; with each of them spin must find one of these broken. */
#ifndef CALLS
#define CALLS 1
#endif
#ifndef CYCLIC
#define CYCLIC 0
#endif
#ifndef CRASH
#define CRASH 0
#endif
#ifndef EXPIRE
#define EXPIRE 0
#endif
#ifndef FAIL
#define FAIL 0
#endif
#ifndef CUT
#define CUT 0
#endif
#ifndef REMOVE
#define REMOVE 0
#endif
#ifndef REPLACE
#define REPLACE 0
#endif
#ifndef STALE
#define STALE 0
#endif

#define NODE(r) ((r) >> 1)
#define OTHER(k) (1 - (k))
#define BIT(n) (1 << (n))

/* The store ---------------------------------------------------------------------------------------------------------------- */

#define ABSENT 0
#define ENTRY 1
#define QUESTION 2 /* the directory by which somebody asks whether there is an entry of that name */

byte name[2];       /* of each key's entry */
byte remembered[2]; /* bit n: node n remembers that it was missing */

/* Claims ------------------------------------------------------------------------------------------------------------------- */

byte lock[2]; /* rank + 1 */

#define NOTHING 0
#define COMPUTING 1
#define PUBLISHED 2
#define LOST 3
#define LANDED 4

typedef Notice {
  byte state;
  bool lost;  /* tells of a lost claim */
  bool waits; /* who computes the key waits for the other one */
};
Notice notice[2];

/* The board of node 0, as board.pml shows that it works: who waits is told once how the claim ended that it waits for. */
byte busy[2];        /* rank + 1 */
bool board_waits[2]; /* its owner waits for the other key */
byte told[2];        /* NOTHING, LANDED or LOST; ranks 0 and 1 */

bool dead[3];

/* What a rank's call knows since it read the notice of its key first: that key + 1, or 0 if it is not so */
byte old_loss[3]; /* the lost claim that it tells of was there */
byte heard_of[3]; /* there was a notice */
byte quiet[3];    /* nobody computed, and no claim has been told of since */

/* What may still go wrong */
byte may_die = CRASH, may_expire = EXPIRE, may_fail = FAIL, may_cut = CUT, may_remove = REMOVE, may_replace = REPLACE;

/* What is to be shown ------------------------------------------------------------------------------------------------------ */

byte computing[2]; /* bit r: rank r */
bool excused[2];
byte asks[3], waits[3]; /* key + 1 */
bool owed[3], entitled[3];

#define FOR_EACH_RANK(action) action (0); action (1); action (2)

#if FAIL
#define ASKS asks[me] = k + 1
#define ASKS_NO_MORE asks[me] = 0; owed[me] = false; entitled[me] = false

/* Whether rank R waits for the claim of this one: at the lock, or at the board for one that is at the lock. */
#define WAITS_FOR_ME(r) \
  (waits[r] == k + 1 && (r == 2 || busy[k] == 0 || busy[k] == me + 1 || waits[busy[k] - 1] == k + 1))
#define NOTE_LOSS(r) \
  owed[r] = owed[r] || WAITS_FOR_ME (r); entitled[r] = entitled[r] || asks[r] == k + 1; \
  old_loss[r] = (old_loss[r] == k + 1 -> 0 : old_loss[r])

/* A claim begins, and R, which waits at the lock, is owed its turn: it must be able to see that. */
#define SEES_LOSS(r) assert (!MUST_NOT_WAIT (r) || waits[r] != k + 1 || (r < 2 && busy[k] != r + 1) || LOST_MEANWHILE (r))
#else
#define ASKS skip
#define ASKS_NO_MORE skip
#define NOTE_LOSS(r) skip
#define SEES_LOSS(r) skip
#endif
#define NOTE_CLAIM(r) quiet[r] = (quiet[r] == k + 1 -> 0 : quiet[r])
#define MUST_NOT_WAIT(r) (owed[r] && may_die == CRASH && may_replace == REPLACE) /* else what was to tell it may be gone */

/* Death -------------------------------------------------------------------------------------------------------------------- */

/* An alternative wherever a rank that holds something takes a step that others can see; one that holds nothing is not missed. Ranks
   0 and 1 are alike. */
#if CRASH
#define OR_DIES \
  :: d_step { \
       claims != 0 && may_die > 0 && (CRASH == 2 -> me < 2 && !dead[me] : me != 1) -> may_die--; dead[me] = true; \
       lock[0] = (lock[0] == me + 1 -> 0 : lock[0]); computing[0] = computing[0] & ~BIT (me); \
       lock[1] = (lock[1] == me + 1 -> 0 : lock[1]); computing[1] = computing[1] & ~BIT (me); \
       waits[me] = 0; ASKS_NO_MORE \
     }; \
     goto over
#else
#define OR_DIES
#endif

/* Looking up and publishing ------------------------------------------------------------------------------------------------ */

/* A look by the entry's name. A node that remembers that it was missing may say so, or ask the server after all. */
inline look ()
{
  if
  :: d_step { name[k] == ENTRY -> remembered[k] = remembered[k] & ~BIT (NODE (me)); found = true }
  :: name[k] == ENTRY && (remembered[k] & BIT (NODE (me))) -> found = false
  :: d_step { name[k] != ENTRY -> remembered[k] = remembered[k] | (STALE & BIT (NODE (me))); found = false }
  OR_DIES
  fi
}

/* A look that reaches the server: mkdir under the entry's name. What it makes is removed by rmdir, which can remove no entry. The
   mutant opens with O_CREAT and removes by unlink, which can. */
inline ask_server ()
{
  if
  :: d_step { name[k] == ABSENT -> name[k] = QUESTION; made = true }
  :: d_step { name[k] != ABSENT -> remembered[k] = remembered[k] & ~BIT (NODE (me)); found = (name[k] == ENTRY) }
  OR_DIES
  fi;
  if
#ifdef MUTANT_CREATE
  :: d_step { made -> assert (name[k] != ENTRY); name[k] = ABSENT; made = false }
#else
  :: d_step { made -> name[k] = (name[k] == QUESTION -> ABSENT : name[k]); made = false }
#endif
  :: !made
  OR_DIES
  fi
}

#define BODY_ENDS computing[k] = computing[k] & ~BIT (me)

/* link; where a question stands in the way, that is removed, and link tried again. */
inline publish ()
{
  do
  :: d_step {
       name[k] == ABSENT -> name[k] = ENTRY; remembered[k] = remembered[k] & ~BIT (NODE (me)); stored = true; BODY_ENDS
     };
     break
  :: d_step { name[k] == ENTRY -> stored = true; BODY_ENDS }; break
#ifdef MUTANT_CREATE
  :: name[k] == QUESTION -> assert (false) /* link says that somebody was first: taken for stored */
#else
  :: d_step { name[k] == QUESTION -> name[k] = ABSENT }
#endif
  :: d_step { may_fail > 0 -> may_fail--; stored = false; BODY_ENDS }; break
  OR_DIES
  od
}

/* Waiting ------------------------------------------------------------------------------------------------------------------ */

/* Who waits says so (YES), or that it no longer does, where others see what it computes. */
inline say_waits (yes)
{
#if CYCLIC
  if
  :: d_step { busy[OTHER (k)] == me + 1 -> board_waits[OTHER (k)] = yes }
  :: busy[OTHER (k)] != me + 1
  OR_DIES
  fi;
  if
  :: d_step { lock[OTHER (k)] == me + 1 -> notice[OTHER (k)].state = COMPUTING; notice[OTHER (k)].waits = yes }
  :: lock[OTHER (k)] != me + 1
  OR_DIES
  fi
#else
  skip
#endif
}

inline end_wait ()
{
  waits[me] = 0;
  say_waits (false)
}

/* Whether K's owner waits for the other key, as far as this rank can see. */
#define OWNER_WAITS(k) \
  ((NODE (me) == 0 && busy[k] != 0 && !dead[busy[k] - 1] && board_waits[k]) || (notice[k].state == COMPUTING && notice[k].waits))

/* Whether that leads back to this rank. */
#ifdef MUTANT_NO_CIRCLE
#define CIRCLE false
#else
#define CIRCLE (CYCLIC && OWNER_WAITS (k) && ((claims & BIT (OTHER (k))) || OWNER_WAITS (OTHER (k))))
#endif

/* A claim for K was lost since R's call read its notice first. */
#if defined MUTANT_CHAIN
#define LOST_MEANWHILE(r) false
#elif defined MUTANT_OLD_LOSS
#define LOST_MEANWHILE(r) (notice[k].lost)
#else
#define LOST_MEANWHILE(r) (notice[k].lost && old_loss[r] != k + 1)
#endif

/* Whoever has the lock and did not find the entry by its name asks the server, whatever the notice says: that of who has published it since this
   rank looked first may have been replaced. */
#if defined MUTANT_NO_QUESTION || STALE == 0
#define REACHES false
#elif defined MUTANT_ONLY_PUBLISHED
#define REACHES (notice[k].state == PUBLISHED)
#elif defined MUTANT_ONLY_KNOWN
#define REACHES (refused || notice[k].state != NOTHING)
#else
#define REACHES true
#endif

/* Why a call computes without a claim, or without its lock */
#define BREAKS_CIRCLE excused[k] = true
#define IS_LATE may_expire--; excused[k] = true
#define HAS_LOST assert (entitled[me]); excused[k] = true
#define IS_UNHEARD \
  assert (may_die < CRASH || may_fail < FAIL || may_replace < REPLACE || may_cut < CUT || may_remove < REMOVE); excused[k] = true

/* Ends claim K on the board. */
inline land_on_board (how)
{
  d_step {
    busy[k] = 0;
    if :: waits[0] == k + 1 && told[0] == NOTHING -> told[0] = how :: else fi;
    if :: waits[1] == k + 1 && told[1] == NOTHING -> told[1] = how :: else fi
  }
}

/* Gives up all that this rank's call has of K. */
inline land (how)
{
  if
  :: d_step { lock[k] == me + 1 -> lock[k] = 0 }
  :: lock[k] != me + 1
  OR_DIES
  fi;
  if
  :: busy[k] == me + 1 -> land_on_board (how)
  :: busy[k] != me + 1
  OR_DIES
  fi;
  claims = claims & ~BIT (k);
  claimed[depth] = false
}

/* A rank ------------------------------------------------------------------------------------------------------------------- */

/* States shall not differ by what does not matter any more. */
#define FORGET \
  refused = false; looked = false; unheard = false; old_loss[me] = 0; heard_of[me] = 0; quiet[me] = 0

proctype rank (byte me)
{
  byte calls = 0, depth = 0, k = 0;
  byte claims = 0; /* bit k: this rank has a flight of key k */
  bit key[3];
  bool nests[3], claimed[3];
  bool found = false, made = false, stored = false, refused = false, looked = false, unheard = false;

next_call:
  if
  :: calls == CALLS -> goto over
  :: d_step { calls < CALLS -> calls++; k = 0; nests[0] = true }   /* f (x, 0) */
  :: d_step { calls < CALLS -> calls++; k = 1; nests[0] = CYCLIC } /* g (x) */
#if CYCLIC
  :: d_step { calls < CALLS -> calls++; k = 0; nests[0] = false } /* f (x, 1) */
#endif
  fi;

call:
  atomic { key[depth] = k; claimed[depth] = false; ASKS }
  look ();
  if
  :: found -> goto have
  :: !found
  fi;

  /* Threads: none waits for a claim of its own. */
  if
  :: claims & BIT (k) -> goto compute
  :: !(claims & BIT (k)) -> claims = claims | BIT (k); claimed[depth] = true
  fi;

board:
  if
  :: d_step { NODE (me) == 0 && busy[k] == 0 -> busy[k] = me + 1; board_waits[k] = false }
  :: d_step {
       NODE (me) == 0 && busy[k] != 0 && busy[k] != me + 1 -> assert (!MUST_NOT_WAIT (me)); told[me] = NOTHING; waits[me] = k + 1
     };
     goto await_board
  :: NODE (me) != 0
  :: d_step { NODE (me) == 0 && may_cut > 0 -> may_cut-- }
  OR_DIES
  fi;

  /* The lock */
  if
  :: d_step {
       old_loss[me] = (notice[k].lost -> k + 1 : 0); heard_of[me] = (REPLACE && notice[k].state != NOTHING -> k + 1 : 0);
       quiet[me] = (notice[k].state != COMPUTING -> k + 1 : 0)
     }
  OR_DIES
  fi;
  if
  :: d_step { lock[k] == 0 -> lock[k] = me + 1 }; goto locked
  :: d_step { lock[k] != 0 -> assert (!MUST_NOT_WAIT (me)); refused = true; waits[me] = k + 1 }
  :: d_step { may_cut > 0 -> may_cut--; excused[k] = true }; look (); goto looked_up
  OR_DIES
  fi;
  say_waits (true);
await_lock:
  if
  :: d_step { lock[k] == 0 -> lock[k] = me + 1 }; end_wait (); goto locked
  :: name[k] == ENTRY -> end_wait (); land (LANDED); goto have
#if STALE
  :: d_step { !looked && notice[k].state == PUBLISHED -> looked = true }; ask_server ();
     if
     :: found -> end_wait (); land (LANDED); goto have
     :: !found -> goto await_lock
     fi
#endif
  :: d_step { LOST_MEANWHILE (me) -> HAS_LOST }; end_wait (); land (LOST); goto compute
  :: d_step { CIRCLE -> BREAKS_CIRCLE }; end_wait (); goto compute
  :: d_step { may_expire > 0 -> IS_LATE }; end_wait (); look (); goto looked_up
  OR_DIES
  fi;

await_board:
  say_waits (true);
  if
#ifndef MUTANT_NO_DEATH
  :: told[me] == NOTHING && dead[busy[k] - 1] -> land_on_board (LANDED)
#endif
  :: told[me] != NOTHING
  :: name[k] == ENTRY -> end_wait (); land (LANDED); goto have
  :: d_step { CIRCLE -> BREAKS_CIRCLE }; end_wait (); goto compute
  :: d_step { may_expire > 0 -> IS_LATE }; end_wait (); look (); goto looked_up
  OR_DIES
  fi;
  end_wait ();
  if
#ifdef MUTANT_CHAIN
  :: told[me] != NOTHING
#else
  :: d_step { told[me] == LOST -> excused[k] = true }; land (LOST); goto compute
  :: told[me] == LANDED
#endif
  fi;
  look ();
  if
  :: found -> land (LANDED); goto have
  :: !found -> goto board
  fi;

locked:
  if
  :: d_step { LOST_MEANWHILE (me) -> HAS_LOST }; land (LOST); goto compute
  :: d_step { !LOST_MEANWHILE (me) -> unheard = refused && quiet[me] != 0; quiet[me] = 0; heard_of[me] = 0 }
  OR_DIES
  fi;
#ifndef MUTANT_NO_RECHECK
  look ();
#endif
  if
  :: !found && REACHES -> ask_server ()
  :: found || !REACHES
  fi;
  if
  :: d_step { !found && unheard -> IS_UNHEARD }; land (LOST); goto compute
  :: found || !unheard
  fi;

looked_up: /* for the last time */
  if
  :: found -> land (LANDED); goto have
  :: !found
  fi;
  if
  :: d_step {
       lock[k] == me + 1 -> notice[k].lost = notice[k].lost && notice[k].state != PUBLISHED;
#ifdef MUTANT_FORGET_LOSS
       notice[k].lost = false;
#endif
       notice[k].state = COMPUTING; notice[k].waits = false;
       FOR_EACH_RANK (NOTE_CLAIM);
       FOR_EACH_RANK (SEES_LOSS)
     }
  :: lock[k] != me + 1
  OR_DIES
  fi;

compute:
  atomic {
    assert (!(computing[k] & ~BIT (me)) || excused[k]);
    assert (name[k] != ENTRY || excused[k]);
    computing[k] = computing[k] | BIT (me);
    ASKS_NO_MORE;
    FORGET;
    if
    :: nests[depth] -> nests[depth + 1] = CYCLIC && depth == 0 && k == 0; depth++; k = OTHER (k); goto call
    :: else
    fi
  }

computed:
  publish ();
  if
  :: !claimed[depth] -> goto returned
  :: claimed[depth]
  fi;
  if
  :: d_step {
       lock[k] == me + 1 -> notice[k].state = (stored -> PUBLISHED : LOST); notice[k].waits = false; notice[k].lost = !stored;
       if
       :: !stored -> FOR_EACH_RANK (NOTE_LOSS)
       :: else
       fi
     }
  :: lock[k] != me + 1
  OR_DIES
  fi;
  if
  :: stored -> land (LANDED)
  :: !stored -> land (LOST)
  fi;
  goto returned;

have:
  atomic { found = false; ASKS_NO_MORE; FORGET }
returned:
  stored = false;
  if
  :: depth == 0 -> goto next_call
  :: depth > 0 -> nests[depth] = false; key[depth] = 0; depth--; k = key[depth]; goto computed
  fi;

over:
  atomic {
    claims = 0; calls = 0; depth = 0; k = 0; found = false; made = false; stored = false; FORGET;
    key[0] = 0; key[1] = 0; key[2] = 0; nests[0] = false; nests[1] = false; nests[2] = false;
    claimed[0] = false; claimed[1] = false; claimed[2] = false
  }
}

/* The world ---------------------------------------------------------------------------------------------------------------- */

#if REMOVE
#define REMOVES(k) d_step { may_remove > 0 && name[k] == ENTRY -> name[k] = ABSENT; may_remove-- }

active proctype user ()
{
end:
  do
  :: REMOVES (0)
  :: REMOVES (1)
  od
}
#endif

#if REPLACE
/* Nothing is known of key K from now on; who knew nothing before sees no difference. */
#define REPLACES(k) \
  d_step { \
    may_replace > 0 && notice[k].state != NOTHING -> may_replace--; \
    notice[k].state = NOTHING; notice[k].lost = false; notice[k].waits = false; \
    quiet[0] = (heard_of[0] == k + 1 -> 0 : quiet[0]); \
    quiet[1] = (heard_of[1] == k + 1 -> 0 : quiet[1]); \
    quiet[2] = (heard_of[2] == k + 1 -> 0 : quiet[2]) \
  }

active proctype third_key ()
{
end:
  do
  :: REPLACES (0)
  :: REPLACES (1)
  od
}
#endif

init
{
  atomic { run rank (0); run rank (1); run rank (2) }
}
