import * as tf from '@tensorflow/tfjs-core';

/**
 * gamma stays within these limits: alpha^2 and sigma^2 are then at least 1e-7, what float32 resolves beside 1.
 * Learned end points are kept inside, and networks scale gamma by them.
 */
export const GAMMA_LIMITS = [-16, 16] as const;

/** alpha = sqrt(sigmoid(-gamma)), the share of the latent in a noisy latent (paper, section 2.4). Any shape, or a host number in float64. */
export function alpha(gamma: number): number;
export function alpha<T extends tf.Tensor>(gamma: T): T;
export function alpha(gamma: number | tf.Tensor): number | tf.Tensor {
  return typeof gamma === 'number' ? 1 / Math.sqrt(1 + Math.exp(gamma)) : tf.sqrt(tf.sigmoid(tf.neg(gamma)));
}

/** sigma = sqrt(sigmoid(gamma)), the share of the noise in a noisy latent (paper, section 2.4). Any shape, or a host number in float64. */
export function sigma(gamma: number): number;
export function sigma<T extends tf.Tensor>(gamma: T): T;
export function sigma(gamma: number | tf.Tensor): number | tf.Tensor {
  return typeof gamma === 'number' ? 1 / Math.sqrt(1 + Math.exp(-gamma)) : tf.sqrt(tf.sigmoid(gamma));
}

/** z_t = alpha_t z + sigma_t epsilon (paper, eq. 6). [B, L], [B, L], [B] -> [B, L]. */
export function diffuse(latent: tf.Tensor2D, noise: tf.Tensor2D, gamma: tf.Tensor1D): tf.Tensor2D {
  const column = tf.expandDims<tf.Tensor2D>(gamma, 1);
  return tf.add(tf.mul(alpha(column), latent), tf.mul(sigma(column), noise));
}
