import { z } from 'zod';
import { LearningRate } from '../../contracts/training/learning-rate.js';
import { component } from '../../plugin/plugin.js';
import { rateOption } from './rate-option.js';

const options = z.object({
  peak: rateOption().default(5e-4).describe('Largest learning rate'),
  rise: z.number().gt(0).lt(1).default(0.3).describe('Part of the steps over which it rises'),
  startDivisor: z.number().min(1).default(25).describe('The first step has the largest rate divided by this'),
  endDivisor: z.number().min(1).default(1e4).describe("The last step has the first step's rate divided by this"),
});

/** Parsed options of `one-cycle`. */
export type OneCycleOptions = z.output<typeof options>;

/**
 * Up along half a cosine and down along another, far below the start (Smith and Topin 2018); steps and defaults are
 * those of torch.optim.lr_scheduler.OneCycleLR.
 */
export function oneCycleRate({ peak, rise, startDivisor, endDivisor }: OneCycleOptions): LearningRate {
  const start = peak / startDivisor;
  const end = start / endDivisor;
  return {
    at(step, steps) {
      const top = Math.max(0, rise * steps - 1);
      if (step < top) return between(start, peak, step / top);
      return between(peak, end, (step - top) / Math.max(1, steps - 1 - top));
    },
  };
}

/** From one value to another along half a cosine, as `progress` goes from 0 to 1. */
function between(from: number, to: number, progress: number): number {
  return to + (from - to) * 0.5 * (1 + Math.cos(Math.PI * progress));
}

export const oneCycleLearningRate = component(LearningRate, 'one-cycle', {
  description: 'Rises, then falls far below where it began (Smith and Topin 2018)',
  options,
  create: (context) => oneCycleRate(context.options),
});
