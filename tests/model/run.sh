#!/bin/sh
# run.sh: has spin search all states of the models of claims, and sees that it rejects models without one of the precautions.
# SPDX-License-Identifier: BSD-2-Clause
#
# sh run.sh [MODEL]: board, claims or leases; all three by default. Needs spin and a C compiler; status 77 without spin.
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
command -v spin >/dev/null 2>&1 || { echo "SKIPPED: no spin here" >&2; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/hashcache-model.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1
failures=0

# search MODEL OPTIONS...: what pan prints is in $work/out.
search () {
  model=$1
  shift
  spin "$@" -a "$here/$model.pml" >spin.out 2>&1 && ${CC:-cc} -O2 -DSAFETY -DMEMLIM=8000 -w -o pan pan.c ||
    { cat spin.out >&2; return 1; }
  ./pan -m1000000 -w22 >out 2>&1
  ! grep -qE 'max search depth too small|out of memory|memory limit' out
}

states () {
  awk '/states, stored/ { print $1 }' out
}

# holds MODEL OPTIONS...: no state is wrong, and all have been seen.
holds () {
  if search "$@" && grep -q 'errors: 0$' out; then
    echo "holds:    $* ($(states) states)"
  else
    echo "FAILS:    $*" >&2
    cat out >&2
    failures=$((failures + 1))
  fi
}

# rejected MODEL OPTIONS...: a model that leaves something out has a wrong state.
rejected () {
  if search "$@" && grep -q 'errors: [1-9]' out; then
    echo "rejected: $*"
  else
    echo "NOT REJECTED: $*" >&2
    failures=$((failures + 1))
  fi
}

board () {
  holds board
  holds board -DCRASH=1
  holds board -DFAIL=1
  rejected board -DMUTANT_NO_DEATH -DCRASH=1
  rejected board -DMUTANT_WORD_FIRST -DCRASH=1
}

claims () {
  holds claims
  holds claims -DCRASH=1
  holds claims -DCRASH=2
  holds claims -DEXPIRE=1
  holds claims -DFAIL=1
  holds claims -DCUT=1
  holds claims -DSTALE=3 -DCRASH=1
  holds claims -DCYCLIC=1
  rejected claims -DMUTANT_NO_RECHECK
  rejected claims -DMUTANT_CHAIN -DFAIL=1
  rejected claims -DMUTANT_NO_CIRCLE -DCYCLIC=1
  rejected claims -DMUTANT_NO_DEATH -DCRASH=1
  rejected claims -DMUTANT_NO_NOTICE -DSTALE=2
}

leases () {
  holds leases
  holds leases -DCRASH=1
  holds leases -DSTOP=1
  rejected leases -DMUTANT_UNLINK -DSTOP=1
  rejected leases -DMUTANT_RENAME -DCRASH=1 -DSTOP=1
}

for model in ${1:-board claims leases}; do
  $model
done
exit $((failures > 0))
