import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { Module } from '../../module.js';
import { defineRole } from '../../plugin/token.js';
import type { Observation } from './observation.js';

/**
 * Detector objects as an encoder has transformed them: each one knows of the others. A type, which tfjs takes for a
 * container of tensors, as it takes no interface.
 */
export type EncodedObjects = {
  /** [B, N, D], 0 where padding is. */
  readonly tokens: Tensor3D;
  /** [B, N] 1 for an object, 0 for padding. */
  readonly mask: Tensor2D;
};

/** What the networks behind an encoder see of the detector. */
export type EncodedObservation = {
  /** [B, D] z_y. */
  readonly summary: Tensor2D;
  /** Absent where the encoder offers none, or nobody looks at them. */
  readonly objects?: EncodedObjects;
};

/** z_y = f(y): a permutation-invariant summary of the observation (paper, section 4.2). */
export interface ConditionEncoder extends Module {
  /** Width of the summary and of the objects, D. */
  readonly width: number;
  /** [B, D]. */
  encode(observed: Observation): Tensor2D;
  /**
   * The same summary with the objects that it is made of; for encoders that keep objects apart. A denoiser that
   * attends to objects needs one.
   */
  encodeObjects?(observed: Observation): Required<EncodedObservation>;
}
export const ConditionEncoder = defineRole<ConditionEncoder>('conditionEncoder');
