import { defineRole, type Rng } from '@unfold-zoo/core';

/** Events as rows of features. */
export interface WeightedRows {
  /** Row-major [n, width], finite. */
  readonly features: Float64Array;
  readonly width: number;
  /** [n] of either sign. */
  readonly weights: Float64Array;
}

/**
 * The logarithm of a ratio of two densities, ln(numerator / denominator), each as large as the sum of its weights.
 * @param features row-major [n, width].
 * @returns [n]
 */
export type LogRatio = (features: Float64Array) => Promise<Float64Array>;

/**
 * Learns the ratio of the densities of two samples by a classifier of the one against the other: where that is c, the
 * ratio is c / (1 - c).
 */
export interface RatioEstimator {
  /** Networks that it trains for every ratio. With any, the engine is started before it fits. */
  readonly networks: number;
  /** @throws UserError for samples from which no ratio follows, as one whose weights have no positive sum. */
  fit(numerator: WeightedRows, denominator: WeightedRows, rng: Rng): Promise<FittedRatio>;
}

/** The classifier of a measurement: `classifier: { kind: network }`. */
export const RatioEstimator = defineRole<RatioEstimator>('classifier');

/** A ratio that has been learned. */
export interface FittedRatio {
  readonly logRatio: LogRatio;
  dispose(): void;
}

/** Some of the rows. */
export function pickWeightedRows({ features, width, weights }: WeightedRows, rows: ArrayLike<number>): WeightedRows {
  const picked = new Float64Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    picked.set(features.subarray(rows[i]! * width, (rows[i]! + 1) * width), i * width);
  }
  return { features: picked, width, weights: Float64Array.from({ length: rows.length }, (_, i) => weights[rows[i]!]!) };
}
