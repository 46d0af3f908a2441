#!/bin/sh
# Builds the native engine with the address and undefined-behaviour sanitizers and calls every kernel with random sizes
# and arrays that are exactly as long as they must be, then does the same with the sanitizer for threads.
# Usage: sh test/engine-native/sanitize.sh [rounds]
set -e
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
compiler=${CXX:-c++}

# Builds with the sanitizers $1 and runs on each instruction set with the library $2.
run_with() {
  node test/engine-native/sanitize.mjs build "$folder" "$1"
  preload=$("$compiler" -print-file-name="$2")
  for isa in plain avx2 avx512; do
    # Node itself keeps memory until it ends, and its own threads are not looked at.
    UNFOLD_NATIVE_ISA=$isa LD_PRELOAD=$preload ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1 \
      TSAN_OPTIONS=halt_on_error=1:ignore_noninstrumented_modules=1 \
      node test/engine-native/sanitize.mjs run "$folder" "$rounds"
  done
}

rounds=${1:-200}
run_with address,undefined libasan.so
run_with thread libtsan.so
