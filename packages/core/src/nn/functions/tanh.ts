import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from '../fused/custom-gradient.js';

/**
 * tanh(x) = 2 sigmoid(2 x) - 1: the WebAssembly backend has vector instructions for the sigmoid and none for tanh, ten
 * times slower.
 */
export function tanh<Values extends tf.Tensor>(x: Values): Values {
  return customGradient<Values>([x], () => {
    const value = tf.sub(tf.mul(tf.sigmoid(tf.mul(x, 2)), 2), 1) as Values;
    return { value, saved: [value], gradient: (dy, [y]) => [tf.mul(dy, tf.sub(1, tf.square(y!)))] };
  });
}
