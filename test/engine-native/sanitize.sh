#!/bin/sh
# Builds the native engine with the address and undefined-behaviour sanitizers and calls every kernel with random sizes
# and arrays that are exactly as long as they must be. Usage: sh test/engine-native/sanitize.sh [rounds]
set -e
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
compiler=${CXX:-c++}
preload=$("$compiler" -print-file-name=libasan.so)
node test/engine-native/sanitize.mjs build "$folder"
for isa in plain avx2 avx512; do
  # Node itself keeps memory until it ends.
  UNFOLD_NATIVE_ISA=$isa LD_PRELOAD=$preload ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1 \
    node test/engine-native/sanitize.mjs run "$folder" "${1:-200}"
done
