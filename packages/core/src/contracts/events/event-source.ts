import { defineRole } from '../../plugin/token.js';
import type { EventSpec, HostEvents, Split } from './event-spec.js';
import type { ExactPosterior } from './exact-posterior.js';

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
   * The exact posterior of observed events, of sources that know it; their truth is not looked at. Where events are of
   * another population than those to train on, it is that of the latter: what a model learns from them.
   */
  exactPosterior?(observed: HostEvents): ExactPosterior;
}
export const EventSource = defineRole<EventSource>('data');
