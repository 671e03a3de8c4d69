#!/bin/sh
# run.sh: has spin search all states of the models of claims, and sees that it rejects models without one of the precautions.
# SPDX-License-Identifier: BSD-2-Clause
#
# sh run.sh [MODEL...]: board, claims, leases; all three by default, in some three minutes. `all` takes more combinations, eight
# minutes and 2 GB of memory. Needs spin and a C compiler; status 77 without spin.
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
command -v spin >/dev/null 2>&1 || { echo "SKIPPED: no spin here" >&2; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/hashcache-model.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1
failures=0

# search KIND MODEL OPTIONS...: what pan prints is in $work/out. KIND: safety, cycles, or mutant, of which few states are seen.
search () {
  kind=$1
  model=$2
  shift 2
  compile='-O2 -DSAFETY'
  run=
  case $kind in
    cycles) compile='-O2 -DNP' run=-l ;;
    mutant) compile='-O0 -DSAFETY' ;;
  esac
  rm -f pan out
  # shellcheck disable=SC2086
  spin "$@" -a "$here/$model.pml" >spin.out 2>&1 && ${CC:-cc} $compile -DNOFAIR -DCOLLAPSE -DMEMLIM=8000 -w -o pan pan.c ||
    { cat spin.out >&2; return 1; }
  ./pan $run -m1000000 -w22 >out 2>&1
  ! grep -qE 'max search depth too small|out of memory|memory limit' out
}

states () {
  awk '/states, stored/ { print $1 }' out
}

# seen KIND MODEL OPTIONS...: all states have been seen, and none is wrong.
seen () {
  search "$@" && grep -q 'errors: 0$' out && return
  echo "FAILS: $*" >&2
  cat out >&2
  failures=$((failures + 1))
  return 1
}

# holds MODEL OPTIONS...: what the head of the model promises, but for cycles.
holds () {
  seen safety "$@" && echo "holds:     $* ($(states) states)"
}

# returns MODEL OPTIONS...: there are no cycles of states, so nobody waits in a loop without end.
returns () {
  seen cycles "$@" && echo "no cycles: $* ($(states) states)"
}

# rejected MODEL OPTIONS...: a model that leaves something out has a wrong state.
rejected () {
  if search mutant "$@" && grep -q 'errors: [1-9]' out; then
    echo "rejected:  $*"
  else
    echo "NOT REJECTED: $*" >&2
    failures=$((failures + 1))
  fi
}

board () {
  holds board -DCELLS=2
  holds board -DCRASH=1
  holds board -DCRASH=1 -DFAIL=1
  holds board -DDOUBT=1
  returns board -DCRASH=1
  rejected board -DMUTANT_UNLOCKED
  rejected board -DMUTANT_NO_DEATH -DCRASH=1
  rejected board -DMUTANT_WORD_FIRST -DCRASH=1
  rejected board -DMUTANT_FORGET_LOSS -DFAIL=1
  rejected board -DMUTANT_PLAIN_LAND -DDOUBT=1
}

claims () {
  holds claims -DCRASH=1 -DSTALE=3
  holds claims -DCRASH=2
  holds claims -DCRASH=1 -DFAIL=1
  holds claims -DEXPIRE=1
  holds claims -DFAIL=2
  holds claims -DCUT=1
  holds claims -DREMOVE=1 -DSTALE=2
  holds claims -DREPLACE=1 -DSTALE=2
  holds claims -DCYCLIC=1
  returns claims -DCRASH=1 -DSTALE=2
  rejected claims -DMUTANT_NO_RECHECK
  rejected claims -DMUTANT_NO_QUESTION -DSTALE=2
  rejected claims -DMUTANT_ONLY_KNOWN -DSTALE=2 -DREPLACE=1
  rejected claims -DMUTANT_ONLY_PUBLISHED -DSTALE=3 -DCRASH=1
  rejected claims -DMUTANT_CREATE -DSTALE=3 -DCUT=1 -DREMOVE=1
  rejected claims -DMUTANT_CHAIN -DFAIL=1
  rejected claims -DMUTANT_OLD_LOSS -DFAIL=1
  rejected claims -DMUTANT_FORGET_LOSS -DFAIL=1
  rejected claims -DMUTANT_NO_CIRCLE -DCYCLIC=1
  rejected claims -DMUTANT_NO_DEATH -DCRASH=1
}

leases () {
  holds leases -DCRASH=1 -DFAIL=1 -DEXPIRE=1
  holds leases -DSTOP=1 -DCRASH=1
  holds leases -DSTOP=1 -DFAIL=1 -DEXPIRE=1
  returns leases -DSTOP=1 -DCRASH=1
  rejected leases -DMUTANT_UNLINK -DSTOP=1
  rejected leases -DMUTANT_RENAME -DCRASH=1 -DSTOP=1
  rejected leases -DMUTANT_RENEWED -DSTOP=1
  rejected leases -DMUTANT_RENEW_BY_NAME -DSTOP=1
  rejected leases -DMUTANT_SLOW -DSTOP=1
}

all () {
  board
  claims
  leases
  holds board -DCRASH=1 -DFAIL=1 -DCELLS=2
  holds board -DCRASH=2 -DCALLS=2
  holds claims -DCRASH=1 -DEXPIRE=1 -DFAIL=1
  holds claims -DCRASH=1 -DCALLS=2 -DSTALE=3
  holds claims -DCRASH=1 -DCYCLIC=1
  holds claims -DEXPIRE=1 -DFAIL=1
  holds claims -DCUT=1 -DREMOVE=1
  returns claims -DCYCLIC=1
  holds leases -DSTOP=2 -DCRASH=1
}

for model in ${*:-board claims leases}; do
  $model
done
exit $((failures > 0))
