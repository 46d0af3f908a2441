import type { Tensor } from '@tensorflow/tfjs-core';

/** One step of Adam: `weights`, `first` and `second`, an array per parameter, change in place. */
export interface AdamStep {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Learning rate over the first moment's bias. */
  readonly rate: number;
  /** One over the second moment's bias. */
  readonly secondScale: number;
  /** What the gradient is multiplied by beforehand. */
  readonly scale: number;
  readonly gradients: readonly Float32Array[];
  readonly weights: readonly Float32Array[];
  /** Means of the gradient. */
  readonly first: readonly Float32Array[];
  /** Means of the squared gradient. */
  readonly second: readonly Float32Array[];
}

/**
 * Arithmetic of training on arrays in host memory, all parameters in one call. Core has it in JavaScript, in float64
 * stored as float32; an engine may offer a faster one, which agrees with it to the rounding of float32.
 */
export interface HostArithmetic {
  adam(step: AdamStep): void;
  /** Sum of the squares of all numbers of all arrays. */
  sumOfSquares(arrays: readonly Float32Array[]): number;
  /** average += rate (weight - average), in place, for each array. */
  movingAverage(rate: number, weights: readonly Float32Array[], averages: readonly Float32Array[]): void;
  /**
   * The memory of an engine's own tensors, where the engine can show it: an array per tensor, which holds its values
   * until it is disposed of, and may be written to.
   */
  ownValues?(tensors: readonly Tensor[]): readonly Float32Array[];
}
