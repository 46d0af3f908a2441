import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointStore, readCheckpoint } from '@unfold-zoo/core/training';
import type { ExecutionContext } from 'ava';
import { newFolder, openMpi, shortTraining, succeeds } from './launch.js';
import { mpiTest } from './mpi-test.js';
import { haveLogs } from './worker-logs.js';

// Any engine can be tried: UNFOLD_TEST_ENGINE='{kind: tensorflow}'. The other only shows what rounding does.
const engine = process.env['UNFOLD_TEST_ENGINE'] ?? '{kind: native, threads: 1}';
const otherEngine = engine.includes('wasm') ? '{kind: native, threads: 1}' : '{kind: wasm}';
const STEPS = 25;

/** Lies in the checkout, where the packages of an engine are found that is set up there. */
function folderFor(t: ExecutionContext): string {
  const folder = newFolder(import.meta.dirname);
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

type Weights = ReadonlyMap<string, { readonly values: Float32Array }>;

const SMALL_LDM = [
  'conditionEncoder={width: 8, heads: 2, layers: 1}',
  'codec={encoderBlocks: 1, decoderBlocks: 1}',
  'schedule.hidden=8',
  'denoiser={blocks: 1, embedding: 4}',
].flatMap((value) => ['--set', value]);

const CASES = [
  { what: 'VLD with three noise levels an event', args: ['tiny', '--set', 'model.diffusion.noiseDraws=3'], world: 3 },
  {
    what: 'LDM, in two stages',
    args: ['ldm', ...SMALL_LDM],
    world: 2,
    stages: { codec: { share: 0.5 }, diffusion: { share: 0.5 } },
  },
] as const;

for (const { what, args, world, ...settings } of CASES) {
  // Two trainings that round differently drift apart, the faster the less a weight matters to the loss: how fast is not
  // known beforehand. So the yardstick is the same training in one process on an engine that rounds differently. Sums
  // of shares are one more way of rounding and must not lead further away than a few times that.
  mpiTest(
    `${what}: ${world} workers with shares of a batch end where one with the whole batch does, to rounding`,
    [openMpi],
    async (t) => {
      t.timeout(240_000);
      const folder = folderFor(t);
      const train = (name: string, ranks: number, chosen: string, steps: number): Promise<string> => {
        const more = { keepCheckpoints: 10, validateEvery: 10, ...settings };
        const all = ['train', ...args, ...shortTraining({ engine: chosen, steps, more }), '-o', name];
        return succeeds(t, ranks, folder, all);
      };
      await train('start', 1, engine, 1);
      await train('one', 1, engine, STEPS);
      const output = await train('shared', world, engine, STEPS);
      await train('other', 1, otherEngine, STEPS);
      const [start, one, many, other] = ['start', 'one', 'shared', 'other'].map((name) =>
        weightsOf(join(folder, name)),
      );
      for (const part of ['conditionEncoder', 'codec', 'schedule', 'denoiser']) {
        const trained = distance(one!, start!, part);
        const shared = distance(one!, many!, part) / trained;
        const rounded = distance(one!, other!, part) / trained;
        t.log(`${part}: ${shared.toExponential(1)} of the way, between engines ${rounded.toExponential(1)}`);
        t.true(trained > 0);
        t.true(rounded < 0.01, `${part}: rounding alone leads too far away to compare`);
        t.true(shared < 4 * rounded, `${part}: ${shared} of the way, between engines ${rounded}`);
      }
      const [loss, lossOfOne] = ['shared', 'one'].map((name) => validationLoss(t, join(folder, name)));
      t.true(Math.abs(loss! / lossOfOne! - 1) < 1e-5, `validation losses ${loss} and ${lossOfOne}`);
      const run = join(folder, 'shared');
      const { step: steps } = readCheckpoint(new CheckpointStore(run).find('latest')!).state;
      haveLogs(t, { run, world, steps, output }, new RegExp(`parallel: ${world} workers over Open MPI`));
    },
  );
}

function weightsOf(run: string): Weights {
  return readCheckpoint(new CheckpointStore(run).find('latest')!).weights;
}

function validationLoss(t: ExecutionContext, run: string): number {
  const { bestLoss } = readCheckpoint(new CheckpointStore(run).find('best')!).state;
  t.not(bestLoss, null);
  return bestLoss!;
}

/** Euclidean, over all weights whose name starts with `part`. */
function distance(a: Weights, b: Weights, part: string): number {
  let sum = 0;
  for (const [name, { values }] of a) {
    if (!name.startsWith(`${part}.`)) continue;
    const others = b.get(name)!.values;
    for (let i = 0; i < values.length; i++) sum += (values[i]! - others[i]!) ** 2;
  }
  return Math.sqrt(sum);
}
