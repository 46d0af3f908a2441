import * as tf from '@tensorflow/tfjs-core';
import { LAYER_NORM_EPSILON } from '@unfold-zoo/core/nn';
import type { BlockArguments } from '../addon.js';
import { BACKEND, type NativeBackend, type NewTensor } from '../native-backend.js';
import { sizeOf } from '../size-of.js';
import type { CompiledBlock } from './fused-blocks.js';
import { areFloats, type NativeKernelCall } from './override.js';

/** Registers the fused blocks and their gradients. */
export function registerBlocks(blocks: readonly CompiledBlock[]): void {
  for (const compiled of blocks) {
    const kernelName = compiled.kernel;
    const forward = (params: unknown) => runForward(new BlockCall(compiled, params as NativeKernelCall));
    const backward = (params: unknown) => runBackward(new BlockCall(compiled, params as NativeKernelCall));
    tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc: forward });
    tf.registerKernel({ kernelName: `${kernelName}Grad`, backendName: BACKEND, kernelFunc: backward });
  }
}

/** One call of a fused kernel, its tensors found by their paths. */
class BlockCall {
  readonly fused: CompiledBlock;
  readonly backend: NativeBackend;
  readonly training: boolean;
  readonly x: tf.TensorInfo;
  readonly skip: tf.TensorInfo | undefined;
  readonly parameters: readonly (tf.TensorInfo | undefined)[];
  readonly block: BlockArguments;
  readonly outShape: readonly number[];
  readonly #inputs: NativeKernelCall['inputs'];

  constructor(fused: CompiledBlock, { inputs, attrs, backend }: NativeKernelCall) {
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
    const mask = inputs['mask'] ? (backend.computed(inputs['mask']) as Float32Array) : null;
    this.block = [fused.handle, rows, width, inner, heads, objects, epsilon, activation === 'gelu', mask];
    this.outShape = fused.outputWidth === 'inner' ? [...this.x.shape.slice(0, -1), inner] : this.x.shape;
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
  const like = (tensor: tf.TensorInfo): NewTensor => backend.output(tensor.shape);
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
