// Starts workers of a benchmark under mpirun and returns what worker 0 prints last, a line of JSON. Each is bound to a
// core of its own, as mpirun and Slurm do if not told otherwise, or to none.
import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { UserError } from '@unfold-zoo/core';

const BINDINGS = { core: 'core:overload-allowed', none: 'none' };

export function mpirun(ranks, script, args, bind = 'none') {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const asRoot = userInfo().uid === 0 ? ['--allow-run-as-root'] : [];
  const launch = [...asRoot, '--oversubscribe', '--bind-to', BINDINGS[bind], '-n', String(ranks)];
  const { status, stdout, stderr, error } = spawnSync('mpirun', [...launch, process.execPath, path, ...args], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  if (error) throw new UserError(`missing mpirun: ${error.message}; install an MPI (Debian: openmpi-bin)`);
  if (status !== 0) throw new Error(`mpirun -n ${ranks} ended with code ${status}:\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}
