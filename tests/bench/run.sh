#!/bin/sh
# run.sh: prints the tables of docs/performance.md: sh tests/bench/run.sh [-q] NAME...
# SPDX-License-Identifier: BSD-2-Clause
#
#   machine    what all this was measured on
#   claim      what a claim costs that nobody else wants, rung by rung
#   nodes      the same across simulated nodes, by locks and by leases; how soon waiters on other nodes go on (root only)
#   waiters    how soon 16 waiters of a node go on once the result is there
#   slowdown   how much 15 waiting ranks slow the one that computes
#   memory     what a hit from this process's memory costs, beside Python's functools.lru_cache and a digest
#   sweep      two studies that overlap, on 1 to 16 ranks: plain, hashcache, joblib.Memory under mpi4py
#
# -q: sizes that only show that everything runs. Builds the plugin first, unless the environment names one as for the tests that compile
# for themselves. What this machine has not got (an MPI, mpi4py, namespaces) is left out, and that is said. Takes a minute or several for
# each name. Nothing else should run meanwhile: the load is printed with each table.
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd -P)
source=$(CDPATH= cd -- "$here/../.." && pwd -P)
. "$source/cmake/build.sh"
. "$source/cmake/mpi.sh"
. "$source/tests/mpi/launch.sh"
launch_seconds=580

usage () {
  sed -n '2,/^set/s/^# \{0,1\}//p' "$here/run.sh" >&2
  exit 2
}

# The plugin and how to compile with it: from the environment, or from a build of our own.
find_plugin () {
  [ -n "${TEST_PLUGIN:-}" ] && return
  sh "$source/cmake/setup.sh" tests || exit 1
  choose_build_root
  configure_preset default && quietly "$directory/build.log" cmake --build "$directory" --target hashcache_plugin || exit 1
  . "$directory/tests/bench/environment.sh"
}

# compile COMPILER PROGRAM SOURCE OPTION...
compile () {
  compiler=$1
  program=$2
  shift 2
  # shellcheck disable=SC2086
  "$compiler" -fplugin="$TEST_PLUGIN" -std=gnu11 -O2 -Wall -Wextra -Werror -I"$TEST_INCLUDE" -I"$source/mpi" \
    $TEST_STORAGE_CFLAGS "$@" -o "$work/$program" $TEST_STORAGE_LIBS || exit 1
}

# compile_with_mpis PROGRAM: as $work/PROGRAM.MPI with each MPI of $mpis.
compile_with_mpis () {
  OMPI_CC=$TEST_CC MPICH_CC=$TEST_CC
  export OMPI_CC MPICH_CC
  for mpi in $mpis; do
    finalize=
    [ "$mpi" = mpich ] && finalize=$source/tests/mpi/finalize.c
    [ -e "$work/$1.$mpi" ] || compile "mpicc.$mpi" "$1.$mpi" "$here/$1.c" ${finalize:+"$finalize"}
  done
}

find_mpis () {
  mpis=
  for mpi in openmpi mpich; do
    if command -v "mpicc.$mpi" >/dev/null 2>&1 && command -v "mpirun.$mpi" >/dev/null 2>&1; then
      mpis="$mpis $mpi"
    else
      echo "LEFT OUT: no mpicc.$mpi and mpirun.$mpi here" >&2
    fi
  done
}

name_of () {
  case $1 in openmpi) echo "Open MPI" ;; mpich) echo MPICH ;; esac
}

# fresh: an empty cache.
fresh () {
  caches=$((caches + 1))
  HASHCACHE_DIR=$work/cache$caches
  export HASHCACHE_DIR
}

# measure_begins, measure_ends: around what is measured; the latter tells what else the machine did meanwhile. What daemons of a
# table's own do, such as those of GlusterFS, counts as others' too.
measure_begins () {
  times >"$work/times"
  began="$(all_seconds) $(own_seconds)"
}

measure_ends () {
  [ -r /proc/stat ] || return 0
  times >"$work/times"
  echo "$began $(all_seconds) $(own_seconds)" | awk '
    { busy = $4 - $1; whole = $5 - $2; own = $6 - $3; others = busy > own ? busy - own : 0
      printf "\nOther programs took %.1f %% of the processors; load now %s.\n", 100 * others / (whole > 0 ? whole : 1), load }' \
    load="$(cut -d ' ' -f 1-3 /proc/loadavg | tr ' ' /)"
}

