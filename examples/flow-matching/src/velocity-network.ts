import * as tf from '@tensorflow/tfjs-core';
import { Module, type Rng } from '@unfold-zoo/core';
import { LayerNorm, Linear, sinusoidalEmbedding } from '@unfold-zoo/core/nn';

/**
 * Time is shown as sines and cosines of this times t at falling frequencies: the fastest turns by 10 radians from noise
 * to data.
 */
const TIME_RANGE = 10;

/** Numbers of the velocity network. */
export interface VelocityNetworkSize {
  /** P, of what moves. */
  readonly partons: number;
  /** D, of the detector's summary. */
  readonly condition: number;
  readonly width: number;
  readonly blocks: number;
  /** Even. */
  readonly embedding: number;
}

/** x + contract(gelu(expand(norm(x)))). */
class ResidualBlock extends Module {
  readonly norm: LayerNorm;
  readonly expand: Linear;
  readonly contract: Linear;

  constructor(width: number, rng: Rng) {
    super();
    this.norm = new LayerNorm(width);
    this.expand = new Linear({ inputs: width, outputs: 2 * width, activation: 'gelu' }, rng.fork('expand'));
    this.contract = new Linear({ inputs: 2 * width, outputs: width }, rng.fork('contract'));
  }

  apply(x: tf.Tensor2D): tf.Tensor2D {
    return tf.add(x, this.contract.apply(this.expand.apply(this.norm.apply(x))));
  }
}

/** v(x_t, t, z_y): how fast, and where to, a point on its way from noise to partons moves. */
export class VelocityNetwork extends Module {
  readonly input: Linear;
  readonly blocks: readonly ResidualBlock[];
  readonly output: Linear;
  readonly #embedding: number;

  constructor({ partons, condition, width, blocks, embedding }: VelocityNetworkSize, rng: Rng) {
    super();
    const inputs = partons + embedding + condition;
    this.input = new Linear({ inputs, outputs: width, activation: 'gelu' }, rng.fork('input'));
    this.blocks = Array.from({ length: blocks }, (_, i) => new ResidualBlock(width, rng.fork(`blocks ${i}`)));
    this.output = new Linear({ inputs: width + partons, outputs: partons }, rng.fork('output'));
    this.#embedding = embedding;
  }

  /** [B, P], [B], [B, D] -> [B, P]. The output sees x_t once more: much of a velocity is linear in it. */
  velocity(x: tf.Tensor2D, t: tf.Tensor1D, condition: tf.Tensor2D): tf.Tensor2D {
    const time = sinusoidalEmbedding(tf.mul(TIME_RANGE, t), this.#embedding);
    const hidden = this.blocks.reduce(
      (h, block) => block.apply(h),
      this.input.apply(tf.concat([x, time, condition], 1)),
    );
    return this.output.apply(tf.concat([hidden, x], 1));
  }
}
