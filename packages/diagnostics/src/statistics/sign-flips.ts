import type { Rng } from '@unfold-zoo/core';

/** Relative difference of two sums that is rounding. */
const ROUNDING = 1e-12;

/**
 * Chance of a sum as large as that of these numbers, or larger, if each may as well have the opposite sign: a one-sided
 * test by random flips of signs, exact for numbers of any size. Never 0: (1 + as large) / (1 + flips), as Phipson and
 * Smyth (2010) have it.
 * @param values [n].
 * @example
 * signFlipChance([1, 1, 1, -1], 9_999, new Rng(1)); // about 5/16: four or five of the 16 ways to flip reach 2
 */
export function signFlipChance(values: ArrayLike<number>, flips: number, rng: Rng): number {
  const counted = Float64Array.from(values).filter((value) => value !== 0);
  const [sum, sizes] = counted.reduce(([total, all], value) => [total + value, all + Math.abs(value)], [0, 0]);
  const reached = sum - ROUNDING * sizes;
  let asLarge = 1;
  for (let flip = 0; flip < flips; flip++) if (flippedSum(counted, rng) >= reached) asLarge++;
  return asLarge / (flips + 1);
}

function flippedSum(values: Float64Array, rng: Rng): number {
  let [sum, signs] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if ((i & 31) === 0) signs = rng.bits();
    sum += (signs & 1) === 1 ? values[i]! : -values[i]!;
    signs >>>= 1;
  }
  return sum;
}
