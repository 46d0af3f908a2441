import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Module } from '../../module.js';
import { defineRole } from '../../plugin/token.js';
import type { EncodedObservation } from './condition-encoder.js';

/** How noisy a latent is: its time and the gamma of that time, both [B]. */
export interface NoiseLevel {
  readonly t: Tensor1D;
  readonly gamma: Tensor1D;
}

/**
 * The noise in latents [B, L] of the same events, at any noise level -> [B, L]. The level has B entries, or one for all
 * latents.
 */
export type NoisePredictor = (latent: Tensor2D, level: NoiseLevel) => Tensor2D;

/** epsilon(z_t, t, z_y): the network that predicts the noise in z_t (paper, appendix A.5). */
export interface Denoiser extends Module {
  /** Whether it looks at the detector's objects beside their summary. Absent: no. */
  readonly seesObjects?: boolean;
  /**
   * [B, L], [B], [B, D] -> [B, L].
   * @param condition z_y, the summary of what the detector has measured.
   * @param objects what the summary is made of; given to a denoiser that sees them.
   */
  predictNoise(
    latent: Tensor2D,
    level: NoiseLevel,
    condition: Tensor2D,
    objects?: EncodedObservation['objects'],
  ): Tensor2D;
  /**
   * The same for events whose latents are looked at many times, as a sampler does: what follows from the detector alone
   * is computed here, once an event. Its tensors are freed by the caller's tidy, within which it is used. No gradient
   * is asked for. Absent: `predictNoise` does it all anew.
   * @param encoded of E events.
   * @param draws latents of each event, side by side among the E draws rows of a latent. Default 1.
   */
  forEvents?(encoded: EncodedObservation, draws?: number): NoisePredictor;
}
export const Denoiser = defineRole<Denoiser>('denoiser');
