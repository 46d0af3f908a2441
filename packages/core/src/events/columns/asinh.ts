import * as tf from '@tensorflow/tfjs-core';

/**
 * Where a standardised column begins to be compressed: pz of quarks, leptons and their parents, whose tails are nearly
 * exponential, then has the kurtosis of a normal distribution, and about its variance.
 */
const BEND = 0.7;

/** So many times `BEND` is the most that comes back, so that whatever number a model asks for gives a momentum. */
const MOST = 1000;

const LIMIT = Math.asinh(MOST);

/** A standardised number -> asinh(number / 0.7), which learns as easily where the column has long tails. */
export function toAsinh(standardised: number): number {
  return Math.asinh(standardised / BEND);
}

/** The reverse of `toAsinh`; up to 700 standard deviations. */
export function fromAsinh(compressed: number): number {
  return BEND * Math.sinh(Math.max(-LIMIT, Math.min(LIMIT, compressed)));
}

/** d toAsinh / d standardised. */
export function asinhSlope(standardised: number): number {
  return 1 / Math.hypot(BEND, standardised);
}

/** Which of some columns are those of a set: [1, K], 1 or 0. */
export function flagsOf(columns: readonly number[], set: ReadonlySet<number>): tf.Tensor2D {
  return tf.tensor2d([columns.map((column) => (set.has(column) ? 1 : 0))]);
}

/** `toAsinh` of the columns that flags [1, K] say, [B, K] -> [B, K]. */
export function compressColumns(standardised: tf.Tensor2D, flags: tf.Tensor2D): tf.Tensor2D {
  return chosen(flags, tf.asinh(tf.div<tf.Tensor2D>(standardised, BEND)), standardised);
}

/** The reverse of `compressColumns`. */
export function expandColumns(columns: tf.Tensor2D, flags: tf.Tensor2D): tf.Tensor2D {
  const kept = tf.clipByValue(columns, -LIMIT, LIMIT);
  // As exponentials: graphs of exported models have no sinh in double precision.
  const sinh = tf.mul<tf.Tensor2D>(0.5, tf.sub(tf.exp(kept), tf.exp(tf.neg(kept))));
  return chosen(flags, tf.mul<tf.Tensor2D>(BEND, sinh), columns);
}

/** One value where a flag is 1, another where it is 0. */
function chosen(flags: tf.Tensor2D, one: tf.Tensor2D, zero: tf.Tensor2D): tf.Tensor2D {
  return tf.add(zero, tf.mul(flags, tf.sub(one, zero)));
}
