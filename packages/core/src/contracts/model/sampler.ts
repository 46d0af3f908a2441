import type { Tensor2D, TensorContainer } from '@tensorflow/tfjs-core';
import { defineRole } from '../../plugin/token.js';
import type { Rng } from '../../rng.js';

/** What a sampler may ask of a trained diffusion. The condition is already bound; coefficients are host numbers. */
export interface Diffusion {
  /** gamma at one time in [0, 1]. */
  gamma(t: number): number;
  /** [B, L] -> [B, L], the noise predicted in a latent that is at time t. */
  predictNoise(latent: Tensor2D, t: number): Tensor2D;
}

/** How far a sampler has come. */
export interface Reached<State extends TensorContainer = TensorContainer> {
  /** [B, L], at time `t`. */
  readonly latent: Tensor2D;
  readonly t: number;
  /** What the sampler hands on to its next step: times, a history, a step size. */
  readonly state: State;
}

/**
 * One numerical integrator of the reverse diffusion, from time 1 to time 0. Stateless: state is passed in and out, so a
 * sampler may serve many batches. `denoise` repeats `step` until `t` is 0 and frees what a step leaves behind.
 */
export interface Sampler<State extends TensorContainer = TensorContainer> {
  /**
   * Whether a latent depends on its own row alone, of what it is given and of what it draws, and not on the batch that
   * it is drawn in. An adaptive sampler, whose steps are those that the whole batch needs, says false.
   */
  readonly batchIndependent: boolean;
  /**
   * Whether each step asks once for the noise, at its start, and moves as if that stayed the same on the way
   * (`transfer`), through times that are known beforehand: what a distillation can teach for. Absent: no.
   */
  readonly firstOrder?: boolean;
  /**
   * By what all normal numbers are multiplied, those that the latent at time 1 is and those that a step draws, so that
   * draws spread less about what is likely, or more. Absent: 1.
   */
  readonly temperature?: number;
  /** The state before the first step, at time 1. */
  init(diffusion: Diffusion): State;
  /**
   * Moves on to an earlier time, the last of which is exactly 0. A step of an adaptive sampler that fails its own check
   * may stay where it is, with another state.
   */
  step(from: Reached<State>, diffusion: Diffusion, rng: Rng): Reached<State>;
}
export const Sampler = defineRole<Sampler>('sampler');
