import * as tf from '@tensorflow/tfjs-core';
import { Module, type Rng } from '@unfold-zoo/core';
import { type GatedBlockOptions, GatedFeedForward, Linear } from '@unfold-zoo/core/nn';
import type { DenoiserWidths } from './denoiser-widths.js';
import type { Deviation } from './noise-prediction.js';
import { ObjectPointer, type PointedObjects } from './object-pointer.js';

/** Blocks of the network that sees the latent anew. */
const BLOCKS = 2;

/** Widths of latent and condition, and options of the blocks. */
export interface SecondLookOptions extends DenoiserWidths, GatedBlockOptions {
  /** Heads of the pointer. */
  readonly heads: number;
}

/** What a network knows after a second look, and what its output then means. */
export interface SecondView extends Pick<Deviation, 'noiseOf'> {
  /** [B, W]. */
  readonly x: tf.Tensor2D;
}

/**
 * A second look at the latent, once a network knows which objects it belongs to. Before, the latent is compared with a
 * mean of all ways in which the objects may belong to the partons, which is wide where a jet may be any of them. Now
 * heads point at objects, and read them as they are; what they read says a mean and a deviation of the latent anew, for
 * this noise level, and the network sees how far the latent is from those, in units in which that is of order 1. Such
 * a difference of nearly equal numbers is what a network learns last by itself: directions of jets are measured to a
 * percent of their range.
 */
export class SecondLook extends Module {
  readonly pointer: ObjectPointer;
  /** To the changes of mean m and deviation s, as of `NoisePrediction.expectationOf`: [B, W + H D] -> [B, 2 L]. */
  readonly expectation: Linear;
  readonly embedding: Linear;
  readonly blocks: readonly GatedFeedForward[];

  constructor({ latent, condition, heads, ...options }: SecondLookOptions, rng: Rng) {
    super();
    const { width } = options;
    this.pointer = new ObjectPointer({ query: width, objects: condition, heads }, rng.fork('pointer'));
    const known = width + this.pointer.width;
    this.expectation = new Linear(
      { inputs: known, outputs: 2 * latent, initial: { scale: 0.1, bias: 0 } },
      rng.fork('expectation'),
    );
    this.embedding = new Linear({ inputs: known + latent, outputs: width }, rng.fork('embedding'));
    this.blocks = Array.from({ length: BLOCKS }, (_, i) => new GatedFeedForward(options, rng.fork(`blocks ${i}`)));
  }

  /** Of what is known, x [B, W]; `deviationFrom` is of the expectation with changes [B, 2 L]. */
  apply(x: tf.Tensor2D, objects: PointedObjects, deviationFrom: (changes: tf.Tensor2D) => Deviation): SecondView {
    const known = tf.concat([x, this.pointer.apply(x, objects)], 1);
    const { relative, noiseOf } = deviationFrom(this.expectation.apply(known));
    const embedded = this.embedding.apply(tf.concat([known, relative], 1));
    return { x: this.blocks.reduce((hidden, block) => block.apply(hidden), embedded), noiseOf };
  }
}
