/* room.h: arrays that grow.
   SPDX-License-Identifier: BSD-2-Clause */
#ifndef HASHCACHE_ROOM_H
#define HASHCACHE_ROOM_H

#include <stdlib.h>
#include <string.h>

/* Grows the array *ITEMS of elements of SIZE bytes so that it has room for one more than N; 0, or -1 without memory. */
static int
hashcache__room_for_one (void *items, size_t *capacity, size_t n, size_t size)
{
  void *array, *larger;

  if (n < *capacity)
    return 0;
  memcpy (&array, items, sizeof array);
  larger = realloc (array, (2 * n + 16) * size);
  if (!larger)
    return -1;
  memcpy (items, &larger, sizeof larger);
  *capacity = 2 * n + 16;
  return 0;
}

#endif
