import type * as tf from '@tensorflow/tfjs-core';
import { Module, type Rng } from '@unfold-zoo/core';
import { Linear } from '@unfold-zoo/core/nn';

/** The sizes of a dense network. */
export interface DenseOptions {
  readonly inputs: number;
  readonly outputs: number;
  /** Linear maps, at least one, with a GELU between each two. */
  readonly layers: number;
  /** Width between them. */
  readonly units: number;
}

/** Linear maps with GELUs between them. */
export class DenseSubnet extends Module {
  readonly layers: readonly Linear[];

  constructor({ inputs, outputs, layers, units }: DenseOptions, rng: Rng) {
    super();
    this.layers = Array.from({ length: layers }, (_, i) => {
      const last = i === layers - 1;
      const widths = { inputs: i === 0 ? inputs : units, outputs: last ? outputs : units };
      return new Linear({ ...widths, activation: last ? 'none' : 'gelu' }, rng.fork(`layers ${i}`));
    });
  }

  /** [B, inputs] -> [B, outputs]. */
  apply(input: tf.Tensor2D): tf.Tensor2D {
    return this.layers.reduce((hidden, layer) => layer.apply(hidden), input);
  }
}
