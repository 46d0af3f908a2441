import '../tfjs.js';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { isUserError, type Reporter, Rng } from '@unfold-zoo/core';
import { CheckpointStore, readCheckpoint, train } from '@unfold-zoo/core/training';
import { Clip, Ldm, type LdmOptions, type LdmParts } from '@unfold-zoo/models-baselines';
import { IdentityCodec, LearnedSchedule, pndm } from '@unfold-zoo/parts';
import test from 'ava';
import { shortTraining, ToySource, toyRun } from '../core/training/toy.js';
import { BumpDenoiser, LinearEncoder, ScalingCodec, unitScaling } from '../models-vld/toy-networks.js';
import { LinearCodec } from '../parts/linear-codec.js';
import { weightsOf } from '../parts/networks.js';
import { assembled } from './assembled.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const rng = new Rng(41);

function ldm(parts: Partial<LdmParts> = {}, options: Partial<LdmOptions> = {}): Ldm {
  const usual: LdmParts = {
    conditionEncoder: new LinearEncoder(2),
    codec: new ScalingCodec(2, 1, 0.1),
    schedule: new LearnedSchedule({ hidden: 8, min: -6, max: 4, learnEndPoints: false }),
    denoiser: new BumpDenoiser({ latent: 2, condition: 2 }, 6, [-6, 4]),
    sampler: pndm(5, 'runge-kutta'),
    scaling: unitScaling(1),
  };
  const consistency = { weight: 0, form: 'mae' } as const;
  const diffusion = { weighting: 'bound', latentVariance: 1, noiseDraws: 1 } as const;
  const weights = { priorWeight: 1e-4, reconstructionWeight: 1 };
  const fixed = { reduction: 'mean', finalLatent: 'noisy', clip: false } as const;
  const plain = { ...fixed, ...weights, diffusion, consistency };
  return new Ldm({ ...usual, ...parts }, { ...plain, ...options }, rng);
}

/** The names of the parameters of each group of each stage. */
function groupNames(model: Ldm): Record<string, Record<string, string[]>> {
  const names = new Map([...model.namedParameters()].map(([name, parameter]) => [parameter, name]));
  const group = (parameters: readonly tf.Variable[]) => parameters.map((parameter) => names.get(parameter)!);
  return Object.fromEntries(
    model.stages.map(({ name, groups }) => [
      name,
      Object.fromEntries(groups.map((each) => [each.name, group(each.parameters)])),
    ]),
  );
}

test('an LDM trains its codec, then its condition encoder, denoiser and schedule', (t) => {
  t.deepEqual(groupNames(ldm()), {
    codec: { network: ['codec.factor', 'codec.logStd', 'codec.inverse'] },
    diffusion: {
      network: ['conditionEncoder.weight', 'denoiser.weight'],
      schedule: ['schedule.inputWeight', 'schedule.bias', 'schedule.outputWeight'],
    },
  });
});

test('with CLIP the first stage trains the condition encoder too, and the two projections', (t) => {
  const { codec, diffusion } = groupNames(ldm({}, { clip: true }));
  t.deepEqual(codec!['network'], [
    'codec.factor',
    'codec.logStd',
    'codec.inverse',
    'conditionEncoder.weight',
    'clip.latentProjection.kernel',
    'clip.conditionProjection.kernel',
    'clip.logScale',
  ]);
  t.deepEqual(diffusion, groupNames(ldm())['diffusion']);
});

test('the CLIP loss of latents that are all alike is the logarithm of the batch', (t) => {
  const clip = new Clip({ latent: 3, condition: 2 }, rng.fork('clip'));
  const same = tf.tile(rng.fork('row').normalTensor(1, 3), [32, 1]) as tf.Tensor2D;
  const loss = clip.loss(same, tf.ones([32, 2])).dataSync()[0]!;
  t.true(Math.abs(loss - Math.log(32)) < 1e-5);
});

test('the CLIP loss does not see the lengths of latents, and its temperature is bounded', (t) => {
  const clip = new Clip({ latent: 3, condition: 2 }, rng.fork('clip'));
  const [latent, condition] = [rng.fork('a').normalTensor(16, 3), rng.fork('b').normalTensor(16, 2)];
  const loss = (scaled: tf.Tensor2D) => clip.loss(scaled, condition).dataSync()[0]!;
  t.true(Math.abs(loss(tf.mul(7, latent)) - loss(latent)) < 1e-5);
  clip.logScale.assign(tf.scalar(Math.log(100)));
  const atLimit = loss(latent);
  clip.logScale.assign(tf.scalar(9));
  t.is(loss(latent), atLimit);
});

