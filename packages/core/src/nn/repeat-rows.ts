import * as tf from '@tensorflow/tfjs-core';
import type { EncodedObservation } from '../contracts/model/condition-encoder.js';

/** [B, ...] -> [B times, ...], the copies of a row side by side. */
export function repeatRows<Rows extends tf.Tensor>(rows: Rows, times: number): Rows {
  if (times === 1) return tf.clone(rows);
  const [count, ...inner] = rows.shape as [number, ...number[]];
  const copies = tf.tile(tf.reshape(rows, [count, 1, ...inner]), [1, times, ...inner.map(() => 1)]);
  return tf.reshape(copies, [count * times, ...inner]) as Rows;
}

/** The same of all that is known of the detector. */
export function repeatEncoded({ summary, objects }: EncodedObservation, times: number): EncodedObservation {
  return {
    summary: repeatRows(summary, times),
    ...(objects && { objects: { tokens: repeatRows(objects.tokens, times), mask: repeatRows(objects.mask, times) } }),
  };
}
