# launch.sh: starts MPI programs on this machine; to be sourced by scripts that set `mpi` to openmpi or mpich.
# SPDX-License-Identifier: BSD-2-Clause
#
#   scratch              makes the directory $work, which goes away at the end
#   launch N PROGRAM...  runs PROGRAM on N ranks; a job that hangs is ended after two minutes

scratch () {
  work=$(mktemp -d "${TMPDIR:-/tmp}/hashcache-mpi.XXXXXX") || exit 1
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM
  separate_session "$work/session"
  OMP_WAIT_POLICY=passive
  export OMP_WAIT_POLICY
}

launch () {
  n=$1
  shift
  timeout -k 10 "${launch_seconds:-120}" "mpirun.$mpi" -n "$n" "$@"
}
