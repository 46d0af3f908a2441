import type * as tf from '@tensorflow/tfjs-core';
import { component, type Diffusion, Sampler } from '@unfold-zoo/core';
import { transfer } from '@unfold-zoo/core/diffusion';
import { z } from 'zod';
import { type FixedStepState, fixedStepOptions, type Move, singleSteps } from './fixed-steps.js';
import type { StepSpacing } from './step-spacing.js';

/**
 * Euler's method for the probability-flow equation d(z / alpha) / d(sigma / alpha) = epsilon (Karras et al. 2022, eq. 1
 * with z / alpha for x and sigma / alpha for sigma). First order, one evaluation a step.
 */
export function euler(steps: number, spacing: StepSpacing = 'karras'): Sampler<FixedStepState> {
  return { ...singleSteps(steps, spacing, eulerStep), firstOrder: true };
}

/** The latent at `s` if the noise predicted at `t` stays the same on the way. */
export function eulerStep({ latent, t, s }: Pick<Move, 'latent' | 't' | 's'>, diffusion: Diffusion): tf.Tensor2D {
  return transfer(latent, diffusion.predictNoise(latent, t), diffusion.gamma(t), diffusion.gamma(s));
}

/** The component `euler` of the role `sampler`; see `euler`. */
export const eulerSampler = component(Sampler, 'euler', {
  description: 'Deterministic, first order in sigma / alpha, one evaluation of the denoiser a step',
  options: z.object(fixedStepOptions({ steps: 50, spacing: 'karras' })),
  create: ({ options }) => ({ ...euler(options.steps, options.spacing), temperature: options.temperature }),
});
