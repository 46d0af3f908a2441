import type { Rows } from '../response/response.js';
import type { SimulatedColumns } from './binned-sample.js';

/** A systematic error: the simulation as it would be if something were otherwise. */
export interface Variation {
  readonly name: string;
  readonly up: SimulatedColumns;
  /** Absent for an error of one side, which then holds for both. */
  readonly down?: SimulatedColumns | undefined;
}

/** By how much unfolding with a varied simulation changes the result, with its sign. */
export interface Shift {
  readonly name: string;
  /** [bins] */
  readonly up: readonly number[];
  /** [bins] */
  readonly down?: readonly number[];
}

/** [bins] the error of one standard deviation with its sign: half of the difference of up and down, or all of up. */
export function shiftError({ up, down }: Shift): number[] {
  return up.map((change, i) => (down ? (change - down[i]!) / 2 : change));
}

/** What a bin changes by downwards and upwards, each with its sign; a shift of one side holds for both. */
export function shiftRange({ up, down }: Shift, bin: number): readonly [down: number, up: number] {
  return [down ? down[bin]! : -up[bin]!, up[bin]!];
}

/** [bins][bins] of all sources together: each is fully correlated between bins, and none with another. */
export function systematicCovariance(shifts: readonly Shift[], bins: number): Rows {
  const errors = shifts.map(shiftError);
  return Array.from({ length: bins }, (_, i) =>
    Array.from({ length: bins }, (__, j) => errors.reduce((sum, error) => sum + error[i]! * error[j]!, 0)),
  );
}
