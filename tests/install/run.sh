#!/bin/sh
# run.sh: tests of an installed copy: sh run.sh CMAKE BUILD_DIR C_COMPILER CASE [ARGUMENT...]
# SPDX-License-Identifier: BSD-2-Clause
#
# Installs BUILD_DIR into a scratch directory and does with it what a user does. The functions of the cases are at the end, each
# with the promise that it checks.
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd -P)
source=$(CDPATH= cd -- "$here/../.." && pwd -P)
. "$source/cmake/mpi.sh"
cmake=$1
build=$2
cc=$3
case=$4
shift 4
unset DESTDIR HASHCACHE_MODE HASHCACHE_VERBOSE CFLAGS CPPFLAGS LDFLAGS
OMPI_CC=$cc MPICH_CC=$cc OMP_NUM_THREADS=2
export OMPI_CC MPICH_CC OMP_NUM_THREADS

scratch=$(mktemp -d "${TMPDIR:-/tmp}/hashcache-install.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
cd "$scratch" || exit 1
prefix=$scratch/prefix
HASHCACHE_DIR=$scratch/cache
export HASHCACHE_DIR
major=$($cc -dumpversion | cut -d. -f1)

fail () {
  echo "FAILED: $*" >&2
  exit 1
}

# logged COMMAND...: its output is shown if it fails.
logged () {
  "$@" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; fail "$*"; }
}

install_copy () {
  logged "$cmake" --install "$build" --prefix "$prefix"
  package=$(find "$prefix" -name hashcache.pc)
  [ -f "$package" ] || fail "no hashcache.pc below $prefix"
  PKG_CONFIG_PATH=${package%/*}${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
  export PKG_CONFIG_PATH
  plugin=$(pkg-config --variable=plugin hashcache)
  [ -f "$plugin" ] || fail "pkg-config --variable=plugin says '$plugin', and there is no such file"
}

# counter NAME FILE: -1 if the program has left no statistics.
counter () {
  [ -f "$2" ] || { echo -1; return; }
  sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" "$2"
}

# run_program PROGRAM NAME: output to NAME.out, statistics to NAME.stats.
run_program () {
  HASHCACHE_STATS=$scratch/$2.stats "$1" >"$2.out" 2>"$2.err" || { cat "$2.err" >&2; fail "$2: the program failed"; }
}

# cold_and_warm PROGRAM: twice on an empty cache; the first run computes both functions, the second neither, with equal output.
cold_and_warm () {
  rm -rf "$HASHCACHE_DIR"
  run_program "$1" cold
  run_program "$1" warm
  cmp -s cold.out warm.out || fail "cold and warm differ: $(cat cold.out) and $(cat warm.out)"
  [ "$(counter stored cold.stats)" -ge 2 ] || { cat cold.err cold.stats >&2; fail "the cold run did not store its results"; }
  [ "$(counter uncached cold.stats)" -eq 0 ] || { cat cold.err >&2; fail "calls were not cacheable"; }
  [ "$(counter computed warm.stats)" -eq 0 ] || { cat warm.err warm.stats >&2; fail "the warm run computed"; }
  [ "$(counter hits_store warm.stats)" -eq 2 ] || { cat warm.stats >&2; fail "the warm run did not find two results"; }
}

# read_through_hdf5 PROGRAM: what h5repack has written anew of its results is found as well.
read_through_hdf5 () {
  command -v h5repack >/dev/null || { echo "SKIPPED: there is no h5repack here"; return; }
  for entry in "$HASHCACHE_DIR"/objects/*/*.h5; do
    logged h5repack "$entry" "$scratch/repacked.h5"
    mv "$scratch/repacked.h5" "$entry"
  done
  run_program "$1" repacked
  cmp -s cold.out repacked.out || fail "cold and repacked differ: $(cat cold.out) and $(cat repacked.out)"
  [ "$(counter hits_store repacked.stats)" -eq 2 ] || { cat repacked.err repacked.stats >&2; fail "repacked results were not found"; }
}

# The program's output by a build that hashcache has no part in.
check_against_plain () {
  logged $cc -x c -DHASHCACHE= -DHASHCACHE_OUT= -o plain - <<PLAIN
$(grep -v hashcache.h "$here/program.c")
PLAIN
  ./plain >plain.out
  cmp -s plain.out "$1" || fail "$1 is not what the program without hashcache prints: $(cat "$1" plain.out)"
}

# `CC -fplugin=... prog.c $(pkg-config --cflags --libs hashcache)`, with any options, caches.
case_program () {
  compiler=$1
  shift
  [ "$compiler" = cc ] && compiler=$cc
  install_copy
  logged $compiler "$@" "-fplugin=$plugin" "$here/program.c" $(pkg-config --cflags --libs hashcache) -o program
  cold_and_warm ./program
  read_through_hdf5 ./program
  case " $* " in
    *" -Ofast "* | *" -fopenmp "*) ;; # may add in another order
    *) check_against_plain cold.out ;;
  esac
}

