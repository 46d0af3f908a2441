import * as tf from '@tensorflow/tfjs-core';
import { Module } from '../module.js';
import type { Rng } from '../rng.js';
import { affine } from './functions/affine.js';
import { attentionMap, paddingScores } from './functions/attention-maps.js';
import { block } from './fused/block.js';
import { constantVector, glorotKernel } from './initial-values.js';

export { PADDING_SCORE } from './functions/attention-maps.js';

/** What `maskedAttention` computes with, for width D. */
export interface MaskedAttentionParameters {
  /** [D, 3 D]: the maps to queries, keys and values; within each, one head after the other. */
  readonly inputKernel: tf.Tensor2D;
  /** [3 D]. The keys' third has no effect, as in every attention: it shifts all scores of a query alike. */
  readonly inputBias: tf.Tensor1D;
  /** [D, D]. */
  readonly outputKernel: tf.Tensor2D;
  /** [D]. */
  readonly outputBias: tf.Tensor1D;
}

/**
 * Multi-head self-attention (Vaswani et al. 2017) over padded sets. Kernels start as `glorotKernel`, biases at 0.
 * @example
 * const attention = new MaskedAttention({ width: 64, heads: 4 }, rng.fork('attention'));
 * const attended = attention.apply(objects, mask); // [B, N, 64], [B, N] -> [B, N, 64]
 */
export class MaskedAttention extends Module implements MaskedAttentionParameters {
  readonly heads: number;
  readonly inputKernel: tf.Variable<tf.Rank.R2>;
  readonly inputBias: tf.Variable<tf.Rank.R1>;
  readonly outputKernel: tf.Variable<tf.Rank.R2>;
  readonly outputBias: tf.Variable<tf.Rank.R1>;

  /** `width` is a multiple of `heads`. */
  constructor({ width, heads }: { width: number; heads: number }, rng: Rng) {
    super();
    this.heads = heads;
    this.inputKernel = glorotKernel({ inputs: width, outputs: width, maps: 3 }, rng.fork('inputKernel'));
    this.inputBias = constantVector(3 * width, 0);
    this.outputKernel = glorotKernel({ inputs: width, outputs: width }, rng.fork('outputKernel'));
    this.outputBias = constantVector(width, 0);
  }

  /** [B, N, D], [B, N] -> [B, N, D]. */
  apply(x: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor3D {
    return maskedAttention(x, this, { mask, heads: this.heads });
  }
}

/**
 * Every object attends to every object whose mask is 1. [B, N, D] -> [B, N, D], mask [B, N].
 * What comes out in the place of padding is of no use. Fused as `UnfoldMaskedAttention`.
 */
export function maskedAttention(
  x: tf.Tensor3D,
  { inputKernel, inputBias, outputKernel, outputBias }: MaskedAttentionParameters,
  { mask, heads }: { mask: tf.Tensor2D; heads: number },
): tf.Tensor3D {
  return block({
    kernel: 'UnfoldMaskedAttention',
    inputs: { x, inputKernel, inputBias, outputKernel, outputBias },
    constants: { mask },
    attributes: { heads },
    plain: ({ x, ...parameters }, { mask }) => plainMaskedAttention(x, parameters, { mask, heads }),
  });
}

/**
 * `maskedAttention` in tfjs ops. Of `queries` [B, Q, D], the objects themselves if absent, each attends to the objects
 * x [B, N, D]: [B, Q, D].
 */
export function plainMaskedAttention(
  x: tf.Tensor3D,
  parameters: MaskedAttentionParameters,
  { mask, heads, queries = x }: { mask: tf.Tensor2D; heads: number; queries?: tf.Tensor3D },
): tf.Tensor3D {
  const [batch, , width] = x.shape;
  const [query, key, value] = ([queries, x, x] as const).map((of, part) => {
    const mapped = attentionMap(tf.reshape<tf.Rank.R2>(of, [-1, width]), parameters, part as 0 | 1 | 2);
    return tf.transpose(tf.reshape(mapped, [batch, of.shape[1], heads, width / heads]), [0, 2, 1, 3]);
  });
  const scores = tf.mul(tf.matMul(query!, key!, false, true), Math.sqrt(heads / width));
  const attended = tf.matMul(tf.softmax(tf.add(scores, paddingScores(mask))), value!);
  const joined = tf.reshape<tf.Rank.R2>(tf.transpose(attended, [0, 2, 1, 3]), [-1, width]);
  return tf.reshape(affine(joined, parameters.outputKernel, parameters.outputBias), queries.shape);
}
