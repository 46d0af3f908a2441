import type { Tensor1D } from '@tensorflow/tfjs-core';
import type { Module, Parameter } from '../../module.js';
import { defineRole } from '../../plugin/token.js';

/** Passes values through and may change the gradient on the way back; see `varianceGate`. */
export type GradientGate = (values: Tensor1D) => Tensor1D;

/** gamma(t) = -log SNR(t), increasing on t in [0, 1] (Kingma et al. 2021, eq. 3). */
export interface NoiseSchedule extends Module {
  /** What bends gamma between its end points, trained to lower the variance of the loss. Empty for a fixed shape. */
  readonly shapeParameters: readonly Parameter[];
  /**
   * [B] -> [B].
   * @param gate is put around whatever depends on the shape parameters; without one their gradient is the loss's own.
   */
  gamma(t: Tensor1D, gate?: GradientGate): Tensor1D;
  /** d gamma / dt, positive. [B] -> [B]. */
  gammaSlope(t: Tensor1D, gate?: GradientGate): Tensor1D;
}
export const NoiseSchedule = defineRole<NoiseSchedule>('schedule');
