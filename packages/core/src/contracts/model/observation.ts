import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';

/** A padded set of detector objects of one input, e.g. jets and leptons. */
export interface ObjectSet {
  /** [B, N, F] features, scaled unless it is said that they are in physical units; padding rows are zero. */
  readonly features: Tensor3D;
  /** [B, N] 1 for an object, 0 for padding. */
  readonly mask: Tensor2D;
}

/** Detector-level observations y, keyed by input name as the event description has it. */
export type Observation = Readonly<Record<string, ObjectSet>>;

/** Paired truth and observation, scaled for training. */
export interface EventBatch {
  /** [B, P] standardised parton vector x. */
  readonly partons: Tensor2D;
  readonly observed: Observation;
  /** [B] event weights, mean about 1; absent when every event counts the same. */
  readonly weights?: Tensor1D;
}
