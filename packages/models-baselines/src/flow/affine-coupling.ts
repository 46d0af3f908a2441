import * as tf from '@tensorflow/tfjs-core';
import { tanh } from '@unfold-zoo/core/nn';

/** What a subnet's output is multiplied by, so that an untrained coupling is near the identity (FrEIA). */
const SUBNET_SCALE = 0.1;

/** What passes [B, P], and how the rest is transformed: x e^s + t, both [B, T]. */
export interface Coupling {
  readonly passed: tf.Tensor2D;
  readonly logScale: tf.Tensor2D;
  readonly shift: tf.Tensor2D;
}

/** How many of D channels pass a coupling unchanged, the first ones: D - D//2 (FrEIA). */
export function passedChannels(width: number): number {
  return width - Math.floor(width / 2);
}

/**
 * s = clamp tanh(a_s / clamp) and t = a_t with a = 0.1 subnet, the first half of its output [B, 2 T] being a_s (FrEIA).
 */
export function coupling(passed: tf.Tensor2D, subnet: tf.Tensor2D, clamp: number): Coupling {
  const [scale, shift] = tf.split(tf.mul(SUBNET_SCALE, subnet), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  return { passed, logScale: tf.mul(clamp, tanh(tf.div(scale, clamp))), shift };
}

/** [B, P], [B, T] -> [B, P + T], with the log-determinant [B]. */
export function couple(
  { passed, logScale, shift }: Coupling,
  rest: tf.Tensor2D,
): { readonly values: tf.Tensor2D; readonly logDet: tf.Tensor1D } {
  const transformed: tf.Tensor2D = tf.add(tf.mul(rest, tf.exp(logScale)), shift);
  return { values: tf.concat([passed, transformed], 1), logDet: tf.sum(logScale, 1) };
}

/** Undoes `couple`. */
export function uncouple({ passed, logScale, shift }: Coupling, rest: tf.Tensor2D): tf.Tensor2D {
  const original: tf.Tensor2D = tf.mul(tf.sub(rest, shift), tf.exp(tf.neg(logScale)));
  return tf.concat([passed, original], 1);
}

/** The channels that pass, and the rest. */
export function splitChannels(x: tf.Tensor2D): [passed: tf.Tensor2D, rest: tf.Tensor2D] {
  const passed = passedChannels(x.shape[1]);
  return tf.split(x, [passed, x.shape[1] - passed], 1) as [tf.Tensor2D, tf.Tensor2D];
}
