// The sum of a model's gradients over workers: `node bench/all-reduce.mjs --ranks 2 --json`.
import { fileURLToPath } from 'node:url';
import { openSession, readRunConfig } from '@unfold-zoo/runs';
import { mpirun } from './distributed/mpirun.mjs';
import { positive } from './shared/positive.mjs';

export const options = {
  ranks: { type: 'string', default: '2', description: 'most workers; every number from 2 on is measured' },
  preset: { type: 'string', default: 'paper', description: 'preset or config file whose gradients are meant' },
  buckets: { type: 'string', default: '4', description: 'MiB of a portion; several are separated by commas' },
  repeats: { type: 'string', default: '30', description: 'measured sums' },
};

export async function run({ ranks, preset, buckets, repeats }) {
  const length = await parameterCount(preset);
  const results = [];
  for (let workers = 2; workers <= positive('ranks', ranks); workers++) {
    for (const bucketMegabytes of buckets.split(',').map(Number)) {
      const task = { length, repeats: positive('repeats', repeats), bucketMegabytes };
      const { ms, latencyMs, label } = mpirun(workers, 'all-reduce-worker.mjs', [JSON.stringify(task)]);
      results.push({
        workers,
        bucketMegabytes,
        gradientsMs: ms.median,
        fastestMs: ms.fastest,
        fewNumbersMs: latencyMs.median,
        label,
      });
    }
  }
  return { preset, parameters: length, results };
}

async function parameterCount(preset) {
  const session = await openSession(
    await readRunConfig(preset, {
      set: [
        'engine={kind: cpu}',
        'parallel={kind: single}',
        'data={kind: ttbar-generator, train: 256, validation: 16, test: 16}',
      ],
    }),
  );
  const model = session.model(await session.scaling());
  return model.parameters.reduce((sum, { size }) => sum + size, 0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.argv.splice(2, 0, 'all-reduce');
  void import('./run.mjs'); // Which imports this module again: waiting for it would never end.
}
