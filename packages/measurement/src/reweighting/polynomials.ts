import type { WeightedRows } from './density-ratio.js';

type Rows = Pick<WeightedRows, 'features' | 'width'>;

/** How features are brought to one size. */
export interface Scale {
  readonly mean: Float64Array;
  readonly inverse: Float64Array;
}

/** Means and inverse standard deviations of features, so that their powers are of one size. */
export function scaleOf(samples: readonly Rows[]): Scale {
  const width = samples[0]!.width;
  const [mean, squares] = [new Float64Array(width), new Float64Array(width)];
  const count = samples.reduce((sum, { features }) => sum + features.length / width, 0);
  for (const { features } of samples)
    for (let i = 0; i < features.length; i++) mean[i % width]! += features[i]! / count;
  for (const { features } of samples)
    for (let i = 0; i < features.length; i++) squares[i % width]! += (features[i]! - mean[i % width]!) ** 2 / count;
  return { mean, inverse: squares.map((square) => (square > 0 ? 1 / Math.sqrt(square) : 0)) };
}

/** Exponents of all monomials of so many features up to a degree, the constant first. */
export function exponents(features: number, degree: number): number[][] {
  if (features === 0) return [[]];
  const found = exponents(features - 1, degree).flatMap((rest) => {
    const left = degree - rest.reduce((sum, power) => sum + power, 0);
    return Array.from({ length: left + 1 }, (_, power) => [...rest, power]);
  });
  return found.sort((a, b) => a.reduce((sum, p) => sum + p, 0) - b.reduce((sum, p) => sum + p, 0));
}

/** Terms of polynomials of n rows: row-major [n, count]. */
export interface Terms {
  readonly values: Float64Array;
  readonly count: number;
}

/** All monomials of the rows; each is one of a smaller degree times a feature. */
export function monomials(
  features: Float64Array,
  { mean, inverse }: Scale,
  powers: readonly (readonly number[])[],
): Terms {
  const [width, count] = [mean.length, powers.length];
  const factors = powers.slice(1).map((exponent) => factorsOf(exponent, powers));
  const rows = features.length / width;
  const values = new Float64Array(rows * count);
  for (let row = 0; row < rows; row++) {
    const first = row * count;
    values[first] = 1;
    for (let k = 1; k < count; k++) {
      const { term, feature } = factors[k - 1]!;
      values[first + k] =
        values[first + term]! * (features[row * width + feature]! - mean[feature]!) * inverse[feature]!;
    }
  }
  return { values, count };
}

/** The feature by which a monomial is larger by one power than another, and the place of that other one. */
function factorsOf(exponent: readonly number[], powers: readonly (readonly number[])[]) {
  const feature = exponent.findIndex((power) => power > 0);
  const smaller = exponent.map((power, k) => (k === feature ? power - 1 : power)).join();
  return { feature, term: powers.findIndex((other) => other.join() === smaller) };
}

/** [n] the polynomial of these coefficients. */
export function polynomialAt({ values, count }: Terms, coefficients: ArrayLike<number>): Float64Array {
  const scores = new Float64Array(values.length / count);
  for (let row = 0, place = 0; row < scores.length; row++) {
    let score = 0;
    for (let k = 0; k < count; k++) score += values[place++]! * coefficients[k]!;
    scores[row] = score;
  }
  return scores;
}
