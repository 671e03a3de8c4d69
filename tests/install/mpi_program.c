/* mpi_program.c: a user's MPI program outside hashcache's tree: all ranks need the same results at the same time.
   SPDX-License-Identifier: BSD-2-Clause */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache_mpi.h>
#include <stdio.h>

HASHCACHE static double
harmonic (int n)
{
  double sum = 0.0;
  for (int i = n; i > 0; i--)
    sum += 1.0 / i;
  return sum;
}

int
main (int argc, char *argv[])
{
  double own = 0.0, all = 0.0;
  int attached;
  MPI_Init (&argc, &argv);
  attached = hashcache_mpi_attach (MPI_COMM_WORLD);
  if (attached != HASHCACHE_OK)
    fprintf (stderr, "%s\n", hashcache_strerror (attached));
  for (int i = 0; i < 5; i++)
    own += harmonic (1000 + i);
  MPI_Reduce (&own, &all, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
  int rank;
  MPI_Comm_rank (MPI_COMM_WORLD, &rank);
  if (rank == 0)
    printf ("%.17g\n", all);
  MPI_Finalize ();
  return attached != HASHCACHE_OK;
}
