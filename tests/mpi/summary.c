/* summary.c: ranks that call different functions; for summary.sh.
   SPDX-License-Identifier: BSD-2-Clause

   summary CALLS [alone]: each rank but rank 0 makes so many calls of `quick`, of 4 different arguments; all ranks make one of `once`. ALONE:
   ranks do not attach. */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache_mpi.h>
#include <stdio.h>
#include <stdlib.h>

HASHCACHE int
quick (int n)
{
  return n + 1;
}

HASHCACHE int
once (int n)
{
  return 2 * n;
}

int
main (int argc, char **argv)
{
  const int calls = argc > 1 ? atoi (argv[1]) : 0;
  int rank = 0, wrong;

  MPI_Init (&argc, &argv);
  MPI_Comm_rank (MPI_COMM_WORLD, &rank);
  if (argc < 3 && hashcache_mpi_attach (MPI_COMM_WORLD) != HASHCACHE_OK)
    return 1;
  wrong = once (21) != 42;
  for (int i = 0; i < calls && rank > 0; i++)
    wrong |= quick (i % 4) != i % 4 + 1;
  MPI_Finalize ();
  return wrong;
}
