import '../../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { type NoiseSchedule, Rng } from '@unfold-zoo/core';
import {
  alpha,
  antitheticTimes,
  diffuse,
  GAMMA_LIMITS,
  makeDiffusion,
  sigma,
  stopGradient,
  transfer,
  transferCoefficients,
} from '@unfold-zoo/core/diffusion';
import { type EventScaling, LOG_ENERGY_LIMIT } from '@unfold-zoo/core/events';
import { consistency, gaussianKl, terminalKl, weightedMean } from '@unfold-zoo/core/losses';
import test from 'ava';
import { fixture } from '../../fixtures.js';

const golden = fixture<Record<string, { readonly data: readonly number[] }>>('golden/variance_preserving.json');
const numbers = (name: string): number[] => [...golden[name]!.data];
const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));
/** The largest difference, relative to the largest entry. */
const distance = (actual: ArrayLike<number>, expected: readonly number[]): number =>
  largest(expected.map((value, i) => value - actual[i]!)) / largest(expected);

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

test('alpha and sigma agree with the reference on the host and in tensors', (t) => {
  const gamma = numbers('gamma');
  t.true(
    distance(
      gamma.map((value) => alpha(value)),
      numbers('alpha'),
    ) < 1e-8,
  );
  t.true(
    distance(
      gamma.map((value) => sigma(value)),
      numbers('sigma'),
    ) < 1e-8,
  );
  t.true(distance(alpha(tf.tensor1d(gamma)).dataSync(), numbers('alpha')) < 1e-6);
  t.true(distance(sigma(tf.tensor1d(gamma)).dataSync(), numbers('sigma')) < 1e-6);
});

test('alpha and sigma keep the variance and the ratio exp(gamma / 2) at the limits of gamma', (t) => {
  for (const gamma of GAMMA_LIMITS) {
    t.true(Math.abs(alpha(gamma) ** 2 + sigma(gamma) ** 2 - 1) < 1e-15);
    t.true(Math.abs(sigma(gamma) / alpha(gamma) / Math.exp(gamma / 2) - 1) < 1e-15);
    // float32: a few roundings of 6e-8
    t.true(Math.abs(alpha(tf.scalar(gamma)).dataSync()[0]! / alpha(gamma) - 1) < 5e-7);
    t.true(Math.abs(sigma(tf.scalar(gamma)).dataSync()[0]! / sigma(gamma) - 1) < 5e-7);
  }
});

test('the KL of two normal distributions agrees with the reference', (t) => {
  const log = (values: number[]) => tf.tensor2d(values.map(Math.log), [1, values.length]);
  const q = { mean: tf.tensor2d([numbers('mu0')]), logStd: log(numbers('s0')) };
  const p = { mean: tf.tensor2d([numbers('mu1')]), logStd: log(numbers('s1')) };
  t.true(distance(gaussianKl(q, p).dataSync(), numbers('kl')) < 2e-6);
  t.true(distance(gaussianKl(q, { mean: 0, logStd: 0 }).dataSync(), numbers('kl_unit')) < 2e-6);
  t.true(largest([...gaussianKl(q, q).dataSync()]) < 1e-6);
});

test('the terminal KL is that of N(alpha_1 z, sigma_1^2) against N(0, 1)', (t) => {
  const latent = [0.5, -2, 3];
  for (const gamma of [-2, 0, 5]) {
    const variance = sigma(gamma) ** 2;
    const expected = latent.map((z) => 0.5 * ((alpha(gamma) * z) ** 2 + variance - Math.log(variance) - 1));
    t.true(distance(terminalKl(tf.tensor2d([latent]), tf.scalar(gamma)).dataSync(), expected) < 1e-6);
  }
});

test('diffusing standard normal latents keeps their mean and variance at every gamma', (t) => {
  const rng = new Rng(1);
  const events = 40_000;
  for (const gamma of [-8, 0, 4]) {
    const noisy = diffuse(rng.normalTensor(events, 1), rng.normalTensor(events, 1), tf.fill([events], gamma));
    const { mean, variance } = tf.moments(noisy);
    // Five standard errors: 1/sqrt(n) of the mean, sqrt(2/n) of the variance.
    t.true(Math.abs(mean.dataSync()[0]!) < 5 / Math.sqrt(events));
    t.true(Math.abs(variance.dataSync()[0]! - 1) < 5 * Math.sqrt(2 / events));
  }
});

test('antithetic times are evenly spaced on a circle and differ between batches', (t) => {
  const rng = new Rng(2);
  const sorted = [...antitheticTimes(8, rng).dataSync()].sort((a, b) => a - b);
  for (let i = 1; i < 8; i++) t.true(Math.abs(sorted[i]! - sorted[i - 1]! - 1 / 8) < 1e-6);
  t.true(sorted[0]! >= 0 && sorted[7]! <= 1);
  t.not(antitheticTimes(1, rng).dataSync()[0], antitheticTimes(1, rng).dataSync()[0]);
});

test('the weighted mean is linear in the weights and the plain mean without them', (t) => {
  const losses = tf.tensor1d([1, 2, 6]);
  t.is(weightedMean(losses).dataSync()[0], 3);
  t.is(weightedMean(losses, tf.tensor1d([1, 1, 1])).dataSync()[0], 3);
  t.is(weightedMean(losses, tf.tensor1d([2, -1, 2.5])).dataSync()[0], 5);
});

