import { UserError } from '@unfold-zoo/core';
import type { EventColumns, EventProblem } from '../unfolders/unfolder.js';
import type { WeightedRows } from './density-ratio.js';

/** [n] whether an event has any observable: all are NaN for one that was not measured, or is not true. */
export function presence({ columns, weights }: EventColumns): boolean[] {
  return Array.from({ length: weights.length }, (_, i) =>
    columns.some((axes) => axes.some((column) => !Number.isNaN(column[i]!))),
  );
}

/** Numbers of the events that have any observable. */
export function presentEvents(events: EventColumns): number[] {
  return presence(events).flatMap((isPresent, i) => (isPresent ? [i] : []));
}

/** Numbers of simulated events, by whether they are in the true phase space and whether they were measured. */
export interface SortedSimulation {
  readonly true: readonly number[];
  readonly measured: readonly number[];
  readonly both: readonly number[];
  /** Measured, and not true. */
  readonly fakes: readonly number[];
  /** True, and not measured. */
  readonly missed: readonly number[];
}

/** Sorts simulated events. */
export function simulatedEvents({ truth, detector }: EventProblem['simulation']): SortedSimulation {
  const [isTrue, isMeasured] = [presence(truth), presence(detector)];
  const numbers = (isWanted: (event: number) => boolean): number[] => [...isTrue.keys()].filter(isWanted);
  return {
    true: numbers((i) => isTrue[i]!),
    measured: numbers((i) => isMeasured[i]!),
    both: numbers((i) => isMeasured[i]! && isTrue[i]!),
    fakes: numbers((i) => isMeasured[i]! && !isTrue[i]!),
    missed: numbers((i) => isTrue[i]! && !isMeasured[i]!),
  };
}

/** The values at some of the events. */
export function pickEvents(values: Float64Array, events: readonly number[]): Float64Array {
  const picked = new Float64Array(events.length);
  for (let k = 0; k < picked.length; k++) picked[k] = values[events[k]!]!;
  return picked;
}

/**
 * What classifiers see of events at one level: every axis of every observable. An axis that is not finite for some
 * event has a second feature that says so, and 0 for itself there.
 */
export class EventFeatures {
  readonly #gaps: readonly (readonly boolean[])[];
  readonly width: number;

  /** @param samples all samples whose events are to be described in the same way. */
  constructor(samples: readonly EventColumns[]) {
    const present = samples.map(presence);
    const hasGap = (k: number, axis: number): boolean =>
      samples.some(({ columns }, s) =>
        columns[k]![axis]!.some((value, i) => present[s]![i]! && !Number.isFinite(value)),
      );
    const [first] = samples;
    this.#gaps = first!.columns.map((axes, k) => axes.map((_, axis) => hasGap(k, axis)));
    this.width = this.#gaps.flat().reduce((sum, gap) => sum + (gap ? 2 : 1), 0);
  }

  /** Row-major [events, width] of the events of these numbers. */
  rows({ columns }: EventColumns, events: readonly number[]): Float64Array {
    const rows = new Float64Array(events.length * this.width);
    let feature = 0;
    for (const [k, axes] of columns.entries())
      for (const [axis, column] of axes.entries()) {
        const hasGap = this.#gaps[k]![axis]!;
        for (const [row, event] of events.entries()) {
          const value = column[event]!;
          const place = row * this.width + feature;
          rows[place] = Number.isFinite(value) ? value : 0;
          if (hasGap) rows[place + 1] = Number.isFinite(value) ? 0 : 1;
        }
        feature += hasGap ? 2 : 1;
      }
    return rows;
  }

  /** The same with the weights that these events have among all [n]. */
  weightedRows(columns: EventColumns, events: readonly number[], weights: Float64Array): WeightedRows {
    return { features: this.rows(columns, events), width: this.width, weights: pickEvents(weights, events) };
  }
}

/**
 * The sum of weights.
 * @throws UserError, with what they are of, if it is not above 0.
 */
export function positiveSum(weights: Float64Array, what: string): number {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (sum > 0) return sum;
  throw new UserError(`invalid weights: those of ${what} have the sum ${sum}, and a density needs one above 0`);
}
