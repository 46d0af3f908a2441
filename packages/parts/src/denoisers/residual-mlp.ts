import * as tf from '@tensorflow/tfjs-core';
import {
  ConditionEncoder,
  component,
  Denoiser,
  LatentCodec,
  Module,
  type NoiseLevel,
  type Rng,
} from '@unfold-zoo/core';
import { LayerNorm, Linear } from '@unfold-zoo/core/nn';
import { z } from 'zod';
import type { DenoiserWidths } from './denoiser-widths.js';
import { NoisePrediction, noisePredictionOptions } from './noise-prediction.js';

const residualMlpOptions = z.object({
  width: z.int().positive().optional().describe("Width D of the blocks; absent: the condition encoder's width"),
  blocks: z.int().nonnegative().default(6).describe('Residual blocks'),
  expansion: z.int().positive().default(4).describe('Width inside of a block, in units of the width'),
  ...noisePredictionOptions,
});

/** Parsed options of the denoiser `residual-mlp`. */
export type ResidualMlpOptions = z.output<typeof residualMlpOptions>;

/** x + contract(gelu(expand((1 + scale(c)) norm(x) + shift(c)))): pre-norm, its normal form bent by the context c. */
class FilmBlock extends Module {
  readonly norm: LayerNorm;
  readonly scale: Linear;
  readonly shift: Linear;
  readonly expand: Linear;
  readonly contract: Linear;

  constructor({ width, expansion }: { readonly width: number; readonly expansion: number }, rng: Rng) {
    super();
    const inner = expansion * width;
    this.norm = new LayerNorm(width);
    this.scale = new Linear({ inputs: width, outputs: width }, rng.fork('scale'));
    this.shift = new Linear({ inputs: width, outputs: width }, rng.fork('shift'));
    this.expand = new Linear({ inputs: width, outputs: inner, activation: 'gelu' }, rng.fork('expand'));
    this.contract = new Linear({ inputs: inner, outputs: width }, rng.fork('contract'));
  }

  /** Both [B, D]. */
  apply(x: tf.Tensor2D, context: tf.Tensor2D): tf.Tensor2D {
    const scale = tf.add<tf.Tensor2D>(this.scale.apply(context), 1);
    const bent = tf.add<tf.Tensor2D>(tf.mul(scale, this.norm.apply(x)), this.shift.apply(context));
    return tf.add(x, this.contract.apply(this.expand.apply(bent)));
  }
}

/**
 * Residual blocks on the latent alone. Noise level and detector summary reach every block through feature-wise linear
 * modulation (Perez et al. 2018), as they do in the networks of the diffusion literature (Dhariwal and Nichol 2021;
 * Peebles and Xie 2023).
 */
export class ResidualMlp extends Module implements Denoiser {
  readonly prediction: NoisePrediction;
  readonly input: Linear;
  readonly context: Linear;
  readonly blocks: readonly FilmBlock[];
  readonly norm: LayerNorm;
  readonly output: Linear;

  constructor({ latent, condition }: DenoiserWidths, options: ResidualMlpOptions, rng: Rng) {
    super();
    const { width = condition, blocks, expansion } = options;
    this.prediction = new NoisePrediction({ latent, condition }, options, rng.fork('prediction'));
    const { latentInputs, contextInputs } = this.prediction;
    this.input = new Linear({ inputs: latentInputs, outputs: width }, rng.fork('input'));
    this.context = new Linear({ inputs: contextInputs, outputs: width, activation: 'gelu' }, rng.fork('context'));
    this.blocks = Array.from(
      { length: blocks },
      (_, i) => new FilmBlock({ width, expansion }, rng.fork(`blocks ${i}`)),
    );
    this.norm = new LayerNorm(width);
    this.output = new Linear({ inputs: width, outputs: latent }, rng.fork('output'));
  }

  predictNoise(latent: tf.Tensor2D, level: NoiseLevel, condition: tf.Tensor2D): tf.Tensor2D {
    const problem = this.prediction.prepare(latent, level, condition);
    const context = this.context.apply(problem.context);
    const hidden = this.blocks.reduce((x, block) => block.apply(x, context), this.input.apply(problem.latent));
    return problem.noiseOf(this.output.apply(this.norm.apply(hidden)));
  }
}

/** The component `residual-mlp` of the role `denoiser`. */
export const residualMlp = component(Denoiser, 'residual-mlp', {
  description: 'Layer-norm residual blocks on the latent, each modulated by the noise level and the detector summary',
  options: residualMlpOptions,
  inject: [LatentCodec, ConditionEncoder],
  create: ({ options, rng }, { latentWidth }, { width }) =>
    new ResidualMlp({ latent: latentWidth, condition: width }, options, rng),
});
