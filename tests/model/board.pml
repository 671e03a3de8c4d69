/* board.pml: one bucket of the board that the ranks of a node share: a model for spin.
   SPDX-License-Identifier: BSD-2-Clause

   RANKS ranks make CALLS calls each, of either of two keys, which share a bucket of CELLS cells. A cell has a word (serial number and
   state), an owner, a key, and the word of its last lost claim; each is written by a step of its own, as board.h does it. Files are
   here a lock for each key, which the kernel takes from the dead.

     CRASH    ranks that die, at any moment
     FAIL     1: a result cannot be stored. With two, a cell may have had two lost claims before a waiter has looked: it waits again
     DOUBT    1: a living rank is once taken for dead

   What is shown: every call returns; of the living ranks that claimed a key on the board, and are not taken for dead, one at most goes
   to the files; who waited for a claim that was lost does not wait for that key again. A bucket whose lock somebody has may always be
   done without: its owner may be stopped. */
#ifndef RANKS
#define RANKS 3
#endif
#ifndef CALLS
#define CALLS 1
#endif
#ifndef CELLS
#define CELLS 1
#endif
#ifndef CRASH
#define CRASH 0
#endif
#ifndef FAIL
#define FAIL 0
#endif
#ifndef DOUBT
#define DOUBT 0
#endif

#define BIT(n) (1 << (n))

/* The board */
#define FREE 0
#define BUSY 1
#define LANDED 2
#define LOST 3
#define WORD(serial, state) ((serial) << 2 | (state))
#define STATE(word) ((word) & 3)
#define SERIAL(word) ((word) >> 2)

typedef Cell {
  byte word;
  byte owner;
  bit key;
  byte lost; /* word of the last claim of this cell that was lost */
};
Cell cell[CELLS];
byte bucket; /* rank + 1 that has its lock */

/* Files */
bool entry[2];
byte lock[2]; /* rank + 1 */

bool dead[RANKS], doubted[RANKS];
byte may_die = CRASH, may_fail = FAIL, may_doubt = DOUBT;

/* What is to be shown */
byte owners[2];        /* bit r: rank r has claimed the key on the board, and nobody takes it for dead */
byte waits[RANKS];     /* 1 + the cell for whose claim the rank waits, */
byte waits_at[RANKS];  /* and the word of that claim */
bool owed[RANKS];

#if CRASH
#define OR_DIES \
  :: d_step { \
       may_die > 0 && me != 1 -> may_die--; dead[me] = true; waits[me] = 0; \
       lock[0] = (lock[0] == me + 1 -> 0 : lock[0]); owners[0] = owners[0] & ~BIT (me); \
       lock[1] = (lock[1] == me + 1 -> 0 : lock[1]); owners[1] = owners[1] & ~BIT (me) \
     }; \
     goto over
#else
#define OR_DIES
#endif

#define NOTE_LOSS(r) owed[r] = owed[r] || (waits[r] == i + 1 && waits_at[r] == ticket)

#define THOUGHT_DEAD(r) (dead[r] || doubted[r])

/* Ends the claim TICKET of cell I with HOW, unless it is over already. */
inline end_claim (how)
{
  if
#ifdef MUTANT_PLAIN_LAND
  :: d_step { true -> cell[i].word = WORD (SERIAL (ticket), how) }
#else
  :: cell[i].word != ticket
  :: d_step { cell[i].word == ticket && how == LOST -> cell[i].lost = ticket }
  :: cell[i].word == ticket && how != LOST
#endif
  OR_DIES
  fi;
#ifndef MUTANT_PLAIN_LAND
  if
  :: d_step {
       cell[i].word == ticket -> cell[i].word = WORD (SERIAL (ticket), how);
       if
       :: how == LOST -> NOTE_LOSS (0); NOTE_LOSS (1); NOTE_LOSS (RANKS - 1)
       :: else
       fi
     }
  :: cell[i].word != ticket
  OR_DIES
  fi
#endif
}

#define IS_MINE \
  assert (!(owners[k] & ~BIT (me))); owners[k] = owners[k] | BIT (me)

