import * as tf from '@tensorflow/tfjs-core';

/** Each event's share of a weighted mean: [B] losses times [B] weights, or as they are without weights. */
export function weighted(perEvent: tf.Tensor1D, weights?: tf.Tensor1D): tf.Tensor1D {
  return weights ? tf.mul(weights, perEvent) : perEvent;
}

/**
 * sum_i w_i l_i / B. Event weights have mean 1 over the data, so this estimates the weighted mean without bias.
 * It does not divide by the sum of a batch's weights: that would be biased, and with the negative weights of
 * next-to-leading-order generators it can come close to zero.
 */
export function weightedMean(perEvent: tf.Tensor1D, weights?: tf.Tensor1D): tf.Scalar {
  return tf.mean(weighted(perEvent, weights));
}
