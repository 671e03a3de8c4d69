#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh CASE: runs one case of the plugin's tests, CASE.c in this directory. What a case is, its first letters say:
#
#   refuse_*    does not compile: beside each line that causes an error or a warning stands what GCC must say of it, as
#               /* error: text */ or /* warning: text */, and GCC says nothing else. Where a note must follow: /* note: text */.
#               {NAME} at the end of a text stands for the advice to write HASHCACHE_ALLOW ("NAME").
#   call_*      a program whose output without the plugin is the truth: with it, cold and warm, at each set of options below,
#               it must print the same; the warm run computes nothing, or what "warm computes: N" in the file says (any: that depends).
#   key_*       one program in several variants, selected by options: "same: -DX" lines must find the entries of the plain
#               program, "different: -DX" lines must not find a single one, "apart: -DX | -DY" must not share one.
#   uncached_*  a program none of whose calls can be cached, and whose output is the same with the plugin and without. Each "says:
#               TEXT" line must be part of what hashcache says; "options: ..." is how to compile it; "without the plugin: -DX"
#               names a part of it that is compiled without.
#   shared_*    a program with a shared library (compiled with -DLIBRARY), for each "library: ..." line how to compile and link that,
#               and "program: ..." how to compile the program. With K=1 and then, on the same cache, K=2, it prints what it prints
#               without the plugin.
#   units_*     like call_*, but compiled once for each "unit: -DX" line, into objects of one program; "not with: -O3 -flto" leaves
#               out a set of options.
#   roles_*     beside each function, for each pointer parameter whose role the user did not declare: /* role: written-only a */, as
#               the report has it at every level of optimisation; "options: ..." is how to compile it.
#   report_*    the lines that begin with "|" are what the report has to say of the file, at every level of optimisation.
#   pass_*      must compile with the plugin, without warnings, and do what it does without; in another language where the file
#               has a line such as "language: c++ with -lstdc++".
#
#   around_*    a program that stands in for the runtime itself, and ends with status 0 if it was called as it should be; without the
#               plugin too, where C11 is all that it needs.
#
# A line "to the plugin: OPTIONS" has options for all compilations with the plugin, and none without.
set -u
here=$(cd "$(dirname "$0")" && pwd)
name=$1
source=$here/$name.c
work=$(mktemp -d "${TMPDIR:-/tmp}/hashcache test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
failures=0
plugin_options=$(sed -n 's/^.*to the plugin: \(-[^*]*[^* ]\).*/\1/p' "$source")

fail () {
  echo "$name: $*" >&2
  failures=$((failures + 1))
}

# compile OPTIONS...: $source with the plugin.
compile () {
  # shellcheck disable=SC2086
  "$TEST_CC" -fplugin="$TEST_PLUGIN" $plugin_options -I"$TEST_INCLUDE" $TEST_STORAGE_CFLAGS "$@"
}

# The runtime, once for all programs of this case.
build_runtime () {
  if [ -n "${TEST_RUNTIME:-}" ] && [ -z "$plugin_options" ]; then
    ln -sf "$TEST_RUNTIME" "$work/runtime.o"
    return
  fi
  printf '#define HASHCACHE_IMPLEMENTATION\n#include <hashcache.h>\n' > "$work/runtime.c"
  compile -O1 -c "$work/runtime.c" -o "$work/runtime.o" || fail "the runtime does not compile"
}

# link PROGRAM OPTIONS... OBJECTS...
link () {
  program=$1
  shift
  # shellcheck disable=SC2086
  compile "$@" "$work/runtime.o" $TEST_STORAGE_LIBS -o "$program" || fail "does not build with $*"
}

# run CACHE PROGRAM: its output; its statistics line goes to $work/stats.
run () {
  rm -f "$work/stats"
  HASHCACHE_DIR=$1 HASHCACHE_STATS=$work/stats HASHCACHE_VERBOSE=1 "$2" 2> "$work/messages" || echo "exit status $?"
}

statistic () {
  sed "s/.*\"$1\": \([0-9]*\).*/\1/" "$work/stats"
}

# Lines "line:error: text", sorted, from what GCC said of our file.
said () {
  sed -n "s!^.*$name\.c:\([0-9]*\):[0-9]*: \(error\|warning\|note\): \(.*\)!\1:\2: \3!p" "$1" | sed "s/‘/'/g; s/’/'/g" | sort
}

# The same lines from the comments of the file.
expected () {
  awk '{ rest = $0
         while (match (rest, /\/\* (error|warning|note): [^*]*\*\//)) {
           print NR ":" substr (rest, RSTART + 3, RLENGTH - 6)
           rest = substr (rest, RSTART + RLENGTH) } }' "$source" \
    | sed 's/ {\([^}]*\)}$/; where that does not matter, write HASHCACHE_ALLOW ("\1")/' | sort
}

