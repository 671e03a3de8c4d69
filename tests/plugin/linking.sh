#!/bin/sh
# linking.sh: promise: it does not matter how the parts of a program are put together (objects in any order, archives, shared
# libraries, libraries loaded while it runs), and a change in any part is seen through all of them.
#
# The parts: two functions that call each other from one file to the other, entered from both sides; static functions of the same
# name; inline functions of a header; an alias; a function that is called through a pointer. Every program prints the result of a
# build without the plugin, and keeps its entries under the same keys.
#
# Environment: as `compiling_environment` of ../CMakeLists.txt.
# SPDX-License-Identifier: BSD-2-Clause
set -u
work=$(mktemp -d "${TMPDIR:-/tmp}/hashcache test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
failures=0

fail () {
  echo "linking: $*" >&2
  failures=$((failures + 1))
}

cat > "$work/parts.h" <<'END'
#ifndef SCALE
#define SCALE 3
#endif
static inline double in_header (double x) { return x * SCALE; }
inline double c99_inline (double x) { return x + SCALE; }
double ping (int n);
double pong (int n);
double callback (double x);
double entered_at_ping (int n);
double entered_at_pong (int n);
double through (double (*f) (double), double x);
END
cat > "$work/ping.c" <<'END'
#include <hashcache.h>
#include "parts.h"
#ifndef PING
#define PING 2
#endif
static double step (int n) { return PING * n; }
double ping (int n) { return n > 0 ? step (n) + pong (n - 1) : in_header (n); }
HASHCACHE double entered_at_ping (int n) { return ping (n) + c99_inline (n); }
HASHCACHE double through (double (*f) (double), double x) { return f (x) - 1; }
END
cat > "$work/pong.c" <<'END'
#include <hashcache.h>
#include "parts.h"
#ifndef PONG
#define PONG 5
#endif
#ifndef CALLBACK
#define CALLBACK 7
#endif
static double step (int n) { return PONG - n; }
static double real_pong (int n) { return n > 0 ? step (n) * ping (n - 1) : 1; }
double pong (int n) __attribute__ ((alias ("real_pong")));
extern inline double c99_inline (double x);
HASHCACHE double entered_at_pong (int n) { return pong (n) - 1; }
double callback (double x) { return x * CALLBACK; }
END
cat > "$work/main.c" <<'END'
#include <stdio.h>
#include "parts.h"
#ifdef LOADED
#include <dlfcn.h>
#define entered_at_ping ((double (*) (int)) dlsym (parts, "entered_at_ping"))
#define entered_at_pong ((double (*) (int)) dlsym (parts, "entered_at_pong"))
#define callback ((double (*) (double)) dlsym (parts, "callback"))
#define through ((double (*) (double (*) (double), double)) dlsym (parts, "through"))
#endif
int
main (void)
{
#ifdef LOADED
  void *parts = dlopen ("libparts.so", RTLD_NOW);
  if (!parts)
    return puts (dlerror ()), 1;
#endif
  printf ("%a %a ", entered_at_ping (4), entered_at_pong (4));
  printf ("%a %a %a\n", entered_at_pong (5), entered_at_ping (5), through (callback, 2));
  return 0;
}
END

# compile OPTIONS...: with the plugin.
compile () {
  # shellcheck disable=SC2086
  "$TEST_CC" -fplugin="$TEST_PLUGIN" -I"$TEST_INCLUDE" $TEST_STORAGE_CFLAGS "$@"
}

printf '#define HASHCACHE_IMPLEMENTATION\n#include <hashcache.h>\n' > "$work/runtime.c"
compile -O1 -fPIC -c "$work/runtime.c" -o "$work/runtime.o" || fail "the runtime does not compile"

# build WAY OPTIONS...: $work/program, put together in that WAY.
build () {
  way=$1
  shift
  rm -f "$work"/*.a "$work"/*.so "$work/ping.o" "$work/pong.o" "$work/main.o"
  case $way in
  shared | loaded) set -- -fPIC "$@" ;;
  esac
  for part in ping pong main; do
    compile -O1 -w "$@" $([ $way = loaded ] && echo -DLOADED) -c "$work/$part.c" -o "$work/$part.o" || fail "$way: $part.c"
  done
  case $way in
  objects) link "$work/main.o" "$work/ping.o" "$work/pong.o" ;;
  reversed) link "$work/pong.o" "$work/ping.o" "$work/main.o" ;;
  archive)
    ar rc "$work/libparts.a" "$work/ping.o" "$work/pong.o"
    link "$work/main.o" "$work/libparts.a"
    ;;
  archives) # each needs the other
    ar rc "$work/libping.a" "$work/ping.o"
    ar rc "$work/libpong.a" "$work/pong.o"
    link "$work/main.o" "$work/libping.a" "$work/libpong.a" "$work/libping.a"
    ;;
  partly) # linked to one object first
    "$TEST_CC" -r -nostdlib "$work/ping.o" "$work/pong.o" -o "$work/both.o"
    link "$work/main.o" "$work/both.o" -Wl,--gc-sections
    ;;
  shared)
    "$TEST_CC" -shared "$work/ping.o" "$work/pong.o" -o "$work/libparts.so"
    link "$work/main.o" -L"$work" -lparts -Wl,-rpath,"$work"
    ;;
  loaded)
    "$TEST_CC" -shared "$work/ping.o" "$work/pong.o" -o "$work/libparts.so"
    link "$work/main.o" -rdynamic -Wl,-rpath,"$work"
    ;;
  esac
}

link () {
  # shellcheck disable=SC2086
  "$TEST_CC" "$@" "$work/runtime.o" $TEST_STORAGE_LIBS -o "$work/program" || fail "$way: does not link"
}

# keys WAY OPTIONS...: the keys of all entries that the program makes; it must print what it prints without the plugin.
keys () {
  rm -rf "$work/cache" "$work/stats"
  way=$1
  build "$@"
  shift
  "$TEST_CC" -O1 -w -I"$TEST_INCLUDE" "$@" "$work/main.c" "$work/ping.c" "$work/pong.c" -o "$work/without" && "$work/without" > "$work/expected"
  HASHCACHE_DIR=$work/cache HASHCACHE_STATS=$work/stats "$work/program" > "$work/printed" 2> "$work/messages"
  cmp -s "$work/expected" "$work/printed" || fail "$way $*: prints $(cat "$work/printed" "$work/messages")"
  grep -q '"uncached": 0[,}]' "$work/stats" || fail "$way $*: not cached: $(cat "$work/messages")"
  (cd "$work/cache/objects" && find . -name '*.h5' | sort)
}

keys objects > "$work/plain"
[ "$(wc -l < "$work/plain")" -eq 5 ] || fail "five calls make $(wc -l < "$work/plain") entries"
for way in reversed archive archives partly shared loaded; do
  keys $way > "$work/keys"
  cmp -s "$work/plain" "$work/keys" || fail "$way: other entries than with plain objects"
done
keys objects -O2 -fPIC > "$work/keys"
cmp -s "$work/plain" "$work/keys" || fail "-O2 -fPIC: other entries"

# changed WAY N OPTIONS...: N of the five entries are others.
changed () {
  way=$1
  n=$2
  shift 2
  keys "$way" "$@" > "$work/keys"
  others=$(comm -13 "$work/plain" "$work/keys" | wc -l)
  [ "$others" -eq "$n" ] || fail "$way $*: $others entries are others, not $n"
}

for way in objects shared loaded; do
  changed $way 4 -DPING=3
  changed $way 4 -DPONG=6
  changed $way 4 -DSCALE=4
  changed $way 1 -DCALLBACK=8
done
[ "$failures" -eq 0 ] && echo "linking: passed"
[ "$failures" -eq 0 ]
