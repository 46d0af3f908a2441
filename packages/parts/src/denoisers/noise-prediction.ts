import * as tf from '@tensorflow/tfjs-core';
import type { NoiseLevel } from '@unfold-zoo/core';
import { alpha, GAMMA_LIMITS, sigma } from '@unfold-zoo/core/diffusion';
import { sinusoidalEmbedding } from '@unfold-zoo/core/nn';
import { z } from 'zod';

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
    .enum(['noise', 'velocity'])
    .default('noise')
    .describe(
      'What the network puts out: the noise (paper, app. A.5), or the velocity v = alpha noise - sigma z of ' +
        'Salimans and Ho 2022, from which the noise is sigma z_t + alpha v: exact from the start where a latent ' +
        'is all noise, which short trainings need',
    ),
};

const parsed = z.object(noisePredictionOptions);
type NoisePredictionOptions = z.output<typeof parsed>;

/** [B, embedding] sines and cosines of the noise level. */
export function encodeNoiseLevel(level: NoiseLevel, { time, embedding }: NoisePredictionOptions): tf.Tensor2D {
  const position = tf.mul<tf.Tensor1D>(time === 't' ? level.t : shareOfLimits(level.gamma), POSITIONS);
  return sinusoidalEmbedding(position, embedding);
}

/** gamma as a share of the way from its lower to its upper limit. */
function shareOfLimits(gamma: tf.Tensor1D): tf.Tensor1D {
  const [lowest, highest] = GAMMA_LIMITS;
  return tf.div(tf.sub(gamma, lowest), highest - lowest);
}

/**
 * [B, L] the noise that a network's output means: itself, or sigma z_t + alpha v for a velocity v = alpha noise - sigma
 * z.
 */
export function noiseOfOutput(
  output: tf.Tensor2D,
  { latent, gamma }: { readonly latent: tf.Tensor2D; readonly gamma: tf.Tensor1D },
  { predicts }: NoisePredictionOptions,
): tf.Tensor2D {
  if (predicts === 'noise') return output;
  const perEvent = tf.expandDims<tf.Tensor2D>(gamma, 1);
  return tf.add(tf.mul(sigma(perEvent), latent), tf.mul(alpha(perEvent), output));
}
