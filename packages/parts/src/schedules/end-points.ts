import * as tf from '@tensorflow/tfjs-core';
import { GAMMA_LIMITS } from '@unfold-zoo/core/diffusion';
import { customGradient } from '@unfold-zoo/core/nn';
import { z } from 'zod';

const [lowest, highest] = GAMMA_LIMITS;

/** Options of every schedule here: gamma at its two ends. The defaults are those of Kingma et al. 2021. */
export const endPointOptions = z
  .object({
    min: z
      .number()
      .gt(lowest)
      .lt(highest)
      .default(-13.3)
      .describe('gamma at t = 0; if learned, at the start of training'),
    max: z.number().gt(lowest).lt(highest).default(5).describe('gamma at t = 1; if learned, at the start of training'),
  })
  .superRefine(({ min, max }, context) => {
    if (min < max) return;
    context.addIssue({ code: 'custom', path: ['max'], message: `expected more than min, ${min}, got ${max}` });
  });

/** min where the share is 0, max where it is 1, both without rounding. The scalars' gradients are sums over [B]. */
export function between(min: tf.Scalar | number, max: tf.Scalar | number, share: tf.Tensor1D): tf.Tensor1D {
  const ends = [min, max].map((end) => (typeof end === 'number' ? tf.scalar(end) : end));
  return customGradient([share, ...ends], () => ({
    value: tf.add(tf.mul(min, tf.sub(1, share)), tf.mul(max, share)),
    saved: [share, ...ends],
    gradient: (dy, [share, min, max]) => {
      const dMax = tf.sum(tf.mul(dy, share!));
      return [tf.mul(dy, tf.sub(max!, min!)), tf.sub(tf.sum(dy), dMax), dMax];
    },
  }));
}

/** An end point within the limits of gamma, however far its parameter is pushed: limit tanh(x / limit). */
export function softClip(x: tf.Scalar): tf.Scalar {
  return customGradient([x], () => {
    const share = tf.tanh(tf.div(x, highest));
    return {
      value: tf.mul(highest, share) as tf.Scalar,
      saved: [share],
      gradient: (dy, [share]) => [tf.mul(dy, tf.sub(1, tf.square(share!)))],
    };
  });
}

/** The parameter that `softClip` makes `gamma` of. */
export function beforeSoftClip(gamma: number): number {
  return highest * Math.atanh(gamma / highest);
}
