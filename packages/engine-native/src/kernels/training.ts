import * as tf from '@tensorflow/tfjs-core';
import type {
  AdamArguments,
  MovingAverageArguments,
  OwnValuesArguments,
  SumOfSquaresArguments,
} from '@unfold-zoo/core/training';
import type { Addon } from '../addon.js';
import { BACKEND, type NativeBackend } from '../native-backend.js';

/** Registers what core's training asks of the native engine on host arrays; see core's `hostKernel`. */
export function registerTraining(addon: Addon): void {
  registerArrayWork(addon, BACKEND);
  const kernelFunc: tf.KernelFunc = ({ attrs, backend }) => {
    const { tensors, result } = attrs as unknown as OwnValuesArguments;
    const native = backend as NativeBackend;
    // Whoever asks may write to them too, so that nothing may be under way.
    native.finish();
    result.values = tensors.map((tensor) => native.floats(tensor));
    return [];
  };
  tf.registerKernel({ kernelName: 'UnfoldOwnValues', backendName: BACKEND, kernelFunc });
}

/** Registers, for any backend of tfjs, the arithmetic on host arrays. */
export function registerArrayWork(addon: Addon, backendName: string): void {
  const register = <Arguments>(kernelName: string, run: (args: Arguments) => void): void => {
    const kernelFunc: tf.KernelFunc = ({ attrs }) => {
      run(attrs as Arguments);
      return [];
    };
    tf.registerKernel({ kernelName, backendName, kernelFunc });
  };
  register<AdamArguments>('UnfoldAdam', ({ gradients, weights, first, second, ...step }) => {
    const { beta1, beta2, epsilon, rate, secondScale, scale } = step;
    addon.adam(beta1, beta2, epsilon, rate, secondScale, scale, gradients, weights, first, second);
  });
  register<SumOfSquaresArguments>('UnfoldSumOfSquares', (args) => {
    args.result.sum = addon.sumOfSquares(args.arrays);
  });
  register<MovingAverageArguments>('UnfoldMovingAverage', ({ rate, weights, averages }) => {
    addon.movingAverage(rate, weights, averages);
  });
}
