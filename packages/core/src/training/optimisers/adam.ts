import { z } from 'zod';
import { Optimiser } from '../../contracts/training/optimiser.js';
import { component } from '../../plugin/plugin.js';

const momentDecay = () => z.number().min(0).lt(1);

/** Options of Adam as Kingma and Ba (2015) name them. */
export const adamOptions = z.object({
  beta1: momentDecay().default(0.9).describe('Decay of the mean of the gradient'),
  beta2: momentDecay().default(0.999).describe('Decay of the mean of the squared gradient'),
  epsilon: z.number().gt(0).max(1).default(1e-8).describe('Added to the root of the mean squared gradient'),
});

/** Parsed options of `adam`. */
export type AdamOptions = z.output<typeof adamOptions>;

/** Adam (Kingma and Ba 2015, algorithm 1). */
export function adam({ beta1, beta2, epsilon }: AdamOptions): Optimiser<'first' | 'second'> {
  return {
    moments: ['first', 'second'],
    update({ step, learningRate, scale, gradients, weights, moments }, arithmetic) {
      const rate = learningRate / (1 - beta1 ** step);
      const secondScale = 1 / (1 - beta2 ** step);
      arithmetic.adam({ beta1, beta2, epsilon, rate, secondScale, scale, gradients, weights, ...moments });
    },
  };
}

export const adamOptimiser = component(Optimiser, 'adam', {
  description: 'Adam (Kingma and Ba 2015)',
  options: adamOptions,
  create: ({ options }) => adam(options),
});
