import * as tf from '@tensorflow/tfjs-core';

/** Which of N objects each of K particles is, in B events: [B, N] each, 1 for its object and all 0 for none. */
export type Choices = readonly tf.Tensor2D[];

/** [B, K] 1 where a particle has an object. */
export function presence(choices: Choices): tf.Tensor2D {
  return tf.concat2d(
    choices.map((choice) => tf.sum<tf.Tensor2D>(choice, 1, true)),
    1,
  );
}

/** What the chosen object has of values [B, N] -> [B, 1]; 0 for none. */
export function ofChosen(values: tf.Tensor2D, choice: tf.Tensor2D): tf.Tensor2D {
  return tf.sum(tf.mul(values, choice), 1, true);
}

/** [B, N + 1], the last column 1 for none. */
export function withNone(choice: tf.Tensor2D): tf.Tensor2D {
  return tf.concat([choice, tf.sub<tf.Tensor2D>(1, tf.sum(choice, 1, true))], 1);
}

/**
 * A choice by probabilities [B, N + 1], the last of them that of none, and uniform numbers [B].
 */
export function drawChoice(probabilities: tf.Tensor2D, uniform: tf.Tensor1D): tf.Tensor2D {
  const [rows, count] = probabilities.shape;
  const upTo = Array.from({ length: count }, (_, j) => Array.from({ length: count }, (_, k) => Number(j <= k)));
  const cumulative = tf.matMul(probabilities, tf.tensor2d(upTo));
  // Rounding may leave the last sum below 1.
  const passed = tf.slice(cumulative, [0, 0], [rows, count - 1]);
  const index = tf.sum(tf.cast(tf.lessEqual(passed, tf.expandDims(uniform, 1)), 'int32'), 1) as tf.Tensor1D;
  const one = tf.oneHot(index, count, 1, 0, 'float32') as tf.Tensor2D;
  return tf.slice(one, [0, 0], [rows, count - 1]);
}
