import * as tf from '@tensorflow/tfjs-core';
import { LAYER_NORM_EPSILON } from '@unfold-zoo/core/nn';
import type { BlockArguments } from '../addon.js';
import { BACKEND, type NativeBackend, type Output } from '../native-backend.js';
import { sizeOf } from '../size-of.js';
import { areFloats, type KernelCall } from './override.js';

const norm = ['bias', 'scale'];
const attention = ['inputBias', 'inputKernel', 'outputBias', 'outputKernel'];
const gate = ['gate.inputBias', 'gate.inputKernel', 'gate.skipBias', 'gate.skipKernel'];

const curve = ['bias', 'inputWeight', 'outputWeight'];

const gatedAttention = [
  ...attention.map((name) => `attention.${name}`),
  ...gate,
  ...norm.map((name) => `norm.${name}`),
];

/** A fused kernel of core's `block`. Its place in `fusedBlocks` is the number that the addon knows it by. */
interface FusedBlock {
  readonly kernel: string;
  /** Path of the input [..., D], and of the second if there are two. */
  readonly x: string;
  readonly skip?: string;
  /** Paths of the parameters, in alphabetical order. */
  readonly parameters: readonly string[];
  /** Of these, the one that may be missing. */
  readonly optional?: string;
  /** The parameter whose columns are the inner width. */
  readonly inner?: string;
}

const fusedBlocks: readonly FusedBlock[] = [
  { kernel: 'UnfoldLinear', x: 'x', parameters: ['bias', 'kernel'], optional: 'bias', inner: 'kernel' },
  { kernel: 'UnfoldLayerNorm', x: 'x', parameters: norm },
  { kernel: 'UnfoldGruGate', x: 'branch', skip: 'skip', parameters: gate },
  {
    kernel: 'UnfoldGatedFeedForward',
    x: 'x',
    parameters: [
      ...['contract.bias', 'contract.kernel', 'expand.bias', 'expand.kernel'],
      ...gate,
      'mix.kernel',
      ...norm.map((name) => `norm.${name}`),
    ],
    inner: 'expand.kernel',
  },
  { kernel: 'UnfoldMaskedAttention', x: 'x', parameters: attention },
  { kernel: 'UnfoldGatedAttention', x: 'x', parameters: gatedAttention },
  { kernel: 'UnfoldGatedAttentionOfFirst', x: 'x', parameters: gatedAttention },
  { kernel: 'UnfoldMonotoneShare', x: 'x', parameters: curve, inner: 'inputWeight' },
  { kernel: 'UnfoldMonotoneSlope', x: 'x', parameters: curve, inner: 'inputWeight' },
];

/** Registers the fused blocks and their gradients. */
export function registerBlocks(): void {
  for (const [kind, fused] of fusedBlocks.entries()) {
    const { kernel: kernelName } = fused;
    const callable = { ...fused, kind, knows: new Set(inputsOf(fused)), order: gradientOrder(fused) };
    const forward = (params: unknown) => runForward(new BlockCall(callable, params as KernelCall));
    const backward = (params: unknown) => runBackward(new BlockCall(callable, params as KernelCall));
    tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc: forward });
    tf.registerKernel({ kernelName: `${kernelName}Grad`, backendName: BACKEND, kernelFunc: backward });
  }
}

/** A fused block with what is the same in every call. */
interface CallableBlock extends FusedBlock {
  readonly kind: number;
  /** Every input that it has. */
  readonly knows: ReadonlySet<string>;
  /** Places of what receives a gradient, in alphabetical order of the paths, among the parameters, the input and the second. */
  readonly order: readonly number[];
}

function inputsOf({ x, skip, parameters }: FusedBlock): string[] {
  return [x, ...(skip ? [skip] : []), 'mask', 'saved0', 'dy', ...parameters];
}

function gradientOrder({ x, skip, parameters }: FusedBlock): number[] {
  const paths = [...parameters, x, ...(skip ? [skip] : [])];
  return [...paths.keys()].sort((a, b) => (paths[a]! < paths[b]! ? -1 : 1));
}

