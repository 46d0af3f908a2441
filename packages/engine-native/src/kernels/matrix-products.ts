import type * as tf from '@tensorflow/tfjs-core';
import type { NewTensor } from '../native-backend.js';
import { sizeOf } from '../size-of.js';
import type { Operations } from './operations.js';
import { areFloats, type NativeKernelCall, overrideKernel } from './override.js';

/** Overrides products of matrices, also in batches. */
export function overrideMatrixProducts({ add }: Operations): void {
  overrideKernel('BatchMatMul', (call) => product(call)?.info);
  overrideKernel('_FusedMatMul', (call) => productWithBias(call, add));
}

function product({ inputs, attrs, backend }: NativeKernelCall): NewTensor | undefined {
  const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
  const { transposeA = false, transposeB = false } = attrs as { transposeA?: boolean; transposeB?: boolean };
  const [aBatch, bBatch] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [aMatrices, bMatrices] = [sizeOf(aBatch), sizeOf(bBatch)];
  const alike = String(aBatch) === String(bBatch);
  if (!areFloats(a, b) || !(alike || aMatrices === 1 || bMatrices === 1)) return undefined;
  const [rows, inner] = lastTwo(a, transposeA);
  const [bInner, columns] = lastTwo(b, transposeB);
  if (inner !== bInner) throw new RangeError(`invalid product: inner sizes ${inner} and ${bInner} differ`);
  const batch = Math.max(aMatrices, bMatrices);
  const batchShape = alike || bMatrices === 1 ? aBatch : bBatch;
  // The longer list of dimensions wins where both hold one matrix.
  const outBatch = aMatrices === 1 && bMatrices === 1 && bBatch.length > aBatch.length ? bBatch : batchShape;
  const output = backend.output([...outBatch, rows, columns]);
  const share = { a: aMatrices === 1 && batch !== 1, b: bMatrices === 1 && batch !== 1 };
  const arrays = [backend.floats(a), backend.floats(b), output.values] as const;
  if (batch * rows * columns > 0 && sizeOf(outBatch) > 0) {
    backend.addon.matrixProduct(batch, rows, columns, inner, share.a, share.b, transposeA, transposeB, ...arrays);
  }
  return output;
}

function productWithBias(call: NativeKernelCall, add: number): tf.TensorInfo | undefined {
  const { bias } = call.inputs;
  const { activation } = call.attrs as { activation?: string };
  if (!(activation === undefined || activation === null || activation === 'linear')) return undefined;
  if (bias && !(areFloats(bias) && bias.shape.length === 1)) return undefined;
  const output = product(call);
  if (!output || !bias) return output?.info;
  const { info, values } = output;
  const columns = info.shape.at(-1)!;
  if (bias.shape[0] !== columns) throw new RangeError(`invalid bias: expected ${columns}, got ${bias.shape[0]}`);
  const shape = Int32Array.of(columns === 0 ? 0 : values.length / columns, columns);
  const { addon } = call.backend;
  addon.binary(add, shape, Int32Array.of(columns, 1), Int32Array.of(0, 1), values, call.backend.floats(bias), values);
  return info;
}

function lastTwo({ shape }: tf.TensorInfo, transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}
