/* test_emt.c: the EMT example calculates what it promises, and what it holds on to never shows in a result.
   SPDX-License-Identifier: BSD-2-Clause

   The check value, derivatives against finite differences for all metals, symmetries of the crystal, scratch, globals. Compiled
   with -fplugin=hashcache it asks the same of cached calls, in a cache directory of its own, and checks the counters too. */
#define _GNU_SOURCE
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "allocate.h"
#include "neighbors.h"
#include "potential.h"
#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#if defined __has_attribute
#if __has_attribute(hashcache)
#define WITH_PLUGIN 1
#endif
#endif

enum { MAX_ATOMS = 864 };

struct result {
  int n;
  double energy, stress[6], energies[MAX_ATOMS], forces[MAX_ATOMS][3];
};

static void
ask (const struct crystal *crystal, struct result *result)
{
  assert_in_range (crystal->n, 1, MAX_ATOMS);
  memset (result, 0, sizeof *result);
  result->n = crystal->n;
  result->energy = emt_energy (crystal, result->energies, result->forces, result->stress);
}

static double
energy_of (const struct crystal *crystal)
{
  struct result result;
  ask (crystal, &result);
  return result.energy;
}

static void
assert_close (double a, double b, double tolerance)
{
  if (!(fabs (a - b) <= tolerance))
    fail_msg ("%.17g and %.17g differ by more than %g", a, b, tolerance);
}

static void
assert_same (const struct result *a, const struct result *b)
{
  assert_memory_equal (a, b, sizeof *a);
}

/* From -1 to 1; the same series for the same seed everywhere. */
static double
noise (unsigned *seed)
{
  *seed = *seed * 1664525u + 1013904223u;
  return *seed / 2147483648.0 - 1;
}

static struct crystal
disturbed (int number, double a, int cells, unsigned seed)
{
  struct crystal crystal = crystal_fcc (number, a, cells);
  for (int i = 0; i < crystal.n; i++)
    for (int k = 0; k < 3; k++)
      crystal.positions[i][k] += 0.05 * a * noise (&seed);
  return crystal;
}

static struct crystal
copy_of (const struct crystal *crystal)
{
  struct crystal copy = *crystal;
  copy.positions = allocate (crystal->n, sizeof *copy.positions);
  copy.numbers = allocate (crystal->n, sizeof *copy.numbers);
  memcpy (copy.positions, crystal->positions, crystal->n * sizeof *copy.positions);
  memcpy (copy.numbers, crystal->numbers, crystal->n * sizeof *copy.numbers);
  return copy;
}

/* x becomes x + strain x, for the atoms and the lattice vectors. */
static struct crystal
strained (const struct crystal *crystal, double strain[3][3])
{
  struct crystal copy = copy_of (crystal);
  for (int k = 0; k < 3; k++)
    for (int l = 0; l < 3; l++) {
      for (int v = 0; v < 3; v++)
        copy.cell[v][k] += strain[k][l] * crystal->cell[v][l];
      for (int i = 0; i < crystal->n; i++)
        copy.positions[i][k] += strain[k][l] * crystal->positions[i][l];
    }
  return copy;
}

static const struct metal {
  int number;
  double a;
} metals[EMT_METALS] = { { 13, 4.05 }, { 29, 3.61 }, { 47, 4.09 }, { 79, 4.08 }, { 28, 3.52 }, { 46, 3.89 }, { 78, 3.92 } };

/* The check value ---------------------------------------------------------------------------------------------------- */

static const double palladium = 0.0003422625372841992; /* eV, fcc Pd at 3.89 angstrom */

static struct crystal
primitive_fcc (int number, double a, double (*positions)[3], int *numbers)
{
  struct crystal crystal = { .n = 1, .positions = positions, .numbers = numbers, .periodic = true };
  numbers[0] = number;
  for (int k = 0; k < 3; k++)
    for (int l = 0; l < 3; l++)
      crystal.cell[k][l] = k == l ? 0 : a / 2;
  return crystal;
}

