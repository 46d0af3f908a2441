import * as tf from '@tensorflow/tfjs-core';
import { Module } from '@unfold-zoo/core';
import { constantVector } from '@unfold-zoo/core/nn';

/** How the raw global scale g becomes a positive one. */
export type GlobalAffineKind = 'softplus' | 'sigmoid' | 'exp';

interface PositiveScale {
  /** ln Psi(g), [D] -> [D]. */
  logScale(g: tf.Tensor1D): tf.Tensor1D;
  /** g with Psi(g) = 1. */
  readonly unit: number;
}

/** The three forms of FrEIA's AllInOneBlock (Ardizzone et al. 2018-2022). */
const SCALES: Readonly<Record<GlobalAffineKind, PositiveScale>> = {
  // Psi = 0.1 softplus(g; beta 0.5) = 0.2 ln(1 + exp(g / 2))
  softplus: {
    logScale: (g) => tf.log(tf.mul<tf.Tensor1D>(0.2, tf.softplus(tf.mul<tf.Tensor1D>(0.5, g)))),
    unit: 2 * Math.log(Math.expm1(5)),
  },
  // Psi = 10 sigmoid(g - 2); ln sigmoid(x) = -softplus(-x)
  sigmoid: {
    logScale: (g) => tf.sub(Math.log(10), tf.softplus(tf.sub(2, g))),
    unit: 2 - Math.log(9),
  },
  exp: { logScale: (g) => tf.clone(g), unit: 0 },
};

/** x Psi(g) + o: a scale and an offset of each channel, the same for every event. Starts as the identity. */
export class GlobalAffine extends Module {
  /** [D] g. */
  readonly scale: tf.Variable<tf.Rank.R1>;
  /** [D] o. */
  readonly offset: tf.Variable<tf.Rank.R1>;
  readonly #form: PositiveScale;

  constructor(width: number, kind: GlobalAffineKind) {
    super();
    this.#form = SCALES[kind];
    this.scale = constantVector(width, this.#form.unit);
    this.offset = constantVector(width, 0);
  }

  /** [B, D] -> [B, D], and the scalar log-determinant, the same for every event. */
  forward(x: tf.Tensor2D): { readonly values: tf.Tensor2D; readonly logDet: tf.Scalar } {
    const logScale = this.#form.logScale(this.scale);
    return { values: tf.add(tf.mul(x, tf.exp(logScale)), this.offset), logDet: tf.sum(logScale) };
  }

  /** [B, D] -> [B, D]. */
  inverse(z: tf.Tensor2D): tf.Tensor2D {
    return tf.mul(tf.sub(z, this.offset), tf.exp(tf.neg(this.#form.logScale(this.scale))));
  }
}
