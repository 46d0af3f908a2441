/** Where the truth lies among the draws of its own event, for one quantity of many events. */
export interface RanksView {
  /** Draws an event. */
  readonly draws: number;
  /** Events of the file that were left out: it has more than are looked at at once. */
  readonly leftOut: number;
  /** [n] numbers of the events in their split. */
  readonly events: readonly number[];
  /** [n] share of the draws below the truth: 0 to 1. */
  readonly ranks: readonly number[];
  /** [n] */
  readonly truth: readonly number[];
  /** [n] mean and standard deviation of the draws. */
  readonly means: readonly number[];
  readonly widths: readonly number[];
}

/** What is known of whether a run can be trusted. */
export interface TrustView {
  /** Verdicts of the diagnosis in the folder, the worst first; none where there is no diagnosis. */
  readonly verdicts: readonly {
    readonly quantity: string;
    readonly diagnostic: string;
    readonly status: string;
    readonly badness: number;
    readonly text: string;
    /** The quantity whose ranks are shown; absent for what is about several. */
    readonly key?: string;
  }[];
  readonly events?: number;
  readonly draws?: number;
  /** Files of several draws an event, which ranks can be taken from. */
  readonly files: readonly DrawFileView[];
}

/** A file of draws of a run. */
export interface DrawFileView {
  readonly name: string;
  readonly events: number;
  readonly draws: number;
  readonly hasTruth: boolean;
}
