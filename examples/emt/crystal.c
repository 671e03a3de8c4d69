/* crystal.c: makes face-centred cubic crystals.
   SPDX-License-Identifier: BSD-2-Clause */
#include "crystal.h"
#include "allocate.h"
#include <assert.h>
#include <math.h>

struct crystal
crystal_fcc (int number, double a, int cells)
{
  static const double basis[4][3] = { { 0, 0, 0 }, { 0, 0.5, 0.5 }, { 0.5, 0, 0.5 }, { 0.5, 0.5, 0 } };
  assert (cells > 0 && a > 0);
  int n = 4 * cells * cells * cells;
  struct crystal crystal = { .n = n, .periodic = true };
  crystal.positions = allocate (n, sizeof *crystal.positions);
  crystal.numbers = allocate (n, sizeof *crystal.numbers);
  for (int k = 0; k < 3; k++)
    crystal.cell[k][k] = cells * a;

  for (int i = 0; i < n; i++) {
    int cube = i / 4;
    const int corner[3] = { cube / (cells * cells), cube / cells % cells, cube % cells };
    for (int k = 0; k < 3; k++)
      crystal.positions[i][k] = (corner[k] + basis[i % 4][k]) * a;
    crystal.numbers[i] = number;
  }
  return crystal;
}

void
crystal_free (struct crystal *crystal)
{
  free (crystal->positions);
  free (crystal->numbers);
  crystal->positions = NULL;
  crystal->numbers = NULL;
}

double
crystal_volume (const struct crystal *crystal)
{
  const double (*c)[3] = crystal->cell;
  return fabs (c[0][0] * (c[1][1] * c[2][2] - c[1][2] * c[2][1]) + c[0][1] * (c[1][2] * c[2][0] - c[1][0] * c[2][2])
               + c[0][2] * (c[1][0] * c[2][1] - c[1][1] * c[2][0]));
}
