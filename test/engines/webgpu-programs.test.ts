import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@unfold-zoo/core';
import { GruGate, linear, MaskedAttention } from '@unfold-zoo/core/nn';
import { cpuEngine } from '@unfold-zoo/engines';
import { blockCases, compareBlock } from '../engine-native/compare-blocks.js';
import { relativeError } from './relative-error.js';
import { engine, gpuTest } from './webgpu-adapter.js';

// One block, with two functions in series of which WebGPU does not say how exact they are, and sums of a hundred terms.
const TOLERANCE = 3e-5;

/** The gradient of the sum of what a function gives. */
function slopeOf(f: (x: tf.Tensor2D) => tf.Tensor, x: tf.Tensor2D): tf.Tensor {
  return tf.grad((x) => f(x as tf.Tensor2D))(x);
}

// One row; widths and rows that fill no tile; more columns than a workgroup has threads.
const SIZES = [
  { width: 4, events: 1, objects: 1, seed: 3 },
  { width: 20, events: 5, objects: 6, seed: 20 },
  { width: 132, events: 2, objects: 5, seed: 4 },
];

for (const name of Object.keys(blockCases)) {
  gpuTest(`${name} and its gradients are those of the plain composition`, async (t) => {
    await engine().start();
    for (const size of SIZES) {
      const sizes = { ...size, emptyEvents: size.events > 2 && name.includes('Gated') };
      for (const { what, error } of await compareBlock(name, sizes, 'webgpu')) {
        t.true(error < TOLERANCE, `${what} differs by ${error}`);
      }
    }
  });
}

gpuTest('more rows than workgroups fit in one dimension, and none at all', async (t) => {
  await engine().start();
  const [kernel, bias] = [tf.tensor2d([[2, -3]]), tf.tensor1d([1, 0.5])];
  const map = (x: tf.Tensor2D) => linear(x, { kernel, bias });
  const rows = 65_535 * 8 + 5;
  const x = tf.tensor2d(
    Float32Array.from({ length: rows }, (_, i) => i % 7),
    [rows, 1],
  );
  const y = map(x).dataSync();
  t.true(y.every((value, i) => value === [2 * (Math.floor(i / 2) % 7) + 1, -3 * (Math.floor(i / 2) % 7) + 0.5][i % 2]));

  const none = tf.tensor2d([], [0, 1]);
  t.deepEqual(map(none).shape, [0, 2]);
  const dKernel = slopeOf((kernel) => linear(none, { kernel, bias }), kernel);
  t.deepEqual([...dKernel.dataSync()], [0, 0]);
});

gpuTest('far from zero, activations and their slopes are at their limits', async (t) => {
  await engine().start();
  const gelu = (x: tf.Tensor2D) => linear(x, { kernel: tf.tensor2d([[1]]) }, 'gelu');
  const x = tf.tensor2d([-1e30, -1e4, -40, 0, 40, 1e30], [6, 1]);
  t.deepEqual([...gelu(x).dataSync()].map(Math.abs), [0, 0, 0, 0, 40, Math.fround(1e30)]);
  t.deepEqual([...slopeOf(gelu, x).dataSync()].map(Math.abs), [0, 0, 0, 0.5, 1, 1]);
});

/** The output and the gradient of what a module makes of large numbers. */
function ofLarge(make: () => (x: tf.Tensor2D) => tf.Tensor): Float32Array[] {
  const apply = make();
  const x = tf.mul<tf.Tensor2D>(1e4, new Rng(7).normalTensor(6, 4));
  return [apply(x), slopeOf(apply, x)].map((values) => values.dataSync() as Float32Array);
}

const LARGE: Readonly<Record<string, () => (x: tf.Tensor2D) => tf.Tensor>> = {
  'a gate': () => {
    const gate = new GruGate({ width: 4 }, new Rng(1));
    return (x) => gate.apply(tf.mul(x, -0.5), x);
  },
  'an attention, padding and all,': () => {
    const attention = new MaskedAttention({ width: 4, heads: 2 }, new Rng(2));
    const mask = tf.tensor2d([1, 1, 0, 0, 0, 0], [2, 3]);
    return (x) => attention.apply(tf.reshape(x, [2, 3, 4]), mask);
  },
};

for (const [name, make] of Object.entries(LARGE)) {
  gpuTest(`${name} of large numbers is that of plain JavaScript`, async (t) => {
    await cpuEngine().start();
    const expected = ofLarge(make);
    await engine().start();
    const actual = ofLarge(make);
    for (const [i, values] of expected.entries()) t.true(relativeError(actual[i]!, values) < TOLERANCE);
  });
}
