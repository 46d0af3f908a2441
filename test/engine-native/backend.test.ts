import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { type EventBatch, type EventSpec, Rng, type TrainingStage } from '@unfold-zoo/core';
import {
  adam,
  globalNorm,
  type HostArithmetic,
  javaScriptArithmetic,
  lossAndGradients,
  MovingAverage,
} from '@unfold-zoo/core/training';
import { GatedTransformer } from '@unfold-zoo/parts';
import test from 'ava';
import { native, nativeTest, relativeError, startNative } from './native-test.js';

let arithmetic: HostArithmetic;

test.beforeEach(async () => {
  arithmetic = (await startNative()).hostArithmetic ?? javaScriptArithmetic;
});

nativeTest('values that were read stay when the tensor’s memory is reused', (t) => {
  const first = tf.add(tf.ones([100]), 1);
  const read = first.dataSync();
  first.dispose();
  const second = tf.add(tf.ones([100]), 7);
  t.true(read.every((value) => value === 2));
  second.dispose();
});

nativeTest('a tensor that shares its data outlives the other', async (t) => {
  const x = tf.add(tf.ones([10, 30]), 1);
  const [reshaped, cloned] = [tf.reshape(x, [300]), tf.clone(x)];
  // This kernel is tfjs's own; it makes views of its input.
  const strided = tf.stridedSlice(x, [0, 0], [5, 30], [1, 1]);
  x.dispose();
  const others = Array.from({ length: 20 }, () => tf.add(tf.ones([10, 30]), 9));
  for (const tensor of [reshaped, cloned, strided]) t.true((await tensor.data()).every((value) => value === 2));
  tf.dispose([reshaped, cloned, strided, others]);
});

nativeTest('gradients that are equal do not share their memory', async (t) => {
  const [a, b] = [1, 2].map((value) => tf.variable(tf.fill([30], value))) as [tf.Variable, tf.Variable];
  const stage: TrainingStage = {
    name: 'sum',
    groups: [{ name: 'both', parameters: [a, b] }],
    loss: () => ({ terms: { sum: tf.sum(tf.square(tf.add(a, b))) } }),
  };
  const { losses, gradients, release } = await lossAndGradients(stage, [a, b], {} as EventBatch, new Rng(1), {
    arithmetic,
  });
  const others = tf.add(tf.ones([30]), 7);
  t.is(losses.loss, 270);
  t.true(gradients.every((gradient) => gradient!.every((value) => value === 6)));
  gradients[0]!.fill(0);
  t.true(gradients[1]!.every((value) => value === 6));
  release();
  tf.dispose([a, b, others]);
});

nativeTest('a tensor can be larger or smaller than the memory it reuses', (t) => {
  for (const size of [1000, 1001, 1007, 993, 1000]) {
    const tensor = tf.fill([size], size);
    t.is(tensor.dataSync().length, size);
    t.is(
      tf.tidy(() => tf.sum(tf.exp(tf.mul(tensor, 0))).dataSync()[0]),
      size,
    );
    tensor.dispose();
  }
});

/** Runs the garbage collector. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

nativeTest('what is computed while JavaScript goes on outlives its inputs', async (t) => {
  const run = async (backend: string): Promise<Float32Array> => {
    await tf.setBackend(backend);
    let y = tf.ones([40, 300]);
    for (let i = 0; i < 60; i++) {
      // Memory of JavaScript's own, which nothing refers to but the tensor.
      const factor = tf.tensor(
        Float32Array.from({ length: 90_000 }, (_, j) => Math.sin(i + j) / 20),
        [300, 300],
      );
      const isLarge = tf.greater(factor, 0.02);
      const next = tf.tidy(() => tf.matMul(y, tf.where(isLarge, factor, tf.mul(factor, 2))));
      tf.dispose([y, factor, isLarge]);
      y = next;
      if (i % 20 === 0) collectGarbage();
    }
    return (await y.data()) as Float32Array;
  };
  const actual = await run('native');
  t.true(relativeError(actual, await run('cpu')) < 1e-5);
});

nativeTest('a tensor moves to another backend and back', async (t) => {
  const x = tf.add(tf.ones([50]), 1);
  await tf.setBackend('cpu');
  const y = tf.mul(x, 3);
  await tf.setBackend('native');
  const z = tf.add(y, x);
  t.true(z.dataSync().every((value) => value === 8));
  tf.dispose([x, y, z]);
});

const spec: EventSpec = {
  name: 'toy',
  particles: [{ name: 'top', label: 't' }],
  inputs: {
    jets: {
      capacity: 9,
      features: [1, 2, 3, 4, 5].map((i) => ({ name: `f${i}`, unit: '', scaling: 'none' as const })),
    },
  },
};

function makeEncoder(): GatedTransformer {
  const options = { width: 24, heads: 4, layers: 2, expansion: 2, gateBias: 0 };
  return new GatedTransformer(spec, options as ConstructorParameters<typeof GatedTransformer>[1], new Rng(4));
}

/** Gradients of an encoder for events with 1 to 9 jets, all in one array. */
function encoderGradients(events: number, seed = 1): Float32Array {
  const encoder = makeEncoder();
  let joined = new Float32Array();
  tf.tidy(() => {
    const rng = new Rng(seed);
    const counts = Array.from({ length: events }, () => 1 + rng.integer(9));
    const mask = tf.tensor2d(counts.map((count) => Array.from({ length: 9 }, (_, i) => (i < count ? 1 : 0))));
    const features = tf.mul(tf.reshape(rng.normalTensor(events * 9, 5), [events, 9, 5]), tf.expandDims(mask, 2));
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.square(encoder.encode({ jets: { features: features as tf.Tensor3D, mask } }))) as tf.Scalar,
      encoder.parameters as tf.Variable[],
    );
    const flat = encoder.parameters.map(({ name }) => tf.reshape(grads[name]!, [-1]));
    joined = tf.concat(flat).dataSync() as typeof joined;
  });
  encoder.dispose();
  return joined;
}

