import { countBelow } from '@unfold-zoo/core/events';

/** A sample in ascending order, with the share of its weight up to each value. */
export interface WeightedSample {
  /** [n], ascending. */
  readonly values: Float64Array;
  /** [n]: sum of the weights up to and with each value, over the sum of all. */
  readonly upTo: Float64Array;
}

/** Sorts numbers [n] with their weights [n]; all count the same if these are absent. Weights may be negative. */
export function weightedSample(values: ArrayLike<number>, weights?: ArrayLike<number>): WeightedSample {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const upTo = new Float64Array(order.length);
  let sum = 0;
  for (const [place, i] of order.entries()) {
    sum += weights?.[i] ?? 1;
    upTo[place] = sum;
  }
  return { values: Float64Array.from(order, (i) => values[i]!), upTo: upTo.map((part) => part / sum) };
}

/** The first value up to which a share of the weight lies. */
export function quantileOf({ values, upTo }: WeightedSample, share: number): number {
  const place = upTo.findIndex((part) => part >= share);
  return values[place < 0 ? values.length - 1 : place]!;
}

/** The share of the weight below a value, and half of that at it. */
export function shareBelow({ values, upTo }: WeightedSample, value: number): number {
  const below = countBelow(values, value);
  let through = below;
  while (values[through] === value) through++;
  const share = (count: number): number => (count === 0 ? 0 : upTo[count - 1]!);
  return (share(below) + share(through)) / 2;
}
