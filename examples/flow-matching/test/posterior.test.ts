import '@tensorflow/tfjs';
import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@unfold-zoo/core';
import { claimPosterior, PlainEncoder, trainBriefly } from '@unfold-zoo/core/testing';
import { FlowMatching, integrate } from '../src/index.js';

before(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

/**
 * The exact velocity for x = N(m, v): with x_t = N(t m, s), s = (1 - t)^2 + t^2 v, E[x - noise | x_t] is
 * m + (t v - (1 - t)) (x_t - t m) / s. The flow takes noise n to m + sqrt(v) n.
 */
function exactVelocity(mean: number, variance: number) {
  return (x: tf.Tensor2D, t: number): tf.Tensor2D => {
    const factor = (t * variance - (1 - t)) / ((1 - t) ** 2 + t ** 2 * variance);
    return tf.add(mean, tf.mul(factor, tf.sub(x, t * mean)));
  };
}

test('the error of the integration falls with the square of the step', () => {
  // dx/dt = 2 t x, so that x(1) = e x(0).
  tf.tidy(() => {
    const start = tf.ones<tf.Rank.R2>([1, 1]);
    const end = (steps: number) => integrate((x, t) => tf.mul(2 * t, x), start, steps).dataSync()[0]!;
    const order = Math.log2(Math.abs(end(16) - Math.E) / Math.abs(end(32) - Math.E));
    assert.ok(Math.abs(order - 2) < 0.1, `order ${order}`);
  });
});

test('the exact velocity of Gaussian data takes noise to those data', () => {
  tf.tidy(() => {
    const noise = new Rng(3).normalTensor(64, 2);
    const [mean, variance] = [1.5, 0.2];
    const exact = tf.add(mean, tf.mul(Math.sqrt(variance), noise));
    const reached = integrate(exactVelocity(mean, variance), noise, 32);
    // Of 32 steps the error is 4e-6 of the noise, which is below 5; float32 adds 1e-6.
    assert.ok(tf.max(tf.abs(tf.sub(reached, exact))).dataSync()[0]! < 3e-5);
  });
});

test('draws of a trained model have the mean and the covariance of the exact posterior', () => {
  const options = { width: 24, blocks: 1, embedding: 8, steps: 15, reduction: 'mean' } as const;
  const model = new FlowMatching({ conditionEncoder: new PlainEncoder(2), partons: 2 }, options, new Rng(11));
  trainBriefly(model, { steps: 600, learningRate: 0.01 });
  claimPosterior(model);
});
