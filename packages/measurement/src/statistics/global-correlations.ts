import { inverse, Matrix } from 'ml-matrix';
import type { Rows } from '../response/response.js';

/**
 * [bins] the largest correlation of each bin with any combination of the others, sqrt(1 - 1 / ((V^-1)_ii V_ii)). Bins
 * without variance have 0.
 * @throws Error for bins whose covariance is singular.
 */
export function globalCorrelations(covariance: Rows): number[] {
  const varying = covariance.map((row, i) => (row[i]! > 0 ? i : -1)).filter((i) => i >= 0);
  const found = Array<number>(covariance.length).fill(0);
  if (varying.length === 0) return found;
  const part = new Matrix(varying.map((i) => varying.map((j) => covariance[i]![j]!)));
  const inverted = inverse(part);
  for (const [k, bin] of varying.entries()) {
    found[bin] = Math.sqrt(Math.max(0, 1 - 1 / (inverted.get(k, k) * part.get(k, k))));
  }
  return found;
}
