import '../../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { type Denoiser, Module, type NoiseSchedule, Rng } from '@unfold-zoo/core';
import {
  alpha,
  antitheticTimes,
  type DiffusionOptions,
  diffusionLoss,
  diffusionOptions,
} from '@unfold-zoo/core/diffusion';
import test from 'ava';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const [MIN, MAX] = [-6, 4];

class StraightSchedule extends Module implements NoiseSchedule {
  readonly shapeParameters = [];
  gamma(t: tf.Tensor1D): tf.Tensor1D {
    return tf.add(MIN, tf.mul(MAX - MIN, t));
  }
  gammaSlope(t: tf.Tensor1D): tf.Tensor1D {
    return tf.fill(t.shape, MAX - MIN);
  }
}

/** Some smooth function of all that a denoiser sees. */
class SmoothDenoiser extends Module implements Denoiser {
  predictNoise(latent: tf.Tensor2D, { gamma }: { gamma: tf.Tensor1D }, condition: tf.Tensor2D): tf.Tensor2D {
    return tf.add(tf.mul(0.4, latent), tf.mul(condition, tf.sin(tf.expandDims(gamma, 1))));
  }
}

const parts = { schedule: new StraightSchedule(), denoiser: new SmoothDenoiser() };
const rng = new Rng(3);
const latent = rng.fork('latent').normalTensor(5, 2);
const condition = rng.fork('condition').normalTensor(5, 2);
const weights = tf.tensor1d([1, 2, 0.5, 1, 0.25]);
const plain: DiffusionOptions = { weighting: 'bound', latentVariance: 1, noiseDraws: 1 };

test('several noise levels an event are the loss of a batch that holds each event as many times', (t) => {
  const batch = {
    latent,
    encoded: { summary: condition },
    weights,
    reduction: 'mean',
    options: { ...plain, noiseDraws: 3 },
  } as const;
  const thrice = <T extends tf.Tensor>(values: T): T => tf.concat([values, values, values]) as T;
  const long = {
    latent: thrice(latent),
    encoded: { summary: thrice(condition) },
    weights: thrice(weights),
    reduction: 'mean',
    options: plain,
  } as const;
  const loss = diffusionLoss(parts, batch, new Rng(8)).dataSync();
  t.is(loss.length, 15);
  t.deepEqual(loss, diffusionLoss(parts, long, new NoiseOfEvents(8)).dataSync());
});

/** Draws for 15 events the noise of 5 events with three levels each. */
class NoiseOfEvents extends Rng {
  override normalTensor(): tf.Tensor2D {
    return tf.concat2d(tf.split<tf.Tensor2D>(super.normalTensor(5, 6), 3, 1), 0);
  }
}

test('workers that share a batch out have the losses of its events', (t) => {
  const rows = <T extends tf.Tensor>(values: T, rank: number): T => tf.slice(values, rank * 2, 2) as T;
  const lossOf = (rank: number, world: number, take: <T extends tf.Tensor>(values: T) => T) => {
    const batch = { latent: take(latent), encoded: { summary: take(condition) }, reduction: 'mean' } as const;
    const options = { ...plain, noiseDraws: 2 };
    return diffusionLoss(parts, { ...batch, options }, new Rng(8).forShare({ rank, world })).dataSync();
  };
  const whole = lossOf(0, 1, (values) => tf.slice(values, 0, 4) as typeof values);
  const [first, second] = [0, 1].map((rank) => lossOf(rank, 2, (values) => rows(values, rank))) as [Row, Row];
  t.deepEqual(
    [...whole],
    [0, 2].flatMap((k) => [...first.slice(k, k + 2), ...second.slice(k, k + 2)]),
  );
});

type Row = Float32Array;

for (const [weighting, weightAt] of [
  // |v - v'| = |noise - noise'| / alpha where v = alpha noise - sigma z is predicted.
  ['velocity', (gamma: number) => 1 / alpha(gamma) ** 2],
  ['sigmoid', (gamma: number) => 1 / (1 + Math.exp(-gamma - 2))],
] as const) {
  test(`${weighting} weights the loss of each noise level`, (t) => {
    const loss = (options: DiffusionOptions) =>
      diffusionLoss(
        parts,
        { latent, encoded: { summary: condition }, reduction: 'sum', options },
        new Rng(8),
      ).dataSync();
    const times = antitheticTimes(5, new Rng(8)).dataSync();
    const [bound, actual] = [loss(plain), loss({ ...plain, weighting })];
    for (const [i, time] of times.entries()) {
      const expected = bound[i]! * weightAt(MIN + (MAX - MIN) * time);
      t.true(Math.abs(actual[i]! / expected - 1) < 1e-5);
    }
  });
}

test('the variance of latents makes high noise count for more, but not for what made the latents', (t) => {
  const latentVariance = 0.2;
  const gradientsWith = (options: DiffusionOptions) => {
    const loss = (own: tf.Tensor, summary: tf.Tensor) => {
      const batch = { latent: own as tf.Tensor2D, encoded: { summary: summary as tf.Tensor2D } };
      return tf.sum<tf.Scalar>(diffusionLoss(parts, { ...batch, reduction: 'sum', options }, new Rng(8)));
    };
    const losses = diffusionLoss(
      parts,
      { latent, encoded: { summary: condition }, reduction: 'sum', options },
      new Rng(8),
    );
    const [ofLatent, ofCondition] = tf.grads(loss)([latent, condition]) as [tf.Tensor, tf.Tensor];
    return { losses: losses.dataSync(), ofLatent: ofLatent.dataSync(), ofCondition: ofCondition.dataSync() };
  };
  const velocity = { ...plain, weighting: 'velocity' } as const;
  const [one, narrow] = [gradientsWith(velocity), gradientsWith({ ...velocity, latentVariance })];
  const near = (actual: number, expected: number): boolean => Math.abs(actual - expected) < 1e-4 * Math.abs(expected);
  for (const [i, time] of antitheticTimes(5, new Rng(8)).dataSync().entries()) {
    const noise = Math.exp(MIN + (MAX - MIN) * time);
    const more = (1 + noise / latentVariance) / (1 + noise);
    t.true(near(narrow.losses[i]!, more * one.losses[i]!));
    for (const column of [2 * i, 2 * i + 1]) {
      t.true(near(narrow.ofCondition[column]!, latentVariance * more * one.ofCondition[column]!));
      t.true(near(narrow.ofLatent[column]!, one.ofLatent[column]!));
    }
  }
});

test('the variance of latents is of the weighting velocity', (t) => {
  const message = /it is of the weighting velocity alone/;
  t.throws(() => diffusionOptions.parse({ weighting: 'bound', latentVariance: 0.2 }), { message });
  t.is(diffusionOptions.parse({ weighting: 'velocity', latentVariance: 0.2 }).latentVariance, 0.2);
});
