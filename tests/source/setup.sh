#!/bin/sh
# setup.sh: cmake/setup.sh installs what is missing if it may, else names it and stops: sh setup.sh SOURCE_DIR
# SPDX-License-Identifier: BSD-2-Clause
#
# Runs it with a PATH that lacks some commands. An `id` and an `apt-get` of the test's own play root and the network.
set -u
setup=$1/cmake/setup.sh
scratch=$(mktemp -d "${TMPDIR:-/tmp}/hashcache-test.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
export scratch
unset CC

fail () {
  echo "FAILED: $*" >&2
  cat "$scratch"/*.out >&2
  exit 1
}

# Everything there is, as symbolic links, but for the commands that the cases are about.
mkdir "$scratch/bin"
IFS=:
for directory in $PATH; do
  for command in "$directory"/*; do
    case ${command##*/} in
      h5dump | mpirun | mpirun.* | id | sudo | apt-get) ;;
      *) [ -e "$scratch/bin/${command##*/}" ] || ln -s "$command" "$scratch/bin/" 2>/dev/null ;;
    esac
  done
done
unset IFS
hidden_h5dump=$(command -v h5dump) hidden_mpirun=$(command -v mpirun)
export hidden_h5dump hidden_mpirun

# play NAME LINE...: a command of the test's own.
play () {
  { echo '#!/bin/sh'; printf '%s\n' "$2"; } >"$scratch/bin/$1"
  chmod +x "$scratch/bin/$1"
}

play id 'echo 1000'
PATH=$scratch/bin sh "$setup" example >"$scratch/user.out" 2>&1
[ $? -eq 1 ] || fail "did not stop although packages are missing"
grep -q 'apt-get install .*hdf5-tools.* openmpi-bin' "$scratch/user.out" || fail "names no packages for apt"
grep -q 'dnf install .*hdf5.* openmpi-devel' "$scratch/user.out" || fail "names no packages for dnf"
grep -q 'spack install .*hdf5.* openmpi' "$scratch/user.out" || fail "names no packages for spack"

play id 'echo 0'
play apt-get 'echo "apt-get $*" >>"$scratch/apt.out"
case $* in
  *install*) ln -s "$hidden_h5dump" "$scratch/bin/h5dump"; ln -s "$hidden_mpirun" "$scratch/bin/mpirun" ;;
esac'
PATH=$scratch/bin sh "$setup" example >"$scratch/root.out" 2>&1 || fail "did not install"
[ "$(grep -c update "$scratch/apt.out")" -eq 1 ] || fail "did not update the lists once"
grep -q 'install.*hdf5-tools' "$scratch/apt.out" || fail "did not install hdf5-tools"

rm "$scratch/apt.out"
PATH=$scratch/bin sh "$setup" example >"$scratch/again.out" 2>&1 || fail "failed although nothing is missing"
[ ! -e "$scratch/apt.out" ] || fail "called apt-get although nothing is missing"
