#!/bin/sh
# run_script.sh: examples/run.sh computes everything the first time and nothing the second time, called from anywhere.
# SPDX-License-Identifier: BSD-2-Clause
#
# sh run_script.sh SOURCE_DIR
set -u
scratch=$(mktemp -d "${TMPDIR:-/tmp}/hashcache-test.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
HASHCACHE_DIR=$scratch/cache
export HASHCACHE_DIR
cd "$scratch" || exit 1

fail () {
  echo "FAILED: $*" >&2
  cat "$scratch"/*.out >&2
  exit 1
}

sh "$1/examples/run.sh" -n 3 -- --cells 3 --metals Cu,Pd >first.out 2>&1 || fail "the first invocation failed"
RANKS=2 sh "$1/examples/run.sh" -- --cells 3 --metals Cu,Pd >second.out 2>&1 || fail "the second invocation failed"

grep -q '64 points asked for: 42 computed, 22 found' first.out || fail "the first run was not cold"
[ "$(grep -c '64 points asked for: 0 computed, 64 found' first.out)" -eq 1 ] || fail "its second run was not warm"
[ "$(grep -c '64 points asked for: 0 computed, 64 found' second.out)" -eq 2 ] || fail "the second invocation computed"
grep -q 'in order (--in-order): [0-9]* points waited for' first.out || fail "no word of waiting in order"
grep -q 'others first (HASHCACHE_BUSY): [0-9]* points waited for' first.out || fail "no word of taking others first"
grep -q 'points waited for' second.out && fail "the second invocation has compared what it should not compute"
for file in first.out second.out; do
  grep -q 'the same, bit for bit' $file || fail "$file: the numbers changed"
  grep -q 'GROUP "outputs"' $file || fail "$file: no entry was shown"
done
[ "$(grep -E '^(Cu|Pd) ' first.out)" = "$(grep -E '^(Cu|Pd) ' second.out)" ] || fail "the invocations print different numbers"
sh "$1/examples/run.sh" -n many >third.out 2>&1
[ $? -eq 2 ] || fail "-n many was taken for a number"
