import { z } from 'zod';
import { Optimiser } from '../../contracts/training/optimiser.js';
import { component } from '../../plugin/plugin.js';
import { adam, adamOptions } from './adam.js';

const options = z.object({
  ...adamOptions.shape,
  weightDecay: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe('Part of a weight that an update of learning rate 1 would take away, apart from the gradient'),
});

/** Parsed options of `adamw`. */
export type AdamWOptions = z.output<typeof options>;

/** weight -= part * weight, in place, for each array. */
function shrink(weights: readonly Float32Array[], part: number): void {
  for (const weight of weights) for (let i = 0; i < weight.length; i++) weight[i]! *= 1 - part;
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2). The decay is multiplied by the learning
 * rate itself, as in torch.optim.AdamW, where the paper has its schedule's factor alone.
 */
export function adamW({ weightDecay, ...moments }: AdamWOptions): Optimiser<'first' | 'second'> {
  const { update, ...rest } = adam(moments);
  return {
    ...rest,
    update(step, arithmetic) {
      shrink(step.weights, step.learningRate * weightDecay);
      update(step, arithmetic);
    },
  };
}

export const adamWOptimiser = component(Optimiser, 'adamw', {
  description: 'Adam with decoupled weight decay (Loshchilov and Hutter 2019)',
  options,
  create: (context) => adamW(context.options),
});