static void
one_atom_of_palladium_has_the_known_energy (void **state)
{
  (void) state;
  double position[1][3] = { { 0, 0, 0 } };
  int number[1];
  struct crystal crystal = primitive_fcc (46, 3.89, position, number);
  struct result result;
  ask (&crystal, &result);
  assert_close (result.energy, palladium, 1e-12);
  assert_close (result.energies[0], palladium, 1e-12);
  for (int k = 0; k < 3; k++)
    assert_close (result.forces[0][k], 0, 1e-12);
  for (int c = 3; c < 6; c++)
    assert_close (result.stress[c], 0, 1e-12);
  assert_close (result.stress[0], result.stress[1], 1e-12);
  assert_close (result.stress[0], result.stress[2], 1e-12);
}

/* Far from where it is in the cell, and as a supercell, in which the search works with many bins. */
static void
the_way_a_crystal_is_written_down_does_not_matter (void **state)
{
  (void) state;
  double position[1][3] = { { 123.4, -56.7, 1000.1 } };
  int number[1];
  struct crystal crystal = primitive_fcc (46, 3.89, position, number);
  assert_close (energy_of (&crystal), palladium, 1e-10);
  for (int cells = 1; cells <= 6; cells++) {
    crystal = crystal_fcc (46, 3.89, cells);
    assert_close (energy_of (&crystal) / crystal.n, palladium, 1e-12);
    crystal_free (&crystal);
  }
}

static void
atoms_may_stand_in_any_image_of_the_cell (void **state)
{
  (void) state;
  struct crystal crystal = disturbed (29, 3.61, 3, 5), moved = copy_of (&crystal);
  unsigned seed = 6;
  for (int i = 0; i < moved.n; i++)
    for (int v = 0; v < 3; v++) {
      int images = (int) (4 * noise (&seed));
      for (int k = 0; k < 3; k++)
        moved.positions[i][k] += images * moved.cell[v][k];
    }
  struct result a, b;
  ask (&crystal, &a);
  ask (&moved, &b);
  for (int i = 0; i < crystal.n; i++) {
    assert_close (a.energies[i], b.energies[i], 1e-10);
    for (int k = 0; k < 3; k++)
      assert_close (a.forces[i][k], b.forces[i][k], 1e-10);
  }
  crystal_free (&crystal);
  crystal_free (&moved);
}

/* Derivatives -------------------------------------------------------------------------------------------------------- */

static size_t
pairs_within (const struct crystal *crystal, double cutoff)
{
  struct neighbor_cache cache = { .n = 0 };
  neighbors_find (crystal, cutoff, &cache);
  size_t pairs = cache.first[crystal->n];
  neighbors_free (&cache);
  return pairs;
}

/* At the end of the list the energy of a pair goes from some 1e-10 eV to nothing in one step, which has no derivative. So a
   crystal to be differentiated has no pair so close to the cutoff that a small displacement takes it across. */
static struct crystal
differentiable (int number, double a, unsigned seed)
{
  const double away = 1e-3;
  struct emt_potential potential;
  emt_potential_prepare (&potential);
  for (;; seed += 100) {
    struct crystal crystal = disturbed (number, a, 2, seed);
    if (pairs_within (&crystal, potential.cutoff - away) == pairs_within (&crystal, potential.cutoff + away))
      return crystal;
    crystal_free (&crystal);
  }
}

static double
energy_with_shift (struct crystal *crystal, int i, int k, double shift)
{
  double before = crystal->positions[i][k];
  crystal->positions[i][k] += shift;
  double energy = energy_of (crystal);
  crystal->positions[i][k] = before;
  return energy;
}

