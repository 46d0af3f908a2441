import type { Rng } from '@unfold-zoo/core';

/**
 * [n, n], row by row in float64: a random orthogonal matrix, uniform over all (Haar): the rows of a matrix of standard
 * normal numbers made orthonormal one after the other. A second pass removes what the first leaves by rounding.
 */
export function randomRotation(n: number, rng: Rng): Float64Array[] {
  const rows: Float64Array[] = [];
  for (let i = 0; i < n; i++) {
    const row = Float64Array.from({ length: n }, () => rng.normal());
    for (let pass = 0; pass < 2; pass++) for (const earlier of rows) subtract(row, earlier, dot(row, earlier));
    const length = Math.sqrt(dot(row, row));
    rows.push(row.map((value) => value / length));
  }
  return rows;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function subtract(from: Float64Array, what: Float64Array, factor: number): void {
  for (let i = 0; i < from.length; i++) from[i]! -= factor * what[i]!;
}
