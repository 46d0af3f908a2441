import * as tf from '@tensorflow/tfjs-core';
import type { HostArithmetic } from '@unfold-zoo/core/training';
import type { Addon } from './addon.js';
import { BACKEND, type NativeBackend } from './native-backend.js';

/** Arithmetic on host arrays in the addon, for any engine. */
export function compiledArithmetic(addon: Addon): HostArithmetic {
  return {
    adam({ gradients, weights, first, second, ...step }) {
      const { beta1, beta2, epsilon, rate, secondScale, scale } = step;
      addon.adam(beta1, beta2, epsilon, rate, secondScale, scale, gradients, weights, first, second);
    },
    sumOfSquares: (arrays) => addon.sumOfSquares(arrays),
    movingAverage: (rate, weights, averages) => addon.movingAverage(rate, weights, averages),
  };
}

/** The same for the native engine, which also shows the memory of its tensors. */
export function nativeArithmetic(addon: Addon): HostArithmetic {
  return { ...compiledArithmetic(addon), ownValues };
}

// Whoever asks may write to them too, so that nothing may be under way.
function ownValues(tensors: readonly tf.Tensor[]): readonly Float32Array[] {
  const backend = tf.findBackend(BACKEND) as NativeBackend;
  backend.finish();
  return tensors.map((tensor) => backend.floats(tensor));
}
