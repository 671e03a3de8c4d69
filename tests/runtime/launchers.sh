#!/bin/sh
# launchers.sh: under each MPI launcher that is installed, all ranks of a run are in one job, and two runs at once in two.
# SPDX-License-Identifier: BSD-2-Clause
#
# sh launchers.sh TEST_JOBS
set -u
. "$(dirname "$0")/../../cmake/mpi.sh"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/hashcache-test.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

# In a batch system's job both runs are in that job.
for variable in $(env | sed -n 's/^\(\(SLURM\|PBS\|LSB\|FLUX\|COBALT\|PALS\|OMPI_COMM\|PMI\|PMIX\)_[A-Za-z0-9_]*\)=.*/\1/p'); do
  unset "$variable"
done

fail () {
  echo "FAILED: $*" >&2
  for file in "$scratch"/*; do
    [ -f "$file" ] && { echo "--- $file"; cat "$file"; } >&2
  done
  exit 1
}

# run LAUNCHER NAME: what three ranks print, sorted, to $scratch/NAME.
run () {
  (separate_session "$scratch/session.$2"
   "$1" -n 3 "$test_jobs" print >"$scratch/$2.all" 2>&1 && sort "$scratch/$2.all" >"$scratch/$2")
}

# id_of NAME
id_of () {
  sed -n "s/.* in '\(.*\)' until .*/\1/p" "$scratch/$1" | sort -u
}

test_jobs=$1
tried=0
for launcher in mpirun.openmpi mpirun.mpich mpirun; do
  command -v $launcher >/dev/null 2>&1 || continue
  rm -f "$scratch"/*.all
  run $launcher one & one=$!
  run $launcher two & two=$!
  wait $one || fail "$launcher"
  wait $two || fail "$launcher"
  [ "$(cut -d ' ' -f 1-3 "$scratch/one")" = "$(printf '0 of 3\n1 of 3\n2 of 3')" ] || fail "$launcher: other ranks than 0, 1, 2 of 3"
  [ "$(id_of one | wc -l)" -eq 1 ] || fail "$launcher: the ranks of a run are in different jobs"
  [ -n "$(id_of one)" ] || fail "$launcher: the job is not known"
  [ "$(id_of one)" != "$(id_of two)" ] || fail "$launcher: two runs are one job"
  echo "$launcher: '$(id_of one)' and '$(id_of two)'"
  tried=$((tried + 1))
done
[ $tried -gt 0 ] || { echo "SKIPPED: no mpirun is installed"; exit 77; }
