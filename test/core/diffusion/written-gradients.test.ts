import '../../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { NoiseSchedule, Rng } from '@unfold-zoo/core';
import { Catalogue } from '@unfold-zoo/core/config';
import { alpha, diffuse, GAMMA_LIMITS, normalDraw, sigma } from '@unfold-zoo/core/diffusion';
import { type EventScaling, LOG_ENERGY_LIMIT } from '@unfold-zoo/core/events';
import { consistency, gaussianKl } from '@unfold-zoo/core/losses';
import parts, { type LearnedSchedule } from '@unfold-zoo/parts';
import test from 'ava';
import { relativeError } from '../../engines/relative-error.js';

// Operations whose gradients are written out, beside the gradients that tfjs derives from the formula.

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const rng = new Rng(11);
const matrix = (name: string) => rng.fork(name).normalTensor(5, 3);
const vector = (name: string) => tf.reshape<tf.Rank.R1>(rng.fork(name).normalTensor(1, 5), [5]);
const column = (values: tf.Tensor) => tf.expandDims(values, 1);

interface Case {
  readonly at: readonly tf.Tensor[];
  written(...inputs: tf.Tensor[]): tf.Tensor;
  formula(...inputs: tf.Tensor[]): tf.Tensor;
}

type Kl = Parameters<typeof gaussianKl>;

/** ln(sigma_p / sigma_q) + (sigma_q^2 + (mu_q - mu_p)^2) / (2 sigma_p^2) - 1/2. */
function klFormula([q, p]: Kl): tf.Tensor {
  const square = (value: tf.Tensor | number) => tf.square(value);
  const variances = tf.add(tf.exp(tf.mul(2, q.logStd)), square(tf.sub(q.mean, p.mean)));
  return tf.sub(tf.add(tf.sub(p.logStd, q.logStd), tf.div(variances, tf.mul(2, tf.exp(tf.mul(2, p.logStd))))), 0.5);
}

const kl = (at: tf.Tensor[], given: (...inputs: tf.Tensor[]) => Kl): Case => ({
  at,
  written: (...inputs) => gaussianKl(...given(...inputs)),
  formula: (...inputs) => klFormula(given(...inputs)),
});

const cases: Readonly<Record<string, () => Case>> = {
  'the KL of normal distributions': () =>
    kl([matrix('a'), matrix('b'), matrix('c'), matrix('d')], (mean, logStd, other, otherLogStd) => [
      { mean: mean!, logStd: logStd! },
      { mean: other!, logStd: otherLogStd! },
    ]),
  'the KL to one log standard deviation for all': () =>
    kl([matrix('a'), matrix('b'), matrix('c'), tf.scalar(0.3)], (mean, logStd, other, otherLogStd) => [
      { mean: mean!, logStd: logStd! },
      { mean: other!, logStd: otherLogStd! },
    ]),
  'the KL of broadcast rows and columns': () =>
    kl(
      [matrix('a'), column(vector('b')), tf.reshape(matrix('c').slice([0, 0], [1, 3]), [1, 3])],
      (mean, logStd, other) => [
        { mean: mean!, logStd: logStd! },
        { mean: other!, logStd: -0.2 },
      ],
    ),
  'the KL to the standard normal distribution': () =>
    kl([matrix('a'), tf.scalar(-0.4)], (mean, logStd) => [
      { mean: mean!, logStd: logStd! },
      { mean: 0, logStd: 0 },
    ]),
  'the diffusion of latents': () => ({
    at: [matrix('z'), matrix('noise'), tf.mul(3, vector('gamma'))],
    written: (z, noise, gamma) => diffuse(z as tf.Tensor2D, noise as tf.Tensor2D, gamma as tf.Tensor1D),
    formula: (z, noise, gamma) => tf.add(tf.mul(alpha(column(gamma!)), z!), tf.mul(sigma(column(gamma!)), noise!)),
  }),
  'a draw from a normal distribution': () => drawCase(matrix('logStd')),
  'a draw with one standard deviation for all': () => drawCase(tf.scalar(-0.5)),
  'the consistency loss, within and beyond the limit of the energy': () => {
    const partons = tf.tensor2d(
      [...particle(3), ...particle(LOG_ENERGY_LIMIT + 1), ...particle(4), ...particle(1)],
      [2, 10],
    );
    return {
      at: [partons],
      written: (x) => consistency(x as tf.Tensor2D, unitScaling, 'mse'),
      formula: (x) => consistencyFormula(x!),
    };
  },
  'a schedule between its ends': () => {
    const schedule = learned();
    const times = tf.tensor1d([0, 0.1, 0.5, 0.8, 1]);
    const gamma = schedule.gamma(times);
    const [first, last] = [gamma.slice(0, 1), gamma.slice(4, 1)];
    const share = tf.div(tf.sub(gamma, first), tf.sub(last, first));
    const clip = (end: tf.Tensor) => tf.mul(GAMMA_LIMITS[1], tf.tanh(tf.div(end, GAMMA_LIMITS[1])));
    return {
      at: [schedule.min, schedule.max] as tf.Variable[],
      written: () => schedule.gamma(times),
      formula: (min, max) => tf.add(tf.mul(clip(min!), tf.sub(1, share)), tf.mul(clip(max!), share)),
    };
  },
};

