import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Module } from '../../module.js';
import { defineRole } from '../../plugin/token.js';
import type { Observation } from './observation.js';

/** z_y = f(y): a permutation-invariant summary of the observation (paper, section 4.2). */
export interface ConditionEncoder extends Module {
  /** Width of the summary, D. */
  readonly width: number;
  /** [B, D]. */
  encode(observed: Observation): Tensor2D;
}
export const ConditionEncoder = defineRole<ConditionEncoder>('conditionEncoder');
