import * as tf from '@tensorflow/tfjs-core';
import type {
  AdamArguments,
  MovingAverageArguments,
  OwnValuesArguments,
  SumOfSquaresArguments,
} from '@unfold-zoo/core';
import type { Addon } from '../addon.js';
import { BACKEND, type NativeBackend } from '../native-backend.js';

/** Registers what core's training asks of the engine on host arrays; see core's `hostKernel`. */
export function registerTraining(addon: Addon): void {
  const register = <Arguments>(kernelName: string, run: (args: Arguments, backend: NativeBackend) => void): void => {
    const kernelFunc: tf.KernelFunc = ({ attrs, backend }) => {
      run(attrs as Arguments, backend as NativeBackend);
      return [];
    };
    tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc });
  };
  register<AdamArguments>('UnfoldAdam', ({ gradient, weight, first, second, ...step }) => {
    const { beta1, beta2, epsilon, rate, secondScale, scale } = step;
    addon.adam(beta1, beta2, epsilon, rate, secondScale, scale, gradient, weight, first, second);
  });
  register<SumOfSquaresArguments>('UnfoldSumOfSquares', (args) => {
    args.result.sum = addon.sumOfSquares(args.values);
  });
  register<OwnValuesArguments>('UnfoldOwnValues', ({ tensor, result }, backend) => {
    result.values = backend.floats(tensor);
  });
  register<MovingAverageArguments>('UnfoldMovingAverage', ({ rate, weight, average }) => {
    addon.movingAverage(rate, weight, average);
  });
}
