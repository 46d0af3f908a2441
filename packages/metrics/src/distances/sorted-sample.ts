import { type SortedSample, UserError } from '@unfold-zoo/core';
import { type NumberColumn, sortWithOrder } from './radix-sort.js';

/**
 * Sorts a sample [n] once for every metric, with its weights [n] if it has any.
 * Neither array of the result may be written to afterwards. `name` is what errors call the sample.
 * @throws UserError for an empty sample, a value or weight that is not finite, or weights whose sum is not positive.
 */
export function sortedSample(values: NumberColumn, weights?: NumberColumn, name = 'sample'): SortedSample {
  checkValues(values, name);
  if (weights) checkWeights(weights, values.length, name);
  const { values: sorted, order } = sortWithOrder(values);
  if (!weights) return { values: sorted };
  const sortedWeights = new Float64Array(order.length);
  for (let k = 0; k < order.length; k++) sortedWeights[k] = weights[order[k]!]!;
  return { values: sorted, weights: sortedWeights };
}

/** Refuses an empty sample and values that are not finite. */
export function checkValues(values: NumberColumn, name: string): void {
  if (values.length === 0) throw new UserError(`invalid ${name}: it is empty, and needs at least one value`);
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i]!)) continue;
    throw new UserError(`invalid ${name}: value ${i} is ${values[i]}, and must be a finite number`);
  }
}

/**
 * Refuses weights that are not one finite number for each value, or whose sum is not positive. Single weights may be
 * negative.
 */
export function checkWeights(weights: NumberColumn, count: number, name: string): void {
  if (weights.length !== count)
    throw new UserError(`invalid weights of ${name}: expected ${count}, one for each value, got ${weights.length}`);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (!Number.isFinite(weight))
      throw new UserError(`invalid weights of ${name}: weight ${i} is ${weight}, and must be a finite number`);
    sum += weight;
  }
  if (weights.every((weight) => weight === 0))
    throw new UserError(`invalid weights of ${name}: all are zero, and at least one must be positive`);
  if (!(sum > 0)) throw new UserError(`invalid weights of ${name}: their sum is ${sum}, and must be positive`);
}
