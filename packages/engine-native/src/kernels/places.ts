import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../size-of.js';
import { areFloats, type NativeKernelCall, overrideKernel } from './override.js';

/** Overrides what finds places in an array, and what goes by places that integers name. */
export function overridePlaces(): void {
  overrideKernel('ArgMin', whereLeast);
  overrideKernel('OneHot', oneHot);
  overrideKernel('GatherV2', gather);
  overrideKernel('UnsortedSegmentSum', segmentSum);
}

function whereLeast({ inputs, attrs, backend }: NativeKernelCall): tf.TensorInfo | undefined {
  const x = inputs['x']!;
  const columns = x.shape.at(-1);
  const [axis] = tf.util.parseAxisParam(attrs['axis'] as number, x.shape);
  if (!areFloats(x) || !columns || axis !== x.shape.length - 1) return undefined;
  const { info, values } = backend.integers(x.shape.slice(0, -1));
  backend.addon.whereLeast(values.length, columns, backend.floats(x), values);
  return info;
}

function oneHot({ inputs, attrs, backend }: NativeKernelCall): tf.TensorInfo | undefined {
  const { indices } = inputs as { indices: tf.TensorInfo };
  const { dtype, depth, onValue, offValue } = attrs as Record<'depth' | 'onValue' | 'offValue', number> & {
    dtype: tf.DataType;
  };
  const numbers = backend.valuesOf(indices);
  if (dtype !== 'float32' || !(numbers instanceof Int32Array)) return undefined;
  const { info, values } = backend.output([...indices.shape, depth]);
  backend.addon.oneHot(depth, onValue, offValue, numbers, values);
  return info;
}

function gather({ inputs, attrs, backend }: NativeKernelCall): tf.TensorInfo | undefined {
  const { x, indices } = inputs as { x: tf.TensorInfo; indices: tf.TensorInfo };
  // The addon looks at them before it puts the work off.
  const numbers = backend.computed(indices);
  if (!areFloats(x) || !(numbers instanceof Int32Array) || attrs['batchDims']) return undefined;
  const axis = tf.util.parseAxisParam(attrs['axis'] as number, x.shape)[0]!;
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const { info, values } = backend.output([...before, ...indices.shape, ...after]);
  backend.addon.gather(sizeOf(before), x.shape[axis]!, sizeOf(after), numbers, backend.floats(x), values);
  return info;
}

function segmentSum({ inputs, attrs, backend }: NativeKernelCall): tf.TensorInfo | undefined {
  const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
  const ids = backend.valuesOf(segmentIds);
  const segments = attrs['numSegments'] as number;
  if (!areFloats(x) || !(ids instanceof Int32Array) || segmentIds.shape.length !== 1) return undefined;
  const rest = x.shape.slice(1);
  const { info, values } = backend.output([segments, ...rest]);
  backend.addon.segmentSum(segments, sizeOf(rest), ids, backend.floats(x), values);
  return info;
}
