import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { type GenerativeModel, Rng, type Sampler, UserError } from '@unfold-zoo/core';
import { claimPosterior, linearGaussianEvents, trainBriefly } from '@unfold-zoo/core/testing';
import type { VldOptions } from '@unfold-zoo/models-vld';
import { ddim, distilled, dpmSolver2M, euler, LinearSchedule } from '@unfold-zoo/parts';
import test from 'ava';
import { BumpDenoiser, ScalingCodec, toyVld } from '../models-vld/toy-networks.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const range = [-8, 8] as const;

function toy(sampler: Sampler, options: Partial<VldOptions> = {}) {
  return toyVld(
    {
      codec: new ScalingCodec(2, 1, 0.02),
      schedule: new LinearSchedule(...range),
      denoiser: new BumpDenoiser({ latent: 2, condition: 2 }, 13, range),
      sampler,
    },
    { reconstructionWeight: 1000, ...options },
  );
}

const taught = (model: GenerativeModel, teacherSteps: number) => distilled(model, { teacherSteps });

const onlyDistillation = (model: GenerativeModel) => ({ stages: model.stages.slice(-1) }) as unknown as GenerativeModel;

test('three steps draw from the posterior once they are taught', (t) => {
  const model = toy(ddim(3, 'gamma'), { finalLatent: 'denoised' });
  trainBriefly(model, { steps: 200, learningRate: 0.1 });
  t.throws(() => claimPosterior(model), undefined, 'three untaught steps are too few');
  trainBriefly(onlyDistillation(taught(model, 8)), { steps: 60, learningRate: 0.05 });
  t.notThrows(() => claimPosterior(model));
});

test('a teacher that goes in the same steps teaches nothing', (t) => {
  const model = toy(euler(3, 'gamma'), { finalLatent: 'denoised' });
  trainBriefly(model, { steps: 20, learningRate: 0.1 });
  const [stage] = onlyDistillation(taught(model, 1)).stages;
  for (const { from, to } of stage!.copies!) to.assign(from);
  const rng = new Rng(3);
  const loss = tf.tidy(() => stage!.loss(linearGaussianEvents(32, rng), rng).terms['distillation']!.dataSync()[0]!);
  t.true(loss < 1e-10, `${loss}`);
});

test('the teacher stays as it was, and what is drawn before and after a lesson is the same', (t) => {
  const model = toy(ddim(2, 'gamma'));
  trainBriefly(model, { steps: 20, learningRate: 0.1 });
  const whole = taught(model, 4);
  const before = model.denoiser.parameters[0]!.dataSync().slice();
  trainBriefly(onlyDistillation(whole), { steps: 5, learningRate: 0.1 });
  const [name, teacher] = [...whole.namedParameters()].at(-1)!;
  t.is(name, 'teacher.weights.0');
  t.deepEqual(teacher.dataSync(), before);
  t.notDeepEqual(model.denoiser.parameters[0]!.dataSync(), before);
});

test('lessons leave no tensor behind', (t) => {
  const whole = onlyDistillation(taught(toy(ddim(2, 'gamma')), 2));
  trainBriefly(whole, { steps: 1, learningRate: 0.1 });
  const before = tf.memory().numTensors;
  trainBriefly(whole, { steps: 4, learningRate: 0.1 });
  t.is(tf.memory().numTensors, before);
});

test('a sampler that cannot be taught, and a model without a diffusion, are refused', (t) => {
  const message = (model: GenerativeModel) => t.throws(() => taught(model, 4), { instanceOf: UserError }).message;
  t.regex(message(toy(dpmSolver2M(4))), /^invalid sampler: .*take sampler\.kind ddim or euler/);
  t.regex(message({ ...toy(ddim(2)), diffusion: undefined } as never), /^invalid distillation: .*without a diffusion/);
});
