import * as tf from '@tensorflow/tfjs-core';

/** [B, D] -> [B times, D], the copies of a row side by side. */
export function repeatRows(rows: tf.Tensor2D, times: number): tf.Tensor2D {
  if (times === 1) return tf.clone(rows);
  const [count, width] = rows.shape;
  const copies = tf.tile(tf.reshape<tf.Rank.R3>(rows, [count, 1, width]), [1, times, 1]);
  return tf.reshape(copies, [count * times, width]);
}
