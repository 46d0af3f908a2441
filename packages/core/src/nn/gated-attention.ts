import * as tf from '@tensorflow/tfjs-core';
import { Module } from '../module.js';
import type { Rng } from '../rng.js';
import { block } from './fused/block.js';
import { GruGate, type GruGateParameters, plainGruGate } from './gru-gate.js';
import { LayerNorm, type LayerNormParameters, plainLayerNorm } from './layer-norm.js';
import { MaskedAttention, type MaskedAttentionParameters, plainMaskedAttention } from './masked-attention.js';
import { type PreparedObjects, prepareObjects } from './prepared-objects.js';

/** What `gatedAttention` computes with. */
export interface GatedAttentionParameters {
  readonly norm: LayerNormParameters;
  readonly attention: MaskedAttentionParameters;
  readonly gate: GruGateParameters;
}

/**
 * Self-attention in a gated residual connection, with the normalisation before it (SPANet 2; GTrXL, Parisotto et al.
 * 2020).
 * @example
 * const block = new GatedAttention({ width: 64, heads: 4, gateBias: 2 }, rng.fork('block 0'));
 * const attended = block.apply(objects, mask); // [B, N, 64], [B, N] -> [B, N, 64]
 */
export class GatedAttention extends Module implements GatedAttentionParameters {
  readonly norm: LayerNorm;
  readonly attention: MaskedAttention;
  readonly gate: GruGate;

  /** `width` is a multiple of `heads`; for `gateBias` see `GruGate`. */
  constructor({ width, heads, gateBias }: { width: number; heads: number; gateBias: number }, rng: Rng) {
    super();
    this.norm = new LayerNorm(width);
    this.attention = new MaskedAttention({ width, heads }, rng.fork('attention'));
    this.gate = new GruGate({ width, gateBias }, rng.fork('gate'));
  }

  /** [B, N, D], [B, N] -> [B, N, D]; padding comes out as 0. */
  apply(x: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor3D {
    return gatedAttention(x, this, { mask, heads: this.attention.heads });
  }

  /** As `apply`, for the first object of each event, which must not be padding. Every other comes out as 0. */
  applyToFirst(x: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor3D {
    return gatedAttentionOfFirst(x, this, { mask, heads: this.attention.heads });
  }

  /** What first objects look at, [B, N, D] with mask [B, N], for `gatedAttentionTo`. */
  prepare(objects: tf.Tensor3D, mask: tf.Tensor2D): PreparedObjects {
    return prepareObjects(objects, mask, this, this.attention.heads);
  }
}

/**
 * gate(attention(norm(x)), x). [B, N, D] -> [B, N, D], mask [B, N]; where the mask is 0, so is the result.
 * Fused as `UnfoldGatedAttention`.
 */
export function gatedAttention(
  x: tf.Tensor3D,
  { norm, attention, gate }: GatedAttentionParameters,
  { mask, heads }: { mask: tf.Tensor2D; heads: number },
): tf.Tensor3D {
  return block({
    kernel: 'UnfoldGatedAttention',
    inputs: { x, norm, attention, gate },
    constants: { mask },
    attributes: { heads },
    plain: ({ x, ...parameters }, { mask }) => plainGatedAttention(x, parameters, { mask, heads }),
  });
}

/**
 * `gatedAttention` of the first object of each event, where nobody looks at the others. [B, N, D] -> [B, N, D], 0 but
 * for the first object, which must not be padding. Fused as `UnfoldGatedAttentionOfFirst`.
 */
export function gatedAttentionOfFirst(
  x: tf.Tensor3D,
  { norm, attention, gate }: GatedAttentionParameters,
  { mask, heads }: { mask: tf.Tensor2D; heads: number },
): tf.Tensor3D {
  return block({
    kernel: 'UnfoldGatedAttentionOfFirst',
    inputs: { x, norm, attention, gate },
    constants: { mask },
    attributes: { heads },
    plain: ({ x, ...parameters }, { mask }) => plainGatedAttentionOfFirst(x, parameters, { mask, heads }),
  });
}

/** `gatedAttentionOfFirst` in tfjs ops. */
export function plainGatedAttentionOfFirst(
  x: tf.Tensor3D,
  { norm, attention, gate }: GatedAttentionParameters,
  { mask, heads }: { mask: tf.Tensor2D; heads: number },
): tf.Tensor3D {
  const [batch, objects, width] = x.shape;
  const firstOf = (values: tf.Tensor3D): tf.Tensor3D => tf.slice(values, [0, 0, 0], [batch, 1, width]);
  const rows = tf.reshape<tf.Rank.R2>(x, [batch * objects, width]);
  const normal = tf.reshape<tf.Rank.R3>(plainLayerNorm(rows, norm), x.shape);
  const attended = plainMaskedAttention(normal, attention, { mask, heads, queries: firstOf(normal) });
  const asRows = (values: tf.Tensor3D): tf.Tensor2D => tf.reshape(values, [batch, width]);
  const gated = tf.reshape(plainGruGate(asRows(attended), asRows(firstOf(x)), gate), [batch, 1, width]);
  return tf.concat([gated, tf.zeros([batch, objects - 1, width])], 1) as tf.Tensor3D;
}

/** `gatedAttention` in tfjs ops. */
export function plainGatedAttention(
  x: tf.Tensor3D,
  { norm, attention, gate }: GatedAttentionParameters,
  { mask, heads }: { mask: tf.Tensor2D; heads: number },
): tf.Tensor3D {
  const [batch, objects, width] = x.shape;
  const rows = tf.reshape<tf.Rank.R2>(x, [batch * objects, width]);
  const normal = tf.reshape<tf.Rank.R3>(plainLayerNorm(rows, norm), x.shape);
  const attended = tf.reshape<tf.Rank.R2>(plainMaskedAttention(normal, attention, { mask, heads }), rows.shape);
  const gated = tf.mul(plainGruGate(attended, rows, gate), tf.reshape(mask, [batch * objects, 1]));
  return tf.reshape(gated, x.shape);
}
