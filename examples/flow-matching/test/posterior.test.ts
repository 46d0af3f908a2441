import '@tensorflow/tfjs';
import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { type ConditionEncoder, Module, type Observation, Rng } from '@unfold-zoo/core';
import { FlowMatching, integrate } from '../src/index.js';

// x = N(0, 1) and y = x + N(0, 1/4), so that p(x | y) = N(0.8 y, 0.2); two independent dimensions.
const SLOPE = 0.8;
const VARIANCE = 0.2;

before(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

function linearGaussian(events: number, rng: Rng) {
  const partons = rng.normalTensor(events, 2);
  const y = tf.add<tf.Tensor2D>(partons, tf.mul(0.5, rng.normalTensor(events, 2)));
  return {
    partons,
    y,
    observed: { y: { features: tf.expandDims<tf.Tensor3D>(y, 1), mask: tf.ones<tf.Rank.R2>([events, 1]) } },
  };
}

/** The features of the only object, as they are. */
class PlainEncoder extends Module implements ConditionEncoder {
  readonly width = 2;

  encode(observed: Observation): tf.Tensor2D {
    return tf.squeeze(observed['y']!.features, [1]);
  }
}

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
    const exact = tf.add(1.5, tf.mul(Math.sqrt(VARIANCE), noise));
    const reached = integrate(exactVelocity(1.5, VARIANCE), noise, 32);
    // Of 32 steps the error is 4e-6 of the noise, which is below 5; float32 adds 1e-6.
    assert.ok(tf.max(tf.abs(tf.sub(reached, exact))).dataSync()[0]! < 3e-5);
  });
});

test('draws of a trained model have the mean and the covariance of the exact posterior', () => {
  const rng = new Rng(11);
  const options = { width: 24, blocks: 1, embedding: 8, steps: 15, reduction: 'mean' } as const;
  const model = new FlowMatching({ conditionEncoder: new PlainEncoder(), partons: 2 }, options, rng.fork('model'));
  train(model, 600, rng.fork('training'));
  const { slope, covariance } = drawn(model, rng.fork('check'));
  // Five standard errors of a variance or a correlation of so many draws, which also leaves room for a short training.
  const tolerance = 5 * Math.sqrt(2 / DRAWS);
  for (const [i, j] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const) {
    const one = i === j ? 1 : 0;
    assert.ok(Math.abs(slope[i]![j]! - one * SLOPE) < tolerance * SLOPE, `slope ${slope}`);
    assert.ok(Math.abs(covariance[i]![j]! - one * VARIANCE) < tolerance * VARIANCE, `covariance ${covariance}`);
  }
});

const DRAWS = 2000;

/** Adam, whose learning rate falls linearly to zero: that averages over the noise of the batches. */
function train(model: FlowMatching, steps: number, rng: Rng): void {
  const [stage] = model.stages;
  const optimizer = new FallingAdam(0.01);
  for (let step = 0; step < steps; step++) {
    optimizer.setLearningRate(0.01 * (1 - step / steps));
    tf.tidy(() => {
      const stream = rng.fork(`step ${step}`);
      const batch = linearGaussian(128, stream.fork('batch'));
      const loss = () => stage!.loss(batch, stream.fork('loss')).terms['velocity']!;
      optimizer.minimize(loss, false, model.parameters);
    });
  }
  optimizer.dispose();
}

/** tfjs's Adam, whose learning rate can change. */
class FallingAdam extends tf.AdamOptimizer {
  constructor(learningRate: number) {
    super(learningRate, 0.9, 0.999);
  }

  setLearningRate(learningRate: number): void {
    this.learningRate = learningRate;
  }
}

/** Slope [2, 2] of draws against y, and covariance [2, 2] of what it leaves. */
function drawn(model: FlowMatching, rng: Rng): { slope: number[][]; covariance: number[][] } {
  return tf.tidy(() => {
    const { observed, y } = linearGaussian(DRAWS, rng.fork('events'));
    const draws = model.sample(observed, rng.fork('draws'));
    const spread = tf.matMul<tf.Tensor2D>(y, y, true);
    const slope = tf.matMul(inverse(spread), tf.matMul(y, draws, true)) as tf.Tensor2D;
    const rest = tf.sub<tf.Tensor2D>(draws, tf.matMul(y, slope));
    const covariance: tf.Tensor2D = tf.div(tf.matMul(rest, rest, true), DRAWS);
    return { slope: slope.arraySync(), covariance: covariance.arraySync() };
  });
}

function inverse(matrix: tf.Tensor2D): tf.Tensor2D {
  const [[a, b], [c, d]] = matrix.arraySync() as [[number, number], [number, number]];
  return tf.tensor2d(
    [
      [d, -b],
      [-c, a],
    ].map((row) => row.map((value) => value / (a * d - b * c))),
  );
}
