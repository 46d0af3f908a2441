import type { Checkpoint } from '@unfold-zoo/core/training';

/** A small checkpoint whose numbers follow from its step. */
export function checkpointOf(step: number, { finished = false } = {}): Checkpoint {
  const tensor = (value: number) => ({ shape: [3, 50], values: new Float32Array(150).fill(value) });
  return {
    state: {
      step,
      stage: 'joint',
      stageStep: step,
      finished,
      bestLoss: 1 / step,
      validationsSinceBest: 0,
      elapsedSeconds: step,
      optimiserSteps: { network: step },
    },
    weights: new Map([['layer.kernel', tensor(step)]]),
    optimiser: new Map([['layer.kernel.mean', tensor(step / 2)]]),
    average: new Map([['layer.kernel', tensor(step / 4)]]),
  };
}
