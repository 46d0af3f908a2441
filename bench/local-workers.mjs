// The mean of a model's gradients over workers of one machine, which need no MPI:
// `npm run --silent bench -- local-workers --workers 2 --json`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { UserError } from '@unfold-zoo/core';
import { gradientLengths, sizeOf } from './shared/gradient-lengths.mjs';
import { positive } from './shared/positive.mjs';

const WORKER = fileURLToPath(new URL('distributed/local-worker.mjs', import.meta.url));

export const options = {
  workers: { type: 'string', default: '2', description: 'processes' },
  preset: { type: 'string', default: 'paper', description: 'preset or config file whose gradients are meant' },
  repeats: { type: 'string', default: '60', description: 'measured means' },
};

export async function run({ workers, preset, repeats }) {
  const lengths = await gradientLengths(preset);
  const task = { workers: positive('workers', workers), repeats: positive('repeats', repeats), lengths };
  if (task.workers < 2) throw new UserError(`invalid --workers ${workers}: expected at least 2`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [WORKER, JSON.stringify(task)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the workers ended with code ${status}: ${stderr}`);
  const { label, ms, latencyMs } = JSON.parse(stdout);
  return { label, preset, ...sizeOf(lengths), meanMs: ms.median, fastestMs: ms.fastest, sumMs: latencyMs.median };
}
