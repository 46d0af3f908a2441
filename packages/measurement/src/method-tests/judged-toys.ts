import type { Rows } from '../response/response.js';
import { agreement } from '../statistics/chi-squared.js';
import { addMatrices, sampleCovariance } from '../statistics/covariance.js';

/** What a method makes of one toy: all bins of all observables, one after the other. */
export interface ToyResult {
  readonly values: readonly number[];
  readonly errors: readonly number[];
  readonly firstIteration?: readonly number[];
}

/** What toys are held against, in the bins that count. */
export interface Expected {
  /** Where these are among those of all observables. */
  readonly places: readonly number[];
  /** True numbers of events. */
  readonly expected: readonly number[];
  /** Covariance of the finite simulation. */
  readonly simulation: Rows;
}

/** Coverage and bias of the results of toys. */
export function judgedToys(results: readonly ToyResult[], against: Expected) {
  const { places, expected, simulation } = against;
  const pulls = results.flatMap(({ values, errors }) =>
    places.map((bin, i) => {
      const error = Math.sqrt(errors[bin]! ** 2 + simulation[i]![i]!);
      return Math.abs(values[bin]! - expected[i]!) / error;
    }),
  );
  const first = results.flatMap(({ firstIteration }) => (firstIteration ? [firstIteration] : []));
  const all = results.map(({ values }) => values);
  return {
    coverage: pulls.filter((pull) => pull <= 1).length / pulls.length,
    chiSquared: chiSquaredPerBin(all, against),
    ...(first.length > 0 && { firstIteration: chiSquaredPerBin(first, against) }),
  };
}

/** Of the results of toys, with the covariance that they have, and that of the simulation. */
function chiSquaredPerBin(results: Rows, { places, expected, simulation }: Expected): number {
  if (results.length <= places.length + 2) return Number.NaN;
  const own = results.map((values) => places.map((bin) => values[bin]!));
  const covariance = addMatrices(sampleCovariance(own), simulation);
  const found = own.map((values) => {
    const { chiSquared, degreesOfFreedom } = agreement(
      values.map((value, i) => value - expected[i]!),
      covariance,
    );
    return chiSquared / degreesOfFreedom;
  });
  return found.reduce((sum, each) => sum + each, 0) / found.length;
}