# Without the plugin the annotations are empty, and the program is what it was.
case_without_plugin () {
  install_copy
  logged $cc -std=c11 -pedantic -Wall -Wextra -Werror "$here/program.c" $(pkg-config --cflags --libs hashcache) -o program
  run_program ./program plainly
  check_against_plain plainly.out
  [ ! -e "$HASHCACHE_DIR" ] || fail "a program without cached functions made a cache directory"
}

# A program of which no file carries the runtime does not link, and the missing symbol says what to do.
case_missing_implementation () {
  install_copy
  sed '/define HASHCACHE_IMPLEMENTATION/d' "$here/program.c" >program.c
  $cc "-fplugin=$plugin" program.c $(pkg-config --cflags --libs hashcache) -o program 2>errors &&
    fail "linked without HASHCACHE_IMPLEMENTATION"
  grep -q 'one_C_file_must_define_HASHCACHE_IMPLEMENTATION_before_including_hashcache_h' errors ||
    { cat errors >&2; fail "the link error does not say what to do"; }
}

# The file that carries the runtime may be compiled with any standard and warnings, after any system headers.
case_implementing_file () {
  install_copy
  printf '#define HASHCACHE_IMPLEMENTATION\n#include <hashcache.h>\n' >implementation.c
  cat >late.c <<'LATE'
#include <assert.h>
#include <complex.h>
#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>
#include <hashcache.h>
LATE
  warnings='-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes -Werror'
  for file in implementation.c late.c; do
    for options in '-std=c11 -pedantic' '-std=gnu11' '-std=gnu17 -O3' '-std=c11 -D_POSIX_C_SOURCE=200809L' \
                   '-std=c11 -D_XOPEN_SOURCE=600' '-std=gnu11 -D_GNU_SOURCE -D_FORTIFY_SOURCE=2 -O2' \
                   '-std=gnu11 -D_FILE_OFFSET_BITS=64' '-Ofast -march=native' '-funsigned-char -fshort-enums' '-fopenmp -flto' \
                   '-O1 -fsanitize=address,undefined'; do
      logged $cc $options $warnings -c $file $(pkg-config --cflags hashcache) -o implementation.o
    done
    logged mpicc -O2 -c $file $(pkg-config --cflags hashcache) -o implementation.o
    for module in hdf5-serial hdf5-openmpi hdf5-mpich; do
      pkg-config --exists $module || continue
      logged mpicc -O2 $warnings -Wno-undef -c $file "-I$prefix/include" $(pkg-config --cflags $module) -o implementation.o
    done
  done
}

# The plugin exports what GCC asks for, a program's object file what hashcache.h declares and the one symbol of the ABI.
# What HASHCACHE_CONTAINS and its like call is not hidden either.
case_symbols () {
  install_copy
  [ "$(nm -D --defined-only "$plugin" | sed 's/.* //' | sort | tr '\n' ' ')" = 'plugin_init plugin_is_GPL_compatible ' ] ||
    { nm -D --defined-only "$plugin" >&2; fail "the plugin exports something else"; }
  printf '#define HASHCACHE_IMPLEMENTATION\n#include <hashcache.h>\n' >implementation.c
  logged $cc -c implementation.c $(pkg-config --cflags hashcache)
  nm --extern-only --defined-only implementation.o | sed -n 's/.* //p' |
    grep -v -x -e 'hashcache__\(ask\|answer\|answer_key\)' -e 'hashcache_[a-z]\(_\{0,1\}[a-z0-9]\)*' -e 'hashcache__abi[0-9]*_one_C_file_must_define_[A-Za-z_]*' >others
  [ ! -s others ] || { cat others >&2; fail "the runtime exports something else"; }
  nm --extern-only --defined-only implementation.o | grep -q ' hashcache_stats$' || fail "hashcache_stats is not exported"
}

