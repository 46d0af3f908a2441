import * as tf from '@tensorflow/tfjs-core';
import { component, Module, NoiseSchedule, type Parameter } from '@unfold-zoo/core';
import type { GradientGate } from '@unfold-zoo/core/diffusion';
import { monotoneShare, monotoneSlope } from '@unfold-zoo/core/nn';
import { z } from 'zod';
import { beforeSoftClip, between, endPointOptions, softClip } from './end-points.js';

/**
 * w^2 and the reach of the centres, in 2t - 1, of the first tanh units: their sum is straight within 2 % on [-1, 1].
 */
const FIRST_SLOPE = 4;
const FIRST_REACH = 1.5;

/** What a learned schedule is made of. */
export interface LearnedScheduleOptions {
  /** Number of tanh units, H. */
  readonly hidden: number;
  /** First gamma(0) and gamma(1). */
  readonly min: number;
  readonly max: number;
  readonly learnEndPoints: boolean;
}

/**
 * gamma(t) = gamma_min + (gamma_max - gamma_min) (g(t) - g(0)) / (g(1) - g(0)), with the monotone network
 * g(t) = sum_j v_j^2 tanh(w_j^2 (2t - 1) + b_j) (paper, section 2.4; after Kingma et al. 2021).
 *
 * The shape w, b, v bends gamma between ends that it cannot move; the ends have parameters of their own. At first gamma
 * is nearly linear in t.
 */
export class LearnedSchedule extends Module implements NoiseSchedule {
  /** [1, H] w, [H] b, [H, 1] v. */
  readonly inputWeight: tf.Variable<tf.Rank.R2>;
  readonly bias: tf.Variable<tf.Rank.R1>;
  readonly outputWeight: tf.Variable<tf.Rank.R2>;
  /** gamma(0) and gamma(1): numbers if fixed, else parameters before their soft clip. */
  readonly min: Parameter | number;
  readonly max: Parameter | number;

  constructor({ hidden, min, max, learnEndPoints }: LearnedScheduleOptions) {
    super();
    this.inputWeight = parameter(() => tf.fill<tf.Rank.R2>([1, hidden], Math.sqrt(FIRST_SLOPE)));
    this.bias = parameter(() => tf.mul<tf.Tensor1D>(FIRST_SLOPE * FIRST_REACH, evenlySpread(hidden)));
    this.outputWeight = parameter(() => tf.fill<tf.Rank.R2>([hidden, 1], Math.sqrt(1 / hidden)));
    this.min = learnEndPoints ? parameter(() => tf.scalar(beforeSoftClip(min))) : min;
    this.max = learnEndPoints ? parameter(() => tf.scalar(beforeSoftClip(max))) : max;
  }

  get shapeParameters(): readonly Parameter[] {
    return [this.inputWeight, this.bias, this.outputWeight];
  }

  gamma(t: tf.Tensor1D, gate: GradientGate = ungated): tf.Tensor1D {
    return between(gammaOf(this.min), gammaOf(this.max), gate(monotoneShare(t, this)));
  }

  gammaSlope(t: tf.Tensor1D, gate: GradientGate = ungated): tf.Tensor1D {
    return tf.mul(tf.sub(gammaOf(this.max), gammaOf(this.min)), gate(monotoneSlope(t, this)));
  }
}

const ungated: GradientGate = (values) => values;

function parameter<R extends tf.Rank>(value: () => tf.Tensor<R>): tf.Variable<R> {
  return tf.tidy(() => tf.variable(value()));
}

// [H] midpoints of H equal parts of [-1, 1]
function evenlySpread(count: number): tf.Tensor1D {
  return tf.tensor1d(Float32Array.from({ length: count }, (_, i) => (2 * i + 1) / count - 1));
}

function gammaOf(end: Parameter | number): tf.Scalar | number {
  return typeof end === 'number' ? end : softClip(end as tf.Tensor as tf.Scalar);
}

/** The component `learned` of the role `schedule`. */
export const learnedSchedule = component(NoiseSchedule, 'learned', {
  description: 'A monotone network between learned ends, its shape trained to lower the variance of the loss',
  options: endPointOptions.safeExtend({
    hidden: z.int().min(1).default(1024).describe('Units of the monotone network'),
    learnEndPoints: z
      .boolean()
      .default(true)
      .describe(
        'Whether gamma(0) and gamma(1) are trained with the network. Choose false for a codec without randomness: ' +
          'only the KL of a random one keeps gamma(0) from rising',
      ),
  }),
  create: ({ options }) => new LearnedSchedule(options),
});
