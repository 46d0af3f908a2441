import '../../tfjs.js';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { isUserError, type Reporter, type RunStart } from '@unfold-zoo/core';
import {
  checkStageNames,
  stageDeadline,
  stageOptions,
  stageSteps,
  train,
  trainingOptions,
} from '@unfold-zoo/core/training';
import test from 'ava';
import { shortTraining, ToyModel, toyRun } from './toy.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const folder = (): string => mkdtempSync(join(tmpdir(), 'unfold-stages-'));
const { stages } = new ToyModel();
const shares = (slope: number, offset: number) => ({ slope: { share: slope }, offset: { share: offset } });

/** Steps of each stage, and what the run said it would do. */
function counter(): Reporter & { steps: Record<string, number>; start?: RunStart } {
  const report: Reporter & { steps: Record<string, number>; start?: RunStart } = {
    steps: {},
    onStart: (start) => {
      report.start = start;
    },
    onStep: ({ stage }) => {
      report.steps[stage] = (report.steps[stage] ?? 0) + 1;
    },
  };
  return report;
}

test('stages share the steps of a run, fine-tuning too', (t) => {
  const options = trainingOptions.parse({ steps: 1000, fineTune: { steps: 100 }, stages: shares(0.3, 0.7) });
  t.deepEqual(
    stages.map((stage) => stageSteps(stageOptions(options, stage))),
    [330, 770],
  );
});

test('without shares every stage has all steps, and with however small a share it has one', (t) => {
  t.is(stageOptions(trainingOptions.parse({ steps: 70 }), stages[0]!).steps, 70);
  t.is(stageOptions(trainingOptions.parse({ steps: 70, stages: shares(1e-9, 1) }), stages[0]!).steps, 1);
});

test('stages divide the minutes of a run in proportion to their shares', (t) => {
  const deadlines = (given: object) => {
    const options = trainingOptions.parse({ maxMinutes: 10, ...given });
    return stages.map((_, i) => stageDeadline(options, stages, i));
  };
  t.deepEqual(deadlines({ stages: shares(0.25, 0.75) }), [2.5, 10]);
  t.deepEqual(deadlines({ stages: shares(0.1, 0.3) }), [2.5, 10]);
  t.deepEqual(deadlines({}), [5, 10]);
  t.deepEqual(deadlines({ maxMinutes: undefined }), [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
});

test('a share of a stage that the model does not have is refused, and the stages it has are named', async (t) => {
  const options = shortTraining({ stages: { slop: { share: 0.5 } } });
  const expected = { message: /^unknown training\.stages\.slop: .*slope, offset; set training\.stages to null/ };
  t.true(isUserError(t.throws(() => checkStageNames(options, stages), expected)));
  t.true(isUserError(await t.throwsAsync(train(await toyRun(folder(), { options })), expected)));
});

test('a share is at least 0 and at most 1', (t) => {
  for (const share of [-1, 1.5]) t.false(trainingOptions.safeParse({ stages: { slope: { share } } }).success);
});

test.serial('a run does the steps that its stages share, and says how many there will be', async (t) => {
  const report = counter();
  const options = shortTraining({ steps: 20, stages: shares(0.2, 0.8) });
  const result = await train(await toyRun(folder(), { options, reporters: [report] }));
  t.deepEqual(report.steps, { slope: 4, offset: 16 });
  t.is(report.start?.totalSteps, 20);
  t.is(result.step, 20);
});

test.serial('a stage of share 0 is left out, and one may have a learning rate of its own', async (t) => {
  const report = counter();
  const rates = new Set<number>();
  const onStep = ({ learningRate }: { readonly learningRate: number }) => void rates.add(learningRate);
  const options = shortTraining({
    ...{ steps: 20, learningRate: 0.1, warmupSteps: 0, decay: 'constant' },
    stages: { slope: { share: 0 }, offset: { learningRate: 0.02 } },
  });
  await train(await toyRun(folder(), { options, reporters: [report, { onStep }] }));
  t.deepEqual(report.steps, { offset: 20 });
  t.is(report.start?.totalSteps, 20);
  t.deepEqual([...rates], [0.02]);
});

test.serial('a stage whose minutes are over makes room for the next, and the last one ends the run', async (t) => {
  const report = counter();
  // The share of the first stage is over before its first step, that of the second long after its last.
  const options = shortTraining({ maxMinutes: 1000, stages: shares(1e-12, 1) });
  const result = await train(await toyRun(folder(), { options: { ...options, steps: 20 }, reporters: [report] }));
  t.is(result.outcome, 'finished');
  t.is(report.steps['offset'], 20);
  const over = await train(await toyRun(folder(), { options: shortTraining({ maxMinutes: 1e-9 }) }));
  t.is(over.outcome, 'out of time');
});
