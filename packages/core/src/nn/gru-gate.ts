import * as tf from '@tensorflow/tfjs-core';
import { Module } from '../module.js';
import type { Rng } from '../rng.js';
import { affine } from './functions/affine.js';
import { tanh } from './functions/tanh.js';
import { block } from './fused/block.js';
import { ofRows } from './fused/rows.js';
import { constantVector, glorotKernel, vector } from './initial-values.js';

/** What `gruGate` computes with, for width D. */
export interface GruGateParameters {
  /** [D, 3 D]: the maps of the input to the candidate n, the reset gate r and the update gate z, in this order. */
  readonly inputKernel: tf.Tensor2D;
  /** [3 D], n, r, z. */
  readonly inputBias: tf.Tensor1D;
  /** [D, 3 D]: the maps of the skip connection to r, z and n, in this order. */
  readonly skipKernel: tf.Tensor2D;
  /** [3 D], r, z, n. */
  readonly skipBias: tf.Tensor1D;
}

// Where a gate's columns lie. The two orders differ so that a fused kernel can hold the gradients of the
// pre-activations as n, r, z and (skip) n in one buffer, of which both products' gradients are contiguous parts.
const INPUT_ORDER = { candidate: 0, reset: 1, update: 2 } as const;
const SKIP_ORDER = { reset: 0, update: 1, candidate: 2 } as const;
type Gate = keyof typeof INPUT_ORDER;

/**
 * The gated residual connection (Parisotto et al. 2020; paper, app. A.1): a GRU cell whose input is the branch and
 * whose hidden state is the skip connection. Kernels start as `glorotKernel`, biases at 0, but the update gate's input
 * bias at `gateBias`: if positive, the block starts nearer to passing the skip connection on unchanged.
 * @example
 * const gate = new GruGate({ width: 64, gateBias: 2 }, rng.fork('gate'));
 * const joined = gate.apply(branch, skip); // [B, 64], [B, 64] -> [B, 64]
 */
export class GruGate extends Module implements GruGateParameters {
  readonly inputKernel: tf.Variable<tf.Rank.R2>;
  readonly inputBias: tf.Variable<tf.Rank.R1>;
  readonly skipKernel: tf.Variable<tf.Rank.R2>;
  readonly skipBias: tf.Variable<tf.Rank.R1>;

  constructor({ width, gateBias = 0 }: { width: number; gateBias?: number }, rng: Rng) {
    super();
    const shape = { inputs: width, outputs: width, maps: 3 };
    this.inputKernel = glorotKernel(shape, rng.fork('inputKernel'));
    this.inputBias = vector(new Float32Array(3 * width).fill(gateBias, INPUT_ORDER.update * width));
    this.skipKernel = glorotKernel(shape, rng.fork('skipKernel'));
    this.skipBias = constantVector(3 * width, 0);
  }

  /** [..., D], [..., D] -> [..., D]. */
  apply<Values extends tf.Tensor>(branch: Values, skip: Values): Values {
    return gruGate(branch, skip, this);
  }
}

/**
 * The GRU cell in the form of PyTorch's, with the reset gate applied after the product. [..., D], [..., D] -> [..., D].
 * With input y and skip connection x:
 * r = sigmoid(y W_r + x U_r + b_r), z = sigmoid(y W_z + x U_z + b_z), n = tanh(y W_n + b_n + r (x U_n + c_n)),
 * and the output is (1 - z) n + z x. Fused as `UnfoldGruGate`.
 */
export function gruGate<Values extends tf.Tensor>(branch: Values, skip: Values, parameters: GruGateParameters): Values {
  return ofRows(branch, (rows) =>
    block({
      kernel: 'UnfoldGruGate',
      inputs: { branch: rows, skip: tf.reshape<tf.Rank.R2>(skip, rows.shape), gate: parameters },
      constants: {},
      plain: ({ branch, skip, gate }) => plainGruGate(branch, skip, gate),
    }),
  );
}

/** `gruGate` of rows [R, D] in tfjs ops. */
export function plainGruGate(branch: tf.Tensor2D, skip: tf.Tensor2D, parameters: GruGateParameters): tf.Tensor2D {
  const { inputKernel, inputBias, skipKernel, skipBias } = parameters;
  const width = skip.shape[1];
  // Columns are taken of the parameters rather than of the products, which are far larger.
  const kernel = (of: tf.Tensor2D, index: number) => tf.slice(of, [0, index * width], [width, width]);
  const bias = (of: tf.Tensor1D, index: number) => tf.slice(of, [index * width], [width]);
  const fromInput = (gate: Gate, withBias: tf.Tensor1D) =>
    affine(branch, kernel(inputKernel, INPUT_ORDER[gate]), withBias);
  const sigmoidOf = (gate: 'reset' | 'update') => {
    const bothBiases = tf.add(bias(inputBias, INPUT_ORDER[gate]), bias(skipBias, SKIP_ORDER[gate])) as tf.Tensor1D;
    return tf.sigmoid(tf.add(fromInput(gate, bothBiases), affine(skip, kernel(skipKernel, SKIP_ORDER[gate]))));
  };

  const reset = sigmoidOf('reset');
  const update = sigmoidOf('update');
  const recalled = affine(skip, kernel(skipKernel, SKIP_ORDER.candidate), bias(skipBias, SKIP_ORDER.candidate));
  const candidate = tanh(
    tf.add(fromInput('candidate', bias(inputBias, INPUT_ORDER.candidate)), tf.mul(reset, recalled)),
  );
  return tf.add(candidate, tf.mul(update, tf.sub(skip, candidate)));
}
