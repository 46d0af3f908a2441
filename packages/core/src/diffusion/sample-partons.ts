import * as tf from '@tensorflow/tfjs-core';
import type { ConditionEncoder } from '../contracts/condition-encoder.js';
import type { LatentCodec } from '../contracts/latent-codec.js';
import type { Observation } from '../contracts/observation.js';
import type { Sampler } from '../contracts/sampler.js';
import type { Rng } from '../rng.js';
import type { DiffusionParts } from './diffusion-terms.js';
import { sampleLatent } from './sample-latent.js';

/** The networks of a diffusion of latents that a codec decodes into partons. */
export interface LatentDiffusionParts extends DiffusionParts {
  readonly conditionEncoder: ConditionEncoder;
  readonly codec: LatentCodec;
}

/** One draw per event, [B, P], standardised: a latent is drawn given the detector, and decoded. */
export function samplePartons(
  { conditionEncoder, codec, schedule, denoiser }: LatentDiffusionParts,
  sampler: Sampler,
  observed: Observation,
  rng: Rng,
): tf.Tensor2D {
  return tf.tidy(() => {
    const condition = conditionEncoder.encode(observed);
    const latent = sampleLatent({ schedule, denoiser, sampler }, { condition, width: codec.latentWidth }, rng);
    return codec.decode(latent, condition);
  });
}
