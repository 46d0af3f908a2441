import * as tf from '@tensorflow/tfjs-core';

/** dx/dt at one time, [B, P] -> [B, P]. */
export type Velocity = (x: tf.Tensor2D, t: number) => tf.Tensor2D;

/** Moves points [B, P] along a velocity from t = 0 to t = 1. Midpoint rule: second order, two velocities a step. */
export function integrate(velocity: Velocity, start: tf.Tensor2D, steps: number): tf.Tensor2D {
  let x = tf.clone(start);
  for (let step = 0; step < steps; step++) {
    const from = x;
    x = tf.tidy(() => midpointStep(velocity, from, step / steps, 1 / steps));
    from.dispose();
  }
  return x;
}

function midpointStep(velocity: Velocity, x: tf.Tensor2D, t: number, length: number): tf.Tensor2D {
  const middle = tf.add<tf.Tensor2D>(x, tf.mul(length / 2, velocity(x, t)));
  return tf.add(x, tf.mul(length, velocity(middle, t + length / 2)));
}
