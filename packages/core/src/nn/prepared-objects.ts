import * as tf from '@tensorflow/tfjs-core';
import { attentionMap, paddingScores } from './functions/attention-maps.js';
import { type GruGateParameters, gruGate } from './gru-gate.js';
import { type LayerNormParameters, layerNorm } from './layer-norm.js';
import { linear } from './linear.js';
import type { MaskedAttentionParameters } from './masked-attention.js';

/** What others see of the N objects of E events in an attention of H heads: it does not depend on who looks. */
export interface PreparedObjects {
  /** [E, H, D / H, N]. */
  readonly keys: tf.Tensor4D;
  /** [E, H, N, D / H]. */
  readonly values: tf.Tensor4D;
  /** [E, 1, 1, 1 + N] added to scores: 0, and for padding so little that nobody looks there. First stands who looks. */
  readonly padding: tf.Tensor4D;
}

interface LookingParameters {
  readonly norm: LayerNormParameters;
  readonly attention: MaskedAttentionParameters;
}

/** Keys and values of objects [E, N, D] with their mask [E, N], for `gatedAttentionTo`. */
export function prepareObjects(
  objects: tf.Tensor3D,
  mask: tf.Tensor2D,
  { norm, attention }: LookingParameters,
  heads: number,
): PreparedObjects {
  const [events, count, width] = objects.shape;
  const rows = layerNorm(tf.reshape<tf.Rank.R2>(objects, [events * count, width]), norm);
  const [keys, values] = ([1, 2] as const).map((part) =>
    tf.reshape<tf.Rank.R4>(attentionMap(rows, attention, part), [events, count, heads, width / heads]),
  ) as [tf.Tensor4D, tf.Tensor4D];
  return {
    keys: tf.transpose(keys, [0, 2, 3, 1]),
    values: tf.transpose(values, [0, 2, 1, 3]),
    padding: tf.concat([tf.zeros<tf.Rank.R4>([events, 1, 1, 1]), paddingScores(mask)], 3),
  };
}

/**
 * `gatedAttentionOfFirst` for first objects [R, D] in front of prepared ones -> [R, D]: each looks at itself and at the
 * objects of its event. The R rows are as many of each of the E events, side by side. The same to rounding, for a
 * fraction of the work where it is done many times.
 */
export function gatedAttentionTo(
  { keys, values, padding }: PreparedObjects,
  first: tf.Tensor2D,
  { norm, attention, gate }: LookingParameters & { readonly gate: GruGateParameters },
): tf.Tensor2D {
  const [events, heads] = keys.shape;
  const [rows, width] = first.shape;
  const each = [events, rows / events, heads, width / heads] as const;
  const { inputKernel: kernel, inputBias: bias, outputKernel, outputBias } = attention;
  const maps = tf.reshape(linear(layerNorm(first, norm), { kernel, bias }), [each[0], each[1], 3, each[2], each[3]]);
  // [E, H, rows of the event, D / H] each.
  const [query, key, value] = tf.unstack(tf.transpose(maps, [2, 0, 3, 1, 4])) as [
    tf.Tensor4D,
    tf.Tensor4D,
    tf.Tensor4D,
  ];
  const own = tf.sum(tf.mul(query, key), 3, true);
  const scores = tf.mul(tf.concat([own, tf.matMul(query, keys)], 3), Math.sqrt(heads / width));
  const [toOwn, toObjects] = tf.split(tf.softmax(tf.add(scores, padding)), [1, values.shape[2]], 3);
  const attended = tf.add(tf.mul(toOwn!, value), tf.matMul(toObjects!, values));
  const joined = tf.reshape<tf.Rank.R2>(tf.transpose(attended, [0, 2, 1, 3]), [rows, width]);
  return gruGate(linear(joined, { kernel: outputKernel, bias: outputBias }), first, gate);
}
