import type { SortedSample } from '@unfold-zoo/core';
import type { NumberColumn } from './radix-sort.js';
import { sortedSample } from './sorted-sample.js';
import { totalWeight } from './sorted-sums.js';

/**
 * Three measures of how far two empirical distribution functions U and V are apart (paper, app. C.1 to C.3). U(x) is
 * the sum of the weights up to x over the sum of all. With negative weights it need not rise everywhere, and may leave
 * the range from 0 to 1; the formulas stay as they are.
 */
export interface CdfDistances {
  /** Integral of |U - V|, in the unit of the values. */
  readonly wasserstein: number;
  /** sqrt(2 integral (U - V)^2), in the square root of that unit. */
  readonly energy: number;
  /** max |U - V|, from 0 to 1 where no weight is negative. */
  readonly ks: number;
}

const known = new WeakMap<SortedSample, WeakMap<SortedSample, CdfDistances>>();

/**
 * The three distances of two sorted samples from one pass over both. Asked again for the same two objects, it
 * remembers.
 */
export function cdfDistances(truth: SortedSample, predicted: SortedSample): CdfDistances {
  const ofTruth = known.get(truth) ?? new WeakMap<SortedSample, CdfDistances>();
  known.set(truth, ofTruth);
  const found = ofTruth.get(predicted) ?? mergeDistances(truth, predicted);
  ofTruth.set(predicted, found);
  return found;
}

/**
 * Wasserstein-1 distance of two samples in any order, in their unit, as `scipy.stats.wasserstein_distance`.
 * @param uWeights a weight for each value of `u`; all count the same if absent.
 * @throws UserError for an empty sample, numbers that are not finite, and weights that are none.
 * @example
 * wassersteinDistance([0, 1, 3], [5, 6, 8]); // 5: the second sample is the first, shifted by 5
 */
export function wassersteinDistance(
  u: NumberColumn,
  v: NumberColumn,
  uWeights?: NumberColumn,
  vWeights?: NumberColumn,
): number {
  return cdfDistances(sortedSample(u, uWeights), sortedSample(v, vWeights)).wasserstein;
}

/**
 * Energy distance of two samples in any order, in the square root of their unit, as `scipy.stats.energy_distance`.
 * @param uWeights a weight for each value of `u`; all count the same if absent.
 * @throws UserError as `wassersteinDistance` does.
 * @example
 * energyDistance([0], [2]); // 2: the root of twice the integral of 1 from 0 to 2
 */
export function energyDistance(
  u: NumberColumn,
  v: NumberColumn,
  uWeights?: NumberColumn,
  vWeights?: NumberColumn,
): number {
  return cdfDistances(sortedSample(u, uWeights), sortedSample(v, vWeights)).energy;
}

/**
 * Two-sample Kolmogorov-Smirnov statistic of two samples in any order, from 0 to 1, as
 * `scipy.stats.ks_2samp(...).statistic`.
 * @param uWeights a weight for each value of `u`; all count the same if absent.
 * @throws UserError as `wassersteinDistance` does.
 * @example
 * ksStatistic([1, 2], [2, 3]); // 0.5
 */
export function ksStatistic(
  u: NumberColumn,
  v: NumberColumn,
  uWeights?: NumberColumn,
  vWeights?: NumberColumn,
): number {
  return cdfDistances(sortedSample(u, uWeights), sortedSample(v, vWeights)).ks;
}

/**
 * Walks through the values of both samples in ascending order. U - V is counted in units of one over the product of the
 * total weights: with weights that are whole numbers its running sum is exact.
 */
export function mergeDistances(truth: SortedSample, predicted: SortedSample): CdfDistances {
  const [u, v] = [truth.values, predicted.values];
  const [uWeights, vWeights] = [truth.weights, predicted.weights];
  const [uTotal, vTotal] = [totalWeight(truth), totalWeight(predicted)];
  const size = u.length + v.length;
  let [difference, area, squares, highest] = [0, 0, 0, 0];
  let last = Math.min(u[0]!, v[0]!);
  for (let i = 0, j = 0; i + j < size; ) {
    const fromTruth = j === v.length || (i < u.length && u[i]! <= v[j]!);
    const value = fromTruth ? u[i]! : v[j]!;
    const gap = value - last;
    const distance = Math.abs(difference);
    area += distance * gap;
    squares += distance * distance * gap;
    if (distance > highest && gap > 0) highest = distance;
    if (fromTruth) difference += uWeights ? uWeights[i]! * vTotal : vTotal;
    else difference -= vWeights ? vWeights[j]! * uTotal : uTotal;
    if (fromTruth) i++;
    else j++;
    last = value;
  }
  return scaleDistances(area, squares, highest, uTotal * vTotal);
}

/** The distances from sums over steps whose heights are in units of one over `top`. */
export function scaleDistances(area: number, squares: number, highest: number, top: number): CdfDistances {
  return { wasserstein: area / top, energy: Math.sqrt(2 * squares) / top, ks: highest / top };
}
