import * as tf from '@tensorflow/tfjs-core';
import { type Engine, type EventBatch, Rng, type StageLoss, type TrainingStage } from '@unfold-zoo/core';
import { lossAndGradients, type StepRepeater } from '@unfold-zoo/core/training';
import test, { type ExecutionContext } from 'ava';
import { makeBatch, makeVld } from '../engines/network-tests.js';
import { assigned, events } from '../parts/quarks.js';
import { nativeTest, startNative } from './native-test.js';

let engine: Engine;

test.beforeEach(async () => {
  engine = await startNative();
});

/** A stage with one weight, and events of one number. */
function stageOf(loss: (weight: tf.Tensor, x: tf.Tensor, rng: Rng) => tf.Tensor): TrainingStage {
  const weight = tf.variable(tf.tensor1d([1, -2, 3]));
  const mean = (x: tf.Tensor, rng: Rng): StageLoss => ({ terms: { mean: tf.mean<tf.Scalar>(loss(weight, x, rng)) } });
  return {
    name: 'one',
    groups: [{ name: 'weight', parameters: [weight] }],
    loss: ({ partons }, rng) => mean(partons, rng),
  };
}

interface Steps {
  /** Loss and gradients of each step. */
  readonly numbers: readonly (readonly number[])[];
  /** Steps that were repeated. */
  readonly repeated: number;
}

/** Steps on batches and random numbers of their own. `between` is called after each. */
async function steps(
  stage: TrainingStage,
  count: number,
  repeater: StepRepeater | undefined,
  batchOf: (step: number) => EventBatch,
  between: (step: number) => void = () => {},
): Promise<Steps> {
  const parameters = stage.groups.flatMap((group) => group.parameters);
  const numbers: number[][] = [];
  let repeated = 0;
  const counting: StepRepeater | undefined = repeater && {
    record: (inputs) => repeater.record(inputs),
    repeat: (inputs) => {
      const step = repeater.repeat(inputs);
      if (step) repeated++;
      return step;
    },
  };
  const options = { arithmetic: engine.hostArithmetic!, ...(counting && { repeater: counting }) };
  for (let step = 0; step < count; step++) {
    const batch = batchOf(step);
    const { losses, gradients, release } = await lossAndGradients(
      stage,
      parameters,
      batch,
      new Rng(7).fork(`${step}`),
      options,
    );
    numbers.push([losses.loss, ...gradients.flatMap((values) => [...(values ?? [])])]);
    release();
    tf.dispose(batch as unknown as tf.TensorContainer);
    between(step);
  }
  return { numbers, repeated };
}

function rows(step: number): EventBatch {
  const values = Array.from({ length: 4 + (step % 2) }, (_, i) => Math.sin(5 * step + i));
  return { partons: tf.tensor2d(values, [values.length, 1]), observed: {} };
}

nativeTest('a repeated step of a VLD has the bits of one that is run, whatever its weights and objects', async (t) => {
  const once = async (repeater: StepRepeater | undefined): Promise<Steps> => {
    const model = makeVld();
    const change = (): void => {
      // As an optimiser with the engine's arithmetic does, in place, and as a moving average is put in, by assignment.
      const [first, second] = model.parameters as [tf.Variable, tf.Variable];
      engine.hostArithmetic!.ownValues!([first])[0]!.forEach((value, i, all) => {
        all[i] = 0.9 * value;
      });
      second.assign(tf.tidy(() => tf.mul(second, 1.1)));
    };
    return steps(model.stages[0]!, 6, repeater, (step) => makeBatch(12, new Rng(3).fork(`${step}`)), change);
  };
  const [run, repeated] = [await once(undefined), await once(engine.stepRepeater)];
  t.deepEqual(repeated.numbers, run.numbers);
  t.true(repeated.repeated >= 2, `${repeated.repeated} steps were repeated`);
  t.not(String(run.numbers[4]), String(run.numbers[5]));
});

nativeTest('steps of both stages of an assigned model are repeated, with the bits of those that are run', async (t) => {
  const batchOf = (step: number): EventBatch => events(6, new Rng(4).fork(`${step}`));
  for (const stage of [0, 1]) {
    const once = (repeater?: StepRepeater) => steps(assigned().model.stages[stage]!, 4, repeater, batchOf);
    const [run, repeated] = [await once(), await once(engine.stepRepeater)];
    t.deepEqual(repeated.numbers, run.numbers);
    t.is(repeated.repeated, 2);
  }
});

async function repeatedSteps(t: ExecutionContext, make: () => TrainingStage): Promise<number> {
  const run = await steps(make(), 12, undefined, rows);
  const { numbers, repeated } = await steps(make(), 12, engine.stepRepeater, rows);
  t.deepEqual(numbers, run.numbers);
  return repeated;
}

nativeTest('steps of several shapes are repeated, with random numbers of their own', async (t) => {
  const noisy = () =>
    stageOf((weight, x, rng) => tf.mul(x, tf.mul(weight, rng.fork('a').normalTensor(x.shape[0]!, 3))));
  t.is(await repeatedSteps(t, noisy), 8);
});

nativeTest('what JavaScript decides anew at each step is never repeated', async (t) => {
  let kept: tf.Tensor = tf.scalar(1);
  const unusual: Record<string, () => TrainingStage> = {
    'a number read back': () => stageOf((weight, x) => tf.mul(tf.mul(x, weight), x.dataSync()[0]! > 0 ? 2 : 3)),
    'a random number that is no tensor': () =>
      stageOf((weight, x, rng) => tf.mul(tf.mul(x, weight), rng.uniform() > 0.5 ? 2 : 3)),
    'a constant that changes': () => {
      let calls = 0;
      return stageOf((weight, x) => tf.mul(tf.mul(x, weight), calls++));
    },
    'a tensor that is kept': () =>
      stageOf((weight, x) => {
        kept.dispose();
        kept = tf.keep(tf.mean(x));
        return tf.mul(tf.mul(x, weight), 2);
      }),
    'a kernel in JavaScript': () => stageOf((weight, x) => tf.mul(tf.reverse(x), weight)),
  };
  for (const [what, make] of Object.entries(unusual)) t.is(await repeatedSteps(t, make), 0, what);
});

nativeTest('a loss that changes after many steps is refused, unless its stage says that it does', async (t) => {
  const changing = (repeatable: boolean): TrainingStage => {
    let calls = 0;
    return { ...stageOf((weight, x) => tf.mul(tf.mul(x, weight), calls++ < 2 ? 1 : 2)), repeatable };
  };
  const two = (step: number): EventBatch => ({ partons: tf.tensor2d([[step], [1]]), observed: {} });
  await t.throwsAsync(steps(changing(true), 300, engine.stepRepeater, two), { message: /repeatable: false/ });
  t.is((await steps(changing(false), 12, engine.stepRepeater, two)).repeated, 0);
});

nativeTest('a step that sees a tensor of earlier is repeated as long as that is there', async (t) => {
  const once = async (repeater: StepRepeater | undefined): Promise<Steps> => {
    let factor = tf.tensor1d([1, 2, 3]);
    const stage = stageOf((weight, x) => tf.mul(x, tf.mul(weight, factor)));
    return steps(stage, 20, repeater, rows, (step) => {
      if (step !== 9) return;
      factor.dispose();
      factor = tf.tensor1d([4, 5, 6]);
    });
  };
  const [run, repeated] = [await once(undefined), await once(engine.stepRepeater)];
  t.deepEqual(repeated.numbers, run.numbers);
  t.is(repeated.repeated, 12);
});