function drawCase(logStd: tf.Tensor): Case {
  const noise = matrix('noise');
  return {
    at: [matrix('mean'), logStd],
    written: (mean, logStd) => normalDraw(mean as tf.Tensor2D, logStd as tf.Tensor2D, noise),
    formula: (mean, logStd) => tf.add(mean!, tf.mul(tf.exp(logStd!), noise)),
  };
}

/** Mass, ln E and momentum near the mass shell. */
const particle = (logE: number): number[] => [1.5, logE, 0.8, -1.2, 2.5];

const unitScaling: EventScaling = {
  partons: { mean: new Float64Array(10), standardDeviation: new Float64Array(10).fill(1), log: new Uint8Array(10) },
  inputs: {},
  energySquared: Float64Array.of(40, 90),
};

function consistencyFormula(partons: tf.Tensor): tf.Tensor {
  const [mass, logE, px, py, pz] = tf.unstack(tf.reshape(partons, [-1, 2, 5]), 2) as tf.Tensor[];
  const energySquared = tf.exp(tf.mul(2, tf.minimum(logE!, LOG_ENERGY_LIMIT)));
  const momentumSquared = tf.addN([px!, py!, pz!].map((component) => tf.square(component)));
  const difference = tf.sub(tf.square(mass!), tf.sub(energySquared, momentumSquared));
  return tf.mean(tf.square(tf.div(difference, tf.tensor1d([...unitScaling.energySquared]))), 1);
}

function learned(): LearnedSchedule {
  const catalogue = new Catalogue([parts]);
  const choice = catalogue.roleSchemas()['schedule']!.parse({ kind: 'learned', hidden: 7 }) as { kind: string };
  return catalogue.assemble(NoiseSchedule, { schedule: choice }, rng) as LearnedSchedule;
}

const numbersOf = (tensor: tf.Tensor): Float32Array => tensor.dataSync<'float32'>();

for (const [name, make] of Object.entries(cases)) {
  test(`the written gradient is that of the formula: ${name}`, (t) => {
    const { at, written, formula } = make();
    const weights = rng.fork('weights').normalTensor(1, written(...at).size);
    const gradientsOf = (f: Case['written']) =>
      tf.grads((...inputs: tf.Tensor[]) => tf.sum(tf.mul(tf.reshape(f(...inputs), [1, -1]), weights)))([...at]);
    t.true(relativeError(numbersOf(written(...at)), numbersOf(formula(...at))) < 1e-5);
    const expected = gradientsOf(formula);
    for (const [i, gradient] of gradientsOf(written).entries()) {
      t.deepEqual(gradient.shape, at[i]!.shape);
      t.true(relativeError(numbersOf(gradient), numbersOf(expected[i]!)) < 1e-5, `input ${i}`);
    }
  });
}
