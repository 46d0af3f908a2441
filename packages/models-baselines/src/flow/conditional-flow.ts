import * as tf from '@tensorflow/tfjs-core';
import { Module, type Rng } from '@unfold-zoo/core';
import { passedChannels } from './affine-coupling.js';
import { AllInOneBlock } from './all-in-one-block.js';
import { DenseSubnet } from './dense-subnet.js';
import { GlobalAffine, type GlobalAffineKind } from './global-affine.js';
import { type PermutationKind, randomPermutation } from './permutation.js';

/** The sizes of a flow and the forms of its blocks. */
export interface FlowOptions {
  /** Number of blocks. */
  readonly blocks: number;
  /** Linear maps of each subnet, and the width between them. */
  readonly layers: number;
  readonly units: number;
  /** Bound of the log-scale of a coupling. */
  readonly clamp: number;
  readonly permutation: PermutationKind;
  readonly globalAffine: GlobalAffineKind;
}

/** What a flow lies between. */
export interface FlowWidths {
  /** P, of both ends. */
  readonly partons: number;
  /** D. */
  readonly condition: number;
}

/** An invertible map between partons x and z ~ N(0, 1), given the detector: all-in-one blocks in series. */
export class ConditionalFlow extends Module {
  readonly blocks: readonly AllInOneBlock[];

  constructor(widths: FlowWidths, options: FlowOptions, rng: Rng) {
    super();
    this.blocks = Array.from({ length: options.blocks }, (_, i) => makeBlock(widths, options, rng.fork(`blocks ${i}`)));
  }

  /** x to z, [B, P] -> [B, P], given [B, D], and ln |det dz/dx|, [B]. */
  forward(x: tf.Tensor2D, condition: tf.Tensor2D): { readonly values: tf.Tensor2D; readonly logDet: tf.Tensor1D } {
    let values = x;
    const logDets = this.blocks.map((block) => {
      const moved = block.forward(values, condition);
      values = moved.values;
      return moved.logDet;
    });
    return { values, logDet: tf.addN(logDets) };
  }

  /** z to x: undoes `forward`. */
  inverse(z: tf.Tensor2D, condition: tf.Tensor2D): tf.Tensor2D {
    return this.blocks.reduceRight((values, block) => block.inverse(values, condition), z);
  }
}

function makeBlock({ partons, condition }: FlowWidths, options: FlowOptions, rng: Rng): AllInOneBlock {
  const { layers, units, clamp, permutation, globalAffine } = options;
  const passed = passedChannels(partons);
  const dense = { inputs: passed + condition, outputs: 2 * (partons - passed), layers, units };
  return new AllInOneBlock({
    subnet: new DenseSubnet(dense, rng.fork('subnet')),
    globalAffine: new GlobalAffine(partons, globalAffine),
    permutation: randomPermutation(partons, permutation, rng.fork('permutation')),
    clamp,
  });
}
