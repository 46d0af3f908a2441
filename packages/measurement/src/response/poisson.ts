import type { Rng } from '@unfold-zoo/core';

/** Chances that a Poisson number of mean 1 is at most 0, 1, 2, ...; beyond 12 they are 1 to the 32 bits of a draw. */
const CUMULATIVE = cumulativeOf(13);

function cumulativeOf(length: number): number[] {
  const chances: number[] = [];
  for (let [k, term, sum] = [0, Math.exp(-1), 0]; k < length; k++, term /= k) {
    sum += term;
    chances.push(sum);
  }
  return chances;
}

/**
 * [n] how often each event is in a bootstrap replica: independent Poisson numbers of mean 1. Sums of weights times
 * these have the variance of the sum of the squared weights, whatever the signs of the weights.
 */
export function poissonCounts(events: number, rng: Rng): Uint8Array {
  const counts = new Uint8Array(events);
  for (let i = 0; i < events; i++) {
    const draw = rng.uniform();
    let k = 0;
    while (k < CUMULATIVE.length && draw > CUMULATIVE[k]!) k++;
    counts[i] = k;
  }
  return counts;
}

/** The mean up to which waiting times are drawn one by one. */
const LARGE_MEAN = 500;

/** A Poisson number, from waiting times; of large means, the nearest integer to a normal one of the same variance. */
export function poisson(mean: number, rng: Rng): number {
  if (mean > LARGE_MEAN) return Math.max(0, Math.round(mean + Math.sqrt(mean) * rng.normal()));
  let [count, time] = [0, rng.exponential()];
  for (; time < mean; time += rng.exponential()) count++;
  return count;
}

/** [n] a Poisson number for each expectation; those below 0, of what is taken off, stay as they are. */
export function poissonWeights(expected: Float64Array, rng: Rng): Float64Array {
  return expected.map((mean) => (mean > 0 ? poisson(mean, rng) : mean));
}