proctype rank (byte me)
{
  byte calls = 0, k = 0, i = 0, ticket = 0;
  bool mine = false, stored = false;

next_call:
  if
  :: calls == CALLS -> goto over
  :: d_step { calls < CALLS -> calls++; k = 0 }
  :: d_step { calls < CALLS -> calls++; k = 1 }
  fi;
look_up:
  if
  :: entry[k] -> goto returned
  :: !entry[k]
  OR_DIES
  fi;

#ifndef MUTANT_UNLOCKED
  if
  :: d_step { bucket == 0 -> bucket = me + 1 }
  :: d_step { bucket != 0 && dead[bucket - 1] -> bucket = me + 1 }
  :: bucket != 0 && bucket != me + 1 -> goto files
  OR_DIES
  fi;
#endif

  /* A cell where the key is computed? */
  i = 0;
  do
  :: i < CELLS && STATE (cell[i].word) == BUSY && cell[i].key == k -> goto is_busy
  :: i < CELLS && (STATE (cell[i].word) != BUSY || cell[i].key != k) -> i++
  :: i == CELLS -> break
  OR_DIES
  od;

  /* Any that is free, else one whose owner is dead */
  if
  :: STATE (cell[0].word) != BUSY -> i = 0
#if CELLS > 1
  :: STATE (cell[1].word) != BUSY -> i = 1
  :: STATE (cell[0].word) == BUSY && STATE (cell[1].word) == BUSY && dead[cell[0].owner] -> i = 0
  :: STATE (cell[0].word) == BUSY && STATE (cell[1].word) == BUSY && dead[cell[1].owner] -> i = 1
  :: STATE (cell[0].word) == BUSY && STATE (cell[1].word) == BUSY && !dead[cell[0].owner] && !dead[cell[1].owner] -> i = CELLS
#else
  :: STATE (cell[0].word) == BUSY && dead[cell[0].owner] -> i = 0
  :: STATE (cell[0].word) == BUSY && !dead[cell[0].owner] -> i = CELLS
#endif
  OR_DIES
  fi;
  if
  :: i == CELLS -> goto chosen
  :: i < CELLS
  fi;
#ifdef MUTANT_WORD_FIRST
  if
  :: d_step { ticket = WORD (SERIAL (cell[i].word) + 1, BUSY); cell[i].word = ticket; IS_MINE }
  OR_DIES
  fi;
#endif
  if
  :: cell[i].key = k
  OR_DIES
  fi;
  if
  :: cell[i].owner = me
  OR_DIES
  fi;
#ifndef MUTANT_WORD_FIRST
  if
  :: d_step { ticket = WORD (SERIAL (cell[i].word) + 1, BUSY); cell[i].word = ticket; IS_MINE }
  OR_DIES
  fi;
#endif
  mine = true;
chosen:
  if
  :: d_step { bucket == me + 1 -> bucket = 0 }
  :: bucket != me + 1
  OR_DIES
  fi;
  goto files;

is_busy:
  if
  :: d_step { STATE (cell[i].word) == BUSY -> ticket = cell[i].word }
  :: STATE (cell[i].word) != BUSY -> ticket = 0 /* landed this moment */
  OR_DIES
  fi;
  if
  :: d_step { bucket == me + 1 -> bucket = 0 }
  :: bucket != me + 1
  OR_DIES
  fi;
  if
  :: ticket == 0 -> goto look_up
  :: d_step { ticket != 0 -> assert (!owed[me]); waits[me] = i + 1; waits_at[me] = ticket }
  fi;

await:
  if
  :: cell[i].word != ticket
#ifndef MUTANT_NO_DEATH
  :: cell[i].word == ticket && THOUGHT_DEAD (cell[i].owner) -> end_claim (LANDED)
#endif
  :: d_step {
       cell[i].word == ticket && may_doubt > 0 && cell[i].owner != me && !dead[cell[i].owner] ->
       may_doubt--; doubted[cell[i].owner] = true;
       owners[0] = owners[0] & ~BIT (cell[i].owner); owners[1] = owners[1] & ~BIT (cell[i].owner)
     };
     goto await
  :: entry[k] -> goto returned
  OR_DIES
  fi;
  waits[me] = 0;
  if
  :: SERIAL (cell[i].word) == SERIAL (ticket) && STATE (cell[i].word) == LOST -> goto compute
  :: SERIAL (cell[i].word) == SERIAL (ticket) && STATE (cell[i].word) != LOST -> goto look_up
#ifdef MUTANT_FORGET_LOSS
  :: SERIAL (cell[i].word) != SERIAL (ticket) -> goto look_up
#else
  :: SERIAL (cell[i].word) != SERIAL (ticket) && cell[i].lost == ticket -> goto compute
  :: SERIAL (cell[i].word) != SERIAL (ticket) && cell[i].lost != ticket -> goto look_up
#endif
  OR_DIES
  fi;

files:
  if
  :: d_step { lock[k] == 0 -> lock[k] = me + 1 }
  OR_DIES
  fi;
  if
  :: entry[k] -> stored = true; goto land
  :: !entry[k]
  OR_DIES
  fi;

compute:
  owed[me] = false;
  if
  :: d_step { entry[k] = true; stored = true }
  :: d_step { may_fail > 0 -> may_fail--; stored = false }
  OR_DIES
  fi;

land:
  if
  :: d_step { lock[k] == me + 1 -> lock[k] = 0 }
  :: lock[k] != me + 1
  OR_DIES
  fi;
  owners[k] = owners[k] & ~BIT (me);
  if
  :: mine && stored -> end_claim (LANDED)
  :: mine && !stored -> end_claim (LOST)
  :: !mine
  fi;

returned:
  atomic { owed[me] = false; waits[me] = 0; waits_at[me] = 0; mine = false; stored = false; ticket = 0; i = 0 }
  goto next_call;

over:
  atomic { calls = 0; k = 0; i = 0; ticket = 0; mine = false; stored = false; waits_at[me] = 0; owed[me] = false }
}

init
{
  atomic {
    run rank (0);
    run rank (1);
#if RANKS > 2
    run rank (2)
#endif
  }
}
