import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@unfold-zoo/core';
import { GatedFeedForward, GruGate, MaskedAttention, sinusoidalEmbedding } from '@unfold-zoo/core/nn';
import test from 'ava';
import { BACKENDS, distance, useBackend } from './backends.js';

test.before(() => useBackend('cpu'));

const rng = new Rng(5);

test.serial('a gate with a large bias passes the skip connection on', (t) => {
  // sigmoid(50) is 1 in float32, whatever the pre-activations of order 1 add to it.
  const gate = new GruGate({ width: 6, gateBias: 50 }, rng.fork('gate'));
  const [branch, skip] = [rng.normalTensor(4, 6), rng.normalTensor(4, 6)];
  t.true(distance(gate.apply(branch, skip), skip) < 2 ** -23);
});

test.serial('a feed-forward block acts on each row alone, whatever the rank', (t) => {
  const block = new GatedFeedForward({ width: 6, expansion: 3, gateBias: 0 }, rng.fork('block'));
  const x = rng.normalTensor(12, 6);
  const whole = block.apply(tf.reshape(x, [3, 4, 6]));
  t.deepEqual(whole.shape, [3, 4, 6]);
  const rows = Array.from({ length: 12 }, (_, row) => block.apply(tf.slice(x, [row, 0], [1, 6])));
  t.true(distance(tf.reshape(whole, [12, 6]), tf.concat(rows, 0)) < 1e-6);
});

test.serial('a masked row of a feed-forward block is zero and receives no gradient', (t) => {
  const block = new GatedFeedForward({ width: 6, expansion: 2, gateBias: 0 }, rng.fork('block'));
  const x = rng.normalTensor(2, 6);
  const mask = tf.tensor1d([1, 0]);
  const second = (values: tf.Tensor): tf.Tensor => tf.slice(values, [1, 0], [1, 6]);
  t.is(tf.max(tf.abs(second(block.apply(x, mask)))).dataSync()[0], 0);
  const gradient = tf.grad((x: tf.Tensor) => block.apply(x, mask))(x);
  t.is(tf.max(tf.abs(second(gradient))).dataSync()[0], 0);
  t.true(tf.max(tf.abs(gradient)).dataSync()[0]! > 0);
});

for (const backend of BACKENDS) {
  test.serial(`attention over nothing but padding is finite, and so is its gradient (${backend})`, async (t) => {
    await useBackend(backend);
    const attention = new MaskedAttention({ width: 6, heads: 2 }, new Rng(1));
    const x = tf.reshape<tf.Rank.R3>(new Rng(2).normalTensor(3, 6), [1, 3, 6]);
    const mask = tf.zeros([1, 3]) as tf.Tensor2D;
    const finite = (values: tf.Tensor): boolean => values.dataSync().every(Number.isFinite);
    t.true(finite(attention.apply(x, mask)));
    t.true(finite(tf.grad((x: tf.Tensor) => attention.apply(x as tf.Tensor3D, mask))(x)));
  });
}

test.serial('the embedding is that of Vaswani et al.: sines, then cosines, at geometric frequencies', (t) => {
  const positions = [0, 1, 17.5, 1000];
  const width = 8;
  const actual = sinusoidalEmbedding(tf.tensor1d(positions), width).arraySync();
  for (const [row, position] of positions.entries()) {
    for (let i = 0; i < width / 2; i++) {
      const angle = position / 10_000 ** ((2 * i) / width);
      // The angle itself is rounded to float32.
      const tolerance = 2 ** -22 * (1 + angle);
      t.true(Math.abs(actual[row]![i]! - Math.sin(angle)) < tolerance);
      t.true(Math.abs(actual[row]![i + width / 2]! - Math.cos(angle)) < tolerance);
    }
  }
});

test.serial('each layer draws its first weights from a stream of its own', (t) => {
  const options = { width: 6, gateBias: 0 };
  const [narrow, wide] = [2, 3].map((expansion) => new GatedFeedForward({ ...options, expansion }, new Rng(9)));
  t.deepEqual(narrow!.mix.kernel.arraySync(), wide!.mix.kernel.arraySync());
  t.deepEqual(narrow!.gate.inputKernel.arraySync(), wide!.gate.inputKernel.arraySync());
});

test.serial('first kernels have the variance of Glorot and Bengio', (t) => {
  const { expand } = new GatedFeedForward({ width: 64, expansion: 2, gateBias: 0 }, new Rng(4));
  const variance = tf.mean(tf.square(expand.kernel)).dataSync()[0]!;
  const expected = 2 / (64 + 128);
  // A uniform variable's square has relative standard deviation sqrt(4 / 5); five standard errors.
  t.true(Math.abs(variance / expected - 1) < 5 * Math.sqrt(0.8 / expand.kernel.size));
});
