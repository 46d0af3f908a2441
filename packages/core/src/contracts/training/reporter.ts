import { defineListRole } from '../../plugin/token.js';

/** The losses of a stage at one step of a run. */
export interface LossRecord {
  /** Name of the stage. */
  readonly stage: string;
  /** Steps done since the start of the run, over all stages. */
  readonly step: number;
  readonly loss: number;
  /** What the loss is the sum of. */
  readonly terms: Readonly<Record<string, number>>;
  /** What is logged beside the terms. */
  readonly monitored: Readonly<Record<string, number>>;
}

/** One training step: the losses of its batch, and how the step was made. */
export interface StepRecord extends LossRecord {
  readonly learningRate: number;
  /** Norm before clipping, per parameter group. */
  readonly gradientNorms: Readonly<Record<string, number>>;
  readonly eventsPerSecond: number;
}

/** One evaluation on the validation split: the mean losses of its events. */
export type ValidationRecord = LossRecord;

/** What a reporter is told at the start. */
export interface RunStart {
  readonly directory: string;
  /** The step of the checkpoint that the run goes on from; 0 for a new run. Anything logged after it is void. */
  readonly step: number;
  readonly totalSteps: number;
  readonly parameters: number;
  readonly engine: string;
  /** Until `training.maxMinutes` are over; absent without such a limit. */
  readonly secondsLeft?: number;
}

/** Told what happens in a run, in order. */
export interface Reporter {
  onStart?(run: RunStart): void;
  onStep?(record: StepRecord): void;
  onValidation?(record: ValidationRecord): void;
  /** Everything reported up to here must be on disk when this returns. */
  onCheckpoint?(step: number): void;
  onEnd?(): void;
}
export const Reporter = defineListRole<Reporter>('reporters');
