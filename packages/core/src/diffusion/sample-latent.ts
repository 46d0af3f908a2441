import * as tf from '@tensorflow/tfjs-core';
import type { Sampler } from '../contracts/model/sampler.js';
import type { Rng } from '../rng.js';
import { denoise } from './denoise.js';
import type { DiffusionParts } from './diffusion-terms.js';
import { makeDiffusion } from './make-diffusion.js';
import { alpha } from './variance-preserving.js';

/**
 * A latent for each condition, [B, D] -> [B, width]: from noise at t = 1 to z_0 / alpha_0, which a codec can decode.
 */
export function sampleLatent(
  { schedule, denoiser, sampler }: DiffusionParts & { readonly sampler: Sampler },
  { condition, width }: { readonly condition: tf.Tensor2D; readonly width: number },
  rng: Rng,
): tf.Tensor2D {
  const noise = rng.normalTensor(condition.shape[0], width);
  const diffusion = makeDiffusion(schedule, (latent, level) => denoiser.predictNoise(latent, level, condition));
  return tf.div(denoise(sampler, noise, diffusion, rng), alpha(diffusion.gamma(0)));
}
