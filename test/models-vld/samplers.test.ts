import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { alpha, type Diffusion, denoise, Rng, type Sampler, sigma } from '@unfold-zoo/core';
import { gaussianOracle } from '@unfold-zoo/core/testing';
import { ancestral, ddim, pndm } from '@unfold-zoo/models-vld';
import test from 'ava';
import { fixture } from '../fixtures.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const data = { mean: [1.5, -0.5, 0], standardDeviation: [0.3, 1.4, 2] };
const rng = new Rng(4);

const samplers: Readonly<Record<string, (steps: number) => Sampler>> = {
  ddim,
  ancestral,
  'pndm runge-kutta': (steps) => pndm(steps, 'runge-kutta'),
  'pndm linear': (steps) => pndm(steps, 'linear'),
};

/** gamma linear in time. */
const logLinear = (t: number): number => -6 + 10 * t;
/** sigma / alpha = exp(gamma / 2) linear in time. */
const ratioLinear = (t: number): number => 2 * Math.log(1 + 4 * t);

/** Root mean square distance from where the exact flow takes the same noise. */
function sampleError(sampler: Sampler, gamma: (t: number) => number): number {
  const oracle = gaussianOracle(data, gamma);
  const noise = rng.fork('noise').normalTensor(8, 3);
  const reached = denoise(sampler, noise, oracle, rng).dataSync();
  const exact = oracle.solve(noise.dataSync(), 1, 0);
  return Math.sqrt(exact.reduce((sum, value, i) => sum + (value - reached[i]!) ** 2, 0) / exact.length);
}

/** Minus the slope of ln(error) against ln(steps). */
function measuredOrder(kind: string, gamma: (t: number) => number, [few, many]: readonly [number, number]): number {
  const make = samplers[kind]!;
  return Math.log(sampleError(make(few), gamma) / sampleError(make(many), gamma)) / Math.log(many / few);
}

// An order is an asymptotic slope: within 0.15 of it at the step counts given, above the rounding of float32.
test('DDIM converges to the exact flow with order 1', (t) => {
  t.true(Math.abs(measuredOrder('ddim', logLinear, [40, 160]) - 1) < 0.15);
});

for (const kind of ['pndm runge-kutta', 'pndm linear']) {
  test(`${kind} converges to the exact flow with order 2 on a schedule linear in gamma`, (t) => {
    t.true(Math.abs(measuredOrder(kind, logLinear, [40, 160]) - 2) < 0.15);
  });
}

test('PNDM converges faster than order 3 where sigma / alpha is linear in time', (t) => {
  // Order 4 once steps are short; float32 leaves room only for the approach to it.
  t.true(measuredOrder('pndm runge-kutta', ratioLinear, [20, 40]) > 3);
});

test('one step of DDIM is exact when the predicted noise does not change on the way', (t) => {
  const noise = tf.tensor2d([[0.3, -2]]);
  const diffusion: Diffusion = { gamma: logLinear, predictNoise: () => noise };
  const reached = denoise(samplers['ddim']!(1), tf.tensor2d([[1, 1]]), diffusion, rng).dataSync();
  for (const [i, e] of [0.3, -2].entries()) {
    const latent = (1 - sigma(4) * e) / alpha(4);
    t.true(Math.abs(reached[i]! - (alpha(-6) * latent + sigma(-6) * e)) < 1e-5);
  }
});

test('ancestral sampling of a single point is exact in distribution after any number of steps', (t) => {
  const events = 20_000;
  const oracle = gaussianOracle({ mean: [2], standardDeviation: [0] }, (time) => -2 + 4 * time);
  const start = tf.add(alpha(2) * 2, tf.mul(sigma(2), rng.fork('start').normalTensor(events, 1))) as tf.Tensor2D;
  for (const steps of [1, 3]) {
    const { mean, variance } = tf.moments(denoise(samplers['ancestral']!(steps), start, oracle, rng.fork('steps')));
    // Five standard errors.
    t.true(Math.abs(mean.dataSync()[0]! - alpha(-2) * 2) < (5 * sigma(-2)) / Math.sqrt(events));
    t.true(Math.abs(variance.dataSync()[0]! / sigma(-2) ** 2 - 1) < 5 * Math.sqrt(2 / events));
  }
});

test('ancestral sampling reproduces the mean and covariance of Gaussian data', (t) => {
  const events = 4000;
  const gamma = (time: number): number => -10 + 15 * time;
  const oracle = gaussianOracle(data, gamma);
  const out = denoise(samplers['ancestral']!(200), rng.normalTensor(events, 3), oracle, rng.fork('gaussian'));
  const { mean } = tf.moments(out, 0);
  const centred = tf.sub(out, mean);
  const covariance = tf
    .div(tf.matMul(centred as tf.Tensor2D, centred as tf.Tensor2D, true), events)
    .arraySync() as number[][];
  for (let i = 0; i < 3; i++) {
    const s = data.standardDeviation[i]!;
    t.true(Math.abs(mean.dataSync()[i]! - data.mean[i]!) < (5 * s) / Math.sqrt(events));
    // Five standard errors of a variance, 0.11, more than the 0.05 by which 200 steps of first order fall short.
    t.true(Math.abs(covariance[i]![i]! / s ** 2 - 1) < 5 * Math.sqrt(2 / events));
    for (let j = 0; j < i; j++) {
      t.true(Math.abs(covariance[i]![j]!) < (5 * s * data.standardDeviation[j]!) / Math.sqrt(events));
    }
  }
});

