#!/bin/sh
# attach.sh: ranks attach in odd ways, or end while calls are under way; none hangs, and values, counts and summaries are right.
# SPDX-License-Identifier: BSD-2-Clause
#
# attach.sh DIRECTORY MPI: with the program attach.MPI that build.sh has put into DIRECTORY; MPI is openmpi or mpich.
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$here/../../cmake/mpi.sh"
. "$here/launch.sh"
program=$1/attach.$2
mpi=$2
scratch
launch_seconds=60
failures=0

fail () {
  echo "$mpi: $*" >&2
  cat "$work/out" >&2
  failures=$((failures + 1))
}

# run RANKS CASE BODIES SUMMARIES: ends with status 0; so many bodies run, each key's once; so many lines are said, whose last one is $said.
run () {
  HASHCACHE_DIR=$work/cache.$2.$1
  export HASHCACHE_DIR
  : >"$work/log"
  launch "$1" "$program" "$work/log" "$2" >"$work/out" 2>&1 || fail "$2 on $1 ranks ended with status $?"
  bodies=$(wc -l <"$work/log")
  different=$(sort -u "$work/log" | wc -l)
  [ "$bodies" -eq "$3" ] && [ "$different" -eq "$3" ] || fail "$2 on $1 ranks: $bodies computed, $different different, not $3"
  grep '^hashcache: ' "$work/out" | grep -v '^hashcache: looking up ' >"$work/said" # which of them pay is for summary.sh
  lines=$(wc -l <"$work/said")
  [ "$lines" -eq "$4" ] || fail "$2 on $1 ranks: $lines lines said, not $4"
  said=$(tail -n 1 "$work/said")
}

# saying TEXT: the last line that was said begins so.
saying () {
  case $said in
    "hashcache: $1"*) ;;
    *) fail "said \"$said\", not \"$1\"" ;;
  esac
}

run 1 errors 5 1
run 4 errors 5 1
saying 'rank 0 for itself: 5 calls: '
run 1 several 20 1
run 4 several 20 1
saying '4 ranks on 1 node: 80 calls: '
run 4 memory 10 1
saying '4 ranks on 1 node: 40 calls: '
run 2 threads 2 1
run 4 threads 2 1
saying '4 ranks on 1 node: '
run 2 jump 3 1
saying '2 ranks on 1 node: 4 calls: '
exit $((failures > 0))
