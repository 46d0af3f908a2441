import '../../tfjs.js';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { isUserError, type Reporter, type StepRecord } from '@unfold-zoo/core';
import { fitScaling } from '@unfold-zoo/core/events';
import {
  CheckpointStore,
  lion,
  loadWeights,
  oneCycleRate,
  readCheckpoint,
  readSamplingWeights,
  train,
} from '@unfold-zoo/core/training';
import test from 'ava';
import { shortTraining, ToyModel, ToySource, toyRun } from './toy.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const scaling = await fitScaling(new ToySource());

const folder = (): string => mkdtempSync(join(tmpdir(), 'unfold-train-'));

/** Records every step and calls `onStep` after it. */
function recorder(onStep: (record: StepRecord) => void = () => {}): Reporter & { steps: StepRecord[] } {
  const steps: StepRecord[] = [];
  return {
    steps,
    onStep: (record) => {
      steps.push(record);
      onStep(record);
    },
  };
}

const finalWeights = (directory: string): Buffer => {
  const store = new CheckpointStore(directory);
  return readFileSync(join(store.find('latest')!, 'weights.safetensors'));
};

const latest = (directory: string) => {
  const path = new CheckpointStore(directory).find('latest')!;
  return { path, checkpoint: readCheckpoint(path) };
};

test.serial('every stage is trained in turn and the loss falls', async (t) => {
  const directory = folder();
  const report = recorder();
  const result = await train(await toyRun(directory, { reporters: [report] }));
  t.is(result.outcome, 'finished');
  t.is(result.step, 40);
  t.deepEqual([...new Set(report.steps.map(({ stage }) => stage))], ['slope', 'offset']);
  t.deepEqual(
    report.steps.map(({ step }) => step),
    Array.from({ length: 40 }, (_, i) => i + 1),
  );
  t.true(report.steps.at(-1)!.loss < 0.5 * report.steps[0]!.loss);
  t.deepEqual(Object.keys(report.steps[0]!.terms), ['error']);
  t.deepEqual(Object.keys(report.steps[0]!.monitored), ['bias']);
});

for (const killedAt of [3, 5, 13, 19, 20, 23, 39]) {
  test.serial(
    `a run killed after step ${killedAt} and resumed ends with the weights of one never killed`,
    async (t) => {
      const whole = folder();
      await train(await toyRun(whole));

      const directory = folder();
      const kill = recorder(({ step }) => {
        if (step === killedAt) throw new Error('killed');
      });
      await t.throwsAsync(train(await toyRun(directory, { reporters: [kill] })), { message: 'killed' });
      const saved = new CheckpointStore(directory).find('latest');
      const goesOn = saved ? { resume: latest(directory) } : {};
      const result = await train(await toyRun(directory, goesOn));
      t.is(result.step, 40);
      t.deepEqual(finalWeights(directory), finalWeights(whole));
    },
  );
}

test.serial('an optimiser and a learning rate of choice are gone on with from a checkpoint too', async (t) => {
  const chosen = {
    optimiser: lion({ beta1: 0.9, beta2: 0.99, weightDecay: 0.1 }),
    learningRate: oneCycleRate({ peak: 0.02, rise: 0.3, startDivisor: 25, endDivisor: 100 }),
  };
  const whole = folder();
  const report = recorder();
  await train(await toyRun(whole, { ...chosen, reporters: [report] }));
  const rates = report.steps.map(({ learningRate }) => learningRate);
  t.deepEqual(
    rates,
    [...rates.keys()].map((step) => chosen.learningRate.at(step % 20, 20)),
  );
  const directory = folder();
  const controller = new AbortController();
  const stop = recorder(({ step }) => step === 13 && controller.abort());
  await train(await toyRun(directory, { ...chosen, reporters: [stop], signal: controller.signal }));
  t.deepEqual([...latest(directory).checkpoint.optimiser.keys()], ['network.mean.slope']);
  await train(await toyRun(directory, { ...chosen, resume: latest(directory) }));
  t.deepEqual(finalWeights(directory), finalWeights(whole));
});

test.serial('a checkpoint of another optimiser is refused, and what differs is listed', async (t) => {
  const directory = folder();
  const controller = new AbortController();
  const stop = recorder(({ step }) => step === 8 && controller.abort());
  await train(await toyRun(directory, { reporters: [stop], signal: controller.signal }));
  const optimiser = lion({ beta1: 0.9, beta2: 0.99, weightDecay: 0 });
  const error = await t.throwsAsync(train(await toyRun(directory, { optimiser, resume: latest(directory) })));
  t.true(isUserError(error));
  t.regex(error?.message ?? '', /missing network\.mean\.slope\n *unknown network\.first\.slope/);
});

