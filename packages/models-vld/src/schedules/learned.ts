import * as tf from '@tensorflow/tfjs-core';
import { component, GAMMA_LIMITS, type GradientGate, Module, NoiseSchedule, type Parameter } from '@unfold-zoo/core';
import { z } from 'zod';
import { between, checkEndPoints, endPointOptions } from './end-points.js';

/** w^2 and the reach of the centres, in 2t - 1, of the first tanh units: their sum is straight within 2 % on [-1, 1]. */
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
  readonly inputWeight: Parameter;
  readonly bias: Parameter;
  readonly outputWeight: Parameter;
  /** gamma(0) and gamma(1): numbers if fixed, else parameters before their soft clip. */
  readonly min: Parameter | number;
  readonly max: Parameter | number;

  constructor({ hidden, min, max, learnEndPoints }: LearnedScheduleOptions) {
    super();
    this.inputWeight = parameter(() => tf.fill([1, hidden], Math.sqrt(FIRST_SLOPE)));
    this.bias = parameter(() => tf.mul(FIRST_SLOPE * FIRST_REACH, evenlySpread(hidden)));
    this.outputWeight = parameter(() => tf.fill([hidden, 1], Math.sqrt(1 / hidden)));
    this.min = learnEndPoints ? parameter(() => tf.scalar(beforeSoftClip(min))) : min;
    this.max = learnEndPoints ? parameter(() => tf.scalar(beforeSoftClip(max))) : max;
  }

  get shapeParameters(): readonly Parameter[] {
    return [this.inputWeight, this.bias, this.outputWeight];
  }

  gamma(t: tf.Tensor1D, gate: GradientGate = ungated): tf.Tensor1D {
    const { height, start, rise } = this.#curve(this.#hidden(t));
    const share = gate(tf.div(tf.sub(height, start), rise));
    return between(gammaOf(this.min), gammaOf(this.max), share);
  }

  gammaSlope(t: tf.Tensor1D, gate: GradientGate = ungated): tf.Tensor1D {
    const hidden = this.#hidden(t);
    // g'(t) = sum_j 2 v_j^2 w_j^2 (1 - tanh^2)
    const unitSlope = tf.mul(tf.mul(2, tf.square(this.inputWeight)), tf.sub(1, tf.square(hidden)));
    const slope = tf.slice(this.#sum(unitSlope as tf.Tensor2D), 0, t.shape[0]);
    const share = gate(tf.div(slope, this.#curve(hidden).rise));
    return tf.mul(tf.sub(gammaOf(this.max), gammaOf(this.min)), share);
  }

  // [B + 2, H] tanh units at each time, then at both ends: all in one pass, so that the ends round as the times do.
  #hidden(t: tf.Tensor1D): tf.Tensor2D {
    const times = tf.expandDims<tf.Tensor2D>(tf.concat([t, tf.tensor1d([0, 1])]), 1);
    const slope = tf.square(this.inputWeight) as tf.Tensor2D;
    return tf.tanh(tf.add<tf.Tensor2D>(tf.matMul(tf.sub(tf.mul(2, times), 1), slope), this.bias));
  }

  // g at each time [B], and at the ends [1]
  #curve(hidden: tf.Tensor2D): { height: tf.Tensor1D; start: tf.Tensor1D; rise: tf.Tensor1D } {
    const [height, start, end] = tf.split(this.#sum(hidden), [hidden.shape[0] - 2, 1, 1]) as tf.Tensor1D[];
    return { height: height!, start: start!, rise: tf.sub(end!, start!) };
  }

  #sum(units: tf.Tensor2D): tf.Tensor1D {
    return tf.squeeze(tf.matMul(units, tf.square(this.outputWeight) as tf.Tensor2D), [1]);
  }
}

const ungated: GradientGate = (values) => values;

function parameter(value: () => tf.Tensor): Parameter {
  return tf.tidy(() => tf.variable(value()));
}

// [H] midpoints of H equal parts of [-1, 1]
function evenlySpread(count: number): tf.Tensor1D {
  return tf.tensor1d(Float32Array.from({ length: count }, (_, i) => (2 * i + 1) / count - 1));
}

const limit = GAMMA_LIMITS[1];

function gammaOf(end: Parameter | number): tf.Scalar | number {
  return typeof end === 'number' ? end : tf.mul<tf.Scalar>(limit, tf.tanh(tf.div(end, limit)));
}

function beforeSoftClip(gamma: number): number {
  return limit * Math.atanh(gamma / limit);
}

export const learnedSchedule = component(NoiseSchedule, 'learned', {
  description: 'A monotone network between learned ends, its shape trained to lower the variance of the loss',
  options: z.object({
    ...endPointOptions,
    hidden: z.int().min(1).default(1024).describe('Units of the monotone network'),
    learnEndPoints: z
      .boolean()
      .default(true)
      .describe(
        'Whether gamma(0) and gamma(1) are trained with the network. Choose false for a codec without randomness: ' +
          'only the KL of a random one keeps gamma(0) from rising',
      ),
  }),
  create: ({ options }) => {
    checkEndPoints(options);
    return new LearnedSchedule(options);
  },
});
