import * as tf from '@tensorflow/tfjs-core';

/** What the WebAssembly backend lacks and training may need, e.g. for the gradient of a gather. */
const borrowedFromCpu = [
  'Conv2DBackpropFilter',
  'DepthwiseConv2dNativeBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
  'Einsum',
  'UnsortedSegmentSum',
];

/** Completes the kernels of the running WebAssembly backend, once. */
export function registerWasmKernels(): void {
  if (tf.getKernel(borrowedFromCpu[0]!, 'wasm')) return;
  for (const kernelName of borrowedFromCpu) {
    tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc: borrow(kernelFunc(kernelName, 'cpu')) });
  }
  const batchMatMul = kernelFunc('BatchMatMul', 'wasm');
  tf.unregisterKernel('BatchMatMul', 'wasm');
  tf.registerKernel({ kernelName: 'BatchMatMul', backendName: 'wasm', kernelFunc: transposeFirst(batchMatMul) });
}

function kernelFunc(name: string, backend: string): tf.KernelFunc {
  return tf.getKernel(name, backend).kernelFunc;
}

/** The part of a tfjs backend that moves values in and out of it. */
interface Storage extends tf.KernelBackend {
  readSync(dataId: tf.DataId): tf.backend_util.BackendValues;
  write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId;
}

/** Runs a kernel of the cpu backend on copies of the inputs, and copies what it gives back. */
function borrow(kernel: tf.KernelFunc): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const [own, cpu] = [backend as Storage, tf.findBackend('cpu') as Storage];
    // Einsum takes its inputs as an array.
    const copies = (Array.isArray(inputs) ? [] : {}) as tf.NamedTensorInfoMap;
    for (const [name, input] of Object.entries(inputs)) {
      const copy = (each: tf.TensorInfo) => move(each, own, cpu);
      copies[name] = Array.isArray(input) ? (input.map(copy) as never) : copy(input!);
    }
    const result = kernel({ inputs: copies, backend: cpu, ...(attrs && { attrs }) });
    const results = Array.isArray(result) ? result : [result];
    const outputs = results.map((each) => move(each, cpu, own));
    for (const each of [...results, ...Object.values(copies).flat()]) cpu.disposeData(each!.dataId);
    return Array.isArray(result) ? outputs : outputs[0]!;
  };
}

function move({ dataId, shape, dtype }: tf.TensorInfo, from: Storage, to: Storage): tf.TensorInfo {
  return { dataId: to.write(from.readSync(dataId), shape, dtype), shape, dtype };
}

/**
 * A product of two single matrices is fast only when neither is transposed; else a plain loop, ten times slower, does
 * it. Both products in the gradient of a dense layer are of that sort, so the matrix is transposed first.
 */
function transposeFirst(batchMatMul: tf.KernelFunc): tf.KernelFunc {
  const transpose = kernelFunc('Transpose', 'wasm');
  return (call) => {
    const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = call.attrs as unknown as { transposeA: boolean; transposeB: boolean };
    if (!(transposeA || transposeB) || !isOneMatrix(a) || !isOneMatrix(b)) return batchMatMul(call);
    const { backend } = call;
    const transposed = (x: tf.TensorInfo) =>
      transpose({ inputs: { x }, backend, attrs: { perm: lastTwoSwapped(x.shape.length) } }) as tf.TensorInfo;
    const [left, right] = [transposeA ? transposed(a) : a, transposeB ? transposed(b) : b];
    const attrs = { transposeA: false, transposeB: false };
    const product = batchMatMul({ inputs: { a: left, b: right }, backend, attrs });
    if (left !== a) (backend as Storage).disposeData(left.dataId);
    if (right !== b) (backend as Storage).disposeData(right.dataId);
    return product;
  };
}

function isOneMatrix({ shape }: tf.TensorInfo): boolean {
  return tf.util.sizeFromShape(shape.slice(0, -2)) === 1;
}

function lastTwoSwapped(rank: number): number[] {
  return [...Array(rank - 2).keys(), rank - 1, rank - 2];
}
