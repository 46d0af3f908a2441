import * as tf from '@tensorflow/tfjs-core';

/**
 * Dormand and Prince 1980, table 2: weights of the slopes so far, stage by stage. The last row is the solution of
 * order 5.
 */
const STAGES = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
] as const;
/** Where the stages lie, as shares of the step. */
export const NODES = [1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1] as const;
/** The solution of order 5 less that of order 4. */
const ERROR = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40] as const;

/** A number, or one that is not known yet: a tensor []. */
export type Real = number | tf.Scalar;

/** A step that is tried. */
export interface Trial<Time> {
  /** [B, L] z / alpha where the step starts. */
  readonly from: tf.Tensor2D;
  /** [B, L] the noise predicted there. */
  readonly slope: tf.Tensor2D;
  /** By how much sigma / alpha falls. */
  readonly length: Real;
  /** Times of the stages, and alpha there. */
  readonly stages: readonly { readonly time: Time; readonly alpha: Real }[];
}

/** What comes of it, all [B, L]. */
export interface End {
  /** z / alpha where the step ends. */
  readonly to: tf.Tensor2D;
  /** The noise predicted there. */
  readonly slope: tf.Tensor2D;
  /** The estimated error of each coordinate of `to`. */
  readonly error: tf.Tensor2D;
}

/** A step for d(z / alpha) / d(sigma / alpha) = epsilon. */
export function tryStep<Time>(
  { from, slope, length, stages }: Trial<Time>,
  predictNoise: (latent: tf.Tensor2D, time: Time) => tf.Tensor2D,
): End {
  const slopes = [slope];
  let to = from;
  for (const [i, { time, alpha }] of stages.entries()) {
    to = tf.sub(from, tf.mul(combine(STAGES[i]!, slopes), length));
    slopes.push(predictNoise(tf.mul(to, alpha), time));
  }
  return { to, slope: slopes.at(-1)!, error: tf.mul(combine(ERROR, slopes), length) };
}

/** The error that is allowed in a step: absolute + relative |z / alpha|. */
export interface Tolerance {
  readonly absoluteTolerance: number;
  readonly relativeTolerance: number;
}

/** The root mean square of the error in units of what is allowed, over batch and dimensions. */
export function errorNorm(from: tf.Tensor2D, { to, error }: End, allowance: Tolerance): tf.Scalar {
  const size = tf.maximum(tf.abs(from), tf.abs(to));
  const allowed = tf.add(allowance.absoluteTolerance, tf.mul(allowance.relativeTolerance, size));
  return tf.sqrt(tf.mean(tf.square(tf.div(error, allowed)))) as tf.Scalar;
}

function combine(weights: readonly number[], slopes: readonly tf.Tensor2D[]): tf.Tensor2D {
  const terms = weights.flatMap((weight, i) => (weight === 0 ? [] : [tf.mul<tf.Tensor2D>(slopes[i]!, weight)]));
  return tf.addN(terms);
}

/** Hairer, Norsett and Wanner 1993, section II.4: how cautiously a step follows from the error of the one before. */
export const GROWTH = { safety: 0.9, slowest: 0.2, fastest: 10 } as const;
/** The first step tried, as a share of the way. */
export const FIRST_STEP = 0.05;
