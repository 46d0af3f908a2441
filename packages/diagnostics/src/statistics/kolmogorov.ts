/** How far a sample is from a distribution, and the chance of that. */
export interface KolmogorovSmirnov {
  /** Largest difference of the two distribution functions, from 0 to 1. */
  readonly distance: number;
  /** Chance of a distance as large as this, or larger, of a sample of that distribution. */
  readonly probability: number;
}

/** Terms of the series: more change nothing. */
const TERMS = 100;

/**
 * Chance that the distribution function of `count` numbers is this far, or farther, from the one that they are drawn
 * from: Kolmogorov's limit at a distance corrected for the number of events (Vrbik 2018). From ten numbers on it
 * differs by less than 0.6 % of itself from SciPy's exact chance where that is 0.1 or more. Far out it is too large,
 * and so errs towards calling a sample right: at a chance of 0.001 by 37 % of ten numbers, 3 % of a hundred and 0.3 %
 * of a thousand; of these it is 8 % too large at 1e-12.
 */
export function kolmogorovChance(distance: number, count: number): number {
  if (distance <= 0) return 1;
  const root = Math.sqrt(count);
  const scaled = root * distance;
  const x = scaled + 1 / (6 * root) + (scaled - 1) / (4 * count);
  if (x < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= TERMS; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * x * x);
  return Math.min(Math.max(sum, 0), 1);
}

/**
 * One-sample test of numbers in [0, 1] against the uniform distribution (Kolmogorov and Smirnov). With weights the
 * chance is that of their effective number.
 * @param values in any order, [n].
 * @param weights [n]; all count the same if absent.
 * @example
 * uniformDistance([0.1, 0.4, 0.9]).distance; // 0.267: a third more than 0.4 lies up to 0.4
 */
export function uniformDistance(values: ArrayLike<number>, weights?: ArrayLike<number>): KolmogorovSmirnov {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const weightOf = (i: number): number => weights?.[i] ?? 1;
  const [total, squares] = order.reduce(([sum, square], i) => [sum + weightOf(i), square + weightOf(i) ** 2], [0, 0]);
  let [below, distance] = [0, 0];
  for (const i of order) {
    const upTo = below + weightOf(i) / total;
    distance = Math.max(distance, Math.abs(values[i]! - below), Math.abs(upTo - values[i]!));
    below = upTo;
  }
  return { distance, probability: kolmogorovChance(distance, (total * total) / squares) };
}
