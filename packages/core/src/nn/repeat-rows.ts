import * as tf from '@tensorflow/tfjs-core';
import type { EncodedObservation } from '../contracts/model/condition-encoder.js';
import type { Observation } from '../contracts/model/observation.js';

/** [B, ...] -> [B times, ...], the copies of a row side by side. */
export function repeatRows<Rows extends tf.Tensor>(rows: Rows, times: number): Rows {
  if (times === 1) return tf.clone(rows);
  const [count, ...inner] = rows.shape as [number, ...number[]];
  const copies = tf.tile(tf.reshape(rows, [count, 1, ...inner]), [1, times, ...inner.map(() => 1)]);
  return tf.reshape(copies, [count * times, ...inner]) as Rows;
}

/** All that is known of the detector, each tensor with other rows, e.g. repeated. */
export function mapEncoded(
  { summary, objects }: EncodedObservation,
  change: <Rows extends tf.Tensor>(rows: Rows) => Rows,
): EncodedObservation {
  return {
    summary: change(summary),
    ...(objects && { objects: { tokens: change(objects.tokens), mask: change(objects.mask) } }),
  };
}

/** The same of what was observed. */
export function mapObserved(observed: Observation, change: <Rows extends tf.Tensor>(rows: Rows) => Rows): Observation {
  const sets = Object.entries(observed).map(([name, { features, mask }]) => [
    name,
    { features: change(features), mask: change(mask) },
  ]);
  return Object.fromEntries(sets);
}
