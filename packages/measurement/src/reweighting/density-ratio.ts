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
  /**
   * Learns a factor of the truth whose mean over events that look alike at the detector is given, in the same functions
   * as ratios. Absent where it cannot.
   */
  fitFolded?(problem: FoldingProblem, rng: Rng): Promise<FittedRatio>;
}

/** Simulated events at both levels, and what a factor of their truth has to be on average at the detector. */
export interface FoldingProblem {
  readonly truth: WeightedRows;
  /** The same events: row-major [n, width]. */
  readonly detector: Pick<WeightedRows, 'features' | 'width'>;
  /** [n] logarithms of the mean factor of events that look like each of them. */
  readonly logRatios: Float64Array;
  /** How near events are that look alike, in standard deviations of each feature of the detector. */
  readonly bandwidth: number;
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
  const picked = { features: new Float64Array(rows.length * width), width, weights: new Float64Array(rows.length) };
  for (let i = 0; i < rows.length; i++) {
    const first = rows[i]! * width;
    for (let k = 0; k < width; k++) picked.features[i * width + k] = features[first + k]!;
    picked.weights[i] = weights[rows[i]!]!;
  }
  return picked;
}
