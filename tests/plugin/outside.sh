#!/bin/sh
# outside.sh: promise: a contract in a file means what it means in the source, and what is wrong in the file is said with its line.
#
# Environment: as `compiling_environment` of ../CMakeLists.txt.
# SPDX-License-Identifier: BSD-2-Clause
set -u
work=$(mktemp -d "${TMPDIR:-/tmp}/hashcache test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
failures=0

fail () {
  echo "outside: $*" >&2
  failures=$((failures + 1))
}

# compile OPTIONS...: the program with the plugin; what GCC says goes to $work/errors.
compile () {
  (cd "$work" && "$TEST_CC" -fplugin="$TEST_PLUGIN" -I"$TEST_INCLUDE" -S -w "$@" -o "$work/out.s" 2> "$work/errors")
}

cat > "$work/program.c" << 'END'
#include <stdio.h>
#ifdef ANNOTATED
#include <hashcache.h>
#else
#define HASHCACHE
#define HASHCACHE_COUNT(...)
#define HASHCACHE_OUT
#define HASHCACHE_IGNORE
#define HASHCACHE_ALLOW(names)
#define HASHCACHE_ANY_THREADS
#endif
struct grid { int nx, ny; double *u HASHCACHE_COUNT (nx * ny); };
typedef struct { int n; double *v HASHCACHE_COUNT (n); } row;
int length;
extern double *table HASHCACHE_COUNT (length + 1);
double *table;
int calls HASHCACHE_IGNORE;
double energy (int n, int m, const double *x, double *force, FILE *log, const struct grid *g, const row *r);
HASHCACHE HASHCACHE_ALLOW ("clock") HASHCACHE_ANY_THREADS
double energy (int n, int m, const double *x HASHCACHE_COUNT ((n) * (m)), double *force HASHCACHE_COUNT (3 * n) HASHCACHE_OUT,
	       FILE *log HASHCACHE_IGNORE, const struct grid *g, const row *r)
{
  for (int i = 0; i < 3 * n; i++) force[i] = x[i % (n * m)] * table[0];
  calls++;
  return g->u[0] + r->v[0];
}
HASHCACHE double other (int n, const double *x HASHCACHE_COUNT (n)) { return x[n - 1]; }
END

cat > "$work/contracts" << 'END'
/* Contracts of program.c, and of much that it does not have. */
HASHCACHE HASHCACHE_ALLOW ("clock") HASHCACHE_ANY_THREADS
double energy (int atoms, int dimensions, const double x[atoms][dimensions],
               double *force HASHCACHE_COUNT (3 * atoms) HASHCACHE_OUT,
               FILE *log HASHCACHE_IGNORE, const struct grid *, const row *); // names are the file's own
HASHCACHE double other (int n, const double x[static const n]);
struct grid { int nx, ny; double *u HASHCACHE_COUNT (nx * ny); };
typedef struct { double *v HASHCACHE_COUNT (n); } row;
extern double *table HASHCACHE_COUNT (length + 1);
extern int calls HASHCACHE_IGNORE, others;
HASHCACHE int not_here (void);
struct unknown { struct { double *w HASHCACHE_COUNT (1); }; };
END

for level in -O0 -O2; do
  rm -f "$work/annotated" "$work/outside"
  compile $level -DANNOTATED "-fplugin-arg-hashcache-report=$work/annotated" program.c || fail "does not compile: $(cat "$work/errors")"
  compile $level "-fplugin-arg-hashcache-contract=contracts" "-fplugin-arg-hashcache-report=$work/outside" program.c \
    || fail "does not compile with a contract: $(cat "$work/errors")"
  diff "$work/annotated" "$work/outside" > "$work/diff" || fail "$level: the contract means something else (< in the source):
$(cat "$work/diff")"
  [ "$(grep -c '^program.c' "$work/outside")" -eq 2 ] || fail "$level: not all functions were marked"
done

# refused LINE TEXT CONTRACT: GCC says TEXT of LINE of the file with CONTRACT.
refused () {
  printf '%s' "$3" > "$work/wrong"
  compile -fplugin-arg-hashcache-contract=wrong program.c && fail "was accepted: $3"
  grep -qF "error: wrong:$1: $2" "$work/errors" || fail "of $3 it says: $(cat "$work/errors")"
}

refused 2 "there is no word HASHCACHE_COUNTS" '
double f (double *x HASHCACHE_COUNTS (3));'
refused 1 "HASHCACHE_COUNT needs an argument in brackets" 'double f (double *x HASHCACHE_COUNT);'
refused 1 "HASHCACHE_ANY_THREADS stands on functions only" 'double f (double *x HASHCACHE_ANY_THREADS);'
refused 1 "HASHCACHE_OUT does not stand on functions" 'HASHCACHE_OUT double f (double *x);'
refused 3 "this declaration does not end with ';'" '

double f (double *x)'
refused 2 "nothing closes this '('" '
double f (double *x;'
refused 1 "nothing closes this '{'" 'struct s { double *x;'
refused 1 "a ';' is missing" 'struct s { double *x };'
refused 1 "this comment does not end" 'int a; /* b'
refused 1 "this string does not end" 'HASHCACHE_ALLOW ("a) int f (void);'
refused 2 "there is no preprocessor here" '
#include <stdio.h>'
refused 2 "f has a contract already, at wrong:1" 'int f (int a);
int f (int b);'

printf 'HASHCACHE double other (int n, int m, const double x[n]);' > "$work/wrong"
compile -fplugin-arg-hashcache-contract=wrong program.c && fail "another number of parameters was accepted"
grep -q "program.c:[0-9]*:18: error: .other. has another number of parameters than its contract at wrong:1: 2, not 3" "$work/errors" \
  || fail "of another number of parameters it says: $(cat "$work/errors")"

compile -fplugin-arg-hashcache-contract=nowhere program.c && fail "a missing file was accepted"
grep -q "hashcache cannot read the contracts in .nowhere.: No such file" "$work/errors" || fail "of a missing file: $(cat "$work/errors")"

[ "$failures" -eq 0 ] && echo "outside: passed"
[ "$failures" -eq 0 ]