nativeTest('the same work on the same threads gives the same bits', (t) => {
  const first = encoderGradients(150);
  for (let i = 0; i < 5; i++) t.deepEqual(encoderGradients(150), first);
});

nativeTest('the number of threads changes no more than the rounding', async (t) => {
  const two = encoderGradients(150);
  for (const threads of [1, 3, 8]) {
    await startNative({ threads });
    t.true(relativeError(encoderGradients(150), two) < 1e-5);
  }
});

nativeTest('memory stands still over 200 steps', (t) => {
  // Numbers of objects differ from step to step, and with them the sizes of what is saved.
  for (let i = 0; i < 40; i++) encoderGradients(8, i % 40);
  const before = { tensors: tf.memory().numTensors, bytes: native().pool.allocatedBytes };
  for (let i = 0; i < 200; i++) encoderGradients(8, i % 40);
  t.is(tf.memory().numTensors, before.tensors);
  t.is(native().pool.allocatedBytes, before.bytes);
});

nativeTest('Adam, the norm and the moving average are those of JavaScript to the rounding', (t) => {
  const run = (host: HostArithmetic, steps: number) => {
    const rng = new Rng(9);
    const normals = () => Float32Array.from({ length: 3001 }, () => rng.normal());
    const weights = [normals(), normals()];
    const average = new MovingAverage(weights, 0.99, host);
    const optimiser = adam({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
    const zeros = () => weights.map(({ length }) => new Float32Array(length));
    const moments = { first: zeros(), second: zeros() };
    const norms: number[] = [];
    for (let step = 1; step <= steps; step++) {
      const gradients = [normals(), normals()];
      norms.push(globalNorm(gradients, host));
      optimiser.update({ step, learningRate: 1e-2, scale: 0.7, gradients, weights, moments }, host);
      average.update(weights, step);
    }
    return [...weights, ...average.values, Float32Array.from(norms)];
  };
  const actual = run(arithmetic, 20);
  for (const [i, expected] of run(javaScriptArithmetic, 20).entries())
    t.true(relativeError(actual[i]!, expected) < 1e-6);
});

nativeTest('the engine runs in worker threads beside the main thread, with the same results', async (t) => {
  const expected = encoderGradients(40);
  const script = new URL('./gradients-in-worker.js', import.meta.url);
  const workers = Array.from({ length: 2 }, () => new Worker(script));
  const answers = workers.map(
    (worker) =>
      new Promise<Float32Array>((resolve, reject) => {
        worker.on('message', resolve);
        worker.on('error', reject);
      }),
  );
  for (let i = 0; i < 30; i++) t.deepEqual(encoderGradients(40), expected);
  const [first, second] = await Promise.all(answers);
  await Promise.all(workers.map((worker) => worker.terminate()));
  t.deepEqual(second, first);
  t.deepEqual(encoderGradients(40), expected);
});

nativeTest('a diverging network shows', (t) => {
  tf.tidy(() => {
    const encoder = makeEncoder();
    const features = tf.fill([2, 9, 5], Number.NaN) as tf.Tensor3D;
    const output = encoder.encode({ jets: { features, mask: tf.ones([2, 9]) as tf.Tensor2D } });
    t.true(output.dataSync().every(Number.isNaN));
    encoder.dispose();
  });
});
