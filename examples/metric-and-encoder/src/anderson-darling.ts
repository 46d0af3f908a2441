import { component, Metric, type SortedSample } from '@unfold-zoo/core';
import { z } from 'zod';

/**
 * The integral of (F - G)^2 / (H (1 - H)) over H = (F + G) / 2, where F and G are the two cumulative distributions: the
 * distance of Anderson and Darling 1952 between two samples, each counted as a whole. Its denominator, the variance of
 * F where the samples are alike, gives the tails the weight of the middle. 0 for equal samples; it has no unit.
 */
export function andersonDarling(truth: SortedSample, predicted: SortedSample): number {
  const [left, right] = [steps(truth), steps(predicted)];
  let [sum, before] = [0, 0];
  for (let value = nextValue(left, right); value !== undefined; value = nextValue(left, right)) {
    const [f, g] = [left.upTo(value), right.upTo(value)];
    const h = (f + g) / 2;
    if (h > 0 && h < 1) sum += ((h - before) * (f - g) ** 2) / (h * (1 - h));
    before = h;
  }
  return sum;
}

/** A cumulative distribution that is walked along from below. */
interface Steps {
  /** The smallest value that was not passed yet; none at the end. */
  next(): number | undefined;
  /** The share of the weight at values up to this one. */
  upTo(value: number): number;
}

function steps({ values, weights }: SortedSample): Steps {
  const total = weights ? weights.reduce((sum, weight) => sum + weight, 0) : values.length;
  let [index, below] = [0, 0];
  return {
    next: () => values[index],
    upTo: (value) => {
      for (; index < values.length && values[index]! <= value; index++) below += weights?.[index] ?? 1;
      // Rounding of a sum must not leave a share beyond the last value.
      return index === values.length ? 1 : below / total;
    },
  };
}

function nextValue(a: Steps, b: Steps): number | undefined {
  const [left, right] = [a.next(), b.next()];
  if (left === undefined || right === undefined) return left ?? right;
  return Math.min(left, right);
}

export const andersonDarlingMetric = component(Metric, 'anderson-darling', {
  description: 'Squared difference of cumulative distributions in units of its variance: sees the tails',
  options: z.object({}),
  create: () => ({ label: 'Anderson-Darling', distance: andersonDarling }),
});
