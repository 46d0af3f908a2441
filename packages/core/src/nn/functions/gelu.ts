import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from '../fused/custom-gradient.js';

/**
 * x Phi(x), with Phi the normal distribution function: the exact GELU, not its tanh approximation (Hendrycks and Gimpel
 * 2016).
 */
export function gelu<Values extends tf.Tensor>(x: Values): Values {
  return customGradient<Values>([x], () => {
    const cumulative = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
    return {
      value: tf.mul(x, cumulative),
      saved: [x, cumulative],
      gradient: (dy, [x, cumulative]) => {
        const density = tf.mul(tf.exp(tf.mul(tf.square(x!), -0.5)), 1 / Math.sqrt(2 * Math.PI));
        return [tf.mul(dy, tf.add(cumulative!, tf.mul(x!, density)))];
      },
    };
  });
}
