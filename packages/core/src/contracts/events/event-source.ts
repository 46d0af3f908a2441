import { defineRole } from '../../plugin/token.js';
import type { EventSpec, HostEvents, Split } from './event-spec.js';
import type { ExactPosterior } from './exact-posterior.js';

/** Numbers of events, by the name of their column. */
export type EventColumns = Readonly<Record<string, Float64Array | BigInt64Array>>;

/**
 * Where events come from: a file, a simulator, a generator. Random access by ranges; shuffling and scaling are the
 * framework's.
 */
export interface EventSource {
  readonly spec: EventSpec;
  /** Opens files or warms up; called once before anything else. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** Whether the truth of a split is known; `read` gives its events without `partons` where it is not. */
  hasTruth(split: Split): boolean;
  /** Events in a split. */
  count(split: Split): number;
  /** What is odd about the data but no mistake, known once they are open; told when a training begins. */
  readonly warnings?: readonly string[];
  /** How many neighbouring events are cheapest to read at once. */
  readonly blockSize: number;
  /** Events `start` to `start + count` of a split, in physical units. */
  read(split: Split, start: number, count: number): Promise<HostEvents>;
  /**
   * Columns of the input that no model sees, such as numbers of runs and events, of sources that have some: [count] for
   * events `start` to `start + count` of a split, by the names that they are asked for, whole numbers in 64 bits.
   * @throws UserError for a column that is not there, or does not have one number for each event.
   */
  readColumns?(split: Split, columns: readonly string[], start: number, count: number): Promise<EventColumns>;
  /**
   * The exact posterior of observed events, of sources that know it; their truth is not looked at. Where events are of
   * another population than those to train on, it is that of the latter: what a model learns from them.
   */
  exactPosterior?(observed: HostEvents): ExactPosterior;
}
export const EventSource = defineRole<EventSource>('data');
