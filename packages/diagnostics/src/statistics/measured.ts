/** A number with its standard error. */
export interface Measured {
  readonly value: number;
  readonly error: number;
}

/** The mean of independent numbers [n] with weights [n], which all count the same if absent. */
export function weightedMean(values: Float64Array, weights?: ArrayLike<number>): Measured {
  const weight = (i: number): number => weights?.[i] ?? 1;
  let [total, sum, squares] = [0, 0, 0];
  for (const [i, value] of values.entries()) {
    total += weight(i);
    sum += weight(i) * value;
  }
  for (const [i, value] of values.entries()) squares += (weight(i) * (value - sum / total)) ** 2;
  return { value: sum / total, error: Math.sqrt(squares) / total };
}
