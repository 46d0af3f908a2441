import '../../tfjs.js';
import { mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { type Communicator, Rng, type ValidationRecord } from '@unfold-zoo/core';
import { fitScaling } from '@unfold-zoo/core/events';
import {
  CheckpointStore,
  checkValidationDraws,
  type DrawScores,
  readCheckpoint,
  scoreDraws,
  train,
} from '@unfold-zoo/core/training';
import { onlyWorker } from '@unfold-zoo/core/workers';
import test from 'ava';
import { shortTraining, ToyModel, ToySource, toyRun } from './toy.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const EVENTS = 400;
const source = new ToySource({ train: 2000, validation: EVENTS, test: 4 });
const scaling = await fitScaling(source);

/** The model that is right: x with the spread of its noise, in standardised columns, whose factor is `spread`. */
function exactModel({ spread = 1, shift = 0 } = {}): ToyModel {
  // A truth is (j + 1) f + noise, f and noise of variance 1: its noise is 1 / sqrt((j + 1)^2 + 1) of its spread.
  const model = new ToyModel();
  const of = (column: number): number => Math.sqrt((column + 1) ** 2 + 1);
  const columns = [0, 1, 2, 3, 4];
  model.slope.assign(tf.tensor2d([columns.map((j) => (j + 1) / of(j))]));
  model.offset.assign(tf.tensor1d(columns.map(() => shift)));
  model.drawSpread = tf.tensor1d(columns.map((j) => spread / of(j)));
  return model;
}

const scoresOf = (model: ToyModel, communicator: Communicator = onlyWorker()): Promise<DrawScores> =>
  scoreDraws(model, source, scaling, { events: EVENTS, draws: 20, rowsAtOnce: 256, rng: new Rng(5), communicator });

test.serial('no posterior scores better than the exact one, which is calibrated', async (t) => {
  const exact = await scoresOf(exactModel());
  // 0.87 / sqrt(400) = 0.043 is expected of each column by chance.
  t.true(exact.calibrationError < 0.07, `${exact.calibrationError}`);
  for (const wrong of [{ spread: 0.5 }, { spread: 2 }, { shift: 0.3 }]) {
    const scores = await scoresOf(exactModel(wrong));
    t.true(scores.energyScore > exact.energyScore, `${scores.energyScore}`);
    t.true(scores.calibrationError > 2 * exact.calibrationError, `${scores.calibrationError}`);
  }
  t.true((await scoresOf(exactModel({ shift: 0.5 }))).distance > 0.4);
});

test.serial('scores know the event that a draw is for: the distance alone does not', async (t) => {
  const prior = exactModel();
  prior.slope.assign(tf.zerosLike(prior.slope));
  prior.drawSpread = 1;
  const [exact, blind] = [await scoresOf(exactModel()), await scoresOf(prior)];
  t.true(blind.distance < 0.1);
  t.true(blind.energyScore > 1.5 * exact.energyScore);
});

test.serial('workers share out the events, and find what one finds', async (t) => {
  const alone = await scoresOf(exactModel());
  const both = await Promise.all(pair().map((communicator) => scoresOf(exactModel(), communicator)));
  t.deepEqual(both[0], both[1]);
  for (const [name, score] of Object.entries(alone)) {
    const shared = both[0]![name as keyof DrawScores];
    t.true(Math.abs(shared - score) < 1e-9, `${name}: ${shared} instead of ${score}`);
  }
});

test.serial('the checkpoint best is the one whose draws score best, and a resumed run knows how well', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'unfold-scores-'));
  const validations: ValidationRecord[] = [];
  const options = shortTraining({
    ...{ steps: 12, validateEvery: 2, checkpointEvery: 2, keepCheckpoints: 10, learningRate: 0.2 },
    ...{ validationDraws: { every: 4, events: 20, draws: 4 } },
  });
  const reporters = [{ onValidation: (record: ValidationRecord) => void validations.push(record) }];
  await train(await toyRun(directory, { options, reporters }));
  const scored = validations.filter(({ monitored }) => monitored['energyScore'] !== undefined);
  t.deepEqual(
    scored.map(({ stage, step }) => [stage, step]),
    [16, 20, 24].map((step) => ['offset', step]),
    'the last stage alone, every fourth of its steps',
  );
  const best = scored.reduce((one, other) =>
    other.monitored['energyScore']! < one.monitored['energyScore']! ? other : one,
  );
  const store = new CheckpointStore(directory);
  t.is(basename(realpathSync(store.find('best')!)), `step-${best.step}`);
  const { state } = readCheckpoint(store.find('latest')!);
  t.is(state.bestBy, 'energyScore');
  t.is(state.bestLoss, best.monitored['energyScore']!);
  t.regex(readFileSync(join(store.find('best')!, 'state.json'), 'utf8'), /energyScore/);
});

test.serial('a run that goes on by another number forgets what was best', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'unfold-scores-'));
  const common = { steps: 4, validateEvery: 4, checkpointEvery: 4 };
  await train(await toyRun(directory, { options: shortTraining({ ...common, steps: 4 }) }));
  const store = new CheckpointStore(directory);
  const path = store.find('latest')!;
  const resume = { path, checkpoint: readCheckpoint(path) };
  const options = shortTraining({ ...common, steps: 8, validationDraws: { every: 4, events: 8, draws: 2 } });
  const scores: number[] = [];
  const onValidation = ({ monitored }: ValidationRecord): void => void scores.push(monitored['energyScore']!);
  await train(await toyRun(directory, { options, resume, reporters: [{ onValidation }] }));
  t.is(readCheckpoint(store.find('latest')!).state.bestLoss, scores[0]!);
});

test('draws that could never be made are refused', (t) => {
  const model = new ToyModel();
  const options = shortTraining({ validateEvery: 5, validationDraws: { every: 50 } });
  t.throws(() => checkValidationDraws(options, model.stages, 100), { message: /stage "offset" has 20 steps.*got 50/ });
  const fine = shortTraining({ validateEvery: 5, validationDraws: { every: 10 } });
  t.throws(() => checkValidationDraws(fine, model.stages, 0), { message: /no validation events to draw for/ });
  t.notThrows(() => checkValidationDraws(fine, model.stages, 1));
  t.throws(() => shortTraining({ validateEvery: 7, validationDraws: { every: 10 } }), { message: /multiple of/ });
});

/** Two workers in this process. */
function pair(): [Communicator, Communicator] {
  let waiting: { values: Float64Array | Float32Array; go: () => void } | undefined;
  const allReduceSum = async (values: Float64Array | Float32Array): Promise<void> => {
    const other = waiting;
    if (!other) {
      return new Promise((go) => {
        waiting = { values, go };
      });
    }
    waiting = undefined;
    for (let i = 0; i < values.length; i++) values[i]! += other.values[i]!;
    other.values.set(values);
    other.go();
  };
  const worker = (rank: number): Communicator => ({ ...onlyWorker(), rank, world: 2, allReduceSum });
  return [worker(0), worker(1)];
}
