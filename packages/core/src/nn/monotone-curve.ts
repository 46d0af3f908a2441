import * as tf from '@tensorflow/tfjs-core';
import { block } from './fused/block.js';

/** A network of H tanh units that rises with time: g(t) = sum_j v_j^2 tanh(w_j^2 (2t - 1) + b_j). */
export interface MonotoneCurve {
  /** w, [1, H]. */
  readonly inputWeight: tf.Tensor2D;
  /** b, [H]. */
  readonly bias: tf.Tensor1D;
  /** v, [H, 1]. */
  readonly outputWeight: tf.Tensor2D;
}

/**
 * How far a curve has risen from time 0 to 1: (g(t) - g(0)) / (g(1) - g(0)). [B] -> [B]. Fused as
 * `UnfoldMonotoneShare`.
 */
export function monotoneShare(t: tf.Tensor1D, curve: MonotoneCurve): tf.Tensor1D {
  return alongCurve('UnfoldMonotoneShare', plainMonotoneShare, t, curve);
}

/** The derivative of `monotoneShare` with respect to t. [B] -> [B]. Fused as `UnfoldMonotoneSlope`. */
export function monotoneSlope(t: tf.Tensor1D, curve: MonotoneCurve): tf.Tensor1D {
  return alongCurve('UnfoldMonotoneSlope', plainMonotoneSlope, t, curve);
}

function alongCurve(
  kernel: string,
  plain: typeof plainMonotoneShare,
  t: tf.Tensor1D,
  { inputWeight, bias, outputWeight }: MonotoneCurve,
): tf.Tensor1D {
  const column = block({
    kernel,
    inputs: { x: tf.reshape<tf.Rank.R2>(t, [-1, 1]), inputWeight, bias, outputWeight },
    constants: {},
    plain: ({ x, ...curve }) => plain(x, curve),
  });
  return tf.reshape(column, [-1]);
}

/** `monotoneShare` of times [B, 1] -> [B, 1] in tfjs ops. */
export function plainMonotoneShare(t: tf.Tensor2D, curve: MonotoneCurve): tf.Tensor2D {
  const { height, start, rise } = heights(unitsAt(t, curve), curve);
  return tf.div(tf.sub(height, start), rise);
}

/** `monotoneSlope` of times [B, 1] -> [B, 1] in tfjs ops. */
export function plainMonotoneSlope(t: tf.Tensor2D, curve: MonotoneCurve): tf.Tensor2D {
  const units = unitsAt(t, curve);
  // g'(t) = sum_j 2 v_j^2 w_j^2 (1 - tanh^2)
  const unitSlopes = tf.mul<tf.Tensor2D>(tf.mul(2, tf.square(curve.inputWeight)), tf.sub(1, tf.square(units)));
  const slope = tf.slice(sumOf(unitSlopes, curve), [0, 0], [t.shape[0], 1]);
  return tf.div(slope, heights(units, curve).rise);
}

// [B + 2, H] tanh units at each time, then at both ends: all in one pass, so that the ends round as the times do.
function unitsAt(t: tf.Tensor2D, { inputWeight, bias }: MonotoneCurve): tf.Tensor2D {
  const times = tf.concat2d([t, tf.tensor2d([0, 1], [2, 1])], 0);
  const slope = tf.square(inputWeight) as tf.Tensor2D;
  return tf.tanh(tf.add<tf.Tensor2D>(tf.matMul(tf.sub(tf.mul(2, times), 1), slope), bias));
}

// g at each time [B, 1], and at the ends [1, 1]
function heights(
  units: tf.Tensor2D,
  curve: MonotoneCurve,
): { height: tf.Tensor2D; start: tf.Tensor2D; rise: tf.Tensor2D } {
  const [height, start, end] = tf.split(sumOf(units, curve), [units.shape[0] - 2, 1, 1]) as tf.Tensor2D[];
  return { height: height!, start: start!, rise: tf.sub(end!, start!) };
}

// [R, H] -> [R, 1]
function sumOf(units: tf.Tensor2D, { outputWeight }: MonotoneCurve): tf.Tensor2D {
  return tf.matMul(units, tf.square(outputWeight) as tf.Tensor2D);
}
