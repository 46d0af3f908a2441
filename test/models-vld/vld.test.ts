import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { alpha, type GenerativeModel, Rng } from '@unfold-zoo/core';
import { ddim, LearnedSchedule, LinearSchedule } from '@unfold-zoo/models-vld';
import test from 'ava';
import { BumpDenoiser, LinearEncoder, observe, ScalingCodec, toyEvents, toyVld, ZeroDenoiser } from './toy-networks.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const rng = new Rng(7);

/** One step of Adam on every parameter and the sum of all terms. */
function train(model: GenerativeModel, steps: number, makeBatch: (stream: Rng) => ReturnType<typeof toyEvents>): void {
  const optimizer = tf.train.adam(0.1);
  for (let i = 0; i < steps; i++) {
    tf.tidy(() => {
      const stream = rng.fork(`step ${i}`);
      const batch = makeBatch(stream.fork('batch'));
      const loss = () => tf.addN(Object.values(model.stages[0]!.loss(batch, stream.fork('loss')).terms)) as tf.Scalar;
      optimizer.minimize(loss, false, model.parameters as tf.Variable[]);
    });
  }
  optimizer.dispose();
}

/**
 * x of variance 100 and y = x / 10 plus noise of variance 1/4, in two independent dimensions: p(x | y) = N(8 y, 20).
 * The reconstruction loss knows x to a variance of 1/2, which is small beside that.
 */
function linearGaussian(events: number, stream: Rng) {
  const partons: tf.Tensor2D = tf.mul(10, stream.normalTensor(events, 2));
  const y: tf.Tensor2D = tf.add(tf.mul(0.1, partons), tf.mul(0.5, stream.normalTensor(events, 2)));
  return { partons, observed: observe(y), y };
}

const PRECISE_DRAWS = 2000;

/** Slope [2, 2] of the draws against y, and covariance [2, 2] of what it leaves. */
function drawn(model: GenerativeModel): { slope: number[][]; covariance: number[][] } {
  const { observed, y } = linearGaussian(PRECISE_DRAWS, rng.fork('check'));
  const draws = model.sample(observed, rng.fork('draws'));
  const slope: tf.Tensor2D = tf.div(tf.matMul(y, draws, true), tf.sum(tf.square(y), 0));
  const rest: tf.Tensor2D = tf.sub(draws, tf.matMul(y, slope));
  const covariance: tf.Tensor2D = tf.div(tf.matMul(rest, rest, true), PRECISE_DRAWS);
  return { slope: slope.arraySync(), covariance: covariance.arraySync() };
}

test('a trained VLD draws from the posterior of a linear Gaussian problem', (t) => {
  // gamma ends at 8: the noise that sampling starts from knows nothing of y, and at 5 it should, by 4 %.
  const range = [-6, 8] as const;
  const model = toyVld({
    codec: new ScalingCodec(2, 0.1, 0.05),
    schedule: new LinearSchedule(...range),
    denoiser: new BumpDenoiser({ latent: 2, condition: 2 }, 10, range),
  });
  t.true(drawn(model).covariance[0]![0]! > 1000);
  train(model, 200, (stream) => linearGaussian(128, stream));
  const { slope, covariance } = drawn(model);
  // Five standard errors of a variance or a correlation of 2,000 draws, with room for the mean of a short training.
  const error = 5 * Math.sqrt(2 / PRECISE_DRAWS);
  for (const [i, j] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const) {
    const [expectedSlope, expectedCovariance] = i === j ? [8, 20] : [0, 0];
    t.true(Math.abs(slope[i]![j]! - expectedSlope) < error * 8, `slope ${slope}`);
    t.true(Math.abs(covariance[i]![j]! - expectedCovariance) < error * 20, `covariance ${covariance}`);
  }
});

/** All parts trainable. */
function trainable() {
  return toyVld(
    {
      conditionEncoder: new LinearEncoder(2),
      codec: new ScalingCodec(5, 1, 0.1),
      schedule: new LearnedSchedule({ hidden: 8, min: -6, max: 4, learnEndPoints: true }),
      denoiser: new BumpDenoiser({ latent: 5, condition: 2 }, 6, [-8, 6]),
    },
    { consistency: { weight: 0.1, form: 'mae' } },
  );
}

test('50 steps of training and a sample leave no tensor behind', (t) => {
  const model = trainable();
  train(model, 1, (stream) => toyEvents(8, stream));
  const before = tf.memory().numTensors;
  train(model, 50, (stream) => toyEvents(8, stream));
  t.is(tf.memory().numTensors, before);
  tf.tidy(() => {
    const { observed } = toyEvents(4, rng);
    const within = tf.memory().numTensors;
    const draws = model.sample(observed, rng);
    t.is(tf.memory().numTensors, within + 1);
    t.deepEqual(draws.shape, [4, 5]);
  });
  t.is(tf.memory().numTensors, before);
});

test('a loss without a gradient, as in validation, is the same and leaves nothing behind', (t) => {
  const model = trainable();
  const batch = toyEvents(8, rng.fork('validation'));
  const total = () => tf.addN(Object.values(model.stages[0]!.loss(batch, rng.fork('loss')).terms)) as tf.Scalar;
  const before = tf.memory().numTensors;
  const value = tf.tidy(() => total().dataSync()[0]!);
  t.is(tf.memory().numTensors, before);
  const { value: taped } = tf.variableGrads(total, model.parameters as tf.Variable[]);
  t.is(taped.dataSync()[0], value);
});

test('draws are the same for the same stream and differ between streams', (t) => {
  const model = trainable();
  const { observed } = toyEvents(3, rng.fork('observed'));
  const draw = (name: string) => model.sample(observed, rng.fork(name)).dataSync();
  t.deepEqual(draw('a'), draw('a'));
  t.notDeepEqual(draw('a'), draw('b'));
});

test('a denoiser that never finds noise decodes the first noise divided by alpha_1', (t) => {
  const model = toyVld({
    codec: new ScalingCodec(5, 0.5, 0.1),
    denoiser: new ZeroDenoiser(),
    schedule: new LinearSchedule(-6, 4),
    sampler: ddim(3),
  });
  const { observed } = toyEvents(2, rng);
  const draws = model.sample(observed, rng.fork('draw')).dataSync();
  const noise = rng.fork('draw').normalTensor(2, 5).dataSync();
  for (const [i, value] of draws.entries()) t.true(Math.abs(value / (2 * (noise[i]! / alpha(4))) - 1) < 1e-5);
});

test('a model has every parameter of its parts under its own names', (t) => {
  t.deepEqual(
    [...trainable().namedParameters()].map(([name]) => name),
    [
      'conditionEncoder.weight',
      'codec.factor',
      'codec.logStd',
      'codec.inverse',
      'schedule.inputWeight',
      'schedule.bias',
      'schedule.outputWeight',
      'schedule.min',
      'schedule.max',
      'denoiser.weight',
    ],
  );
});
