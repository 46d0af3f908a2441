import * as tf from '@tensorflow/tfjs-core';
import { LAYER_NORM_EPSILON } from '@unfold-zoo/core/nn';
import { firstOf, onlyFirst, rowsOf } from '../blocks/attention.js';
import type { FusedBlock } from '../blocks/blocks.js';
import { type Inputs, parametersOf, prefixed, type Result } from '../blocks/parts.js';
import { affine, affineBackward } from './affine.js';
import { attend, attendBackward } from './attend.js';
import { feedForward, feedForwardBackward } from './feed-forward.js';
import { gateBackward, gateForward } from './gate.js';
import { monotoneCurve } from './monotone-curve.js';
import { normBackward, normedMap, normedMapBackward, normForward } from './norm.js';

const linear: FusedBlock = {
  forward: ({ x, kernel, bias }, { activation }) => affine(x!, { kernel: kernel!, bias, activation }),
  backward({ x, kernel, bias }, { activation }, trace, dy) {
    const { dx, ...gradients } = affineBackward(x!, { kernel: kernel!, bias, activation }, trace, dy);
    return { x: dx, ...gradients };
  },
};

const layerNorm: FusedBlock = {
  forward: ({ x, scale, bias }, { epsilon }) => normForward(x!, { scale, bias }, epsilon),
  backward({ scale }, _, trace, dy) {
    const { dx, ...gradients } = normBackward(scale!, trace, dy);
    return { x: dx, ...gradients };
  },
};

const gruGate: FusedBlock = {
  forward: ({ branch, skip, ...rest }) => gateForward(branch!, skip!, parametersOf(rest, 'gate')),
  backward({ branch, skip, ...rest }, _, trace, dy) {
    const gradients = gateBackward(branch!, skip!, parametersOf(rest, 'gate'), trace, { dy });
    const { dBranch, dSkip, ...ofGate } = gradients;
    return { branch: dBranch, skip: dSkip, ...prefixed('gate', ofGate) };
  },
};

const gatedFeedForward: FusedBlock = {
  forward(inputs) {
    const { x, mask } = inputs;
    const inner = feedForward(x!, inputs);
    const gate = gateForward(inner.value, x!, parametersOf(inputs, 'gate'), mask);
    return { value: gate.value, trace: [inner.value, ...inner.trace, ...gate.trace] };
  },
  backward(inputs, _, [branch, trace, ...gateTrace], dy) {
    const { x, mask } = inputs;
    const gate = gateBackward(branch!, x!, parametersOf(inputs, 'gate'), gateTrace, { dy, mask });
    const { dBranch, dSkip, ...ofGate } = gate;
    const arriving = { dBranch: dBranch!, dSkip: dSkip! };
    return { ...feedForwardBackward(x!, inputs, trace!, arriving), ...prefixed('gate', ofGate) };
  },
};

const maskedAttention: FusedBlock = {
  forward({ x, mask, ...parameters }, { heads }) {
    const { ofInput, ofOutput } = mapsOf(parameters);
    const mapped = affine(rowsOf(x!), ofInput).value;
    const { attention, joined } = attend(mapped, mask!, { heads, ...objectsOf(x!) });
    return { value: tf.reshape(affine(joined, ofOutput).value, x!.shape), trace: [mapped, attention, joined] };
  },
  backward({ x, mask: _, ...parameters }, { heads }, [mapped, attention, joined], dy) {
    const { ofInput, ofOutput } = mapsOf(parameters);
    const output = affineBackward(joined!, ofOutput, [], rowsOf(dy));
    const weighted = { attention: attention!, dJoined: output['dx']! };
    const dMapped = attendBackward(mapped!, weighted, { heads, ...objectsOf(x!) });
    const input = affineBackward(rowsOf(x!), ofInput, [], dMapped);
    return {
      x: tf.reshape(input['dx']!, x!.shape),
      inputKernel: input['kernel'],
      inputBias: input['bias'],
      outputKernel: output['kernel'],
      outputBias: output['bias'],
    };
  },
};

const gatedAttention: FusedBlock = {
  forward(inputs, { heads }) {
    const { x, mask } = inputs;
    const gated = attendGated(inputs, { heads, ...objectsOf(x!) }, rowsOf(x!), tf.reshape(mask!, [-1, 1]));
    return { ...gated, value: tf.reshape(gated.value, x!.shape) };
  },
  backward(inputs, { heads }, trace, dy) {
    const { x, mask } = inputs;
    const arriving = { skip: rowsOf(x!), dy: rowsOf(dy), mask: tf.reshape(mask!, [-1, 1]) };
    return attendGatedBackward(inputs, { heads, ...objectsOf(x!) }, trace, arriving);
  },
};

