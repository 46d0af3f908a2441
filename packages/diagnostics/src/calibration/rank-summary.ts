import type { Rng } from '@unfold-zoo/core';
import { type KolmogorovSmirnov, uniformDistance } from '../statistics/kolmogorov.js';
import type { Measured } from '../statistics/measured.js';
import { normalQuantile, twoSidedChance } from '../statistics/normal.js';
import type { RankHistogram } from './rank-histogram.js';
import type { RankMoments } from './rank-moments.js';

/** How often the truth lies in the central interval of a level. */
export interface IntervalCoverage extends Measured {
  /** How often it should. */
  readonly level: number;
}

/** What ranks say of posteriors. */
export interface RankSummary {
  /** Effective number of events. */
  readonly events: number;
  readonly ks: KolmogorovSmirnov;
  /** At the 20 `COVERAGE_LEVELS`. */
  readonly coverage: readonly IntervalCoverage[];
  /** Median over levels of |coverage - level|. */
  readonly calibrationError: number;
  /** By how much the posteriors' mean is too high, in their standard deviations. */
  readonly bias: Measured;
  /** How many times wider than right the posteriors are. */
  readonly width: Measured;
  /** Chance of so large a bias, and of so wrong a width, of right posteriors. */
  readonly biasProbability: number;
  readonly widthProbability: number;
}

/** Twenty levels, evenly spaced: 0.025, 0.075, ..., 0.975. */
export const COVERAGE_LEVELS: readonly number[] = Array.from({ length: 20 }, (_, k) => (k + 0.5) / 20);

/** Coverage of the central interval of a level, with the error of a binomial share. */
export function coverageAt(histogram: RankHistogram, level: number): IntervalCoverage {
  const value = histogram.below((1 + level) / 2) - histogram.below((1 - level) / 2);
  const error = Math.sqrt((level * (1 - level)) / Math.max(histogram.effectiveEvents, 1));
  return { level, value, error };
}

/** Sums up ranks. `moments` are those of the same number of draws. */
export function summariseRanks(histogram: RankHistogram, moments: RankMoments, rng: Rng): RankSummary {
  const { values, weights } = histogram.transforms(rng);
  const coverage = COVERAGE_LEVELS.map((level) => coverageAt(histogram, level));
  const events = histogram.effectiveEvents;
  const { mean, variance, kurtosis } = scoreMoments(values, weights);
  const { mean: place, deviation } = moments.solve({ mean, variance });
  return {
    events,
    ks: uniformDistance(values, weights),
    coverage,
    calibrationError: median(coverage.map(({ level, value }) => Math.abs(value - level))),
    bias: { value: -place, error: deviation / Math.sqrt(events) },
    width: { value: 1 / deviation, error: Math.sqrt(Math.max(kurtosis - 1, 0) / (4 * events)) / deviation },
    biasProbability: twoSidedChance(mean * Math.sqrt(events)),
    widthProbability: twoSidedChance((0.5 * Math.log(variance) + 0.75 / events) * Math.sqrt(2 * events)),
  };
}

/** Moments of the standard normal scores of numbers in (0, 1). */
function scoreMoments(values: Float64Array, weights: Float64Array) {
  const scores = values.map(normalQuantile);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const average = (of: (score: number) => number): number =>
    scores.reduce((sum, score, i) => sum + weights[i]! * of(score), 0) / total;
  const mean = average((score) => score);
  const variance = Math.max(
    average((score) => (score - mean) ** 2),
    1e-6,
  );
  return { mean, variance, kurtosis: average((score) => (score - mean) ** 4) / variance ** 2 };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}
