import * as tf from '@tensorflow/tfjs-core';

/** The gradient of what was broadcast from `shape`. */
export function sumTo(shape: number[], gradient: tf.Tensor): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return tf.reshape(axes.length === 0 ? gradient : tf.sum(gradient, axes), shape);
}
