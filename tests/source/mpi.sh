#!/bin/sh
# mpi.sh: promise: only mpi/ calls MPI; the runtime of a serial program has no trace of it.
# SPDX-License-Identifier: BSD-2-Clause
#
# sh mpi.sh SOURCE
set -u
cd "$1" || exit 1
traces=$(grep -rnE '[<"]mpi\.h|\bMPI_[A-Z][a-z_]+ *\(|\bMPI_(Comm|Win|Aint)\b' include gcc-plugin --include='*.h' --include='*.cc' |
         grep -vE ':[0-9]+:( *\*|.*/\*.*MPI|   |.*")')
if [ -n "$traces" ]; then
  echo "MPI outside of mpi/:" >&2
  echo "$traces" >&2
  exit 1
fi
printf '#define HASHCACHE_IMPLEMENTATION\n#include <hashcache.h>\n' |
  "$TEST_CC" -E -I"$TEST_INCLUDE" $TEST_STORAGE_CFLAGS -x c - | grep -nE '\bP?MPI_[A-Z]|ompi_|MPIR_' | grep -v '"' && exit 1
exit 0
