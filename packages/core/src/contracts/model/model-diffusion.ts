import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Rng } from '../../rng.js';
import type { EncodedObservation } from './condition-encoder.js';
import type { Denoiser } from './denoiser.js';
import type { NoiseSchedule } from './noise-schedule.js';
import type { EventBatch } from './observation.js';
import type { Sampler } from './sampler.js';

/** The diffusion of latents that a model draws with, for whoever teaches it to draw in fewer steps. */
export interface ModelDiffusion {
  readonly schedule: NoiseSchedule;
  readonly denoiser: Denoiser;
  readonly sampler: Sampler;
  /** Whether the denoiser is asked once more at t = 0, for the noise that is left there. */
  readonly takesOffLastNoise: boolean;
  /** Latents [B, L] of the truth of a batch, and what the denoiser sees of its detector. */
  latents(batch: EventBatch, rng: Rng): { readonly latent: Tensor2D; readonly encoded: EncodedObservation };
}
