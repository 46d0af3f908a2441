import type { Scalar } from '@tensorflow/tfjs-core';
import type { Parameter } from '../../module.js';
import type { Rng } from '../../rng.js';
import type { EventBatch, Observation } from './observation.js';
import type { Posterior } from './posterior.js';

/** Named scalars of one training step. */
export type LossTerms = Readonly<Record<string, Scalar>>;

/** What a stage says of one batch. */
export interface StageLoss {
  /** The trainer minimises their sum. */
  readonly terms: LossTerms;
  /** Logged beside the terms, not minimised. Averaged over workers, who each look at their share of the batch. */
  readonly monitored?: LossTerms;
  /** Of a batch that is a share of a larger one: what its gradients want of the rest. */
  readonly wholeBatch?: WholeBatchMean;
}

/**
 * A mean over the batch on which gradients depend otherwise than linearly, so that those of several workers' shares do
 * not average to that of the whole. Each first takes the mean of its own share, and is put right when that of all is
 * known.
 */
export interface WholeBatchMean {
  /** The mean over this worker's share. */
  readonly own: Scalar;
  /** Whose gradients depend on it. */
  readonly parameters: readonly Parameter[];
  /**
   * Called once after the backward pass: a function of these parameters whose gradient, times (own mean - mean of all),
   * completes the gradient of the loss.
   */
  lacking(): Scalar;
}

/** Parameters that share an optimiser: their gradients are clipped by their joint norm. */
export interface ParameterGroup {
  readonly name: string;
  readonly parameters: readonly Parameter[];
}

/** A parameter of the model that takes the value of another, of the same shape. */
export interface ParameterCopy {
  readonly from: Parameter;
  readonly to: Parameter;
}

/** One phase of training, e.g. an LDM's VAE before its diffusion. */
export interface TrainingStage {
  readonly name: string;
  /** The name by which `training.stages` gives it its share; absent: its own. */
  readonly settings?: string;
  readonly groups: readonly ParameterGroup[];
  /** Parameters that have the values of others when the stage begins, e.g. a teacher those of its student. */
  readonly copies?: readonly ParameterCopy[];
  /**
   * False for a loss that changes otherwise than with the batch, the parameters and the stream, e.g. with the number of
   * steps: it is called in every step. Absent: true.
   */
  readonly repeatable?: boolean;
  /**
   * A function of the batch, the parameters and the stream alone, unless `repeatable` is false: an engine may repeat
   * its kernels on other numbers without calling it (`StepRepeater`).
   */
  loss(batch: EventBatch, rng: Rng): StageLoss;
  /**
   * The posterior that this stage completes, for draws while it trains; absent: that of the model in its last stage,
   * and none in those before.
   */
  posterior?(observed: Observation): Posterior;
}
