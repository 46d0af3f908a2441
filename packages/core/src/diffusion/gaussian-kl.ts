import * as tf from '@tensorflow/tfjs-core';
import { alpha } from './variance-preserving.js';

/** A normal distribution in each dimension. Both entries broadcast to the shape of the other distribution's. */
export interface Gaussian {
  readonly mean: tf.Tensor | number;
  readonly logStd: tf.Tensor | number;
}

/** [B, L] KL(q || p) in each dimension (paper, appendix H.2). Zero where q = p. */
export function gaussianKl(q: Gaussian, p: Gaussian): tf.Tensor2D {
  const logRatio = tf.sub(q.logStd, p.logStd);
  const shift = tf.div(tf.sub(q.mean, p.mean), tf.exp(p.logStd));
  const twice = tf.mul(2, logRatio);
  // expm1(2r) - 2r rather than exp(2r) - 1 - 2r, which rounds below zero where q is close to p.
  return tf.mul(0.5, tf.add(tf.sub(tf.expm1(twice), twice), tf.square(shift)));
}

/** [B, L] KL(N(alpha_1 z, sigma_1^2) || N(0, 1)) at the noisy end, gamma_1 a scalar (paper, eq. 16, with the factor 1/2 that it drops). */
export function terminalKl(latent: tf.Tensor2D, gamma: tf.Scalar): tf.Tensor2D {
  // ln sigma = -softplus(-gamma) / 2
  const logSigma = tf.mul(-0.5, tf.softplus(tf.neg(gamma)));
  return gaussianKl({ mean: tf.mul(alpha(gamma), latent), logStd: logSigma }, { mean: 0, logStd: 0 });
}