case_refuse () {
  expected > "$work/expected"
  [ -s "$work/expected" ] || fail "expects nothing"
  for options in "-O0" "-O2" "-O3 -flto -g3" "-Os -fPIC" "-O1 -fopenmp" "-O2 -fsanitize=address,undefined"; do
    # shellcheck disable=SC2086
    compile $options -Wall -Wno-unused -S "$source" -o "$work/out.s" 2> "$work/errors"
    said "$work/errors" > "$work/said"
    diff "$work/expected" "$work/said" > "$work/diff" || fail "with $options (< expected, > said):
$(cat "$work/diff")"
    grep -q "internal compiler error" "$work/errors" && fail "GCC crashes with $options"
  done
}

# check_calls PROGRAM WHAT: plain output against cold and warm runs.
check_calls () {
  warm_computes=$(sed -n 's/^.*warm computes: \([0-9a-z]*\).*/\1/p' "$source")
  rm -rf "$work/cache"
  run "$work/cache" "$1" > "$work/cold"
  diff "$work/plain" "$work/cold" > "$work/diff" || fail "$2: cold run differs (< plain):
$(cat "$work/diff" "$work/messages")"
  [ "$(statistic computed)" -gt 0 ] || fail "$2: nothing was computed by the cold run"
  [ "$(statistic uncached)" -eq 0 ] || fail "$2: calls were not cached: $(cat "$work/messages")"
  run "$work/cache" "$1" > "$work/warm"
  diff "$work/plain" "$work/warm" > "$work/diff" || fail "$2: warm run differs (< plain):
$(cat "$work/diff" "$work/messages")"
  [ "${warm_computes:-0}" = any ] || [ "$(statistic computed)" -eq "${warm_computes:-0}" ] \
    || fail "$2: the warm run computed $(statistic computed)"
  [ "$(statistic uncached)" -eq 0 ] || fail "$2: warm calls were not cached"
}

# check_modes PROGRAM WHAT: verify finds nothing wrong with the entries that are there, nor audit with the calls; both run as ever.
check_modes () {
  for mode in verify audit; do
    [ $mode = verify ] || rm -rf "$work/cache"
    HASHCACHE_MODE=$mode
    export HASHCACHE_MODE
    run "$work/cache" "$1" > "$work/mode"
    unset HASHCACHE_MODE
    diff "$work/plain" "$work/mode" > "$work/diff" || fail "$2: differs with HASHCACHE_MODE=$mode (< plain):
$(cat "$work/diff" "$work/messages")"
    [ "$(statistic bad_entries)" -eq 0 ] && [ "$(statistic store_failures)" -eq 0 ] || fail "$2: $mode says: $(cat "$work/messages")"
  done
}

case_call () {
  "$TEST_CC" -O1 -w -I"$TEST_INCLUDE" "$source" -lm -o "$work/without" || fail "does not build without the plugin"
  "$work/without" > "$work/plain" || fail "fails without the plugin"
  build_runtime
  for options in "-O0" "-O1" "-O2" "-O3 -flto" "-Os -fPIC" "-Og -g3 -save-temps=obj" "-O2 -fopenmp -fchecking=2" "-O1 --coverage" \
    "-O2 -fsanitize=address,undefined" "-O2 -fno-builtin -ftrapv"; do
    # shellcheck disable=SC2086
    link "$work/program" $options -w "$source" && check_calls "$work/program" "$options"
    [ "$options" != -O2 ] || grep -q "warm computes" "$source" || check_modes "$work/program" "$options"
  done
}

