/** Means and standard deviations of columns; one that does not vary has 0 for the inverse, and so is 0 throughout. */
export interface Standardisation {
  readonly mean: Float64Array;
  readonly inverse: Float64Array;
}

/** Standard deviations beyond which a number counts as this far: a stray one would outweigh all others. */
const FARTHEST = 8;

/** Of the given rows of row-major [n, F] numbers. */
export function standardisation(values: Float32Array, width: number, rows: ArrayLike<number>): Standardisation {
  const [mean, squares] = [new Float64Array(width), new Float64Array(width)];
  for (let i = 0; i < rows.length; i++)
    for (let k = 0; k < width; k++) mean[k]! += values[rows[i]! * width + k]! / rows.length;
  for (let i = 0; i < rows.length; i++)
    for (let k = 0; k < width; k++) squares[k]! += (values[rows[i]! * width + k]! - mean[k]!) ** 2 / rows.length;
  return { mean, inverse: squares.map((square) => (square > 1e-12 ? 1 / Math.sqrt(square) : 0)) };
}

/** The given rows, standardised: row-major [rows, F]. */
export function standardised(
  values: Float32Array,
  { mean, inverse }: Standardisation,
  rows: ArrayLike<number>,
): Float32Array {
  const width = mean.length;
  const found = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++)
    for (let k = 0; k < width; k++) {
      const value = (values[rows[i]! * width + k]! - mean[k]!) * inverse[k]!;
      found[i * width + k] = Math.min(Math.max(value, -FARTHEST), FARTHEST);
    }
  return found;
}
