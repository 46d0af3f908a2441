import * as tf from '@tensorflow/tfjs-core';
import { component, type Diffusion, type Rng, Sampler } from '@unfold-zoo/core';
import { alpha, sigma } from '@unfold-zoo/core/diffusion';
import { z } from 'zod';
import { type FixedStepState, fixedStepOptions, type Move, singleSteps } from './fixed-steps.js';
import type { StepSpacing } from './step-spacing.js';

/** Draws z_s from q(z_s | z_t, x), x estimated by the denoiser (Kingma et al. 2021). First order in distribution. */
export function ancestral(steps: number, spacing: StepSpacing = 'time'): Sampler<FixedStepState> {
  return singleSteps(steps, spacing, ancestralStep);
}

function ancestralStep({ latent, t, s }: Move, diffusion: Diffusion, rng: Rng): tf.Tensor2D {
  const [gammaT, gammaS] = [diffusion.gamma(t), diffusion.gamma(s)];
  const fresh = -Math.expm1(gammaS - gammaT);
  const mean = tf.mul(
    alpha(gammaS) / alpha(gammaT),
    tf.sub(latent, tf.mul(sigma(gammaT) * fresh, diffusion.predictNoise(latent, t))),
  );
  const noise = rng.normalTensor(...latent.shape);
  return tf.add(mean, tf.mul(sigma(gammaS) * Math.sqrt(fresh), noise));
}

/** The component `ancestral` of the role `sampler`; see `ancestral`. */
export const ancestralSampler = component(Sampler, 'ancestral', {
  description: 'Random, one evaluation of the denoiser a step',
  options: z.object(fixedStepOptions({ steps: 250, spacing: 'time' })),
  create: ({ options }) => ancestral(options.steps, options.spacing),
});
