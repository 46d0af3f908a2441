import * as tf from '@tensorflow/tfjs-core';
import type { EventBatch } from '../contracts/model/observation.js';
import type { Reconstruction } from '../contracts/model/reconstruction.js';
import type { Diffusion } from '../contracts/model/sampler.js';
import { encodeDetector } from '../nn/encode-detector.js';
import type { Rng } from '../rng.js';
import { denoise } from './denoise.js';
import { finalLatent } from './final-latent.js';
import type { LatentDiffusionParts } from './latent-diffusion-posterior.js';
import { makeDiffusion } from './make-diffusion.js';
import type { LatentSampling } from './sample-latent.js';
import { alpha, sigma } from './variance-preserving.js';

/** Times up to which noise is added before it is taken off again. */
const TIMES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1] as const;

/**
 * True partons through the parts of a latent diffusion and back: its codec alone, then with the noise of t = 0 left in,
 * as the sampler hands it to the decoder, and with one more prediction of it taken off, then noised up to each of ten
 * times and denoised again by the sampler. At t = 1 hardly anything of the truth is left: that is a draw.
 */
export function* latentDiffusionReconstructions(
  { conditionEncoder, codec, schedule, denoiser }: LatentDiffusionParts,
  { sampler, finalLatent: kind }: LatentSampling,
  { partons, observed }: EventBatch,
  rng: Rng,
): Generator<Reconstruction> {
  const encoded = tf.tidy(() => encodeDetector({ conditionEncoder, denoiser }, observed));
  const { summary: condition, objects } = encoded;
  const decoded = (latent: () => tf.Tensor2D): tf.Tensor2D => tf.tidy(() => codec.decode(latent(), condition));
  const { drawn, mean } = tf.tidy(() => {
    const posterior = codec.encode(partons, condition);
    return { drawn: posterior.sample(rng.fork('codec')), mean: posterior.mean && tf.clone(posterior.mean) };
  });
  const diffusion = makeDiffusion(schedule, (latent, level) =>
    denoiser.predictNoise(latent, level, condition, objects),
  );
  const noised = (t: number): tf.Tensor2D => {
    const gamma = diffusion.gamma(t);
    const noise = rng.fork(`noise ${t}`).normalTensor(...drawn.shape);
    return tf.add(tf.mul(alpha(gamma), drawn), tf.mul(sigma(gamma), noise));
  };
  try {
    if (mean) yield { stage: codec.deterministic ? 'codec' : 'codec, mean latent', partons: decoded(() => mean) };
    if (!codec.deterministic) yield { stage: 'codec, drawn latent', partons: decoded(() => drawn) };
    yield { stage: 'noise of t = 0', time: 0, partons: decoded(() => finalLatent(noised(0), diffusion)) };
    yield {
      stage: 'noise of t = 0, predicted and taken off',
      partons: decoded(() => finalLatent(noised(0), diffusion, 'denoised')),
    };
    for (const time of TIMES) {
      const stage = `noise of t = ${time}, denoised`;
      const noise = tf.tidy(() => noised(time));
      const latent = denoise(sampler, noise, upTo(diffusion, time), rng.fork(`sampler ${time}`));
      yield { stage, time, partons: decoded(() => finalLatent(latent, diffusion, kind)) };
      tf.dispose([noise, latent]);
    }
  } finally {
    tf.dispose([encoded, drawn, ...(mean ? [mean] : [])]);
  }
}

/** A diffusion whose time 1 is a time of another, so that a sampler begins there. */
function upTo(diffusion: Diffusion, end: number): Diffusion {
  return {
    gamma: (t) => diffusion.gamma(t * end),
    predictNoise: (latent, t) => diffusion.predictNoise(latent, t * end),
  };
}
