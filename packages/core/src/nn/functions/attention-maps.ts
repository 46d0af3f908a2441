import * as tf from '@tensorflow/tfjs-core';
import { affine } from './affine.js';

/** Added to the score of a padding key. Unlike minus infinity it leaves a softmax of nothing but padding finite. */
export const PADDING_SCORE = -1e9;

/** Queries (0), keys (1) or values (2) of rows: [R, D] -> [R, D], all heads side by side. */
export function attentionMap(
  rows: tf.Tensor2D,
  { inputKernel, inputBias }: { readonly inputKernel: tf.Tensor2D; readonly inputBias: tf.Tensor1D },
  part: 0 | 1 | 2,
): tf.Tensor2D {
  const width = rows.shape[1];
  const kernel = tf.slice(inputKernel, [0, part * width], [width, width]);
  return affine(rows, kernel, tf.slice(inputBias, [part * width], [width]));
}

/** What is added to scores: a mask [B, N] -> [B, 1, 1, N], 0 for objects and `PADDING_SCORE` for padding. */
export function paddingScores(mask: tf.Tensor2D): tf.Tensor4D {
  const [batch, objects] = mask.shape;
  return tf.reshape(tf.mul(tf.sub(1, mask), PADDING_SCORE), [batch, 1, 1, objects]);
}
