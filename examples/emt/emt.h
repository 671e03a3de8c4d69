/* emt.h: energy, forces and stress of a metal in effective-medium theory (EMT).
   SPDX-License-Identifier: BSD-2-Clause

   The potential of K. W. Jacobsen, P. Stoltze, J. K. Norskov, Surface Science 366, 394-402 (1996), with the parameters and
   cutoffs with which the Atomic Simulation Environment (ASE) implements it. Units: angstrom, eV. */
#ifndef EMT_H
#define EMT_H

#include "crystal.h"

enum { EMT_METALS = 7 };

/* Parameters of one metal, in the units in which they are published: eV and bohr. */
struct emt_parameters {
  char symbol[4];
  int number;    /* atomic number                                 */
  double E0;     /* eV, minus the cohesive energy                 */
  double s0;     /* bohr, neutral-sphere radius at equilibrium    */
  double V0;     /* eV, depth of the pair potential               */
  double eta2;   /* 1/bohr, decay of the density                  */
  double kappa;  /* 1/bohr, decay of the pair potential           */
  double lambda; /* 1/bohr, decay of the cohesive function        */
  double n0;     /* 1/bohr^3, density at s0                       */
};

/* Whoever fits a potential may change these while the program runs; the next energy follows them. */
extern struct emt_parameters emt_table[EMT_METALS];

/* angstrom; 0.5 at first. The potential is smooth up to infinity; pairs farther apart than its own cutoff radius and this
   margin are left out. May be changed while the program runs; must not be negative. */
extern double emt_cutoff_margin;

/* The line of NUMBER in emt_table, -1 if there is none. */
int emt_index (int number);

/* Total energy of CRYSTAL in eV. Fills the energy of each atom (eV), the force on each atom (eV/angstrom), and the stress
   (eV/angstrom^3) in the order xx yy zz yz xz xy, positive where the crystal pulls inwards; zero if it is not periodic.

   What has no energy in this potential gives NaN everywhere: an element that is not in the table, a position that is not
   finite or beyond a million angstrom, a periodic cell with opposite faces closer than 0.1 angstrom. An atom without
   neighbours has -E0. Aborts if there is no memory. */
HASHCACHE double emt_energy (HASHCACHE_IN const struct crystal *crystal HASHCACHE_COUNT (1),
                             HASHCACHE_OUT double energies[crystal->n], HASHCACHE_OUT double forces[crystal->n][3],
                             HASHCACHE_OUT double stress[6]);

#endif
