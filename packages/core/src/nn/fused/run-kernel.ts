import * as tf from '@tensorflow/tfjs-core';

/** Runs a kernel of the current backend that is on no tape. tfjs's own way there takes as long as a small kernel. */
export function runKernel(name: string, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap = {}): tf.Tensor[] {
  const backend = tf.backend();
  const outputs = tf.getKernel(name, tf.getBackend()).kernelFunc({ inputs, attrs: attributes, backend });
  const toTensor = (output: tf.TensorInfo) =>
    output instanceof tf.Tensor ? output : tf.engine().makeTensorFromTensorInfo(output);
  return [outputs].flat().map(toTensor);
}
