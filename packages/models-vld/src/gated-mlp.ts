import * as tf from '@tensorflow/tfjs-core';
import {
  alpha,
  ConditionEncoder,
  component,
  Denoiser,
  GAMMA_LIMITS,
  LatentCodec,
  Module,
  type NoiseLevel,
  type Rng,
  sigma,
  sinusoidalEmbedding,
} from '@unfold-zoo/core';
import { z } from 'zod';
import { expansion, gateBias } from './gated-block-options.js';
import { GatedStack } from './gated-stack.js';

/** Positions that the noise levels are spread over, as many as the steps of the discrete diffusion the encoding is from. */
const POSITIONS = 1000;

const gatedMlpOptions = z.object({
  width: z
    .int()
    .positive()
    .optional()
    .describe("Width D of the blocks (paper, Table 2); absent: the condition encoder's width"),
  blocks: z.int().nonnegative().default(10).describe('Denoising network blocks N_eps (paper, Table 2)'),
  embedding: z
    .int()
    .positive()
    .multipleOf(2)
    .default(32)
    .describe('Width of the sinusoidal encoding of the noise level (paper, app. A.5)'),
  time: z
    .enum(['gamma', 't'])
    .default('gamma')
    .describe(
      'What is encoded: gamma, so that the network knows how noisy a latent is whatever the schedule, ' +
        "or the time t, the paper's words",
    ),
  predicts: z
    .enum(['noise', 'velocity'])
    .default('noise')
    .describe(
      'What the network puts out: the noise (paper, app. A.5), or the velocity v = alpha noise - sigma z of Salimans and ' +
        'Ho 2022, from which the noise is sigma z_t + alpha v: exact from the start where a latent is all noise, which ' +
        'short trainings need',
    ),
  expansion,
  gateBias,
});

/** Parsed options of the denoiser `gated-mlp`. */
export type GatedMlpOptions = z.output<typeof gatedMlpOptions>;

/** What a denoiser lies between. */
export interface DenoiserWidths {
  /** L. */
  readonly latent: number;
  /** D. */
  readonly condition: number;
}

/** The denoising network (paper, app. A.5): latent, noise level and detector summary side by side through one stack of blocks. */
export class GatedMlp extends Module implements Denoiser {
  readonly stack: GatedStack;
  readonly #options: GatedMlpOptions;

  constructor({ latent, condition }: DenoiserWidths, options: GatedMlpOptions, rng: Rng) {
    super();
    const { width = condition, embedding, blocks, expansion, gateBias } = options;
    const inputs = latent + embedding + condition;
    this.stack = new GatedStack({ inputs, outputs: latent, width, blocks, expansion, gateBias }, rng.fork('stack'));
    this.#options = options;
  }

  predictNoise(latent: tf.Tensor2D, level: NoiseLevel, condition: tf.Tensor2D): tf.Tensor2D {
    const { time, embedding } = this.#options;
    const position = tf.mul<tf.Tensor1D>(time === 't' ? level.t : shareOfLimits(level.gamma), POSITIONS);
    const output = this.stack.apply(tf.concat([latent, sinusoidalEmbedding(position, embedding), condition], 1));
    return this.#options.predicts === 'noise' ? output : noiseOfVelocity(output, latent, level.gamma);
  }
}

/** sigma z_t + alpha v, since z_t = alpha z + sigma noise and v = alpha noise - sigma z. */
function noiseOfVelocity(velocity: tf.Tensor2D, latent: tf.Tensor2D, gamma: tf.Tensor1D): tf.Tensor2D {
  const perEvent = tf.expandDims<tf.Tensor2D>(gamma, 1);
  return tf.add(tf.mul(sigma(perEvent), latent), tf.mul(alpha(perEvent), velocity));
}

/** gamma as a share of the way from its lower to its upper limit. */
function shareOfLimits(gamma: tf.Tensor1D): tf.Tensor1D {
  const [lowest, highest] = GAMMA_LIMITS;
  return tf.div(tf.sub(gamma, lowest), highest - lowest);
}

export const gatedMlp = component(Denoiser, 'gated-mlp', {
  description: 'Gated feed-forward blocks on the latent, the noise level and the detector summary',
  options: gatedMlpOptions,
  inject: [LatentCodec, ConditionEncoder],
  create: ({ options, rng }, { latentWidth }, { width }) =>
    new GatedMlp({ latent: latentWidth, condition: width }, options, rng),
});
