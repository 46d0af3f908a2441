import { z } from 'zod';
import { LearningRate } from '../../contracts/training/learning-rate.js';
import { nestedChoice } from '../../plugin/nested-choice.js';
import { component } from '../../plugin/plugin.js';

const options = z.object({
  steps: z.int().min(1).describe('Steps over which the learning rate rises linearly from 0'),
  next: nestedChoice(LearningRate).describe('What follows, over the steps that are left; its first rate is risen to'),
});

/** Parsed options of `warm-up`. */
export type WarmUpOptions = z.output<typeof options>;

/** Rises linearly to the first rate of another one, which then has the steps that are left. */
export function warmUpRate({ steps: rise, next }: WarmUpOptions): LearningRate {
  return {
    at: (step, steps) => {
      const left = Math.max(1, steps - rise);
      return step < rise ? risingRate(next.at(0, left), step, rise) : next.at(step - rise, left);
    },
  };
}

/** The rate of a step, from 0, of a linear rise that reaches `peak` with its last step. */
export function risingRate(peak: number, step: number, steps: number): number {
  return (peak * (step + 1)) / steps;
}

export const warmUpLearningRate = component(LearningRate, 'warm-up', {
  description: 'Rises linearly, then does what another one does',
  options,
  create: (context) => warmUpRate(context.options),
});
