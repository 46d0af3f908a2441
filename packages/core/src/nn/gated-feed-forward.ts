import * as tf from '@tensorflow/tfjs-core';
import { Module } from '../module.js';
import type { Rng } from '../rng.js';
import { block } from './fused/block.js';
import { ofRows } from './fused/rows.js';
import { GruGate, type GruGateParameters, plainGruGate } from './gru-gate.js';
import { LayerNorm, type LayerNormParameters, plainLayerNorm } from './layer-norm.js';
import { Linear, type LinearParameters, plainLinear } from './linear.js';

/** What `gatedFeedForward` computes with, for width D and expansion k. */
export interface GatedFeedForwardParameters {
  /** D to D, without bias. */
  readonly mix: LinearParameters;
  readonly norm: LayerNormParameters;
  /** D to k D. */
  readonly expand: LinearParameters;
  /** k D to D. */
  readonly contract: LinearParameters;
  readonly gate: GruGateParameters;
}

/** The size of a block and how it starts. */
export interface GatedBlockOptions {
  /** D. */
  readonly width: number;
  /** k, the expansion of the inverse bottleneck. */
  readonly expansion: number;
  /** Initial bias of the update gate; see `GruGate`. */
  readonly gateBias: number;
}

/**
 * The gated inverse-bottleneck feed-forward block, of which every network of the paper is made (app. A.1, Figure 5).
 * @example
 * const block = new GatedFeedForward({ width: 64, expansion: 4, gateBias: 2 }, rng.fork('block 0'));
 * const hidden = block.apply(x); // [B, 64] -> [B, 64]
 */
export class GatedFeedForward extends Module implements GatedFeedForwardParameters {
  readonly mix: Linear;
  readonly norm: LayerNorm;
  readonly expand: Linear;
  readonly contract: Linear;
  readonly gate: GruGate;

  constructor({ width, expansion, gateBias }: GatedBlockOptions, rng: Rng) {
    super();
    this.mix = new Linear({ inputs: width, outputs: width, bias: false }, rng.fork('mix'));
    this.norm = new LayerNorm(width);
    this.expand = new Linear({ inputs: width, outputs: expansion * width }, rng.fork('expand'));
    this.contract = new Linear({ inputs: expansion * width, outputs: width }, rng.fork('contract'));
    this.gate = new GruGate({ width, gateBias }, rng.fork('gate'));
  }

  /** [..., D] -> [..., D]; where the mask [...] is 0, so is the result. */
  apply<Values extends tf.Tensor>(x: Values, mask?: tf.Tensor): Values {
    return gatedFeedForward(x, this, mask);
  }
}

/**
 * gate(contract(gelu(expand(norm(mix(x))))), x). [..., D] -> [..., D]. Where the mask [...] is 0, so is the result.
 * Fused as `UnfoldGatedFeedForward`.
 */
export function gatedFeedForward<Values extends tf.Tensor>(
  x: Values,
  { mix, norm, expand, contract, gate }: GatedFeedForwardParameters,
  mask?: tf.Tensor,
): Values {
  return ofRows(x, (rows) =>
    block({
      kernel: 'UnfoldGatedFeedForward',
      inputs: { x: rows, mix, norm, expand, contract, gate },
      constants: mask ? { mask: tf.reshape(mask, [-1, 1]) as tf.Tensor2D } : {},
      attributes: {},
      plain: ({ x, ...parameters }, { mask }: { mask?: tf.Tensor2D }) => plainGatedFeedForward(x, parameters, mask),
    }),
  );
}

/** `gatedFeedForward` of rows [R, D], with a mask [R, 1], in tfjs ops. */
export function plainGatedFeedForward(
  x: tf.Tensor2D,
  { mix, norm, expand, contract, gate }: GatedFeedForwardParameters,
  mask?: tf.Tensor2D,
): tf.Tensor2D {
  const expanded = plainLinear(plainLayerNorm(plainLinear(x, mix), norm), expand, 'gelu');
  const gated = plainGruGate(plainLinear(expanded, contract), x, gate);
  return mask ? tf.mul(gated, mask) : gated;
}
