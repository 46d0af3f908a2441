import * as tf from '@tensorflow/tfjs-core';

/**
 * Where a standardised column begins to be compressed: pz of quarks, leptons and their parents, whose tails are nearly
 * exponential, then has the kurtosis of a normal distribution, and about its variance.
 */
const BEND = 0.7;

/** So many times `BEND` is the most that comes back, so that whatever number a model asks for gives a momentum. */
const MOST = 1000;

const LIMIT = Math.asinh(MOST);

/** A standardised number of a column with long tails -> asinh(number / 0.7). */
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

/**
 * `toAsinh` of those of some columns that are in a set, standardised [B, K] -> [B, K].
 * @param asinh absent: no column is compressed.
 * @param columns [K] what the columns are called in the set.
 */
export function compressColumns(
  standardised: tf.Tensor2D,
  asinh: ReadonlySet<number> | undefined,
  columns: readonly number[],
): tf.Tensor2D {
  if (!asinh) return standardised;
  return chosen(columns, asinh, tf.asinh(tf.div<tf.Tensor2D>(standardised, BEND)), standardised);
}

/** The reverse of `compressColumns`. */
export function expandColumns(
  compressed: tf.Tensor2D,
  asinh: ReadonlySet<number> | undefined,
  columns: readonly number[],
): tf.Tensor2D {
  if (!asinh) return compressed;
  const kept = tf.clipByValue(compressed, -LIMIT, LIMIT);
  // As exponentials: graphs of exported models have no sinh in double precision.
  const sinh = tf.mul<tf.Tensor2D>(0.5, tf.sub(tf.exp(kept), tf.exp(tf.neg(kept))));
  return chosen(columns, asinh, tf.mul<tf.Tensor2D>(BEND, sinh), compressed);
}

/** One value for columns that are in a set, another for the others. */
function chosen(
  columns: readonly number[],
  set: ReadonlySet<number>,
  inside: tf.Tensor2D,
  outside: tf.Tensor2D,
): tf.Tensor2D {
  const flags = tf.tensor2d([columns.map((column) => (set.has(column) ? 1 : 0))]);
  return tf.add(outside, tf.mul(flags, tf.sub(inside, outside)));
}
