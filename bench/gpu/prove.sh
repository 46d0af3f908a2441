#!/bin/sh
# What the webgpu engine does on this machine's GPU, in one JSON file and under eight minutes:
#   sh bench/gpu/prove.sh [--out gpu.json] [--engine webgpu] [--preset paper] [--minutes 8] [--patience 1]
# It needs a Vulkan driver with its loader, and no network. In the archive that pack.mjs makes, Node comes along;
# elsewhere Node 20.19 or newer is taken from the path. If a python3 has PyTorch, that computes the same beside it.
here=$(cd "$(dirname "$0")" && pwd)
node="$here/../../node"
[ -x "$node" ] || node=node
exec "$node" "$here/prove.mjs" "$@"
