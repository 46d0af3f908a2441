export { normalCdf } from '@unfold-zoo/core/events';

// Rational approximations to the quantile, in the middle and in the tails (Acklam 2003): relative error 1.2e-9.
const MIDDLE = {
  above: [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ],
  below: [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1],
} as const;
const TAIL = {
  above: [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ],
  below: [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1],
} as const;
/** Probabilities below this, and above 1 less this, are tails. */
const TAIL_PROBABILITY = 0.02425;

/** The inverse of the standard normal distribution function on (0, 1), to nine digits. */
export function normalQuantile(probability: number): number {
  if (probability > 0.5) return -normalQuantile(1 - probability);
  if (probability < TAIL_PROBABILITY) {
    const q = Math.sqrt(-2 * Math.log(probability));
    return polynomial(TAIL.above, q) / polynomial(TAIL.below, q);
  }
  const q = probability - 0.5;
  return (q * polynomial(MIDDLE.above, q * q)) / polynomial(MIDDLE.below, q * q);
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

/** Chance that a standard normal number is farther from zero than this one, on either side. */
export function twoSidedChance(z: number): number {
  return Math.exp(logTwoSidedChance(Math.abs(z)));
}

// erfc by its Chebyshev fit in log space (Numerical Recipes, 6.2.2: relative error 1.2e-7 everywhere).
const ERFC = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
  0.17087277,
];

function logTwoSidedChance(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  return Math.log(t) - x * x + ERFC.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
}
