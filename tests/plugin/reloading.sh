#!/bin/sh
# reloading.sh: promise: a library that is unloaded while the program runs, and another one that is loaded in its place, have nothing to do
# with each other: no result that was known by heart is taken for the other's, and none is told about that is gone.
#
# Two libraries of the same size, so that they are mapped to the same addresses, as the program checks and tells; their functions have the same
# name, arguments and contracts, and differ in a constant and in what their variable holds. Then a library that carries the runtime, and HDF5
# with it, is unloaded by a thread that has stored an entry.
#
# Environment: as `compiling_environment` of ../CMakeLists.txt.
# SPDX-License-Identifier: BSD-2-Clause
set -u
work=$(mktemp -d "${TMPDIR:-/tmp}/hashcache test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

fail () {
  echo "reloading: $*" >&2
  cat "$work/messages" >&2
  exit 1
}

cat > "$work/part.c" <<'END'
#include <hashcache.h>
int shift = SHIFT;
HASHCACHE int of_code (int n) { return FACTOR * n; }
HASHCACHE int of_variable (int n) { return n + shift; }
END
cat > "$work/main.c" <<'END'
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>
#include <dlfcn.h>
#include <link.h>
#include <string.h>

/* What is wrong with calls into the library PATH; 0 if nothing is. */
static int
try_library (const char *path, int factor, int shift, void **place)
{
  void *library = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  int (*of_code) (int), (*of_variable) (int), wrong = 0;
  void *address = library ? dlsym (library, "of_code") : NULL;

  if (!address)
    return puts (dlerror ()), 1;
  *place = (void *) ((struct link_map *) library)->l_addr;
  memcpy (&of_code, &address, sizeof of_code);
  address = dlsym (library, "of_variable");
  memcpy (&of_variable, &address, sizeof of_variable);
  for (int i = 0; i < 5; i++)
    for (int n = 0; n < 3; n++)
      wrong += of_code (n) != factor * n || of_variable (n) != n + shift;
  return dlclose (library) != 0 || wrong;
}

int
main (int argc, char **argv)
{
  uint64_t hits = 0;
  struct hashcache_statistics s;
  void *place = NULL, *before = NULL;
  int wrong = argc < 3, met = 0;

  for (int i = 0; i < 6 && !wrong; i++, before = place) {
    wrong = try_library (argv[1 + i % 2], i % 2 ? 7 : 3, i % 2 ? 50 : 20, &place);
    met += place == before;
  }
  hits = hashcache__hits_on_shelves (HASHCACHE__ALL_FUNCTIONS);
  if (hashcache_stats (&s) != HASHCACHE_OK || s.uncached > 0 || s.calls != 6 * 30)
    wrong = 1;
  printf ("%s, %s\n", wrong ? "wrong" : "right", hits > 0 ? "by shortcuts" : "the whole way");
  puts (met > 0 ? "at the same places" : "at different places");
  return wrong;
}
END

# compile OPTIONS...: with the plugin.
compile () {
  # shellcheck disable=SC2086
  "$TEST_CC" -fplugin="$TEST_PLUGIN" -O1 -I"$TEST_INCLUDE" $TEST_STORAGE_CFLAGS "$@" || fail "does not compile: $*"
}

: > "$work/messages"
compile -fPIC -shared -DFACTOR=3 -DSHIFT=20 "$work/part.c" -o "$work/one.so"
compile -fPIC -shared -DFACTOR=7 -DSHIFT=50 "$work/part.c" -o "$work/two.so"
# shellcheck disable=SC2086
compile -rdynamic "$work/main.c" -o "$work/program" $TEST_STORAGE_LIBS -ldl

for mode in on readonly; do
  HASHCACHE_DIR=$work/cache HASHCACHE_MODE=$mode HASHCACHE_VERBOSE=1 HASHCACHE_STATS=$work/stats "$work/program" "$work/one.so" "$work/two.so" \
    > "$work/printed" 2> "$work/messages"
  status=$?
  [ $status -eq 0 ] || fail "$mode: status $status: $(cat "$work/printed")"
  grep -q '^right, by shortcuts$' "$work/printed" || fail "$mode: $(cat "$work/printed")"
  grep -q 'different' "$work/printed" && echo "NOT TESTED: the libraries were loaded at different places" >&2
done

cat > "$work/whole.c" <<'END'
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>
HASHCACHE int tripled (int n) { return 3 * n; }
END
cat > "$work/threads.c" <<'END'
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static void *
load_and_unload (void *path)
{
  void *library = dlopen (path, RTLD_NOW), *address = library ? dlsym (library, "tripled") : NULL;
  int (*tripled) (int);

  if (!address)
    return path;
  memcpy (&tripled, &address, sizeof tripled);
  return tripled (5) == 15 && dlclose (library) == 0 ? NULL : path;
}

int
main (int argc, char **argv)
{
  void *wrong = NULL;
  pthread_t thread;

  for (int i = 0; i < 3 && !wrong; i++)
    if (argc < 2 || pthread_create (&thread, NULL, load_and_unload, argv[1]) != 0 || pthread_join (thread, &wrong) != 0)
      return 1;
  return wrong != NULL;
}
END
# shellcheck disable=SC2086
compile -fPIC -shared "$work/whole.c" -o "$work/whole.so" $TEST_STORAGE_LIBS
"$TEST_CC" -O1 "$work/threads.c" -o "$work/threads" -lpthread -ldl || fail "does not compile"
HASHCACHE_DIR=$work/whole HASHCACHE_VERBOSE=1 "$work/threads" "$work/whole.so" 2> "$work/messages" ||
  fail "a library that carries the runtime cannot be unloaded by a thread that has stored: status $?"
[ -n "$(find "$work/whole/objects" -name '*.h5')" ] || fail "nothing was stored"
exit 0
