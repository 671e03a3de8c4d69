#!/bin/sh
# run_entry.sh: an entry shows HDF5's own tools inputs, globals and outputs under the names and shapes of the source.
# SPDX-License-Identifier: BSD-2-Clause
#
# sh run_entry.sh EOS EOS_PLAIN
. "$(dirname "$0")/eos.sh"

job cold 2 --cells 2 --metals Cu || fail "the run failed" # 32 atoms a crystal
entry=$(find "$HASHCACHE_DIR/objects" -name '*.h5' | sort | head -n 1)
h5ls -r "$entry" >"$scratch/h5ls.out" || fail "h5ls cannot read $entry"
h5dump "$entry" >"$scratch/h5dump" || fail "h5dump cannot read $entry"

# shows PATTERN SHAPE
shows () {
  grep -q "^$1  *Dataset {$2}$" "$scratch/h5ls.out" || fail "no dataset $1 of shape {$2}"
}

shows '/inputs/crystal/.*positions' '32, 3'
shows '/inputs/crystal/.*numbers' 32
shows /globals/emt_cutoff_margin SCALAR
shows /globals/emt_table 7
shows /outputs/return SCALAR
shows /outputs/energies 32
shows /outputs/forces '32, 3'
shows /outputs/stress 6
grep -q scratch "$scratch/h5ls.out" && fail "the ignored field is in the entry"
for attribute in function key code source created seconds host user job rank ranks compiler hashcache; do
  h5dump -a "/$attribute" "$entry" >/dev/null 2>&1 || fail "no attribute $attribute"
done
h5dump -a /function "$entry" | grep -q '"emt_energy"' || fail "the attribute function does not name emt_energy"
