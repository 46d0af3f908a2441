import * as tf from '@tensorflow/tfjs-core';
import { Module, type Parameter, type Rng } from '@unfold-zoo/core';
import { randomRotation } from './random-rotation.js';

/** `hard` reorders the channels, `soft` rotates them. */
export type PermutationKind = 'hard' | 'soft';

/**
 * A fixed random orthogonal map of the channels, so that no channel is always among those that pass a coupling. It
 * changes no volume. Both kinds are a matrix W, kept in checkpoints and never trained: a product with it costs nothing
 * beside a subnet, and unlike a gather it has a fast gradient on every engine.
 */
export class Permutation extends Module {
  /** [D, D] W. */
  readonly matrix: Parameter;

  constructor(matrix: readonly ArrayLike<number>[]) {
    super();
    const values = Float32Array.from(matrix.flatMap((row) => Array.from(row)));
    this.matrix = tf.tidy(() => tf.variable(tf.tensor2d(values, [matrix.length, matrix.length]), false));
  }

  /** x W^T. [B, D] -> [B, D]. */
  forward(x: tf.Tensor2D): tf.Tensor2D {
    return tf.matMul(x, tf.transpose(this.matrix as tf.Tensor2D));
  }

  /** z W. [B, D] -> [B, D]. */
  inverse(z: tf.Tensor2D): tf.Tensor2D {
    return tf.matMul(z, this.matrix as tf.Tensor2D);
  }
}

/** A random permutation of `width` channels. */
export function randomPermutation(width: number, kind: PermutationKind, rng: Rng): Permutation {
  return new Permutation(kind === 'soft' ? randomRotation(width, rng) : permutationMatrix(randomOrder(width, rng)));
}

/** W with x W^T = (x[order[0]], x[order[1]], ...). */
export function permutationMatrix(order: ArrayLike<number>): number[][] {
  return Array.from(order, (from) => Array.from({ length: order.length }, (_, i) => (i === from ? 1 : 0)));
}

function randomOrder(width: number, rng: Rng): Uint32Array {
  return rng.shuffle(Uint32Array.from({ length: width }, (_, i) => i));
}
