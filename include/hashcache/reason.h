/* reason.h: why a call is computed, and why its result is not kept, in words.
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
