/* reason.h: why a call is computed, what allows it to, and why its result is not kept, in words.
   SPDX-License-Identifier: BSD-2-Clause

   For the line a call of HASHCACHE_VERBOSE 2. docs/statistics.md lists them. */
#ifndef HASHCACHE_REASON_H
#define HASHCACHE_REASON_H

/* X (name, text): why a call is computed. The first one is that of calls that were not looked up so far. */
#define HASHCACHE__REASONS(X) \
  X (NOT_LOOKED_UP, "not looked up") \
  X (NO_ENTRY, "no entry") \
  X (NO_CODE, "no entry of this code, which is new or has changed, or what it calls has") \
  X (NO_DIRECTORY, "no cache directory so far") \
  X (DAMAGED, "entry damaged") \
  X (FOREIGN, "entry of another version") \
  X (UNREADABLE, "entry cannot be read") \
  X (BUSY, "entry cannot be restored to these outputs") \
  X (REFRESH, "refresh") \
  X (VERIFY, "verify: found in the store, computed to compare") \
  X (CLASH, "another thread's call is about the same memory")

/* X (name, text): what allows a call to compute. Those that did not ask come first, then those with a claim. */
#define HASHCACHE__PERMITS(X) \
  X (NOT_ASKED, "without asking for a claim") \
  X (CLAIMED, "under its claim") \
  X (NEVER_STORED, "without a claim, as its function's results could not be stored so far") \
  X (NOBODY_TO_ASK, "without a claim, as its own thread computes the same, or memory is short") \
  X (CIRCLE, "without a claim, as who has it waits for this thread") \
  X (LATE, "without a claim, as HASHCACHE_WAIT was over") \
  X (LOST, "without a claim, as the result that it waited for was lost") \
  X (UNHEARD, "without a claim, as nobody told what came of the one that it waited for") \
  X (NO_LOCK, "without a lock, as none could be had")

/* X (name, text): why a result is not in the store afterwards. */
#define HASHCACHE__UNKEPT(X) \
  X (KEPT, "") \
  X (READONLY, "readonly") \
  X (UNWANTED, "HASHCACHE_IF is false") \
  X (INPUT_CHANGED, "an input changed during the call") \
  X (NOT_RESTORABLE, "a hit could not restore it") \
  X (NOT_WRITTEN, "it could not be stored") \
  X (NOT_THE_SAME, "audit: computed twice, it differs") \
  X (NOT_ALONE, "another thread's call is about the same memory")

enum {
#define HASHCACHE__REASON_MEMBER(name, text) HASHCACHE__BECAUSE_##name,
  HASHCACHE__REASONS (HASHCACHE__REASON_MEMBER)
#undef HASHCACHE__REASON_MEMBER
};

enum {
#define HASHCACHE__PERMIT_MEMBER(name, text) HASHCACHE__PERMIT_##name,
  HASHCACHE__PERMITS (HASHCACHE__PERMIT_MEMBER)
#undef HASHCACHE__PERMIT_MEMBER
};

enum {
#define HASHCACHE__UNKEPT_MEMBER(name, text) HASHCACHE__UNKEPT_##name,
  HASHCACHE__UNKEPT (HASHCACHE__UNKEPT_MEMBER)
#undef HASHCACHE__UNKEPT_MEMBER
};

static inline const char *
hashcache__reason_text (int reason)
{
  static const char *const texts[] = {
#define HASHCACHE__REASON_TEXT(name, text) text,
    HASHCACHE__REASONS (HASHCACHE__REASON_TEXT)
#undef HASHCACHE__REASON_TEXT
  };

  return texts[reason];
}

static inline const char *
hashcache__permit_text (int permit)
{
  static const char *const texts[] = {
#define HASHCACHE__PERMIT_TEXT(name, text) text,
    HASHCACHE__PERMITS (HASHCACHE__PERMIT_TEXT)
#undef HASHCACHE__PERMIT_TEXT
  };

  return texts[permit];
}

static inline const char *
hashcache__unkept_text (int unkept)
{
  static const char *const texts[] = {
#define HASHCACHE__UNKEPT_TEXT(name, text) text,
    HASHCACHE__UNKEPT (HASHCACHE__UNKEPT_TEXT)
#undef HASHCACHE__UNKEPT_TEXT
  };

  return texts[unkept];
}

#endif
