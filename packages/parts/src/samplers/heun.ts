import * as tf from '@tensorflow/tfjs-core';
import { component, type Diffusion, Sampler } from '@unfold-zoo/core';
import { transfer } from '@unfold-zoo/core/diffusion';
import { z } from 'zod';
import { type FixedStepState, fixedStepOptions, type Move, singleSteps } from './fixed-steps.js';
import type { StepSpacing } from './step-spacing.js';

/**
 * Heun's method in sigma / alpha (Karras et al. 2022, algorithm 1): an Euler step, corrected by the mean of the noises
 * predicted at its two ends. Second order, two evaluations a step. Noise never vanishes here, so the last step is like
 * the rest.
 */
export function heun(steps: number, spacing: StepSpacing = 'karras'): Sampler<FixedStepState> {
  return singleSteps(steps, spacing, heunStep);
}

/** One Heun step: `averagedNoise`, then a transfer along it. */
export function heunStep({ latent, t, s }: Pick<Move, 'latent' | 't' | 's'>, diffusion: Diffusion): tf.Tensor2D {
  const noise = averagedNoise({ latent, first: diffusion.predictNoise(latent, t), t, s }, diffusion);
  return transfer(latent, noise, diffusion.gamma(t), diffusion.gamma(s));
}

/** The mean of the noise `first` predicted at `t` and that predicted where it leads to at `s`. */
export function averagedNoise(
  { latent, first, t, s }: { latent: tf.Tensor2D; first: tf.Tensor2D; t: number; s: number },
  diffusion: Diffusion,
): tf.Tensor2D {
  const reached = transfer(latent, first, diffusion.gamma(t), diffusion.gamma(s));
  return tf.mul(tf.add(first, diffusion.predictNoise(reached, s)), 0.5);
}

/** The component `heun` of the role `sampler`; see `heun`. */
export const heunSampler = component(Sampler, 'heun', {
  description: 'Deterministic, second order in sigma / alpha, two evaluations of the denoiser a step',
  options: z.object(fixedStepOptions({ steps: 25, spacing: 'karras' })),
  create: ({ options }) => ({ ...heun(options.steps, options.spacing), temperature: options.temperature }),
});
