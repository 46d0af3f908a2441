import { UserError } from '@unfold-zoo/core';
import type { CarriedColumns } from '@unfold-zoo/core/events';
import type { Topology } from '../topology/topology.js';
import type { RawEvents } from './raw-events.js';

/** How an event file is to be read. */
export interface EventFileOptions {
  /**
   * Dataset or expression of event weights, which must be there unless the truth is not; false for none. Default:
   * `/event/weight` if the file has it, or what its mapping says.
   */
  readonly weights?: string | false | undefined;
  /** Whether the truth may be missing, as in collision data; events then have none. */
  readonly truthOptional?: boolean;
}

/** A file of events that is open for reading, whatever its format. */
export interface OpenEvents {
  readonly path: string;
  readonly size: number;
  /** Rows of the file, of which `size` are events that are taken. */
  readonly rows: number;
  /** Columns of the file that are not read as a part of events. */
  readonly unused: readonly string[];
  /** Rows that the file stores together; 0 where it does not say. */
  readonly chunkRows: number;
  readonly hasTruth: boolean;
  /** Whether the file says what units the truth and the detector's columns are in. */
  readonly declaresUnits: { readonly truth: boolean; readonly detector: boolean };
  /** What the event weights are read from; undefined if there are none. */
  readonly weights: string | undefined;
  /** What its user should know, though it is no mistake. */
  readonly notes?: readonly string[];
  /**
   * Events `start` to `start + count`; with `extras`, also datasets of our own layout that no topology names.
   * @throws UserError for damaged data and events that make no sense.
   */
  read(start: number, count: number, options?: { readonly extras?: boolean }): RawEvents | Promise<RawEvents>;
  /** The weights of events `start` to `start + count`; undefined if they have none. */
  readWeights(start: number, count: number): Float32Array | undefined | Promise<Float32Array | undefined>;
  /**
   * Columns of the file with one number for each event, of events `start` to `start + count`.
   * @throws UserError for a column that is not there, or is none of that kind.
   */
  readColumns(columns: readonly string[], start: number, count: number): CarriedColumns | Promise<CarriedColumns>;
  close(): void | Promise<void>;
}

/** Opens a file of events. @throws UserError for one that cannot be opened or lacks what the topology needs. */
export type OpenEventFile = (path: string, topology: Topology, options: EventFileOptions) => Promise<OpenEvents>;

/** A file that is whole and has no events, as of a job that selected none. */
export class NoEvents extends UserError {
  constructor(
    readonly path: string,
    why = '',
  ) {
    super(`invalid file: ${path} holds no events${why}`);
  }
}
