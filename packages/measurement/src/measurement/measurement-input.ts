import type { EventColumns, ObserveTruth } from '../unfolders/unfolder.js';
import type { BinnedObservable, SimulatedColumns } from './binned-sample.js';
import type { Variation } from './systematics.js';

/** Everything that is unfolded. */
export interface MeasurementInput {
  readonly observables: readonly BinnedObservable[];
  readonly simulation: SimulatedColumns;
  /** Measured events, and those of backgrounds with weights of the other sign. */
  readonly data: EventColumns;
  /** For methods that give other events than the simulated ones. */
  readonly observeTruth?: ObserveTruth | undefined;
  /** Systematic errors; none unless given. */
  readonly variations?: readonly Variation[];
}
