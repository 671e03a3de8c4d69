#!/bin/sh
# operations.sh: the file-system operations of a hit, a miss and a waiter, counted by strace.
# SPDX-License-Identifier: BSD-2-Clause
#
# sh operations.sh PLUGIN     prints a table: a line for each kind of call, system calls that name a path or move bytes; then, where
# root has bindfs, another one for a file system that is not local to this kernel, where the runtime does more.
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
plugin=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/hashcache-bench.XXXXXX") || exit 1
trap 'mountpoint -q "$work/view" && umount "$work/view"; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
command -v strace >/dev/null || { echo "strace is needed" >&2; exit 1; }
# shellcheck disable=SC2046
${CC:-gcc} -O2 -fplugin="$plugin" -I"$here/../../include" "$here/operations.c" -o "$work/operations" \
  $(pkg-config --cflags --libs hdf5-serial 2>/dev/null || pkg-config --cflags --libs hdf5) -lxxhash -lpthread -ldl -lm || exit 1
HASHCACHE_VERBOSE=0
export HASHCACHE_DIR HASHCACHE_VERBOSE

# count KIND: its calls by name, on paths of the cache.
count () {
  strace -y -o "$work/trace" "$work/operations" "$1" || return
  sed -n '\:/hashcache-begin:,\:/hashcache-end:p' "$work/trace" | grep -F "$HASHCACHE_DIR" |
    sed 's/(.*//; s/newfstatat/stat/; s/openat/open/; s/64$//' | sort | uniq -c | sort -k2 |
    awk -v kind="$1" '{ n += $1; list = list (NR > 1 ? ", " : "") $1 " " $2 } END { printf "%-8s %3d   %s\n", kind, n, list }'
}

# table DIRECTORY
table () {
  HASHCACHE_DIR=$1
  "$work/operations" warm
  for kind in memory store miss; do
    count $kind
  done
  "$work/operations" slow & slow=$!
  sleep 0.5
  count wait
  wait $slow
}

table "$work/cache"
if mkdir "$work/real" "$work/view" && bindfs "$work/real" "$work/view" 2>/dev/null; then
  echo
  table "$work/view/cache"
fi
