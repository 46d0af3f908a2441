import type { SortedSample } from '@unfold-zoo/core';
import type { NumberColumn } from './radix-sort.js';
import { sortedSample, totalWeight } from './sorted-sample.js';

/** Three measures of how far two empirical distribution functions U and V are apart (paper, app. C.1 to C.3). */
export interface CdfDistances {
  /** Integral of |U - V|, in the unit of the values. */
  readonly wasserstein: number;
  /** sqrt(2 integral (U - V)^2), in the square root of that unit. */
  readonly energy: number;
  /** max |U - V|, from 0 to 1. */
  readonly ks: number;
}

const known = new WeakMap<SortedSample, WeakMap<SortedSample, CdfDistances>>();

/** The three distances of two sorted samples from one pass over both. Asked again for the same two objects, it remembers. */
export function cdfDistances(truth: SortedSample, predicted: SortedSample): CdfDistances {
  return remember(known, truth, predicted, () =>
    integrate(mergedSteps(truth.values, predicted.values), setStepHeights(truth, predicted)),
  );
}

/** Wasserstein-1 distance of two samples in any order, as `scipy.stats.wasserstein_distance`. */
export function wassersteinDistance(
  u: NumberColumn,
  v: NumberColumn,
  uWeights?: NumberColumn,
  vWeights?: NumberColumn,
): number {
  return cdfDistances(sortedSample(u, uWeights), sortedSample(v, vWeights)).wasserstein;
}

/** Energy distance of two samples in any order, as `scipy.stats.energy_distance`. */
export function energyDistance(
  u: NumberColumn,
  v: NumberColumn,
  uWeights?: NumberColumn,
  vWeights?: NumberColumn,
): number {
  return cdfDistances(sortedSample(u, uWeights), sortedSample(v, vWeights)).energy;
}

/** Two-sample Kolmogorov-Smirnov statistic of two samples in any order, as `scipy.stats.ks_2samp(...).statistic`. */
export function ksStatistic(
  u: NumberColumn,
  v: NumberColumn,
  uWeights?: NumberColumn,
  vWeights?: NumberColumn,
): number {
  return cdfDistances(sortedSample(u, uWeights), sortedSample(v, vWeights)).ks;
}

/** Where U - V steps: the values of both samples in ascending order. */
interface MergedSteps {
  /** The value that steps: its index in the truth, or in the predictions plus the size of the truth. */
  readonly source: Uint32Array;
  /** Distance to the next step; zero between equal values, and after the last. */
  readonly gaps: Float64Array;
}

const merged = new WeakMap<Float64Array, WeakMap<Float64Array, MergedSteps>>();

// The order does not depend on the weights: bootstrap replicas of the same values share it.
function mergedSteps(truth: Float64Array, predicted: Float64Array): MergedSteps {
  return remember(merged, truth, predicted, () => merge(truth, predicted));
}

function merge(truth: Float64Array, predicted: Float64Array): MergedSteps {
  const [n, size] = [truth.length, truth.length + predicted.length];
  const source = new Uint32Array(size);
  const gaps = new Float64Array(size);
  let last = Math.min(truth[0]!, predicted[0]!);
  for (let i = 0, j = n, k = 0; k < size; k++) {
    const fromTruth = j === size || (i < n && truth[i]! <= predicted[j - n]!);
    const value = fromTruth ? truth[i]! : predicted[j - n]!;
    source[k] = fromTruth ? i++ : j++;
    if (k > 0) gaps[k - 1] = value - last;
    last = value;
  }
  return { source, gaps };
}

// Kept between calls: a fresh array of a million steps costs as much as the pass that reads it.
let heights = new Float64Array(0);

/**
 * How much U - V steps at each value, times the total weights of both samples: with weights that are whole numbers
 * their running sum is exact. Returns the height of a step from 0 to 1.
 */
function setStepHeights(truth: SortedSample, predicted: SortedSample): number {
  const n = truth.values.length;
  const size = n + predicted.values.length;
  if (heights.length < size) heights = new Float64Array(size);
  const [truthTotal, predictedTotal] = [totalWeight(truth), totalWeight(predicted)];
  if (!truth.weights) heights.fill(predictedTotal, 0, n);
  else for (let i = 0; i < n; i++) heights[i] = truth.weights[i]! * predictedTotal;
  if (!predicted.weights) heights.fill(-truthTotal, n, size);
  else for (let i = n; i < size; i++) heights[i] = -predicted.weights[i - n]! * truthTotal;
  return truthTotal * predictedTotal;
}

function integrate({ source, gaps }: MergedSteps, top: number): CdfDistances {
  let [difference, area, squares, highest] = [0, 0, 0, 0];
  for (let k = 0; k < source.length; k++) {
    difference += heights[source[k]!]!;
    const gap = gaps[k]!;
    const distance = Math.abs(difference);
    area += distance * gap;
    squares += difference * difference * gap;
    if (distance > highest && gap > 0) highest = distance;
  }
  return { wasserstein: area / top, energy: Math.sqrt(2 * squares) / top, ks: highest / top };
}

function remember<Key extends object, T>(
  memory: WeakMap<Key, WeakMap<Key, T>>,
  first: Key,
  second: Key,
  compute: () => T,
): T {
  const ofFirst = memory.get(first) ?? new WeakMap<Key, T>();
  memory.set(first, ofFirst);
  const found = ofFirst.get(second) ?? compute();
  ofFirst.set(second, found);
  return found;
}
