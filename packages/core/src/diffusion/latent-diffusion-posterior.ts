import type { ConditionEncoder } from '../contracts/model/condition-encoder.js';
import type { LatentCodec } from '../contracts/model/latent-codec.js';
import type { ModelDiffusion } from '../contracts/model/model-diffusion.js';
import type { Observation } from '../contracts/model/observation.js';
import type { Posterior } from '../contracts/model/posterior.js';
import { encodeDetector } from '../nn/encode-detector.js';
import { posteriorOfEncoded } from '../nn/encoded-posterior.js';
import { repeatRows } from '../nn/repeat-rows.js';
import type { DiffusionParts } from './diffusion-terms.js';
import { type LatentSampling, sampleLatent } from './sample-latent.js';

/** The networks of a diffusion of latents that a codec decodes into partons. */
export interface LatentDiffusionParts extends DiffusionParts {
  readonly conditionEncoder: ConditionEncoder;
  readonly codec: LatentCodec;
}

/** The posterior of a latent diffusion: a latent is drawn given the detector, and decoded. */
export function latentDiffusionPosterior(
  { conditionEncoder, codec, schedule, denoiser }: LatentDiffusionParts,
  sampling: LatentSampling,
  observed: Observation,
): Posterior {
  return posteriorOfEncoded(() => encodeDetector({ conditionEncoder, denoiser }, observed), {
    draw: (encoded, draws, rng) => {
      const events = { encoded, draws, width: codec.latentWidth };
      const latent = sampleLatent({ schedule, denoiser, ...sampling }, events, rng);
      return codec.decode(latent, repeatRows(encoded.summary, draws));
    },
  });
}

/** The same as whoever teaches it to draw in fewer steps sees it: latents of the truth are drawn from the codec. */
export function latentDiffusion(
  { conditionEncoder, codec, schedule, denoiser }: LatentDiffusionParts,
  { sampler, finalLatent }: LatentSampling,
): ModelDiffusion {
  return {
    schedule,
    denoiser,
    sampler,
    takesOffLastNoise: finalLatent === 'denoised',
    latents: ({ partons, observed }, rng) => {
      const encoded = encodeDetector({ conditionEncoder, denoiser }, observed);
      return { latent: codec.encode(partons, encoded.summary).sample(rng), encoded };
    },
  };
}
