/* crystal.h: a crystal, as the energy functions take it, and a way to make one.
   SPDX-License-Identifier: BSD-2-Clause

   Lengths are in angstrom, elements are given by atomic number. Two crystals made with the same arguments are the same bit for
   bit, so two programs that ask for the energy of "copper at 3.61 angstrom" ask for the same thing. */
#ifndef EMT_CRYSTAL_H
#define EMT_CRYSTAL_H

#include <hashcache.h>
#include <stdbool.h>

struct neighbor_cache; /* neighbors.h */

struct crystal {
  int n; /* atoms */
  double (*positions)[3] HASHCACHE_COUNT (n);
  int *numbers HASHCACHE_COUNT (n);
  double cell[3][3]; /* three lattice vectors, one a row; not looked at if not periodic */
  bool periodic;     /* repeated along all three vectors, or not at all */

  /* Room for the neighbour list, kept from call to call; may be NULL. No result depends on what it holds, so it is neither
     part of a question nor of an answer. */
  struct neighbor_cache *scratch HASHCACHE_IGNORE;
};

/* A face-centred cubic crystal of cells x cells x cells cubes with lattice constant a and four atoms each. Aborts if there is
   no memory. Its scratch is NULL. To be freed with crystal_free. */
struct crystal crystal_fcc (int number, double a, int cells);

/* Frees what crystal_fcc allocated; the scratch belongs to whoever put it there. */
void crystal_free (struct crystal *crystal);

/* Volume of the cell in angstrom^3, never negative. */
double crystal_volume (const struct crystal *crystal);

#endif
