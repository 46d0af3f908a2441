import * as tf from '@tensorflow/tfjs-core';
import { Module, type Rng } from '@unfold-zoo/core';
import { GatedFeedForward, gelu, Linear } from '@unfold-zoo/core/nn';
import type { MeasuredObjects } from './detector-objects.js';
import { MASS_WIDTH, massFeatures, pairMasses } from './masses.js';
import { SUM_SCALE } from './pair-messages.js';

/** Width of what a third object says to two. */
const THIRD = 8;

/**
 * What says how well two objects go together as the two daughters of a particle: by what both are, by their mass, and
 * by whether there is a third with which they make the mass of a heavier one.
 */
export class PairScores extends Module {
  readonly first: Linear;
  readonly second: Linear;
  readonly mass: Linear;
  readonly same: Linear;
  readonly third: Linear;
  readonly massOfThree: Linear;
  readonly thirds: Linear;
  readonly block: GatedFeedForward;
  readonly score: Linear;

  /** `width` of the objects, `hidden` of what is made of two. */
  constructor(width: number, hidden: number, rng: Rng) {
    super();
    const map = (name: string, inputs: number, outputs = hidden): Linear =>
      new Linear({ inputs, outputs }, rng.fork(name));
    this.first = map('first', width);
    this.second = map('second', width);
    this.mass = map('mass', MASS_WIDTH);
    this.same = map('same', 1);
    this.third = map('third', width, THIRD);
    this.massOfThree = map('mass of three', MASS_WIDTH, THIRD);
    this.thirds = map('thirds', THIRD);
    this.block = new GatedFeedForward({ width: hidden, expansion: 2, gateBias: 2 }, rng.fork('block'));
    this.score = map('score', hidden, 1);
  }

  /** Objects [R, N, W] and none [R, 1, W] -> [R, N + 1, N + 1], of each as the first and as the second; none last. */
  apply(objects: tf.Tensor3D, none: tf.Tensor3D, measured: MeasuredObjects): tf.Tensor3D {
    const all = tf.concat3d([objects, none], 1);
    const [rows, count] = all.shape;
    const squared = pairMasses(measured);
    const ofTwo = tf.add<tf.Tensor4D>(
      this.mass.apply(massFeatures(squared) as tf.Tensor4D),
      this.thirds.apply(this.#ofThirds(this.third.apply(objects), squared, measured.eligible)),
    );
    const ofEach = tf.add<tf.Tensor4D>(
      tf.expandDims(this.first.apply(all), 2),
      tf.expandDims(this.second.apply(all), 1),
    );
    const isSame = this.same.apply(tf.reshape<tf.Rank.R4>(tf.eye(count), [1, count, count, 1]));
    const known = gelu(tf.add<tf.Tensor4D>(tf.add(ofEach, withNoneOfTwo(ofTwo)), isSame));
    return tf.reshape(this.score.apply(this.block.apply(known)), [rows, count, count]);
  }

  /** What third objects say to each two: [R, N, `THIRD`] of each, [R, N, N] GeV^2 -> [R, N, N, `THIRD`]. */
  #ofThirds(third: tf.Tensor3D, squared: tf.Tensor3D, eligible: tf.Tensor2D): tf.Tensor4D {
    const [rows, count] = eligible.shape;
    const along = (axis: number): tf.Tensor4D => tf.expandDims(squared, axis);
    const ofThree = tf.add<tf.Tensor4D>(tf.add(along(3), along(2)), along(1));
    const masses = this.massOfThree.apply(massFeatures(ofThree) as tf.Tensor<tf.Rank.R5>);
    const said = gelu(tf.add<tf.Tensor<tf.Rank.R5>>(masses, tf.reshape(third, [rows, 1, 1, count, THIRD])));
    const other = tf.sub(1, tf.eye(count));
    const isThird = tf.mul(tf.reshape(other, [1, count, 1, count]), tf.reshape(other, [1, 1, count, count]));
    const heard = tf.mul(isThird, tf.reshape(eligible, [rows, 1, 1, count]));
    return tf.mul(SUM_SCALE, tf.sum(tf.mul(said, tf.expandDims(heard, 4)), 3));
  }
}

/** [R, N, N, W] -> [R, N + 1, N + 1, W], 0 where one of the two is none. */
function withNoneOfTwo(values: tf.Tensor4D): tf.Tensor4D {
  const [rows, count, , width] = values.shape;
  const wider = tf.concat4d([values, tf.zeros([rows, count, 1, width])], 2);
  return tf.concat4d([wider, tf.zeros([rows, 1, count + 1, width])], 1);
}
