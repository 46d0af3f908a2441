import { Representation } from '../../contracts/events/representation.js';
import { Assignment } from '../../contracts/model/assignment.js';
import { Distillation } from '../../contracts/model/distillation.js';
import { LearningRate } from '../../contracts/training/learning-rate.js';
import { Optimiser } from '../../contracts/training/optimiser.js';
import type { Role } from '../../plugin/token.js';
import type { Rng } from '../../rng.js';
import type { TrainingRun } from '../../training/training-run.js';
import type { Config } from '../load-config.js';

/**
 * The roles that a run has whether or not its config chooses them: these of `optimiser`, `learningRate`,
 * `representation`, `assignment` and `distillation` that the config sets.
 */
export function trainingRoles({ choices }: Pick<Config, 'choices'>): readonly Role<unknown>[] {
  const roles = [Optimiser, LearningRate, Representation, Assignment, Distillation] as readonly Role<unknown>[];
  return roles.filter(({ key }) => choices[key] !== undefined);
}

/** The optimiser and the learning rate that a config chooses by role; one that it leaves to `training` is absent. */
export function chosenTraining(
  { catalogue, choices }: Pick<Config, 'catalogue' | 'choices'>,
  rng: Rng,
): Pick<TrainingRun, 'optimiser' | 'learningRate'> {
  return {
    ...(choices[Optimiser.key] && { optimiser: catalogue.assemble(Optimiser, choices, rng) }),
    ...(choices[LearningRate.key] && { learningRate: catalogue.assemble(LearningRate, choices, rng) }),
  };
}
