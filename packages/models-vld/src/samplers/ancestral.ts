import * as tf from '@tensorflow/tfjs-core';
import { alpha, component, type Diffusion, type Rng, Sampler, sigma } from '@unfold-zoo/core';
import { z } from 'zod';
import { evenTimes, samplerOptions } from './even-times.js';

/** Draws z_s from q(z_s | z_t, x), x estimated by the denoiser (Kingma et al. 2021). First order in distribution. */
export function ancestral(steps: number): Sampler<[]> {
  return {
    times: () => evenTimes(steps),
    init: () => [],
    step: (latent, { t, s }, state, diffusion, rng) => ({
      latent: ancestralStep(latent, { t, s }, diffusion, rng),
      state,
    }),
  };
}

function ancestralStep(
  latent: tf.Tensor2D,
  { t, s }: { readonly t: number; readonly s: number },
  diffusion: Diffusion,
  rng: Rng,
): tf.Tensor2D {
  const [gammaT, gammaS] = [diffusion.gamma(t), diffusion.gamma(s)];
  const fresh = -Math.expm1(gammaS - gammaT);
  const mean = tf.mul(
    alpha(gammaS) / alpha(gammaT),
    tf.sub(latent, tf.mul(sigma(gammaT) * fresh, diffusion.predictNoise(latent, t))),
  );
  const noise = rng.normalTensor(...latent.shape);
  return tf.add(mean, tf.mul(sigma(gammaS) * Math.sqrt(fresh), noise));
}

export const ancestralSampler = component(Sampler, 'ancestral', {
  description: 'Random, one evaluation of the denoiser a step',
  options: z.object({
    ...samplerOptions,
    steps: samplerOptions.steps.default(250),
  }),
  create: ({ options }) => ancestral(options.steps),
});
