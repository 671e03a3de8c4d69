#!/bin/sh
# nodes_count.sh: ranks on several nodes compute each key once, whether the file system's locks exclude between nodes or not.
# SPDX-License-Identifier: BSD-2-Clause
#
# nodes_count.sh DIRECTORY MPI CASE: with the programs that build.sh has put into DIRECTORY. Cases:
#
#   two, four   as many nodes, a directory that all see through one kernel
#   stale       two nodes whose clients remember missing files for 20 s and do not forward locks (bindfs): leases
#   gluster     two nodes with a distributed file system that forwards locks
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
HASHCACHE_DIR=$work/client/cache
export HASHCACHE_DIR
failures=0

fail () {
  echo "$mpi, $case: $*" >&2
  cat "$work/out" >&2
  failures=$((failures + 1))
}

# run RANKS PER_NODE KEYS ORDER MICROSECONDS FLAGS: a job. One whose ranks are all done, but for the end of MPI itself, is ended.
run () {
  ranks=$1
  : >"$work/log.done"
  launch_on_nodes "$1" "$2" "$program" "$work/log" "$3" "$4" "$5" "d$6" >"$work/out" 2>&1 &
  job=$!
  patience=40
  while kill -0 $job 2>/dev/null && [ $patience -gt 0 ]; do
    sleep 0.1
    [ "$(grep -c . "$work/log.done")" -lt "$ranks" ] || patience=$((patience - 1))
  done
  if [ $patience -eq 0 ]; then
    echo "$mpi, $case: all ranks are done, but MPI_Finalize does not end: ended" >&2
    pkill -KILL -f "$program"
    kill $job 2>/dev/null
  fi
  wait $job
  [ "$(grep -c '^done$' "$work/log.done")" -eq "$ranks" ] || fail "not all ranks were right"
}

# once N TEXT: N bodies have run, each for another key.
once () {
  lines=$(wc -l <"$work/log")
  different=$(sort -u "$work/log" | wc -l)
  echo "$mpi, $case, $2: $lines computed, $different different"
  if [ "$lines" -ne "$1" ] || [ "$different" -ne "$1" ]; then
    sort "$work/log" | uniq -d | head -n 5 >&2
    fail "not $1"
  fi
}

# says TEXT: the summary, where MPI has come to its end.
says () {
  if grep -q "^hashcache: .* ranks on " "$work/out"; then
    grep -q "^hashcache: .* ranks on .*$1" "$work/out" || fail "the summary does not say: $1"
    [ "$(grep -c '^hashcache: ' "$work/out")" -eq 1 ] || fail "more than one voice"
  fi
}

# twice RANKS PER_NODE KEYS WAY: cold and warm, same order and random order, by WAY.
twice () {
  : >"$work/log"
  run "$1" "$2" "$3" same 300 a
  once "$3" cold
  says "$4"
  : >"$work/log"
  run "$1" "$2" "$3" same 300 a
  once 0 warm
  : >"$work/log"
  rm -rf "$work/server/cache"
  HASHCACHE_DIR=$work/client/other
  run "$1" "$2" $(($3 - 1)) random 300 a
  once $(($3 - 1)) "random order"
}

# mount_views: each node gets a client of its own, which remembers for 20 s what it has seen, and what it has not.
mount_views () {
  command -v bindfs >/dev/null 2>&1 || skip "no bindfs"
  [ -c /dev/fuse ] || skip "no FUSE"
  for node in $nodes; do
    on_node "$node" bindfs -o negative_timeout=20,entry_timeout=20,attr_timeout=20 "$work/server" "$work/client" ||
      skip "bindfs cannot be mounted"
  done
}

# serve_gluster: a volume of one brick, served by daemons in this world, and mounted on each node.
serve_gluster () {
  command -v glusterd >/dev/null 2>&1 && command -v glusterfs >/dev/null 2>&1 || skip "no GlusterFS"
  mkdir -p "$work/brick" "$work/gluster.lib" "$work/gluster.log" /var/lib/glusterd /var/log/glusterfs
  cp -r /var/lib/glusterd/. "$work/gluster.lib" && rm -f "$work/gluster.lib/glusterd.info"
  mount --bind "$work/gluster.lib" /var/lib/glusterd && mount --bind "$work/gluster.log" /var/log/glusterfs || skip "nothing can be mounted"
  mkdir -p /run/gluster
  glusterd --log-level WARNING || skip "glusterd does not start"
  for _ in $(seq 100); do
    gluster --mode=script pool list >/dev/null 2>&1 && break
    sleep 0.2
  done
  gluster --mode=script volume create shared "$head_address:$work/brick" force >"$work/gluster.out" 2>&1 &&
    gluster --mode=script volume start shared >>"$work/gluster.out" 2>&1 || {
      cat "$work/gluster.out" >&2
      skip "GlusterFS makes no volume"
    }
  for node in $nodes; do
    on_node "$node" glusterfs --volfile-server="$head_address" --volfile-id=shared "$work/client" && on_node "$node" ls "$work/client" >/dev/null ||
      { cat "$work/gluster.log"/*.log >&2; skip "GlusterFS cannot be mounted"; }
  done
}

case $case in
  two)
    make_nodes 2
    twice 8 4 200 "claims between nodes by locks"
    ;;
  four)
    make_nodes 4
    twice 8 2 200 "claims between nodes by locks"
    ;;
  stale)
    make_nodes 2
    mount_views
    twice 6 3 60 "by leases, since locks do not exclude between n1 and n2"
    [ -e "$work/server/other/claims/leases" ] || fail "no file says that leases are in force"
    find "$work/server/other" -name '*.lease' | grep -q . && fail "a lease was left behind"
    ;;
  gluster)
    make_nodes 2
    serve_gluster
    twice 6 3 60 "claims between nodes by locks"
    ;;
  separate)
    make_nodes 2
    for node in $nodes; do
      on_node "$node" mount -t tmpfs tmpfs "$work/client"
    done
    : >"$work/log"
    run 4 2 50 same 300 a
    [ "$(wc -l <"$work/log")" -eq 100 ] || fail "each node should compute for itself"
    says "have different cache directories"
    ;;
  *) echo "no case $case" >&2 && exit 2 ;;
esac
exit $((failures > 0))
