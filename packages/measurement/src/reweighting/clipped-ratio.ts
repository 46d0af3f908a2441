import type { Rng } from '@unfold-zoo/core';
import { z } from 'zod';
import type { RatioEstimator, WeightedRows } from './density-ratio.js';
import { positiveSum } from './event-features.js';
import { type ClassifierQuality, calibrationError } from './weight-quality.js';

/** Largest ratio that a classifier is believed. */
export const clipOption = z
  .number()
  .gt(1)
  .default(100)
  .describe('How far from the mean ratio that of an event may be that one classifier gives: up to so many times it');

/** A ratio of densities at some events, and how well its classifier did. */
export interface LearnedRatio {
  /** [n] at each of the asked events. */
  readonly ratios: Float64Array;
  readonly quality: ClassifierQuality;
}

/** What a ratio is learned from, and where it is wanted. */
export interface RatioRequest {
  readonly numerator: WeightedRows;
  readonly denominator: WeightedRows;
  /** Row-major [n, width]; those of the denominator unless given. */
  readonly at?: Float64Array;
  readonly rng: Rng;
}

/** Learns ratios of densities, each cut to a largest and a smallest value. */
export type RatioLearner = (request: RatioRequest) => Promise<LearnedRatio>;

/** Ratios by an estimator, cut to between 1 / clip and clip times the ratio of the sums of all weights. */
export function clippedRatios(estimator: RatioEstimator, clip: number): RatioLearner {
  return async ({ numerator, denominator, at = denominator.features, rng }) => {
    const fitted = await estimator.fit(numerator, denominator, rng);
    try {
      const wanted = await fitted.logRatio(at);
      const limit = Math.log(clip);
      const middle = Math.log(
        positiveSum(numerator.weights, 'the numerator') / positiveSum(denominator.weights, 'the denominator'),
      );
      const quality = {
        calibration: calibrationError({
          numerator: { logRatios: await fitted.logRatio(numerator.features), weights: numerator.weights },
          denominator: { logRatios: await fitted.logRatio(denominator.features), weights: denominator.weights },
        }),
        clipped: wanted.reduce((sum, each) => sum + Number(Math.abs(each - middle) > limit), 0) / wanted.length,
      };
      const cut = (each: number): number => Math.min(middle + limit, Math.max(middle - limit, each));
      return { ratios: wanted.map((each) => Math.exp(cut(each))), quality };
    } finally {
      fitted.dispose();
    }
  };
}
