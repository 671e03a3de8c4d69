#!/bin/sh
# nodes_faults.sh: a rank that dies or stops while it computes holds up no other node for good.
# SPDX-License-Identifier: BSD-2-Clause
#
# nodes_faults.sh DIRECTORY MPI CASE: with the programs that build.sh has put into DIRECTORY. One job computes a key, another one on
# another node waits for it; then the first is killed, or stopped. The other computes the key and ends well. Cases:
#
#   locks       the kernel gives the lock of the dead back
#   gluster     the server of a distributed file system does
#   leases      clients that forward no locks: a lease that is not renewed is taken away, at once where its owner is seen to be dead
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$here/../../cmake/mpi.sh"
. "$here/launch.sh"
. "$here/nodes.sh"
world_tools="$world_tools pgrep"
own_world "$@"
built=$1
mpi=$2
case=$3
program=$built/count.$mpi
scratch
mkdir "$work/server" "$work/client"
keys=20

# fail FAULT TEXT: in a subshell for each fault.
fail () {
  echo "$mpi, $case, $1: $2" >&2
  sort "$work/$1.log" | uniq -c >&2
  cat "$work/$1".*.out >&2
  exit 1
}

# job FAULT NAME NODES PER_NODE ARGUMENT...: in a subshell; on the cache of FAULT; its output goes to FAULT.NAME.out.
job () {
  fault=$1
  name=$2
  nodes=$3
  each=$4
  shift 4
  separate_session "$work/$fault.$name.session"
  HASHCACHE_DIR=$work/client/$fault
  export HASHCACHE_DIR
  launch_on_nodes $(($(echo "$nodes" | wc -w) * each)) "$each" "$program" "$@" >"$work/$fault.$name.out" 2>&1
}

# await_lines FAULT N: its log has N lines.
await_lines () {
  for _ in $(seq 600); do
    [ "$(wc -l <"$work/$1.log")" -ge "$2" ] && return
    sleep 0.1
  done
  fail "$1" "no $2 lines in the log"
}

# send FAULT NODE SIGNAL: to the first job's rank, which is known by the name that it has for the log.
send () {
  pid=$(on_node "$2" pgrep -f "$work/$1.first") || fail "$1" "the first job's rank is gone"
  on_node "$2" kill "-$3" "$pid" || fail "$1" "cannot send a signal to process $pid of $2"
}

# holds FAULT TEXT: each key was computed once, but the first one twice.
holds () {
  [ "$(wc -l <"$work/$1.log")" -eq $((keys + 1)) ] && [ "$(grep -c '^point 0$' "$work/$1.log")" -eq 2 ] || fail "$1" "$2"
}

# begin FAULT NODE MICROSECONDS: the first job's rank computes.
begin () {
  : >"$work/$1.log"
  ln "$work/$1.log" "$work/$1.first"
  (job "$1" one "$2" 1 "$work/$1.first" 1 same "$3" a) &
  first=$!
  await_lines "$1" 1
}

# The ranks of the second job ask for that key last.
go_on () {
  (job "$1" two "$2" 2 "$work/$1.log" $keys reversed 1000 a) &
  second=$!
  await_lines "$1" $keys
}

# killed FAULT NODE OTHER: a rank on NODE is killed while ranks on OTHER wait for it.
killed () {
  begin "$1" "$2" 1000000000
  go_on "$1" "$3"
  sleep 1
  kill -0 $second 2>/dev/null || fail "$1" "nobody waits"
  send "$1" "$2" KILL
  wait $second || fail "$1" "the job that waited ended with status $?"
  wait $first
  holds "$1" "not each key once, and that of the dead twice"
  echo "$mpi, $case, $1: another has computed it"
}

# stopped FAULT NODE OTHER: a rank on NODE stops; when it goes on, ranks on OTHER have its result. Both are right, nobody computes again.
stopped () {
  begin "$1" "$2" 3000000
  send "$1" "$2" STOP
  go_on "$1" "$3"
  wait $second || fail "$1" "the job that waited ended with status $?"
  holds "$1" "not each key once, and that of the one who stopped twice"
  send "$1" "$2" CONT
  wait $first || fail "$1" "the job that was stopped ended with status $?"
  (job "$1" three "$2 $3" 1 "$work/$1.log" $keys same 1000 a) || fail "$1" "a later job ended with status $?"
  holds "$1" "a later job computed"
  echo "$mpi, $case, $1: another has computed it"
}

# at_once COMMAND...: the commands, each with its own cache, at the same time.
at_once () {
  pids=
  for command; do
    $command &
    pids="$pids $!"
  done
  status=0
  for pid in $pids; do
    wait "$pid" || status=1
  done
  return $status
}

make_nodes 2
case $case in
  locks) at_once 'killed dead n2 n1' ;;
  gluster)
    serve_gluster
    at_once 'killed dead n2 n1'
    ;;
  leases)
    mount_views
    for fault in near far stopped; do
      # A job on both nodes finds out that locks do not exclude.
      (job $fault zero "n1 n2" 1 "$work/$fault.log" 0 same 0 a)
      [ -e "$work/server/$fault/claims/leases" ] || fail $fault "no file says that leases are in force"
    done
    at_once 'killed near n2 n2' 'killed far n2 n1' 'stopped stopped n2 n1'
    ;;
  *) echo "no case $case" >&2 && exit 2 ;;
esac
