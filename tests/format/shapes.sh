#!/bin/sh
# shapes.sh: scalars, arrays, structs, strings and what pointers lead to are in entries as in the source, for every tool.
# SPDX-License-Identifier: BSD-2-Clause
#
# Compiles shapes.c with the plugin and runs it. h5ls lists what there is, h5dump prints it, h5stat, h5diff and h5repack have no
# complaints, and shapes.py has h5py and xarray look. Entries that are compressed, repacked or copied by h5py look the same, and
# are hits.
set -u
here=$(dirname "$0")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/hashcache-test-XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
export HASHCACHE_DIR="$scratch/cache"
failures=0

fail () {
  echo "shapes.sh: $*" >&2
  failures=$((failures + 1))
}

python=
for candidate in python3 /usr/bin/python3; do
  $candidate -c 'import h5py, xarray, h5netcdf' 2>/dev/null && python=$candidate && break
done

ln -s "${TEST_RUNTIME:-/nowhere}" "$scratch/runtime.o"
if [ -n "${TEST_RUNTIME:-}" ]; then
  runtime="$scratch/runtime.o"
else
  runtime=-DHASHCACHE_IMPLEMENTATION
fi
$TEST_CC -std=gnu11 -O1 -fplugin="$TEST_PLUGIN" -I"$TEST_INCLUDE" $TEST_STORAGE_CFLAGS "$here/shapes.c" $runtime \
  -o "$scratch/program" $TEST_STORAGE_LIBS || exit 1

# runs HITS: so many calls of the program are hits.
runs () {
  out=$(HASHCACHE_VERBOSE=1 "$scratch/program" 2>"$scratch/said")
  test "$out" = "$1 of 16" || fail "not $1 hits but $out: $(cat "$scratch/said")"
}

# dumps FUNCTION DATASET TEXT: h5dump prints TEXT as the values of DATASET, blanks aside.
dumps () {
  h5dump -d "$2" "$scratch/$1.h5" >"$scratch/dump" 2>&1
  tr -d ' \n' <"$scratch/dump" | grep -qF "DATA{$3}" || fail "h5dump: $1 $2 is not $3 but $(cat "$scratch/dump")"
}

look_with_python () {
  test -z "$python" || $python "$here/shapes.py" "$HASHCACHE_DIR"/objects/*/*.h5 || fail "Python does not see what is there: $1"
}

runs 0
runs 16

for file in "$HASHCACHE_DIR"/objects/*/*.h5; do
  name=$(h5dump -a /function "$file" | sed -n 's/.*(0): "\(.*\)".*/\1/p')
  ln -s "$file" "$scratch/$name.h5" || fail "$name has two entries"
  h5ls -r "$file" | grep '^/\(inputs\|globals\|outputs\)/' | tr -s ' ' | sed "s/^/$name: /"
done | LC_ALL=C sort >"$scratch/listing"
grep -v '^#' "$here/shapes.txt" | diff -u - "$scratch/listing" || fail "h5ls does not list what is expected"

dumps integers /outputs/i8 '(0):-8'
dumps integers /outputs/u64 '(0):18446744073709551614'
dumps integers /outputs/way '(0):-1'
dumps integers /outputs/return '(0):0.25'
dumps floats /outputs/x87 '(0):1.25'
dumps floats /outputs/c64 '(0):{1.5,-2.5}'
dumps floats /outputs/xc '(0):{0.5,8}'
dumps quadruple /outputs/return '(0):-2.5'
dumps arrays /outputs/plane '(0,0):0,1,(1,0):10,11,(2,0):20,21'
dumps arrays /outputs/waves '(0,0):{0,0},{0,0},(1,0):{0,1},{1,0},(2,0):{0,2},{2,0}'
dumps arrays /outputs/empty ''
dumps arrays /outputs/missing ''
dumps rows /outputs/cube '(0,0,0):0,-1,(0,1,0):0,-1,(0,2,0):0,-1,(1,0,0):0,0,(1,1,0):1,1,(1,2,0):2,2'
dumps structs /outputs/table '(0,0):{0,[1,2]},(0,1):{0,[3,4]},(1,0):{1,[1,2]},(1,1):{-1,[3,4]}'
dumps structs /outputs/return "(0):{106,{9,[9.5,9.25]},1,9,[{0,[0,0]},{16,[70,9]}],5,-3,1,0,[97,98,99,0],{9,-1},\
[90,91,92,93,94,95]}"
dumps strings /outputs/text '(0):"copper"'
dumps names /outputs/return/2 '(0):"ccc"'
dumps series /outputs/return/more.y '(0):1,2'
dumps chain /outputs/return/next/value '(0):1'
dumps variables /outputs/counts '(0,0):1,2,(1,0):3,7'

look_with_python "as written"

# quiet COMMAND...: it ends with 0 and has no complaints.
quiet () {
  "$@" >"$scratch/out" 2>"$scratch/said" || fail "$*: $(cat "$scratch/out" "$scratch/said")"
  test ! -s "$scratch/said" || fail "$* says $(cat "$scratch/said")"
}

# each_anew GROUPS COMMAND...: COMMAND FROM TO makes each entry anew; GROUPS do not differ, and it takes the entry's place.
each_anew () {
  groups=$1
  shift
  for file in "$HASHCACHE_DIR"/objects/*/*.h5; do
    quiet "$@" "$file" "$scratch/anew.h5"
    for group in $groups; do
      quiet h5diff "$file" "$scratch/anew.h5" $group
    done
    mv -f "$scratch/anew.h5" "$file"
  done
}

for file in "$HASHCACHE_DIR"/objects/*/*.h5; do
  quiet h5stat "$file"
  quiet h5dump "$file"
  quiet h5ls -r -v -d "$file"
done
cp -r "$HASHCACHE_DIR" "$scratch/written"
each_anew '/inputs /globals /outputs' h5repack
runs 16
each_anew '/inputs /globals /outputs' h5repack -f SHUF -f GZIP=5
runs 16
look_with_python "repacked"
rm -rf "$HASHCACHE_DIR"
cp -r "$scratch/written" "$HASHCACHE_DIR"
if [ -n "$python" ]; then
  each_anew '/inputs /globals' $python "$here/shapes.py" copy # which leaves dimensions behind
  runs 16
fi

rm -rf "$HASHCACHE_DIR"
HASHCACHE_COMPRESS=deflate:4 HASHCACHE_INPUTS=full runs 0
runs 16
look_with_python "compressed"

test -n "$python" || echo "SKIPPED: there are no h5py, xarray and h5netcdf here"
test $failures -eq 0 || exit 1
echo "all tools see all shapes"
