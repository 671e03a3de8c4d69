#!/bin/sh
# libraries.sh: promise: a trusted function is a leaf, which library holds it is part of the key as HASHCACHE_LIBS says, and another
# build of that library is never taken for the one that has computed an entry.
#
# A library without the plugin, shared and static, is trusted in each of the three ways and rebuilt with and without a version in its
# name, a build id, a change. Then BLAS, LAPACK, FFTW and GSL where they are installed.
#
# Environment: as `compiling_environment` of ../CMakeLists.txt.
# SPDX-License-Identifier: BSD-2-Clause
set -u
work=$(mktemp -d "${TMPDIR:-/tmp}/hashcache test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
failures=0

fail () {
  echo "libraries: $*" >&2
  failures=$((failures + 1))
}

# compile OPTIONS...: with the plugin.
compile () {
  # shellcheck disable=SC2086
  "$TEST_CC" -fplugin="$TEST_PLUGIN" -I"$TEST_INCLUDE" $TEST_STORAGE_CFLAGS -O1 -w "$@"
}

# program NAME OBJECTS_AND_OPTIONS...
program () {
  made=$work/$1
  shift
  # shellcheck disable=SC2086
  compile "$@" "$work/runtime.o" $TEST_STORAGE_LIBS -o "$made" || fail "does not build: $*"
}

# expect WHAT OUTPUT COMPUTED PROGRAM [VARIABLE=VALUE...]: PROGRAM prints OUTPUT ("" for anything) and computes COMPUTED calls, and
# WHAT says why.
expect () {
  what=$1 wanted=$2 computed=$3 run=$work/$4
  shift 4
  rm -f "$work/stats"
  output=$(env HASHCACHE_DIR="$work/cache" HASHCACHE_STATS="$work/stats" HASHCACHE_VERBOSE=1 "$@" "$run" 2> "$work/messages") \
    || fail "$what: exit status $?"
  [ -z "$wanted" ] || [ "$output" = "$wanted" ] || fail "$what: prints $output, not $wanted"
  [ "$(statistic uncached)" = 0 ] || fail "$what: not cached: $(cat "$work/messages")"
  [ "$(statistic computed)" = "$computed" ] || fail "$what: computed $(statistic computed), not $computed"
}

statistic () {
  sed "s/.*\"$1\": \([0-9]*\).*/\1/" "$work/stats"
}

forget () {
  rm -rf "$work/cache"
}

printf '#define HASHCACHE_IMPLEMENTATION\n#include <hashcache.h>\n' > "$work/runtime.c"
compile -c "$work/runtime.c" -o "$work/runtime.o" || fail "the runtime does not compile"

# A library of the user's own -------------------------------------------------------------------------------------------

cat > "$work/foreign.c" <<'END'
#include "inner.h"
#ifndef ADD
#define ADD 1
#endif
double foreign (double x) { return INNER (x) + ADD; }
END
cat > "$work/inner.h" <<'END'
#ifdef NEEDS
double inner (double x);
#define INNER(x) inner (x)
#else
#define INNER(x) (x)
#endif
END
echo 'double inner (double x) { return x * BY; }' > "$work/inner.c"
cat > "$work/main.c" <<'END'
#include <hashcache.h>
#include <stdio.h>
#ifdef DECLARED
double foreign (double x) HASHCACHE_TRUST;
#else
double foreign (double x);
#endif
HASHCACHE double twice (double x) { return 2 * foreign (x); }
int main (void) { printf ("%g\n", twice (3)); return 0; }
END

# shared FILE OPTIONS...: the library FILE; libforeign.so leads to it.
shared () {
  file=$1
  shift
  rm -f "$work"/libforeign.so*
  "$TEST_CC" -O1 -fPIC -shared -Wl,-soname,libforeign.so -I"$work" "$work/foreign.c" "$@" -o "$work/$file" || fail "no library with $*"
  [ "$file" = libforeign.so ] || ln -s "$file" "$work/libforeign.so"
}

shared libforeign.so -Wl,--build-id
program untrusted "$work/main.c" -L"$work" -lforeign -Wl,-rpath,"$work"
HASHCACHE_DIR=$work/cache HASHCACHE_STATS=$work/stats HASHCACHE_VERBOSE=1 "$work/untrusted" > "$work/out" 2> "$work/messages"
[ "$(cat "$work/out")" = 8 ] || fail "without trust: prints $(cat "$work/out")"
[ "$(statistic uncached)" = 1 ] || fail "without trust: cached"
for text in "it calls foreign" "main.c:8" "-fplugin=hashcache" HASHCACHE_TRUST -fplugin-arg-hashcache-trust=foreign; do
  grep -qF -e "$text" "$work/messages" || fail "without trust: does not say $text but $(cat "$work/messages")"
done

for way in -DDECLARED -fplugin-arg-hashcache-trust=foreign "-fplugin-arg-hashcache-trust=nothing,for* -flto" "-no-pie -DDECLARED"; do
  forget
  shared libforeign.so -Wl,--build-id
  # shellcheck disable=SC2086
  program trusting $way "$work/main.c" -L"$work" -lforeign -Wl,-rpath,"$work"
  expect "$way, cold" 8 1 trusting
  expect "$way, warm" 8 0 trusting
  shared libforeign.so -Wl,--build-id -DADD=2
  expect "$way, changed library" 10 1 trusting
  shared libforeign.so -Wl,--build-id
  expect "$way, library changed back" 8 0 trusting
  shared libforeign.so.1.2.3 -Wl,--build-id -DADD=3
  expect "$way, the user's own library with a version" 12 1 trusting
  shared libforeign.so.1.2.3 -Wl,--build-id -DADD=4
  expect "$way, rebuilt under the same version" 14 1 trusting
  shared libforeign.so -Wl,--build-id=none -DADD=5
  expect "$way, without build id" 16 1 trusting
  expect "$way, without build id, warm" 16 0 trusting
  shared libforeign.so -Wl,--build-id=none -DADD=6
  expect "$way, another without build id" 18 1 trusting
done

# none: the name is enough, so the old result is found. That is what the user asks for.
forget
shared libforeign.so -Wl,--build-id
expect "none, cold" 8 1 trusting HASHCACHE_LIBS=none
shared libforeign.so -Wl,--build-id -DADD=2
expect "none, changed library" 8 0 trusting HASHCACHE_LIBS=none
expect "build-id" 10 1 trusting HASHCACHE_LIBS=build-id
expect "a bad value is the default" 10 1 trusting HASHCACHE_LIBS=nonsense
grep -q "HASHCACHE_LIBS=nonsense is no valid value" "$work/messages" || fail "does not say what is wrong: $(cat "$work/messages")"
expect "the default" 10 0 trusting

# What the library needs is part of it.
forget
for by in 2 3; do
  "$TEST_CC" -O1 -fPIC -shared -Wl,-soname,libinner.so -Wl,--build-id -DBY=$by "$work/inner.c" -o "$work/libinner.so"
  [ $by = 3 ] || shared libforeign.so -Wl,--build-id -DNEEDS -L"$work" -linner -Wl,-rpath,"$work"
  expect "an inner library that multiplies by $by" $((2 * (3 * by + 1))) 1 trusting
done

# Static: the program holds it.
forget
for add in 1 2; do
  for id in --build-id --build-id=none; do
    "$TEST_CC" -O1 -DADD=$add -I"$work" -c "$work/foreign.c" -o "$work/foreign.o"
    rm -f "$work/libforeign.so" "$work/libforeign.a"
    ar rc "$work/libforeign.a" "$work/foreign.o"
    program static -DDECLARED -Wl,$id "$work/main.c" -L"$work" -lforeign
    expect "static, adds $add, $id" $((2 * (3 + add))) 1 static
    expect "static, adds $add, $id, warm" $((2 * (3 + add))) 0 static
  done
done

# A shared library with a copy of its own calls that, whatever another one exports under the same name.
forget
shared libforeign.so -Wl,--build-id -DADD=100
cat > "$work/middle.c" <<'END'
#include <hashcache.h>
double foreign (double x) HASHCACHE_TRUST;
HASHCACHE double twice (double x) { return 2 * foreign (x); }
END
cat > "$work/outer.c" <<'END'
#include <stdio.h>
double twice (double), foreign (double);
int main (void) { printf ("%g\n", twice (3) + 0 * foreign (1)); return 0; }
END
for add in 1 2; do
  "$TEST_CC" -O1 -fPIC -fvisibility=hidden -DADD=$add -I"$work" -c "$work/foreign.c" -o "$work/own.o"
  compile -fPIC -shared -Wl,--build-id "$work/middle.c" "$work/own.o" -o "$work/libmiddle.so"
  program outer "$work/outer.c" -L"$work" -lmiddle -lforeign -Wl,-rpath,"$work"
  expect "a copy of its own that adds $add" $((2 * (3 + add))) 1 outer
done

# Where the program takes the address of a library's function, that address may lie in the program itself (not PIE).
forget
cat > "$work/address.c" <<'END'
#include <hashcache.h>
#include <math.h>
#include <stdio.h>
double (*kept) (double) = cos;
HASHCACHE double wave (double x) { return cos (x) + 1; }
int main (void) { printf ("%g %d\n", wave (0), kept == cos); return 0; }
END
for pie in "-no-pie -fno-pie" "-pie -fPIE"; do
  for mode in version build-id none; do
    forget
    # shellcheck disable=SC2086
    program address $pie "$work/address.c" -lm
    expect "address of cos, $pie, $mode" "2 1" 1 address HASHCACHE_LIBS=$mode
    expect "address of cos, $pie, $mode, warm" "2 1" 0 address HASHCACHE_LIBS=$mode
  done
done

# Another locale, another key; a thread's own locale has no name.
forget
cat > "$work/local.c" <<'END'
#define _GNU_SOURCE
#include <hashcache.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
HASHCACHE double number (const char *s HASHCACHE_COUNT (strlen (s) + 1)) { return atof (s); }
int main (void)
{
  setlocale (LC_ALL, getenv ("SET") ? getenv ("SET") : "C");
  if (getenv ("OWN"))
    uselocale (newlocale (LC_ALL_MASK, "C", (locale_t) 0));
  printf ("%g\n", number ("1.5"));
  return 0;
}
END
program local "$work/local.c"
expect "locale C" 1.5 1 local
expect "locale C, warm" 1.5 0 local
expect "locale C.UTF-8" 1.5 1 local SET=C.UTF-8
expect "locale C again" 1.5 0 local
rm -f "$work/stats"
HASHCACHE_DIR=$work/cache HASHCACHE_STATS=$work/stats OWN=1 "$work/local" > "$work/out" 2> "$work/messages"
[ "$(statistic uncached)" = 1 ] || fail "cached in a thread with a locale of its own"

# Libraries that are trusted as they come -----------------------------------------------------------------------------------

# links SOURCE OPTIONS...: such a program can be built here.
links () {
  printf '%s\n' "$1" > "$work/probe.c"
  shift
  "$TEST_CC" -w "$work/probe.c" "$@" -lm -o "$work/probe" 2> "$work/errors"
}

if links 'int dgemm_ (); int main (void) { return dgemm_ == 0; }' -lblas; then
  cat > "$work/blas.c" <<'END'
#include <hashcache.h>
#include <stdio.h>
void dgemm_ (const char *, const char *, const int *, const int *, const int *, const double *, const double *, const int *,
             const double *, const int *, const double *, double *, const int *);
HASHCACHE void product (int n, const double a[n][n], const double b[n][n], double c[n][n] HASHCACHE_OUT)
{
  const double one = 1, zero = 0;
  dgemm_ ("N", "N", &n, &n, &n, &one, &b[0][0], &n, &a[0][0], &n, &zero, &c[0][0], &n);
}
int main (void)
{
  double a[2][2] = { { 1, 2 }, { 3, 4 } }, c[2][2];
  product (2, a, a, c);
  printf ("%g %g %g %g\n", c[0][0], c[0][1], c[1][0], c[1][1]);
  return 0;
}
END
  forget
  program blas "$work/blas.c" -lblas
  expect "dgemm" "7 10 15 22" 1 blas
  expect "dgemm, warm" "7 10 15 22" 0 blas
  expect "dgemm, another number of threads" "7 10 15 22" 1 blas OPENBLAS_NUM_THREADS=1
  # The same functions in another library.
  mkdir "$work/other"
  for change in 1 2; do
    cat > "$work/otherblas.c" <<END
void dgemm_ (const char *p, const char *q, const int *m, const int *n, const int *k, const double *x, const double *a, const int *lda,
             const double *b, const int *ldb, const double *y, double *c, const int *ldc) { for (int i = 0; i < *m * *n; i++) c[i] = $change; }
END
    "$TEST_CC" -O1 -fPIC -shared -Wl,-soname,libblas.so.3 -Wl,--build-id "$work/otherblas.c" -o "$work/other/libblas.so.3"
    expect "dgemm of another library, $change" "$change $change $change $change" 1 blas LD_LIBRARY_PATH="$work/other"
  done
  # A version in the name of the file is enough for these, unless build ids are asked for.
  rm "$work/other/libblas.so.3"
  "$TEST_CC" -O1 -fPIC -shared -Wl,-soname,libblas.so.3 -Wl,--build-id "$work/otherblas.c" -o "$work/other/libblas.so.3.99.1"
  ln -s libblas.so.3.99.1 "$work/other/libblas.so.3"
  expect "a version" "2 2 2 2" 1 blas LD_LIBRARY_PATH="$work/other"
  "$TEST_CC" -O0 -fPIC -shared -Wl,-soname,libblas.so.3 -Wl,--build-id "$work/otherblas.c" -o "$work/other/libblas.so.3.99.1"
  expect "the same version" "2 2 2 2" 0 blas LD_LIBRARY_PATH="$work/other"
  expect "by build id" "2 2 2 2" 1 blas LD_LIBRARY_PATH="$work/other" HASHCACHE_LIBS=build-id
  mv "$work/other/libblas.so.3.99.1" "$work/other/libblas.so.3.99.2"
  ln -sf libblas.so.3.99.2 "$work/other/libblas.so.3"
  expect "another version" "2 2 2 2" 1 blas LD_LIBRARY_PATH="$work/other"
else
  echo "libraries: no BLAS here"
fi

if links '#include <cblas.h>
int main (void) { return cblas_ddot == 0; }' -lopenblas; then
  cat > "$work/cblas.c" <<'END'
#include <cblas.h>
#include <hashcache.h>
#include <stdio.h>
#include <stdlib.h>
HASHCACHE double dot (int n, const double a[n], const double b[n]) { return cblas_ddot (n, a, 1, b, 1); }
int main (int argc, char **argv)
{
  double a[3] = { 1, 2, 3 };
  printf ("%g\n", dot (3, a, a));
  openblas_set_num_threads (getenv ("THREADS") ? atoi (getenv ("THREADS")) : 1);
  printf ("%g\n", dot (3, a, a));
  return 0;
}
END
  forget
  program cblas "$work/cblas.c" -lopenblas
  expect "cblas_ddot" "14
14" 1 cblas OPENBLAS_NUM_THREADS=1
  expect "cblas_ddot, warm" "14
14" 0 cblas OPENBLAS_NUM_THREADS=1
  if [ "$(nproc)" -gt 1 ]; then
    expect "cblas_ddot, other threads meanwhile" "14
14" 1 cblas OPENBLAS_NUM_THREADS=1 THREADS=2
  fi
else
  echo "libraries: no OpenBLAS here"
fi

if links '#include <fftw3.h>
int main (void) { return fftw_malloc == 0; }' -lfftw3; then
  cat > "$work/fftw.c" <<'END'
#include <fftw3.h>
#include <hashcache.h>
#include <stdio.h>
#include <string.h>
#ifndef HOW
#define HOW FFTW_ESTIMATE
#endif
HASHCACHE void transform (int n, const double in[n][2], double out[n][2] HASHCACHE_OUT)
{
  fftw_complex *a = fftw_alloc_complex (n);
  fftw_plan plan = fftw_plan_dft_1d (n, a, a, FFTW_FORWARD, HOW);
  memcpy (a, in, n * sizeof *a);
  fftw_execute (plan);
  memcpy (out, a, n * sizeof *a);
  fftw_destroy_plan (plan);
  fftw_free (a);
}
int main (void)
{
  double a[4][2] = { { 1, 0 }, { 2, 0 }, { 3, 0 }, { 4, 0 } }, b[4][2];
  transform (4, a, b);
  printf ("%g %g %g\n", b[0][0], b[1][0], b[1][1]);
  return 0;
}
END
  forget
  program fftw "$work/fftw.c" -lfftw3
  expect "fftw" "10 -2 2" 1 fftw
  expect "fftw, warm" "10 -2 2" 0 fftw
  if compile -DHOW=FFTW_MEASURE -c "$work/fftw.c" -o "$work/fftw.o" 2> "$work/errors"; then
    fail "a plan that is measured is not refused"
  fi
  grep -q "depends on the clock" "$work/errors" || fail "a plan that is measured: $(cat "$work/errors")"
else
  echo "libraries: no FFTW here"
fi

if links '#include <gsl/gsl_sf_bessel.h>
int main (void) { return gsl_sf_bessel_J0 == 0; }' -lgsl -lgslcblas; then
  cat > "$work/gsl.c" <<'END'
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_sf_bessel.h>
#include <hashcache.h>
#include <stdio.h>
HASHCACHE double bessel (double x) { return gsl_sf_bessel_J0 (x); }
HASHCACHE double determinant (int n, const double a[n][n])
{
  gsl_matrix *m = gsl_matrix_alloc (n, n);
  gsl_permutation *p = gsl_permutation_alloc (n);
  int sign;
  double d;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < n; k++)
      gsl_matrix_set (m, i, k, a[i][k]);
  gsl_linalg_LU_decomp (m, p, &sign);
  d = gsl_linalg_LU_det (m, sign);
  gsl_permutation_free (p);
  gsl_matrix_free (m);
  return d;
}
int main (void)
{
  double a[2][2] = { { 1, 2 }, { 3, 4 } };
  printf ("%.6f %.6f\n", bessel (1), determinant (2, a));
  return 0;
}
END
  forget
  program gsl "$work/gsl.c" -lgsl -lgslcblas
  expect "gsl" "0.765198 -2.000000" 2 gsl
  expect "gsl, warm" "0.765198 -2.000000" 0 gsl
else
  echo "libraries: no GSL here"
fi

[ "$failures" -eq 0 ] && echo "libraries: passed"
[ "$failures" -eq 0 ]
