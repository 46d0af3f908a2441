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

/**
 * The exact denoiser of N(mu, s^2) data, e = sigma (z - alpha mu) / (alpha^2 s^2 + sigma^2), on any gamma(t). A sampler
 * that is given it has no error but its own.
 */
export function gaussianOracle(data: GaussianData, gamma: (t: number) => number): GaussianOracle {
  const { mean, standardDeviation } = data;
  const at = (t: number) => ({ alpha: alpha(gamma(t)), sigma: sigma(gamma(t)) });
  const variance = (t: number, dimension: number) =>
    (at(t).alpha * standardDeviation[dimension]!) ** 2 + at(t).sigma ** 2;
  const predictNoise = (latent: tf.Tensor2D, t: number): tf.Tensor2D => {
    const centre = tf.tensor1d(mean.map((mu) => at(t).alpha * mu));
    const factor = tf.tensor1d(mean.map((_, dimension) => at(t).sigma / variance(t, dimension)));
    return tf.mul(factor, tf.sub(latent, centre));
  };
  const solve = (latents: ArrayLike<number>, t: number, s: number): Float64Array =>
    Float64Array.from(latents, (latent, i) => {
      const dimension = i % mean.length;
      const stretch = Math.sqrt(variance(s, dimension) / variance(t, dimension));
      return at(s).alpha * mean[dimension]! + stretch * (latent - at(t).alpha * mean[dimension]!);
    });
  return { gamma, predictNoise, solve };
}