# hashcache.h is clean as C++ as well.
case_from_cxx () {
  install_copy
  printf '#include <hashcache.h>\n#include <hashcache.h>\nint main () { hashcache_statistics s; return hashcache_stats (&s); }\n' >user.cc
  printf '#define HASHCACHE_IMPLEMENTATION\n#include <hashcache.h>\n' >implementation.c
  cxx=$(printf '%s' "$cc" | sed 's/gcc\(-[0-9.]*\)\{0,1\}$/g++\1/; s/\/cc$/\/c++/')
  logged $cc -c implementation.c $(pkg-config --cflags hashcache)
  logged "$cxx" -std=c++17 -Wall -Wextra -pedantic -Wold-style-cast -Werror user.cc implementation.o \
         $(pkg-config --cflags --libs hashcache) -o user
  logged ./user
}

# Installed for the whole system, the plugin is known to the compiler by its name.
case_by_name () {
  directory=$($cc -print-file-name=plugin)
  for system in /usr /usr/local; do
    logged env "DESTDIR=$scratch/system" "$cmake" --install "$build" --prefix $system
    link=$scratch/system$directory/hashcache.so
    [ -h "$link" ] || fail "no link $directory/hashcache.so for the prefix $system"
    target=$(readlink "$link")
    case $target in
      $system/*/hashcache/gcc-"$major"/hashcache.so) ;;
      *) fail "the link leads to $target" ;;
    esac
    [ -f "$scratch/system$target" ] || fail "the link leads nowhere: $target"
    rm "$link"
    cp "$scratch/system$target" "$link" # the link itself leads out of the scratch directory
    printf 'int x;\n' >file.c
    logged $cc "-iplugindir=$scratch/system$directory" -fplugin=hashcache -c file.c
    rm -rf "$scratch/system"
  done
  logged "$cmake" --install "$build" --prefix "$prefix"
  [ ! -e "$prefix$directory" ] || fail "a link was made for a private prefix"
}

# HASHCACHE_PLUGIN_DIR is obeyed, and pkg-config and find_package know of it.
case_chosen_plugin_dir () {
  chosen=$scratch/chosen
  logged "$cmake" -S "$source" -B configured "-DCMAKE_C_COMPILER=$cc" "-DHASHCACHE_PLUGIN_DIR=$chosen" \
         -DHASHCACHE_TESTS=OFF -DHASHCACHE_EXAMPLES=OFF
  mkdir -p configured/gcc-plugin
  cp "$build/gcc-plugin/hashcache.so" configured/gcc-plugin/ # instead of building it again
  build=$scratch/configured
  install_copy
  [ "$plugin" = "$chosen/hashcache.so" ] || fail "pkg-config says $plugin, should say $chosen/hashcache.so"
  use_by_find_package
}

use_by_find_package () {
  mkdir -p user
  cp "$here/program.c" user/
  cat >user/CMakeLists.txt <<'USER'
cmake_minimum_required (VERSION 3.25)
project (user LANGUAGES C)
find_package (hashcache 0.1 REQUIRED)
add_executable (program program.c)
hashcache_enable (program)
file (WRITE ${CMAKE_BINARY_DIR}/plugin "${HASHCACHE_PLUGIN}")
USER
  logged "$cmake" -S user -B user/build "-DCMAKE_C_COMPILER=$cc" "-DCMAKE_PREFIX_PATH=$prefix"
  logged "$cmake" --build user/build
  [ "$(cat user/build/plugin)" -ef "$plugin" ] || fail "HASHCACHE_PLUGIN is $(cat user/build/plugin)"
  cold_and_warm user/build/program
}

# find_package (hashcache) gives hashcache::hashcache and hashcache_enable; also where the prefix has a space in it.
case_find_package () {
  prefix="$scratch/with a space"
  install_copy
  use_by_find_package
}

# MPI ---------------------------------------------------------------------------------------------------------------------

# choose_mpi MPI: its compiler and launcher, of which the names may end in .MPI; `default` is whatever mpicc is.
choose_mpi () {
  mpicc=mpicc mpirun=mpirun
  [ "$1" = default ] || mpicc=mpicc.$1 mpirun=mpirun.$1
  command -v $mpicc >/dev/null 2>&1 && command -v $mpirun >/dev/null 2>&1 || { echo "SKIPPED: no $mpicc and $mpirun" >&2; exit 77; }
}

# run_ranks PROGRAM NAME: on three ranks; output to NAME.out and NAME.err, statistics to NAME.stats.
run_ranks () {
  (separate_session "$scratch/session.$2"
   HASHCACHE_STATS=$scratch/$2.stats $mpirun -n 3 "$1" >"$2.out" 2>"$2.err") || { cat "$2.err" >&2; fail "$2: the program failed"; }
}

# sum NAME FILE: over all ranks.
sum () {
  sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" "$2" | awk '{ sum += $1 } END { printf "%d", sum }'
}

# ranks_cold_and_warm PROGRAM: each of the five results is computed once on all ranks, and by none the second time; one summary each.
ranks_cold_and_warm () {
  rm -rf "$HASHCACHE_DIR" cold.stats warm.stats
  run_ranks "$1" cold
  run_ranks "$1" warm
  cmp -s cold.out warm.out || fail "cold and warm differ: $(cat cold.out) and $(cat warm.out)"
  [ "$(sum computed cold.stats)" -eq 5 ] || { cat cold.err cold.stats >&2; fail "the cold run computed another number than 5"; }
  [ "$(sum computed warm.stats)" -eq 0 ] || { cat warm.err warm.stats >&2; fail "the warm run computed"; }
  for run in cold warm; do
    [ "$(grep -c 'hashcache: 3 ranks on 1 node: 15 calls' $run.err)" -eq 1 ] && [ "$(grep -c '^hashcache' $run.err)" -eq 1 ] ||
      { cat $run.err >&2; fail "$run: not one line for all ranks"; }
  done
}

# `mpicc -fplugin=... prog.c $(pkg-config --cflags --libs hashcache-mpi)` caches.
case_mpi_program () {
  choose_mpi "$1"
  shift
  install_copy
  logged $mpicc "$@" "-fplugin=$plugin" "$here/mpi_program.c" $(pkg-config --cflags --libs hashcache-mpi) -o program
  ranks_cold_and_warm ./program
}

# Without the plugin it is an MPI program like any other.
case_mpi_without_plugin () {
  choose_mpi default
  install_copy
  logged $mpicc -std=c11 -pedantic -Wall -Wextra "$here/mpi_program.c" $(pkg-config --cflags --libs hashcache-mpi) -o program
  run_ranks ./program plainly
  [ -s plainly.out ] || fail "it prints nothing"
  [ ! -e "$HASHCACHE_DIR" ] || fail "a program without cached functions made a cache directory"
}

# hashcache_mpi.h may be included in any files, with any standard and warnings; one carries the runtime, and exports nothing else.
case_mpi_header () {
  choose_mpi "$1"
  install_copy
  printf '#define HASHCACHE_IMPLEMENTATION\n#include <hashcache_mpi.h>\n' >implementation.c
  printf '#include <mpi.h>\n#include <hashcache.h>\n#define HASHCACHE_IMPLEMENTATION\n#include <hashcache_mpi.h>\n#include <hashcache_mpi.h>\n' >late.c
  printf '#include <hashcache_mpi.h>\n#include <hashcache_mpi.h>\nint main (void) { return hashcache_mpi_attach (MPI_COMM_WORLD) == HASHCACHE_OK; }\n' >user.c
  warnings='-Wall -Wextra -Wconversion -Wshadow -Wundef -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes -Werror'
  mpi_headers=$(echo '#include <mpi.h>' | $mpicc -E -x c - | sed -n 's/^# [0-9]* "\(.*\)\/mpi\.h".*/-isystem \1/p' | sort -u)
  for options in '-std=c11' '-std=gnu17 -O2 -D_GNU_SOURCE -D_FORTIFY_SOURCE=2' '-std=c11 -D_POSIX_C_SOURCE=200809L -O1'; do
    for file in implementation.c late.c user.c; do
      logged $mpicc $options $warnings $mpi_headers -c $file $(pkg-config --cflags hashcache-mpi) -o "${file%.c}.o"
    done
  done
  for file in implementation late; do
    logged $mpicc user.o $file.o $(pkg-config --libs hashcache-mpi) -o user
    nm --extern-only --defined-only $file.o | sed -n 's/.* //p' |
      grep -v -x -e 'hashcache__\(ask\|answer\|answer_key\)' -e 'hashcache_[a-z]\(_\{0,1\}[a-z0-9]\)*' -e 'hashcache__abi[0-9]*_one_C_file_must_define_[A-Za-z_]*' >others
    [ ! -s others ] || { cat others >&2; fail "the runtime exports something else"; }
  done
}