# Seconds in which processors were busy, and all there were.
all_seconds () {
  awk '$1 == "cpu" { print ($2 + $3 + $4 + $7 + $8 + $9) / hz, ($2 + $3 + $4 + $5 + $6 + $7 + $8 + $9) / hz }' \
    hz="$(getconf CLK_TCK)" /proc/stat
}

# Seconds of our own programs that had ended when `times` wrote that file; a subshell knows nothing of them.
own_seconds () {
  awk 'NR == 2 { for (i = 1; i <= 2; i++) { split ($i, t, "[ms]"); sum += 60 * t[1] + t[2] }; print sum }' "$work/times"
}

# The tables ------------------------------------------------------------------------------------------------------------------

version_of () {
  "$@" 2>/dev/null | head -n 1
}

bench_machine () {
  echo "$(processors) processors, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1); Linux $(uname -r)"
  [ -n "$(command -v systemd-detect-virt)" ] && echo "virtualisation: $(systemd-detect-virt)"
  echo "file system of the caches: $(stat -f -c %T "$work")"
  version_of "$TEST_CC" --version
  sed -n 's/^#define H5_VERS_INFO *"\(.*\)"/\1/p' $(printf '%s\n' $TEST_STORAGE_CFLAGS | sed -n 's|^-I\(.*\)|\1/H5public.h|p') \
    /usr/include/H5public.h 2>/dev/null | head -n 1
  for mpi in $mpis; do
    "mpirun.$mpi" --version 2>/dev/null | sed -n 's/^mpirun.*(Open.*) /Open MPI /p; s/ *Version: */MPICH /p' | head -n 1
  done
  [ -n "$python" ] && "$python" -c 'import sys, mpi4py, joblib
print ("Python", sys.version.split ()[0], "mpi4py", mpi4py.__version__, "joblib", joblib.__version__)'
}

bench_claim () {
  compile "$TEST_CC" claim "$here/claim.c"
  measure_begins
  fresh
  "$work/claim" $quick_claim
}

bench_memory () {
  compile "$TEST_CC" memory "$here/memory.c" -pthread
  measure_begins
  fresh
  if [ -n "$plain_python" ]; then
    "$work/memory" $quick_memory --python "$plain_python '$here/memory.py' $lru_cache_calls"
  else
    echo "LEFT OUT: lru_cache, there is no python3 here" >&2
    "$work/memory" $quick_memory
  fi
}

bench_waiters () {
  compile_with_mpis waiters
  measure_begins
  echo "| waiters | computed for | last waiter after publication, ms (10-90 %) | reading at once, ms | beyond reading, ms |"
  echo "|---|---|---|---|---|"
  for mpi in $mpis; do
    for seconds in $waited_seconds; do
      for attach in 1 0; do
        fresh
        launch $((waiters + 1)) "$work/waiters.$mpi" "$(name_of $mpi), $waiters waiters, $(attached $attach)" --attach $attach \
          --seconds $seconds --rounds $rounds || exit 1
      done
    done
  done
  for mpi in $mpis; do
    fresh
    launch $((waiters + 1)) "$work/waiters.$mpi" "$(name_of $mpi), $waiters waiters, attached, 1 MB" --numbers 131072 --seconds 0.1 \
      --rounds $rounds || exit 1
  done
}

attached () {
  if [ "$1" = 1 ]; then echo attached; else echo "not attached"; fi
}

bench_slowdown () {
  compile_with_mpis slowdown
  measure_begins
  echo "| ranks | waiting | alone | while others wait | ratio (quartiles) | processors taken by waiters |"
  echo "|---|---|---|---|---|---|"
  for mpi in $mpis; do
    for attach in 1 0; do
      fresh
      launch $waiters "$work/slowdown.$mpi" "$(name_of $mpi), $(attached $attach)" --attach $attach --seconds $slow_seconds \
        --rounds $rounds || exit 1
    done
  done
}

