import type { Measured } from './measured.js';

/** A number of the truth beside the same of the draws, both means over events, and how far they are apart. */
export interface PairedMeans {
  readonly truth: number;
  readonly draws: number;
  /** Draws less truth, with its standard error. Both are of the same events: much of what they vary by is common. */
  readonly difference: Measured;
}

/** Means over independent events of a number of the truth and the same of the draws. Holds sums alone. */
export class PairedMean {
  #weight = 0;
  #squaredWeight = 0;
  #truth = 0;
  #draws = 0;
  #squares = 0;

  /** Of one event. */
  add(truth: number, draws: number, weight = 1): void {
    this.#weight += weight;
    this.#squaredWeight += weight * weight;
    this.#truth += weight * truth;
    this.#draws += weight * draws;
    this.#squares += weight * (draws - truth) ** 2;
  }

  /** All 0 without events. */
  finish(): PairedMeans {
    if (this.#weight === 0) return { truth: 0, draws: 0, difference: { value: 0, error: 0 } };
    const [truth, draws] = [this.#truth / this.#weight, this.#draws / this.#weight];
    const variance = Math.max(0, this.#squares / this.#weight - (draws - truth) ** 2);
    const error = Math.sqrt(variance * this.#squaredWeight) / this.#weight;
    return { truth, draws, difference: { value: draws - truth, error } };
  }
}