static void
check_forces (struct crystal *crystal)
{
  const double h = 1e-4;
  struct result result;
  ask (crystal, &result);
  double sum[3] = { 0 }, largest = 0;
  for (int i = 0; i < crystal->n; i++)
    for (int k = 0; k < 3; k++) {
      double slope = (energy_with_shift (crystal, i, k, h) - energy_with_shift (crystal, i, k, -h)) / (2 * h);
      assert_close (result.forces[i][k], -slope, 1e-6);
      largest = fmax (largest, fabs (slope));
      sum[k] += result.forces[i][k];
    }
  assert_true (largest > 0.1);
  for (int k = 0; k < 3; k++)
    assert_close (sum[k], 0, 1e-10);
}

static void
forces_are_derivatives (void **state)
{
  (void) state;
  for (int m = 0; m < EMT_METALS; m++) {
    struct crystal crystal = differentiable (metals[m].number, metals[m].a, 10 + m);
    assert_int_equal (crystal.n, 32);
    check_forces (&crystal);
    crystal_free (&crystal);
  }
}

static void
forces_are_derivatives_in_alloys_and_clusters (void **state)
{
  (void) state;
  struct crystal crystal = differentiable (79, 3.9, 20);
  for (int i = 0; i < crystal.n; i += 3)
    crystal.numbers[i] = metals[i % EMT_METALS].number;
  check_forces (&crystal);
  crystal.periodic = false;
  check_forces (&crystal);
  crystal_free (&crystal);
}

static double
energy_with_strain (const struct crystal *crystal, int k, int l, double amount)
{
  double strain[3][3] = { { 0 } };
  strain[k][l] += amount / 2;
  strain[l][k] += amount / 2;
  struct crystal copy = strained (crystal, strain);
  double energy = energy_of (&copy);
  crystal_free (&copy);
  return energy;
}

static void
stress_is_the_derivative_by_strain (void **state)
{
  (void) state;
  static const int voigt[6][2] = { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 1, 2 }, { 0, 2 }, { 0, 1 } };
  const double h = 1e-5;
  for (int m = 0; m < EMT_METALS; m++) {
    struct crystal crystal = differentiable (metals[m].number, metals[m].a, 30 + m);
    struct result result;
    ask (&crystal, &result);
    for (int c = 0; c < 6; c++) {
      int k = voigt[c][0], l = voigt[c][1];
      double slope = (energy_with_strain (&crystal, k, l, h) - energy_with_strain (&crystal, k, l, -h)) / (2 * h);
      assert_close (result.stress[c], slope / crystal_volume (&crystal), 1e-6);
    }
    crystal_free (&crystal);
  }
}

static void
energies_sum_to_the_total (void **state)
{
  (void) state;
  for (int m = 0; m < EMT_METALS; m++) {
    struct crystal crystal = disturbed (metals[m].number, metals[m].a, 3, 40 + m);
    struct result result;
    ask (&crystal, &result);
    double sum = 0;
    for (int i = 0; i < crystal.n; i++)
      sum += result.energies[i];
    assert_close (sum, result.energy, 1e-10);
    crystal_free (&crystal);
  }
}

/* Edges -------------------------------------------------------------------------------------------------------------- */

static void
an_atom_alone_has_its_cohesive_energy (void **state)
{
  (void) state;
  for (int m = 0; m < EMT_METALS; m++) {
    double position[1][3] = { { 1, 2, 3 } };
    int number[1] = { metals[m].number };
    struct crystal crystal = { .n = 1, .positions = position, .numbers = number };
    struct result result;
    ask (&crystal, &result);
    assert_true (result.energy == -emt_table[emt_index (metals[m].number)].E0);
    assert_true (result.forces[0][0] == 0 && result.stress[0] == 0);
  }
}

static void
assert_has_no_energy (const struct crystal *crystal)
{
  struct result result;
  ask (crystal, &result);
  assert_true (isnan (result.energy));
  for (int i = 0; i < crystal->n; i++)
    assert_true (isnan (result.energies[i]) && isnan (result.forces[i][0]) && isnan (result.forces[i][2]));
  for (int c = 0; c < 6; c++)
    assert_true (isnan (result.stress[c]));
}

