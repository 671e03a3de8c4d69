#!/bin/sh
# readme.sh: the README's program compiles, and its second run computes nothing: sh readme.sh SOURCE_DIR
# SPDX-License-Identifier: BSD-2-Clause
#
# With the environment of tests that compile for themselves, see tests/CMakeLists.txt.
set -u
scratch=$(mktemp -d "${TMPDIR:-/tmp}/hashcache-test.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

fail () {
  echo "FAILED: $*" >&2
  exit 1
}

sed -n '/^```c$/,/^```$/p' "$1/README.md" | sed '/^```/d' >"$scratch/prog.c"
[ -s "$scratch/prog.c" ] || fail "no program in README.md"
# shellcheck disable=SC2086
"$TEST_CC" "-fplugin=$TEST_PLUGIN" -Wall -Wextra -Werror "-I$TEST_INCLUDE" $TEST_STORAGE_CFLAGS "$scratch/prog.c" $TEST_STORAGE_LIBS \
  -o "$scratch/prog" || fail "the program of README.md does not compile"
for run in cold warm; do
  HASHCACHE_DIR=$scratch/cache HASHCACHE_STATS=$scratch/$run.stats "$scratch/prog" >"$scratch/$run.out" || fail "the $run run failed"
done
cmp -s "$scratch/cold.out" "$scratch/warm.out" || fail "cold and warm differ"
grep -q '"computed": 1,' "$scratch/cold.stats" || fail "the cold run: $(cat "$scratch/cold.stats")"
grep -q '"computed": 0,' "$scratch/warm.stats" || fail "the warm run: $(cat "$scratch/warm.stats")"
