import * as tf from '@tensorflow/tfjs-core';
import { Module, type Rng } from '@unfold-zoo/core';
import { type EncodedObjects, Linear, PADDING_SCORE } from '@unfold-zoo/core/nn';

/** Width of a head's queries and keys. */
const HEAD_WIDTH = 16;

/** What of the objects of E events does not depend on who points at them. */
export interface PointedObjects {
  /** [E, H, 16, N]. */
  readonly keys: tf.Tensor4D;
  /** [E, 1, 1, N], 0, and far below for padding. */
  readonly padding: tf.Tensor4D;
  /** [E, N, D]. */
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

  /** [R, W] -> [R, H D], for as many rows of each of the E events, side by side. */
  apply(x: tf.Tensor2D, { keys, padding, tokens }: PointedObjects): tf.Tensor2D {
    const [events, count] = tokens.shape;
    const [rows] = x.shape;
    const each = rows / events;
    const queries = tf.reshape<tf.Rank.R4>(this.queries.apply(x), [events, each, this.#heads, HEAD_WIDTH]);
    const products = tf.matMul(swapInner(queries), keys);
    const weights = tf.softmax(tf.add<tf.Tensor4D>(tf.mul(products, 1 / Math.sqrt(HEAD_WIDTH)), padding));
    const byRow = tf.reshape<tf.Rank.R3>(swapInner(weights), [events, each * this.#heads, count]);
    return tf.reshape(tf.matMul(byRow, tokens), [rows, this.width]);
  }
}

/** [A, B, C, D] -> [A, C, B, D]; nothing is moved where one of the two is 1. */
function swapInner(x: tf.Tensor4D): tf.Tensor4D {
  const [a, b, c, d] = x.shape;
  return b === 1 || c === 1 ? tf.reshape(x, [a, c, b, d]) : tf.transpose(x, [0, 2, 1, 3]);
}
