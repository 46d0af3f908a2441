import * as tf from '@tensorflow/tfjs-core';

/** Arguments of `UnfoldAdam`: one step of Adam; `weights`, `first` and `second`, an array per parameter, change in place. */
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
  readonly gradients: readonly Float32Array[];
  readonly weights: readonly Float32Array[];
  readonly first: readonly Float32Array[];
  readonly second: readonly Float32Array[];
}

/** Arguments of `UnfoldSumOfSquares`: sets `result.sum` to the sum of the squares of all arrays. */
export interface SumOfSquaresArguments {
  readonly arrays: readonly Float32Array[];
  readonly result: { sum: number };
}

/** Arguments of `UnfoldMovingAverage`: average += rate (weight - average), in place, for each array. */
export interface MovingAverageArguments {
  readonly rate: number;
  readonly weights: readonly Float32Array[];
  readonly averages: readonly Float32Array[];
}

/** Arguments of `UnfoldOwnValues`: sets `result.values` to the tensors' own memory, each until it is disposed of. */
export interface OwnValuesArguments {
  readonly tensors: readonly tf.Tensor[];
  readonly result: { values?: readonly Float32Array[] };
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

/** The tensors' own memory, where the engine can show it: each holds the values until the tensor is disposed of. */
export function ownValues(tensors: readonly tf.Tensor[]): readonly Float32Array[] | undefined {
  const result: OwnValuesArguments['result'] = {};
  hostKernel('UnfoldOwnValues')?.({ tensors, result });
  return result.values;
}
