# nodes.sh: makes simulated nodes on this machine; to be sourced by tests after launch.sh.
# SPDX-License-Identifier: BSD-2-Clause
#
# A test that says `own_world "$@"` first runs in namespaces of its own: network, host name, IPC, mounts and processes. What it mounts,
# starts and listens to there nobody else sees, two of them cannot meet, and all of it ends with the test, however that ends. Inside,
#
#   make_nodes N             makes nodes n1 to nN: each has its own network interface (10.77.0.I on a bridge, which the test itself is
#                            on as 10.77.0.254), host name, IPC, /dev/shm, process numbers, and a file system tree in which something
#                            else can be mounted
#   on_node NODE COMMAND...  runs a command there
#   launch_on_nodes N PER PROGRAM...  runs PROGRAM on N ranks, PER on each of $nodes, with the MPI $mpi
#   mount_views, serve_gluster        give each node a client of its own of the directory $work/client: stale views without locks, GlusterFS
#   $node_shell              is the launchers' remote shell: Open MPI's plm_rsh_agent, MPICH's -launcher-exec
#
# Needs root and iproute2. Without them, or where the kernel does not let us, the test is skipped.

skip () {
  echo "SKIPPED: $*" >&2
  exit 77
}

# await_file FILE: it is there within half a minute.
await_file () {
  for _ in $(seq 300); do
    [ -e "$1" ] && return
    sleep 0.1
  done
  return 1
}

head_address=10.77.0.254
world_tools='unshare nsenter ip mount hostname'

# own_world ARGUMENT...: runs the test $0 again, with the same arguments, in a world of its own; returns in there.
own_world () {
  if [ -n "${TEST_OWN_WORLD:-}" ]; then
    enter_world
    return
  fi
  [ "$(id -u)" -eq 0 ] || skip "simulated nodes need root"
  for tool in $world_tools; do
    command -v "$tool" >/dev/null 2>&1 || skip "simulated nodes need the command $tool"
  done
  set -- --net --mount --uts --ipc --pid --fork --kill-child --mount-proc -- sh "$0" "$@"
  unshare --net --mount --uts --ipc --pid --fork --mount-proc -- true 2>/dev/null || skip "this kernel gives us no namespaces of our own"
  TEST_OWN_WORLD=1 exec unshare "$@"
}

# A tree of our own: what lies in /run, say the socket of a service, is not ours. The memory of ranks is not that of others either.
enter_world () {
  mount --make-rprivate / && mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/shm || skip "nothing can be mounted here"
  hostname head
  ip link set lo up || skip "no network of our own"
}

# make_nodes N
make_nodes () {
  nodes=
  mkdir "$work/nodes"
  write_hosts "$1"
  write_node_shell
  if ! { ip link add bridge0 type bridge && ip addr add $head_address/24 dev bridge0 && ip link set bridge0 up; }; then
    skip "no bridge between network namespaces"
  fi
  for i in $(seq "$1"); do
    make_node "n$i" "10.77.0.$i" || skip "a node cannot be made"
    nodes="$nodes n$i"
  done
}

write_hosts () {
  {
    echo "127.0.0.1 localhost"
    echo "$head_address head"
    for i in $(seq "$1"); do
      echo "10.77.0.$i n$i"
    done
  } >"$work/hosts"
  mount --bind "$work/hosts" /etc/hosts
}

# The node's first process waits for children: launchers leave daemons behind, and the dead must be buried.
make_node () {
  unshare --net --mount --uts --ipc --pid --fork --kill-child --mount-proc -- \
    sh -c 'mount -t tmpfs tmpfs /dev/shm && hostname "$1" && : >"$2"; while :; do sleep 60 & wait $!; done' \
    _ "$1" "$work/nodes/$1.up" >/dev/null 2>&1 &
  echo $! >"$work/nodes/$1.pid"
  await_file "$work/nodes/$1.up" || return 1
  ip link add "veth-$1" type veth peer name eth0 netns "/proc/$(node_pid "$1")/ns/net" &&
    ip link set "veth-$1" master bridge0 up &&
    on_node "$1" ip addr add "$2/24" dev eth0 && on_node "$1" ip link set eth0 up && on_node "$1" ip link set lo up
}

node_pid () {
  cat "$work/nodes/$1.pid"
}

