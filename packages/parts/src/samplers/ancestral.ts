import * as tf from '@tensorflow/tfjs-core';
import { component, type Diffusion, type Rng, Sampler } from '@unfold-zoo/core';
import { alpha, sigma } from '@unfold-zoo/core/diffusion';
import { z } from 'zod';
import { type FixedStepState, fixedStepOptions, type Move, singleSteps } from './fixed-steps.js';
import type { StepSpacing } from './step-spacing.js';

/** Draws z_s from q(z_s | z_t, x), x estimated by the denoiser (Kingma et al. 2021). First order in distribution. */
export function ancestral(
  steps: number,
  spacing: StepSpacing = 'time',
  temperature: number = 1,
): Sampler<FixedStepState> {
  const step = (move: Move, diffusion: Diffusion, rng: Rng): tf.Tensor2D =>
    ancestralStep(move, diffusion, tf.mul(temperature, rng.normalTensor(...move.latent.shape)));
  return { ...singleSteps(steps, spacing, step), temperature };
}

function ancestralStep({ latent, t, s }: Move, diffusion: Diffusion, noise: tf.Tensor2D): tf.Tensor2D {
  const [gammaT, gammaS] = [diffusion.gamma(t), diffusion.gamma(s)];
  const fresh = -Math.expm1(gammaS - gammaT);
  const mean = tf.mul(
    alpha(gammaS) / alpha(gammaT),
    tf.sub(latent, tf.mul(sigma(gammaT) * fresh, diffusion.predictNoise(latent, t))),
  );
  return tf.add(mean, tf.mul(sigma(gammaS) * Math.sqrt(fresh), noise));
}

/** The component `ancestral` of the role `sampler`; see `ancestral`. */
export const ancestralSampler = component(Sampler, 'ancestral', {
  description: 'Random, one evaluation of the denoiser a step',
  options: z.object(fixedStepOptions({ steps: 250, spacing: 'time' })),
  create: ({ options }) => ancestral(options.steps, options.spacing, options.temperature),
});
