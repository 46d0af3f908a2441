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
import { type EncodedObjects, Linear, repeatRows } from '@unfold-zoo/core/nn';
import { z } from 'zod';
import { checkHeads, headsDivideWidth } from '../blocks/check-heads.js';
import { expansion, gateBias } from '../blocks/gated-block-options.js';
import { AttendingLayer } from './attending-layer.js';
import type { DenoiserWidths } from './denoiser-widths.js';
import { eventEmbedding } from './event-embedding.js';
import { type Expectation, NoisePrediction, type NoiseProblem, noisePredictionOptions } from './noise-prediction.js';
import type { PointedObjects } from './object-pointer.js';
import { SecondLook } from './second-look.js';

const eachOption = z.object({
  width: z.int().positive().optional().describe("Width of the layers; absent: the condition encoder's width"),
  heads: z.int().positive().default(4).describe('Attention heads; they divide the width'),
  layers: z.int().positive().default(4).describe('Layers, each of attention and a feed-forward block'),
  pointers: z
    .int()
    .nonnegative()
    .default(0)
    .describe(
      'Heads of a second look at the latent after all layers, with predicts: deviation. Each points at an object and ' +
        'reads it as it is; what they read says anew, at this noise level, what is expected of the latent, and the ' +
        'network sees how far it is from that. Directions of quarks, which are those of jets, are precise sooner. ' +
        '0 for none',
    ),
  ...noisePredictionOptions,
  expansion,
  gateBias,
});

const transformerOptions = eachOption.superRefine((options, context) => {
  headsDivideWidth(options, context);
  const { pointers, predicts } = options;
  if (pointers === 0 || predicts === 'deviation') return;
  const message = `they refine what predicts: deviation expects, and it is "${predicts}"; take that, or pointers: 0`;
  context.addIssue({ code: 'custom', path: ['pointers'], message });
});

/** Parsed options of the denoiser `transformer`. */
export type TransformerOptions = z.output<typeof transformerOptions>;

/** What is known of the detector, whatever the latent and its noise. */
interface Known {
  /** [B, 2 L], of `predicts: deviation`. */
  readonly numbers: tf.Tensor2D | undefined;
  /** What the second look points at. */
  readonly pointed: PointedObjects | undefined;
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
  readonly secondLook?: SecondLook;
  readonly output: Linear;

  constructor({ latent, condition }: DenoiserWidths, options: TransformerOptions, rng: Rng) {
    super();
    const { width = condition, layers, pointers } = options;
    this.prediction = new NoisePrediction({ latent, condition }, options, rng.fork('prediction'));
    const { latentInputs, contextInputs } = this.prediction;
    this.embedding = new Linear({ inputs: latentInputs + contextInputs, outputs: width }, rng.fork('embedding'));
    this.objects = new Linear({ inputs: condition, outputs: width }, rng.fork('objects'));
    const layer = { ...options, width };
    this.layers = Array.from({ length: layers }, (_, i) => new AttendingLayer(layer, rng.fork(`layers ${i}`)));
    if (pointers > 0)
      this.secondLook = new SecondLook({ ...layer, latent, condition, heads: pointers }, rng.fork('secondLook'));
    this.output = new Linear({ inputs: width, outputs: latent }, rng.fork('output'));
  }

  predictNoise(latent: tf.Tensor2D, level: NoiseLevel, summary: tf.Tensor2D, objects: EncodedObjects): tf.Tensor2D {
    const mask = tf.concat([tf.ones<tf.Rank.R2>([latent.shape[0], 1]), objects.mask], 1);
    const seen = this.objects.apply(objects.tokens);
    const known = this.#known(summary, objects);
    const { latent: own, noiseOf } = this.prediction.view(latent, level, this.#expected(known));
    const query = this.embedding.apply(tf.concat([own, this.prediction.encodeLevel(level), summary], 1));
    const x = this.layers.reduce((current, layer) => layer.apply(current, seen, mask), query);
    return this.#noise(x, noiseOf, known, { latent, level });
  }

  forEvents({ summary, objects }: Required<EncodedObservation>, draws = 1): NoisePredictor {
    const { numbers, pointed } = this.#known(summary, objects);
    const embed = eventEmbedding(this.prediction, this.embedding, { summary, numbers, draws });
    const known = { numbers: numbers && repeatRows(numbers, draws), pointed };
    const seen = this.objects.apply(objects.tokens);
    const prepared = this.layers.map((layer) => layer.attention.prepare(seen, objects.mask));
    return (latent, level) => {
      const { embedded, noiseOf } = embed(latent, level);
      const x = this.layers.reduce((current, layer, i) => layer.applyTo(prepared[i]!, current), embedded);
      return this.#noise(x, noiseOf, known, { latent, level });
    };
  }

  #known(summary: tf.Tensor2D, objects: EncodedObjects): Known {
    const numbers = this.prediction.expectationOf(summary);
    return { numbers, pointed: this.secondLook?.pointer.prepare(objects) };
  }

  #expected({ numbers }: Known): Expectation | undefined {
    return numbers && this.prediction.expected(numbers);
  }

  /** The noise that the network means, after the second look if there is one, by what comes out of all layers. */
  #noise(
    x: tf.Tensor2D,
    noiseOf: NoiseProblem['noiseOf'],
    { numbers, pointed }: Known,
    { latent, level }: { readonly latent: tf.Tensor2D; readonly level: NoiseLevel },
  ): tf.Tensor2D {
    const view = this.secondLook?.apply(x, pointed!, (changes) =>
      this.prediction.deviation(this.prediction.expected(tf.add(numbers!, changes)), latent, level),
    );
    return view ? view.noiseOf(this.output.apply(view.x)) : noiseOf(this.output.apply(x));
  }
}

/**
 * The component `transformer` of the role `denoiser`; refuses encoders that keep no objects, and heads that do not
 * divide the width of one.
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
