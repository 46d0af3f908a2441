import * as tf from '@tensorflow/tfjs-core';
import { Module, type Rng } from '@unfold-zoo/core';
import { type EncodedObjects, Linear, PADDING_SCORE } from '@unfold-zoo/core/nn';

/**
 * Objects as they were measured, read out past all layers: each head takes a mean of the embedded objects, whose
 * weights are a softmax over what the layers made of them. A head that has found the lepton hands its momentum on as it
 * is: nothing that is between, no normalisation and no gate, takes precision from it.
 */
export class ObjectReadout extends Module {
  readonly scores: Linear;
  /** Width of what is read out. */
  readonly width: number;

  constructor({ width, heads }: { readonly width: number; readonly heads: number }, rng: Rng) {
    super();
    this.scores = new Linear({ inputs: width, outputs: heads }, rng.fork('scores'));
    this.width = heads * width;
  }

  /** Objects after all layers, and their embeddings [B, N, D] -> [B, H D]. */
  apply({ tokens, mask }: EncodedObjects, embedded: tf.Tensor3D): tf.Tensor2D {
    const padding = tf.expandDims(tf.mul(tf.sub(1, mask), PADDING_SCORE), 2);
    const scores = tf.transpose(tf.add(this.scores.apply(tokens), padding), [0, 2, 1]);
    return tf.reshape(tf.matMul(tf.softmax(scores), embedded), [mask.shape[0], this.width]);
  }
}
