#!/bin/sh
# run_two_jobs.sh: of two jobs that start together on an empty cache, one computes each point.
# SPDX-License-Identifier: BSD-2-Clause
#
# sh run_two_jobs.sh EOS EOS_PLAIN
. "$(dirname "$0")/eos.sh"

plain reference $larger
job first 3 $larger & first=$!
job second 2 $larger & second=$!
wait $first || fail "the first job failed"
wait $second || fail "the second job failed"

same_numbers reference first
same_numbers reference second
expect calls $((2 * points)) first second
expect computed $distinct first second
expect store_failures 0 first second
expect uncached 0 first second
echo "computed: $(total computed first) and $(total computed second); waited: $(total waited first) and $(total waited second)"
