import type { RowRange } from './split-rows.js';

/** A sample is of so many places, evenly spread, and of so many neighbouring events at each. */
const PLACES = 4;
export const EVENTS_OF_PLACE = 1024;

/** A difference of two samples of one population this unlikely is none, however many numbers are compared. */
export const NOT_BY_CHANCE = 1e-12;

/** Where the sample of `count` rows from `start` on stands. */
export function sampledRows(start: number, count: number): RowRange[] {
  const ranges = Array.from({ length: PLACES }, (_, place) => {
    const [first, end] = [place, place + 1].map((each) => Math.floor((each * count) / PLACES)) as [number, number];
    return { start: start + first, count: Math.min(end - first, EVENTS_OF_PLACE) };
  });
  return ranges.filter((range) => range.count > 0);
}