# on_node NODE COMMAND...
on_node () {
  node=$1
  shift
  "$node_shell" --as-is "$node" "$@"
}

# With --as-is the words of the command are taken as they are; else they are put together for a shell, as rsh and ssh do.
write_node_shell () {
  node_shell=$work/node-shell
  cat >"$node_shell" <<END
#!/bin/sh
as_is=
while :; do
  case \$1 in
    --as-is) as_is=1 ;;
    -*) ;;
    *) break ;;
  esac
  shift
done
pid=\$(cat '$work/nodes/'"\$1.pid") || exit 255
shift
[ -n "\$as_is" ] || set -- sh -c "\$*"
exec nsenter --target "\$pid" --net --uts --ipc --mount "--pid=/proc/\$pid/ns/pid_for_children" -- "\$@"
END
  chmod +x "$node_shell"
}

# launch_on_nodes RANKS PER_NODE PROGRAM...
launch_on_nodes () {
  ranks=$1
  per_node=$2
  shift 2
  unset OMPI_MCA_plm_rsh_agent OMPI_MCA_plm
  if [ "$mpi" = openmpi ]; then
    hosts=$(for node in $nodes; do printf ',%s:%s' "$node" "$per_node"; done)
    timeout -k 10 "${launch_seconds:-120}" mpirun.openmpi --mca plm_rsh_agent "$node_shell" \
      --mca oob_tcp_if_include 10.77.0.0/24 --mca btl_tcp_if_include 10.77.0.0/24 -H "${hosts#,}" -np "$ranks" "$@"
  else
    timeout -k 10 "${launch_seconds:-120}" mpirun.mpich -launcher rsh -launcher-exec "$node_shell" \
      -hosts "$(echo $nodes | tr ' ' ,)" -n "$ranks" -ppn "$per_node" -localhost $head_address "$@"
  fi
}

# mount_views: each node gets a client of its own, which remembers for 20 s what it has seen, and what it has not.
mount_views () {
  command -v bindfs >/dev/null 2>&1 || skip "no bindfs"
  [ -c /dev/fuse ] || skip "no FUSE"
  for node in $nodes; do
    on_node "$node" bindfs -o negative_timeout=20,entry_timeout=20,attr_timeout=20 "$work/server" "$work/client" ||
      skip "bindfs cannot be mounted"
  done
  remembers || skip "this bindfs remembers nothing"
}

# Whether a file that n2 makes stays invisible to n1, which has looked for it before.
remembers () {
  on_node n1 test -e "$work/client/probe" && return 1
  on_node n2 touch "$work/client/probe" || return 1
  ! on_node n1 test -e "$work/client/probe"
}

# serve_gluster: a volume of one brick, served by daemons in this world, and mounted on each node by a client that remembers as well.
serve_gluster () {
  command -v glusterd >/dev/null 2>&1 && command -v gluster >/dev/null 2>&1 || skip "no GlusterFS"
  [ -c /dev/fuse ] || skip "no FUSE"
  mkdir -p "$work/brick" "$work/gluster" /var/log/glusterfs /run/gluster
  cp -r /var/lib/glusterd/. "$work/gluster" && rm -f "$work/gluster/glusterd.info"
  mount --bind "$work/gluster" /var/lib/glusterd && mount -t tmpfs tmpfs /var/log/glusterfs || skip "nothing can be mounted"
  glusterd --log-level WARNING || skip "glusterd does not start"
  for _ in $(seq 100); do
    gluster --mode=script pool list >/dev/null 2>&1 && break
    sleep 0.2
  done
  if ! gluster --mode=script volume create shared "$head_address:$work/brick" force >"$work/gluster.log" 2>&1 ||
     ! gluster --mode=script volume start shared >>"$work/gluster.log" 2>&1; then
    cat "$work/gluster.log" /var/log/glusterfs/*.log >&2
    skip "GlusterFS makes no volume here"
  fi
  for node in $nodes; do
    on_node "$node" glusterfs --negative-timeout=20 --entry-timeout=20 --attribute-timeout=20 --volfile-server="$head_address" \
      --volfile-id=shared "$work/client" && on_node "$node" ls "$work/client" >/dev/null ||
      { cat /var/log/glusterfs/*.log >&2; skip "GlusterFS cannot be mounted"; }
  done
  remembers || echo "its clients remember nothing"
}
