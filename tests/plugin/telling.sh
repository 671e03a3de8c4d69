#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# telling.sh: a program is built and run, changed, built and run again: with HASHCACHE_VERBOSE=2 the second run says what has changed, and at
# exit which function had better not be marked.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/hashcache test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
failures=0
HASHCACHE_DIR=$work/cache
export HASHCACHE_DIR

fail () {
  echo "telling: $*" >&2
  failures=$((failures + 1))
}

cat > "$work/runtime.c" << 'END'
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>
END
cat > "$work/program.c" << 'END'
#include <hashcache.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
double alpha = ALPHA;
static const double table[3] = { 1, TABLE, 3 };
struct options { int kind; double width; };
struct options options = { 1, WIDTH };

static double helper (double x, int i)
{
  return x * HELPER + table[i % 3];
}

HASHCACHE double model (int n, const double a[n], const char *name)
{
  double sum = options.width * BODY;
  for (int i = 0; i < n; i++)
    sum += helper (a[i], i) * alpha + sqrt (a[i]) + strlen (name);
  return sum;
}

HASHCACHE int quick (int n)
{
  return n + 1;
}

int main (int argc, char **argv)
{
  double a[64];
  const int n = atoi (argv[1]), calls = argc > 4 ? atoi (argv[4]) : 0;
  int wrong = 0;

  for (int i = 0; i < 64; i++)
    a[i] = i + atof (argv[2]);
  wrong |= model (n, a, argv[3]) < 0;
  for (int i = 0; i < calls; i++)
    wrong |= quick (i) != i + 1;
  return wrong;
}
END

# build OPTIONS...: the program with these instead of the first ones.
build () {
  # shellcheck disable=SC2086
  "$TEST_CC" -fplugin="$TEST_PLUGIN" -w -O2 -DALPHA=0.1 -DTABLE=2 -DWIDTH=0.5 -DHELPER=3 -DBODY=1 "$@" -I"$TEST_INCLUDE" $TEST_STORAGE_CFLAGS \
    "$work/program.c" "$work/runtime.o" $TEST_STORAGE_LIBS -o "$work/program" || fail "does not build with $*"
}

# run ARGUMENTS...: what it says at level 2.
run () {
  HASHCACHE_VERBOSE=2 "$work/program" "$@" 2> "$work/said" || fail "$* ended with status $?"
}

# saying TEXT: the one line on the nearest entry ends so.
saying () {
  [ "$(grep -c ': unlike entry ' "$work/said" || true)" -eq 1 ] || fail "not one line on what is nearest to \"$1\""
  case $(grep ': unlike entry ' "$work/said") in
    "hashcache: model "*", $1") ;;
    *) fail "does not say \"$1\" but:" && cat "$work/said" >&2 ;;
  esac
}

# shellcheck disable=SC2086
"$TEST_CC" -fplugin="$TEST_PLUGIN" -O1 -I"$TEST_INCLUDE" $TEST_STORAGE_CFLAGS -c "$work/runtime.c" -o "$work/runtime.o" || exit 1
build
run 10 0.25 copper
grep -q 'unlike' "$work/said" && fail "something is nearest to the first entry"
grep -q '^hashcache: model [0-9a-f]\{32\}: computed in [0-9.]* [um]*s: no ' "$work/said" || fail "does not say why it computes"
run 10 0.25 copper
grep -q '^hashcache: model [0-9a-f]\{32\}: found in the store, ' "$work/said" || fail "does not say where it was found"

# Of what is not stored the first entry stays the nearest.
HASHCACHE_MODE=readonly
export HASHCACHE_MODE
run 20 0.25 copper
saying 'argument `n` changed: 10 -> 20; argument `a` differs: 10 -> 20 elements'
run 10 0.75 copper
saying 'argument `a` differs'
run 10 0.25 'the other'
saying 'argument `name` changed: "copper" -> "the other"'
build -DALPHA=0.2
run 10 0.25 copper
saying 'global `alpha` changed: 0.1 -> 0.2'
build -DWIDTH=0.125
run 10 0.25 copper
saying 'global `options.width` changed: 0.5 -> 0.125'
build -DHELPER=4
run 10 0.25 copper
saying 'the body of callee `helper` changed'
build -DTABLE=5
run 10 0.25 copper
saying 'constant `table` changed'
build -DBODY=7
run 10 0.25 copper
saying 'its body changed'
build -DBODY=7 -DALPHA=1e300
run 10 0.25 copper
case $(grep ': unlike entry ' "$work/said") in
  *'global `alpha` changed: 0.1 -> 1e+300'*'its body changed'*) ;;
  *) fail "does not say both" && cat "$work/said" >&2 ;;
esac
build -fno-signed-zeros
run 10 0.25 copper
case $(grep ': unlike entry ' "$work/said") in
  *', the compiler or its options changed: GCC '*' -> GCC '*' no-signed-zeros; '*) ;;
  *) fail "does not say that options changed" && cat "$work/said" >&2 ;;
esac
unset HASHCACHE_MODE

# What is computed in an instant, for one argument after the other.
build
HASHCACHE_VERBOSE=1 "$work/program" 10 0.25 copper 5000 2> "$work/said" || fail "many calls end with status $?"
[ "$(wc -l < "$work/said")" -eq 2 ] || fail "not two lines at exit"
grep -q '^hashcache: 5001 calls: 0 from memory, 1 from the store, 5000 computed, 5000 stored; [0-9.]* [KM]*iB read, [0-9.]* [KM]*iB written; ' "$work/said" \
  || fail "no summary"
grep -q '^hashcache: looking up quick ([^ ].*program\.c:[0-9]*) took [0-9.]* [um]*s a call, computing it [0-9.]* us: leave HASHCACHE away from it$' \
  "$work/said" || fail "does not say that quick had better not be marked"
[ $failures -eq 0 ] || cat "$work/said" >&2
exit $((failures > 0))
