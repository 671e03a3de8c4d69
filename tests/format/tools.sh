#!/bin/sh
# tools.sh: h5dump, h5ls, h5stat, h5diff, h5repack, h5py and xarray see the outputs of a call as the source has them.
# SPDX-License-Identifier: BSD-2-Clause
#
# Compiles a program with the plugin, runs it, and compares what those tools print with what the program computed. A repacked entry is a hit.
set -u
scratch=$(mktemp -d "${TMPDIR:-/tmp}/hashcache-test-XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
export HASHCACHE_DIR="$scratch/cache"
failures=0

fail () {
  echo "tools.sh: $*" >&2
  failures=$((failures + 1))
}

cat >"$scratch/program.c" <<'END'
#include <complex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

struct atom {
  int number;
  double position[3];
};

static long calls = 10;

HASHCACHE static char *
study (int n, const double weights[n], HASHCACHE_OUT double grid[2][n], HASHCACHE_OUT struct atom atoms[2],
       HASHCACHE_OUT double _Complex waves[2], HASHCACHE_OUT float *mean) HASHCACHE_RETURNS (string);

HASHCACHE static char *
study (int n, const double weights[n], double grid[2][n], struct atom atoms[2], double _Complex waves[2], float *mean)
{
  char *name = malloc (7);

  calls++;
  for (int i = 0; i < n; i++) {
    grid[0][i] = 2 * weights[i];
    grid[1][i] = -weights[i];
  }
  for (int i = 0; i < 2; i++) {
    atoms[i].number = 29 + i;
    for (int k = 0; k < 3; k++)
      atoms[i].position[k] = i + 0.25 * k;
    waves[i] = i + 1 - 0.5 * I;
  }
  *mean = 1.5f;
  memcpy (name, "copper", 7);
  return name;
}

int
main (void)
{
  double weights[3] = { 1, 2, 3 }, grid[2][3];
  struct hashcache_statistics s;
  struct atom atoms[2];
  double _Complex waves[2];
  float mean;
  char *name = study (3, weights, grid, atoms, waves, &mean);

  hashcache_stats (&s);
  printf ("%s %g %g %d %g %g %g %ld: %d\n", name, grid[0][2], grid[1][0], atoms[1].number, atoms[1].position[2], cimag (waves[1]),
          (double) mean, calls, (int) (s.hits_memory + s.hits_store));
  free (name);
  return 0;
}
END

$TEST_CC -std=gnu11 -O2 -fplugin="$TEST_PLUGIN" -I"$TEST_INCLUDE" $TEST_STORAGE_CFLAGS "$scratch/program.c" -o "$scratch/program" \
  $TEST_STORAGE_LIBS || exit 1

# runs HITS: the program prints the right values with so many hits.
runs () {
  out=$("$scratch/program" 2>"$scratch/said")
  test "$out" = "copper 6 -1 30 1.5 -0.5 1.5 11: $1" || fail "the program prints $out and says $(cat "$scratch/said")"
}

runs 0
runs 1
entry=$(find "$HASHCACHE_DIR/objects" -name '*.h5')
test -f "$entry" || { fail "no entry"; exit 1; }

# dumps OPTIONS TEXT: h5dump prints TEXT, blanks aside.
dumps () {
  h5dump $1 "$entry" | tr -d ' \n' | grep -qF "$2" || fail "h5dump $1 does not print $2: $(h5dump $1 "$entry")"
}

dumps '-d /outputs/grid' '(0,0):2,4,6,(1,0):-1,-2,-3'
dumps '-d /outputs/atoms' '(1):{30,[1,1.25,1.5]}'
dumps '-d /outputs/waves' '(0):{1,-0.5},(1):{2,-0.5}'
dumps '-d /outputs/mean' '(0):1.5'
dumps '-d /outputs/calls' '(0):11'
dumps '-d /outputs/return' '"copper"'
dumps '-d /inputs/weights' '(0):1,2,3'
h5ls -r "$entry" | grep -q '^/outputs/grid  *Dataset {2, 3}' || fail "h5ls: $(h5ls -r "$entry")"
h5stat "$entry" >"$scratch/h5stat" || fail "h5stat: $(cat "$scratch/h5stat")"

# Compressed and repacked: no difference to h5diff, and a hit.
h5repack -f GZIP=5 "$entry" "$scratch/repacked.h5" || fail "h5repack fails"
h5diff "$entry" "$scratch/repacked.h5" || fail "h5diff finds differences"
mv -f "$scratch/repacked.h5" "$entry"
runs 1

python=
for candidate in python3 /usr/bin/python3; do
  $candidate -c 'import h5py, xarray, h5netcdf' 2>/dev/null && python=$candidate && break
done
if [ -z "$python" ]; then
  echo "SKIPPED: there are no h5py, xarray and h5netcdf here"
else
  $python - "$entry" <<'END' || fail "Python does not see what is there"
import sys, warnings
import h5py, numpy, xarray
warnings.simplefilter ("ignore")
with h5py.File (sys.argv[1], "r") as f:
    o = f["outputs"]
    assert o["grid"][()].tolist () == [[2, 4, 6], [-1, -2, -3]]
    assert o["atoms"]["number"].tolist () == [29, 30] and o["atoms"]["position"][1].tolist () == [1, 1.25, 1.5]
    assert o["waves"].dtype == numpy.complex128 and o["waves"][1] == 2 - 0.5j
    assert o["mean"][()] == numpy.float32 (1.5) and o["calls"][()] == 11
    assert o["return"][()] == b"copper" and f.attrs["function"] in ("study", b"study")
with xarray.open_dataset (sys.argv[1], group="outputs", engine="h5netcdf", phony_dims="sort", drop_variables=["waves", "atoms"]) as d:
    assert d["grid"].values.tolist () == [[2, 4, 6], [-1, -2, -3]] and d["grid"].shape == (2, 3)
    assert float (d["mean"]) == 1.5
END
fi

test $failures -eq 0 || exit 1
echo "all tools see the entry"
