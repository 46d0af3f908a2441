import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { type EventBatch, type GenerativeModel, Rng } from '@unfold-zoo/core';
import { lossAndGradients } from '@unfold-zoo/core/training';
import test from 'ava';
import { observation, SMALL } from '../parts/networks.js';
import { assembled, MODELS, readPreset } from './assembled.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const rng = new Rng(51);
/** Four events. `tf.tidy` frees what making them took; its types know nothing of read-only records. */
const batch = (): EventBatch =>
  tf.tidy(() => {
    const made: EventBatch = {
      partons: rng.fork('x').normalTensor(4, 10),
      observed: observation([3, 4, 5, 2], rng.fork('y')),
    };
    return made as unknown as tf.TensorContainerObject;
  }) as unknown as EventBatch;

const variants = (name: string) => (name === 'ldm' ? [[], ['model.clip=true']] : [[]]);

for (const name of MODELS) {
  for (const overrides of variants(name)) {
    const title = [name, ...overrides].join(', ');

    test.serial(
      `${title}: every parameter that trains is in a stage and receives a gradient in each of its own`,
      async (t) => {
        const model = await assembled(name, SMALL, overrides);
        const trained = new Set(model.stages.flatMap(({ groups }) => groups.flatMap(({ parameters }) => parameters)));
        t.deepEqual(model.parameters.filter(({ trainable }) => trainable).length, trained.size);
        for (const stage of model.stages) {
          const parameters = stage.groups.flatMap((group) => group.parameters);
          const { gradients, losses, release } = await lossAndGradients(
            stage,
            parameters,
            batch(),
            rng.fork(stage.name),
          );
          t.true(Number.isFinite(losses.loss));
          t.true(gradients.every((gradient) => gradient?.some((value) => value !== 0)));
          release();
        }
      },
    );

    test.serial(`${title}: a step of training and a draw leave no tensor behind`, async (t) => {
      const model = await assembled(name, SMALL, overrides);
      const step = async () => {
        for (const stage of model.stages) {
          const parameters = stage.groups.flatMap((group) => group.parameters);
          const given = batch();
          (await lossAndGradients(stage, parameters, given, rng.fork(stage.name))).release();
          tf.dispose(given as unknown as tf.TensorContainer);
        }
        tf.tidy(() => checkDraw(model));
      };
      await step();
      const before = tf.memory().numTensors;
      await step();
      t.is(tf.memory().numTensors, before);
    });
  }
}

function checkDraw(model: GenerativeModel): void {
  const { observed } = batch();
  const within = tf.memory().numTensors;
  const posterior = model.posterior(observed);
  const draws = posterior.draw(rng.fork('draw'));
  posterior.dispose();
  if (tf.memory().numTensors !== within + 1) throw new Error('a draw left tensors behind');
  if (!draws.dataSync().every(Number.isFinite)) throw new Error('a draw is not finite');
}

test('the models of the paper share the detector encoder, block sizes and training of its Table 2', async (t) => {
  const { choices: paper, training } = await readPreset('paper');
  for (const name of MODELS) {
    const preset = await readPreset(name);
    t.deepEqual(preset.choices['conditionEncoder'], paper['conditionEncoder'], name);
    t.deepEqual({ ...preset.training, stages: {} }, training, name);
    t.like(preset.choices['model'], { consistency: { weight: name === 'vdm' ? 0 : 0.1 } }, name);
    for (const [role, sizes] of [
      ['codec', { encoderBlocks: 6, decoderBlocks: 6, expansion: 2 }],
      ['denoiser', { blocks: 10, expansion: 2 }],
    ] as const) {
      const choice = preset.choices[role] as { kind: string } | undefined;
      if (choice && choice.kind !== 'identity') t.like(choice, sizes, name);
    }
  }
});

test('the stages of an LDM together take the steps of any other model', async (t) => {
  const { training } = await readPreset('ldm');
  t.is(
    Object.values(training.stages).reduce((sum, { share }) => sum + share, 0),
    1,
  );
});

test('a CINN has the sizes of its paper', async (t) => {
  const { choices } = await readPreset('cinn');
  t.like(choices['model'], { kind: 'cinn', blocks: 24, layers: 3, units: 256, clamp: 2 });
});

test('a model says in a sentence which codec and schedule it cannot work with', async (t) => {
  for (const [name, override, message] of [
    ['cvae', 'codec.condition=none', /^model: invalid codec: it shows the detector to neither half/],
    ['cvae', 'codec.condition=encoder', /^model: invalid codec: it shows the detector to its encoder alone/],
    ['ldm', 'codec.condition=both', /^model: invalid codec: it sees the detector/],
    ['ldm', 'schedule.learnEndPoints=true', /^model: invalid schedule: its end points are trained/],
  ] as const) {
    await t.throwsAsync(assembled(name, SMALL, [override]), { message });
  }
});
