import * as tf from '@tensorflow/tfjs-core';

/** Halvings of [0, 1] down to what float32, in which schedules compute, tells apart beside 1. */
const HALVINGS = 24;

/**
 * The time in [0, 1] at which gamma(t) has a value, by bisection on the host; gamma increases. 0 or 1 for a value that
 * gamma does not reach. All searches begin with the same halvings: a `Diffusion` remembers those.
 */
export function timeAt(gamma: (t: number) => number, value: number): number {
  if (value <= gamma(0)) return 0;
  if (value >= gamma(1)) return 1;
  let [low, high] = [0, 1];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (gamma(middle) < value) low = middle;
    else high = middle;
  }
  // Between two neighbours gamma is a line.
  const [below, above] = [gamma(low), gamma(high)];
  return above > below ? low + ((high - low) * (value - below)) / (above - below) : high;
}

/** Halvings that are made at once where numbers cannot be looked at: a list of all the times that they may come to. */
const AT_ONCE = 6;

/** `timeAt` in tfjs ops, for many values: [N] -> [N]. */
export function timesAt(gamma: (t: tf.Tensor1D) => tf.Tensor1D, values: tf.Tensor1D): tf.Tensor1D {
  let low: tf.Tensor1D = tf.zerosLike(values);
  for (let halvings = AT_ONCE; halvings <= HALVINGS; halvings += AT_ONCE) low = partWith(gamma, values, low, halvings);
  const width = 2 ** -HALVINGS;
  const [below, above] = [gamma(low), gamma(tf.add(low, width))];
  const share = tf.div(tf.sub(values, below), tf.sub(above, below));
  // Between two neighbours gamma is a line.
  const inside = tf.where(tf.greater(above, below), tf.add(low, tf.mul(width, share)), tf.add(low, width));
  const [first, last] = [0, 1].map((t) => gamma(tf.tensor1d([t]))) as [tf.Tensor1D, tf.Tensor1D];
  const upTo = tf.where(tf.greaterEqual(values, last), 1, inside);
  return tf.where(tf.lessEqual(values, first), 0, upTo) as tf.Tensor1D;
}

/** The start of the part of [low, low + 2^(AT_ONCE - halvings)], one of 2^AT_ONCE, in which gamma has a value. */
function partWith(
  gamma: (t: tf.Tensor1D) => tf.Tensor1D,
  values: tf.Tensor1D,
  low: tf.Tensor1D,
  halvings: number,
): tf.Tensor1D {
  const steps = tf.range(1, 2 ** AT_ONCE, 1);
  const width = 2 ** -halvings;
  const times = tf.add(tf.expandDims(low, 1), tf.mul(width, steps));
  const found = tf.reshape(gamma(tf.reshape(times, [-1])), times.shape);
  const passed = tf.sum(tf.cast(tf.less(found, tf.expandDims(values, 1)), 'float32'), 1) as tf.Tensor1D;
  return tf.add(low, tf.mul(width, passed));
}
