/* emt.c: the EMT energy of a crystal, with its derivatives.
   SPDX-License-Identifier: BSD-2-Clause

   Jacobsen, Stoltze, Norskov, Surface Science 366, 394 (1996), in the form of ASE's calculator. With r the distance from atom i
   to its neighbour j, theta the smooth cutoff and chi = n0_j / n0_i:

     y_ij     = V0_i / 2 exp (-kappa_j (r / beta - s0_j)) chi theta (r) / gamma2_i      pair energy
     sigma_ij = exp (-eta2_j (r - beta s0_j)) chi theta (r) / gamma1_i                  density at i due to j
     sigma_i  = sum over j of sigma_ij
     ds       = -log (sigma_i / 12) / (beta eta2_i)                                     neutral-sphere radius minus s0
     E_i      = E0 ((1 + x) exp (-x) - 1) + 6 V0 exp (-kappa ds) - sum over j of y_ij   with x = lambda ds

   First all densities are summed up; then each atom's energy in its density follows, with the derivative by sigma_i; then the
   forces and the stress, which are the derivatives of the sum of all E_i by the positions and, per volume, by the strain.
   Every sum runs in an order that only the crystal decides. */
#include "allocate.h"
#include "neighbors.h"
#include "potential.h"
#include <assert.h>
#include <math.h>

/* What a pair of atoms contributes to the first one, and its derivative by the distance. */
struct term {
  double value, slope;
};

/* Of each atom. */
struct atoms {
  const struct emt_element **element;
  double *sigma;     /* density                                    */
  double *embedding; /* derivative of the atom's energy by sigma */
};

static struct term
pair_energy (const struct emt_element *i, const struct emt_element *j, double r, double theta, double steepness)
{
  double y = 0.5 * i->V0 * exp (-j->kappa * (r / EMT_BETA - j->s0)) * (j->n0 / i->n0) / i->gamma2 * theta;
  return (struct term){ y, -y * (j->kappa / EMT_BETA + steepness) };
}

static struct term
pair_density (const struct emt_element *i, const struct emt_element *j, double r, double theta, double steepness)
{
  double sigma = exp (-j->eta2 * (r - EMT_BETA * j->s0)) * (j->n0 / i->n0) * theta / i->gamma1;
  return (struct term){ sigma, -sigma * (j->eta2 + steepness) };
}

/* Minus the logarithmic derivative of the smooth cutoff whose value is THETA. */
static double
cutoff_steepness (const struct emt_potential *potential, double theta)
{
  return potential->slope * (1 - theta);
}

static double
length (const double d[3])
{
  return sqrt (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}

/* Sums the density at atom I and the pair energies, which it puts into *ENERGY. */
static void
sum_pairs (const struct crystal *crystal, const struct emt_potential *potential, const struct neighbor_cache *neighbors,
           struct atoms *atoms, int i, double *energy)
{
  double sigma = 0, pairs = 0;
  for (size_t k = neighbors->first[i]; k < neighbors->first[i + 1]; k++) {
    const struct neighbor *neighbor = &neighbors->list[k];
    const struct emt_element *own = atoms->element[i], *other = atoms->element[neighbor->atom];
    double d[3];
    neighbor_displacement (crystal, i, neighbor, d);
    double r = length (d);
    double theta = emt_smooth_cutoff (potential, r);
    double steepness = cutoff_steepness (potential, theta);
    pairs += pair_energy (own, other, r, theta, steepness).value;
    sigma += pair_density (own, other, r, theta, steepness).value;
  }
  atoms->sigma[i] = sigma;
  *energy = -pairs;
}

/* Adds the energy that atom I has in the density of the others. Without any, the limit: an atom alone has -E0. */
static void
embed (struct atoms *atoms, int i, double *energy)
{
  const struct emt_element *own = atoms->element[i];
  double sigma = atoms->sigma[i];
  if (!(sigma > 0)) {
    atoms->embedding[i] = 0;
    *energy -= own->E0;
    return;
  }
  double ds = -log (sigma / 12) / (EMT_BETA * own->eta2);
  double x = own->lambda * ds, y = exp (-x), z = 6 * own->V0 * exp (-own->kappa * ds);
  atoms->embedding[i] = (x * y * own->E0 * own->lambda + own->kappa * z) / (sigma * EMT_BETA * own->eta2);
  *energy += own->E0 * ((1 + x) * y - 1) + z;
}

/* Derivative by their distance R of the energy of all pairs and embeddings that atoms I and J have with each other. */
static double
pull (const struct emt_potential *potential, const struct atoms *atoms, int i, int j, double r)
{
  const struct emt_element *a = atoms->element[i], *b = atoms->element[j];
  double theta = emt_smooth_cutoff (potential, r), steepness = cutoff_steepness (potential, theta);
  double pairs = -pair_energy (a, b, r, theta, steepness).slope - pair_energy (b, a, r, theta, steepness).slope;
  return pairs + atoms->embedding[i] * pair_density (a, b, r, theta, steepness).slope
         + atoms->embedding[j] * pair_density (b, a, r, theta, steepness).slope;
}

/* The FORCE on atom I; adds its half of each pair's virial to VIRIAL. */
static void
sum_forces (const struct crystal *crystal, const struct emt_potential *potential, const struct neighbor_cache *neighbors,
            const struct atoms *atoms, int i, double force[3], double virial[6])
{
  static const int voigt[6][2] = { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 1, 2 }, { 0, 2 }, { 0, 1 } };
  force[0] = force[1] = force[2] = 0;
  for (size_t k = neighbors->first[i]; k < neighbors->first[i + 1]; k++) {
    const struct neighbor *neighbor = &neighbors->list[k];
    double d[3];
    neighbor_displacement (crystal, i, neighbor, d);
    double r = length (d);
    double scale = pull (potential, atoms, i, neighbor->atom, r) / r;
    for (int c = 0; c < 3; c++)
      force[c] += scale * d[c];
    for (int c = 0; c < 6; c++)
      virial[c] += 0.5 * scale * d[voigt[c][0]] * d[voigt[c][1]];
  }
}

