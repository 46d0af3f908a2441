import type * as tf from '@tensorflow/tfjs-core';
import type { Elements, GraphValue } from '../graph/graph.js';
import { reshaped } from '../kernels/shapes.js';
import { elementType, type GraphRecorder } from './graph-recorder.js';

/** A tensor whose numbers are known. */
export interface KnownTensor extends Pick<tf.TensorInfo, 'shape' | 'dtype'> {
  readonly values: tf.backend_util.BackendValues;
  /** That it has in graphs, of a weight. */
  readonly name?: string | undefined;
}

/** A constant tensor as a value of the graph. One with a row for each draw is written as one row. */
export function constantValue(recorder: GraphRecorder, { values, shape, dtype, name }: KnownTensor): GraphValue {
  const output = { type: elementType(dtype), shape };
  const numbers = values as Float32Array | Int32Array | Uint8Array;
  const elements = output.type === 'bool' ? Uint8Array.from(numbers) : numbers;
  if (!shape.some((length) => recorder.isRows(length))) return recorder.constant(elements, output, name);
  return repeatedRows(recorder, elements, output);
}

function repeatedRows(
  recorder: GraphRecorder,
  elements: Elements,
  { type, shape }: Omit<GraphValue, 'name'>,
): GraphValue {
  const perRow = elements.length / recorder.batch;
  const first = elements.slice(0, perRow);
  if (!recorder.isRows(shape[0]!) || elements.some((element, i) => !Object.is(element, first[i % perRow])))
    throw new Error('invalid constant: its rows differ, and a graph does not know how many there will be');
  const inner = [shape[0]! / recorder.batch, ...shape.slice(1)];
  const row = recorder.constant(first, { type, shape: [1, ...inner] });
  const repeated = recorder.node('Expand', [row, recorder.rowsTimes(inner)], {
    type,
    shape: [recorder.batch, ...inner],
  });
  return reshaped(recorder, repeated, shape);
}
