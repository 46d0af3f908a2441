import type { TrainingOptions } from './training-options.js';

/** Steps of one stage: the primary phase and the paper's fine-tuning at a lower rate (Table 2). */
export function stageSteps({ steps, fineTune }: TrainingOptions): number {
  return steps + fineTune.steps;
}

/**
 * The learning rate of step `step` (from 0) of a stage: linear warm-up, then constant or a half cosine down to the
 * fine-tuning rate (to zero when there is no fine-tuning), then the constant fine-tuning rate.
 */
export function learningRate(options: TrainingOptions, step: number): number {
  const { steps, warmupSteps, decay, fineTune } = options;
  if (step >= steps) return fineTune.learningRate;
  if (step < warmupSteps) return (options.learningRate * (step + 1)) / warmupSteps;
  if (decay === 'constant') return options.learningRate;
  const floor = fineTune.steps > 0 ? fineTune.learningRate : 0;
  const progress = (step - warmupSteps) / Math.max(1, steps - warmupSteps);
  return floor + (options.learningRate - floor) * 0.5 * (1 + Math.cos(Math.PI * progress));
}
