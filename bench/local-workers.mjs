// The mean of the gradients of the paper's model over workers of one machine, which need no MPI:
// `npm run --silent bench -- local-workers --workers 2 --json`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { UserError } from '@unfold-zoo/core';

const WORKER = fileURLToPath(new URL('distributed/local-worker.mjs', import.meta.url));
/** The paper's model has 4.5 million parameters in so many arrays: 18 MB. */
const ARRAYS = 526;
const LENGTH = 8555;

export const options = {
  workers: { type: 'string', default: '2', description: 'processes' },
  repeats: { type: 'string', default: '60', description: 'measured means' },
};

export function run({ workers, repeats }) {
  const task = { workers: Number(workers), repeats: Number(repeats), lengths: Array(ARRAYS).fill(LENGTH) };
  if (!(task.workers >= 2)) throw new UserError(`invalid --workers ${workers}: expected at least 2`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [WORKER, JSON.stringify(task)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the workers ended with code ${status}: ${stderr}`);
  const { label, ms, latencyMs } = JSON.parse(stdout);
  return { label, meanMs: ms.median, fastestMs: ms.fastest, sumMs: latencyMs.median };
}