test('a transfer with the true noise lands where the diffusion of the same latent and noise does', (t) => {
  const [latent, noise] = [tf.tensor2d([[1.5, -0.3]]), tf.tensor2d([[0.4, -1.2]])];
  const at = (gamma: number) => diffuse(latent, noise, tf.tensor1d([gamma]));
  const moved = transfer(at(3), noise, 3, -2).dataSync();
  t.true(distance(moved, [...at(-2).dataSync()]) < 1e-6);
});

test('the transfer coefficients are those of the formula and compose', (t) => {
  const [t1, s, r] = [2.5, 0.5, -6];
  const { latent, noise } = transferCoefficients(t1, s);
  t.true(Math.abs(latent - alpha(s) / alpha(t1)) < 1e-15);
  t.true(Math.abs(noise - (sigma(s) - (alpha(s) * sigma(t1)) / alpha(t1))) < 1e-14);
  const next = transferCoefficients(s, r);
  const whole = transferCoefficients(t1, r);
  t.true(Math.abs(next.latent * latent - whole.latent) < 1e-14);
  t.true(Math.abs(next.latent * noise + next.noise - whole.noise) < 1e-14);
});

test('the factor of the noise in a short transfer keeps its relative precision', (t) => {
  // d(sigma/alpha) = exp(gamma/2) dgamma / 2
  const step = 1e-9;
  const { noise } = transferCoefficients(-8, -8 - step);
  t.true(Math.abs(noise / (-0.5 * step * alpha(-8) * Math.exp(-4)) - 1) < 1e-6);
});

test('stopGradient passes values and no gradient', (t) => {
  const x = tf.tensor1d([1, 2]);
  const slope = tf.grad((values) => tf.sum(tf.mul(values, stopGradient(values))))(x);
  t.deepEqual([...slope.dataSync()], [1, 2]);
});

test('a diffusion asks its schedule for each gamma once and tells the network time and gamma', (t) => {
  let asked = 0;
  const gamma = (times: tf.Tensor1D): tf.Tensor1D => {
    asked++;
    return tf.sub(tf.mul(10, times), 5);
  };
  const schedule = { gamma, gammaSlope: gamma, shapeParameters: [] } as unknown as NoiseSchedule;
  const seen: number[][] = [];
  const diffusion = makeDiffusion(schedule, (latent, level) => {
    seen.push([...level.t.dataSync(), ...level.gamma.dataSync()]);
    return latent;
  });
  const before = tf.memory().numTensors;
  t.is(diffusion.gamma(0.75), 2.5);
  t.is(diffusion.gamma(0.75), 2.5);
  t.is(asked, 1);
  t.is(tf.memory().numTensors, before);
  diffusion.predictNoise(tf.zeros([2, 1]), 0.75);
  t.deepEqual(seen, [[0.75, 0.75, 2.5, 2.5]]);
});

// One b quark and one W: mean and standard deviation of (M, ln E, px, py, pz).
const scaling: EventScaling = {
  partons: {
    mean: Float64Array.of(4.7, 4.8, 0, 0, 0, 80.4, 5.3, 0, 0, 0),
    standardDeviation: Float64Array.of(1, 0.7, 70, 70, 200, 3, 0.55, 110, 110, 260),
    log: new Uint8Array(10),
  },
  inputs: {},
  energySquared: Float64Array.of(4e4, 9e4),
};

function standardise(physical: readonly number[]): tf.Tensor2D {
  const { mean, standardDeviation } = scaling.partons;
  return tf.tensor2d([physical.map((value, i) => (value - mean[i]!) / standardDeviation[i]!)]);
}

test('particles on their mass shell are consistent', (t) => {
  const bottom = [4.7, Math.log(Math.hypot(4.7, 30, -40, 120)), 30, -40, 120];
  const boson = [80, Math.log(Math.hypot(80, -55, 20, 300)), -55, 20, 300];
  const shell = standardise([...bottom, ...boson]);
  // E^2 is about 1e5 GeV^2, known to a few 1e-7 of it in float32, in units of 4e4 GeV^2.
  t.true(consistency(shell, scaling, 'mae').dataSync()[0]! < 1e-5);
  t.true(consistency(shell, scaling, 'mse').dataSync()[0]! < 1e-10);
});

test('the consistency loss is the mean over particles of |M^2 - E^2 + p^2| in units of the spread of E^2', (t) => {
  const partons = standardise([4.7, Math.log(200), 30, -40, 120, 90, Math.log(150), 10, 20, 50]);
  const bottom = (4.7 ** 2 - (200 ** 2 - 30 ** 2 - 40 ** 2 - 120 ** 2)) / 4e4;
  const boson = (90 ** 2 - (150 ** 2 - 10 ** 2 - 20 ** 2 - 50 ** 2)) / 9e4;
  const [mae, mse] = [(Math.abs(bottom) + Math.abs(boson)) / 2, (bottom ** 2 + boson ** 2) / 2];
  t.true(Math.abs(consistency(partons, scaling, 'mae').dataSync()[0]! / mae - 1) < 1e-5);
  t.true(Math.abs(consistency(partons, scaling, 'mse').dataSync()[0]! / mse - 1) < 1e-5);
});

test('an absurd energy leaves the consistency loss and its gradient finite', (t) => {
  const partons = standardise([4.7, 500, 30, -40, 120, 90, Math.log(150), 10, 20, 50]);
  const { value, grad } = tf.valueAndGrad((x: tf.Tensor2D) => tf.sum(consistency(x, scaling, 'mae')))(partons);
  const limit = Math.exp(2 * LOG_ENERGY_LIMIT) / 4e4 / 2;
  t.true(Math.abs(value.dataSync()[0]! / limit - 1) < 1e-3);
  t.true(grad.dataSync().every(Number.isFinite));
  t.is(grad.dataSync()[1], 0);
});
