import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '../rng.js';

/**
 * [K B] times, K = `draws` for each of B events, time k of event i at place k B + i: t = (u + i/(K B) + k/K) mod 1,
 * with one uniform u for the batch of all workers. Each is uniform on [0, 1], and together they cover it evenly, which
 * lowers the variance of the diffusion loss (the low-discrepancy sampler of Kingma et al. 2021).
 */
export function antitheticTimes(batch: number, rng: Rng, draws = 1): tf.Tensor1D {
  return tf.tensor1d(rng.drawn((stream) => times(batch, stream, draws)));
}

function times(batch: number, rng: Rng, draws: number): Float32Array {
  const { rank, world } = rng.share;
  const offset = rng.uniform();
  const time = (k: number, i: number): number => (offset + (k + (rank * batch + i) / (batch * world)) / draws) % 1;
  return Float32Array.from({ length: draws * batch }, (_, n) => time(Math.floor(n / batch), n % batch));
}