# use_mpi_by_find_package LINES OPTION...: LINES make what the program is linked with.
use_mpi_by_find_package () {
  lines=$1
  shift
  rm -rf user
  mkdir user
  cp "$here/mpi_program.c" user/
  cat >user/CMakeLists.txt <<USER
cmake_minimum_required (VERSION 3.25)
project (user LANGUAGES C)
$lines
add_executable (program mpi_program.c)
target_link_libraries (program PRIVATE hashcache::mpi)
hashcache_enable (program)
USER
  logged "$cmake" -S user -B user/build "-DCMAKE_PREFIX_PATH=$prefix" "$@"
  logged "$cmake" --build user/build
  ranks_cold_and_warm user/build/program
}

# find_package (hashcache COMPONENTS mpi) finds MPI; without the component hashcache::mpi takes the MPI that the project has found, or that
# its compiler brings along.
case_mpi_find_package () {
  choose_mpi default
  install_copy
  use_mpi_by_find_package 'find_package (hashcache 0.1 REQUIRED COMPONENTS mpi)' "-DCMAKE_C_COMPILER=$cc"
  use_mpi_by_find_package 'find_package (hashcache 0.1 REQUIRED)
find_package (MPI REQUIRED COMPONENTS C)' "-DCMAKE_C_COMPILER=$cc"
  use_mpi_by_find_package 'find_package (hashcache 0.1 REQUIRED)' -DCMAKE_C_COMPILER=$mpicc
}

