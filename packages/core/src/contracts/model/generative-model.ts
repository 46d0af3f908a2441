import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Module } from '../../module.js';
import { defineRole } from '../../plugin/token.js';
import type { Rng } from '../../rng.js';
import type { Diagnostic } from './diagnostics.js';
import type { EventBatch, Observation } from './observation.js';
import type { Reconstruction } from './reconstruction.js';
import type { TrainingStage } from './training-stage.js';

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

/** p(x | y): trains in stages, then draws parton configurations. */
export interface GenerativeModel extends Module {
  readonly stages: readonly TrainingStage[];
  /**
   * The posterior of events. The detector is encoded here, once, however many draws are made. `observed` stays the
   * caller's, and may be freed when this returns. The posterior is of the weights as they are: it does not outlive a
   * training step.
   */
  posterior(observed: Observation): Posterior;
  /** What there is to see in the model beside its draws, e.g. a learned noise schedule, for reports. */
  diagnostics?(): readonly Diagnostic[];
  /**
   * The true partons of a batch after each part of the model that can be passed there and back, from what costs least
   * precision to what costs most; for models that have such parts. Whoever takes a reconstruction disposes of it.
   */
  reconstructions?(batch: EventBatch, rng: Rng): Iterable<Reconstruction>;
}
export const GenerativeModel = defineRole<GenerativeModel>('model');
