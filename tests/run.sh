#!/bin/sh
# run.sh: builds hashcache and runs all its tests: sh tests/run.sh [OPTIONS OF ctest]
# SPDX-License-Identifier: BSD-2-Clause
#
# Three builds: the default compiler, the same with the address and undefined-behaviour sanitizers, and GCC 11 where it is to be
# had. One run of CTest over all of them, whose summary ends the output; the exit status is CTest's. Where to build: see
# cmake/build.sh.
set -u

source=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 1
. "$source/cmake/build.sh"
. "$source/cmake/mpi.sh"
unset CXX CFLAGS CXXFLAGS CPPFLAGS LDFLAGS DESTDIR

sh "$source/cmake/setup.sh" tests || exit 1
choose_build_root
presets='default sanitize'
if command -v gcc-11 >/dev/null 2>&1; then
  presets="$presets gcc-11"
else
  echo "No gcc-11 for this system: the plugin is tested with the default compiler only"
fi

# A directory that only names the others makes them one set of tests.
all=$build_root/all
mkdir -p "$all" && : >"$all/CTestTestfile.cmake" || exit 1
for preset in $presets; do
  build_preset $preset || exit 1
  printf 'subdirs ([==[%s]==])\n' "$build_root/$preset" >>"$all/CTestTestfile.cmake"
done

exec ctest --test-dir "$all" --output-on-failure --parallel "$(processors)" "$@"
