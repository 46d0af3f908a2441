import * as tf from '@tensorflow/tfjs-core';
import { affine, affineBackward, type Inputs, type Result } from './parts.js';

/** As in core's plain composition. */
const PADDING_SCORE = -1e9;

/**
 * Masked self-attention, [B, N, D], [B, N] -> [B, N, D], with one product for queries, keys and values. It traces these
 * three, the attention and the heads' joined outputs.
 */
export function attentionForward(
  x: tf.Tensor,
  parameters: Inputs,
  { mask, heads }: { mask: tf.Tensor; heads: number },
): Result {
  const [batch, objects, width] = x.shape as [number, number, number];
  const rows = tf.reshape(x, [batch * objects, width]);
  const mapped = affine(rows, parameters['inputKernel']!, parameters['inputBias']);
  const byMap = tf.transpose(tf.reshape(mapped, [batch, objects, 3, heads, width / heads]), [2, 0, 3, 1, 4]);
  const [query, key, value] = tf.unstack(byMap);
  const padding = tf.reshape(tf.mul(tf.sub(1, mask), PADDING_SCORE), [batch, 1, 1, objects]);
  const scores = tf.mul(tf.matMul(query!, key!, false, true), Math.sqrt(heads / width));
  const attention = tf.softmax(tf.add(scores, padding));
  const joined = tf.reshape(tf.transpose(tf.matMul(attention, value!), [0, 2, 1, 3]), rows.shape);
  const output = affine(joined, parameters['outputKernel']!, parameters['outputBias']);
  return { value: tf.reshape(output, x.shape), trace: [query!, key!, value!, attention, joined] };
}

/** `dx` and the gradients of the four parameters. */
export function attentionBackward(
  x: tf.Tensor,
  parameters: Inputs,
  { heads }: { heads: number },
  [query, key, value, attention, joined]: readonly tf.Tensor[],
  dy: tf.Tensor,
): Inputs {
  const [batch, objects, width] = x.shape as [number, number, number];
  const rows = tf.reshape(x, [batch * objects, width]);
  const output = affineBackward(joined!, parameters['outputKernel']!, tf.reshape(dy, rows.shape), true);
  const byHead = tf.reshape(output['dx']!, [batch, objects, heads, width / heads]);
  const dAttended = tf.transpose(byHead, [0, 2, 1, 3]);
  const weighted = tf.mul(tf.matMul(dAttended, value!, false, true), attention!);
  const slope = tf.sub(weighted, tf.mul(attention!, tf.sum(weighted, 3, true)));
  const dScores = tf.mul(slope, Math.sqrt(heads / width));
  const dMaps = tf.stack([
    tf.matMul(dScores, key!),
    tf.matMul(dScores, query!, true, false),
    tf.matMul(attention!, dAttended, true, false),
  ]);
  const dMapped = tf.reshape(tf.transpose(dMaps, [1, 3, 0, 2, 4]), [batch * objects, 3 * width]);
  const input = affineBackward(rows, parameters['inputKernel']!, dMapped, true);
  return {
    dx: tf.reshape(input['dx']!, x.shape),
    inputKernel: input['kernel'],
    inputBias: input['bias'],
    outputKernel: output['kernel'],
    outputBias: output['bias'],
  };
}
