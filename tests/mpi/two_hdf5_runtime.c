/* two_hdf5_runtime.c: the runtime of two_hdf5.c, compiled with the headers of serial HDF5.
   SPDX-License-Identifier: BSD-2-Clause */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache_mpi.h>

#include <hdf5.h>

#ifdef H5_HAVE_PARALLEL
#error "this file needs the headers of serial HDF5"
#endif

int attach_all_ranks (void);

int
attach_all_ranks (void)
{
  return hashcache_mpi_attach (MPI_COMM_WORLD);
}
