import type { Scalar, Tensor, Tensor1D, Tensor2D, TensorContainer } from '@tensorflow/tfjs-core';
import { defineRole } from '../../plugin/token.js';
import type { Rng } from '../../rng.js';

/** What a sampler may ask of a trained diffusion. The condition is already bound; coefficients are host numbers. */
export interface Diffusion {
  /** gamma at one time in [0, 1]. */
  gamma(t: number): number;
  /** [B, L] -> [B, L], the noise predicted in a latent that is at time t. */
  predictNoise(latent: Tensor2D, t: number): Tensor2D;
  /** The same with times that are tensors, of a diffusion that can be recorded as a graph. */
  readonly inTensors?: TensorDiffusion;
}

/** A diffusion at times that are not known while it is recorded, since they follow from numbers that come out. */
export interface TensorDiffusion {
  /** gamma at times in [0, 1]. [N] -> [N] */
  gamma(t: Tensor1D): Tensor1D;
  /** [B, L] -> [B, L], the noise predicted in a latent that is at time t. */
  predictNoise(latent: Tensor2D, t: Scalar): Tensor2D;
}

/** How far a sampler has come. */
export interface Reached<State extends TensorContainer = TensorContainer> {
  /** [B, L], at time `t`. */
  readonly latent: Tensor2D;
  readonly t: number;
  /** What the sampler hands on to its next step: times, a history, a step size. */
  readonly state: State;
}

/** How far the loop of a sampler has come. */
export interface ReachedInLoop {
  /** [B, L], at time `t`. */
  readonly latent: Tensor2D;
  readonly t: Scalar;
  /** What a step hands on to the next, of the same shapes each time. */
  readonly state: readonly Tensor[];
}

/** The steps of a sampler in tfjs ops that look at no numbers: one of them stands for all in a graph. */
export interface SamplerLoop {
  /** Steps after which the latent is given up, and not a number. */
  readonly maxSteps: number;
  /** Before the first step, at time 1. */
  init(latent: Tensor2D, diffusion: TensorDiffusion): ReachedInLoop;
  /** As `Sampler.step`. */
  step(from: ReachedInLoop, diffusion: TensorDiffusion): ReachedInLoop;
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
   * The same steps for a graph (`unfold export`), of an adaptive sampler: there a step cannot look at numbers to choose
   * the next. Absent: steps look at none.
   */
  readonly asLoop?: SamplerLoop;
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