case_around () {
  for options in "" -fopenmp; do
    # shellcheck disable=SC2086
    "$TEST_CC" -std=c11 -O1 $options -Wall -Wextra -Werror -Wno-unknown-pragmas -I"$TEST_INCLUDE" "$source" -lm -o "$work/without" \
      && "$work/without" > "$work/said" || fail "without the plugin: $(cat "$work/said")"
  done
  for options in "-O0" "-O1" "-O2" "-O3 -flto" "-Os -fPIC" "-Og -g3 -save-temps=obj" "-O2 -fopenmp -fchecking=2" "-O1 --coverage" \
    "-O2 -fsanitize=address,undefined -fno-sanitize-recover=all" "-O3 -fopenmp -flto -g3"; do
    # shellcheck disable=SC2086
    compile $options -Wall -Wextra -Wpedantic -Werror -Wno-unknown-pragmas "$source" -lm -o "$work/program" \
      && "$work/program" > "$work/said" || fail "$options: $(cat "$work/said")"
  done
}

case_uncached () {
  options=$(sed -n 's/^.*options: \(-[^*]*[^* ]\).*/\1/p' "$source")
  part=$(sed -n 's/^.*without the plugin: \(-[^*]*[^* ]\).*/\1/p' "$source")
  foreign=
  if [ -n "$part" ]; then
    foreign=$work/foreign.o
    # shellcheck disable=SC2086
    "$TEST_CC" -O1 -w $options $part -I"$TEST_INCLUDE" -c "$source" -o "$foreign" || fail "does not compile with $part"
  fi
  # shellcheck disable=SC2086
  "$TEST_CC" -O1 -w $options -I"$TEST_INCLUDE" "$source" ${foreign:+"$foreign"} -lm -o "$work/without" && "$work/without" > "$work/plain" \
    || fail "fails without the plugin"
  build_runtime
  # shellcheck disable=SC2086
  link "$work/program" -O2 $options -w "$source" ${foreign:+"$foreign"}
  for round in cold warm; do
    run "$work/cache" "$work/program" > "$work/$round"
    diff "$work/plain" "$work/$round" > "$work/diff" || fail "the $round run differs (< plain):
$(cat "$work/diff" "$work/messages")"
    [ "$(statistic uncached)" -eq "$(statistic calls)" ] && [ "$(statistic calls)" -gt 0 ] || fail "calls were cached: $(cat "$work/stats")"
    sed -n 's/^.*says: \(.*[^*/ ]\).*$/\1/p' "$source" > "$work/says"
    while read -r text; do
      grep -qF "$text" "$work/messages" || fail "does not say: $text, but $(cat "$work/messages")"
    done < "$work/says"
  done
}

# shared_program PLUGIN K LIBRARY_OPTIONS PROGRAM_OPTIONS: builds $work/shared/program and its library.
shared_program () {
  rm -rf "$work/shared"
  mkdir "$work/shared"
  # shellcheck disable=SC2086
  compile_shared "$1" -O2 -w -fPIC -shared -DLIBRARY "-DK=$2" $3 "$source" -o "$work/shared/libshared.so" \
    && compile_shared "$1" -O2 -w "-DK=$2" $4 "$source" ${1:+"$work/runtime.o"} -L"$work/shared" -lshared -Wl,-rpath,"$work/shared" \
         $TEST_STORAGE_LIBS -o "$work/shared/program" || fail "does not build with $3 and $4"
}

# compile_shared PLUGIN OPTIONS...: with the plugin if PLUGIN is not empty.
compile_shared () {
  plugin=$1
  shift
  # shellcheck disable=SC2086
  "$TEST_CC" ${plugin:+"-fplugin=$plugin"} -I"$TEST_INCLUDE" $TEST_STORAGE_CFLAGS "$@"
}

