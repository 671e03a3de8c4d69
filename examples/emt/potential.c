/* potential.c: the table of parameters and what follows from it.
   SPDX-License-Identifier: BSD-2-Clause

   The parameters, the cutoffs and the sums gamma over three shells of neighbours are those of ASE's calculator. */
#include "potential.h"
#include <math.h>

/* clang-format off */
struct emt_parameters emt_table[EMT_METALS] = {
  /*         E0     s0    V0     eta2   kappa  lambda n0         */
  { "Al", 13, -3.28, 3.00, 1.493, 1.240, 2.000, 1.169, 0.00700 },
  { "Cu", 29, -3.51, 2.67, 2.476, 1.652, 2.740, 1.906, 0.00910 },
  { "Ag", 47, -2.96, 3.01, 2.132, 1.652, 2.790, 1.892, 0.00547 },
  { "Au", 79, -3.80, 3.00, 2.321, 1.674, 2.873, 2.182, 0.00703 },
  { "Ni", 28, -4.44, 2.60, 3.673, 1.669, 2.757, 1.948, 0.01030 },
  { "Pd", 46, -3.90, 2.87, 2.773, 1.818, 3.107, 2.155, 0.00688 },
  { "Pt", 78, -5.85, 2.90, 4.067, 1.812, 3.145, 2.192, 0.00802 },
};
/* clang-format on */

double emt_cutoff_margin = 0.5;

static const double bohr = 0.5291772105638411; /* angstrom */

/* The first three shells around an atom of an fcc crystal: atoms, and square of the distance in units of the nearest one. */
static const struct shell {
  double atoms, square;
} shells[] = { { 12, 1 }, { 6, 2 }, { 24, 3 } };

int
emt_index (int number)
{
  for (int i = 0; i < EMT_METALS; i++)
    if (emt_table[i].number == number)
      return i;
  return -1;
}

double
emt_smooth_cutoff (const struct emt_potential *potential, double r)
{
  return 1 / (1 + exp (potential->slope * (r - potential->radius)));
}

/* A sum over shells of a function with decay length 1/DECAY, such that gamma is 1 if only the first shell counts. */
static double
gamma_sum (const struct emt_potential *potential, double s0, double decay)
{
  double sum = 0;
  for (unsigned i = 0; i < sizeof shells / sizeof shells[0]; i++) {
    double r = s0 * EMT_BETA * sqrt (shells[i].square);
    sum += shells[i].atoms / 12 * emt_smooth_cutoff (potential, r) * exp (-decay * (r - EMT_BETA * s0));
  }
  return sum;
}

static struct emt_element
prepare_element (const struct emt_potential *potential, const struct emt_parameters *p)
{
  struct emt_element element = { .E0 = p->E0,
                                 .V0 = p->V0,
                                 .s0 = p->s0 * bohr,
                                 .eta2 = p->eta2 / bohr,
                                 .kappa = p->kappa / bohr,
                                 .lambda = p->lambda / bohr,
                                 .n0 = p->n0 / (bohr * bohr * bohr) };
  element.gamma1 = gamma_sum (potential, element.s0, element.eta2);
  element.gamma2 = gamma_sum (potential, element.s0, element.kappa / EMT_BETA);
  return element;
}

/* One cutoff for all metals, between the third and the fourth shell of the largest. */
void
emt_potential_prepare (struct emt_potential *potential)
{
  double largest = 0;
  for (int i = 0; i < EMT_METALS; i++)
    largest = fmax (largest, emt_table[i].s0 * bohr);
  potential->radius = EMT_BETA * largest * 0.5 * (sqrt (3) + sqrt (4));
  double end = potential->radius * 2 * sqrt (4) / (sqrt (3) + sqrt (4));
  potential->slope = log (9999.0) / (end - potential->radius);
  potential->cutoff = potential->radius + emt_cutoff_margin;
  for (int i = 0; i < EMT_METALS; i++)
    potential->elements[i] = prepare_element (potential, &emt_table[i]);
}
