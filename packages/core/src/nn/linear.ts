import type * as tf from '@tensorflow/tfjs-core';
import { Module } from '../module.js';
import type { Rng } from '../rng.js';
import { affine } from './functions/affine.js';
import { gelu } from './functions/gelu.js';
import { block } from './fused/block.js';
import { ofRows } from './fused/rows.js';
import { constantVector, glorotKernel } from './initial-values.js';

/** What follows a linear map. */
export type Activation = 'none' | 'gelu';

/** What `linear` computes with, for I inputs and O outputs. */
export interface LinearParameters {
  /** [I, O]. */
  readonly kernel: tf.Tensor2D;
  /** [O]. */
  readonly bias?: tf.Tensor1D;
}

/** Where a linear map starts, other than at a Glorot kernel and a bias of 0. */
export interface InitialLinear {
  /** Factor of the Glorot kernel. */
  readonly scale: number;
  readonly bias: number;
}

/**
 * A linear map with an optional bias and activation. The kernel starts as `glorotKernel`, the bias at 0.
 * @example
 * const layer = new Linear({ inputs: 55, outputs: 64, activation: 'gelu' }, rng.fork('input'));
 * const hidden = layer.apply(x); // [B, 55] -> [B, 64]
 */
export class Linear extends Module implements LinearParameters {
  readonly kernel: tf.Variable<tf.Rank.R2>;
  readonly bias?: tf.Variable<tf.Rank.R1>;
  readonly #activation: Activation;

  constructor(
    {
      inputs,
      outputs,
      bias = true,
      activation = 'none',
      initial = { scale: 1, bias: 0 },
    }: { inputs: number; outputs: number; bias?: boolean; activation?: Activation; initial?: InitialLinear },
    rng: Rng,
  ) {
    super();
    this.kernel = glorotKernel({ inputs, outputs, scale: initial.scale }, rng.fork('kernel'));
    if (bias) this.bias = constantVector(outputs, initial.bias);
    this.#activation = activation;
  }

  /** [..., I] -> [..., O]. */
  apply<Values extends tf.Tensor>(x: Values): Values {
    return linear(x, this, this.#activation);
  }
}

/** activation(x W + b). [..., I] -> [..., O]. Fused as `UnfoldLinear`. */
export function linear<Values extends tf.Tensor>(
  x: Values,
  { kernel, bias }: LinearParameters,
  activation: Activation = 'none',
): Values {
  return ofRows(x, (rows) =>
    block({
      kernel: 'UnfoldLinear',
      inputs: { x: rows, kernel, ...(bias && { bias }) },
      constants: {},
      attributes: { activation },
      plain: ({ x, kernel, bias }) => plainLinear(x, { kernel, ...(bias && { bias }) }, activation),
    }),
  );
}

/** `linear` of rows [R, I] in tfjs ops. */
export function plainLinear(
  x: tf.Tensor2D,
  { kernel, bias }: LinearParameters,
  activation: Activation = 'none',
): tf.Tensor2D {
  const mapped = affine(x, kernel, bias);
  return activation === 'gelu' ? gelu(mapped) : mapped;
}
