import * as tf from '@tensorflow/tfjs-core';
import {
  ConditionEncoder,
  component,
  Denoiser,
  type EncodedObservation,
  LatentCodec,
  Module,
  type NoiseLevel,
  type NoisePredictor,
  type Rng,
  UserError,
} from '@unfold-zoo/core';
import {
  type EncodedObjects,
  GatedAttention,
  type GatedBlockOptions,
  GatedFeedForward,
  gatedAttentionTo,
  Linear,
  type PreparedObjects,
} from '@unfold-zoo/core/nn';
import { z } from 'zod';
import { checkHeads } from '../blocks/check-heads.js';
import { expansion, gateBias } from '../blocks/gated-block-options.js';
import type { DenoiserWidths } from './denoiser-widths.js';
import { NoisePrediction, type NoiseProblem, noisePredictionOptions } from './noise-prediction.js';

const transformerOptions = z.object({
  width: z.int().positive().optional().describe("Width of the layers; absent: the condition encoder's width"),
  heads: z.int().positive().default(4).describe('Attention heads; they divide the width'),
  layers: z.int().positive().default(4).describe('Layers, each of attention and a feed-forward block'),
  ...noisePredictionOptions,
  expansion,
  gateBias,
});

/** Parsed options of the denoiser `transformer`. */
export type TransformerOptions = z.output<typeof transformerOptions>;

/** The latent looks at the objects, then is transformed by itself. */
class AttendingLayer extends Module {
  readonly attention: GatedAttention;
  readonly feedForward: GatedFeedForward;

  constructor(options: GatedBlockOptions & { readonly heads: number }, rng: Rng) {
    super();
    this.attention = new GatedAttention(options, rng.fork('attention'));
    this.feedForward = new GatedFeedForward(options, rng.fork('feedForward'));
  }

  /** [R, D], and objects [R, N, D] with their mask of [R, 1 + N], whose first place is that of x -> [R, D]. */
  apply(x: tf.Tensor2D, objects: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor2D {
    const [rows, width] = x.shape;
    const tokens = tf.concat([tf.reshape<tf.Rank.R3>(x, [rows, 1, width]), objects], 1);
    const first = tf.slice(this.attention.applyToFirst(tokens, mask), [0, 0, 0], [rows, 1, width]);
    return this.feedForward.apply(tf.reshape<tf.Rank.R2>(first, [rows, width]));
  }

  /** The same with what was prepared of the objects by `attention`. */
  applyTo(objects: PreparedObjects, x: tf.Tensor2D): tf.Tensor2D {
    return this.feedForward.apply(gatedAttentionTo(objects, x, this.attention));
  }
}

/**
 * A denoiser that attends to the detector's objects: the latent, at its noise level and with the detector's summary, is
 * the query of each layer, and can look up in each head the jet that a parton may belong to. In the networks of the
 * paper all that is known of the detector passes through the summary.
 */
export class TransformerDenoiser extends Module implements Denoiser {
  readonly seesObjects = true;
  readonly prediction: NoisePrediction;
  readonly embedding: Linear;
  readonly objects: Linear;
  readonly layers: readonly AttendingLayer[];
  readonly output: Linear;

  constructor({ latent, condition }: DenoiserWidths, options: TransformerOptions, rng: Rng) {
    super();
    const { width = condition, layers } = options;
    this.prediction = new NoisePrediction({ latent, condition }, options, rng.fork('prediction'));
    const { latentInputs, contextInputs } = this.prediction;
    this.embedding = new Linear({ inputs: latentInputs + contextInputs, outputs: width }, rng.fork('embedding'));
    this.objects = new Linear({ inputs: condition, outputs: width }, rng.fork('objects'));
    const layer = { ...options, width };
    this.layers = Array.from({ length: layers }, (_, i) => new AttendingLayer(layer, rng.fork(`layers ${i}`)));
    this.output = new Linear({ inputs: width, outputs: latent }, rng.fork('output'));
  }

  predictNoise(latent: tf.Tensor2D, level: NoiseLevel, condition: tf.Tensor2D, objects: EncodedObjects): tf.Tensor2D {
    const mask = tf.concat([tf.ones<tf.Rank.R2>([latent.shape[0], 1]), objects.mask], 1);
    const seen = this.objects.apply(objects.tokens);
    return this.#solve(this.prediction.prepare(latent, level, condition), (layer, x) => layer.apply(x, seen, mask));
  }

  forEvents({ summary, objects }: Required<EncodedObservation>): NoisePredictor {
    const expected = this.prediction.expectationOf(summary);
    const seen = this.objects.apply(objects.tokens);
    const prepared = this.layers.map((layer) => layer.attention.prepare(seen, objects.mask));
    return (latent, level) => {
      const problem = this.prediction.prepare(latent, level, summary, expected);
      return this.#solve(problem, (layer, x, i) => layer.applyTo(prepared[i]!, x));
    };
  }

  #solve(
    { latent, context, noiseOf }: NoiseProblem,
    apply: (layer: AttendingLayer, x: tf.Tensor2D, i: number) => tf.Tensor2D,
  ): tf.Tensor2D {
    const query = this.embedding.apply(tf.concat([latent, context], 1));
    return noiseOf(this.output.apply(this.layers.reduce((x, layer, i) => apply(layer, x, i), query)));
  }
}

/**
 * The component `transformer` of the role `denoiser`; refuses a width that its heads do not divide, and encoders that
 * keep no objects.
 */
export const transformerDenoiser = component(Denoiser, 'transformer', {
  description: "Attention of the latent to the detector's objects, in gated layers",
  options: transformerOptions,
  inject: [LatentCodec, ConditionEncoder],
  create: ({ options, rng }, { latentWidth }, encoder) => {
    const { width = encoder.width, heads } = options;
    checkHeads({ width, heads });
    if (!encoder.encodeObjects) {
      throw new UserError(
        'missing objects: the denoiser "transformer" attends to objects, and the condition encoder gives a summary ' +
          'alone; take conditionEncoder.kind gated-transformer',
      );
    }
    return new TransformerDenoiser({ latent: latentWidth, condition: encoder.width }, options, rng);
  },
});
