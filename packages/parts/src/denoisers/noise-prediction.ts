import * as tf from '@tensorflow/tfjs-core';
import { Module, type NoiseLevel, type Rng } from '@unfold-zoo/core';
import { alpha, GAMMA_LIMITS, sigma } from '@unfold-zoo/core/diffusion';
import { sinusoidalEmbedding } from '@unfold-zoo/core/nn';
import { z } from 'zod';
import { GatedStack } from '../blocks/gated-stack.js';
import type { DenoiserWidths } from './denoiser-widths.js';

/**
 * Positions that the noise levels are spread over, as many as the steps of the discrete diffusion the encoding is from.
 */
const POSITIONS = 1000;

/** Options of every denoiser: how it sees the noise level, and what it puts out. */
export const noisePredictionOptions = {
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
    .enum(['noise', 'velocity', 'deviation'])
    .default('noise')
    .describe(
      'What the network puts out: the noise (paper, app. A.5), or the velocity v = alpha noise - sigma z of ' +
        'Salimans and Ho 2022, from which the noise is sigma z_t + alpha v: exact from the start where a latent ' +
        'is all noise, which short trainings need. `deviation`: a normal distribution of the latent given the ' +
        'detector is learned beside it, and the network sees and puts out what is left: how far the latent is from ' +
        'that, in units in which both are of order 1 at every noise level, which what is measured precisely needs',
    ),
};

const parsed = z.object(noisePredictionOptions);

/** Parsed options of every denoiser. */
export type NoisePredictionOptions = z.output<typeof parsed>;

/** Blocks of the network of what is expected of a latent. */
const EXPECTATION_BLOCKS = 2;

/** What an output of a denoiser's network means. */
interface Meaning {
  /** [B, L] -> [B, L], the noise that an output means. */
  noiseOf(output: tf.Tensor2D): tf.Tensor2D;
}

/** What a denoiser's network is given, and what its output means. */
export interface NoiseProblem extends Meaning {
  /** [B, `latentInputs`] the latent as the network sees it. */
  readonly latent: tf.Tensor2D;
  /** [B, `contextInputs`] the noise level and the detector's summary. */
  readonly context: tf.Tensor2D;
}

/** What the detector says of a latent. */
export interface Expectation {
  /** [B, L] m. */
  readonly mean: tf.Tensor2D;
  /** [B, L] s. */
  readonly deviation: tf.Tensor2D;
}

/** A latent as it deviates from what is expected of it, and what an output means that is relative to the same. */
export interface Deviation extends Meaning {
  /** [B, L] (z_t - alpha m) / sqrt(v). */
  readonly relative: tf.Tensor2D;
}

/**
 * What stands around the network of a denoiser: how it sees the latent, the noise level and the detector's summary, and
 * what its output means (option `predicts`).
 *
 * - `noise`: the output is the noise.
 * - `velocity`: noise = sigma z_t + alpha output (Salimans and Ho 2022).
 * - `deviation`: for a latent that is normal given the detector, with mean m and deviation s in each dimension, z_t has
 *   the variance v = sigma^2 + alpha^2 s^2 about alpha m, and the noise to expect is sigma (z_t - alpha m) / v. The
 *   network sees (z_t - alpha m) / sqrt(v), and its output is what is left of the noise in units of its own deviation:
 *   noise = sigma (z_t - alpha m) / v + alpha s / sqrt(v) output. With m = 0 and s = 1 that is the velocity; it is the
 *   preconditioning of Karras et al. (2022) about a mean and with a deviation of the event. Where a momentum
 *   is measured to a percent, the network would otherwise have to find a small difference of large numbers.
 */
export class NoisePrediction extends Module {
  readonly latentInputs: number;
  readonly contextInputs: number;
  /** Mean m and deviation s of the latent given the detector: [B, D] -> [B, 2 L]. */
  readonly expectation?: GatedStack;
  readonly #options: NoisePredictionOptions;

