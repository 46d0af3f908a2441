import type { TrainingStage } from '../contracts/model/training-stage.js';
import { UserError } from '../errors.js';
import type { StageStart } from './stage-training.js';
import type { TrainingRun } from './training-run.js';

/** A stage that is still to be trained. */
export interface RemainingStage {
  readonly stage: TrainingStage;
  /** Where it begins after `stepsDone` steps of the run. */
  readonly start: (stepsDone: number) => StageStart;
}

/**
 * The stages still to be trained, in order. The one in progress goes on from its checkpoint; those after it start anew.
 * @throws UserError if the checkpoint is of a stage that the model does not have.
 */
export function remainingStages({ model, resume }: Pick<TrainingRun, 'model' | 'resume'>): readonly RemainingStage[] {
  const anew = (stepsDone: number): StageStart => ({ stepsBefore: stepsDone });
  if (!resume) return model.stages.map((stage) => ({ stage, start: anew }));
  const { state } = resume.checkpoint;
  const current = model.stages.findIndex(({ name }) => name === state.stage);
  if (current < 0) throw new UserError(`invalid checkpoint ${resume.path}: the model has no stage "${state.stage}"`);
  const onwards = (): StageStart => ({ stepsBefore: state.step - state.stageStep, resume });
  const rest = model.stages.slice(current).map((stage, i) => ({ stage, start: i === 0 ? onwards : anew }));
  return state.finished ? rest.slice(1) : rest;
}
