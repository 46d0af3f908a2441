import * as tf from '@tensorflow/tfjs-core';
import type { Diffusion } from '../contracts/model/sampler.js';
import { alpha, sigma } from '../diffusion/variance-preserving.js';

/** Independent normal data, one mean and standard deviation for each latent dimension. */
export interface GaussianData {
  readonly mean: readonly number[];
  readonly standardDeviation: readonly number[];
}

/** A diffusion that knows its data, so that everything about it has a closed form. */
export interface GaussianOracle extends Diffusion {
  /** Row-major [B, L]: where the deterministic reverse diffusion takes latents from time t to time s, in float64. */
  solve(latents: ArrayLike<number>, t: number, s: number): Float64Array;
}

interface SignalAndNoise {
  readonly alpha: number;
  readonly sigma: number;
}

/**
 * The exact denoiser of N(mu, s^2) data, e = sigma (z - alpha mu) / (alpha^2 s^2 + sigma^2), on any gamma(t). A sampler
 * that is given it has no error but its own.
 */
export function gaussianOracle(data: GaussianData, gamma: (t: number) => number): GaussianOracle {
  const { mean, standardDeviation } = data;
  const at = (t: number): SignalAndNoise => {
    const there = gamma(t);
    return { alpha: alpha(there), sigma: sigma(there) };
  };
  const variances = ({ alpha, sigma }: SignalAndNoise): number[] =>
    standardDeviation.map((deviation) => (alpha * deviation) ** 2 + sigma ** 2);
  const predictNoise = (latent: tf.Tensor2D, t: number): tf.Tensor2D => {
    const there = at(t);
    const centre = tf.tensor1d(mean.map((mu) => there.alpha * mu));
    const factor = tf.tensor1d(variances(there).map((variance) => there.sigma / variance));
    return tf.mul(factor, tf.sub(latent, centre));
  };
  const solve = (latents: ArrayLike<number>, t: number, s: number): Float64Array => {
    const [from, to] = [at(t), at(s)];
    const [before, after] = [variances(from), variances(to)];
    return Float64Array.from(latents, (latent, i) => {
      const dimension = i % mean.length;
      const stretch = Math.sqrt(after[dimension]! / before[dimension]!);
      return to.alpha * mean[dimension]! + stretch * (latent - from.alpha * mean[dimension]!);
    });
  };
  return { gamma, predictNoise, solve };
}
