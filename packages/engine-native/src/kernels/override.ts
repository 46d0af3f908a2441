import * as tf from '@tensorflow/tfjs-core';
import { BACKEND, type NativeBackend } from '../native-backend.js';

/** What a kernel is called with. */
export interface NativeKernelCall {
  readonly inputs: { readonly [name: string]: tf.TensorInfo };
  readonly attrs: { readonly [name: string]: unknown };
  readonly backend: NativeBackend;
}

type Result = tf.TensorInfo | tf.TensorInfo[];

/** Kernels that look at no numbers. */
const VIEWS = new Set(['ExpandDims', 'Identity', 'Reshape']);

/** Registers tfjs's JavaScript kernels for this backend. */
export function inheritKernels(): void {
  for (const kernel of tf.getKernelsForBackend('cpu')) {
    const looks = !VIEWS.has(kernel.kernelName);
    const kernelFunc: tf.KernelFunc = (params) => {
      if (looks) (params.backend as NativeBackend).finish();
      const result = kernel.kernelFunc(params);
      for (const each of [result].flat()) (params.backend as NativeBackend).separate(each);
      return result;
    };
    tf.registerKernel({ ...kernel, backendName: BACKEND, kernelFunc });
  }
}

/** Puts a kernel before the inherited one. It returns undefined for a case that it leaves to that. */
export function overrideKernel(kernelName: string, fast: (call: NativeKernelCall) => Result | undefined): void {
  const inherited = tf.getKernel(kernelName, BACKEND).kernelFunc;
  tf.unregisterKernel(kernelName, BACKEND);
  const kernelFunc: tf.KernelFunc = (params) => fast(params as unknown as NativeKernelCall) ?? inherited(params);
  tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc });
}

/** Whether all tensors are float32. */
export function areFloats(...tensors: readonly tf.TensorInfo[]): boolean {
  return tensors.every(({ dtype }) => dtype === 'float32');
}

/** Another tensor of the same data. */
export function view({ dataId, shape, dtype }: tf.TensorInfo, backend: NativeBackend): tf.TensorInfo {
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}
