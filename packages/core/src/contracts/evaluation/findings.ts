import type { Table } from './table.js';

/** A figure ready to show. */
export interface Figure {
  /** Of its file, without the ending: letters, digits, `-` and `_`. */
  readonly name: string;
  readonly title: string;
  /** Says how to read it: what is drawn, and what it looks like when all is well. */
  readonly caption: string;
  /** The whole of an SVG document. */
  readonly svg: string;
}

/** What was decided: as it should be, not so, or not to be told from so few events. */
export const VERDICT_STATUSES = ['good', 'bad', 'undecided'] as const;
/** One of the `VERDICT_STATUSES`. */
export type VerdictStatus = (typeof VERDICT_STATUSES)[number];

/** A number that a verdict comes from. */
export interface MeasuredNumber {
  /** What it is, e.g. `AUC`. */
  readonly name: string;
  readonly value: number;
  /** Standard error; absent where it is not known. */
  readonly error?: number;
}

/** One conclusion about one quantity, in words. */
export interface Verdict {
  /** What it is about, e.g. `Lepton p_x`; `all` for everything together. */
  readonly quantity: string;
  /** The kind of the evaluator that says so, e.g. `calibration`. */
  readonly diagnostic: string;
  readonly status: VerdictStatus;
  /**
   * How bad, 0 or more, by which verdicts are sorted: a standardised size of the effect, which more events do not make
   * larger, and which may be compared between diagnostics. 0.1 is a posterior shifted by 0.1 of its standard
   * deviations, or one that is 10 % too wide.
   */
  readonly badness: number;
  /** E.g. `too wide by a factor of 1.8`, `biased by 0.3 sd`, `not enough events to tell`. */
  readonly text: string;
  /** The number that the verdict comes from, where it is one. */
  readonly measured?: MeasuredNumber;
}

/** What an evaluator has found. */
export interface Findings {
  readonly tables: readonly Table[];
  /** Absent where there is nothing to draw. */
  readonly figures?: readonly Figure[];
  /** Absent where nothing is judged. */
  readonly verdicts?: readonly Verdict[];
}

/** The findings of several evaluators as one, in their order. */
export function joinFindings(parts: readonly Findings[]): Required<Findings> {
  return {
    tables: parts.flatMap(({ tables }) => tables),
    figures: parts.flatMap(({ figures = [] }) => figures),
    verdicts: parts.flatMap(({ verdicts = [] }) => verdicts),
  };
}
