import type { Rng } from '@unfold-zoo/core';

/** A normal distribution of one number. */
export interface Normal {
  readonly mean: number;
  readonly deviation: number;
}

/** One draw. */
export function drawNormal({ mean, deviation }: Normal, rng: Rng): number {
  return mean + deviation * rng.normal();
}

/** Natural logarithm of the density at a point. */
export function logNormal({ mean, deviation }: Normal, point: number): number {
  return -0.5 * (((point - mean) / deviation) ** 2 + Math.log(2 * Math.PI)) - Math.log(deviation);
}

/**
 * The distribution of x, given y = x + shift + noise of the standard deviation `resolution`: with
 * a = s^2 / (s^2 + c^2), mean m + a (y - shift - m) and variance a c^2.
 */
export function normalPosterior(prior: Normal, { shift, resolution }: GaussianResponse, y: number): Normal {
  const gain = prior.deviation ** 2 / (prior.deviation ** 2 + resolution ** 2);
  return { mean: prior.mean + gain * (y - shift - prior.mean), deviation: resolution * Math.sqrt(gain) };
}

/** What a detector makes of a number: it is shifted and smeared. */
export interface GaussianResponse {
  /** GeV. */
  readonly shift: number;
  /** GeV, standard deviation. */
  readonly resolution: number;
}
