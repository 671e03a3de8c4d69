/* neighbors.h: which atoms are closer to each other than a cutoff.
   SPDX-License-Identifier: BSD-2-Clause

   The list is full: a pair is listed for both its atoms, and an atom may be its own neighbour by periodicity. The neighbours of
   an atom come in an order that only the crystal and the cutoff decide, so sums over them do too.

   A neighbor_cache keeps the last list and the memory for the next. The list is used again only for exactly the same
   positions, cell and cutoff, and then it is what a new search would give: results never depend on the history of a cache. */
#ifndef EMT_NEIGHBORS_H
#define EMT_NEIGHBORS_H

#include "crystal.h"
#include <stddef.h>

struct neighbor {
  int atom;
  int shift[3]; /* add so many of each lattice vector to the atom's position */
};

/* All zero: empty. To be freed with neighbors_free. */
struct neighbor_cache {
  /* What the list was made for; n = 0 if there is none. */
  int n;
  bool periodic;
  double cutoff;
  double cell[3][3];
  double (*positions)[3];

  size_t *first;         /* list[first[i]] to list[first[i + 1] - 1] are the neighbours of atom i */
  struct neighbor *list; /* has room for `capacity` */
  size_t capacity;

  unsigned long searches; /* how often a list was made */
};

/* Makes the list in CACHE that of CRYSTAL with CUTOFF (angstrom). Every number in CRYSTAL must be finite, and if it is periodic
   its volume must not be zero. Aborts if there is no memory. */
void neighbors_find (const struct crystal *crystal, double cutoff, struct neighbor_cache *cache);

void neighbors_free (struct neighbor_cache *cache);

/* Distance of two opposite faces of the cell, for each pair of faces. */
void neighbors_heights (const double cell[3][3], double heights[3]);

/* The way D from atom I to its NEIGHBOR. */
static inline void
neighbor_displacement (const struct crystal *crystal, int i, const struct neighbor *neighbor, double d[3])
{
  const double *from = crystal->positions[i], *to = crystal->positions[neighbor->atom];
  const int *shift = neighbor->shift;
  for (int k = 0; k < 3; k++) {
    d[k] = to[k] - from[k];
    if (crystal->periodic)
      d[k] += shift[0] * crystal->cell[0][k] + shift[1] * crystal->cell[1][k] + shift[2] * crystal->cell[2][k];
  }
}

#endif
