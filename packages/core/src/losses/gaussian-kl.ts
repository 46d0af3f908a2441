import * as tf from '@tensorflow/tfjs-core';
import { sumTo } from '../diffusion/sum-to.js';
import { alpha } from '../diffusion/variance-preserving.js';
import { customGradient } from '../nn/fused/custom-gradient.js';

/** A normal distribution in each dimension. Both entries broadcast to the shape of the other distribution's. */
export interface Gaussian {
  readonly mean: tf.Tensor | number;
  readonly logStd: tf.Tensor | number;
}

/** [B, L] KL(q || p) in each dimension (paper, appendix H.2). Zero where q = p. */
export function gaussianKl(q: Gaussian, p: Gaussian): tf.Tensor2D {
  const entries = [q.mean, q.logStd, p.mean, p.logStd];
  return customGradient(entries.filter(isTensor), () => {
    const twice = tf.mul(2, tf.sub(q.logStd, p.logStd));
    // expm1(2r) - 2r rather than exp(2r) - 1 - 2r, which rounds below zero where q is close to p.
    const excess = tf.expm1(twice);
    const inverse = tf.exp(tf.neg(p.logStd));
    const shift = tf.mul(tf.sub(q.mean, p.mean), inverse);
    return {
      value: tf.mul(0.5, tf.add(tf.sub(excess, twice), tf.square(shift))) as tf.Tensor2D,
      saved: [excess, shift, inverse],
      gradient: (dy, [excess, shift, inverse]) => {
        const byMean = tf.mul(dy, tf.mul(shift!, inverse!));
        const byLogStd = tf.mul(dy, excess!);
        const slopes = [
          () => byMean,
          () => byLogStd,
          () => tf.neg(byMean),
          () => tf.neg(tf.add(byLogStd, tf.mul(dy, tf.square(shift!)))),
        ];
        return entries.flatMap((entry, i) => (isTensor(entry) ? [sumTo(entry.shape, slopes[i]!())] : []));
      },
    };
  });
}

function isTensor(entry: tf.Tensor | number): entry is tf.Tensor {
  return entry instanceof tf.Tensor;
}

/**
 * [B, L] KL(N(alpha_1 z, sigma_1^2) || N(0, 1)) at the noisy end, gamma_1 a scalar (paper, eq. 16, with the factor 1/2
 * that it drops).
 */
export function terminalKl(latent: tf.Tensor2D, gamma: tf.Scalar): tf.Tensor2D {
  // ln sigma = -softplus(-gamma) / 2
  const logSigma = tf.mul(-0.5, tf.softplus(tf.neg(gamma)));
  return gaussianKl({ mean: tf.mul(alpha(gamma), latent), logStd: logSigma }, { mean: 0, logStd: 0 });
}
