#!/bin/sh
# run.sh: libFuzzer looks for files that do harm: sh tests/fuzz/run.sh [SECONDS]
# SPDX-License-Identifier: BSD-2-Clause
#
# Compiles target.c with clang, the runtime in it as plain C, and has each of its two targets, the parser of the index and the way through
# HDF5, look for half of SECONDS of processor time (default 600). Both begin with the inputs in corpus/. An input that does harm
# stays where the last lines say; make it small with -minimize_crash=1, mend what it has found, and keep it in corpus/, whose
# inputs are read by the tests fuzz_kept_*.
set -u
seconds=${1:-600}
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd -P) || exit 1
scratch=$(mktemp -d "${TMPDIR:-/tmp}/hashcache-test-XXXXXX") || exit 1
clang=
for candidate in ${CLANG:-} clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14; do
  echo 'int LLVMFuzzerTestOneInput (const unsigned char *input, unsigned long n) { return input && n > 9; }' >"$scratch/none.c"
  $candidate -fsanitize=fuzzer,address,undefined "$scratch/none.c" -o "$scratch/none" 2>/dev/null && clang=$candidate && break
done
if [ -z "$clang" ]; then
  rm -rf "$scratch"
  echo "SKIPPED: there is no clang with libFuzzer here"
  exit 77
fi

# Those of the tests, or what pkg-config knows.
if [ -z "${TEST_STORAGE_LIBS:-}" ]; then
  hdf5=hdf5-serial
  pkg-config --exists $hdf5 || hdf5=hdf5
  TEST_STORAGE_CFLAGS=$(pkg-config --cflags $hdf5 libxxhash)
  TEST_STORAGE_LIBS="$(pkg-config --libs $hdf5 libxxhash) -lpthread -ldl -lm"
fi
$clang -std=gnu11 -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
  -DGOLDEN_ENTRY="\"$here/../format/golden_plain.h5\"" -I"$here/../../include" $TEST_STORAGE_CFLAGS "$here/target.c" \
  -o "$scratch/target" $TEST_STORAGE_LIBS $(pkg-config --libs cmocka) || exit 1

# fuzz OPTION...: the target FUZZ_TARGET with libFuzzer's OPTIONs.
export ASAN_OPTIONS=allocator_may_return_null=1:max_allocation_size_mb=2048:detect_leaks=0
fuzz () {
  exec "$scratch/target" -max_len=1024 -timeout=60 -rss_limit_mb=4096 -artifact_prefix="$scratch/harm-" "$@" >"$scratch/log" 2>&1
}

status=0
for FUZZ_TARGET in index hdf5; do
  export FUZZ_TARGET
  mkdir "$scratch/$FUZZ_TARGET"
  # libFuzzer's clock goes on while others have the processor: the limit of the system is what ends it.
  ( (ulimit -S -t $((seconds / 2)); fuzz "$scratch/$FUZZ_TARGET" "$here/corpus/$FUZZ_TARGET"); exit $?) 2>/dev/null
  ended=$?
  if [ $ended -le 128 ] || [ "$(kill -l $ended)" != XCPU ]; then
    status=1
    tail -60 "$scratch/log"
    echo "run.sh: $FUZZ_TARGET: ended with $ended; what did harm: $(ls "$scratch"/harm-* 2>/dev/null)"
    continue
  fi
  echo "$FUZZ_TARGET: more than $(sed -n 's/^#\([0-9]*\).*/\1/p' "$scratch/log" | tail -1) inputs, no harm done"
done
test $status -ne 0 || rm -rf "$scratch"
exit $status