case_shared () {
  build_runtime
  sed -n 's/^.*library: *\(.*\); program: *\(.*\)$/\1;\2/p' "$source" > "$work/builds"
  [ -s "$work/builds" ] || fail "builds nothing"
  while IFS=';' read -r library program; do
    rm -rf "$work/cache"
    for k in 1 2; do
      shared_program "" "$k" "$library" "$program"
      "$work/shared/program" > "$work/plain" || fail "fails without the plugin"
      shared_program "$TEST_PLUGIN" "$k" "$library" "$program"
      for round in cold warm; do
        run "$work/cache" "$work/shared/program" > "$work/$round"
        cmp -s "$work/plain" "$work/$round" || fail "$library; $program; K=$k: the $round run prints $(cat "$work/$round"), not \
$(cat "$work/plain"): $(cat "$work/messages")"
      done
    done
  done < "$work/builds"
}

case_units () {
  sed -n 's/^.*unit: \(-[^*]*[^* ]\).*/\1/p' "$source" > "$work/units"
  without=$(sed -n 's/^.*not with: \(-[^*]*[^* ]\).*/\1/p' "$source")
  for options in "-O0" "-O2" "-O3 -flto" "-O2 -fPIC"; do
    [ "$options" = "$without" ] && continue
    number=0
    while read -r unit; do
      number=$((number + 1))
      # shellcheck disable=SC2086
      "$TEST_CC" $options -w $unit -I"$TEST_INCLUDE" -c "$source" -o "$work/plain$number.o" || fail "$unit does not compile"
      # shellcheck disable=SC2086
      compile $options -w $unit -c "$source" -o "$work/unit$number.o" || fail "$unit does not compile with the plugin"
    done < "$work/units"
    "$TEST_CC" "$work"/plain*.o -lm -o "$work/without" && "$work/without" > "$work/plain"
    build_runtime
    # shellcheck disable=SC2086
    link "$work/program" $options "$work"/unit*.o && check_calls "$work/program" "$options"
  done
}

# keys OPTIONS...: the entries that the program built with OPTIONS makes.
keys () {
  link "$work/program" -w "$@" "$source"
  rm -rf "$work/cache"
  run "$work/cache" "$work/program" > /dev/null
  [ "$(statistic uncached)" -eq 0 ] || fail "$*: not cached: $(cat "$work/messages")"
  (cd "$work/cache/objects" && find . -name '*.h5' | sort)
}

case_key () {
  build_runtime
  keys > "$work/plain"
  [ -s "$work/plain" ] || fail "makes no entries"
  sed -n 's/^.*same: \(-[^*]*[^* ]\).*/\1/p' "$source" > "$work/same"
  sed -n 's/^.*different: \(-[^*]*[^* ]\).*/\1/p' "$source" > "$work/different"
  while read -r options; do
    # shellcheck disable=SC2086
    keys $options > "$work/keys"
    cmp -s "$work/plain" "$work/keys" || fail "$options: other entries than the plain program"
  done < "$work/same"
  while read -r options; do
    # shellcheck disable=SC2086
    keys $options > "$work/keys"
    [ -s "$work/keys" ] || fail "$options: makes no entries"
    [ -z "$(comm -12 "$work/plain" "$work/keys")" ] || fail "$options: the plain program's entries"
  done < "$work/different"
  sed -n 's/^.*apart: \(-[^*]*[^* ]\).*/\1/p' "$source" > "$work/apart"
  while IFS='|' read -r one other; do
    # shellcheck disable=SC2086
    keys $one > "$work/keys"
    # shellcheck disable=SC2086
    keys $other > "$work/other"
    [ -z "$(comm -12 "$work/keys" "$work/other")" ] || fail "$one and $other: the same entries"
  done < "$work/apart"
  [ -s "$work/same" ] || [ -s "$work/different" ] || [ -s "$work/apart" ] || fail "compares nothing"
}

levels="-O0
-O2
-O3 -flto -g3
-Os -fPIC
-O1 -fchecking=2
-O2 -fsanitize=address,undefined"

