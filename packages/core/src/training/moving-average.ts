import { hostKernel } from './host-kernel.js';

/**
 * Exponential moving average of the weights. The decay grows with the steps, min(decay, (1 + n) / (10 + n)), so that
 * the first, random weights are forgotten soon.
 */
export class MovingAverage {
  readonly values: readonly Float32Array[];
  readonly #decay: number;

  constructor(weights: readonly Float32Array[], decay: number) {
    this.values = weights.map((weight) => weight.slice());
    this.#decay = decay;
  }

  /** Takes in the weights after `step` steps. */
  update(weights: readonly Float32Array[], step: number): void {
    const keep = Math.min(this.#decay, (1 + step) / (10 + step));
    const native = hostKernel('UnfoldMovingAverage');
    if (native) {
      native({ rate: 1 - keep, weights, averages: this.values });
      return;
    }
    for (const [p, average] of this.values.entries()) {
      const weight = weights[p]!;
      for (let i = 0; i < average.length; i++) average[i]! += (1 - keep) * (weight[i]! - average[i]!);
    }
  }
}
