#!/bin/sh
# faults.sh: whatever happens to one that computes, the others go on, with the right values, and say what has happened once.
# SPDX-License-Identifier: BSD-2-Clause
#
# faults.sh DIRECTORY MPI CASE: runs a case with the program that build.sh has put into DIRECTORY; MPI is openmpi or mpich. Status 77: the
# machine does not allow the case.
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$here/../../cmake/mpi.sh"
. "$here/launch.sh"
mpi=$2
case=$3
program=$1/faults.$mpi
launch_seconds=60
scratch
log=$work/log
failures=0
HASHCACHE_DIR=$work/cache
export HASHCACHE_DIR

fail () {
  echo "$mpi, $case: $*" >&2
  failures=$((failures + 1))
}

# begin JOB RANKS ARGUMENTS...: starts a job, whose output goes to out.JOB and its launcher's number to launcher.JOB. It has a minute; what
# watches over it, to be waited for, is $begun.
begin () {
  job=$1
  ranks=$2
  shift 2
  (
    separate_session "$work/session.$job"
    # shellcheck disable=SC2016
    exec timeout -s KILL "$launch_seconds" sh -c 'echo $$ >"$0" && exec "$@"' "$work/launcher.$job" \
      "mpirun.$mpi" -n "$ranks" "$program" "$log" "$@"
  ) >"$work/out.$job" 2>&1 &
  begun=$!
}

# finish NUMBER: the job of this number, as `begin` has left it, comes to its end; its status is in $status.
finish () {
  wait "$1"
  status=$?
}

# stop JOB NUMBER: as batch systems do it: a signal to the launcher, and a while later one that cannot be caught.
stop () {
  kill -TERM "$(cat "$work/launcher.$1")" 2>/dev/null
  sleep 1
  kill -KILL "$(cat "$work/launcher.$1")" 2>/dev/null
  finish "$2"
}

# well JOB NUMBER: the job ends with status 0.
well () {
  finish "$2"
  [ "$status" -eq 0 ] || fail "job $1 ended with status $status"
}

# reached N WHAT FILE: waits until N lines of FILE match WHAT, a minute at most.
reached () {
  tries=0
  until [ "$(count "$2" "$3")" -ge "$1" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 1200 ] || { fail "no $1 lines \"$2\" in ${3##*/}" && return 1; }
    sleep 0.05
  done
}

# count WHAT FILE: the number of lines that match WHAT.
count () {
  grep -c -e "$1" "$2" 2>/dev/null || [ $? -eq 1 ] || echo 0
}

# lines N WHAT FILE: exactly N lines of FILE match WHAT.
lines () {
  found=$(count "$2" "$3")
  [ "$found" -eq "$1" ] || fail "$found lines \"$2\" in ${3##*/}, not $1"
}

# go: those who wait have a moment to do so, then something happens.
go () {
  sleep 0.3
  : >"$log.go"
}

# others_once KEYS KEY: each key below KEYS but KEY was computed once.
others_once () {
  for k in $(seq 0 $(($1 - 1))); do
    [ "$k" -eq "$2" ] || { lines 1 "^begin $k " "$log" && lines 1 "^end $k " "$log"; }
  done
}

# at_once KEY [FILE]: the greatest number of bodies of KEY that ran at the same time, by the log or another FILE.
at_once () {
  awk -v key="$1" '$2 == key { n += $1 == "begin" ? 1 : -1; if (n > most) most = n } END { print most + 0 }' "${2:-$log}"
}

# warm RANKS KEYS: another job computes nothing, and no entry is damaged.
warm () {
  cp "$log" "$work/log.cold"
  : >"$log"
  begin warm "$1" "$2" 0 a
  well warm "$begun"
  lines 0 . "$log"
  [ -z "$(ls "$work/cache/quarantine" 2>/dev/null)" ] || fail "an entry is damaged"
  [ "$(find "$work/cache/objects" -name '*.h5' | wc -l)" -eq "$2" ] || fail "not $2 entries"
}

# struck ACTION FLAGS RANKS: job 1, of RANKS, comes to grief while it computes key 1, and job 2 waits for that.
struck () {
  begin 1 "$3" 3 50 "$2" "$1" 1
  first=$begun
  reached 1 '^begin 1 ' "$log"
  asked=$(count '^ask 1 ' "$log.asks")
  begin 2 2 3 50 "$2"
  second=$begun
  reached $((asked + 2)) '^ask 1 ' "$log.asks"
}

