// The mean of a model's gradients over workers: `node bench/all-reduce.mjs --ranks 2 --json`.
import { fileURLToPath } from 'node:url';
import { mpirun } from './distributed/mpirun.mjs';
import { gradientLengths, sizeOf } from './shared/gradient-lengths.mjs';
import { positive } from './shared/positive.mjs';

export const options = {
  ranks: { type: 'string', default: '2', description: 'most workers; every number from 2 on is measured' },
  preset: { type: 'string', default: 'paper', description: 'preset or config file whose gradients are meant' },
  buckets: { type: 'string', default: '16', description: 'MiB of a portion; several are separated by commas' },
  repeats: { type: 'string', default: '30', description: 'measured means' },
};

export async function run({ ranks, preset, buckets, repeats }) {
  const lengths = await gradientLengths(preset);
  const results = [];
  for (let workers = 2; workers <= positive('ranks', ranks); workers++) {
    for (const bucketMegabytes of buckets.split(',').map(Number)) {
      const task = { lengths, repeats: positive('repeats', repeats), bucketMegabytes };
      const { ms, latencyMs, label } = mpirun(workers, 'all-reduce-worker.mjs', [JSON.stringify(task)]);
      results.push({
        workers,
        bucketMegabytes,
        meanMs: ms.median,
        fastestMs: ms.fastest,
        sumMs: latencyMs.median,
        label,
      });
    }
  }
  return { preset, ...sizeOf(lengths), results };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.argv.splice(2, 0, 'all-reduce');
  void import('./run.mjs'); // Which imports this module again: waiting for it would never end.
}
