#!/bin/sh
# run.sh: builds hashcache and runs its main example twice: sh examples/run.sh [-n RANKS] [-- OPTIONS OF eos]
# SPDX-License-Identifier: BSD-2-Clause
#
# The example is examples/emt: equations of state of seven metals over MPI. The first run computes what the cache directory does
# not hold yet, the second one finds everything there. If the directory held nothing, two of the metals are computed from nothing twice
# more, to show what it saves that a rank takes another point where it would have to wait. The directory is kept, so that the next
# invocation of this script computes nothing at all: $HASHCACHE_DIR if that is set, else a directory beside the build. RANKS may also come from the
# environment; 4 is the default. Where to build: see cmake/build.sh. Needs no root, but for packages that are missing.
set -u

source=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 1
. "$source/cmake/build.sh"
. "$source/cmake/mpi.sh"

usage () {
  echo "usage: sh examples/run.sh [-n RANKS] [-- OPTIONS OF eos, such as --cells 6 --metals Al,Cu]" >&2
  exit 2
}

ranks=${RANKS:-4}
while getopts n: option; do
  case $option in
    n) ranks=$OPTARG ;;
    *) usage ;;
  esac
done
shift $((OPTIND - 1))
case $ranks in '' | 0* | *[!0-9]*) usage ;; esac

# run NAME OPTION...: one run of the main job; its standard output goes to $scratch/NAME.
run () {
  name=$1
  shift
  mpirun -n "$ranks" "$eos" "$@" >"$scratch/$name" || { cat "$scratch/$name"; echo "mpirun failed" >&2; exit 1; }
}

# figure NAME TEXT: the number after "# TEXT" in what a run printed.
figure () {
  sed -n "s/^# $2  *\([0-9.][0-9.]*\).*/\1/p" "$scratch/$1"
}

# tell NAME: what a run did, in a line or two.
tell () {
  computed=$(figure "$1" 'points computed')
  if [ -z "$computed" ]; then
    echo "   nothing was cached"
    return
  fi
  echo "   $(figure "$1" 'points asked for') points asked for: $computed computed, $(figure "$1" 'points found') found;" \
       "$(figure "$1" 'seconds elapsed') s on the clock"
  echo "   $(figure "$1" 'seconds computing') s of computing done, $(figure "$1" 'seconds saved') s saved"
}

# compare NAME TEXT OPTION...: two metals in a new cache directory.
compare () {
  name=$1
  text=$2
  shift 2
  (HASHCACHE_DIR=$scratch/cache-$name
   run "$name" "$@" --metals Al,Cu) || exit 1
  rm -rf "$scratch/cache-$name"
  echo "   $text: $(figure "$name" 'points waited for') points waited for, $(figure "$name" 'seconds waiting') s of waiting in all;" \
       "$(figure "$name" 'seconds elapsed') s on the clock"
}

results () {
  grep -v '^# ' "$scratch/$1"
}

# An entry of emt_energy; the directory may hold those of other programs too.
an_entry () {
  for description in "$HASHCACHE_DIR"/objects/*/function.json; do
    grep -q '"emt_energy"' "$description" 2>/dev/null || continue
    find "${description%/*}" -name '*.h5' -type f | sort | head -n 1
    return
  done
}

sh "$source/cmake/setup.sh" example || exit 1
choose_build_root
build_preset example || exit 1
eos=$build_root/example/examples/emt/eos
: "${HASHCACHE_DIR:=$build_root/example-cache}"
export HASHCACHE_DIR
scratch=$(mktemp -d "${TMPDIR:-/tmp}/hashcache-example.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
separate_session "$scratch/session"

echo
echo "== The main job under mpirun -n $ranks, cache directory $HASHCACHE_DIR"
run first "$@"
results first
cold=no
different=$(sed -n 's/^# points asked for .*different *//p' "$scratch/first")
case $(figure first 'points computed') in
  0) echo "== First run: warm, an earlier invocation has computed all of it" ;;
  "$different")
    echo "== First run: cold, the cache had none of it"
    cold=yes
    ;;
  *) echo "== First run" ;;
esac
tell first

echo "== Second run: the same job again"
run second "$@"
tell second
results first >"$scratch/numbers"
if results second | cmp -s - "$scratch/numbers"; then
  echo "   its numbers are the same, bit for bit"
else
  echo "Its numbers DIFFER from those of the first run; they were:" >&2
  results second >&2
  exit 1
fi

if [ $cold = yes ]; then
  echo "== Two metals from nothing, by ranks that wait and by ranks that take another point first"
  compare waiting 'in order (--in-order)' "$@" --in-order
  compare busy 'others first (HASHCACHE_BUSY)' "$@"
fi

entry=$(an_entry)
if [ -z "$entry" ]; then
  echo "== No entry in $HASHCACHE_DIR: see above for the reason"
else
  echo "== One entry: h5dump -H"
  h5dump -H "$entry"
fi
