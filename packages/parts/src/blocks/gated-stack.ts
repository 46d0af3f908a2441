import type * as tf from '@tensorflow/tfjs-core';
import { Module, type Parameter, type Rng } from '@unfold-zoo/core';
import { type GatedBlockOptions, GatedFeedForward, type InitialLinear, inSeries, Linear } from '@unfold-zoo/core/nn';

/** Widths of what goes in and comes out, and the blocks between. */
export interface GatedStackOptions extends GatedBlockOptions {
  readonly inputs: number;
  readonly outputs: number;
  /** Number of blocks. */
  readonly blocks: number;
  /** Where the concluding layer starts. */
  readonly initialOutput?: InitialLinear;
}

/**
 * A linear embedding, gated feed-forward blocks in series, and a concluding linear layer: the networks of the paper
 * that see vectors (app. A.3 to A.5).
 */
export class GatedStack extends Module {
  readonly embedding: Linear;
  readonly blocks: readonly GatedFeedForward[];
  readonly output: Linear;
  readonly #all: readonly Parameter[];

  constructor({ inputs, outputs, blocks, initialOutput: initial, ...options }: GatedStackOptions, rng: Rng) {
    super();
    const { width } = options;
    this.embedding = new Linear({ inputs, outputs: width }, rng.fork('embedding'));
    this.blocks = Array.from({ length: blocks }, (_, i) => new GatedFeedForward(options, rng.fork(`blocks ${i}`)));
    this.output = new Linear({ inputs: width, outputs, ...(initial && { initial }) }, rng.fork('output'));
    this.#all = this.parameters;
  }

  /** [B, inputs] -> [B, outputs]. */
  apply(x: tf.Tensor2D): tf.Tensor2D {
    return inSeries(x, this.#all, () => this.applyEmbedded(this.embedding.apply(x)));
  }

  /** The same without the embedding: [B, width] -> [B, outputs]. */
  applyEmbedded(embedded: tf.Tensor2D): tf.Tensor2D {
    return this.output.apply(this.blocks.reduce((hidden, block) => block.apply(hidden), embedded));
  }
}
