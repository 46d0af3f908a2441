import { defineListRole } from '@unfold-zoo/core';
import type { Response, Rows } from '../response/response.js';

/** Counts of measured bins, less the background. */
export interface MeasuredBins {
  /** [detector] of either sign. */
  readonly counts: readonly number[];
  /** [detector][detector] statistical; diagonal where bins are independent. */
  readonly covariance: Rows;
}

/** The spectrum of one observable, to be unfolded. */
export interface BinnedProblem {
  readonly response: Response;
  readonly measured: MeasuredBins;
  /** Runs of neighbouring true bins, without underflow and overflow, along which a spectrum is smooth. */
  readonly chains: readonly (readonly number[])[];
}

/** An unfolded spectrum: true events of each bin, whether they were measured or not. */
export interface UnfoldedBins {
  /** [truth] 0 for bins that the simulation never shows at the detector. */
  readonly values: readonly number[];
  /** [truth][truth] that follows from the covariance of the measured bins. */
  readonly covariance: Rows;
  /** What the method decided, by name, e.g. `iterations: 4`, `tau: 0.01`. */
  readonly decisions: Readonly<Record<string, number>>;
}

/** A method that unfolds one binned spectrum at a time. */
export interface BinnedUnfolder {
  readonly input: 'bins';
  /**
   * @param decided decisions of an earlier result that are to be kept, as the tau of the data in replicas of them.
   * @throws UserError for a spectrum that the method cannot unfold.
   */
  unfold(problem: BinnedProblem, decided?: UnfoldedBins['decisions']): UnfoldedBins;
}

/** Events as columns: of every observable, a column for each of its axes. NaN where an event has no such number. */
export interface EventColumns {
  /** [observables][axes][n] */
  readonly columns: readonly (readonly Float64Array[])[];
  /** [n] of either sign. */
  readonly weights: Float64Array;
}

/** Events, to be unfolded without bins. */
export interface EventProblem {
  readonly simulation: {
    /** Of the truth; all NaN for events outside of the true phase space. */
    readonly truth: EventColumns;
    /** Of the same events at the detector; all NaN for events that were not measured or not selected. */
    readonly detector: EventColumns;
  };
  /** Measured events, and those of backgrounds with weights of the other sign. */
  readonly data: EventColumns;
}

/**
 * A method that unfolds events. What it gives are events of the truth with weights: the simulated ones reweighted, or
 * draws. Binned results follow from them, for all observables at once, and so do their errors from replicas.
 */
export interface EventUnfolder {
  readonly input: 'events';
  /** @throws UserError for events that the method cannot unfold. */
  unfold(problem: EventProblem): Promise<EventColumns>;
}

/** A method of unfolding. */
export type Unfolder = BinnedUnfolder | EventUnfolder;

/** The methods of a measurement: `unfolders: [{ kind: iterative-bayes, iterations: 4 }]`. */
export const Unfolder = defineListRole<Unfolder>('unfolders');
