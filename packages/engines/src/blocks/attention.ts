import * as tf from '@tensorflow/tfjs-core';
import { PADDING_SCORE } from '@unfold-zoo/core/nn';
import { affine, affineBackward, type Inputs, type Result } from './parts.js';

/** What is not differentiated. */
interface Setting {
  /** [B, N]. */
  readonly mask: tf.Tensor;
  readonly heads: number;
}

/**
 * Masked self-attention, [B, N, D], [B, N] -> [B, N, D], with one product for queries, keys and values. It traces these
 * three, the attention and the heads' joined outputs.
 */
export function attentionForward(x: tf.Tensor, parameters: Inputs, { mask, heads }: Setting): Result {
  const mapped = affine(rowsOf(x), parameters['inputKernel']!, parameters['inputBias']);
  const [query, key, value] = splitHeads(mapped, x, { maps: 3, heads });
  const { attention, joined } = attend([query!, key!, value!], mask);
  const output = affine(joined, parameters['outputKernel']!, parameters['outputBias']);
  return { value: tf.reshape(output, x.shape), trace: [query!, key!, value!, attention, joined] };
}

/** `dx` and the gradients of the four parameters. */
export function attentionBackward(
  x: tf.Tensor,
  parameters: Inputs,
  trace: readonly tf.Tensor[],
  dy: tf.Tensor,
): Inputs {
  const [query, key, value, attention, joined] = trace;
  const output = affineBackward(joined!, parameters['outputKernel']!, rowsOf(dy), true);
  const gradients = attendBackward([query!, key!, value!], attention!, output['dx']!);
  const input = affineBackward(rowsOf(x), parameters['inputKernel']!, joinHeads(gradients), true);
  return {
    dx: tf.reshape(input['dx']!, x.shape),
    inputKernel: input['kernel'],
    inputBias: input['bias'],
    outputKernel: output['kernel'],
    outputBias: output['bias'],
  };
}

/** The same with the first object's query alone. [B, N, D], [B, N] -> [B, D]. */
export function attentionOfFirstForward(x: tf.Tensor, parameters: Inputs, { mask, heads }: Setting): Result {
  const { ofQuery, ofOthers } = queryAndOthers(parameters);
  const first = firstOf(x);
  const asked = affine(first, ofQuery['kernel']!, ofQuery['bias']);
  const [query] = splitHeads(asked, tf.expandDims(first, 1), { maps: 1, heads });
  const [key, value] = splitHeads(affine(rowsOf(x), ofOthers['kernel']!, ofOthers['bias']), x, { maps: 2, heads });
  const { attention, joined } = attend([query!, key!, value!], mask);
  const output = affine(joined, parameters['outputKernel']!, parameters['outputBias']);
  return { value: output, trace: [query!, key!, value!, attention, joined] };
}

/** `dx` and the gradients of the four parameters, given that of the output [B, D]. */
export function attentionOfFirstBackward(
  x: tf.Tensor,
  parameters: Inputs,
  [query, key, value, attention, joined]: readonly tf.Tensor[],
  dy: tf.Tensor,
): Inputs {
  const { ofQuery, ofOthers } = queryAndOthers(parameters);
  const output = affineBackward(joined!, parameters['outputKernel']!, dy, true);
  const [dQuery, dKey, dValue] = attendBackward([query!, key!, value!], attention!, output['dx']!);
  const asked = affineBackward(firstOf(x), ofQuery['kernel']!, joinHeads([dQuery!]), true);
  const others = affineBackward(rowsOf(x), ofOthers['kernel']!, joinHeads([dKey!, dValue!]), true);
  return {
    dx: tf.add(tf.reshape(others['dx']!, x.shape), onlyFirst(asked['dx']!, x.shape[1]!)),
    inputKernel: tf.concat([asked['kernel']!, others['kernel']!], 1),
    inputBias: tf.concat([asked['bias']!, others['bias']!], 0),
    outputKernel: output['kernel'],
    outputBias: output['bias'],
  };
}