const gatedAttentionOfFirst: FusedBlock = {
  forward(inputs, { heads }) {
    const { x } = inputs;
    const gated = attendGated(inputs, { heads, ...objectsOf(x!), queries: 1 }, firstOf(x!));
    return { ...gated, value: onlyFirst(gated.value, x!.shape[1]!) };
  },
  backward(inputs, { heads }, trace, dy) {
    const { x } = inputs;
    const arriving = { skip: firstOf(x!), dy: firstOf(dy) };
    return attendGatedBackward(inputs, { heads, ...objectsOf(x!), queries: 1 }, trace, arriving);
  },
};

interface Setting {
  readonly heads: number;
  readonly objects: number;
  readonly queries: number;
}

/** gate(attention(norm(x)), skip), with the rows [B Q, D] of the skip connection and their mask. */
function attendGated(inputs: Inputs, setting: Setting, skip: tf.Tensor, rowMask?: tf.Tensor): Result {
  const { ofInput, ofOutput } = mapsOf(parametersOf(inputs, 'attention'));
  const normed = { norm: parametersOf(inputs, 'norm'), ...ofInput };
  const { value: mapped, trace } = normedMap(rowsOf(inputs['x']!), normed, LAYER_NORM_EPSILON);
  const { attention, joined } = attend(mapped, inputs['mask']!, setting);
  const branch = affine(joined, ofOutput).value;
  const gate = gateForward(branch, skip, parametersOf(inputs, 'gate'), rowMask);
  return { value: gate.value, trace: [mapped, attention, joined, branch, ...trace, ...gate.trace] };
}

function attendGatedBackward(
  inputs: Inputs,
  setting: Setting,
  [mapped, attention, joined, branch, normTrace, ...gateTrace]: readonly tf.Tensor[],
  { skip, ...arriving }: { readonly skip: tf.Tensor; readonly dy: tf.Tensor; readonly mask?: tf.Tensor },
): Inputs {
  const { ofInput, ofOutput } = mapsOf(parametersOf(inputs, 'attention'));
  const gate = gateBackward(branch!, skip, parametersOf(inputs, 'gate'), gateTrace, arriving);
  const { dBranch, dSkip, ...ofGate } = gate;
  const output = affineBackward(joined!, ofOutput, [], dBranch!);
  const dMapped = attendBackward(mapped!, { attention: attention!, dJoined: output['dx']! }, setting);
  const normed = { norm: parametersOf(inputs, 'norm'), kernel: ofInput.kernel };
  const objects = setting.objects / setting.queries;
  const input = normedMapBackward(normed, [normTrace!], dMapped, { dSkip: dSkip!, objects });
  return {
    x: tf.reshape(input['dx']!, inputs['x']!.shape),
    'norm.scale': input['scale'],
    'norm.bias': input['shift'],
    'attention.inputKernel': input['kernel'],
    'attention.inputBias': input['bias'],
    'attention.outputKernel': output['kernel'],
    'attention.outputBias': output['bias'],
    ...prefixed('gate', ofGate),
  };
}

interface Maps {
  readonly kernel: tf.Tensor;
  readonly bias: tf.Tensor;
}

function mapsOf({ inputKernel, inputBias, outputKernel, outputBias }: Inputs): { ofInput: Maps; ofOutput: Maps } {
  return {
    ofInput: { kernel: inputKernel!, bias: inputBias! },
    ofOutput: { kernel: outputKernel!, bias: outputBias! },
  };
}

/** All objects of the events [B, N, D] ask. */
function objectsOf(x: tf.Tensor): { objects: number; queries: number } {
  return { objects: x.shape[1]!, queries: x.shape[1]! };
}

/** The kernels of core's `block` as a few programs each. */
export const gpuBlocks: Readonly<Record<string, FusedBlock>> = {
  UnfoldLinear: linear,
  UnfoldLayerNorm: layerNorm,
  UnfoldGruGate: gruGate,
  UnfoldGatedFeedForward: gatedFeedForward,
  UnfoldMaskedAttention: maskedAttention,
  UnfoldGatedAttention: gatedAttention,
  UnfoldGatedAttentionOfFirst: gatedAttentionOfFirst,
  UnfoldMonotoneShare: monotoneCurve('share'),
  UnfoldMonotoneSlope: monotoneCurve('slope'),
};
