import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import type { Module } from '../../module.js';
import { defineRole } from '../../plugin/token.js';
import type { Rng } from '../../rng.js';

/** q(z_x | x): what a codec says about the latent of one batch. */
export interface LatentPosterior {
  /** [B, L] reparameterised draw. */
  sample(rng: Rng): Tensor2D;
  /** [B, L] mean of q, of codecs that have one. */
  readonly mean?: Tensor2D;
  /**
   * [B, L] KL to N(mean, exp(logStd)^2) in each dimension; both arguments broadcast to [B, L]. Zero for a deterministic
   * codec.
   */
  kl(mean: Tensor2D | Scalar, logStd: Tensor2D | Scalar): Tensor2D;
}

/** Which halves of a codec see the detector: none (VLD), the encoder (UC-VLD) or both (C-VLD). */
export type CodecCondition = 'none' | 'encoder' | 'both';

/** x <-> z_x, optionally conditioned on z_y (paper, section 4.3). */
export interface LatentCodec extends Module {
  /** Width of the latent, L. */
  readonly latentWidth: number;
  /** Whether an event has one latent, drawn without randomness: then the KL is zero. */
  readonly deterministic: boolean;
  /** Which halves use the condition that they are given. */
  readonly condition: CodecCondition;
  /** [B, P], [B, D]. */
  encode(partons: Tensor2D, condition: Tensor2D): LatentPosterior;
  /** [B, L], [B, D] -> [B, P]. */
  decode(latent: Tensor2D, condition: Tensor2D): Tensor2D;
}
export const LatentCodec = defineRole<LatentCodec>('codec');
