import { defineListRole } from '../../plugin/token.js';
import type { EventSource } from '../events/event-source.js';
import type { Split } from '../events/event-spec.js';
import type { Table } from './table.js';

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
  /** Row-major [events, draws, P], in physical units. */
  readonly partons: Float32Array;
}

/** Holds draws against something else than the truth in each distribution, e.g. against another method of unfolding. */
export interface Evaluator {
  /** Tables for the terminal and the report. */
  evaluate(drawn: EvaluatedDraws): Promise<readonly Table[]>;
}
export const Evaluator = defineListRole<Evaluator>('evaluators');
