import * as tf from '@tensorflow/tfjs-core';
import { Module, type Rng } from '@unfold-zoo/core';
import {
  GatedAttention,
  type GatedBlockOptions,
  GatedFeedForward,
  gatedAttentionTo,
  type PreparedObjects,
} from '@unfold-zoo/core/nn';

/** The latent looks at the objects, then is transformed by itself. */
export class AttendingLayer extends Module {
  readonly attention: GatedAttention;
  readonly feedForward: GatedFeedForward;

  constructor(options: GatedBlockOptions & { readonly heads: number }, rng: Rng) {
    super();
    this.attention = new GatedAttention(options, rng.fork('attention'));
    this.feedForward = new GatedFeedForward(options, rng.fork('feedForward'));
  }

  /** [R, D], and objects [R, N, D] with their mask of [R, 1 + N], whose first place is that of x -> [R, D]. */
  apply(x: tf.Tensor2D, objects: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor2D {
    const [rows, width] = x.shape;
    const tokens = tf.concat([tf.reshape<tf.Rank.R3>(x, [rows, 1, width]), objects], 1);
    const first = tf.slice(this.attention.applyToFirst(tokens, mask), [0, 0, 0], [rows, 1, width]);
    return this.feedForward.apply(tf.reshape<tf.Rank.R2>(first, [rows, width]));
  }

  /** The same with what was prepared of the objects by `attention`. */
  applyTo(objects: PreparedObjects, x: tf.Tensor2D): tf.Tensor2D {
    return this.feedForward.apply(gatedAttentionTo(objects, x, this.attention));
  }
}
