import * as tf from '@tensorflow/tfjs-core';
import type { EncodedObservation } from '../contracts/model/condition-encoder.js';
import type { Denoiser, NoisePredictor } from '../contracts/model/denoiser.js';
import type { Sampler } from '../contracts/model/sampler.js';
import type { Rng } from '../rng.js';
import { denoise } from './denoise.js';
import type { DiffusionParts } from './diffusion-terms.js';
import { type FinalLatent, finalLatent } from './final-latent.js';
import { makeDiffusion } from './make-diffusion.js';

/** How latents are sampled. */
export interface LatentSampling {
  readonly sampler: Sampler;
  /** What is decoded in the end. Default: `noisy`. */
  readonly finalLatent?: FinalLatent;
}

/** A latent [B, width] for each of B encoded events: from noise at t = 1 to one that a codec can decode. */
export function sampleLatent(
  { schedule, denoiser, sampler, finalLatent: kind }: DiffusionParts & LatentSampling,
  { encoded, width }: { readonly encoded: EncodedObservation; readonly width: number },
  rng: Rng,
): tf.Tensor2D {
  return tf.tidy(() => {
    const noise = rng.normalTensor(encoded.summary.shape[0], width);
    const diffusion = makeDiffusion(schedule, predictorFor(denoiser, encoded));
    return finalLatent(denoise(sampler, noise, diffusion, rng), diffusion, kind);
  });
}

function predictorFor(denoiser: Denoiser, encoded: EncodedObservation): NoisePredictor {
  const { summary, objects } = encoded;
  return denoiser.forEvents?.(encoded) ?? ((latent, level) => denoiser.predictNoise(latent, level, summary, objects));
}
