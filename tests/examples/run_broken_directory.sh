#!/bin/sh
# run_broken_directory.sh: a cache directory that cannot be used costs time and one clear line, and changes no number.
# SPDX-License-Identifier: BSD-2-Clause
#
# sh run_broken_directory.sh EOS EOS_PLAIN
. "$(dirname "$0")/eos.sh"

plain reference $small

# case_of NAME: runs the job with the present HASHCACHE_DIR; a rank says what is wrong, and says it once.
case_of () {
  job "$1" 2 $small || fail "$1: the job failed"
  same_numbers reference "$1"
  lines=$(grep -c "^hashcache: .*$HASHCACHE_DIR" "$scratch/$1.err")
  [ "$lines" -ge 1 ] && [ "$lines" -le 2 ] || fail "$1: $lines lines about it by 2 ranks"
}

echo "mine" >"$scratch/file"
HASHCACHE_DIR=$scratch/file
case_of a_file_in_its_place
[ "$(cat "$scratch/file")" = mine ] || fail "a foreign file was touched"

HASHCACHE_DIR=$scratch/file/below
case_of below_a_file

HASHCACHE_DIR=/proc/hashcache
case_of where_nothing_can_be_made
