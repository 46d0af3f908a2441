import type * as tf from '@tensorflow/tfjs-core';
import { component, type Diffusion, Sampler, transfer } from '@unfold-zoo/core';
import { z } from 'zod';
import { evenTimes, samplerOptions } from './even-times.js';

/** Deterministic, first order, one evaluation a step (Song et al. 2021, DDIM, eq. 12 with eta = 0). */
export function ddim(steps: number): Sampler<[]> {
  return {
    times: () => evenTimes(steps),
    init: () => [],
    step: (latent, { t, s }, state, diffusion) => ({ latent: ddimStep(latent, t, s, diffusion), state }),
  };
}

function ddimStep(latent: tf.Tensor2D, t: number, s: number, diffusion: Diffusion): tf.Tensor2D {
  return transfer(latent, diffusion.predictNoise(latent, t), diffusion.gamma(t), diffusion.gamma(s));
}

export const ddimSampler = component(Sampler, 'ddim', {
  description: 'Deterministic, first order, one evaluation of the denoiser a step',
  options: z.object(samplerOptions),
  create: ({ options }) => ddim(options.steps),
});
