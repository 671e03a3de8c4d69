# eos.sh: runs the example program under mpirun for the tests of this directory, which are called with EOS EOS_PLAIN ...
# SPDX-License-Identifier: BSD-2-Clause
#
# Gives each test a scratch directory of its own that goes away with it, and HASHCACHE_DIR inside it.
set -u
eos=$1
eos_plain=$2
. "$(dirname "$0")/../../cmake/mpi.sh"
unset HASHCACHE_STATS HASHCACHE_MODE HASHCACHE_MEMORY HASHCACHE_WAIT HASHCACHE_VERBOSE

# MPI libraries leave much behind at exit, and that is their business.
ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0
export ASAN_OPTIONS

scratch=$(mktemp -d "${TMPDIR:-/tmp}/hashcache-test.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
HASHCACHE_DIR=$scratch/cache
export HASHCACHE_DIR

# A point costs about a millisecond; `larger`, which takes some ten times as long, for jobs that have to overlap.
small='--cells 3 --metals Al,Cu,Pd'
larger='--cells 6 --metals Al,Cu,Pd'
points=96   # asked for: 32 a metal
distinct=63 # 21 a metal

fail () {
  echo "FAILED: $*" >&2
  for file in "$scratch"/*.out "$scratch"/*.err "$scratch"/*.stats; do
    [ -f "$file" ] && { echo "--- $file"; cat "$file"; } >&2
  done
  exit 1
}

# job NAME RANKS OPTION...: output to $scratch/NAME.out and NAME.err, a statistics line for each rank to NAME.stats.
job () {
  name=$1
  n=$2
  shift 2
  separate_session "$scratch/$name.session"
  HASHCACHE_STATS=$scratch/$name.stats mpirun -n "$n" "$eos" "$@" >"$scratch/$name.out" 2>"$scratch/$name.err"
}

# total COUNTER NAME...: the sum of a counter over all ranks of jobs.
total () {
  counter=$1
  shift
  for name; do cat "$scratch/$name.stats"; done |
    awk -v key="\"$counter\":" '{ at = index ($0, key); if (at) sum += substr ($0, at + length (key)) } END { printf "%d", sum }'
}

# expect COUNTER NUMBER NAME...
expect () {
  counter=$1
  number=$2
  shift 2
  is=$(total "$counter" "$@")
  [ "$is" -eq "$number" ] || fail "$counter is $is over all ranks of $*, should be $number"
}

# The lines that do not tell of the run itself.
numbers () {
  grep -v '^# ' "$scratch/$1.out"
}

# same_numbers A B
same_numbers () {
  numbers "$1" >"$scratch/$1.numbers"
  numbers "$2" >"$scratch/$2.numbers"
  [ -s "$scratch/$1.numbers" ] || fail "$1 printed nothing"
  cmp -s "$scratch/$1.numbers" "$scratch/$2.numbers" || fail "$1 and $2 print different numbers"
}

# plain NAME OPTION...: the reference: the program as it is without the plugin.
plain () {
  reference=$1
  shift
  separate_session "$scratch/$reference.session"
  mpirun -n 1 "$eos_plain" "$@" >"$scratch/$reference.out" 2>"$scratch/$reference.err" || fail "the program without the plugin failed"
}