static void
what_has_no_energy_gives_nan (void **state)
{
  (void) state;
  struct crystal crystal = crystal_fcc (46, 3.89, 1);
  crystal.numbers[2] = 26;
  assert_has_no_energy (&crystal);
  crystal.numbers[2] = 46;
  crystal.positions[1][1] = INFINITY;
  assert_has_no_energy (&crystal);
  crystal.positions[1][1] = NAN;
  assert_has_no_energy (&crystal);
  crystal.positions[1][1] = 0;
  memset (crystal.cell[1], 0, sizeof crystal.cell[1]);
  assert_has_no_energy (&crystal);
  crystal_free (&crystal);
}

/* Scratch and globals ------------------------------------------------------------------------------------------------ */

#ifdef WITH_PLUGIN
static struct hashcache_statistics before;
#endif

static void
start_counting (void)
{
#ifdef WITH_PLUGIN
  assert_int_equal (hashcache_stats (&before), 0);
#endif
}

/* So many calls since start_counting, of which so many were computed and the rest found. */
static void
assert_counted (unsigned calls, unsigned computed)
{
#ifdef WITH_PLUGIN
  struct hashcache_statistics now;
  assert_int_equal (hashcache_stats (&now), 0);
  assert_int_equal (now.calls - before.calls, calls);
  assert_int_equal (now.computed - before.computed, computed);
  assert_int_equal (now.hits_memory + now.hits_store - before.hits_memory - before.hits_store, calls - computed);
  assert_int_equal (now.uncached - before.uncached, 0);
  assert_int_equal (now.store_failures - before.store_failures, 0);
#else
  (void) calls;
  (void) computed;
#endif
}

/* No scratch, an empty one, one that holds the list of another crystal, one that holds the right list. */
static void
results_do_not_depend_on_the_scratch (void **state)
{
  (void) state;
  struct crystal crystal = disturbed (28, 3.52, 3, 50), other = disturbed (13, 4.05, 2, 51);
  struct neighbor_cache scratch = { .n = 0 }, used = { .n = 0 };
  struct result without, with;
  start_counting ();
  ask (&crystal, &without);

  crystal.scratch = &scratch;
  ask (&crystal, &with);
  assert_same (&without, &with);

  other.scratch = &used;
  ask (&other, &with);
  crystal.scratch = &used;
  ask (&crystal, &with);
  assert_same (&without, &with);
  ask (&crystal, &with);
  assert_same (&without, &with);
  assert_counted (5, 2);

  neighbors_free (&scratch);
  neighbors_free (&used);
  crystal_free (&crystal);
  crystal_free (&other);
}

static void
the_calculation_writes_the_scratch_and_is_found_again (void **state)
{
  (void) state;
  struct crystal crystal = disturbed (78, 3.92, 2, 52);
  struct neighbor_cache scratch = { .n = 0 };
  crystal.scratch = &scratch;
  struct result first, second;
  start_counting ();
  ask (&crystal, &first);
  assert_int_equal (scratch.searches, 1);
  assert_int_equal (scratch.n, crystal.n);
  ask (&crystal, &second);
  assert_int_equal (scratch.searches, 1);
  assert_same (&first, &second);
  assert_counted (2, 1);
  neighbors_free (&scratch);
  crystal_free (&crystal);
}

/* The list is made again for every change of what it depends on, and for none else. */
static void
the_neighbor_list_follows_the_crystal (void **state)
{
  (void) state;
  struct crystal crystal = disturbed (29, 3.61, 2, 53);
  struct neighbor_cache scratch = { .n = 0 };
  neighbors_find (&crystal, 5, &scratch);
  neighbors_find (&crystal, 5, &scratch);
  crystal.numbers[0] = 79;
  neighbors_find (&crystal, 5, &scratch);
  assert_int_equal (scratch.searches, 1);
  crystal.positions[31][2] += 1e-12;
  neighbors_find (&crystal, 5, &scratch);
  assert_int_equal (scratch.searches, 2);
  crystal.cell[2][1] += 1e-12;
  neighbors_find (&crystal, 5, &scratch);
  assert_int_equal (scratch.searches, 3);
  neighbors_find (&crystal, 5.1, &scratch);
  assert_int_equal (scratch.searches, 4);
  crystal.periodic = false;
  neighbors_find (&crystal, 5.1, &scratch);
  assert_int_equal (scratch.searches, 5);
  crystal.n--;
  neighbors_find (&crystal, 5.1, &scratch);
  assert_int_equal (scratch.searches, 6);
  neighbors_free (&scratch);
  crystal.n++;
  crystal_free (&crystal);
}

