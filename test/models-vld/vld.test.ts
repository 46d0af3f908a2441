import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@unfold-zoo/core';
import { alpha } from '@unfold-zoo/core/diffusion';
import { claimPosterior, fitDraws, LINEAR_GAUSSIAN_POSTERIOR, trainBriefly } from '@unfold-zoo/core/testing';
import { ddim, LearnedSchedule, LinearSchedule } from '@unfold-zoo/parts';
import test from 'ava';
import { LinearCodec } from '../parts/linear-codec.js';
import { BumpDenoiser, LinearEncoder, ScalingCodec, toyEvents, toyVld, ZeroDenoiser } from './toy-networks.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const rng = new Rng(7);

/** gamma ends at 8: the noise that sampling starts from knows nothing of y, and at 5 it should, by 4 %. */
const range = [-8, 8] as const;
const exactDiffusion = () => ({
  schedule: new LinearSchedule(...range),
  denoiser: new BumpDenoiser({ latent: 2, condition: 2 }, 12, range),
});

/** The reconstruction loss knows x to a variance of 1/2000, which is small beside that of the posterior. */
const options = { reconstructionWeight: 1000 };

test('an untrained VLD does not draw from the posterior of a linear Gaussian problem', (t) => {
  const model = toyVld({ codec: new ScalingCodec(2, 1, 0.02), ...exactDiffusion() }, options);
  t.true(fitDraws(model).covariance[0]![0]! > 50 * LINEAR_GAUSSIAN_POSTERIOR.variance);
});

test('a trained VLD draws from the posterior of a linear Gaussian problem', (t) => {
  const model = toyVld({ codec: new ScalingCodec(2, 1, 0.02), ...exactDiffusion() }, options);
  trainBriefly(model, { steps: 200, learningRate: 0.1 });
  t.notThrows(() => claimPosterior(model));
});

const start = { encoder: 1, encoderCondition: 0, logStd: -4, decoder: 1, decoderCondition: 0 };

for (const [name, condition] of [
  ['UC-VLD', 'encoder'],
  ['C-VLD', 'both'],
] as const) {
  test(`a trained ${name} draws from the posterior of a linear Gaussian problem`, (t) => {
    const model = toyVld({ codec: new LinearCodec(condition, start), ...exactDiffusion() }, options);
    trainBriefly(model, { steps: 300, learningRate: 0.05 });
    t.notThrows(() => claimPosterior(model));
  });
}

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

const short = { learningRate: 0.1, makeBatch: (stream: Rng) => toyEvents(8, stream) };

test('50 steps of training and a sample leave no tensor behind', (t) => {
  const model = trainable();
  trainBriefly(model, { ...short, steps: 1 });
  const before = tf.memory().numTensors;
  trainBriefly(model, { ...short, steps: 50 });
  t.is(tf.memory().numTensors, before);
  tf.tidy(() => {
    const { observed } = toyEvents(4, rng);
    const within = tf.memory().numTensors;
    const posterior = model.posterior(observed);
    const draws = posterior.draw(rng);
    posterior.dispose();
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
  const draw = (name: string) => model.posterior(observed).draw(rng.fork(name)).dataSync();
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
  const draws = model.posterior(observed).draw(rng.fork('draw')).dataSync();
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
