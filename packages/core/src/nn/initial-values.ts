import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '../rng.js';

/**
 * A kernel [inputs, maps * outputs], uniform within sqrt(6 / (inputs + outputs)) of zero (Glorot and Bengio 2010).
 * `maps` is the number of linear maps that share the input and are stored side by side, `scale` a factor of the limit.
 */
export function glorotKernel(
  { inputs, outputs, maps = 1, scale = 1 }: { inputs: number; outputs: number; maps?: number; scale?: number },
  rng: Rng,
): tf.Variable<tf.Rank.R2> {
  const limit = scale * Math.sqrt(6 / (inputs + outputs));
  const values = Float32Array.from({ length: inputs * outputs * maps }, () => limit * (2 * rng.uniform() - 1));
  return tf.tidy(() => tf.variable(tf.tensor2d(values, [inputs, outputs * maps])));
}

/** A vector that starts at one value everywhere, such as a bias at 0. */
export function constantVector(width: number, value: number): tf.Variable<tf.Rank.R1> {
  return vector(new Float32Array(width).fill(value));
}

/** A vector that starts at the given values. */
export function vector(values: Float32Array): tf.Variable<tf.Rank.R1> {
  return tf.tidy(() => tf.variable(tf.tensor1d(values)));
}
