import type { Rng } from '@unfold-zoo/core';

/**
 * A normal distribution of three numbers of the same variance, each two of the same correlation. Its principal axes are
 * (1, 1, 1) and the plane across it, whatever variance and correlation are: sums and differences of independent such
 * numbers are again of this kind.
 */
export interface EquicorrelatedNormal {
  readonly mean: readonly [number, number, number];
  /** Variance along (1, 1, 1): variance times 1 + 2 correlation. */
  readonly along: number;
  /** Variance of either direction across: variance times 1 - correlation. */
  readonly across: number;
}

type Three = readonly [number, number, number];

const average = ([x, y, z]: Three): number => (x + y + z) / 3;

/** One draw. */
export function drawEquicorrelated({ mean, along, across }: EquicorrelatedNormal, rng: Rng): [number, number, number] {
  const normals: Three = [rng.normal(), rng.normal(), rng.normal()];
  const centre = average(normals);
  const [a, b] = [Math.sqrt(along), Math.sqrt(across)];
  const at = (i: 0 | 1 | 2): number => mean[i] + a * centre + b * (normals[i] - centre);
  return [at(0), at(1), at(2)];
}

/** Natural logarithm of the density at a point. */
export function logEquicorrelated({ mean, along, across }: EquicorrelatedNormal, point: Three): number {
  const offset: Three = [point[0] - mean[0], point[1] - mean[1], point[2] - mean[2]];
  const centre = average(offset);
  const aside = offset.reduce((sum, each) => sum + (each - centre) ** 2, 0);
  const exponent = (3 * centre * centre) / along + aside / across;
  return -0.5 * (exponent + Math.log((2 * Math.PI) ** 3 * along * across * across));
}

/**
 * The distribution of x, given y = x + noise: with the variances v of x and n of the noise along a principal axis, the
 * gain is k = v / (v + n), the mean is that of x and k (y - mean), and the variance n k.
 */
export function equicorrelatedPosterior(prior: EquicorrelatedNormal, noise: number, y: Three): EquicorrelatedNormal {
  const gain = (variance: number): number => variance / (variance + noise);
  const [along, across] = [gain(prior.along), gain(prior.across)];
  const offset: Three = [y[0] - prior.mean[0], y[1] - prior.mean[1], y[2] - prior.mean[2]];
  const centre = average(offset);
  const at = (i: 0 | 1 | 2): number => prior.mean[i] + along * centre + across * (offset[i] - centre);
  return { mean: [at(0), at(1), at(2)], along: noise * along, across: noise * across };
}
