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
} from '@unfold-zoo/core';
import { z } from 'zod';
import { expansion, gateBias } from '../blocks/gated-block-options.js';
import { GatedStack } from '../blocks/gated-stack.js';
import type { DenoiserWidths } from './denoiser-widths.js';
import { eventEmbedding } from './event-embedding.js';
import { NoisePrediction, noisePredictionOptions } from './noise-prediction.js';

const gatedMlpOptions = z.object({
  width: z
    .int()
    .positive()
    .optional()
    .describe("Width D of the blocks (paper, Table 2); absent: the condition encoder's width"),
  blocks: z.int().nonnegative().default(10).describe('Denoising network blocks N_eps (paper, Table 2)'),
  ...noisePredictionOptions,
  expansion,
  gateBias,
});

/** Parsed options of the denoiser `gated-mlp`. */
export type GatedMlpOptions = z.output<typeof gatedMlpOptions>;

/**
 * The denoising network (paper, app. A.5): latent, noise level and detector summary side by side through one stack of
 * blocks.
 */
export class GatedMlp extends Module implements Denoiser {
  readonly stack: GatedStack;
  readonly prediction: NoisePrediction;

  constructor({ latent, condition }: DenoiserWidths, options: GatedMlpOptions, rng: Rng) {
    super();
    const { width = condition, blocks, expansion, gateBias } = options;
    this.prediction = new NoisePrediction({ latent, condition }, options, rng.fork('prediction'));
    const { latentInputs, contextInputs } = this.prediction;
    const inputs = latentInputs + contextInputs;
    this.stack = new GatedStack({ inputs, outputs: latent, width, blocks, expansion, gateBias }, rng.fork('stack'));
  }

  predictNoise(latent: tf.Tensor2D, level: NoiseLevel, condition: tf.Tensor2D): tf.Tensor2D {
    const problem = this.prediction.prepare(latent, level, condition);
    return problem.noiseOf(this.stack.apply(tf.concat([problem.latent, problem.context], 1)));
  }

  forEvents({ summary }: EncodedObservation, draws = 1): NoisePredictor {
    const numbers = this.prediction.expectationOf(summary);
    const embed = eventEmbedding(this.prediction, this.stack.embedding, { summary, numbers, draws });
    return (latent, level) => {
      const { embedded, noiseOf } = embed(latent, level);
      return noiseOf(this.stack.applyEmbedded(embedded));
    };
  }
}

/** The component `gated-mlp` of the role `denoiser`. */
export const gatedMlp = component(Denoiser, 'gated-mlp', {
  description: 'Gated feed-forward blocks on the latent, the noise level and the detector summary',
  options: gatedMlpOptions,
  inject: [LatentCodec, ConditionEncoder],
  create: ({ options, rng }, { latentWidth }, { width }) =>
    new GatedMlp({ latent: latentWidth, condition: width }, options, rng),
});
