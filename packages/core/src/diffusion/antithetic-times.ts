import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '../rng.js';

/**
 * [B] times t_i = (u + i/B) mod 1, one uniform u a batch: each is uniform on [0, 1], and together they
 * cover it evenly, which lowers the variance of the diffusion loss (the low-discrepancy sampler of Kingma et al. 2021).
 */
export function antitheticTimes(batch: number, rng: Rng): tf.Tensor1D {
  const offset = rng.uniform();
  return tf.tensor1d(Float32Array.from({ length: batch }, (_, i) => (offset + i / batch) % 1));
}
