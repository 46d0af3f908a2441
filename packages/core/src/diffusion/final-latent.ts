import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Diffusion } from '../contracts/model/sampler.js';
import { alpha, sigma } from './variance-preserving.js';

/** Option `finalLatent` of the models that decode what they have sampled. */
export const finalLatentOption = z
  .enum(['noisy', 'denoised'])
  .default('noisy')
  .describe(
    'What is decoded in the end: z_0 / alpha_0, in which the noise of t = 0 still is (paper), or with that noise ' +
      'predicted and taken off, for one more evaluation of the denoiser',
  );

/** Parsed option `finalLatent`. */
export type FinalLatent = z.output<typeof finalLatentOption>;

/**
 * What a codec is given of a latent z_0 that a sampler ends with, [B, L] -> [B, L]: z_0 / alpha_0, which still holds
 * the noise exp(gamma_0 / 2), or the mean of the latents without noise that it may come from.
 */
export function finalLatent(latent: tf.Tensor2D, diffusion: Diffusion, kind: FinalLatent = 'noisy'): tf.Tensor2D {
  const gamma = diffusion.gamma(0);
  if (kind === 'noisy') return tf.div(latent, alpha(gamma));
  return tf.div(tf.sub(latent, tf.mul(sigma(gamma), diffusion.predictNoise(latent, 0))), alpha(gamma));
}