  constructor({ latent, condition }: DenoiserWidths, options: NoisePredictionOptions, rng: Rng) {
    super();
    this.latentInputs = options.predicts === 'deviation' ? 2 * latent : latent;
    this.contextInputs = options.embedding + condition;
    if (options.predicts === 'deviation') {
      this.expectation = new GatedStack(
        {
          inputs: condition,
          outputs: 2 * latent,
          width: condition,
          blocks: EXPECTATION_BLOCKS,
          expansion: 2,
          gateBias: 2,
          initialOutput: { scale: 0.1, bias: 0 },
        },
        rng.fork('expectation'),
      );
    }
    this.#options = options;
  }

  /** [B, L], [B], [B, D]. */
  prepare(latent: tf.Tensor2D, level: NoiseLevel, condition: tf.Tensor2D): NoiseProblem {
    const numbers = this.expectationOf(condition);
    const context = tf.concat([this.encodeLevel(level), condition], 1);
    return { context, ...this.view(latent, level, numbers && this.expected(numbers)) };
  }

  /** The latent [B, L] as the network sees it, whose noise level has an entry for each row or one for all. */
  view(latent: tf.Tensor2D, level: NoiseLevel, expected: Expectation | undefined): Omit<NoiseProblem, 'context'> {
    if (expected) {
      const { relative, noiseOf } = this.deviation(expected, latent, level);
      return { latent: tf.concat([latent, relative], 1), noiseOf };
    }
    if (this.#options.predicts === 'noise') return { latent, noiseOf: (output) => output };
    const gamma = tf.expandDims<tf.Tensor2D>(level.gamma, 1);
    const noiseOf = (output: tf.Tensor2D) =>
      tf.add<tf.Tensor2D>(tf.mul(sigma(gamma), latent), tf.mul(alpha(gamma), output));
    return { latent, noiseOf };
  }

  /** [B, embedding] the noise level as the network sees it. */
  encodeLevel(level: NoiseLevel): tf.Tensor2D {
    return encodeNoiseLevel(level, this.#options);
  }

  /** How a latent [B, L] deviates from what is expected of it. */
  deviation(expected: Expectation, latent: tf.Tensor2D, { gamma }: NoiseLevel): Deviation {
    return deviationFrom(expected, latent, tf.expandDims(gamma, 1));
  }

  /** What numbers [B, 2 L], as from `expectationOf`, say of the latent. */
  expected(numbers: tf.Tensor2D): Expectation {
    const [mean, narrowing] = tf.split<tf.Tensor2D>(numbers, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
    // s is below 1, the deviation of latents of which nothing is known.
    return { mean, deviation: tf.exp(tf.neg(tf.softplus(tf.sub<tf.Tensor2D>(narrowing, 2)))) };
  }

  /** [B, D] -> [B, 2 L] what the detector says of the latent, whatever its noise; nothing without `deviation`. */
  expectationOf(condition: tf.Tensor2D): tf.Tensor2D | undefined {
    return this.expectation?.apply(condition);
  }
}

/** [B, L], [B, 1]. */
function deviationFrom({ mean, deviation }: Expectation, latent: tf.Tensor2D, gamma: tf.Tensor2D): Deviation {
  const [keep, add] = [alpha(gamma), sigma(gamma)];
  const kept = tf.mul(keep, deviation);
  const scale = tf.sqrt(tf.add(tf.square(add), tf.square(kept)));
  const relative = tf.div<tf.Tensor2D>(tf.sub(latent, tf.mul(keep, mean)), scale);
  return {
    relative,
    noiseOf: (output) => tf.div(tf.add(tf.mul(add, relative), tf.mul(kept, output)), scale),
  };
}

/** [B, embedding] sines and cosines of the noise level. */
function encodeNoiseLevel(level: NoiseLevel, { time, embedding }: NoisePredictionOptions): tf.Tensor2D {
  const position = tf.mul<tf.Tensor1D>(time === 't' ? level.t : shareOfLimits(level.gamma), POSITIONS);
  return sinusoidalEmbedding(position, embedding);
}

/** gamma as a share of the way from its lower to its upper limit. */
function shareOfLimits(gamma: tf.Tensor1D): tf.Tensor1D {
  const [lowest, highest] = GAMMA_LIMITS;
  return tf.div(tf.sub(gamma, lowest), highest - lowest);
}
