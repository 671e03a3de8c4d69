#!/bin/sh
# run_changed_global.sh: a changed global variable gives new, right results; changing it back finds the old ones.
# SPDX-License-Identifier: BSD-2-Clause
#
# sh run_changed_global.sh EOS EOS_PLAIN
. "$(dirname "$0")/eos.sh"

job before 2 $small || fail "the first run failed"
job changed 2 $small --margin 0.3 || fail "the run with another margin failed"
job back 2 $small || fail "the last run failed"
plain reference $small --margin 0.3

expect computed $distinct before
expect computed $distinct changed
expect computed 0 back
same_numbers reference changed
same_numbers before back

# Not counting the line that states the margin.
metals () {
  grep '^[A-Z]' "$scratch/$1.numbers"
}
[ -n "$(metals back)" ] && [ "$(metals changed)" != "$(metals back)" ] || fail "the margin has no effect: this test shows nothing"
