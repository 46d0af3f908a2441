import * as tf from '@tensorflow/tfjs-core';

/** Arguments of `UnfoldAdam`: one parameter's step of Adam; `weight`, `first` and `second` change in place. */
export interface AdamArguments {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Learning rate over the first moment's bias. */
  readonly rate: number;
  /** One over the second moment's bias. */
  readonly secondScale: number;
  /** What the gradient is multiplied by beforehand. */
  readonly scale: number;
  readonly gradient: Float32Array;
  readonly weight: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** Arguments of `UnfoldSumOfSquares`: sets `result.sum` to the sum of the squares of `values`. */
export interface SumOfSquaresArguments {
  readonly values: Float32Array;
  readonly result: { sum: number };
}

/** Arguments of `UnfoldMovingAverage`: average += rate (weight - average), in place. */
export interface MovingAverageArguments {
  readonly rate: number;
  readonly weight: Float32Array;
  readonly average: Float32Array;
}

/** Arguments of `UnfoldOwnValues`: sets `result.values` to the tensor's own memory, until it is disposed of. */
export interface OwnValuesArguments {
  readonly tensor: tf.Tensor;
  readonly result: { values?: Float32Array };
}

interface HostKernels {
  readonly UnfoldOwnValues: OwnValuesArguments;
  readonly UnfoldAdam: AdamArguments;
  readonly UnfoldSumOfSquares: SumOfSquaresArguments;
  readonly UnfoldMovingAverage: MovingAverageArguments;
}

/**
 * What the current engine has for work on host arrays, if anything. A backend offers it as a kernel without
 * inputs, whose attributes are the arguments; its results agree with the JavaScript beside each call to the rounding of float32.
 */
export function hostKernel<Name extends keyof HostKernels>(
  name: Name,
): ((args: HostKernels[Name]) => void) | undefined {
  const backendName = tf.getBackend();
  const kernel = backendName ? tf.getKernel(name, backendName) : undefined;
  if (!kernel) return undefined;
  return (args) => {
    kernel.kernelFunc({ inputs: {}, backend: tf.backend(), attrs: args as unknown as tf.NamedAttrMap });
  };
}
