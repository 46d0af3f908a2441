import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isUserError } from '@unfold-zoo/core';
import { Catalogue, type Choice } from '@unfold-zoo/core/config';
import { type OptionRow, optionRows } from '@unfold-zoo/core/options';
import { trainingOptions } from '@unfold-zoo/core/training';
import { writeEvents } from '@unfold-zoo/data';
import { builtInPlugins } from '@unfold-zoo/runs';
import test from 'ava';
import { startEngine } from '../composition/short-run.js';
import { sampleEvents, topology } from '../fixtures/data/sample-events.js';
import { EFFECTS, type Effect, effectOfTraining, smallChoice } from './effects.js';
import { otherValues, valueAt, withValue } from './other-values.js';

// An option that changes nothing is one that is ignored. A new option takes part by itself, or fails until it has a
// place in one of the tables.

await startEngine();

const catalogue = new Catalogue(builtInPlugins);
const folder = mkdtempSync(join(tmpdir(), 'unfold-options-'));

async function eventFile(name: string, start: number): Promise<string> {
  const path = join(folder, name);
  const events = await sampleEvents(start, 40);
  await writeEvents(path, topology, [{ ...events, weights: new Float32Array(40).fill(2) }]);
  return path;
}

const [first, second] = [await eventFile('first.h5', 0), await eventFile('second.h5', 100)];
const renamed = join(folder, 'renamed.yaml');
const ownTopology = new URL('../../../packages/data/topologies/semileptonic-ttbar.yaml', import.meta.url);
writeFileSync(renamed, readFileSync(ownTopology, 'utf8').replace(/^name: .*$/m, 'name: renamed'));

test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** What kinds begin with whose options have no defaults, or at which all their options show. */
const BEGIN_WITH: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'classifier network': { width: 4, epochs: 3, batchSize: 16, learningRate: 0.05 },
  'data hdf5': { train: first, validationFraction: 0.2, testFraction: 0.2, split: 'spread' },
  'denoiser transformer': { width: 8, heads: 2, layers: 2, predicts: 'deviation' },
  'data ttbar-generator': { train: 6, validation: 4, test: 4, seed: 1 },
  'evaluators classifier': { epochs: 2, folds: 2, width: 4 },
  'evaluators memory': { flips: 99 },
  'evaluators pq-mass': { shuffles: 99 },
  'evaluators sliced-wasserstein': { exchanges: 99 },
  'learningRate warm-up': { steps: 2, next: { kind: 'constant' } },
  'model cinn': { layers: 2 },
  'model ldm': { diffusion: { weighting: 'velocity' } },
  'model vdm': { diffusion: { weighting: 'velocity' } },
  'model vld': { diffusion: { weighting: 'velocity' } },
};

/** Other values of options whose types do not tell any. */
const OTHER_VALUES: Readonly<Record<string, readonly unknown[]>> = {
  'data hdf5 topology': ['unknown'],
  'data hdf5 topologyFile': [renamed],
  'data hdf5 train': [second],
  'data hdf5 validation': [second],
  'data hdf5 test': [second],
  'data hdf5 weights': [false],
  'data hdf5 mapping': [{ groups: {} }],
  'learningRate warm-up next': [{ kind: 'constant', rate: 0.1 }],
  'sampler runge-kutta maxSteps': [1],
  'evaluators calibration others': [10],
  'evaluators classifier draws': [1],
  'evaluators classifier batchSize': [8],
  'evaluators classifier significance': [1e-9],
  'evaluators classifier tolerance': [0.5],
  'unfolders omnifold clip': [1.01],
  'unfolders aussie clip': [1.01],
  'unfolders tunfold tau': ['l-curve', 0.5],
  'unfolders tunfold bias': [0],
  'training checkpointEvery': [100],
  'training stages': [{ slope: { share: 0.5 } }],
  'training earlyStop': [{ patience: 1 }],
  'training validationDraws': [{ every: 3, events: 4, draws: 2 }],
  'training maxMinutes': [1e-9],
};

