#!/bin/sh
# run_in_order.sh: whether a rank waits for a point that another one computes or takes others first makes no difference to any number,
# nor to what is computed.
# SPDX-License-Identifier: BSD-2-Clause
#
# sh run_in_order.sh EOS EOS_PLAIN RANKS
. "$(dirname "$0")/eos.sh"
ranks=$3

plain reference $larger
plain reference_in_order $larger --in-order
same_numbers reference reference_in_order

for way in in_order others_first; do
  HASHCACHE_DIR=$scratch/cache-$way
  case $way in
    in_order) job $way "$ranks" $larger --in-order ;;
    *) job $way "$ranks" $larger ;;
  esac || fail "the job failed"
  same_numbers reference $way
  expect calls $points $way
  expect computed $distinct $way
  expect stored $distinct $way
  expect uncached 0 $way
  grep -q '^# seconds waiting  *[0-9]' "$scratch/$way.out" || fail "$way: does not tell how long the ranks waited"
  [ "$(grep -c "^hashcache: $ranks ranks on 1 node: $points calls" "$scratch/$way.err")" -eq 1 ] || fail "$way: not one summary for all ranks"
  [ "$(grep -c ' calls: ' "$scratch/$way.err")" -eq 1 ] || fail "$way: more than one summary"
done
echo "waited: $(total waited in_order) in order, $(total waited others_first) with others first"

# All is known: nobody waits, in whatever order.
job warm "$ranks" $larger || fail "the warm job failed"
same_numbers reference warm
expect computed 0 warm
expect waited 0 warm
