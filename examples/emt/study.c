/* study.c: the points of the two studies, and the conclusions.
   SPDX-License-Identifier: BSD-2-Clause */
#include "study.h"
#include "allocate.h"
#include "fit.h"
#include <math.h>

static const double GPa = 160.21766208; /* in one eV/angstrom^3 */

/* Lattice constants to start from, in the order of emt_table; angstrom. */
static const double measured[EMT_METALS] = { 4.05, 3.61, 4.09, 4.08, 3.52, 3.89, 3.92 };

/* Both studies stretch a lattice by so many halves of a percent, from -10 to 10. */
static double
stretched (double a, int halves)
{
  return a * (200 + halves) / 200;
}

/* Point 3 k is a lattice constant, 3 k + 1 the strain that is the same crystal, 3 k + 2 the lattice constant half-way to the
   next strain. */
static int
point_halves (int point)
{
  return 2 * (point / 3) + (point % 3 == 2) - 10;
}

static bool
is_strain (int point)
{
  return point % 3 == 1;
}

struct crystal
study_crystal (int metal, int point, int cells)
{
  return crystal_fcc (emt_table[metal].number, stretched (measured[metal], point_halves (point)), cells);
}

/* FNV-1a, 64 bits. */
static uint64_t
add_to_digest (uint64_t digest, const void *data, size_t size)
{
  const unsigned char *bytes = data;
  for (size_t i = 0; i < size; i++)
    digest = (digest ^ bytes[i]) * UINT64_C (0x100000001b3);
  return digest;
}

static const uint64_t empty_digest = UINT64_C (0xcbf29ce484222325);

bool
study_ask (const struct crystal *crystal, bool wait, struct answer *answer)
{
  size_t n = crystal->n;
  double *energies = allocate (n, sizeof *energies);
  double (*forces)[3] = allocate (n, sizeof *forces);
  double stress[6];
  bool may_ask = wait || !HASHCACHE_BUSY (emt_energy (crystal, energies, forces, stress));
  if (may_ask) {
    double energy = emt_energy (crystal, energies, forces, stress);
    uint64_t digest = add_to_digest (empty_digest, &energy, sizeof energy);
    digest = add_to_digest (digest, energies, n * sizeof *energies);
    digest = add_to_digest (digest, forces, n * sizeof *forces);
    digest = add_to_digest (digest, stress, sizeof stress);
    *answer = (struct answer){ energy / crystal->n, -(stress[0] + stress[1] + stress[2]) / 3, digest };
  }
  free (energies);
  free (forces);
  return may_ask;
}

static double
atomic_volume (double a)
{
  return a * a * a / 4;
}

static struct equilibrium
conclude_energies (int metal, const struct answer answers[STUDY_POINTS])
{
  double volumes[STUDY_CONSTANTS], energies[STUDY_CONSTANTS];
  int n = 0;
  for (int point = 0; point < STUDY_POINTS; point++)
    if (!is_strain (point)) {
      volumes[n] = atomic_volume (stretched (measured[metal], point_halves (point)));
      energies[n++] = answers[point].energy;
    }
  return fit_energies (n, volumes, energies);
}

static struct equilibrium
conclude_pressures (int metal, const struct answer answers[STUDY_POINTS])
{
  double strains[STUDY_STRAINS], pressures[STUDY_STRAINS];
  int n = 0;
  for (int point = 0; point < STUDY_POINTS; point++)
    if (is_strain (point)) {
      strains[n] = point_halves (point) / 200.0;
      pressures[n++] = answers[point].pressure;
    }
  return fit_pressures (n, strains, pressures, atomic_volume (measured[metal]));
}

/* An atom alone has -E0 in this potential. */
struct metal_result
study_conclude (int metal, const struct answer answers[STUDY_POINTS])
{
  struct equilibrium e = conclude_energies (metal, answers), p = conclude_pressures (metal, answers);
  struct metal_result result = { { cbrt (4 * e.volume), -emt_table[metal].E0 - e.energy, e.bulk_modulus * GPa },
                                 { cbrt (4 * p.volume), NAN, p.bulk_modulus * GPa },
                                 empty_digest };
  for (int point = 0; point < STUDY_POINTS; point++)
    result.digest = add_to_digest (result.digest, &answers[point].digest, sizeof answers[point].digest);
  result.digest = add_to_digest (result.digest, &result.from_energies, sizeof result.from_energies);
  result.digest = add_to_digest (result.digest, &result.from_pressures, sizeof result.from_pressures);
  return result;
}
