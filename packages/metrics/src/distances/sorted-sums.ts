import type { SortedSample } from '@unfold-zoo/core';

/** Sum of the weights, or the number of values where there are none. */
export function totalWeight({ values, weights }: SortedSample): number {
  return weights ? sumRange(weights, 0, weights.length) : values.length;
}

/** Sum of values[start..end). */
export function sumRange(values: Float64Array, start: number, end: number): number {
  let [even, odd] = [0, 0];
  let i = start;
  for (; i + 1 < end; i += 2) {
    even += values[i]!;
    odd += values[i + 1]!;
  }
  return i < end ? even + odd + values[i]! : even + odd;
}
