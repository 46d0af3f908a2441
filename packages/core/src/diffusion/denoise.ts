import * as tf from '@tensorflow/tfjs-core';
import type { Diffusion, Sampler } from '../contracts.js';
import type { Rng } from '../rng.js';

/**
 * Runs a sampler from noise at t = 1 to a latent at t = 0. [B, L] -> [B, L]. The result is z_0: divide by alpha_0 before decoding.
 * Frees all that the steps make, and leaves `noise` alone.
 */
export function denoise<State extends tf.TensorContainer>(
  sampler: Sampler<State>,
  noise: tf.Tensor2D,
  diffusion: Diffusion,
  rng: Rng,
): tf.Tensor2D {
  const times = sampler.times();
  let current = tf.tidy(() => ({ latent: tf.clone(noise), state: sampler.init() }));
  for (let index = 0; index + 1 < times.length; index++) {
    const { latent, state } = current;
    const move = { t: times[index]!, s: times[index + 1]!, index };
    const next = tf.tidy(() => sampler.step(latent, move, state, diffusion, rng));
    disposeReplaced(current, next);
    current = next;
  }
  disposeReplaced(current, { latent: current.latent });
  return current.latent;
}

// A step may hand on a tensor that it was given, e.g. an entry of its history.
function disposeReplaced(old: tf.TensorContainer, kept: tf.TensorContainer): void {
  const keep = new Set(tensorsIn(kept));
  for (const tensor of tensorsIn(old)) if (!keep.has(tensor)) tensor.dispose();
}

const tensorsIn = tf.tensor_util.getTensorsInContainer;
