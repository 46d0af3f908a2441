import type { EventColumns } from '../unfolders/unfolder.js';

/** Moments of a distribution that is not binned. */
export interface Moments {
  readonly mean: number;
  readonly deviation: number;
}

/** [observables][axes] */
export type EventMoments = readonly (readonly Moments[])[];

/** Weighted means and standard deviations of every observable, over the events that have it. */
export function momentsOf({ columns, weights }: EventColumns): EventMoments {
  return columns.map((axes) => axes.map((column) => moments(column, weights)));
}

function moments(values: Float64Array, weights: Float64Array): Moments {
  const meanOf = (number: (value: number) => number): number => {
    let [sum, total] = [0, 0];
    for (const [i, value] of values.entries()) {
      if (!Number.isFinite(value)) continue;
      sum += weights[i]! * number(value);
      total += weights[i]!;
    }
    return sum / total;
  };
  const mean = meanOf((value) => value);
  return {
    mean,
    deviation: Math.sqrt(
      Math.max(
        0,
        meanOf((value) => (value - mean) ** 2),
      ),
    ),
  };
}