test('a CLIP loss falls to near 0 when it is trained on pairs that can be told apart', (t) => {
  const clip = new Clip({ latent: 8, condition: 8 }, rng.fork('clip'));
  const latent = rng.fork('a').normalTensor(16, 8);
  const condition: tf.Tensor2D = tf.neg(latent);
  const optimizer = tf.train.adam(0.05);
  const loss = () => clip.loss(latent, condition);
  t.true(loss().dataSync()[0]! > Math.log(16));
  for (let i = 0; i < 200; i++) optimizer.minimize(loss, false, clip.parameters as tf.Variable[]);
  t.true(loss().dataSync()[0]! < 0.05);
});

test('an LDM refuses a codec that it cannot freeze, and a schedule that would run away', (t) => {
  const start = { encoder: 1, encoderCondition: 0, logStd: -1, decoder: 1, decoderCondition: 0 };
  for (const [parts, message] of [
    [{ codec: new LinearCodec('encoder', start) }, /^invalid codec: it sees the detector/],
    [{ codec: new LinearCodec('both', start) }, /^invalid codec: it sees the detector/],
    [{ codec: new IdentityCodec(2) }, /^invalid codec: it has nothing to train/],
    [
      { schedule: new LearnedSchedule({ hidden: 8, min: -6, max: 4, learnEndPoints: true }) },
      /^invalid schedule: .*learnEndPoints to false$/,
    ],
  ] as const) {
    t.true(isUserError(t.throws(() => ldm(parts), { message })));
  }
});

const folder = (): string => mkdtempSync(join(tmpdir(), 'unfold-ldm-'));
const STEPS = 20;
const CODEC_STEPS = 5;
const options = shortTraining({
  steps: STEPS,
  stages: { codec: { share: 0.25 }, diffusion: { share: 0.75 } },
  checkpointEvery: 4,
  keepCheckpoints: 100,
});

/** Trains the LDM of the preset, at its smallest, on the toy source; `killAt` throws after that step. */
async function trainLdm(directory: string, { resume = false, killAt = -1 } = {}): Promise<void> {
  const source = new ToySource();
  const model = await assembled('ldm', source.spec);
  const killer: Reporter = {
    onStep: ({ step }) => {
      if (step === killAt) throw new Error('killed');
    },
  };
  const path = resume ? new CheckpointStore(directory).find('latest') : undefined;
  const goesOn = path ? { resume: { path, checkpoint: readCheckpoint(path) } } : {};
  await train(await toyRun(directory, { model, source, options, reporters: [killer], ...goesOn }));
  model.dispose();
}

const weightsAt = (directory: string, step: number): ReadonlyMap<string, { readonly values: Float32Array }> =>
  readCheckpoint(join(directory, 'checkpoints', `step-${step}`)).weights;

test.serial('what the first stage has trained does not move by one bit in the second', async (t) => {
  const directory = folder();
  await trainLdm(directory);
  const before = weightsAt(directory, CODEC_STEPS);
  const after = weightsAt(directory, STEPS);
  const moved = [...before].filter(
    ([name, { values }]) => !Buffer.from(values.buffer).equals(Buffer.from(after.get(name)!.values.buffer)),
  );
  const moving = [...before.keys()].filter((name) => !name.startsWith('codec.'));
  t.deepEqual(
    moved.map(([name]) => name),
    moving,
  );
  t.true(moving.length < before.size);
});

for (const killAt of [3, CODEC_STEPS, CODEC_STEPS + 1, 17]) {
  test.serial(`an LDM killed after step ${killAt} and resumed ends with the weights of one never killed`, async (t) => {
    const [whole, broken] = [folder(), folder()];
    await trainLdm(whole);
    await t.throwsAsync(trainLdm(broken, { killAt }), { message: 'killed' });
    await trainLdm(broken, { resume: true });
    const final = (directory: string) =>
      readFileSync(join(directory, 'checkpoints', `step-${STEPS}`, 'weights.safetensors'));
    t.true(final(broken).equals(final(whole)));
  });
}

test.serial('the first stage leaves alone what only the second trains', async (t) => {
  const directory = folder();
  await trainLdm(directory);
  const fresh = weightsOf(await assembled('ldm', new ToySource().spec));
  const after = weightsAt(directory, CODEC_STEPS);
  for (const [name, values] of Object.entries(fresh)) {
    if (!name.startsWith('codec.')) t.deepEqual([...after.get(name)!.values], values, name);
  }
});
