/* potential.h: the constants of the potential as the sums need them, worked out from the table.
   SPDX-License-Identifier: BSD-2-Clause */
#ifndef EMT_POTENTIAL_H
#define EMT_POTENTIAL_H

#include "emt.h"

#define EMT_BETA 1.809 /* (16 pi / 3)^(1/3) / sqrt (2), rounded as in ASE */

/* As emt_parameters, in angstrom instead of bohr, with the normalisations gamma1 and gamma2. */
struct emt_element {
  double E0, V0, s0, eta2, kappa, lambda, n0, gamma1, gamma2;
};

struct emt_potential {
  double radius; /* angstrom, where the smooth cutoff is one half */
  double slope;  /* 1/angstrom, of its exponent                   */
  double cutoff; /* angstrom, pairs farther apart are left out    */

  struct emt_element elements[EMT_METALS]; /* in the order of emt_table */
};

/* Works out POTENTIAL from emt_table and emt_cutoff_margin as they are now. */
void emt_potential_prepare (struct emt_potential *potential);

/* The smooth cutoff at distance R: from 1 to 0. */
double emt_smooth_cutoff (const struct emt_potential *potential, double r);

#endif