case_roles () {
  options=$(sed -n 's/^.*options: \(-[^*]*[^* ]\).*/\1/p' "$source")
  awk '{ rest = $0
         while (match (rest, /\/\* role: [^*]* \*\//)) {
           print NR ":" substr (rest, RSTART + 9, RLENGTH - 12)
           rest = substr (rest, RSTART + RLENGTH) } }' "$source" | sort > "$work/expected"
  [ -s "$work/expected" ] || fail "expects nothing"
  echo "$levels" > "$work/levels"
  while read -r level; do
    # shellcheck disable=SC2086
    compile $level $options -w -fplugin-arg-hashcache-report -S "$source" -o "$work/out.s" 2> "$work/errors" || fail "does not compile: $(cat "$work/errors")"
    said "$work/errors" | sed -n "s/^\([0-9]*\):note: '[^']*': \([a-z-]* [A-Za-z0-9_]*\): .*(\(default\|proven\).*/\1:\2/p" | sort > "$work/said"
    diff "$work/expected" "$work/said" > "$work/diff" || fail "with $level (< expected, > said):
$(cat "$work/diff")"
  done < "$work/levels"
}

case_report () {
  options=$(sed -n 's/^.*options: \(-[^*]*[^* ]\).*/\1/p' "$source")
  sed -n 's/^| \{0,1\}//p' "$source" > "$work/expected"
  [ -s "$work/expected" ] || fail "expects nothing"
  echo "$levels" > "$work/levels"
  while read -r level; do
    rm -f "$work/report"
    # shellcheck disable=SC2086
    compile $level $options -w "-fplugin-arg-hashcache-report=$work/report" -S "$source" -o "$work/out.s" || fail "does not compile"
    sed "s!^.*$name\.c:[0-9]*:[0-9]*: !!" "$work/report" > "$work/said"
    diff "$work/expected" "$work/said" > "$work/diff" || fail "with $level (< expected, > said):
$(cat "$work/diff")"
  done < "$work/levels"
  # shellcheck disable=SC2086
  compile $options -w -fplugin-arg-hashcache-report -S "$source" -o "$work/out.s" 2> "$work/errors"
  [ "$(grep -c "note: " "$work/errors")" -eq "$(grep -c '^  ' "$work/expected")" ] || fail "says other notes: $(cat "$work/errors")"
}

case_pass () {
  language=$(sed -n 's/^.*language: \([^ ]*\) with .*/\1/p' "$source")
  libraries=$(sed -n 's/^.*language: [^ ]* with \(.*\)/\1/p' "$source")
  if ! "$TEST_CC" -x "${language:-c}" -c /dev/null -o "$work/empty.o" 2> /dev/null; then
    echo "$name: skipped: this compiler does not know the language $language"
    exit 77
  fi
  cd "$work" || exit 1 # where a compiler leaves what it writes besides
  for options in "-O0" "-O2 -g3" "-O3 -flto" "-O2 -fchecking=2" "-O2 -fsanitize=address,undefined" "-O1 -fexceptions" "-Os -pg"; do
    # shellcheck disable=SC2086
    "$TEST_CC" $options -w -I"$TEST_INCLUDE" -x "${language:-c}" "$source" -x none -lm $libraries -o "$work/without" \
      || fail "does not build without the plugin and $options"
    # shellcheck disable=SC2086
    "$TEST_CC" -fplugin="$TEST_PLUGIN" $options -w -I"$TEST_INCLUDE" -x "${language:-c}" "$source" -x none -lm $libraries -o "$work/with" \
      2> "$work/errors" || fail "$options: $(cat "$work/errors")"
    (cd "$work" && ./without > plain; echo $? >> plain; ./with > changed; echo $? >> changed; cmp plain changed) || fail "$options: runs otherwise"
  done
}

kind=${name%%_*}
case $kind in
refuse | call | around | uncached | shared | units | key | roles | report | pass) "case_$kind" ;;
*) fail "unknown kind of case" ;;
esac
[ "$failures" -eq 0 ] && echo "$name: passed"
[ "$failures" -eq 0 ]
