import * as tf from '@tensorflow/tfjs-core';
import {
  component,
  type Diffusion,
  Distillation,
  type EventBatch,
  type GenerativeModel,
  type ModelDiffusion,
  type Rng,
  type StageLoss,
  UserError,
} from '@unfold-zoo/core';
import { alpha, makeDiffusion, sigma, transferCoefficients, unrecorded } from '@unfold-zoo/core/diffusion';
import { weightedMean } from '@unfold-zoo/core/losses';
import { mapEncoded } from '@unfold-zoo/core/nn';
import { z } from 'zod';
import { dpmSolver2M } from '../samplers/dpm-solver-2m.js';
import { timesBetween } from '../samplers/step-spacing.js';
import { DistilledModel } from './distilled-model.js';
import { type Segment, segmentsOf } from './segments-of.js';
import type { Teacher } from './teacher.js';

const options = z.object({
  teacherSteps: z
    .int()
    .positive()
    .default(4)
    .describe('Steps of DPM-Solver++(2M) in which the teacher goes the way of one step of the sampler'),
});

/** Parsed options of `segments`. */
export type SegmentOptions = z.output<typeof options>;

/** What a step of the stage needs of the model. */
interface Lesson {
  readonly diffusion: ModelDiffusion;
  readonly teacher: Teacher;
  readonly teacherSteps: number;
}

/**
 * Where the teacher takes latents z_t, [B, L], on the way of one step, as the noise [B, L] that a student has to
 * predict to take them there in one step (`transfer`, solved for the noise).
 */
function lesson(latent: tf.Tensor2D, { t, s }: Segment, teacher: Diffusion, steps: number, rng: Rng): tf.Tensor2D {
  if (s === undefined) return teacher.predictNoise(latent, t);
  const sampler = dpmSolver2M(steps);
  const times = timesBetween('gamma', steps, teacher, [t, s]);
  let reached = { latent, t, state: { index: 0, times, history: [] as tf.Tensor2D[] } };
  while (reached.t !== s) reached = sampler.step(reached, teacher, rng);
  const factor = transferCoefficients(teacher.gamma(t), teacher.gamma(s));
  return tf.div(tf.sub(reached.latent, tf.mul(latent, factor.latent)), factor.noise);
}

/** A value of each segment, for each of B events: [S B], segment by segment. */
function ofSegments(segments: readonly Segment[], events: number, value: (t: number) => number): tf.Tensor1D {
  return tf.concat1d(segments.map(({ t }) => tf.fill<tf.Rank.R1>([events], value(t))));
}

/**
 * The squared error of the noise that the student predicts at the start of every step of the sampler, against that
 * which takes a latent where the teacher goes in many. Weighted by 1 + exp(gamma), as `diffusion.weighting: velocity`.
 */
function segmentLoss({ diffusion, teacher, teacherSteps }: Lesson, batch: EventBatch, rng: Rng): StageLoss {
  const { schedule, denoiser, sampler, takesOffLastNoise } = diffusion;
  const { latent, encoded } = diffusion.latents(batch, rng);
  const { summary, objects } = encoded;
  const taught = makeDiffusion(schedule, (noisy, level) => denoiser.predictNoise(noisy, level, summary, objects));
  const segments = segmentsOf(sampler, taught, takesOffLastNoise);
  const noise = rng.normalTensor(...latent.shape);
  const noisy = segments.map(({ t }) => {
    const gamma = taught.gamma(t);
    return tf.add<tf.Tensor2D>(tf.mul(latent, alpha(gamma)), tf.mul(noise, sigma(gamma)));
  });
  const lessons = unrecorded(() =>
    teacher.lecture(() =>
      tf.concat2d(
        segments.map((each, i) => lesson(noisy[i]!, each, taught, teacherSteps, rng)),
        0,
      ),
    ),
  );
  const repeated = <Rows extends tf.Tensor>(rows: Rows): Rows =>
    tf.concat(Array<tf.Tensor>(segments.length).fill(rows), 0) as Rows;
  const gamma = ofSegments(segments, latent.shape[0], (t) => taught.gamma(t));
  const level = { t: ofSegments(segments, latent.shape[0], (t) => t), gamma };
  const all = mapEncoded(encoded, repeated);
  const predicted = denoiser.predictNoise(tf.concat2d(noisy, 0), level, all.summary, all.objects);
  const error = tf.mul<tf.Tensor1D>(tf.mean(tf.squaredDifference(lessons, predicted), 1), tf.add(1, tf.exp(gamma)));
  return { terms: { distillation: weightedMean(error, batch.weights && repeated(batch.weights)) } };
}

/** The stage `distillation` of a model. @throws UserError for a model that cannot be taught. */
export function distilled(model: GenerativeModel, { teacherSteps }: SegmentOptions): GenerativeModel {
  const { diffusion } = model;
  if (!diffusion) {
    throw new UserError(
      'invalid distillation: the model draws without a diffusion, in one step as it is; leave distillation out',
    );
  }
  if (!diffusion.sampler.firstOrder) {
    throw new UserError(
      'invalid sampler: distillation teaches steps that ask for the noise once and keep it; take sampler.kind ddim ' +
        'or euler, with as few steps as are to be taught',
    );
  }
  return new DistilledModel(model, diffusion.denoiser.parameters, (teacher, batch, rng) =>
    segmentLoss({ diffusion, teacher, teacherSteps }, batch, rng),
  );
}

/** The component `segments` of the role `distillation`. */
export const segmentDistillation = component(Distillation, 'segments', {
  description:
    'Teaches the denoiser to go in each step of the sampler where it goes in many (Luhman and Luhman 2021, step by ' +
    'step of the sampler, as Salimans and Ho 2022 halve them)',
  options,
  create: ({ options }) => ({ distil: (model) => distilled(model, options) }),
});
