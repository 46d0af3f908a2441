import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../native-backend.js';
import { sizeOf } from '../size-of.js';
import { areFloats, type NativeKernelCall, overrideKernel, view } from './override.js';

/** Overrides what only moves numbers from place to place. */
export function overrideLayout(): void {
  overrideKernel('Transpose', transpose);
  overrideKernel('Slice', slice);
  overrideKernel('Concat', concat);
  overrideKernel('SplitV', split);
  overrideKernel('Pack', pack);
  overrideKernel('Unpack', unpack);
  overrideKernel('PadV2', pad);
  overrideKernel('Tile', tile);
  overrideKernel('Cast', cast);
  overrideKernel('Fill', fill);
  overrideKernel('ZerosLike', (call) => filledLike(call, 0));
  overrideKernel('OnesLike', (call) => filledLike(call, 1));
}

/** Elements from one to the next along each dimension of a row-major array. */
function rowMajor(shape: readonly number[]): number[] {
  const steps = shape.map(() => 1);
  for (let d = shape.length - 2; d >= 0; d--) steps[d] = steps[d + 1]! * shape[d + 1]!;
  return steps;
}

/** Where numbers of one array go in another. */
interface Move {
  readonly shape: readonly number[];
  readonly from: Float32Array;
  readonly fromStart?: number;
  readonly fromSteps: readonly number[];
  readonly to: Float32Array;
  readonly toStart?: number;
  readonly toSteps?: readonly number[];
}

function move(backend: NativeBackend, { shape, from, fromStart = 0, fromSteps, to, toStart = 0, toSteps }: Move): void {
  if (sizeOf(shape) === 0) return;
  const steps = toSteps ?? rowMajor(shape);
  const scalar = shape.length === 0;
  const list = (values: readonly number[]) => Int32Array.from(scalar ? [1] : values);
  backend.addon.copy(list(shape), fromStart, list(fromSteps), from, toStart, list(steps), to);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, each, i) => sum + each * b[i]!, 0);
}

function transpose({ inputs, attrs, backend }: NativeKernelCall): tf.TensorInfo | undefined {
  const x = inputs['x']!;
  if (!areFloats(x)) return undefined;
  const perm = attrs['perm'] as number[];
  const steps = rowMajor(x.shape);
  const shape = perm.map((each) => x.shape[each]!);
  const { info, values } = backend.output(shape);
  move(backend, { shape, from: backend.floats(x), fromSteps: perm.map((each) => steps[each]!), to: values });
  return info;
}

function slice({ inputs, attrs, backend }: NativeKernelCall): tf.TensorInfo | undefined {
  const x = inputs['x']!;
  if (!areFloats(x)) return undefined;
  const params = attrs as { begin: number[]; size: number[] };
  const [begin, size] = tf.slice_util.parseSliceParams(x as tf.Tensor, params.begin, params.size) as [
    number[],
    number[],
  ];
  tf.slice_util.assertParamsValid(x as tf.Tensor, begin, size);
  return part(backend, x, begin, size);
}

function part(
  backend: NativeBackend,
  x: tf.TensorInfo,
  begin: readonly number[],
  size: readonly number[],
): tf.TensorInfo {
  const steps = rowMajor(x.shape);
  const { info, values } = backend.output(size);
  move(backend, { shape: size, from: backend.floats(x), fromStart: dot(begin, steps), fromSteps: steps, to: values });
  return info;
}

function concat({ inputs, attrs, backend }: NativeKernelCall): tf.TensorInfo | undefined {
  const tensors = Object.values(inputs);
  const axis = tf.util.parseAxisParam(attrs['axis'] as number, tensors[0]!.shape)[0]!;
  const parts = tensors.filter(({ shape }) => sizeOf(shape) > 0);
  if (!areFloats(...tensors) || parts.length < 2) return undefined;
  tf.backend_util.assertParamsConsistent(
    tensors.map(({ shape }) => shape),
    axis,
  );
  const outShape = tf.backend_util.computeOutShape(
    tensors.map(({ shape }) => shape),
    axis,
  );
  const { info, values } = backend.output(outShape);
  const row = sizeOf(outShape.slice(axis));
  let toStart = 0;
  for (const each of parts) {
    const length = sizeOf(each.shape.slice(axis));
    const shape = [sizeOf(each.shape) / length, length];
    const from = backend.floats(each);
    move(backend, { shape, from, fromSteps: [length, 1], to: values, toStart, toSteps: [row, 1] });
    toStart += length;
  }
  return info;
}

function split({ inputs, attrs, backend }: NativeKernelCall): tf.TensorInfo[] | undefined {
  const x = inputs['x']!;
  if (!areFloats(x)) return undefined;
  const axis = tf.util.parseAxisParam(attrs['axis'] as number, x.shape)[0]!;
  const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, attrs['numOrSizeSplits'] as number[], axis);
  let start = 0;
  return sizes.map((length) => {
    const begin = x.shape.map((_, d) => (d === axis ? start : 0));
    const size = x.shape.map((full, d) => (d === axis ? length : full));
    start += length;
    return part(backend, x, begin, size);
  });
}

