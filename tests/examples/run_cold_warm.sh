#!/bin/sh
# run_cold_warm.sh: each distinct point is computed once over all ranks; a second run computes none and prints the same numbers.
# SPDX-License-Identifier: BSD-2-Clause
#
# sh run_cold_warm.sh EOS EOS_PLAIN RANKS
. "$(dirname "$0")/eos.sh"
ranks=$3

plain reference $small
job cold "$ranks" $small || fail "the cold run failed"
job warm "$ranks" $small || fail "the warm run failed"
same_numbers reference cold
same_numbers cold warm

[ "$(wc -l <"$scratch/cold.stats")" -eq "$ranks" ] || fail "not one statistics line for each rank"
expect calls $points cold
expect computed $distinct cold
expect stored $distinct cold
expect store_failures 0 cold
expect uncached 0 cold
expect calls $points warm
expect computed 0 warm
expect stored 0 warm
expect uncached 0 warm
found=$(($(total hits_memory warm) + $(total hits_store warm)))
[ "$found" -eq $points ] || fail "the warm run found $found of $points points"

entries=$(find "$HASHCACHE_DIR/objects" -name '*.h5' | wc -l)
[ "$entries" -eq $distinct ] || fail "$entries entries, should be $distinct"
strays=$(find "$HASHCACHE_DIR" -name '.tmp-*' | wc -l)
[ "$strays" -eq 0 ] || fail "$strays temporary files left behind"
