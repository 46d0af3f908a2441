import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../size-of.js';
import type { Operations } from './operations.js';
import { areFloats, type NativeKernelCall, overrideKernel, view } from './override.js';

/** Overrides what is done to each number by itself. */
export function overrideElementwise({ unary, binary, compare, add, subtract }: Operations): void {
  for (const [name, handle] of unary) {
    overrideKernel(name, (call) => runUnary(call, handle) ?? signedStep(call, { step: handle, add, subtract }));
  }
  for (const [name, handle] of binary) overrideKernel(name, (call) => runBinary(call, handle));
  for (const [name, handle] of compare) overrideKernel(name, (call) => runComparison(call, handle));
  overrideKernel('Select', select);
  overrideKernel('AddN', (call) => addAll(call, add));
}

function runUnary({ inputs, attrs, backend }: NativeKernelCall, handle: number): tf.TensorInfo | undefined {
  const x = inputs['x']!;
  // Step's slope below zero, which is usually 0.
  if (!areFloats(x) || attrs?.['alpha']) return undefined;
  const { info, values } = backend.output(x.shape);
  backend.addon.unary(handle, backend.floats(x), values);
  return info;
}

/** Step with the slope -1 below zero, which the gradient of an absolute value is: 2 step(x) - 1, exactly. */
function signedStep(
  { inputs, attrs, backend }: NativeKernelCall,
  { step, add, subtract }: Readonly<Record<'step' | 'add' | 'subtract', number>>,
): tf.TensorInfo | undefined {
  const x = inputs['x']!;
  if (!areFloats(x) || attrs['alpha'] !== -1) return undefined;
  const [{ info, values }, one] = [backend.output(x.shape), backend.output([])];
  const shape = Int32Array.of(values.length);
  backend.addon.unary(step, backend.floats(x), values);
  backend.addon.fill(1, one.values);
  backend.addon.binary(add, shape, ONE, ONE, values, values, values);
  backend.addon.binary(subtract, shape, ONE, ZERO, values, one.values, values);
  backend.disposeData(one.info.dataId);
  return info;
}

function runBinary({ inputs, backend }: NativeKernelCall, handle: number): tf.TensorInfo | undefined {
  const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
  if (!areFloats(a, b)) return undefined;
  const { outShape, shape, aSteps, bSteps } = spread(a.shape, b.shape);
  const { info, values } = backend.output(outShape);
  backend.addon.binary(handle, shape, aSteps, bSteps, backend.floats(a), backend.floats(b), values);
  return info;
}

function runComparison({ inputs, backend }: NativeKernelCall, handle: number): tf.TensorInfo | undefined {
  const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
  if (!areFloats(a, b)) return undefined;
  const { outShape, shape, aSteps, bSteps } = spread(a.shape, b.shape);
  const { info, values } = backend.flags(outShape);
  backend.addon.compare(handle, shape, aSteps, bSteps, backend.floats(a), backend.floats(b), values);
  return info;
}

function select({ inputs, backend }: NativeKernelCall): tf.TensorInfo | undefined {
  const { condition, t, e } = inputs as Record<'condition' | 't' | 'e', tf.TensorInfo>;
  if (!areFloats(t, e) || !tf.util.arraysEqual(condition.shape, t.shape)) return undefined;
  const chosen = backend.valuesOf(condition);
  if (!(chosen instanceof Uint8Array)) return undefined;
  const { info, values } = backend.output(t.shape);
  backend.addon.select(chosen, backend.floats(t), backend.floats(e), values);
  return info;
}

function addAll({ inputs, backend }: NativeKernelCall, add: number): tf.TensorInfo | undefined {
  const [first, ...others] = Object.values(inputs) as [tf.TensorInfo, ...tf.TensorInfo[]];
  const alike = (each: tf.TensorInfo) => areFloats(each) && tf.util.arraysEqual(each.shape, first.shape);
  if (![first, ...others].every(alike)) return undefined;
  if (others.length === 0) return view(first, backend);
  const { info, values } = backend.output(first.shape);
  const shape = Int32Array.of(values.length);
  let sum = backend.floats(first);
  for (const each of others) {
    backend.addon.binary(add, shape, ONE, ONE, sum, backend.floats(each), values);
    sum = values;
  }
  return info;
}

const ZERO = Int32Array.of(0);
const ONE = Int32Array.of(1);

/** How two inputs are spread over the output; neighbouring dimensions along which both do the same are one. */
interface Spread {
  readonly outShape: number[];
  readonly shape: Int32Array;
  /** Elements from one to the next along each dimension; 0 where an input is repeated. */
  readonly aSteps: Int32Array;
  readonly bSteps: Int32Array;
}

function spread(a: number[], b: number[]): Spread {
  if (tf.util.arraysEqual(a, b)) return { outShape: a, shape: Int32Array.of(sizeOf(a)), aSteps: ONE, bSteps: ONE };
  if (b.length === 0) return { outShape: a, shape: Int32Array.of(sizeOf(a)), aSteps: ONE, bSteps: ZERO };
  if (a.length === 0) return { outShape: b, shape: Int32Array.of(sizeOf(b)), aSteps: ZERO, bSteps: ONE };
  return spreadDimensions(a, b, tf.backend_util.assertAndGetBroadcastShape(a, b));
}

function spreadDimensions(a: readonly number[], b: readonly number[], outShape: number[]): Spread {
  const lengths: number[] = [];
  const aSteps: number[] = [];
  const bSteps: number[] = [];
  let aStep = 1;
  let bStep = 1;
  let before = '';
  for (let d = 1; d <= outShape.length; d++) {
    const length = outShape.at(-d)!;
    if (length === 1) continue;
    const [inA, inB] = [a.at(-d) === length && d <= a.length, b.at(-d) === length && d <= b.length];
    if (before === `${inA} ${inB}`) lengths[0]! *= length;
    else {
      lengths.unshift(length);
      aSteps.unshift(inA ? aStep : 0);
      bSteps.unshift(inB ? bStep : 0);
      before = `${inA} ${inB}`;
    }
    if (inA) aStep *= length;
    if (inB) bStep *= length;
  }
  if (lengths.length === 0) return { outShape, shape: ONE, aSteps: ONE, bSteps: ONE };
  return {
    outShape,
    shape: Int32Array.from(lengths),
    aSteps: Int32Array.from(aSteps),
    bSteps: Int32Array.from(bSteps),
  };
}
