import { diagonal } from '../statistics/covariance.js';
import type { BinnedProblem, BinnedUnfolder } from '../unfolders/unfolder.js';
import { stressedTruth } from './stressed-truth.js';

/** What a method makes of spectra with a slope that the simulation has not. */
export interface Linearity {
  /** Slopes that were injected. */
  readonly injected: readonly number[];
  /** What the method gave back. */
  readonly recovered: readonly number[];
  /** Slope of the recovered over the injected: 1 for a method without bias, 0 for one that gives the simulation. */
  readonly response: number;
}

/**
 * Linearity of a method: spectra with linear slopes are folded and unfolded, without fluctuations. The slope of a
 * result is that of the straight line through its ratio to the simulation, each bin weighted by its events.
 * @example
 * const { response } = linearity(unfolder, problem, { slopes: [-0.5, -0.25, 0.25, 0.5] });
 */
export function linearity(
  unfolder: BinnedUnfolder,
  problem: BinnedProblem,
  { slopes }: { readonly slopes: readonly number[] },
): Linearity {
  const { response, chains, measured } = problem;
  const events = measured.counts.reduce((sum, count) => sum + count, 0);
  const flat = stressedTruth(response, chains, { slope: 0, events }).truth;
  const shape = stressedTruth(response, chains, { slope: 1, events }).truth.map((count, i) => count - flat[i]!);
  const recovered = slopes.map((slope) => {
    const { expected } = stressedTruth(response, chains, { slope, events });
    const counts = { counts: expected, covariance: diagonal(expected) };
    const { values } = unfolder.unfold({ ...problem, measured: counts });
    return fittedSlope(values, flat, shape);
  });
  const squares = slopes.reduce((sum, slope) => sum + slope ** 2, 0);
  return { injected: slopes, recovered, response: slopes.reduce((sum, s, i) => sum + s * recovered[i]!, 0) / squares };
}

/** Least squares of values = flat + slope shape, weighted by 1 / flat. */
function fittedSlope(values: readonly number[], flat: readonly number[], shape: readonly number[]): number {
  let [product, square] = [0, 0];
  for (const [i, each] of shape.entries()) {
    if (each === 0) continue;
    product += (each * (values[i]! - flat[i]!)) / flat[i]!;
    square += each ** 2 / flat[i]!;
  }
  return product / square;
}