/** One call of a fused kernel, its tensors found by their paths. */
class BlockCall {
  readonly fused: CallableBlock;
  readonly backend: NativeBackend;
  readonly training: boolean;
  readonly x: tf.TensorInfo;
  readonly skip: tf.TensorInfo | undefined;
  readonly parameters: readonly (tf.TensorInfo | undefined)[];
  readonly block: BlockArguments;
  readonly outShape: readonly number[];
  readonly #inputs: KernelCall['inputs'];

  constructor(fused: CallableBlock, { inputs, attrs, backend }: KernelCall) {
    this.fused = fused;
    this.backend = backend;
    this.#inputs = inputs;
    this.training = attrs['training'] === true;
    this.#refuseUnknown();
    this.x = this.#required(fused.x);
    this.skip = fused.skip === undefined ? undefined : this.#required(fused.skip);
    this.parameters = fused.parameters.map((path) => (path === fused.optional ? inputs[path] : this.#required(path)));
    const width = this.x.shape.at(-1)!;
    const inner = fused.inner ? this.#required(fused.inner).shape[1]! : 0;
    const {
      heads = 0,
      epsilon = LAYER_NORM_EPSILON,
      activation,
    } = attrs as {
      heads?: number;
      epsilon?: number;
      activation?: string;
    };
    const rows = sizeOf(this.x.shape.slice(0, -1));
    const objects = heads > 0 ? this.x.shape.at(-2)! : 0;
    // The addon looks at it at once.
    const mask = inputs['mask'] ? backend.computed(inputs['mask']) : null;
    this.block = [fused.kind, rows, width, inner, heads, objects, epsilon, activation === 'gelu', mask];
    this.outShape = fused.kernel === 'UnfoldLinear' ? [...this.x.shape.slice(0, -1), inner] : this.x.shape;
  }

  /** Arrays of both inputs and of the parameters. */
  get arrays(): [Float32Array, Float32Array | null, (Float32Array | null)[]] {
    const floats = (tensor: tf.TensorInfo | undefined) => (tensor ? this.backend.floats(tensor) : null);
    return [this.backend.floats(this.x), floats(this.skip), this.parameters.map(floats)];
  }

  input(name: string): Float32Array | null {
    const tensor = this.#inputs[name];
    return tensor ? this.backend.floats(tensor) : null;
  }

  #required(path: string): tf.TensorInfo {
    const tensor = this.#inputs[path];
    if (!tensor) throw new RangeError(`missing ${path}: ${this.fused.kernel} needs it`);
    return tensor;
  }

  #refuseUnknown(): void {
    const { kernel, knows } = this.fused;
    for (const path in this.#inputs) {
      const tensor = this.#inputs[path]!;
      if (!knows.has(path)) throw new RangeError(`unknown ${path}: ${kernel} has no such input`);
      if (!areFloats(tensor)) throw new RangeError(`invalid ${path}: ${kernel} expects float32, got ${tensor.dtype}`);
    }
  }
}

function runForward(call: BlockCall): tf.TensorInfo[] {
  const { backend, block } = call;
  const out = backend.output(call.outShape);
  const saves = call.training && backend.memoryUse === 'fast';
  const saved = saves ? backend.output([backend.addon.blockSavedSize(...block)]) : undefined;
  backend.addon.blockForward(...block, ...call.arrays, out.values, saved?.values ?? null);
  return saved ? [out.info, saved.info] : [out.info];
}

function runBackward(call: BlockCall): tf.TensorInfo[] {
  const { backend, block, fused } = call;
  const like = (tensor: tf.TensorInfo): Output => backend.output(tensor.shape);
  const dx = like(call.x);
  const dSkip = call.skip && like(call.skip);
  const gradients = call.parameters.map((parameter) => parameter && like(parameter));
  backend.addon.blockBackward(
    ...block,
    ...call.arrays,
    call.input('saved0'),
    call.input('dy')!,
    dx.values,
    dSkip?.values ?? null,
    gradients.map((gradient) => gradient?.values ?? null),
  );
  const found = [...gradients, dx, dSkip];
  return fused.order.flatMap((place) => found[place]?.info ?? []);
}
