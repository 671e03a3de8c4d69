/* finder.h: finds which of many ranges of memory an address belongs to, while ranges are added.
   SPDX-License-Identifier: BSD-2-Clause

   The ranges do not overlap. Most are sorted; the last ones added, about the square root of their number, are not yet. So adding and finding N
   of them takes in the order of N^1.5 steps whatever their order, and N log N where memory is given out in ascending order. */
#ifndef HASHCACHE_FINDER_H
#define HASHCACHE_FINDER_H

#include "room.h"
#include "unfold.h"

struct hashcache__finder {
  struct hashcache__range *ranges; /* malloc'ed */
  size_t n_sorted, n, capacity;
};

static void
hashcache__finder_end (struct hashcache__finder *finder)
{
  free (finder->ranges);
}

/* Sorts all ranges, of which those from N_SORTED on are not sorted. */
static void
hashcache__finder_sort (struct hashcache__finder *finder)
{
  const size_t n_tail = finder->n - finder->n_sorted;
  struct hashcache__range *tail = malloc (n_tail * sizeof *tail);
  size_t left = finder->n_sorted, to = finder->n;

  if (!tail) /* later */
    return;
  memcpy (tail, finder->ranges + left, n_tail * sizeof *tail);
  hashcache__sort_ranges (tail, n_tail);
  for (size_t i = n_tail; i > 0;) {
    const int larger = left == 0 || tail[i - 1].start > finder->ranges[left - 1].start;

    finder->ranges[--to] = larger ? tail[--i] : finder->ranges[--left];
  }
  finder->n_sorted = finder->n;
  free (tail);
}

/* Adds RANGE; 0, or -1 without memory. */
static int
hashcache__finder_add (struct hashcache__finder *finder, struct hashcache__range range)
{
  enum { FEW = 32 };
  size_t n_tail;

  if (hashcache__room_for_one (&finder->ranges, &finder->capacity, finder->n, sizeof *finder->ranges))
    return -1;
  if (finder->n_sorted == finder->n && (finder->n == 0 || finder->ranges[finder->n - 1].start < range.start))
    finder->n_sorted++;
  finder->ranges[finder->n++] = range;
  n_tail = finder->n - finder->n_sorted;
  if (n_tail > FEW && n_tail * n_tail > finder->n_sorted)
    hashcache__finder_sort (finder);
  return 0;
}

/* The last range that begins at ADDRESS or before; NULL if there is none. */
static const struct hashcache__range *
hashcache__finder_before (const struct hashcache__finder *finder, uintptr_t address)
{
  const size_t n = hashcache__ranges_before (finder->ranges, finder->n_sorted, address + 1);
  const struct hashcache__range *found = n > 0 ? &finder->ranges[n - 1] : NULL;

  for (size_t i = finder->n_sorted; i < finder->n; i++)
    if (finder->ranges[i].start <= address && (!found || finder->ranges[i].start > found->start))
      found = &finder->ranges[i];
  return found;
}

#endif
