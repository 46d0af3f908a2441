import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@unfold-zoo/core';
import {
  claimPosterior,
  PlainEncoder,
  LINEAR_GAUSSIAN_POSTERIOR as POSTERIOR,
  trainBriefly,
} from '@unfold-zoo/core/testing';
import { Cinn, Cvae, Ldm } from '@unfold-zoo/models-baselines';
import { IdentityCodec, LinearSchedule, pndm } from '@unfold-zoo/parts';
import test from 'ava';
import { BumpDenoiser, ScalingCodec, toyVld, unitScaling } from '../models-vld/toy-networks.js';
import { LinearCodec } from '../parts/linear-codec.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const rng = new Rng(12);
const conditionEncoder = new PlainEncoder(2);
const scaling = unitScaling(1);
const none = { weight: 0, form: 'mae' } as const;

// gamma ends at 8: the noise that sampling starts from knows nothing of y, and at 5 it should, by 4 %.
const range = [-8, 8] as const;
const exactDiffusion = () => ({
  schedule: new LinearSchedule(...range),
  denoiser: new BumpDenoiser({ latent: 2, condition: 2 }, 12, range),
});

test('a trained LDM draws from the posterior of a linear Gaussian problem', (t) => {
  const parts = { conditionEncoder, codec: new ScalingCodec(2, 1, 0.02), sampler: pndm(20, 'runge-kutta'), scaling };
  const options = {
    reduction: 'mean',
    priorWeight: 1e-4,
    reconstructionWeight: 1,
    diffusion: { weighting: 'bound', latentVariance: 1, noiseDraws: 1 },
    consistency: none,
    finalLatent: 'noisy',
    clip: false,
  } as const;
  const model = new Ldm({ ...parts, ...exactDiffusion() }, options, rng);
  trainBriefly(model, { steps: 200, learningRate: 0.1 });
  t.notThrows(() => claimPosterior(model));
});

test('a trained VDM draws from the posterior of a linear Gaussian problem', (t) => {
  const model = toyVld({ codec: new IdentityCodec(2), ...exactDiffusion() });
  trainBriefly(model, { steps: 200, learningRate: 0.1 });
  t.notThrows(() => claimPosterior(model));
});

test('a trained CVAE draws from the posterior of a linear Gaussian problem, less that of its likelihood', (t) => {
  const start = { encoder: 1, encoderCondition: 0, logStd: -1, decoder: 0.5, decoderCondition: 0.5 };
  const model = new Cvae(
    { conditionEncoder, codec: new LinearCodec('both', start), scaling },
    { reduction: 'mean', priorWeight: 1, reconstructionWeight: 25, consistency: none },
  );
  trainBriefly(model, { steps: 800, learningRate: 0.05 });
  // A draw is the mean of p(x | z, y), whose variance is 1 / (2 weight).
  t.notThrows(() => claimPosterior(model, { ...POSTERIOR, variance: POSTERIOR.variance - 1 / 50 }));
});

const flow = {
  blocks: 3,
  layers: 2,
  units: 8,
  clamp: 2,
  permutation: 'soft',
  globalAffine: 'softplus',
  reduction: 'mean',
  consistency: none,
  noise: 0,
} as const;

test('a CINN trained on its likelihood draws from the posterior of a linear Gaussian problem', (t) => {
  const model = new Cinn({ conditionEncoder, scaling, partonWidth: 2 }, { ...flow, reconstructionWeight: 0 }, rng);
  trainBriefly(model, { steps: 200, learningRate: 0.02 });
  t.notThrows(() => claimPosterior(model));
});

test('the squared error of a draw narrows the posterior that a CINN draws from, by as much as its option says', (t) => {
  const model = new Cinn({ conditionEncoder, scaling, partonWidth: 2 }, { ...flow, reconstructionWeight: 1 }, rng);
  trainBriefly(model, { steps: 200, learningRate: 0.02 });
  // The positive root of m + 2 m^2 = v: where (1/m - v/m^2) / 2 + 1, the slope of the loss, is zero.
  const variance = (Math.sqrt(1 + 8 * POSTERIOR.variance) - 1) / 4;
  t.notThrows(() => claimPosterior(model, { ...POSTERIOR, variance }));
});
