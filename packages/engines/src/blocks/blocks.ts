import * as tf from '@tensorflow/tfjs-core';
import { LAYER_NORM_EPSILON } from '@unfold-zoo/core/nn';
import {
  attentionBackward,
  attentionForward,
  attentionOfFirstBackward,
  attentionOfFirstForward,
  firstOf,
  onlyFirst,
  rowsOf,
} from './attention.js';
import {
  affine,
  affineBackward,
  type BlockAttributes,
  gateBackward,
  gateForward,
  gelu,
  geluBackward,
  type Inputs,
  normBackward,
  normForward,
  parametersOf,
  prefixed,
  type Result,
} from './parts.js';

/** What blocks keep for their gradients: their inner activations, or nothing but their inputs. */
export type MemoryUse = 'fast' | 'low';

/** A block of core with its gradient written out: a third of the calls that tfjs's tape of the plain one makes. */
export interface FusedBlock {
  forward(inputs: Inputs, attributes: BlockAttributes): Result;
  /** The gradient of each input by its path, given what `forward` traced. */
  backward(inputs: Inputs, attributes: BlockAttributes, trace: readonly tf.Tensor[], dy: tf.Tensor): Inputs;
}

const linear: FusedBlock = {
  forward({ x, kernel, bias }, { activation }) {
    const mapped = affine(x!, kernel!, bias);
    return activation === 'gelu' ? gelu(mapped) : { value: mapped, trace: [] };
  },
  backward({ x, kernel, bias }, { activation }, trace, dy) {
    const dMapped = activation === 'gelu' ? geluBackward(trace, dy) : dy;
    const { dx, ...gradients } = affineBackward(x!, kernel!, dMapped, bias !== undefined);
    return { x: dx!, ...gradients };
  },
};

const layerNorm: FusedBlock = {
  forward: ({ x, scale, bias }, { epsilon }) => normForward(x!, { scale: scale!, bias: bias! }, epsilon),
  backward: ({ scale }, _, trace, dy) => {
    const { dx, ...gradients } = normBackward(scale!, trace, dy);
    return { x: dx!, ...gradients };
  },
};

const gruGate: FusedBlock = {
  forward: ({ branch, skip, ...rest }) => gateForward(branch!, skip!, parametersOf(rest, 'gate')),
  backward({ branch, skip, ...rest }, _, trace, dy) {
    const { dBranch, dSkip, ...gradients } = gateBackward(branch!, skip!, parametersOf(rest, 'gate'), trace, dy);
    return { branch: dBranch!, skip: dSkip!, ...prefixed('gate', gradients) };
  },
};

const gatedFeedForward: FusedBlock = {
  forward(inputs) {
    const { x, mask } = inputs;
    const of = (name: string) => parametersOf(inputs, name);
    const norm = normForward(affine(x!, inputs['mix.kernel']!), of('norm'), LAYER_NORM_EPSILON);
    const active = gelu(affine(norm.value, of('expand')['kernel']!, of('expand')['bias']));
    const branch = affine(active.value, of('contract')['kernel']!, of('contract')['bias']);
    const gate = gateForward(branch, x!, of('gate'));
    const trace = [norm.value, ...norm.trace, active.value, ...active.trace, branch, ...gate.trace];
    return { value: mask ? tf.mul(gate.value, mask) : gate.value, trace };
  },
  backward(inputs, _, trace, dy) {
    const { x, mask } = inputs;
    const of = (name: string) => parametersOf(inputs, name);
    const [norm, normal, inverse, active, expanded, cumulative, branch, ...gateTrace] = trace;
    const dGated = mask ? tf.mul(dy, mask) : dy;
    const { dBranch, dSkip, ...gate } = gateBackward(branch!, x!, of('gate'), gateTrace, dGated);
    const contract = affineBackward(active!, of('contract')['kernel']!, dBranch!, true);
    const dExpanded = geluBackward([expanded!, cumulative!], contract['dx']!);
    const expand = affineBackward(norm!, of('expand')['kernel']!, dExpanded, true);
    const normalised = normBackward(of('norm')['scale']!, [normal!, inverse!], expand['dx']!);
    const mix = affineBackward(x!, inputs['mix.kernel']!, normalised['dx']!, false);
    return {
      x: tf.add(dSkip!, mix['dx']!),
      ...prefixed('mix', mix),
      ...prefixed('norm', normalised),
      ...prefixed('expand', expand),
      ...prefixed('contract', contract),
      ...prefixed('gate', gate),
    };
  },
};

const maskedAttention: FusedBlock = {
  forward: ({ x, mask, ...parameters }, { heads }) => attentionForward(x!, parameters, { mask: mask!, heads }),
  backward({ x, mask: _, ...parameters }, __, trace, dy) {
    const { dx, ...gradients } = attentionBackward(x!, parameters, trace, dy);
    return { x: dx!, ...gradients };
  },
};

