#!/bin/sh
# count.sh: whatever ranks and jobs do at the same time, each key is computed once.
# SPDX-License-Identifier: BSD-2-Clause
#
# count.sh DIRECTORY MPI CASE: runs a case with the programs that build.sh has put into DIRECTORY; MPI is openmpi or mpich.
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$here/../../cmake/mpi.sh"
. "$here/launch.sh"
built=$1
mpi=$2
case=$3
scratch
failures=0

# count RANKS KEYS ORDER MICROSECONDS FLAGS: one job on the cache and the log of this run.
count () {
  ranks=$1
  shift
  keys=$1
  launch "$ranks" "$program" "$work/log" "$@" >"$work/out.$ranks.$$" 2>&1
}

# fresh: an empty cache, an empty log.
fresh () {
  rm -rf "$work/cache" "$work/log"
  HASHCACHE_DIR=$work/cache
  export HASHCACHE_DIR
  : >"$work/log"
}

# once LINES TEXT: the log has LINES lines, all different.
once () {
  lines=$(wc -l <"$work/log")
  different=$(sort -u "$work/log" | wc -l)
  if [ "$lines" -ne "$1" ] || [ "$different" -ne "$1" ]; then
    echo "$mpi, $2: $lines computed, $different different, not $1" >&2
    sort "$work/log" | uniq -d | head -n 5 >&2
    cat "$work"/out.* >&2
    failures=$((failures + 1))
  else
    echo "$mpi, $2: $lines computed, each once"
  fi
}

# one RANKS KEYS ORDER MICROSECONDS FLAGS: a job alone, cold and then warm.
one () {
  fresh
  count "$@" || fail "ended with status $?: $*"
  case $5 in *n*) once $((2 * $2 + 1)) "$*" ;; *) once "$2" "$*" ;; esac
  : >"$work/log"
  count "$@" || fail "warm: ended with status $?: $*"
  once 0 "$* again"
}

fail () {
  echo "$mpi: $*" >&2
  cat "$work"/out.* >&2
  failures=$((failures + 1))
}

# jobs N RANKS KEYS ORDER MICROSECONDS FLAGS: N jobs at once.
jobs () {
  n=$1
  shift
  fresh
  pids=
  for job in $(seq "$n"); do
    (separate_session "$work/session.$job" && launch "$1" "$program" "$work/log" "$2" "$3" "$4" "$5") >"$work/out.job$job" 2>&1 &
    pids="$pids $!"
  done
  for pid in $pids; do
    wait "$pid" || fail "a job of $n ended with status $?"
  done
  once "$2" "$n jobs of $*"
}

program=$built/count.$mpi
case $case in
  few) for ranks in 1 2 4 8; do one $ranks 300 same 200 a; done ;;
  many) one 16 1000 same 50 a && { [ $mpi = mpich ] || one 64 1000 same 50 a; } ;; # 64 ranks of MPICH take a minute to end
  orders) one 8 1000 reversed 100 a && one 16 997 random 100 a ;;
  alone) one 4 300 same 200 '' && one 16 301 random 100 '' ;;
  jobs) jobs 2 4 500 same 200 a && jobs 4 2 499 random 200 a && jobs 2 4 300 same 200 '' ;;
  threads) one 4 500 same 200 ao && one 3 499 random 200 ao ;;
  nested) one 8 200 same 200 an && one 8 199 random 200 an && one 4 100 random 200 n ;;
  halves) one 8 300 same 200 h && one 8 300 same 200 ha && one 7 300 reversed 200 ah ;;
  leaving) one 4 300 same 200 al ;;
  full) program=$built/count-small.$mpi && one 8 200 random 200 ao ;;
  *) echo "no case $case" >&2 && exit 2 ;;
esac
exit $((failures > 0))
