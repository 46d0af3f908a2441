import type { TrainingStage } from '../contracts/model/training-stage.js';
import { UserError } from '../errors.js';
import type { TrainingState } from './checkpoints/checkpoint.js';
import { stageOptions, stageSteps } from './stage-options.js';
import type { StageStart } from './stage-training.js';
import type { TrainingRun } from './training-run.js';

/** What decides which stages remain. */
export type StagedRun = Pick<TrainingRun, 'model' | 'resume' | 'options'>;

/** A stage that is still to be trained. */
export interface RemainingStage {
  readonly stage: TrainingStage;
  /** Where it begins after `stepsDone` steps of the run. */
  readonly start: (stepsDone: number) => StageStart;
}

/**
 * The stages still to be trained, in order. The one in progress goes on from its checkpoint; those after it start anew.
 * The last one of a run that was finished goes on if its steps or its patience were raised.
 * @throws UserError if the checkpoint is of a stage that the model does not have.
 */
export function remainingStages({ model, resume, options }: StagedRun): readonly RemainingStage[] {
  const anew = (stepsDone: number): StageStart => ({ stepsBefore: stepsDone });
  if (!resume) return model.stages.map((stage) => ({ stage, start: anew }));
  const { state } = resume.checkpoint;
  const current = model.stages.findIndex(({ name }) => name === state.stage);
  if (current < 0) throw new UserError(`invalid checkpoint ${resume.path}: the model has no stage "${state.stage}"`);
  const onwards = (): StageStart => ({ stepsBefore: state.step - state.stageStep, resume });
  const rest = model.stages.slice(current).map((stage, i) => ({ stage, start: i === 0 ? onwards : anew }));
  return state.finished && !hasMoreToDo(state, { model, options }) ? rest.slice(1) : rest;
}

// An earlier stage, which may have ended because its time was over, keeps what the stages after it build on.
function hasMoreToDo(
  { stage: name, stageStep, validationsSinceBest }: TrainingState,
  { model, options }: Pick<TrainingRun, 'model' | 'options'>,
): boolean {
  const last = model.stages.at(-1)!;
  const hasStalled = options.earlyStop !== null && validationsSinceBest >= options.earlyStop.patience;
  return last.name === name && !hasStalled && stageStep < stageSteps(stageOptions(options, last));
}
