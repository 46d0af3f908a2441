import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Module } from '../module.js';
import { defineRole } from '../plugin/token.js';
import type { Rng } from '../rng.js';
import type { Observation } from './observation.js';
import type { TrainingStage } from './training-stage.js';

/** p(x | y): trains in stages, then draws parton configurations. */
export interface GenerativeModel extends Module {
  readonly stages: readonly TrainingStage[];
  /** One draw per event, [B, P], standardised. */
  sample(observed: Observation, rng: Rng): Tensor2D;
  /**
   * [B] natural logarithm of the density p(x | y) at standardised partons [B, P], of models that have one in closed form.
   * Where the scaling is by mean and standard deviation, the density in physical units is less by the sum of the
   * logarithms of the columns' standard deviations.
   */
  logDensity?(partons: Tensor2D, observed: Observation): Tensor1D;
}
export const GenerativeModel = defineRole<GenerativeModel>('model');
