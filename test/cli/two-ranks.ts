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
 * Runs `unfold <args>` as two ranks, the first of them in this process. The other gets a signal while it is at its
 * first task.
 */
export async function onTwoRanks(
  cwd: string,
  args: readonly string[],
  signal: NodeJS.Signals,
): Promise<{ readonly first: Ended; readonly other: Ended }> {
  const { child, ended } = start(cwd, args, asRank(1));
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
