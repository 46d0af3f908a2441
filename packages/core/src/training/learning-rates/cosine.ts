import { z } from 'zod';
import { LearningRate } from '../../contracts/training/learning-rate.js';
import { component } from '../../plugin/plugin.js';
import { rateOption } from './rate-option.js';

const options = z.object({
  peak: rateOption().default(5e-4).describe('Learning rate of the first step'),
  final: z.number().min(0).max(1).default(0).describe('Learning rate that it falls to'),
});

/** Half a cosine from `peak` to `final`, which would be the step after the last (Loshchilov and Hutter 2017, eq. 5). */
export function cosineRate({ peak, final }: z.output<typeof options>): LearningRate {
  return {
    at: (step, steps) => final + (peak - final) * 0.5 * (1 + Math.cos(Math.PI * (step / Math.max(1, steps)))),
  };
}

export const cosineLearningRate = component(LearningRate, 'cosine', {
  description: 'Falls along half a cosine (Loshchilov and Hutter 2017)',
  options,
  create: (context) => cosineRate(context.options),
});
