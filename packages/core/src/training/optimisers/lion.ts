import { z } from 'zod';
import { Optimiser } from '../../contracts/training/optimiser.js';
import { component } from '../../plugin/plugin.js';

const options = z.object({
  beta1: z.number().min(0).lt(1).default(0.9).describe('Weight of the remembered gradient in the sign that is taken'),
  beta2: z.number().min(0).lt(1).default(0.99).describe('Decay of the remembered gradient'),
  weightDecay: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('Part of a weight that an update of learning rate 1 would take away, apart from the gradient'),
});

/** Parsed options of `lion`. */
export type LionOptions = z.output<typeof options>;

/**
 * Lion (Chen et al. 2023, algorithm 2): every weight moves by the learning rate, in the direction of the sign of an
 * interpolated gradient. Learning rates are three to ten times smaller than those of Adam (section 5 there).
 */
export function lion({ beta1, beta2, weightDecay }: LionOptions): Optimiser<'mean'> {
  return {
    moments: ['mean'],
    update({ learningRate, scale, gradients, weights, moments }) {
      const kept = 1 - learningRate * weightDecay;
      for (const [p, weight] of weights.entries()) {
        const [gradient, mean] = [gradients[p]!, moments.mean[p]!];
        for (let i = 0; i < weight.length; i++) {
          const g = gradient[i]! * scale;
          weight[i] = kept * weight[i]! - learningRate * Math.sign(beta1 * mean[i]! + (1 - beta1) * g);
          mean[i] = beta2 * mean[i]! + (1 - beta2) * g;
        }
      }
    },
  };
}

export const lionOptimiser = component(Optimiser, 'lion', {
  description: 'Steps of one size in the direction of a sign (Chen et al. 2023)',
  options,
  create: (context) => lion(context.options),
});
