/* emt_print.c: prints what emt_energy makes of a crystal on standard input, for a comparison with other programs.
   SPDX-License-Identifier: BSD-2-Clause

   Input: number of atoms, 1 or 0 for periodic or not, nine numbers for the cell, then an atomic number and a position for
   each atom. Output: energy, energies, forces, stress, one number a line, with all digits. Built without the plugin: this
   checks the calculation, not the cache. */
#include "emt.h"
#include <stdio.h>
#include <stdlib.h>

static void
give_up (const char *what)
{
  fprintf (stderr, "emt_print: cannot read %s\n", what);
  exit (1);
}

static void
read_doubles (int n, double *values, const char *what)
{
  for (int i = 0; i < n; i++)
    if (scanf ("%lf", &values[i]) != 1)
      give_up (what);
}

static void
print_doubles (int n, const double *values)
{
  for (int i = 0; i < n; i++)
    printf ("%.17g\n", values[i]);
}

static struct crystal
read_crystal (void)
{
  struct crystal crystal = { .n = 0 };
  int periodic;
  if (scanf ("%d %d", &crystal.n, &periodic) != 2 || crystal.n < 1 || crystal.n > 100000)
    give_up ("the number of atoms");
  crystal.periodic = periodic != 0;
  read_doubles (9, crystal.cell[0], "the cell");
  crystal.positions = calloc (crystal.n, sizeof *crystal.positions);
  crystal.numbers = calloc (crystal.n, sizeof *crystal.numbers);
  if (!crystal.positions || !crystal.numbers)
    give_up ("so many atoms");
  for (int i = 0; i < crystal.n; i++) {
    if (scanf ("%d", &crystal.numbers[i]) != 1)
      give_up ("an atomic number");
    read_doubles (3, crystal.positions[i], "a position");
  }
  return crystal;
}

int
main (void)
{
  struct crystal crystal = read_crystal ();
  double *energies = calloc (crystal.n, sizeof *energies);
  double (*forces)[3] = calloc (crystal.n, sizeof *forces);
  double stress[6];
  if (!energies || !forces)
    give_up ("so many atoms");
  double energy = emt_energy (&crystal, energies, forces, stress);
  print_doubles (1, &energy);
  print_doubles (crystal.n, energies);
  print_doubles (3 * crystal.n, forces[0]);
  print_doubles (6, stress);
  free (energies);
  free (forces);
  crystal_free (&crystal);
  return 0;
}
