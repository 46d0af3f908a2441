import * as tf from '@tensorflow/tfjs-core';
import { component, Module, NoiseSchedule, type Parameter } from '@unfold-zoo/core';
import { endPointOptions } from './end-points.js';

/**
 * alpha = cos(angle), sigma = sin(angle) with an angle that rises linearly with time (Nichol and Dhariwal 2021,
 * eq. 17), between the angles at which gamma = 2 ln tan(angle) has its given ends.
 */
export class CosineSchedule extends Module implements NoiseSchedule {
  readonly shapeParameters: readonly Parameter[] = [];
  readonly start: number;
  readonly range: number;

  constructor(min: number, max: number) {
    super();
    this.start = Math.atan(Math.exp(min / 2));
    this.range = Math.atan(Math.exp(max / 2)) - this.start;
  }

  gamma(t: tf.Tensor1D): tf.Tensor1D {
    const angle = this.#angle(t);
    return tf.mul(2, tf.sub(tf.log(tf.sin(angle)), tf.log(tf.cos(angle))));
  }

  gammaSlope(t: tf.Tensor1D): tf.Tensor1D {
    return tf.div(4 * this.range, tf.sin(tf.mul(2, this.#angle(t))));
  }

  #angle(t: tf.Tensor1D): tf.Tensor1D {
    return tf.add(this.start, tf.mul(this.range, t));
  }
}

/** The component `cosine` of the role `schedule`. */
export const cosineSchedule = component(NoiseSchedule, 'cosine', {
  description: 'The cosine schedule between fixed ends',
  options: endPointOptions,
  create: ({ options }) => new CosineSchedule(options.min, options.max),
});
