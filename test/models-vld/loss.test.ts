import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { Rng, type StageLoss } from '@unfold-zoo/core';
import { alpha, sigma } from '@unfold-zoo/core/diffusion';
import { consistency } from '@unfold-zoo/core/losses';
import type { VldOptions } from '@unfold-zoo/models-vld';
import { LearnedSchedule } from '@unfold-zoo/parts';
import test from 'ava';
import {
  BumpDenoiser,
  LinearEncoder,
  PlainCodec,
  ScalingCodec,
  toyEvents,
  toyVld,
  unitScaling,
  ZeroDenoiser,
} from './toy-networks.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const rng = new Rng(6);

const values = ({ terms, monitored }: StageLoss): Record<string, number> =>
  Object.fromEntries(Object.entries({ ...terms, ...monitored }).map(([name, term]) => [name, term.dataSync()[0]!]));

/** A learned schedule, every part trainable. */
function trainable(options: Partial<VldOptions> = {}) {
  return toyVld(
    {
      conditionEncoder: new LinearEncoder(2),
      codec: new ScalingCodec(5, 2, 0.1),
      schedule: new LearnedSchedule({ hidden: 8, min: -6, max: 4, learnEndPoints: true }),
      denoiser: new BumpDenoiser({ latent: 5, condition: 2 }, 6, [-8, 6]),
    },
    options,
  );
}

test('each term of the bound has its closed-form expectation', (t) => {
  const [events, factor, std, gammaMin, gammaMax] = [20_000, 2, 0.04, -6, 4];
  const { partons, observed } = toyEvents(events, rng.fork('terms'));
  const model = toyVld({ codec: new ScalingCodec(5, factor, std), denoiser: new ZeroDenoiser() });
  const terms = values(model.stages[0]!.loss({ partons, observed }, rng.fork('loss')));
  const dimensions = 5 * events;
  const within = (name: string, expected: number, deviation: number): void => {
    // Five standard errors of a mean over events and dimensions, plus the rounding of float32.
    const tolerance = (5 * deviation) / Math.sqrt(dimensions) + 1e-5 * Math.abs(expected);
    t.true(Math.abs(terms[name]! - expected) < tolerance, `${name} is ${terms[name]}, expected ${expected}`);
  };

  const variance = sigma(gammaMax) ** 2;
  const latentSquared = factor ** 2 * tf.mean(tf.square(partons)).dataSync()[0]! + std ** 2;
  const shrunk = alpha(gammaMax) ** 2;
  within('prior', 0.5 * (shrunk * latentSquared + variance - Math.log(variance) - 1), shrunk * factor * std);
  within('reconstruction', (std / factor) ** 2, Math.SQRT2 * (std / factor) ** 2);

  // The mean of p(z_x | z_0) is off that of q by noise of variance std^2 + prior^2.
  const prior = Math.exp(gammaMin / 2);
  const shift = std ** 2 + prior ** 2;
  within(
    'latentPrior',
    Math.log(prior / std) + (std ** 2 + shift) / (2 * prior ** 2) - 0.5,
    (Math.SQRT2 * shift) / (2 * prior ** 2),
  );
  within('diffusion', 0.5 * (gammaMax - gammaMin), 0.5 * (gammaMax - gammaMin) * Math.SQRT2);
  t.true(Math.abs(terms['gammaMin']! - gammaMin) < 1e-6 && Math.abs(terms['gammaMax']! - gammaMax) < 1e-6);
  // Per event: the mean of five squared normals, variance 2/5. Its own relative standard error is about 0.02.
  const spread = (0.5 * (gammaMax - gammaMin)) ** 2 * (2 / 5);
  t.true(Math.abs(terms['varianceOfDiffusion']! / spread - 1) < 0.1);
});

test('the standard normal prior gives the KL of a plain VAE', (t) => {
  const { partons, observed } = toyEvents(100, rng.fork('vae'));
  const [factor, std] = [2, 0.3];
  const model = toyVld(
    { codec: new ScalingCodec(5, factor, std), denoiser: new ZeroDenoiser() },
    { prior: 'standard-normal', priorWeight: 0.25 },
  );
  const terms = values(model.stages[0]!.loss({ partons, observed }, rng.fork('loss')));
  const meanSquared = factor ** 2 * tf.mean(tf.square(partons)).dataSync()[0]!;
  const kl = 0.5 * (std ** 2 + meanSquared - 1) - Math.log(std);
  t.true(Math.abs(terms['latentPrior']! / (0.25 * kl) - 1) < 1e-5);
});

test('the consistency term is the weighted consistency of what the decoder says, and is left out at weight 0', (t) => {
  const { partons, observed } = toyEvents(50, rng.fork('consistency'));
  const parts = { codec: new PlainCodec(5), denoiser: new ZeroDenoiser() };
  for (const form of ['mae', 'mse'] as const) {
    const model = toyVld(parts, { consistency: { weight: 0.1, form } });
    const terms = values(model.stages[0]!.loss({ partons, observed }, rng.fork('loss')));
    const expected = 0.1 * tf.mean(consistency(partons, unitScaling(1), form)).dataSync()[0]!;
    t.true(Math.abs(terms['consistency']! / expected - 1) < 1e-5);
  }
  t.false('consistency' in toyVld(parts).stages[0]!.loss({ partons, observed }, rng).terms);
});

test('the reconstruction is the weighted squared error, and no other term hears of the weight', (t) => {
  const batch = toyEvents(20, rng.fork('weight'));
  const [one, ten] = [1, 10].map((reconstructionWeight) =>
    values(trainable({ reconstructionWeight }).stages[0]!.loss(batch, rng.fork('loss'))),
  ) as [Record<string, number>, Record<string, number>];
  t.true(Math.abs(ten['reconstruction']! / (10 * one['reconstruction']!) - 1) < 1e-5);
  for (const name of ['prior', 'latentPrior', 'diffusion']) t.is(ten[name], one[name], name);
});

