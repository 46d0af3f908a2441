import * as tf from '@tensorflow/tfjs-core';
import { affine } from './functions/affine.js';
import { attentionMap, paddingScores } from './functions/attention-maps.js';
import { type GruGateParameters, gruGate } from './gru-gate.js';
import { type LayerNormParameters, layerNorm } from './layer-norm.js';
import type { MaskedAttentionParameters } from './masked-attention.js';

/** What others see of objects [B, N, D] in an attention of H heads: it does not depend on who looks. */
export interface PreparedObjects {
  /** [B, H, D / H, N]. */
  readonly keys: tf.Tensor4D;
  /** [B, H, N, D / H]. */
  readonly values: tf.Tensor4D;
  /** [B, 1, 1, N] added to scores: 0, and for padding so little that nobody looks there. */
  readonly padding: tf.Tensor4D;
}

interface LookingParameters {
  readonly norm: LayerNormParameters;
  readonly attention: MaskedAttentionParameters;
}

/** Keys and values of objects [B, N, D] with their mask [B, N], for `gatedAttentionTo`. */
export function prepareObjects(
  objects: tf.Tensor3D,
  mask: tf.Tensor2D,
  { norm, attention }: LookingParameters,
  heads: number,
): PreparedObjects {
  const [batch, count, width] = objects.shape;
  const rows = layerNorm(tf.reshape<tf.Rank.R2>(objects, [batch * count, width]), norm);
  const [keys, values] = ([1, 2] as const).map((part) =>
    tf.reshape<tf.Rank.R4>(attentionMap(rows, attention, part), [batch, count, heads, width / heads]),
  ) as [tf.Tensor4D, tf.Tensor4D];
  return {
    keys: tf.transpose(keys, [0, 2, 3, 1]),
    values: tf.transpose(values, [0, 2, 1, 3]),
    padding: paddingScores(mask),
  };
}

/**
 * `gatedAttentionOfFirst` for first objects [B, D] in front of prepared ones -> [B, D]: each looks at itself and at the
 * objects of its event. The same to rounding, for a fraction of the work where it is done many times.
 */
export function gatedAttentionTo(
  { keys, values, padding }: PreparedObjects,
  first: tf.Tensor2D,
  { norm, attention, gate }: LookingParameters & { readonly gate: GruGateParameters },
): tf.Tensor2D {
  const [batch, width] = first.shape;
  const heads = keys.shape[1];
  const normal = layerNorm(first, norm);
  const [query, key, value] = ([0, 1, 2] as const).map((part) =>
    tf.reshape<tf.Rank.R4>(attentionMap(normal, attention, part), [batch, heads, 1, width / heads]),
  ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  const own = tf.sum(tf.mul(query, key), 3, true);
  const scores = tf.mul(tf.concat([own, tf.matMul(query, keys)], 3), Math.sqrt(heads / width));
  const seen = tf.concat([tf.zeros([batch, 1, 1, 1]), padding], 3);
  const [toOwn, toObjects] = tf.split(tf.softmax(tf.add(scores, seen)), [1, padding.shape[3]], 3);
  const attended = tf.add(tf.mul(toOwn!, value), tf.matMul(toObjects!, values));
  const rows = tf.reshape<tf.Rank.R2>(attended, [batch, width]);
  return gruGate(affine(rows, attention.outputKernel, attention.outputBias), first, gate);
}