const gatedAttention: FusedBlock = {
  forward(inputs, { heads }) {
    const { x, mask } = inputs;
    const rows = rowsOf(x!);
    const norm = normForward(rows, parametersOf(inputs, 'norm'), LAYER_NORM_EPSILON);
    const normal = tf.reshape(norm.value, x!.shape);
    const attended = attentionForward(normal, parametersOf(inputs, 'attention'), { mask: mask!, heads });
    const branch = tf.reshape(attended.value, rows.shape);
    const gate = gateForward(branch, rows, parametersOf(inputs, 'gate'));
    const gated = tf.mul(gate.value, tf.reshape(mask!, [-1, 1]));
    const trace = [normal, ...norm.trace, branch, ...gate.trace, ...attended.trace];
    return { value: tf.reshape(gated, x!.shape), trace };
  },
  backward(inputs, _, trace, dy) {
    const { x, mask } = inputs;
    const [normal, unscaled, inverse, branch, gates, recalled, candidate, ...attentionTrace] = trace;
    const rows = tf.reshape(x!, branch!.shape);
    const dGated = tf.mul(tf.reshape(dy, rows.shape), tf.reshape(mask!, [-1, 1]));
    const gateTrace = [gates!, recalled!, candidate!];
    const gate = gateBackward(branch!, rows, parametersOf(inputs, 'gate'), gateTrace, dGated);
    const { dBranch, dSkip, ...gateGradients } = gate;
    const dAttended = tf.reshape(dBranch!, x!.shape);
    const parameters = parametersOf(inputs, 'attention');
    const attention = attentionBackward(normal!, parameters, attentionTrace, dAttended);
    const dNormal = tf.reshape(attention['dx']!, rows.shape);
    const norm = normBackward(parametersOf(inputs, 'norm')['scale']!, [unscaled!, inverse!], dNormal);
    return {
      x: tf.reshape(tf.add(dSkip!, norm['dx']!), x!.shape),
      ...prefixed('norm', norm),
      ...prefixed('attention', attention),
      ...prefixed('gate', gateGradients),
    };
  },
};

const gatedAttentionOfFirst: FusedBlock = {
  forward(inputs, { heads }) {
    const { x, mask } = inputs;
    const norm = normForward(rowsOf(x!), parametersOf(inputs, 'norm'), LAYER_NORM_EPSILON);
    const normal = tf.reshape(norm.value, x!.shape);
    const attended = attentionOfFirstForward(normal, parametersOf(inputs, 'attention'), { mask: mask!, heads });
    const gate = gateForward(attended.value, firstOf(x!), parametersOf(inputs, 'gate'));
    const trace = [normal, ...norm.trace, attended.value, ...gate.trace, ...attended.trace];
    return { value: onlyFirst(gate.value, x!.shape[1]!), trace };
  },
  backward(inputs, _, trace, dy) {
    const { x } = inputs;
    const [normal, unscaled, inverse, branch, gates, recalled, candidate, ...attentionTrace] = trace;
    const gateTrace = [gates!, recalled!, candidate!];
    const gate = gateBackward(branch!, firstOf(x!), parametersOf(inputs, 'gate'), gateTrace, firstOf(dy));
    const { dBranch, dSkip, ...gateGradients } = gate;
    const parameters = parametersOf(inputs, 'attention');
    const attention = attentionOfFirstBackward(normal!, parameters, attentionTrace, dBranch!);
    const dNormal = rowsOf(attention['dx']!);
    const norm = normBackward(parametersOf(inputs, 'norm')['scale']!, [unscaled!, inverse!], dNormal);
    return {
      x: tf.add(tf.reshape(norm['dx']!, x!.shape), onlyFirst(dSkip!, x!.shape[1]!)),
      ...prefixed('norm', norm),
      ...prefixed('attention', attention),
      ...prefixed('gate', gateGradients),
    };
  },
};

/** The kernels of core's `block` in tfjs's operations. */
export const fusedBlocks: Readonly<Record<string, FusedBlock>> = {
  UnfoldLinear: linear,
  UnfoldLayerNorm: layerNorm,
  UnfoldGruGate: gruGate,
  UnfoldGatedFeedForward: gatedFeedForward,
  UnfoldMaskedAttention: maskedAttention,
  UnfoldGatedAttention: gatedAttention,
  UnfoldGatedAttentionOfFirst: gatedAttentionOfFirst,
};

/** Registers the blocks and their gradients with a backend of tfjs, in place of those of an earlier start. */
export function registerBlocks(
  backendName: string,
  blocks: Readonly<Record<string, FusedBlock>>,
  memory: MemoryUse = 'fast',
): void {
  for (const [kernel, block] of Object.entries(blocks)) {
    replaceKernel(backendName, kernel, ({ inputs, attrs }) => {
      const attributes = attrs as unknown as BlockAttributes & { training: boolean };
      return tf.tidy(() => {
        const { value, trace } = block.forward(inputs as unknown as Inputs, attributes);
        return attributes.training && memory === 'fast' ? [value, ...trace] : [value];
      });
    });
    replaceKernel(backendName, `${kernel}Grad`, ({ inputs, attrs }) => {
      const attributes = attrs as unknown as BlockAttributes;
      return tf.tidy(() => inOrder(gradients(block, inputs as unknown as Inputs, attributes)));
    });
  }
}

function gradients(block: FusedBlock, all: Inputs, attributes: BlockAttributes): Inputs {
  const { dy, ...rest } = all;
  const saved = Object.entries(rest).filter(([path]) => /^saved\d+$/.test(path));
  const inputs = Object.fromEntries(Object.entries(rest).filter(([path]) => !/^saved\d+$/.test(path)));
  const trace = saved.length > 0 ? saved.map(([, tensor]) => tensor!) : block.forward(inputs, attributes).trace;
  return block.backward(inputs, attributes, trace, inRowsOf(inputs, dy!));
}

/** In a series of blocks, a gradient has the shape that the output was given for the next block. */
function inRowsOf({ x, branch }: Inputs, dy: tf.Tensor): tf.Tensor {
  const { shape } = (x ?? branch)!;
  return tf.reshape(dy, [...shape.slice(0, -1), dy.shape.at(-1)!]);
}

function replaceKernel(backendName: string, kernelName: string, run: tf.KernelFunc): void {
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ kernelName, backendName, kernelFunc: run });
}

/** Gradients in the alphabetical order of their paths, as core wants them. */
function inOrder(gradients: Inputs): tf.Tensor[] {
  const paths = Object.keys(gradients).sort((a, b) => (a < b ? -1 : 1));
  return paths.map((path) => gradients[path]!);
}
