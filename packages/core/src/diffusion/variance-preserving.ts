import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from '../nn/fused/custom-gradient.js';
import { sumTo } from './sum-to.js';

/**
 * gamma stays within these limits: alpha^2 and sigma^2 are then at least 1e-7, what float32 resolves beside 1.
 * Learned end points are kept inside, and networks scale gamma by them.
 */
export const GAMMA_LIMITS = [-16, 16] as const;

/**
 * alpha = sqrt(sigmoid(-gamma)), the share of the latent in a noisy latent (paper, section 2.4). Any shape, or a host
 * number in float64.
 */
export function alpha(gamma: number): number;
export function alpha<T extends tf.Tensor>(gamma: T): T;
export function alpha(gamma: number | tf.Tensor): number | tf.Tensor {
  return typeof gamma === 'number' ? 1 / Math.sqrt(1 + Math.exp(gamma)) : tf.sqrt(tf.sigmoid(tf.neg(gamma)));
}

/**
 * sigma = sqrt(sigmoid(gamma)), the share of the noise in a noisy latent (paper, section 2.4). Any shape, or a host
 * number in float64.
 */
export function sigma(gamma: number): number;
export function sigma<T extends tf.Tensor>(gamma: T): T;
export function sigma(gamma: number | tf.Tensor): number | tf.Tensor {
  return typeof gamma === 'number' ? 1 / Math.sqrt(1 + Math.exp(-gamma)) : tf.sqrt(tf.sigmoid(gamma));
}

/** z_t = alpha_t z + sigma_t epsilon (paper, eq. 6). [B, L], [B, L], [B] -> [B, L]. */
export function diffuse(latent: tf.Tensor2D, noise: tf.Tensor2D, gamma: tf.Tensor1D): tf.Tensor2D {
  return customGradient([latent, noise, gamma], () => {
    const column = tf.expandDims<tf.Tensor2D>(gamma, 1);
    const [keep, add] = [alpha(column), sigma(column)];
    return {
      value: tf.add(tf.mul(keep, latent), tf.mul(add, noise)),
      saved: [latent, noise, keep, add],
      gradient: (dy, [latent, noise, keep, add]) => {
        // d alpha / d gamma = -alpha sigma^2 / 2, d sigma / d gamma = sigma alpha^2 / 2
        const turned = tf.sub(tf.mul(keep!, noise!), tf.mul(add!, latent!));
        const byGamma = tf.mul(tf.squeeze(tf.mul(keep!, add!), [1]), tf.sum(tf.mul(dy, turned), 1));
        return [tf.mul(dy, keep!), tf.mul(dy, add!), tf.mul(0.5, byGamma)];
      },
    };
  });
}

/**
 * mean + exp(logStd) noise, a draw from a normal distribution (Kingma and Welling 2014). All [B, L]; logStd may be a
 * scalar.
 */
export function normalDraw(mean: tf.Tensor2D, logStd: tf.Tensor2D | tf.Scalar, noise: tf.Tensor2D): tf.Tensor2D {
  return customGradient([mean, logStd], () => {
    const deviation = tf.mul(tf.exp(logStd), noise);
    return {
      value: tf.add(mean, deviation) as tf.Tensor2D,
      saved: [deviation],
      gradient: (dy, [deviation]) => [tf.clone(dy), sumTo(logStd.shape, tf.mul(dy, deviation!))],
    };
  });
}