bench_nodes () {
  node_mpis=$mpis
  [ -n "$quick_nodes" ] && node_mpis=${mpis##* }
  compile_with_mpis misses
  compile_with_mpis waiters
  measure_begins
  echo "| a claim on one of two nodes | ranks | miss without a claim, us | miss, claimed, us | the claim, us (quartiles) |"
  echo "|---|---|---|---|---|"
  on_each_file_system misses 2 1 $quick_misses
  echo
  echo "| nodes, waiters | computed for | last waiter after publication, ms (10-90 %) | reading at once, ms | beyond reading, ms |"
  echo "|---|---|---|---|---|"
  for seconds in $waited_seconds; do
    on_each_file_system waiters 2 $(((waiters + 2) / 2)) --seconds $seconds --rounds $rounds
  done
}

# on_each_file_system PROGRAM NODES PER_NODE OPTION...
on_each_file_system () {
  for mpi in $node_mpis; do
    on_file_system one-kernel "$@"
  done
  for system in $file_systems; do
    on_file_system $system "$@"
  done
}

# on_file_system FILE_SYSTEM PROGRAM NODES PER_NODE OPTION...: with $mpi.
on_file_system () {
  sh "$here/nodes.sh" "$work" $mpi "$@"
  case $? in 0 | 77) ;; *) exit 1 ;; esac
}

# A Python that has what is needed; the distribution's own is the one that knows its packages.
find_python () {
  for python in /usr/bin/python3 python3; do
    "$python" -c 'import joblib, mpi4py' 2>/dev/null && return
  done
  python=
}

find_plain_python () {
  plain_python=$(command -v python3 || echo)
}

bench_sweep () {
  if [ -z "$python" ] || [ "${mpis#*openmpi}" = "$mpis" ]; then
    echo "LEFT OUT: the sweep needs mpi4py, joblib (python3-mpi4py, python3-joblib) and Open MPI" >&2
    measure_begins
    return
  fi
  OMPI_CC=$TEST_CC
  export OMPI_CC
  mpi=openmpi
  compile mpicc.openmpi libsweep.so "$here/sweep.c" -shared -fPIC
  measure_begins
  echo "| order | ranks | plain | computed | hashcache, of plain | computed | hashcache, busy points put off | computed |" \
       "joblib | computed |"
  echo "|---|---|---|---|---|---|---|---|---|---|"
  for ranks in $sweep_ranks; do
    fresh
    launch $ranks "$python" "$here/sweep.py" "$work/libsweep.so" "$work/joblib$ranks" $quick_sweep || exit 1
    rm -rf "$work/joblib$ranks"
  done
}

# What to run -----------------------------------------------------------------------------------------------------------------

rounds=11
waiters=16
waited_seconds='0.1 1'
slow_seconds=2
sweep_ranks='1 2 4 8 16'
quick_memory= lru_cache_calls=200000
quick_claim= quick_misses= quick_sweep= quick_nodes=
file_systems='gluster bindfs'
while getopts q option; do
  case $option in
    q)
      rounds=2 waiters=3 waited_seconds=0.01 slow_seconds=0.02 sweep_ranks='1 3'
      quick_nodes=1 file_systems=
      quick_memory='--rounds 2 --calls 2000' lru_cache_calls=2000
      quick_claim='--rounds 2 --calls 20'
      quick_misses='--rounds 2 --calls 20'
      quick_sweep='--rounds 1 --points 8 --seconds 0.002'
      ;;
    *) usage ;;
  esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || usage
for name; do
  case $name in machine | claim | memory | nodes | waiters | slowdown | sweep) ;; *) usage ;; esac
done

find_plugin
scratch
caches=0
find_mpis
find_python
find_plain_python
HASHCACHE_VERBOSE=0
export HASHCACHE_VERBOSE
unset HASHCACHE_MODE HASHCACHE_MEMORY HASHCACHE_WAIT HASHCACHE_LIBS HASHCACHE_STATS HASHCACHE_CHECK HASHCACHE_TOLERANCE
for name; do
  echo
  echo "== $name"
  bench_$name
  [ "$name" = machine ] || measure_ends
done
