import * as tf from '@tensorflow/tfjs-core';
import { Module, type Rng } from '@unfold-zoo/core';
import { gelu, Linear } from '@unfold-zoo/core/nn';
import type { MeasuredObjects } from './detector-objects.js';
import { MASS_WIDTH, massFeatures, pairMasses } from './masses.js';

/** Width of what one object says to another. */
const WIDTH = 16;
/** Makes the sum over a handful of objects of order 1. */
export const SUM_SCALE = 0.5;

/**
 * What all others say to each object, by what both are and by the mass of the two: whether there is one that makes a
 * resonance with it, before any is chosen.
 */
export class PairMessages extends Module {
  readonly own: Linear;
  readonly other: Linear;
  readonly mass: Linear;
  readonly output: Linear;

  /** `width` of the objects. */
  constructor(width: number, rng: Rng) {
    super();
    const map = (name: string, inputs: number): Linear => new Linear({ inputs, outputs: WIDTH }, rng.fork(name));
    this.own = map('own', width);
    this.other = map('other', width);
    this.mass = map('mass', MASS_WIDTH);
    this.output = new Linear({ inputs: WIDTH, outputs: width }, rng.fork('output'));
  }

  /** [R, N, W] -> [R, N, W]. */
  apply(objects: tf.Tensor3D, measured: MeasuredObjects): tf.Tensor3D {
    const [rows, count] = measured.pt.shape;
    const said = tf.add(
      tf.add(tf.expandDims(this.own.apply(objects), 2), tf.expandDims(this.other.apply(objects), 1)),
      this.mass.apply(massFeatures(pairMasses(measured))),
    );
    const isOther = tf.sub(1, tf.reshape(tf.eye(count), [1, count, count, 1]));
    const heard = tf.mul(gelu(said), tf.mul(isOther, tf.reshape(measured.eligible, [rows, 1, count, 1])));
    return this.output.apply(tf.mul(SUM_SCALE, tf.sum(heard, 2)) as tf.Tensor3D);
  }
}
