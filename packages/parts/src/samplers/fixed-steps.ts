import type * as tf from '@tensorflow/tfjs-core';
import type { Diffusion, Rng, Sampler } from '@unfold-zoo/core';
import { z } from 'zod';
import { STEP_SPACINGS, type StepSpacing, stepTimes } from './step-spacing.js';

/** An option of every sampler. */
export const temperatureOption = z
  .number()
  .positive()
  .max(2)
  .default(1)
  .describe(
    'By what the random numbers are multiplied that draws start from: below 1 draws spread less, for a model whose ' +
      'posteriors turn out too wide',
  );

/** Options of every sampler whose steps are known beforehand. */
export function fixedStepOptions(defaults: { readonly steps: number; readonly spacing: StepSpacing }) {
  return {
    steps: z.int().min(1).default(defaults.steps).describe('Steps from noise to data'),
    spacing: z
      .enum(STEP_SPACINGS)
      .default(defaults.spacing)
      .describe(
        'Where the steps lie: even in the time t, even in gamma = -log SNR, or between the two as Karras et al. 2022 ' +
          'have them (rho = 7 in sigma / alpha)',
      ),
    temperature: temperatureOption,
  };
}

/** One step of a sampler, from time `t` to an earlier time `s`. */
export interface Move {
  readonly latent: tf.Tensor2D;
  readonly t: number;
  readonly s: number;
  /** The time before `t`; undefined in the first step. */
  readonly before: number | undefined;
  /** Steps done so far. */
  readonly index: number;
}

/** What a method knows on the way, e.g. earlier predictions, newest first. */
export type History = readonly tf.Tensor2D[];

/** Moves a latent [B, L], and says what the next step is to know. */
export type StepMethod = (
  move: Move,
  history: History,
  diffusion: Diffusion,
  rng: Rng,
) => { readonly latent: tf.Tensor2D; readonly history: History };

/** Before a step: its place among the times, all of which are known, and the method's history. */
export type FixedStepState = {
  readonly index: number;
  readonly times: number[];
  readonly history: tf.Tensor2D[];
};

/** A sampler that repeats a method over `steps` steps. The method must treat each row of a latent by itself. */
export function fixedSteps(steps: number, spacing: StepSpacing, method: StepMethod): Sampler<FixedStepState> {
  return {
    batchIndependent: true,
    init: (diffusion) => ({ index: 0, times: stepTimes(spacing, steps, diffusion), history: [] }),
    step: ({ latent, t, state: { index, times, history } }, diffusion, rng) => {
      const s = times[index + 1]!;
      const next = method({ latent, t, s, before: times[index - 1], index }, history, diffusion, rng);
      return { latent: next.latent, t: s, state: { index: index + 1, times, history: [...next.history] } };
    },
  };
}

/** A sampler whose steps know nothing of each other. */
export function singleSteps(
  steps: number,
  spacing: StepSpacing,
  method: (move: Move, diffusion: Diffusion, rng: Rng) => tf.Tensor2D,
): Sampler<FixedStepState> {
  return fixedSteps(steps, spacing, (move, history, diffusion, rng) => ({
    latent: method(move, diffusion, rng),
    history,
  }));
}
