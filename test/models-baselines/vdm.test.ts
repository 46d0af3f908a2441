import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { type EventSpec, type GenerativeModel, Rng } from '@unfold-zoo/core';
import { diffusionTerms, sampleLatent } from '@unfold-zoo/core/diffusion';
import { Vld } from '@unfold-zoo/models-vld';
import { pndm } from '@unfold-zoo/parts';
import test from 'ava';
import { assembled } from './assembled.js';

const feature = { name: 'pt', unit: 'GeV', scaling: 'log' } as const;
const events: EventSpec = {
  name: 'one particle',
  particles: [{ name: 'top', label: 't' }],
  inputs: { jets: { features: [feature, feature], capacity: 3 } },
};
const rng = new Rng(9);

const vdm = (): Promise<GenerativeModel> => assembled('vdm', events);

const batch = {
  partons: (): tf.Tensor2D => rng.fork('partons').normalTensor(6, 5),
  observed: () => ({
    jets: {
      features: tf.reshape<tf.Rank.R3>(rng.fork('jets').normalTensor(6, 6), [6, 3, 2]),
      mask: tf.ones<tf.Rank.R2>([6, 3]),
    },
  }),
};

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

test('the identity codec gives back what it is given and has no KL', async (t) => {
  const { codec } = (await vdm()) as Vld;
  const partons = batch.partons();
  const posterior = codec.encode(partons, tf.zeros([6, 8]));
  t.is(codec.latentWidth, 5);
  t.is(codec.parameters.length, 0);
  t.deepEqual(codec.decode(posterior.sample(rng), tf.zeros([6, 8])).dataSync(), partons.dataSync());
  t.true(
    posterior
      .kl(tf.scalar(3), tf.scalar(-1))
      .dataSync()
      .every((value) => value === 0),
  );
});

test('a VDM is trained on its diffusion alone: the terms of a codec are zero and gamma has fixed ends', async (t) => {
  const model = await vdm();
  const { terms } = model.stages[0]!.loss({ partons: batch.partons(), observed: batch.observed() }, rng);
  t.deepEqual(Object.keys(terms), ['prior', 'diffusion', 'reconstruction', 'latentPrior']);
  t.is(terms['reconstruction']!.dataSync()[0], 0);
  t.is(terms['latentPrior']!.dataSync()[0], 0);
  t.true(terms['diffusion']!.dataSync()[0]! > 0);
  t.deepEqual(
    model.parameters.filter(({ shape }) => shape.length === 0),
    [],
  );
});

test('a VDM draws in the space of the partons', async (t) => {
  const model = await vdm();
  const draws = tf.tidy(() => model.posterior(batch.observed()).draw(rng));
  t.deepEqual(draws.shape, [6, 5]);
  t.true(draws.dataSync().every(Number.isFinite));
});

test('a VDM is a VLD with the identity codec: loss and draws are those of a diffusion of the partons', async (t) => {
  const model = (await vdm()) as Vld;
  t.true(model instanceof Vld);
  const { partons, observed } = { partons: batch.partons(), observed: batch.observed() };
  const condition = model.conditionEncoder.encode(observed);
  const options = { weighting: 'bound', latentVariance: 1, noiseDraws: 1 } as const;
  const diffused = { latent: partons, encoded: { summary: condition }, reduction: 'mean', options } as const;
  const { terms } = diffusionTerms(model, diffused, rng.fork('loss'));
  const loss = model.stages[0]!.loss({ partons, observed }, rng.fork('loss'));
  t.deepEqual(loss.terms['prior']!.dataSync(), terms.prior.dataSync());
  t.deepEqual(loss.terms['diffusion']!.dataSync(), terms.diffusion.dataSync());

  const { schedule, denoiser } = model;
  const parts = { schedule, denoiser, sampler: pndm(5, 'runge-kutta') };
  const latent = sampleLatent(parts, { encoded: { summary: condition }, width: 5 }, rng.fork('draw'));
  t.deepEqual(model.posterior(observed).draw(rng.fork('draw')).dataSync(), latent.dataSync());
});
