import type { TrainingStage } from '../contracts/model/training-stage.js';
import { UserError } from '../errors.js';
import type { TrainingOptions } from './training-options.js';

/** Refuses shares for stages that the model does not have. @throws UserError that names them. */
export function checkStageNames({ stages: shares }: TrainingOptions, stages: readonly TrainingStage[]): void {
  const names = [...new Set(stages.map(settingsName))];
  const unknown = Object.keys(shares).filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  throw new UserError(
    `unknown training.stages.${unknown.join(', training.stages.')}: expected one of the model's stages, ` +
      `${names.join(', ')}; ` +
      "set training.stages to null to undo a preset's",
  );
}

/**
 * Refuses an early stop that could never come, as there is no validation loss to go by.
 * @param validationEvents events of the validation split.
 */
export function checkEarlyStop({ earlyStop }: Pick<TrainingOptions, 'earlyStop'>, validationEvents: number): void {
  if (earlyStop === null || validationEvents > 0) return;
  throw new UserError(
    'unused training.earlyStop: there are no validation events whose loss could stop falling; keep some, e.g. by ' +
      'data.validationFraction, or leave it out',
  );
}

/**
 * Refuses draws for validation events that could never be made.
 * @param validationEvents events of the validation split.
 * @throws UserError where that split is empty, or the last stage too short.
 */
export function checkValidationDraws(
  options: TrainingOptions,
  stages: readonly TrainingStage[],
  validationEvents: number,
): void {
  const { validationDraws } = options;
  if (validationDraws === null) return;
  if (validationEvents === 0) {
    throw new UserError(
      'unused training.validationDraws: there are no validation events to draw for; keep some, e.g. by ' +
        'data.validationFraction, or leave it out',
    );
  }
  const last = stages.at(-1)!;
  const steps = stageSteps(stageOptions(options, last));
  if (validationDraws.every <= steps) return;
  throw new UserError(
    `unused training.validationDraws: stage "${last.name}" has ${steps} steps, and ends before the first; expected ` +
      `training.validationDraws.every of at most as many, got ${validationDraws.every}`,
  );
}

/** Steps of one stage: the primary phase and the paper's fine-tuning at a lower rate (Table 2). */
export function stageSteps({ steps, fineTune }: TrainingOptions): number {
  return steps + fineTune.steps;
}

/** The options of one stage: its learning rate, and its share of the run's steps, at least one unless it is 0. */
export function stageOptions(options: TrainingOptions, stage: TrainingStage): TrainingOptions {
  const share = shareOf(options, stage);
  const { steps, fineTune, stages, learningRate } = options;
  return {
    ...options,
    steps: share === 0 ? 0 : Math.max(1, Math.round(share * steps)),
    learningRate: stages[settingsName(stage)]?.learningRate ?? learningRate,
    fineTune: { ...fineTune, steps: Math.round(share * fineTune.steps) },
  };
}

/**
 * The minute of the run at which the stage of that index makes room for the next: `maxMinutes` divided in proportion to
 * the shares.
 */
export function stageDeadline(options: TrainingOptions, stages: readonly TrainingStage[], index: number): number {
  const { maxMinutes = Number.POSITIVE_INFINITY } = options;
  const sum = (some: readonly TrainingStage[]): number =>
    some.reduce((total, each) => total + shareOf(options, each), 0);
  return (maxMinutes * sum(stages.slice(0, index + 1))) / sum(stages);
}

function shareOf({ stages }: TrainingOptions, stage: TrainingStage): number {
  return stages[settingsName(stage)]?.share ?? 1;
}

function settingsName({ name, settings = name }: TrainingStage): string {
  return settings;
}
