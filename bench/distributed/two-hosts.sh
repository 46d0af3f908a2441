#!/bin/sh
# Two hosts on one machine: network namespaces, joined by a virtual cable, with no memory and no loopback in common as
# far as MPI knows. Needs root, Open MPI and iproute2.
#   sh bench/distributed/two-hosts.sh [command...]
# The command, by default a measurement of training steps, runs once on each host. MPIRUN_OPTIONS adds to mpirun's.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
net=10.77.0

cleanup() {
  for host in 1 2; do ip netns del "unfold$host" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

ip netns add unfold1
ip netns add unfold2
ip link add unfold-a type veth peer name unfold-b
ip link set unfold-a netns unfold1
ip link set unfold-b netns unfold2
for host in 1 2; do
  name=$([ $host = 1 ] && echo unfold-a || echo unfold-b)
  ip netns exec unfold$host ip addr add $net.$host/24 dev "$name"
  ip netns exec unfold$host ip link set "$name" up
  ip netns exec unfold$host ip link set lo up
done

# What mpirun starts its daemon on the other host with, in place of ssh: arguments are the host and the command.
cat >"$work/rsh" <<END
#!/bin/sh
host=\${1##*.}
shift
exec ip netns exec unfold\$host unshare --uts sh -c "hostname unfold-host\$host; \$*"
END
chmod +x "$work/rsh"

if [ $# = 0 ]; then
  # A core for each host, as each would have its own.
  set -- sh -c 'exec taskset --cpu-list "$OMPI_COMM_WORLD_RANK" node "$0" "$1"' \
    "$root/bench/distributed/train-step-worker.mjs" \
    '{"preset": "paper", "engine": "{kind: native, threads: 1}", "batch": 512, "steps": 10, "warmup": 5}'
fi
cd "$root"
# Two hosts share two cores here: a rank that waits has to leave the core to the other.
ip netns exec unfold1 mpirun --allow-run-as-root --bind-to none \
  --mca plm_rsh_agent "$work/rsh" \
  --mca btl_tcp_if_include $net.0/24 --mca oob_tcp_if_include $net.0/24 --mca btl self,tcp \
  --mca mpi_yield_when_idle 1 ${MPIRUN_OPTIONS:-} \
  --host $net.1:1,$net.2:1 "$@"
