import * as tf from '@tensorflow/tfjs-core';
import type { WebGpuBackend } from './device.js';
import type { Expressions } from './expressions.js';
import { OPERATIONS } from './operations.js';

/** A backend that puts operations off. */
export interface LazyBackend extends WebGpuBackend {
  readonly expressions: Expressions;
}

/** Puts the backend's arithmetic off, where it is of float32 on the GPU; once, however many devices are opened. */
export function registerLazyKernels(): void {
  for (const kernelName of Object.keys(OPERATIONS)) replaceKernel(kernelName, lazyOperation);
  for (const kernelName of ['Sum', 'Mean']) replaceKernel(kernelName, sumOfLazy);
}

const replaced = new WeakSet<tf.KernelFunc>();

function replaceKernel(kernelName: string, replace: (config: tf.KernelConfig) => tf.KernelFunc): void {
  const config = tf.getKernel(kernelName, 'webgpu');
  if (replaced.has(config.kernelFunc)) return;
  const kernelFunc = replace(config);
  replaced.add(kernelFunc);
  tf.unregisterKernel(kernelName, 'webgpu');
  tf.registerKernel({ ...config, kernelFunc });
}

function lazyOperation({ kernelName, kernelFunc }: tf.KernelConfig): tf.KernelFunc {
  return (call) => {
    const backend = call.backend as LazyBackend;
    const { a, b, x } = call.inputs as Readonly<Record<'a' | 'b' | 'x', tf.TensorInfo>>;
    const operands = x ? [x] : [a, b];
    const shape = x ? x.shape : tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const { expressions } = backend;
    const isLater =
      operands.some(({ dtype }) => dtype === 'float32') &&
      operands.every((each) => expressions.isNumber(each) || expressions.isFloat(each)) &&
      tf.util.sizeFromShape(shape) > 0 &&
      !backend.shouldExecuteOnCPU(operands);
    return isLater ? expressions.add(kernelName, operands, shape) : kernelFunc(call);
  };
}

/** Sums over the last axes of what has been put off are computed with it. */
function sumOfLazy({ kernelName, kernelFunc }: tf.KernelConfig): tf.KernelFunc {
  return (call) => {
    const backend = call.backend as LazyBackend;
    const { x } = call.inputs as { readonly x: tf.TensorInfo };
    const { axis, keepDims } = call.attrs as { readonly axis: number | number[]; readonly keepDims?: boolean };
    const axes = tf.util.parseAxisParam(axis, x.shape);
    if (!tf.backend_util.axesAreInnerMostDims(axes, x.shape.length)) return kernelFunc(call);
    const [rows, summed] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
    return (
      backend.expressions.sums(x, {
        width: tf.util.sizeFromShape(summed),
        isMean: kernelName === 'Mean',
        shape: keepDims ? tf.backend_util.expandShapeToKeepDim(rows, axes) : rows,
      }) ?? kernelFunc(call)
    );
  };
}