/** The first object of each event. [B, N, D] -> [B, D]. */
export function firstOf(x: tf.Tensor): tf.Tensor {
  const [batch, , width] = x.shape as [number, number, number];
  return tf.reshape(tf.slice(x, [0, 0, 0], [batch, 1, width]), [batch, width]);
}

/** The first objects with zeros after them. [B, D] -> [B, N, D]. */
export function onlyFirst(first: tf.Tensor, objects: number): tf.Tensor {
  const [batch, width] = first.shape as [number, number];
  return tf.pad(tf.reshape(first, [batch, 1, width]), [
    [0, 0],
    [0, objects - 1],
    [0, 0],
  ]);
}

/** [..., D] -> [R, D]. */
export function rowsOf(x: tf.Tensor): tf.Tensor {
  return tf.reshape(x, [-1, x.shape.at(-1)!]);
}

/** The map to queries, and those to keys and values side by side. */
function queryAndOthers({ inputKernel, inputBias }: Inputs): { ofQuery: Inputs; ofOthers: Inputs } {
  const width = inputKernel!.shape[0]!;
  const [queryKernel, otherKernels] = tf.split(inputKernel!, [width, 2 * width], 1);
  const [queryBias, otherBiases] = tf.split(inputBias!, [width, 2 * width], 0);
  return { ofQuery: { kernel: queryKernel, bias: queryBias }, ofOthers: { kernel: otherKernels, bias: otherBiases } };
}

type Size = { readonly maps: number; readonly heads: number };

/** [B N, maps D] -> maps of [B, H, N, D / H], where `like` is [B, N, D]. */
function splitHeads(mapped: tf.Tensor, like: tf.Tensor, { maps, heads }: Size): tf.Tensor[] {
  const [batch, objects, width] = like.shape as [number, number, number];
  return tf.unstack(tf.transpose(tf.reshape(mapped, [batch, objects, maps, heads, width / heads]), [2, 0, 3, 1, 4]));
}

/** Undoes `splitHeads`. */
function joinHeads(maps: readonly tf.Tensor[]): tf.Tensor {
  const [batch, heads, objects, size] = maps[0]!.shape as [number, number, number, number];
  const byObject = tf.transpose(tf.stack([...maps]), [1, 3, 0, 2, 4]);
  return tf.reshape(byObject, [batch * objects, maps.length * heads * size]);
}

type Maps = readonly [query: tf.Tensor, key: tf.Tensor, value: tf.Tensor];

/** The attention [B, H, Q, N], and what it makes of the values, heads side by side [B Q, D]. */
function attend([query, key, value]: Maps, mask: tf.Tensor): { attention: tf.Tensor; joined: tf.Tensor } {
  const [batch, , objects, size] = key.shape as [number, number, number, number];
  const padding = tf.reshape(tf.mul(tf.sub(1, mask), PADDING_SCORE), [batch, 1, 1, objects]);
  const scores = tf.mul(tf.matMul(query, key, false, true), 1 / Math.sqrt(size));
  const attention = tf.softmax(tf.add(scores, padding));
  return { attention, joined: joinHeads([tf.matMul(attention, value)]) };
}

/** The gradients of queries, keys and values, given that of the joined outputs. */
function attendBackward([query, key, value]: Maps, attention: tf.Tensor, dJoined: tf.Tensor): tf.Tensor[] {
  const [batch, heads, queries, size] = query.shape as [number, number, number, number];
  const dAttended = tf.transpose(tf.reshape(dJoined, [batch, queries, heads, size]), [0, 2, 1, 3]);
  const weighted = tf.mul(tf.matMul(dAttended, value, false, true), attention);
  const slope = tf.sub(weighted, tf.mul(attention, tf.sum(weighted, 3, true)));
  const dScores = tf.mul(slope, 1 / Math.sqrt(size));
  return [
    tf.matMul(dScores, key),
    tf.matMul(dScores, query, true, false),
    tf.matMul(attention, dAttended, true, false),
  ];
}