static void
a_changed_margin_changes_the_result_and_back (void **state)
{
  (void) state;
  struct crystal crystal = disturbed (29, 3.61, 3, 54);
  struct neighbor_cache scratch = { .n = 0 };
  crystal.scratch = &scratch;
  struct result first, changed, fresh, again;
  start_counting ();
  ask (&crystal, &first);
  emt_cutoff_margin = 0.1;
  ask (&crystal, &changed);
  emt_cutoff_margin = 0.5;
  ask (&crystal, &again);
  assert_same (&first, &again);
  assert_true (changed.energy != first.energy);
  assert_close (changed.energy, first.energy, 1e-2);
  assert_counted (3, 2);

  /* The changed one is not only different but right: the same as without any history. */
  crystal.scratch = NULL;
  emt_cutoff_margin = 0.1;
  ask (&crystal, &fresh);
  emt_cutoff_margin = 0.5;
  assert_same (&changed, &fresh);
  assert_counted (4, 2);
  neighbors_free (&scratch);
  crystal_free (&crystal);
}

static void
a_changed_table_changes_the_result_and_back (void **state)
{
  (void) state;
  struct crystal crystal = disturbed (46, 3.89, 2, 55);
  struct emt_parameters *parameters = &emt_table[emt_index (46)];
  struct result first, changed, again;
  start_counting ();
  ask (&crystal, &first);
  parameters->V0 *= 1.01;
  ask (&crystal, &changed);
  parameters->V0 = 2.773;
  ask (&crystal, &again);
  assert_same (&first, &again);
  assert_true (fabs (changed.energy - first.energy) > 1e-3);
  assert_counted (3, 2);
  crystal_free (&crystal);
}

/* -------------------------------------------------------------------------------------------------------------------- */

static char directory[] = "/tmp/test_emt.XXXXXX";

static int
make_directory (void **state)
{
  (void) state;
  return mkdtemp (directory) == NULL || setenv ("HASHCACHE_DIR", directory, 1) != 0;
}

static int
remove_one (const char *path, const struct stat *status, int type, struct FTW *where)
{
  (void) status;
  (void) type;
  (void) where;
  return remove (path);
}

static int
remove_directory (void **state)
{
  (void) state;
  return nftw (directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (what_has_no_energy_gives_nan),
    cmocka_unit_test (an_atom_alone_has_its_cohesive_energy),
    cmocka_unit_test (one_atom_of_palladium_has_the_known_energy),
    cmocka_unit_test (the_way_a_crystal_is_written_down_does_not_matter),
    cmocka_unit_test (atoms_may_stand_in_any_image_of_the_cell),
    cmocka_unit_test (forces_are_derivatives),
    cmocka_unit_test (forces_are_derivatives_in_alloys_and_clusters),
    cmocka_unit_test (stress_is_the_derivative_by_strain),
    cmocka_unit_test (energies_sum_to_the_total),
    cmocka_unit_test (results_do_not_depend_on_the_scratch),
    cmocka_unit_test (the_calculation_writes_the_scratch_and_is_found_again),
    cmocka_unit_test (the_neighbor_list_follows_the_crystal),
    cmocka_unit_test (a_changed_margin_changes_the_result_and_back),
    cmocka_unit_test (a_changed_table_changes_the_result_and_back),
  };
  return cmocka_run_group_tests (tests, make_directory, remove_directory);
}