for (const [kind, make] of Object.entries(samplers)) {
  test(`${kind} runs from time 1 to time 0, even in one step`, (t) => {
    for (const steps of [1, 2, 5]) {
      const times = make(steps).times();
      t.is(times.length, steps + 1);
      t.is(times[0], 1);
      t.is(times.at(-1), 0);
      t.true(times.every((time, i) => i === 0 || time < times[i - 1]!));
      const out = denoise(make(steps), tf.ones([2, 3]), gaussianOracle(data, logLinear), rng);
      t.true(out.dataSync().every(Number.isFinite));
    }
  });

  test(`${kind} gives the same draw for the same seed`, (t) => {
    const draw = (seed: number) =>
      denoise(make(6), tf.ones([2, 3]), gaussianOracle(data, logLinear), new Rng(seed)).dataSync();
    t.deepEqual(draw(1), draw(1));
    if (kind === 'ancestral') t.notDeepEqual(draw(1), draw(2));
  });

  test(`${kind} leaves one tensor behind, its result, and the noise it was given`, (t) => {
    const noise = tf.ones<tf.Rank.R2>([2, 3]);
    const before = tf.memory().numTensors;
    const out = denoise(make(7), noise, gaussianOracle(data, logLinear), rng);
    t.is(tf.memory().numTensors, before + 1);
    t.deepEqual(out.shape, [2, 3]);
    t.deepEqual([...noise.dataSync()], Array(6).fill(1));
  });
}

test('PNDM evaluates the denoiser nine times more than it steps with Runge-Kutta, once more with a linear start', (t) => {
  const oracle = gaussianOracle(data, logLinear);
  for (const [start, more] of [
    ['runge-kutta', 9],
    ['linear', 1],
  ] as const) {
    let evaluations = 0;
    const counted: Diffusion = {
      gamma: oracle.gamma,
      predictNoise: (latent, time) => {
        evaluations++;
        return oracle.predictNoise(latent, time);
      },
    };
    denoise(pndm(10, start), tf.ones([1, 3]), counted, rng);
    t.is(evaluations, 10 + more);
  }
});

interface Array2D {
  readonly shape: readonly [number, number];
  readonly data: readonly number[];
}

interface GoldenRun {
  readonly name: string;
  readonly num_train_timesteps: number;
  readonly num_inference_steps: number;
  readonly skip_prk_steps: boolean;
  readonly alphas_cumprod: string | Array2D;
  readonly timesteps: readonly number[];
  readonly data_mean: Array2D;
  readonly data_sd: Array2D;
  readonly z1: Array2D;
  readonly steps: readonly { readonly t: number; readonly eps: Array2D; readonly z: Array2D }[];
  readonly z0: Array2D;
}

/** alpha^2 at each of the reference's integer timesteps; for its linear betas, computed as it computes them. */
function alphasSquared({ alphas_cumprod: given, num_train_timesteps: count }: GoldenRun): number[] {
  if (typeof given !== 'string') return given.data.map(Math.fround);
  let product = 1;
  return Array.from({ length: count }, (_, i) => {
    product *= Math.fround(1 - Math.fround(1e-4 + ((0.02 - 1e-4) * i) / (count - 1)));
    return Math.fround(product);
  });
}

/** The reference's timesteps T, ..., 0 are our times 1, ..., 0. Its last step, past timestep 0, moves nothing. */
for (const run of fixture<{ runs: readonly GoldenRun[] }>('golden/pndm.json').runs) {
  test(`PNDM agrees with the reference at every evaluation: ${run.name}`, (t) => {
    const first = run.timesteps[0]!;
    const last = run.steps.length - 1;
    const squared = alphasSquared(run);
    const gamma = (time: number): number => {
      const value = squared[Math.round(time * first)]!;
      return Math.log((1 - value) / value);
    };
    const oracle = gaussianOracle({ mean: run.data_mean.data, standardDeviation: run.data_sd.data }, gamma);
    // Values of order 1 in float32, rounded once or twice a step.
    const agrees = (actual: tf.Tensor, expected: Array2D): void => {
      const difference = actual.dataSync().map((value, i) => Math.abs(value - expected.data[i]!));
      t.true(Math.max(...difference) < 5e-6, `${Math.max(...difference)}`);
    };
    let evaluation = 0;
    const watched: Diffusion = {
      gamma,
      predictNoise: (latent, time) => {
        const noise = oracle.predictNoise(latent, time);
        t.is(Math.round(time * first), run.timesteps[evaluation]!);
        agrees(latent, evaluation === 0 ? run.z1 : run.steps[evaluation - 1]!.z);
        agrees(noise, run.steps[evaluation]!.eps);
        evaluation++;
        return noise;
      },
    };
    const sampler = pndm(
      (first * run.num_inference_steps) / run.num_train_timesteps,
      run.skip_prk_steps ? 'linear' : 'runge-kutta',
    );
    agrees(denoise(sampler, tf.tensor2d([...run.z1.data], [...run.z1.shape]), watched, rng), run.z0);
    t.is(evaluation, last);
  });
}
