import * as tf from '@tensorflow/tfjs-core';

/** Applies a map of rows [R, D] -> [R, E] to the last axis of a tensor of any rank: [..., D] -> [..., E]. */
export function ofRows<Values extends tf.Tensor>(x: Values, map: (rows: tf.Tensor2D) => tf.Tensor2D): Values {
  if (x.rank === 2) return map(x as unknown as tf.Tensor2D) as unknown as Values;
  const mapped = map(tf.reshape<tf.Rank.R2>(x, [-1, x.shape.at(-1)!]));
  return tf.reshape(mapped, [...x.shape.slice(0, -1), mapped.shape[1]]) as tf.Tensor as Values;
}
