#!/bin/sh
# nodes.sh: runs a program of run.sh across simulated nodes: sh nodes.sh DIRECTORY MPI FILE_SYSTEM PROGRAM NODES PER_NODE OPTION...
# SPDX-License-Identifier: BSD-2-Clause
#
# FILE_SYSTEM is what the nodes share: `one-kernel`, the machine's own; `gluster`, which forwards locks; `bindfs`, whose clients remember
# missing files and do not forward locks, so that claims go by leases. Both remember for 20 s. Status 77 where that cannot be had.
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd -P)
. "$here/../../cmake/mpi.sh"
. "$here/../mpi/launch.sh"
. "$here/../mpi/nodes.sh"
own_world "$@"
built=$1
mpi=$2
system=$3
program=$4
number=$5
per_node=$6
shift 6
launch_seconds=580
scratch
mkdir "$work/server" "$work/client"
make_nodes "$number"
case $mpi in openmpi) text="Open MPI" ;; *) text=MPICH ;; esac
case $system in
  one-kernel) text="$text, one kernel's file system" ;;
  gluster)
    text="$text, GlusterFS"
    serve_gluster >&2
    ;;
  bindfs)
    text="$text, bindfs, leases"
    mount_views
    ;;
esac
HASHCACHE_DIR=$work/client/cache
export HASHCACHE_DIR
ranks=$((number * per_node))
[ "$program" = waiters ] && ranks=$((ranks - 1)) # so many wait, and one computes
launch_on_nodes $ranks "$per_node" "$built/$program.$mpi" "$text" "$@"
