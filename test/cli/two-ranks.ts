import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf } from '../distributed/local-job.js';
import { type Ended, start, unfold } from './unfold.js';

/** What `srun` says to a process, for which it needs no MPI. */
const asRank = (rank: number): Record<string, string> => ({
  SLURM_PROCID: `${rank}`,
  SLURM_LOCALID: `${rank}`,
  SLURM_STEP_NUM_TASKS: '2',
  SLURM_STEP_TASKS_PER_NODE: '2',
});

/**
 * Runs `unfold benchmark <config> --out <folder>` as two ranks, the first of them in this process. The other gets a
 * signal while it is at its first task.
 */
export async function onTwoRanks(
  cwd: string,
  { config, folder, signal }: { readonly config: string; readonly folder: string; readonly signal: NodeJS.Signals },
): Promise<{ readonly first: Ended; readonly other: Ended }> {
  const args = ['benchmark', config, '--out', folder, '--set', 'evaluation.calibration=false'];
  const { child, ended } = start(cwd, args, asRank(1));
  await comes(join(cwd, folder));
  Object.assign(process.env, asRank(0));
  try {
    const first = unfold(cwd, ...args);
    while (child.exitCode === null && childrenOf(child.pid!).length === 0) await delay(20);
    child.kill(signal);
    return { first: await first, other: await ended };
  } finally {
    for (const name of Object.keys(asRank(0))) delete process.env[name];
  }
}

/** Waits until the other rank looks for the first, which may take longer than all of the tasks. */
async function comes(folder: string): Promise<void> {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const meeting = join(folder, '.ranks.json');
  mkdirSync(folder, { recursive: true });
  writeFileSync(meeting, JSON.stringify({ addresses: ['127.0.0.1'], port, secret: '00' }));
  await once(server, 'connection', { signal: AbortSignal.timeout(60_000) });
  rmSync(meeting);
  server.close();
}
