import * as tf from '@tensorflow/tfjs-core';
import { ConditionEncoder, component, EventSpec, Module, type Observation, type Rng } from '@unfold-zoo/core';
import { constantVector, glorotKernel, LayerNorm, Linear } from '@unfold-zoo/core/nn';
import { z } from 'zod';

/** Added to the score of padding, whose share of a softmax is then 0 in float32. */
const PADDING_SCORE = -1e9;

/** Numbers of the encoder. */
export interface AttentionPoolingSize {
  /** D, of objects and summary. */
  readonly width: number;
  /** K: weighted means that the summary is made from. */
  readonly queries: number;
}

/**
 * A network on each detector object, then for each of K learned queries the mean of all objects of all inputs, weighted
 * by a softmax of their scores (pooling by attention, Lee et al. 2019, Set Transformer, section 3.2, with one head a
 * query). Besides the objects there is one that is learned, so that an event without objects has a mean too.
 */
export class AttentionPooling extends Module implements ConditionEncoder {
  readonly width: number;
  /** By the name of the input. */
  readonly objects: ReadonlyMap<string, Linear>;
  /** [D]. */
  readonly absent: tf.Variable<tf.Rank.R1>;
  readonly norm: LayerNorm;
  /** [D, K]: the score of an object for each query. */
  readonly scores: tf.Variable<tf.Rank.R2>;
  readonly summary: Linear;

  constructor({ width, queries }: AttentionPoolingSize, spec: EventSpec, rng: Rng) {
    super();
    this.width = width;
    this.objects = new Map(
      Object.entries(spec.inputs).map(([name, { features }]) => [
        name,
        new Linear({ inputs: features.length, outputs: width, activation: 'gelu' }, rng.fork(`objects ${name}`)),
      ]),
    );
    this.absent = constantVector(width, 0);
    this.norm = new LayerNorm(width);
    this.scores = glorotKernel({ inputs: width, outputs: queries }, rng.fork('scores'));
    this.summary = new Linear({ inputs: queries * width, outputs: width }, rng.fork('summary'));
  }

  /** [B, D]. */
  encode(observed: Observation): tf.Tensor2D {
    const { tokens, mask } = this.#tokens(observed);
    const [events, count, width] = tokens.shape;
    const rows = tf.reshape<tf.Rank.R2>(tokens, [events * count, width]);
    const scores = tf.reshape<tf.Rank.R3>(tf.matMul(rows, this.scores), [events, count, -1]);
    const padding = tf.mul(tf.expandDims(tf.sub(1, mask), 2), PADDING_SCORE);
    // tfjs has a softmax of the last axis alone: [B, K, N].
    const shares = tf.softmax(tf.transpose(tf.add<tf.Tensor3D>(scores, padding), [0, 2, 1]));
    const means = tf.matMul(shares, tokens);
    return this.summary.apply(tf.reshape<tf.Rank.R2>(means, [events, -1]));
  }

  /** Tokens [B, N, D] of the objects of all inputs and of the one that is learned, with their mask [B, N]. */
  #tokens(observed: Observation): { tokens: tf.Tensor3D; mask: tf.Tensor2D } {
    const embedded = [...this.objects].map(([name, map]) => map.apply(observed[name]!.features));
    const masks = [...this.objects.keys()].map((name) => observed[name]!.mask);
    const events = masks[0]!.shape[0];
    const absent = tf.tile<tf.Tensor3D>(tf.reshape(this.absent, [1, 1, this.width]), [events, 1, 1]);
    return {
      tokens: this.norm.apply(tf.concat([absent, ...embedded], 1)),
      mask: tf.concat([tf.ones<tf.Rank.R2>([events, 1]), ...masks], 1),
    };
  }
}

export const attentionPooling = component(ConditionEncoder, 'attention-pooling', {
  description:
    'Means of the detector objects, weighted by learned queries: attention without attention between objects',
  options: z.object({
    width: z.int().positive().default(48).describe('Width D of the summary'),
    queries: z.int().positive().default(8).describe('Weighted means that the summary is made from'),
  }),
  inject: [EventSpec],
  create: ({ options, rng }, spec) => new AttentionPooling(options, spec, rng),
});
