import { defineListRole, type EventSource, type HostEvents, type Split } from '@unfold-zoo/core';
import { z } from 'zod';
import type { PartOrigin, PartStore } from '../measurement/part-store.js';
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

/** Events that a source can be asked for again. */
export interface RecordedEvents {
  /** Open. */
  readonly source: EventSource;
  readonly split: Split;
  /** Their numbers in the split. */
  readonly events: Uint32Array;
}

/** Events as columns: of every observable, a column for each of its axes. NaN where an event has no such number. */
export interface EventColumns {
  /** [observables][axes][n] */
  readonly columns: readonly (readonly Float64Array[])[];
  /** [n] of either sign. */
  readonly weights: Float64Array;
  /** The same events, one part after the other, where they can be read again. */
  readonly recorded?: readonly RecordedEvents[];
}

/** Computes the observables of the truth of events: [observables][axes][n]; NaN outside of the true phase space. */
export type ObserveTruth = (events: HostEvents) => EventColumns['columns'];

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
  /** For methods that give other events than the simulated ones. */
  readonly observeTruth?: ObserveTruth | undefined;
}

/** Weights of simulated and measured events, of either sign. */
export interface EventWeights {
  /** [n] of the simulation, at both levels. */
  readonly simulation: Float64Array;
  /** [n] of the data. */
  readonly data: Float64Array;
}

/** What a method says of one of its iterations. */
export interface Iteration {
  /** What is of interest, by name, e.g. `folded ratio: 0.998`. */
  readonly numbers: Readonly<Record<string, number>>;
  /** The unfolded events, as they are after it. */
  readonly events: EventColumns;
}

/**
 * Which iteration is the result: the last one; or, by the bottom line, the last one up to which the unfolded data
 * exclude the simulation by no more than the measured data do.
 */
export const stopOption = z
  .enum(['last', 'bottom-line'])
  .default('last')
  .describe(
    'Which iteration is the result: last; or bottom-line, the last one up to which the unfolded data exclude the ' +
      'simulation by no more than the measured data do (arXiv 1607.07038), found with the replicas of the data',
  );

/** A rule by which an iteration stops. */
export type StopRule = z.output<typeof stopOption>;

/** A number by which the result of a method may be trusted or not. */
export interface QualityGate {
  /** What is looked at, e.g. `folded ratio`. */
  readonly name: string;
  readonly value: number;
  /** What it must be, e.g. `0.95 to 1.05`. */
  readonly expected: string;
  readonly passed: boolean;
}

/** Unfolded events: all observables of the truth at once. */
export interface UnfoldedEvents {
  /** Events of the truth with weights: the simulated ones reweighted, or draws. The weights are the result. */
  readonly events: EventColumns;
  /** What the method decided, by name. */
  readonly decisions: UnfoldedBins['decisions'];
  /** Its iterations, if it has any; the last one is the result. */
  readonly iterations: readonly Iteration[];
  /** Why the last iteration is the last, as a sentence. */
  readonly ended?: string;
  readonly gates: readonly QualityGate[];
}

/** What a method of events may use of the measurement around it. */
export interface UnfoldingContext {
  /** Starts the engine on which networks are trained. */
  readonly startEngine: () => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  /** Told how many measured events have been drawn for. */
  readonly onDrawn?: ((events: number, total: number) => void) | undefined;
  /** Keeps what takes long to prepare, as draws. */
  readonly parts?: PartStore | undefined;
  /** What all that the method does is computed from. */
  readonly origin?: PartOrigin | undefined;
  /** Told how far the training of a model is. */
  readonly onTrained?: ((steps: number, total: number) => void) | undefined;
}

/** Unfolds the events, given their weights, and decisions of an earlier result that are to be kept. */
export type UnfoldWeighted = (weights: EventWeights, decided?: UnfoldedBins['decisions']) => Promise<UnfoldedEvents>;

/**
 * A method that unfolds events. What it gives are events of the truth with weights. Binned results follow from them,
 * for all observables at once, and so do their errors from replicas.
 */
export interface EventUnfolder {
  readonly input: 'events';
  /** Which of its iterations is the result. Default: the last. */
  readonly stop?: StopRule;
  /** Networks that one unfolding trains, at most. Default: none. */
  readonly trainings?: number;
  /** Does what has to be there before anything else, as training a model; called before the others. */
  begin?(context: Pick<UnfoldingContext, 'signal' | 'onTrained'>): Promise<void>;
  /** What results depend on besides options and events, as a text, e.g. the checksum of weights. Default: nothing. */
  dependsOn?(): string;
  /**
   * Does once what does not depend on the weights of the events, as drawing for the data, so that replicas, which
   * differ in weights alone, need not do it again.
   * @returns what unfolds the events, given their weights. It throws UserErrors for weights that it cannot unfold.
   * @throws UserError for events that the method cannot unfold.
   */
  prepare(problem: EventProblem, context: UnfoldingContext): Promise<UnfoldWeighted>;
}

/** A method of unfolding. */
export type Unfolder = BinnedUnfolder | EventUnfolder;

/** The methods of a measurement: `unfolders: [{ kind: iterative-bayes, iterations: 4 }]`. */
export const Unfolder = defineListRole<Unfolder>('unfolders');
