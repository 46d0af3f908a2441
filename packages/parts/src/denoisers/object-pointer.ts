import * as tf from '@tensorflow/tfjs-core';
import { Module, type Rng } from '@unfold-zoo/core';
import { type EncodedObjects, Linear, PADDING_SCORE } from '@unfold-zoo/core/nn';

/** Width of a head's queries and keys. */
const HEAD_WIDTH = 16;

/** What of the objects of an event does not depend on who points at them. */
export interface PointedObjects {
  /** [B, H, 16, N]. */
  readonly keys: tf.Tensor4D;
  /** [B, 1, 1, N], 0, and far below for padding. */
  readonly padding: tf.Tensor4D;
  /** [B, N, D]. */
  readonly tokens: tf.Tensor3D;
}

/**
 * Heads that each point at an object and hand it on as it is: a mean of the objects, weighted by a softmax of how well
 * they fit a query. No normalisation and no gate takes precision from what is read.
 */
export class ObjectPointer extends Module {
  readonly queries: Linear;
  readonly keys: Linear;
  /** Width of what is read. */
  readonly width: number;
  readonly #heads: number;

  constructor(
    { query, objects, heads }: { readonly query: number; readonly objects: number; readonly heads: number },
    rng: Rng,
  ) {
    super();
    this.queries = new Linear({ inputs: query, outputs: heads * HEAD_WIDTH }, rng.fork('queries'));
    this.keys = new Linear({ inputs: objects, outputs: heads * HEAD_WIDTH }, rng.fork('keys'));
    this.width = heads * objects;
    this.#heads = heads;
  }

  prepare({ tokens, mask }: EncodedObjects): PointedObjects {
    const [batch, count] = tokens.shape;
    const keys = tf.reshape<tf.Rank.R4>(this.keys.apply(tokens), [batch, count, this.#heads, HEAD_WIDTH]);
    const padding = tf.reshape<tf.Rank.R4>(tf.mul(tf.sub(1, mask), PADDING_SCORE), [batch, 1, 1, count]);
    return { keys: tf.transpose(keys, [0, 2, 3, 1]), padding, tokens };
  }

  /** [B, W] -> [B, H D]. */
  apply(x: tf.Tensor2D, { keys, padding, tokens }: PointedObjects): tf.Tensor2D {
    const [batch, count] = tokens.shape;
    const query = tf.reshape(this.queries.apply(x), [batch, this.#heads, 1, HEAD_WIDTH]);
    const scores = tf.add(tf.mul(tf.matMul(query, keys), 1 / Math.sqrt(HEAD_WIDTH)), padding);
    const weights = tf.reshape<tf.Rank.R3>(tf.softmax(scores), [batch, this.#heads, count]);
    return tf.reshape(tf.matMul(weights, tokens), [batch, this.width]);
  }
}
