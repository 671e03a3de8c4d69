#!/bin/sh
# nodes_count.sh: ranks on several nodes compute each key once, whether the file system's locks exclude between nodes or not.
# SPDX-License-Identifier: BSD-2-Clause
#
# nodes_count.sh DIRECTORY MPI CASE: with the programs that build.sh has put into DIRECTORY. Cases:
#
#   two, four   as many nodes, a directory that all see through one kernel
#   stale       two nodes whose clients remember missing files for 20 s and do not forward locks (bindfs): leases
#   gluster     two nodes whose clients remember as much, and forward locks (GlusterFS)
#   separate    two nodes, each with a directory of its own
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$here/../../cmake/mpi.sh"
. "$here/launch.sh"
. "$here/nodes.sh"
own_world "$@"
built=$1
mpi=$2
case=$3
program=$built/count.$mpi
scratch
mkdir "$work/server" "$work/client"
caches=0
failures=0

fail () {
  echo "$mpi, $case: $*" >&2
  cat "$work"/*.out >&2
  failures=$((failures + 1))
}

# fresh: an empty cache under a name that no client has looked up before, an empty log.
fresh () {
  caches=$((caches + 1))
  HASHCACHE_DIR=$work/client/cache$caches
  export HASHCACHE_DIR
  : >"$work/log"
}

# job NAME PER_NODE KEYS ORDER MICROSECONDS FLAGS: on all nodes; its output goes to NAME.out.
job () {
  ranks=0
  for node in $nodes; do
    ranks=$((ranks + $2))
  done
  (separate_session "$work/$1.session" && launch_on_nodes "$ranks" "$2" "$program" "$work/log" "$3" "$4" "$5" "$6") \
    >"$work/$1.out" 2>&1
}

# jobs N PER_NODE KEYS ORDER MICROSECONDS FLAGS: N of them at once.
jobs () {
  pids=
  n=$1
  shift
  rm -f "$work"/*.out
  for i in $(seq "$n"); do
    job "job$i" "$@" &
    pids="$pids $!"
  done
  for pid in $pids; do
    wait "$pid" || fail "a job of $n ended with status $?: $*"
  done
}

# once N TEXT: N bodies have run, each for another key.
once () {
  lines=$(wc -l <"$work/log")
  different=$(sort -u "$work/log" | wc -l)
  echo "$mpi, $case, $2: $lines computed, $different different"
  if [ "$lines" -ne "$1" ] || [ "$different" -ne "$1" ]; then
    sort "$work/log" | uniq -d | head -n 5 >&2
    fail "$2: not $1, each once"
  fi
}

# says TEXT: the summary of the one job, with one voice. (What is looked up more slowly than computed may be named after it.)
says () {
  grep -q "^hashcache: .* ranks on .*$1" "$work/job1.out" || fail "the summary does not say: $1"
  [ "$(grep '^hashcache: ' "$work/job1.out" | grep -vc 'hashcache: looking up ')" -eq 1 ] || fail "more than one voice"
}

# all_ways PER_NODE KEYS WAY: cold and warm, by WAY; two jobs at once, in random order (their keys
# are one less, a prime number); calls in calls by several threads.
all_ways () {
  fresh
  jobs 1 "$1" "$2" same 300 a
  once "$2" cold
  says "$3"
  : >"$work/log"
  jobs 1 "$1" "$2" same 300 a
  once 0 warm
  fresh
  jobs 2 "$1" $(($2 - 1)) random 300 a
  once $(($2 - 1)) "two jobs, random order"
  fresh
  jobs 1 "$1" 53 random 300 ano
  once 107 "calls in calls, threads"
}

# late FORGOTTEN: what a job on n2 has seen is old when it claims its key, for one on n1 has had the claim and published meanwhile; the
# notice that tells of it is FORGOTTEN, as if another key's had taken its place, or not.
late () {
  fresh
  every=$nodes
  jobs 1 1 0 same 0 a # makes the directory, and finds out how claims go
  nodes=n2
  rm -f "$work/late.here" "$work/late.go"
  printf '#!/bin/sh\nLD_PRELOAD="%s" TEST_LATE="%s" exec "%s" "$@"\n' "$built/late.$mpi.so" "$work/late" "$program" >"$work/late-program"
  chmod +x "$work/late-program"
  (program=$work/late-program && job late 1 1 same 300 '') &
  late=$!
  await_file "$work/late.here" || fail "nobody comes late"
  nodes=n1
  job early 1 1 same 300 '' || fail "the early job ended with status $?"
  if [ -n "$1" ]; then
    on_node n1 sh -c 'for file in "$1"/claims/??; do dd if=/dev/zero of="$file" bs=256 count=1024 conv=notrunc,fsync status=none; done' \
      _ "$HASHCACHE_DIR" || fail "notices cannot be forgotten"
  fi
  : >"$work/late.go"
  wait $late || fail "the late job ended with status $?"
  nodes=$every
  once 1 "a late claim${1:+, its notice forgotten}"
}

case $case in
  two)
    make_nodes 2
    all_ways 4 998 "claims between nodes by locks"
    ;;
  four)
    make_nodes 4
    all_ways 2 390 "claims between nodes by locks"
    ;;
  stale)
    make_nodes 2
    mount_views
    all_ways 3 60 "by leases, since locks do not exclude between n1 and n2"
    [ -e "$work/server/cache$caches/claims/leases" ] || fail "no file says that leases are in force"
    # What an attached job has found out holds for jobs that do not attach. 54 keys are there.
    : >"$work/log"
    jobs 1 3 120 same 300 ''
    once 66 "not attached"
    late forgotten
    find "$work/server" -name '*.lease' | grep -q . && fail "a lease was left behind"
    ;;
  gluster)
    make_nodes 2
    serve_gluster
    all_ways 3 60 "claims between nodes by locks"
    late ''
    late forgotten
    ;;
  separate)
    make_nodes 2
    for node in $nodes; do
      on_node "$node" mount -t tmpfs tmpfs "$work/client" || skip "a node can mount nothing"
    done
    fresh
    jobs 1 2 50 same 300 a
    [ "$(wc -l <"$work/log")" -eq 100 ] || fail "each node should compute for itself"
    says "have different cache directories"
    ;;
  *) echo "no case $case" >&2 && exit 2 ;;
esac
exit $((failures > 0))