# survived: job 2 of `struck` has done what was left to do.
survived () {
  well 2 "$second"
  lines 1 '^end 1 ' "$log"
  others_once 3 1
  warm 2 3
}

# A rank is killed, or ends its job, or its job is ended, while it computes.
struck_down () {
  struck "$1" "$2" 2
  go
  finish "$first"
  [ "$status" -ne 0 ] || fail "job 1 ended well"
  survived
}

case_killed () {
  struck_down kill a
}

case_killed_alone () {
  struck_down kill -
}

case_abort () {
  struck_down abort a
}

case_time_limit () {
  struck hang a 2
  go
  stop 1 "$first"
  survived
}

# A body ends the program. What becomes of the other ranks is up to the launcher: they may compute the same next, and be ended in the middle
# of it. Of bodies that come to an end there are never two at the same time.
case_exit () {
  struck exit a 2
  go
  well 2 "$second"
  stop 1 "$first"
  lines 1 '^begin 0 ' "$log"
  for k in 1 2; do
    awk 'NR == FNR { if ($1 == "end") ended[$2, $3] = 1; next } ($2, $3) in ended' "$log" "$log" >"$work/ended"
    [ "$(at_once "$k" "$work/ended")" -eq 1 ] || fail "more than one, or none, computed key $k at the same time"
  done
  warm 2 3
}

# A rank is gone without MPI_Finalize while another job runs. Launchers end the rest of its job, or leave it waiting.
case_leaves () {
  begin 1 2 4 100 a leave 0
  first=$begun
  reached 1 '^begin 0 ' "$log"
  begin 2 2 8 100 a
  well 2 "$begun"
  others_once 8 -1
  stop 1 "$first"
  warm 2 8
}

# goes_on: the one who has stopped while it computed key 1 goes on, and comes to its end.
goes_on () {
  kill -CONT "$(awk '$1 == "begin" && $2 == 1 { print $3; exit }' "$log")"
  well 1 "$first"
  others_once 3 1
  bodies=$(count '^begin 1 ' "$log")
  [ "$bodies" -ge 2 ] && [ "$bodies" -le 3 ] || fail "$bodies computed"
  lines "$bodies" '^end 1 ' "$log"
  warm 2 3
}

# The one who computes stops for longer than others wait, and goes on later: another job's ranks compute, too.
case_stopped () {
  HASHCACHE_WAIT=2
  export HASHCACHE_WAIT
  struck stop a 1
  go
  well 2 "$second"
  lines 1 'longer than HASHCACHE_WAIT' "$work/out.2"
  goes_on
  lines 0 'longer than HASHCACHE_WAIT' "$work/out.1"
}

# The same among the ranks of a job.
case_stopped_in_job () {
  HASHCACHE_WAIT=2
  export HASHCACHE_WAIT
  begin 1 3 3 50 a stop 1
  first=$begun
  reached 3 '^ask 1 ' "$log.asks"
  go
  reached 2 '^ask 2 ' "$log.asks"
  goes_on
  lines 1 'longer than HASHCACHE_WAIT' "$work/out.1"
}

# lost FLAGS: results cannot be stored. Who waits for one is told at once, and all that waited compute at the same time.
lost () {
  begin 1 4 1 1000 "$1"
  first=$begun
  begin 2 2 1 1000 "$1"
  well 2 "$begun"
  well 1 "$first"
  begun_bodies=$(count '^begin 0 ' "$log")
  [ "$begun_bodies" -gt 1 ] || fail "the results were stored after all"
  [ "$begun_bodies" -le 6 ] || fail "somebody computed twice"
  lines "$begun_bodies" '^end 0 ' "$log"
  # Who comes late may be one more in turn; six in turn would be a chain.
  [ "$(at_once 0)" -ge 3 ] || fail "they computed in turn"
  echo "$mpi, $case: $begun_bodies computed, $(at_once 0) of them at the same time"
}

case_not_stored () {
  begin 0 1 0 0 - && well 0 "$begun"
  mkdir -p "$work/cache"
  printf 'hashcache 1\n' >"$work/cache/format"
  : >"$work/cache/objects"
  lost -
  rm -f "$log"
  lost a
  lines 1 'objects is in the way' "$work/out.1"
  lines 1 'objects is in the way' "$work/out.2"
}

