import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../size-of.js';
import type { Operations } from './operations.js';
import { areFloats, type NativeKernelCall, overrideKernel } from './override.js';

/** Overrides reductions over neighbouring dimensions, and softmax over the last. */
export function overrideReductions({ reduce, sum }: Operations): void {
  for (const [name, handle] of reduce) overrideKernel(name, (call) => runReduction(call, handle));
  overrideKernel('Mean', (call) => runReduction(call, sum, 'mean'));
  overrideKernel('Softmax', softmax);
}

function runReduction(
  { inputs, attrs, backend }: NativeKernelCall,
  handle: number,
  kind: 'all' | 'mean' = 'all',
): tf.TensorInfo | undefined {
  const x = inputs['x']!;
  // Max has another name for its axes.
  const { axis, reductionIndices, keepDims } = attrs as Record<'axis' | 'reductionIndices', number | number[]> & {
    keepDims?: boolean;
  };
  const axes = tf.util.parseAxisParam(reductionIndices ?? axis, x.shape).sort((a, b) => a - b);
  if (!areFloats(x) || axes.length === 0 || axes.at(-1)! - axes[0]! !== axes.length - 1) return undefined;
  const [shape] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
  const outShape = keepDims ? tf.backend_util.expandShapeToKeepDim(shape, axes) : shape;
  const sizes = [x.shape.slice(0, axes[0]), axes.map((each) => x.shape[each]!), x.shape.slice(axes.at(-1)! + 1)];
  const [outer, reduced, inner] = sizes.map(sizeOf) as [number, number, number];
  const { info, values } = backend.output(outShape);
  const scale = kind === 'mean' ? 1 / reduced : 1;
  backend.addon.reduce(handle, outer, reduced, inner, scale, backend.floats(x), values);
  return info;
}

function softmax({ inputs, attrs, backend }: NativeKernelCall): tf.TensorInfo | undefined {
  const { logits } = inputs as { logits: tf.TensorInfo };
  const axis = attrs['dim'] as number;
  const columns = logits.shape.at(-1);
  const isLast = axis === -1 || axis === logits.shape.length - 1;
  if (!areFloats(logits) || !columns || !isLast) return undefined;
  const { info, values } = backend.output(logits.shape);
  backend.addon.softmax(values.length / columns, columns, backend.floats(logits), values);
  return info;
}
