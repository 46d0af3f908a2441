import type * as tf from '@tensorflow/tfjs-core';
import { LAYER_NORM_EPSILON } from '@unfold-zoo/core/nn';
import { type Inputs, parametersOf, type Result } from '../blocks/parts.js';
import { tracedInverse, tracedNormal, tracedNormalise } from './norm.js';
import { elementwise, normaliseBackward, product, runRows } from './row-program.js';
import { runRowSums } from './weight-program.js';

/**
 * contract(gelu(expand(norm(mix(x))))), [R, D] -> [R, D]: `GatedFeedForward` before its gate. It traces for each row
 * the numbers of mean 0 and variance 1, the norm, its factor, and what is in the GELU.
 */
export function feedForward(x: tf.Tensor, parameters: Inputs): Result {
  const { constants, rows, norm, expand, contract, mixKernel } = partsOf(x, parameters);
  const { branch, trace } = runRows({
    name: 'feed-forward',
    constants,
    inputs: {
      x,
      mixKernel,
      scale: norm['scale']!,
      shift: norm['bias']!,
      expandKernel: expand['kernel']!,
      expandBias: expand['bias']!,
      contractKernel: contract['kernel']!,
      contractBias: contract['bias']!,
    },
    outputs: { trace: [rows, constants.W], branch: [rows, constants.D] },
    rows,
    stages: () => [
      product({
        inputs: 'D',
        outputs: 'D',
        from: 'return x[row * D + i];',
        kernel: 'return mixKernel[i * D + column];',
        write: 'trace[row * W + column] = value;',
      }),
      tracedNormalise('return trace[row * W + i];', LAYER_NORM_EPSILON),
      product({
        inputs: 'D',
        outputs: 'E',
        from: 'return trace[row * W + D + i];',
        kernel: 'return expandKernel[i * E + column];',
        write: 'trace[row * W + W - E + column] = value + expandBias[column];',
      }),
      product({
        inputs: 'E',
        outputs: 'D',
        from: 'return gelu(trace[row * W + W - E + i]);',
        kernel: 'return contractKernel[i * D + column];',
        write: 'branch[row * D + column] = value + contractBias[column];',
      }),
    ],
  });
  return { value: branch, trace: [trace] };
}

/** `x`, with `dSkip` added, and the gradients of the parameters by their paths. */
export function feedForwardBackward(
  x: tf.Tensor,
  parameters: Inputs,
  trace: tf.Tensor,
  { dBranch, dSkip }: { readonly dBranch: tf.Tensor; readonly dSkip: tf.Tensor },
): Inputs {
  const { constants, rows, norm, expand, contract, mixKernel } = partsOf(x, parameters);
  const { D, E } = constants;
  // For each row of `dInner`: of what is in the GELU, of the norm, of what it is of, and a copy of dBranch.
  const { dx, dInner } = runRows({
    name: 'feed-forward, backward',
    constants: { ...constants, V: E + 3 * D },
    inputs: {
      trace,
      dBranch,
      dSkip,
      contractKernel: contract['kernel']!,
      expandKernel: expand['kernel']!,
      scale: norm['scale']!,
      mixKernel,
    },
    outputs: { dInner: [rows, E + 3 * D], dx: [rows, D] },
    rows,
    stages: () => [
      elementwise('D', 'dInner[row * V + E + 2u * D + column] = dBranch[row * D + column];'),
      product({
        inputs: 'D',
        outputs: 'E',
        from: 'return dBranch[row * D + i];',
        kernel: 'return contractKernel[column * D + i];',
        write: 'dInner[row * V + column] = value * geluSlope(trace[row * W + W - E + column]);',
      }),
      product({
        inputs: 'E',
        outputs: 'D',
        from: 'return dInner[row * V + i];',
        kernel: 'return expandKernel[column * E + i];',
        write: 'dInner[row * V + E + column] = value;',
      }),
      normaliseBackward({
        slope: 'return dInner[row * V + E + i] * scale[i];',
        normal: tracedNormal,
        inverse: tracedInverse,
        write: 'dInner[row * V + E + D + i] = value;',
      }),
      product({
        inputs: 'D',
        outputs: 'D',
        from: 'return dInner[row * V + E + D + i];',
        kernel: 'return mixKernel[column * D + i];',
        write: 'dx[row * D + column] = value + dSkip[row * D + column];',
      }),
    ],
  });
  return { x: dx, ...parameterGradients(x, trace, dInner, { D, E }) };
}

function parameterGradients(
  x: tf.Tensor,
  trace: tf.Tensor,
  dInner: tf.Tensor,
  { D, E }: { readonly D: number; readonly E: number },
): Inputs {
  const ofBranch = { right: 'return dInner[row * V + E + 2u * D + j];' };
  const ofExpanded = { right: 'return dInner[row * V + j];' };
  const gradients = runRowSums({
    name: 'feed-forward, parameters',
    constants: { D, E, W: 2 * D + 1 + E, V: E + 3 * D },
    inputs: { x, trace, dInner },
    rows: x.shape[0]!,
    sums: {
      dMix: { shape: [D, D], left: 'return x[row * D + i];', right: 'return dInner[row * V + E + D + j];' },
      dScale: { shape: [D], right: 'return dInner[row * V + E + j] * trace[row * W + j];' },
      dShift: { shape: [D], right: 'return dInner[row * V + E + j];' },
      dExpandKernel: { shape: [D, E], left: 'return trace[row * W + D + i];', ...ofExpanded },
      dExpandBias: { shape: [E], ...ofExpanded },
      dContractKernel: { shape: [E, D], left: 'return gelu(trace[row * W + W - E + i]);', ...ofBranch },
      dContractBias: { shape: [D], ...ofBranch },
    },
  });
  return {
    'mix.kernel': gradients.dMix,
    'norm.scale': gradients.dScale,
    'norm.bias': gradients.dShift,
    'expand.kernel': gradients.dExpandKernel,
    'expand.bias': gradients.dExpandBias,
    'contract.kernel': gradients.dContractKernel,
    'contract.bias': gradients.dContractBias,
  };
}

/** The parameters, and D, the inner width E, and how much is traced of a row, W. */
function partsOf(x: tf.Tensor, parameters: Inputs) {
  const [norm, expand, contract] = ['norm', 'expand', 'contract'].map((part) => parametersOf(parameters, part));
  const [rows, D] = x.shape as [number, number];
  const E = expand!['kernel']!.shape[1]!;
  const constants = { D, E, W: 2 * D + 1 + E };
  return { constants, rows, norm: norm!, expand: expand!, contract: contract!, mixKernel: parameters['mix.kernel']! };
}
