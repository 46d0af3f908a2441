import { Matrix } from 'ml-matrix';
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
  const each = (add: (value: number, k: number) => void): void => {
    for (const { features } of samples) for (const [i, value] of features.entries()) add(value, i % width);
  };
  each((value, k) => {
    mean[k]! += value / count;
  });
  each((value, k) => {
    squares[k]! += (value - mean[k]!) ** 2 / count;
  });
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

/** [n, terms] */
export function monomials(
  features: Float64Array,
  { mean, inverse }: Scale,
  powers: readonly (readonly number[])[],
): Matrix {
  const width = mean.length;
  const terms = Matrix.zeros(features.length / width, powers.length);
  for (let row = 0; row < terms.rows; row++) {
    for (const [term, exponent] of powers.entries()) {
      const value = exponent.reduce(
        (product, power, k) => product * ((features[row * width + k]! - mean[k]!) * inverse[k]!) ** power,
        1,
      );
      terms.set(row, term, value);
    }
  }
  return terms;
}
