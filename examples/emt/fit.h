/* fit.h: what a series of energies or pressures says about a crystal at equilibrium.
   SPDX-License-Identifier: BSD-2-Clause

   Least squares with a cubic polynomial, always in the same order of operations. Results are NaN if there is no minimum. */
#ifndef EMT_FIT_H
#define EMT_FIT_H

struct equilibrium {
  double volume;       /* that of the energies or pressures, such as per atom */
  double energy;       /* NaN if fitted to pressures */
  double bulk_modulus; /* energy per volume          */
};

/* From N >= 4 energies at so many volumes: F. Birch, Physical Review 71, 809-824 (1947), third order, in which the energy is a
   cubic polynomial in volume^(-2/3). */
struct equilibrium fit_energies (int n, const double *volumes, const double *energies);

/* From N >= 4 pressures at so many linear strains of a crystal with VOLUME at strain 0: where the pressure vanishes. */
struct equilibrium fit_pressures (int n, const double *strains, const double *pressures, double volume);

#endif