test('a sum over dimensions is the width times the mean, and its consistency the same', (t) => {
  const batch = toyEvents(20, rng.fork('reduction'));
  const option = { consistency: { weight: 0.1, form: 'mae' } } as const;
  const [mean, sum] = (['mean', 'sum'] as const).map((reduction) =>
    values(trainable({ ...option, reduction }).stages[0]!.loss(batch, rng.fork('loss'))),
  ) as [Record<string, number>, Record<string, number>];
  for (const name of ['prior', 'reconstruction', 'latentPrior', 'diffusion']) {
    t.true(Math.abs(sum[name]! / (5 * mean[name]!) - 1) < 1e-5, name);
  }
  t.is(sum['consistency'], mean['consistency']);
});

test('every term is linear in the event weights, and unit weights are none', (t) => {
  const batch = toyEvents(20, rng.fork('weights'));
  const model = trainable({ consistency: { weight: 0.1, form: 'mae' } });
  const termsOf = (weights?: tf.Tensor1D): number[] => {
    const { terms } = model.stages[0]!.loss(weights ? { ...batch, weights } : batch, rng.fork('loss'));
    return Object.values(terms).map((term) => term.dataSync()[0]!);
  };
  const first = rng.fork('first').uniformTensor(20);
  const [a, b, whole] = [termsOf(first), termsOf(tf.sub<tf.Tensor1D>(1, first)), termsOf(tf.ones([20]))];
  for (const [i, value] of termsOf().entries()) {
    t.true(Math.abs((a[i]! + b[i]!) / value - 1) < 1e-5);
    t.is(whole[i], value);
  }
});

/** Gradients by parameter name, of one term or of the sum of all. */
function gradients(model: ReturnType<typeof trainable>, term?: string): Record<string, Float32Array> {
  const batch = toyEvents(32, rng.fork('gradients'));
  const names = [...model.namedParameters()];
  const { grads } = tf.variableGrads(
    () => {
      const { terms } = model.stages[0]!.loss(batch, rng.fork('loss'));
      return term ? terms[term]! : (tf.addN(Object.values(terms)) as tf.Scalar);
    },
    names.map(([, parameter]) => parameter as tf.Variable),
  );
  return Object.fromEntries(
    names.map(([path, { name }]) => [path, grads[name]?.dataSync() as Float32Array]).filter(([, slope]) => slope),
  ) as Record<string, Float32Array>;
}

test('every parameter of the stage receives a finite gradient', (t) => {
  const model = trainable({ consistency: { weight: 0.1, form: 'mae' } });
  const slopes = gradients(model);
  for (const [name] of model.namedParameters()) {
    t.true(slopes[name]!.every(Number.isFinite), name);
    // A denoiser that starts at zero shows the encoder nothing.
    if (name !== 'conditionEncoder.weight')
      t.true(
        slopes[name]!.some((slope) => slope !== 0),
        name,
      );
  }
  model.denoiser.parameters[0]!.assign(tf.fill(model.denoiser.parameters[0]!.shape, 0.1));
  t.true(gradients(model)['conditionEncoder.weight']!.every((slope) => slope !== 0));
});

test('the shape of the schedule hears of the diffusion term alone, its ends of the others too', (t) => {
  const model = trainable();
  const [all, diffusion] = [gradients(model), gradients(model, 'diffusion')];
  for (const name of ['inputWeight', 'bias', 'outputWeight']) {
    t.deepEqual(all[`schedule.${name}`], diffusion[`schedule.${name}`]);
  }
  for (const end of ['min', 'max']) t.notDeepEqual(all[`schedule.${end}`], diffusion[`schedule.${end}`]);
});

test('the groups of the stage share out all parameters, the shape of the schedule by itself', (t) => {
  const model = trainable();
  const [stage] = model.stages;
  t.is(model.stages.length, 1);
  t.is(stage!.name, 'joint');
  t.deepEqual(
    stage!.groups.map(({ name }) => name),
    ['network', 'schedule'],
  );
  const [network, schedule] = stage!.groups.map(({ parameters }) => new Set(parameters));
  t.deepEqual(schedule, new Set(model.schedule.shapeParameters));
  t.is(network!.size + schedule!.size, model.parameters.length);
  t.true(model.parameters.every((parameter) => network!.has(parameter) !== schedule!.has(parameter)));
});

test('a schedule of fixed shape has no group', (t) => {
  const model = toyVld({ codec: new PlainCodec(5), denoiser: new ZeroDenoiser() });
  t.deepEqual(
    model.stages[0]!.groups.map(({ name }) => name),
    ['network'],
  );
});

test('with the identity as codec the codec terms are zero and the rest trains', (t) => {
  const model = toyVld({
    conditionEncoder: new LinearEncoder(2),
    codec: new PlainCodec(5),
    denoiser: new BumpDenoiser({ latent: 5, condition: 2 }, 6, [-6, 4]),
  });
  const batch = toyEvents(32, rng.fork('identity'));
  const terms = values(model.stages[0]!.loss(batch, rng.fork('loss')));
  t.is(terms['reconstruction'], 0);
  t.is(terms['latentPrior'], 0);
  t.true(Object.values(terms).every(Number.isFinite));
  const slopes = gradients(model);
  t.true(slopes['denoiser.weight']!.every(Number.isFinite));
  t.true(slopes['denoiser.weight']!.some((slope) => slope !== 0));
});
