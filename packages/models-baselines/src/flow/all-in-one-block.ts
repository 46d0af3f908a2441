import * as tf from '@tensorflow/tfjs-core';
import { Module } from '@unfold-zoo/core';
import { couple, coupling, splitChannels, uncouple } from './affine-coupling.js';
import type { GlobalAffine } from './global-affine.js';
import type { Permutation } from './permutation.js';

/** A network that tells a coupling its scales and shifts, [B, passed channels + D] -> [B, 2 x transformed channels]. */
export interface Subnet extends Module {
  apply(input: tf.Tensor2D): tf.Tensor2D;
}

/** What a block is put together from. */
export interface AllInOneParts {
  readonly subnet: Subnet;
  readonly globalAffine: GlobalAffine;
  readonly permutation: Permutation;
  /** Bound of |s|, the log-scale of a coupling. */
  readonly clamp: number;
}

/**
 * Conditional affine coupling, then a global affine map, then a fixed permutation: the all-in-one block of FrEIA
 * (Ardizzone et al. 2018-2022), which the paper's CINN consists of. A channel that does not pass is transformed given
 * those that do and the condition.
 */
export class AllInOneBlock extends Module {
  readonly subnet: Subnet;
  readonly globalAffine: GlobalAffine;
  readonly permutation: Permutation;
  readonly #clamp: number;

  constructor({ subnet, globalAffine, permutation, clamp }: AllInOneParts) {
    super();
    this.subnet = subnet;
    this.globalAffine = globalAffine;
    this.permutation = permutation;
    this.#clamp = clamp;
  }

  /** x to z, [B, D] -> [B, D], given [B, C], and ln |det dz/dx|, [B]. */
  forward(x: tf.Tensor2D, condition: tf.Tensor2D): { readonly values: tf.Tensor2D; readonly logDet: tf.Tensor1D } {
    const [passed, rest] = splitChannels(x);
    const coupled = couple(this.#coupling(passed, condition), rest);
    const scaled = this.globalAffine.forward(coupled.values);
    return { values: this.permutation.forward(scaled.values), logDet: tf.add(coupled.logDet, scaled.logDet) };
  }

  /** z to x. */
  inverse(z: tf.Tensor2D, condition: tf.Tensor2D): tf.Tensor2D {
    const [passed, rest] = splitChannels(this.globalAffine.inverse(this.permutation.inverse(z)));
    return uncouple(this.#coupling(passed, condition), rest);
  }

  #coupling(passed: tf.Tensor2D, condition: tf.Tensor2D) {
    return coupling(passed, this.subnet.apply(tf.concat([passed, condition], 1)), this.#clamp);
  }
}
