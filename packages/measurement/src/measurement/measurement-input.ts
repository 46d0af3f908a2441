import type { EventColumns, ObserveTruth } from '../unfolders/unfolder.js';
import type { BinnedObservable, SimulatedColumns } from './binned-sample.js';
import type { Variation } from './systematics.js';

/** What pseudo-data are on average. */
export interface PseudoData {
  /**
   * [n] how often each event of the data is expected; below 0 for events that are taken off for backgrounds, which are
   * the same in all toys.
   */
  readonly expected: Float64Array;
  /** [observables][truth] the true spectra. */
  readonly truth: readonly (readonly number[])[];
}

/** Everything that is unfolded. */
export interface MeasurementInput {
  readonly observables: readonly BinnedObservable[];
  readonly simulation: SimulatedColumns;
  /** Measured events, and those of backgrounds with weights of the other sign. */
  readonly data: EventColumns;
  /** For methods that give other events than the simulated ones. */
  readonly observeTruth?: ObserveTruth | undefined;
  /** Of data that are made of simulated events: what they are on average. */
  readonly pseudoData?: PseudoData | undefined;
  /** Systematic errors; none unless given. */
  readonly variations?: readonly Variation[];
}
