import * as tf from '@tensorflow/tfjs-core';
import type { ReachedInLoop, SamplerLoop, TensorDiffusion } from '@unfold-zoo/core';
import { alpha, timesAt, WHOLE_BATCH_SCOPE } from '@unfold-zoo/core/diffusion';
import { errorNorm, FIRST_STEP, GROWTH, NODES, type Tolerance, type Trial, tryStep } from './dormand-prince.js';

/** What a step hands on to the next. */
type State = readonly [
  /** How long the next step is to be in sigma / alpha. */
  length: tf.Scalar,
  /** [B, L] the noise predicted where it starts. */
  slope: tf.Tensor2D,
  /** By how much it may be followed by a longer one. */
  fastest: tf.Scalar,
];

/** The steps of `rungeKutta` in tfjs ops, which choose the next by numbers that are not known yet. */
export function rungeKuttaLoop({ maxSteps, ...tolerance }: Tolerance & { readonly maxSteps: number }): SamplerLoop {
  return {
    maxSteps,
    init: (latent, diffusion) => {
      const [start, end] = ratiosAt(diffusion, tf.tensor1d([1, 0])) as [tf.Scalar, tf.Scalar];
      const t = tf.scalar(1);
      const length = tf.mul<tf.Scalar>(FIRST_STEP, tf.sub(start, end));
      return { latent, t, state: [length, diffusion.predictNoise(latent, t), tf.scalar(GROWTH.fastest)] };
    },
    step: (from, diffusion) => {
      const [, slope, fastest] = from.state as State;
      const trial = planStep(from, diffusion);
      const end = tryStep(trial, diffusion.predictNoise);
      const error = tf.tidy(WHOLE_BATCH_SCOPE, () => errorNorm(trial.from, end, tolerance));
      const isTaken = tf.lessEqual(error, 1) as tf.Scalar;
      const most = tf.where(isTaken, fastest, 1) as tf.Scalar;
      const { time, alpha } = trial.stages.at(-1)!;
      return {
        latent: tf.where(isTaken, tf.mul(end.to, alpha), from.latent) as tf.Tensor2D,
        t: tf.where(isTaken, time, from.t) as tf.Scalar,
        state: [
          tf.mul(trial.length, growth(error, most)),
          tf.where(isTaken, end.slope, slope),
          tf.where(isTaken, GROWTH.fastest, 1),
        ],
      };
    },
  };
}

function planStep({ latent, t, state }: ReachedInLoop, diffusion: TensorDiffusion): Trial<tf.Scalar> {
  const [wanted, slope] = state as State;
  const [start, end] = ratiosAt(diffusion, tf.stack([t, tf.scalar(0)]) as tf.Tensor1D) as [tf.Scalar, tf.Scalar];
  const s = timeOf(diffusion, tf.sub(start, wanted), end);
  const length = tf.sub<tf.Scalar>(start, ratiosAt(diffusion, s)[0]!);
  const inner = timesAt(diffusion.gamma, logarithms(tf.sub(start, tf.mul(length, NODES.slice(0, -2)))));
  const times = tf.concat<tf.Tensor1D>([inner, s, s]);
  const alphas = tf.unstack(alpha(diffusion.gamma(times))) as tf.Scalar[];
  const stages = tf.unstack(times).map((time, i) => ({ time: time as tf.Scalar, alpha: alphas[i]! }));
  const here = alpha(diffusion.gamma(tf.reshape(t, [1])));
  return { from: tf.div(latent, here), slope, length, stages };
}

/** [1] the time at which sigma / alpha has a value, 0 if that is beyond the end. */
function timeOf(diffusion: TensorDiffusion, ratio: tf.Scalar, end: tf.Scalar): tf.Tensor1D {
  const reached = timesAt(diffusion.gamma, logarithms(tf.reshape(tf.maximum(ratio, end), [1])));
  return tf.where(tf.greater(ratio, end), reached, 0) as tf.Tensor1D;
}

/** gamma of values of sigma / alpha. [N] -> [N] */
function logarithms(ratios: tf.Tensor1D): tf.Tensor1D {
  return tf.mul(2, tf.log(ratios));
}

/** sigma / alpha at times [N]. */
function ratiosAt(diffusion: TensorDiffusion, times: tf.Tensor1D): tf.Tensor[] {
  return tf.unstack(tf.exp(tf.div(diffusion.gamma(times), 2)));
}

/** As of `rungeKutta`; an error that is not finite is none that a power of is taken of. */
function growth(error: tf.Scalar, most: tf.Scalar): tf.Scalar {
  const wanted = tf.mul(GROWTH.safety, tf.pow(error, -1 / 5));
  const allowed = tf.minimum(most, tf.maximum(GROWTH.slowest, wanted));
  return tf.where(tf.less(error, Number.POSITIVE_INFINITY), allowed, GROWTH.slowest) as tf.Scalar;
}