/** Options whose effect takes other machines, processes or terminals, and the tests that see it. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'data hdf5 samples': 'test/data/samples.test.ts',
  'evaluators classifier events': 'test/diagnostics/classifier.test.ts',
  'unfolders generative run': 'test/runs/generative.test.ts',
  'unfolders generative config': 'test/runs/generative.test.ts',
  'unfolders generative draws': 'test/runs/generative.test.ts',
  'unfolders generative checkpoint': 'test/runs/generative.test.ts',
  'unfolders generative seed': 'test/runs/generative.test.ts',
  'unfolders generative iterate.rounds': 'test/runs/generative.test.ts',
  'unfolders generative iterate.against': 'test/runs/generative.test.ts',
  'unfolders generative iterate.stopBelow': 'test/runs/generative.test.ts',
  'unfolders generative iterate.stop': 'test/runs/generative.test.ts',
  'unfolders generative iterate.clip': 'test/runs/generative.test.ts',
  'unfolders generative iterate.training': 'test/runs/generative.test.ts',
  'unfolders generative iterate.steps': 'test/runs/generative.test.ts',
  'reporters tensorboard every': 'test/core/reporters.test.ts',
  'engine auto prefer': 'test/engines/engines.test.ts',
  'engine tensorflow device': 'test/engines/tensorflow.test.ts',
  'engine tensorflow gpu': 'test/engines/tensorflow-device.test.ts',
  'engine tensorflow threads': 'test/engines/processes.test.ts',
  'engine tensorflow memory': 'test/engines/tensorflow.test.ts',
  'engine tensorflow-gpu gpu': 'test/engines/tensorflow-device.test.ts',
  'engine tensorflow-gpu threads': 'test/engines/processes.test.ts',
  'engine tensorflow-gpu memory': 'test/engines/tensorflow.test.ts',
  'engine native precision': 'test/engine-native/blocks.test.ts',
  'engine webgpu powerPreference': 'test/engines/webgpu.test.ts',
  'engine webgpu adapter': 'test/engines/webgpu.test.ts',
  'engine native threads': 'test/engine-native/backend.test.ts',
  'engine native memory': 'test/engine-native/blocks.test.ts',
  'parallel auto library': 'test/trust/received.test.ts',
  'parallel auto timeoutSeconds': 'test/distributed/mpi-faults.test.ts',
  'parallel auto bucketMegabytes': 'test/distributed/mpi-communicator.test.ts',
  'parallel mpi library': 'test/distributed/mpi-communicator.test.ts',
  'parallel mpi timeoutSeconds': 'test/distributed/mpi-faults.test.ts',
  'parallel mpi bucketMegabytes': 'test/distributed/mpi-communicator.test.ts',
  'parallel processes workers': 'test/distributed/processes-runs.test.ts',
  'parallel processes timeoutSeconds': 'test/distributed/processes-faults.test.ts',
};

/** Data sources whose options are those of `data hdf5`, which one class reads: test/data/mapping.test.ts. */
const LIKE_HDF5 = ['data root', 'data parquet', 'data npz', 'data npy'];

/** Options that draws for twenty events of a toy do not show, and why. */
const NEEDS_OTHER_DRAWS: Readonly<Record<string, string>> = {
  'evaluators resolution tolerance': 'the toy has no detector that could be better than its draws',
  'evaluators four-vectors sumTolerance': 'no particle of the toy decays',
  'evaluators objects near':
    'no particle of the toy is seen as one of several objects: test/diagnostics/objects.test.ts',
  'evaluators objects tolerance': 'the same',
  'evaluators memory tolerance': 'no draws of the toy are copies of training events',
  'evaluators memory heldOut': 'the toy has no third split',
  'evaluators pq-mass regions': 'twenty events have fewer regions than the fewest',
};

/** What becomes of one value; a refusal is an effect too. */
async function effectOf(effect: () => Promise<unknown>): Promise<unknown> {
  try {
    return await effect();
  } catch (error) {
    if (!isUserError(error)) throw error;
    return error.message;
  }
}

