import type { HostArithmetic } from '../../contracts/training/host-arithmetic.js';
import { javaScriptArithmetic } from './javascript-arithmetic.js';

/**
 * Exponential moving average of the weights. The decay grows with the steps, min(decay, (1 + n) / (10 + n)), so that
 * the first, random weights are forgotten soon.
 */
export class MovingAverage {
  readonly values: readonly Float32Array[];
  readonly #decay: number;
  readonly #arithmetic: HostArithmetic;

  constructor(weights: readonly Float32Array[], decay: number, arithmetic: HostArithmetic = javaScriptArithmetic) {
    this.values = weights.map((weight) => weight.slice());
    this.#decay = decay;
    this.#arithmetic = arithmetic;
  }

  /** Takes in the weights after `step` steps. */
  update(weights: readonly Float32Array[], step: number): void {
    const keep = Math.min(this.#decay, (1 + step) / (10 + step));
    this.#arithmetic.movingAverage(1 - keep, weights, this.values);
  }
}
