/* finalize.c: lets MPI_Finalize of MPICH over UCX come to its end.
   SPDX-License-Identifier: BSD-2-Clause

   MPICH 4.0 disconnects its ranks one after the other, each waiting for an answer of the other side, which may sit in a barrier of the
   launcher by then and answer nobody: over TCP most programs on several nodes never end. It calls this function instead of UCX's and
   is told that the connection is closed already; the end of the process closes it. Ranks that have met in the detachment of
   hashcache_mpi.h, or in a barrier, have nothing left to say to each other. Linked into
   programs of MPICH only. */
void *ucp_disconnect_nb (void *endpoint);

void *
ucp_disconnect_nb (void *endpoint)
{
  (void) endpoint;
  return 0;
}