/** Compares what every other value of every option comes to with what the first one does. */
async function findIgnored(
  what: string,
  rows: readonly OptionRow[],
  begin: Readonly<Record<string, unknown>>,
  how: {
    readonly isAllowed: (options: unknown) => boolean;
    readonly effect: (options: Readonly<Record<string, unknown>>) => Promise<unknown>;
  },
): Promise<string[]> {
  const ignored: string[] = [];
  const isTried = ({ name }: OptionRow): boolean =>
    ![ELSEWHERE, NEEDS_OTHER_DRAWS].some((table) => Object.hasOwn(table, `${what} ${name}`));
  const tried = rows.filter(isTried);
  if (tried.length === 0) return ignored;
  const before = JSON.stringify(await how.effect(begin));
  for (const row of tried) {
    const name = `${what} ${row.name}`;
    const isAllowed = (value: unknown): boolean => how.isAllowed(withValue(begin, row.name, value));
    const others = OTHER_VALUES[name]?.map((value) => [value]) ?? otherValues(row, valueAt(begin, row.name), isAllowed);
    if (others === undefined) ignored.push(`${name} has no other value to try`);
    for (const group of others ?? []) {
      let hasEffect = false;
      for (const value of group) {
        if (hasEffect) break;
        hasEffect = JSON.stringify(await effectOf(() => how.effect(withValue(begin, row.name, value)))) !== before;
      }
      if (!hasEffect) ignored.push(`${name}: ${JSON.stringify(group)}`);
    }
  }
  return ignored;
}

for (const role of catalogue.roles) {
  test.serial(`every option of every ${role} has an effect or is refused`, async (t) => {
    const effect: Effect | undefined = EFFECTS[role];
    const ignored: string[] = [];
    for (const { kind, options } of catalogue.components(role)) {
      if (LIKE_HDF5.includes(`${role} ${kind}`)) continue;
      const what = `${role} ${kind}`;
      const rows = optionRows(options).filter(({ name }) => effect || !Object.hasOwn(ELSEWHERE, `${what} ${name}`));
      if (!effect) {
        ignored.push(...rows.map(({ name }) => `${what} ${name}: no test sees it`));
        continue;
      }
      if (rows.every(({ name }) => Object.hasOwn(ELSEWHERE, `${what} ${name}`))) continue;
      const { kind: _, ...begin } = { ...smallOrGiven(role, kind) };
      const found = await findIgnored(what, rows, begin, {
        isAllowed: (given) => catalogue.schemaOf(role).safeParse({ kind, ...(given as object) }).success,
        effect: (given) => effect(catalogue, catalogue.schemaOf(role).parse({ kind, ...given }) as Choice),
      });
      ignored.push(...found);
    }
    t.deepEqual(ignored, []);
  });
}

function smallOrGiven(role: string, kind: string): Choice {
  const given = BEGIN_WITH[`${role} ${kind}`];
  if (!given) return smallChoice(catalogue, role, kind);
  return catalogue.schemaOf(role).parse({ kind, ...given }) as Choice;
}

test.serial('every option of a training has an effect or is refused', async (t) => {
  const begin = trainingOptions.parse({
    ...{ batchSize: 8, steps: 5, fineTune: { steps: 2 }, warmupSteps: 1, learningRate: 0.05 },
    ...{
      validateEvery: 3,
      validationEvents: 8,
      checkpointEvery: 2,
      keepCheckpoints: 4,
      bufferBlocks: 1,
      clipNorm: 0.1,
    },
  });
  const ignored = await findIgnored('training', optionRows(trainingOptions), begin, {
    isAllowed: (given) => trainingOptions.safeParse(given).success,
    effect: effectOfTraining,
  });
  t.deepEqual(ignored, []);
});

test('the tests that see the other options are there, and name them', (t) => {
  for (const [option, file] of Object.entries(ELSEWHERE)) {
    const source = new URL(`../../../${file}`, import.meta.url);
    t.true(
      existsSync(source) && readFileSync(source, 'utf8').includes(option.split(/[ .]/).at(-1)!),
      `${option}: ${file}`,
    );
  }
});
