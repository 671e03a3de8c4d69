/* hashcache_mpi.h: ranks of an MPI program that know of each other's computations.
   SPDX-License-Identifier: BSD-2-Clause

     #define HASHCACHE_IMPLEMENTATION // in one C file of the program
     #include <hashcache_mpi.h>       // includes hashcache.h and mpi.h

     MPI_Init (&argc, &argv);
     hashcache_mpi_attach (MPI_COMM_WORLD);

   Without this header the ranks of a program are processes like any others: of those that miss the same entry one computes it, by locks
   in the cache directory. Attached, the ranks of a node agree in memory that they share, so that only one of them for each key asks
   the file system; ranks on different nodes have tried whether the file system's locks exclude between them; and at MPI_Finalize there
   is one summary for the whole job. docs/claims.md tells how.

   Works with any MPI that has MPI-3 shared memory; tested with Open MPI and MPICH. The C file that defines HASHCACHE_IMPLEMENTATION
   must include this header, not hashcache.h alone, or hashcache_mpi_attach is missing at link time. */
#ifndef HASHCACHE_MPI_H
#define HASHCACHE_MPI_H

#include <hashcache.h>
#include <mpi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Attaches the ranks of COMM to each other. Collective over COMM, after MPI_Init or MPI_Init_thread and before MPI_Finalize; any level of
   thread support; a thread calls it while no other thread of the process does. COMM is any intracommunicator; it is duplicated, and
   may be freed afterwards. Calls of marked functions may be under way in other threads.

   May be called again, with the same ranks or others: the latest attachment is the one in use. All end by themselves when MPI_Finalize
   begins, latest first; what is called after that is cached as in a serial program.

   Takes some 10 ms, and at most about 10 s where the file system's locks do not answer. Ranks of different nodes should have the same
   HASHCACHE_DIR on a file system that they share; if they have not, the summary says so, and each node has a cache of its own.

   Returns HASHCACHE_OK; HASHCACHE_BAD_ARGUMENT if COMM is MPI_COMM_NULL or an intercommunicator; HASHCACHE_MPI_FAILED if MPI is not
   initialised, is finalised already, or one of its functions failed: the ranks then are processes like any others, and the program may go
   on. The result is the same on all ranks, except where MPI itself fails on some. */
int hashcache_mpi_attach (MPI_Comm comm);

#ifdef __cplusplus
}
#endif

#endif

/* Outside the guard, as in hashcache.h. */
#if defined HASHCACHE_IMPLEMENTATION && !defined HASHCACHE_MPI_IMPLEMENTATION_H
#include "hashcache_mpi/implementation.h"
#endif
