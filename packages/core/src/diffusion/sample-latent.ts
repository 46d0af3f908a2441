import * as tf from '@tensorflow/tfjs-core';
import type { EncodedObservation } from '../contracts/model/condition-encoder.js';
import type { Denoiser } from '../contracts/model/denoiser.js';
import type { NoiseSchedule } from '../contracts/model/noise-schedule.js';
import type { Diffusion, Sampler } from '../contracts/model/sampler.js';
import { mapEncoded, repeatRows } from '../nn/repeat-rows.js';
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

/** Events to sample latents for. */
export interface SampledEvents {
  /** Of E events. */
  readonly encoded: EncodedObservation;
  /** Of a latent. */
  readonly width: number;
  /** Latents of each event. Default 1. */
  readonly draws?: number;
}

/**
 * Latents [E draws, width] for E encoded events, those of an event side by side: from noise at t = 1 to one that a
 * codec can decode.
 */
export function sampleLatent(
  { schedule, denoiser, sampler, finalLatent: kind }: DiffusionParts & LatentSampling,
  { encoded, width, draws = 1 }: SampledEvents,
  rng: Rng,
): tf.Tensor2D {
  return tf.tidy(() => {
    const { temperature = 1 } = sampler;
    const noise = tf.mul<tf.Tensor2D>(temperature, rng.normalTensor(encoded.summary.shape[0] * draws, width));
    const diffusion = diffusionOf(schedule, denoiser, { encoded, draws });
    return finalLatent(denoise(sampler, noise, diffusion, rng), diffusion, kind);
  });
}

function diffusionOf(
  schedule: NoiseSchedule,
  denoiser: Denoiser,
  { encoded, draws }: { readonly encoded: EncodedObservation; readonly draws: number },
): Diffusion {
  const predictor = denoiser.forEvents?.(encoded, draws);
  if (predictor) return makeDiffusion(schedule, predictor, 'one');
  const { summary, objects } = mapEncoded(encoded, (rows) => repeatRows(rows, draws));
  return makeDiffusion(schedule, (latent, level) => denoiser.predictNoise(latent, level, summary, objects));
}
