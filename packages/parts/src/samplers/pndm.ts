import * as tf from '@tensorflow/tfjs-core';
import { component, type Diffusion, Sampler } from '@unfold-zoo/core';
import { transfer } from '@unfold-zoo/core/diffusion';
import { z } from 'zod';
import { type FixedStepState, fixedStepOptions, fixedSteps, type History } from './fixed-steps.js';
import { averagedNoise } from './heun.js';
import type { StepSpacing } from './step-spacing.js';

/** How PNDM gets the history that its multistep formula needs. */
export type PndmStart = 'runge-kutta' | 'linear';

/** Adams-Bashforth weights of orders 1 to 4, newest first. */
const MULTISTEP = [[1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24]] as const;
const HISTORY = 3;

/**
 * Pseudo numerical method for diffusion models (Liu et al. 2022), the paper's sampler: each step transfers the latent
 * along a combination of predicted noises. Its weights are those of steps of equal length in sigma / alpha: fourth
 * order where the steps are so. On every other spacing neighbouring steps differ, by an amount that falls with their
 * number, and second order remains.
 *
 * `runge-kutta` starts with three pseudo Runge-Kutta steps of four evaluations each; `linear` with one
 * step of two evaluations, then multistep formulas of rising order (S + 1 evaluations in all).
 */
export function pndm(steps: number, start: PndmStart, spacing: StepSpacing = 'time'): Sampler<FixedStepState> {
  return fixedSteps(steps, spacing, ({ latent, t, s, index }, history, diffusion) => {
    const first = diffusion.predictNoise(latent, t);
    const move = { latent, first, t, s };
    const noise =
      start === 'runge-kutta' && index < HISTORY
        ? rungeKuttaNoise(move, diffusion)
        : start === 'linear' && index === 0
          ? averagedNoise(move, diffusion)
          : multistep([first, ...history]);
    return {
      latent: transfer(latent, noise, diffusion.gamma(t), diffusion.gamma(s)),
      history: [first, ...history].slice(0, HISTORY),
    };
  });
}

interface Start {
  readonly latent: tf.Tensor2D;
  /** The noise predicted at `t`. */
  readonly first: tf.Tensor2D;
  readonly t: number;
  readonly s: number;
}

/** The classical combination of order 4, with a transfer for each move. */
function rungeKuttaNoise({ latent, first, t, s }: Start, diffusion: Diffusion): tf.Tensor2D {
  const half = (t + s) / 2;
  const predictAt = (time: number, noise: tf.Tensor2D): tf.Tensor2D =>
    diffusion.predictNoise(transfer(latent, noise, diffusion.gamma(t), diffusion.gamma(time)), time);
  const second = predictAt(half, first);
  const third = predictAt(half, second);
  const fourth = predictAt(s, third);
  return combine([1 / 6, 1 / 3, 1 / 3, 1 / 6], [first, second, third, fourth]);
}

function multistep(noises: History): tf.Tensor2D {
  return combine(MULTISTEP[noises.length - 1]!, noises);
}

function combine(weights: readonly number[], noises: readonly tf.Tensor2D[]): tf.Tensor2D {
  return tf.addN(noises.map((noise, i) => tf.mul<tf.Tensor2D>(noise, weights[i]!)));
}

/** The component `pndm` of the role `sampler`; see `pndm`. */
export const pndmSampler = component(Sampler, 'pndm', {
  description:
    "Deterministic, second order, one evaluation of the denoiser a step after the start (the paper's sampler)",
  options: z.object({
    ...fixedStepOptions({ steps: 50, spacing: 'time' }),
    start: z
      .enum(['runge-kutta', 'linear'])
      .default('runge-kutta')
      .describe('First steps: three of four evaluations each, or one of two'),
  }),
  create: ({ options }) => ({
    ...pndm(options.steps, options.start, options.spacing),
    temperature: options.temperature,
  }),
});
