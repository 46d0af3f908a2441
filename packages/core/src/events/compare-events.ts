import { type EventSpec, type HostEvents, partonWidth } from '../contracts/events/event-spec.js';
import { partonName } from './check-host-events.js';
import { partonColumn } from './event-columns.js';

/** How differently one number is distributed in two sets of events. */
export interface ColumnDifference {
  /** E.g. `hadronic_top.px`, `objects.pt`, or `number of objects`. */
  readonly column: string;
  /** Largest difference of the two distribution functions, from 0 to 1 (Kolmogorov and Smirnov). */
  readonly distance: number;
  /** Chance of a distance as large as this between two samples of one population. */
  readonly probability: number;
}

/**
 * The number that is distributed most differently in two sets of events: the truth's, where both have it, the objects
 * of each input, and their features, summed over the objects of an event. Weights are not looked at. Undefined where
 * there is nothing to compare.
 */
export function largestDifference(spec: EventSpec, a: HostEvents, b: HostEvents): ColumnDifference | undefined {
  const others = eventNumbers(spec, b);
  const found = [...eventNumbers(spec, a)].flatMap(([column, values]): ColumnDifference[] => {
    const other = others.get(column);
    return other ? [{ column, ...differenceOf(values.sort(), other.sort()) }] : [];
  });
  return found.sort((x, y) => x.probability - y.probability || y.distance - x.distance)[0];
}

/** [n] numbers of each event by their names. */
function eventNumbers(spec: EventSpec, events: HostEvents): Map<string, Float64Array> {
  const numbers = new Map<string, Float64Array>();
  const width = partonWidth(spec);
  const { size, partons } = events;
  for (let column = 0; partons && column < width; column++)
    numbers.set(partonName(spec, column), partonColumn(partons, width, column));
  for (const [name, { capacity, features }] of Object.entries(spec.inputs)) {
    const { mask, features: values } = events.inputs[name]!;
    const sums = (of: (slot: number) => number): Float64Array => {
      const sum = new Float64Array(size);
      for (let slot = 0; slot < size * capacity; slot++) sum[Math.floor(slot / capacity)]! += of(slot);
      return sum;
    };
    if (capacity > 1)
      numbers.set(
        `number of ${name}`,
        sums((slot) => mask[slot]!),
      );
    for (const [i, feature] of features.entries())
      numbers.set(
        `${name}.${feature.name}`,
        sums((slot) => values[slot * features.length + i]!),
      );
  }
  return numbers;
}

/**
 * Chance that two samples of one population, of `n` and `m` events, differ by as much or more in their distribution
 * functions: the two-sample test of Kolmogorov and Smirnov after Stephens 1970.
 */
export function chanceOfDistance(distance: number, n: number, m: number): number {
  const root = Math.sqrt((n * m) / (n + m));
  const scaled = (root + 0.12 + 0.11 / root) * distance;
  // The first term of the series, which is all of it where the probability is small.
  return Math.min(1, 2 * Math.exp(-2 * scaled ** 2));
}

/** The largest difference of two distribution functions, of ascending values. */
function differenceOf(a: Float64Array, b: Float64Array): Omit<ColumnDifference, 'column'> {
  let [i, j, distance] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const at = Math.min(a[i]!, b[j]!);
    while (a[i] === at) i++;
    while (b[j] === at) j++;
    distance = Math.max(distance, Math.abs(i / a.length - j / b.length));
  }
  return { distance, probability: chanceOfDistance(distance, a.length, b.length) };
}
