import type { Rng } from '@unfold-zoo/core';
import { logGamma } from '../statistics/chi-squared.js';

/** Between what an empirical distribution function of uniform numbers lies, at all points together. */
export interface EcdfBand {
  /** [K] points in (0, 1). */
  readonly at: readonly number[];
  /** [K] ends of the band at each. */
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** With more events the band is that of so many, made narrower. */
const MOST_EVENTS = 5_000;

/**
 * The simultaneous band of Säilynoja, Bürkner and Vehtari (2022, arXiv 2103.10522, section 2.2): binomial intervals at
 * each of K points, of one level, so chosen that a share `level` of all samples of `events` uniform numbers stays
 * within at every point. The level is found from simulated samples.
 */
export function ecdfBand(
  events: number,
  { points = 50, level = 0.95, samples = 1_000 }: { points?: number; level?: number; samples?: number },
  rng: Rng,
): EcdfBand {
  const n = Math.max(1, Math.min(Math.round(events), MOST_EVENTS));
  const at = Array.from({ length: points }, (_, k) => (k + 1) / (points + 1));
  const cumulative = at.map((p) => binomialCumulative(n, p));
  const least = Array.from({ length: samples }, () => leastTail(sampleCounts(n, points, rng), cumulative));
  least.sort((a, b) => a - b);
  const chance = least[Math.floor((1 - level) * samples)]!;
  const narrower = Math.sqrt(n / Math.max(events, 1));
  const low = cumulative.map((upTo, k) => {
    const count = upTo.findIndex((sum) => 2 * sum >= chance);
    return at[k]! + (count / n - at[k]!) * narrower;
  });
  // The points and the binomial distributions at them are mirror images.
  const high = low.map((_, k) => 1 - low[points - 1 - k]!);
  return { at, low, high };
}

/** [K] numbers of n uniform numbers up to each point. */
function sampleCounts(n: number, points: number, rng: Rng): number[] {
  const counts = Array<number>(points + 1).fill(0);
  for (let i = 0; i < n; i++) counts[Math.floor(rng.uniform() * (points + 1))]!++;
  let sum = 0;
  return counts.slice(0, points).map((count) => {
    sum += count;
    return sum;
  });
}

/** The smallest two-sided chance of the counts over all points. */
function leastTail(counts: readonly number[], cumulative: readonly Float64Array[]): number {
  let least = 1;
  for (const [k, count] of counts.entries()) {
    const upTo = cumulative[k]!;
    least = Math.min(least, 2 * upTo[count]!, 2 * (1 - (upTo[count - 1] ?? 0)));
  }
  return least;
}

/** [n + 1] binomial distribution function. */
function binomialCumulative(n: number, p: number): Float64Array {
  const upTo = new Float64Array(n + 1);
  let sum = 0;
  for (let count = 0; count <= n; count++) {
    const logChoose = logGamma(n + 1) - logGamma(count + 1) - logGamma(n - count + 1);
    sum += Math.exp(logChoose + count * Math.log(p) + (n - count) * Math.log1p(-p));
    upTo[count] = Math.min(sum, 1);
  }
  return upTo;
}