function pack({ inputs, attrs, backend }: NativeKernelCall): tf.TensorInfo | undefined {
  const tensors = Object.values(inputs);
  const [{ shape }] = tensors as [tf.TensorInfo];
  const alike = tensors.every((each) => tf.util.arraysEqual(each.shape, shape));
  if (!areFloats(...tensors) || !alike) return undefined;
  const axis = attrs['axis'] as number;
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  const { info, values } = backend.output([...shape.slice(0, at), tensors.length, ...shape.slice(at)]);
  const inner = sizeOf(shape.slice(at));
  const outer = sizeOf(shape.slice(0, at));
  for (const [i, each] of tensors.entries()) {
    const to = { to: values, toStart: i * inner, toSteps: [inner * tensors.length, 1] };
    move(backend, { shape: [outer, inner], from: backend.floats(each), fromSteps: [inner, 1], ...to });
  }
  return info;
}

function unpack({ inputs, attrs, backend }: NativeKernelCall): tf.TensorInfo[] | undefined {
  const { value } = inputs as { value: tf.TensorInfo };
  if (!areFloats(value)) return undefined;
  const { shape } = value;
  const axis = attrs['axis'] as number;
  const at = axis < 0 ? axis + shape.length : axis;
  const inner = sizeOf(shape.slice(at + 1));
  const outer = sizeOf(shape.slice(0, at));
  const count = shape[at]!;
  return Array.from({ length: count }, (_, i) => {
    const { info, values } = backend.output([...shape.slice(0, at), ...shape.slice(at + 1)]);
    const from = { from: backend.floats(value), fromStart: i * inner, fromSteps: [inner * count, 1] };
    move(backend, { shape: [outer, inner], ...from, to: values });
    return info;
  });
}

function pad({ inputs, attrs, backend }: NativeKernelCall): tf.TensorInfo | undefined {
  const x = inputs['x']!;
  if (!areFloats(x) || x.shape.length === 0) return undefined;
  const paddings = attrs['paddings'] as [number, number][];
  const outShape = x.shape.map((length, d) => paddings[d]![0] + length + paddings[d]![1]);
  const { info, values } = backend.output(outShape);
  backend.addon.fill(attrs['constantValue'] as number, values);
  const toSteps = rowMajor(outShape);
  const toStart = dot(
    paddings.map(([before]) => before),
    toSteps,
  );
  const from = { from: backend.floats(x), fromSteps: rowMajor(x.shape) };
  move(backend, { shape: x.shape, ...from, to: values, toStart, toSteps });
  return info;
}

function tile({ inputs, attrs, backend }: NativeKernelCall): tf.TensorInfo | undefined {
  const x = inputs['x']!;
  const reps = attrs['reps'] as number[];
  if (!areFloats(x) || reps.length !== x.shape.length) return undefined;
  const { info, values } = backend.output(x.shape.map((length, d) => length * reps[d]!));
  // Each dimension becomes two: the repetition, along which the input stands still, and the input's own.
  const steps = rowMajor(x.shape);
  const shape = x.shape.flatMap((length, d) => [reps[d]!, length]);
  move(backend, { shape, from: backend.floats(x), fromSteps: steps.flatMap((step) => [0, step]), to: values });
  return info;
}

function cast({ inputs, attrs, backend }: NativeKernelCall): tf.TensorInfo | undefined {
  const x = inputs['x']!;
  // The gradients of tfjs cast to the type that is there already.
  if (attrs['dtype'] === x.dtype) return view(x, backend);
  if (attrs['dtype'] !== 'float32' || !(x.dtype === 'bool' || x.dtype === 'int32')) return undefined;
  const { info, values } = backend.output(x.shape);
  backend.addon.convert(backend.valuesOf(x) as Int32Array | Uint8Array, values);
  return info;
}

function fill({ attrs, backend }: NativeKernelCall): tf.TensorInfo | undefined {
  const { shape, value, dtype } = attrs as { shape: number[]; value: number | string; dtype?: string };
  if (typeof value !== 'number') return undefined;
  const isWhole = dtype === 'int32' && value === Math.trunc(value) && Math.abs(value) < 2 ** 31;
  if (!isWhole && (dtype ?? 'float32') !== 'float32') return undefined;
  const { info, values } = isWhole ? backend.integers(shape) : backend.output(shape);
  backend.addon.fill(value, values);
  return info;
}

function filledLike({ inputs, backend }: NativeKernelCall, value: number): tf.TensorInfo | undefined {
  const x = inputs['x']!;
  if (!areFloats(x)) return undefined;
  const { info, values } = backend.output(x.shape);
  backend.addon.fill(value, values);
  return info;
}
