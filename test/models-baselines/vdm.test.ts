import '@tensorflow/tfjs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import {
  type EventScaling,
  EventSpec,
  GenerativeModel,
  LatentCodec,
  loadConfig,
  Rng,
  Scaling,
  service,
} from '@unfold-zoo/core';
import baselines from '@unfold-zoo/models-baselines';
import vld from '@unfold-zoo/models-vld';
import test from 'ava';

const preset = (name: string, file: string): string =>
  join(dirname(fileURLToPath(import.meta.resolve(`@unfold-zoo/${name}/package.json`))), 'presets', file);

const feature = { name: 'pt', unit: 'GeV', scaling: 'log' } as const;
const events: EventSpec = {
  name: 'one particle',
  particles: [{ name: 'top', label: 't' }],
  inputs: { jets: { features: [feature, feature], capacity: 3 } },
};
const columns = { mean: new Float64Array(5), standardDeviation: new Float64Array(5).fill(1), log: new Uint8Array(5) };
const scaling: EventScaling = { partons: columns, inputs: {}, energySquared: Float64Array.of(1) };
const rng = new Rng(9);

async function vdm(): Promise<{ model: GenerativeModel; codec: LatentCodec }> {
  const { catalogue, choices } = await loadConfig({
    config: preset('models-baselines', 'vdm.yaml'),
    overrides: [
      'conditionEncoder={width: 8, layers: 1}',
      'denoiser={width: 8, blocks: 1}',
      'schedule.hidden=8',
      'sampler.steps=5',
    ],
    plugins: [vld, baselines],
    presets: { paper: preset('models-vld', 'paper.yaml') },
  });
  const services = [service(EventSpec, events), service(Scaling, scaling)];
  return {
    model: catalogue.assemble(GenerativeModel, choices, rng, services),
    codec: catalogue.assemble(LatentCodec, choices, rng, services),
  };
}

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
  const { codec } = await vdm();
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
  const { model } = await vdm();
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
  const { model } = await vdm();
  const draws = tf.tidy(() => model.sample(batch.observed(), rng));
  t.deepEqual(draws.shape, [6, 5]);
  t.true(draws.dataSync().every(Number.isFinite));
});
