#!/bin/sh
# A Slurm cluster of this one machine, with keys, sockets and state in a temporary folder, and a job on it.
# Needs root and Debian's slurm-wlm, munge, openmpi-bin and libpmix-dev (Slurm's plugin opens its libpmix.so).
#   sh bench/distributed/slurm.sh [--sbatch script] [command...]
# The command, by default a measurement of training steps, runs as two tasks of srun; a script is handed to sbatch.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
host=$(hostname -s)
export SLURM_CONF="$work/slurm.conf"

cleanup() {
  for daemon in slurmd slurmctld munged; do
    [ -f "$work/$daemon.pid" ] && kill "$(cat "$work/$daemon.pid")" 2>/dev/null || true
  done
  sleep 1
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

chmod 755 "$work"
mkdir -m 755 "$work/munge" "$work/state" "$work/spool" "$work/tmp"
head -c 1024 /dev/urandom >"$work/munge/key"
chmod 400 "$work/munge/key"
munged --force --key-file="$work/munge/key" --socket="$work/munge/socket" --pid-file="$work/munged.pid" \
  --log-file="$work/munged.log" --seed-file="$work/munge/seed"

cat >"$SLURM_CONF" <<END
ClusterName=unfold
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CredType=cred/munge
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
TmpFS=$work/tmp
SlurmctldPort=16817
SlurmdPort=16818
ProctrackType=proctrack/linuxproc
TaskPlugin=task/affinity
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=30
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
slurmctld -c
slurmd -c

waited=0
until sinfo --noheader --format=%t 2>/dev/null | grep -q idle; do
  waited=$((waited + 1))
  if [ $waited -gt 30 ]; then
    echo "slurm did not come up:" >&2
    tail -5 "$work"/slurm*.log >&2
    exit 1
  fi
  sleep 1
done

cd "$root"
if [ "${1:-}" = --sbatch ]; then
  shift
  # The job's output comes here once it has ended.
  sbatch --wait --output="$work/job.out" "$@" || status=$?
  cat "$work/job.out"
  exit "${status:-0}"
fi
if [ $# = 0 ]; then
  set -- node "$root/bench/distributed/train-step-worker.mjs" \
    '{"preset": "paper", "engine": "{kind: native, threads: 1}", "batch": 512, "steps": 10, "warmup": 5}'
fi
srun --mpi=pmix --ntasks=2 --cpu-bind=cores --kill-on-bad-exit=1 "$@"
