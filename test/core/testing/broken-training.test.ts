import type { LearningRate, Optimiser, OptimiserStep } from '@unfold-zoo/core';
import { learningRateChecks, optimiserChecks } from '@unfold-zoo/core/testing';
import { cosineRate, lion } from '@unfold-zoo/core/training';
import { refusesBroken } from './broken.js';

// Optimisers

const options = { beta1: 0.9, beta2: 0.99, weightDecay: 0 };
const right = (): Optimiser => lion(options);

/** A right optimiser whose update is another. */
function changed(update: (step: OptimiserStep, plain: (step: OptimiserStep) => void) => void): () => Optimiser {
  return () => {
    const made = right();
    return { ...made, update: (step, arithmetic) => update(step, (each) => made.update(each, arithmetic)) };
  };
}

/** Momentum that it keeps to itself. */
function secretive(): Optimiser {
  const hidden: number[] = [];
  return {
    moments: [],
    update({ weights, gradients, learningRate, scale }) {
      for (const [p, weight] of weights.entries())
        for (let i = 0; i < weight.length; i++) {
          const place = 10 * p + i;
          hidden[place] = 0.9 * (hidden[place] ?? 0) + 0.1 * scale * gradients[p]![i]!;
          weight[i]! -= learningRate * hidden[place]!;
        }
    },
  };
}

refusesBroken('optimiser', optimiserChecks, right, {
  'what it remembers has names of its own': [() => ({ ...right(), moments: ['mean', 'mean'] }), /"mean", "mean"/],
  'the first update goes downhill': [
    changed((step, plain) => plain({ ...step, learningRate: -step.learningRate })),
    /move weights of 0 to 0\.0/,
  ],
  'it finds the lowest point of a parabola': [
    changed((step, plain) => plain({ ...step, learningRate: 0.001 * step.learningRate })),
    /of the height is left after 2000 updates/,
  ],
  'a learning rate of 0 changes no weight': [
    changed((step, plain) => plain({ ...step, learningRate: Math.max(1e-3, step.learningRate) })),
    /weights change at a learning rate of 0/,
  ],
  'the scale multiplies the gradients': [
    () => ({
      moments: [],
      update({ weights, gradients, learningRate }) {
        for (const [p, weight] of weights.entries())
          for (let i = 0; i < weight.length; i++) weight[i]! -= learningRate * gradients[p]![i]!;
      },
    }),
    /a scale of 1\/4 is not as good/,
  ],
  'gradients stay as they were': [
    changed((step, plain) => {
      plain(step);
      step.gradients[0]![0]! *= 2;
    }),
    /an update changes a gradient/,
  ],
  'parameters are updated alike whether they stand in one array or in several': [
    changed((step, plain) => {
      plain(step);
      step.weights[0]![0]! *= 1 - 1e-3 * step.weights.length;
    }),
    /changes with the array that it is in/,
  ],
  'it goes on from saved moments as if it had never stopped': [secretive, /is not among its moments/],
});

// Learning rates

const cosine = (): LearningRate => cosineRate({ peak: 0.1, final: 0 });

refusesBroken('learningRate', learningRateChecks, cosine, {
  'every rate is a finite number that is not negative': [
    () => ({ at: (step, steps) => 0.1 * (1 - step / (steps - 1)) }),
    /the rate of step 0 of 1 is NaN/,
  ],
  'a stage of any length is trained: some rate is positive': [
    () => ({ at: (step, steps) => 0.1 * (step / steps) }),
    /all rates of 1 steps are 0/,
  ],
  'a rate depends on the step alone, not on what was asked before': [
    () => {
      let rate = 0.1;
      return { at: () => (rate *= 0.99) };
    },
    /change with the order in which they are asked for/,
  ],
});
