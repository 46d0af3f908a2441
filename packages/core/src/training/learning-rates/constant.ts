import { z } from 'zod';
import { LearningRate } from '../../contracts/training/learning-rate.js';
import { component } from '../../plugin/plugin.js';
import { rateOption } from './rate-option.js';

const options = z.object({ rate: rateOption().default(5e-4).describe('Learning rate of every step') });

/** The same rate at every step. */
export function constantRate({ rate }: z.output<typeof options>): LearningRate {
  return { at: () => rate };
}

export const constantLearningRate = component(LearningRate, 'constant', {
  description: 'The same learning rate at every step',
  options,
  create: (context) => constantRate(context.options),
});
