// The sum of the gradients of the paper's model over workers of one machine, which need no MPI:
// `npm run --silent bench -- local-workers --workers 2 --json`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { UserError } from '@unfold-zoo/core';
import { positive } from './shared/positive.mjs';

const WORKER = fileURLToPath(new URL('distributed/local-worker.mjs', import.meta.url));

export const options = {
  workers: { type: 'string', default: '2', description: 'processes' },
  parameters: {
    type: 'string',
    default: '4523193',
    description: 'float32 numbers; by default those of the paper preset, 18 MB',
  },
  repeats: { type: 'string', default: '60', description: 'measured sums' },
};

export function run({ workers, parameters, repeats }) {
  const task = { workers: Number(workers), repeats: Number(repeats), length: positive('parameters', parameters) };
  if (!(task.workers >= 2)) throw new UserError(`invalid --workers ${workers}: expected at least 2`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [WORKER, JSON.stringify(task)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the workers ended with code ${status}: ${stderr}`);
  const { label, ms, latencyMs } = JSON.parse(stdout);
  return { label, gradientsMs: ms.median, fastestMs: ms.fastest, fewNumbersMs: latencyMs.median };
}
