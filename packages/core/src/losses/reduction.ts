import * as tf from '@tensorflow/tfjs-core';

/** How a loss per dimension becomes one per event. */
export type Reduction = 'mean' | 'sum';

/** [B, D] -> [B], the mean or the sum over dimensions. */
export function reduceDimensions(perDimension: tf.Tensor2D, reduction: Reduction): tf.Tensor1D {
  return reduction === 'mean' ? tf.mean(perDimension, 1) : tf.sum(perDimension, 1);
}
