import type { NumberColumn } from '@unfold-zoo/metrics';
import { wrapped } from '@unfold-zoo/metrics';

/**
 * One sample in numbers; weights count where there are any, negative ones as they are: a standard deviation is 0 where
 * they leave no positive variance, a quantile is where their sum first reaches its share.
 */
export interface SampleSummary {
  readonly mean: number;
  readonly standardDeviation: number;
  /** Quantiles 0.16, 0.5 and 0.84: of a normal sample, its mean and one standard deviation to each side. */
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** Sums up values [n]. Angles are summed up about their circular mean, so that -pi and pi are the same. */
export function summariseSample(values: NumberColumn, weights?: NumberColumn, { angle = false } = {}): SampleSummary {
  const centre = angle ? circularMean(values, weights) : 0;
  const shifted = angle ? Float64Array.from(values, (value) => wrapped(value - centre)) : values;
  const weightOf = (i: number): number => weights?.[i] ?? 1;
  let [sum, total] = [0, 0];
  for (let i = 0; i < shifted.length; i++) {
    sum += weightOf(i) * shifted[i]!;
    total += weightOf(i);
  }
  const mean = sum / total;
  let squares = 0;
  for (let i = 0; i < shifted.length; i++) squares += weightOf(i) * (shifted[i]! - mean) ** 2;
  const [low, median, high] = quantiles(shifted, weightOf, [0.16 * total, 0.5 * total, 0.84 * total]);
  const back = (value: number): number => (angle ? wrapped(value + centre) : value);
  return {
    mean: back(mean),
    standardDeviation: Math.sqrt(Math.max(squares / total, 0)),
    low: back(low!),
    median: back(median!),
    high: back(high!),
  };
}

/**
 * The share of the sample below a value: near 0 or 1, the sample does not expect it. Angles are compared about their
 * mean.
 */
export function rankIn(value: number, values: NumberColumn, weights?: NumberColumn, { angle = false } = {}): number {
  const centre = angle ? circularMean(values, weights) : 0;
  const place = (x: number): number => (angle ? wrapped(x - centre) : x);
  let [below, total] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const weight = weights?.[i] ?? 1;
    total += weight;
    if (place(values[i]!) < place(value)) below += weight;
  }
  return below / total;
}

/** The values at which the sum of weights, from the lowest value up, passes each of the ascending `sums`. */
function quantiles(values: NumberColumn, weightOf: (i: number) => number, sums: readonly number[]): number[] {
  const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  const found: number[] = [];
  let sum = 0;
  for (const i of order) {
    sum += weightOf(i);
    while (found.length < sums.length && sum >= sums[found.length]!) found.push(values[i]!);
  }
  while (found.length < sums.length) found.push(values[order.at(-1)!]!);
  return found;
}

function circularMean(angles: NumberColumn, weights?: NumberColumn): number {
  let [x, y] = [0, 0];
  for (let i = 0; i < angles.length; i++) {
    const weight = weights?.[i] ?? 1;
    x += weight * Math.cos(angles[i]!);
    y += weight * Math.sin(angles[i]!);
  }
  return Math.atan2(y, x);
}
