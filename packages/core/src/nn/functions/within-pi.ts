import * as tf from '@tensorflow/tfjs-core';

/** Angles in rad, from -pi to pi. */
export function withinPi<Angles extends tf.Tensor>(angle: Angles): Angles {
  return tf.sub(angle, tf.mul(2 * Math.PI, tf.round(tf.div(angle, 2 * Math.PI))));
}
