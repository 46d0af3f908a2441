import * as tf from '@tensorflow/tfjs-core';
import type { Elements, GraphValue } from '../graph/graph.js';
import type { KernelCall } from '../kernels/kernel-rule.js';
import { ruleOf } from '../kernels/rules.js';
import { reshaped } from '../kernels/shapes.js';
import { elementType, type GraphRecorder } from './graph-recorder.js';
import { BACKEND, type RecordingBackend } from './recording-backend.js';

/** Kernels that look at the shape of their input alone: what they give is a constant. */
const OF_SHAPE = ['OnesLike', 'ZerosLike'];

/** Gives the recording backend every kernel of the cpu backend, once. */
export function registerRecordedKernels(): void {
  if (tf.getKernelsForBackend(BACKEND).length > 0) return;
  tf.enableProdMode(); // Else tfjs greets on the console.
  for (const { kernelName, kernelFunc } of tf.getKernelsForBackend('cpu'))
    tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc: recordedKernel(kernelName, kernelFunc) });
}

/** Computes with constants, and records everything else. */
function recordedKernel(name: string, compute: tf.KernelFunc): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const recording = backend as RecordingBackend;
    // A kernel that takes a list has it as its inputs.
    const given = Object.values(inputs).filter((input) => input !== undefined && input !== null) as tf.TensorInfo[];
    const isConstant = !given.some((input) => recording.recorded(input));
    if (isConstant || OF_SHAPE.includes(name)) return compute({ inputs, attrs: attrs ?? {}, backend });
    const recorded = ruleOf(name)(callOf(recording, inputs, attrs ?? {}));
    const tensors = [recorded].flat().map((value) => recording.tensorOf(value));
    return Array.isArray(recorded) ? tensors : tensors[0]!;
  };
}

function callOf(backend: RecordingBackend, inputs: tf.NamedTensorInfoMap, attrs: tf.NamedAttrMap): KernelCall {
  return {
    recorder: backend.recorder,
    attributes: attrs as Readonly<Record<string, unknown>>,
    input: (name) => graphValueOf(backend, inputs[name]!),
    get inputs() {
      return Object.values(inputs).map((tensor) => graphValueOf(backend, tensor!));
    },
  };
}

/** A tensor of the recording backend as a value of the graph. */
export function graphValueOf(backend: RecordingBackend, tensor: tf.TensorInfo): GraphValue {
  return backend.recorded(tensor) ?? constantValue(backend, tensor);
}

/** A constant tensor as a value of the graph. One with a row for each draw is written as one row. */
function constantValue(backend: RecordingBackend, tensor: tf.TensorInfo): GraphValue {
  const { recorder } = backend;
  const { shape, dtype } = tensor;
  const values = backend.readSync(tensor.dataId) as Float32Array | Int32Array | Uint8Array;
  const output = { type: elementType(dtype), shape };
  const elements = output.type === 'bool' ? Uint8Array.from(values) : values;
  if (!shape.some((length) => recorder.isRows(length)))
    return recorder.constant(elements, output, backend.weightName(tensor));
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