test.serial('an interruption ends after the step with a checkpoint to go on from', async (t) => {
  const directory = folder();
  const controller = new AbortController();
  const stop = recorder(({ step }) => {
    if (step === 8) controller.abort();
  });
  const result = await train(await toyRun(directory, { reporters: [stop], signal: controller.signal }));
  t.is(result.outcome, 'interrupted');
  t.is(result.step, 8);
  t.is(latest(directory).checkpoint.state.step, 8);
});

test.serial('a finished run that is resumed has nothing left to do', async (t) => {
  const directory = folder();
  await train(await toyRun(directory));
  const report = recorder();
  const result = await train(await toyRun(directory, { reporters: [report], resume: latest(directory) }));
  t.is(result.outcome, 'finished');
  t.is(report.steps.length, 0);
});

test.serial('a loss that is not finite stops the run and names step, terms and last good checkpoint', async (t) => {
  const directory = folder();
  const model = new ToyModel();
  model.explodeAt = 6;
  const options = shortTraining({ validateEvery: 1000 });
  const error = await t.throwsAsync(train(await toyRun(directory, { model, options })));
  t.is(error?.name, 'TrainingDiverged');
  t.regex(error?.message ?? '', /step 7 of stage "slope" has loss Infinity \(error Infinity.*step-5/);
  t.is(latest(directory).checkpoint.state.step, 5);
});

test.serial('a stage ends early once its validation loss has stopped falling', async (t) => {
  const options = shortTraining({
    steps: 400,
    learningRate: 0.2,
    validateEvery: 5,
    earlyStop: { patience: 3 },
    ema: 0,
  });
  const result = await train(await toyRun(folder(), { options }));
  t.true(result.step < 400, `${result.step}`);
});

test.serial('only the newest checkpoints, the best and nothing half written stay on disk', async (t) => {
  const directory = folder();
  await train(await toyRun(directory, { options: shortTraining({ keepCheckpoints: 2 }) }));
  const names = readdirSync(join(directory, 'checkpoints'));
  t.true(names.filter((name) => name.startsWith('step-')).length <= 3, names.join(' '));
  t.deepEqual(
    names.filter((name) => name.startsWith('.')),
    [],
  );
  t.true(names.includes('latest') && names.includes('best'));
});

test.serial('sampling takes the moving average where a run keeps one', async (t) => {
  const directory = folder();
  const controller = new AbortController();
  const stop = recorder(({ step }) => step === 12 && controller.abort());
  await train(await toyRun(directory, { reporters: [stop], signal: controller.signal }));
  const { path, checkpoint } = latest(directory);
  const sampling = readSamplingWeights(path);
  t.deepEqual([...sampling.keys()], [...checkpoint.weights.keys()]);
  t.notDeepEqual(sampling.get('slope')?.values, checkpoint.weights.get('slope')?.values);
  // Not trained yet, so the same in both.
  t.deepEqual(sampling.get('offset')?.values, checkpoint.weights.get('offset')?.values);
});

test.serial('a checkpoint of another model is refused and every difference is listed', async (t) => {
  const model = new ToyModel();
  const tensors = new Map([
    ['slope', { shape: [2, 5], values: new Float32Array(10) }],
    ['bias', { shape: [5], values: new Float32Array(5) }],
  ]);
  const error = t.throws(() => loadWeights(model, tensors, 'runs/other'));
  t.true(isUserError(error));
  t.regex(error?.message ?? '', /runs\/other/);
  for (const problem of [
    'missing offset',
    'unknown bias',
    'shape of slope: the model has [1,5], the checkpoint [2,5]',
  ]) {
    t.true(error?.message.includes(problem), problem);
  }
});

test.serial('events without truth are refused before the first step, for training and for validation', async (t) => {
  for (const blind of ['train', 'validation'] as const) {
    const source = Object.assign(new ToySource(), { hasTruth: (split: string) => split !== blind });
    const error = await t.throwsAsync(toyRun(folder(), { source, scaling }).then(train));
    t.true(isUserError(error));
    t.regex(error?.message ?? '', new RegExp(`^missing truth: the ${blind} split has none, and`));
  }
});

test.serial('a parameter that the loss of its stage does not use is an error that names it', async (t) => {
  class Forgetful extends ToyModel {
    readonly forgotten = tf.variable(tf.zeros([1]));
    override readonly stages = this.stagesWith([this.slope, this.forgotten]);
  }
  await t.throwsAsync(train(await toyRun(folder(), { model: new Forgetful() })), {
    message: /missing gradient: stage "slope" trains forgotten/,
  });
});

test.serial('training leaks no tensor', async (t) => {
  const source = new ToySource();
  const run = await toyRun(folder(), { source, options: shortTraining({ steps: 200 }) });
  const counts: number[] = [];
  const watch = recorder(() => counts.push(tf.memory().numTensors));
  await train({ ...run, reporters: [watch] });
  t.is(counts.at(-1), counts[5]);
});
