#!/bin/sh
# summary.sh: an attached job has one summary, with what all ranks did, and names functions for which HASHCACHE does not pay, whichever ranks
# called them; ranks alone leave a line each in the statistics, whole and readable.
# SPDX-License-Identifier: BSD-2-Clause
#
# summary.sh DIRECTORY MPI: with the program summary.MPI that build.sh has put into DIRECTORY; MPI is openmpi or mpich.
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$here/../../cmake/mpi.sh"
. "$here/launch.sh"
program=$1/summary.$2
mpi=$2
scratch
launch_seconds=60
failures=0
calls=300000
HASHCACHE_DIR=$work/cache
HASHCACHE_STATS=$work/stats
export HASHCACHE_DIR HASHCACHE_STATS

fail () {
  echo "$mpi: $*" >&2
  cat "$work/out" >&2
  failures=$((failures + 1))
}

launch 4 "$program" "$calls" >"$work/out" 2>&1 || fail "ended with status $?"
[ "$(grep -c '^hashcache: ' "$work/out")" -eq 2 ] || fail "other than two lines"
grep -q "^hashcache: 4 ranks on 1 node: $((3 * calls + 4)) calls: .* computed, .*5 stored; .* written; .* s saved" "$work/out" \
  || fail "the summary is not one of all ranks"
grep -q '^hashcache: looking up quick (.*summary\.c:[0-9]*) took [0-9.]* [um]*s a call, computing it [0-9.]* us: leave HASHCACHE away from it$' \
  "$work/out" || fail "quick is not named"

launch 4 "$program" 100 alone >"$work/out" 2>&1 || fail "alone: ended with status $?"
[ "$(wc -l <"$work/stats")" -eq 8 ] || fail "$(wc -l <"$work/stats") statistics lines, not 8"
[ "$(grep -c '^{"calls": .*"ranks": 4, .*"functions": \[{"function": "[a-z]*", .*}\]}$' "$work/stats")" -eq 8 ] || {
  fail "lines of statistics are not whole"
  cat "$work/stats" >&2
}
[ $failures -eq 0 ] && echo "$mpi: $(grep -c . "$work/stats") lines of statistics, one summary"
exit $((failures > 0))