static bool
has_energy (const struct crystal *crystal)
{
  for (int i = 0; i < crystal->n; i++) {
    if (emt_index (crystal->numbers[i]) < 0)
      return false;
    for (int k = 0; k < 3; k++)
      if (!(fabs (crystal->positions[i][k]) <= 1e6))
        return false;
  }
  if (!crystal->periodic)
    return true;
  double heights[3];
  neighbors_heights (crystal->cell, heights);
  for (int k = 0; k < 3; k++)
    if (!(heights[k] >= 0.1 && heights[k] <= 1e6))
      return false;
  return true;
}

static double
fill_with_nan (int n, double *energies, double (*forces)[3], double stress[6])
{
  for (int i = 0; i < n; i++)
    energies[i] = forces[i][0] = forces[i][1] = forces[i][2] = NAN;
  for (int c = 0; c < 6; c++)
    stress[c] = NAN;
  return NAN;
}

/* All sums, with the list of neighbours in SCRATCH. */
static double
energy_and_derivatives (const struct crystal *crystal, struct neighbor_cache *scratch, struct atoms *atoms, double *energies,
                        double (*forces)[3], double stress[6])
{
  struct emt_potential potential;
  emt_potential_prepare (&potential);
  neighbors_find (crystal, potential.cutoff, scratch);
  for (int i = 0; i < crystal->n; i++)
    atoms->element[i] = &potential.elements[emt_index (crystal->numbers[i])];

  double total = 0, virial[6] = { 0 };
  for (int i = 0; i < crystal->n; i++) {
    sum_pairs (crystal, &potential, scratch, atoms, i, &energies[i]);
    embed (atoms, i, &energies[i]);
    total += energies[i];
  }
  for (int i = 0; i < crystal->n; i++)
    sum_forces (crystal, &potential, scratch, atoms, i, forces[i], virial);
  for (int c = 0; c < 6; c++)
    stress[c] = crystal->periodic ? virial[c] / crystal_volume (crystal) : 0;
  return total;
}

double
emt_energy (const struct crystal *crystal, double energies[crystal->n], double forces[crystal->n][3], double stress[6])
{
  assert (crystal->n > 0);
  if (!has_energy (crystal))
    return fill_with_nan (crystal->n, energies, forces, stress);

  int n = crystal->n;
  struct atoms atoms;
  atoms.element = allocate (n, sizeof *atoms.element);
  atoms.sigma = allocate (n, sizeof *atoms.sigma);
  atoms.embedding = allocate (n, sizeof *atoms.embedding);
  struct neighbor_cache own = { .n = 0 };
  struct neighbor_cache *scratch = crystal->scratch != NULL ? crystal->scratch : &own;
  double total = energy_and_derivatives (crystal, scratch, &atoms, energies, forces, stress);
  neighbors_free (&own);
  free (atoms.element);
  free (atoms.sigma);
  free (atoms.embedding);
  return total;
}
