import type { Rng } from '@unfold-zoo/core';
import { randomDirection } from '../statistics/random-direction.js';
import { quantileOf, weightedSample } from '../statistics/weighted-sample.js';
import { exchangedDistances } from './exchanged-distances.js';

/** Truth and draws of the same events, row-major [n, width] each. */
export interface PairedPoints {
  readonly truth: Float32Array;
  readonly drawn: Float32Array;
  readonly width: number;
  /** [n]; absent when every event counts the same. */
  readonly weights?: Float32Array;
}

/** A distance, and what it is of right draws. */
export interface SlicedDistance {
  /** In the unit of the coordinates. */
  readonly distance: number;
  /** Mean, and end of the lower 95 %, after random exchange of truth and draws. */
  readonly expected: number;
  readonly expectedHigh: number;
  /** Of a distance as large or larger. */
  readonly chance: number;
}

/** Relative difference of two distances that is rounding. */
const ROUNDING = 1e-12;

/** Random ways [m, n] to exchange truth and draws of n events; the first leaves all as they are. */
export function randomExchanges(events: number, count: number, rng: Rng): Int8Array {
  return Int8Array.from({ length: (count + 1) * events }, (_, i) => (i < events || rng.bits() >>> 31 === 0 ? 1 : -1));
}

/**
 * The sliced Wasserstein distance (Bonneel et al. 2015, doi 10.1007/s10851-014-0506-3, of order 1): the mean of the
 * Wasserstein-1 distances of the projections of both samples on random directions. Right posteriors may exchange truth
 * and draw in any event, so that its chance is exact.
 * @param columns coordinates that are looked at, e.g. those of one particle.
 */
export function slicedDistance(
  points: PairedPoints,
  columns: readonly number[],
  { directions, exchanges }: { readonly directions: number; readonly exchanges: Int8Array },
  rng: Rng,
): SlicedDistance {
  const sums = new Float64Array(exchanges.length / (points.truth.length / points.width));
  for (let k = 0; k < directions; k++) {
    const direction = randomDirection(columns.length, rng);
    const project = (rows: Float32Array) => projection(rows, points.width, columns, direction);
    const pairs = { truth: project(points.truth), drawn: project(points.drawn) };
    const distances = exchangedDistances(pairs, exchanges, points.weights);
    for (let m = 0; m < sums.length; m++) sums[m]! += distances[m]! / directions;
  }
  const [distance, exchanged] = [sums[0]!, sums.subarray(1)];
  const asLarge = exchanged.filter((other) => other >= distance * (1 - ROUNDING)).length;
  return {
    distance,
    expected: exchanged.reduce((sum, other) => sum + other, 0) / exchanged.length,
    expectedHigh: quantileOf(weightedSample(exchanged), 0.95),
    chance: (asLarge + 1) / sums.length,
  };
}

function projection(
  rows: Float32Array,
  width: number,
  columns: readonly number[],
  direction: Float64Array,
): Float64Array {
  const found = new Float64Array(rows.length / width);
  for (const [k, column] of columns.entries())
    for (let row = 0; row < found.length; row++) found[row]! += direction[k]! * rows[row * width + column]!;
  return found;
}
