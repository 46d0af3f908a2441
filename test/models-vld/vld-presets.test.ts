import * as tf from '@tensorflow/tfjs-core';
import { EventSpec, GenerativeModel, Rng, Scaling } from '@unfold-zoo/core';
import {
  type Choice,
  type Config,
  corePlugin,
  loadConfig,
  presetsOf,
  service,
  trainingRoles,
} from '@unfold-zoo/core/config';
import vld from '@unfold-zoo/models-vld';
import parts from '@unfold-zoo/parts';
import test from 'ava';
import { observation, SMALL, withoutGradient } from '../parts/networks.js';
import { unitScaling } from './toy-networks.js';

const presets = presetsOf([parts, vld]).names;
const load = (config: string, overrides: readonly string[] = []): Promise<Config> =>
  loadConfig({ config, overrides, plugins: [corePlugin, parts, vld] });

/** Sizes at which a network of any preset takes seconds in plain JavaScript. */
const SMALLER = [
  ...['conditionEncoder.width=8', 'conditionEncoder.layers=2', 'denoiser.width=8'],
  ...['codec.width=6', 'codec.encoderBlocks=1', 'codec.decoderBlocks=1', 'schedule.hidden=8', 'sampler.steps=5'],
];

const rng = new Rng(8);
const batch = () => ({ partons: rng.fork('x').normalTensor(2, 10), observed: observation([3, 4], rng.fork('y')) });

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

for (const preset of presets.filter((name) => name !== 'paper-networks')) {
  test(`preset ${preset}, made smaller, assembles; every parameter trains, and its draws are finite`, async (t) => {
    const { kind } = (await load(preset)).choices['denoiser'] as Choice;
    const depth = kind === 'transformer' ? 'layers' : 'blocks';
    const { catalogue, choices } = await load(preset, [...SMALLER, `denoiser.${depth}=2`]);
    catalogue.checkUnused([GenerativeModel, ...trainingRoles({ choices })], choices);
    const model = catalogue.assemble(GenerativeModel, choices, rng, [
      service(EventSpec, SMALL),
      service(Scaling, unitScaling(2)),
    ]);
    for (const stage of model.stages) {
      const total = () => tf.addN(Object.values(stage.loss(batch(), rng.fork(`loss ${stage.name}`)).terms));
      t.deepEqual(withoutGradient(model, total), []);
      t.true(Number.isFinite(total().dataSync()[0]!));
    }
    const draws = tf.tidy(() => model.posterior(batch().observed).draw(rng.fork('draws')).dataSync());
    t.is(draws.length, 2 * 10);
    t.true(draws.every(Number.isFinite));
    model.dispose();
  });
}

test('the presets of the paper have the numbers of its Table 2', async (t) => {
  for (const preset of ['paper', 'uc-vld', 'c-vld']) {
    const { choices, training } = await load(preset);
    t.like(choices, {
      model: { consistency: { weight: 0.1 } },
      conditionEncoder: { width: 96, heads: 4, layers: 8, expansion: 2 },
      // Without a width of their own they have that of the encoder.
      codec: { width: undefined, encoderBlocks: 6, decoderBlocks: 6, expansion: 2 },
      denoiser: { width: undefined, blocks: 10, expansion: 2 },
    });
    t.like(training, { learningRate: 5e-4, fineTune: { learningRate: 1e-4 }, clipNorm: 1, batchSize: 4096 });
  }
});

test('UC-VLD shows the detector to the parton encoder, C-VLD to the decoder too', async (t) => {
  const conditions = await Promise.all(
    ['paper', 'uc-vld', 'c-vld'].map(async (preset) => (await load(preset)).choices),
  );
  t.deepEqual(
    conditions.map(({ codec }) => (codec as { condition?: string }).condition),
    ['none', 'encoder', 'both'],
  );
});

test('first-look presets have parts and losses of the paper; small has two options of its own', async (t) => {
  const { choices: paper } = await load('paper');
  for (const preset of ['small', 'tiny']) {
    const { choices } = await load(preset);
    t.deepEqual(
      Object.entries(choices).map(([role, choice]) => [role, (choice as { kind: string }).kind]),
      Object.entries(paper).map(([role, choice]) => [role, (choice as { kind: string }).kind]),
    );
    const { diffusion, finalLatent, ...losses } = choices['model'] as Choice;
    const { diffusion: bound, finalLatent: ending, ...published } = paper['model'] as Choice;
    t.deepEqual(losses, published);
    if (preset === 'tiny') t.deepEqual({ diffusion, finalLatent }, { diffusion: bound, finalLatent: ending });
  }
});