case_too_large () {
  lost f
  rm -f "$log"
  lost af
  lines 1 'cannot' "$work/out.1"
}

# A file system without room, which root can make for himself.
case_full () {
  mkdir -p "$work/cache"
  mount -t tmpfs -o size=128k,mode=755 hashcache-test "$work/cache" 2>"$work/mount" || {
    echo "SKIPPED: no small file system can be mounted here: $(cat "$work/mount")" >&2
    exit 77
  }
  trap 'umount "$work/cache"; rm -rf "$work"' EXIT
  printf 'hashcache 1\n' >"$work/cache/format"
  mkdir "$work/cache/claims" "$work/cache/objects"
  dd if=/dev/zero of="$work/cache/filler" bs=4k 2>"$work/dd"
  lost -
  rm -f "$log"
  lost a
  lines 1 'cannot' "$work/out.1"
}

# Entries that are damaged between two runs are set aside and computed once.
case_damaged () {
  begin 1 2 3 20 a
  well 1 "$begun"
  n=0
  for entry in "$work"/cache/objects/*/*.h5; do
    n=$((n + 1))
    case $n in
      1) truncate -s 1000 "$entry" ;;
      2) printf 'damage' | dd of="$entry" conv=notrunc 2>/dev/null ;;
      3) : >"$entry" ;;
    esac
  done
  : >"$log"
  begin 2 8 3 20 a
  well 2 "$begun"
  others_once 3 -1
  [ "$(find "$work/cache/quarantine" -type f | wc -l)" -eq 3 ] || fail "not three in quarantine"
  rm -rf "$work/cache/quarantine"
  warm 8 3
}

# What is to be said is said once.
case_voice () {
  begin attached 4 2 20 a
  well attached "$begun"
  lines 1 '^hashcache: ' "$work/out.attached"
  lines 1 '^hashcache: 4 ranks on 1 node: 8 calls: ' "$work/out.attached"
  begin alone 4 2 20 -
  well alone "$begun"
  lines 1 '^hashcache: ' "$work/out.alone"
  lines 1 '^hashcache: rank 0 for itself: 2 calls: ' "$work/out.alone"
  begin one 1 2 20 a
  well one "$begun"
  lines 1 '^hashcache: ' "$work/out.one"
  lines 1 '^hashcache: 1 rank on 1 node: 2 calls: ' "$work/out.one"
  begin uncached 4 2 20 au
  well uncached "$begun"
  lines 2 '^hashcache: ' "$work/out.uncached"
  lines 1 '^hashcache: count_environment .*is not cached' "$work/out.uncached"
  : >"$work/file"
  for HASHCACHE_DIR in "$work/file" /proc/hashcache; do
    begin trouble 4 2 20 a
    well trouble "$begun"
    lines 2 '^hashcache: ' "$work/out.trouble"
    lines 1 "^hashcache: .*$HASHCACHE_DIR" "$work/out.trouble"
    lines 1 '^hashcache: 4 ranks on 1 node: 8 calls: ' "$work/out.trouble"
  done
}

# Who waits for more than ten seconds learns for whom: one line for a node, whether they wait on the board or for a lock.
case_waiting () {
  HASHCACHE_VERBOSE=1
  export HASHCACHE_VERBOSE
  begin 1 2 1 0 - long 0
  first=$begun
  reached 1 '^begin 0 ' "$log"
  begin 2 4 1 0 a
  well 2 "$begun"
  well 1 "$first"
  others_once 1 -1
  process=$(awk '$1 == "begin" { print $3 }' "$log")
  key=$(basename "$(ls "$work"/cache/objects/*/*.h5)" .h5)
  lines 1 'waits for' "$work/out.2"
  lines 1 "^hashcache: point waits for 1[0-9] s already: rank [01]\( of 2\)\{0,1\} on $(uname -n) (process $process, job $mpi [^ ]*) computes it \
since 20..-..-.. ..:..:.. UTC (key $key)" "$work/out.2"
}

"case_$case"
if [ "$failures" -gt 0 ]; then
  for out in "$work"/out.*; do
    echo "--- ${out##*/}" && cat "$out"
  done >&2
  for file in "$log.asks" "$work/log.cold" "$log"; do
    echo "--- ${file##*/}" && cat "$file"
  done >&2
fi
exit $((failures > 0))