# Where there is no MPI the package is found all the same, and the component is not.
case_mpi_is_missing () {
  install_copy
  mkdir user
  cat >user/CMakeLists.txt <<'USER'
cmake_minimum_required (VERSION 3.25)
project (user LANGUAGES C)
set (CMAKE_DISABLE_FIND_PACKAGE_MPI TRUE)
find_package (hashcache 0.1 OPTIONAL_COMPONENTS mpi)
if (NOT hashcache_FOUND OR hashcache_mpi_FOUND)
  message (FATAL_ERROR "found: ${hashcache_FOUND}, mpi: ${hashcache_mpi_FOUND}")
endif ()
find_package (hashcache 0.1 COMPONENTS mpi)
if (hashcache_FOUND)
  message (FATAL_ERROR "found without MPI")
endif ()
USER
  logged "$cmake" -S user -B user/build "-DCMAKE_C_COMPILER=$cc" "-DCMAKE_PREFIX_PATH=$prefix"
}

# A project that takes hashcache in gets its targets, and no tests.
case_subproject () {
  mkdir user
  cp "$here/program.c" user/
  cat >user/CMakeLists.txt <<USER
cmake_minimum_required (VERSION 3.25)
project (user LANGUAGES C)
enable_testing ()
add_subdirectory ([==[$source]==] hashcache)
add_executable (program program.c)
hashcache_enable (program)
get_property (tests DIRECTORY [==[$source]==] PROPERTY TESTS)
if (NOT TARGET hashcache::mpi)
  message (FATAL_ERROR "a subproject without hashcache::mpi")
endif ()
if (tests OR TARGET eos OR HASHCACHE_TESTS)
  message (FATAL_ERROR "a subproject with tests or examples")
endif ()
USER
  logged "$cmake" -S user -B user/build "-DCMAKE_C_COMPILER=$cc"
  [ "$(cd user/build && "${cmake%cmake}ctest" -N | grep -c 'Test *#')" -eq 0 ] || fail "a subproject with tests"
}

command -v "case_$case" >/dev/null || fail "no case $case"
case_"$case" "$@"
