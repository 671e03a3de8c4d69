#!/bin/sh
# two_hdf5.sh: a program writes its own files with parallel HDF5, and its results are cached.
# SPDX-License-Identifier: BSD-2-Clause
#
# two_hdf5.sh MPI: builds two_hdf5.c as docs/installing.md says, with the runtime and serial HDF5 in a shared library (apart), and with
# parallel HDF5 for both (one). Status 77 where there is no parallel HDF5 of MPI, openmpi or mpich.
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$here/../../cmake/mpi.sh"
. "$here/launch.sh"
mpi=$1
command -v "mpicc.$mpi" >/dev/null 2>&1 && command -v "mpirun.$mpi" >/dev/null 2>&1 && pkg-config --exists "hdf5-$mpi" 2>/dev/null || {
  echo "SKIPPED: no parallel HDF5 for $mpi here" >&2
  exit 77
}
case $TEST_STORAGE_CFLAGS in
  *serial*) ;;
  *) echo "SKIPPED: the runtime's HDF5 is not the serial one of a distribution that has both" >&2 && exit 77 ;;
esac
OMPI_CC=$TEST_CC
MPICH_CC=$TEST_CC
export OMPI_CC MPICH_CC
scratch
failures=0
parallel_cflags=$(pkg-config --cflags "hdf5-$mpi")
parallel_libs="$(pkg-config --libs-only-L "hdf5-$mpi") -lhdf5"

fail () {
  echo "$mpi: $*" >&2
  failures=$((failures + 1))
}

# compile ARGUMENTS...: with the plugin; options from pkg-config come as words.
compile () {
  "mpicc.$mpi" -fplugin="$TEST_PLUGIN" -O2 -Wall -Wextra -Werror -I"$TEST_INCLUDE" -I"$here/../../mpi" "$@" || exit 1
}

# shellcheck disable=SC2086
{
  compile $parallel_cflags -c "$here/two_hdf5.c" -o "$work/own.o"
  compile $TEST_STORAGE_CFLAGS -fPIC -shared "$here/two_hdf5_runtime.c" -o "$work/libcache.so" $TEST_STORAGE_LIBS
  compile "$work/own.o" -o "$work/apart" -L"$work" -lcache -Wl,-rpath,"$work" $parallel_libs -ldl
  compile $TEST_STORAGE_CFLAGS -c "$here/two_hdf5_runtime.c" -o "$work/runtime.o"
  compile "$work/own.o" "$work/runtime.o" -o "$work/one" $parallel_libs $TEST_STORAGE_LIBS
}

# loads N PROGRAM: it brings N libraries of HDF5 with it.
loads () {
  found=$(ldd "$work/$2" | grep -c '/libhdf5_[a-z]*\.so')
  [ "$found" -eq "$1" ] || fail "$2 is linked with $found libraries of HDF5, not $1"
}

# run PROGRAM LINES: its four ranks compute LINES results, and its file is right.
run () {
  : >"$work/log"
  rm -f "$work/table.h5"
  launch 4 "$work/$1" "$work/log" "$work/table.h5" >"$work/out" 2>&1 || { fail "$1 ended with status $?" && cat "$work/out" >&2; }
  [ "$(wc -l <"$work/log")" -eq "$2" ] || { fail "$1 computed $(wc -l <"$work/log") results, not $2" && cat "$work/out" >&2; }
  h5dump -d /table -s 3,63 -c 1,1 "$work/table.h5" 2>&1 | grep -q '(3,63): 3063' || fail "$1: the table is wrong"
}

HASHCACHE_DIR=$work/cache
export HASHCACHE_DIR
loads 2 apart
run apart 8
run apart 0
for entry in "$work"/cache/objects/*/*.h5; do
  h5dump -H "$entry" >/dev/null 2>&1 || fail "$entry cannot be read"
done
run one 0 # the same entries
rm -rf "$work/cache"
run one 8
run apart 0
exit $((failures > 0))
