import { defineListRole } from '../../plugin/token.js';

/** A one-dimensional sample, sorted once and shared by every metric. */
export interface SortedSample {
  /** Ascending. */
  readonly values: Float64Array;
  /**
   * Weights in the order of `values`; absent when all are equal. Some may be negative, as those of next-to-leading
   * order are; their sum is positive.
   */
  readonly weights?: Float64Array;
}

/** Distance between two one-dimensional samples. Host arithmetic in float64. */
export interface Metric {
  /** Column heading, e.g. `Wasserstein`. */
  readonly label: string;
  distance(truth: SortedSample, predicted: SortedSample): number;
}
export const Metric = defineListRole<Metric>('metrics');
