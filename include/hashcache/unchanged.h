/* unchanged.h: whether memory holds what is to be restored there already.
   SPDX-License-Identifier: BSD-2-Clause

   An argument or variable that a call may change, but does not, can lie in read-only memory. Restoring it must not write, so
   inout blocks are compared first. (Never out blocks: what they hold before may be uninitialised.) */
#ifndef HASHCACHE_UNCHANGED_H
#define HASHCACHE_UNCHANGED_H

#include "value.h"
#include <string.h>

struct hashcache__comparison {
  const unsigned char *next;
  int same;
};

static void
hashcache__compare_run (void *context, unsigned char *run, size_t n)
{
  struct hashcache__comparison *comparison = context;

  comparison->same = comparison->same && memcmp (comparison->next, run, n) == 0;
  comparison->next += n;
}

/* Whether the COUNT elements of type T at ELEMENTS hold the values PACKED. */
static int
hashcache__same_values (const struct hashcache__type *t, unsigned char *elements, uint64_t count, const unsigned char *packed)
{
  struct hashcache__comparison comparison = { packed, 1 };

  hashcache__each_run (t, elements, count, hashcache__compare_run, &comparison);
  return comparison.same;
}

#endif
