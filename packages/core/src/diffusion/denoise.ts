import * as tf from '@tensorflow/tfjs-core';
import type { Diffusion, Reached, Sampler } from '../contracts/model/sampler.js';
import type { Rng } from '../rng.js';

/** The name of the tfjs scope that each step runs in: backends that record what is computed tell steps apart by it. */
export const STEP_SCOPE = 'sampler step';

/**
 * Runs a sampler from noise at t = 1 to a latent at t = 0. [B, L] -> [B, L]. The result is z_0: divide by alpha_0
 * before decoding. Frees all that the steps make, and leaves `noise` alone.
 */
export function denoise<State extends tf.TensorContainer>(
  sampler: Sampler<State>,
  noise: tf.Tensor2D,
  diffusion: Diffusion,
  rng: Rng,
): tf.Tensor2D {
  let reached: Reached<State> = tf.tidy(() => ({ latent: tf.clone(noise), t: 1, state: sampler.init(diffusion) }));
  while (reached.t > 0) {
    const from = reached;
    reached = tf.tidy(STEP_SCOPE, () => sampler.step(from, diffusion, rng) as Reached<State> & tf.TensorContainer);
    disposeReplaced(from, reached);
  }
  disposeReplaced(reached, reached.latent);
  return reached.latent;
}

// A step may hand on a tensor that it was given, e.g. an entry of its history.
function disposeReplaced(old: object, kept: object): void {
  const keep = new Set(tensorsIn(kept));
  for (const tensor of tensorsIn(old)) if (!keep.has(tensor)) tensor.dispose();
}

const tensorsIn = (values: object): tf.Tensor[] => tf.tensor_util.getTensorsInContainer(values as tf.TensorContainer);
