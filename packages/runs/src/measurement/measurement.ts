import type { BinnedObservable, EventColumns, MeasurementResult } from '@unfold-zoo/measurement';

/** A measurement that is done. */
export interface Measurement {
  readonly result: MeasurementResult;
  /** The files that it was made from. */
  readonly inputs: readonly string[];
  readonly observables: readonly BinnedObservable[];
  /** Of the true phase space, as the measurement file has it; undefined for none. */
  readonly selection: string | undefined;
  /** The unfolded events of every method of events. */
  readonly events: readonly {
    readonly method: string;
    readonly events: EventColumns;
    /** [replicas][n] their weights in replicas of the data, if these were asked for. */
    readonly replicaWeights: readonly Float64Array[];
  }[];
  /** In which these are written. */
  readonly eventFormat: 'hdf5' | 'parquet';
}
