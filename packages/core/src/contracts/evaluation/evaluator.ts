import { defineListRole } from '../../plugin/token.js';
import type { EventSource } from '../events/event-source.js';
import type { Split } from '../events/event-spec.js';
import type { Findings } from './findings.js';

/** The members of an ensemble that draws were made by. */
export interface DrawnMembers {
  /** What they are called, e.g. `seed 0`. */
  readonly names: readonly string[];
  /** Row-major [count, draws]: indices into `names`, of `count` events from the `first` evaluated one on. */
  of(first: number, count: number): Uint8Array;
}

/** What a trained model drew, and where the events that it drew for are. */
export interface EvaluatedDraws {
  /** What the run is called. */
  readonly label: string;
  /** Open. Truth and observation of the events are read from here, and the training split is there to learn from. */
  readonly source: EventSource;
  /** The events `start` to `start + events` of this split. */
  readonly split: Split;
  readonly start: number;
  readonly events: number;
  /** Draws an event. */
  readonly draws: number;
  /**
   * Row-major [events, draws, P], in physical units: all draws at once, 20 bytes a particle and draw. Draws that lie in
   * a file are read when this is asked for; `readPartons` reads some of them.
   */
  readonly partons: Float32Array;
  /**
   * Row-major [count, draws, P]: the draws of `count` events, from the `first` evaluated one on, counted from 0. With
   * it the memory that an evaluator takes does not grow with the draws. Absent where `partons` is in memory.
   */
  readonly readPartons?: (first: number, count: number) => Promise<Float32Array>;
  /** [events] weights of the events, and so of all draws of each; absent when every event counts the same. */
  readonly weights?: Float32Array;
  /**
   * [count] natural logarithms of the model's own density of mass and momentum at the truth of `count` events from the
   * `first` evaluated one on, in GeV^-4: of models of one particle that have one. Undefined, or absent, for others.
   */
  readonly logDensity?: (first: number, count: number) => Promise<Float64Array | undefined>;
  /** Which member of an ensemble made each draw; absent where one model made all. */
  readonly members?: DrawnMembers;
  /**
   * Starts the engine of the run's config and makes it current, for evaluators that compute with tensors. Absent where
   * one is current already.
   */
  readonly startEngine?: () => Promise<void>;
}

/**
 * Judges draws by more than the distances of their distributions to the truth's: event by event, or against another
 * method of unfolding.
 */
export interface Evaluator {
  /** Tables for the terminal and the report, figures for the report, and verdicts in words. */
  evaluate(drawn: EvaluatedDraws): Promise<Findings>;
}
export const Evaluator = defineListRole<Evaluator>('evaluators');
