import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Rng } from '../../rng.js';

/**
 * p(x | y) of B observed events, standardised. It holds what the model needs to know of them, so that draws are made
 * without looking at the detector again. Whoever asks for one disposes it; outside of a tidy, its draws too.
 * @example
 * const posterior = model.posterior(observed); // B events
 * const draws = posterior.draw(rng, 100); // [100 B, P]
 * posterior.dispose();
 */
export interface Posterior {
  /** B. */
  readonly events: number;
  /**
   * [B draws, P] standardised partons, the draws of an event side by side; `draws` is 1 by default. Every tensor that
   * is drawn from `rng` has a row for each of them, in their order, and a row decides over its own draw alone: draws of
   * an event do not depend on the other events.
   */
  draw(rng: Rng, draws?: number): Tensor2D;
  /**
   * [B draws] natural logarithm of the density at standardised partons [B draws, P], of models that have one in closed
   * form. Where the scaling is by mean and standard deviation, the density in physical units is less by the sum of the
   * logarithms of the columns' standard deviations.
   */
  logDensity?(partons: Tensor2D): Tensor1D;
  /** Frees what it holds. */
  dispose(): void;
}
