/** How far a run is: its log was written to within the last minute, or not. */
export type RunStatus = 'training' | 'trained' | 'stopped' | 'untrained' | 'broken';

/** A row in the list of runs. What is not known is absent. */
export interface RunSummary {
  /** By which pages name it. */
  readonly id: string;
  /** Path from the folder that was named on. */
  readonly name: string;
  /** The name that its config has, else its path. */
  readonly label: string;
  readonly status: RunStatus;
  /** What is wrong with its files; empty for nothing. */
  readonly problem: string;
  readonly model?: string;
  readonly data?: string;
  readonly step?: number;
  /** That its config asks for. */
  readonly steps?: number;
  readonly loss?: number;
  readonly validation?: number;
  /** Of training, up to its latest checkpoint. */
  readonly seconds?: number;
  /** Total distance of its draws to the truth, by the first metric of its report. */
  readonly distance?: number;
  /** How many verdicts its diagnosis has. */
  readonly verdicts?: number;
  /** How many of them are bad. */
  readonly bad?: number;
  /** Files of draws in its folder. */
  readonly draws: number;
  /** When its log was last written to; ISO 8601. */
  readonly changed?: string;
}

/** A benchmark in the list. */
export interface BenchmarkSummary {
  readonly id: string;
  readonly name: string;
}
