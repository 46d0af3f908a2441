import * as tf from '@tensorflow/tfjs-core';
import type { KernelCall } from '../kernels/kernel-rule.js';
import { ruleOf } from '../kernels/rules.js';
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
    input: (name) => backend.graphValue(inputs[name]!),
    get inputs() {
      return Object.values(inputs).map((tensor) => backend.graphValue(tensor!));
    },
  };
}
