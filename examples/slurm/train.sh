#!/bin/bash
# sbatch train.sh my-run.yaml: trains on two nodes with four workers each. Submit it again to go on where it stopped.
#SBATCH --job-name=unfold
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=4
#SBATCH --cpus-per-task=8
#SBATCH --time=12:00:00
#SBATCH --signal=TERM@120
# Two minutes before the time is over every worker is told to stop, and the run is saved.
set -euo pipefail
config=${1:?a config, or the name of a preset}
run=runs/$(basename "$config" .yaml)
# Not by npx: Slurm signals the process that srun starts, and npx does not pass that on.
export PATH="$PWD/node_modules/.bin:$PATH"
export OMP_NUM_THREADS=$SLURM_CPUS_PER_TASK
launch=(srun --mpi=pmix --cpus-per-task="$SLURM_CPUS_PER_TASK" --kill-on-bad-exit=1)

if [ -e "$run/checkpoints/latest" ]; then
  "${launch[@]}" unfold train --resume "$run"
else
  "${launch[@]}" unfold train "$config" --out "$run" --force
fi
