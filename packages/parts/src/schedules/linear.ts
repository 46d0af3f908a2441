import * as tf from '@tensorflow/tfjs-core';
import { component, Module, NoiseSchedule, type Parameter } from '@unfold-zoo/core';
import { between, endPointOptions } from './end-points.js';

/** gamma(t) = min + (max - min) t. */
export class LinearSchedule extends Module implements NoiseSchedule {
  readonly shapeParameters: readonly Parameter[] = [];

  constructor(
    readonly min: number,
    readonly max: number,
  ) {
    super();
  }

  gamma(t: tf.Tensor1D): tf.Tensor1D {
    return between(this.min, this.max, t);
  }

  gammaSlope(t: tf.Tensor1D): tf.Tensor1D {
    return tf.fill(t.shape, this.max - this.min);
  }
}

/** The component `linear` of the role `schedule`. */
export const linearSchedule = component(NoiseSchedule, 'linear', {
  description: 'gamma rises linearly with time between fixed ends',
  options: endPointOptions,
  create: ({ options }) => new LinearSchedule(options.min, options.max),
});
