import type { TrainingStage } from '../contracts/model/training-stage.js';
import { stageDeadline } from './stage-options.js';
import type { TrainingResult, TrainingRun } from './training-run.js';

/** Reasons to end that one worker has and all then follow. */
export interface Ending {
  readonly isInterrupted: boolean;
  readonly isOutOfTime: boolean;
  /** The stage has used up its part of the minutes, and others come after it. */
  readonly isStageOver: boolean;
}

/** This worker's reasons to end in a stage of `stages`, after so many minutes of the run. */
export function ownEnding(
  { options, signal }: TrainingRun,
  stages: readonly TrainingStage[],
  { name }: TrainingStage,
  minutes: number,
): Ending {
  const index = stages.findIndex((stage) => stage.name === name);
  return {
    isInterrupted: signal?.aborted === true,
    isOutOfTime: options.maxMinutes !== undefined && minutes > options.maxMinutes,
    isStageOver: index < stages.length - 1 && minutes > stageDeadline(options, stages, index),
  };
}

/** How a run ends for these reasons; undefined if it goes on. */
export function outcomeOf({ isInterrupted, isOutOfTime }: Ending): TrainingResult['outcome'] | undefined {
  if (isInterrupted) return 'interrupted';
  return isOutOfTime ? 'out of time' : undefined;
}
