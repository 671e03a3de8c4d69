# build.sh: where to build, and how; to be sourced by scripts that have set `source` to the root of the source tree.
# SPDX-License-Identifier: BSD-2-Clause
#
#   choose_build_root    sets `build_root`: <source>/build if it is ours or can be made; else a directory of its own for this tree
#                        below the user's cache directory; else a new temporary one
#   build_preset NAME    configures and builds a preset of CMakePresets.json in $build_root/NAME; quiet unless it fails
#
# Build trees of an earlier invocation are used again. One that was copied or moved along with the source tree is started afresh.

# ours DIR: DIR is a directory of this user, or can be made one. What another user built is left alone.
ours () {
  mkdir -p "$1" 2>/dev/null && [ -w "$1" ] && [ -n "$(find "$1" -prune -user "$(id -u)" 2>/dev/null)" ]
}

choose_build_root () {
  build_root=$source/build
  ours "$build_root" && return
  set -- "$(printf '%s' "$source" | cksum | cut -d ' ' -f 1)"
  build_root=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/hashcache-build/$1
  ours "$build_root" && return
  build_root=$(mktemp -d "${TMPDIR:-/tmp}/hashcache-build.XXXXXX")
}

processors () {
  getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
}

# quietly LOG COMMAND...: output goes to LOG, and is shown if COMMAND fails.
quietly () {
  log=$1
  shift
  "$@" >"$log" 2>&1 && return
  cat "$log" >&2
  echo "Failed: $*" >&2
  return 1
}

configure_preset () {
  set -- "$1" "$build_root/$1"
  if [ ! -f "$2/CMakeCache.txt" ]; then
    command -v ninja >/dev/null 2>&1 && set -- "$@" -G Ninja
  elif ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$source" "$2/CMakeCache.txt" ||
       ! grep -qxF "CMAKE_CACHEFILE_DIR:INTERNAL=$2" "$2/CMakeCache.txt"; then
    rm -rf "$2"
    command -v ninja >/dev/null 2>&1 && set -- "$@" -G Ninja
  fi
  preset=$1
  directory=$2
  shift 2
  mkdir -p "$directory" &&
    (cd "$source" && quietly "$directory/configure.log" cmake --preset "$preset" -B "$directory" "$@")
}

build_preset () {
  echo "Building $1 in $build_root/$1"
  configure_preset "$1" && quietly "$directory/build.log" cmake --build "$directory" --parallel "$(processors)"
}
