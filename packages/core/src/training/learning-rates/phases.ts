import type { LearningRate } from '../../contracts/training/learning-rate.js';
import type { TrainingOptions } from '../training-options.js';
import { constantRate } from './constant.js';
import { cosineRate } from './cosine.js';
import { risingRate } from './warm-up.js';

/**
 * The learning rate that the `training` key of a config describes: linear warm-up, then constant or a half cosine down
 * to the rate of fine-tuning (to zero when there is no fine-tuning), then the constant rate of fine-tuning. `options`
 * are those of one stage, and `steps` are those of both its phases.
 */
export function phasesOf({
  learningRate: rate,
  steps: main,
  warmupSteps,
  decay,
  fineTune,
}: TrainingOptions): LearningRate {
  const final = fineTune.steps > 0 ? fineTune.learningRate : 0;
  const after = decay === 'constant' ? constantRate({ rate }) : cosineRate({ peak: rate, final });
  return {
    at(step) {
      if (step >= main) return fineTune.learningRate;
      return step < warmupSteps
        ? risingRate(rate, step, warmupSteps)
        : after.at(step - warmupSteps, main - warmupSteps);
    },
  };
}
