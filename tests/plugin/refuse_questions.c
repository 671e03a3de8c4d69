/* refuse_questions.c: promise: a question that is not about the call of a marked function is refused at its line.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>

int unmarked (int n);
HASHCACHE int marked (int n);

static int (*pointer) (int) = marked;

int
ask (int n)
{
  int sum = HASHCACHE_CONTAINS (marked (n));

  sum += HASHCACHE_CONTAINS (unmarked (n)); /* error: 'HASHCACHE_CONTAINS' takes the call of a marked function: write 'HASHCACHE' before a declaration of 'unmarked' above */
  sum += HASHCACHE_FORGET (pointer (n)); /* error: 'HASHCACHE_FORGET' takes the call of a marked function by its name: this calls through a pointer */
  sum += HASHCACHE_REFRESH (n); /* error: 'HASHCACHE_REFRESH' takes the call of a marked function: write 'HASHCACHE_REFRESH (f (x))' */
  sum += HASHCACHE_REFRESH (n = marked (n)); /* error: 'HASHCACHE_REFRESH' takes the call of a marked function: write 'HASHCACHE_REFRESH (f (x))' */
  sum += HASHCACHE_REFRESH (marked (n) + 1); /* error: 'HASHCACHE_REFRESH' takes the call of a marked function: write 'HASHCACHE_REFRESH (f (x))' */
  sum += HASHCACHE_REFRESH (marked (n), 1); /* error: 'HASHCACHE_REFRESH' takes the call of a marked function: write 'HASHCACHE_REFRESH (f (x))' */
  sum += HASHCACHE_CONTAINS (n ? marked (n) : marked (1)); /* error: 'HASHCACHE_CONTAINS' takes the call of a marked function: write 'HASHCACHE_CONTAINS (f (x))' */
  sum += HASHCACHE_CONTAINS (sizeof (marked (n))); /* error: 'HASHCACHE_CONTAINS' takes the call of a marked function: write 'HASHCACHE_CONTAINS (f (x))' */
  sum += HASHCACHE_CONTAINS (marked (unmarked (HASHCACHE_CONTAINS (unmarked (n))))); /* error: 'HASHCACHE_CONTAINS' takes the call of a marked function: write 'HASHCACHE' before a declaration of 'unmarked' above */
  sum += HASHCACHE_KEY (unmarked (n)) != 0; /* error: 'HASHCACHE_KEY' takes the call of a marked function: write 'HASHCACHE' before a declaration of 'unmarked' above */
  sum += HASHCACHE_BUSY (unmarked (n)); /* error: 'HASHCACHE_BUSY' takes the call of a marked function: write 'HASHCACHE' before a declaration of 'unmarked' above */
  sum += HASHCACHE_BUSY (pointer (n)); /* error: 'HASHCACHE_BUSY' takes the call of a marked function by its name: this calls through a pointer */
  sum += HASHCACHE_BUSY (marked (n) + 1); /* error: 'HASHCACHE_BUSY' takes the call of a marked function: write 'HASHCACHE_BUSY (f (x))' */
  HASHCACHE_REFRESH ((void) 0); /* error: 'HASHCACHE_REFRESH' takes the call of a marked function: write 'HASHCACHE_REFRESH (f (x))' */
  return sum;
}
