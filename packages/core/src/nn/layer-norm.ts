import * as tf from '@tensorflow/tfjs-core';
import { Module } from '../module.js';
import { sumRows } from './functions/affine.js';
import { block } from './fused/block.js';
import { customGradient } from './fused/custom-gradient.js';
import { ofRows } from './fused/rows.js';
import { constantVector } from './initial-values.js';

/** Added to the variance, so that a constant row is divided by something. */
export const LAYER_NORM_EPSILON = 1e-5;

/** What `layerNorm` computes with, for width D. */
export interface LayerNormParameters {
  /** [D]. */
  readonly scale: tf.Tensor1D;
  /** [D]. */
  readonly bias: tf.Tensor1D;
}

/**
 * Layer normalisation (Ba et al. 2016). It starts with scale 1 and bias 0.
 * @example
 * const normal = new LayerNorm(64).apply(hidden); // [B, 64] -> [B, 64]
 */
export class LayerNorm extends Module implements LayerNormParameters {
  readonly scale: tf.Variable<tf.Rank.R1>;
  readonly bias: tf.Variable<tf.Rank.R1>;

  constructor(width: number) {
    super();
    this.scale = constantVector(width, 1);
    this.bias = constantVector(width, 0);
  }

  /** [..., D] -> [..., D]. */
  apply<Values extends tf.Tensor>(x: Values): Values {
    return layerNorm(x, this);
  }
}

/** Each row to mean 0 and variance 1, then scaled and shifted. [..., D] -> [..., D]. Fused as `UnfoldLayerNorm`. */
export function layerNorm<Values extends tf.Tensor>(x: Values, { scale, bias }: LayerNormParameters): Values {
  return ofRows(x, (rows) =>
    block({
      kernel: 'UnfoldLayerNorm',
      inputs: { x: rows, scale, bias },
      constants: {},
      attributes: { epsilon: LAYER_NORM_EPSILON },
      plain: ({ x, scale, bias }) => plainLayerNorm(x, { scale, bias }),
    }),
  );
}

/** `layerNorm` of rows [R, D] in tfjs ops. */
export function plainLayerNorm(x: tf.Tensor2D, { scale, bias }: LayerNormParameters): tf.Tensor2D {
  return customGradient([x, scale, bias], () => {
    const centred = tf.sub(x, tf.mean(x, 1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), LAYER_NORM_EPSILON));
    const normal = tf.mul(centred, inverse);
    return {
      value: tf.add(tf.mul(normal, scale), bias) as tf.Tensor2D,
      saved: [normal, inverse, scale],
      gradient: (dy, [normal, inverse, scale]) => {
        const dyNormal = tf.mul(dy, normal!) as tf.Tensor2D;
        const slope = tf.mul(dy, scale!);
        const along = tf.mul(normal!, tf.mean(tf.mul(slope, normal!), 1, true));
        const dx = tf.mul(tf.sub(tf.sub(slope, tf.mean(slope, 1, true)), along), inverse!);
        return [dx, sumRows(dyNormal), sumRows(dy)];
      },
    };
  });
}
