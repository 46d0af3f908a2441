import * as tf from '@tensorflow/tfjs-core';
import { Module, type Rng } from '@unfold-zoo/core';
import { GatedFeedForward, gelu, Linear } from '@unfold-zoo/core/nn';
import type { MeasuredObjects } from './detector-objects.js';
import { MASS_WIDTH, massFeatures, pairMasses } from './masses.js';

/** What says how well two objects go together as the two daughters of a particle: by what both are and their mass. */
export class PairScores extends Module {
  readonly first: Linear;
  readonly second: Linear;
  readonly mass: Linear;
  readonly same: Linear;
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
    this.block = new GatedFeedForward({ width: hidden, expansion: 2, gateBias: 2 }, rng.fork('block'));
    this.score = map('score', hidden, 1);
  }

  /** Objects and none, which stands last, [R, N + 1, W] -> [R, N + 1, N + 1], of each as the first and the second. */
  apply(objects: tf.Tensor3D, measured: Pick<MeasuredObjects, 'pt' | 'eta' | 'phi'>): tf.Tensor3D {
    const [rows, count] = objects.shape;
    const isSame = tf.reshape<tf.Rank.R4>(tf.eye(count), [1, count, count, 1]);
    const each = tf.add<tf.Tensor4D>(
      tf.expandDims(this.first.apply(objects), 2),
      tf.expandDims(this.second.apply(objects), 1),
    );
    const masses = withNoneOfTwo(this.mass.apply(massFeatures(pairMasses(measured)) as tf.Tensor4D));
    const known = gelu(tf.add<tf.Tensor4D>(tf.add(each, masses), this.same.apply(isSame)));
    return tf.reshape(this.score.apply(this.block.apply(known)), [rows, count, count]);
  }
}

/** [R, N, N, W] -> [R, N + 1, N + 1, W], 0 where one of the two is none. */
function withNoneOfTwo(values: tf.Tensor4D): tf.Tensor4D {
  const [rows, count, , width] = values.shape;
  const wider = tf.concat4d([values, tf.zeros([rows, count, 1, width])], 2);
  return tf.concat4d([wider, tf.zeros([rows, 1, count + 1, width])], 1);
}
