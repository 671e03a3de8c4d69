/* study.h: which crystals the two studies of each metal ask for, and what they make of the answers.
   SPDX-License-Identifier: BSD-2-Clause

   Two groups of users study the same metals side by side. One calculates an equation of state: the energy at 21 lattice
   constants, half a percent apart. The other scans 11 strains, one percent apart, for the pressure. Neither knows of the other,
   but every strain is one of the lattice constants, so both ask for 11 crystals that are the same bit for bit. */
#ifndef EMT_STUDY_H
#define EMT_STUDY_H

#include "emt.h"
#include <stdbool.h>
#include <stdint.h>

enum {
  STUDY_CONSTANTS = 21,
  STUDY_STRAINS = 11,
  STUDY_POINTS = STUDY_CONSTANTS + STUDY_STRAINS /* asked for by both studies of a metal */
};

/* What stays of a point: its numbers, and a digest of every byte that emt_energy gave, the forces included. */
struct answer {
  double energy;   /* eV per atom */
  double pressure; /* eV/angstrom^3 */
  uint64_t digest;
};

struct metal_result {
  struct {
    double a;            /* angstrom */
    double cohesive;     /* eV; NaN from the strain scan, which has no energies */
    double bulk_modulus; /* GPa */
  } from_energies, from_pressures;
  uint64_t digest; /* of all answers and of the numbers above */
};

/* The crystal of point number POINT < STUDY_POINTS of a METAL (line of emt_table). The points of the two studies alternate: where
   both need a crystal they ask for it one after the other. */
struct crystal study_crystal (int metal, int point, int cells);

/* Calls emt_energy, and waits if another rank computes the same now. With WAIT false it does not wait: then there is no ANSWER, and it
   returns false. */
bool study_ask (const struct crystal *crystal, bool wait, struct answer *answer);

/* From the answers to all points of METAL, in their order. */
struct metal_result study_conclude (int metal, const struct answer answers[STUDY_POINTS]);

#endif
