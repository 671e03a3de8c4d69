#!/bin/sh
# build.sh: compiles the programs of these tests with one MPI.
# SPDX-License-Identifier: BSD-2-Clause
#
# build.sh DIRECTORY MPI: PROGRAM.MPI for each into DIRECTORY; MPI is openmpi or mpich, whose compiler wrapper is mpicc.MPI. Status 77 if
# there is none.
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
directory=$1
mpi=$2
command -v "mpicc.$mpi" >/dev/null 2>&1 && command -v "mpirun.$mpi" >/dev/null 2>&1 || {
  echo "SKIPPED: no mpicc.$mpi and mpirun.$mpi here" >&2
  exit 77
}
OMPI_CC=$TEST_CC
MPICH_CC=$TEST_CC
export OMPI_CC MPICH_CC
mkdir -p "$directory" || exit 1

# build PROGRAM SOURCE OPTIONS...: under another name first, so that none is ever there by half.
build () {
  program=$1
  shift
  [ "$mpi" = mpich ] && set -- "$@" "$here/finalize.c"
  # shellcheck disable=SC2086
  "mpicc.$mpi" -fplugin="$TEST_PLUGIN" -O2 -Wall -Wextra -Werror -I"$TEST_INCLUDE" -I"$here/../../mpi" $TEST_STORAGE_CFLAGS \
    "$@" -o "$directory/$program.$mpi.new" $TEST_STORAGE_LIBS && mv "$directory/$program.$mpi.new" "$directory/$program.$mpi"
}

build count "$here/count.c" -fopenmp || exit 1
# A board of one bucket: most claims find it full.
build count-small "$here/count.c" -fopenmp '-DHASHCACHE__BOARD_BUCKETS(ranks)=1' || exit 1
build faults "$here/faults.c" || exit 1
build summary "$here/summary.c" || exit 1
$TEST_CC -O2 -Wall -Wextra -Werror -shared -fPIC "$here/late.c" -o "$directory/late.$mpi.so" -ldl || exit 1
build attach "$here/attach.c" -Wl,--wrap=calloc -DHASHCACHE__GIVE_UP=2.0 || exit 1
