import type { Rng } from '@unfold-zoo/core';
import { z } from 'zod';
import { type LogRatio, pickWeightedRows, type RatioEstimator, type WeightedRows } from './density-ratio.js';
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

/** A ratio that has been learned, cut to a largest and a smallest value. */
export interface ClippedRatio {
  /** [n] at rows of features [n, width]. */
  at(features: Float64Array): Promise<Float64Array>;
  /** How well the classifier did; what is cut is counted at rows of features. */
  quality(features: Float64Array): Promise<ClassifierQuality>;
  dispose(): void;
}

/** Learns a ratio, to be cut to between 1 / clip and clip times the ratio of the sums of all weights. */
export type ClippedFit = (request: Omit<RatioRequest, 'at'>) => Promise<ClippedRatio>;

/** Learns ratios by an estimator. Whoever lets one be learned disposes it. */
export function clippedFits(estimator: RatioEstimator, clip: number): ClippedFit {
  return async ({ rng, ...samples }) => {
    // Replicas and toys leave many events out.
    const [numerator, denominator] = [counted(samples.numerator), counted(samples.denominator)];
    const middle = Math.log(
      positiveSum(numerator.weights, 'the numerator') / positiveSum(denominator.weights, 'the denominator'),
    );
    const limit = Math.log(clip);
    const fitted = await estimator.fit(numerator, denominator, rng);
    const cut = (each: number): number => Math.min(middle + limit, Math.max(middle - limit, each));
    const logRatio = computedOnce(fitted.logRatio);
    const labelled = async ({ features, weights }: WeightedRows) => ({ logRatios: await logRatio(features), weights });
    return {
      at: async (features) => (await logRatio(features)).map((each) => Math.exp(cut(each))),
      quality: async (features) => {
        const wanted = await logRatio(features);
        return {
          calibration: calibrationError({
            numerator: await labelled(numerator),
            denominator: await labelled(denominator),
          }),
          clipped: wanted.reduce((sum, each) => sum + Number(Math.abs(each - middle) > limit), 0) / wanted.length,
        };
      },
      dispose: () => fitted.dispose(),
    };
  };
}

/** The same ratio, which is not computed again for the same rows. */
function computedOnce(logRatio: LogRatio): LogRatio {
  const known = new WeakMap<Float64Array, Promise<Float64Array>>();
  return (features) => {
    const found = known.get(features) ?? logRatio(features);
    known.set(features, found);
    return found;
  };
}

/** The rows whose weights are not 0. */
function counted(rows: WeightedRows): WeightedRows {
  if (rows.weights.indexOf(0) < 0) return rows;
  const some: number[] = [];
  for (const [row, weight] of rows.weights.entries()) if (weight !== 0) some.push(row);
  return pickWeightedRows(rows, some);
}

/** Ratios by an estimator where they are wanted, cut as those of `clippedFits`. */
export function clippedRatios(estimator: RatioEstimator, clip: number): RatioLearner {
  const fit = clippedFits(estimator, clip);
  return async ({ at, ...request }) => {
    const features = at ?? request.denominator.features;
    const ratio = await fit(request);
    try {
      return { ratios: await ratio.at(features), quality: await ratio.quality(features) };
    } finally {
      ratio.dispose();
    }
  };
}
